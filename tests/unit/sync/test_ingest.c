/* The pipeline of arriving mail: its bounds, its failures, several accounts that share a budget. */
#include "fake_source.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "store/accounts.h"
#include "store/mailboxes.h"
#include "support/profiles.h"
#include "sync/ingest.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#define BUDGET ((size_t)1 << 20)

struct world {
    char *dir;
    uv_loop_t loop;
    struct store *store;
    struct ingest_budget *budget;
    int64_t account, mailbox;
};

static int make_account(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct world *w = arg;
    struct store_account a = {
        .name = (char *)"fake", .address = (char *)"joe@example.org", .source_url = (char *)"fake:", .transport_url = (char *)"",
        .settings = (char *)"{}", .is_enabled = true,
    };
    struct store_remote_mailbox inbox = {.name = "INBOX", .delimiter = '/', .wire_name = bytes_str("INBOX"), .role = FCT_ROLE_INBOX};
    if (store_account_create(tx, &a, &w->account, err) < 0 || store_mailboxes_listed(tx, w->account, &inbox, 1, err) < 0)
        return -1;
    w->mailbox = inbox.id;
    return 0;
}

static int set_up(void **state)
{
    struct world *w = XNEW(struct world);
    w->dir = test_dir("facteur-ingest");
    uv_loop_init(&w->loop);
    fiber_set_loop(&w->loop);
    test_profile(w->dir);
    mime_init();
    w->budget = ingest_budget_new(BUDGET);
    *state = w;
    return store_open(w->dir, &w->store, NULL) < 0 || store_write(w->store, make_account, w, NULL) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    store_close(w->store);
    ingest_budget_free(w->budget);
    fiber_loop_done(&w->loop);
    uv_loop_close(&w->loop);
    nftw(w->dir, test_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(w->dir);
    free(w);
    return 0;
}

static struct ingest *new_ingest(struct world *w)
{
    struct ingest *in = ingest_new(&(struct ingest_options){.store = w->store, .budget = w->budget, .account_id = w->account});
    ingest_to(in, w->mailbox, false);
    return in;
}

static int give(struct ingest *in, uint64_t uid, size_t octets, struct fct_error *err)
{
    char head[64];
    int n = snprintf(head, sizeof(head), "Subject: %llu\r\n\r\n", (unsigned long long)uid);
    CLEANUP(freep) char *filler = xmalloc(octets);
    memset(filler, 'x', octets);
    struct fct_message m = {.size = sizeof(m), .uid = uid, .internal_date = 1700000000};
    return ingest_begin(in, (uint64_t)n + octets, err) < 0 || ingest_data(in, bytes_of(head, (size_t)n), err) < 0 ||
                   ingest_data(in, bytes_of(filler, octets), err) < 0 || ingest_end(in, &m, err) < 0
               ? -1
               : 0;
}

/* ---- a second account ------------------------------------------------------------------------------------------- */

struct other {
    struct world *w;
    int result;
    uint64_t count;
};

static int bring_some(void *arg)
{
    struct other *o = arg;
    CLEANUP(ingest_freep) struct ingest *in = new_ingest(o->w);
    struct fct_error err = {0};
    for (uint64_t uid = 1; uid <= 20 && o->result == 0; uid++)
        o->result = give(in, uid, 1000, &err);
    if (o->result == 0)
        o->result = ingest_flush(in, &err);
    o->count = ingest_count(in);
    return 0;
}

static void an_account_whose_server_is_slow_holds_up_no_other(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    CLEANUP(ingest_freep) struct ingest *slow = new_ingest(w);
    assert_int_equal(ingest_begin(slow, BUDGET, &err), 0); /* announced, and then nothing comes */
    struct other o = {.w = w};

    struct fiber *f = fiber_spawn(&w->loop, "other", bring_some, &o);
    for (uint64_t until = wait_now_ms() + 10000; !fiber_is_done(f) && wait_now_ms() < until;)
        wait_sleep(5, NULL);

    assert_true(fiber_is_done(f));
    fiber_unref(f);
    assert_int_equal(o.result, 0);
    assert_int_equal(o.count, 20);
}

/* ---- commits ------------------------------------------------------------------------------------------------------ */

struct commits {
    uint64_t sizes[100];
    size_t n;
};

static void note_commit(void *ctx, size_t messages, uint64_t bytes)
{
    struct commits *c = ctx;
    (void)bytes;
    if (c->n < sizeof(c->sizes) / sizeof(c->sizes[0]))
        c->sizes[c->n++] = messages;
}

static void the_first_commit_waits_for_nothing_and_later_ones_are_worth_it(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    struct commits c = {.n = 0};
    struct ingest_budget *budget = ingest_budget_new((size_t)32 << 20);
    struct ingest *in = ingest_new(&(struct ingest_options){
        .store = w->store, .budget = budget, .account_id = w->account, .committed = note_commit, .ctx = &c});
    ingest_to(in, w->mailbox, false);

    for (uint64_t uid = 1; uid <= 2000; uid++)
        assert_int_equal(give(in, uid, 2000, &err), 0);
    assert_int_equal(ingest_flush(in, &err), 0);

    assert_int_equal(ingest_count(in), 2000);
    assert_true(c.sizes[0] < 256);
    uint64_t before = c.sizes[0];
    for (size_t i = 1; i + 1 < c.n; before += c.sizes[i++])
        assert_true(c.sizes[i] >= (before < 256 ? before : 256));
    ingest_free(in);
    ingest_budget_free(budget);
}

static void a_flush_gives_back_what_a_broken_message_took(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    CLEANUP(ingest_freep) struct ingest *in = new_ingest(w);
    assert_int_equal(ingest_begin(in, BUDGET, &err), 0);

    assert_int_equal(ingest_flush(in, &err), 0);

    assert_int_equal(ingest_data(in, bytes_str("x"), &err), -1); /* it is forgotten */
}

static void messages_larger_than_the_budget_and_than_memory_allows_arrive(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    CLEANUP(ingest_freep) struct ingest *in = new_ingest(w);
    for (uint64_t uid = 1; uid <= 3; uid++) {
        assert_int_equal(give(in, 2 * uid, 2 * BUDGET, &err), 0);
        assert_int_equal(give(in, 2 * uid + 1, 5 * BUDGET, &err), 0); /* through a file */
    }
    assert_int_equal(ingest_flush(in, &err), 0);
    assert_int_equal(ingest_count(in), 6);
}

static void a_message_beyond_the_limit_is_refused_alone(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    CLEANUP(ingest_freep) struct ingest *in = new_ingest(w);
    assert_int_equal(ingest_begin(in, MESSAGE_MAX_BYTES + 1, &err), -1);
    assert_int_equal(err.code, FCT_E_TOO_LARGE);
    assert_int_equal(give(in, 1, 10, &err), 0);
    assert_int_equal(ingest_flush(in, &err), 0);
}

static void more_or_fewer_bytes_than_announced_are_an_error(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    const struct fct_message m = {.size = sizeof(m), .uid = 1};
    CLEANUP(ingest_freep) struct ingest *in = new_ingest(w);
    assert_int_equal(ingest_begin(in, 3, &err), 0);
    assert_int_equal(ingest_data(in, bytes_str("abcd"), &err), -1);
    assert_int_equal(err.code, FCT_E_PROTOCOL);
    CLEANUP(freep) char *large = xcalloc(1, 5 * BUDGET + 1);
    assert_int_equal(ingest_begin(in, 5 * BUDGET, &err), 0); /* through a file */
    assert_int_equal(ingest_data(in, bytes_of(large, 5 * BUDGET), &err), 0);
    assert_int_equal(ingest_data(in, bytes_of(large, 1), &err), -1);
    assert_int_equal(ingest_begin(in, 3, &err), 0);
    assert_int_equal(ingest_data(in, bytes_str("ab"), &err), 0);
    assert_int_equal(ingest_end(in, &m, &err), -1);
    assert_int_equal(err.code, FCT_E_PROTOCOL);
}

/* The mailbox is not there: every commit fails. Nobody may wait for ever for room. */
static void after_a_failed_commit_every_call_fails_and_the_room_is_given_back(void **state)
{
    struct world *w = *state;
    struct fct_error err = {0};
    struct ingest *in = new_ingest(w);
    int result = 0;
    ingest_to(in, 999999, false);
    for (uint64_t uid = 1; uid < 1000 && result == 0; uid++)
        result = give(in, uid, 100000, &err);
    assert_int_equal(result, -1);
    assert_int_equal(ingest_flush(in, &err), -1);
    ingest_free(in);
    struct other o = {.w = w};
    bring_some(&o);
    assert_int_equal(o.result, 0);
}

static int cut_short(void *arg)
{
    struct other *o = arg;
    CLEANUP(ingest_freep) struct ingest *in = new_ingest(o->w);
    struct fct_error err = {0};
    for (uint64_t uid = 1; o->result == 0; uid++)
        o->result = give(in, uid, 60000, &err);
    return 0;
}

static void cancelled_at_any_moment_it_ends_and_gives_back_its_room(void **state)
{
    struct world *w = *state;
    for (unsigned ms = 0; ms < 60; ms += 3) {
        struct other o = {.w = w};
        struct fiber *f = fiber_spawn(&w->loop, "cut", cut_short, &o);
        wait_sleep(ms, NULL);
        fiber_cancel(f);
        fiber_join(f);
        fiber_unref(f);
        assert_int_equal(o.result, -1);
    }
    struct fct_error err = {0};
    CLEANUP(ingest_freep) struct ingest *in = new_ingest(w);
    assert_int_equal(give(in, 1, BUDGET / 2, &err), 0);
    assert_int_equal(ingest_flush(in, &err), 0);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(an_account_whose_server_is_slow_holds_up_no_other),
        T(the_first_commit_waits_for_nothing_and_later_ones_are_worth_it),
        T(a_flush_gives_back_what_a_broken_message_took),
        T(messages_larger_than_the_budget_and_than_memory_allows_arrive),
        T(a_message_beyond_the_limit_is_refused_alone),
        T(more_or_fewer_bytes_than_announced_are_an_error),
        T(after_a_failed_commit_every_call_fails_and_the_room_is_given_back),
        T(cancelled_at_any_moment_it_ends_and_gives_back_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
