/* Who goes through the gate, when, and in which order. */
#include "account/gate.h"

#include "async/wait.h"
#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <uv.h>

#include <cmocka.h>

#define GUESTS 40

struct party {
    uv_loop_t loop;
    struct gate gate;
    unsigned inside, most, passed;
    unsigned order[GUESTS];
};

struct guest {
    struct party *party;
    unsigned number;
    uint64_t stays_ms;
};

static int visit(void *arg)
{
    struct guest *g = arg;
    struct party *p = g->party;
    uint64_t ticket;
    if (gate_enter(&p->gate, &ticket, NULL) < 0)
        return -1;
    p->order[p->passed++] = g->number;
    if (++p->inside > p->most)
        p->most = p->inside;
    int result = wait_sleep(g->stays_ms, NULL);
    p->inside--;
    gate_leave(&p->gate, ticket);
    return result;
}

static void receive(struct party *p, struct guest *guests, struct fiber **fibers, size_t n)
{
    uv_loop_init(&p->loop);
    fiber_set_loop(&p->loop);
    for (size_t i = 0; i < n; i++) {
        guests[i].party = p;
        guests[i].number = (unsigned)i;
        fibers[i] = fiber_spawn(&p->loop, "guest", visit, &guests[i]);
    }
}

static void say_goodbye(struct party *p, struct fiber **fibers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fiber_cancel(fibers[i]);
        fiber_join(fibers[i]);
        fiber_unref(fibers[i]);
    }
    fiber_loop_done(&p->loop);
    assert_int_equal(uv_loop_close(&p->loop), 0);
}

static void so_many_at_once_in_the_order_in_which_they_came(void **state)
{
    (void)state;
    struct party p = {.passed = 0};
    struct guest guests[GUESTS];
    struct fiber *fibers[GUESTS];
    for (size_t i = 0; i < GUESTS; i++)
        guests[i].stays_ms = 5 + i % 7;
    receive(&p, guests, fibers, GUESTS);
    for (size_t i = 0; i < GUESTS; i++)
        fiber_join(fibers[i]);

    assert_int_equal(p.passed, GUESTS);
    assert_int_equal(p.most, GATE_WIDTH);
    for (unsigned i = 0; i < GUESTS; i++)
        assert_int_equal(p.order[i], i);
    say_goodbye(&p, fibers, GUESTS);
}

static void those_who_stay_do_not_block_the_gate(void **state)
{
    (void)state;
    struct party p = {.passed = 0};
    struct guest guests[GATE_WIDTH + 4];
    struct fiber *fibers[GATE_WIDTH + 4];
    for (size_t i = 0; i < GATE_WIDTH + 4; i++)
        guests[i].stays_ms = i < GATE_WIDTH ? 60000 : 1;
    receive(&p, guests, fibers, GATE_WIDTH + 4);

    wait_sleep(GATE_HOLD_MS / 2, NULL);
    assert_int_equal(p.passed, GATE_WIDTH);
    wait_sleep(GATE_HOLD_MS / 2 + 300, NULL);
    assert_int_equal(p.passed, GATE_WIDTH + 4);
    say_goodbye(&p, fibers, GATE_WIDTH + 4);
}

static void who_gives_up_waiting_holds_up_nobody(void **state)
{
    (void)state;
    struct party p = {.passed = 0};
    struct guest guests[GATE_WIDTH + 3];
    struct fiber *fibers[GATE_WIDTH + 3];
    for (size_t i = 0; i < GATE_WIDTH + 3; i++)
        guests[i].stays_ms = 100;
    receive(&p, guests, fibers, GATE_WIDTH + 3);
    wait_sleep(20, NULL);

    fiber_cancel(fibers[GATE_WIDTH]); /* the first of those who wait */
    wait_sleep(150, NULL);

    assert_int_equal(p.passed, GATE_WIDTH + 2);
    say_goodbye(&p, fibers, GATE_WIDTH + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_at_once_in_the_order_in_which_they_came),
        cmocka_unit_test(those_who_stay_do_not_block_the_gate),
        cmocka_unit_test(who_gives_up_waiting_holds_up_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
