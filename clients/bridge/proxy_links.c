/* Links to the remote images of a message, for who may read (proxy.h): facteurd is asked whether that is so. */
#include "proxy.h"
#include "routes.h"

#include <string.h>

#define BODY_MAX ((uint64_t)PROXY_URLS_MAX * (REMOTE_URL_MAX + 4) + 64)
#define ON_LOOP ((size_t)512) /* a longer text is worked on by a worker: an address costs 20 to 40 us */

struct linking {
    struct buf text;
    struct backend_call *call;
    struct work *work;
    bool is_strangers; /* it is counted so */
};

/* What a worker needs, which lives on when the exchange has gone. */
struct work {
    uv_work_t work;
    struct exchange *x; /* NULL: it has gone meanwhile */
    const struct remote_policy *policy;
    struct link_key key;
    char by[LINK_BY_SIZE];
    struct buf text, out;
    struct jmap_problem problem; /* status 0: there is none */
};

/* ---- the text ---- */

static json_t *link_to(const struct work *w, const json_t *url, time_t now)
{
    CLEANUP(freep) char *good = remote_url(w->policy, json_string_value(url));
    CLEANUP(freep) char *path = good ? link_write(&w->key, good, w->by, now) : NULL;
    return path ? json_string(path) : json_null();
}

static void write_links(struct work *w, const json_t *urls)
{
    json_t *paths = json_array(), *object = json_pack("{s:o}", "paths", paths), *url;
    time_t now = time(NULL);
    size_t i;
    json_array_foreach(urls, i, url) json_array_append_new(paths, link_to(w, url, now));
    char *text = json_dumps(object, JSON_COMPACT);
    buf_add_str(&w->out, text);
    free(text);
    json_decref(object);
}

static bool are_texts(const json_t *urls)
{
    size_t i;
    const json_t *url;
    json_array_foreach(urls, i, url) if (!json_is_string(url) ||
                                         strlen(json_string_value(url)) != json_string_length(url)) return false;
    return json_is_array(urls);
}

static void do_work(struct work *w)
{
    json_t *object = jmap_parse(w->text.p ? w->text.p : "", w->text.n, 4, BRIDGE_MAX_VALUES, &w->problem);
    const json_t *urls = json_object_get(object, "urls");
    if (!object)
        return;
    w->problem.status = 0;
    if (!are_texts(urls))
        jmap_problem_set(&w->problem, 400, "notRequest", NULL, "\"urls\" must be an array of strings");
    else if (json_array_size(urls) > PROXY_URLS_MAX)
        jmap_problem_set(&w->problem, 400, "limit", "maxUrls", "more than %d URLs", PROXY_URLS_MAX);
    else
        write_links(w, urls);
    json_decref(object);
}

static void finish_work(struct work *w)
{
    struct exchange *x = w->x;
    if (x) {
        struct linking *l = x->state;
        l->work = NULL;
        x->bridge->kept -= w->text.cap;
        if (w->problem.status)
            exchange_answer_problem(x, &w->problem);
        else
            exchange_answer(x, 200, "application/json", &w->out);
    }
    explicit_bzero(&w->key, sizeof(w->key));
    buf_done(&w->text);
    buf_done(&w->out);
    free(w);
}

static void work_on_worker(uv_work_t *work)
{
    do_work(work->data);
}

static void worked(uv_work_t *work, int status)
{
    (void)status;
    finish_work(work->data);
}

static void make_links(struct exchange *x)
{
    struct linking *l = x->state;
    struct work *w = l->work = XNEW(struct work);
    w->work.data = w;
    w->x = x;
    w->policy = &x->bridge->o.remote;
    w->key = *proxy_key(x->bridge->proxy);
    link_by(&w->key, http_header(&x->head, "authorization"), w->by);
    w->text = l->text;
    l->text = (struct buf){0};
    if (w->text.n > ON_LOOP && uv_queue_work(x->bridge->loop, &w->work, work_on_worker, worked) == 0)
        return;
    do_work(w);
    finish_work(w);
}

/* ---- the route ---- */

static void answer_error(struct exchange *x, struct facteur_text error)
{
    json_t *value = json_loadb(error.p ? error.p : "", error.n, 0, NULL);
    const char *type = json_string_value(json_object_get(json_object_get(value, "data"), "type"));
    if (type && strcmp(type, "forbidden") == 0)
        exchange_answer_text(x, 403, "the token does not allow this");
    else
        exchange_answer_down(x);
    json_decref(value);
}

/* The text is that of somebody who is let in. */
static void no_stranger_now(struct exchange *x)
{
    struct linking *l = x->state;
    if (l->is_strangers)
        x->bridge->kept_strangers -= l->text.cap;
    l->is_strangers = false;
}

static void let_in(void *arg, enum backend_outcome outcome, const struct facteur_reply *reply,
                   struct facteur_conn *conn)
{
    struct exchange *x = arg;
    struct linking *l = x->state;
    (void)conn;
    l->call = NULL;
    if (outcome != BACKEND_OK) {
        exchange_answer_outcome(x, outcome);
    } else if (reply->n == 1 && reply->answers[0].result.p) {
        no_stranger_now(x);
        make_links(x);
    } else {
        answer_error(x, reply->n == 1 ? reply->answers[0].error : (struct facteur_text){0});
    }
}

static void end(struct exchange *x)
{
    /* Needs the scope read, and costs little. */
    static const char text[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Session/get\"}";
    struct linking *l = x->state;
    l->call = login_send(x->login, (struct facteur_text){text, sizeof(text) - 1}, let_in, x);
    if (!l->call)
        exchange_answer_down(x);
}

/* Who only says who it is must not take the room of those who are let in. */
static void note_kept(struct exchange *x, size_t before, size_t now)
{
    const struct linking *l = x->state;
    x->bridge->kept += now - before;
    if (l->is_strangers)
        x->bridge->kept_strangers += now - before;
}

static void body(struct exchange *x, const char *p, size_t n)
{
    struct linking *l = x->state;
    struct bridge *b = x->bridge;
    size_t before = l->text.cap;
    if (b->kept + n > BRIDGE_KEPT_MAX || (l->is_strangers && b->kept_strangers + n > BRIDGE_KEPT_STRANGERS_MAX)) {
        x->must_close = true;
        exchange_answer_down(x);
        return;
    }
    buf_add(&l->text, p, n);
    note_kept(x, before, l->text.cap);
}

static void begin(struct exchange *x)
{
    const char *type = http_header(&x->head, "content-type");
    struct linking *l = x->state = XNEW(struct linking);
    l->is_strangers = !login_is_known(x->login);
    if (!x->bridge->proxy)
        exchange_answer_text(x, 404, "remote images are not fetched here (--no-proxy-images)");
    else if (!type || strncasecmp(type, "application/json", 16) != 0)
        exchange_answer_text(x, 415, "the content type must be application/json");
}

static void gone(struct exchange *x)
{
    struct linking *l = x->state;
    if (!l)
        return;
    backend_call_cancel(l->call);
    note_kept(x, l->text.cap, 0);
    buf_done(&l->text);
    if (l->work) {
        x->bridge->kept -= l->work->text.cap;
        l->work->x = NULL;
    }
    free(l);
}

const struct route route_proxy_links = {.path = ROUTE_PROXY_LINKS,
                                        .methods = 1u << HTTP_POST,
                                        .max_body = BODY_MAX,
                                        .begin = begin,
                                        .body = body,
                                        .end = end,
                                        .gone = gone};
