/* Random changes, and after each few the whole truth: counters against a recount from placements, keywords against the
 * rule, and clients that only follow /changes against what is there. */
#include "soundness.h"

#include "store/keywords.h"
#include "store/snoozes.h"

#define N_BOXES 3 /* of the server; the last is the trash */
#define POOL 60   /* different messages */
#define ROUNDS 60
#define STEPS 25

static uint64_t rng;

static unsigned pick(unsigned n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (unsigned)((rng >> 20) % n);
}

struct world {
    struct fixture f;
    struct prepared pool[POOL];
    int64_t server, local, boxes[N_BOXES];
    uint64_t next_uid[N_BOXES];
};

/* ---- the letters: some threads, some of which only a late message ties
 * ------------------------------------------------ */

static void make_pool(struct world *w)
{
    for (int i = 0; i < POOL; i++) {
        char id[32], refs[96], subject[32], body[32];
        char from[64], to[96];
        int thread = i / 4;
        snprintf(from, sizeof(from), i % 3 ? "Jane <Jane@example.org>" : "Joe %d <joe%d@x.example>", i, i % 5);
        snprintf(to, sizeof(to), "Ann <ann%d@Y.example>, joe%d@x.example", i % 6, i % 4);
        snprintf(id, sizeof(id), "m%d@x", i);
        snprintf(subject, sizeof(subject), "%stopic %d", i % 4 ? "Re: " : "", thread);
        snprintf(refs, sizeof(refs), i % 4 == 3 ? "<m%d@x> <m%d@x>" : "<m%d@x>", i - i % 4, i - 1);
        snprintf(body, sizeof(body), "body %d", i);
        /* The second of each four names nobody: only the fourth ties it to the rest. */
        prepare_letter(&w->pool[i], w->f.store,
                       &(struct letter){.id = i % 7 == 6 ? NULL : id,
                                        .subject = subject,
                                        .body = body,
                                        .from = from,
                                        .to = i % 5 ? to : NULL,
                                        .in_reply_to = i % 4 == 1 ? "elsewhere@x" : NULL,
                                        .list_id = i % 6 == 3 ? "list.x" : NULL,
                                        .references = i % 4 >= 2 ? refs : NULL});
    }
}

/* ---- steps
 * ---------------------------------------------------------------------------------------------------------------- */

static uint32_t some_flags(bool may_be_deleted)
{
    static const uint32_t flags[] = {0, FCT_FLAG_SEEN, FCT_FLAG_DRAFT, FCT_FLAG_SEEN | FCT_FLAG_FLAGGED, FCT_FLAG_JUNK};

    return flags[pick(5)] | (may_be_deleted && pick(8) == 0 ? FCT_FLAG_DELETED : 0);
}

static struct fct_bytes some_keywords(void)
{
    static const char *const words[] = {"", "", "", "work", "home work", "zebra"};

    return bytes_str(words[pick(6)]);
}

static int step_arrive(struct store_tx *tx, struct world *w, struct fct_error *err)
{
    struct store_arrival a[6] = {0};
    size_t n = 1 + pick(6);

    for (size_t i = 0; i < n; i++) {
        unsigned box = pick(N_BOXES), letter = pick(POOL);
        a[i] = (struct store_arrival){.mailbox_id = w->boxes[box],
                                      .uid = pick(10) == 0 ? 1 + pick(9) : w->next_uid[box]++,
                                      .received_at = 1000 + pick(40),
                                      .flags = {some_flags(true), some_keywords()},
                                      .blob = w->pool[letter].blob,
                                      .summary = &w->pool[letter].summary};
    }
    return store_emails_arrive(tx, w->server, a, n, err);
}

/* Some here and there, now and then one twice; or very many, close to each other and in order, which the store reads in
 * one go. */
static int step_server_flags(struct store_tx *tx, struct world *w, struct fct_error *err)
{
    unsigned box = pick(N_BOXES), end = (unsigned)w->next_uid[box] + 3;
    struct store_told_flags told[64];
    bool is_run = pick(3) == 0;
    size_t n = is_run ? 20 + pick(40) : 1 + pick(6);
    uint64_t uid = pick(end);

    for (size_t i = 0; i < n; i++) {
        uid = is_run ? uid + 1 + pick(3) : 1 + pick(end);
        told[i] = (struct store_told_flags){.uid = uid, .flags = {some_flags(true), some_keywords()}};
    }
    if (store_placements_server_flags(tx, w->boxes[box], told, n, true, NULL, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct store_uid_flags *here = NULL;
        size_t n_here = 0;
        if (store_mailbox_uids_between(tx, w->boxes[box], told[i].uid, told[i].uid, &here, &n_here, err) < 0)
            return -1;
        free(here);
        assert_int_equal(told[i].is_unknown, n_here == 0);
    }
    return 0;
}

static int step_vanished(struct store_tx *tx, struct world *w, struct fct_error *err)
{
    unsigned box = pick(N_BOXES);
    uint64_t first = 1 + pick((unsigned)w->next_uid[box]);
    struct fct_uid_range r = {first, first + pick(4)};

    return store_placements_vanished(tx, w->boxes[box], &r, 1, NULL, err);
}

/* An Email of the account; 0: it has none. */
static int64_t some_email(struct store_tx *tx, int64_t account_id)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT id FROM email WHERE account_id = ?1 ORDER BY (id * ?2) % 1009, id LIMIT 1");
    int64_t id = 0;

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int64(q, 2, 1 + pick(1000));
    if (store_step(tx, q, NULL) > 0)
        id = sqlite3_column_int64(q, 0);
    store_reset(q);
    return id;
}

/* There is always the inbox. */
static int64_t some_local_mailbox(struct store_tx *tx, struct world *w)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT id FROM mailbox WHERE account_id = ?1 ORDER BY (id * ?2) % 101, id LIMIT 1");

    sqlite3_bind_int64(q, 1, w->local);
    sqlite3_bind_int64(q, 2, 1 + pick(100));
    int64_t id = store_step(tx, q, NULL) > 0 ? sqlite3_column_int64(q, 0) : 0;
    store_reset(q);
    return id;
}

static int step_set_flags(struct store_tx *tx, struct world *w, struct fct_error *err)
{
    int64_t id = some_email(tx, pick(2) ? w->server : w->local);
    struct fct_flags add = {some_flags(false), some_keywords()}, remove = {some_flags(false), some_keywords()};

    return id ? store_email_set_flags(tx, id, &add, &remove, err) : 0;
}

static int step_pending(struct store_tx *tx, struct world *w, struct fct_error *err)
{
    struct store_pending *p;
    size_t n;

    if (store_pending_load(tx, w->boxes[pick(N_BOXES)], 3, &p, &n, err) < 0)
        return -1;
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = pick(3) ? store_pending_done(tx, &p[i], err) : store_pending_refused(tx, &p[i], "no", err);
    store_pending_free(p, n);
    return rc;
}

static int step_local(struct store_tx *tx, struct world *w, struct fct_error *err)
{
    int64_t boxes[2] = {some_local_mailbox(tx, w), some_local_mailbox(tx, w)};
    int64_t id = some_email(tx, w->local);
    struct prepared *p = &w->pool[pick(POOL)];
    struct store_arrival a = {.received_at = 1000 + pick(40),
                              .flags = {some_flags(false), some_keywords()},
                              .blob = p->blob,
                              .summary = &p->summary};

    if (id == 0 || pick(2))
        return store_email_create(tx, w->local, &a, boxes, 1 + pick(2), err);
    return pick(3) ? store_email_set_mailboxes(tx, id, boxes, 1 + pick(2), err) : store_email_destroy(tx, id, err);
}

static int step_mailbox(struct store_tx *tx, struct world *w, struct fct_error *err)
{
    static const int roles[] = {FCT_ROLE_NONE, FCT_ROLE_TRASH};
    struct fct_error refused = {0};
    int64_t id = some_local_mailbox(tx, w), new_id;
    char name[32];

    snprintf(name, sizeof(name), "box %u", pick(6));
    /* Many of these are refused: two mailboxes with a role, children, the same name twice. */
    switch (pick(3)) {
    case 0:
        store_mailbox_create(tx, w->local, pick(3) ? 0 : id, name, 0, 0, true, &new_id, &refused);
        break;
    case 1:
        store_mailbox_update(tx, id, &(struct store_mailbox_patch){.role = &roles[pick(2)]}, &refused);
        break;
    default:
        store_mailbox_destroy(tx, id, pick(2), &refused);
    }
    EXPECT(refused.code != FCT_E_INTERNAL && refused.code != FCT_E_CORRUPT);
    return 0;
}

/* UIDVALIDITY has changed: some messages are found again, some come later, some are gone. */
static int step_renumber(struct store_tx *tx, struct world *w, struct fct_error *err)
{
    unsigned box = pick(N_BOXES);

    if (store_mailbox_forget_uids(tx, w->boxes[box], err) < 0)
        return -1;
    w->next_uid[box] = 1 + pick(4);
    for (unsigned n = pick(4); n > 0; n--) {
        if (step_arrive(tx, w, err) < 0)
            return -1;
    }
    return pick(3) ? store_placements_drop_unlinked(tx, w->boxes[box], SIZE_MAX, NULL, err) : 0;
}

/* The server's mailboxes are renamed, exchanged, deleted and made again, and another one becomes the trash. */
static int step_listing(struct store_tx *tx, struct world *w, struct fct_error *err)
{
    static const char *const names[][N_BOXES] = {{"INBOX", "Archive", "Trash"},
                                                 {"INBOX", "Trash", "Archive"},
                                                 {"INBOX", "Old/Archive", "Trash"},
                                                 {"Inbox", "Archive", "Archive/Bin"}};
    static const char *const ids[] = {"id0", "id1", "id2", "id3"};
    struct store_remote_mailbox list[N_BOXES] = {0};
    unsigned which = pick(4), trash = pick(4);
    bool has_ids = pick(2);

    for (unsigned i = 0; i < N_BOXES; i++) {
        const char *name = names[which][i];
        list[i] = (struct store_remote_mailbox){.name = name,
                                                .delimiter = '/',
                                                .wire_name = bytes_str(name),
                                                .mailbox_id = has_ids ? ids[i + (pick(9) == 0)] : NULL,
                                                .role = trash == i ? FCT_ROLE_TRASH : FCT_ROLE_NONE};
    }
    if (has_ids && list[1].mailbox_id == list[2].mailbox_id)
        list[2].mailbox_id = ids[3];
    if (has_ids && list[0].mailbox_id == list[1].mailbox_id)
        list[0].mailbox_id = ids[0];
    if (store_mailboxes_listed(tx, w->server, list, N_BOXES, err) < 0)
        return -1;
    for (int i = 0; i < N_BOXES; i++) {
        /* Whoever has a mailbox of another name now has its messages, too: UIDs go on from where nobody has been. */
        if (w->boxes[i] != list[i].id)
            w->next_uid[i] += 1000;
        w->boxes[i] = list[i].id;
    }
    return 0;
}

/* What cannot be now (a mailbox of that name has another role, one that was deleted waits for the server) is left. */
static int snooze_one(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct world *w = arg;
    int64_t id = some_email(tx, pick(2) ? w->server : w->local);
    bool was;
    size_t n;

    if (id == 0)
        return 0;
    switch (pick(4)) {
    case 0:
        return store_email_unsnooze(tx, id, &was, err);
    case 1:
        return store_snoozes_wake(tx, 100 + pick(50), 3, &n, err);
    default:
        return store_email_snooze(tx, id, 101 + pick(50), pick(2) ? some_local_mailbox(tx, w) : 0, 100, err);
    }
}

static int step_snooze(struct store_tx *tx, struct world *w, struct fct_error *err)
{
    struct fct_error refused = {0};

    (void)err;
    store_nested(tx, snooze_one, w, &refused);
    return 0;
}

static int step_sweep(struct store_tx *tx, struct world *w, struct fct_error *err)
{
    size_t n;

    (void)w;
    return pick(15) ? 0 : store_tombstones_sweep(tx, INT64_MAX, 1 + pick(40), &n, err);
}

typedef int (*step_fn)(struct store_tx *tx, struct world *w, struct fct_error *err);
static const step_fn steps[] = {step_arrive,   step_arrive,    step_arrive,    step_server_flags, step_server_flags,
                                step_vanished, step_set_flags, step_set_flags, step_pending,      step_local,
                                step_local,    step_mailbox,   step_renumber,  step_listing,      step_sweep,
                                step_snooze,   step_snooze};

static step_fn some_step(void)
{
    return steps[pick(sizeof(steps) / sizeof(steps[0]))];
}

/* A change that is undone alone, and leaves nothing. */
static int undone(struct store_tx *tx, void *arg, struct fct_error *err)
{
    if (some_step()(tx, arg, err) < 0)
        return -1;
    return fct_fail(err, FCT_E_CANCELLED, FCT_RETRY_NEVER, "on purpose");
}

static int step_undone(struct store_tx *tx, struct world *w, struct fct_error *err)
{
    struct world before = *w;
    struct fct_error why = {0};

    EXPECT(store_nested(tx, undone, w, &why) < 0);
    *w = before;
    if (why.code == FCT_E_CANCELLED)
        return 0;
    *err = why;
    return -1;
}

static int random_steps(struct store_tx *tx, void *arg, struct fct_error *err)
{
    for (int i = 0; i < STEPS; i++) {
        step_fn step = pick(12) ? some_step() : step_undone;
        if (step(tx, arg, err) < 0 || store_counters_verify(tx, -1, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- a client that follows changes
 * ------------------------------------------------------------------------------------------ */

#define CLIENT_MAX 4096

struct client {
    enum store_type type;
    int64_t account_id, state;
    size_t at_once; /* maxChanges; 0: all */
    size_t n;
    unsigned n_followed, n_begun;
    struct seen {
        int64_t id, print;
    } seen[CLIENT_MAX];
};

static struct seen *seen_of(struct client *c, int64_t id)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->seen[i].id == id)
            return &c->seen[i];
    }
    return NULL;
}

/* A fingerprint of what a client sees of an object. */
static int64_t print_of(struct store_tx *tx, enum store_type type, int64_t id, bool *out_exists)
{
    static const char *const prints[] = {
        [STORE_MAILBOX] =
            "SELECT total_emails + 1000 * unread_emails + 1000000 * total_threads + 1000000000 * unread_threads "
            "+ 1000000000000 * role + 100000000000000 * ifnull(parent_id, 0) FROM mailbox WHERE id = ?1",
        [STORE_THREAD] =
            "SELECT ifnull(sum((e.id * 2654435761) % 1000003), 0) + 10000000 * count(*) FROM email e JOIN thread t "
            "ON t.id = e.thread_id WHERE t.id = ?1 HAVING count(*) > 0",
        [STORE_EMAIL] =
            "SELECT flags + 1000 * (SELECT sum(mailbox_id * mailbox_id) FROM placement WHERE email_id = id) + 10000000 "
            "* "
            "(SELECT ifnull(sum(unicode(keyword)), 0) FROM email_keyword WHERE email_id = id) FROM email WHERE id = ?1",
    };
    sqlite3_stmt *q = store_stmt(tx, prints[type]);
    int64_t print = 0;

    sqlite3_bind_int64(q, 1, id);
    *out_exists = store_step(tx, q, NULL) > 0;
    if (*out_exists)
        print = sqlite3_column_int64(q, 0);
    store_reset(q);
    return print;
}

static int client_fetch(struct store_tx *tx, struct client *c, int64_t id, struct fct_error *err)
{
    bool exists;
    int64_t print = print_of(tx, c->type, id, &exists);
    struct seen *s = seen_of(c, id);

    if (!exists) /* gone meanwhile: a later piece says so */
        return 0;
    if (!s) {
        EXPECT(c->n < CLIENT_MAX);
        s = &c->seen[c->n++];
    }
    *s = (struct seen){id, print};
    return 0;
}

/* All there is, as a client begins. */
static int client_begin(struct store_tx *tx, struct client *c, struct fct_error *err)
{
    static const char *const all[] = {
        [STORE_MAILBOX] = "SELECT id FROM mailbox WHERE ?1 < 0 OR account_id = ?1",
        [STORE_THREAD] = "SELECT id FROM thread WHERE ?1 < 0 OR account_id = ?1",
        [STORE_EMAIL] = "SELECT id FROM email WHERE ?1 < 0 OR account_id = ?1",
    };
    sqlite3_stmt *q = store_stmt(tx, all[c->type]);

    c->n = 0;
    sqlite3_bind_int64(q, 1, c->account_id);
    while (store_step(tx, q, NULL) > 0) {
        if (client_fetch(tx, c, sqlite3_column_int64(q, 0), err) < 0)
            return -1;
    }
    c->n_begun++;
    return store_state(tx, c->account_id, c->type, &c->state, err);
}

static int client_follow(struct store_tx *tx, struct client *c, struct fct_error *err)
{
    bool has_more = true;

    while (has_more) {
        CLEANUP(store_changes_done) struct store_changes ch = {0};
        struct fct_error why = {0};
        if (store_changes_since(tx, c->account_id, c->type, c->state, c->at_once, &ch, &why) < 0) {
            if (why.code == FCT_E_CANNOT_CALCULATE) /* it was away for too long */
                return client_begin(tx, c, err);
            *err = why;
            return -1;
        }
        EXPECT(c->at_once == 0 || ch.n_created + ch.n_updated + ch.n_destroyed <= c->at_once);
        EXPECT(!ch.has_more || ch.new_modseq > c->state);
        for (size_t i = 0; i < ch.n_created; i++) {
            EXPECT(!seen_of(c, ch.created[i]));
            if (client_fetch(tx, c, ch.created[i], err) < 0)
                return -1;
        }
        for (size_t i = 0; i < ch.n_updated; i++) {
            bool exists;
            print_of(tx, c->type, ch.updated[i], &exists);
            EXPECT(!exists || seen_of(c, ch.updated[i]) != NULL);
            if (client_fetch(tx, c, ch.updated[i], err) < 0)
                return -1;
        }
        for (size_t i = 0; i < ch.n_destroyed; i++) {
            struct seen *s = seen_of(c, ch.destroyed[i]);
            if (s)
                *s = c->seen[--c->n];
        }
        c->state = ch.new_modseq;
        has_more = ch.has_more;
    }
    return 0;
}

/* What the client has is what there is. */
static int client_check(struct store_tx *tx, struct client *c, struct fct_error *err)
{
    static const char *const counts[] = {
        [STORE_MAILBOX] = "SELECT count(*) FROM mailbox WHERE ?1 < 0 OR account_id = ?1",
        [STORE_THREAD] = "SELECT count(*) FROM thread WHERE ?1 < 0 OR account_id = ?1",
        [STORE_EMAIL] = "SELECT count(*) FROM email WHERE ?1 < 0 OR account_id = ?1",
    };
    sqlite3_stmt *q = store_stmt(tx, counts[c->type]);

    sqlite3_bind_int64(q, 1, c->account_id);
    EXPECT(store_step(tx, q, NULL) == 1 && sqlite3_column_int64(q, 0) == (int64_t)c->n);
    store_reset(q);
    for (size_t i = 0; i < c->n; i++) {
        bool exists;
        int64_t print = print_of(tx, c->type, c->seen[i].id, &exists);
        if (!exists || print != c->seen[i].print)
            return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "a client missed a change of object %lld of type %d",
                            (long long)c->seen[i].id, (int)c->type);
    }
    return 0;
}

static int follow_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct client *c = arg;

    c->n_followed++;
    return client_follow(tx, c, err) < 0 ? -1 : client_check(tx, c, err);
}

/* ---- tests
 * ------------------------------------------------------------------------------------------------------------------ */

static void play(uint64_t seed)
{
    struct world w = {.f = fixture_new(), .next_uid = {1, 1, 1}};
    static struct client clients[9];

    rng = seed;
    memset(clients, 0, sizeof(clients));
    make_pool(&w);
    w.server = add_server(&w.f, (const char *const[]){"INBOX", "Archive", "Trash"}, N_BOXES, w.boxes);
    w.local = local_account(&w.f);
    for (int i = 0; i < 9; i++)
        clients[i] = (struct client){.type = (enum store_type[]){STORE_MAILBOX, STORE_THREAD, STORE_EMAIL}[i % 3],
                                     .account_id = i < 3   ? w.server
                                                   : i < 6 ? w.local
                                                           : -1,
                                     .at_once = (size_t[]){0, 3, 7}[(i + i / 3) % 3]};
    for (int round = 0; round < ROUNDS; round++) {
        assert_ok(store_write(w.f.store, random_steps, &w, err));
        if (round % 3 > 0) /* else many changes come while mail is being counted anew */
            count_correspondents(&w.f);
        const char *wrong = what_is_wrong(&w.f);
        if (wrong)
            fail_msg("seed %llu, round %d: %s", (unsigned long long)seed, round, wrong);
        for (int i = 0; i < 9; i++) {
            if (pick(3) == 0 || round == ROUNDS - 1)
                assert_ok(store_read(w.f.store, follow_fn, &clients[i], err));
        }
        if (round % 20 == 19)
            fixture_reopen(&w.f);
    }
    for (int i = 0; i < 9; i++) /* most of the time there was something to follow */
        assert_true(clients[i].n_begun * 2 < clients[i].n_followed);
    assert_true(sql_number(&w.f, "SELECT count(*) FROM email") > 20);
    for (int i = 0; i < POOL; i++)
        prepared_done(&w.pool[i]);
    fixture_done(&w.f);
}

static void counters_keywords_and_changes_stay_right_whatever_happens(void **state)
{
    (void)state;
    play(88172645463325252ull);
    play(1442695040888963407ull);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_keywords_and_changes_stay_right_whatever_happens),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
