/* Moves, copies, appends and removals reach the server: with every extension and without, when answers are lost, when it says
 * no. */
#include "engine_kinds.h"
#include "mailbox_acts.h"

#include "store/undo.h"

/* ---- what is done here reaches the server ----------------------------------------------------------------------------- */

static void move_one(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    flag(w, email, FCT_FLAG_FLAGGED);
    put(w, email, "Work", NULL);
    assert_true(waiting(w) > 0);
    pass(w);
    pass(w);
    assert_int_equal(fake_count(work(w)), 1);
    assert_int_equal(email_at(w, "Work", 1), email);
    assert_int_equal(work(w)->m[0].flags, FCT_FLAG_FLAGGED);
    assert_int_equal(w->server->messages_given, 0);
    expect_settled(w);
}

static void a_move_reaches_the_server_and_nothing_is_fetched(void **state)
{
    on_all(state, move_one);
}

static void copy_and_append(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 2), own;
    put(w, email, "INBOX", "Work");
    own = create(w, "Old", 77, FCT_FLAG_SEEN | FCT_FLAG_DRAFT);
    flag(w, own, FCT_FLAG_SEEN);
    pass(w);
    pass(w);
    assert_int_equal(fake_count(inbox(w)), 6);
    assert_int_equal(email_at(w, "Work", 1), email);
    assert_int_equal(email_at(w, "Old", 1), own);
    assert_int_equal(w->server->box[2].m[0].flags, FCT_FLAG_SEEN | FCT_FLAG_DRAFT);
    assert_int_equal(w->server->messages_given, 0);
    expect_settled(w);
}

static void copies_and_own_messages_reach_the_server(void **state)
{
    on_all(state, copy_and_append);
}

static void destroy_one(struct world *w)
{
    destroy(w, email_at(w, "INBOX", 4));
    pass(w);
    assert_true(!on_server(inbox(w), 4) || on_server(inbox(w), 4)->flags & FCT_FLAG_DELETED);
    assert_int_equal(w->server->can & FCT_CAN_EXPUNGE ? fake_count(inbox(w)) : 5, 5);
    assert_int_equal(email_at(w, "INBOX", 4), 0);
    pass(w);
    expect_in_step(w);
    assert_int_equal(waiting(w), 0);
}

static void what_is_destroyed_here_goes_there(void **state)
{
    on_all(state, destroy_one);
}

static void there_and_back(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "Work", NULL);
    put(w, email, "Old", NULL);
    put(w, email, "INBOX", NULL);
    assert_int_equal(waiting(w), 0);
    pass(w);
    assert_int_equal(w->server->copies + w->server->moves + w->server->appends, 0);
    assert_int_equal(email_at(w, "INBOX", 3), email);
    expect_settled(w);
}

static void moved_there_and_back_is_nothing(void **state)
{
    on_all(state, there_and_back);
}

static void on_several_ways(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "Work", "Old");
    pass(w);
    pass(w);
    assert_int_equal(email_at(w, "Work", 1), email);
    assert_int_equal(email_at(w, "Old", 1), email);
    assert_int_equal(email_at(w, "INBOX", 3), 0);
    assert_int_equal(w->server->messages_given, 0);
    assert_int_equal(w->server->appends, 0);
}

static void from_one_mailbox_into_two(void **state)
{
    on_all(state, on_several_ways);
}

static void many_messages_take_few_commands(void **state)
{
    (void)state;
    void *made = NULL;
    assert_int_equal(set_up(&made), 0);
    struct world *w = made;
    begin(w, MODERN, 1000);
    for (uint64_t uid = 1; uid <= 1000; uid++)
        put(w, email_at(w, "INBOX", uid), uid % 2 ? "Work" : "Old", NULL);
    assert_int_equal(waiting(w), 1000);
    pass(w);
    assert_int_equal(w->server->moves, 2);
    expect_settled(w);
    assert_int_equal(tear_down(&made), 0);
}

/* ---- answers that are lost --------------------------------------------------------------------------------------------- */

static void break_and_go_on(struct world *w)
{
    struct sync_report report;
    struct fct_error err = {0};
    assert_int_equal(sync_pass(w->engine, &report, &err), -1);
    assert_int_equal(err.code, FCT_E_NETWORK);
    connect_anew(w);
    pass(w);
    pass(w);
}

static void lose_answers(struct world *w)
{
    int64_t own = create(w, "Work", 50, 0);
    w->server->loses_answers = true;
    break_and_go_on(w);
    assert_int_equal(fake_count(work(w)), 1);
    assert_int_equal(email_at(w, "Work", 1), own);
    int64_t moved = email_at(w, "INBOX", 3);
    put(w, moved, "Old", NULL);
    w->server->loses_answers = true;
    break_and_go_on(w);
    assert_int_equal(fake_count(&w->server->box[2]), 1);
    assert_int_equal(email_at(w, "Old", 1), moved);
    assert_int_equal(w->server->messages_given, 0);
    expect_settled(w);
}

static void lose_commands(struct world *w)
{
    int64_t own = create(w, "Work", 50, 0);
    w->server->loses_commands = true;
    break_and_go_on(w);
    int64_t moved = email_at(w, "INBOX", 3);
    put(w, moved, "Old", NULL);
    w->server->loses_commands = true;
    break_and_go_on(w);
    assert_int_equal(email_at(w, "Work", 1), own);
    assert_int_equal(email_at(w, "Old", 1), moved);
    assert_int_equal(fake_count(work(w)) + fake_count(&w->server->box[2]), 2);
    expect_settled(w);
}

/* The connection ends after the third of several that go out together. */
static void lose_after_three(void *ctx)
{
    struct world *w = ctx;
    w->server->loses_answers |= w->server->appends == 3;
}

static void lose_some_answers(struct world *w)
{
    int64_t own[6];
    for (unsigned i = 0; i < 6; i++)
        own[i] = create(w, "Work", 50 + i, 0);
    w->server->meanwhile = lose_after_three;
    w->server->meanwhile_ctx = w;
    struct sync_report report;
    assert_int_equal(sync_pass(w->engine, &report, NULL), -1);
    w->server->meanwhile = NULL;
    assert_int_equal(fake_count(work(w)), 3);
    connect_anew(w);
    pass(w);
    pass(w);
    assert_int_equal(w->server->appends, 6);
    assert_int_equal(fake_count(work(w)), 6);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(email_at(w, "Work", i + 1), own[i]);
    assert_int_equal(w->server->messages_given, 0);
    expect_settled(w);
}

static void of_several_that_go_out_together_none_is_doubled_or_lost(void **state)
{
    on_all(state, lose_some_answers);
}

/* In the midst of the others: more than are sent at once, of which one is taken back and some go over the quota. */
static void refuse_from_ten_on(void *ctx)
{
    struct world *w = ctx;
    w->server->refuses_appends = w->server->appends >= 10 && w->server->appends < 13 ? FCT_E_OVER_QUOTA : 0;
}

static void append_a_hundred(struct world *w)
{
    for (unsigned i = 0; i < 100; i++)
        create(w, "Work", 50 + i, FCT_FLAG_SEEN);
    w->server->meanwhile = refuse_from_ten_on;
    w->server->meanwhile_ctx = w;
    pass(w);
    w->server->meanwhile = NULL;
    w->server->refuses_appends = 0;
    assert_int_equal(fake_count(work(w)), 97);
    assert_int_equal(notices(w), 3);
    assert_int_equal(waiting(w), 3);
    assert_int_equal(sync_try_refused(w->engine, NULL), 0);
    pass(w);
    pass(w);
    assert_int_equal(w->server->appends, 103);
    assert_int_equal(fake_count(work(w)), 100);
    assert_int_equal(w->server->messages_given, 0);
    expect_settled(w);
}

static void a_refusal_among_many_is_its_own_affair(void **state)
{
    on_all(state, append_a_hundred);
}

static void a_lost_answer_doubles_nothing(void **state)
{
    on_all(state, lose_answers);
}

static void a_lost_command_is_sent_again(void **state)
{
    on_all(state, lose_commands);
}

/* Moved, the answer lost, and moved back before it is known what became of it. */
static void change_of_mind(struct world *w)
{
    struct sync_report report;
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "Work", NULL);
    w->server->loses_answers = true;
    assert_int_equal(sync_pass(w->engine, &report, NULL), -1);
    put(w, email, "INBOX", NULL);
    connect_anew(w);
    pass(w);
    pass(w);
    pass(w);
    assert_int_equal(fake_count(inbox(w)), 6);
    assert_int_equal(fake_count(work(w)), 0);
    expect_settled(w);
}

static void destroy_in_flight(struct world *w)
{
    struct sync_report report;
    int64_t email = email_at(w, "INBOX", 3), own = create(w, "Work", 60, 0);
    put(w, email, "Work", NULL);
    w->server->loses_answers = true;
    assert_int_equal(sync_pass(w->engine, &report, NULL), -1);
    destroy(w, own);
    destroy(w, email);
    connect_anew(w);
    pass(w);
    pass(w);
    pass(w);
    assert_int_equal(fake_count(inbox(w)), 5);
    assert_int_equal(fake_count(work(w)), 0);
    expect_settled(w);
}

static void minds_change_while_answers_are_out(void **state)
{
    (void)state;
    static const uint32_t can[] = {MODERN, PLAIN | FCT_CAN_EXPUNGE};
    void (*const tests[])(struct world *) = {change_of_mind, destroy_in_flight};
    for (size_t i = 0; i < 8; i++) {
        void *w = NULL;
        assert_int_equal(set_up(&w), 0);
        ((struct world *)w)->server->tells_no_uids = i & 4;
        begin(w, can[i & 1], 6);
        tests[(i & 2) / 2](w);
        assert_int_equal(tear_down(&w), 0);
    }
}

/* ---- half of it was done, and it is taken back ---------------------------------------------------------------------------- */

static int destroy_undoably(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct act *a = arg;
    CLEANUP(store_undo_record_done) struct store_undo_record r = {0};
    CLEANUP(store_undo_before_freep) struct store_undo_before *before = NULL;
    if (store_undo_begin(tx, &r, err) < 0 || store_undo_look(tx, a->email, &before, err) < 0 ||
        store_email_destroy(tx, a->email, err) < 0 || store_undo_destroyed(tx, &r, before, err) < 0)
        return -1;
    return store_undo_end(tx, &r, err);
}

static int undo_newest(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct store_undo_applied a = {0};
    int64_t id = 0;
    (void)arg;
    int result = store_undo_newest(tx, -1, &id, err) < 0 ? -1 : store_undo_apply_some(tx, id, NULL, 100, &a, err);
    store_undo_applied_done(&a);
    return result;
}

static void undo(struct world *w)
{
    assert_int_equal(store_write(w->store, undo_newest, NULL, NULL), 0);
}

/* The connection ends between STORE and EXPUNGE. */
static void half_destroy(struct world *w)
{
    struct sync_report report;
    struct act a = {.w = w, .email = email_at(w, "INBOX", 3)};
    assert_int_equal(store_write(w->store, destroy_undoably, &a, NULL), 0);
    w->server->marks_only = true;
    assert_int_equal(sync_pass(w->engine, &report, NULL), -1);
    assert_true(on_server(inbox(w), 3)->flags & FCT_FLAG_DELETED);
}

static void expect_all_unmarked(struct world *w)
{
    assert_int_equal(fake_count(inbox(w)), 6);
    for (uint64_t uid = 1; uid <= inbox(w)->n; uid++)
        assert_false(on_server(inbox(w), uid) && on_server(inbox(w), uid)->flags & FCT_FLAG_DELETED);
    expect_settled(w);
}

static void undo_then_look(struct world *w)
{
    half_destroy(w);
    undo(w);
    connect_anew(w);
    pass(w);
    pass(w);
    expect_all_unmarked(w);
    assert_int_equal(w->server->appends, 0);
}

static void look_then_undo(struct world *w)
{
    half_destroy(w);
    connect_anew(w);
    w->server->refuses_expunges = FCT_E_SERVER;
    w->server->refusal_retry = FCT_RETRY_LATER;
    pass(w);
    w->server->refuses_expunges = 0;
    undo(w);
    pass(w);
    pass(w);
    expect_all_unmarked(w);
    assert_int_equal(w->server->appends, 0);
}

/* The server comes to the EXPUNGE of the session before. */
static void expunge_late(void *ctx)
{
    struct world *w = ctx;
    if (w->server->stores > w->number && on_server(inbox(w), 3))
        fake_remove(w->server, inbox(w), 3);
}

static void undo_and_lose_nevertheless(struct world *w)
{
    half_destroy(w);
    undo(w);
    connect_anew(w);
    w->number = w->server->stores;
    w->server->meanwhile = expunge_late;
    w->server->meanwhile_ctx = w;
    pass(w);
    w->server->meanwhile = NULL;
    pass(w);
    pass(w);
    assert_int_equal(w->server->appends, 1);
    expect_all_unmarked(w);
}

static void what_is_only_marked_when_a_deletion_is_taken_back_loses_the_mark(void **state)
{
    on_all(state, undo_then_look);
    on_all(state, look_then_undo);
}

static void what_goes_nevertheless_when_a_deletion_is_taken_back_is_sent_again(void **state)
{
    on_all(state, undo_and_lose_nevertheless);
}

/* Nobody may take the mark away: it is hidden as any other that carries it, and the server gets it anew. */
static void a_mark_that_stays_hides_nothing_for_good(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 6);
    half_destroy(w);
    undo(w);
    connect_anew(w);
    w->server->refuses_stores = true;
    pass(w);
    w->server->refuses_stores = false;
    pass(w);
    pass(w);
    assert_int_equal(w->server->appends, 1);
    assert_int_equal(fake_count(inbox(w)), 7);
    expect_settled(w);
}

/* ---- refusals ------------------------------------------------------------------------------------------------------------ */

static void a_move_that_is_refused_is_taken_back(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 6);
    int64_t email = email_at(w, "INBOX", 3);
    flag(w, email, FCT_FLAG_FLAGGED);
    put(w, email, "Work", NULL);
    w->server->refuses_copies = FCT_E_SERVER;
    pass(w);
    assert_int_equal(email_at(w, "INBOX", 3), email);
    assert_int_equal(notices(w), 1);
    pass(w);
    expect_settled(w);
    assert_int_equal(inbox(w)->m[2].flags, FCT_FLAG_FLAGGED);
}

/* Without MOVE it is COPY that is refused. */
static void a_move_by_copy_that_is_refused_is_taken_back(void **state)
{
    struct world *w = *state;
    begin(w, MODERN & ~(uint32_t)FCT_CAN_MOVE, 6);
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "Work", NULL);
    w->server->refuses_copies = FCT_E_SERVER;
    pass(w);
    assert_int_equal(w->server->copies, 1);
    assert_int_equal(email_at(w, "INBOX", 3), email);
    assert_int_equal(notices(w), 1);
    pass(w);
    expect_settled(w);
}

/* A source that has neither COPY nor APPEND. */
static void what_a_source_can_never_do_is_refused_at_once(void **state)
{
    struct world *w = *state;
    begin(w, QRESYNC, 6);
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "Work", NULL);
    create(w, "Old", 77, 0);
    pass(w);
    assert_int_equal(email_at(w, "INBOX", 3), email);
    assert_int_equal(notices(w), 2);
    assert_int_equal(waiting(w), 1); /* what is only here stays, and may be tried again */
    pass(w);
    assert_int_equal(notices(w), 2);
    assert_int_equal(changes_made(w->server), 0);
}

static const char *refuses, *takes;

/* ...for now at first, so that it is the only one left when it is refused for good. */
static void move_into_two(struct world *w, bool later)
{
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "Work", "Old");
    w->server->refuses_copies = FCT_E_SERVER;
    w->server->refuses_to = refuses;
    w->server->refusal_retry = later ? FCT_RETRY_LATER : FCT_RETRY_NEVER;
    pass(w);
    pass(w);
    w->server->refusal_retry = FCT_RETRY_NEVER;
    for (int i = 0; i < 4; i++)
        pass(w);
    assert_int_equal(email_at(w, takes, 1), email);
    assert_int_equal(notices(w), 1);
    expect_settled(w);
}

static void move_into_two_now(struct world *w)
{
    move_into_two(w, false);
}

static void move_into_two_later(struct world *w)
{
    move_into_two(w, true);
}

static void of_two_that_it_is_moved_to_one_may_refuse_it(void **state)
{
    static const char *const boxes[] = {"Work", "Old"};
    for (int i = 0; i < 2; i++) {
        refuses = boxes[i];
        takes = boxes[!i];
        on_all(state, move_into_two_now);
        on_all(state, move_into_two_later);
    }
}

/* The server lists the mailbox, and says that it is not there: a pass is no use a moment later. */
static void a_mailbox_that_copies_do_not_find_does_not_make_a_loop(void **state)
{
    struct world *w = *state;
    bool relist = false;
    begin(w, MODERN, 6);
    put(w, email_at(w, "INBOX", 3), "Work", NULL);
    w->server->refuses_copies = FCT_E_NOT_FOUND;
    pass(w);
    assert_int_equal(w->server->moves, 1);
    assert_int_equal(sync_watch(w->engine, 10, &relist, NULL), 0);
    assert_false(relist);
    w->server->refuses_copies = 0;
    pass(w);
    pass(w);
    expect_settled(w);
}

static void a_move_that_is_refused_for_now_waits(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 6);
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "Work", NULL);
    w->server->refuses_copies = FCT_E_SERVER;
    w->server->refusal_retry = FCT_RETRY_LATER;
    pass(w);
    assert_int_equal(waiting(w), 1);
    assert_int_equal(notices(w), 0);
    w->server->refuses_copies = 0;
    pass(w);
    assert_int_equal(email_at(w, "Work", 1), email);
    expect_settled(w);
}

static void what_exists_only_here_is_never_dropped(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 2);
    int64_t own = create(w, "Work", 70, 0);
    w->server->refuses_appends = FCT_E_SERVER;
    pass(w);
    assert_int_equal(notices(w), 1);
    assert_int_equal(waiting(w), 1);
    pass(w); /* nor is the server asked again and again */
    assert_int_equal(w->server->appends, 1);
    struct fct_error err = {0};
    assert_int_equal(sync_try_refused(w->engine, &err), 0); /* but when somebody asks for it */
    pass(w);
    assert_int_equal(w->server->appends, 2);
    assert_int_equal(notices(w), 1);
    put(w, own, "Old", NULL);
    w->server->refuses_appends = 0;
    pass(w);
    assert_int_equal(email_at(w, "Old", 1), own);
    expect_settled(w);
}

/* Nothing of it exists on the server but what it takes now. */
static void what_one_of_two_mailboxes_refuses_is_in_the_other(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 2);
    int64_t email = create(w, "Old", 7, 0);
    put(w, email, "Old", "Work");
    w->server->refuses_appends = FCT_E_FORBIDDEN;
    w->server->refuses_to = "Work";
    pass(w);
    pass(w);
    assert_int_equal(fake_count(work(w)), 0);
    assert_int_equal(email_at(w, "Old", 1), email);
    assert_int_equal(notices(w), 1);
    expect_settled(w);
}

static void what_may_not_be_deleted_is_shown_again(void **state)
{
    struct world *w = *state;
    begin(w, MODERN, 3);
    destroy(w, email_at(w, "INBOX", 2));
    w->server->refuses_expunges = FCT_E_SERVER;
    pass(w);
    assert_true(email_at(w, "INBOX", 2) != 0);
    assert_int_equal(notices(w), 1);
    expect_settled(w);
    assert_int_equal(w->server->messages_given, 0);
}

/* A source that has no `expunge` (facteur/plugin.h): what was deleted does not wait for ever for one. */
static void what_a_source_cannot_delete_is_shown_again(void **state)
{
    struct world *w = *state;
    struct fct_source source = fake_source;
    begin(w, MODERN, 3);
    destroy(w, email_at(w, "INBOX", 2));
    source.expunge = NULL;
    w->source = &source;
    connect_anew(w);
    pass(w);
    assert_true(email_at(w, "INBOX", 2) != 0);
    assert_int_equal(notices(w), 1);
    expect_settled(w);
    assert_int_equal(w->server->messages_given, 0);
    assert_int_equal(w->server->expunges, 0);
    sync_engine_free(TAKE(w->engine)); /* it has borrowed the source */
}

/* ---- what another program moves ------------------------------------------------------------------------------------------------ */

static void their_move(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    server_moves(w, inbox(w), 3, work(w));
    pass(w);
    pass(w);
    assert_int_equal(email_at(w, "Work", 1), email);
    assert_int_equal(w->server->messages_given, 0);
    expect_settled(w);
}

static void what_another_program_moves_keeps_its_email(void **state)
{
    on_all(state, their_move);
}

static void their_swap(struct world *w)
{
    fake_deliver(work(w), 90, 0);
    pass(w);
    int64_t one = email_at(w, "INBOX", 3), two = email_at(w, "Work", 1);
    w->server->messages_given = 0;
    server_moves(w, inbox(w), 3, work(w));
    server_moves(w, work(w), 1, inbox(w));
    pass(w);
    pass(w);
    assert_int_equal(email_at(w, "Work", 2), one);
    assert_int_equal(email_at(w, "INBOX", 7), two);
    assert_int_equal(w->server->messages_given, 0);
    expect_settled(w);
}

static void mailboxes_that_swap_messages_keep_their_emails(void **state)
{
    on_all(state, their_swap);
}

/* A copy stays in Work, so that it is not the only one; and one that is alone. */
static void their_move_there_and_back(struct world *w)
{
    int64_t two = email_at(w, "INBOX", 3), one = email_at(w, "INBOX", 4);
    put(w, two, "INBOX", "Work");
    pass(w);
    pass(w);
    w->server->messages_given = 0;
    for (uint64_t uid = 3; uid <= 4; uid++) {
        server_moves(w, inbox(w), uid, &w->server->box[2]);
        server_moves(w, &w->server->box[2], uid - 2, inbox(w));
    }
    pass(w);
    pass(w);
    assert_int_equal(email_at(w, "INBOX", 7), two);
    assert_int_equal(email_at(w, "INBOX", 8), one);
    assert_int_equal(email_at(w, "Work", 1), two);
    assert_int_equal(w->server->messages_given, 0);
    expect_settled(w);
}

static void what_another_program_moves_away_and_back_keeps_its_email(void **state)
{
    on_all(state, their_move_there_and_back);
}

static int read_box(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct store_mailbox *mb = arg;
    return store_mailbox_load(tx, mb->id, mb, err);
}

static int sync_load_box(struct world *w, int64_t id, struct store_mailbox *out)
{
    struct fct_error err = {0};
    out->id = id;
    return store_read(w->store, read_box, out, &err);
}

/* Nothing is missing after it, so the next pass has nothing to look at once more. */
static void their_move_there_and_back_at_once(struct world *w)
{
    for (uint64_t uid = 3; uid <= 4; uid++) {
        server_moves(w, inbox(w), uid, &w->server->box[2]);
        server_moves(w, &w->server->box[2], uid - 2, inbox(w));
    }
    pass(w);
    struct store_mailbox mb = {0};
    struct fct_error err = {0};
    struct look l = {.w = w, .box = inbox(w)};
    assert_int_equal(store_read(w->store, look_closely, &l, &err), 0);
    assert_int_equal(sync_load_box(w, l.mailbox_id, &mb), 0);
    assert_true(mb.is_complete);
    store_mailbox_done(&mb);
    expect_settled(w);
}

static void a_mailbox_is_complete_with_what_was_moved_away_and_back(void **state)
{
    on_all(state, their_move_there_and_back_at_once);
}

/* Seen with \Deleted between two passes, and taken back before the next: what is put off is taken back, too. */
static void marked_for_a_moment(struct world *w)
{
    struct fake_mailbox *old = &w->server->box[2];
    size_t visited = 0;
    bool relist = false;
    struct fct_error err = {0};
    fake_copy(old, on_server(inbox(w), 3));
    fake_copy(work(w), on_server(inbox(w), 4)); /* visited last: what is selected is not asked about */
    pass(w);
    int64_t email = email_at(w, "Old", 1);
    fake_set_flags(old, 1, FCT_FLAG_DELETED, "");
    fake_copy(old, on_server(inbox(w), 5)); /* so that the mailbox is visited, whatever the server tells */
    assert_int_equal(sync_poll(w->engine, &visited, &relist, &err), 0);
    assert_int_equal(visited, 1);
    assert_true(relist);
    assert_int_equal(email_at(w, "Old", 1), email);
    fake_set_flags(old, 1, 0, "");
    pass(w);
    assert_int_equal(email_at(w, "Old", 1), email);
    expect_settled(w);
}

static void what_is_marked_for_a_moment_stays_as_it_is(void **state)
{
    on_all(state, marked_for_a_moment);
}

static void quiet(struct world *w)
{
    size_t visited = 0;
    bool relist = false;
    struct fct_error err = {0};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sync_poll(w->engine, &visited, &relist, &err), 0);
        assert_false(relist);
        w->server->tells_flags_of = 5;
        assert_int_equal(sync_watch(w->engine, 10, &relist, &err), 0);
        assert_false(relist);
    }
}

/* What is marked stays marked and is told again and again; what was kept is in a mailbox that cannot be selected. */
static void nothing_new(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "INBOX", "Work");
    pass(w);
    pass(w);
    work(w)->refuses_select = true;
    put(w, email, "Work", NULL);
    fake_set_flags(inbox(w), 5, FCT_FLAG_DELETED, "");
    fake_copy(&w->server->box[2], on_server(inbox(w), 5));
    pass(w);
    pass(w);
    quiet(w);
    assert_non_null(on_server(inbox(w), 3)); /* it was not seen in Work */
    work(w)->refuses_select = false;
    pass(w);
    pass(w);
    assert_int_equal(email_at(w, "Work", 1), email);
    quiet(w);
    expect_settled(w);
}

static void no_pass_follows_where_nothing_is_new(void **state)
{
    on_all(state, nothing_new);
}

/* As programs do it where the server has no MOVE; and somebody listens to the mailbox. */
static void their_move_by_copy(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    struct fct_error err = {0};
    bool relist = false;
    assert_int_equal(sync_watch(w->engine, 0, &relist, &err), 0);
    fake_copy(work(w), on_server(inbox(w), 3));
    fake_set_flags(inbox(w), 3, FCT_FLAG_DELETED, "");
    w->server->tells_flags_of = 3;
    assert_int_equal(sync_watch(w->engine, 0, &relist, &err), 0);
    assert_int_equal(email_at(w, "INBOX", 3), email); /* not before Work was visited */
    assert_true(relist);
    pass(w);
    assert_int_equal(email_at(w, "Work", 1), email);
    assert_int_equal(email_at(w, "INBOX", 3), 0);
    fake_remove(w->server, inbox(w), 3);
    pass(w);
    assert_int_equal(w->server->messages_given, 0);
    expect_settled(w);
}

/* When INBOX was visited and Work is: what was to be deleted here as well goes, and INBOX grows, which makes the pass visit it again. */
static void lose_ours(void *ctx)
{
    struct world *w = ctx;
    if (w->server->selected != work(w) || !on_server(inbox(w), 4))
        return;
    fake_remove(w->server, inbox(w), 4);
    fake_deliver(inbox(w), 70, 0);
}

/* What is marked waits nevertheless until Work was visited. */
static void their_move_while_ours_goes(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    destroy(w, email_at(w, "INBOX", 4));
    w->server->refuses_expunges = FCT_E_SERVER;
    w->server->refusal_retry = FCT_RETRY_LATER;
    pass(w);
    w->server->refuses_expunges = 0;
    fake_copy(work(w), on_server(inbox(w), 3));
    fake_set_flags(inbox(w), 3, FCT_FLAG_DELETED, "");
    w->server->refuses_expunges = FCT_E_SERVER;
    w->server->meanwhile = lose_ours;
    w->server->meanwhile_ctx = w;
    pass(w);
    w->server->meanwhile = NULL;
    w->server->refuses_expunges = 0;
    assert_int_equal(email_at(w, "INBOX", 3), 0);
    assert_int_equal(email_at(w, "Work", 1), email);
    pass(w);
    assert_int_equal(w->server->messages_given, 1);
    expect_settled(w);
}

static void what_another_program_copies_and_marks_keeps_its_email(void **state)
{
    on_all(state, their_move_by_copy);
    on_all(state, their_move_while_ours_goes);
}

/* Where the server tells statuses Work, which has grown, was visited by then. */
static void move_on_second_select(void *ctx)
{
    struct world *w = ctx;
    if (w->server->selects == w->number + 2) {
        w->server->meanwhile = NULL;
        server_moves(w, inbox(w), 3, work(w));
        server_moves(w, inbox(w), 4, work(w));
    }
}

static void their_move_during_a_pass(struct world *w)
{
    int64_t one = email_at(w, "INBOX", 3), other = email_at(w, "INBOX", 4);
    fake_deliver(work(w), 100, 0);
    fake_remove(w->server, inbox(w), 6); /* so that the inbox is visited, after Work */
    w->number = w->server->selects;
    w->server->meanwhile = move_on_second_select;
    w->server->meanwhile_ctx = w;
    pass(w);
    assert_null(w->server->meanwhile);
    pass(w);
    assert_int_equal(email_at(w, "Work", 2), one);
    assert_int_equal(email_at(w, "Work", 3), other);
    assert_int_equal(w->server->messages_given, 1);
    expect_settled(w);
}

static void what_another_program_moves_during_a_pass_keeps_its_email(void **state)
{
    on_all(state, their_move_during_a_pass);
}

/* Message-ID, Date and size of a letter, and another time of arrival: it may be another message, and is looked at. */
static void their_forgery(struct world *w)
{
    fake_deliver(work(w), 2, 0);
    pass(w);
    assert_int_equal(w->server->messages_given, 1);
    assert_int_equal(email_at(w, "Work", 1), email_at(w, "INBOX", 3)); /* it was the same: its bytes say so */
    expect_settled(w);
}

static void what_only_calls_itself_like_a_message_is_looked_at(void **state)
{
    on_all(state, their_forgery);
}

static void told_of_a_foreign_uid(struct world *w)
{
    fake_deliver(work(w), 100, 0);
    pass(w);
    int64_t email = email_at(w, "INBOX", 3), other = email_at(w, "Work", 1);
    w->server->lies_about_uids = true;
    put(w, email, "Work", NULL);
    pass(w);
    pass(w);
    assert_int_equal(email_at(w, "Work", 1), other);
    assert_int_equal(email_at(w, "Work", 2), email);
    expect_settled(w);
}

/* The UID of a message that was there before: it is looked for instead. */
static void a_uid_that_cannot_be_is_not_believed(void **state)
{
    on_all(state, told_of_a_foreign_uid);
}

static void kept_and_marked(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "INBOX", "Work");
    pass(w);
    pass(w);
    put(w, email, "Work", NULL);
    fake_set_flags(work(w), 1, FCT_FLAG_DELETED, "");
    pass(w);
    pass(w);
    assert_int_equal(email_at(w, "Work", 2), email);
    expect_settled(w);
}

/* It waits to be expunged, which may be whenever. */
static void kept_in_one_here_and_marked_deleted_in_it_there_is_kept(void **state)
{
    on_all(state, kept_and_marked);
}

/* Another program takes away what was kept, while we take away the other: then the server has lost both. */
static void take_work_away(void *ctx)
{
    struct world *w = ctx;
    if (w->server->expunges == 0 || fake_count(work(w)) == 0)
        return;
    w->server->meanwhile = NULL;
    fake_remove(w->server, work(w), work(w)->m[0].uid);
}

static void kept_and_expunged_in_that_moment(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "INBOX", "Work");
    pass(w);
    pass(w);
    put(w, email, "Work", NULL);
    w->server->meanwhile = take_work_away;
    w->server->meanwhile_ctx = w;
    pass(w);
    assert_null(w->server->meanwhile);
    pass(w);
    pass(w);
    assert_int_equal(fake_count(work(w)), 1);
    assert_int_equal(email_at(w, "Work", 2), email);
    expect_settled(w);
}

static void kept_in_one_here_and_expunged_from_it_in_that_moment_is_kept(void **state)
{
    on_all(state, kept_and_expunged_in_that_moment);
}

static void kept_and_expunged_where_the_other_goes(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "Work", "Old");
    pass(w);
    pass(w);
    put(w, email, "Old", NULL);
    remove_here(w, "Work"); /* with the message that was given up */
    fake_remove(w->server, &w->server->box[2], 1);
    for (int i = 0; i < 4; i++)
        pass(w);
    assert_int_equal(w->server->appends, 0);
    assert_int_equal(email_at(w, "Old", 2), email);
    expect_settled(w);
}

/* It waits there until the other was seen; and is moved, not appended: its bytes need not be here. */
static void kept_in_one_when_the_mailbox_of_the_other_is_deleted_here_is_kept(void **state)
{
    (void)state;
    void *w = NULL;
    assert_int_equal(set_up(&w), 0);
    begin(w, MODERN | FCT_CAN_MAILBOX_SET, 6);
    kept_and_expunged_where_the_other_goes(w);
    assert_int_equal(tear_down(&w), 0);
}

static void kept_and_expunged_later(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "INBOX", "Work");
    pass(w);
    pass(w);
    put(w, email, "Work", NULL);
    pass(w);
    fake_remove(w->server, work(w), 1);
    pass(w);
    pass(w);
    assert_int_equal(fake_count(work(w)), 0);
    assert_int_equal(email_at(w, "Work", 1), 0);
    expect_settled(w);
}

/* That the other program does so then is its wish, and not a sign that we had seen too little. */
static void kept_in_one_here_and_expunged_from_it_later_is_gone(void **state)
{
    on_all(state, kept_and_expunged_later);
}

/* Seen in the inbox it was moved to, and not yet to have left where it was: chosen there, it has to be moved back. */
static void kept_where_it_was(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    struct fct_error err = {0};
    bool ignored = false;
    put(w, email, "Work", NULL);
    pass(w);
    pass(w);
    server_moves(w, work(w), 1, inbox(w)); /* and nobody looks into Work now */
    assert_int_equal(sync_watch(w->engine, 0, &ignored, &err), 0);
    assert_int_equal(email_at(w, "INBOX", 7), email);
    put(w, email, "Work", NULL);
    assert_int_equal(sync_upload(w->engine, &err), 0);
    assert_int_equal(on_server(inbox(w), 7)->flags & FCT_FLAG_DELETED, 0); /* not before the other was seen */
    pass(w);
    pass(w);
    assert_true(!on_server(inbox(w), 7) || on_server(inbox(w), 7)->flags & FCT_FLAG_DELETED);
    assert_int_equal(email_at(w, "Work", 2), email);
    assert_int_equal(w->server->appends, 0);
    expect_settled(w);
}

static void kept_where_it_was_before_another_program_moved_it_is_moved_back(void **state)
{
    on_all(state, kept_where_it_was);
}

/* ---- UIDVALIDITY ------------------------------------------------------------------------------------------------------------ */

static void renumber(struct fake_mailbox *b)
{
    b->uidvalidity = b->uidvalidity < 1000 ? 1000 : b->uidvalidity + 1;
    for (size_t i = 0; i < b->n; i++)
        b->m[i].uid += 100;
    b->uidnext += 100;
    b->modseq = 1;
    for (size_t i = 0; i < b->n; i++)
        b->m[i].modseq = 1;
}

static void renumbered(struct world *w)
{
    int64_t kept = email_at(w, "INBOX", 1), flagged = email_at(w, "INBOX", 2), moved = email_at(w, "INBOX", 3);
    flag(w, flagged, FCT_FLAG_FLAGGED);
    put(w, moved, "Work", NULL);
    destroy(w, email_at(w, "INBOX", 4));
    fake_set_flags(inbox(w), 5, FCT_FLAG_ANSWERED, "work");
    renumber(inbox(w));
    pass(w);
    pass(w);
    assert_int_equal(email_at(w, "INBOX", 101), kept);
    assert_int_equal(email_at(w, "INBOX", 102), flagged);
    assert_int_equal(email_at(w, "Work", 1), moved);
    assert_int_equal(email_at(w, "INBOX", 104), 0);
    assert_int_equal(w->server->messages_given, 0);
    pass(w);
    expect_in_step(w);
    assert_int_equal(waiting(w), 0);
}

static void a_renumbered_mailbox_loses_nothing_that_waits(void **state)
{
    on_all(state, renumbered);
}

static int forget_two(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct act a = {.w = arg};
    size_t n = 0;
    return store_mailbox_forget_some_uids(tx, box_id(tx, &a, "INBOX", err), 2, &n, err) < 0 || n != 2 ? -1 : 0;
}

/* Killed while it forgot the old UIDs; then somebody does something with those that have none. */
static void cut_short(struct world *w, bool is_renumbered)
{
    int64_t first = email_at(w, "INBOX", 1), second = email_at(w, "INBOX", 2), third = email_at(w, "INBOX", 3);
    uint64_t uid = is_renumbered ? 101 : 1;
    assert_int_equal(store_write(w->store, forget_two, w, NULL), 0);
    flag(w, first, FCT_FLAG_FLAGGED);
    put(w, second, "Work", NULL);
    if (is_renumbered)
        renumber(inbox(w));
    connect_anew(w);
    pass(w);
    pass(w);
    assert_int_equal(email_at(w, "INBOX", uid), first);
    assert_int_equal(email_at(w, "Work", 1), second);
    assert_int_equal(email_at(w, "INBOX", uid + 2), third);
    assert_int_equal(w->server->messages_given, 0);
    pass(w);
    expect_in_step(w);
    assert_int_equal(waiting(w), 0);
}

static void half_forgotten(struct world *w)
{
    cut_short(w, true);
}

static void half_forgotten_and_as_before(struct world *w)
{
    cut_short(w, false);
}

static void uids_that_were_half_forgotten_are_found_again(void **state)
{
    on_all(state, half_forgotten);
}

static void uids_that_were_half_forgotten_and_are_the_old_ones_are_found_again(void **state)
{
    on_all(state, half_forgotten_and_as_before);
}

/* More than one transaction takes. */
/* What carries \Deleted is shown nowhere; it is known again nevertheless. Twice, and one is unmarked meanwhile. */
static void renumber_marked(struct world *w)
{
    fake_set_flags(inbox(w), 2, FCT_FLAG_DELETED, "");
    fake_set_flags(inbox(w), 3, FCT_FLAG_DELETED, "");
    pass(w);
    pass(w);
    int64_t shown = email_at(w, "INBOX", 4);
    for (uint64_t at = 100; at <= 200; at += 100) {
        renumber(inbox(w));
        connect_anew(w);
        pass(w);
        pass(w);
        assert_int_equal(email_at(w, "INBOX", at + 4), shown);
        assert_int_equal(email_at(w, "INBOX", at + 2), 0);
        expect_settled(w);
    }
    renumber(inbox(w));
    fake_set_flags(inbox(w), 302, 0, "");
    fake_remove(w->server, inbox(w), 303);
    connect_anew(w);
    pass(w);
    pass(w);
    assert_true(email_at(w, "INBOX", 302) != 0);
    assert_int_equal(w->server->messages_given, 0);
    expect_settled(w);
}

static void what_is_marked_in_a_renumbered_mailbox_is_not_fetched_again(void **state)
{
    on_all(state, renumber_marked);
}

static void many_that_were_to_leave_a_renumbered_mailbox_and_are_gone_are_forgotten(void **state)
{
    struct world *w = *state;
    struct fake_mailbox *b = fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    for (unsigned i = 0; i < 1300; i++)
        fake_deliver(b, i, 0);
    w->server->can = MODERN;
    connect_anew(w);
    pass(w);
    for (uint64_t uid = 1; uid <= 1200; uid++) {
        destroy(w, email_at(w, "INBOX", uid));
        fake_remove(w->server, b, uid);
    }
    renumber(b);

    pass(w);

    assert_int_equal(waiting(w), 0);
    assert_int_equal(w->server->messages_given, 1300);
    expect_in_step(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_move_reaches_the_server_and_nothing_is_fetched),
        cmocka_unit_test(copies_and_own_messages_reach_the_server),
        cmocka_unit_test(what_is_destroyed_here_goes_there),
        cmocka_unit_test(moved_there_and_back_is_nothing),
        cmocka_unit_test(a_uid_that_cannot_be_is_not_believed),
        cmocka_unit_test(from_one_mailbox_into_two),
        cmocka_unit_test(many_messages_take_few_commands),
        cmocka_unit_test(a_lost_answer_doubles_nothing),
        cmocka_unit_test(a_lost_command_is_sent_again),
        cmocka_unit_test(of_several_that_go_out_together_none_is_doubled_or_lost),
        cmocka_unit_test(a_refusal_among_many_is_its_own_affair),
        cmocka_unit_test(minds_change_while_answers_are_out),
        cmocka_unit_test(what_is_only_marked_when_a_deletion_is_taken_back_loses_the_mark),
        cmocka_unit_test(what_goes_nevertheless_when_a_deletion_is_taken_back_is_sent_again),
        cmocka_unit_test_setup_teardown(a_mark_that_stays_hides_nothing_for_good, set_up, tear_down),
        cmocka_unit_test(of_two_that_it_is_moved_to_one_may_refuse_it),
        cmocka_unit_test_setup_teardown(a_move_that_is_refused_is_taken_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_source_can_never_do_is_refused_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_move_by_copy_that_is_refused_is_taken_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_mailbox_that_copies_do_not_find_does_not_make_a_loop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_move_that_is_refused_for_now_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_exists_only_here_is_never_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_one_of_two_mailboxes_refuses_is_in_the_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_may_not_be_deleted_is_shown_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_source_cannot_delete_is_shown_again, set_up, tear_down),
        cmocka_unit_test(what_another_program_moves_keeps_its_email),
        cmocka_unit_test(mailboxes_that_swap_messages_keep_their_emails),
        cmocka_unit_test(what_another_program_copies_and_marks_keeps_its_email),
        cmocka_unit_test(what_another_program_moves_during_a_pass_keeps_its_email),
        cmocka_unit_test(what_another_program_moves_away_and_back_keeps_its_email),
        cmocka_unit_test(a_mailbox_is_complete_with_what_was_moved_away_and_back),
        cmocka_unit_test(what_is_marked_for_a_moment_stays_as_it_is),
        cmocka_unit_test(no_pass_follows_where_nothing_is_new),
        cmocka_unit_test(what_only_calls_itself_like_a_message_is_looked_at),
        cmocka_unit_test(kept_in_one_here_and_marked_deleted_in_it_there_is_kept),
        cmocka_unit_test(kept_in_one_here_and_expunged_from_it_in_that_moment_is_kept),
        cmocka_unit_test(kept_in_one_when_the_mailbox_of_the_other_is_deleted_here_is_kept),
        cmocka_unit_test(kept_in_one_here_and_expunged_from_it_later_is_gone),
        cmocka_unit_test(kept_where_it_was_before_another_program_moved_it_is_moved_back),
        cmocka_unit_test(a_renumbered_mailbox_loses_nothing_that_waits),
        cmocka_unit_test(what_is_marked_in_a_renumbered_mailbox_is_not_fetched_again),
        cmocka_unit_test(uids_that_were_half_forgotten_are_found_again),
        cmocka_unit_test(uids_that_were_half_forgotten_and_are_the_old_ones_are_found_again),
        cmocka_unit_test_setup_teardown(many_that_were_to_leave_a_renumbered_mailbox_and_are_gone_are_forgotten, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
