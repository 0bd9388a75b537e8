#include "hub.h"

#include "api_bridge.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#define AGAIN_MS 50 /* at first, then doubled */
#define AGAIN_MAX_MS 1000
#define STATES_MAX 20000 /* accounts times types */

#define NAME_HALF ((HUB_STATE_SIZE - 1) / 2) /* hexadecimal digits */

struct state {
    char *account, *text;
    unsigned type;    /* its place in bridge_push_types */
    uint64_t changed; /* hub->seq when it did */
};

struct hub {
    struct login *login;
    struct hub_listener *listeners;
    struct backend_link *link; /* NULL: not connected */
    uv_timer_t *again, *down;
    unsigned again_ms;
    bool is_down; /* everybody was told */
    struct state *states;
    size_t n, cap;
    uint64_t seq;
    char name[HUB_STATE_SIZE];
};

static void connect_hub(struct hub *h);

/* ---- types ---- */

static unsigned type_from(const char *name, size_t n)
{
    unsigned t = 0;
    while (t < bridge_n_push_types && (strncmp(bridge_push_types[t], name, n) != 0 || bridge_push_types[t][n] != '\0'))
        t++;
    return t;
}

uint32_t hub_type_bit(const char *name)
{
    unsigned t = type_from(name, strlen(name));
    return t < bridge_n_push_types ? UINT32_C(1) << t : 0;
}

uint32_t hub_types_from(const char *list, size_t n)
{
    uint32_t out = 0;
    if (n == 1 && *list == '*')
        return HUB_ALL_TYPES;
    for (const char *p = list, *end = list + n; p < end;) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        size_t length = (size_t)((comma ? comma : end) - p);
        unsigned t = type_from(p, length);
        if (t < bridge_n_push_types)
            out |= UINT32_C(1) << t;
        p += length + 1;
    }
    return out;
}

/* ---- states ---- */

/* `type` is no type of JMAP's, or the account is none (what concerns the profile as a whole): false. */
static bool note_state(struct hub *h, const char *account, const char *type, const char *text)
{
    unsigned t = type_from(type, strlen(type));
    struct state *s = h->states, *end = h->states + h->n;
    if (t == bridge_n_push_types || strcmp(account, "*") == 0)
        return false;
    while (s < end && (s->type != t || strcmp(s->account, account) != 0))
        s++;
    if (s == end) {
        if (h->n == STATES_MAX)
            return false;
        if (h->n == h->cap) {
            h->cap = h->cap ? 2 * h->cap : 16;
            h->states = xrealloc(h->states, h->cap * sizeof(*h->states));
        }
        s = &h->states[h->n++];
        *s = (struct state){.account = xstrdup(account), .text = xstrdup(""), .type = t};
    }
    if (strcmp(s->text, text) == 0)
        return false;
    free(s->text);
    s->text = xstrdup(text);
    s->changed = h->seq;
    return true;
}

/* How a connection goes is another with every poll, and nothing that is asked for by state. */
static bool is_passing(const struct state *s)
{
    return strcmp(bridge_push_types[s->type], "AccountState") == 0;
}

/* The same set of states has the same name, in whatever order they came: the sum of their digests. First of all that stays, then
 * of what is passing: who comes back, and has missed only that, is told only that. */
static void name_states(struct hub *h)
{
    unsigned char sum[NAME_HALF] = {0}, digest[SHA256_DIGEST_LENGTH];
    for (size_t i = 0; i < h->n; i++) {
        struct buf text = {0};
        unsigned char *half = sum + (is_passing(&h->states[i]) ? NAME_HALF / 2 : 0);
        buf_addf(&text, "%s %s %s", h->states[i].account, bridge_push_types[h->states[i].type], h->states[i].text);
        SHA256((const unsigned char *)text.p, text.n, digest);
        buf_done(&text);
        for (size_t k = 0; k < NAME_HALF / 2; k++)
            half[k] = (unsigned char)(half[k] + digest[k]);
    }
    for (size_t k = 0; k < sizeof(sum); k++)
        snprintf(h->name + 2 * k, 3, "%02x", sum[k]);
}

/* What `l` has seen is not told again. */
static void resume(struct hub *h, struct hub_listener *l, const char *known)
{
    bool is_same = known && known[0] && h->name[0] && strncmp(known, h->name, NAME_HALF) == 0;
    l->told = is_same ? h->seq : 0;
    l->lacks_passing = is_same && strcmp(known, h->name) != 0;
}

/* The state of the list of accounts, of each of them: each has a state of the first type. */
static bool note_list(struct hub *h, const json_t *of_list)
{
    static const char type[] = "Account";
    const char *text = json_string_value(json_object_get(of_list, type));
    size_t n = h->n;
    bool is_new = false;
    for (size_t i = 0; text && i < n; i++)
        if (h->states[i].type == 0 && note_state(h, h->states[i].account, type, text))
            is_new = true;
    return is_new;
}

static bool note_changed(struct hub *h, const json_t *changed)
{
    const char *account, *type;
    json_t *types, *state;
    bool is_new = false;
    h->seq++;
    json_object_foreach((json_t *)changed, account, types)
    {
        json_object_foreach(types, type, state)
        {
            if (json_is_string(state) && note_state(h, account, type, json_string_value(state)))
                is_new = true;
        }
    }
    if (note_list(h, json_object_get(changed, "*")))
        is_new = true;
    if (is_new)
        name_states(h);
    return is_new;
}

static void forget_states(struct hub *h)
{
    for (size_t i = 0; i < h->n; i++) {
        free(h->states[i].account);
        free(h->states[i].text);
    }
    h->n = 0;
}

/* ---- telling ---- */

static struct hub_listener *detach(struct hub_listener *l)
{
    *(l->prev ? &l->prev->next : &l->hub->listeners) = l->next;
    if (l->next)
        l->next->prev = l->prev;
    l->hub = NULL;
    l->prev = l->next = NULL;
    return l;
}

/* A listener that is told only asks to be written to: none of them leaves here. */
static void tell_all(struct hub *h)
{
    for (struct hub_listener *l = h->listeners; l; l = l->next)
        l->news(l->arg);
}

static void on_down(uv_timer_t *timer)
{
    struct hub *h = timer->data;
    h->is_down = true;
    for (struct hub_listener *l = h->listeners; l; l = l->next)
        l->down(l->arg);
}

/* It may be back before anybody has noticed. */
static void miss_core(struct hub *h)
{
    if (!h->is_down && !uv_is_active((uv_handle_t *)h->down))
        uv_timer_start(h->down, on_down, HUB_DOWN_MS, 0);
}

static void have_core(struct hub *h)
{
    uv_timer_stop(h->down);
    h->is_down = false;
}

static void refuse_all(struct hub *h, enum backend_outcome why)
{
    struct login *login = login_ref(h->login);
    while (h->listeners) {
        struct hub_listener *l = detach(h->listeners);
        login_unref(login);
        l->refused(l->arg, why);
    }
    login_unref(login);
}

static void on_notice(void *arg, struct facteur_conn *conn, struct facteur_text method, struct facteur_text params,
                      struct facteur_text line)
{
    struct hub *h = arg;
    static const char name[] = "StateChange";
    (void)conn, (void)line;
    if (method.n != sizeof(name) - 1 || memcmp(method.p, name, method.n) != 0)
        return;
    json_t *o = json_loadb(params.p, params.n, 0, NULL);
    if (note_changed(h, json_object_get(o, "changed")))
        tell_all(h);
    json_decref(o);
}

/* Those who are new have joined with told == 0: they are told the present states, unless they knew them. */
static void on_subscribed(void *arg, enum backend_outcome outcome, const struct facteur_reply *reply,
                          struct facteur_conn *conn)
{
    struct hub *h = arg;
    (void)conn;
    if (outcome != BACKEND_OK || reply->n != 1 || !reply->answers[0].result.p)
        return; /* on_lost follows; or, where it may not subscribe, silence */
    h->again_ms = AGAIN_MS;
    have_core(h);
    json_t *o = json_loadb(reply->answers[0].result.p, reply->answers[0].result.n, 0, NULL);
    forget_states(h); /* accounts may have gone meanwhile */
    note_changed(h, json_object_get(o, "changed"));
    json_decref(o);
    for (struct hub_listener *l = h->listeners; l; l = l->next) {
        if (l->known[0])
            resume(h, l, l->known);
        l->known[0] = '\0';
    }
    tell_all(h);
}

static void on_again(uv_timer_t *timer)
{
    struct hub *h = timer->data;
    if (!h->link && h->listeners)
        connect_hub(h);
}

static void try_again(struct hub *h)
{
    miss_core(h);
    uv_timer_start(h->again, on_again, h->again_ms, 0);
    h->again_ms = 2 * h->again_ms < AGAIN_MAX_MS ? 2 * h->again_ms : AGAIN_MAX_MS;
}

static void on_lost(void *arg, enum backend_outcome why)
{
    struct hub *h = arg;
    h->link = NULL;
    if (why == BACKEND_REFUSED)
        refuse_all(h, why);
    else if (h->listeners)
        try_again(h);
}

static void connect_hub(struct hub *h)
{
    json_t *types = json_array();
    for (size_t i = 0; i < bridge_n_push_types; i++)
        json_array_append_new(types, json_string(bridge_push_types[i]));
    json_t *call = json_pack("{s:s, s:i, s:s, s:{s:o}}", "jsonrpc", "2.0", "id", 1, "method", "Push/subscribe",
                             "params", "types", types);
    char *text = json_dumps(call, JSON_COMPACT);
    json_decref(call);
    h->link = login_link(h->login, (struct facteur_text){text, strlen(text)}, on_subscribed, on_notice, on_lost, h);
    free(text);
    if (!h->link)
        try_again(h);
}

/* ---- joining and leaving ---- */

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void free_hub(void *arg)
{
    struct hub *h = arg;
    if (!h)
        return;
    backend_link_free(h->link);
    forget_states(h);
    free(h->states);
    uv_close((uv_handle_t *)h->again, free_handle);
    uv_close((uv_handle_t *)h->down, free_handle);
    free(h);
}

static uv_timer_t *new_timer(struct hub *h)
{
    uv_timer_t *timer = XNEW(uv_timer_t);
    timer->data = h;
    uv_timer_init(login_loop(h->login), timer);
    return timer;
}

static struct hub *hub_of(struct login *login)
{
    void **place = login_hub(login, free_hub);
    if (*place)
        return *place;
    struct hub *h = XNEW(struct hub);
    h->login = login;
    h->again_ms = AGAIN_MS;
    h->again = new_timer(h);
    h->down = new_timer(h);
    *place = h;
    return h;
}

void hub_join(struct login *login, struct hub_listener *l, const char *known)
{
    struct hub *h = hub_of(login_ref(login));
    l->hub = h;
    l->prev = NULL;
    l->next = h->listeners;
    if (l->next)
        l->next->prev = l;
    h->listeners = l;
    snprintf(l->known, sizeof(l->known), "%s", known && !h->name[0] ? known : "");
    resume(h, l, known);
    if (!h->link)
        connect_hub(h);
    if (h->is_down)
        l->down(l->arg);
}

void hub_leave(struct hub_listener *l)
{
    struct hub *h = l->hub;
    if (!h)
        return;
    detach(l);
    if (!h->listeners) { /* nobody listens: nobody need be told */
        backend_link_free(h->link);
        h->link = NULL;
        uv_timer_stop(h->again);
        have_core(h);
        forget_states(h);
        h->name[0] = '\0';
    }
    login_unref(h->login);
}

bool hub_changes(struct hub_listener *l, struct buf *out)
{
    struct hub *h = l->hub;
    json_t *changed = json_object();
    if (!h) {
        json_decref(changed);
        return false;
    }
    for (size_t i = 0; i < h->n; i++) {
        struct state *s = &h->states[i];
        bool is_known = s->changed <= l->told && !(l->lacks_passing && is_passing(s));
        if (is_known || !(l->types & UINT32_C(1) << s->type))
            continue;
        json_t *types = json_object_get(changed, s->account);
        if (!types)
            json_object_set_new(changed, s->account, types = json_object());
        json_object_set_new(types, bridge_push_types[s->type], json_string(s->text));
    }
    l->told = h->seq;
    l->lacks_passing = false;
    bool is_some = json_object_size(changed) > 0;
    char *text = is_some ? json_dumps(changed, JSON_COMPACT) : NULL;
    if (text)
        buf_add_str(out, text);
    free(text);
    json_decref(changed);
    return is_some;
}

const char *hub_state(const struct hub_listener *l)
{
    return l->hub ? l->hub->name : "";
}
