/* secrets.h - a password as it goes out, to strike it out of what a server says.
 *
 * Servers quote what they do not understand: "BAD unknown command: LOGIN jane secret". Such words are shown and logged.
 * Never suspend.
 */
#ifndef SASL_SECRETS_H
#define SASL_SECRETS_H

#include "wire/buffer.h"

struct sasl_login {
    struct fct_bytes user, password; /* neither holds CR, LF or NUL: the protocol has seen to it */
    bool proved; /* the server has seen what follows from the password: its refusal means that it is wrong */
};

/* The password's spellings; `{0}` knows none and strikes nothing out. */
struct sasl_secrets {
    struct wire_buffer as_is, quoted, alone, plain; /* ...quoted as in IMAP; in base64: alone, and as PLAIN has it */
};

void sasl_secrets_init(struct sasl_secrets *w, const struct sasl_login *l);
/* Wipes them. */
void sasl_secrets_done(struct sasl_secrets *w);
/* Appends `words` to the emptied `out`, each secret in them replaced by asterisks. */
void sasl_secrets_strike(const struct sasl_secrets *w, struct fct_bytes words, struct wire_buffer *out);

#endif
