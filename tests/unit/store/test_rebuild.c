/* What is made again from the bytes is what was kept beside them, and search never notices. */
#include "mail_fixture.h"

#include "store/index.h"
#include "store/rebuild.h"

#define N_LETTERS 450 /* more than two pieces */
#define NOON 1700000000

/* ---- the state as text ---- */

/* Everything that a rebuild may touch, without numbers of changes: one text for each, to be freed. */
static const char *const views[] = {
    "SELECT term || ' ' || doc || ' ' || col || ' ' || offset FROM words WHERE doc IN (SELECT id FROM email) ORDER BY "
    "term, doc, col, offset",
    "SELECT quote(email_id) || quote(subject) || quote(base_subject) || quote(sender_json) || quote(from_json) || "
    "quote(to_json) || "
    "quote(cc_json) || quote(message_id) || quote(in_reply_to) || quote(refs) || quote(sent_zone) || quote(preview) || "
    "quote(list_id) "
    "FROM envelope ORDER BY email_id",
    "SELECT quote(id) || quote(thread_id) || quote(blob_id) || quote(received_at) || quote(sent_at) || quote(size) || "
    "quote(flags) || "
    "quote(bits) || quote(msgid_hash) FROM email ORDER BY id",
    "SELECT quote(hash) || ' ' || thread_id FROM thread_ref ORDER BY hash",
    "SELECT id || ' ' || n_emails || ' ' || n_unread FROM thread ORDER BY id",
    "SELECT mailbox_id || ' ' || thread_id || ' ' || n_emails || ' ' || n_unread FROM mailbox_thread ORDER BY "
    "mailbox_id, thread_id",
    "SELECT id || ' ' || total_emails || ' ' || unread_emails || ' ' || total_threads || ' ' || unread_threads FROM "
    "mailbox ORDER BY id",
    "SELECT mailbox_id || ' ' || email_id || ' ' || quote(uid) || quote(flags) || quote(keywords) FROM placement ORDER "
    "BY mailbox_id, email_id",
};
#define N_VIEWS (sizeof(views) / sizeof(*views))

struct state {
    struct buf text[N_VIEWS];
    int64_t dead_words; /* of Emails that are gone */
};

static void state_done(struct state *s)
{
    for (size_t i = 0; i < N_VIEWS; i++)
        buf_done(&s->text[i]);
}

static int read_state(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct state *s = arg;
    sqlite3_stmt *q = NULL;

    EXPECT(sqlite3_exec(store_db(tx), "CREATE VIRTUAL TABLE temp.words USING fts5vocab (main, fts, instance)", NULL,
                        NULL, NULL) == SQLITE_OK);
    for (size_t i = 0; i < N_VIEWS; i++) {
        int has_row;
        if (store_prepare(tx, views[i], &q, err) < 0)
            return -1;
        while ((has_row = store_step(tx, q, err)) > 0)
            buf_addf(&s->text[i], "%s\n", store_text(q, 0));
        sqlite3_finalize(q);
        if (has_row < 0)
            return -1;
    }
    if (store_prepare(tx, "SELECT count(*) FROM words WHERE doc NOT IN (SELECT id FROM email)", &q, err) < 0 ||
        store_step(tx, q, err) < 0)
        return -1;
    s->dead_words = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    EXPECT(sqlite3_exec(store_db(tx), "DROP TABLE temp.words", NULL, NULL, NULL) == SQLITE_OK);
    return 0;
}

static struct state state_now(struct fixture *f)
{
    struct state s = {0};

    assert_ok(store_write(f->store, read_state, &s, err));
    return s;
}

/* Of vanished messages a Thread keeps what tied it; that cannot be made again. */
#define VIEW_TIES 3

static void expect_same_but_ties(const struct state *a, const struct state *b)
{
    for (size_t i = 0; i < N_VIEWS; i++)
        if (i != VIEW_TIES)
            assert_string_equal(buf_str((struct buf *)&a->text[i]), buf_str((struct buf *)&b->text[i]));
}

static void expect_same(const struct state *a, const struct state *b)
{
    for (size_t i = 0; i < N_VIEWS; i++)
        assert_string_equal(buf_str((struct buf *)&a->text[i]), buf_str((struct buf *)&b->text[i]));
}

static void expect_clean(struct fixture *f)
{
    assert_int_equal(
        sql_number(f, "SELECT count(*) FROM sqlite_master WHERE name LIKE 'fts_next%' OR name LIKE 'fts_old%'"), 0);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM meta WHERE key = 'index_next'"), 0);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
    verify_counters(f);
}

/* ---- a busy life ---- */

struct life {
    struct fixture f;
    int64_t account, boxes[3], ids[N_LETTERS];
    int n_pieces;
};

static void life_done(struct life *l)
{
    fixture_done(&l->f);
}

static void arrive_some(struct life *l, int first, int n)
{
    char id[32], references[32], body[64], subject[32];

    for (int i = first; i < first + n; i++) {
        snprintf(id, sizeof(id), "m%d@x", i);
        snprintf(references, sizeof(references), "<m%d@x>", i / 2);
        snprintf(body, sizeof(body), "letter number %d about harbours", i);
        snprintf(subject, sizeof(subject), "topic %d", i % 7);
        l->ids[i] = arrive_letter(
            &l->f, l->account, l->boxes[i % 3], (uint64_t)i + 1, NOON + i * 100, i % 2 ? FCT_FLAG_SEEN : 0,
            &(struct letter){.id = id, .references = references, .subject = subject, .body = body});
    }
}

static struct life life_new(int n)
{
    static const char *const names[] = {"INBOX", "Work", "Old"};
    struct life l = {.f = fixture_new()};

    l.account = add_server(&l.f, names, 3, l.boxes);
    arrive_some(&l, 0, n);
    for (int i = 0; i < n; i += 5)
        set_keywords(&l.f, l.ids[i], "work later", "");
    vanished(&l.f, l.boxes[0], 1, 30);
    return l;
}

static struct store_rebuild_report rebuild(struct fixture *f)
{
    struct store_rebuild_report report;

    assert_ok(store_rebuild(f->store, NULL, NULL, &report, err));
    return report;
}

/* ---- tests ---- */

static void what_is_rebuilt_is_what_was_kept(void **state)
{
    CLEANUP(life_done) struct life l = life_new(N_LETTERS);
    CLEANUP(state_done) struct state before = state_now(&l.f);
    (void)state;
    assert_true(before.dead_words > 0);

    struct store_rebuild_report report = rebuild(&l.f);

    CLEANUP(state_done) struct state after = state_now(&l.f);
    expect_same(&before, &after);
    expect_clean(&l.f);
    assert_int_equal(report.done, N_LETTERS - 10);
    assert_int_equal(report.total, report.done);
    assert_int_equal(report.corrected + report.tied + report.damaged, 0);
    assert_false(report.counters_were_wrong);
    assert_int_equal(after.dead_words, 0);
    assert_int_equal(sql_number(&l.f, "SELECT count(*) FROM fts_dead WHERE is_swept <> 1"), 0);
}

static int vandalise(struct store_tx *tx, void *arg, struct fct_error *err)
{
    static const char *const deeds[] = {
        "DELETE FROM envelope WHERE email_id % 3 = 0",
        "UPDATE envelope SET subject = 'nonsense', preview = '' WHERE email_id % 3 = 1",
        "UPDATE email SET sent_at = 5, bits = 3, msgid_hash = NULL, size = 1 WHERE id % 4 = 0",
        "DELETE FROM thread_ref",
        "DELETE FROM thread WHERE id % 2 = 0",
        "UPDATE thread SET n_emails = 9, n_unread = 9",
        "DELETE FROM mailbox_thread",
        "UPDATE mailbox SET total_emails = 77, unread_threads = 3",
        "INSERT INTO thread (id, account_id, created_modseq, updated_modseq) VALUES (99999, 1, 1, 1)",
        "INSERT INTO fts (fts) VALUES ('delete-all')",
    };
    (void)arg;
    for (size_t i = 0; i < sizeof(deeds) / sizeof(*deeds); i++) {
        if (store_run(tx, store_stmt(tx, deeds[i]), err) < 0)
            return -1;
    }
    return 0;
}

static void what_was_damaged_is_put_right_from_the_bytes(void **state)
{
    CLEANUP(life_done) struct life l = life_new(N_LETTERS);
    CLEANUP(state_done) struct state before = state_now(&l.f);
    int64_t old_state = state_of(&l.f, l.account, STORE_EMAIL);
    (void)state;
    assert_ok(store_write(l.f.store, vandalise, NULL, err));

    struct store_rebuild_report report = rebuild(&l.f);

    count_correspondents(&l.f); /* as the writer does when it is idle */
    CLEANUP(state_done) struct state after = state_now(&l.f);
    expect_same_but_ties(&before, &after);
    assert_true(after.text[VIEW_TIES].n > before.text[VIEW_TIES].n / 2);
    expect_clean(&l.f);
    assert_true(report.corrected > 100);
    assert_true(report.counters_were_wrong);
    assert_true(state_of(&l.f, l.account, STORE_EMAIL) > old_state);
}

/* Between two pieces: mail arrives below and above what is done, Emails are read and destroyed, Threads are tied. */
static bool live_on(void *ctx, const struct store_rebuild_report *so_far)
{
    struct life *l = ctx;
    static const char *const deeds[] = {"early", "middle", "late"};
    if (++l->n_pieces > 3) /* or it would never end */
        return true;
    for (int i = 0; i < 3; i++) {
        char id[32];
        snprintf(id, sizeof(id), "%s%d@x", deeds[i], (int)so_far->done);
        arrive_letter(&l->f, l->account, l->boxes[i], 10000 + so_far->done + (uint64_t)i, NOON + i * 20000 + 7, 0,
                      &(struct letter){.id = id, .subject = deeds[i], .body = "came meanwhile"});
    }
    char both[64];
    snprintf(both, sizeof(both), "<m%d@x> <m%d@x>", 5 * 7, 8 * 7);
    arrive_letter(&l->f, l->account, l->boxes[1], 20000 + so_far->done, NOON + 100000, 0,
                  &(struct letter){.id = both + 1, .references = both, .subject = "topic 0", .body = "ties"});
    for (int i = 0; i < N_LETTERS; i += 45)
        vanished(&l->f, l->boxes[i % 3], (uint64_t)i + 1, 1);
    return true;
}

static void mail_that_comes_and_goes_meanwhile_is_right_afterwards(void **state)
{
    CLEANUP(life_done) struct life l = life_new(N_LETTERS);
    struct store_rebuild_report report;
    (void)state;

    assert_ok(store_rebuild(l.f.store, live_on, &l, &report, err));

    expect_clean(&l.f);
    assert_false(report.counters_were_wrong);
    CLEANUP(state_done) struct state first = state_now(&l.f);
    assert_int_equal(rebuild(&l.f).corrected, 0); /* in peace */
    CLEANUP(state_done) struct state second = state_now(&l.f);
    expect_same(&first, &second);
}

static bool stop_at_once(void *ctx, const struct store_rebuild_report *so_far)
{
    (void)ctx, (void)so_far;
    return false;
}

static void one_that_is_stopped_leaves_the_index_as_it_was(void **state)
{
    CLEANUP(life_done) struct life l = life_new(N_LETTERS);
    CLEANUP(state_done) struct state before = state_now(&l.f);
    struct store_rebuild_report report;
    struct fct_error why = {0};
    int64_t dead = sql_number(&l.f, "SELECT count(*) FROM fts_dead WHERE is_swept = 0");
    (void)state;

    assert_int_equal(store_rebuild(l.f.store, stop_at_once, NULL, &report, &why), -1);

    assert_int_equal(why.code, FCT_E_CANCELLED);
    CLEANUP(state_done) struct state after = state_now(&l.f);
    expect_same(&before, &after);
    expect_clean(&l.f);
    assert_int_equal(sql_number(&l.f, "SELECT count(*) FROM fts_dead WHERE is_swept = 0"), dead);
    assert_true(dead > 0);
}

/* The fiber that rebuilds, and how far it came. */
struct cancelled_rebuild {
    struct life *l;
    int n_pieces;
    struct fct_error why;
};

static bool cancel_me(void *ctx, const struct store_rebuild_report *so_far)
{
    struct cancelled_rebuild *c = ctx;
    (void)so_far;
    c->n_pieces++;
    fiber_cancel(fiber_self());
    return true;
}

static int run_cancelled(void *arg)
{
    struct cancelled_rebuild *c = arg;
    struct store_rebuild_report report;
    return store_rebuild(c->l->f.store, cancel_me, c, &report, &c->why);
}

/* The program ends while it goes on. */
static void one_whose_fiber_is_cancelled_ends_after_a_piece(void **state)
{
    CLEANUP(life_done) struct life l = life_new(N_LETTERS);
    CLEANUP(state_done) struct state before = state_now(&l.f);
    struct cancelled_rebuild c = {.l = &l};
    CLEANUP(fiber_unrefp) struct fiber *fiber = fiber_spawn(uv_default_loop(), "rebuild", run_cancelled, &c);
    (void)state;

    assert_int_equal(fiber_join(fiber), -1);

    assert_int_equal(c.why.code, FCT_E_CANCELLED);
    assert_int_equal(c.n_pieces, 1);
    CLEANUP(state_done) struct state after = state_now(&l.f);
    expect_same(&before, &after);
    expect_clean(&l.f);
}

static int begin_next(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    return index_next_begin(tx, err);
}

static void one_that_a_crash_ended_is_cleaned_up(void **state)
{
    CLEANUP(life_done) struct life l = life_new(60);
    (void)state;
    assert_ok(store_write(l.f.store, begin_next, NULL, err));
    fixture_reopen(&l.f);
    assert_true(sql_number(&l.f, "SELECT count(*) FROM fts_dead WHERE is_swept = 2") > 0);
    arrive_some(&l, 60, 1);

    assert_ok(store_rebuild_clean(l.f.store, err));

    expect_clean(&l.f);
    assert_int_equal(sql_number(&l.f, "SELECT count(*) FROM fts_dead WHERE is_swept = 2"), 0);
    CLEANUP(state_done) struct state before = state_now(&l.f);
    rebuild(&l.f);
    CLEANUP(state_done) struct state after = state_now(&l.f);
    expect_same(&before, &after);
}

static bool try_another(void *ctx, const struct store_rebuild_report *so_far)
{
    struct fixture *f = ctx;
    struct store_rebuild_report report;
    struct fct_error why = {0};
    (void)so_far;
    assert_int_equal(store_rebuild(f->store, NULL, NULL, &report, &why), -1);
    assert_int_equal(why.code, FCT_E_BUSY);
    return true;
}

static void there_is_one_at_a_time(void **state)
{
    CLEANUP(life_done) struct life l = life_new(60);
    struct store_rebuild_report report;
    (void)state;

    assert_ok(store_rebuild(l.f.store, try_another, &l.f, &report, err));

    expect_clean(&l.f);
}

/* Overwrites the bytes of one record's body. */
static void damage_record(struct fixture *f, int64_t email_id)
{
    char sql[128];
    snprintf(sql, sizeof(sql), "SELECT b.pack FROM email e JOIN blob b ON b.id = e.blob_id WHERE e.id = %lld",
             (long long)email_id);
    int64_t pack = sql_number(f, sql);
    snprintf(sql, sizeof(sql), "SELECT b.offset FROM email e JOIN blob b ON b.id = e.blob_id WHERE e.id = %lld",
             (long long)email_id);
    int64_t offset = sql_number(f, sql);
    CLEANUP(freep) char *path = xasprintf("%s/packs/%06lld.pack", f->dir, (long long)pack);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset + 70, SEEK_SET), 0);
    assert_int_equal(fwrite("damaged", 1, 7, file), 7);
    fclose(file);
}

static void a_message_with_damaged_bytes_keeps_what_is_known_of_it(void **state)
{
    CLEANUP(life_done) struct life l = life_new(60);
    (void)state;
    damage_record(&l.f, l.ids[51]);

    struct store_rebuild_report report = rebuild(&l.f);

    assert_int_equal(report.damaged, 1);
    assert_int_equal(report.corrected, 0);
    struct store_email e = load_email(&l.f, l.ids[51]);
    assert_string_equal(e.subject, "topic 2");
    store_email_done(&e);
    char sql[128];
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM fts WHERE fts MATCH 'subject : topic' AND rowid = %lld",
             (long long)l.ids[51]);
    assert_int_equal(sql_number(&l.f, sql), 1);
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM fts WHERE fts MATCH 'sender : jane' AND rowid = %lld",
             (long long)l.ids[51]);
    assert_int_equal(sql_number(&l.f, sql), 1);
}

/* ---- Threads that nobody saw to be one ---- */

static int run_text(struct store_tx *tx, void *arg, struct fct_error *err)
{
    sqlite3_stmt *q = NULL;

    if (store_prepare(tx, arg, &q, err) < 0)
        return -1;
    int rc = store_step(tx, q, err);
    sqlite3_finalize(q);
    return rc;
}

static void FCT_PRINTF(2, 3) run_sql(struct fixture *f, const char *fmt, ...)
{
    CLEANUP(buf_done) struct buf sql = {0};
    va_list ap;

    va_start(ap, fmt);
    buf_vaddf(&sql, fmt, ap);
    va_end(ap);
    assert_ok(store_write(f->store, run_text, sql.p, err));
}

static int64_t email_of(struct fixture *f, const char *message_id)
{
    CLEANUP(freep) char *sql = xasprintf("SELECT email_id FROM envelope WHERE message_id = '%s'", message_id);

    return sql_number(f, sql);
}

/* A Thread of three letters, of which the last has a Thread of its own again; the first ties them. Then one of another.
 */
static struct life life_untied(void)
{
    static const char *const names[] = {"INBOX"};
    struct life l = {.f = fixture_new()};

    l.account = add_server(&l.f, names, 1, l.boxes);
    arrive_letter(&l.f, l.account, l.boxes[0], 1, NOON + 6400, 0, &(struct letter){.id = "a@x", .subject = "topic"});
    arrive_letter(&l.f, l.account, l.boxes[0], 2, NOON + 64000, 0, &(struct letter){.id = "b@x", .subject = "topic"});
    int64_t hash = sql_number(&l.f, "SELECT hash FROM thread_ref ORDER BY thread_id DESC");
    arrive_letter(&l.f, l.account, l.boxes[0], 3, NOON, 0,
                  &(struct letter){.id = "c@x", .references = "<a@x> <b@x>", .subject = "topic"});
    assert_int_equal(sql_number(&l.f, "SELECT count(*) FROM thread"), 1);
    arrive_letter(&l.f, l.account, l.boxes[0], 4, NOON + 640000, 0, &(struct letter){.id = "d@x", .subject = "other"});
    run_sql(&l.f, "UPDATE thread_ref SET thread_id = 5000 WHERE hash = %lld", (long long)hash);
    run_sql(&l.f, "UPDATE email SET thread_id = 5000 WHERE id = %lld", (long long)email_of(&l.f, "b@x"));
    run_sql(
        &l.f,
        "INSERT INTO thread (id, account_id, n_emails, created_modseq, updated_modseq) VALUES (5000, %lld, 1, 1, 1)",
        (long long)l.account);
    return l;
}

static void an_email_that_is_tied_is_put_right_as_well(void **state)
{
    CLEANUP(life_done) struct life l = life_untied();
    int64_t before = email_of(&l.f, "b@x");
    (void)state;
    run_sql(&l.f, "UPDATE envelope SET subject = 'nonsense' WHERE email_id = %lld", (long long)before);

    struct store_rebuild_report report = rebuild(&l.f);

    assert_int_equal(report.tied, 1);
    assert_int_equal(report.corrected, 1);
    assert_int_equal(sql_number(&l.f, "SELECT count(*) FROM thread"), 2);
    assert_int_equal(report.done, 4);
    assert_int_not_equal(email_of(&l.f, "b@x"), before);
    struct store_email e = load_email(&l.f, email_of(&l.f, "b@x"));
    assert_string_equal(e.subject, "topic");
    store_email_done(&e);
    assert_int_equal(sql_number(&l.f, "SELECT count(*) FROM fts WHERE fts MATCH 'subject : topic'"), 3);
    expect_clean(&l.f);
    CLEANUP(state_done) struct state first = state_now(&l.f);
    report = rebuild(&l.f);
    assert_int_equal(report.tied + report.corrected, 0);
    CLEANUP(state_done) struct state second = state_now(&l.f);
    expect_same(&first, &second);
}

static void a_thread_whose_row_is_lost_is_tied_like_another(void **state)
{
    CLEANUP(life_done) struct life l = life_untied();
    (void)state;
    run_sql(&l.f, "DELETE FROM thread WHERE id = 5000");

    struct store_rebuild_report report = rebuild(&l.f);

    assert_int_equal(report.tied, 1);
    assert_int_equal(sql_number(&l.f, "SELECT count(*) FROM thread"), 2);
    assert_int_equal(sql_number(&l.f, "SELECT max(n_emails) FROM thread"), 3);
    expect_clean(&l.f);
}

static void threads_too_large_to_be_tied_are_not_told_as_tied(void **state)
{
    static const char *const names[] = {"INBOX"};
    CLEANUP(life_done) struct life l = {.f = fixture_new()};
    enum { N = 201 }; /* THREAD_MERGE_MAX, and one more */
    (void)state;
    l.account = add_server(&l.f, names, 1, l.boxes);
    for (unsigned i = 0; i < 2 * N; i++) {
        char id[32];
        snprintf(id, sizeof(id), "m%u@x", i);
        arrive_letter(&l.f, l.account, l.boxes[0], i + 1, NOON + i * 100, 0,
                      &(struct letter){.id = id, .references = i % 2 ? "<odd@x>" : "<even@x>", .subject = "topic"});
    }
    arrive_letter(&l.f, l.account, l.boxes[0], 1000, NOON, 0,
                  &(struct letter){.id = "both@x", .references = "<odd@x> <even@x>", .subject = "topic"});
    assert_int_equal(sql_number(&l.f, "SELECT count(*) FROM thread"), 2);

    struct store_rebuild_report report = rebuild(&l.f);

    assert_int_equal(report.tied, 0);
    assert_int_equal(report.done, 2 * N + 1);
    assert_int_equal(sql_number(&l.f, "SELECT count(*) FROM thread"), 2);
}

static void a_damaged_message_that_is_tied_is_still_found(void **state)
{
    static const char *const names[] = {"INBOX"};
    CLEANUP(life_done) struct life l = {.f = fixture_new()};
    (void)state;
    l.account = add_server(&l.f, names, 1, l.boxes);
    arrive_letter(&l.f, l.account, l.boxes[0], 1, NOON, 0, &(struct letter){.id = "a@x", .subject = "topic"});
    int64_t b = arrive_letter(&l.f, l.account, l.boxes[0], 2, NOON + 6400, 0,
                              &(struct letter){.id = "b@x", .subject = "topic", .body = "about harbours"});
    damage_record(&l.f, b);

    arrive_letter(&l.f, l.account, l.boxes[0], 3, NOON + 64000, 0,
                  &(struct letter){.id = "c@x", .references = "<a@x> <b@x>", .subject = "topic"});

    assert_int_not_equal(email_of(&l.f, "b@x"), b);
    assert_int_equal(sql_number(&l.f, "SELECT rowid FROM fts WHERE fts MATCH 'body : harbours' ORDER BY rowid DESC"),
                     email_of(&l.f, "b@x")); /* the preview has it */
}

static void the_new_index_is_made_like_the_first(void **state)
{
    CLEANUP(life_done) struct life l = life_new(60);
    (void)state;
    int64_t options = sql_number(&l.f, "SELECT sum(v) FROM fts_config WHERE k IN ('hashsize', 'automerge', 'version')");
    int64_t columns = sql_number(
        &l.f,
        "SELECT group_concat(name) = 'body,subject,sender,recipient,cc,bcc,files,list' FROM pragma_table_info('fts')");

    rebuild(&l.f);

    assert_int_equal(sql_number(&l.f, "SELECT sum(v) FROM fts_config WHERE k IN ('hashsize', 'automerge', 'version')"),
                     options);
    assert_int_equal(columns, 1);
    assert_int_equal(sql_number(&l.f, "SELECT group_concat(name) = 'body,subject,sender,recipient,cc,bcc,files,list' "
                                      "FROM pragma_table_info('fts')"),
                     1);
}

/* The index's own tables are guarded against everybody but FTS5, so the guard is lifted for a moment. */
static int spoil_index(struct store_tx *tx, void *arg, struct fct_error *err)
{
    sqlite3_db_config(store_db(tx), SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    int result = run_text(tx, arg, err);
    sqlite3_db_config(store_db(tx), SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return result;
}

static int search_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    int64_t *out = arg;
    sqlite3_stmt *q = store_stmt(tx, "SELECT count(*) FROM fts WHERE fts MATCH 'harbours'");
    int has_row = store_step(tx, q, err);
    *out = has_row > 0 ? sqlite3_column_int64(q, 0) : -1;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static void expect_made_again(const char *damage, bool is_reopened)
{
    CLEANUP(life_done) struct life l = life_new(60);
    CLEANUP(freep) char *sql = xstrdup(damage);
    struct fct_error why = {0};
    int64_t found = 0;
    assert_ok(store_write(l.f.store, spoil_index, sql, err));
    if (is_reopened)
        fixture_reopen(&l.f);
    assert_int_equal(store_read(l.f.store, search_fn, &found, &why), -1);
    assert_int_equal(why.code, FCT_E_CORRUPT);
    assert_non_null(strstr(why.message, "facteur rebuild"));

    rebuild(&l.f);

    assert_ok(store_read(l.f.store, search_fn, &found, err));
    assert_int_equal(found, 50);
    expect_clean(&l.f);
    arrive_some(&l, 60, 1);
    rebuild(&l.f);
    expect_clean(&l.f);
}

static void a_damaged_index_says_so_and_is_made_again(void **state)
{
    (void)state;
    expect_made_again("UPDATE fts_data SET block = x'FFFFFFFFFFFFFFFF' WHERE id > 10", true);
}

static void an_index_that_cannot_be_opened_is_made_again(void **state)
{
    (void)state;
    expect_made_again("UPDATE fts_data SET block = x'FFFFFFFFFFFFFFFF' WHERE id = 10", true);
    expect_made_again("UPDATE fts_data SET block = x'FFFFFFFFFFFFFFFF'", true);
    expect_made_again("UPDATE fts_data SET block = x'FFFFFFFFFFFFFFFF'", false);
    expect_made_again("DELETE FROM fts_data", true);
}

static int pays_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_rebuild_pays(tx, arg, err);
}

static bool pays(struct fixture *f)
{
    bool out = false;

    assert_ok(store_read(f->store, pays_fn, &out, err));
    return out;
}

static int make_dead(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    return store_run(tx,
                     store_stmt(tx, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
                                    "INSERT INTO fts_dead (email_id) SELECT i FROM n"),
                     err);
}

static int forget_rules(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    return store_run(tx, store_stmt(tx, "DELETE FROM meta WHERE key = 'index_rules'"), err);
}

static void it_pays_for_much_that_is_dead_and_for_other_rules(void **state)
{
    CLEANUP(life_done) struct life l = life_new(60);
    (void)state;
    assert_false(pays(&l.f));

    assert_ok(store_write(l.f.store, make_dead, NULL, err));
    assert_true(pays(&l.f));
    rebuild(&l.f);
    assert_false(pays(&l.f));

    assert_ok(store_write(l.f.store, forget_rules, NULL, err));
    assert_true(pays(&l.f));
    rebuild(&l.f);
    assert_false(pays(&l.f));
}

int main(void)
{
    mime_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_rebuilt_is_what_was_kept),
        cmocka_unit_test(what_was_damaged_is_put_right_from_the_bytes),
        cmocka_unit_test(mail_that_comes_and_goes_meanwhile_is_right_afterwards),
        cmocka_unit_test(one_that_is_stopped_leaves_the_index_as_it_was),
        cmocka_unit_test(one_whose_fiber_is_cancelled_ends_after_a_piece),
        cmocka_unit_test(one_that_a_crash_ended_is_cleaned_up),
        cmocka_unit_test(there_is_one_at_a_time),
        cmocka_unit_test(a_message_with_damaged_bytes_keeps_what_is_known_of_it),
        cmocka_unit_test(an_email_that_is_tied_is_put_right_as_well),
        cmocka_unit_test(a_thread_whose_row_is_lost_is_tied_like_another),
        cmocka_unit_test(threads_too_large_to_be_tied_are_not_told_as_tied),
        cmocka_unit_test(a_damaged_message_that_is_tied_is_still_found),
        cmocka_unit_test(the_new_index_is_made_like_the_first),
        cmocka_unit_test(a_damaged_index_says_so_and_is_made_again),
        cmocka_unit_test(an_index_that_cannot_be_opened_is_made_again),
        cmocka_unit_test(it_pays_for_much_that_is_dead_and_for_other_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
