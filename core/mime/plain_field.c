#include "mime/plain_field.h"

#include <strings.h>

struct reader {
    const char *p, *end;
    char *to; /* where the next text goes */
};

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Of tokens (RFC 2045 section 5.1) those characters that nobody gives a meaning of its own. */
static bool is_word(char c)
{
    return is_alnum(c) || c == '-' || c == '+' || c == '.' || c == '_';
}

static bool is_name(char c)
{
    return is_alnum(c) || c == '-';
}

static bool is_quoted(char c)
{
    return c >= ' ' && c < 0x7F && c != '"' && c != '\\';
}

/* Line ends as well: what follows them in a field is white space. */
static void skip_space(struct reader *r)
{
    while (r->p < r->end && strchr(" \t\r\n", *r->p) && *r->p)
        r->p++;
}

/* NULL when there is none. */
static const char *take(struct reader *r, bool (*is_part)(char c))
{
    char *from = r->to;

    while (r->p < r->end && is_part(*r->p))
        *r->to++ = *r->p++;
    if (r->to == from)
        return NULL;
    *r->to++ = '\0';
    return from;
}

static bool take_char(struct reader *r, char c)
{
    bool is_there = r->p < r->end && *r->p == c;

    r->p += is_there;
    return is_there;
}

static const char *take_quoted(struct reader *r)
{
    const char *value = take(r, is_quoted);
    size_t n = value ? strlen(value) : 0;

    if (!n || value[0] == ' ' || value[n - 1] == ' ' || strstr(value, "=?") || !take_char(r, '"'))
        return NULL;
    return value;
}

static const char *take_type(struct reader *r, bool with_slash)
{
    const char *type = take(r, is_word);

    if (!type || !with_slash)
        return type;
    r->to[-1] = '/';
    return take_char(r, '/') && take(r, is_word) ? type : NULL;
}

static bool take_param(struct reader *r, struct plain_field *f)
{
    if (f->n_params == PLAIN_FIELD_PARAMS)
        return false;
    const char *name = take(r, is_name);
    if (!name || plain_field_param(f, name) || !take_char(r, '='))
        return false;
    const char *value = take_char(r, '"') ? take_quoted(r) : take(r, is_word);
    f->params[f->n_params].name = name;
    f->params[f->n_params++].value = value;
    return value != NULL;
}

bool plain_field_parse(struct fct_bytes value, bool with_slash, struct plain_field *out)
{
    struct reader r = {value.p, value.p + value.n, out->text};

    out->n_params = 0;
    if (value.n > PLAIN_FIELD_BYTES)
        return false;
    skip_space(&r);
    out->word = take_type(&r, with_slash);
    if (!out->word)
        return false;
    for (skip_space(&r); r.p < r.end; skip_space(&r)) {
        if (!take_char(&r, ';'))
            return false;
        skip_space(&r);
        if (!take_param(&r, out))
            return false;
    }
    return true;
}

const char *plain_field_param(const struct plain_field *f, const char *name)
{
    for (size_t i = 0; i < f->n_params; i++)
        if (strcasecmp(f->params[i].name, name) == 0)
            return f->params[i].value;
    return NULL;
}

bool plain_field_is_multipart(const struct plain_field *type)
{
    return strncasecmp(type->word, "multipart/", 10) == 0;
}
