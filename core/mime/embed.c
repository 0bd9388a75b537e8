#include "mime/embed.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/sha256.h"
#include "mime/base64.h"
#include "mime/compose_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MARK "data:image/"
#define MARK_BYTES (sizeof(MARK) - 1)
#define BASE64_MARK ";base64,"

void embedded_list_done(struct embedded_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        buf_done(&l->v[i].bytes);
    free(l->v);
    *l = (struct embedded_list){0};
}

/* The next "data:image/", in any case. NULL: there is none. */
static const char *find_mark(const char *p, const char *end)
{
    for (; (p = memchr(p, ':', (size_t)(end - p))); p++)
        if (end - p >= 7 && strncasecmp(p, ":image/", 7) == 0)
            return p;
    return NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Whether a quoted value of an attribute src begins at `url`. */
static bool is_source(const char *begin, const char *url)
{
    const char *p = url;
    if (p == begin || (p[-1] != '"' && p[-1] != '\''))
        return false;
    for (p--; p > begin && is_blank(p[-1]); p--)
        ;
    if (p == begin || *--p != '=')
        return false;
    for (; p > begin && is_blank(p[-1]); p--)
        ;
    return p - begin > 3 && strncasecmp(p - 3, "src", 3) == 0 && (is_blank(p[-4]) || p[-4] == '"' || p[-4] == '\'');
}

/* One URL in its quotes, and what it says. */
struct data_url {
    const char *begin, *end;
    char type[64];
    struct fct_bytes base64;
};

/* "data:image/png;charset=x;base64,iVBO..." up to the quote. False: it is no picture in base64. */
static bool parse_url(const char *url, const char *end, struct data_url *out)
{
    const char *close = memchr(url, url[-1], (size_t)(end - url));
    const char *comma = close ? memchr(url, ',', (size_t)(close - url)) : NULL;
    if (!comma || comma - url < (ptrdiff_t)(MARK_BYTES + sizeof(BASE64_MARK) - 1) ||
        strncasecmp(comma + 2 - sizeof(BASE64_MARK), BASE64_MARK, sizeof(BASE64_MARK) - 1) != 0)
        return false;
    const char *type = url + strlen("data:"), *semicolon = memchr(type, ';', (size_t)(comma - type));
    size_t n = (size_t)(semicolon - type);
    if (n >= sizeof(out->type))
        return false;
    *out = (struct data_url){.begin = url, .end = close, .base64 = {comma + 1, (size_t)(close - comma - 1)}};
    for (size_t i = 0; i < n; i++)
        out->type[i] = type[i] >= 'A' && type[i] <= 'Z' ? (char)(type[i] | 0x20) : type[i];
    return is_token(out->type + strlen("image/")) && !memchr(out->base64.p, '%', out->base64.n);
}

static void decode(struct fct_bytes base64, struct buf *out)
{
    struct base64 s = {0};
    CLEANUP(freep) char *bytes = xmalloc(base64.n / 4 * 3 + 3);
    buf_add(out, bytes, base64_decode_step(&s, base64.p, base64.n, bytes));
}

static void make_cid(struct fct_bytes bytes, const char *domain, char out[80])
{
    unsigned char hash[SHA256_SIZE];
    sha256_of(bytes, hash);
    for (size_t i = 0; i < 10; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
    snprintf(out + 20, 60, "@%s", strlen(domain) < 59 ? domain : "localhost");
}

/* The picture's place in the list; it is added when it is new. NULL: there are too many, or it is empty. */
static const struct embedded *take(const struct data_url *u, const char *domain, struct embedded_list *l)
{
    struct embedded e = {0};
    decode(u->base64, &e.bytes);
    make_cid(buf_bytes(&e.bytes), domain, e.cid);
    size_t at = 0;
    while (at < l->n && strcmp(l->v[at].cid, e.cid) != 0)
        at++;
    if (at < l->n || l->n == EMBED_MAX || e.bytes.n == 0) {
        buf_done(&e.bytes);
        return at < l->n ? &l->v[at] : NULL;
    }
    const char *kind = u->type + strlen("image/");
    int n = (int)strcspn(kind, "+.;");
    snprintf(e.type, sizeof(e.type), "%s", u->type);
    snprintf(e.name, sizeof(e.name), "picture-%zu.%.*s", l->n + 1, n > 20 ? 20 : n, kind);
    l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
    l->v[l->n] = e;
    return &l->v[l->n++];
}

void html_embed(struct fct_bytes html, const char *domain, struct buf *out, struct embedded_list *out_list)
{
    const char *done = html.p, *end = html.p + html.n;
    for (const char *p = html.p, *mark; p && (mark = find_mark(p, end)); p = mark + 1) {
        struct data_url u;
        const char *url = mark - 4;
        if (mark - html.p < 5 || url < done || strncasecmp(url, "data", 4) != 0 || !is_source(html.p, url) ||
            !parse_url(url, end, &u))
            continue;
        const struct embedded *e = take(&u, domain, out_list);
        if (!e)
            continue;
        buf_add(out, done, (size_t)(u.begin - done));
        buf_addf(out, "cid:%s", e->cid);
        done = u.end;
        mark = u.end - 1;
    }
    if (done < end)
        buf_add(out, done, (size_t)(end - done));
}

bool html_has_data_images(struct fct_bytes html)
{
    return html.n && find_mark(html.p, html.p + html.n) != NULL;
}
