#include "mime/html.h"

#include <ctype.h>

enum { NAME_MAX_LENGTH = 32, DIGITS_MAX = 8 };

static const struct entity {
    const char *name;
    uint32_t first, second;
    bool bare;
} entities[] = {
#include "mime/html_entities.inc"
};

static const struct entity *find(const char *p, size_t n)
{
    size_t lo = 0, hi = sizeof(entities) / sizeof(*entities);
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int c = strncmp(entities[mid].name, p, n);
        if (c == 0 && entities[mid].name[n] == '\0')
            return &entities[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

/* &#233; and &#xE9; with the replacements that the standard orders for what senders mean by 0x80 to 0x9F. */
static size_t numeric(const char *p, const char *end, uint32_t out[2])
{
    static const uint16_t c1[32] = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                                    0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    const char *c = p + 2;
    bool hex = c < end && (*c == 'x' || *c == 'X');
    c += hex;
    uint32_t v = 0;
    const char *digits = c;
    while (c < end && c - digits < DIGITS_MAX && (hex ? isxdigit((unsigned char)*c) : isdigit((unsigned char)*c))) {
        int d = isdigit((unsigned char)*c) ? *c - '0' : tolower((unsigned char)*c) - 'a' + 10;
        v = v * (hex ? 16 : 10) + (uint32_t)d;
        c++;
    }
    if (c == digits)
        return 0;
    if (v >= 0x80 && v < 0xA0)
        v = c1[v - 0x80];
    out[0] = v ? v : 0xFFFD;
    out[1] = 0;
    if (c < end && *c == ';')
        c++;
    return (size_t)(c - p);
}

size_t html_entity(const char *p, const char *end, uint32_t out[2])
{
    if (end - p < 3)
        return 0;
    if (p[1] == '#')
        return numeric(p, end, out);
    size_t n = 0;
    const char *name = p + 1;
    while (name + n < end && n < NAME_MAX_LENGTH && isalnum((unsigned char)name[n]))
        n++;
    const struct entity *e = NULL;
    if (name + n < end && name[n] == ';' && (e = find(name, n))) {
        out[0] = e->first;
        out[1] = e->second;
        return n + 2;
    }
    /* "&eacutex": the longest old name that fits. */
    for (; n >= 2; n--)
        if ((e = find(name, n)) && e->bare) {
            out[0] = e->first;
            out[1] = e->second;
            return n + 1;
        }
    return 0;
}
