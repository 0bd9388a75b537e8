/* fuzz_pop3.c - everything that a server may send, through the plugin's parsers.
 *
 * The first byte says how the rest is cut into pieces; a message cut so must come out as one that comes at once. */
#include "parser.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

FCT_PLUGIN_HOST;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_lines(struct fct_bytes text)
{
    struct pop3_caps caps = {0};
    while (text.n > 0) {
        const char *lf = memchr(text.p, '\n', text.n);
        struct fct_bytes line = {text.p, lf ? (size_t)(lf - text.p) : text.n}, rest;
        struct pop3_status status;
        uint64_t number;
        if (pop3_parse_status(line, &status))
            assert(status.text.n <= line.n && strlen(status.code) <= POP3_CODE_MAX);
        if (pop3_parse_numbered(line, &number, &rest))
            assert(number > 0 && rest.n < line.n && rest.p >= line.p && rest.p + rest.n <= line.p + line.n);
        assert(pop3_timestamp(line).n <= line.n);
        pop3_parse_capability(line, &caps);
        text.p += line.n + (lf ? 1 : 0);
        text.n -= line.n + (lf ? 1 : 0);
    }
    assert(memchr(caps.implementation, '\0', sizeof(caps.implementation)));
}

/* Returns what is left behind the end; UINT32_MAX: there was none. */
static size_t unstuff(struct fct_bytes wire, size_t step, bool bare_lf, struct wire_buffer *out)
{
    struct pop3_body body = {.bare_lf = bare_lf};
    size_t left = wire.n;
    while (left > 0) {
        struct fct_bytes in = {wire.p + wire.n - left, left < step ? left : step}, piece;
        size_t given = in.n;
        int what;
        while ((what = pop3_body_next(&body, &in, &piece)) == 1)
            wire_buffer_add(out, piece.p, piece.n);
        left -= given - in.n;
        if (what == 2)
            return left;
        assert(in.n == 0);
    }
    return UINT32_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct fct_bytes text = {(const char *)data + 1, size - 1};
    SCOPED(wire_buffer_done) struct wire_buffer whole = {0};
    SCOPED(wire_buffer_done) struct wire_buffer pieces = {0};
    bool bare_lf = data[0] & 1;

    read_lines(text);
    size_t left = unstuff(text, text.n ? text.n : 1, bare_lf, &whole);
    assert(unstuff(text, (size_t)(data[0] >> 1) + 1, bare_lf, &pieces) == left);
    assert(whole.n == pieces.n && (whole.n == 0 || memcmp(whole.p, pieces.p, whole.n) == 0));
    assert(whole.n <= text.n);
    return 0;
}
