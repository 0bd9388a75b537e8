#include "sync/received.h"

#include "mime/fields.h"

#include <string.h>
#include <strings.h>

#define HEADER_MAX ((size_t)256 << 10) /* how far it is looked */

/* The next field with what continues it, cut off from *rest; empty at the end of the header. */
static struct fct_bytes next_field(struct fct_bytes *rest)
{
    struct fct_bytes field = {rest->p, 0};
    if (rest->n == 0 || rest->p[0] == '\n' || rest->p[0] == '\r')
        return field;
    do {
        const char *lf = memchr(rest->p, '\n', rest->n);
        size_t n = lf ? (size_t)(lf - rest->p) + 1 : rest->n;
        rest->p += n;
        rest->n -= n;
        field.n += n;
    } while (rest->n > 0 && (rest->p[0] == ' ' || rest->p[0] == '\t'));
    return field;
}

static bool take_name(struct fct_bytes *field, const char *name)
{
    size_t n = strlen(name);
    if (field->n <= n || strncasecmp(field->p, name, n) != 0)
        return false;
    field->p += n;
    field->n -= n;
    return true;
}

static bool parse(struct fct_bytes text, int64_t now, int64_t *out)
{
    struct field_date d;
    if (!field_date_parse(text, &d) || d.utc <= 0)
        return false;
    *out = d.utc < now ? d.utc : now;
    return true;
}

/* What stands behind the last semicolon. */
static bool parse_received(struct fct_bytes field, int64_t now, int64_t *out)
{
    const char *at = memrchr(field.p, ';', field.n);
    if (!at)
        return false;
    return parse((struct fct_bytes){at + 1, (size_t)(field.p + field.n - at - 1)}, now, out);
}

int64_t received_date(struct fct_bytes raw, int64_t now)
{
    struct fct_bytes rest = {raw.p, raw.n < HEADER_MAX ? raw.n : HEADER_MAX}, field;
    int64_t received, sent = now;
    while ((field = next_field(&rest)).n > 0) {
        if (take_name(&field, "Received:") && parse_received(field, now, &received))
            return received;
        if (take_name(&field, "Date:"))
            parse(field, now, &sent);
    }
    return sent;
}
