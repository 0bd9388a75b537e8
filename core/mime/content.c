/* A part's content: transfer encoding undone, charset decoded. */
#include "mime/message.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "mime/base64.h"
#include "mime/charset.h"
#include "mime/quoted.h"
#include "mime/utf8.h"

#include <ctype.h>
#include <strings.h>

enum { STEP_BYTES = 65536, META_BYTES = 2048 };

static bool is_identity(const struct mime_part *p)
{
    return p->encoding != GMIME_CONTENT_ENCODING_BASE64 && p->encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE &&
           p->encoding != GMIME_CONTENT_ENCODING_UUENCODE;
}

/* Calls `each` with the decoded content piece by piece; nonzero stops and is returned. */
static int decode_steps(const struct mime_part *p, int (*each)(void *ctx, struct fct_bytes piece), void *ctx)
{
    if (is_identity(p))
        return p->content.n ? each(ctx, p->content) : 0;
    GMimeEncoding state;
    struct base64 base64 = {0};
    struct quoted quoted = {0};
    g_mime_encoding_init_decode(&state, p->encoding);
    size_t step = p->content.n < STEP_BYTES ? p->content.n : STEP_BYTES;
    CLEANUP(freep) char *out = xmalloc(g_mime_encoding_outlen(&state, step) + QUOTED_HELD_MAX + 64);
    for (size_t at = 0; at < p->content.n; at += step) {
        if (step > p->content.n - at)
            step = p->content.n - at;
        const char *in = p->content.p + at;
        size_t n;
        if (p->encoding == GMIME_CONTENT_ENCODING_BASE64)
            n = base64_decode_step(&base64, in, step, out);
        else if (p->encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE)
            n = quoted_decode_step(&quoted, in, step, out);
        else if (at + step == p->content.n)
            n = g_mime_encoding_flush(&state, in, step, out);
        else
            n = g_mime_encoding_step(&state, in, step, out);
        int r = n ? each(ctx, bytes_of(out, n)) : 0;
        if (r)
            return r;
    }
    size_t rest = quoted_decode_end(&quoted, out);
    return rest ? each(ctx, bytes_of(out, rest)) : 0;
}

struct collect {
    struct buf *out;
    size_t left;
};

static int collect_piece(void *ctx, struct fct_bytes piece)
{
    struct collect *c = ctx;
    size_t n = piece.n < c->left ? piece.n : c->left;
    buf_add(c->out, piece.p, n);
    c->left -= n;
    return c->left == 0;
}

void part_decode(const struct mime_part *p, size_t max, struct buf *out)
{
    struct collect c = {out, max ? max : SIZE_MAX};
    decode_steps(p, collect_piece, &c);
}

static int count_piece(void *ctx, struct fct_bytes piece)
{
    *(int64_t *)ctx += (int64_t)piece.n;
    return 0;
}

int64_t part_size(struct mime_part *p)
{
    if (p->size < 0) {
        p->size = 0;
        decode_steps(p, count_piece, &p->size);
    }
    return p->size;
}

struct hand_on {
    int (*write)(void *ctx, struct fct_bytes data, struct fct_error *err);
    void *ctx;
    struct fct_error *err;
};

static int hand_piece(void *ctx, struct fct_bytes piece)
{
    struct hand_on *h = ctx;
    return h->write(h->ctx, piece, h->err) < 0 ? -1 : 0;
}

int part_decode_to(const struct mime_part *p, int (*write)(void *ctx, struct fct_bytes data, struct fct_error *err),
                   void *ctx, struct fct_error *err)
{
    struct hand_on h = {write, ctx, err};
    return decode_steps(p, hand_piece, &h);
}

/* CRLF becomes LF, from `from` on. */
static void crlf_to_lf(struct buf *b, size_t from)
{
    if (b->n == from)
        return;
    char *end = b->p + b->n, *to = memchr(b->p + from, '\r', b->n - from);
    if (!to)
        return;
    for (const char *p = to; p < end;) {
        const char *cr = memchr(p, '\r', (size_t)(end - p));
        size_t run = (size_t)((cr ? cr : end) - p);
        memmove(to, p, run);
        to += run;
        p += run;
        if (cr) {
            if (!(p + 1 < end && p[1] == '\n'))
                *to++ = '\r';
            p++;
        }
    }
    b->n = (size_t)(to - b->p);
    *to = '\0';
}

/* Drops what a cut left over: a line that is not whole, or else a character that is not. */
static size_t end_cleanly(struct fct_bytes s)
{
    const char *nl = memrchr(s.p, '\n', s.n);
    if (nl && (size_t)(s.p + s.n - nl) < 2048)
        return (size_t)(nl + 1 - s.p);
    size_t n = s.n;
    while (n > 0 && s.n - n < 4 && ((unsigned char)s.p[n - 1] & 0x80)) {
        n--;
        if (((unsigned char)s.p[n] & 0xC0) == 0xC0)
            break;
    }
    return n;
}

/* The charset that HTML names in itself, looked for where the field gives none and the bytes are not UTF-8. */
static const char *html_charset(struct fct_bytes html, char out[64])
{
    static const char key[] = "charset=";
    const char *p = html.p, *end = p + (html.n < META_BYTES ? html.n : META_BYTES);
    size_t n = 0;
    for (; (size_t)(end - p) >= sizeof(key) && strncasecmp(p, key, sizeof(key) - 1) != 0; p++)
        ;
    if ((size_t)(end - p) < sizeof(key))
        return NULL;
    p += sizeof(key) - 1;
    if (*p == '"' || *p == '\'')
        p++;
    while (p < end && n < 63 && (isalnum((unsigned char)*p) || strchr("-_:.", *p)) && *p)
        out[n++] = *p++;
    out[n] = '\0';
    return n && charset_is_known(out) ? out : NULL;
}

static const char *charset_of(const struct mime_part *p, struct fct_bytes content, char out[64])
{
    const char *named = NULL;
    if (p->charset_implied && part_is(p, "text/html") && !utf8_is_valid(content))
        named = html_charset(content, out);
    return named ? named : p->charset;
}

bool part_text(const struct mime_part *p, size_t max, struct buf *out, bool *out_cut)
{
    CLEANUP(buf_done) struct buf decoded = {0};
    struct fct_bytes bytes = p->content;
    /* CRLF and UTF-16 halve in UTF-8 with LF. */
    size_t limit = max && max < SIZE_MAX / 4 ? max * 2 + 4096 : 0, from = out->n;
    bool cut = false;
    if (!is_identity(p)) {
        part_decode(p, limit ? limit + 1 : 0, &decoded);
        bytes = buf_bytes(&decoded);
    }
    if (limit && bytes.n > limit) {
        bytes.n = limit;
        bytes.n = end_cleanly(bytes);
        cut = true;
    }
    char named[64];
    bool problem = charset_add(out, charset_of(p, bytes, named), bytes);
    crlf_to_lf(out, from);
    if (max && out->n - from > max) {
        out->n = from + utf8_cut(bytes_of(out->p + from, out->n - from), max);
        out->p[out->n] = '\0';
        cut = true;
    }
    if (out_cut)
        *out_cut = cut;
    return problem || !p->encoding_known;
}
