#include "mime/utf8.h"

static bool is_continuation(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

size_t utf8_sequence(const char *p, size_t n)
{
    const unsigned char *u = (const unsigned char *)p;
    if (u[0] < 0x80)
        return 1;
    if (u[0] < 0xC2 || u[0] > 0xF4)
        return 0;
    if (u[0] < 0xE0)
        return n >= 2 && is_continuation(u[1]) ? 2 : 0;
    if (u[0] < 0xF0) {
        if (n < 3 || !is_continuation(u[1]) || !is_continuation(u[2]))
            return 0;
        if ((u[0] == 0xE0 && u[1] < 0xA0) || (u[0] == 0xED && u[1] > 0x9F))
            return 0;
        return 3;
    }
    if (n < 4 || !is_continuation(u[1]) || !is_continuation(u[2]) || !is_continuation(u[3]))
        return 0;
    if ((u[0] == 0xF0 && u[1] < 0x90) || (u[0] == 0xF4 && u[1] > 0x8F))
        return 0;
    return 4;
}

/* Length of the run of ASCII at p, NUL counted in only where `with_nul`. */
static size_t ascii_run(const char *p, size_t n, bool with_nul)
{
    size_t i = 0;
    while (with_nul && i + 32 <= n) {
        uint64_t w[4];
        memcpy(w, p + i, sizeof(w));
        if ((w[0] | w[1] | w[2] | w[3]) & 0x8080808080808080u)
            break;
        i += sizeof(w);
    }
    while (i + 8 <= n) {
        uint64_t w;
        memcpy(&w, p + i, 8);
        if (w & 0x8080808080808080u)
            break;
        if (!with_nul && ((w - 0x0101010101010101u) & ~w & 0x8080808080808080u))
            break;
        i += 8;
    }
    while (i < n && (unsigned char)p[i] < 0x80 && (with_nul || p[i]))
        i++;
    return i;
}

bool utf8_is_ascii(struct fct_bytes s)
{
    return ascii_run(s.p, s.n, true) == s.n;
}

bool utf8_is_valid(struct fct_bytes s)
{
    for (size_t i = 0; i < s.n;) {
        i += ascii_run(s.p + i, s.n - i, true);
        if (i == s.n)
            break;
        size_t len = utf8_sequence(s.p + i, s.n - i);
        if (!len)
            return false;
        i += len;
    }
    return true;
}

size_t utf8_cut(struct fct_bytes s, size_t max)
{
    if (s.n <= max)
        return s.n;
    size_t n = max;
    while (n > 0 && max - n < 4 && is_continuation((unsigned char)s.p[n]))
        n--;
    return n;
}

bool utf8_add_lenient(struct buf *out, struct fct_bytes s, bool drop_nul)
{
    bool malformed = false, in_run = false;
    for (size_t i = 0; i < s.n;) {
        size_t len = ascii_run(s.p + i, s.n - i, false);
        while (i + len < s.n && (unsigned char)s.p[i + len] >= 0x80) {
            size_t more = utf8_sequence(s.p + i + len, s.n - i - len);
            if (!more)
                break;
            len += more;
        }
        if (len) {
            buf_add(out, s.p + i, len);
            i += len;
            in_run = false;
            continue;
        }
        if (s.p[i] == '\0') {
            if (!drop_nul)
                buf_add_utf8(out, 0xFFFD);
            in_run = false;
        } else {
            if (!in_run)
                buf_add_utf8(out, 0xFFFD);
            in_run = malformed = true;
        }
        i++;
    }
    return malformed;
}

uint32_t utf8_get(const char *p, size_t n, size_t *len)
{
    const unsigned char *u = (const unsigned char *)p;
    *len = utf8_sequence(p, n);
    switch (*len) {
    case 1:
        return u[0];
    case 2:
        return (u[0] & 0x1Fu) << 6 | (u[1] & 0x3Fu);
    case 3:
        return (u[0] & 0x0Fu) << 12 | (u[1] & 0x3Fu) << 6 | (u[2] & 0x3Fu);
    case 4:
        return (u[0] & 0x07u) << 18 | (u[1] & 0x3Fu) << 12 | (u[2] & 0x3Fu) << 6 | (u[3] & 0x3Fu);
    default:
        *len = 1;
        return 0xFFFD;
    }
}

bool utf8_to_latin1(struct fct_bytes s, struct buf *out)
{
    size_t begin = out->n;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i], next = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0;
        bool is_two = (c == 0xC2 && next >= 0xA0 && next <= 0xBF) || (c == 0xC3 && next >= 0x80 && next <= 0xBF);
        if (c >= 0x80 && !is_two) {
            out->n = begin;
            return false;
        }
        buf_add_char(out, (char)(c < 0x80 ? c : (c & 3) << 6 | (next & 0x3F)));
        i += is_two;
    }
    return true;
}
