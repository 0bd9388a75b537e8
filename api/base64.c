#include "base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct fct_bytes data, struct buf *out)
{
    char *to = buf_reserve(out, (data.n + 2) / 3 * 4);
    size_t at = 0;
    for (size_t i = 0; i < data.n; i += 3) {
        size_t left = data.n - i;
        uint32_t v = (uint32_t)(unsigned char)data.p[i] << 16;
        if (left > 1)
            v |= (uint32_t)(unsigned char)data.p[i + 1] << 8;
        if (left > 2)
            v |= (unsigned char)data.p[i + 2];
        to[at++] = alphabet[v >> 18];
        to[at++] = alphabet[v >> 12 & 63];
        to[at++] = left > 1 ? alphabet[v >> 6 & 63] : '=';
        to[at++] = left > 2 ? alphabet[v & 63] : '=';
    }
    buf_grown(out, at);
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters; `padding` of them at the end are '='. */
static bool decode_group(const char *p, size_t padding, char *to)
{
    uint32_t v = 0;
    for (size_t i = 0; i < 4; i++) {
        int x = i < 4 - padding ? value_of(p[i]) : 0;
        if (x < 0)
            return false;
        v = v << 6 | (uint32_t)x;
    }
    if ((padding == 1 && (v & 0xff)) || (padding == 2 && (v & 0xffff))) /* bits that say nothing must be zero */
        return false;
    to[0] = (char)(v >> 16);
    if (padding < 2)
        to[1] = (char)(v >> 8);
    if (padding < 1)
        to[2] = (char)v;
    return true;
}

bool base64_decode(struct fct_bytes text, struct buf *out)
{
    if (text.n % 4)
        return false;
    char *to = buf_reserve(out, text.n / 4 * 3);
    size_t at = 0;
    for (size_t i = 0; i < text.n; i += 4) {
        bool is_last = i + 4 == text.n;
        size_t padding = is_last ? (size_t)(text.p[i + 3] == '=') + (text.p[i + 3] == '=' && text.p[i + 2] == '=') : 0;
        if (!decode_group(text.p + i, padding, to + at))
            return false;
        at += 3 - padding;
    }
    buf_grown(out, at);
    return true;
}
