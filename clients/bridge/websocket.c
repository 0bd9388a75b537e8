#include "websocket.h"

#include "exchange.h"
#include "hub.h"
#include "jmap.h"
#include "routes.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#define QUEUE_MAX ((size_t)1 << 20) /* bytes of answers; beyond, no message is read */
#define CONTROL_MAX 125
#define PING_MS 60000 /* of silence; then we ask whether anybody is there */
#define DEAD_MS 150000
#define PARSE_ON_LOOP ((size_t)64 << 10)
#define HEADER_MAX 14

enum opcode { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };
/* RFC 6455 section 7.4.1 */
enum {
    NORMAL = 1000,
    GOING_AWAY = 1001,
    PROTOCOL_ERROR = 1002,
    UNSUPPORTED = 1003,
    INVALID = 1007,
    POLICY = 1008,
    TOO_BIG = 1009,
    TRY_LATER = 1013 /* of IANA's registry */
};

struct out {
    struct out *next;
    struct buf frame;
    size_t sent;
};

/* A Request on its way. */
struct request {
    struct websocket *ws; /* NULL: it has gone meanwhile, and a worker has this */
    struct request *prev, *next;
    uv_work_t work;
    bool is_working, is_no_text;
    bool is_over; /* there were too many when it came: it is read for its id alone, and does not count */
    struct buf text;
    json_t *object;
    struct jmap_request *jmap;
    struct jmap_problem problem;
    struct backend_call *call;
};

struct websocket {
    struct bridge *bridge;
    struct login *login;
    char *peer;
    struct h1_carrier carrier;
    /* reading */
    unsigned char header[HEADER_MAX];
    unsigned header_n;
    bool in_payload, is_final, in_message;
    enum opcode opcode;
    uint64_t left;
    unsigned char mask[4];
    unsigned mask_at;
    struct buf message;
    unsigned char control[CONTROL_MAX + 1]; /* and a NUL */
    unsigned control_n;
    /* writing */
    struct out *first, *last;
    size_t queued;
    bool is_closing, is_paused;
    struct request *requests;
    unsigned n_requests;
    bool is_reading_over; /* a worker reads one that is too many */
    /* push */
    struct hub_listener listener;
    bool is_pushing, has_news;
    /* time */
    uint64_t heard_ms, wanted_ms; /* wanted: since when it waits to be written to; 0: it does not */
    bool is_pinged;
};

static const struct jmap_limits limits = {BRIDGE_MAX_CALLS, BRIDGE_MAX_DEPTH, BRIDGE_MAX_VALUES};

void websocket_accept_of(const char *key, char out[29])
{
    unsigned char digest[SHA_DIGEST_LENGTH];
    CLEANUP(freep) char *text = xasprintf("%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    SHA1((const unsigned char *)text, strlen(text), digest);
    EVP_EncodeBlock((unsigned char *)out, digest, sizeof(digest));
}

/* ---- its life ---- */

struct websocket *websocket_new(struct bridge *b, struct login *login, const char *peer)
{
    struct websocket *ws = XNEW(struct websocket);
    ws->bridge = b;
    ws->login = login_ref(login);
    ws->peer = xstrdup(peer);
    ws->heard_ms = now_ms();
    b->n_websockets++;
    return ws;
}

void websocket_attach(struct websocket *ws, const struct h1_carrier *carrier)
{
    ws->carrier = *carrier;
}

static void free_request(struct request *r)
{
    jmap_request_free(r->jmap);
    json_decref(r->object);
    free_wiped(r->text.p, r->text.cap);
    free(r);
}

static void end_request(struct request *r)
{
    struct websocket *ws = r->ws;
    *(r->prev ? &r->prev->next : &ws->requests) = r->next;
    if (r->next)
        r->next->prev = r->prev;
    ws->n_requests--;
    if (!r->is_over)
        --*login_active(ws->login);
    free_request(r);
}

/* A worker keeps its request until it is done with it. */
static void abandon_requests(struct websocket *ws)
{
    struct request *next;
    for (struct request *r = ws->requests; r; r = next) {
        next = r->next;
        if (!r->is_over)
            --*login_active(ws->login);
        backend_call_cancel(r->call);
        r->ws = NULL;
        if (!r->is_working)
            free_request(r);
    }
    ws->requests = NULL;
}

void websocket_free(struct websocket *ws)
{
    if (!ws)
        return;
    hub_leave(&ws->listener);
    abandon_requests(ws);
    while (ws->first) {
        struct out *o = ws->first;
        ws->first = o->next;
        ws->bridge->kept -= o->frame.cap;
        buf_done(&o->frame);
        free(o);
    }
    ws->bridge->n_websockets--;
    ws->bridge->kept -= ws->message.cap;
    free_wiped(ws->message.p, ws->message.cap);
    login_unref(ws->login);
    free(ws->peer);
    free(ws);
}

/* ---- writing ---- */

static void want_write(struct websocket *ws)
{
    if (!ws->wanted_ms)
        ws->wanted_ms = now_ms();
    if (ws->carrier.want_write)
        ws->carrier.want_write(ws->carrier.arg);
}

static void pause_if_full(struct websocket *ws)
{
    bool should = ws->queued > QUEUE_MAX || ws->is_reading_over;
    if (should == ws->is_paused)
        return;
    ws->is_paused = should;
    ws->carrier.pause(ws->carrier.arg, should);
}

static void queue_frame(struct websocket *ws, enum opcode opcode, const void *p, size_t n)
{
    if (ws->is_closing) /* nothing MUST follow a Close (RFC 6455 section 5.5.1): an answer that was on its way is lost
                         */
        return;
    struct out *o = XNEW(struct out);
    buf_reserve(&o->frame, n + 10);
    buf_add_char(&o->frame, (char)(0x80 | opcode));
    if (n < 126) {
        buf_add_char(&o->frame, (char)n);
    } else {
        unsigned bytes = n < 65536 ? 2 : 8;
        buf_add_char(&o->frame, bytes == 2 ? 126 : 127);
        while (bytes-- > 0)
            buf_add_char(&o->frame, (char)(n >> (8 * bytes)));
    }
    buf_add(&o->frame, p, n);
    *(ws->last ? &ws->last->next : &ws->first) = o;
    ws->last = o;
    ws->queued += o->frame.n;
    ws->bridge->kept += o->frame.cap;
    want_write(ws);
    pause_if_full(ws);
}

static void close_with(struct websocket *ws, int code, const char *why)
{
    unsigned char payload[CONTROL_MAX] = {(unsigned char)(code >> 8), (unsigned char)code};
    size_t n = strlen(why) < CONTROL_MAX - 2 ? strlen(why) : CONTROL_MAX - 2;
    if (ws->is_closing)
        return;
    if (code != NORMAL)
        log_info("%s: WebSocket closed, %d %s", ws->peer, code, why);
    memcpy(payload + 2, why, n);
    queue_frame(ws, CLOSE, payload, n + 2);
    ws->is_closing = true;
    hub_leave(&ws->listener);
}

/* A StateChange, if something is new (RFC 8887 section 4.3.5.1). */
static bool queue_push(struct websocket *ws)
{
    struct buf text = {0};
    ws->has_news = false;
    buf_add_str(&text, "{\"@type\":\"StateChange\",\"changed\":");
    bool is_some = hub_changes(&ws->listener, &text);
    if (is_some) {
        buf_addf(&text, ",\"pushState\":\"%s\"}", hub_state(&ws->listener));
        queue_frame(ws, TEXT, text.p, text.n);
    }
    buf_done(&text);
    return is_some;
}

ssize_t websocket_next(struct websocket *ws, char *to, size_t max)
{
    size_t n = 0;
    ws->wanted_ms = 0;
    while (n < max) {
        if (!ws->first && (!ws->has_news || ws->is_closing || !queue_push(ws)))
            break;
        struct out *o = ws->first;
        size_t take = o->frame.n - o->sent < max - n ? o->frame.n - o->sent : max - n;
        memcpy(to + n, o->frame.p + o->sent, take);
        n += take;
        o->sent += take;
        ws->queued -= take;
        if (o->sent < o->frame.n)
            break;
        ws->first = o->next;
        if (!ws->first)
            ws->last = NULL;
        ws->bridge->kept -= o->frame.cap;
        buf_done(&o->frame);
        free(o);
    }
    pause_if_full(ws);
    return n == 0 && ws->is_closing ? -1 : (ssize_t)n;
}

/* ---- requests ---- */

static void answer_problem(struct websocket *ws, const struct jmap_problem *p, const char *request_id)
{
    struct buf text = {0};
    jmap_problem_write(p, request_id ? request_id : "null", &text);
    queue_frame(ws, TEXT, text.p, text.n);
    buf_done(&text);
}

static void answered(void *arg, enum backend_outcome outcome, const struct facteur_reply *reply,
                     struct facteur_conn *conn)
{
    struct request *r = arg;
    struct websocket *ws = r->ws;
    struct buf text = {0};
    (void)conn;
    r->call = NULL;
    if (outcome == BACKEND_REFUSED) {
        close_with(ws, POLICY, "not signed in any more");
    } else if (outcome == BACKEND_LOST) {
        jmap_problem_set(&r->problem, 502, "about:blank", NULL, "facteurd went away: whether this was done is not known");
        answer_problem(ws, &r->problem, jmap_request_id(r->jmap));
    } else if (outcome != BACKEND_OK) {
        jmap_problem_set(&r->problem, 503, "about:blank", NULL, "facteurd does not answer now");
        answer_problem(ws, &r->problem, jmap_request_id(r->jmap));
    } else if (jmap_response_write(r->jmap, reply, &text, &r->problem) < 0) {
        answer_problem(ws, &r->problem, jmap_request_id(r->jmap));
    } else {
        queue_frame(ws, TEXT, text.p, text.n);
    }
    buf_done(&text);
    end_request(r);
}

static void send_request(struct request *r)
{
    struct facteur_text batch = jmap_request_batch(r->jmap);
    if (batch.n > 0)
        r->call = login_send(r->ws->login, batch, answered, r);
    if (r->call)
        return;
    if (batch.n > 0)
        jmap_problem_set(&r->problem, 503, "about:blank", NULL, "facteurd does not answer now");
    else
        jmap_problem_set(&r->problem, 400, "notJSON", NULL, "a string in it is no Unicode");
    answer_problem(r->ws, &r->problem, jmap_request_id(r->jmap));
    end_request(r);
}

/* ---- push ---- */

static void on_news(void *arg)
{
    struct websocket *ws = arg;
    ws->has_news = true;
    if (ws->wanted_ms || !ws->carrier.write_now) { /* it waits for room already */
        want_write(ws);
    } else {
        ws->wanted_ms = now_ms();
        ws->carrier.write_now(ws->carrier.arg);
    }
}

/* In the form in which errors are told that are no request's (RFC 8887 section 4.3.4). What is new follows when it is
 * back. */
static void on_down(void *arg)
{
    struct websocket *ws = arg;
    struct jmap_problem p;
    if (ws->queued > QUEUE_MAX) /* it does not read */
        return;
    jmap_problem_set(&p, 503, "about:blank", NULL, "facteurd does not answer now");
    answer_problem(ws, &p, NULL);
}

static void on_refused(void *arg, enum backend_outcome why)
{
    (void)why;
    close_with(arg, POLICY, "not signed in any more");
}

/* NULL: nothing. */
static const char *wrong_with_push(const json_t *o)
{
    const json_t *types = json_object_get(o, "dataTypes"), *state = json_object_get(o, "pushState"), *type;
    size_t i;
    if (types && !json_is_null(types) && !json_is_array(types))
        return "dataTypes must be a list of strings, or null";
    json_array_foreach((json_t *)types, i, type) if (!json_is_string(type)) return "each of dataTypes must be a string";
    return state && !json_is_null(state) && !json_is_string(state) ? "pushState must be a string" : NULL;
}

/* RFC 8887 section 4.3.5.2. */
static void enable_push(struct websocket *ws, const json_t *o)
{
    const json_t *types = json_object_get(o, "dataTypes"), *type;
    size_t i;
    hub_leave(&ws->listener);
    ws->listener = (struct hub_listener){
        .types = json_is_array(types) ? 0 : HUB_ALL_TYPES, .news = on_news, .down = on_down, .refused = on_refused, .arg = ws};
    json_array_foreach((json_t *)types, i, type) ws->listener.types |= hub_type_bit(json_string_value(type));
    hub_join(ws->login, &ws->listener, json_string_value(json_object_get(o, "pushState")));
    ws->has_news = true;
    want_write(ws);
}

/* ---- messages ---- */

static const char *kind_of(const json_t *o)
{
    const char *kind = json_string_value(json_object_get(o, "@type"));
    return kind ? kind : "";
}

/* RFC 8887 section 4.3.4: with the id of what it answers, if that has one. */
static void answer_object(struct websocket *ws, const struct jmap_problem *p, const json_t *o)
{
    const json_t *id = json_object_get(o, "id");
    CLEANUP(freep) char *text = json_is_string(id) ? json_dumps(id, JSON_ENCODE_ANY) : NULL;
    answer_problem(ws, p, text);
}

static void answer_no_request(struct websocket *ws, const char *why, const json_t *o)
{
    struct jmap_problem p;
    jmap_problem_set(&p, 400, "notRequest", NULL, "%s", why);
    answer_object(ws, &p, o);
}

/* Any thread. */
static void parse_message(struct request *r)
{
    r->is_no_text = !is_utf8(buf_str(&r->text));
    if (r->is_no_text)
        return;
    json_t *o = r->object = jmap_parse(r->text.p, r->text.n, limits.max_depth, limits.max_values, &r->problem);
    if (o && !r->is_over && strcmp(kind_of(o), "Request") == 0) {
        r->jmap = jmap_request_from(json_incref(o), true, &limits, &r->problem);
        if (r->jmap)
            jmap_request_batch(r->jmap);
    }
}

static void take_message(struct request *r)
{
    struct websocket *ws = r->ws;
    const char *kind = kind_of(r->object);
    if (r->is_no_text) {
        close_with(ws, INVALID, "a message is no UTF-8"); /* RFC 6455 section 8.1: a MUST */
        end_request(r);
        return;
    }
    if (r->jmap) {
        send_request(r);
        return;
    }
    const char *wrong;
    if (!r->object || strcmp(kind, "Request") == 0) {
        if (r->object && r->is_over)
            jmap_problem_set(&r->problem, 400, "limit", "maxConcurrentRequests", "%d requests are under way",
                             BRIDGE_MAX_CONCURRENT_REQUESTS);
        answer_object(ws, &r->problem, r->object);
    } else if (strcmp(kind, "WebSocketPushEnable") == 0) {
        if ((wrong = wrong_with_push(r->object)))
            answer_no_request(ws, wrong, r->object);
        else
            enable_push(ws, r->object);
    } else if (strcmp(kind, "WebSocketPushDisable") == 0) {
        hub_leave(&ws->listener);
        ws->has_news = false;
    } else {
        answer_no_request(ws, "@type must be Request, WebSocketPushEnable or WebSocketPushDisable", r->object);
    }
    end_request(r);
}

static void parse_on_worker(uv_work_t *work)
{
    parse_message(work->data);
}

static void parsed(uv_work_t *work, int status)
{
    struct request *r = work->data;
    (void)status;
    struct websocket *ws = r->ws;
    r->is_working = false;
    if (!ws) {
        free_request(r);
        return;
    }
    if (r->is_over) {
        ws->is_reading_over = false;
        pause_if_full(ws);
    }
    take_message(r);
}

/* One that is too many is read nevertheless: its id belongs into the answer (RFC 8887 section 4.3.4). While a worker
 * does so nothing more is read, so that they do not heap up. */
static void begin_message(struct websocket *ws)
{
    struct request *r = XNEW(struct request);
    r->ws = ws;
    r->work.data = r;
    r->is_over = *login_active(ws->login) >= BRIDGE_MAX_CONCURRENT_REQUESTS;
    r->text = ws->message;
    ws->bridge->kept -= ws->message.cap;
    ws->message = (struct buf){0};
    r->next = ws->requests;
    if (r->next)
        r->next->prev = r;
    ws->requests = r;
    ws->n_requests++;
    if (!r->is_over)
        ++*login_active(ws->login);
    r->is_working =
        r->text.n > PARSE_ON_LOOP && uv_queue_work(ws->bridge->loop, &r->work, parse_on_worker, parsed) == 0;
    if (r->is_working && r->is_over) {
        ws->is_reading_over = true;
        pause_if_full(ws);
    }
    if (r->is_working)
        return;
    parse_message(r);
    take_message(r);
}

/* ---- frames ---- */

static size_t header_length(const unsigned char *h, unsigned n)
{
    if (n < 2)
        return 2;
    unsigned length = h[1] & 0x7f;
    return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + 4;
}

/* Told as every error of a request is (RFC 8887 section 4.3.1), and then nothing more is read. */
static void refuse_size(struct websocket *ws)
{
    struct jmap_problem p;
    jmap_problem_set(&p, 400, "limit", "maxSizeRequest", "a message has at most %llu bytes",
                     (unsigned long long)BRIDGE_MAX_REQUEST);
    answer_problem(ws, &p, NULL);
    close_with(ws, TOO_BIG, "a message is larger than maxSizeRequest");
}

/* -1: refused; told. */
static int begin_frame(struct websocket *ws)
{
    const unsigned char *h = ws->header;
    unsigned length = h[1] & 0x7f, at = 2, bytes = length == 126 ? 2 : length == 127 ? 8 : 0;
    enum opcode opcode = (enum opcode)(h[0] & 0x0f);
    bool is_control = opcode >= CLOSE;
    ws->left = bytes ? 0 : length;
    while (bytes-- > 0)
        ws->left = ws->left << 8 | h[at++];
    memcpy(ws->mask, h + at, 4);
    ws->mask_at = 0;
    ws->is_final = h[0] & 0x80;
    const char *wrong = h[0] & 0x70                                                 ? "reserved bits are set"
                        : !(h[1] & 0x80)                                            ? "a frame is not masked"
                        : is_control && (!ws->is_final || ws->left > CONTROL_MAX)   ? "a control frame is malformed"
                        : is_control && opcode > PONG                               ? "an unknown kind of frame"
                        : !is_control && opcode > BINARY                            ? "an unknown kind of frame"
                        : !is_control && (opcode == CONTINUATION) != ws->in_message ? "fragments are out of order"
                                                                                    : NULL;
    if (wrong)
        return close_with(ws, PROTOCOL_ERROR, wrong), -1;
    if (opcode == BINARY)
        return close_with(ws, UNSUPPORTED, "JMAP is text"), -1;
    if (!is_control && ws->left > BRIDGE_MAX_REQUEST - ws->message.n)
        return refuse_size(ws), -1;
    if (!is_control && ws->bridge->kept + ws->left > BRIDGE_KEPT_MAX)
        return close_with(ws, TRY_LATER, "too much at once: try again later"), -1;
    ws->opcode = opcode;
    ws->control_n = 0;
    if (!is_control)
        ws->in_message = true;
    ws->in_payload = true;
    ws->header_n = 0;
    return 0;
}

static void end_control(struct websocket *ws)
{
    if (ws->opcode == PING) {
        queue_frame(ws, PONG, ws->control, ws->control_n);
    } else if (ws->opcode == CLOSE) {
        int code = ws->control_n >= 2 ? ws->control[0] << 8 | ws->control[1] : ws->control_n == 1 ? 0 : NORMAL;
        bool is_code = code >= 1000 && code < 5000 && code != 1005 && code != 1006;
        ws->control[ws->control_n] = '\0';
        if (is_code && ws->control_n > 2 && !is_utf8((const char *)ws->control + 2))
            close_with(ws, INVALID, "a reason is no UTF-8"); /* RFC 6455 sections 5.5.1 and 8.1 */
        else
            close_with(ws, is_code ? NORMAL : PROTOCOL_ERROR, "");
    }
}

static void end_frame(struct websocket *ws)
{
    ws->in_payload = false;
    if (ws->opcode >= CLOSE) {
        end_control(ws);
    } else if (ws->is_final) {
        ws->in_message = false;
        begin_message(ws);
    }
}

static size_t take_payload(struct websocket *ws, const char *p, size_t n)
{
    size_t take = n < ws->left ? n : (size_t)ws->left;
    unsigned char *to;
    if (ws->opcode >= CLOSE) {
        to = ws->control + ws->control_n;
        ws->control_n += (unsigned)take;
    } else {
        size_t before = ws->message.cap;
        buf_reserve(&ws->message, take);
        ws->bridge->kept += ws->message.cap - before;
        to = (unsigned char *)ws->message.p + ws->message.n;
        ws->message.n += take;
    }
    for (size_t i = 0; i < take; i++)
        to[i] = (unsigned char)p[i] ^ ws->mask[ws->mask_at++ & 3];
    ws->left -= take;
    return take;
}

int websocket_read(struct websocket *ws, const char *p, size_t n)
{
    ws->heard_ms = now_ms();
    ws->is_pinged = false;
    while (!ws->is_closing && (n > 0 || (ws->in_payload && ws->left == 0))) {
        if (ws->in_payload) {
            size_t take = take_payload(ws, p, n);
            p += take;
            n -= take;
            if (ws->opcode < CLOSE && ws->bridge->kept > BRIDGE_KEPT_MAX) /* others began theirs when there was room, too */
                close_with(ws, TRY_LATER, "too much at once: try again later");
            else if (ws->left == 0)
                end_frame(ws);
            continue;
        }
        ws->header[ws->header_n++] = (unsigned char)*p++;
        n--;
        if (ws->header_n >= 2 && ws->header_n == header_length(ws->header, ws->header_n) && begin_frame(ws) < 0)
            break;
        if (ws->header_n >= 2 && !ws->in_payload && !(ws->header[1] & 0x80)) {
            close_with(ws, PROTOCOL_ERROR, "a frame is not masked");
            break;
        }
    }
    return 0;
}

int websocket_tick(struct websocket *ws, uint64_t now)
{
    if (ws->wanted_ms && now - ws->wanted_ms > patience_ms(&ws->bridge->o))
        return -1;
    if (now - ws->heard_ms > DEAD_MS)
        return -1;
    if (!ws->is_pinged && !ws->is_closing && now - ws->heard_ms > PING_MS) {
        ws->is_pinged = true;
        queue_frame(ws, PING, "", 0);
    }
    return 0;
}

/* ---- the handshake (RFC 6455 section 4.2, RFC 8887 section 3) ---- */

struct handshake {
    struct backend_call *call;
};

static void accept_it(struct exchange *x)
{
    char accept[29];
    websocket_accept_of(http_header(&x->head, "sec-websocket-key"), accept);
    exchange_header(x, "upgrade", "websocket");
    exchange_header(x, "connection", "Upgrade");
    exchange_header(x, "sec-websocket-accept", accept);
    exchange_header(x, "sec-websocket-protocol", "jmap");
    x->upgrade = websocket_new(x->bridge, x->login, x->peer);
    x->status = 101;
    x->no_body = x->is_ended = true;
    x->wake(x);
}

static void checked(void *arg, enum backend_outcome outcome, const struct facteur_reply *reply,
                    struct facteur_conn *conn)
{
    struct exchange *x = arg;
    struct handshake *h = x->state;
    (void)reply, (void)conn;
    h->call = NULL;
    if (outcome == BACKEND_OK)
        accept_it(x);
    else
        exchange_answer_outcome(x, outcome);
}

/* A key is 16 bytes in base64. */
static bool is_key(const char *key)
{
    return key && strlen(key) == 24 && strcmp(key + 22, "==") == 0 &&
           strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") == 22;
}

static const char *wrong_with(const struct http_head *h)
{
    if (h->is_1_0 || !http_header_has(h, "connection", "upgrade") || !is_key(http_header(h, "sec-websocket-key")))
        return "the handshake is malformed";
    if (!http_header_has(h, "sec-websocket-protocol", "jmap"))
        return "the subprotocol must be jmap";
    return NULL;
}

static void end(struct exchange *x)
{
    static const char text[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Core/echo\"}";
    const char *version = http_header(&x->head, "sec-websocket-version");
    if (x->is_h2) { /* no 426: that MUST have an Upgrade (RFC 9110), and here that MUST NOT be (RFC 9113, 8.2.2) */
        exchange_answer_text(x, 400, "JMAP over WebSocket (RFC 8887) begins with HTTP/1.1 here");
        return;
    }
    if (!http_header_has(&x->head, "upgrade", "websocket") || !version || strcmp(version, "13") != 0) {
        exchange_header(x, "upgrade", "websocket");
        exchange_header(x, "connection", "Upgrade"); /* RFC 9110 section 7.8: a MUST where there is an Upgrade */
        exchange_header(x, "sec-websocket-version", "13");
        exchange_answer_text(x, 426, "here JMAP is spoken over WebSocket (RFC 8887)");
        return;
    }
    const char *wrong = wrong_with(&x->head);
    if (wrong) {
        exchange_answer_text(x, 400, "%s", wrong);
        return;
    }
    struct handshake *h = x->state = XNEW(struct handshake);
    h->call = login_send(x->login, (struct facteur_text){text, sizeof(text) - 1}, checked, x);
    if (!h->call)
        exchange_answer_down(x);
}

static void gone(struct exchange *x)
{
    struct handshake *h = x->state;
    if (h)
        backend_call_cancel(h->call);
    free(h);
    websocket_free(x->upgrade); /* not taken over by a connection */
    x->upgrade = NULL;
}

const struct route route_websocket = {.path = ROUTE_WEBSOCKET, .methods = 1u << HTTP_GET, .end = end, .gone = gone};
