#include "mime/json.h"

#include "base/cleanup.h"
#include "mime/utf8.h"

json_t *json_text(struct fct_bytes s)
{
    CLEANUP(buf_done) struct buf clean = {0};
    if (s.n && (memchr(s.p, '\0', s.n) || !utf8_is_valid(s))) {
        utf8_add_lenient(&clean, s, false);
        s = buf_bytes(&clean);
    }
    return json_stringn_nocheck(s.n ? s.p : "", s.n);
}

void json_add_quoted(struct buf *out, struct fct_bytes s)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < s.n;) {
        size_t run = i;
        while (run < s.n && (unsigned char)s.p[run] >= 0x20 && s.p[run] != '"' && s.p[run] != '\\')
            run++;
        buf_add(out, s.p + i, run - i);
        if (run == s.n)
            break;
        if (s.p[run] == '"' || s.p[run] == '\\') {
            buf_add_char(out, '\\');
            buf_add_char(out, s.p[run]);
        } else {
            buf_addf(out, "\\u%04x", (unsigned)(unsigned char)s.p[run]);
        }
        i = run + 1;
    }
    buf_add_char(out, '"');
}
