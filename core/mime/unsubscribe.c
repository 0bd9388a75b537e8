#include "mime/unsubscribe.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "mime/fields.h"

#include <string.h>
#include <strings.h>

#define SIGNATURES_MAX 10 /* looked at, of one message */

static bool is_field(const struct mime_header *f, const char *name)
{
    return f->name.n == strlen(name) && strncasecmp(f->name.p, name, f->name.n) == 0;
}

/* Without comments and white space. */
static void squeeze(struct fct_bytes raw, bool has_comments, struct buf *out)
{
    CLEANUP(buf_done) struct buf plain = {0};
    if (has_comments)
        field_uncomment(raw, &plain);
    else
        buf_add(&plain, raw.p, raw.n);
    for (size_t i = 0; i < plain.n; i++)
        if ((unsigned char)plain.p[i] > ' ')
            buf_add_char(out, plain.p[i]);
}

static bool is_word(struct fct_bytes s, const char *word)
{
    return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

/* Cuts `*rest` at the first `stop`. */
static struct fct_bytes cut(struct fct_bytes *rest, char stop)
{
    const char *at = rest->n ? memchr(rest->p, stop, rest->n) : NULL;
    size_t n = at ? (size_t)(at - rest->p) : rest->n, taken = at ? n + 1 : n;
    struct fct_bytes out = {.p = rest->p, .n = n};
    rest->p += taken;
    rest->n -= taken;
    return out;
}

/* ---- DKIM-Signature: tag=value; ... (RFC 6376 section 3.2) ---- */

static struct fct_bytes tag_of(struct fct_bytes signature, const char *name)
{
    while (signature.n) {
        struct fct_bytes value = cut(&signature, ';'), tag = cut(&value, '=');
        if (tag.n == strlen(name) && memcmp(tag.p, name, tag.n) == 0)
            return value;
    }
    return (struct fct_bytes){0};
}

static bool lists(struct fct_bytes names, const char *name)
{
    while (names.n)
        if (is_word(cut(&names, ':'), name))
            return true;
    return false;
}

static bool covers_both(struct fct_bytes signature)
{
    struct fct_bytes h = tag_of(signature, "h");
    return lists(h, "List-Unsubscribe") && lists(h, "List-Unsubscribe-Post");
}

/* ---- Authentication-Results: server; method=result property=value ...; ... (RFC 8601 section 2.2) ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What is quoted is one word, and no end of a result: the sender's address may be in it. */
static void close_quotes(struct buf *text)
{
    bool is_quoted = false;
    for (size_t i = 0; i < text->n; i++) {
        char *c = &text->p[i];
        if (*c == '"')
            is_quoted = !is_quoted;
        else if (*c == '\\' && is_quoted && i + 1 < text->n)
            *c = text->p[++i] = '_';
        else if (is_quoted && (*c == ';' || is_space(*c)))
            *c = '_';
    }
}

static struct fct_bytes next_word(struct fct_bytes *rest)
{
    while (rest->n && is_space(*rest->p))
        rest->p++, rest->n--;
    size_t n = 0;
    while (n < rest->n && !is_space(rest->p[n]))
        n++;
    struct fct_bytes out = {.p = rest->p, .n = n};
    rest->p += n;
    rest->n -= n;
    return out;
}

/* "header.d=example.org", or "header.i=@mail.example.org" of which the domain is d or below it (RFC 6376 section 3.5).
 */
static bool names_domain(struct fct_bytes property, struct fct_bytes domain)
{
    struct fct_bytes value = property, name = cut(&value, '=');
    if (value.n > 1 && value.p[0] == '"' && value.p[value.n - 1] == '"')
        value = (struct fct_bytes){.p = value.p + 1, .n = value.n - 2};
    if (is_word(name, "header.d"))
        return value.n == domain.n && strncasecmp(value.p, domain.p, domain.n) == 0;
    const char *at = is_word(name, "header.i") && value.n ? memrchr(value.p, '@', value.n) : NULL;
    if (!at)
        return false;
    struct fct_bytes host = {.p = at + 1, .n = (size_t)(value.p + value.n - at - 1)};
    if (host.n < domain.n || strncasecmp(host.p + host.n - domain.n, domain.p, domain.n) != 0)
        return false;
    return host.n == domain.n || host.p[host.n - domain.n - 1] == '.';
}

/* What one result says of the signatures of `domain`. */
static enum unsubscribe_signature judge(struct fct_bytes result, struct fct_bytes domain)
{
    struct fct_bytes word = next_word(&result), verdict = word, method = cut(&verdict, '='), version = method;
    bool is_ours = false;
    if (!is_word(cut(&version, '/'), "dkim"))
        return UNSUBSCRIBE_UNVERIFIED;
    if (is_word(verdict, "none"))
        return UNSUBSCRIBE_FAILED;
    while (result.n && !is_ours)
        is_ours = names_domain(next_word(&result), domain);
    if (!is_ours || is_word(verdict, "temperror"))
        return UNSUBSCRIBE_UNVERIFIED;
    return is_word(verdict, "pass") ? UNSUBSCRIBE_VERIFIED : UNSUBSCRIBE_FAILED;
}

/* Those of the server that wrote the topmost one: what stands below of others came with the message. */
static enum unsubscribe_signature results_of(const struct mime_headers *h, struct fct_bytes domain)
{
    enum unsubscribe_signature found = UNSUBSCRIBE_UNVERIFIED;
    CLEANUP(buf_done) struct buf server = {0};
    for (size_t i = 0; i < h->n; i++) {
        CLEANUP(buf_done) struct buf plain = {0};
        if (!is_field(&h->v[i], "Authentication-Results"))
            continue;
        field_uncomment(h->v[i].value, &plain);
        close_quotes(&plain);
        struct fct_bytes rest = buf_bytes(&plain), first = cut(&rest, ';'), id = next_word(&first);
        if (server.n == 0)
            buf_add(&server, id.p, id.n);
        if (id.n == 0 || server.n != id.n || strncasecmp(server.p, id.p, id.n) != 0)
            break;
        while (rest.n) {
            enum unsubscribe_signature one = judge(cut(&rest, ';'), domain);
            if (one == UNSUBSCRIBE_VERIFIED)
                return one;
            if (one == UNSUBSCRIBE_FAILED)
                found = one;
        }
    }
    return found;
}

static enum unsubscribe_signature signature_of(const struct mime_headers *h)
{
    enum unsubscribe_signature best = UNSUBSCRIBE_UNSIGNED;
    size_t seen = 0;
    for (size_t i = 0; i < h->n && seen < SIGNATURES_MAX; i++) {
        CLEANUP(buf_done) struct buf signature = {0};
        if (!is_field(&h->v[i], "DKIM-Signature"))
            continue;
        seen++;
        squeeze(h->v[i].value, false, &signature);
        struct fct_bytes domain = tag_of(buf_bytes(&signature), "d");
        if (domain.n == 0 || !covers_both(buf_bytes(&signature)))
            continue;
        enum unsubscribe_signature one = results_of(h, domain);
        if (one > best)
            best = one;
    }
    return best;
}

/* ---- both ---- */

/* A signature covers the last field of a name first (RFC 6376 section 5.4.2), so that one counts, whatever was put
 * above it. */
void mime_unsubscribe_read(const struct mime_headers *h, struct mime_unsubscribe *out)
{
    const struct mime_header *list = headers_last(h, "list-unsubscribe"),
                             *post = headers_last(h, "list-unsubscribe-post");
    CLEANUP(buf_done) struct buf says = {0};
    *out = (struct mime_unsubscribe){.urls = list ? field_urls(list->value) : NULL, .signature = signature_of(h)};
    if (post)
        squeeze(post->value, true, &says);
    if (!is_word(buf_bytes(&says), "List-Unsubscribe=One-Click"))
        return;
    for (size_t i = 0; out->urls && out->urls[i] && !out->one_click; i++)
        if (strncasecmp(out->urls[i], "https:", 6) == 0)
            out->one_click = out->urls[i];
}

void mime_unsubscribe_done(struct mime_unsubscribe *u)
{
    strings_free(u->urls);
    *u = (struct mime_unsubscribe){0};
}
