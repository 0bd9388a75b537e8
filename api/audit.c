#include "audit.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/crypto.h"
#include "base/log.h"
#include "store/ids.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FLUSH_AFTER_MS 100
#define WAITING_MAX 1000 /* outcomes; beyond, a call waits until they are written */
#define ID_CHARS_MAX 80

struct waiting {
    struct store_audit *v;
    size_t n, cap;
};

struct audit {
    struct uv_loop_s *loop;
    const struct api_runner *runner;
    int64_t nonce;
    struct waiting waiting;
    struct fiber *flusher; /* NULL: nothing waits */
};

struct audit *audit_new(struct uv_loop_s *loop, const struct api_runner *runner)
{
    struct audit *l = XNEW(struct audit);
    l->loop = loop;
    l->runner = runner;
    crypto_random((unsigned char *)&l->nonce, sizeof(l->nonce));
    l->nonce &= INT64_MAX >> 1;
    return l;
}

static void waiting_done(struct waiting *w)
{
    store_audit_list_free(w->v, w->n);
    *w = (struct waiting){0};
}

void audit_entry_done(struct audit_entry *e)
{
    store_audit_done(&e->row);
    *e = (struct audit_entry){0};
}

/* ---- ids ---- */

/* RFC 8620 section 1.2; anything else is what a client made up. */
static bool is_id(const char *s)
{
    static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t n = strspn(s, chars);
    return n > 0 && n <= ID_CHARS_MAX && !s[n];
}

struct named {
    json_t *list;
    int64_t n;
    const json_t *ids;
};

static void name(struct named *to, const char *id)
{
    if (id && id[0] == '#')
        id = json_string_value(json_object_get(to->ids, id + 1));
    if (!id || !is_id(id))
        return;
    to->n++;
    if (json_array_size(to->list) < AUDIT_IDS_MAX)
        json_array_append_new(to->list, json_string(id));
}

static void name_keys(struct named *to, const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) name(to, key);
}

static void name_items(struct named *to, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        name(to, json_string_value(json_array_get(list, i)));
}

static void name_member(struct named *to, const json_t *object, const char *member)
{
    name(to, json_string_value(json_object_get(object, member)));
}

/* What the call speaks of, before it is known what comes of it. */
static void name_asked(struct named *to, const json_t *params)
{
    name_keys(to, json_object_get(params, "update"));
    name_items(to, json_object_get(params, "destroy"));
    name_items(to, json_object_get(params, "accountIds"));
    name_member(to, params, "id");
    name_member(to, params, "emailId");
}

static void name_changed(struct named *to, const json_t *result)
{
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(result, "created"), key, value) name_member(to, value, "id");
    name_keys(to, json_object_get(result, "updated"));
    name_items(to, json_object_get(result, "destroyed"));
    name_items(to, json_object_get(result, "undone"));
    name_keys(to, json_object_get(result, "sent"));
    name_keys(to, json_object_get(result, "copied"));
    name_member(to, result, "id");
    name_member(to, result, "taskId");
    name_member(to, result, "blobId");
    name_member(to, json_object_get(result, "email"), "id");
}

static void keep_named(struct store_audit *row, struct named *from)
{
    free(row->ids);
    row->ids = json_dumps(from->list, JSON_COMPACT);
    row->n_ids = from->n;
    json_decref(from->list);
}

/* ---- an entry ---- */

void audit_begin(struct audit *l, struct audit_entry *e, const struct access *a, const struct api_method *m,
                 const json_t *params)
{
    struct named asked = {.list = json_array()};
    const char *account = json_string_value(json_object_get(params, "accountId"));
    int64_t account_id;
    name_asked(&asked, params);
    e->is_on = true;
    e->row = (struct store_audit){.at = (int64_t)time(NULL),
                                  .nonce = ++l->nonce,
                                  .token_id = a->token_id,
                                  .token_name = xstrdup(a->name),
                                  .method = xstrdup(m->name),
                                  .remote = a->remote ? xstrdup(a->remote) : NULL};
    if (account && id_parse(ID_ACCOUNT, account, &account_id) && access_has_account(a, account_id))
        e->row.account_id = account_id;
    keep_named(&e->row, &asked);
}

void audit_note(const struct api_call *call, struct store_tx *tx)
{
    struct fct_error err = {0};
    struct audit_entry *e = call->audit;
    if (!e || !e->is_on || e->is_noted)
        return;
    e->is_noted = true;
    if (store_audit_add(tx, &e->row, &err) < 0)
        log_warn("access", "the audit log could not be written: %s", err.message);
}

static const char *first_problem(const json_t *result)
{
    static const char *const maps[] = {"notCreated", "notUpdated", "notDestroyed", "notSent", "notCopied"};
    const char *key;
    json_t *value;
    for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++)
        json_object_foreach(json_object_get(result, maps[i]), key,
                            value) return json_string_value(json_object_get(value, "type"));
    return NULL;
}

/* ---- writing ---- */

static int write_waiting(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct waiting *w = arg;
    for (size_t i = 0; i < w->n; i++)
        if (store_audit_end(tx, &w->v[i], err) < 0)
            return -1;
    return 0;
}

int audit_flush(struct audit *l, struct fct_error *err)
{
    CLEANUP(waiting_done) struct waiting now = l->waiting;
    l->waiting = (struct waiting){0};
    return now.n ? l->runner->write(l->runner->ctx, write_waiting, &now, err) : 0;
}

static void flush_or_log(struct audit *l)
{
    struct fct_error err = {0};
    if (audit_flush(l, &err) < 0)
        log_warn("access", "the audit log could not be written: %s", err.message);
}

static int flush_soon(void *arg)
{
    struct audit *l = arg;
    wait_sleep(FLUSH_AFTER_MS, NULL);
    fiber_unref(TAKE(l->flusher));
    flush_or_log(l);
    return 0;
}

void audit_end(struct audit *l, struct audit_entry *e, const json_t *result, const json_t *error, const json_t *ids)
{
    struct named changed = {.list = json_array(), .ids = ids};
    const char *type = json_string_value(json_object_get(json_object_get(error, "data"), "type"));
    struct waiting *w = &l->waiting;
    name_changed(&changed, result);
    bool is_done = !error && (changed.n > 0 || !first_problem(result));
    e->row.outcome = xstrdup(is_done ? "done" : error ? (type ? type : "error") : first_problem(result));
    e->row.is_refused = !is_done;
    if (is_done)
        keep_named(&e->row, &changed);
    else
        json_decref(changed.list);
    bool must_wait = (is_done && !e->is_noted) || w->n >= WAITING_MAX;
    if (w->n == w->cap) {
        w->cap = w->cap ? 2 * w->cap : 16;
        w->v = xreallocarray(w->v, w->cap, sizeof(*w->v));
    }
    w->v[w->n++] = e->row;
    *e = (struct audit_entry){0};
    if (must_wait)
        flush_or_log(l);
    else if (!l->flusher)
        l->flusher = fiber_spawn(l->loop, "audit log", flush_soon, l);
}

void audit_free(struct audit *l)
{
    if (!l)
        return;
    if (l->flusher) {
        struct fiber *f = fiber_ref(l->flusher);
        fiber_cancel(f);
        fiber_join(f);
        fiber_unref(f);
    }
    flush_or_log(l);
    free(l);
}
