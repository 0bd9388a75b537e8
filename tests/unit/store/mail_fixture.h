/* mail_fixture.h - an open store with mail in it: small letters, and the store's functions as calls from a test. */
#ifndef TESTS_MAIL_FIXTURE_H
#define TESTS_MAIL_FIXTURE_H

#include "store_fixture.h"

#include "store/accounts.h"
#include "store/counters.h"
#include "store/db.h"
#include "store/emails.h"
#include "store/mailboxes.h"
#include "store/pending.h"
#include "text/tokens.h"

/* ---- messages ---- */

struct letter {
    const char *id, *in_reply_to, *references, *subject, *from, *body; /* NULL: no such header */
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
    struct buf *all[] = {&p->summary.fts_from, &p->summary.fts_to, &p->summary.fts_cc, &p->summary.fts_bcc,
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
    struct store_arrival a = {.mailbox_id = mailbox_id, .uid = uid, .received_at = at, .flags = {.bits = flags},
                              .blob = p.blob, .summary = &p.summary};

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
    assert_true(j->n <= 16);
    for (size_t i = 0; i < j->n; i++)
        list[i] = (struct store_remote_mailbox){.name = j->names[i], .delimiter = '/', .wire_name = bytes_str(j->names[i]),
                                                .attrs = FCT_MB_SUBSCRIBED};
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

#endif
