/* The API endpoint (RFC 8620 section 3.3): POST a Request, get a Response. */
#include "bridge.h"
#include "jmap.h"
#include "routes.h"

#include <string.h>

#define PARSE_ON_LOOP ((size_t)64 << 10) /* a larger text is parsed on a worker */

struct api {
    struct buf text;
    struct jmap_request *request;
    struct backend_call *call;
    struct parse *parse; /* on a worker now */
    bool is_counted, is_strangers;
};

struct parse {
    uv_work_t work;
    struct exchange *x; /* NULL: it has gone meanwhile */
    struct buf text;
    struct jmap_request *request;
    struct jmap_problem problem;
};

static const struct jmap_limits limits = {BRIDGE_MAX_CALLS, BRIDGE_MAX_DEPTH, BRIDGE_MAX_VALUES};

static void answered(void *arg, enum backend_outcome outcome, const struct facteur_reply *reply,
                     struct facteur_conn *conn)
{
    struct exchange *x = arg;
    struct api *a = x->state;
    struct buf out = {0};
    struct jmap_problem problem;
    (void)conn;
    a->call = NULL;
    if (outcome == BACKEND_LOST) {
        exchange_answer_lost(x);
    } else if (outcome != BACKEND_OK) {
        exchange_answer_outcome(x, outcome);
    } else if (jmap_response_write(a->request, reply, &out, &problem) < 0) {
        exchange_answer_problem(x, &problem);
        buf_done(&out);
    } else {
        exchange_answer(x, 200, "application/json", &out);
    }
}

static void send_request(struct exchange *x)
{
    struct api *a = x->state;
    struct facteur_text batch = jmap_request_batch(a->request);
    struct jmap_problem problem;
    if (batch.n == 0) {
        jmap_problem_set(&problem, 400, "notJSON", NULL, "a string in it is no Unicode");
        exchange_answer_problem(x, &problem);
        return;
    }
    a->call = login_send(x->login, batch, answered, x);
    if (!a->call)
        exchange_answer_down(x);
}

static void parse_text(struct parse *p)
{
    p->request = jmap_request_parse(p->text.p, p->text.n, false, &limits, &p->problem);
    if (p->request)
        jmap_request_batch(p->request);
}

static void parse_on_worker(uv_work_t *work)
{
    parse_text(work->data);
}

static void finish_parse(struct parse *p)
{
    struct exchange *x = p->x;
    if (x) {
        struct api *a = x->state;
        a->parse = NULL;
        x->bridge->kept -= p->text.cap;
        a->request = p->request;
        if (a->request)
            send_request(x);
        else
            exchange_answer_problem(x, &p->problem);
    } else {
        jmap_request_free(p->request);
    }
    free_wiped(p->text.p, p->text.cap);
}

static void parsed(uv_work_t *work, int status)
{
    struct parse *p = work->data;
    (void)status;
    finish_parse(p);
    free(p);
}

/* Who only says who it is must not take the room of those who are let in. */
static void note_kept(struct exchange *x, size_t before, size_t now)
{
    const struct api *a = x->state;
    x->bridge->kept += now - before;
    if (a->is_strangers)
        x->bridge->kept_strangers += now - before;
}

static bool has_room(const struct exchange *x, size_t n)
{
    const struct api *a = x->state;
    const struct bridge *b = x->bridge;
    return b->kept + n <= BRIDGE_KEPT_MAX && (!a->is_strangers || b->kept_strangers + n <= BRIDGE_KEPT_STRANGERS_MAX);
}

/* From now on it is counted as every one. */
static void no_stranger_now(struct exchange *x)
{
    struct api *a = x->state;
    if (a->is_strangers)
        x->bridge->kept_strangers -= a->text.cap;
    a->is_strangers = false;
}

static void take_text(struct exchange *x)
{
    struct api *a = x->state;
    no_stranger_now(x);
    if (a->text.n <= PARSE_ON_LOOP) {
        struct parse p = {.x = x, .text = a->text};
        a->text = (struct buf){0};
        parse_text(&p);
        finish_parse(&p);
        return;
    }
    struct parse *p = XNEW(struct parse);
    p->work.data = p;
    p->x = x;
    p->text = a->text;
    a->text = (struct buf){0};
    a->parse = p;
    if (uv_queue_work(x->bridge->loop, &p->work, parse_on_worker, parsed) < 0) {
        parse_text(p);
        parsed(&p->work, 0);
    }
}

static void let_in(void *arg, enum backend_outcome outcome, const struct facteur_reply *reply,
                   struct facteur_conn *conn)
{
    struct exchange *x = arg;
    struct api *a = x->state;
    (void)reply, (void)conn;
    a->call = NULL;
    if (outcome == BACKEND_OK)
        take_text(x);
    else
        exchange_answer_outcome(x, outcome);
}

/* What a text is parsed into is many times larger, and takes a worker's time: facteurd is asked first who it is. */
static void end(struct exchange *x)
{
    static const char text[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Core/echo\"}";
    struct api *a = x->state;
    if (login_is_known(x->login)) {
        take_text(x);
        return;
    }
    a->call = login_send(x->login, (struct facteur_text){text, sizeof(text) - 1}, let_in, x);
    if (!a->call)
        exchange_answer_down(x);
}

static void body(struct exchange *x, const char *p, size_t n)
{
    struct api *a = x->state;
    size_t before = a->text.cap;
    if (!has_room(x, n)) {
        x->must_close = true;
        exchange_answer_down(x);
        return;
    }
    buf_add(&a->text, p, n);
    note_kept(x, before, a->text.cap);
}

static bool is_json(const char *type)
{
    size_t n = type ? strcspn(type, "; \t") : 0;
    return n == 16 && strncasecmp(type, "application/json", n) == 0;
}

static void begin(struct exchange *x)
{
    struct jmap_problem problem;
    struct api *a = x->state = XNEW(struct api);
    unsigned *active = login_active(x->login);
    a->is_strangers = !login_is_known(x->login);
    if (!is_json(http_header(&x->head, "content-type"))) {
        jmap_problem_set(&problem, 400, "notJSON", NULL, "the content type must be application/json");
        exchange_answer_problem(x, &problem);
    } else if (*active >= BRIDGE_MAX_CONCURRENT_REQUESTS) {
        jmap_problem_set(&problem, 400, "limit", "maxConcurrentRequests", "%d requests are under way",
                         BRIDGE_MAX_CONCURRENT_REQUESTS);
        exchange_answer_problem(x, &problem);
    } else {
        a->is_counted = true;
        ++*active;
    }
}

static void gone(struct exchange *x)
{
    struct api *a = x->state;
    if (!a)
        return;
    if (a->is_counted)
        --*login_active(x->login);
    if (a->parse) {
        x->bridge->kept -= a->parse->text.cap;
        a->parse->x = NULL;
    }
    backend_call_cancel(a->call);
    jmap_request_free(a->request);
    note_kept(x, a->text.cap, 0);
    free_wiped(a->text.p, a->text.cap);
    free(a);
}

const struct route route_api = {.path = ROUTE_API,
                                .methods = 1u << HTTP_POST,
                                .max_body = BRIDGE_MAX_REQUEST,
                                .begin = begin,
                                .body = body,
                                .end = end,
                                .gone = gone};
