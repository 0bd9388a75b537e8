/* Tasks: what front ends see of long work. */
#include "account/task.h"

#include "async/wait.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <uv.h>

#include <cmocka.h>

static uv_loop_t loop;
static struct tasks *tasks;
static int notices;

static void note(void *ctx, int64_t id)
{
    (void)ctx, (void)id;
    notices++;
}

static int set_up(void **state)
{
    (void)state;
    uv_loop_init(&loop);
    fiber_set_loop(&loop);
    tasks = tasks_new(&loop);
    notices = 0;
    tasks_on_progress(tasks, note, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tasks_free(tasks);
    fiber_loop_done(&loop);
    return uv_loop_close(&loop);
}

static void expect_state(int64_t id, const char *state)
{
    json_t *t = task_json(tasks, id);
    assert_non_null(t);
    assert_string_equal(json_string_value(json_object_get(t, "state")), state);
    json_decref(t);
}

static void a_finished_task_keeps_its_result(void **state)
{
    (void)state;
    struct task *t = task_new(tasks, "sync", "Checking");
    int64_t id = task_id(t);
    expect_state(id, "running");
    task_progress(t, 3, 7, "messages", NULL);
    task_finish(t, json_pack("{si}", "n", 7), NULL);

    json_t *seen = task_json(tasks, id);
    assert_string_equal(json_string_value(json_object_get(seen, "state")), "done");
    assert_int_equal(json_integer_value(json_object_get(seen, "done")), 3);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(seen, "result"), "n")), 7);
    assert_true(json_is_null(json_object_get(seen, "error")));
    json_decref(seen);
}

static void an_error_is_told_as_it_is(void **state)
{
    (void)state;
    struct fct_error err = {.code = FCT_E_AUTH, .retry = FCT_RETRY_NEVER, .user_action = 1, .message = "wrong password", .server = "NO"};
    struct task *t = task_new(tasks, "sync", "Checking");
    int64_t id = task_id(t);
    task_finish(t, NULL, &err);

    json_t *seen = task_json(tasks, id), *error = json_object_get(seen, "error");
    assert_string_equal(json_string_value(json_object_get(seen, "state")), "failed");
    assert_string_equal(json_string_value(json_object_get(error, "message")), "wrong password");
    assert_string_equal(json_string_value(json_object_get(error, "retry")), "never");
    assert_true(json_is_true(json_object_get(error, "requiresUserAction")));
    json_decref(seen);
}

static void progress_is_told_in_bounded_numbers(void **state)
{
    (void)state;
    struct task *t = task_new(tasks, "import", "Importing");
    for (unsigned i = 0; i < 10000; i++)
        task_progress(t, i, 10000, "messages", NULL);
    assert_in_range(notices, 0, 20);
    int before = notices;
    task_finish(t, NULL, NULL);
    assert_int_equal(notices, before + 1);
}

static int cancels;

static void count_cancel(void *ctx)
{
    cancels += ctx == &cancels;
}

static void a_task_is_cancelled_once(void **state)
{
    (void)state;
    struct fct_error err = {0};
    struct task *t = task_new(tasks, "import", "Importing");
    int64_t id = task_id(t);
    cancels = 0;
    task_on_cancel(t, count_cancel, &cancels);

    assert_int_equal(task_cancel(tasks, id, &err), 0);
    assert_int_equal(task_cancel(tasks, id, &err), 0);
    assert_int_equal(cancels, 1);
    assert_true(task_is_cancelled(t));
    wait_fail_cancelled(&err);
    task_finish(t, NULL, &err);
    expect_state(id, "cancelled");
    assert_int_equal(task_cancel(tasks, id, &err), 0);
    assert_int_equal(cancels, 1);
    assert_int_equal(task_cancel(tasks, id + 1, &err), -1);
    assert_int_equal(err.code, FCT_E_NOT_FOUND);
}

static int finish_later(void *arg)
{
    wait_sleep(30, NULL);
    task_finish(arg, NULL, NULL);
    return 0;
}

static void who_waits_is_woken_at_the_end_or_when_his_time_is_over(void **state)
{
    (void)state;
    struct fct_error err = {0};
    struct task *t = task_new(tasks, "sync", "Checking");
    int64_t id = task_id(t);
    assert_int_equal(task_wait(tasks, id, 10, &err), -1);
    assert_int_equal(err.code, FCT_E_TIMEOUT);
    fiber_start(&loop, "finish", finish_later, t);
    assert_int_equal(task_wait(tasks, id, 5000, &err), 0);
    expect_state(id, "done");
    assert_int_equal(task_wait(tasks, id + 1, 5000, &err), -1);
    assert_int_equal(err.code, FCT_E_NOT_FOUND);
}

static void only_so_many_finished_tasks_are_kept_and_every_running_one(void **state)
{
    (void)state;
    int64_t running = task_id(task_new(tasks, "import", "first"));
    for (int i = 0; i < 300; i++)
        task_finish(task_new(tasks, "sync", "Checking"), NULL, NULL);
    int64_t last = task_id(task_new(tasks, "sync", "last"));

    json_t *all = tasks_json(tasks);
    assert_in_range(json_array_size(all), 50, 103);
    json_decref(all);
    expect_state(running, "running");
    expect_state(last, "running");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_finished_task_keeps_its_result),
        T(an_error_is_told_as_it_is),
        T(progress_is_told_in_bounded_numbers),
        T(a_task_is_cancelled_once),
        T(who_waits_is_woken_at_the_end_or_when_his_time_is_over),
        T(only_so_many_finished_tasks_are_kept_and_every_running_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
