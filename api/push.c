#include "push.h"

#include "account/task.h"
#include "access.h"
#include "async/wait.h"
#include "base/alloc.h"
#include "grants.h"
#include "session.h"
#include "store/ids.h"
#include "view.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#define TELL_EVERY_MS 30
#define ACCOUNT_EVERY_MS 1000 /* of one account's syncState, in StateChange */
#define TELL_AT_ONCE 100 /* clients: then the loop has a turn */
#define TURN_MS 1

struct id_set {
    int64_t *v;
    size_t n;
};

struct news {
    int64_t account_id;
    const char *type;
    int64_t state;
};

/* How an account is doing. */
struct doing {
    int64_t account_id, state;
    uint64_t told_ms;
    bool is_due; /* it is another one since */
};

struct push_client {
    struct push *push;
    struct push_client *prev, *next;
    struct session *session;
    unsigned types;
    bool all_accounts;
    struct id_set accounts; /* unless all */
    struct news *news;
    size_t n_news;
    struct id_set states, tasks;
    uint64_t told_ms;
};

struct push {
    struct uv_loop_s *loop;
    struct tasks *tasks;
    const struct grants *grants;
    struct push_client *clients;
    struct push_client *to_tell; /* the next whose turn it is in a round */
    uv_timer_t *timer;           /* freed in its close callback */
    uint64_t due_ms;             /* when a round of telling shall begin; 0: nobody has news */
    bool in_round;               /* one goes on when the timer fires next */
    struct doing *doing;         /* of the accounts of which something was heard */
    size_t n_doing;
    int64_t first_state, state;  /* of whom nothing was heard; the newest. First the time in microseconds: more than
                                  * in any run before */
    uv_timer_t *doing_timer;     /* freed in its close callback */
};

/* ---- names ---- */

static const char *const store_type_names[STORE_N_TYPES] = {
    [STORE_ACCOUNT] = "Account",
    [STORE_MAILBOX] = "Mailbox",
    [STORE_THREAD] = "Thread",
    [STORE_EMAIL] = "Email",
    [STORE_EMAIL_DELIVERY] = "EmailDelivery",
    [STORE_UNDO] = "Undo",
    [STORE_IDENTITY] = "Identity",
    [STORE_SUBMISSION] = "EmailSubmission",
    [STORE_VACATION] = "VacationResponse",
    [STORE_QUOTA] = "Quota",
    [STORE_RULE] = "Rule",
    [STORE_TOKEN] = "Token",
};

const char *push_store_type_name(enum store_type type)
{
    return store_type_names[type];
}

unsigned push_type_bit(const char *name)
{
    for (unsigned t = 1; t < STORE_N_TYPES; t++)
        if (strcmp(store_type_names[t], name) == 0)
            return 1u << t;
    if (strcmp(name, PUSH_ACCOUNT_STATE_NAME) == 0)
        return PUSH_ACCOUNT_STATE;
    return strcmp(name, "Task") == 0 ? PUSH_TASK : 0;
}

/* ---- small sets ---- */

static bool set_has(const struct id_set *s, int64_t id)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i] == id)
            return true;
    return false;
}

static void set_add(struct id_set *s, int64_t id)
{
    if (set_has(s, id))
        return;
    s->v = xreallocarray(s->v, s->n + 1, sizeof(*s->v));
    s->v[s->n++] = id;
}

static int64_t set_take_first(struct id_set *s)
{
    int64_t id = s->v[0];
    memmove(s->v, s->v + 1, --s->n * sizeof(*s->v));
    return id;
}

static void set_clear(struct id_set *s)
{
    free(s->v);
    *s = (struct id_set){0};
}

/* ---- clients ---- */

struct push_client *push_client_new(struct push *p, struct session *session)
{
    struct push_client *c = XNEW(struct push_client);
    c->push = p;
    c->session = session;
    c->next = p->clients;
    if (c->next)
        c->next->prev = c;
    p->clients = c;
    return c;
}

static void forget_news(struct push_client *c)
{
    free(c->news);
    c->news = NULL;
    c->n_news = 0;
    set_clear(&c->states);
    set_clear(&c->tasks);
}

void push_client_free(struct push_client *c)
{
    if (!c)
        return;
    *(c->prev ? &c->prev->next : &c->push->clients) = c->next;
    if (c->next)
        c->next->prev = c->prev;
    if (c->push->to_tell == c)
        c->push->to_tell = c->next;
    forget_news(c);
    set_clear(&c->accounts);
    free(c);
}

void push_subscribe(struct push_client *c, unsigned types, const int64_t *accounts, size_t n)
{
    forget_news(c);
    set_clear(&c->accounts);
    c->types = types;
    c->all_accounts = !accounts;
    for (size_t i = 0; i < n; i++)
        set_add(&c->accounts, accounts[i]);
}

static bool wants(const struct push_client *c, unsigned bit, int64_t account_id)
{
    return (c->types & bit) && access_has_account(session_access(c->session), account_id) &&
           (c->all_accounts || set_has(&c->accounts, account_id));
}

/* The list of accounts changed: of that account, or (0) of one that is not said. Who does not see all of them hears of
 * its own. The tokens are the business of those who may make some. */
static bool wants_list(const struct push_client *c, const struct store_change *change)
{
    const struct access *a = session_access(c->session);
    bool is_whole = !a || a->all_accounts;
    if (!(c->types & (1u << change->type)))
        return false;
    if (change->type == STORE_TOKEN)
        return is_whole && access_holds(a, API_SCOPE_ADMIN);
    return is_whole ? change->account_id == 0 : change->account_id && access_has_account(a, change->account_id);
}

static bool is_of_list(const struct store_change *change)
{
    return change->type == STORE_ACCOUNT || change->account_id == 0;
}

static bool has_news(const struct push_client *c)
{
    return c->n_news || c->states.n || c->tasks.n;
}

/* ---- telling ---- */

/* A part of a round: a thousand clients are told within some milliseconds, and not in one of the loop's. A session that
 * is told may close another, which takes its client out of the list. */
static void on_timer(uv_timer_t *timer)
{
    struct push *p = timer->data;
    struct push_client *c;
    if (!p->in_round) {
        p->due_ms = 0;
        p->to_tell = p->clients;
    }
    for (unsigned n = 0; (c = p->to_tell) && n < TELL_AT_ONCE;) {
        p->to_tell = c->next;
        if (has_news(c)) {
            session_pump(c->session);
            n++;
        }
    }
    uint64_t now = wait_now_ms();
    p->in_round = p->to_tell != NULL;
    if (p->in_round)
        uv_timer_start(timer, on_timer, TURN_MS, 0);
    else if (p->due_ms) /* for news that came meanwhile */
        uv_timer_start(timer, on_timer, p->due_ms > now ? p->due_ms - now : 0, 0);
}

/* Not at once: the session may be in the middle of something, and what comes in the same turn is told together. */
static void tell_soon(struct push_client *c)
{
    struct push *p = c->push;
    uint64_t now = wait_now_ms(), since = now - c->told_ms;
    uint64_t pause = since >= TELL_EVERY_MS ? 0 : TELL_EVERY_MS - since;
    if (p->due_ms && p->due_ms <= now + pause)
        return;
    p->due_ms = now + pause;
    if (!p->in_round)
        uv_timer_start(p->timer, on_timer, pause, 0);
}

static void write_notification(struct buf *out, const char *method, json_t *params)
{
    json_t *note = json_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method", method, "params", params);
    char *text = json_dumps(note, JSON_COMPACT);
    json_decref(note);
    buf_add_str(out, text);
    free(text);
}

static void write_state_change(struct push_client *c, struct buf *out)
{
    json_t *changed = json_object();
    for (size_t i = 0; i < c->n_news; i++) {
        char account[ID_SIZE] = "*", state[STATE_SIZE];
        if (c->news[i].account_id)
            id_format(ID_ACCOUNT, c->news[i].account_id, account);
        if (!json_object_get(changed, account))
            json_object_set_new(changed, account, json_object());
        json_object_set_new(json_object_get(changed, account), c->news[i].type,
                            json_string(state_format(c->news[i].state, state)));
    }
    free(c->news);
    c->news = NULL;
    c->n_news = 0;
    write_notification(out, "StateChange", json_pack("{s:o}", "changed", changed));
}

static void write_account_states(struct push_client *c, struct buf *out)
{
    json_t *ids = json_array();
    for (size_t i = 0; i < c->states.n; i++) {
        char id[ID_SIZE];
        json_array_append_new(ids, json_string(id_format(ID_ACCOUNT, c->states.v[i], id)));
    }
    set_clear(&c->states);
    write_notification(out, "AccountState", json_pack("{s:o}", "accountIds", ids));
}

/* False: the task is forgotten already. */
static bool write_task(struct push_client *c, struct buf *out)
{
    json_t *task = c->push->tasks ? view_task(task_json(c->push->tasks, set_take_first(&c->tasks))) : NULL;
    if (task)
        write_notification(out, "Task/progress", json_pack("{s:o}", "task", task));
    return task != NULL;
}

bool push_next(struct push_client *c, struct buf *out)
{
    uint64_t now = wait_now_ms();
    if (!has_news(c))
        return false;
    /* All kinds of news of one moment go together: the pause is before the first. */
    if (now != c->told_ms && now - c->told_ms < TELL_EVERY_MS) {
        tell_soon(c);
        return false;
    }
    c->told_ms = now;
    if (c->n_news) {
        write_state_change(c, out);
        return true;
    }
    if (c->states.n) {
        write_account_states(c, out);
        return true;
    }
    while (c->tasks.n)
        if (write_task(c, out))
            return true;
    return false;
}

/* ---- news ---- */

/* `type` is one of the names here: they are the same where their addresses are. */
static void add_news(struct push_client *c, int64_t account_id, const char *type, int64_t state)
{
    for (size_t i = 0; i < c->n_news; i++)
        if (c->news[i].account_id == account_id && c->news[i].type == type) {
            if (state > c->news[i].state)
                c->news[i].state = state;
            return;
        }
    c->news = xreallocarray(c->news, c->n_news + 1, sizeof(*c->news));
    c->news[c->n_news++] = (struct news){account_id, type, state};
}

void push_store_changed(struct push *p, const struct store_change *changes, size_t n)
{
    for (struct push_client *c = p->clients; c; c = c->next) {
        for (size_t i = 0; i < n; i++)
            if (is_of_list(&changes[i]) ? wants_list(c, &changes[i])
                                        : wants(c, 1u << changes[i].type, changes[i].account_id))
                add_news(c, is_of_list(&changes[i]) ? 0 : changes[i].account_id, push_store_type_name(changes[i].type),
                         changes[i].modseq);
        if (c->n_news)
            tell_soon(c);
    }
}

static struct doing *doing_of(const struct push *p, int64_t account_id)
{
    for (size_t i = 0; i < p->n_doing; i++)
        if (p->doing[i].account_id == account_id)
            return &p->doing[i];
    return NULL;
}

int64_t push_account_state_now(const struct push *p, int64_t account_id)
{
    const struct doing *d = doing_of(p, account_id);
    return d ? d->state : p->first_state;
}

static void tell_doing(struct push *p, struct doing *d, uint64_t now)
{
    static const char name[] = PUSH_ACCOUNT_STATE_NAME;
    d->is_due = false;
    d->told_ms = now;
    for (struct push_client *c = p->clients; c; c = c->next)
        if (wants(c, PUSH_ACCOUNT_STATE, d->account_id)) {
            add_news(c, d->account_id, name, d->state);
            tell_soon(c);
        }
}

static void on_doing_timer(uv_timer_t *timer);

/* Those whose time it is; the timer is for the first of the others. */
static void tell_all_doing(struct push *p)
{
    uint64_t now = wait_now_ms(), pause = 0;
    for (size_t i = 0; i < p->n_doing; i++) {
        struct doing *d = &p->doing[i];
        uint64_t since = d->told_ms ? now - d->told_ms : ACCOUNT_EVERY_MS;
        if (d->is_due && since >= ACCOUNT_EVERY_MS)
            tell_doing(p, d, now);
        else if (d->is_due && (pause == 0 || ACCOUNT_EVERY_MS - since < pause))
            pause = ACCOUNT_EVERY_MS - since;
    }
    if (pause)
        uv_timer_start(p->doing_timer, on_doing_timer, pause, 0);
}

static void on_doing_timer(uv_timer_t *timer)
{
    tell_all_doing(timer->data);
}

void push_account_state(struct push *p, int64_t account_id)
{
    struct doing *d = doing_of(p, account_id);
    if (!d) {
        p->doing = xreallocarray(p->doing, p->n_doing + 1, sizeof(*p->doing));
        d = &p->doing[p->n_doing++];
        *d = (struct doing){.account_id = account_id};
    }
    d->state = ++p->state;
    d->is_due = true;
    tell_all_doing(p);
    for (struct push_client *c = p->clients; c; c = c->next)
        if (wants(c, PUSH_ACCOUNT_STATE, account_id)) {
            set_add(&c->states, account_id);
            tell_soon(c);
        }
}

void push_task(struct push *p, int64_t task_id)
{
    for (struct push_client *c = p->clients; c; c = c->next)
        if ((c->types & PUSH_TASK) && (!p->grants || grants_have(p->grants, session_access(c->session), task_id))) {
            set_add(&c->tasks, task_id);
            tell_soon(c);
        }
}

/* ---- all of it ---- */

static uv_timer_t *new_timer(struct push *p)
{
    uv_timer_t *timer = XNEW(uv_timer_t);
    uv_timer_init(p->loop, timer);
    timer->data = p;
    return timer;
}

struct push *push_new(struct uv_loop_s *loop)
{
    struct push *p = XNEW(struct push);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    p->loop = loop;
    p->timer = new_timer(p);
    p->doing_timer = new_timer(p);
    p->first_state = p->state = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    return p;
}

void push_set_tasks(struct push *p, struct tasks *tasks, const struct grants *grants)
{
    p->tasks = tasks;
    p->grants = grants;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void push_free(struct push *p)
{
    if (!p)
        return;
    uv_close((uv_handle_t *)p->timer, free_handle);
    uv_close((uv_handle_t *)p->doing_timer, free_handle);
    free(p->doing);
    free(p);
}
