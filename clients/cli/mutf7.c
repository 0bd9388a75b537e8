#include "mutf7.h"

#include "cli.h"

#include <string.h>

static int digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

/* What stands between '&' and '-': UTF-16 in base 64. NULL: malformed. */
static char *put_shifted(char *to, const char *p, const char *end)
{
    uint32_t bits = 0, high = 0;
    int n = 0;

    for (; p < end; p++) {
        int d = digit(*p);
        if (d < 0)
            return NULL;
        bits = bits << 6 | (uint32_t)d;
        n += 6;
        if (n < 16)
            continue;
        n -= 16;
        uint32_t unit = bits >> n & 0xffff;
        bits &= (1u << n) - 1;
        if (unit >= 0xd800 && unit < 0xdc00) {
            if (high)
                return NULL;
            high = unit;
            continue;
        }
        bool is_low = unit >= 0xdc00 && unit < 0xe000;
        if (is_low != (high != 0) || unit < 0x20)
            return NULL;
        to = put_utf8(to, is_low ? 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00) : unit);
        high = 0;
    }
    return high || bits ? NULL : to;
}

char *mutf7_decode(const char *name)
{
    char *out = xmalloc(strlen(name) * 3 + 1), *to = out;

    for (const char *p = name; *p;) {
        if (*p != '&') {
            *to++ = *p++;
            continue;
        }
        const char *end = strchr(p, '-');
        if (end == p + 1)
            *to++ = '&';
        else if (!end || !(to = put_shifted(to, p + 1, end))) {
            free(out);
            return xstrdup(name);
        }
        p = end + 1;
    }
    *to = '\0';
    return out;
}
