#include "mime/downgrade.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "mime/encode.h"
#include "mime/entity.h"
#include "mime/limits.h"

#include <string.h>
#include <strings.h>

struct work {
    struct buf *out;
    unsigned depth, parts;
};

static int entity_write(struct work *w, struct fct_bytes raw, struct fct_error *err);

static bool is_ascii(struct fct_bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        if ((unsigned char)b.p[i] >= 0x80)
            return false;
    return true;
}

/* ---- writing ---- */

static bool is_field(struct fct_bytes line, const char *name)
{
    size_t n = strlen(name);
    if (line.n <= n || strncasecmp(line.p, name, n) != 0)
        return false;
    while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
        n++;
    return n < line.n && line.p[n] == ':';
}

/* The header with another encoding (NULL: without one, which says 7bit), and the empty line. */
static void write_header(struct work *w, const struct entity *e, const char *encoding)
{
    bool is_left_out = false, has_end = false;
    for (size_t at = 0; at < e->header.n;) {
        struct fct_bytes line = entity_line(e->header, at);
        at += line.n;
        has_end = line.n <= 2 && (line.p[0] == '\r' || line.p[0] == '\n');
        if (has_end)
            break;
        if (line.p[0] != ' ' && line.p[0] != '\t')
            is_left_out = is_field(line, "content-transfer-encoding");
        if (!is_left_out)
            buf_add(w->out, line.p, line.n);
    }
    if (encoding)
        buf_addf(w->out, "Content-Transfer-Encoding: %s\r\n", encoding);
    buf_add_str(w->out, "\r\n");
}

static int fail_because(const char *why, struct fct_error *err)
{
    return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "the message is not in ASCII, and cannot be made so: %s",
                    why);
}

/* Bytes that no encoding of that name has. */
static void write_repaired(struct work *w, struct fct_bytes body, bool is_quoted)
{
    for (size_t i = 0; i < body.n; i++) {
        unsigned char c = (unsigned char)body.p[i];
        if (c < 0x80)
            buf_add_char(w->out, (char)c);
        else if (is_quoted)
            buf_addf(w->out, "=%02X", c);
    }
}

static void write_leaf(struct work *w, const struct entity *e)
{
    bool is_quoted = entity_is(&e->encoding, "quoted-printable"), is_base64 = entity_is(&e->encoding, "base64");
    if (is_quoted || is_base64) {
        buf_add(w->out, e->header.p, e->header.n);
        write_repaired(w, e->body, is_quoted);
        return;
    }
    size_t high = 0;
    for (size_t i = 0; i < e->body.n; i++)
        high += (unsigned char)e->body.p[i] >= 0x80;
    bool is_text = e->type.n == 0 || entity_is(&e->type, "text/");
    if (is_text && high * 6 <= e->body.n) {
        write_header(w, e, "quoted-printable");
        encode_quoted(e->body, w->out);
    } else {
        write_header(w, e, "base64");
        encode_base64(e->body, w->out);
        if (e->body.n >= 2 && memcmp(e->body.p + e->body.n - 2, "\r\n", 2) == 0)
            buf_add_str(w->out, "\r\n");
    }
}

static int write_part(struct work *w, struct fct_bytes body, size_t from, size_t to, bool is_first,
                      struct fct_error *err)
{
    struct fct_bytes part = entity_between(body, from, to);
    bool had_end = part.n < to - from;
    if (is_first) { /* the preamble */
        if (is_ascii(part))
            buf_add(w->out, body.p + from, to - from);
        return 0;
    }
    if (entity_write(w, part, err) < 0)
        return -1;
    if (had_end)
        buf_add_str(w->out, "\r\n");
    return 0;
}

static int write_multipart(struct work *w, const struct entity *e, struct fct_error *err)
{
    char boundary[ENTITY_BOUNDARY_MAX];
    if (entity_is(&e->type, "multipart/signed") || entity_is(&e->type, "multipart/encrypted"))
        return fail_because("it is signed", err);
    if (!entity_parameter(&e->type, "boundary", boundary, sizeof(boundary)))
        return fail_because("it has parts without a boundary", err);
    size_t n = strlen(boundary), from = 0;
    bool is_first = true;
    write_header(w, e, NULL);
    for (size_t at = 0; at < e->body.n;) {
        struct fct_bytes line = entity_line(e->body, at);
        int kind = entity_delimiter(line, boundary, n);
        if (kind) {
            if (write_part(w, e->body, from, at, is_first, err) < 0)
                return -1;
            buf_add(w->out, line.p, line.n);
            from = at + line.n;
            is_first = false;
        }
        at += line.n;
        if (kind == 2) { /* behind it comes what nobody is shown */
            if (is_ascii((struct fct_bytes){e->body.p + at, e->body.n - at}))
                buf_add(w->out, e->body.p + at, e->body.n - at);
            return 0;
        }
    }
    return write_part(w, e->body, from, e->body.n, is_first, err); /* it was cut */
}

/* Not to be encoded as a whole: RFC 2046 section 5.2.1. */
static int write_message(struct work *w, const struct entity *e, struct fct_error *err)
{
    write_header(w, e, NULL);
    return entity_write(w, e->body, err);
}

static int write_8bit(struct work *w, const struct entity *e, struct fct_error *err)
{
    if (!is_ascii(e->header))
        return fail_because("one of its headers is not either, which needs SMTPUTF8", err);
    if (entity_is(&e->type, "multipart/"))
        return write_multipart(w, e, err);
    if (entity_is(&e->type, "message/rfc822") || entity_is(&e->type, "message/global"))
        return write_message(w, e, err);
    write_leaf(w, e);
    return 0;
}

static int entity_write(struct work *w, struct fct_bytes raw, struct fct_error *err)
{
    CLEANUP(entity_done) struct entity e = {0};
    if (is_ascii(raw)) {
        buf_add(w->out, raw.p, raw.n);
        return 0;
    }
    if (++w->parts > MIME_MAX_PARTS || w->depth >= MIME_MAX_DEPTH)
        return fail_because("it has more than " MIME_STR(
                                MIME_MAX_PARTS) " parts, or parts within parts deeper than " MIME_STR(MIME_MAX_DEPTH),
                            err);
    w->depth++;
    entity_read(raw, &e);
    int result = write_8bit(w, &e, err);
    w->depth--;
    return result;
}

int mime_downgrade(struct fct_bytes raw, struct buf *out, struct fct_error *err)
{
    struct work w = {.out = out};
    return entity_write(&w, raw, err);
}
