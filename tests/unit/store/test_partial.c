/* Messages of which only the header is here: taken in, completed, let go again, and never mistaken for one another. */
#include "mail_fixture.h"
#include "soundness.h"

#include "store/index.h"
#include "store/mailbox_wishes.h"
#include "store/partial.h"
#include "store/rebuild.h"
#include "store/transfers.h"

#define NOON INT64_C(1700000000)

/* ---- letters with their header only ---- */

struct header_of {
    uint64_t uid, size;
    const struct letter *letter;
    int64_t email_id;
    bool was_known, was_completed;
};

static void arrive_as(struct fixture *f, int64_t account, int64_t mailbox, struct header_of *h, bool is_partial,
                      bool is_asked_for)
{
    struct prepared p;
    char *raw = letter_text(h->letter);
    size_t whole = strlen(raw), header = (size_t)(strstr(raw, "\r\n\r\n") - raw) + 4;

    prepared_init(&p, f->store, raw, is_partial ? header : whole);
    struct store_arrival a = {.mailbox_id = mailbox,
                              .uid = h->uid,
                              .received_at = NOON + (int64_t)h->uid,
                              .partial_size = is_partial ? (h->size ? h->size : whole) : 0,
                              .is_asked_for = is_asked_for,
                              .blob = p.blob,
                              .summary = &p.summary};
    arrive(f, account, &a, 1);
    h->email_id = a.email_id;
    h->was_known = a.was_known;
    h->was_completed = a.was_completed;
    prepared_done(&p);
    free(raw);
}

static int64_t arrive_header(struct fixture *f, int64_t account, int64_t mailbox, uint64_t uid, const struct letter *l)
{
    struct header_of h = {.uid = uid, .letter = l};

    arrive_as(f, account, mailbox, &h, true, false);
    return h.email_id;
}

static bool arrive_body(struct fixture *f, int64_t account, int64_t mailbox, uint64_t uid, const struct letter *l)
{
    struct header_of h = {.uid = uid, .letter = l};

    arrive_as(f, account, mailbox, &h, false, false);
    return h.was_completed;
}

static const struct letter hello = {.id = "1@example.org", .subject = "Hello", .body = "a zebra crosses"};

static int64_t hits(struct fixture *f, const char *word)
{
    CLEANUP(freep) char *sql = xasprintf("SELECT count(*) FROM fts WHERE fts MATCH '%s'", word);

    return sql_number(f, sql);
}

static int64_t partials(struct fixture *f)
{
    return sql_number(f, "SELECT count(*) FROM email WHERE bits & 4");
}

static int check_index_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return check_index(tx, c, err);
}

/* ---- letting go ---- */

struct letting {
    int64_t account, now;
    struct keep_rules rules;
    struct store_release *ready;
    int64_t last;
    size_t gone;
};

static int prepare_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct letting *l = arg;

    return store_release_prepare(tx, l->account, &l->rules, l->now, 0, 100, &l->ready, &l->last, err);
}

static int apply_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct letting *l = arg;

    return store_release_apply(tx, l->ready, &l->gone, err);
}

static void get_ready(struct fixture *f, struct letting *l)
{
    l->now = l->now ? l->now : NOON;
    assert_ok(store_read(f->store, prepare_fn, l, err));
}

static size_t let_go(struct fixture *f, struct letting *l)
{
    assert_ok(store_write(f->store, apply_fn, l, err));
    store_release_free(l->ready);
    l->ready = NULL;
    return l->gone;
}

static size_t release(struct fixture *f, int64_t account)
{
    struct letting l = {.account = account}; /* days 0: no bodies */

    get_ready(f, &l);
    return let_go(f, &l);
}

/* ---- coming and being completed ---- */

static void partial_email_shows_what_its_header_says(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t box[1], account = add_server(&f, (const char *[]){"INBOX"}, 1, box);
    char *raw = letter_text(&hello);
    (void)state;

    int64_t id = arrive_header(&f, account, box[0], 7, &hello);

    struct store_email e = load_email(&f, id);
    assert_int_equal(e.bits, STORE_PARTIAL);
    assert_int_equal(e.size, strlen(raw));
    assert_string_equal(e.subject, "Hello");
    assert_string_equal(e.message_id, "1@example.org");
    assert_string_equal(e.preview, "");
    assert_int_equal(hits(&f, "subject : hello"), 1);
    assert_int_equal(hits(&f, "zebra"), 0);
    store_email_done(&e);
    free(raw);
    verify_counters(&f);
}

static void completed_email_keeps_id_thread_and_flags_and_is_found_by_its_body(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t box[1], account = add_server(&f, (const char *[]){"INBOX"}, 1, box);
    (void)state;
    int64_t id = arrive_header(&f, account, box[0], 7, &hello);
    int64_t other = arrive_header(&f, account, box[0], 8,
                                  &(struct letter){.id = "2@example.org", .subject = "Other", .body = "giraffe"});
    assert_good(set_flags(&f, id, FCT_FLAG_FLAGGED, 0));
    struct store_email before = load_email(&f, id);
    int64_t since = state_of(&f, account, STORE_EMAIL);

    assert_true(arrive_body(&f, account, box[0], 7, &hello));

    struct store_email e = load_email(&f, id);
    assert_int_equal(e.bits, 0);
    assert_int_equal(e.thread_id, before.thread_id);
    assert_int_equal(e.flags, FCT_FLAG_FLAGGED);
    assert_int_equal(e.received_at, before.received_at);
    assert_string_equal(e.preview, "a zebra crosses");
    assert_int_not_equal(e.blob_id, before.blob_id);
    assert_int_equal(hits(&f, "zebra"), 1);
    assert_int_equal(hits(&f, "subject : hello"), 1);
    assert_int_equal(hits(&f, "giraffe"), 0);
    assert_int_equal(partials(&f), 1);
    assert_true(state_of(&f, account, STORE_EMAIL) > since);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 2);
    assert_good(write_call(&f, (struct call){.fn = check_index_call}));
    verify_counters(&f);
    assert_false(arrive_body(&f, account, box[0], 7, &hello)); /* whole already */
    (void)other;
    store_email_done(&e);
    store_email_done(&before);
}

static void headers_alike_are_the_same_message_only_with_its_id_and_size(void **state)
{
    static const struct letter no_id = {.subject = "Hello", .body = "x"};
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t box[2], account = add_server(&f, (const char *[]){"INBOX", "All"}, 2, box);
    struct header_of first = {.uid = 1, .letter = &hello, .size = 5000},
                     same = {.uid = 2, .letter = &hello, .size = 5000},
                     longer = {.uid = 3, .letter = &hello, .size = 6000},
                     none = {.uid = 4, .letter = &no_id, .size = 5000},
                     none_too = {.uid = 5, .letter = &no_id, .size = 5000};
    (void)state;

    arrive_as(&f, account, box[0], &first, true, false);
    arrive_as(&f, account, box[1], &same, true, false);
    arrive_as(&f, account, box[1], &longer, true, false);
    arrive_as(&f, account, box[0], &none, true, false);
    arrive_as(&f, account, box[1], &none_too, true, false);

    assert_int_equal(first.email_id, same.email_id);
    assert_int_not_equal(first.email_id, longer.email_id);
    assert_int_not_equal(none.email_id, none_too.email_id);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 4);
    verify_counters(&f);
}

static void a_header_with_deleted_comes_back_as_a_header(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t box[1], account = add_server(&f, (const char *[]){"INBOX"}, 1, box);
    struct header_of h = {.uid = 7, .letter = &hello, .size = 5000};
    (void)state;
    arrive_as(&f, account, box[0], &h, true, false);

    server_flags(&f, box[0], 7, FCT_FLAG_DELETED);
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 0);
    server_flags(&f, box[0], 7, 0);

    assert_int_equal(sql_number(&f, "SELECT size FROM email WHERE bits & 4"), 5000);
    verify_counters(&f);
}

static int refuse_removal_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_removals_refused(tx, c->out, 1, c->in, err);
}

static void a_departed_header_comes_back_as_a_header(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t box[1], account = add_server(&f, (const char *[]){"INBOX"}, 1, box);
    struct header_of h = {.uid = 7, .letter = &hello, .size = 5000};
    (void)state;
    arrive_as(&f, account, box[0], &h, true, false);
    assert_good(destroy_email(&f, h.email_id));

    int64_t removal = sql_number(&f, "SELECT id FROM departure");
    struct store_removal r = {.id = removal, .mailbox_id = box[0], .uid = 7};
    struct fct_error why = {.code = FCT_E_SERVER, .retry = FCT_RETRY_NEVER};
    struct call c = {.fn = refuse_removal_call, .in = &why, .out = &r};
    assert_good(write_call(&f, c));

    assert_int_equal(sql_number(&f, "SELECT size FROM email WHERE bits & 4"), 5000);
    verify_counters(&f);
}

static void rebuild_finds_nothing_to_correct_in_partial_emails(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t box[1], account = add_server(&f, (const char *[]){"INBOX"}, 1, box);
    struct store_rebuild_report report = {0};
    (void)state;
    int64_t id = arrive_letter(&f, account, box[0], 1, NOON, 0, &hello);
    arrive_header(&f, account, box[0], 2, &(struct letter){.id = "2@example.org", .subject = "Two"});
    assert_int_equal(release(&f, account), 1);

    assert_ok(store_rebuild(f.store, NULL, NULL, &report, err));

    assert_int_equal(report.done, 2);
    assert_int_equal(report.corrected, 0);
    assert_int_equal(partials(&f), 2);
    struct store_email e = load_email(&f, id);
    assert_string_equal(e.preview, "a zebra crosses"); /* it was known once */
    store_email_done(&e);
    assert_int_equal(hits(&f, "zebra"), 0);
    assert_true(arrive_body(&f, account, box[0], 1, &hello));
    assert_int_equal(hits(&f, "zebra"), 1);
    assert_good(write_call(&f, (struct call){.fn = check_index_call}));
}

static int begin_next_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return index_next_begin(tx, err) < 0 ? -1 : index_next_set_cursor(tx, c->id, err);
}

static int take_over_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    (void)c;
    return index_next_take_over(tx, err) < 0 ? -1 : index_next_end(tx, err);
}

static int fill_next_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    CLEANUP(mime_summary_done) struct mime_summary s = {0};
    bool is_damaged;

    if (begin_next_call(tx, c, err) < 0 || index_summary_from_blob(tx, c->other, &s, &is_damaged, err) < 0)
        return -1;
    return index_next_insert(tx, c->id, &s, err);
}

static void completion_reaches_an_index_that_is_being_rebuilt(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t box[1], account = add_server(&f, (const char *[]){"INBOX"}, 1, box);
    (void)state;
    int64_t id = arrive_header(&f, account, box[0], 7, &hello);
    int64_t blob = sql_number(&f, "SELECT blob_id FROM email");
    assert_good(write_call(&f, (struct call){.fn = fill_next_call, .id = id, .other = blob}));

    assert_true(arrive_body(&f, account, box[0], 7, &hello));
    assert_good(write_call(&f, (struct call){.fn = take_over_call}));

    assert_int_equal(hits(&f, "zebra"), 1);
    assert_int_equal(hits(&f, "subject : hello"), 1);
    assert_good(write_call(&f, (struct call){.fn = check_index_call}));
}

/* ---- letting go ---- */

static void a_body_that_nobody_keeps_goes_and_its_words_with_it(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t box[1], account = add_server(&f, (const char *[]){"INBOX"}, 1, box);
    (void)state;
    int64_t id = arrive_letter(&f, account, box[0], 1, NOON, 0, &hello);
    struct store_email before = load_email(&f, id);

    assert_int_equal(release(&f, account), 1);

    struct store_email e = load_email(&f, id);
    assert_int_equal(e.bits, STORE_PARTIAL);
    assert_int_equal(e.size, before.size);
    assert_int_equal(e.thread_id, before.thread_id);
    assert_string_equal(e.preview, "a zebra crosses");
    assert_int_equal(hits(&f, "zebra"), 0);
    assert_int_equal(hits(&f, "subject : hello"), 1);
    assert_good(write_call(&f, (struct call){.fn = check_index_call}));
    assert_int_equal(release(&f, account), 0);
    assert_true(arrive_body(&f, account, box[0], 1, &hello));
    assert_int_equal(hits(&f, "zebra"), 1);
    store_email_done(&e);
    store_email_done(&before);
}

static void what_is_flagged_drafted_waiting_or_only_here_stays(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t box[2], account = add_server(&f, (const char *[]){"INBOX", "Old"}, 2, box);
    char id[5][16];
    struct letter l[5];
    int64_t e[5], created;
    (void)state;
    for (int i = 0; i < 5; i++) {
        snprintf(id[i], sizeof(id[i]), "%d@example.org", i);
        l[i] = (struct letter){.id = id[i], .body = "bytes"};
        e[i] = arrive_letter(&f, account, box[0], (uint64_t)i + 1, NOON + i,
                             i == 0   ? FCT_FLAG_FLAGGED
                             : i == 1 ? FCT_FLAG_DRAFT
                                      : 0,
                             &l[i]);
    }
    assert_good(set_mailboxes(&f, e[2], &box[1], 1));   /* a departure and a wanted placement */
    assert_good(set_flags(&f, e[3], FCT_FLAG_SEEN, 0)); /* waits in the journal */
    assert_good(create_letter(&f, account, &box[0], 1, 0, &(struct letter){.id = "own@example.org"}, &created));
    int64_t local = local_account(&f), archive = mailbox_with_role(&f, local, FCT_ROLE_INBOX);
    if (archive)
        assert_good(create_letter(&f, local, &archive, 1, 0, &(struct letter){.id = "mine@example.org"}, &created));

    assert_int_equal(release(&f, account), 1); /* e[4] */

    assert_int_equal(sql_number(&f, "SELECT id FROM email WHERE bits & 4"), e[4]);
}

static void what_changed_while_it_was_made_ready_stays(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t box[1], account = add_server(&f, (const char *[]){"INBOX"}, 1, box);
    struct letting l = {.account = account};
    (void)state;
    int64_t id = arrive_letter(&f, account, box[0], 1, NOON, 0, &hello);

    get_ready(&f, &l);
    assert_int_equal(store_release_count(l.ready), 1);
    assert_good(set_flags(&f, id, FCT_FLAG_FLAGGED, 0));

    assert_int_equal(let_go(&f, &l), 0);
    assert_int_equal(partials(&f), 0);
}

static void a_body_that_was_asked_for_stays_a_week(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t box[1], account = add_server(&f, (const char *[]){"INBOX"}, 1, box);
    struct header_of h = {.uid = 7, .letter = &hello};
    (void)state;
    arrive_as(&f, account, box[0], &h, true, false);
    arrive_as(&f, account, box[0], &h, false, true);
    assert_true(h.was_completed);

    struct letting now = {.account = account, .now = (int64_t)time(NULL)},
                   later = {.account = account, .now = (int64_t)time(NULL) + BODY_ASKED_SECONDS + 60};
    get_ready(&f, &now);
    get_ready(&f, &later);

    assert_int_equal(store_release_count(now.ready), 0);
    assert_int_equal(store_release_count(later.ready), 1);
    store_release_free(now.ready);
    store_release_free(later.ready);
}

static int set_keep_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    json_auto_t *keep = json_loads(c->in, 0, NULL);

    return store_mailbox_set_keep(tx, c->id, keep, NULL, err);
}

static int rules_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return keep_rules_load(tx, c->id, c->out, err);
}

static void of_two_mailboxes_the_one_that_keeps_more_decides(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t box[2], account = add_server(&f, (const char *[]){"INBOX", "All"}, 2, box);
    struct letting l = {.account = account};
    (void)state;
    arrive_letter(&f, account, box[0], 1, NOON, 0, &hello);
    arrive_letter(&f, account, box[1], 1, NOON, 0, &hello);
    arrive_letter(&f, account, box[1], 2, NOON, 0, &(struct letter){.id = "2@example.org"});
    assert_good(write_call(&f, (struct call){.fn = set_keep_call, .id = box[1], .in = "{\"bodies\": \"none\"}"}));
    assert_good(write_call(&f, (struct call){.fn = set_keep_call, .id = box[0], .in = "{\"bodies\": {\"days\": 30}}"}));
    assert_good(read_call(&f, (struct call){.fn = rules_call, .id = account, .out = &l.rules}));

    get_ready(&f, &l);
    assert_int_equal(let_go(&f, &l), 1); /* number 2 */
    l.now = NOON + 31 * 86400;
    get_ready(&f, &l);
    assert_int_equal(let_go(&f, &l), 1);
    keep_rules_done(&l.rules);
}

/* ---- a mailbox that is deleted here, with the only copy in it ---- */

static int destroy_box_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_destroy(tx, c->id, true, err);
}

static int wish_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_mailbox_wish_load(tx, c->id, c->out, err);
}

static bool waits_for_departures(struct fixture *f, int64_t mailbox)
{
    CLEANUP(store_mailbox_wish_done) struct store_mailbox_wish w = {0};
    assert_good(read_call(f, (struct call){.fn = wish_call, .id = mailbox, .out = &w}));
    assert_int_equal(w.what, STORE_WISH_DELETE);
    return w.has_departures;
}

struct loaded_transfers {
    struct store_transfer *v;
    size_t n;
};

static int load_transfers_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct loaded_transfers *l = c->out;
    int64_t last;
    return store_transfers_load(tx, c->id, 0, 10, &l->v, &l->n, &last, err);
}

static int refuse_transfers_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    const struct loaded_transfers *l = c->in;
    struct fct_error why = {0};
    fct_fail(&why, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "no");
    return store_transfers_refused(tx, l->v, l->n, &why, err);
}

static int again_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_refused_again(tx, c->id, err);
}

static void what_was_copied_out_of_a_deleted_mailbox_goes_before_it(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t box[3], account = add_server(&f, (const char *[]){"INBOX", "A", "B"}, 3, box);
    int64_t id = arrive_header(&f, account, box[1], 1, &hello);
    (void)state;
    arrive_header(&f, account, box[1], 2, &(struct letter){.id = "2@example.org"});
    assert_good(set_mailboxes(&f, id, (const int64_t[]){box[1], box[2]}, 2)); /* a copy */
    assert_good(write_call(&f, (struct call){.fn = destroy_box_call, .id = box[1]}));
    assert_int_equal(sql_number(&f, "SELECT count(*) FROM email"), 1);

    for (int i = 0; i < 2; i++) {
        struct loaded_transfers l = {0};
        assert_true(waits_for_departures(&f, box[1]));
        assert_good(read_call(&f, (struct call){.fn = load_transfers_call, .id = account, .out = &l}));
        assert_int_equal(l.n, 1);
        assert_int_equal(l.v[0].kind, STORE_TRANSFER_MOVE); /* nothing could be appended */
        assert_int_equal(l.v[0].from_mailbox, box[1]);
        assert_int_equal(l.v[0].from_uid, 1);
        /* And when the server will not: it stays there until it will. */
        assert_good(write_call(&f, (struct call){.fn = refuse_transfers_call, .in = &l}));
        store_transfers_free(l.v, l.n);
        assert_true(waits_for_departures(&f, box[1]));
        assert_good(write_call(&f, (struct call){.fn = again_call, .id = account}));
    }
    assert_good(destroy_email(&f, id));
    assert_false(waits_for_departures(&f, box[1]));
}

/* ---- what is due ---- */

static int due_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_bodies_due(tx, c->out, c->n, err);
}

static void bodies_are_due_newest_first_and_page_by_page(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t box[1], account = add_server(&f, (const char *[]){"INBOX"}, 1, box);
    struct keep_rules rules = {.account = {.days = KEEP_ALL_DAYS, .max_bytes = 4000}};
    struct store_bodies due = {
        .account_id = account, .now = NOON, .rules = &rules, .before = INT64_MAX, .before_id = INT64_MAX};
    char id[7][16];
    uint64_t uids[8] = {0};
    size_t n = 0;
    (void)state;
    for (int i = 0; i < 7; i++) {
        snprintf(id[i], sizeof(id[i]), "%d@example.org", i);
        struct letter l = {.id = id[i]};
        struct header_of h = {.uid = (uint64_t)i + 1, .letter = &l, .size = i == 3 ? 5000 : 3000};
        arrive_as(&f, account, box[0], &h, true, false);
    }

    do {
        assert_good(read_call(&f, (struct call){.fn = due_call, .n = 3, .out = &due}));
        for (size_t i = 0; i < due.n; i++)
            uids[n++] = due.v[i].uid;
    } while (!due.is_done);
    free(due.v);

    const uint64_t wanted[] = {7, 6, 5, 3, 2, 1};
    assert_int_equal(n, 6);
    assert_memory_equal(uids, wanted, sizeof(wanted));
}

static void policies_are_read_and_refused(void **state)
{
    static const char *const bad[] = {"7",
                                      "\"all\"",
                                      "{\"bodies\": \"some\"}",
                                      "{\"bodies\": {\"days\": 0}}",
                                      "{\"bodies\": {\"days\": 1, \"hours\": 2}}",
                                      "{\"bodies\": 3}",
                                      "{\"maxBytes\": 0}",
                                      "{\"maxBytes\": \"1M\"}",
                                      "{\"body\": \"all\"}",
                                      "{\"bodies\": {\"days\": 40000}}"};
    struct keep_policy p;
    (void)state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        json_auto_t *v = json_loads(bad[i], JSON_DECODE_ANY, NULL);
        struct fct_error err = {0};
        assert_int_equal(keep_parse(v, &p, &err), -1);
        assert_int_equal(err.code, FCT_E_INVALID);
    }
    json_auto_t *days = json_loads("{\"bodies\": {\"days\": 2}, \"maxBytes\": 100}", 0, NULL);
    assert_ok(keep_parse(days, &p, err));
    assert_true(keep_wants(&p, NOON, NOON - 2 * 86400, 100));
    assert_false(keep_wants(&p, NOON, NOON - 2 * 86400 - 1, 100));
    assert_false(keep_wants(&p, NOON, NOON, 101));
    assert_ok(keep_parse(NULL, &p, err));
    assert_true(keep_is_all(&p) && keep_wants(&p, NOON, 0, UINT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partial_email_shows_what_its_header_says),
        cmocka_unit_test(completed_email_keeps_id_thread_and_flags_and_is_found_by_its_body),
        cmocka_unit_test(headers_alike_are_the_same_message_only_with_its_id_and_size),
        cmocka_unit_test(a_header_with_deleted_comes_back_as_a_header),
        cmocka_unit_test(a_departed_header_comes_back_as_a_header),
        cmocka_unit_test(rebuild_finds_nothing_to_correct_in_partial_emails),
        cmocka_unit_test(completion_reaches_an_index_that_is_being_rebuilt),
        cmocka_unit_test(a_body_that_nobody_keeps_goes_and_its_words_with_it),
        cmocka_unit_test(what_is_flagged_drafted_waiting_or_only_here_stays),
        cmocka_unit_test(what_changed_while_it_was_made_ready_stays),
        cmocka_unit_test(a_body_that_was_asked_for_stays_a_week),
        cmocka_unit_test(of_two_mailboxes_the_one_that_keeps_more_decides),
        cmocka_unit_test(what_was_copied_out_of_a_deleted_mailbox_goes_before_it),
        cmocka_unit_test(bodies_are_due_newest_first_and_page_by_page),
        cmocka_unit_test(policies_are_read_and_refused),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
