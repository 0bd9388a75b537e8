#include "loop_fixture.h"

#include "async/dial.h"
#include "async/wait.h"
#include "base/error.h"
#include "support/deaf_port.h"
#include "support/script_server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

static void stay(struct script_conn *c, void *arg)
{
    (void)arg;
    script_expect_end(c);
}

static struct sockaddr_storage at_port(uint16_t port)
{
    struct sockaddr_storage s = {0};
    struct sockaddr_in *a = (struct sockaddr_in *)&s;
    a->sin_family = AF_INET;
    a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a->sin_port = htons(port);
    return s;
}

static struct dial_target target(uint64_t timeout_ms)
{
    return (struct dial_target){.host = "server",
                                .port = 993,
                                .name = "server:993",
                                .waits_for = "connect server:993",
                                .deadline_ms = wait_deadline(timeout_ms),
                                .timeout_ms = timeout_ms};
}

static uint16_t peer_port(const uv_tcp_t *tcp)
{
    struct sockaddr_in a;
    int n = sizeof(a);
    uv_tcp_getpeername(tcp, (struct sockaddr *)&a, &n);
    return ntohs(a.sin_port);
}

/* ---- the race ---- */

static void the_first_address_that_answers_is_kept(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(stay, NULL);
    CLEANUP(script_server_stopp) struct script_server *other = script_server_start(stay, NULL);
    struct sockaddr_storage a[] = {at_port(script_server_port(s)), at_port(script_server_port(other))};
    struct dial_target t = target(5000);
    uv_tcp_t *tcp = NULL;
    assert_int_equal(dial_addresses(&t, a, 2, &tcp, NULL), 0);
    assert_int_equal(peer_port(tcp), script_server_port(s));
    assert_int_equal(script_server_connections(other), 0);
    dial_hang_up(tcp);
}

static void an_address_that_does_not_answer_costs_a_quarter_of_a_second(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(stay, NULL);
    struct deaf_port d;
    deaf_port_open(&d);
    struct sockaddr_storage a[] = {at_port(d.port), at_port(d.port), at_port(script_server_port(s))};
    struct dial_target t = target(10000);
    uv_tcp_t *tcp = NULL;
    uint64_t start = wait_now_ms();
    assert_int_equal(dial_addresses(&t, a, 3, &tcp, NULL), 0);
    assert_in_range(wait_now_ms() - start, 499, 2000);
    assert_int_equal(peer_port(tcp), script_server_port(s));
    dial_hang_up(tcp);
    deaf_port_close(&d);
}

static void after_a_refusal_the_next_is_tried_at_once(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(stay, NULL);
    struct sockaddr_storage a[10];
    for (int i = 0; i < 9; i++)
        a[i] = at_port(script_unused_port());
    a[9] = at_port(script_server_port(s));
    struct dial_target t = target(5000);
    uv_tcp_t *tcp = NULL;
    uint64_t start = wait_now_ms();
    assert_int_equal(dial_addresses(&t, a, 10, &tcp, NULL), 0);
    assert_in_range(wait_now_ms() - start, 0, 1000); /* 2.25 s if each had been waited for */
    dial_hang_up(tcp);
}

static void when_all_refuse_the_error_says_so(void **state)
{
    (void)state;
    struct sockaddr_storage a[] = {at_port(script_unused_port()), at_port(script_unused_port())};
    struct dial_target t = target(5000);
    uv_tcp_t *tcp = NULL;
    struct fct_error err = {0};
    assert_int_equal(dial_addresses(&t, a, 2, &tcp, &err), -1);
    assert_int_equal(err.code, FCT_E_NETWORK);
    assert_string_equal(err.message,
                        "server:993: cannot connect: connection refused (tried 127.0.0.1 and 1 more); nothing "
                        "listens there: check host and port");
    assert_null(tcp);
}

static void an_address_without_a_route_does_not_hide_why_the_others_failed(void **state)
{
    (void)state;
    struct sockaddr_storage a[] = {at_port(script_unused_port()), {0}};
    struct sockaddr_in6 *documentation = (struct sockaddr_in6 *)&a[1];
    documentation->sin6_family = AF_INET6;
    documentation->sin6_port = htons(993);
    inet_pton(AF_INET6, "::ffff:255.255.255.255", &documentation->sin6_addr); /* nobody can connect to it */
    struct dial_target t = target(5000);
    uv_tcp_t *tcp = NULL;
    struct fct_error err = {0};
    assert_int_equal(dial_addresses(&t, a, 2, &tcp, &err), -1);
    assert_non_null(strstr(err.message, "connection refused"));
}

static void the_deadline_ends_all_attempts(void **state)
{
    (void)state;
    struct deaf_port d;
    deaf_port_open(&d);
    struct sockaddr_storage a[] = {at_port(d.port), at_port(d.port), at_port(d.port), at_port(d.port)};
    struct dial_target t = target(400);
    uv_tcp_t *tcp = NULL;
    struct fct_error err = {0};
    uint64_t start = wait_now_ms();
    assert_int_equal(dial_addresses(&t, a, 4, &tcp, &err), -1);
    assert_in_range(wait_now_ms() - start, 399, 2000);
    assert_int_equal(err.code, FCT_E_TIMEOUT);
    deaf_port_close(&d);
}

/* ---- the order ---- */

static void expect_order(const int *families, size_t n, const char *want)
{
    struct addrinfo list[20];
    struct sockaddr_storage addresses[20] = {0}, out[20];
    for (size_t i = 0; i < n; i++) {
        addresses[i].ss_family = (sa_family_t)families[i];
        list[i] = (struct addrinfo){.ai_family = families[i],
                                    .ai_addr = (struct sockaddr *)&addresses[i],
                                    .ai_addrlen = families[i] == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                                          : sizeof(struct sockaddr_in),
                                    .ai_next = i + 1 < n ? &list[i + 1] : NULL};
    }
    char got[21] = "";
    size_t k = dial_interleave(n ? list : NULL, out, 6);
    for (size_t i = 0; i < k; i++)
        got[i] = out[i].ss_family == AF_INET6 ? '6' : '4';
    assert_string_equal(got, want);
}

static void families_take_turns_beginning_with_the_preferred_one(void **state)
{
    (void)state;
    expect_order((int[]){AF_INET6, AF_INET6, AF_INET6, AF_INET, AF_INET}, 5, "64646");
    expect_order((int[]){AF_INET, AF_INET, AF_INET6}, 3, "464");
    expect_order((int[]){AF_INET, AF_INET, AF_INET}, 3, "444");
    expect_order((int[]){AF_INET6}, 1, "6");
    expect_order((int[]){AF_UNIX, AF_INET6, AF_UNIX, AF_INET}, 4, "46");
    expect_order((int[]){AF_INET, AF_INET, AF_INET, AF_INET, AF_INET, AF_INET, AF_INET, AF_INET6}, 8,
                 "464444"); /* six at most */
    expect_order((int[]){0}, 0, "");
}

static void literals_are_told_from_names(void **state)
{
    (void)state;
    assert_true(dial_is_literal("127.0.0.1"));
    assert_true(dial_is_literal("::1"));
    assert_true(dial_is_literal("2001:db8::25"));
    assert_false(dial_is_literal("localhost"));
    assert_false(dial_is_literal("1.2.3"));
    assert_false(dial_is_literal("1.2.3.4.example.org"));
    assert_false(dial_is_literal(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_TEST(the_first_address_that_answers_is_kept),
        LOOP_TEST(an_address_that_does_not_answer_costs_a_quarter_of_a_second),
        LOOP_TEST(after_a_refusal_the_next_is_tried_at_once),
        LOOP_TEST(when_all_refuse_the_error_says_so),
        LOOP_TEST(an_address_without_a_route_does_not_hide_why_the_others_failed),
        LOOP_TEST(the_deadline_ends_all_attempts),
        LOOP_TEST(families_take_turns_beginning_with_the_preferred_one),
        LOOP_TEST(literals_are_told_from_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
