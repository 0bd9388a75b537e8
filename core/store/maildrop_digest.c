#include "store/maildrop_digest.h"

#include "base/buf.h"
#include "base/sha256.h"

#include <string.h>
#include <strings.h>

#define PIECES_MAX 64 /* volatile fields that are left out; what follows them is taken as it stands */

static bool is_named(struct fct_bytes line, const char *name)
{
    size_t n = strlen(name);
    return line.n > n && line.p[n] == ':' && strncasecmp(line.p, name, n) == 0;
}

static bool is_volatile(struct fct_bytes line)
{
    static const char *const names[] = {"Status",     "X-Status",   "X-UIDL",         "X-UID", "X-IMAP",
                                        "X-IMAPbase", "X-Keywords", "Content-Length", "Lines"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (is_named(line, names[i]))
            return true;
    return false;
}

/* One line with its end, cut off from *rest. */
static struct fct_bytes next_line(struct fct_bytes *rest)
{
    const char *lf = memchr(rest->p, '\n', rest->n);
    struct fct_bytes line = {rest->p, lf ? (size_t)(lf - rest->p) + 1 : rest->n};
    rest->p += line.n;
    rest->n -= line.n;
    return line;
}

static bool is_empty_line(struct fct_bytes line)
{
    return line.n > 0 && (line.p[0] == '\n' || (line.n > 1 && line.p[0] == '\r' && line.p[1] == '\n'));
}

static void finish(struct sha256 *h, unsigned char out[MAILDROP_DIGEST_SIZE])
{
    unsigned char whole[SHA256_SIZE];
    sha256_end(h, whole);
    sha256_done(h);
    memcpy(out, whole, MAILDROP_DIGEST_SIZE);
}

/* What of a header counts. */
struct pieces {
    struct fct_bytes v[PIECES_MAX + 1];
    size_t n;
};

/* Returns what follows the header: the empty line and the body. */
static struct fct_bytes cut(struct fct_bytes raw, struct pieces *p, bool *out_has_id)
{
    struct fct_bytes rest = raw;
    const char *start = raw.p;
    bool is_left_out = false;
    *p = (struct pieces){0};
    *out_has_id = false;
    while (rest.n > 0) {
        struct fct_bytes before = rest, line = next_line(&rest);
        if (is_empty_line(line)) {
            rest = before;
            break;
        }
        bool continues = line.p[0] == ' ' || line.p[0] == '\t', was_left_out = is_left_out;
        if (!continues)
            is_left_out = p->n < PIECES_MAX && is_volatile(line);
        *out_has_id |= !continues && is_named(line, "Message-ID");
        if (is_left_out && !was_left_out)
            p->v[p->n++] = (struct fct_bytes){start, (size_t)(line.p - start)};
        if (is_left_out)
            start = rest.p;
    }
    p->v[p->n++] = (struct fct_bytes){start, (size_t)(rest.p - start)};
    return rest;
}

static void digest(const struct pieces *p, struct fct_bytes rest, unsigned char out[MAILDROP_DIGEST_SIZE])
{
    struct sha256 h;
    sha256_init(&h);
    for (size_t i = 0; i < p->n; i++)
        sha256_add(&h, p->v[i]);
    sha256_add(&h, rest);
    finish(&h, out);
}

void maildrop_digest(struct fct_bytes raw, const unsigned char *sha256, struct maildrop_digest *out)
{
    struct pieces pieces;
    struct fct_bytes rest = cut(raw, &pieces, &out->has_id);
    digest(&pieces, (struct fct_bytes){0}, out->header);
    if (sha256 && pieces.n == 1) /* nothing is left out */
        memcpy(out->content, sha256, MAILDROP_DIGEST_SIZE);
    else
        digest(&pieces, rest, out->content);
}
