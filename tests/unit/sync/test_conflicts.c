/* Who is right where both sides contradict each other: each row of the table in docs/sync.md, in its order, on each kind of server.
 * The row names its test; tests/tools/check_conflicts.py sees to it that there is none without the other. */
#include "engine_kinds.h"
#include "mailbox_acts.h"

/* ---- messages -------------------------------------------------------------------------------------------------------------- */

static void flag_both(struct world *w)
{
    flag(w, email_at(w, "INBOX", 2), FCT_FLAG_FLAGGED); /* and not seen any more */
    fake_set_flags(inbox(w), 2, FCT_FLAG_SEEN | FCT_FLAG_ANSWERED, "work");
    pass(w);
    pass(w);
    assert_int_equal(on_server(inbox(w), 2)->flags, FCT_FLAG_FLAGGED | FCT_FLAG_ANSWERED);
    assert_string_equal(on_server(inbox(w), 2)->keywords, "work");
    expect_settled(w);
}

static void flags_of_both_sides_merge(void **state)
{
    on_all(state, flag_both);
}

static void flag_the_same(struct world *w)
{
    flag(w, email_at(w, "INBOX", 1), FCT_FLAG_FLAGGED);
    fake_set_flags(inbox(w), 1, FCT_FLAG_FLAGGED, "");
    fake_set_flags(inbox(w), 1, 0, "");
    flag(w, email_at(w, "INBOX", 2), 0); /* seen, and here not any more */
    fake_set_flags(inbox(w), 2, 0, "");
    fake_set_flags(inbox(w), 2, FCT_FLAG_SEEN, "");
    pass(w);
    pass(w);
    assert_int_equal(on_server(inbox(w), 1)->flags, FCT_FLAG_FLAGGED);
    assert_int_equal(on_server(inbox(w), 2)->flags, 0);
    expect_settled(w);
}

static void a_flag_that_both_change_is_as_it_is_here(void **state)
{
    on_all(state, flag_the_same);
}

static void moved_and_flagged(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    flag(w, email, FCT_FLAG_SEEN);
    put(w, email, "Old", NULL);
    fake_set_flags(inbox(w), 3, FCT_FLAG_ANSWERED, "");
    pass(w);
    pass(w);
    assert_int_equal(w->server->box[2].m[0].flags, FCT_FLAG_SEEN | FCT_FLAG_ANSWERED);
    pass(w);
    expect_settled(w);
}

static void moved_here_and_flagged_there_has_both(void **state)
{
    on_all(state, moved_and_flagged);
}

static void destroyed_and_flagged(struct world *w)
{
    destroy(w, email_at(w, "INBOX", 3));
    fake_set_flags(inbox(w), 3, FCT_FLAG_ANSWERED, "");
    pass(w);
    pass(w);
    assert_int_equal(email_at(w, "INBOX", 3), 0);
    assert_int_equal(waiting(w), 0);
    expect_in_step(w);
}

static void destroyed_here_and_flagged_there_is_gone(void **state)
{
    on_all(state, destroyed_and_flagged);
}

static void flagged_and_expunged(struct world *w)
{
    flag(w, email_at(w, "INBOX", 3), FCT_FLAG_FLAGGED);
    fake_remove(w->server, inbox(w), 3);
    pass(w);
    assert_int_equal(email_at(w, "INBOX", 3), 0);
    expect_settled(w);
}

static void flagged_here_and_expunged_there_is_gone(void **state)
{
    on_all(state, flagged_and_expunged);
}

static void moved_and_expunged(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "Old", NULL);
    fake_remove(w->server, inbox(w), 3);
    pass(w);
    pass(w);
    assert_int_equal(w->server->appends, 1);
    assert_int_equal(email_at(w, "Old", 1), email);
    expect_settled(w);
}

static void moved_here_and_expunged_there_is_kept(void **state)
{
    on_all(state, moved_and_expunged);
}

/* Between two passes: that it is in Work already nobody knows before Work is looked into. */
static void moved_by_both(struct world *w)
{
    struct fct_error err = {0};
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "Work", NULL);
    fake_deliver(work(w), inbox(w)->m[2].body, inbox(w)->m[2].flags);
    fake_remove(w->server, inbox(w), 3);
    for (int i = 0; i < 2; i++)
        if (sync_upload(w->engine, &err) < 0)
            fail_msg("%s", err.message);
    pass(w);
    assert_int_equal(fake_count(work(w)), 1);
    assert_int_equal(w->server->appends, 0);
    assert_int_equal(email_at(w, "Work", 1), email);
    expect_settled(w);
}

static void moved_here_and_there_to_the_same_is_there_once(void **state)
{
    on_all(state, moved_by_both);
}

static void kept_and_expunged(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "INBOX", "Work");
    pass(w);
    pass(w);
    flag(w, email, FCT_FLAG_FLAGGED);
    put(w, email, "Work", NULL);
    fake_remove(w->server, work(w), 1);
    pass(w);
    pass(w);
    assert_int_equal(fake_count(work(w)), 1);
    assert_int_equal(email_at(w, "Work", 2), email);
    assert_int_equal(work(w)->m[1].flags, FCT_FLAG_FLAGGED);
    expect_settled(w);
}

/* It was in two mailboxes: taken out of one here, out of the other there. */
static void kept_in_one_here_and_expunged_from_it_there_is_kept(void **state)
{
    on_all(state, kept_and_expunged);
}

static void both_move(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 3);
    put(w, email, "Old", NULL);
    server_moves(w, inbox(w), 3, work(w));
    pass(w);
    pass(w);
    pass(w);
    assert_int_equal(email_at(w, "Work", 1), email);
    assert_int_equal(email_at(w, "Old", 1), email);
    assert_int_equal(w->server->messages_given, 0);
    expect_settled(w);
}

static void moved_here_and_moved_there_is_in_both(void **state)
{
    on_all(state, both_move);
}

static void destroyed_and_moved(struct world *w)
{
    destroy(w, email_at(w, "INBOX", 3));
    server_moves(w, inbox(w), 3, work(w));
    pass(w);
    pass(w);
    assert_int_equal(fake_count(work(w)), 1);
    expect_settled(w);
}

static void destroyed_here_and_moved_there_is_there(void **state)
{
    on_all(state, destroyed_and_moved);
}

/* ---- mailboxes ------------------------------------------------------------------------------------------------------------- */

/* INBOX with three messages, B with two, C with none. */
static void begin_tree(struct world *w, uint32_t can, bool has_ids)
{
    static const char *const names[] = {"INBOX", "B", "C"}, *const ids[] = {"F1", "F2", "F3"};
    for (unsigned i = 0; i < 3; i++) {
        struct fake_mailbox *b = fake_add_mailbox(w->server, names[i], i == 0 ? FCT_ROLE_INBOX : 0);
        b->uidvalidity = 20 + i;
        b->id = has_ids ? ids[i] : NULL;
        for (unsigned n = 0; n < 3 - i && i < 2; n++)
            fake_deliver(b, 10 * i + n, 0);
    }
    w->server->can = can;
    connect_anew(w);
    pass(w);
    w->server->messages_given = 0;
}

/* Whether a listing tells that a mailbox which has another name is the same. */
static bool tells_renames(const struct world *w)
{
    return w->server->can & FCT_CAN_LIST_STATUS;
}

static void on_all_trees(void (*test)(struct world *w))
{
    static const uint32_t can[] = {MODERN, MODERN, PLAIN | FCT_CAN_EXPUNGE, PLAIN};
    for (size_t i = 0; i < sizeof(can) / sizeof(can[0]); i++) {
        void *w = NULL;
        assert_int_equal(set_up(&w), 0);
        begin_tree(w, can[i] | FCT_CAN_MAILBOX_SET, i == 0);
        test(w);
        assert_int_equal(tear_down(&w), 0);
    }
}

/* Those that are marked as deleted wait for somebody to expunge them: no server without UIDPLUS shows less. */
static size_t count_kept(const struct fake_mailbox *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++)
        n += !b->m[i].is_gone && !(b->m[i].flags & FCT_FLAG_DELETED);
    return n;
}

/* Both sides have the same mailboxes, "B(2) C(0)-" with their messages and whether they are not subscribed, and it is quiet. */
static void expect(struct world *w, const char *tree)
{
    for (int i = 0; i < 3; i++)
        pass(w);
    char **lines = xcalloc(w->server->n_boxes, sizeof(lines[0]));
    size_t n = 0;
    for (size_t i = 0; i < w->server->n_boxes; i++) {
        const struct fake_mailbox *b = &w->server->box[i];
        if (b->name)
            lines[n++] = xasprintf("%s(%zu)%s", b->name, count_kept(b), b->is_unsubscribed ? "-" : "");
    }
    CLEANUP(freep) char *there = join(lines, n), *here = tree_here(w);
    if (strcmp(here, tree) != 0 || strcmp(there, tree) != 0)
        fail_msg("here %s\n there %s\n and not %s, where the server can %x%s", here, there, tree, w->server->can, w->server->box[1].id ? ", and ids" : "");
    assert_int_equal(act(w, (struct action){.fn = count_wishes}), 0);
    expect_settled(w);
}

static void put_into_deleted(struct world *w)
{
    int64_t moved = email_at(w, "INBOX", 1), copied = email_at(w, "INBOX", 2);
    put(w, moved, "C", NULL);
    put(w, copied, "INBOX", "C");
    fake_remove_mailbox(w->server, "C");

    expect(w, "B(2) C(2) INBOX(2)");

    int64_t one = email_at(w, "C", 1), other = email_at(w, "C", 2);
    assert_true((one == moved && other == copied) || (one == copied && other == moved));
    assert_int_equal(w->server->messages_given, 0);
}

static void moved_or_copied_here_into_what_was_deleted_there_it_is_made_again(void **state)
{
    (void)state;
    on_all_trees(put_into_deleted);
}

static void keep_in_deleted(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 1);
    put(w, email, "INBOX", "C");
    pass(w);
    pass(w);
    put(w, email, "C", NULL);
    fake_remove_mailbox(w->server, "C");

    expect(w, "B(2) C(1) INBOX(2)");

    assert_int_equal(email_at(w, "C", 1), email);
    assert_int_equal(w->server->messages_given, 0);
}

static void kept_in_one_here_of_what_was_deleted_there_it_is_made_again(void **state)
{
    (void)state;
    on_all_trees(keep_in_deleted);
}

static void change_in_deleted(struct world *w)
{
    flag(w, email_at(w, "B", 1), FCT_FLAG_FLAGGED);
    destroy(w, email_at(w, "B", 2));
    fake_remove_mailbox(w->server, "B");

    expect(w, "C(0) INBOX(3)");
}

static void changed_here_in_what_was_deleted_there_goes_with_it(void **state)
{
    (void)state;
    on_all_trees(change_in_deleted);
}

static void rename_both(struct world *w)
{
    int64_t id = find(w, "B");
    rename_here(w, "B", NULL, "X");
    fake_rename_mailbox(w->server, "B", "Y");
    if (!tells_renames(w)) {
        expect(w, "C(0) INBOX(3) Y(2)-");
        return;
    }

    expect(w, "C(0) INBOX(3) X(2)"); /* subscribed as before: their rename took that away */

    assert_int_equal(find(w, "X"), id);
    assert_int_equal(w->server->messages_given, 0);
}

static void renamed_here_and_there_it_has_our_name(void **state)
{
    (void)state;
    on_all_trees(rename_both);
}

static void rename_deleted(struct world *w)
{
    rename_here(w, "B", NULL, "X");
    fake_remove_mailbox(w->server, "B");

    expect(w, "C(0) INBOX(3)");
}

static void rename_deleted_and_move_in(struct world *w)
{
    int64_t email = email_at(w, "INBOX", 1);
    rename_here(w, "B", NULL, "X");
    put(w, email, "X", NULL);
    fake_remove_mailbox(w->server, "B");

    expect(w, "C(0) INBOX(2) X(1)");

    assert_int_equal(email_at(w, "X", 1), email);
}

static void renamed_here_and_deleted_there_it_is_gone_but_for_what_was_moved_in(void **state)
{
    (void)state;
    on_all_trees(rename_deleted);
    on_all_trees(rename_deleted_and_move_in);
}

static void delete_filled(struct world *w)
{
    remove_here(w, "B");
    fake_deliver(&w->server->box[1], 30, 0);

    expect(w, "B(3) C(0) INBOX(3)"); /* and its messages are here again */

    assert_int_equal(notices(w), 1);
    remove_here(w, "B"); /* now they were seen */
    expect(w, "C(0) INBOX(3)");
}

static void deleted_here_it_stays_when_new_messages_came_there(void **state)
{
    (void)state;
    on_all_trees(delete_filled);
}

static void delete_with_child(struct world *w)
{
    remove_here(w, "B");
    fake_add_mailbox(w->server, "B/k", 0)->uidvalidity = 50;

    expect(w, "B(2) B/k(0) C(0) INBOX(3)");

    assert_int_equal(notices(w), 1);
}

static void deleted_here_it_stays_when_a_mailbox_was_made_below_it_there(void **state)
{
    (void)state;
    on_all_trees(delete_with_child);
}

static void delete_renamed(struct world *w)
{
    remove_here(w, "B");
    fake_rename_mailbox(w->server, "B", "Y");

    expect(w, tells_renames(w) ? "C(0) INBOX(3)" : "C(0) INBOX(3) Y(2)-");
}

static void delete_renamed_and_filled(struct world *w)
{
    remove_here(w, "B");
    fake_rename_mailbox(w->server, "B", "Y");
    fake_deliver(&w->server->box[1], 30, 0);

    expect(w, "C(0) INBOX(3) Y(3)-");

    assert_int_equal(notices(w), w->server->box[1].id ? 1 : 0); /* with another UIDNEXT only its id tells that it is B */
}

static void deleted_here_and_renamed_there_it_is_deleted_unless_new_messages_came(void **state)
{
    (void)state;
    on_all_trees(delete_renamed);
    on_all_trees(delete_renamed_and_filled);
}

static void delete_both(struct world *w)
{
    remove_here(w, "B");
    fake_remove_mailbox(w->server, "B");

    expect(w, "C(0) INBOX(3)");

    assert_int_equal(notices(w), 0);
    assert_int_equal(w->server->mailbox_commands, 0);
}

static void deleted_here_and_there_it_is_gone(void **state)
{
    (void)state;
    on_all_trees(delete_both);
}

static void make_both(struct world *w)
{
    int64_t id = make(w, NULL, "X");
    struct fake_mailbox *there = fake_add_mailbox(w->server, "X", 0);
    there->uidvalidity = 50;
    fake_deliver(there, 30, 0);

    expect(w, "B(2) C(0) INBOX(3) X(1)");

    assert_int_equal(find(w, "X"), id);
    assert_int_equal(w->server->mailbox_commands, 0);
}

static void made_here_and_there_it_is_one(void **state)
{
    (void)state;
    on_all_trees(make_both);
}

static void make_below_deleted(struct world *w)
{
    make(w, "B", "X");
    fake_remove_mailbox(w->server, "B");

    expect(w, "B(0) B/X(0) C(0) INBOX(3)");
}

static void move_below_deleted(struct world *w)
{
    int64_t id = find(w, "B");
    rename_here(w, "B", "C", "B");
    fake_remove_mailbox(w->server, "C");

    expect(w, "C(0) C/B(2) INBOX(3)");

    assert_int_equal(find(w, "C/B"), id);
}

static void made_or_moved_here_below_what_was_deleted_there_it_is_made_again(void **state)
{
    (void)state;
    on_all_trees(make_below_deleted);
    on_all_trees(move_below_deleted);
}

static void rename_to_made(struct world *w)
{
    int64_t id = find(w, "B");
    rename_here(w, "B", NULL, "X");
    fake_add_mailbox(w->server, "X", 0)->uidvalidity = 50;

    expect(w, "B(2) C(0) INBOX(3) X(0)");

    assert_int_equal(find(w, "B"), id);
    assert_int_equal(notices(w), 1);
}

static void renamed_here_to_what_was_made_there_it_has_its_name_back(void **state)
{
    (void)state;
    on_all_trees(rename_to_made);
}

static void move_below_each_other(struct world *w)
{
    rename_here(w, "C", "B", "C");
    fake_rename_mailbox(w->server, "B", "C/B");
    if (!tells_renames(w)) { /* B was deleted, then, and is made again for what was moved below it */
        expect(w, "B(0) B/C(0) B/C/B(2)- INBOX(3)");
        return;
    }

    expect(w, "C(0) C/B(2)- INBOX(3)");

    assert_int_equal(notices(w), 1);
}

static void moved_below_each_other_they_are_as_the_server_has_them(void **state)
{
    (void)state;
    on_all_trees(move_below_each_other);
}

int main(void)
{
    const struct CMUnitTest rows[] = {
        cmocka_unit_test(flags_of_both_sides_merge),
        cmocka_unit_test(a_flag_that_both_change_is_as_it_is_here),
        cmocka_unit_test(moved_here_and_flagged_there_has_both),
        cmocka_unit_test(destroyed_here_and_flagged_there_is_gone),
        cmocka_unit_test(flagged_here_and_expunged_there_is_gone),
        cmocka_unit_test(moved_here_and_expunged_there_is_kept),
        cmocka_unit_test(moved_here_and_there_to_the_same_is_there_once),
        cmocka_unit_test(kept_in_one_here_and_expunged_from_it_there_is_kept),
        cmocka_unit_test(moved_here_and_moved_there_is_in_both),
        cmocka_unit_test(destroyed_here_and_moved_there_is_there),
        cmocka_unit_test(moved_or_copied_here_into_what_was_deleted_there_it_is_made_again),
        cmocka_unit_test(kept_in_one_here_of_what_was_deleted_there_it_is_made_again),
        cmocka_unit_test(changed_here_in_what_was_deleted_there_goes_with_it),
        cmocka_unit_test(renamed_here_and_there_it_has_our_name),
        cmocka_unit_test(renamed_here_and_deleted_there_it_is_gone_but_for_what_was_moved_in),
        cmocka_unit_test(deleted_here_it_stays_when_new_messages_came_there),
        cmocka_unit_test(deleted_here_it_stays_when_a_mailbox_was_made_below_it_there),
        cmocka_unit_test(deleted_here_and_renamed_there_it_is_deleted_unless_new_messages_came),
        cmocka_unit_test(deleted_here_and_there_it_is_gone),
        cmocka_unit_test(made_here_and_there_it_is_one),
        cmocka_unit_test(made_or_moved_here_below_what_was_deleted_there_it_is_made_again),
        cmocka_unit_test(renamed_here_to_what_was_made_there_it_has_its_name_back),
        cmocka_unit_test(moved_below_each_other_they_are_as_the_server_has_them),
    };
    return cmocka_run_group_tests(rows, NULL, NULL);
}
