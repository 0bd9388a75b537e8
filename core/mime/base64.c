#include "mime/base64.h"

enum { PAD = 64, SKIP = 255 };

/* The value of each ASCII character. */
static const unsigned char values[128] = {
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 62,
    255, 255, 255, 63,  52,  53,  54,  55,  56,  57,  58,  59,  60,  61,  255, 255, 255, 64,  255, 255, 255, 0,
    1,   2,   3,   4,   5,   6,   7,   8,   9,   10,  11,  12,  13,  14,  15,  16,  17,  18,  19,  20,  21,  22,
    23,  24,  25,  255, 255, 255, 255, 255, 255, 26,  27,  28,  29,  30,  31,  32,  33,  34,  35,  36,  37,  38,
    39,  40,  41,  42,  43,  44,  45,  46,  47,  48,  49,  50,  51,  255, 255, 255, 255, 255,
};

static unsigned char value_of(char c)
{
    return (unsigned char)c < 128 ? values[(unsigned char)c] : SKIP;
}

/* Groups of four with nothing between them, as all of a line is; gives how many characters they were. */
static size_t decode_groups(const char *in, size_t n, char **out)
{
    size_t i = 0;
    char *to = *out;
    for (; i + 4 <= n; i += 4, to += 3) {
        unsigned a = value_of(in[i]), b = value_of(in[i + 1]), c = value_of(in[i + 2]), d = value_of(in[i + 3]);
        if ((a | b | c | d) >= PAD)
            break;
        uint32_t bits = a << 18 | b << 12 | c << 6 | d;
        to[0] = (char)(bits >> 16);
        to[1] = (char)(bits >> 8);
        to[2] = (char)bits;
    }
    *out = to;
    return i;
}

size_t base64_decode_step(struct base64 *s, const char *in, size_t n, char *out)
{
    uint32_t bits = s->bits;
    unsigned have = s->have;
    char *to = out;
    for (size_t i = 0; i < n; i++) {
        if (have == 0) {
            i += decode_groups(in + i, n - i, &to);
            if (i == n)
                break;
        }
        unsigned char v = value_of(in[i]);
        if (v < PAD) {
            bits = bits << 6 | v;
            have += 6;
            if (have >= 8) {
                have -= 8;
                *to++ = (char)(bits >> have);
            }
        } else if (v == PAD) {
            have = 0;
        }
    }
    s->bits = bits;
    s->have = have;
    return (size_t)(to - out);
}
