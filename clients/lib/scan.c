#include "scan.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_space(struct facteur_text t, size_t at)
{
    while (at < t.n && is_space(t.p[at]))
        at++;
    return at;
}

/* `at` is a quote: behind the quote that ends the string, or t.n + 1 where none does. */
static size_t skip_string(struct facteur_text t, size_t at)
{
    at++;
    for (;;) {
        const char *quote = at < t.n ? memchr(t.p + at, '"', t.n - at) : NULL;
        if (!quote)
            return t.n + 1;
        size_t end = (size_t)(quote - t.p), escapes = 0;
        while (end - escapes > at && t.p[end - escapes - 1] == '\\')
            escapes++;
        at = end + 1;
        if (escapes % 2 == 0)
            return at;
    }
}

/* Behind an array or an object, or t.n + 1. */
static size_t skip_nested(struct facteur_text t, size_t at)
{
    size_t depth = 0;

    while (at < t.n) {
        char c = t.p[at];
        if (c == '"') {
            at = skip_string(t, at);
            continue;
        }
        at++;
        if (c == '[' || c == '{')
            depth++;
        else if ((c == ']' || c == '}') && --depth == 0)
            return at;
    }
    return t.n + 1;
}

/* Behind the value that begins at `at`, which is before t.n; `at` itself where none does. */
static size_t skip_value(struct facteur_text t, size_t at)
{
    if (t.p[at] == '"')
        return skip_string(t, at);
    if (t.p[at] == '[' || t.p[at] == '{')
        return skip_nested(t, at);
    while (at < t.n && !is_space(t.p[at]) && !strchr(",:]}\"[{", t.p[at]))
        at++;
    return at;
}

/* A value at `at`, white space around it skipped; false: there is none. */
static bool next_value(struct facteur_text t, size_t *at, struct facteur_text *out)
{
    size_t begin = skip_space(t, *at);
    size_t end = begin < t.n ? skip_value(t, begin) : begin;

    if (end == begin || end > t.n)
        return false;
    *out = (struct facteur_text){t.p + begin, end - begin};
    *at = skip_space(t, end);
    return true;
}

static bool has_name(struct facteur_text quoted, const char *name)
{
    size_t n = strlen(name);

    return quoted.n == n + 2 && memcmp(quoted.p + 1, name, n) == 0;
}

static void keep_member(struct scan_message *m, struct facteur_text name, struct facteur_text value)
{
    struct {
        const char *name;
        struct facteur_text *to;
    } members[] = {
        {"id", &m->id}, {"method", &m->method}, {"params", &m->params}, {"result", &m->result}, {"error", &m->error}};

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (has_name(name, members[i].name))
            *members[i].to = value;
}

bool scan_message(struct facteur_text text, struct scan_message *out)
{
    size_t at = skip_space(text, 0);
    struct facteur_text name, value;

    *out = (struct scan_message){0};
    if (at >= text.n || text.p[at] != '{')
        return false;
    at = skip_space(text, at + 1);
    if (at < text.n && text.p[at] == '}')
        return skip_space(text, at + 1) == text.n;
    for (;;) {
        if (!next_value(text, &at, &name) || name.p[0] != '"' || at >= text.n || text.p[at] != ':')
            return false;
        at++;
        if (!next_value(text, &at, &value) || at >= text.n)
            return false;
        keep_member(out, name, value);
        if (text.p[at] == '}')
            return skip_space(text, at + 1) == text.n;
        if (text.p[at++] != ',')
            return false;
    }
}

int scan_element(struct facteur_text text, size_t *at, struct facteur_text *out)
{
    bool is_first = *at == 0;

    if (is_first) {
        *at = skip_space(text, 0);
        if (*at >= text.n || text.p[*at] != '[')
            return -1;
        *at = skip_space(text, *at + 1);
    }
    if (*at >= text.n)
        return -1;
    if (text.p[*at] == ']')
        return skip_space(text, *at + 1) == text.n ? 0 : -1;
    if (!is_first && text.p[(*at)++] != ',')
        return -1;
    return next_value(text, at, out) ? 1 : -1;
}

char scan_first(struct facteur_text text)
{
    size_t at = skip_space(text, 0);

    return at < text.n ? text.p[at] : '\0';
}

bool scan_is_blank(struct facteur_text text)
{
    return skip_space(text, 0) == text.n;
}
