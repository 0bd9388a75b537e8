/* Notifications to several sessions, over socket pairs. */
#include "push.h"
#include "session.h"

#include "async/wait.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define SESSIONS 3

struct world {
    uv_loop_t loop;
    struct session_memory memory;
    struct session_host host;
    struct session *sessions[SESSIONS];
    int peers[SESSIONS];
    struct session *victim; /* closed when the sessions keep too much */
    int n_closed;
};

static void on_crowded(void *ctx)
{
    struct world *w = ctx;
    struct session *victim = TAKE(w->victim);
    if (victim)
        session_relieve(victim);
}

static void on_closed(void *ctx, struct session *s)
{
    (void)s;
    ((struct world *)ctx)->n_closed++;
}

static void set_up(struct world *w)
{
    *w = (struct world){0};
    uv_loop_init(&w->loop);
    fiber_set_loop(&w->loop);
    w->host = (struct session_host){.loop = &w->loop,
                                    .push = push_new(&w->loop),
                                    .max_request = 1000,
                                    .memory = &w->memory,
                                    .crowded = on_crowded,
                                    .closed = on_closed,
                                    .ctx = w};
    for (size_t i = 0; i < SESSIONS; i++) {
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
        w->sessions[i] = session_new(&w->host, ends[0]);
        w->peers[i] = ends[1];
        push_subscribe(session_push(w->sessions[i]), 1u << STORE_EMAIL, NULL, 0);
    }
}

static void tear_down(struct world *w)
{
    while (w->n_closed < SESSIONS)
        assert_int_equal(wait_sleep(1, NULL), 0);
    for (size_t i = 0; i < SESSIONS; i++)
        close(w->peers[i]);
    push_free(w->host.push);
    fiber_loop_done(&w->loop);
    assert_int_equal(uv_loop_close(&w->loop), 0);
}

/* What the client has been sent; "": it was closed. */
static void expect_told(const struct world *w, size_t i, const char *what)
{
    char got[400] = "";
    ssize_t n = recv(w->peers[i], got, sizeof(got) - 1, MSG_DONTWAIT);
    assert_int_equal(n > 0, what[0] != '\0');
    assert_non_null(strstr(got, what));
}

static void a_session_that_is_told_may_close_the_next_one(void **state)
{
    struct world w;
    const struct store_change change = {.account_id = 1, .type = STORE_EMAIL, .modseq = 7};
    (void)state;
    set_up(&w);
    push_store_changed(w.host.push, &change, 1);
    w.victim = w.sessions[1]; /* the newest is told first */
    w.memory.kept += SESSION_KEPT_MAX + 1;

    for (int i = 0; i < 1000 && w.n_closed == 0; i++)
        wait_sleep(1, NULL);
    w.memory.kept -= SESSION_KEPT_MAX + 1;

    assert_int_equal(w.n_closed, 1);
    expect_told(&w, 2, "StateChange");
    expect_told(&w, 1, "");
    expect_told(&w, 0, "StateChange");
    session_end(w.sessions[0]);
    session_end(w.sessions[2]);
    tear_down(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_that_is_told_may_close_the_next_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
