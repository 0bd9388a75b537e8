#include "store/correspondents.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/correspondent_rows.h"
#include "store/db.h"
#include "store/email_state.h"
#include "store/identities.h"
#include "store/threads.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What is known while a change is under way. */
struct correspondents {
    struct correspondents_roles roles;
    struct threads_key key;
    int64_t now;
    int64_t counted_from; /* Emails below are counted later */
    char **own;           /* the addresses of the account's identities */
    size_t n_own;
    struct correspondent_uses uses;
};

void correspondents_free(struct correspondents *p)
{
    if (!p)
        return;
    correspondent_uses_done(&p->uses);
    for (size_t i = 0; i < p->n_own; i++)
        free(p->own[i]);
    free(p->own);
    free(p);
}

int correspondents_roles_load(struct store_tx *tx, int64_t account_id, struct correspondents_roles *out,
                              struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT role, id FROM mailbox WHERE account_id = ?1 AND role > 0 AND role IN (?2, ?3, ?4)");
    int has_row;

    *out = (struct correspondents_roles){0};
    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int(q, 2, FCT_ROLE_SENT);
    sqlite3_bind_int(q, 3, FCT_ROLE_JUNK);
    sqlite3_bind_int(q, 4, FCT_ROLE_DRAFTS);
    while ((has_row = store_step(tx, q, err)) > 0) {
        int role = sqlite3_column_int(q, 0);
        int64_t *id = role == FCT_ROLE_SENT ? &out->sent : role == FCT_ROLE_JUNK ? &out->junk : &out->drafts;
        *id = sqlite3_column_int64(q, 1);
    }
    return has_row;
}

int correspondents_roles_check(struct store_tx *tx, int64_t account_id, const struct correspondents_roles *before,
                               struct fct_error *err)
{
    struct correspondents_roles now;

    if (correspondents_roles_load(tx, account_id, &now, err) < 0)
        return -1;
    bool is_same = now.sent == before->sent && now.junk == before->junk && now.drafts == before->drafts;
    return is_same ? 0 : correspondents_recount(tx, account_id, err);
}

static int load_recount(struct store_tx *tx, int64_t account_id, int64_t *out_from, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT from_id FROM correspondent_recount WHERE account_id = ?1");

    sqlite3_bind_int64(q, 1, account_id);
    int has_row = store_step(tx, q, err);
    *out_from = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static int load_own(struct store_tx *tx, int64_t account_id, struct correspondents *p, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT email FROM identity WHERE account_id = ?1");
    int has_row;

    sqlite3_bind_int64(q, 1, account_id);
    while ((has_row = store_step(tx, q, err)) > 0) {
        p->own = xreallocarray(p->own, p->n_own + 1, sizeof(*p->own));
        p->own[p->n_own++] = xstrdup(store_text(q, 0));
    }
    return has_row;
}

static bool is_own(const struct correspondents *p, const char *address)
{
    for (size_t i = 0; i < p->n_own; i++) {
        if (store_identity_is_for(p->own[i], address))
            return true;
    }
    return false;
}

static int prepare(struct counters *c, struct fct_error *err)
{
    if (c->people)
        return 0;
    c->people = XNEW(struct correspondents);
    c->people->now = time(NULL);
    if (correspondents_roles_load(c->tx, c->account_id, &c->people->roles, err) == 0 &&
        threads_key_load(c->tx, &c->people->key, err) == 0 &&
        load_recount(c->tx, c->account_id, &c->people->counted_from, err) == 0 &&
        load_own(c->tx, c->account_id, c->people, err) == 0)
        return 0;
    correspondents_free(c->people);
    c->people = NULL;
    return -1;
}

/* ---- what a message counts as ---- */

static bool has(const int64_t *ids, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++) {
        if (id != 0 && ids[i] == id)
            return true;
    }
    return false;
}

#define CLASSES (EMAIL_COUNTS_SENT | EMAIL_COUNTS_RECEIVED)

/* One of CLASSES, or 0. */
static int class_of(const struct correspondents *p, int bits, uint32_t flags, const int64_t *mailbox_ids, size_t n)
{
    if (n == 0 || flags & CORRESPONDENT_FLAGS || has(mailbox_ids, n, p->roles.junk) ||
        has(mailbox_ids, n, p->roles.drafts))
        return 0;
    return bits & EMAIL_IS_OWN || has(mailbox_ids, n, p->roles.sent) ? EMAIL_COUNTS_SENT : EMAIL_COUNTS_RECEIVED;
}

/* What of an envelope is looked at; JSON texts, or NULL. */
struct envelope {
    const char *from, *to, *cc, *bcc;
    bool is_answer, is_of_list;
    int64_t received_at;
};

static void add_all(struct correspondents *p, const char *json, int64_t at, int sign, size_t *io_left)
{
    json_t *list = json ? json_loads(json, 0, NULL) : NULL;

    for (size_t i = 0; i < json_array_size(list) && *io_left > 0; i++, --*io_left) {
        const json_t *a = json_array_get(list, i);
        correspondent_use_add(&p->uses, json_string_value(json_object_get(a, "email")),
                              json_string_value(json_object_get(a, "name")), USE_SENT, false, at, sign);
    }
    json_decref(list);
}

/* `class`, and whether it is without a date. */
static int dated(const struct correspondents *p, const struct envelope *e, int class)
{
    return class && e->received_at > p->now + CORRESPONDENT_AHEAD_MAX ? class | EMAIL_COUNTS_UNDATED : class;
}

/* When it counts as one of: what was added is taken out again exactly. (One that was counted before there was
 * EMAIL_COUNTS_UNDATED was added as one of that day.) */
static int64_t counted_at(const struct correspondents *p, const struct envelope *e, int bits)
{
    if (bits & EMAIL_COUNTS_UNDATED)
        return CORRESPONDENT_UNDATED_AT;
    return e->received_at <= p->now + CORRESPONDENT_AHEAD_MAX ? e->received_at : p->now;
}

/* The message counts as `bits` say from now on (sign +1), or no more (-1). */
static void count(struct correspondents *p, const struct envelope *e, int bits, int sign)
{
    int64_t at = counted_at(p, e, bits);
    int class = bits & CLASSES;
    size_t left = CORRESPONDENT_TO_MAX;

    if (class == EMAIL_COUNTS_SENT) {
        add_all(p, e->to, at, sign, &left);
        add_all(p, e->cc, at, sign, &left);
        add_all(p, e->bcc, at, sign, &left);
    } else if (class == EMAIL_COUNTS_RECEIVED && e->from) {
        json_t *list = json_loads(e->from, 0, NULL);
        const json_t *a = json_array_get(list, 0);
        correspondent_use_add(&p->uses, json_string_value(json_object_get(a, "email")),
                              json_string_value(json_object_get(a, "name")),
                              e->is_answer && !e->is_of_list ? USE_REPLY : USE_RECEIVED, e->is_of_list, at, sign);
        json_decref(list);
    }
}

/* ---- the sender ---- */

static void look_at_sender(const struct correspondents *p, const char *from, struct correspondents_row *out)
{
    json_t *list = from ? json_loads(from, 0, NULL) : NULL;
    const char *email = json_string_value(json_object_get(json_array_get(list, 0), "email"));

    *out = (struct correspondents_row){0};
    if (email && *email) {
        CLEANUP(freep) char *key = address_key(email);
        out->has_from = true;
        out->from_hash = threads_msgid_hash(&p->key, bytes_str(key));
        out->bits = is_own(p, email) ? EMAIL_IS_OWN : 0;
    }
    json_decref(list);
}

int correspondents_fresh(struct counters *c, int64_t email_id, const struct mime_summary *s, int64_t received_at,
                         uint32_t flags, const int64_t *mailbox_ids, size_t n, struct correspondents_row *out,
                         struct fct_error *err)
{
    const struct envelope e = {.from = s->from,
                               .to = s->to,
                               .cc = s->cc,
                               .bcc = s->bcc,
                               .is_answer = s->has_in_reply_to && s->in_reply_to && s->in_reply_to[0],
                               .is_of_list = s->list_id != NULL,
                               .received_at = received_at};

    if (prepare(c, err) < 0)
        return -1;
    look_at_sender(c->people, s->from, out);
    if (email_id < c->people->counted_from)
        return 0;
    int class = dated(c->people, &e, class_of(c->people, out->bits, flags, mailbox_ids, n));
    count(c->people, &e, class, +1);
    out->bits |= class;
    return 0;
}

/* ---- Emails that are here ---- */

static int bits_of(struct store_tx *tx, int64_t email_id, int *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT bits FROM email WHERE id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 ? sqlite3_column_int(q, 0) & EMAIL_COUNT_BITS : 0;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

/* The Email stops counting as `old` (bits) and counts as *io_new, one of CLASSES, which becomes bits. */
static int count_email(struct counters *c, int64_t email_id, int old, int *io_new, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        c->tx, "SELECT v.from_json, v.to_json, v.cc_json, v.bcc_json, v.in_reply_to IS NOT NULL, v.list_id IS NOT "
               "NULL, e.received_at FROM email e JOIN envelope v ON v.email_id = e.id WHERE e.id = ?1");

    if (old == 0 && *io_new == 0)
        return 0;
    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(c->tx, q, err);
    if (has_row <= 0)
        return has_row;
    const struct envelope e = {.from = store_text_or_null(q, 0),
                               .to = store_text_or_null(q, 1),
                               .cc = store_text_or_null(q, 2),
                               .bcc = store_text_or_null(q, 3),
                               .is_answer = sqlite3_column_int(q, 4) != 0,
                               .is_of_list = sqlite3_column_int(q, 5) != 0,
                               .received_at = sqlite3_column_int64(q, 6)};
    *io_new = dated(c->people, &e, *io_new);
    count(c->people, &e, old, -1);
    count(c->people, &e, *io_new, +1);
    store_reset(q);
    return 0;
}

static int set_bits(struct store_tx *tx, int64_t email_id, int bits, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE email SET bits = (bits & ~120) | ?2 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    sqlite3_bind_int(q, 2, bits);
    return store_run(tx, q, err);
}

int correspondents_placed(struct counters *c, int64_t email_id, uint32_t flags, const int64_t *mailbox_ids, size_t n,
                          struct fct_error *err)
{
    int bits;

    if (prepare(c, err) < 0 || bits_of(c->tx, email_id, &bits, err) < 0)
        return -1;
    if (email_id < c->people->counted_from)
        return 0;
    int old = bits & ~EMAIL_IS_OWN, new = class_of(c->people, bits, flags, mailbox_ids, n);
    if ((old & CLASSES) == new)
        return 0;
    if (count_email(c, email_id, old, &new, err) < 0)
        return -1;
    return set_bits(c->tx, email_id, (bits & EMAIL_IS_OWN) | new, err);
}

int correspondents_gone(struct counters *c, int64_t email_id, struct fct_error *err)
{
    int bits, none = 0;

    if (prepare(c, err) < 0 || bits_of(c->tx, email_id, &bits, err) < 0)
        return -1;
    if (email_id < c->people->counted_from)
        return 0;
    return count_email(c, email_id, bits & ~EMAIL_IS_OWN, &none, err);
}

int correspondents_before(struct counters *c, int64_t email_id, struct fct_error *err)
{
    return correspondents_gone(c, email_id, err) < 0 ? -1 : set_bits(c->tx, email_id, 0, err);
}

/* Who wrote it, as the envelope says. */
static int note_sender(struct counters *c, int64_t email_id, int *out_bits, struct fct_error *err)
{
    struct correspondents_row row;
    sqlite3_stmt *q = store_stmt(c->tx, "SELECT from_json FROM envelope WHERE email_id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(c->tx, q, err);
    if (has_row < 0)
        return -1;
    look_at_sender(c->people, has_row > 0 ? store_text_or_null(q, 0) : NULL, &row);
    store_reset(q);
    *out_bits = row.bits;
    q = store_stmt(c->tx, "UPDATE email SET from_hash = ?2 WHERE id = ?1 AND from_hash IS NOT ?2");
    sqlite3_bind_int64(q, 1, email_id);
    if (row.has_from)
        sqlite3_bind_int64(q, 2, row.from_hash);
    return store_run(c->tx, q, err);
}

int correspondents_after(struct counters *c, int64_t email_id, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    int own = 0, class = 0;

    if (prepare(c, err) < 0 || email_state_load(c->tx, email_id, &e, err) < 0 ||
        note_sender(c, email_id, &own, err) < 0)
        return -1;
    if (email_id >= c->people->counted_from)
        class = class_of(c->people, own, e.keywords.bits, e.mailbox_ids, e.n_places);
    if (count_email(c, email_id, 0, &class, err) < 0)
        return -1;
    return set_bits(c->tx, email_id, own | class, err);
}

int correspondents_flush(struct counters *c, struct fct_error *err)
{
    return c->people && c->people->uses.n > 0 ? correspondent_uses_write(c->tx, c->account_id, &c->people->uses, err)
                                              : 0;
}

/* ---- counting from the beginning ---- */

static int forget(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    static const char *const deletes[] = {"DELETE FROM correspondent WHERE account_id = ?1",
                                          "DELETE FROM correspondent_word WHERE account_id = ?1",
                                          "DELETE FROM correspondent_recount WHERE account_id = ?1"};

    for (size_t i = 0; i < sizeof(deletes) / sizeof(deletes[0]); i++) {
        sqlite3_stmt *q = store_stmt(tx, deletes[i]);
        sqlite3_bind_int64(q, 1, account_id);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    return 0;
}

int correspondents_forget_account(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    return forget(tx, account_id, err);
}

static int recount_one(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT 1 FROM email WHERE account_id = ?1 LIMIT 1");

    sqlite3_bind_int64(q, 1, account_id);
    int has_mail = store_step(tx, q, err);
    store_reset(q);
    if (has_mail <= 0)
        return has_mail;
    if (forget(tx, account_id, err) < 0)
        return -1;
    q = store_stmt(tx, "INSERT INTO correspondent_recount (account_id, from_id) VALUES (?1, ?2)");
    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, INT64_MAX);
    return store_run(tx, q, err);
}

int correspondents_recount(struct store_tx *tx, int64_t account_id, struct fct_error *err)
{
    if (account_id != -1)
        return recount_one(tx, account_id, err);
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM account ORDER BY id");
    int has_row;

    while ((has_row = store_step(tx, q, err)) > 0) {
        if (recount_one(tx, sqlite3_column_int64(q, 0), err) < 0) {
            store_reset(q);
            return -1;
        }
    }
    return has_row;
}

/* The next Emails of the account below `from`, newest first; *io_from becomes the last of them. */
static int count_some(struct counters *c, int64_t *io_from, size_t max, size_t *out_n, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = xcalloc(max, sizeof(*ids));
    sqlite3_stmt *q =
        store_stmt(c->tx, "SELECT id FROM email WHERE account_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
    int has_row;

    *out_n = 0;
    sqlite3_bind_int64(q, 1, c->account_id);
    sqlite3_bind_int64(q, 2, *io_from);
    sqlite3_bind_int64(q, 3, (int64_t)max);
    while ((has_row = store_step(c->tx, q, err)) > 0)
        ids[(*out_n)++] = sqlite3_column_int64(q, 0);
    if (has_row < 0 || prepare(c, err) < 0)
        return -1;
    c->people->counted_from = 0; /* it is their turn */
    for (size_t i = 0; i < *out_n; i++) {
        if (correspondents_after(c, ids[i], err) < 0)
            return -1;
        *io_from = ids[i];
    }
    return counters_flush(c, err);
}

int correspondents_catch_up(struct store_tx *tx, size_t max, bool *out_more, struct fct_error *err)
{
    CLEANUP(counters_done) struct counters c = {0};
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT account_id, from_id FROM correspondent_recount ORDER BY account_id LIMIT 1");
    size_t n;

    *out_more = false;
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    int64_t account_id = sqlite3_column_int64(q, 0), from = sqlite3_column_int64(q, 1);
    store_reset(q);
    if (counters_init(&c, tx, account_id, err) < 0 || count_some(&c, &from, max, &n, err) < 0)
        return -1;
    *out_more = true; /* of others, perhaps: the next call knows */
    q = n < max ? store_stmt(tx, "DELETE FROM correspondent_recount WHERE account_id = ?1")
                : store_stmt(tx, "UPDATE correspondent_recount SET from_id = ?2 WHERE account_id = ?1");
    sqlite3_bind_int64(q, 1, account_id);
    if (n == max)
        sqlite3_bind_int64(q, 2, from);
    return store_run(tx, q, err);
}
