/* Any bytes: offsets stay inside and ascend, tokens are short and never empty, joining agrees with calling back, and
 * tokens of a token are the token. */
#include "base/cleanup.h"
#include "text/tokens.h"

#include <stdint.h>
#include <stdlib.h>

struct seen {
    size_t n_text, last_start, n_tokens;
    struct buf joined;
};

static int check(void *ctx, const char *token, size_t n, size_t start, size_t end)
{
    struct seen *s = ctx;

    if (n == 0 || n > TOKEN_MAX_BYTES || start >= end || end > s->n_text || start < s->last_start)
        abort();
    s->last_start = start;
    if (s->n_tokens++)
        buf_add_char(&s->joined, TOKENS_SEPARATOR);
    buf_add(&s->joined, token, n);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen s = {.n_text = size};
    CLEANUP(buf_done) struct buf joined = {0}, folded = {0}, valid = {0}, again = {0};
    struct fct_bytes text = bytes_of(data, size);

    tokens_of(text, check, &s);
    tokens_join(text, &joined);
    if (!bytes_equal(buf_bytes(&joined), buf_bytes(&s.joined)))
        abort();
    buf_done(&s.joined);
    text_fold(text, &folded);
    text_to_valid_utf8(text, &valid);
    if (text_to_valid_utf8(buf_bytes(&valid), &again) || !bytes_equal(buf_bytes(&valid), buf_bytes(&again)))
        abort();
    return 0;
}
