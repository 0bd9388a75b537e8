#include "base64.h"

#include "cli.h"

char *base64_encode(const char *bytes, size_t n, size_t *out_n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = (const unsigned char *)bytes;
    char *out = xmalloc((n + 2) / 3 * 4 + 1), *to = out;

    for (; n >= 3; n -= 3, p += 3) {
        *to++ = digits[p[0] >> 2];
        *to++ = digits[(p[0] & 3) << 4 | p[1] >> 4];
        *to++ = digits[(p[1] & 15) << 2 | p[2] >> 6];
        *to++ = digits[p[2] & 63];
    }
    if (n > 0) {
        *to++ = digits[p[0] >> 2];
        *to++ = digits[(p[0] & 3) << 4 | (n == 2 ? p[1] >> 4 : 0)];
        *to++ = n == 2 ? digits[(p[1] & 15) << 2] : '=';
        *to++ = '=';
    }
    *to = '\0';
    *out_n = (size_t)(to - out);
    return out;
}
