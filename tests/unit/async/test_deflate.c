#include "loop_fixture.h"

#include "async/conn.h"
#include "async/deflate.h"
#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "support/script_server.h"

#include <string.h>
#include <zlib.h>

/* ---- the codec ---- */

static void append(struct bytequeue *q, struct fct_bytes b)
{
    size_t room;
    memcpy(bytequeue_room(q, b.n, &room), b.p, b.n);
    bytequeue_grown(q, b.n);
}

static void expect(struct fct_bytes b, const char *text)
{
    assert_int_equal(b.n, strlen(text));
    assert_memory_equal(b.p, text, b.n);
}

struct codec {
    struct deflate *a, *b;
    struct bytequeue wire, out;
    struct buf encoded;
};

static struct codec codec_new(void)
{
    return (struct codec){.a = deflate_new(), .b = deflate_new()};
}

static void codec_done(struct codec *k)
{
    deflate_free(k->a);
    deflate_free(k->b);
    bytequeue_done(&k->wire);
    bytequeue_done(&k->out);
    buf_done(&k->encoded);
}

static void send_through(struct codec *k, const char *text, bool flush)
{
    deflate_encode(k->a, bytes_str(text), flush, &k->encoded);
    append(&k->wire, buf_bytes(&k->encoded));
    buf_clear(&k->encoded);
}

static void what_is_flushed_can_be_decoded(void **state)
{
    (void)state;
    CLEANUP(codec_done) struct codec k = codec_new();
    send_through(&k, "a1 NOOP\r\n", true);
    assert_int_equal(deflate_decode(k.b, &k.wire, &k.out, 65536, NULL), 1);
    expect(bytequeue_bytes(&k.out), "a1 NOOP\r\n");
    send_through(&k, "a2 NO", false);
    send_through(&k, "OP\r\n", true);
    assert_int_equal(deflate_decode(k.b, &k.wire, &k.out, 65536, NULL), 1);
    expect(bytequeue_bytes(&k.out), "a1 NOOP\r\na2 NOOP\r\n");
    assert_int_equal(deflate_decode(k.b, &k.wire, &k.out, 65536, NULL), 0);
    deflate_free(NULL);
}

static void a_flush_with_nothing_new_says_nothing(void **state)
{
    (void)state;
    CLEANUP(codec_done) struct codec k = codec_new();
    deflate_encode(k.a, bytes_str(""), true, &k.encoded);
    assert_int_equal(k.encoded.n, 0);
    deflate_encode(k.a, bytes_str("x"), true, &k.encoded);
    size_t n = k.encoded.n;
    deflate_encode(k.a, bytes_str(""), true, &k.encoded);
    assert_int_equal(k.encoded.n, n);
}

static void bytes_that_come_one_by_one_are_decoded(void **state)
{
    (void)state;
    CLEANUP(codec_done) struct codec k = codec_new();
    send_through(&k, "hello, hello, hello, hello, hello", true);
    struct bytequeue one = {0};
    while (bytequeue_count(&k.wire) > 0) {
        append(&one, bytes_of(bytequeue_bytes(&k.wire).p, 1));
        bytequeue_drop(&k.wire, 1);
        assert_true(deflate_decode(k.b, &one, &k.out, 65536, NULL) >= 0);
        assert_int_equal(bytequeue_count(&one), 0);
    }
    expect(bytequeue_bytes(&k.out), "hello, hello, hello, hello, hello");
    bytequeue_done(&one);
}

#define BOMB_BYTES ((uint64_t)64 << 20)

/* So many zeros in some 64 KiB. */
static void encode_bomb(struct codec *k)
{
    static const char zeros[1 << 16];
    for (int i = 0; i < 1024; i++)
        deflate_encode(k->a, bytes_of(zeros, sizeof(zeros)), i == 1023, &k->encoded);
    append(&k->wire, buf_bytes(&k->encoded));
}

static void a_bomb_grows_only_as_far_as_is_asked(void **state)
{
    (void)state;
    CLEANUP(codec_done) struct codec k = codec_new();
    encode_bomb(&k);
    size_t wire = bytequeue_count(&k.wire);
    assert_true(wire < 200000);

    assert_int_equal(deflate_decode(k.b, &k.wire, &k.out, 10000, NULL), 1);
    assert_in_range(bytequeue_count(&k.out), 1, 20000);
    assert_true(k.out.cap < 100000);

    size_t sum = 0;
    do {
        assert_in_range(bytequeue_count(&k.out), 1, 20000);
        sum += bytequeue_count(&k.out);
        bytequeue_drop(&k.out, bytequeue_count(&k.out));
    } while (deflate_decode(k.b, &k.wire, &k.out, 10000, NULL) == 1);
    assert_int_equal(sum, 64 << 20);
    assert_true(k.out.cap < 100000);
}

static void what_is_no_deflate_is_a_protocol_error(void **state)
{
    (void)state;
    CLEANUP(codec_done) struct codec k = codec_new();
    struct fct_error err = {0};
    append(&k.wire, bytes_str("\xff\xff\xff\xff* OK not compressed"));
    assert_int_equal(deflate_decode(k.b, &k.wire, &k.out, 65536, &err), -1);
    assert_int_equal(err.code, FCT_E_PROTOCOL);
}

static void a_final_block_ends_the_stream(void **state)
{
    (void)state;
    CLEANUP(codec_done) struct codec k = codec_new();
    static const char final[] = "\x4b\x4c\x4a\x06\x00"
                                "rest"; /* "abc", final */
    append(&k.wire, bytes_of(final, sizeof(final) - 1));
    assert_int_equal(deflate_decode(k.b, &k.wire, &k.out, 65536, NULL), 1);
    expect(bytequeue_bytes(&k.out), "abc");
    assert_true(deflate_peer_ended(k.b));
    assert_int_equal(deflate_decode(k.b, &k.wire, &k.out, 65536, NULL), 0);
}

/* ---- on a connection ---- */

struct setting {
    struct script_tls *tls; /* NULL: in clear */
};

static void compress_conversation(struct script_conn *c, void *arg)
{
    struct setting *set = arg;
    if (set->tls && !script_start_tls(c, set->tls))
        return;
    script_expect(c, "a1 COMPRESS DEFLATE");
    script_send(c, "a1 OK begin\r\n");
    script_start_deflate(c);
    script_send(c, "* 3 EXISTS\r\n"); /* right behind, as it may be (RFC 4978 section 3) */
    script_expect(c, "a2 NOOP");
    script_send(c, "* 4 EXISTS\r\na2 OK\r\n");
    char *big = xcalloc(1, 4 << 20);
    script_send_bytes(c, big, 4 << 20);
    free(big);
    size_t n = 0, got;
    char part[10000];
    while (n < 3000000 && (got = script_read(c, part, sizeof(part))) > 0)
        n += got;
    script_sendf(c, "got %zu\r\n", n);
    script_expect_end(c);
}

static void expect_line(struct fct_conn *c, const char *want)
{
    struct fct_bytes line;
    struct fct_error err = {0};
    if (conn_read_line(c, 1000, &line, &err) < 0)
        fail_msg("%s", err.message);
    expect(line, want);
}

static void converse(struct fct_conn *c)
{
    struct fct_error err = {0};
    conn_write(c, bytes_str("a1 COMPRESS DEFLATE\r\n"), NULL);
    expect_line(c, "a1 OK begin");
    assert_int_equal(conn_start_deflate(c, &err), 0);
    expect_line(c, "* 3 EXISTS");
    conn_write(c, bytes_str("a2 NOOP\r\n"), NULL);
    expect_line(c, "* 4 EXISTS");
    expect_line(c, "a2 OK");
    assert_int_equal(conn_start_deflate(c, &err), -1); /* not twice */
    assert_int_equal(err.code, FCT_E_INVALID);
    assert_int_equal(conn_start_tls(c, &err), -1); /* nor TLS above it */
    assert_int_equal(err.code, FCT_E_INVALID);

    size_t at = 0;
    while (at < 4 << 20) {
        struct fct_bytes b;
        if (conn_read_some(c, (4 << 20) - at, &b, &err) < 0)
            fail_msg("%s", err.message);
        assert_true(b.n <= 256 * 1024);
        at += b.n;
    }
    static char some[100000];
    for (int i = 0; i < 30; i++) {
        for (size_t k = 0; k < sizeof(some); k++)
            some[k] = (char)(k * k * 31 + (size_t)i);
        assert_int_equal(conn_write(c, bytes_of(some, sizeof(some)), &err), 0);
    }
    expect_line(c, "got 3000000");
    uint64_t in, out;
    conn_traffic(c, &in, &out);
    assert_true(in < 100000 && out < 3000000); /* compressed bytes are what is counted */
}

static void a_connection_is_compressed_both_ways(void **state)
{
    (void)state;
    struct setting set = {0};
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(compress_conversation, &set);
    struct fct_endpoint ep = {
        .size = sizeof(ep), .host = "127.0.0.1", .port = script_server_port(s), .io_timeout_ms = 5000};
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    assert_int_equal(conn_open(&ep, NULL, &c, NULL), 0);
    converse(c);
    assert_null(script_server_failure(s));
}

static void a_tls_connection_is_compressed_both_ways(void **state)
{
    (void)state;
    CLEANUP(cert_freep) struct cert *cert = cert_make(&(struct cert_options){.common_name = "x", .dns = "localhost"});
    CLEANUP(tls_trust_freep) struct tls_trust *trust = NULL;
    assert_int_equal(tls_trust_new(cert_file(cert), &trust, NULL), 0);
    CLEANUP(script_tls_freep) struct script_tls *tls = script_tls_new(cert, 0);
    struct setting set = {tls};
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(compress_conversation, &set);
    struct fct_endpoint ep = {.size = sizeof(ep),
                              .host = "localhost",
                              .port = script_server_port(s),
                              .tls = FCT_TLS_IMPLICIT,
                              .io_timeout_ms = 5000};
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    assert_int_equal(conn_open(&ep, trust, &c, NULL), 0);
    converse(c);
    assert_null(script_server_failure(s));
}

static void send_bomb(struct script_conn *c, void *arg)
{
    struct codec *k = arg;
    script_send_bytes(c, bytequeue_bytes(&k->wire).p, bytequeue_count(&k->wire));
    script_expect_end(c);
}

static void a_bomb_on_a_connection_hits_the_limit_of_the_line(void **state)
{
    (void)state;
    CLEANUP(codec_done) struct codec k = codec_new();
    encode_bomb(&k);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(send_bomb, &k);
    struct fct_endpoint ep = {
        .size = sizeof(ep), .host = "127.0.0.1", .port = script_server_port(s), .io_timeout_ms = 5000};
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    assert_int_equal(conn_open(&ep, NULL, &c, NULL), 0);
    assert_int_equal(conn_start_deflate(c, NULL), 0);
    struct fct_bytes line;
    struct fct_error err = {0};
    assert_int_equal(conn_read_line(c, 8000, &line, &err), -1);
    assert_int_equal(err.code, FCT_E_LIMIT);
}

struct flood {
    struct fct_conn *c;
    uint64_t left, at_once, at_once_max;
    bool is_over;
};

static int take_every_turn(void *arg)
{
    struct flood *f = arg;
    while (!f->is_over && wait_yield(NULL) == 0)
        f->at_once = 0;
    return 0;
}

static int read_flood(void *arg)
{
    struct flood *f = arg;
    struct fct_bytes part;
    int rc = 0;
    while (f->left > 0 && (rc = conn_read_some(f->c, 1 << 20, &part, NULL)) == 0) {
        f->left -= part.n;
        f->at_once += part.n;
        f->at_once_max = f->at_once > f->at_once_max ? f->at_once : f->at_once_max;
    }
    f->is_over = true;
    return rc;
}

static void others_have_their_turn_while_a_bomb_is_read(void **state)
{
    (void)state;
    CLEANUP(codec_done) struct codec k = codec_new();
    encode_bomb(&k);
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(send_bomb, &k);
    struct fct_endpoint ep = {
        .size = sizeof(ep), .host = "127.0.0.1", .port = script_server_port(s), .io_timeout_ms = 5000};
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    assert_int_equal(conn_open(&ep, NULL, &c, NULL), 0);
    assert_int_equal(conn_start_deflate(c, NULL), 0);
    struct flood f = {.c = c, .left = BOMB_BYTES};
    struct fiber *reader = fiber_spawn(&test_loop, "reader", read_flood, &f);
    struct fiber *other = fiber_spawn(&test_loop, "other", take_every_turn, &f);

    assert_int_equal(fiber_join(reader), 0);
    fiber_join(other);

    assert_int_equal(f.left, 0);
    assert_in_range(f.at_once_max, 1, 256 << 10);
    fiber_unref(reader);
    fiber_unref(other);
}

static void send_garbage(struct script_conn *c, void *arg)
{
    (void)arg;
    script_send(c, "\xff\xff\xff\xff this is not compressed\r\n");
    script_expect_end(c);
}

static void broken_compression_is_told_with_the_server_s_name(void **state)
{
    (void)state;
    CLEANUP(script_server_stopp) struct script_server *s = script_server_start(send_garbage, NULL);
    struct fct_endpoint ep = {
        .size = sizeof(ep), .host = "127.0.0.1", .port = script_server_port(s), .io_timeout_ms = 5000};
    CLEANUP(conn_closep) struct fct_conn *c = NULL;
    assert_int_equal(conn_open(&ep, NULL, &c, NULL), 0);
    assert_int_equal(conn_start_deflate(c, NULL), 0);
    char want[64];
    snprintf(want, sizeof(want), "127.0.0.1:%u: broken compressed data", script_server_port(s));
    for (int i = 0; i < 2; i++) { /* for good */
        struct fct_bytes line;
        struct fct_error err = {0};
        assert_int_equal(conn_read_line(c, 8000, &line, &err), -1);
        assert_int_equal(err.code, FCT_E_PROTOCOL);
        assert_memory_equal(err.message, want, strlen(want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_flushed_can_be_decoded),
        cmocka_unit_test(a_flush_with_nothing_new_says_nothing),
        cmocka_unit_test(bytes_that_come_one_by_one_are_decoded),
        cmocka_unit_test(a_bomb_grows_only_as_far_as_is_asked),
        cmocka_unit_test(what_is_no_deflate_is_a_protocol_error),
        cmocka_unit_test(a_final_block_ends_the_stream),
        LOOP_TEST(a_connection_is_compressed_both_ways),
        LOOP_TEST(a_tls_connection_is_compressed_both_ways),
        LOOP_TEST(a_bomb_on_a_connection_hits_the_limit_of_the_line),
        LOOP_TEST(others_have_their_turn_while_a_bomb_is_read),
        LOOP_TEST(broken_compression_is_told_with_the_server_s_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
