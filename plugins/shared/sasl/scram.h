/* scram.h - the client's half of SCRAM (RFC 5802, RFC 7677), with channel binding (-PLUS) or without.
 *
 * Pure but for the host's hashes: messages in, messages out.
 *
 *   scram_init(&m, "sha256", user, password, nonce, &b) m.first is the client's first message
 *   scram_answer(&m, server_first, minimum, &err)       m.final is the second; slow: call it on a worker
 *   scram_verify(&m, server_final)                      whether the server knows the password
 *
 * The password is taken as its UTF-8 bytes stand; SASLprep changes nothing in ASCII and little beyond.
 */
#ifndef SASL_SCRAM_H
#define SASL_SCRAM_H

#include "wire/buffer.h"

/* What a server may ask for: below, a weak count would help whoever listens to guess; above, it costs us minutes. */
#define SCRAM_ITERATIONS_MIN 4096
#define SCRAM_ITERATIONS_MAX 2000000
#define SCRAM_SALT_MAX 1024

/* How the exchange is tied to TLS, RFC 5802 section 6. */
struct scram_binding {
    const char *header;    /* the GS2 header: "n,," not at all; "y,," we could, and the server offers no -PLUS: one that
                            * does refuses that, so nobody can take it out of its list unseen; "p=tls-exporter,," */
    struct fct_bytes data; /* with "p=" */
};

struct scram {
    struct scram_binding binding;
    const char *hash;
    struct fct_bytes password; /* the caller's */
    struct wire_buffer nonce, first, final;
    unsigned char server_signature[32];
    size_t n_hash; /* 0 until scram_answer succeeded */
};

/* `password` and what `binding` points to must live as long as the struct; `nonce` is printable ASCII without a comma.
 */
void scram_init(struct scram *m, const char *hash, struct fct_bytes user, struct fct_bytes password, const char *nonce,
                const struct scram_binding *binding);
/* FCT_E_AUTH for a message that is malformed or asks for too much. */
int scram_answer(struct scram *m, struct fct_bytes server_first, uint32_t iterations_min, struct fct_error *err);
bool scram_verify(const struct scram *m, struct fct_bytes server_final);
void scram_done(struct scram *m);

#endif
