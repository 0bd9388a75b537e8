#include "transfer.h"

#include <ctype.h>
#include <string.h>

#define NAME_MAX_BYTES 255

/* ---- ranges ---- */

/* *p behind the digits; false: there are none, or too many. */
static bool read_number(const char **p, uint64_t *out)
{
    size_t n = strspn(*p, "0123456789");
    if (n == 0 || n > 18)
        return false;
    *out = strtoull(*p, NULL, 10);
    *p += n;
    return true;
}

enum range_kind range_parse(const char *header, uint64_t size, uint64_t *out_offset, uint64_t *out_length)
{
    uint64_t first = 0, last = UINT64_MAX;
    const char *p = header;
    *out_offset = 0;
    *out_length = size;
    if (!p || strncasecmp(p, "bytes=", 6) != 0 || strchr(p, ','))
        return RANGE_WHOLE;
    p += 6;
    bool is_suffix = *p == '-';
    if (!is_suffix && !read_number(&p, &first))
        return RANGE_WHOLE;
    if (*p++ != '-')
        return RANGE_WHOLE;
    bool has_last = *p && read_number(&p, &last);
    if (*p || (is_suffix && !has_last) || (!is_suffix && has_last && last < first))
        return RANGE_WHOLE;
    if (is_suffix) {
        if (last == 0 || size == 0)
            return RANGE_NONE;
        first = last < size ? size - last : 0;
        last = size - 1;
    }
    if (first >= size)
        return RANGE_NONE;
    *out_offset = first;
    *out_length = (last < size ? last : size - 1) - first + 1;
    return RANGE_PART;
}

bool etag_is_among(const char *header, const char *etag)
{
    size_t n = strlen(etag);
    for (const char *p = header; p && *p;) {
        p += strspn(p, " \t,");
        if (*p == '*')
            return true;
        if (strncmp(p, "W/", 2) == 0)
            p += 2;
        size_t length = strcspn(p, " \t,");
        if (length == n && memcmp(p, etag, n) == 0)
            return true;
        p += length;
    }
    return false;
}

/* ---- types ---- */

/* RFC 6838 section 4.2: restricted-name. */
static size_t name_length(const char *p)
{
    size_t n = 0;
    while (isalnum((unsigned char)p[n]) || (n > 0 && p[n] && strchr("!#$&-^_.+", p[n])))
        n++;
    return n < 128 ? n : 0;
}

/* A quoted string of printable ASCII (RFC 9110 section 5.6.4), with its quotes; 0: it is none. */
static size_t quoted_length(const char *p)
{
    size_t n = 1;
    if (*p != '"')
        return 0;
    for (; p[n] != '"'; n++) {
        if (p[n] == '\\')
            n++;
        if ((unsigned char)p[n] < 0x20 || (unsigned char)p[n] > 0x7e)
            return 0;
    }
    return n + 1;
}

/* "; name=value" again and again, the values tokens or quoted. */
static bool are_parameters(const char *p)
{
    while (*p) {
        if (*p != ';')
            return false;
        p += 1 + strspn(p + 1, " ");
        size_t n = name_length(p);
        if (n == 0 || p[n] != '=')
            return false;
        p += n + 1;
        n = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+");
        if (n == 0 && (n = quoted_length(p)) == 0)
            return false;
        p += n + strspn(p + n, " ");
    }
    return true;
}

void type_make_safe(const char *type, char out[TYPE_SIZE])
{
    const char *otherwise = "application/octet-stream";
    size_t first = type ? name_length(type) : 0,
           second = first && type[first] == '/' ? name_length(type + first + 1) : 0;
    bool is_good = second > 0 && strlen(type) < TYPE_SIZE && are_parameters(type + first + 1 + second);
    const char *text = is_good ? type : otherwise;
    memcpy(out, text, strlen(text) + 1);
}

/* ---- names ---- */

/* Cuts at a character's beginning. */
static size_t cut_utf8(const char *s, size_t max)
{
    size_t n = strlen(s);
    if (n <= max)
        return n;
    for (n = max; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
        ;
    return n;
}

/* For those who do not read the other: what could be a path or an escape becomes '_'. */
static void write_plain(const char *name, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)name[i];
        if ((c & 0xc0) != 0x80)
            buf_add_char(out,
                         c < 0x20 || c > 0x7e || strchr("\"\\/:*?<>|%;", c) || (c == '.' && i == 0) ? '_' : (char)c);
    }
}

void disposition_write(const char *name, struct buf *out)
{
    buf_add_str(out, "attachment");
    size_t n = name ? cut_utf8(name, NAME_MAX_BYTES) : 0;
    if (n == 0)
        return;
    buf_add_str(out, "; filename=\"");
    write_plain(name, n, out);
    buf_add_str(out, "\"; filename*=UTF-8''");
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)name[i] == '/' || name[i] == '\\' ? '_' : (unsigned char)name[i];
        if (isalnum(c) || (c < 0x80 && strchr("!#$&+-.^_`|~", c)))
            buf_add_char(out, (char)c);
        else
            buf_addf(out, "%%%02X", c);
    }
}
