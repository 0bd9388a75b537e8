/* A child takes mail in, marks, moves and destroys it while packs are rewritten and tombstones swept; it is killed at
 * some moment, and the profile is opened again: all that was reported as done is there, and everything is sound. */
#include "soundness.h"

#include "store/inside.h"

#include <signal.h>
#include <sys/wait.h>

#define ROUNDS 14
#define LIVES 4 /* fibers of each kind */

/* What happens to a message, one after the other. `LEAVING`: it may be gone; `GONE`: it is. */
enum stage { COMING, THERE, READ, LEAVING, GONE };

struct report {
    unsigned number; /* of the message: its UID on the server; odd ones are local */
    enum stage stage;
};

/* ---- the child ---- */

struct child {
    struct fixture f;
    int pipe;
    unsigned next; /* number */
    int64_t server, box, local, inbox, archive;
};

static void tell(const struct child *c, unsigned number, enum stage stage)
{
    struct report r = {number, stage};

    if (write(c->pipe, &r, sizeof(r)) != sizeof(r))
        _exit(1);
}

static void prepare(struct prepared *p, struct store *st, unsigned number)
{
    CLEANUP(buf_done) struct buf body = {0};
    char id[32], references[64];

    snprintf(id, sizeof(id), "m%u@x", number);
    /* Every eighth message ties two Threads that began apart. */
    snprintf(references, sizeof(references), "<m%u@x> <m%u@x>", number - 2, number - 6);
    buf_add_str(&body, "body ");
    for (unsigned x = number; body.n < 2000 + number % 7 * 300; x = x * 1664525u + 1013904223u)
        buf_addf(&body, "%08x ", x);
    prepare_letter(
        p, st,
        &(struct letter){
            .id = id, .references = number % 16 < 2 ? references : NULL, .subject = "topic", .body = buf_str(&body)});
}

static void check(int rc, const struct fct_error *err)
{
    if (rc < 0) {
        fprintf(stderr, "%s\n", err->message);
        _exit(2);
    }
}

struct by_uid {
    int64_t box;
    unsigned uid;
};

static int read_by_uid(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct by_uid *u = arg;
    sqlite3_stmt *q = store_stmt(tx, "SELECT email_id FROM placement WHERE mailbox_id = ?1 AND uid = ?2");
    const struct fct_flags on = {FCT_FLAG_SEEN, bytes_str("work")}, off = {0};

    sqlite3_bind_int64(q, 1, u->box);
    sqlite3_bind_int64(q, 2, u->uid);
    if (store_step(tx, q, err) <= 0)
        return -1;
    int64_t id = sqlite3_column_int64(q, 0); /* merged Threads may have given it another */
    store_reset(q);
    return store_email_set_flags(tx, id, &on, &off, err);
}

/* On the server: arrives, is read here, is expunged there. */
static void live_there(struct child *c, unsigned number)
{
    struct fct_error err = {0};
    struct prepared p;
    prepare(&p, c->f.store, number);
    struct store_arrival a = {.mailbox_id = c->box,
                              .uid = number,
                              .received_at = 1700000000 + number % 50 * 64,
                              .blob = p.blob,
                              .summary = &p.summary};
    struct arrive_job j = {c->server, &a, 1};

    check(store_write(c->f.store, arrive_fn, &j, &err), &err);
    prepared_done(&p);
    tell(c, number, THERE);
    check(store_write(c->f.store, read_by_uid, &(struct by_uid){c->box, number}, &err), &err);
    tell(c, number, READ);
    if (number % 3 == 0)
        return;
    tell(c, number, LEAVING);
    struct call gone = {.fn = vanished_call, .id = c->box, .uid = number, .n = 1};
    check(store_write(c->f.store, call_fn, &gone, &err), &err);
    tell(c, number, GONE);
}

static int move_mine(struct store_tx *tx, struct call *call, struct fct_error *err)
{
    const struct fct_flags on = {FCT_FLAG_SEEN, {0}}, off = {0};

    return store_email_set_mailboxes(tx, call->id, call->ids, 1, err) < 0
               ? -1
               : store_email_set_flags(tx, call->id, &on, &off, err);
}

/* On this computer: is made, moved and read, destroyed. Nothing ties local messages: their ids stay. */
static void live_here(struct child *c, unsigned number)
{
    struct fct_error err = {0};
    struct prepared p;
    CLEANUP(freep) char *id = xasprintf("m%u@x", number), *subject = xasprintf("topic %u", number);
    prepare_letter(&p, c->f.store, &(struct letter){.id = id, .subject = subject, .body = "my body"});
    struct store_arrival a = {.received_at = 1700000000, .blob = p.blob, .summary = &p.summary};
    struct call made = {.fn = create_call, .id = c->local, .ids = &c->inbox, .n = 1, .out = &a};

    check(store_write(c->f.store, call_fn, &made, &err), &err);
    prepared_done(&p);
    tell(c, number, THERE);
    struct call moved = {.fn = move_mine, .id = a.email_id, .ids = &c->archive};
    check(store_write(c->f.store, call_fn, &moved, &err), &err);
    tell(c, number, READ);
    if (number % 3 == 0)
        return;
    tell(c, number, LEAVING);
    struct call gone = {.fn = destroy_call, .id = a.email_id};
    check(store_write(c->f.store, call_fn, &gone, &err), &err);
    tell(c, number, GONE);
}

static int live(void *arg)
{
    struct child *c = arg;

    for (;;) {
        unsigned number = c->next++;
        if (number % 2)
            live_here(c, number);
        else
            live_there(c, number);
    }
    return 0;
}

static int forget(struct store_tx *tx, void *arg, struct fct_error *err)
{
    size_t n;
    int n_blobs;

    (void)arg;
    return store_tombstones_sweep(tx, INT64_MAX, 50, &n, err) < 0 ||
                   store_blobs_expire(tx, INT64_MAX, 50, &n_blobs, err) < 0
               ? -1
               : 0;
}

static int keep_house(void *arg)
{
    struct child *c = arg;
    struct fct_error err = {0};

    for (;;) {
        check(wait_sleep(10, &err), &err);
        check(store_write(c->f.store, forget, NULL, &err), &err);
        check(store_packs_compact(c->f.store, 20, NULL, &err), &err);
    }
    return 0;
}

static void child_main(const char *dir, int pipe_fd, unsigned first)
{
    struct child c = {.f = {.dir = xstrdup(dir)}, .pipe = pipe_fd, .next = first};

    fixture_open(&c.f);
    c.server = sql_number(&c.f, "SELECT id FROM account WHERE source_url <> 'local:'");
    c.box = sql_number(&c.f, "SELECT id FROM mailbox WHERE name = 'INBOX'");
    c.local = local_account(&c.f);
    c.inbox = mailbox_with_role(&c.f, c.local, FCT_ROLE_INBOX);
    c.archive = mailbox_with_role(&c.f, c.local, FCT_ROLE_ARCHIVE);
    packs_set_limit(c.f.store->packs, 50000);
    for (int i = 0; i < 2 * LIVES; i++)
        fiber_start(uv_default_loop(), "life", live, &c);
    fiber_start(uv_default_loop(), "house", keep_house, &c);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    _exit(6);
}

/* ---- the parent ---- */

struct ledger {
    enum stage *stages; /* by number */
    unsigned n, n_reports;
};

static void ledger_add(struct ledger *l, const struct report *r)
{
    if (r->number >= l->n) {
        l->stages = xreallocarray(l->stages, r->number + 1, sizeof(*l->stages));
        for (; l->n <= r->number; l->n++)
            l->stages[l->n] = COMING;
    }
    l->stages[r->number] = r->stage;
    l->n_reports++;
}

static void run_and_kill(const char *dir, unsigned after_ms, struct ledger *l)
{
    int fds[2], status = 0;
    struct report r;
    unsigned first = l->n + 4 * LIVES;

    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(fds[0]);
        child_main(dir, fds[1], first);
    }
    close(fds[1]);
    assert_int_equal(read(fds[0], &r, sizeof(r)), sizeof(r)); /* it has begun */
    usleep(after_ms * 1000);
    kill(pid, SIGKILL);
    do {
        ledger_add(l, &r);
    } while (read(fds[0], &r, sizeof(r)) == sizeof(r));
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

/* Where a message is and whether it was read: 0 nowhere, 1 unread, 2 read (and moved, if it is local). */
static int64_t what_is_of(struct fixture *f, unsigned number)
{
    CLEANUP(freep)
    char *sql = xasprintf("SELECT ifnull(sum(1 + (p.flags & 1)), 0) FROM envelope v JOIN placement p ON p.email_id = "
                          "v.email_id JOIN mailbox m ON m.id = p.mailbox_id WHERE v.message_id = 'm%u@x' AND "
                          "(p.uid = %u OR p.uid IS NULL AND m.name = iif(p.flags & 1, 'Archive', 'Inbox'))",
                          number, number);

    return sql_number(f, sql);
}

static void expect_what_was_told(struct fixture *f, const struct ledger *l)
{
    for (unsigned i = 0; i < l->n; i++) {
        int64_t found = what_is_of(f, i);
        bool is_right = l->stages[i] == COMING    ? true
                        : l->stages[i] == THERE   ? found > 0
                        : l->stages[i] == READ    ? found == 2
                        : l->stages[i] == LEAVING ? found == 0 || found == 2
                                                  : found == 0;
        if (!is_right)
            fail_msg("message %u: %d after stage %d", i, (int)found, (int)l->stages[i]);
    }
}

static void mail_survives_a_kill_at_any_moment(void **state)
{
    struct fixture f = fixture_new();
    struct ledger ledger = {0};
    int64_t box;
    (void)state;

    add_server(&f, (const char *const[]){"INBOX"}, 1, &box);
    fixture_close(&f);
    for (unsigned round = 0; round < ROUNDS; round++) {
        run_and_kill(f.dir, round * 41 % 150, &ledger);
        fixture_open(&f);
        expect_sound(&f);
        assert_ok(store_write(f.store, check_index, NULL, err));
        expect_what_was_told(&f, &ledger);
        fixture_close(&f);
    }
    assert_true(ledger.n_reports > ROUNDS * 10);
    free(ledger.stages);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_survives_a_kill_at_any_moment),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
