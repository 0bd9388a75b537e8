#include "webpush/base64url.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_write(struct fct_bytes data, struct buf *out)
{
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < data.n; i++) {
        bits = bits << 8 | (unsigned char)data.p[i];
        for (have += 8; have >= 6; have -= 6)
            buf_add_char(out, letters[bits >> (have - 6) & 63]);
    }
    if (have)
        buf_add_char(out, letters[bits << (6 - have) & 63]);
}

bool base64url_read(const char *text, unsigned char *out, size_t n)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t done = 0, used = 0;
    for (; text[used] && text[used] != '='; used++) {
        const char *at = strchr(letters, text[used]);
        if (!at)
            return false;
        bits = bits << 6 | (uint32_t)(at - letters);
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        if (done == n)
            return false;
        out[done++] = (unsigned char)(bits >> have);
    }
    size_t padding = strspn(text + used, "=");
    bool is_padded_well = padding == 0 || (used + padding) % 4 == 0;
    return done == n && have < 6 && (bits & ((1u << have) - 1)) == 0 && padding <= 2 && is_padded_well &&
           !text[used + padding];
}
