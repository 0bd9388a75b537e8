/* engine_kinds.h - an engine_world with three mailboxes, and each kind of server that a test can be run with. */
#ifndef TESTS_ENGINE_KINDS_H
#define TESTS_ENGINE_KINDS_H

#include "engine_acts.h"

static inline struct fake_mailbox *inbox(struct world *w)
{
    return &w->server->box[0];
}

static inline struct fake_mailbox *work(struct world *w)
{
    return &w->server->box[1];
}

static inline void begin(struct world *w, uint32_t can, unsigned letters)
{
    fake_add_mailbox(w->server, "INBOX", FCT_ROLE_INBOX);
    fake_add_mailbox(w->server, "Work", 0);
    fake_add_mailbox(w->server, "Old", 0);
    for (unsigned i = 0; i < letters; i++)
        fake_deliver(inbox(w), i, i % 2 ? FCT_FLAG_SEEN : 0);
    w->server->can = can;
    connect_anew(w);
    pass(w);
    w->server->messages_given = 0;
}

/* So many commands have changed something on the server. */
static inline unsigned changes_made(const struct fake_server *s)
{
    return s->copies + s->moves + s->appends + s->expunges + s->stores + s->mailbox_commands;
}

/* Both sides have the same, nothing waits, and there is nothing more to do. */
static inline void expect_settled(struct world *w)
{
    expect_in_step(w);
    assert_int_equal(waiting(w), 0);
    unsigned before = changes_made(w->server);
    pass(w);
    assert_int_equal(changes_made(w->server), before);
    expect_in_step(w);
}

static const uint32_t abilities[] = {MODERN, PLAIN, PLAIN | FCT_CAN_EXPUNGE, CONDSTORE | WRITES | FCT_CAN_EXPUNGE, MODERN & ~(uint32_t)FCT_CAN_MOVE,
                                     MODERN & ~(uint32_t)FCT_CAN_EXPUNGE};

/* Runs the test for each kind of server, with UIDPLUS and without. */
static inline void on_all(void **state, void (*test)(struct world *w))
{
    (void)state;
    for (size_t i = 0; i < 2 * sizeof(abilities) / sizeof(abilities[0]); i++) {
        void *w = NULL;
        assert_int_equal(set_up(&w), 0);
        ((struct world *)w)->server->tells_no_uids = i % 2;
        if (abilities[i / 2] == PLAIN)
            ((struct world *)w)->source = &fake_source_one_by_one;
        begin(w, abilities[i / 2], 6);
        test(w);
        assert_int_equal(tear_down(&w), 0);
    }
}

/* As another program does it. */
static inline void server_moves(struct world *w, struct fake_mailbox *from, uint64_t uid, struct fake_mailbox *to)
{
    fake_copy(to, on_server(from, uid));
    fake_remove(w->server, from, uid);
}

#endif
