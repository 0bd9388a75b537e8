#include "mime/entity.h"

#include "mime/base64.h"
#include "mime/quoted.h"

#include <string.h>
#include <strings.h>

/* ---- what a header says ---- */

static void unfold(const struct mime_header *h, struct buf *out)
{
    size_t skip = 0;
    while (h && skip < h->value.n && strchr(" \t\r\n", h->value.p[skip]) && h->value.p[skip])
        skip++;
    for (size_t i = skip; h && i < h->value.n; i++)
        if (h->value.p[i] != '\r' && h->value.p[i] != '\n' && h->value.p[i] != '\0')
            buf_add_char(out, h->value.p[i]);
}

void entity_done(struct entity *e)
{
    headers_done(&e->headers);
    buf_done(&e->type);
    buf_done(&e->encoding);
}

void entity_read(struct fct_bytes raw, struct entity *e)
{
    headers_scan(raw, &e->headers);
    e->header = (struct fct_bytes){raw.p, e->headers.body};
    e->body = (struct fct_bytes){raw.p + e->headers.body, raw.n - e->headers.body};
    unfold(headers_first(&e->headers, "content-type"), &e->type);
    unfold(headers_last(&e->headers, "content-transfer-encoding"), &e->encoding);
}

bool entity_is(const struct buf *value, const char *word)
{
    size_t n = strlen(word);
    if (value->n < n || strncasecmp(value->p, word, n) != 0)
        return false;
    return word[n - 1] == '/' || value->n == n || strchr("; \t(", value->p[n]);
}

bool entity_parameter(const struct buf *type, const char *name, char *out, size_t cap)
{
    const char *p = buf_str(type);
    size_t n = 0, length = strlen(name);
    while ((p = strchr(p, ';'))) {
        p += 1 + strspn(p + 1, " \t");
        if (strncasecmp(p, name, length) != 0)
            continue;
        const char *value = p + length + strspn(p + length, " \t");
        if (*value++ != '=')
            continue;
        value += strspn(value, " \t");
        bool is_quoted = *value == '"';
        for (value += is_quoted; *value && n + 1 < cap; value++) {
            if (is_quoted ? *value == '"' : strchr("; \t", *value) != NULL)
                break;
            value += is_quoted && *value == '\\' && value[1];
            out[n++] = *value;
        }
        out[n] = '\0';
        return n > 0;
    }
    return false;
}

/* ---- what a body holds ---- */

struct fct_bytes entity_line(struct fct_bytes text, size_t at)
{
    const char *lf = memchr(text.p + at, '\n', text.n - at);
    return (struct fct_bytes){text.p + at, lf ? (size_t)(lf + 1 - (text.p + at)) : text.n - at};
}

int entity_delimiter(struct fct_bytes line, const char *boundary, size_t n)
{
    if (line.n < n + 2 || line.p[0] != '-' || line.p[1] != '-' || memcmp(line.p + 2, boundary, n) != 0)
        return 0;
    struct fct_bytes rest = {line.p + n + 2, line.n - n - 2};
    bool is_last = rest.n >= 2 && rest.p[0] == '-' && rest.p[1] == '-';
    for (size_t i = is_last ? 2 : 0; i < rest.n; i++)
        if (!strchr(" \t\r\n", rest.p[i]) || rest.p[i] == '\0')
            return 0;
    return is_last ? 2 : 1;
}

struct fct_bytes entity_between(struct fct_bytes body, size_t from, size_t to)
{
    size_t n = to > from ? to - from : 0;
    if (n >= 1 && body.p[from + n - 1] == '\n')
        n -= n >= 2 && body.p[from + n - 2] == '\r' ? 2 : 1;
    return (struct fct_bytes){body.p + from, n};
}

bool entity_next(struct fct_bytes body, const char *boundary, size_t *at, struct fct_bytes *out)
{
    size_t n = strlen(boundary), from = *at;
    bool is_within = *at > 0; /* behind a delimiter */
    while (*at < body.n) {
        struct fct_bytes line = entity_line(body, *at);
        int kind = entity_delimiter(line, boundary, n);
        size_t here = *at;
        *at = kind == 2 ? body.n : here + line.n;
        if (!kind)
            continue;
        if (is_within) {
            *out = entity_between(body, from, here);
            return true;
        }
        from = *at;
        is_within = true;
    }
    if (!is_within || from >= body.n)
        return false;
    *out = (struct fct_bytes){body.p + from, body.n - from}; /* it was cut */
    return true;
}

void entity_decode(const struct entity *e, struct buf *out)
{
    if (entity_is(&e->encoding, "base64")) {
        struct base64 b = {0};
        buf_grown(out, base64_decode_step(&b, e->body.p, e->body.n, buf_reserve(out, e->body.n + 4)));
    } else if (entity_is(&e->encoding, "quoted-printable")) {
        struct quoted q = {0};
        buf_grown(out, quoted_decode_step(&q, e->body.p, e->body.n, buf_reserve(out, e->body.n + QUOTED_HELD_MAX + 2)));
    } else {
        buf_add(out, e->body.p, e->body.n);
    }
}
