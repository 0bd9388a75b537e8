/* Notifications to several sessions, over socket pairs. */
#include "push.h"
#include "session.h"

#include "async/wait.h"
#include "store/ids.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define SESSIONS_MAX 250

struct world {
    uv_loop_t loop;
    struct session_memory memory;
    struct session_host host;
    size_t n;
    struct session *sessions[SESSIONS_MAX];
    int peers[SESSIONS_MAX];
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

static void set_up(struct world *w, size_t n)
{
    *w = (struct world){.n = n};
    uv_loop_init(&w->loop);
    fiber_set_loop(&w->loop);
    w->host = (struct session_host){.loop = &w->loop,
                                    .push = push_new(&w->loop),
                                    .max_request = 1000,
                                    .memory = &w->memory,
                                    .crowded = on_crowded,
                                    .closed = on_closed,
                                    .ctx = w};
    for (size_t i = 0; i < w->n; i++) {
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
        w->sessions[i] = session_new(&w->host, ends[0]);
        w->peers[i] = ends[1];
        push_subscribe(session_push(w->sessions[i]), 1u << STORE_EMAIL, NULL, 0);
    }
}

static void tear_down(struct world *w)
{
    while ((size_t)w->n_closed < w->n)
        assert_int_equal(wait_sleep(1, NULL), 0);
    for (size_t i = 0; i < w->n; i++)
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
    set_up(&w, 3);
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

static size_t n_with_news(const struct world *w)
{
    size_t n = 0;
    char c;
    for (size_t i = 0; i < w->n; i++)
        n += w->sessions[i] && recv(w->peers[i], &c, 1, MSG_DONTWAIT | MSG_PEEK) == 1;
    return n;
}

/* Whether the last line that each was sent tells this state. */
static bool all_have_heard(const struct world *w, const char *state)
{
    for (size_t i = 0; i < w->n; i++) {
        char got[4000] = "";
        if (!w->sessions[i])
            continue;
        ssize_t n = recv(w->peers[i], got, sizeof(got) - 1, MSG_DONTWAIT | MSG_PEEK);
        if (n < 2)
            return false;
        got[n - 1] = '\0'; /* the last line's end */
        char *last = strrchr(got, '\n');
        if (!strstr(last ? last : got, state))
            return false;
    }
    return true;
}

static void a_crowd_is_told_in_turns_and_what_comes_meanwhile_too(void **state)
{
    struct world w;
    const struct store_change first = {.account_id = 1, .type = STORE_EMAIL, .modseq = 7};
    const struct store_change second = {.account_id = 1, .type = STORE_EMAIL, .modseq = 8};
    (void)state;
    set_up(&w, SESSIONS_MAX);
    push_store_changed(w.host.push, &first, 1);
    for (int i = 0; i < 1000 && n_with_news(&w) == 0; i++)
        wait_yield(NULL);
    assert_in_range(n_with_news(&w), 1, SESSIONS_MAX - 1); /* others had a turn, and this is one of them */

    push_store_changed(w.host.push, &second, 1);
    for (size_t i = 0; i < w.n; i += 7) /* some leave, whether it was their turn or not */
        session_end(TAKE(w.sessions[i]));
    for (int i = 0; i < 1000 && !all_have_heard(&w, "\"s8\""); i++)
        wait_sleep(5, NULL);

    assert_true(all_have_heard(&w, "\"s8\""));
    for (size_t i = 0; i < w.n; i++)
        if (w.sessions[i])
            session_end(w.sessions[i]);
    tear_down(&w);
}

/* How often StateChange has told of an account's syncState so far; *last is what it told last. */
static size_t n_told(const struct world *w, char *last, size_t size)
{
    static char got[65536];
    static const char what[] = "\"AccountState\":\"";
    size_t n = 0;
    ssize_t length = recv(w->peers[0], got, sizeof(got) - 1, MSG_DONTWAIT | MSG_PEEK);
    got[length > 0 ? length : 0] = '\0';
    for (const char *at = got; (at = strstr(at, what)); n++) {
        at += strlen(what);
        snprintf(last, size, "%.*s", (int)strcspn(at, "\""), at);
    }
    return n;
}

static void how_an_account_is_doing_is_told_at_once_and_then_once_a_second(void **state)
{
    struct world w;
    char last[STATE_SIZE] = "", now[STATE_SIZE], before[STATE_SIZE];
    (void)state;
    set_up(&w, 1);
    push_subscribe(session_push(w.sessions[0]), PUSH_ACCOUNT_STATE, NULL, 0);
    state_format(push_account_state_now(w.host.push, 1), before);
    push_account_state(w.host.push, 1);
    for (int i = 0; i < 400 && n_told(&w, last, sizeof(last)) == 0; i++)
        wait_sleep(1, NULL);
    assert_int_equal(n_told(&w, last, sizeof(last)), 1);
    assert_string_not_equal(last, before);

    uint64_t begin = wait_now_ms();
    while (wait_now_ms() - begin < 600) {
        push_account_state(w.host.push, 1);
        wait_sleep(20, NULL);
    }
    size_t soon = n_told(&w, last, sizeof(last));
    state_format(push_account_state_now(w.host.push, 1), now);
    for (int i = 0; i < 4000 && strcmp(last, now) != 0; i++) {
        wait_sleep(1, NULL);
        n_told(&w, last, sizeof(last));
    }

    assert_int_equal(soon, 1);
    assert_string_equal(last, now);
    assert_int_equal(n_told(&w, last, sizeof(last)), 2);
    session_end(w.sessions[0]);
    tear_down(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_that_is_told_may_close_the_next_one),
        cmocka_unit_test(a_crowd_is_told_in_turns_and_what_comes_meanwhile_too),
        cmocka_unit_test(how_an_account_is_doing_is_told_at_once_and_then_once_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
