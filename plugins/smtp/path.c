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
