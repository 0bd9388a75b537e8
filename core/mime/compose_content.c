/* Content in the transfer encoding that it needs: RFC 2045 section 6. */
#include "mime/compose_content.h"

#include "base/cleanup.h"
#include "mime/encode.h"

#include <string.h>

#define LINE_MAX_BYTES 998 /* RFC 5322 section 2.1.1 */

struct text_look content_look(struct fct_bytes s)
{
    struct text_look l = {0};
    size_t line = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '\n') {
            l.has_bare_break = l.has_bare_break || i == 0 || s.p[i - 1] != '\r';
            line = 0;
            continue;
        }
        if (c == '\r' && (i + 1 == s.n || s.p[i + 1] != '\n'))
            l.has_bare_break = true;
        line++;
        if (line > l.longest_line)
            l.longest_line = line;
        l.high += c >= 0x80;
        l.equals += c == '=';
        l.controls += c < 0x20 && c != '\t' && c != '\r';
        l.has_nul = l.has_nul || c == 0;
    }
    return l;
}

/* LF, CR and CRLF all become CRLF. */
static void add_with_crlf(struct fct_bytes in, struct buf *out)
{
    for (size_t i = 0; i < in.n; i++) {
        if (in.p[i] == '\r' && i + 1 < in.n && in.p[i + 1] == '\n')
            continue;
        if (in.p[i] == '\n' || in.p[i] == '\r')
            buf_add_str(out, "\r\n");
        else
            buf_add_char(out, in.p[i]);
    }
}

void content_add_text(struct fct_bytes text, struct buf *out)
{
    CLEANUP(buf_done) struct buf crlf = {0};
    add_with_crlf(text, &crlf);
    struct text_look l = content_look(buf_bytes(&crlf));
    if (!l.high && !l.controls && l.longest_line <= LINE_MAX_BYTES) {
        buf_add_str(out, "Content-Transfer-Encoding: 7bit\r\n\r\n");
        buf_add(out, crlf.p, crlf.n);
    } else if (crlf.n + 2 * (l.high + l.controls + l.equals) > (crlf.n + 2) / 3 * 4 || l.has_nul) {
        buf_add_str(out, "Content-Transfer-Encoding: base64\r\n\r\n");
        encode_base64(buf_bytes(&crlf), out);
    } else {
        buf_add_str(out, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
        encode_quoted(buf_bytes(&crlf), out);
    }
}

void content_add_file(struct fct_bytes bytes, bool is_message, struct buf *out)
{
    struct text_look l = content_look(bytes);
    bool has_end =
        bytes.n >= 2 && memcmp(bytes.p + bytes.n - 2, "\r\n", 2) == 0; /* the end of the message adds none then */
    if (is_message && l.has_bare_break && !l.has_nul) {
        CLEANUP(buf_done) struct buf crlf = {0}; /* of an mbox: on the wire no line ends otherwise */
        add_with_crlf(bytes, &crlf);
        content_add_file(buf_bytes(&crlf), true, out);
    } else if (is_message) {
        buf_addf(out, "Content-Transfer-Encoding: %s\r\n\r\n",
                 l.high || l.controls || l.longest_line > LINE_MAX_BYTES ? "8bit" : "7bit");
        buf_add(out, bytes.p, bytes.n);
    } else if (bytes.n && !l.high && !l.controls && !l.has_bare_break && has_end && l.longest_line <= LINE_MAX_BYTES) {
        buf_add_str(out, "Content-Transfer-Encoding: 7bit\r\n\r\n");
        buf_add(out, bytes.p, bytes.n);
    } else {
        buf_add_str(out, "Content-Transfer-Encoding: base64\r\n\r\n");
        encode_base64(bytes, out);
    }
}
