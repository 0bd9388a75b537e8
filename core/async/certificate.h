/* certificate.h - what can be said of a server's certificate: its fingerprint, whose it is, and why it was refused.
 *
 * A trust (conn.h) may name one certificate for one host and port: then exactly that one is believed there, whatever
 * its issuer, dates and names are, and no other. What a trust refused last is kept in it, for front ends that show it.
 *
 * Threads  loop thread, but for the functions on texts.
 */
#ifndef ASYNC_CERTIFICATE_H
#define ASYNC_CERTIFICATE_H

#include "async/conn.h"

#define FINGERPRINT_SIZE 32
#define FINGERPRINT_TEXT 96 /* "AB:CD:...", with its NUL */

struct certificate_facts {
    char host[256];
    uint32_t port;
    unsigned char sha256[FINGERPRINT_SIZE];  /* of the DER */
    char subject[80], issuer[80];            /* "CN=imap.example.org,O=Example", perhaps cut */
    int64_t not_before, not_after;           /* seconds; 0: unreadable */
    char hosts[200];                         /* the names that it is for, with commas; perhaps not all */
    char reason[300];                        /* why it was refused, for people */
    bool is_changed;                         /* another one is trusted for this host */
    unsigned char trusted[FINGERPRINT_SIZE]; /* that one, when is_changed */
};

/* "AB:CD:..."; returns `out`. */
const char *fingerprint_format(const unsigned char sha256[FINGERPRINT_SIZE], char out[FINGERPRINT_TEXT]);
/* "sha256:ab12...", "AB:12:...": 64 hexadecimal digits in either case, with colons or without. */
bool fingerprint_parse(const char *text, unsigned char out[FINGERPRINT_SIZE]);

/* The one certificate that is believed at this host and port. */
void tls_trust_pin(struct tls_trust *t, const char *host, uint32_t port, const unsigned char sha256[FINGERPRINT_SIZE]);
/* Also speaks TLS 1.0 and 1.1 (`minor` 0 or 1), with what such servers can: SHA-1, RSA key exchange, no renegotiation
 * extension. To be said before the first connection. */
void tls_trust_allow_old(struct tls_trust *t, int minor);
/* What was refused last; NULL: nothing was. Valid until the next connection. */
const struct certificate_facts *tls_trust_refused(const struct tls_trust *t);

#endif
