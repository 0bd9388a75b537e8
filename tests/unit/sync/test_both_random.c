/* Both sides change at once, answers and commands are lost, sessions end: in the end both have the same, nothing is lost and
 * nothing is there twice. Then the same with changes here that are taken back and done again, and with changes here while commands are on
 * their way and a process that is killed. FACTEUR_SEEDS: how many; FACTEUR_SEED: the first; FACTEUR_TRACE: tells what happens. */
#include "engine_acts.h"

#include "store/undo.h"

#define BODIES_MAX 2000
#define BOXES 4

struct fate {
    bool exists, is_destroyed; /* by anybody */
    bool may_be_twice;         /* both put it into a mailbox in the same moment */
    int moved_in;              /* the last round in which the server moved it */
};

struct play {
    struct world *w;
    unsigned seed;
    struct fate body[BODIES_MAX];
    unsigned n_bodies;
    int round;
    bool renumbers, undoes, is_busy;
};

static unsigned pick(struct play *p, unsigned n)
{
    p->seed = p->seed * 1103515245u + 12345u;
    return (p->seed >> 16) % n;
}

static const char *const names[BOXES] = {"INBOX", "Work", "Old", "Later"};

/* ---- the server's side ------------------------------------------------------------------------------------------------ */

static struct fake_message *any_message(struct play *p, struct fake_mailbox *b)
{
    struct fake_message *found = NULL;
    unsigned seen = 0;
    for (size_t i = 0; i < b->n; i++)
        if (!b->m[i].is_gone && !(b->m[i].flags & FCT_FLAG_DELETED) && pick(p, ++seen) == 0)
            found = &b->m[i];
    return found;
}

static bool holds(const struct fake_mailbox *b, unsigned body)
{
    for (size_t i = 0; i < b->n; i++)
        if (!b->m[i].is_gone && b->m[i].body == body)
            return true;
    return false;
}

static void server_acts(struct play *p, bool meanwhile)
{
    struct fake_mailbox *b = &p->w->server->box[pick(p, BOXES)], *to = &p->w->server->box[pick(p, BOXES)];
    struct fake_message *m = any_message(p, b);
    unsigned what = pick(p, 20);
    if (what < 5 && p->n_bodies < BODIES_MAX) {
        p->body[p->n_bodies].exists = true;
        fake_deliver(b, p->n_bodies++, pick(p, 2) ? FCT_FLAG_SEEN : 0);
    } else if (m && what < 10) {
        fake_set_flags(b, m->uid, m->flags ^ (pick(p, 2) ? FCT_FLAG_FLAGGED : FCT_FLAG_ANSWERED), pick(p, 3) ? "" : "work");
    } else if (m && what < 16 && to != b && !holds(to, m->body)) {
        /* Undo makes more copies, and one of several that goes away and comes back in one round is another Email
         * (arrive.h): then two may meet in a mailbox. */
        if (p->undoes && p->body[m->body].moved_in == p->round)
            return;
        p->body[m->body].moved_in = p->round;
        p->body[m->body].may_be_twice |= meanwhile;
        fake_copy(to, m);
        if (what < 14)
            fake_remove(p->w->server, b, m->uid);
    } else if (m && what < 18) {
        p->body[m->body].is_destroyed = true;
        fake_remove(p->w->server, b, m->uid);
    } else if (what == 19 && p->renumbers && !meanwhile) {
        b->uidvalidity++;
        uint64_t by = b->uidnext;
        for (size_t i = 0; i < b->n; i++)
            b->m[i].uid += by;
        b->uidnext += by;
        fake_trace("      %s is renumbered by %llu\n", b->name, (unsigned long long)by);
    }
}

/* ---- ours ------------------------------------------------------------------------------------------------------------- */

struct any_email {
    struct world *w;
    unsigned skip;
    int64_t id, mailbox_ids[8];
    size_t n;
    unsigned body;
};

static int read_any_email(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct any_email *a = arg;
    struct store_changes changes = {0};
    struct blob_view v = {0};
    struct store_email e = {0};
    if (store_changes_since(tx, a->w->account, STORE_EMAIL, 0, 0, &changes, err) < 0)
        return -1;
    a->id = changes.n_created ? changes.created[a->skip % changes.n_created] : 0;
    store_changes_done(&changes);
    if (!a->id)
        return 0;
    if (store_email_load(tx, a->id, true, &e, err) < 0 || store_blob_view(tx, e.blob_id, &v, err) < 0)
        return -1;
    blob_view_done(&v);
    sscanf(e.subject, "Letter %u", &a->body);
    for (; a->n < e.n_mailboxes && a->n < 8; a->n++)
        a->mailbox_ids[a->n] = e.mailbox_ids[a->n];
    store_email_done(&e);
    return 0;
}

/* As Email/set does it: so that it can be taken back. */
struct deed {
    struct act a;
    store_fn fn;
    struct undo_choice {
        unsigned which; /* 0: the newest */
        bool any;
    } undo;
};

static int write_deed(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct deed *d = arg;
    CLEANUP(store_undo_record_done) struct store_undo_record r = {0};
    CLEANUP(store_undo_before_freep) struct store_undo_before *before = NULL;
    if (store_undo_begin(tx, &r, err) < 0 || store_undo_look(tx, d->a.email, &before, err) < 0 || d->fn(tx, &d->a, err) < 0 ||
        (d->fn == do_destroy ? store_undo_destroyed(tx, &r, before, err) : store_undo_changed(tx, &r, before, err)) < 0)
        return -1;
    return store_undo_end(tx, &r, err);
}

static void act(store_fn fn, struct act a)
{
    struct deed d = {.a = a, .fn = fn};
    struct fct_error err = {0};
    fake_trace("    we %s Email %lld: %s %s\n", fn == do_flag ? "flag" : fn == do_move ? "move" : "destroy", (long long)a.email,
               a.boxes[0] ? a.boxes[0] : "", a.boxes[1] ? a.boxes[1] : "");
    if (store_write(a.w->store, write_deed, &d, &err) < 0)
        fail_msg("%s", err.message);
}

static int write_undo(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct undo_choice *c = arg;
    struct store_undo_applied a = {0};
    int64_t id = 0, *list = NULL;
    size_t n = 0;
    if (store_undo_newest(tx, -1, &id, err) < 0 || store_undo_list(tx, -1, &list, &n, err) < 0)
        return -1;
    if (c->any && n > 0)
        id = list[c->which % n];
    free(list);
    int result = id ? store_undo_apply_some(tx, id, NULL, 100, &a, err) : 0;
    store_undo_applied_done(&a);
    return result;
}

static void undo(struct world *w, struct undo_choice c)
{
    struct fct_error err = {0};
    if (store_write(w->store, write_undo, &c, &err) < 0)
        fail_msg("%s", err.message);
}

static void we_act(struct play *p)
{
    struct world *w = p->w;
    struct any_email a = {.w = w, .skip = pick(p, 10000)};
    unsigned what = pick(p, p->undoes ? 24 : 20);
    assert_int_equal(store_read(w->store, read_any_email, &a, NULL), 0);
    fake_trace("    we look at letter %u, Email %lld\n", a.body, (long long)a.id);
    if (what < 2 && p->n_bodies < BODIES_MAX) {
        p->body[p->n_bodies].exists = true;
        create(w, names[pick(p, BOXES)], p->n_bodies++, FCT_FLAG_SEEN);
    } else if (a.id && what < 8) {
        act(do_flag, (struct act){.w = w, .email = a.id, .add = pick(p, 2) ? FCT_FLAG_SEEN : FCT_FLAG_FLAGGED});
    } else if (a.id && what < 14) {
        act(do_move, (struct act){.w = w, .email = a.id, .boxes = {names[pick(p, BOXES)]}});
    } else if (a.id && what < 17) {
        unsigned one = pick(p, BOXES);
        act(do_move, (struct act){.w = w, .email = a.id, .boxes = {names[one], names[(one + 1 + pick(p, BOXES - 1)) % BOXES]}});
    } else if (a.id && what < 19) {
        p->body[a.body].is_destroyed = true;
        act(do_destroy, (struct act){.w = w, .email = a.id});
    } else if (what >= 20) {
        undo(w, (struct undo_choice){pick(p, 20), what == 23});
    }
}

/* ---- while a command is on its way -------------------------------------------------------------------------------------- */

static void meanwhile(void *ctx)
{
    struct play *p = ctx;
    if (pick(p, 8) == 0)
        server_acts(p, true);
    if (pick(p, 3) == 0)
        we_act(p);
}

static void kill_and_start(struct world *w)
{
    sync_engine_free(w->engine);
    w->engine = NULL;
    store_close(w->store);
    open_world(w);
    connect_anew(w);
}

/* ---- meeting ---------------------------------------------------------------------------------------------------------- */

static void meet(struct play *p)
{
    struct world *w = p->w;
    struct sync_report report;
    struct fct_error err = {0};
    if (pick(p, 3) == 0)
        *(pick(p, 2) ? &w->server->loses_answers : &w->server->loses_commands) = true;
    w->server->meanwhile = p->is_busy ? meanwhile : NULL;
    fake_trace("pass %d\n", p->round);
    int met = sync_pass(w->engine, &report, &err);
    w->server->meanwhile = NULL;
    if (met < 0) {
        if (err.code != FCT_E_NETWORK)
            fail_msg("%s", err.message);
        if (p->is_busy && pick(p, 8) == 0)
            kill_and_start(w);
        else
            connect_anew(w);
    } else {
        w->was_in_step = true;
        if (pick(p, 4) == 0)
            connect_anew(w);
    }
}

static void check_bodies(struct play *p, unsigned seed)
{
    for (unsigned body = 0; body < p->n_bodies; body++) {
        size_t there = 0;
        for (size_t i = 0; i < BOXES; i++) {
            const struct fake_mailbox *b = &p->w->server->box[i];
            size_t here = 0;
            for (size_t k = 0; k < b->n; k++)
                here += !b->m[k].is_gone && b->m[k].body == body && !(b->m[k].flags & FCT_FLAG_DELETED);
            if (here > 1 && !p->body[body].may_be_twice)
                fail_msg("seed %u: letter %u is %zu times in %s", seed, body, here, b->name);
            there += here;
        }
        if (there == 0 && !p->body[body].is_destroyed)
            fail_msg("seed %u: letter %u is lost", seed, body);
    }
}

static void play(unsigned seed, bool undoes, bool is_busy)
{
    static const uint32_t can[] = {MODERN, PLAIN | FCT_CAN_EXPUNGE, CONDSTORE | WRITES | FCT_CAN_EXPUNGE, MODERN & ~(uint32_t)FCT_CAN_MOVE, PLAIN,
                                   MODERN & ~(uint32_t)FCT_CAN_EXPUNGE};
    void *made = NULL;
    assert_int_equal(set_up(&made), 0);
    struct play *p = XNEW(struct play);
    p->w = made;
    p->seed = seed * 7919;
    p->renumbers = seed % 3 == 0;
    p->undoes = undoes;
    p->is_busy = is_busy;
    p->w->server->meanwhile_ctx = p;
    for (size_t i = 0; i < BOXES; i++)
        fake_add_mailbox(p->w->server, names[i], i == 0 ? FCT_ROLE_INBOX : 0);
    for (; p->n_bodies < 12; p->n_bodies++)
        fake_deliver(&p->w->server->box[pick(p, BOXES)], p->n_bodies, 0);
    p->w->server->can = can[seed % (sizeof(can) / sizeof(can[0]))];
    p->w->server->tells_no_uids = seed / 6 % 2;
    connect_anew(p->w);
    pass(p->w);
    for (p->round = 1; p->round <= 12; p->round++) {
        for (unsigned n = pick(p, 6); n > 0; n--)
            server_acts(p, false);
        for (unsigned n = pick(p, 6); n > 0; n--)
            we_act(p);
        meet(p);
    }
    p->w->server->loses_answers = p->w->server->loses_commands = false;
    for (int i = 0; i < 6; i++) {
        fake_trace("last pass %d\n", i + 1);
        pass(p->w);
    }
    print_message("seed %u\n", seed);
    if (waiting(p->w) != 0)
        fail_msg("seed %u: %lld changes wait for ever", seed, (long long)waiting(p->w));
    check_bodies(p, seed);
    expect_in_step(p->w);
    free(p);
    assert_int_equal(tear_down(&made), 0);
}

static void play_all(unsigned standard, unsigned n_standard, bool undoes, bool is_busy)
{
    const char *first = getenv("FACTEUR_SEED"), *n = getenv("FACTEUR_SEEDS");
    unsigned from = first ? (unsigned)atoi(first) : standard, count = n ? (unsigned)atoi(n) : n_standard;
    for (unsigned seed = from; seed < from + count; seed++)
        play(seed, undoes, is_busy);
}

static void both_sides_agree_in_the_end(void **state)
{
    (void)state;
    play_all(1, 60, false, false);
}

static void both_sides_agree_when_changes_are_taken_back(void **state)
{
    (void)state;
    play_all(1, 30, true, false);
}

static void both_sides_agree_when_minds_change_meanwhile(void **state)
{
    (void)state;
    play_all(70, 12, false, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_sides_agree_in_the_end),
                                       cmocka_unit_test(both_sides_agree_when_changes_are_taken_back),
                                       cmocka_unit_test(both_sides_agree_when_minds_change_meanwhile)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
