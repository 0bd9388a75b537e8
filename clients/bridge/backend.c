#include "backend.h"

#include "start.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define KEY_BYTES 32
#define IDLE_MS 60000 /* then an unused connection is closed */
#define SWEEP_MS 5000
#define START_AGAIN_MS 3000
#define RETRY_S 30 /* where facteurd does not say when */
#define LOGINS_MAX 10000

struct backend_call {
    struct backend_link *link;
    backend_fn fn;
    void *arg;
};

struct backend_link {
    struct login *login;
    struct backend_link *prev, *next; /* of the login */
    struct facteur_conn *conn;
    uv_poll_t poll;
    int events;
    struct backend_call *call; /* NULL: idle */
    uint64_t idle_since;
    bool is_signed_in;
    bool is_closing;
    facteur_notice_fn notice; /* of one that is somebody's own */
    backend_lost_fn lost;
    void *arg;
};

struct login {
    struct backend *backend;
    struct login *prev, *next;
    unsigned char key[KEY_BYTES];
    struct credential credential;
    char *remote;
    char *name; /* of its token, once facteurd has said it */
    unsigned refs;
    struct backend_link *links;
    unsigned active, uploads;
    unsigned retry_s; /* as facteurd said when it was held up last */
    void *hub;
    void (*free_hub)(void *hub);
};

struct backend {
    uv_loop_t *loop;
    char *profile, *socket, *given_socket;
    bool no_start, is_stopping, is_full;
    unsigned char salt[KEY_BYTES];
    struct login *logins;
    unsigned n_logins, n_links, max_links;
    uv_timer_t *sweep;
    uint64_t started_ms;
};

static void link_close(struct backend_link *link);
static void look_again(struct backend_link *link);

/* ---- credentials ---- */

/* From where it was shown counts, too: facteurd counts attempts by place, and its log names it. */
static void key_of(const struct backend *b, const struct credential *c, const char *remote,
                   unsigned char out[KEY_BYTES])
{
    struct buf text = {0};
    unsigned n = KEY_BYTES;
    buf_add_str(&text, remote);
    buf_add_char(&text, '\0');
    buf_add_str(&text, c->is_basic ? c->user : "");
    buf_add_char(&text, '\0');
    buf_add_str(&text, c->secret ? c->secret : "");
    buf_add_char(&text, c->is_basic ? 'u' : c->secret ? 't' : 'g');
    HMAC(EVP_sha256(), b->salt, KEY_BYTES, (const unsigned char *)text.p, text.n, out, &n);
    free_wiped(text.p, text.cap);
}

/* ---- logins ---- */

static struct login *find_login(const struct backend *b, const unsigned char key[KEY_BYTES])
{
    struct login *l = b->logins;
    while (l && memcmp(l->key, key, KEY_BYTES) != 0)
        l = l->next;
    return l;
}

struct login *login_for(struct backend *b, const struct credential *c, const char *remote)
{
    unsigned char key[KEY_BYTES];
    remote = remote ? remote : "";
    key_of(b, c, remote, key);
    struct login *l = find_login(b, key);
    if (l)
        return login_ref(l);
    l = XNEW(struct login);
    l->backend = b;
    memcpy(l->key, key, KEY_BYTES);
    l->credential =
        (struct credential){c->is_basic, c->user ? xstrdup(c->user) : NULL, c->secret ? xstrdup(c->secret) : NULL};
    l->remote = xstrdup(remote);
    l->refs = 1;
    l->next = b->logins;
    if (l->next)
        l->next->prev = l;
    b->logins = l;
    b->n_logins++;
    return l;
}

struct login *login_guest(struct backend *b)
{
    static const struct credential nobody = {0};
    return login_for(b, &nobody, NULL);
}

struct login *login_ref(struct login *l)
{
    l->refs++;
    return l;
}

static void free_login(struct login *l)
{
    if (l->free_hub)
        l->free_hub(l->hub);
    *(l->prev ? &l->prev->next : &l->backend->logins) = l->next;
    if (l->next)
        l->next->prev = l->prev;
    l->backend->n_logins--;
    credential_done(&l->credential);
    free(l->remote);
    free(l->name);
    explicit_bzero(l->key, KEY_BYTES);
    free(l);
}

static void forget_if_unused(struct login *l)
{
    if (l->refs == 0 && !l->links)
        free_login(l);
}

void login_unref(struct login *l)
{
    if (!l || --l->refs > 0)
        return;
    forget_if_unused(l);
}

void **login_hub(struct login *l, void (*free_fn)(void *hub))
{
    l->free_hub = free_fn;
    return &l->hub;
}

unsigned login_retry_s(const struct login *l)
{
    return l && l->retry_s ? l->retry_s : RETRY_S;
}

bool login_is_known(const struct login *l)
{
    return l->name != NULL;
}

uv_loop_t *login_loop(const struct login *l)
{
    return l->backend->loop;
}

unsigned *login_active(struct login *l)
{
    return &l->active;
}

unsigned *login_uploads(struct login *l)
{
    return &l->uploads;
}

/* ---- connections ---- */

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct backend_link *link = poll->data;
    (void)status, (void)events;
    login_ref(link->login);
    struct login *l = link->login;
    facteur_conn_pump(link->conn);
    look_again(link);
    login_unref(l);
}

static void look_again(struct backend_link *link)
{
    if (link->is_closing)
        return;
    if (facteur_conn_is_lost(link->conn, NULL)) {
        link_close(link);
        return;
    }
    int events = UV_READABLE | (facteur_conn_wants_write(link->conn) ? UV_WRITABLE : 0);
    if (events == link->events)
        return;
    link->events = events;
    uv_poll_start(&link->poll, events, on_poll);
}

static void poll_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void end_call(struct backend_link *link, enum backend_outcome outcome, const struct facteur_reply *reply)
{
    struct backend_call *call = link->call;
    if (!call)
        return;
    link->call = NULL;
    link->idle_since = now_ms();
    call->fn(call->arg, outcome, reply, link->conn);
    free(call);
}

/* Safe in a callback of the connection: its memory stays until the loop comes round. */
static void close_with(struct backend_link *link, enum backend_outcome why)
{
    if (link->is_closing)
        return;
    link->is_closing = true;
    struct login *l = login_ref(link->login);
    *(link->prev ? &link->prev->next : &l->links) = link->next;
    if (link->next)
        link->next->prev = link->prev;
    l->backend->n_links--;
    uv_poll_stop(&link->poll);
    end_call(link, why, NULL);
    if (link->lost)
        link->lost(link->arg, why);
    facteur_conn_free(link->conn);
    uv_close((uv_handle_t *)&link->poll, poll_closed);
    login_unref(l);
}

static void link_close(struct backend_link *link)
{
    close_with(link, BACKEND_LOST);
}

/* Anything else is no word on the credential: a full disk, say, onto which an attempt cannot be written down. */
static enum backend_outcome refusal_of(struct login *l, const struct facteur_answer *answer)
{
    json_t *error = answer->error.p ? json_loadb(answer->error.p, answer->error.n, 0, NULL) : NULL;
    const char *type = json_string_value(json_object_get(json_object_get(error, "data"), "type"));
    json_int_t ms = json_integer_value(json_object_get(json_object_get(error, "data"), "retryAfterMs"));
    l->retry_s = ms > 0 && ms < 86400000 ? (unsigned)((ms + 999) / 1000) : RETRY_S;
    bool is_refused = !type || strcmp(type, "forbidden") == 0 || strcmp(type, "invalidArguments") == 0;
    enum backend_outcome out = is_refused                                                     ? BACKEND_REFUSED
                               : strcmp(type, "rateLimit") == 0 || strcmp(type, "limit") == 0 ? BACKEND_LIMITED
                                                                                              : BACKEND_DOWN;
    json_decref(error);
    return out;
}

static void keep_name(struct login *l, struct facteur_text result)
{
    json_t *token = l->name ? NULL : json_loadb(result.p, result.n, 0, NULL);
    const char *name = json_string_value(json_object_get(token, "name"));
    if (name)
        l->name = xstrdup(name);
    json_decref(token);
}

static void signed_in(void *arg, struct facteur_conn *conn, const struct facteur_reply *reply)
{
    struct backend_link *link = arg;
    (void)conn;
    if (!reply)
        return;
    if (reply->n == 1 && reply->answers[0].result.p) {
        link->is_signed_in = true;
        keep_name(link->login, reply->answers[0].result);
        return;
    }
    if (reply->n == 1 && !link->login->credential.secret) { /* refused, as it must be: a guest's from now on */
        link->is_signed_in = true;
        return;
    }
    close_with(link, reply->n == 1 ? refusal_of(link->login, &reply->answers[0]) : BACKEND_REFUSED);
}

static void answered(void *arg, struct facteur_conn *conn, const struct facteur_reply *reply)
{
    struct backend_link *link = arg;
    (void)conn;
    if (!link->is_closing)
        end_call(link, reply ? BACKEND_OK : BACKEND_LOST, reply);
}

static void noticed(void *arg, struct facteur_conn *conn, struct facteur_text method, struct facteur_text params,
                    struct facteur_text line)
{
    struct backend_link *link = arg;
    if (link->notice && !link->is_closing)
        link->notice(link->arg, conn, method, params, line);
}

static int send_credential(struct facteur_conn *conn, const struct login *l, facteur_reply_fn fn, void *arg)
{
    const struct credential *c = &l->credential;
    json_t *params = c->is_basic ? json_pack("{s:s, s:s}", "username", c->user, "password", c->secret)
                     : c->secret ? json_pack("{s:s}", "token", c->secret)
                                 : json_object();
    if (params && l->remote[0])
        json_object_set_new(params, "remote", json_string(l->remote));
    char *text = params ? json_dumps(params, JSON_COMPACT) : NULL;
    json_decref(params);
    if (!text)
        return -1;
    int result = facteur_conn_call(conn, "Session/authenticate", (struct facteur_text){text, strlen(text)}, fn, arg);
    free_secret(text);
    return result;
}

bool backend_has_core(const struct backend *b)
{
    struct facteur_conn *conn = facteur_conn_open(b->socket, NULL);
    if (!conn)
        return false;
    facteur_conn_free(conn);
    return true;
}

bool backend_wake(struct backend *b)
{
    if (backend_has_core(b))
        return true;
    if ((errno == ENOENT || errno == ECONNREFUSED) && !b->no_start &&
        (!b->started_ms || now_ms() - b->started_ms > START_AGAIN_MS)) {
        b->started_ms = now_ms();
        start_core(b->profile, b->given_socket);
    }
    return false;
}

static struct facteur_conn *open_conn(struct backend *b)
{
    struct facteur_conn *conn = facteur_conn_open(b->socket, NULL);
    if (!conn)
        backend_wake(b);
    return conn;
}

static bool is_idle(const struct backend_link *link)
{
    return !link->call && !link->lost && !link->is_closing;
}

/* Whoever asks now comes before those who may ask again. */
static void close_longest_idle(struct backend *b)
{
    struct backend_link *longest = NULL;
    for (struct login *l = b->logins; l; l = l->next)
        for (struct backend_link *link = l->links; link; link = link->next)
            if (is_idle(link) && (!longest || link->idle_since < longest->idle_since))
                longest = link;
    if (longest)
        link_close(longest);
}

static bool has_room(struct backend *b)
{
    if (b->n_links >= b->max_links)
        close_longest_idle(b);
    bool is_full = b->n_links >= b->max_links || b->n_logins > LOGINS_MAX;
    if (is_full && !b->is_full)
        log_warning("%u connections to facteurd for %u logins: no more are opened", b->n_links, b->n_logins);
    b->is_full = is_full;
    return !is_full;
}

static struct backend_link *new_link(struct login *l)
{
    struct backend *b = l->backend;
    if (b->is_stopping || !has_room(b))
        return NULL;
    struct facteur_conn *conn = open_conn(b);
    if (!conn)
        return NULL;
    struct backend_link *link = XNEW(struct backend_link);
    link->login = l;
    link->conn = conn;
    link->poll.data = link;
    if (uv_poll_init(b->loop, &link->poll, facteur_conn_fd(conn)) < 0) {
        facteur_conn_free(conn);
        free(link);
        return NULL;
    }
    link->next = l->links;
    if (link->next)
        link->next->prev = link;
    l->links = link;
    b->n_links++;
    facteur_conn_on_notice(conn, noticed, link);
    if (send_credential(conn, l, signed_in, link) < 0) {
        link_close(link);
        return NULL;
    }
    return link;
}

/* The loop may not have come to it yet. */
static bool has_hung_up(const struct backend_link *link)
{
    struct pollfd p = {.fd = facteur_conn_fd(link->conn), .events = POLLRDHUP};
    return poll(&p, 1, 0) == 1;
}

/* What was sent to one that has ended already would be lost, and nobody could say that it was not done. */
static struct backend_link *idle_link(struct login *l)
{
    struct backend_link *next;
    for (struct backend_link *link = l->links; link; link = next) {
        next = link->next;
        if (!is_idle(link) || !link->is_signed_in)
            continue;
        if (!has_hung_up(link))
            return link;
        link_close(link);
    }
    return NULL;
}

static struct backend_call *send_over(struct backend_link *link, struct facteur_text text, backend_fn fn, void *arg)
{
    if (facteur_conn_send(link->conn, text, answered, link) < 0) {
        link_close(link);
        return NULL;
    }
    struct backend_call *call = XNEW(struct backend_call);
    *call = (struct backend_call){link, fn, arg};
    link->call = call;
    /* It may be lost by now: that is told when the loop polls it, not from here. */
    if (facteur_conn_is_lost(link->conn, NULL))
        link->events = UV_READABLE, uv_poll_start(&link->poll, UV_READABLE, on_poll);
    else
        look_again(link);
    return call;
}

struct backend_call *login_send(struct login *l, struct facteur_text text, backend_fn fn, void *arg)
{
    struct backend_call *call = NULL;
    login_ref(l);
    struct backend_link *link = idle_link(l);
    if (link)
        call = send_over(link, text, fn, arg);
    if (!call && (link = new_link(l)))
        call = send_over(link, text, fn, arg);
    login_unref(l);
    return call;
}

void backend_call_cancel(struct backend_call *c)
{
    if (!c)
        return;
    struct backend_link *link = c->link;
    link->call = NULL;
    free(c);
    link_close(link); /* the daemon leaves out what nobody waits for */
}

static bool link_up(struct backend_link *link, struct facteur_text first, backend_fn fn, facteur_notice_fn notice,
                    void *arg)
{
    link->notice = notice;
    link->arg = arg;
    return send_over(link, first, fn, arg) != NULL;
}

struct backend_link *login_link(struct login *l, struct facteur_text first, backend_fn fn, facteur_notice_fn notice,
                                backend_lost_fn lost, void *arg)
{
    struct backend_link *link = idle_link(l);
    if (link && link_up(link, first, fn, notice, arg))
        return link->lost = lost, link;
    link = new_link(l);
    if (link && link_up(link, first, fn, notice, arg))
        return link->lost = lost, link;
    return NULL;
}

void backend_link_free(struct backend_link *link)
{
    if (!link || link->is_closing)
        return;
    free(link->call);
    link->call = NULL;
    link->lost = NULL;
    link->notice = NULL;
    link_close(link);
}

/* ---- all of it ---- */

static void sweep(uv_timer_t *timer)
{
    struct backend *b = timer->data;
    uint64_t now = now_ms();
    struct login *next_login;
    struct backend_link *next;
    for (struct login *l = b->logins; l; l = next_login) {
        l->refs++;
        for (struct backend_link *link = l->links; link; link = next) {
            next = link->next;
            if (is_idle(link) && now - link->idle_since > IDLE_MS)
                link_close(link);
        }
        next_login = l->next;
        login_unref(l);
    }
}

struct backend *backend_new(uv_loop_t *loop, const struct backend_options *o)
{
    struct backend *b = XNEW(struct backend);
    b->loop = loop;
    b->profile = xstrdup(o->profile);
    b->given_socket = o->socket ? xstrdup(o->socket) : NULL;
    b->socket = o->socket ? xstrdup(o->socket) : xasprintf("%s/rpc.sock", o->profile);
    b->no_start = o->no_start;
    b->max_links = o->max_links;
    if (RAND_bytes(b->salt, KEY_BYTES) != 1)
        abort();
    b->sweep = XNEW(uv_timer_t);
    b->sweep->data = b;
    uv_timer_init(loop, b->sweep);
    uv_timer_start(b->sweep, sweep, SWEEP_MS, SWEEP_MS);
    return b;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void backend_stop(struct backend *b)
{
    struct login *next;
    b->is_stopping = true;
    uv_close((uv_handle_t *)b->sweep, free_handle);
    for (struct login *l = b->logins; l; l = next) {
        login_ref(l);
        while (l->links)
            link_close(l->links);
        next = l->next;
        login_unref(l);
    }
}

void backend_free(struct backend *b)
{
    if (!b)
        return;
    free(b->profile);
    free(b->socket);
    free(b->given_socket);
    explicit_bzero(b->salt, KEY_BYTES);
    free(b);
}

struct backend_counts backend_count(const struct backend *b)
{
    struct backend_counts out = {.logins = b->n_logins, .links = b->n_links};
    for (struct login *l = b->logins; l; l = l->next)
        for (struct backend_link *link = l->links; link; link = link->next)
            out.calls += link->call != NULL;
    return out;
}

void backend_each(const struct backend *b, backend_each_fn fn, void *arg)
{
    for (const struct login *l = b->logins; l; l = l->next) {
        struct backend_client c = {.name = l->name, .remote = l->remote, .uses = l->refs};
        for (const struct backend_link *link = l->links; link; link = link->next) {
            c.calls += link->call != NULL;
            c.is_known |= link->is_signed_in && l->credential.secret;
        }
        fn(arg, &c);
    }
}
