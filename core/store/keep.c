#include "store/keep.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/db.h"

#include <stdlib.h>

#define DAY INT64_C(86400)

/* ---- one policy ---- */

static int fail(struct fct_error *err, const char *why)
{
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "keep: %s", why);
}

static int parse_days(const json_t *v, struct keep_policy *p, struct fct_error *err)
{
    const json_t *days = json_object_get(v, "days");

    if (json_object_size(v) != 1 || !json_is_integer(days) || json_integer_value(days) < 1 ||
        json_integer_value(days) > KEEP_DAYS_MAX)
        return fail(err, "bodies: must be \"all\", \"none\" or {\"days\": 1 to 36500}");
    p->days = json_integer_value(days);
    return 0;
}

static int parse_bodies(const json_t *v, struct keep_policy *p, struct fct_error *err)
{
    const char *word = json_string_value(v);

    if (!v || (word && strcmp(word, "all") == 0))
        return 0;
    if (!word || strcmp(word, "none") != 0)
        return parse_days(v, p, err);
    p->days = 0;
    return 0;
}

static int parse_max(const json_t *v, struct keep_policy *p, struct fct_error *err)
{
    if (!v || json_is_null(v))
        return 0;
    if (!json_is_integer(v) || json_integer_value(v) < 1 || json_integer_value(v) > KEEP_BYTES_MAX)
        return fail(err, "maxBytes must be a number of bytes, or null");
    p->max_bytes = json_integer_value(v);
    return 0;
}

int keep_parse(const json_t *v, struct keep_policy *out, struct fct_error *err)
{
    struct keep_policy p = {.days = KEEP_ALL_DAYS};
    const char *name;
    json_t *ignored;

    if (v && !json_is_null(v) && !json_is_object(v))
        return fail(err, "must be an object: {\"bodies\": ..., \"maxBytes\": ...}");
    json_object_foreach((json_t *)v, name, ignored)
    {
        if (strcmp(name, "bodies") != 0 && strcmp(name, "maxBytes") != 0)
            return fail(err, "there is only bodies and maxBytes");
    }
    if (parse_bodies(json_object_get(v, "bodies"), &p, err) < 0 ||
        parse_max(json_object_get(v, "maxBytes"), &p, err) < 0)
        return -1;
    *out = p;
    return 0;
}

bool keep_wants(const struct keep_policy *p, int64_t now, int64_t received_at, uint64_t size)
{
    if (p->max_bytes > 0 && size > (uint64_t)p->max_bytes)
        return false;
    return p->days == KEEP_ALL_DAYS || (p->days > 0 && received_at >= now - p->days * DAY);
}

/* ---- those of an account ---- */

static struct keep_policy parse_stored(const char *text, const char *member)
{
    struct keep_policy p = {.days = KEEP_ALL_DAYS};
    json_auto_t *v = text ? json_loads(text, 0, NULL) : NULL;
    struct fct_error ignored;

    if (keep_parse(member ? json_object_get(v, member) : v, &p, &ignored) < 0)
        p = (struct keep_policy){.days = KEEP_ALL_DAYS};
    return p;
}

static int load_account(struct store_tx *tx, int64_t account_id, struct keep_rules *r, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT settings FROM account WHERE id = ?1");

    sqlite3_bind_int64(q, 1, account_id);
    int has_row = store_step(tx, q, err);
    r->account = parse_stored(has_row > 0 ? store_text_or_null(q, 0) : NULL, "keep");
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static int load_overrides(struct store_tx *tx, int64_t account_id, struct keep_rules *r, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT id, keep FROM mailbox WHERE account_id = ?1 AND keep IS NOT NULL ORDER BY id");
    size_t cap = 0;
    int has_row;

    sqlite3_bind_int64(q, 1, account_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        if (r->n == cap) {
            cap = cap ? 2 * cap : 8;
            r->v = xreallocarray(r->v, cap, sizeof(*r->v));
        }
        r->v[r->n++] = (struct keep_override){sqlite3_column_int64(q, 0), parse_stored(store_text(q, 1), NULL)};
    }
    return has_row;
}

int keep_rules_load(struct store_tx *tx, int64_t account_id, struct keep_rules *out, struct fct_error *err)
{
    CLEANUP(keep_rules_done) struct keep_rules r = {0};

    if (load_account(tx, account_id, &r, err) < 0 || load_overrides(tx, account_id, &r, err) < 0)
        return -1;
    *out = r;
    r = (struct keep_rules){0};
    return 0;
}

void keep_rules_done(struct keep_rules *r)
{
    free(r->v);
    *r = (struct keep_rules){0};
}

static int by_mailbox(const void *key, const void *member)
{
    const int64_t *id = key;
    const struct keep_override *o = member;

    return (*id > o->mailbox_id) - (*id < o->mailbox_id);
}

const struct keep_policy *keep_rules_of(const struct keep_rules *r, int64_t mailbox_id)
{
    const struct keep_override *o = r->n ? bsearch(&mailbox_id, r->v, r->n, sizeof(*r->v), by_mailbox) : NULL;

    return o ? &o->policy : &r->account;
}

bool keep_rules_are_all(const struct keep_rules *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (!keep_is_all(&r->v[i].policy))
            return false;
    }
    return keep_is_all(&r->account);
}

/* ---- a mailbox's own ---- */

int store_mailbox_set_keep(struct store_tx *tx, int64_t id, const json_t *keep, bool *out_changed,
                           struct fct_error *err)
{
    bool has_own = keep && !json_is_null(keep);
    CLEANUP(freep) char *text = has_own ? json_dumps(keep, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    struct keep_policy ignored;

    if (out_changed)
        *out_changed = false;
    if (keep_parse(keep, &ignored, err) < 0)
        return -1;
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id, keep IS ?2 FROM mailbox WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    bind_text(q, 2, text);
    int has_row = store_step(tx, q, err);
    int64_t account_id = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    bool is_same = has_row > 0 && sqlite3_column_int(q, 1);
    store_reset(q);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no such mailbox");
    if (is_same)
        return 0;
    if (out_changed)
        *out_changed = true;
    q = store_stmt(tx, "UPDATE mailbox SET keep = ?2, updated_modseq = ?3, props_modseq = ?3 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    bind_text(q, 2, text);
    sqlite3_bind_int64(q, 3, store_tx_bump(tx, account_id, STORE_MAILBOX));
    return store_run_one(tx, q, err);
}
