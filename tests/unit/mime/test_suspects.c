/* A message that ends the program is shown raw afterwards; one that was there when it was killed is not. */
#include "mime_test.h"

#include "base/alloc.h"
#include "mime/suspects.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char bad[] = "Subject: bad\r\nContent-Type: text/html\r\n\r\n<p>bad</p>\r\n";
static const char good[] = "Subject: good\r\nContent-Type: text/html\r\n\r\n<p>good</p>\r\n";

static int make_profile(void **state)
{
    char dir[] = "/tmp/suspects-test-XXXXXX";
    *state = xstrdup(mkdtemp(dir));
    return 0;
}

static int drop_profile(void **state)
{
    CLEANUP(freep) char *dir = *state;
    CLEANUP(freep) char *path = xasprintf("%s/suspects", dir);
    suspects_close();
    unlink(path);
    return rmdir(dir);
}

/* A program that takes both messages apart, has done with the good one, and ends by this signal. */
static void end_by(const char *dir, int number)
{
    pid_t child = fork();
    if (child == 0) {
        size_t found;
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        if (suspects_open(dir, &found, NULL) < 0)
            _exit(1);
        mime_message_free(mime_parse(bytes_str(good)));
        if (!mime_parse(bytes_str(bad)))
            _exit(1);
        raise(number);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == number);
}

static size_t found_after(const char *dir)
{
    size_t found = 99;
    struct fct_error err = {0};
    suspects_close();
    if (suspects_open(dir, &found, &err) < 0)
        fail_msg("%s", err.message);
    return found;
}

static bool is_raw(const char *text)
{
    CLEANUP(mime_message_freep) struct mime_message *m = mime_parse(bytes_str(text));
    return mime_is_degraded(m) != NULL;
}

static void a_message_that_ended_the_program_is_shown_raw(void **state)
{
    const char *dir = *state;
    end_by(dir, SIGABRT);

    assert_int_equal(found_after(dir), 1);

    assert_true(is_raw(bad));
    assert_false(is_raw(good));
    assert_int_equal(found_after(dir), 0); /* and it is remembered */
    assert_true(is_raw(bad));
}

static void a_kill_accuses_nobody(void **state)
{
    const char *dir = *state;
    end_by(dir, SIGKILL);
    end_by(dir, SIGTERM);

    assert_int_equal(found_after(dir), 0);

    assert_false(is_raw(bad));
}

static void a_file_of_another_size_is_begun_anew(void **state)
{
    const char *dir = *state;
    CLEANUP(freep) char *path = xasprintf("%s/suspects", dir);
    struct stat st;
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("nonsense", f);
    fclose(f);

    assert_int_equal(found_after(dir), 0);

    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size > 1000);
    assert_false(is_raw(bad));
}

static void more_messages_than_slots_are_parsed_all_the_same(void **state)
{
    const char *dir = *state;
    struct mime_message *m[100];
    assert_int_equal(found_after(dir), 0);

    for (int i = 0; i < 100; i++)
        m[i] = mime_parse(bytes_str(good));

    for (int i = 0; i < 100; i++) {
        assert_null(mime_is_degraded(m[i]));
        mime_message_free(m[i]);
    }
}

int main(void)
{
    mime_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_that_ended_the_program_is_shown_raw, make_profile, drop_profile),
        cmocka_unit_test_setup_teardown(a_kill_accuses_nobody, make_profile, drop_profile),
        cmocka_unit_test_setup_teardown(a_file_of_another_size_is_begun_anew, make_profile, drop_profile),
        cmocka_unit_test_setup_teardown(more_messages_than_slots_are_parsed_all_the_same, make_profile, drop_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
