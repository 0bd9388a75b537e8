#include "support/certs.h"

#include "base/alloc.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

struct cert {
    X509 *x509;
    EVP_PKEY *key;
    char *file, *key_file;
};

static void need(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "certs: %s failed\n", what);
        abort();
    }
}

static void add_extension(X509 *x, const X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, (X509 *)issuer, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    need(e && X509_add_ext(x, e, -1) == 1, value);
    X509_EXTENSION_free(e);
}

static void add_names(X509 *x, const struct cert_options *o)
{
    if (!o->dns && !o->ip)
        return;
    char *names = xasprintf("%s%s%s%s%s", o->dns ? "DNS:" : "", o->dns ? o->dns : "", o->dns && o->ip ? "," : "",
                            o->ip ? "IP:" : "", o->ip ? o->ip : "");
    add_extension(x, x, NID_subject_alt_name, names);
    free(names);
}

struct cert *cert_make(const struct cert_options *o)
{
    struct cert *c = XNEW(struct cert);
    c->key = EVP_EC_gen("P-256");
    c->x509 = X509_new();
    need(c->key && c->x509, "making a key");
    X509 *x = c->x509;
    uint64_t serial;
    RAND_bytes((unsigned char *)&serial, sizeof(serial));
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1);
    bool dated = o->begins_in_days || o->ends_in_days;
    X509_time_adj_ex(X509_getm_notBefore(x), dated ? o->begins_in_days : -1, 0, NULL);
    X509_time_adj_ex(X509_getm_notAfter(x), dated ? o->ends_in_days : 30, 0, NULL);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, (const unsigned char *)o->common_name, -1,
                               -1, 0);
    const struct cert *issuer = o->issuer ? o->issuer : c;
    X509_set_issuer_name(x, X509_get_subject_name(issuer->x509));
    X509_set_pubkey(x, c->key);
    add_extension(x, issuer->x509, NID_basic_constraints, o->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(x, issuer->x509, NID_subject_key_identifier, "hash");
    add_extension(x, issuer->x509, NID_key_usage,
                  o->is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    add_names(x, o);
    need(X509_sign(x, issuer->key, EVP_sha256()) > 0, "signing");
    return c;
}

void cert_free(struct cert *c)
{
    if (!c)
        return;
    if (c->file)
        unlink(c->file);
    if (c->key_file)
        unlink(c->key_file);
    free(c->file);
    free(c->key_file);
    X509_free(c->x509);
    EVP_PKEY_free(c->key);
    free(c);
}

static FILE *temporary_file(char **out_path)
{
    const char *dir = getenv("TMPDIR");
    *out_path = xasprintf("%s/facteur-cert-XXXXXX", dir ? dir : "/tmp");
    int fd = mkstemp(*out_path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    need(f != NULL, "making a temporary file");
    return f;
}

const char *cert_file(struct cert *c)
{
    if (!c->file) {
        FILE *f = temporary_file(&c->file);
        need(PEM_write_X509(f, c->x509) == 1, "writing a certificate");
        fclose(f);
    }
    return c->file;
}

const char *cert_key_file(struct cert *c)
{
    if (!c->key_file) {
        FILE *f = temporary_file(&c->key_file);
        need(PEM_write_PrivateKey(f, c->key, NULL, NULL, 0, NULL, NULL) == 1, "writing a key");
        fclose(f);
    }
    return c->key_file;
}

X509 *cert_x509(const struct cert *c)
{
    return c->x509;
}

EVP_PKEY *cert_key(const struct cert *c)
{
    return c->key;
}
