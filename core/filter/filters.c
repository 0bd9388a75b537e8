#include "filter/filters.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "mime/mime.h"
#include "plugin/plugins.h"
#include "store/ids.h"

#include <pthread.h>
#include <stdlib.h>
#include <strings.h>

#define HEADERS_MAX 256   /* names of headers that filters may ask for, of one message */
#define TEXTS_MAX 8       /* different lengths of its text */
#define KEYWORDS_MAX 4096 /* bytes of the keywords of one verdict */

struct instance {
    const struct fct_filter *filter;
    void *state;
    pthread_mutex_t lock;
};

struct filters {
    struct instance *v;
    size_t n;
};

struct filters *filters_open(struct plugins *plugins)
{
    const struct fct_filter *const *all = NULL;
    size_t n = plugins_filters(plugins, &all);
    if (n == 0)
        return NULL;
    struct filters *f = XNEW(struct filters);
    f->v = xcalloc(n, sizeof(f->v[0]));
    for (size_t i = 0; i < n; i++) {
        struct fct_error err = {0};
        void *state = NULL;
        if (all[i]->open && all[i]->open(&state, &err) < 0) {
            log_warn(all[i]->name, "filter is not used: %s", err.message);
            continue;
        }
        struct instance *in = &f->v[f->n++];
        in->filter = all[i];
        in->state = state;
        pthread_mutex_init(&in->lock, NULL);
    }
    return f;
}

void filters_free(struct filters *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->n; i++) {
        if (f->v[i].filter->close)
            f->v[i].filter->close(f->v[i].state);
        pthread_mutex_destroy(&f->v[i].lock);
    }
    free(f->v);
    free(f);
}

/* All headers of one name, kept: what a filter was handed stays valid until it returns. */
struct header {
    char *name;
    json_t *values;
};

/* The message as filters see it: parsed when the first header is asked for. All filters share it. */
struct view {
    struct mime_message *message;
    struct fct_bytes raw;
    struct header *headers;
    size_t n_headers;
    struct {
        struct buf bytes;
        size_t max;
    } texts[TEXTS_MAX];
    size_t n_texts;
};

static struct mime_message *parsed(struct view *v)
{
    if (!v->message)
        v->message = mime_parse(v->raw);
    return v->message;
}

/* NULL: too many names, or none that a header can have. */
static const json_t *values_of(struct view *v, const char *name)
{
    struct fct_error err = {0};
    json_t *all = NULL;
    for (size_t i = 0; i < v->n_headers; i++)
        if (strcasecmp(v->headers[i].name, name) == 0)
            return v->headers[i].values;
    CLEANUP(freep) char *property = xasprintf("%s:asRaw:all", name);
    if (v->n_headers == HEADERS_MAX || mime_header_property(parsed(v), property, &all, &err) < 0)
        return NULL;
    v->headers = xreallocarray(v->headers, v->n_headers + 1, sizeof(v->headers[0]));
    v->headers[v->n_headers++] = (struct header){xstrdup(name), all};
    return all;
}

static bool view_header(const void *ctx, const char *name, size_t n, struct fct_bytes *out)
{
    const json_t *value = json_array_get(values_of((struct view *)ctx, name), n);
    if (!json_is_string(value))
        return false;
    *out = bytes_of(json_string_value(value), json_string_length(value));
    return true;
}

static struct fct_bytes view_text(const void *ctx, size_t max)
{
    struct view *v = (struct view *)ctx;
    for (size_t i = 0; i < v->n_texts; i++)
        if (v->texts[i].max == max)
            return buf_bytes(&v->texts[i].bytes);
    if (v->n_texts == TEXTS_MAX)
        return (struct fct_bytes){0};
    v->texts[v->n_texts].max = max;
    mime_readable_text(parsed(v), max, &v->texts[v->n_texts].bytes);
    return buf_bytes(&v->texts[v->n_texts++].bytes);
}

static void view_done(struct view *v)
{
    for (size_t i = 0; i < v->n_headers; i++) {
        free(v->headers[i].name);
        json_decref(v->headers[i].values);
    }
    free(v->headers);
    for (size_t i = 0; i < v->n_texts; i++)
        buf_done(&v->texts[i].bytes);
    mime_message_free(v->message);
}

static void keep_flags(struct fct_flags *to, char **keywords, const struct fct_flags *from)
{
    to->bits |= from->bits;
    if (from->keywords.n == 0)
        return;
    char *joined = *keywords ? xasprintf("%s %.*s", *keywords, (int)from->keywords.n, from->keywords.p)
                             : xstrndup(from->keywords.p, from->keywords.n);
    free(*keywords);
    *keywords = joined;
    to->keywords = bytes_str(joined);
}

static void keep_verdict(struct filter_verdict *out, const struct fct_verdict *v)
{
    if (!v->add.bits && !v->remove.bits && v->add.keywords.n == 0 && v->remove.keywords.n == 0)
        return;
    out->has_flags = true;
    out->add.bits &= ~v->remove.bits;
    out->remove.bits &= ~v->add.bits;
    keep_flags(&out->add, &out->add_keywords, &v->add);
    keep_flags(&out->remove, &out->remove_keywords, &v->remove);
}

void filters_judge(struct filters *f, int64_t account_id, struct fct_bytes raw, int64_t received_at, struct filter_verdict *out)
{
    char account[ID_SIZE];
    struct view view = {.raw = raw};
    struct fct_filter_message m = {
        .size = sizeof(m),
        .ctx = &view,
        .account_id = bytes_str(id_format(ID_ACCOUNT, account_id, account)),
        .octets = raw.n,
        .received_at = received_at,
        .header = view_header,
        .text = view_text,
    };
    for (size_t i = 0; i < f->n; i++) {
        struct instance *in = &f->v[i];
        struct fct_verdict verdict = {.size = sizeof(verdict)};
        struct fct_error err = {0};
        pthread_mutex_lock(&in->lock);
        if (in->filter->judge(in->state, &m, &verdict, &err) < 0)
            log_warn(in->filter->name, "cannot judge a message: %s", err.message);
        else if (verdict.add.keywords.n > KEYWORDS_MAX || verdict.remove.keywords.n > KEYWORDS_MAX)
            log_warn(in->filter->name, "a verdict with more than %d bytes of keywords is not used", KEYWORDS_MAX);
        else
            keep_verdict(out, &verdict);
        pthread_mutex_unlock(&in->lock);
    }
    view_done(&view);
}

void filter_verdict_done(struct filter_verdict *v)
{
    free(v->add_keywords);
    free(v->remove_keywords);
    *v = (struct filter_verdict){0};
}
