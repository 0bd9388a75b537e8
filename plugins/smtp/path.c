#include "path.h"

#include <string.h>

static bool is_atom_char(unsigned char c)
{
    return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c)); /* the dots may stand as some providers have let them */
}

/* The length of "..." at the beginning; 0: it does not end. */
static size_t quoted_length(struct fct_bytes text)
{
    for (size_t i = 1; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c == '"')
            return i + 1;
        if (c == '\\' && ++i < text.n)
            c = (unsigned char)text.p[i];
        if (c < ' ' || c == 0x7f)
            return 0;
    }
    return 0;
}

static size_t local_length(struct fct_bytes text)
{
    size_t n = 0;
    if (text.n > 0 && text.p[0] == '"')
        return quoted_length(text);
    while (n < text.n && is_atom_char((unsigned char)text.p[n]))
        n++;
    return n;
}

static bool is_domain(struct fct_bytes text)
{
    bool is_literal = text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']';
    for (size_t i = is_literal; i < text.n - is_literal; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c < 0x80 && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-' &&
            c != '.' && c != '_' && !(is_literal && c == ':'))
            return false;
    }
    return text.n > 0;
}

bool smtp_path_is_good(struct fct_bytes address)
{
    if (address.n > SMTP_PATH_MAX)
        return false;
    size_t n = local_length(address);
    return n > 0 && n + 1 < address.n && address.p[n] == '@' &&
           is_domain((struct fct_bytes){address.p + n + 1, address.n - n - 1});
}

bool smtp_has_8bit(struct fct_bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] >= 0x80)
            return true;
    return false;
}

void smtp_add_xtext(struct fct_bytes text, struct wire_buffer *out)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c <= ' ' || c >= 0x7f || c == '+' || c == '=')
            wire_buffer_addf(out, "+%02X", c);
        else
            wire_buffer_add_char(out, (char)c);
    }
}

/* ---- parameters of RFC 3461 -------------------------------------------------------------------------------- */

static bool is_printable(struct fct_bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < ' ' || text.p[i] >= 0x7f)
            return false;
    return true;
}

static size_t xtext_length(struct fct_bytes text)
{
    SCOPED(wire_buffer_done) struct wire_buffer out = {0};
    smtp_add_xtext(text, &out);
    return out.n;
}

bool smtp_is_envid(struct fct_bytes text)
{
    return is_printable(text) && xtext_length(text) <= SMTP_ENVID_MAX;
}

/* The type in front of the semicolon; the address remains. Empty: there is none. */
static struct fct_bytes take_type(struct fct_bytes *orcpt)
{
    const char *semicolon = orcpt->n ? memchr(orcpt->p, ';', orcpt->n) : NULL;
    if (!semicolon)
        return (struct fct_bytes){0};
    struct fct_bytes type = {orcpt->p, (size_t)(semicolon - orcpt->p)};
    *orcpt = (struct fct_bytes){semicolon + 1, orcpt->n - type.n - 1};
    return type;
}

/* An atom, without '+' and '=', which would not come through. */
static bool is_type(struct fct_bytes type)
{
    for (size_t i = 0; i < type.n; i++) {
        unsigned char c = (unsigned char)type.p[i];
        if (c >= 0x80 || !is_atom_char(c) || c == '+' || c == '=' || c == '.')
            return false;
    }
    return type.n > 0;
}

/* The code point at *at, which is moved behind it; 0: this is no UTF-8. */
static uint32_t take_point(struct fct_bytes text, size_t *at)
{
    unsigned char c = (unsigned char)text.p[*at];
    size_t more = c < 0x80 ? 0 : c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : 4;
    uint32_t point = more == 0 ? c : c & (0x3fu >> more);
    if (more == 4 || *at + more >= text.n)
        return 0;
    for (size_t i = 1; i <= more; i++) {
        unsigned char next = (unsigned char)text.p[*at + i];
        if ((next & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (next & 0x3f);
    }
    *at += more + 1;
    return point;
}

/* utf-8-addr-unitext where the server takes UTF-8, else utf-8-addr-xtext: "\\x{E9}". False: it is no UTF-8, or has a
 * control character. */
static bool add_utf8_address(struct fct_bytes address, bool utf8, struct wire_buffer *out)
{
    for (size_t i = 0; i < address.n;) {
        size_t begin = i;
        uint32_t point = take_point(address, &i);
        bool is_special = point == ' ' || point == '\\' || point == '+' || point == '=';
        if (point < ' ' || point == 0x7f)
            return false;
        if (is_special || (point >= 0x80 && !utf8))
            wire_buffer_addf(out, "\\x{%X}", (unsigned)point);
        else
            wire_buffer_add(out, address.p + begin, i - begin);
    }
    return true;
}

static bool add_orcpt(struct fct_bytes orcpt, bool utf8, struct wire_buffer *out)
{
    struct fct_bytes type = take_type(&orcpt);
    if (!is_type(type) || orcpt.n == 0)
        return false;
    wire_buffer_add(out, type.p, type.n);
    wire_buffer_add_char(out, ';');
    if (wire_equal(type, "utf-8"))
        return add_utf8_address(orcpt, utf8, out);
    smtp_add_xtext(orcpt, out);
    return is_printable(orcpt);
}

bool smtp_is_orcpt(struct fct_bytes text)
{
    SCOPED(wire_buffer_done) struct wire_buffer out = {0};
    return text.n == 0 || (text.n <= SMTP_ORCPT_MAX && add_orcpt(text, false, &out) && out.n <= SMTP_ORCPT_MAX);
}

void smtp_add_orcpt(struct fct_bytes orcpt, bool utf8, struct wire_buffer *out)
{
    add_orcpt(orcpt, utf8, out);
}
