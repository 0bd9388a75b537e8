/* certs.h - certificates for tests, made when they are needed: good ones, expired ones, for other hosts.
 *
 *   CLEANUP(cert_freep) struct cert *ca = cert_make(&(struct cert_options){.common_name = "Test CA", .is_ca = true});
 *   CLEANUP(cert_freep) struct cert *good = cert_make(&(struct cert_options){
 *       .common_name = "localhost", .dns = "localhost", .ip = "127.0.0.1", .issuer = ca});
 *   tls_trust_new(cert_file(ca), &trust, &err);
 */
#ifndef TEST_CERTS_H
#define TEST_CERTS_H

#include "base/cleanup.h"

#include <stdbool.h>

struct cert;

struct cert_options {
    const char *common_name;
    const char *dns, *ip;      /* subject alternative names; NULL: none */
    const struct cert *issuer; /* NULL: self-signed */
    bool is_ca;
    int begins_in_days, ends_in_days; /* from now; 0, 0: from yesterday for 30 days */
};

/* Aborts the test program on failure. An issuer must outlive what it issued only until cert_make returns. */
struct cert *cert_make(const struct cert_options *o);
void cert_free(struct cert *c);
DEFINE_FREEP(struct cert *, cert_free);

/* The certificate and its key as PEM files, removed with the cert. */
const char *cert_file(struct cert *c);
const char *cert_key_file(struct cert *c);

/* OpenSSL's objects, owned by the cert. */
struct x509_st *cert_x509(const struct cert *c);
struct evp_pkey_st *cert_key(const struct cert *c);

#endif
