#include "mime/encode.h"

#define QP_LINE 76 /* RFC 2045 section 6.7 */

void encode_base64(struct fct_bytes in, struct buf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < in.n; i += 3) {
        size_t left = in.n - i;
        uint32_t v = (uint32_t)(unsigned char)in.p[i] << 16;
        v |= left > 1 ? (uint32_t)(unsigned char)in.p[i + 1] << 8 : 0;
        v |= left > 2 ? (uint32_t)(unsigned char)in.p[i + 2] : 0;
        char group[4] = {digits[v >> 18], digits[v >> 12 & 63], left > 1 ? digits[v >> 6 & 63] : '=',
                         left > 2 ? digits[v & 63] : '='};
        buf_add(out, group, 4);
        if (i % 57 == 54 && left > 3)
            buf_add_str(out, "\r\n");
    }
}

void encode_quoted(struct fct_bytes in, struct buf *out)
{
    size_t column = 0;
    for (size_t i = 0; i < in.n; i++) {
        unsigned char c = (unsigned char)in.p[i];
        if (c == '\r' && i + 1 < in.n && in.p[i + 1] == '\n') {
            buf_add_str(out, "\r\n");
            column = 0;
            i++;
            continue;
        }
        bool at_end = i + 1 == in.n || in.p[i + 1] == '\r';
        bool plain = (c > 0x20 && c < 0x7f && c != '=') || ((c == ' ' || c == '\t') && !at_end);
        size_t n = plain ? 1 : 3;
        if (column + n > QP_LINE - 1) {
            buf_add_str(out, "=\r\n");
            column = 0;
        }
        if (plain)
            buf_add_char(out, (char)c);
        else
            buf_addf(out, "=%02X", c);
        column += n;
    }
}
