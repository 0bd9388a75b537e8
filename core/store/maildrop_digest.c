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

void maildrop_digest(struct fct_bytes raw, struct maildrop_digest *out)
{
    struct sha256 header, content;
    struct fct_bytes rest = raw;
    bool is_left_out = false;
    int left_out = 0;
    const char *start = raw.p; /* of what is not digested yet */

    out->has_id = false;
    sha256_init(&header);
    sha256_init(&content);
    while (rest.n > 0) {
        struct fct_bytes before = rest, line = next_line(&rest);
        if (is_empty_line(line)) {
            rest = before;
            break;
        }
        bool continues = line.p[0] == ' ' || line.p[0] == '\t';
        bool was_left_out = is_left_out;
        is_left_out = continues ? is_left_out : left_out < PIECES_MAX && is_volatile(line);
        out->has_id |= is_named(line, "Message-ID");
        if (is_left_out && !was_left_out) {
            struct fct_bytes piece = {start, (size_t)(line.p - start)};
            sha256_add(&header, piece);
            sha256_add(&content, piece);
            left_out++;
        }
        if (is_left_out)
            start = rest.p;
    }
    struct fct_bytes last = {start, (size_t)(rest.p - start)};
    sha256_add(&header, last);
    sha256_add(&content, last);
    sha256_add(&content, rest);
    finish(&header, out->header);
    finish(&content, out->content);
}
