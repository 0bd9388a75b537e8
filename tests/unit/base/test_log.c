#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a log file of each test's own; stderr goes to nowhere meanwhile ---- */

static char dir[] = "/tmp/facteur-log-XXXXXX";
static char path[64], old_path[64];
static int saved_stderr;

static int set_up(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/facteur-log-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/log", dir);
    snprintf(old_path, sizeof(old_path), "%s/log.1", dir);
    saved_stderr = dup(STDERR_FILENO);
    int null = open("/dev/null", O_WRONLY);
    dup2(null, STDERR_FILENO);
    close(null);
    log_set_level(FCT_LOG_INFO);
    return log_open_file(path);
}

static int tear_down(void **state)
{
    (void)state;
    log_close();
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    unlink(path);
    unlink(old_path);
    return rmdir(dir);
}

static void read_file(const char *name, struct buf *out)
{
    FILE *f = fopen(name, "r");
    assert_non_null(f);
    char piece[4096];
    size_t n;
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        buf_add(out, piece, n);
    fclose(f);
}

/* What the only line of the log says after its time. */
static char *only_line(void)
{
    CLEANUP(buf_done) struct buf b = {0};
    read_file(path, &b);
    assert_true(b.n > 25);
    assert_ptr_equal(strchr(b.p, '\n'), b.p + b.n - 1);
    b.p[b.n - 1] = '\0';
    return xstrdup(b.p + 25); /* "2024-01-31T12:00:00.000Z " */
}

static void a_line_has_time_level_and_subject(void **state)
{
    (void)state;
    log_warn("imap", "lost %d of %s", 3, "them");
    CLEANUP(buf_done) struct buf b = {0};
    read_file(path, &b);
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ ";
    for (size_t i = 0; i < sizeof(form) - 1; i++)
        assert_true(form[i] == 'd' ? b.p[i] >= '0' && b.p[i] <= '9' : b.p[i] == form[i]);
    assert_string_equal(b.p + 25, "warn imap: lost 3 of them\n");
}

static void a_server_cannot_forge_a_line(void **state)
{
    (void)state;
    log_info("imap", "server says %s", "x\n2024-01-01T00:00:00.000Z error core: forged\x1b[2J");
    CLEANUP(freep) char *line = only_line();
    assert_string_equal(line, "info imap: server says x?2024-01-01T00:00:00.000Z error core: forged?[2J");
}

static void nor_can_the_name_of_an_account(void **state)
{
    (void)state;
    log_info("account x\n2024", "is there");
    CLEANUP(freep) char *line = only_line();
    assert_string_equal(line, "info account x?2024: is there");
}

static void a_pipe_that_nobody_reads_stops_nothing(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    dup2(fds[1], STDERR_FILENO);
    alarm(20);
    for (int i = 0; i < 5000; i++) /* far more than a pipe holds */
        log_info("a", "line %d of many", i);
    alarm(0);
    CLEANUP(buf_done) struct buf b = {0};
    read_file(path, &b);
    assert_non_null(strstr(b.p, "line 4999 of many"));
    close(fds[0]);
    close(fds[1]);
}

static void a_long_line_is_cut(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_error("core", "%s", text);
    CLEANUP(freep) char *line = only_line();
    assert_in_range(strlen(line), 1900, 2047);
}

static void lines_above_the_threshold_are_left_out(void **state)
{
    (void)state;
    log_debug("a", "not this");
    log_set_level(FCT_LOG_ERROR);
    log_warn("a", "nor this");
    log_error("a", "this");
    CLEANUP(freep) char *line = only_line();
    assert_string_equal(line, "error a: this");
    assert_int_equal(log_level(), FCT_LOG_ERROR);
}

static void levels_have_names(void **state)
{
    (void)state;
    assert_int_equal(log_level_from_name("error"), FCT_LOG_ERROR);
    assert_int_equal(log_level_from_name("trace"), FCT_LOG_TRACE);
    assert_int_equal(log_level_from_name("loud"), -1);
    assert_int_equal(log_level_from_name(""), -1);
}

static void the_file_is_private_and_appended_to(void **state)
{
    (void)state;
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    log_info("a", "one");
    log_close();
    log_info("a", "not in the file");
    assert_int_equal(log_open_file(path), 0);
    log_info("a", "two");
    CLEANUP(buf_done) struct buf b = {0};
    read_file(path, &b);
    assert_non_null(strstr(b.p, "one"));
    assert_non_null(strstr(b.p, "two"));
    assert_null(strstr(b.p, "not in"));
}

static void a_file_that_cannot_be_opened_leaves_the_old_one(void **state)
{
    (void)state;
    assert_int_equal(log_open_file("/nonexistent/log"), -1);
    log_info("a", "still here");
    CLEANUP(freep) char *line = only_line();
    assert_string_equal(line, "info a: still here");
}

static void a_large_file_is_rotated_once(void **state)
{
    (void)state;
    char text[1800];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < 5000; i++) /* 9 MB */
        log_info("a", "%s", text);
    struct stat st, old;
    assert_int_equal(stat(old_path, &old), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_in_range(old.st_size, 8 * 1024 * 1024, 8 * 1024 * 1024 + 2048);
    assert_in_range(st.st_size, 1, 1024 * 1024);
}

static void *log_many(void *arg)
{
    for (int i = 0; i < 500; i++)
        log_info("thread", "%s of many", (const char *)arg);
    return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
    (void)state;
    static char names[4][8] = {"one", "two", "three", "four"};
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, log_many, names[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    CLEANUP(buf_done) struct buf b = {0};
    read_file(path, &b);
    int lines = 0;
    for (char *p = b.p, *lf; (lf = strchr(p, '\n')); p = lf + 1, lines++)
        assert_memory_equal(lf - 8, " of many", 8);
    assert_int_equal(lines, 2000);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_line_has_time_level_and_subject),
        TEST(a_server_cannot_forge_a_line),
        TEST(nor_can_the_name_of_an_account),
        TEST(a_pipe_that_nobody_reads_stops_nothing),
        TEST(a_long_line_is_cut),
        TEST(lines_above_the_threshold_are_left_out),
        TEST(levels_have_names),
        TEST(the_file_is_private_and_appended_to),
        TEST(a_file_that_cannot_be_opened_leaves_the_old_one),
        TEST(a_large_file_is_rotated_once),
        TEST(lines_of_threads_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
