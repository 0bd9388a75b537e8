#include "sasl/secrets.h"

#include "sasl/sasl.h"
#include "wire/base64.h"

#include <string.h>

/* Base64 turns three bytes into four characters: a token that begins at the second or third byte of such a group looks
 * different. Its first and last group, which it shares with what stands beside it, are left out. */
static void turn(struct fct_bytes token, size_t at, struct wire_buffer *out)
{
    size_t skip = (3 - at) % 3, whole = token.n > skip ? (token.n - skip) / 3 * 3 : 0;
    wire_base64_encode((struct fct_bytes){token.p + (whole ? skip : 0), whole}, out);
}

void sasl_secrets_init(struct sasl_secrets *w, const struct sasl_login *l)
{
    SCOPED(wire_buffer_wipe) struct wire_buffer message = {0};
    *w = (struct sasl_secrets){0};
    if (l->is_external)
        return;
    if (l->token.n > 0) {
        wire_buffer_set(&w->as_is, l->token);
        for (size_t i = 0; i < 3; i++)
            turn(l->token, i, &w->turned[i]);
        return;
    }
    wire_buffer_set(&w->as_is, l->password);
    for (size_t i = 0; i < l->password.n; i++) {
        if (l->password.p[i] == '"' || l->password.p[i] == '\\')
            wire_buffer_add_char(&w->quoted, '\\');
        wire_buffer_add_char(&w->quoted, l->password.p[i]);
    }
    wire_base64_encode(l->password, &w->alone);
    sasl_plain_message(l, &message);
    wire_base64_encode(wire_buffer_bytes(&message), &w->plain);
}

void sasl_secrets_done(struct sasl_secrets *w)
{
    wire_buffer_wipe(&w->as_is);
    wire_buffer_wipe(&w->quoted);
    wire_buffer_wipe(&w->alone);
    wire_buffer_wipe(&w->plain);
    for (size_t i = 0; i < 3; i++)
        wire_buffer_wipe(&w->turned[i]);
}

static void strike(struct wire_buffer *text, const struct wire_buffer *secret)
{
    for (size_t at = 0; secret->n > 0 && at + secret->n <= text->n; at++)
        if (memcmp(text->p + at, secret->p, secret->n) == 0)
            memset(text->p + at, '*', secret->n);
}

void sasl_secrets_strike(const struct sasl_secrets *w, struct fct_bytes words, struct wire_buffer *out)
{
    wire_buffer_set(out, words);
    strike(out, &w->plain); /* first: the next may be its end */
    strike(out, &w->alone);
    strike(out, &w->quoted);
    strike(out, &w->as_is);
    for (size_t i = 0; i < 3; i++)
        strike(out, &w->turned[i]);
}
