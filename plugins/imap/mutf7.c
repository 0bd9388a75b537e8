#include "mutf7.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/* ---- UTF-8 ---------------------------------------------------------------------------------------------- */

/* The code point at text.p[*at], which moves on; -1 for what is none. */
static int32_t take_code_point(struct fct_bytes text, size_t *at)
{
    const unsigned char *s = (const unsigned char *)text.p + *at;
    size_t left = text.n - *at;
    if (s[0] < 0x80) {
        *at += 1;
        return s[0];
    }
    size_t n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    static const int32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (s[0] < 0xC2 || s[0] > 0xF4 || n > left)
        return -1;
    int32_t cp = s[0] & (0xFF >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return -1;
        cp = cp << 6 | (s[i] & 0x3F);
    }
    if (cp < smallest[n] || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        return -1;
    *at += n;
    return cp;
}

bool imap_is_utf8(struct fct_bytes text)
{
    for (size_t at = 0; at < text.n;)
        if (take_code_point(text, &at) < 0)
            return false;
    return true;
}

static void add_utf8(struct wire_buffer *out, uint32_t cp)
{
    char s[4];
    size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n; i-- > 1; cp >>= 6)
        s[i] = (char)(0x80 | (cp & 0x3F));
    s[0] = (char)(lead[n] | cp);
    wire_buffer_add(out, s, n);
}

/* ---- encoding ------------------------------------------------------------------------------------------- */

struct shift {
    struct wire_buffer *out;
    uint32_t bits;
    unsigned n_bits;
    bool open;
};

static void shift_out(struct shift *s, uint16_t unit)
{
    if (!s->open)
        wire_buffer_add_char(s->out, '&');
    s->open = true;
    s->bits = s->bits << 16 | unit;
    for (s->n_bits += 16; s->n_bits >= 6; s->n_bits -= 6)
        wire_buffer_add_char(s->out, alphabet[s->bits >> (s->n_bits - 6) & 63]);
    s->bits &= (1u << s->n_bits) - 1;
}

static void shift_end(struct shift *s)
{
    if (!s->open)
        return;
    if (s->n_bits > 0)
        wire_buffer_add_char(s->out, alphabet[s->bits << (6 - s->n_bits) & 63]);
    wire_buffer_add_char(s->out, '-');
    *s = (struct shift){.out = s->out};
}

static bool is_direct(int32_t cp)
{
    return cp >= 0x20 && cp <= 0x7e;
}

bool imap_mutf7_encode(struct fct_bytes utf8, struct wire_buffer *out)
{
    if (!imap_is_utf8(utf8))
        return false;
    struct shift s = {.out = out};
    for (size_t at = 0; at < utf8.n;) {
        int32_t cp = take_code_point(utf8, &at);
        if (is_direct(cp)) {
            shift_end(&s);
            wire_buffer_add(out, cp == '&' ? "&-" : (char[]){(char)cp}, cp == '&' ? 2 : 1);
        } else if (cp >= 0x10000) {
            shift_out(&s, (uint16_t)(0xD800 + ((cp - 0x10000) >> 10)));
            shift_out(&s, (uint16_t)(0xDC00 + ((cp - 0x10000) & 0x3FF)));
        } else {
            shift_out(&s, (uint16_t)cp);
        }
    }
    shift_end(&s);
    return true;
}

/* ---- decoding ------------------------------------------------------------------------------------------- */

/* The text of one shift, between '&' and '-'. */
static bool decode_shift(const char *p, size_t n, struct wire_buffer *out)
{
    uint32_t bits = 0, high = 0;
    unsigned n_bits = 0;
    for (size_t i = 0; i < n; i++) {
        const char *digit = memchr(alphabet, p[i], 64);
        if (!digit)
            return false;
        bits = bits << 6 | (uint32_t)(digit - alphabet);
        n_bits += 6;
        if (n_bits < 16)
            continue;
        n_bits -= 16;
        uint32_t unit = bits >> n_bits & 0xFFFF;
        bits &= (1u << n_bits) - 1;
        bool low = unit >= 0xDC00 && unit <= 0xDFFF;
        if (low != (high != 0))
            return false; /* half of a surrogate pair */
        if (unit >= 0xD800 && unit <= 0xDBFF) {
            high = unit;
            continue;
        }
        add_utf8(out, low ? 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00) : unit);
        high = 0;
    }
    return high == 0;
}

static bool decode(struct fct_bytes name, struct wire_buffer *out)
{
    for (size_t i = 0; i < name.n; i++) {
        if (!is_direct((unsigned char)name.p[i]))
            return false;
        if (name.p[i] != '&') {
            wire_buffer_add_char(out, name.p[i]);
            continue;
        }
        const char *start = name.p + i + 1;
        const char *end = memchr(start, '-', name.n - i - 1);
        if (!end)
            return false;
        if (end == start)
            wire_buffer_add_char(out, '&');
        else if (!decode_shift(start, (size_t)(end - start), out))
            return false;
        i = (size_t)(end - name.p);
    }
    return true;
}

bool imap_mutf7_decode(struct fct_bytes name, struct wire_buffer *out)
{
    size_t before = out->n;
    SCOPED(wire_buffer_done) struct wire_buffer again = {0};
    if (decode(name, out)) {
        /* "&AGE-" for "a", or padding that is not zero: two names of the server must not become one of ours. */
        imap_mutf7_encode((struct fct_bytes){out->p + before, out->n - before}, &again);
        if (again.n == name.n && (name.n == 0 || memcmp(again.p, name.p, name.n) == 0))
            return true;
    }
    out->n = before;
    return false;
}
