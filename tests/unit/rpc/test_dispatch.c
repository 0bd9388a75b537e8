/* The examples of section 7 of the JSON-RPC 2.0 specification, through the framing and the dispatcher as they are, with
 * the methods that the examples speak of; and what JMAP adds to a batch. */
#include "base/error.h"
#include "check.h"
#include "dispatch.h"
#include "framing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* ---- the methods of the examples ---- */

static int subtract(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    (void)call, (void)err;
    json_t *a = json_is_array(params) ? json_array_get(params, 0) : json_object_get(params, "minuend");
    json_t *b = json_is_array(params) ? json_array_get(params, 1) : json_object_get(params, "subtrahend");
    *out = json_integer(json_integer_value(a) - json_integer_value(b));
    return 0;
}

static int sum(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    (void)call, (void)err;
    json_int_t total = 0;
    for (size_t i = 0; i < json_array_size(params); i++)
        total += json_integer_value(json_array_get(params, i));
    *out = json_integer(total);
    return 0;
}

static int get_data(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    (void)call, (void)params, (void)err;
    *out = json_pack("[s, i]", "hello", 5);
    return 0;
}

static int take_note(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    (void)call, (void)params, (void)err;
    *out = json_null();
    return 0;
}

/* ---- methods for the rest ---- */

static int echo(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    (void)call, (void)err;
    *out = params ? json_incref(params) : json_object();
    return 0;
}

static int create(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    call_created(call, json_string_value(json_object_get(params, "as")), "e17");
    if (json_object_get(params, "fail"))
        return fct_fail(err, FCT_E_DISK_FULL, FCT_RETRY_LATER, "no room");
    *out = json_object();
    return 0;
}

static int resolve(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    const char *id = call_resolve(call, json_string_value(json_object_get(params, "id")));
    if (!id)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "nothing of that name");
    *out = json_pack("{s:s}", "id", id);
    return 0;
}

/* Bodies that are somewhere else: those in this set are here. */
static uint64_t bodies_here, bodies_to_be_had;
static int n_fetches, fetch_fails;

static int read_bodies(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    bool lacks = false;
    for (size_t i = 0; i < json_array_size(json_object_get(params, "ids")); i++) {
        int64_t id = json_integer_value(json_array_get(json_object_get(params, "ids"), i));
        if (!(bodies_here >> id & 1))
            lacks = call_want_body(call, 1, id, err) < 0;
    }
    if (lacks)
        return -1;
    *out = json_object();
    return 0;
}

static int fetch_bodies(void *ctx, const struct wanted_bodies *wanted, struct fct_error *err)
{
    (void)ctx;
    n_fetches++;
    if (fetch_fails)
        return fct_fail(err, FCT_E_UNAVAILABLE, FCT_RETRY_LATER, "offline");
    for (size_t i = 0; i < wanted->n; i++)
        bodies_here |= UINT64_C(1) << wanted->v[i].email_id & bodies_to_be_had;
    return 0;
}

static const struct schema_node one_integer = {.types = SCHEMA_INTEGER, .min = 0, .max = 9};
static const struct schema_property strict_properties[] = {{"n", true, &one_integer}};
static const struct schema_node strict_params = {.types = SCHEMA_OBJECT,
                                                 .min = INT64_MIN,
                                                 .max = INT64_MAX,
                                                 .properties = strict_properties,
                                                 .n_properties = 1,
                                                 .is_closed = true};

static const struct api_method methods[] = {
    {"create", API_RUNS_ON_WRITER, NULL, create, false, "urn:facteur:test", API_SCOPE_READ, false, false},
    {"echo", API_RUNS_ON_READER, NULL, echo, false, "urn:facteur:test", API_SCOPE_READ, false, false},
    {"get_data", API_RUNS_ON_READER, NULL, get_data, false, "urn:facteur:test", API_SCOPE_READ, false, false},
    {"notify_hello", API_RUNS_IN_FIBER, NULL, take_note, false, "urn:facteur:test", API_SCOPE_READ, false, false},
    {"notify_sum", API_RUNS_IN_FIBER, NULL, take_note, false, "urn:facteur:test", API_SCOPE_READ, false, false},
    {"read_bodies", API_RUNS_ON_READER, NULL, read_bodies, false, "urn:facteur:test", API_SCOPE_READ, false, false},
    {"resolve", API_RUNS_ON_READER, NULL, resolve, false, "urn:facteur:test", API_SCOPE_READ, false, false},
    {"strict", API_RUNS_ON_READER, &strict_params, echo, false, "urn:facteur:test", API_SCOPE_READ, false, false},
    {"subtract", API_RUNS_ON_READER, NULL, subtract, false, "urn:facteur:test", API_SCOPE_READ, false, false},
    {"sum", API_RUNS_ON_WRITER, NULL, sum, false, "urn:facteur:test", API_SCOPE_READ, false, false},
    {"update", API_RUNS_IN_FIBER, NULL, take_note, false, "urn:facteur:test", API_SCOPE_READ, false, false},
};

static int n_reader_hops;
static bool commits_fail;

static int run_read(void *ctx, store_fn fn, void *arg, struct fct_error *err)
{
    (void)ctx;
    n_reader_hops++;
    return fn(NULL, arg, err);
}

static int run_write(void *ctx, store_fn fn, void *arg, struct fct_error *err)
{
    (void)ctx;
    if (fn(NULL, arg, err) < 0)
        return -1;
    return commits_fail ? fct_fail(err, FCT_E_DISK_FULL, FCT_RETRY_LATER, "the disk is full") : 0;
}

static struct dispatcher dispatcher = {
    .methods = methods,
    .n_methods = sizeof(methods) / sizeof(*methods),
    .runner = {.read = run_read, .write = run_write, .fetch_bodies = fetch_bodies},
};

static int set_up(void **state)
{
    (void)state;
    dispatcher.limits = dispatch_default_limits;
    n_reader_hops = n_fetches = fetch_fails = 0;
    bodies_here = 0;
    bodies_to_be_had = 0xff;
    commits_fail = false;
    return 0;
}

/* What the daemon says to `line`; NULL for nothing. The caller frees. */
static json_t *answer_of(const char *line)
{
    struct framer f = {.max_line = 1 << 20};
    struct buf input = {0};
    buf_add_str(&input, line);
    buf_add_char(&input, '\n');
    struct fct_bytes rest = buf_bytes(&input), text;
    assert_int_equal(framer_next(&f, &rest, &text), FRAME_TEXT);

    struct dispatch_reply reply = {0};
    dispatch_text(&dispatcher, NULL, text, &reply);

    json_t *out = NULL;
    if (reply.text.n) {
        assert_null(memchr(reply.text.p, '\n', reply.text.n));
        out = json_loadb(reply.text.p, reply.text.n, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(out);
    }
    dispatch_reply_done(&reply);
    framer_done(&f);
    buf_done(&input);
    return out;
}

static void expect(const char *line, const char *expected)
{
    json_t *answer = answer_of(line);
    if (!expected) {
        assert_null(answer);
        return;
    }
    assert_non_null(answer);
    json_t *want = json_loads(expected, JSON_DECODE_ANY, NULL);
    assert_non_null(want);
    if (!json_equal(answer, want)) {
        char *text = json_dumps(answer, JSON_COMPACT);
        print_error("answer: %s\nwanted: %s\n", text, expected);
        free(text);
    }
    assert_true(json_equal(answer, want));
    json_decref(want);
    json_decref(answer);
}

/* ---- section 7 ---- */

static void spec_call_with_positional_parameters(void **state)
{
    (void)state;
    expect("{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": [42, 23], \"id\": 1}",
           "{\"jsonrpc\": \"2.0\", \"result\": 19, \"id\": 1}");
    expect("{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": [23, 42], \"id\": 2}",
           "{\"jsonrpc\": \"2.0\", \"result\": -19, \"id\": 2}");
}

static void spec_call_with_named_parameters(void **state)
{
    (void)state;
    expect("{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": {\"subtrahend\": 23, \"minuend\": 42}, "
           "\"id\": 3}",
           "{\"jsonrpc\": \"2.0\", \"result\": 19, \"id\": 3}");
    expect("{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": {\"minuend\": 42, \"subtrahend\": 23}, "
           "\"id\": 4}",
           "{\"jsonrpc\": \"2.0\", \"result\": 19, \"id\": 4}");
}

static void spec_notifications(void **state)
{
    (void)state;
    expect("{\"jsonrpc\": \"2.0\", \"method\": \"update\", \"params\": [1,2,3,4,5]}", NULL);
    expect("{\"jsonrpc\": \"2.0\", \"method\": \"foobar\"}", NULL);
}

static void spec_call_of_non_existent_method(void **state)
{
    (void)state;
    expect("{\"jsonrpc\": \"2.0\", \"method\": \"foobar\", \"id\": \"1\"}",
           "{\"jsonrpc\": \"2.0\", \"error\": {\"code\": -32601, \"message\": \"Method not found\"}, \"id\": \"1\"}");
}

static void spec_call_with_invalid_json(void **state)
{
    (void)state;
    expect("{\"jsonrpc\": \"2.0\", \"method\": \"foobar, \"params\": \"bar\", \"baz]",
           "{\"jsonrpc\": \"2.0\", \"error\": {\"code\": -32700, \"message\": \"Parse error\"}, \"id\": null}");
}

static void spec_call_with_invalid_request_object(void **state)
{
    (void)state;
    expect("{\"jsonrpc\": \"2.0\", \"method\": 1, \"params\": \"bar\"}",
           "{\"jsonrpc\": \"2.0\", \"error\": {\"code\": -32600, \"message\": \"Invalid Request\"}, \"id\": null}");
}

static void spec_batch_with_invalid_json(void **state)
{
    (void)state;
    /* printed on several lines in the specification; a text is one line here */
    expect("[ {\"jsonrpc\": \"2.0\", \"method\": \"sum\", \"params\": [1,2,4], \"id\": \"1\"}, {\"jsonrpc\": \"2.0\", "
           "\"method\" ]",
           "{\"jsonrpc\": \"2.0\", \"error\": {\"code\": -32700, \"message\": \"Parse error\"}, \"id\": null}");
}

static void spec_empty_array(void **state)
{
    (void)state;
    expect("[]",
           "{\"jsonrpc\": \"2.0\", \"error\": {\"code\": -32600, \"message\": \"Invalid Request\"}, \"id\": null}");
}

static void spec_invalid_batches(void **state)
{
    (void)state;
    expect("[1]",
           "[{\"jsonrpc\": \"2.0\", \"error\": {\"code\": -32600, \"message\": \"Invalid Request\"}, \"id\": null}]");
    expect("[1,2,3]",
           "[{\"jsonrpc\": \"2.0\", \"error\": {\"code\": -32600, \"message\": \"Invalid Request\"}, \"id\": null},"
           "{\"jsonrpc\": \"2.0\", \"error\": {\"code\": -32600, \"message\": \"Invalid Request\"}, \"id\": null},"
           "{\"jsonrpc\": \"2.0\", \"error\": {\"code\": -32600, \"message\": \"Invalid Request\"}, \"id\": null}]");
}

static void spec_batch(void **state)
{
    (void)state;
    expect("[{\"jsonrpc\": \"2.0\", \"method\": \"sum\", \"params\": [1,2,4], \"id\": \"1\"},"
           "{\"jsonrpc\": \"2.0\", \"method\": \"notify_hello\", \"params\": [7]},"
           "{\"jsonrpc\": \"2.0\", \"method\": \"subtract\", \"params\": [42,23], \"id\": \"2\"},"
           "{\"foo\": \"boo\"},"
           "{\"jsonrpc\": \"2.0\", \"method\": \"foo.get\", \"params\": {\"name\": \"myself\"}, \"id\": \"5\"},"
           "{\"jsonrpc\": \"2.0\", \"method\": \"get_data\", \"id\": \"9\"}]",
           "[{\"jsonrpc\": \"2.0\", \"result\": 7, \"id\": \"1\"},"
           "{\"jsonrpc\": \"2.0\", \"result\": 19, \"id\": \"2\"},"
           "{\"jsonrpc\": \"2.0\", \"error\": {\"code\": -32600, \"message\": \"Invalid Request\"}, \"id\": null},"
           "{\"jsonrpc\": \"2.0\", \"error\": {\"code\": -32601, \"message\": \"Method not found\"}, \"id\": \"5\"},"
           "{\"jsonrpc\": \"2.0\", \"result\": [\"hello\", 5], \"id\": \"9\"}]");
}

static void spec_batch_of_notifications(void **state)
{
    (void)state;
    expect("[{\"jsonrpc\": \"2.0\", \"method\": \"notify_sum\", \"params\": [1,2,4]},"
           "{\"jsonrpc\": \"2.0\", \"method\": \"notify_hello\", \"params\": [7]}]",
           NULL);
}

static void an_answer_is_printed_as_the_specification_prints_it(void **state)
{
    (void)state;
    struct dispatch_reply reply = {0};
    dispatch_text(&dispatcher, NULL,
                  bytes_str("{\"jsonrpc\":\"2.0\",\"method\":\"subtract\",\"params\":[42,23],\"id\":1}"), &reply);
    assert_string_equal(buf_str(&reply.text), "{\"jsonrpc\":\"2.0\",\"result\":19,\"id\":1}");
    dispatch_reply_done(&reply);
    dispatch_text(&dispatcher, NULL, bytes_str("{\"jsonrpc\":\"2.0\",\"method\":\"foobar\",\"id\":\"1\"}"), &reply);
    assert_string_equal(
        buf_str(&reply.text),
        "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32601,\"message\":\"Method not found\"},\"id\":\"1\"}");
    dispatch_reply_done(&reply);
}

/* ---- ids, params, limits ---- */

static const char *error_type_of(json_t *answer)
{
    return json_string_value(json_object_get(json_object_get(json_object_get(answer, "error"), "data"), "type"));
}

static void expect_error(const char *line, int code, const char *type)
{
    json_t *answer = answer_of(line);
    assert_non_null(answer);
    json_t *error = json_object_get(answer, "error");
    assert_int_equal(json_integer_value(json_object_get(error, "code")), code);
    if (type) {
        const char *found = error_type_of(answer);
        assert_non_null(found);
        assert_string_equal(found, type);
    }
    json_decref(answer);
}

static void an_id_of_null_is_a_request_and_not_a_notification(void **state)
{
    (void)state;
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"sum\",\"params\":[1],\"id\":null}",
           "{\"jsonrpc\":\"2.0\",\"result\":1,\"id\":null}");
}

static void an_id_may_be_a_fraction_but_not_an_object(void **state)
{
    (void)state;
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"sum\",\"params\":[1],\"id\":1.5}",
           "{\"jsonrpc\":\"2.0\",\"result\":1,\"id\":1.5}");
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"sum\",\"params\":[1],\"id\":{}}",
           "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,\"message\":\"Invalid Request\"},\"id\":null}");
}

static void an_invalid_request_keeps_its_id_when_it_has_one(void **state)
{
    (void)state;
    expect("{\"jsonrpc\":\"1.0\",\"method\":\"sum\",\"id\":4}",
           "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,\"message\":\"Invalid Request\"},\"id\":4}");
}

static void params_are_held_against_the_schema(void **state)
{
    (void)state;
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"strict\",\"params\":{\"n\":3},\"id\":1}",
           "{\"jsonrpc\":\"2.0\",\"result\":{\"n\":3},\"id\":1}");
    expect_error("{\"jsonrpc\":\"2.0\",\"method\":\"strict\",\"params\":{\"n\":\"3\"},\"id\":1}", -32602,
                 "invalidArguments");
    expect_error("{\"jsonrpc\":\"2.0\",\"method\":\"strict\",\"params\":{\"n\":10},\"id\":1}", -32602,
                 "invalidArguments");
    expect_error("{\"jsonrpc\":\"2.0\",\"method\":\"strict\",\"params\":{\"n\":1,\"m\":1},\"id\":1}", -32602,
                 "invalidArguments");
    expect_error("{\"jsonrpc\":\"2.0\",\"method\":\"strict\",\"params\":[1],\"id\":1}", -32602, "invalidArguments");
    expect_error("{\"jsonrpc\":\"2.0\",\"method\":\"strict\",\"id\":1}", -32602, "invalidArguments");
}

static void a_name_given_twice_is_a_parse_error(void **state)
{
    (void)state;
    expect_error("{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":{\"a\":1,\"a\":2},\"id\":1}", -32700, NULL);
}

static void broken_utf8_is_a_parse_error(void **state)
{
    (void)state;
    expect_error("{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":{\"a\":\"\xff\"},\"id\":1}", -32700, NULL);
}

static void a_text_nested_too_deep_is_refused_by_name(void **state)
{
    (void)state;
    dispatcher.limits.max_depth = 4;
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":{\"a\":[[1]]},\"id\":1}",
           "{\"jsonrpc\":\"2.0\",\"result\":{\"a\":[[1]]},\"id\":1}");
    expect_error("{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":{\"a\":[[[1]]]},\"id\":1}", -32600, "limit");
}

static void a_text_of_too_many_values_is_refused_by_name(void **state)
{
    (void)state;
    dispatcher.limits.max_values = 6;
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"sum\",\"params\":[1],\"id\":1}",
           "{\"jsonrpc\":\"2.0\",\"result\":1,\"id\":1}");
    expect_error("{\"jsonrpc\":\"2.0\",\"method\":\"sum\",\"params\":[1,2],\"id\":1}", -32600, "limit");
    expect_error("{\"jsonrpc\":\"2.0\",\"method\":\"sum\",\"params\":[[]],\"id\":1}", -32600, "limit");
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"get_data\",\"params\":[\",,,[[{{\\\",,\"],\"id\":1}",
           "{\"jsonrpc\":\"2.0\",\"result\":[\"hello\",5],\"id\":1}");
}

static void a_batch_over_the_limit_is_refused_whole(void **state)
{
    (void)state;
    dispatcher.limits.max_calls = 2;
    expect_error("[1,2,3]", -32600, "limit");
}

static void a_result_over_the_limit_is_an_error_of_that_call_alone(void **state)
{
    (void)state;
    dispatcher.limits.max_result = 20;
    json_t *answer =
        answer_of("[{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":{\"a\":\"0123456789012345\"},\"id\":1},"
                  "{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":{\"a\":1},\"id\":2}]");
    assert_string_equal(error_type_of(json_array_get(answer, 0)), "requestTooLarge");
    assert_non_null(json_object_get(json_array_get(answer, 1), "result"));
    json_decref(answer);
}

static void results_written_in_vain_count_too(void **state)
{
    (void)state;
#define LONG \
    "{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":{\"a\":\"0123456789012345678901234567890\"},\"id\":1},"
    dispatcher.limits.max_result = 30;
    dispatcher.limits.max_answer = 60;
    json_t *answer =
        answer_of("[" LONG LONG LONG "{\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":{\"a\":1},\"id\":2}]");
    assert_string_equal(error_type_of(json_array_get(answer, 0)), "requestTooLarge");
    assert_string_equal(error_type_of(json_array_get(answer, 3)), "requestTooLarge");
    json_decref(answer);
#undef LONG
}

/* ---- batches as JMAP has them ---- */

#define CALL(method, params, id) \
    "{\"jsonrpc\":\"2.0\",\"method\":\"" method "\",\"params\":" params ",\"id\":\"" id "\"}"

static void a_call_may_refer_to_an_earlier_result(void **state)
{
    (void)state;
    json_t *answer = answer_of("[" CALL("echo", "{\"ids\":[\"a\",\"b\"]}", "0") "," CALL(
        "echo", "{\"#ids\":{\"resultOf\":\"0\",\"name\":\"echo\",\"path\":\"/ids\"},\"x\":1}", "1") "]");
    json_t *want = json_loads("{\"ids\":[\"a\",\"b\"],\"x\":1}", 0, NULL);
    assert_true(json_equal(json_object_get(json_array_get(answer, 1), "result"), want));
    json_decref(want);
    json_decref(answer);
}

static void a_star_in_a_path_joins_the_lists_of_all_items(void **state)
{
    (void)state;
    json_t *answer = answer_of("[" CALL("echo", "{\"list\":[{\"ids\":[\"a\",\"b\"]},{\"ids\":[\"c\"]}]}", "0") "," CALL(
        "echo", "{\"#ids\":{\"resultOf\":\"0\",\"name\":\"echo\",\"path\":\"/list/*/ids\"}}", "1") "]");
    json_t *want = json_loads("{\"ids\":[\"a\",\"b\",\"c\"]}", 0, NULL);
    assert_true(json_equal(json_object_get(json_array_get(answer, 1), "result"), want));
    json_decref(want);
    json_decref(answer);
}

static void of_two_calls_with_one_id_the_first_is_referred_to(void **state)
{
    (void)state;
    json_t *answer =
        answer_of("[" CALL("echo", "{\"ids\":[\"a\"]}", "0") "," CALL("echo", "{\"ids\":[\"b\"]}", "0") "," CALL(
            "echo", "{\"#ids\":{\"resultOf\":\"0\",\"name\":\"echo\",\"path\":\"/ids\"}}", "0") "]");
    assert_true(json_equal(json_object_get(json_array_get(answer, 2), "result"),
                           json_object_get(json_array_get(answer, 0), "result")));
    json_decref(answer);

    answer = answer_of("[" CALL("nothing", "{}", "0") "," CALL("echo", "{\"ids\":[\"b\"]}", "0") "," CALL(
        "echo", "{\"#ids\":{\"resultOf\":\"0\",\"name\":\"echo\",\"path\":\"/ids\"}}", "1") "]");
    assert_string_equal(error_type_of(json_array_get(answer, 2)), "invalidResultReference");
    json_decref(answer);
}

static void a_reference_to_nothing_is_an_error_by_name(void **state)
{
    (void)state;
    static const char *const bad[] = {"{\"resultOf\":\"9\",\"name\":\"echo\",\"path\":\"/ids\"}",
                                      "{\"resultOf\":\"0\",\"name\":\"sum\",\"path\":\"/ids\"}",
                                      "{\"resultOf\":\"0\",\"name\":\"echo\",\"path\":\"/no\"}",
                                      "{\"resultOf\":\"0\",\"name\":\"echo\",\"path\":\"ids\"}",
                                      "{\"resultOf\":\"0\",\"name\":\"echo\",\"path\":\"/ids/7\"}",
                                      "{\"resultOf\":\"0\",\"name\":\"echo\",\"path\":\"/ids/01\"}",
                                      "{\"name\":\"echo\",\"path\":\"/ids\"}",
                                      "7"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        char line[400];
        snprintf(line, sizeof(line),
                 "[" CALL("echo", "{\"ids\":[\"a\",\"b\"]}", "0") "," CALL("echo", "{\"#ids\":%s}", "1") "]", bad[i]);
        json_t *answer = answer_of(line);
        assert_string_equal(error_type_of(json_array_get(answer, 1)), "invalidResultReference");
        json_decref(answer);
    }
}

static void an_argument_given_plain_and_as_reference_is_refused(void **state)
{
    (void)state;
    expect_error(CALL("echo", "{\"a\":1,\"#a\":{}}", "0"), -32602, "invalidArguments");
}

static void lists_that_double_with_every_call_end_at_a_bound(void **state)
{
    (void)state;
    struct buf line = {0};
    buf_add_str(&line, "[" CALL("echo", "{\"l\":[{\"x\":[1,1]},{\"x\":[1,1]}]}", "0"));
    for (int i = 1; i < 60; i++) /* each result holds the one before it twice */
        buf_addf(&line,
                 "," CALL("echo",
                          "{\"#a\":{\"resultOf\":\"%d\",\"name\":\"echo\",\"path\":\"\"},\"#b\":{\"resultOf\":\"%d\","
                          "\"name\":\"echo\",\"path\":\"\"}}",
                          "%d"),
                 i - 1, i - 1, i);
    buf_add_char(&line, ']');
    dispatcher.limits.max_result = 4000;

    json_t *answer = answer_of(buf_str(&line));

    assert_non_null(json_object_get(json_array_get(answer, 3), "result"));
    assert_string_equal(error_type_of(json_array_get(answer, 59)), "invalidResultReference");
    size_t too_large = 0;
    for (size_t i = 0; i < json_array_size(answer); i++) {
        const char *type = error_type_of(json_array_get(answer, i));
        too_large += type && strcmp(type, "requestTooLarge") == 0;
    }
    assert_int_equal(too_large, 1);
    json_decref(answer);
    buf_done(&line);
}

static void a_creation_id_holds_for_the_rest_of_the_batch(void **state)
{
    (void)state;
    json_t *answer = answer_of("[" CALL("create", "{\"as\":\"k\"}", "0") "," CALL(
        "resolve", "{\"id\":\"#k\"}", "1") "," CALL("resolve", "{\"id\":\"e5\"}", "2") "]");
    assert_string_equal(json_string_value(json_object_get(json_object_get(json_array_get(answer, 1), "result"), "id")),
                        "e17");
    assert_string_equal(json_string_value(json_object_get(json_object_get(json_array_get(answer, 2), "result"), "id")),
                        "e5");
    json_decref(answer);
    expect_error(CALL("resolve", "{\"id\":\"#k\"}", "1"), -32000, "notFound");
}

static void a_creation_id_of_a_failed_call_stands_for_nothing(void **state)
{
    (void)state;
    json_t *answer =
        answer_of("[" CALL("create", "{\"as\":\"k\",\"fail\":1}", "0") "," CALL("resolve", "{\"id\":\"#k\"}", "1") "]");
    assert_string_equal(error_type_of(json_array_get(answer, 0)), "diskFull");
    assert_string_equal(error_type_of(json_array_get(answer, 1)), "notFound");
    json_decref(answer);
}

static void a_commit_that_fails_turns_success_into_its_error(void **state)
{
    (void)state;
    commits_fail = true;
    expect_error(CALL("create", "{\"as\":\"k\"}", "0"), -32000, "diskFull");
}

static void reading_calls_beside_each_other_share_one_hop(void **state)
{
    (void)state;
    json_decref(answer_of("[" CALL("echo", "{}", "0") "," CALL("nope", "{}", "1") "," CALL("echo", "{}", "2") "," CALL(
        "create", "{\"as\":\"k\"}", "3") "," CALL("echo", "{}", "4") "]"));
    assert_int_equal(n_reader_hops, 2);
}

static void bodies_are_fetched_and_the_call_is_run_again(void **state)
{
    (void)state;
    expect("[{\"jsonrpc\":\"2.0\",\"method\":\"read_bodies\",\"params\":{\"ids\":[3]},\"id\":1},"
           "{\"jsonrpc\":\"2.0\",\"method\":\"read_bodies\",\"params\":{\"ids\":[3,4,5]},\"id\":2},"
           "{\"jsonrpc\":\"2.0\",\"method\":\"read_bodies\",\"params\":{\"ids\":[5]},\"id\":3}]",
           "[{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":1},{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":2},"
           "{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":3}]");
    assert_int_equal(n_fetches, 2);
    assert_int_equal(n_reader_hops, 3);
}

static void expect_unavailable(const char *ids, int fetches)
{
    char text[300];
    n_fetches = 0;
    snprintf(text, sizeof(text),
             "[{\"jsonrpc\":\"2.0\",\"method\":\"read_bodies\",\"params\":{\"ids\":%s},\"id\":1},"
             "{\"jsonrpc\":\"2.0\",\"method\":\"read_bodies\",\"params\":{\"ids\":[]},\"id\":2}]",
             ids);
    json_t *answer = answer_of(text);
    const json_t *data = json_object_get(json_object_get(json_array_get(answer, 0), "error"), "data");
    assert_string_equal(json_string_value(json_object_get(data, "type")), "serverUnavailable");
    assert_string_equal(json_string_value(json_object_get(data, "retry")), "later");
    assert_true(json_is_object(json_object_get(json_array_get(answer, 1), "result")));
    json_decref(answer);
    assert_int_equal(n_fetches, fetches);
}

static void a_body_that_does_not_come_fails_that_call_alone(void **state)
{
    (void)state;
    expect_unavailable("[9]", 1);
    expect_unavailable("[2,9]", 2); /* a part of them came: that may go on */
    fetch_fails = 1;
    expect_unavailable("[7]", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(spec_call_with_positional_parameters, set_up),
        cmocka_unit_test_setup(spec_call_with_named_parameters, set_up),
        cmocka_unit_test_setup(spec_notifications, set_up),
        cmocka_unit_test_setup(spec_call_of_non_existent_method, set_up),
        cmocka_unit_test_setup(spec_call_with_invalid_json, set_up),
        cmocka_unit_test_setup(spec_call_with_invalid_request_object, set_up),
        cmocka_unit_test_setup(spec_batch_with_invalid_json, set_up),
        cmocka_unit_test_setup(spec_empty_array, set_up),
        cmocka_unit_test_setup(spec_invalid_batches, set_up),
        cmocka_unit_test_setup(spec_batch, set_up),
        cmocka_unit_test_setup(spec_batch_of_notifications, set_up),
        cmocka_unit_test_setup(an_answer_is_printed_as_the_specification_prints_it, set_up),
        cmocka_unit_test_setup(an_id_of_null_is_a_request_and_not_a_notification, set_up),
        cmocka_unit_test_setup(an_id_may_be_a_fraction_but_not_an_object, set_up),
        cmocka_unit_test_setup(an_invalid_request_keeps_its_id_when_it_has_one, set_up),
        cmocka_unit_test_setup(params_are_held_against_the_schema, set_up),
        cmocka_unit_test_setup(a_name_given_twice_is_a_parse_error, set_up),
        cmocka_unit_test_setup(broken_utf8_is_a_parse_error, set_up),
        cmocka_unit_test_setup(a_text_nested_too_deep_is_refused_by_name, set_up),
        cmocka_unit_test_setup(a_text_of_too_many_values_is_refused_by_name, set_up),
        cmocka_unit_test_setup(a_batch_over_the_limit_is_refused_whole, set_up),
        cmocka_unit_test_setup(a_result_over_the_limit_is_an_error_of_that_call_alone, set_up),
        cmocka_unit_test_setup(results_written_in_vain_count_too, set_up),
        cmocka_unit_test_setup(a_call_may_refer_to_an_earlier_result, set_up),
        cmocka_unit_test_setup(a_star_in_a_path_joins_the_lists_of_all_items, set_up),
        cmocka_unit_test_setup(of_two_calls_with_one_id_the_first_is_referred_to, set_up),
        cmocka_unit_test_setup(a_reference_to_nothing_is_an_error_by_name, set_up),
        cmocka_unit_test_setup(an_argument_given_plain_and_as_reference_is_refused, set_up),
        cmocka_unit_test_setup(lists_that_double_with_every_call_end_at_a_bound, set_up),
        cmocka_unit_test_setup(a_creation_id_holds_for_the_rest_of_the_batch, set_up),
        cmocka_unit_test_setup(a_creation_id_of_a_failed_call_stands_for_nothing, set_up),
        cmocka_unit_test_setup(a_commit_that_fails_turns_success_into_its_error, set_up),
        cmocka_unit_test_setup(reading_calls_beside_each_other_share_one_hop, set_up),
        cmocka_unit_test_setup(bodies_are_fetched_and_the_call_is_run_again, set_up),
        cmocka_unit_test_setup(a_body_that_does_not_come_fails_that_call_alone, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
