/* secrets.h - a password or an access token as it goes out, to strike it out of what a server says.
 *
 * Servers quote what they do not understand: "BAD unknown command: LOGIN jane secret". Such words are shown and logged.
 * Never suspend.
 */
#ifndef SASL_SECRETS_H
#define SASL_SECRETS_H

#include "sasl/login.h"

/* The password's spellings; `{0}` knows none and strikes nothing out. */
struct sasl_secrets {
    struct wire_buffer as_is, quoted, alone, plain; /* ...quoted as in IMAP; in base64: alone, and as PLAIN has it */
    struct wire_buffer turned[3]; /* of a token: what is the same in base64 wherever it stands in a message */
};

void sasl_secrets_init(struct sasl_secrets *w, const struct sasl_login *l);
/* Wipes them. */
void sasl_secrets_done(struct sasl_secrets *w);
/* Appends `words` to the emptied `out`, each secret in them replaced by asterisks. */
void sasl_secrets_strike(const struct sasl_secrets *w, struct fct_bytes words, struct wire_buffer *out);

#endif
