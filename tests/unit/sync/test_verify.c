/* What the comparison of store and server finds: one mailbox as a pure function, and a server in memory against a store. */
#include "fake_source.h"
#include "unit/store/mail_fixture.h"

#include "sync/verify.h"

#define NOON 1700000000

/* ---- the pure part ---- */

struct pair {
    struct listing there;
    struct store_mailbox_here here;
    struct verify_diffs diffs;
};

static void pair_done(struct pair *p)
{
    listing_done(&p->there);
    free(p->here.v);
    free(p->here.waits);
    free(p->here.unplaced);
    buf_done(&p->here.words);
    verify_diffs_done(&p->diffs);
}

static void on_server(struct pair *p, uint64_t uid, uint32_t flags, const char *keywords)
{
    assert_true(listing_add(&p->there, uid, &(struct fct_flags){flags, bytes_str(keywords)}));
}

static struct store_here *in_store(struct pair *p, uint64_t uid, uint32_t flags, const char *words, enum store_here_kind kind)
{
    struct store_mailbox_here *h = &p->here;
    h->v = xreallocarray(h->v, h->n + 1, sizeof(h->v[0]));
    struct store_here *e = &h->v[h->n++];
    *e = (struct store_here){.uid = uid, .email_id = (int64_t)uid + 1000, .flags = flags, .kind = (uint8_t)kind};
    if (words) {
        e->keywords_at = (uint32_t)h->words.n + 1;
        buf_add(&h->words, words, strlen(words) + 1);
    }
    return e;
}

/* A wish that waits; `words` are literals. */
static void wish(struct pair *p, uint32_t add, const char *add_words, uint32_t remove, const char *remove_words)
{
    struct store_mailbox_here *h = &p->here;
    h->waits = xreallocarray(h->waits, h->n_waits + 1, sizeof(h->waits[0]));
    h->waits[h->n_waits++] = (struct store_wait){{add, (char *)add_words}, {remove, (char *)remove_words}};
    h->v[h->n - 1].waits_at = (uint32_t)h->n_waits;
}

static void unplaced(struct pair *p, int64_t email_id, bool waits)
{
    struct store_mailbox_here *h = &p->here;
    h->unplaced = xreallocarray(h->unplaced, h->n_unplaced + 1, sizeof(h->unplaced[0]));
    h->unplaced[h->n_unplaced++] = (struct store_unplaced){email_id, waits};
}

static void compare(struct pair *p)
{
    listing_sort(&p->there);
    verify_compare(&p->there, &p->here, &p->diffs);
}

static void expect_diff(const struct pair *p, size_t i, enum verify_type type, uint64_t uid, int64_t email_id)
{
    assert_true(i < p->diffs.n);
    assert_int_equal(p->diffs.v[i].type, type);
    assert_int_equal(p->diffs.v[i].uid, uid);
    assert_int_equal(p->diffs.v[i].email_id, email_id);
}

static void two_equal_sides_have_no_differences(void **state)
{
    (void)state;
    CLEANUP(pair_done) struct pair p = {0};
    for (uint64_t uid = 1; uid <= 1000; uid++) {
        on_server(&p, 1001 - uid, 0, NULL); /* in any order */
        in_store(&p, uid, 0, NULL, HERE_SHOWN);
    }
    on_server(&p, 2000, FCT_FLAG_SEEN, "work a");
    in_store(&p, 2000, FCT_FLAG_SEEN, "a work", HERE_SHOWN);
    on_server(&p, 2001, FCT_FLAG_DELETED | FCT_FLAG_SEEN, NULL);
    in_store(&p, 2001, FCT_FLAG_DELETED | FCT_FLAG_SEEN, NULL, HERE_DELETED);

    compare(&p);

    assert_int_equal(p.diffs.n, 0);
    assert_int_equal(p.diffs.waiting, 0);
}

static void each_kind_of_difference_is_found(void **state)
{
    (void)state;
    CLEANUP(pair_done) struct pair p = {0};
    in_store(&p, 1, 0, NULL, HERE_SHOWN);
    on_server(&p, 2, 0, NULL);
    on_server(&p, 3, FCT_FLAG_SEEN, NULL);
    in_store(&p, 3, 0, NULL, HERE_SHOWN);
    on_server(&p, 4, 0, "work");
    in_store(&p, 4, 0, NULL, HERE_SHOWN);
    on_server(&p, 5, 0, NULL);
    in_store(&p, 5, 0, "work", HERE_SHOWN);
    on_server(&p, 6, FCT_FLAG_DELETED, NULL);
    in_store(&p, 6, 0, NULL, HERE_SHOWN);
    on_server(&p, 7, 0, NULL);
    in_store(&p, 7, FCT_FLAG_DELETED, NULL, HERE_DELETED)->email_id = 0;
    in_store(&p, 8, FCT_FLAG_DELETED, NULL, HERE_DELETED)->email_id = 0;
    on_server(&p, 9, 0, NULL);
    in_store(&p, 9, FCT_FLAG_SEEN, NULL, HERE_SHOWN)->is_broken = true;
    unplaced(&p, 77, false);

    compare(&p);

    assert_int_equal(p.diffs.n, 10);
    expect_diff(&p, 0, VERIFY_EMAIL_NOT_THERE, 0, 77);
    expect_diff(&p, 1, VERIFY_EMAIL_NOT_THERE, 1, 1001);
    expect_diff(&p, 2, VERIFY_EMAIL_NOT_HERE, 2, 0);
    expect_diff(&p, 3, VERIFY_FLAGS, 3, 1003);
    expect_diff(&p, 4, VERIFY_FLAGS, 4, 1004);
    expect_diff(&p, 5, VERIFY_FLAGS, 5, 1005);
    expect_diff(&p, 6, VERIFY_FLAGS, 6, 1006);
    expect_diff(&p, 7, VERIFY_FLAGS, 7, 0);
    expect_diff(&p, 8, VERIFY_EMAIL_NOT_THERE, 8, 0);
    expect_diff(&p, 9, VERIFY_PLACE_BROKEN, 9, 1009);
}

static void what_waits_is_no_difference(void **state)
{
    (void)state;
    CLEANUP(pair_done) struct pair p = {0};
    on_server(&p, 1, FCT_FLAG_ANSWERED, NULL); /* flagged here, and not told yet */
    in_store(&p, 1, FCT_FLAG_ANSWERED | FCT_FLAG_FLAGGED, NULL, HERE_SHOWN);
    wish(&p, FCT_FLAG_FLAGGED, NULL, 0, NULL);
    on_server(&p, 2, FCT_FLAG_SEEN, "old");
    in_store(&p, 2, 0, "new", HERE_SHOWN);
    wish(&p, 0, "new", FCT_FLAG_SEEN, "old");
    on_server(&p, 3, FCT_FLAG_FLAGGED, NULL); /* the server has it by now */
    in_store(&p, 3, FCT_FLAG_FLAGGED, NULL, HERE_SHOWN);
    wish(&p, FCT_FLAG_FLAGGED, NULL, 0, NULL);
    on_server(&p, 4, 0, NULL); /* moved away or deleted here */
    in_store(&p, 4, 0, NULL, HERE_LEAVING);
    in_store(&p, 5, 0, NULL, HERE_LEAVING);
    unplaced(&p, 77, true);

    compare(&p);

    assert_int_equal(p.diffs.n, 0);
    assert_int_equal(p.diffs.waiting, 6);
}

static void a_wish_excuses_only_what_it_is_about(void **state)
{
    (void)state;
    CLEANUP(pair_done) struct pair p = {0};
    on_server(&p, 1, FCT_FLAG_SEEN, NULL);
    in_store(&p, 1, FCT_FLAG_FLAGGED, NULL, HERE_SHOWN);
    wish(&p, FCT_FLAG_FLAGGED, NULL, 0, NULL);

    compare(&p);

    assert_int_equal(p.diffs.n, 1);
    expect_diff(&p, 0, VERIFY_FLAGS, 1, 1001);
}

static void one_uid_in_two_states_is_one_message(void **state)
{
    (void)state;
    CLEANUP(pair_done) struct pair p = {0};
    on_server(&p, 1, FCT_FLAG_DELETED, NULL);
    in_store(&p, 1, FCT_FLAG_DELETED, NULL, HERE_DELETED);
    in_store(&p, 1, 0, NULL, HERE_LEAVING);
    on_server(&p, 2, 0, NULL);
    in_store(&p, 2, 0, NULL, HERE_SHOWN);

    compare(&p);

    assert_int_equal(p.diffs.n, 0);
}

static void only_what_differs_twice_differs(void **state)
{
    (void)state;
    CLEANUP(pair_done) struct pair first = {0};
    CLEANUP(pair_done) struct pair second = {0};
    for (uint64_t uid = 1; uid <= 5; uid++)
        on_server(&first, uid, 0, NULL);
    on_server(&second, 2, 0, NULL);
    on_server(&second, 4, FCT_FLAG_SEEN, NULL); /* was missing, and now its flags differ */
    in_store(&second, 4, 0, NULL, HERE_SHOWN);
    on_server(&second, 5, 0, NULL);
    on_server(&second, 6, 0, NULL);
    compare(&first);
    compare(&second);
    assert_int_equal(second.diffs.n, 4);

    verify_intersect(&second.diffs, &first.diffs);

    assert_int_equal(second.diffs.n, 2);
    expect_diff(&second, 0, VERIFY_EMAIL_NOT_HERE, 2, 0);
    expect_diff(&second, 1, VERIFY_EMAIL_NOT_HERE, 5, 0);
}

static void flags_are_told_as_keywords(void **state)
{
    (void)state;
    CLEANUP(freep) char *some = verify_flags_text(FCT_FLAG_SEEN | FCT_FLAG_JUNK, "a b");
    CLEANUP(freep) char *none = verify_flags_text(0, NULL);
    assert_string_equal(some, "$seen $junk a b");
    assert_string_equal(none, "");
    for (int t = 0; t < VERIFY_N_TYPES; t++)
        assert_non_null(verify_type_name((enum verify_type)t));
}

/* ---- a store and a server ---- */

struct world {
    struct fixture f;
    struct fake_server *server;
    int64_t account, boxes[2];
};

/* INBOX and Work with three messages each, on both sides. */
static struct world world_new(void)
{
    struct world w = {.f = fixture_new(), .server = XNEW(struct fake_server)};
    const char *const names[] = {"INBOX", "Work"};
    w.server->can = FCT_CAN_MAILBOXES | FCT_CAN_FLAGS | FCT_CAN_KEYWORDS | FCT_CAN_MODSEQ | FCT_CAN_LIST_STATUS;
    w.account = add_server(&w.f, names, 2, w.boxes);
    for (unsigned b = 0; b < 2; b++) {
        struct fake_mailbox *box = fake_add_mailbox(w.server, names[b], 0);
        for (unsigned i = 0; i < 3; i++) {
            char id[16];
            snprintf(id, sizeof(id), "%u-%u@x", b, i);
            uint64_t uid = fake_deliver(box, i, 0);
            arrive_letter(&w.f, w.account, w.boxes[b], uid, NOON + i, 0, &(struct letter){.id = id, .body = id});
        }
    }
    return w;
}

static void world_done(struct world *w)
{
    free(w->server);
    fixture_done(&w->f);
}

/* Everything that an audit does; `between` is called between the two looks. */
static struct verify *audit(struct world *w, void (*between)(struct world *w))
{
    struct verify *v = verify_new(w->f.store, w->account);
    w->server->selected = NULL;
    assert_ok(verify_list(v, &fake_source, w->server, err));
    for (size_t i = 0; i < verify_n(v); i++)
        assert_ok(verify_look(v, i, &fake_source, w->server, err));
    if (between)
        between(w);
    if (verify_in_doubt(v)) {
        assert_ok(verify_list(v, &fake_source, w->server, err));
        for (size_t i = 0; i < verify_n(v); i++)
            if (verify_doubts(v, i))
                assert_ok(verify_look(v, i, &fake_source, w->server, err));
        verify_settle_list(v);
    }
    for (bool more = true; more;)
        assert_ok(verify_emails(v, true, &more, err));
    for (bool more = true; more;)
        assert_ok(verify_remains(v, &more, err));
    assert_ok(verify_check_counters(v, err));
    return v;
}

static void expect_only(const struct verify *v, enum verify_type type, uint64_t count)
{
    const struct verify_report *r = verify_result(v);
    for (size_t i = 0; i < r->n; i++)
        if (r->list[i].type != type)
            fail_msg("%s: %s", verify_type_name(r->list[i].type), r->list[i].text);
    assert_int_equal(r->found, count);
    assert_int_equal(r->counts[type], count);
}

static void a_store_in_step_with_its_server_is_healthy(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    CLEANUP(verify_freep) struct verify *v = audit(&w, NULL);
    const struct verify_report *r = verify_result(v);
    assert_int_equal(r->found, 0);
    assert_int_equal(r->mailboxes, 2);
    assert_int_equal(r->here, 6);
    assert_int_equal(r->there, 6);
    assert_int_equal(r->emails, 6);
    assert_int_equal(w.server->selects, 2); /* nothing is looked at twice where nothing differs */
    assert_int_equal(w.server->stores + w.server->fetches, 0);
}

static void differences_are_told_with_what_each_side_has(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    fake_set_flags(&w.server->box[1], 2, FCT_FLAG_SEEN, "work");
    fake_remove(w.server, &w.server->box[1], 3);
    fake_deliver(&w.server->box[1], 9, 0);

    CLEANUP(verify_freep) struct verify *v = audit(&w, NULL);

    const struct verify_report *r = verify_result(v);
    assert_int_equal(r->found, 3);
    assert_int_equal(r->list[0].type, VERIFY_FLAGS);
    assert_int_equal(r->list[0].mailbox_id, w.boxes[1]);
    assert_string_equal(r->list[0].here, "");
    assert_string_equal(r->list[0].there, "$seen work");
    assert_non_null(strstr(r->list[0].text, "Work"));
    assert_int_equal(r->list[1].type, VERIFY_EMAIL_NOT_THERE);
    assert_int_equal(r->list[1].uid, 3);
    assert_int_equal(r->list[2].type, VERIFY_EMAIL_NOT_HERE);
    assert_true(r->list[2].is_news);
    assert_int_equal(r->to_visit.n, 1);
    assert_int_equal(r->to_visit.v[0], w.boxes[1]);
}

static void catch_up(struct world *w)
{
    arrive_letter(&w->f, w->account, w->boxes[0], 4, NOON, 0, &(struct letter){.id = "new@x"});
}

static void mail_that_comes_meanwhile_is_no_difference(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    assert_int_equal(fake_deliver(&w.server->box[0], 9, 0), 4);
    CLEANUP(verify_freep) struct verify *v = audit(&w, catch_up);
    assert_int_equal(verify_result(v)->found, 0);
}

static void mailboxes_of_one_side_only_are_told(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    w.server->box[1].name = "Renamed";
    CLEANUP(verify_freep) struct verify *v = audit(&w, NULL);
    const struct verify_report *r = verify_result(v);
    assert_int_equal(r->found, 2);
    assert_int_equal(r->counts[VERIFY_MAILBOX_NOT_HERE], 1);
    assert_int_equal(r->counts[VERIFY_MAILBOX_NOT_THERE], 1);
    for (size_t i = 0; i < r->n; i++)
        if (r->list[i].type == VERIFY_MAILBOX_NOT_HERE)
            assert_string_equal(r->list[i].there, "Renamed");
}

/* Its only mailbox was renamed away: the server has it no more, and nothing of it is missing. */
static void a_level_that_held_others_is_no_difference(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    struct sql_job level = {"INSERT INTO mailbox (account_id, name, wire_name, attrs, created_modseq, updated_modseq, props_modseq) "
                            "SELECT account_id, 'Up', CAST('Up' AS BLOB), 1, 1, 1, 1 FROM mailbox WHERE name = 'Work' RETURNING 1", 0};
    assert_int_equal(FCT_MB_NOSELECT, 1);
    assert_ok(store_write(w.f.store, sql_fn, &level, err));
    assert_int_equal(level.value, 1);
    CLEANUP(verify_freep) struct verify *v = audit(&w, NULL);
    assert_int_equal(verify_result(v)->found, 0);
}

static void a_refused_mailbox_is_told_and_the_others_are_compared(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    w.server->box[0].refuses_select = true;
    CLEANUP(verify_freep) struct verify *v = audit(&w, NULL);
    expect_only(v, VERIFY_MAILBOX_REFUSED, 1);
    assert_int_equal(verify_result(v)->mailboxes, 1);
}

static int set_uidvalidity(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct fct_mailbox_status status = {.size = sizeof(status), .uidvalidity = (uint32_t)c->uid, .uidnext = 4, .messages = 3};
    return store_mailbox_synced(tx, c->id, &status, true, err);
}

static void a_renumbered_mailbox_is_told_and_not_compared(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    assert_good(write_call(&w.f, (struct call){.fn = set_uidvalidity, .id = w.boxes[0], .uid = w.server->box[0].uidvalidity + 1}));
    CLEANUP(verify_freep) struct verify *v = audit(&w, NULL);
    expect_only(v, VERIFY_MAILBOX_RENUMBERED, 1);
    assert_string_not_equal(verify_result(v)->list[0].here, verify_result(v)->list[0].there);
}

static void a_listing_that_is_cut_short_is_asked_for_again(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    w.server->short_listings = 1;
    w.server->short_length = 1;
    CLEANUP(verify_freep) struct verify *v = audit(&w, NULL);
    assert_int_equal(verify_result(v)->found, 0);

    w.server->short_listings = 100;
    w.server->short_length = 0; /* it counts three and lists none: that is not believed */
    CLEANUP(verify_freep) struct verify *empty = audit(&w, NULL);
    expect_only(empty, VERIFY_MAILBOX_REFUSED, 2);
}

static void of_many_differences_all_are_counted_and_some_told(void **state)
{
    (void)state;
    CLEANUP(world_done) struct world w = world_new();
    for (unsigned i = 0; i < 2500; i++)
        fake_deliver(&w.server->box[0], i, 0);
    CLEANUP(verify_freep) struct verify *v = audit(&w, NULL);
    assert_int_equal(verify_result(v)->found, 2500);
    assert_int_equal(verify_result(v)->n, VERIFY_LIST_MAX);
    assert_int_equal(verify_result(v)->to_visit.n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_equal_sides_have_no_differences),
        cmocka_unit_test(each_kind_of_difference_is_found),
        cmocka_unit_test(what_waits_is_no_difference),
        cmocka_unit_test(a_wish_excuses_only_what_it_is_about),
        cmocka_unit_test(one_uid_in_two_states_is_one_message),
        cmocka_unit_test(only_what_differs_twice_differs),
        cmocka_unit_test(flags_are_told_as_keywords),
        cmocka_unit_test(a_store_in_step_with_its_server_is_healthy),
        cmocka_unit_test(differences_are_told_with_what_each_side_has),
        cmocka_unit_test(mail_that_comes_meanwhile_is_no_difference),
        cmocka_unit_test(mailboxes_of_one_side_only_are_told),
        cmocka_unit_test(a_level_that_held_others_is_no_difference),
        cmocka_unit_test(a_refused_mailbox_is_told_and_the_others_are_compared),
        cmocka_unit_test(a_renumbered_mailbox_is_told_and_not_compared),
        cmocka_unit_test(a_listing_that_is_cut_short_is_asked_for_again),
        cmocka_unit_test(of_many_differences_all_are_counted_and_some_told),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
