#include "loop_fixture.h"

#include "async/conn.h"
#include "async/wait.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "support/deaf_port.h"
#include "support/script_server.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

/* ---- helpers ---- */

static struct fct_conn *open_to(const char *host, uint16_t port, uint32_t io_timeout_ms)
{
    struct fct_endpoint ep = {.size = sizeof(ep),
                              .host = host,
                              .port = port,
                              .tls = FCT_TLS_NONE,
                              .connect_timeout_ms = 5000,
                              .io_timeout_ms = io_timeout_ms};
    struct fct_conn *c = NULL;
    struct fct_error err = {0};
    if (conn_open(&ep, NULL, &c, &err) < 0)
        fail_msg("%s", err.message);
    return c;
}

static struct fct_conn *open_server(struct script_server *s)
{
    return open_to("127.0.0.1", script_server_port(s), 5000);
}

static void expect_line(struct fct_conn *c, const char *want)
{
    struct fct_bytes line;
    struct fct_error err = {0};
    if (conn_read_line(c, 1000, &line, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(line.n, strlen(want));
    assert_memory_equal(line.p, want, line.n);
}

static void write_text(struct fct_conn *c, const char *text)
{
    struct fct_error err = {0};
    if (conn_write(c, bytes_str(text), &err) < 0)
        fail_msg("%s", err.message);
}

/* `fmt` with the server's address in place of %s. */
static void expect_message(const struct fct_error *err, uint16_t port, const char *fmt)
{
    char where[32], want[600];
    snprintf(where, sizeof(where), "127.0.0.1:%u", port);
    snprintf(want, sizeof(want), fmt, where);
    assert_string_equal(err->message, want);
}

/* ---- lines and bytes ---- */

static void send_lines(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK hello\r\n\r\nbare\n* 1 FETCH (BODY[] {5}\r\nhe\rlo)\r\n");
    script_expect(c, "a1 LOGOUT");
    script_send(c, "* B");
    script_pause(20);
    script_send(c, "YE\r");
    script_pause(20);
    script_send(c, "\n");
}

static void lines_and_literals_are_read_as_they_were_sent(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(send_lines, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_server(s);
    struct fct_bytes bytes;

    expect_line(c, "* OK hello");
    expect_line(c, "");
    expect_line(c, "bare");
    expect_line(c, "* 1 FETCH (BODY[] {5}");
    assert_int_equal(conn_read_some(c, 5, &bytes, NULL), 0);
    assert_int_equal(bytes.n, 5);
    assert_memory_equal(bytes.p, "he\rlo", 5);
    expect_line(c, ")");
    write_text(c, "a1 LOG");
    write_text(c, "OUT\r\n"); /* sent by the next read */
    expect_line(c, "* BYE");

    uint64_t in, out;
    conn_traffic(c, &in, &out);
    assert_int_equal(in, 57);
    assert_int_equal(out, 11);
    assert_false(conn_is_tls(c));
    assert_null(script_server_failure(s));
}

static void send_in_two_pieces(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "first\r\n");
    script_expect(c, "more");
    char *big = xmalloc(600000);
    memset(big, 'x', 600000);
    script_send_bytes(c, big, 600000);
    free(big);
    script_expect_end(c);
}

static void a_slice_stays_while_more_comes_in(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(send_in_two_pieces, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_server(s);
    struct fct_bytes line;
    assert_int_equal(conn_read_line(c, 100, &line, NULL), 0);

    write_text(c, "more\r\n");
    conn_flush(c, NULL);
    for (int i = 0; i < 1000 && !conn_has_input(c); i++)
        wait_sleep(10, NULL); /* the loop reads on meanwhile */

    assert_int_equal(line.n, 5);
    assert_memory_equal(line.p, "first", 5);
    assert_true(conn_has_input(c));
    size_t got = 0;
    while (got < 600000) {
        struct fct_bytes b;
        assert_int_equal(conn_read_some(c, 1000000, &b, NULL), 0);
        for (size_t i = 0; i < b.n; i++)
            assert_int_equal(b.p[i], 'x');
        got += b.n;
    }
    assert_int_equal(got, 600000);
}

/* ---- limits and ends ---- */

static void send_long_line(struct script_conn *c, void *arg)
{
    (void)arg;
    for (int i = 0; i < 20; i++)
        script_send(c, "0123456789");
    script_send(c, "\r\n");
    script_expect_end(c);
}

static void a_line_over_the_limit_fails_and_names_the_limit(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(send_long_line, NULL);
    CLEANUP(conn_closep) struct fct_conn *exact = open_server(s), *over = open_server(s);
    struct fct_bytes line;
    struct fct_error err = {0};

    assert_int_equal(conn_read_line(exact, 200, &line, &err), 0);
    assert_int_equal(line.n, 200);
    assert_int_equal(conn_read_line(over, 199, &line, &err), -1);

    assert_int_equal(err.code, FCT_E_LIMIT);
    expect_message(&err, script_server_port(s), "%s: the server sent a line longer than 199 bytes");
}

static void send_endless_line(struct script_conn *c, void *arg)
{
    (void)arg;
    char block[16384];
    memset(block, 'a', sizeof(block));
    for (int i = 0; i < 1000; i++)
        script_send_bytes(c, block, sizeof(block));
}

static void a_line_without_end_is_refused_before_it_fills_memory(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(send_endless_line, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_server(s);
    struct fct_bytes line;
    struct fct_error err = {0};
    assert_int_equal(conn_read_line(c, 1000000, &line, &err), -1);
    assert_int_equal(err.code, FCT_E_LIMIT);
    uint64_t in, out;
    conn_traffic(c, &in, &out);
    assert_true(in < 2000000);
}

static void close_in_line(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* OK go\r\n* 12 EXI");
}

static void an_end_in_the_middle_of_a_line_is_told(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(close_in_line, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_server(s);
    struct fct_bytes line;
    struct fct_error err = {0};
    expect_line(c, "* OK go");

    assert_int_equal(conn_read_line(c, 100, &line, &err), -1);

    assert_int_equal(err.code, FCT_E_NETWORK);
    assert_int_equal(err.retry, FCT_RETRY_LATER);
    expect_message(
        &err, script_server_port(s),
        "%s: the server closed the connection while waiting for the rest of a line (8 bytes of it had come)");
    assert_int_equal(conn_read_line(c, 100, &line, &err), -1); /* and again */
    assert_int_equal(err.code, FCT_E_NETWORK);
}

static void close_in_literal(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "0123");
}

static void an_end_in_the_middle_of_bytes_gives_them_and_then_fails(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(close_in_literal, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_server(s);
    struct fct_bytes b;
    struct fct_error err = {0};
    assert_int_equal(conn_read_some(c, 10, &b, &err), 0);
    assert_int_equal(b.n, 4);
    assert_int_equal(conn_read_some(c, 6, &b, &err), -1);
    expect_message(&err, script_server_port(s),
                   "%s: the server closed the connection while waiting for the rest of a message");
}

static void reset_at_once(struct script_conn *c, void *arg)
{
    (void)arg;
    script_expect(c, "hello");
    script_reset(c);
}

static void a_reset_is_a_network_error(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(reset_at_once, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_server(s);
    struct fct_bytes line;
    struct fct_error err = {0};
    write_text(c, "hello\r\n");
    assert_int_equal(conn_read_line(c, 100, &line, &err), -1);
    assert_int_equal(err.code, FCT_E_NETWORK);
    assert_non_null(strstr(err.message, "reset"));
}

static void say_why_and_close(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "* BYE too many connections\r\n");
}

static void last_words_are_read_although_sending_fails(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(say_why_and_close, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_server(s);
    wait_sleep(300, NULL); /* it has closed */
    write_text(c, "a1 NOOP\r\n");
    conn_flush(c, NULL);
    wait_sleep(20, NULL);
    write_text(c, "a2 NOOP\r\n");
    conn_flush(c, NULL);
    expect_line(c, "* BYE too many connections");
}

/* ---- deadlines ---- */

static void stay_silent(struct script_conn *c, void *arg)
{
    (void)arg;
    script_expect_end(c);
}

static void drip(struct script_conn *c, void *arg)
{
    (void)arg;
    for (int i = 0; i < 500 && !script_is_gone(c); i++) {
        script_send(c, "x");
        script_pause(10);
    }
}

static void a_silent_server_runs_into_the_deadline(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(stay_silent, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_to("127.0.0.1", script_server_port(s), 50);
    struct fct_bytes line;
    struct fct_error err = {0};
    uint64_t start = wait_now_ms();

    assert_int_equal(conn_read_line(c, 100, &line, &err), -1);

    assert_in_range(wait_now_ms() - start, 49, 2000);
    assert_int_equal(err.code, FCT_E_TIMEOUT);
    assert_int_equal(err.retry, FCT_RETRY_LATER);
    expect_message(&err, script_server_port(s), "%s: timed out after 1 s while waiting for a line");
}

static void a_dripping_server_runs_into_the_deadline_too(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(drip, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_to("127.0.0.1", script_server_port(s), 150);
    struct fct_bytes line;
    struct fct_error err = {0};
    uint64_t start = wait_now_ms();
    assert_int_equal(conn_read_line(c, 1000, &line, &err), -1);
    assert_int_equal(err.code, FCT_E_TIMEOUT);
    assert_in_range(wait_now_ms() - start, 149, 3000);
    conn_close(TAKE(c));
}

/* ---- waiting for input ---- */

static void send_after_a_while(struct script_conn *c, void *arg)
{
    (void)arg;
    script_pause(50);
    script_send(c, "* 4 EXISTS\r\n");
    script_expect_end(c);
}

static void wait_input_ends_when_something_comes(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(send_after_a_while, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_server(s);
    struct fct_error err = {0};
    assert_false(conn_has_input(c));
    assert_int_equal(conn_wait_input(c, 10, &err), -1);
    assert_int_equal(err.code, FCT_E_TIMEOUT);
    assert_int_equal(conn_wait_input(c, 5000, &err), 0);
    assert_true(conn_has_input(c));
    expect_line(c, "* 4 EXISTS");
    assert_false(conn_has_input(c));
}

struct idler {
    struct fct_conn *conn;
    struct fct_error err;
    int result;
};

static int idle(void *arg)
{
    struct idler *i = arg;
    i->result = conn_wait_input(i->conn, 60000, &i->err);
    return i->result;
}

static int read_line_of(void *arg)
{
    struct idler *i = arg;
    struct fct_bytes line;
    return conn_read_line(i->conn, 1000, &line, &i->err); /* more than a server that drips says */
}

static void nudge_interrupts_wait_input(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(stay_silent, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_server(s);
    struct idler i = {.conn = c};
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "idle", idle, &i);
    wait_sleep(10, NULL);
    fiber_nudge(f);
    assert_int_equal(fiber_join(f), -1);
    assert_int_equal(i.err.code, FCT_E_TIMEOUT);
}

static void wait_input_fails_when_the_server_goes(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(close_in_literal, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_server(s);
    struct fct_bytes b;
    struct fct_error err = {0};
    assert_int_equal(conn_wait_input(c, 5000, &err), 0);
    conn_read_some(c, 10, &b, NULL);
    assert_int_equal(conn_wait_input(c, 5000, &err), -1);
    assert_int_equal(err.code, FCT_E_NETWORK);
}

static void add_name_and_wait(void *ctx, const struct fiber_info *info)
{
    buf_addf(ctx, "%s: %s", info->name, info->waits_for);
}

static void cancellation_ends_a_read_and_the_list_tells_what_was_read(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(stay_silent, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_server(s);
    struct idler i = {.conn = c};
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "reader", read_line_of, &i);
    wait_sleep(10, NULL);
    CLEANUP(buf_done) struct buf list = {0}, want = {0};
    fiber_list(add_name_and_wait, &list);
    buf_addf(&want, "reader: read 127.0.0.1:%u", script_server_port(s));
    assert_string_equal(buf_str(&list), buf_str(&want));

    fiber_cancel(f);

    assert_int_equal(fiber_join(f), -1);
    assert_int_equal(i.err.code, FCT_E_CANCELLED);
}

/* ---- given up from outside ---- */

static void only_who_waits_for_an_answer_in_vain_is_given_up(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *silent = script_server_start(stay_silent, NULL);
    CLEANUP(script_server_stopp) struct script_server *quiet = script_server_start(stay_silent, NULL);
    CLEANUP(script_server_stopp) struct script_server *slow = script_server_start(drip, NULL);
    CLEANUP(conn_closep) struct fct_conn *a = open_server(silent);
    CLEANUP(conn_closep) struct fct_conn *b = open_server(quiet);
    CLEANUP(conn_closep) struct fct_conn *c = open_server(slow);
    struct conn_group group = {0};
    struct idler reader = {.conn = a}, idler = {.conn = b}, patient = {.conn = c};
    conn_group_add(&group, a);
    conn_group_add(&group, b);
    conn_group_add(&group, c);
    struct fiber *f[3] = {fiber_spawn(&test_loop, "reader", read_line_of, &reader),
                          fiber_spawn(&test_loop, "idler", idle, &idler),
                          fiber_spawn(&test_loop, "patient", read_line_of, &patient)};

    wait_sleep(1050, NULL); /* so long that a busy machine, too, lets the slow one say something meanwhile */
    wait_sleep(20, NULL);   /* and what it said is read */
    assert_int_equal(conn_group_give_up(&group, wait_now_ms(), 60000, "too early"), 0);
    assert_int_equal(conn_group_give_up(&group, wait_now_ms(), 1000, "no answer"), 1);
    assert_int_equal(conn_group_give_up(&group, wait_now_ms(), 1000, "no answer"), 0);
    assert_int_equal(conn_group_give_up(&group, 0, 0, "it has said something since then"), 0);

    assert_int_equal(fiber_join(f[0]), -1);
    assert_int_equal(reader.err.code, FCT_E_NETWORK);
    assert_int_equal(reader.err.retry, FCT_RETRY_NOW);
    expect_message(&reader.err, script_server_port(silent), "%s: no answer");
    assert_false(fiber_is_done(f[1]) || fiber_is_done(f[2]));
    struct fct_error again = {0};
    assert_int_equal(conn_wait_input(a, 1000, &again), -1); /* for good */
    assert_int_equal(again.code, FCT_E_NETWORK);
    for (size_t i = 0; i < 3; i++) {
        fiber_cancel(f[i]);
        fiber_join(f[i]);
        fiber_unref(f[i]);
    }
    conn_close(TAKE(b)); /* out of the middle */
    conn_close(TAKE(c));
    assert_ptr_equal(group.first, a);
    conn_close(TAKE(a));
    assert_null(group.first);
}

/* ---- much data ---- */

#define BULK (64 * 1024 * 1024)

static void send_bulk(struct script_conn *c, void *arg)
{
    (void)arg;
    char *block = xmalloc(1 << 20);
    for (size_t i = 0; i < 1 << 20; i++)
        block[i] = (char)(i * 7 + i / 256);
    for (int i = 0; i < BULK >> 20; i++)
        script_send_bytes(c, block, 1 << 20);
    free(block);
    script_expect_end(c);
}

static void bulk_comes_through_unchanged(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(send_bulk, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_server(s);
    size_t at = 0, wrong = 0;
    while (at < BULK) {
        struct fct_bytes b;
        assert_int_equal(conn_read_some(c, 100000, &b, NULL), 0);
        assert_true(b.n > 0 && b.n <= 100000);
        for (size_t i = 0; i < b.n; i += 97) {
            size_t k = (at + i) & ((1 << 20) - 1);
            wrong += b.p[i] != (char)(k * 7 + k / 256);
        }
        at += b.n;
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(at, BULK);
}

static void a_slow_reader_slows_the_server(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(send_bulk, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_server(s);
    struct fct_bytes b;
    assert_int_equal(conn_read_some(c, 10, &b, NULL), 0);
    wait_sleep(200, NULL); /* the loop could have read everything */
    uint64_t in, out;
    conn_traffic(c, &in, &out);
    assert_in_range(in, 10, 1024 * 1024);
}

struct sink_script {
    bool hold; /* does not read before it is released */
    size_t got;
};

static void take_bulk(struct script_conn *c, void *arg)
{
    struct sink_script *k = arg;
    char block[65536];
    while (__atomic_load_n(&k->hold, __ATOMIC_ACQUIRE))
        script_pause(5);
    size_t n;
    while ((n = script_read(c, block, sizeof(block))) > 0)
        k->got += n;
}

struct writer {
    struct fct_conn *conn;
    size_t written;
    struct fct_error err;
};

static int write_bulk(void *arg)
{
    struct writer *w = arg;
    static char block[50000];
    while (w->written < BULK) {
        if (conn_write(w->conn, bytes_of(block, sizeof(block)), &w->err) < 0)
            return -1;
        w->written += sizeof(block);
    }
    return conn_flush(w->conn, &w->err);
}

static void a_server_that_does_not_read_slows_the_writer(void **state)
{
    (void)state;
    struct sink_script sink = {.hold = true};
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(take_bulk, &sink);
    struct fct_conn *c = open_server(s);
    struct writer w = {.conn = c};
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "writer", write_bulk, &w);
    wait_sleep(200, NULL);
    assert_false(fiber_is_done(f));
    assert_true(w.written < BULK / 2); /* the kernel's buffers and ours */

    __atomic_store_n(&sink.hold, false, __ATOMIC_RELEASE);

    assert_int_equal(fiber_join(f), 0);
    while (wait_sleep(20, NULL) == 0) { /* at most 1 MiB may still be on its way */
        struct fct_error err = {0};
        if (conn_wait_input(c, 200, &err) < 0 && err.code == FCT_E_TIMEOUT)
            break;
    }
    conn_close(c);
    script_server_stop(TAKE(s));
    assert_true(sink.got >= BULK);
}

static void a_writer_that_makes_no_progress_times_out(void **state)
{
    (void)state;
    struct sink_script sink = {.hold = true};
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(take_bulk, &sink);
    struct fct_conn *c = open_to("127.0.0.1", script_server_port(s), 100);
    struct writer w = {.conn = c};
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(&test_loop, "writer", write_bulk, &w);
    assert_int_equal(fiber_join(f), -1);
    assert_int_equal(w.err.code, FCT_E_TIMEOUT);
    conn_close(c);
    __atomic_store_n(&sink.hold, false, __ATOMIC_RELEASE);
}

/* ---- connecting ---- */

static int try_open(const char *host, uint32_t port, uint32_t timeout_ms, struct fct_error *err)
{
    struct fct_endpoint ep = {.size = sizeof(ep), .host = host, .port = port, .connect_timeout_ms = timeout_ms};
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    return conn_open(&ep, NULL, &c, err);
}

static void greet_once(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "hello\r\n");
}

/* The first address refuses, and its name does not exist: RFC 6761 section 6.4. */
static void addresses_that_are_known_are_connected_to_without_a_lookup(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(greet_once, NULL);
    const struct fct_endpoint ep = {
        .size = sizeof(ep), .host = "mail.invalid", .port = script_server_port(s), .tls = FCT_TLS_NONE};
    struct sockaddr_storage addresses[2] = {0};
    struct fct_conn *opened = NULL;
    struct fct_error err = {0};
    assert_int_equal(uv_ip4_addr("127.0.0.2", 0, (struct sockaddr_in *)&addresses[0]), 0);
    assert_int_equal(uv_ip4_addr("127.0.0.1", 0, (struct sockaddr_in *)&addresses[1]), 0);

    assert_int_equal(conn_open_addresses(&ep, addresses, 2, NULL, &opened, &err), 0);
    CLEANUP(conn_closep) struct fct_conn *c = opened;

    expect_line(c, "hello");
    assert_null(script_server_failure(s));
    assert_int_equal(conn_open_addresses(&ep, addresses, 1, NULL, &opened, &err), -1);
    assert_int_equal(err.code, FCT_E_NETWORK);
}

static void a_refused_port_is_told(void **state)
{
    (void)state;
    struct fct_error err = {0};
    uint16_t port = script_unused_port();
    assert_int_equal(try_open("127.0.0.1", port, 5000, &err), -1);
    assert_int_equal(err.code, FCT_E_NETWORK);
    assert_int_equal(err.retry, FCT_RETRY_LATER);
    expect_message(
        &err, port,
        "%s: cannot connect: connection refused (tried 127.0.0.1); nothing listens there: check host and port");
}

static void an_unknown_host_is_told(void **state)
{
    (void)state;
    struct fct_error err = {0};
    assert_int_equal(try_open("nosuchhost.invalid", 993, 20000, &err), -1);
    assert_int_equal(err.code, FCT_E_DNS);
    assert_int_equal(err.retry, FCT_RETRY_LATER);
    assert_non_null(strstr(err.message, "nosuchhost.invalid:993: "));
}

static void nonsense_is_no_host_and_no_port(void **state)
{
    (void)state;
    struct fct_error err = {0};
    char too_long[300];
    memset(too_long, 'a', sizeof(too_long));
    too_long[299] = '\0';
    const char *hosts[] = {NULL, "", "a b", "a\r\nb", "h\xc3\xb6st", too_long};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        assert_int_equal(try_open(hosts[i], 993, 100, &err), -1);
        assert_int_equal(err.code, FCT_E_INVALID);
    }
    assert_int_equal(try_open("localhost", 0, 100, &err), -1);
    assert_int_equal(err.code, FCT_E_INVALID);
    assert_int_equal(try_open("localhost", 65536, 100, &err), -1);
    assert_int_equal(err.code, FCT_E_INVALID);
    struct fct_endpoint ep = {.size = sizeof(ep), .host = "localhost", .port = 993, .tls = FCT_TLS_STARTTLS + 1};
    struct fct_conn *c = NULL;
    assert_int_equal(conn_open(&ep, NULL, &c, &err), -1);
    assert_int_equal(err.code, FCT_E_INVALID);
}

static void a_name_is_tried_at_all_its_addresses(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(say_why_and_close, NULL);
    CLEANUP(conn_closep) struct fct_conn *c = open_to("localhost", script_server_port(s), 5000); /* ::1 refuses */
    expect_line(c, "* BYE too many connections");
}

static void an_ipv6_literal_works_with_and_without_brackets(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start_v6(say_why_and_close, NULL);
    if (!s)
        skip();
    CLEANUP(conn_closep) struct fct_conn *a = open_to("::1", script_server_port(s), 5000);
    CLEANUP(conn_closep) struct fct_conn *b = open_to("[::1]", script_server_port(s), 5000);
    expect_line(a, "* BYE too many connections");
    expect_line(b, "* BYE too many connections");
}

static void a_port_that_does_not_answer_runs_into_the_deadline(void **state)
{
    (void)state;
    struct deaf_port d;
    deaf_port_open(&d);
    struct fct_error err = {0};
    uint64_t start = wait_now_ms();
    assert_int_equal(try_open("127.0.0.1", d.port, 300, &err), -1);
    assert_in_range(wait_now_ms() - start, 299, 3000);
    assert_int_equal(err.code, FCT_E_TIMEOUT);
    expect_message(&err, d.port,
                   "%s: connecting took longer than 1 s; check host, port and the network of this computer");
    deaf_port_close(&d);
}

struct opener {
    const char *host;
    uint16_t port;
    struct fct_error err;
};

static int open_in_fiber(void *arg)
{
    struct opener *o = arg;
    return try_open(o->host, o->port, 30000, &o->err);
}

static void connecting_can_be_cancelled_at_any_time(void **state)
{
    (void)state;
    struct deaf_port d;
    deaf_port_open(&d);
    for (int pause = 0; pause < 12; pause += 3) {
        struct opener o[] = {{.host = "127.0.0.1", .port = d.port},
                             {.host = "localhost", .port = d.port},
                             {.host = "nosuchhost.invalid", .port = 1}};
        struct fiber *f[3];
        for (int i = 0; i < 3; i++)
            f[i] = fiber_spawn(&test_loop, "opener", open_in_fiber, &o[i]);
        if (pause)
            wait_sleep((uint64_t)pause, NULL);
        for (int i = 0; i < 3; i++)
            fiber_cancel(f[i]);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(fiber_join(f[i]), -1);
            assert_true(o[i].err.code == FCT_E_CANCELLED || o[i].err.code == FCT_E_DNS);
            fiber_unref(f[i]);
        }
    }
    deaf_port_close(&d);
}

/* ---- what was sent stays nowhere ---- */

#define SECRET_BYTES 24
#define MASK 0x55

/* How often it stands in the heap. Only masked it may stand in the memory of who looks for it. */
static size_t count_in_heap(const unsigned char masked[SECRET_BYTES])
{
    static unsigned char piece[1 << 16];
    unsigned long start = 0, end = 0;
    char line[512];
    size_t found = 0;
    FILE *maps = fopen("/proc/self/maps", "r"), *memory = fopen("/proc/self/mem", "r");
    assert_true(maps && memory);
    setvbuf(memory, NULL, _IONBF, 0);
    while (fgets(line, sizeof(line), maps) && !(strstr(line, "[heap]") && sscanf(line, "%lx-%lx", &start, &end) == 2))
        ;
    for (; start < end; start += sizeof(piece) - SECRET_BYTES) {
        size_t n = end - start < sizeof(piece) ? end - start : sizeof(piece);
        fseek(memory, (long)start, SEEK_SET);
        n = fread(piece, 1, n, memory);
        for (size_t i = 0; i + SECRET_BYTES <= n; i++) {
            size_t same = 0;
            while (same < SECRET_BYTES && (piece[i + same] ^ MASK) == masked[same])
                same++;
            found += same == SECRET_BYTES;
        }
    }
    memset(piece, 0, sizeof(piece));
    fclose(memory);
    fclose(maps);
    return found;
}

static void write_secret(struct fct_conn *c, const unsigned char masked[SECRET_BYTES])
{
    char text[SECRET_BYTES + 1] = {0};
    for (size_t i = 0; i < SECRET_BYTES; i++)
        text[i] = (char)(masked[i] ^ MASK);
    write_text(c, text);
    explicit_bzero(text, sizeof(text));
}

static void what_was_sent_does_not_stay_in_memory(void **state)
{
    (void)state;
    unsigned char masked[SECRET_BYTES];
    for (size_t i = 0; i < SECRET_BYTES; i++)
        masked[i] = (unsigned char)(('A' + i) ^ MASK);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0); /* the kernel takes what is sent, and nobody in this process reads it */
    assert_int_equal(bind(listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    CLEANUP(conn_closep) struct fct_conn *c = open_to("127.0.0.1", ntohs(address.sin_port), 5000);

    write_text(c, "AUTH PLAIN ");
    write_secret(c, masked);
    write_text(c, "; and so much more that what it was collected in must grow: the quick brown fox jumps over the lazy dog\r\n");
#ifndef __SANITIZE_ADDRESS__ /* it and Valgrind have heaps of their own, and there is nothing to be found */
    const char *preloaded = getenv("LD_PRELOAD");
    assert_true(count_in_heap(masked) > 0 || (preloaded && strstr(preloaded, "vgpreload")));
#endif
    assert_int_equal(conn_flush(c, NULL), 0);
    assert_int_equal(count_in_heap(masked), 0);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_TEST(lines_and_literals_are_read_as_they_were_sent),
        LOOP_TEST(a_slice_stays_while_more_comes_in),
        LOOP_TEST(a_line_over_the_limit_fails_and_names_the_limit),
        LOOP_TEST(a_line_without_end_is_refused_before_it_fills_memory),
        LOOP_TEST(an_end_in_the_middle_of_a_line_is_told),
        LOOP_TEST(an_end_in_the_middle_of_bytes_gives_them_and_then_fails),
        LOOP_TEST(a_reset_is_a_network_error),
        LOOP_TEST(last_words_are_read_although_sending_fails),
        LOOP_TEST(a_silent_server_runs_into_the_deadline),
        LOOP_TEST(a_dripping_server_runs_into_the_deadline_too),
        LOOP_TEST(wait_input_ends_when_something_comes),
        LOOP_TEST(nudge_interrupts_wait_input),
        LOOP_TEST(only_who_waits_for_an_answer_in_vain_is_given_up),
        LOOP_TEST(wait_input_fails_when_the_server_goes),
        LOOP_TEST(cancellation_ends_a_read_and_the_list_tells_what_was_read),
        LOOP_TEST(bulk_comes_through_unchanged),
        LOOP_TEST(a_slow_reader_slows_the_server),
        LOOP_TEST(a_server_that_does_not_read_slows_the_writer),
        LOOP_TEST(a_writer_that_makes_no_progress_times_out),
        LOOP_TEST(a_refused_port_is_told),
        LOOP_TEST(addresses_that_are_known_are_connected_to_without_a_lookup),
        LOOP_TEST(an_unknown_host_is_told),
        LOOP_TEST(nonsense_is_no_host_and_no_port),
        LOOP_TEST(a_name_is_tried_at_all_its_addresses),
        LOOP_TEST(an_ipv6_literal_works_with_and_without_brackets),
        LOOP_TEST(a_port_that_does_not_answer_runs_into_the_deadline),
        LOOP_TEST(connecting_can_be_cancelled_at_any_time),
        LOOP_TEST(what_was_sent_does_not_stay_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
