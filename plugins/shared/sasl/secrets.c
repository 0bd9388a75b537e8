#include "sasl/secrets.h"

#include "sasl/sasl.h"
#include "wire/base64.h"

#include <string.h>

void sasl_secrets_init(struct sasl_secrets *w, const struct sasl_login *l)
{
    SCOPED(wire_buffer_wipe) struct wire_buffer message = {0};
    *w = (struct sasl_secrets){0};
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
}
