/* fuzz_reply.c - everything that a server may answer, line by line, through the parsers of this plugin. */
#include "path.h"
#include "reply.h"

#include <assert.h>
#include <string.h>

FCT_PLUGIN_HOST;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct smtp_reply r = {0};
    struct smtp_offer offer;
    struct fct_bytes text = {(const char *)data, size};
    SCOPED(wire_buffer_done) struct wire_buffer xtext = {0};
    for (const char *at = text.p, *end = text.p + text.n; at < end;) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        size_t n = lf ? (size_t)(lf - at) : (size_t)(end - at);
        int complete = smtp_reply_line(&r, (struct fct_bytes){at, n > 0 && at[n - 1] == '\r' ? n - 1 : n});
        if (complete >= 0) {
            assert(r.code >= 200 && r.code <= 599 && r.lines <= SMTP_REPLY_LINES_MAX);
            assert(r.detail[0] == 0 || (int)r.detail[0] == r.code / 100);
            assert(r.text.n <= (size_t)SMTP_REPLY_LINES_MAX * (SMTP_REPLY_LINE_MAX + 1));
        }
        if (complete == 1) {
            smtp_offer_parse(wire_buffer_bytes(&r.text), &offer);
            assert(strlen(offer.name) < sizeof(offer.name));
        }
        if (complete != 0)
            smtp_reply_clear(&r);
        at += lf ? n + 1 : n;
    }
    if (smtp_path_is_good(text))
        assert(!memchr(text.p, '\r', text.n) && !memchr(text.p, '\n', text.n) && !memchr(text.p, '\0', text.n));
    smtp_add_xtext(text, &xtext);
    for (size_t i = 0; i < xtext.n; i++)
        assert(xtext.p[i] > ' ' && xtext.p[i] < 0x7f);
    smtp_reply_done(&r);
    return 0;
}
