/* struct facteur_conn against a facteurd of the test's own: the other end of a socket pair. */
#include <errno.h>
#include <facteur/client.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
    struct facteur_conn *conn;
    int peer;
    char log[4096]; /* what was called back, a line each */
    int fd;         /* the last that was taken */
    bool takes_fds, frees;
};

static void note(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void note(struct world *w, const char *fmt, ...)
{
    size_t n = strlen(w->log);
    va_list args;

    va_start(args, fmt);
    vsnprintf(w->log + n, sizeof(w->log) - n, fmt, args);
    va_end(args);
}

static void on_notice(void *arg, struct facteur_conn *conn, struct facteur_text method, struct facteur_text params,
                      struct facteur_text line)
{
    (void)conn;
    assert_true(line.n > method.n + params.n);
    note(arg, "notice %.*s %.*s\n", (int)method.n, method.p, (int)params.n, params.p ? params.p : "");
}

static void on_reply(void *arg, struct facteur_conn *conn, const struct facteur_reply *reply)
{
    struct world *w = arg;
    int fd, why = 0;

    if (!reply) {
        facteur_conn_is_lost(conn, &why);
        note(w, "lost %d\n", why);
        return;
    }
    note(w, reply->is_batch ? "batch" : "answer");
    for (size_t i = 0; i < reply->n; i++) {
        const struct facteur_answer *a = &reply->answers[i];
        struct facteur_text what = a->result.p ? a->result : a->error;
        note(w, " %.*s%s%.*s", (int)a->id.n, a->id.p, a->result.p ? "=" : "!", (int)what.n, what.p);
    }
    while (w->takes_fds && (fd = facteur_conn_take_fd(conn)) >= 0) {
        struct stat st;
        assert_int_equal(fstat(fd, &st), 0);
        note(w, " fd:%d", (int)st.st_size);
        close(fd);
    }
    note(w, "\n");
    if (w->frees)
        facteur_conn_free(conn);
}

static void begin(struct world *w, const struct facteur_limits *limits)
{
    int ends[2];

    *w = (struct world){.takes_fds = true};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    w->peer = ends[1];
    w->conn = facteur_conn_new(ends[0], limits);
    assert_non_null(w->conn);
    facteur_conn_on_notice(w->conn, on_notice, w);
}

static void end(struct world *w)
{
    if (!w->frees)
        facteur_conn_free(w->conn);
    if (w->peer >= 0)
        close(w->peer);
}

static struct facteur_text text(const char *s)
{
    return (struct facteur_text){s, strlen(s)};
}

static void say(struct world *w, const char *s)
{
    assert_int_equal(send(w->peer, s, strlen(s), 0), strlen(s));
}

/* With descriptors of files of these sizes. */
static void say_with(struct world *w, const char *s, int n, const off_t *sizes)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int) * 4)];
    } control = {0};
    struct iovec iov = {(void *)(uintptr_t)s, strlen(s)};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.room,
                       .msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)n)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    int fds[4];

    *c = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(int) * (size_t)n), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    for (int i = 0; i < n; i++) {
        FILE *f = tmpfile();
        fds[i] = dup(fileno(f));
        fclose(f);
        assert_int_equal(ftruncate(fds[i], sizes[i]), 0);
    }
    memcpy(CMSG_DATA(c), fds, sizeof(int) * (size_t)n);
    assert_int_equal(sendmsg(w->peer, &m, 0), strlen(s));
    for (int i = 0; i < n; i++)
        close(fds[i]);
}

static const char *heard(struct world *w)
{
    static char line[4096];
    ssize_t n = recv(w->peer, line, sizeof(line) - 1, MSG_DONTWAIT);

    line[n > 0 ? n : 0] = '\0';
    return line;
}

static void call(struct world *w, const char *method, const char *params)
{
    assert_int_equal(facteur_conn_call(w->conn, method, params ? text(params) : (struct facteur_text){0}, on_reply, w),
                     0);
}

/* ---- calls ---------------------------------------------------------------------------------------------------- */

static void test_a_call_is_a_line_and_its_answer_is_handed_on_raw(void **state)
{
    struct world w;

    (void)state;
    begin(&w, NULL);
    call(&w, "Core/echo", "{\"a\": [1, 2]}");
    assert_string_equal(heard(&w),
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Core/echo\",\"params\":{\"a\": [1, 2]}}\n");
    call(&w, "Core/\"x", NULL);
    assert_string_equal(heard(&w), "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"Core/\\\"x\"}\n");
    assert_int_equal(facteur_conn_call(w.conn, "\xff", (struct facteur_text){0}, on_reply, &w), -1);
    assert_int_equal(errno, EILSEQ);
    assert_int_equal(facteur_conn_send(w.conn, text("{}\n{}"), on_reply, &w), -1);
    assert_int_equal(facteur_conn_send(w.conn, text("  "), on_reply, &w), -1);
    say(&w, "{\"jsonrpc\":\"2.0\",\"result\":{\"a\":\"}]\\\"\\\\\"},\"id\":1}\n");
    say(&w, "{\"jsonrpc\":\"2.0\",\"method\":\"StateChange\",\"params\":{\"changed\":{}}}\n\n");
    say(&w, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32601},\"id\":2}\n");
    assert_int_equal(facteur_conn_pump(w.conn), 0);
    assert_string_equal(
        w.log, "answer 1={\"a\":\"}]\\\"\\\\\"}\nnotice StateChange {\"changed\":{}}\nanswer 2!{\"code\":-32601}\n");
    assert_int_equal(facteur_conn_memory(w.conn) < 256, 1);
    end(&w);
}

static void test_it_makes_no_difference_how_bytes_are_cut(void **state)
{
    static const char all[] = "{\"id\":1,\"result\":{\"x\":\"\\\\\"}}\n{\"method\":\"M\",\"params\":[1]}\r\n"
                              "[{\"id\":\"a\",\"result\":null},{\"error\":{},\"id\":\"b\"}]\n";
    static const char expected[] = "answer 1={\"x\":\"\\\\\"}\nnotice M [1]\nbatch \"a\"=null \"b\"!{}\n";

    (void)state;
    for (size_t cut = 1; cut < sizeof(all) - 1; cut++) {
        struct world w;
        begin(&w, NULL);
        call(&w, "A", NULL);
        assert_int_equal(facteur_conn_send(w.conn, text("[{},{}]"), on_reply, &w), 0);
        for (size_t at = 0; at < sizeof(all) - 1; at += cut) {
            size_t n = sizeof(all) - 1 - at < cut ? sizeof(all) - 1 - at : cut;
            if (cut % 2) {
                assert_int_equal(facteur_conn_feed(w.conn, all + at, n), 0);
            } else {
                assert_int_equal(send(w.peer, all + at, n, 0), n);
                assert_int_equal(facteur_conn_pump(w.conn), 0);
            }
        }
        assert_string_equal(w.log, expected);
        end(&w);
    }
}

static void test_a_batch_has_references_and_its_answers_are_found_by_id(void **state)
{
    struct world w;
    struct facteur_batch *b = facteur_batch_new();
    static const struct facteur_answer answers[] = {
        {.id = {"\"q\\u0041\"", 9}}, {.id = {"\"g\"", 3}}, {.id = {"7", 1}}};
    const struct facteur_reply reply = {.answers = answers, .n = 3, .is_batch = true};

    (void)state;
    begin(&w, NULL);
    assert_null(facteur_batch_text(b).p);
    assert_int_equal(facteur_batch_add(b, "q", "Email/query", json_pack("{s:i}", "limit", 3)), 0);
    assert_int_equal(facteur_batch_text(b).n,
                     strlen("[{'jsonrpc':'2.0','id':'q','method':'Email/query','params':{'limit':3}}]"));
    assert_int_equal(facteur_batch_add(b, "g", "Email/get",
                                       json_pack("{s:o}", "#ids", facteur_result_of("q", "Email/query", "/ids"))),
                     0);
    assert_int_equal(facteur_batch_add_text(b, "e", "Core/echo", text("{}")), 0);
    assert_int_equal(facteur_conn_send(w.conn, facteur_batch_text(b), on_reply, &w), 0);
    assert_string_equal(heard(&w),
                        "[{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"method\":\"Email/query\",\"params\":{\"limit\":3}},"
                        "{\"jsonrpc\":\"2.0\",\"id\":\"g\",\"method\":\"Email/"
                        "get\",\"params\":{\"#ids\":{\"resultOf\":\"q\",\"name\":\"Email/query\",\"path\":\"/ids\"}}},"
                        "{\"jsonrpc\":\"2.0\",\"id\":\"e\",\"method\":\"Core/echo\",\"params\":{}}]\n");
    assert_ptr_equal(facteur_reply_find(&reply, "qA"), &answers[0]);
    assert_ptr_equal(facteur_reply_find(&reply, "g"), &answers[1]);
    assert_null(facteur_reply_find(&reply, "7"));
    assert_int_equal(facteur_batch_add(b, "x", "Core/echo", NULL), -1);
    assert_int_equal(errno, EILSEQ);
    assert_int_equal(facteur_batch_add_text(b, "y", "Core/echo", text("{}")), -1);
    assert_null(facteur_batch_text(b).p);
    facteur_batch_free(b);
    end(&w);
}

/* An error of a whole batch comes alone, with the id null. */
static void test_an_error_without_an_id_answers_whoever_is_first(void **state)
{
    struct world w;

    (void)state;
    begin(&w, NULL);
    facteur_conn_send(w.conn, text("[{}]"), on_reply, &w);
    call(&w, "A", NULL);
    say(&w, "{\"id\":null,\"error\":{\"code\":-32600}}\n{\"id\":null,\"error\":{}}\n");
    assert_int_equal(facteur_conn_pump(w.conn), 0);
    assert_string_equal(w.log, "answer null!{\"code\":-32600}\nanswer null!{}\n");
    end(&w);
}

/* ---- descriptors ---------------------------------------------------------------------------------------------- */

static void test_descriptors_belong_to_the_line_that_they_came_with(void **state)
{
    struct world w;

    (void)state;
    begin(&w, NULL);
    for (int i = 0; i < 4; i++)
        call(&w, "Blob/open", NULL);
    say(&w, "{\"id\":1,\"result\":1}\n");
    say_with(&w, "{\"id\":2,\"result\":2", 2, (off_t[]){11, 12});
    say(&w, "2}\n");
    say_with(&w, "{\"id\":3,\"result\":3}\n", 1, (off_t[]){13});
    say(&w, "{\"id\":4,\"result\":4}\n");
    assert_int_equal(facteur_conn_take_fd(w.conn), -1);
    assert_int_equal(facteur_conn_pump(w.conn), 0);
    assert_string_equal(w.log, "answer 1=1\nanswer 2=22 fd:11 fd:12\nanswer 3=3 fd:13\nanswer 4=4\n");
    end(&w);
}

static int open_descriptors(void)
{
    int n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void test_descriptors_that_nobody_takes_are_closed(void **state)
{
    struct world w;

    (void)state;
    begin(&w, NULL);
    int before = open_descriptors();
    w.takes_fds = false;
    call(&w, "Blob/open", NULL);
    call(&w, "Blob/open", NULL);
    say_with(&w, "{\"id\":1,\"result\":1}\n", 2, (off_t[]){1, 2});
    assert_int_equal(facteur_conn_pump(w.conn), 0);
    assert_int_equal(open_descriptors(), before);
    w.takes_fds = true;
    say_with(&w, "{\"id\":2,\"result\":2}\n", 1, (off_t[]){3});
    assert_int_equal(facteur_conn_pump(w.conn), 0);
    assert_string_equal(w.log, "answer 1=1\nanswer 2=2 fd:3\n");
    say_with(&w, "{\"id\":", 1, (off_t[]){4}); /* a line that never ends */
    facteur_conn_pump(w.conn);
    end(&w);
    assert_int_equal(open_descriptors(), before - 2);
}

/* ---- bounds --------------------------------------------------------------------------------------------------- */

static void test_what_is_too_much_is_refused(void **state)
{
    const struct facteur_limits limits = {.line = 1000, .unsent = 2000, .waiting = 3};
    struct world w;
    char long_line[1500];

    (void)state;
    memset(long_line, ' ', sizeof(long_line));
    begin(&w, &limits);
    for (int i = 0; i < 3; i++)
        call(&w, "A", NULL);
    assert_int_equal(facteur_conn_call(w.conn, "A", (struct facteur_text){0}, on_reply, &w), -1);
    assert_int_equal(errno, ENOBUFS);
    char big[2001];
    memset(big, '1', sizeof(big));
    assert_int_equal(facteur_conn_send(w.conn, (struct facteur_text){big, sizeof(big)}, NULL, NULL), -1);
    assert_int_equal(errno, ENOBUFS);
    assert_int_equal(facteur_conn_feed(w.conn, long_line, sizeof(long_line)), -1);
    assert_int_equal(errno, EMSGSIZE);
    char expected[64];
    snprintf(expected, sizeof(expected), "lost %d\nlost %d\nlost %d\n", EMSGSIZE, EMSGSIZE, EMSGSIZE);
    assert_string_equal(w.log, expected);
    assert_int_equal(facteur_conn_call(w.conn, "A", (struct facteur_text){0}, on_reply, &w), -1);
    assert_int_equal(facteur_conn_pump(w.conn), -1);
    end(&w);
}

static void test_what_facteurd_does_not_read_waits(void **state)
{
    struct world w;
    const size_t n = (size_t)4 << 20;
    char *big = malloc(n), *got = malloc(n);
    size_t total = 0, expected = 0;

    (void)state;
    begin(&w, NULL);
    memset(big, '1', n);
    for (int i = 0; i < 3; i++) {
        big[0] = (char)('2' + i);
        assert_int_equal(facteur_conn_send(w.conn, (struct facteur_text){big, n - (size_t)i}, NULL, NULL), 0);
        expected += n - (size_t)i + 1;
    }
    assert_true(facteur_conn_wants_write(w.conn));
    while (total < expected) {
        ssize_t more = recv(w.peer, got, n, MSG_DONTWAIT);
        if (more > 0)
            total += (size_t)more;
        assert_int_equal(facteur_conn_pump(w.conn), 0);
    }
    assert_int_equal(total, expected);
    assert_false(facteur_conn_wants_write(w.conn));
    assert_true(facteur_conn_memory(w.conn) < 256);
    free(big);
    free(got);
    end(&w);
}

/* ---- the end -------------------------------------------------------------------------------------------------- */

static void test_what_is_no_json_rpc_ends_it(void **state)
{
    static const char *const bad[] = {"hello\n",
                                      "{\"id\":1}\n",
                                      "{\"id\":1,\"result\":1,\"error\":{}}\n",
                                      "{\"id\":2,\"result\":1}\n",
                                      "[]\n",
                                      "[1]\n",
                                      "[{\"id\":1,\"result\":1}\n",
                                      "{\"id\":1,\"result\":{}\n",
                                      "{\"method\":1}\n",
                                      "{\"result\":1,}\n",
                                      "{\"id\":1,\"result\":\"\\\"}\n",
                                      "\"x\"\n",
                                      "{\"id\":1 \"result\":1}\n",
                                      "{\"id\":1,\"result\":1} x\n",
                                      "[{\"id\":1,\"result\":1},]\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct world w;
        begin(&w, NULL);
        call(&w, "A", NULL);
        say(&w, bad[i]);
        assert_int_equal(facteur_conn_pump(w.conn), -1);
        assert_int_equal(errno, EPROTO);
        assert_non_null(strstr(w.log, "lost "));
        end(&w);
    }
}

static void test_answers_that_came_before_the_end_are_told(void **state)
{
    struct world w;

    (void)state;
    begin(&w, NULL);
    call(&w, "A", NULL);
    heard(&w);
    say(&w, "{\"id\":1,\"result\":1}\n");
    close(w.peer);
    w.peer = -1;
    assert_int_equal(facteur_conn_call(w.conn, "B", (struct facteur_text){0}, on_reply, &w), 0); /* told by pump */
    assert_int_equal(facteur_conn_pump(w.conn), -1);
    assert_int_equal(errno, EPIPE);
    char expected[64];
    snprintf(expected, sizeof(expected), "answer 1=1\nlost %d\n", EPIPE);
    assert_string_equal(w.log, expected);
    assert_true(facteur_conn_has_heard(w.conn));
    end(&w);
}

static void test_it_may_be_freed_in_a_callback(void **state)
{
    struct world w;

    (void)state;
    begin(&w, NULL);
    w.frees = true;
    call(&w, "A", NULL);
    call(&w, "B", NULL);
    say(&w, "{\"id\":1,\"result\":1}\n{\"id\":2,\"result\":2}\n{\"id\":");
    assert_int_equal(facteur_conn_pump(w.conn), -1);
    assert_int_equal(errno, 0);
    assert_string_equal(w.log, "answer 1=1\n");
    end(&w);
}

static bool take_all(void *arg, struct facteur_conn *conn, struct facteur_text line)
{
    (void)conn;
    note(arg, "line %.*s\n", (int)line.n, line.p);
    return true;
}

static void test_lines_may_be_taken_as_they_are(void **state)
{
    struct world w;

    (void)state;
    begin(&w, NULL);
    facteur_conn_on_line(w.conn, take_all, &w);
    assert_int_equal(facteur_conn_send(w.conn, text("what ever"), NULL, NULL), 0);
    assert_string_equal(heard(&w), "what ever\n");
    say(&w, "{no json\n[]\n");
    assert_int_equal(facteur_conn_pump(w.conn), 0);
    assert_string_equal(w.log, "line {no json\nline []\n");
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_call_is_a_line_and_its_answer_is_handed_on_raw),
        cmocka_unit_test(test_it_makes_no_difference_how_bytes_are_cut),
        cmocka_unit_test(test_a_batch_has_references_and_its_answers_are_found_by_id),
        cmocka_unit_test(test_an_error_without_an_id_answers_whoever_is_first),
        cmocka_unit_test(test_descriptors_belong_to_the_line_that_they_came_with),
        cmocka_unit_test(test_descriptors_that_nobody_takes_are_closed),
        cmocka_unit_test(test_what_is_too_much_is_refused),
        cmocka_unit_test(test_what_facteurd_does_not_read_waits),
        cmocka_unit_test(test_what_is_no_json_rpc_ends_it),
        cmocka_unit_test(test_answers_that_came_before_the_end_are_told),
        cmocka_unit_test(test_it_may_be_freed_in_a_callback),
        cmocka_unit_test(test_lines_may_be_taken_as_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
