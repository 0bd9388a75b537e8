/* EventSource (RFC 8620 section 7.3): what changes, as Server-Sent Events.
 *
 * Beside the RFC's events there is one of ours: `down`, when facteurd has gone and nothing would be told any more. The
 * next `state` ends it. Who does not know it leaves it out, as EventSource does. */
#include "bridge.h"
#include "hub.h"
#include "routes.h"

#include <stdio.h>
#include <string.h>

#define PING_MIN 1 /* seconds */
#define PING_MAX 3600
#define PING_OTHERWISE 120 /* without `ping`: a comment now and then, so that a lost client is noticed */

struct events {
    struct exchange *x;
    struct hub_listener listener;
    uv_timer_t *timer;
    unsigned interval;
    bool wants_pings, closes_after_state, has_news;
    bool is_down; /* and it was not told yet */
};

static void tell_down(struct events *e)
{
    static const char text[] = "event: down\ndata: {\"description\":\"facteurd does not answer now\"}\n\n";
    e->is_down = false;
    exchange_add(e->x, text, sizeof(text) - 1);
}

static void tell(struct events *e)
{
    struct buf changed = {0}, event = {0};
    if (e->x->bytes.n > 0 || e->x->is_ended) /* what it was told before is not read yet */
        return;
    if (e->is_down)
        tell_down(e);
    if (!e->has_news)
        return;
    e->has_news = false;
    if (hub_changes(&e->listener, &changed)) {
        buf_addf(&event,
                 "event: state\nid: %s\ndata: {\"@type\":\"StateChange\",\"changed\":", hub_state(&e->listener));
        buf_add(&event, changed.p, changed.n);
        buf_add_str(&event, "}\n\n");
        exchange_add(e->x, event.p, event.n);
        uv_timer_again(e->timer); /* a ping is for when nothing was sent for so long */
        if (e->closes_after_state)
            exchange_finish(e->x);
    }
    buf_done(&changed);
    buf_done(&event);
}

static void on_news(void *arg)
{
    struct events *e = arg;
    e->has_news = true;
    e->is_down = false;
    if (e->x->status)
        tell(e);
}

static void on_down(void *arg)
{
    struct events *e = arg;
    e->is_down = true;
    e->has_news = false;
    if (e->x->status)
        tell(e);
}

static void on_refused(void *arg, enum backend_outcome why)
{
    struct events *e = arg;
    (void)why;
    if (e->x->status)
        exchange_finish(e->x); /* it comes again, and is told then */
}

static void on_ping(uv_timer_t *timer)
{
    struct events *e = timer->data;
    char text[80];
    if (e->x->bytes.n > 0)
        return; /* it does not read */
    int n = e->wants_pings ? snprintf(text, sizeof(text), "event: ping\ndata: {\"interval\":%u}\n\n", e->interval)
                           : snprintf(text, sizeof(text), ":\n\n");
    exchange_add(e->x, text, (size_t)n);
}

static void begin_stream(struct events *e, const char *last_id)
{
    struct exchange *x = e->x;
    exchange_header(x, "cache-control", "no-cache, no-store");
    exchange_header(x, "x-accel-buffering", "no"); /* nginx would keep it back */
    exchange_answer_stream(x, "text/event-stream; charset=utf-8");
    exchange_add(x, "retry: 1000\n\n", 13);
    e->timer = XNEW(uv_timer_t);
    e->timer->data = e;
    uv_timer_init(x->bridge->loop, e->timer);
    uv_timer_start(e->timer, on_ping, (uint64_t)e->interval * 1000, (uint64_t)e->interval * 1000);
    x->bridge->n_streams++;
    e->has_news = true;
    hub_join(x->login, &e->listener, last_id);
}

/* ---- the request ---- */

struct opening {
    struct events e; /* first: x->state is either */
    struct backend_call *call;
};

/* libwebsockets does not hand on Last-Event-ID over HTTP/2, so there is a parameter beside it. */
static void begin_stream_where_it_was(struct events *e)
{
    CLEANUP(freep) char *since = http_query(&e->x->head, "since");
    const char *last_id = http_header(&e->x->head, "last-event-id");
    begin_stream(e, last_id ? last_id : since);
}

static void checked(void *arg, enum backend_outcome outcome, const struct facteur_reply *reply,
                    struct facteur_conn *conn)
{
    struct exchange *x = arg;
    struct opening *o = x->state;
    (void)reply, (void)conn;
    o->call = NULL;
    if (outcome != BACKEND_OK)
        exchange_answer_outcome(x, outcome);
    else
        begin_stream_where_it_was(&o->e);
}

/* What is left out is as in a client's simplest wish: everything, for ever, without pings. False: told. */
static bool read_query(struct exchange *x, struct events *e)
{
    CLEANUP(freep) char *types = http_query(&x->head, "types");
    CLEANUP(freep) char *close_after = http_query(&x->head, "closeafter");
    CLEANUP(freep) char *ping = http_query(&x->head, "ping");
    bool is_wrong = (close_after && strcmp(close_after, "state") != 0 && strcmp(close_after, "no") != 0) ||
                    (ping && (!*ping || strlen(ping) > 9 || strspn(ping, "0123456789") != strlen(ping)));
    if (is_wrong) {
        exchange_answer_text(x, 400, "closeafter is state or no, ping a number of seconds (0: none)");
        return false;
    }
    unsigned seconds = ping ? (unsigned)strtoul(ping, NULL, 10) : 0;
    e->listener.types = types ? hub_types_from(types, strlen(types)) : HUB_ALL_TYPES;
    e->closes_after_state = close_after && close_after[0] == 's';
    e->wants_pings = seconds > 0;
    e->interval = seconds == 0         ? PING_OTHERWISE
                  : seconds < PING_MIN ? PING_MIN
                  : seconds > PING_MAX ? PING_MAX
                                       : seconds;
    return true;
}

static void end(struct exchange *x)
{
    static const char text[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Core/echo\"}";
    struct opening *o = x->state = XNEW(struct opening);
    o->e.x = x;
    o->e.listener.news = on_news;
    o->e.listener.down = on_down;
    o->e.listener.refused = on_refused;
    o->e.listener.arg = &o->e;
    if (!read_query(x, &o->e))
        return;
    o->call = login_send(x->login, (struct facteur_text){text, sizeof(text) - 1}, checked, x);
    if (!o->call)
        exchange_answer_down(x);
}

static void writable(struct exchange *x)
{
    struct opening *o = x->state;
    tell(&o->e);
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void gone(struct exchange *x)
{
    struct opening *o = x->state;
    if (!o)
        return;
    backend_call_cancel(o->call);
    hub_leave(&o->e.listener);
    if (o->e.timer) {
        uv_close((uv_handle_t *)o->e.timer, free_handle);
        x->bridge->n_streams--;
    }
    free(o);
}

const struct route route_events = {
    .path = ROUTE_EVENTS, .methods = 1u << HTTP_GET, .end = end, .writable = writable, .gone = gone};
