/* What users do to Emails: keywords, and making new ones. */
#include "store/arrive.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/change.h"
#include "store/db.h"
#include "store/history.h"
#include "store/pending.h"
#include "store/snoozes.h"
#include "store/wanted.h"

#define EMAIL_MAILBOXES_MAX 1000

/* ---- the account ---- */

int account_is_local(struct store_tx *tx, int64_t account_id, bool *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT source_url = 'local:' OR is_maildrop FROM account WHERE id = ?1");

    sqlite3_bind_int64(q, 1, account_id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_NOT_FOUND_ACCOUNT, FCT_RETRY_NEVER, "no such account");
    *out = sqlite3_column_int(q, 0);
    store_reset(q);
    return 0;
}

/* ---- keywords ---- */

struct flag_change {
    struct keyword_set add, remove;
};

static void flag_change_done(struct flag_change *f)
{
    keyword_set_done(&f->add);
    keyword_set_done(&f->remove);
}

static size_t words_count(const char *words)
{
    size_t n = 0;
    struct fct_bytes word;

    for (const char *at = words; words_next(&at, &word);)
        n++;
    return n;
}

/* What of the change makes a difference to these flags. */
static void flag_change_reduce(const struct flag_change *wanted, const struct keyword_set *flags,
                               struct flag_change *out)
{
    out->add.bits = wanted->add.bits & ~flags->bits;
    out->add.words = words_minus(wanted->add.words, flags->words);
    out->remove.bits = wanted->remove.bits & flags->bits & ~wanted->add.bits;
    CLEANUP(freep) char *removable = words_both(wanted->remove.words, flags->words);
    out->remove.words = words_minus(removable, wanted->add.words);
}

static bool flag_change_is_empty(const struct flag_change *f)
{
    return !f->add.bits && !f->add.words && !f->remove.bits && !f->remove.words;
}

/* A mailbox of a server may refuse flags: better said now than after the user has seen the change. */
static int check_mailbox_takes(struct store_tx *tx, int64_t mailbox_id, const struct flag_change *f,
                               struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT attrs, name FROM mailbox WHERE id = ?1");
    int rc = 0;

    sqlite3_bind_int64(q, 1, mailbox_id);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    uint32_t attrs = (uint32_t)sqlite3_column_int64(q, 0);
    if (attrs & FCT_MB_READ_ONLY)
        rc = fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "keywords: the mailbox \"%.100s\" is read-only",
                      store_text(q, 1));
    else if ((attrs & FCT_MB_NO_KEYWORDS) && f->add.words)
        rc = fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER,
                      "keywords: the mailbox \"%.100s\" takes no keywords but the common ones", store_text(q, 1));
    store_reset(q);
    return rc;
}

static int journal(struct counters *c, const struct email_state *e, const struct email_place *p,
                   const struct flag_change *f, struct fct_error *err)
{
    struct fct_flags add = {f->add.bits, bytes_str(f->add.words)},
                     remove = {f->remove.bits, bytes_str(f->remove.words)};

    if (check_mailbox_takes(c->tx, p->mailbox_id, f, err) < 0)
        return -1;
    return store_pending_flags(c->tx, c->account_id, p->mailbox_id, e->id, p->uid, &add, &remove, err);
}

static int change_place(struct counters *c, const struct email_state *e, const struct email_place *p,
                        const struct flag_change *wanted, bool is_local, struct fct_error *err)
{
    CLEANUP(flag_change_done) struct flag_change f = {0};
    CLEANUP(keyword_set_done) struct keyword_set now = {0};

    flag_change_reduce(wanted, &p->flags, &f);
    if (flag_change_is_empty(&f))
        return 0;
    CLEANUP(freep) char *kept = words_minus(p->flags.words, f.remove.words);
    now.words = words_union(kept, f.add.words);
    now.bits = (p->flags.bits & ~f.remove.bits) | f.add.bits;
    if (words_count(now.words) > KEYWORDS_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "keywords: an email has at most %d", KEYWORDS_MAX);
    if (!is_local && journal(c, e, p, &f, err) < 0)
        return -1;
    return email_place_set_flags(c->tx, p->mailbox_id, e->id, &now, err);
}

int store_email_set_flags(struct store_tx *tx, int64_t id, const struct fct_flags *add, const struct fct_flags *remove,
                          struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    CLEANUP(flag_change_done) struct flag_change wanted = {0};
    CLEANUP(counters_done) struct counters c = {0};
    bool is_local;

    if (keyword_set_check(add, &wanted.add, err) < 0 || keyword_set_check(remove, &wanted.remove, err) < 0)
        return -1;
    if (wanted.add.bits & FCT_FLAG_SEEN && !words_contain(wanted.add.words, bytes_str(KEYWORD_NEW))) {
        /* What woke up is on top of lists until it is read (snoozes.h). */
        char *words = words_union(wanted.remove.words, KEYWORD_NEW);
        free(wanted.remove.words);
        wanted.remove.words = words;
    }
    wanted.add.bits &= ~(uint32_t)FCT_FLAG_DELETED; /* no keyword of JMAP */
    wanted.remove.bits &= ~(uint32_t)FCT_FLAG_DELETED;
    if (email_state_load(tx, id, &e, err) < 0 || account_is_local(tx, e.account_id, &is_local, err) < 0 ||
        counters_init(&c, tx, e.account_id, err) < 0)
        return -1;
    for (size_t i = 0; i < e.n_places; i++) {
        if (change_place(&c, &e, &e.places[i], &wanted, is_local, err) < 0)
            return -1;
    }
    if (email_placed(&c, &e, err) < 0)
        return -1;
    return counters_flush(&c, err);
}

/* ---- mailboxes ---- */

static int compare_ids(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static int check_mailbox(struct store_tx *tx, int64_t account_id, int64_t mailbox_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT attrs FROM mailbox WHERE id = ?1 AND account_id = ?2");

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, account_id);
    int has_row = store_step(tx, q, err);
    bool can_hold = has_row > 0 && !(sqlite3_column_int64(q, 0) & FCT_MB_NOSELECT);
    store_reset(q);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "mailboxIds: the account has no such mailbox");
    return can_hold ? 0 : fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "mailboxIds: the mailbox cannot hold messages");
}

int mailbox_check_writable(struct store_tx *tx, int64_t mailbox_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT attrs & ?2, name FROM mailbox WHERE id = ?1");
    int rc = 0;

    sqlite3_bind_int64(q, 1, mailbox_id);
    sqlite3_bind_int64(q, 2, FCT_MB_READ_ONLY);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    if (sqlite3_column_int64(q, 0) != 0)
        rc = fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "mailboxIds: the mailbox \"%.100s\" is read-only",
                      store_text(q, 1));
    store_reset(q);
    return rc;
}

int mailboxes_check(struct store_tx *tx, int64_t account_id, const int64_t *ids, size_t n, int64_t **out, size_t *out_n,
                    struct fct_error *err)
{
    size_t kept = 0;

    if (n == 0)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "mailboxIds: an email is in at least one mailbox");
    if (n > EMAIL_MAILBOXES_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "mailboxIds: more than %d", EMAIL_MAILBOXES_MAX);
    CLEANUP(freep) int64_t *list = xcalloc(n, sizeof(*list));
    memcpy(list, ids, n * sizeof(*list));
    qsort(list, n, sizeof(*list), compare_ids);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && list[kept - 1] == list[i])
            continue;
        if (check_mailbox(tx, account_id, list[i], err) < 0)
            return -1;
        list[kept++] = list[i];
    }
    *out = TAKE(list);
    *out_n = kept;
    return 0;
}

bool mailbox_is_among(int64_t id, const int64_t *ids, size_t n)
{
    return n > 0 && bsearch(&id, ids, n, sizeof(*ids), compare_ids) != NULL;
}

/* ---- new Emails ---- */

int store_email_create(struct store_tx *tx, int64_t account_id, struct store_arrival *a, const int64_t *mailbox_ids,
                       size_t n, struct fct_error *err)
{
    CLEANUP(counters_done) struct counters c = {0};
    CLEANUP(freep) int64_t *ids = NULL;
    CLEANUP(keyword_set_done) struct keyword_set flags = {0};
    CLEANUP(fresh_email_done)
    struct fresh_email f = {.received_at = a->received_at, .summary = a->summary, .size = blob_stage_size(a->blob)};
    size_t n_ids = 0;
    bool is_local;

    if (account_is_local(tx, account_id, &is_local, err) < 0 || keyword_set_check(&a->flags, &flags, err) < 0 ||
        mailboxes_check(tx, account_id, mailbox_ids, n, &ids, &n_ids, err) < 0 ||
        counters_init(&c, tx, account_id, err) < 0 || store_blob_add(tx, a->blob, 0, &f.blob_id, err) < 0)
        return -1;
    flags.bits &= ~(uint32_t)FCT_FLAG_DELETED;
    for (size_t i = 0; i < n_ids; i++) {
        if (!is_local && mailbox_check_writable(tx, ids[i], err) < 0)
            return -1;
        struct email_place p = {.mailbox_id = ids[i], .flags = {flags.bits, flags.words ? xstrdup(flags.words) : NULL}};
        fresh_email_place(&f, &p, a->remote_id);
    }
    if (fresh_emails_insert(&c, &f, 1, err) < 0 || history_created(&c, f.id, ids, n_ids, err) < 0 ||
        counters_flush(&c, err) < 0)
        return -1;
    for (size_t i = 0; i < n_ids && !is_local; i++) {
        if (wanted_note(tx, account_id, ids[i], f.id, err) < 0)
            return -1;
    }
    a->email_id = f.id;
    a->was_known = a->was_placed = false;
    return 0;
}
