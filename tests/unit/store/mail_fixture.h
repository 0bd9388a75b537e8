/* mail_fixture.h - an open store with mail in it: small letters, and the store's functions as calls from a test. */
#ifndef TESTS_MAIL_FIXTURE_H
#define TESTS_MAIL_FIXTURE_H

#include "store_fixture.h"

#include "base/error.h"
#include "store/accounts.h"
#include "store/correspondents.h"
#include "store/counters.h"
#include "store/db.h"
#include "store/emails.h"
#include "store/mailboxes.h"
#include "store/pending.h"
#include "text/tokens.h"

/* ---- messages ---- */

struct letter {
    const char *id, *in_reply_to, *references, *subject, *from, *body, *to, *list_id; /* NULL: no such header */
};

struct prepared {
    struct blob_stage *blob;
    struct mime_summary summary;
};

static inline void prepared_init(struct prepared *p, struct store *st, const char *raw, size_t n)
{
    p->blob = blob_stage_new(st);
    assert_ok(blob_stage_add(p->blob, bytes_of(raw, n), err));
    assert_ok(blob_stage_finish(p->blob, err));
    mime_summarize(bytes_of(raw, n), &p->summary);
    struct buf *all[] = {&p->summary.fts_from,    &p->summary.fts_to,   &p->summary.fts_cc,   &p->summary.fts_bcc,
                         &p->summary.fts_subject, &p->summary.fts_body, &p->summary.fts_files};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct buf tokens = {0};
        tokens_join(buf_bytes(all[i]), &tokens);
        buf_done(all[i]);
        *all[i] = tokens;
    }
}

static inline void prepared_done(struct prepared *p)
{
    blob_stage_free(p->blob);
    mime_summary_done(&p->summary);
}

static inline char *letter_text(const struct letter *l)
{
    struct buf b = {0};

    buf_addf(&b, "From: %s\r\nDate: Mon, 1 Jan 2024 12:00:00 +0100\r\n", l->from ? l->from : "Jane <jane@example.org>");
    if (l->id)
        buf_addf(&b, "Message-ID: <%s>\r\n", l->id);
    if (l->to)
        buf_addf(&b, "To: %s\r\n", l->to);
    if (l->list_id)
        buf_addf(&b, "List-Id: <%s>\r\n", l->list_id);
    if (l->in_reply_to)
        buf_addf(&b, "In-Reply-To: <%s>\r\n", l->in_reply_to);
    if (l->references)
        buf_addf(&b, "References: %s\r\n", l->references);
    if (l->subject)
        buf_addf(&b, "Subject: %s\r\n", l->subject);
    buf_addf(&b, "Content-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n", l->body ? l->body : "hello");
    return buf_steal(&b);
}

static inline void prepare_letter(struct prepared *p, struct store *st, const struct letter *l)
{
    char *raw = letter_text(l);

    prepared_init(p, st, raw, strlen(raw));
    free(raw);
}

/* ---- jobs ---- */

/* Inside a job: cmocka leaves a failed test by longjmp, which must not happen on a thread of the store. */
#define EXPECT(condition)                                                                                       \
    do {                                                                                                        \
        if (!(condition))                                                                                       \
            return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "%s:%d: %s", __FILE__, __LINE__, #condition); \
    } while (0)

struct arrive_job {
    int64_t account_id;
    struct store_arrival *a;
    size_t n;
};

static inline int arrive_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct arrive_job *j = arg;

    return store_emails_arrive(tx, j->account_id, j->a, j->n, err);
}

static inline void arrive(struct fixture *f, int64_t account_id, struct store_arrival *a, size_t n)
{
    struct arrive_job j = {account_id, a, n};

    assert_ok(store_write(f->store, arrive_fn, &j, err));
}

/* One letter into one mailbox. */
static inline int64_t arrive_letter(struct fixture *f, int64_t account_id, int64_t mailbox_id, uint64_t uid, int64_t at,
                                    uint32_t flags, const struct letter *l)
{
    struct prepared p;
    prepare_letter(&p, f->store, l);
    struct store_arrival a = {.mailbox_id = mailbox_id,
                              .uid = uid,
                              .received_at = at,
                              .flags = {.bits = flags},
                              .blob = p.blob,
                              .summary = &p.summary};

    arrive(f, account_id, &a, 1);
    prepared_done(&p);
    return a.email_id;
}

/* An account with a server and mailboxes that the server lists, by name; *out gets their ids in that order. */
struct server_job {
    const char *const *names;
    size_t n;
    int64_t account_id, *ids;
};

static inline int server_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct server_job *j = arg;
    struct store_remote_mailbox list[16] = {0};
    char name[] = "work", address[] = "jane@example.org", url[] = "imap://jane@example.org";
    struct store_account a = {.name = name, .address = address, .source_url = url, .is_enabled = true};

    if (!j->account_id && store_account_create(tx, &a, &j->account_id, err) < 0)
        return -1;
    EXPECT(j->n <= 16);
    for (size_t i = 0; i < j->n; i++)
        list[i] = (struct store_remote_mailbox){
            .name = j->names[i], .delimiter = '/', .wire_name = bytes_str(j->names[i]), .attrs = FCT_MB_SUBSCRIBED};
    if (store_mailboxes_listed(tx, j->account_id, list, j->n, err) < 0)
        return -1;
    for (size_t i = 0; i < j->n; i++)
        j->ids[i] = list[i].id;
    return 0;
}

static inline int64_t add_server(struct fixture *f, const char *const *names, size_t n, int64_t *out_ids)
{
    struct server_job j = {names, n, 0, out_ids};

    assert_ok(store_write(f->store, server_fn, &j, err));
    return j.account_id;
}

static inline int local_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_account_local(tx, arg, err);
}

static inline int64_t local_account(struct fixture *f)
{
    int64_t id = 0;

    assert_ok(store_read(f->store, local_fn, &id, err));
    return id;
}

struct role_job {
    int64_t account_id;
    int role;
    int64_t id;
};

static inline int role_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct role_job *j = arg;

    return store_mailbox_by_role(tx, j->account_id, j->role, &j->id, err);
}

static inline int64_t mailbox_with_role(struct fixture *f, int64_t account_id, int role)
{
    struct role_job j = {account_id, role, 0};

    assert_ok(store_read(f->store, role_fn, &j, err));
    return j.id;
}

static inline int verify_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    return store_counters_verify(tx, -1, err);
}

static inline void verify_counters(struct fixture *f)
{
    assert_ok(store_read(f->store, verify_fn, NULL, err));
}

struct email_job {
    int64_t id;
    struct store_email email;
};

static inline int load_email_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct email_job *j = arg;

    return store_email_load(tx, j->id, true, &j->email, err);
}

/* The caller calls store_email_done. */
static inline struct store_email load_email(struct fixture *f, int64_t id)
{
    struct email_job j = {.id = id};

    assert_ok(store_read(f->store, load_email_fn, &j, err));
    return j.email;
}

struct mailbox_job {
    int64_t id;
    struct store_mailbox mailbox;
};

static inline int load_mailbox_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct mailbox_job *j = arg;

    return store_mailbox_load(tx, j->id, &j->mailbox, err);
}

static inline struct store_mailbox load_mailbox(struct fixture *f, int64_t id)
{
    struct mailbox_job j = {.id = id};

    assert_ok(store_read(f->store, load_mailbox_fn, &j, err));
    return j.mailbox;
}

static inline int count_correspondents_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    bool has_more = true;

    (void)arg;
    while (has_more) {
        if (correspondents_catch_up(tx, 7, &has_more, err) < 0)
            return -1;
    }
    return 0;
}

static inline void count_correspondents(struct fixture *f)
{
    assert_ok(store_write(f->store, count_correspondents_fn, NULL, err));
}

/* A number that SQL gives. */
struct sql_job {
    const char *sql;
    int64_t value;
};

static inline int sql_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct sql_job *j = arg;
    sqlite3_stmt *q;

    if (store_prepare(tx, j->sql, &q, err) < 0)
        return -1;
    int has_row = store_step(tx, q, err);
    j->value = has_row > 0 ? sqlite3_column_int64(q, 0) : INT64_MIN;
    sqlite3_finalize(q);
    return has_row < 0 ? -1 : 0;
}

static inline int64_t sql_number(struct fixture *f, const char *sql)
{
    struct sql_job j = {sql, 0};

    assert_ok(store_read(f->store, sql_fn, &j, err));
    return j.value;
}

/* ---- one function of the store as a call: the error is returned, code 0 when it went well
 * ---------------------------------- */

struct call {
    int (*fn)(struct store_tx *tx, struct call *c, struct fct_error *err);
    int64_t id, other;
    uint64_t uid;
    struct fct_flags add, remove;
    const int64_t *ids;
    size_t n;
    const void *in;
    void *out;
    bool flag;
};

static inline int call_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct call *c = arg;

    return c->fn(tx, c, err);
}

static inline struct fct_error write_call(struct fixture *f, struct call c)
{
    struct fct_error err = {0};

    if (store_write(f->store, call_fn, &c, &err) == 0)
        assert_int_equal(err.code, 0);
    else
        assert_int_not_equal(err.code, 0);
    return err;
}

static inline struct fct_error read_call(struct fixture *f, struct call c)
{
    struct fct_error err = {0};

    store_read(f->store, call_fn, &c, &err);
    return err;
}

#define assert_good(error_value)                \
    do {                                        \
        struct fct_error good_ = (error_value); \
        if (good_.code)                         \
            fail_msg("%s", good_.message);      \
    } while (0)

static inline int set_flags_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_email_set_flags(tx, c->id, &c->add, &c->remove, err);
}

static inline struct fct_error set_flags(struct fixture *f, int64_t id, uint32_t add, uint32_t remove)
{
    return write_call(f,
                      (struct call){.fn = set_flags_call, .id = id, .add = {.bits = add}, .remove = {.bits = remove}});
}

static inline struct fct_error set_keywords(struct fixture *f, int64_t id, const char *add, const char *remove)
{
    return write_call(
        f, (struct call){.fn = set_flags_call, .id = id, .add = {0, bytes_str(add)}, .remove = {0, bytes_str(remove)}});
}

static inline int set_mailboxes_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_email_set_mailboxes(tx, c->id, c->ids, c->n, err);
}

static inline struct fct_error set_mailboxes(struct fixture *f, int64_t id, const int64_t *ids, size_t n)
{
    return write_call(f, (struct call){.fn = set_mailboxes_call, .id = id, .ids = ids, .n = n});
}

static inline int destroy_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_email_destroy(tx, c->id, err);
}

static inline struct fct_error destroy_email(struct fixture *f, int64_t id)
{
    return write_call(f, (struct call){.fn = destroy_call, .id = id});
}

static inline int server_flags_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_placement_server_flags(tx, c->id, c->uid, &c->add, c->out, err);
}

/* Returns whether anything changed. */
static inline bool server_flags(struct fixture *f, int64_t mailbox_id, uint64_t uid, uint32_t bits)
{
    bool changed = false;

    assert_good(write_call(
        f,
        (struct call){.fn = server_flags_call, .id = mailbox_id, .uid = uid, .add = {.bits = bits}, .out = &changed}));
    return changed;
}

static inline int vanished_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    const struct fct_uid_range r = {c->uid, c->uid + c->n - 1};

    return store_placements_vanished(tx, c->id, &r, 1, c->out, err);
}

static inline size_t vanished(struct fixture *f, int64_t mailbox_id, uint64_t first, size_t n)
{
    size_t gone = 0;

    assert_good(
        write_call(f, (struct call){.fn = vanished_call, .id = mailbox_id, .uid = first, .n = n, .out = &gone}));
    return gone;
}

static inline int create_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct store_arrival *a = c->out;

    return store_email_create(tx, c->id, a, c->ids, c->n, err);
}

/* A letter of one's own in mailboxes of an account. */
static inline struct fct_error create_letter(struct fixture *f, int64_t account_id, const int64_t *mailboxes, size_t n,
                                             uint32_t flags, const struct letter *l, int64_t *out_id)
{
    struct prepared p;
    prepare_letter(&p, f->store, l);
    struct store_arrival a = {
        .received_at = 1700000000, .flags = {.bits = flags}, .blob = p.blob, .summary = &p.summary};
    struct fct_error err =
        write_call(f, (struct call){.fn = create_call, .id = account_id, .ids = mailboxes, .n = n, .out = &a});

    prepared_done(&p);
    *out_id = a.email_id;
    return err;
}

static inline int changes_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_changes_since(tx, c->id, (enum store_type)c->uid, c->other, c->n, c->out, err);
}

static inline struct fct_error changes_since(struct fixture *f, int64_t account_id, enum store_type type, int64_t since,
                                             size_t max, struct store_changes *out)
{
    return read_call(
        f, (struct call){.fn = changes_call, .id = account_id, .uid = type, .other = since, .n = max, .out = out});
}

static inline int state_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_state(tx, c->id, (enum store_type)c->uid, c->out, err);
}

static inline int64_t state_of(struct fixture *f, int64_t account_id, enum store_type type)
{
    int64_t s = 0;

    assert_good(read_call(f, (struct call){.fn = state_call, .id = account_id, .uid = type, .out = &s}));
    return s;
}

#endif
