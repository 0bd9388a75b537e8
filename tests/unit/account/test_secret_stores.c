#include "account/secrets.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/seal.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define OWNER "account/1"
#define SECRET "hunter2-\xc3\xa4"

struct place {
    char dir[64];
    struct secrets *s;
    char value[SECRET_MAX];
    struct fct_error err;
};

static int set_up(void **state)
{
    struct place *p = XNEW(struct place);
    strcpy(p->dir, "/tmp/facteur-stores-XXXXXX");
    unsetenv("CREDENTIALS_DIRECTORY");
    *state = p;
    return mkdtemp(p->dir) && secrets_open(p->dir, &p->s, NULL) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    CLEANUP(freep) char *command = xasprintf("rm -rf %s", p->dir);
    secrets_free(p->s);
    int rc = system(command);
    free(p);
    return rc;
}

static void reopen(struct place *p)
{
    secrets_free(TAKE(p->s));
    assert_int_equal(secrets_open(p->dir, &p->s, NULL), 0);
}

static void put_file(struct place *p, const char *name, const char *text)
{
    CLEANUP(freep) char *path = xasprintf("%s/%s", p->dir, name);
    CLEANUP(fclosep) FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
}

/* Whether one of the profile's files holds the text. */
static bool is_on_disk(struct place *p, const char *text)
{
    CLEANUP(freep) char *command = xasprintf("grep -rqF '%s' %s", text, p->dir);
    return system(command) == 0;
}

static int get_from(struct place *p, enum secret_store store, const char *detail, const char *address, uint64_t ms)
{
    struct secret_place place = {store, detail, address};
    struct secret_patience patience = secret_patience(ms);
    p->err = (struct fct_error){0};
    return secrets_get_from(p->s, &place, OWNER, "password", &patience, p->value, sizeof(p->value), &p->err);
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- a command ---- */

static void the_first_line_that_a_command_prints_is_the_password(void **state)
{
    static const struct {
        const char *command, *password;
    } cases[] = {
        {"printf 'one\\nurl: x\\n'", "one"},
        {"  printf\t%%s\ttwo  ", "two"},
        {"printf %%s \"it's \\\"quoted\\\"\"", "it's \"quoted\""},
        {"printf %%s 'a  b'\\ c", "a  b c"},
        {"printf 'three\\r\\n'", "three"},
        {"printf %%s of:%a", "of:jane $(id)@example.org"},
        {"sh -c 'printf four; cat'", "four"}, /* its stdin is empty, and not ours */
        {"sh -c 'printf five; exec >&-; exit 0'", "five"},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int rc = get_from(p, SECRET_COMMAND, cases[i].command, "jane $(id)@example.org", 20000);
        if (rc < 0)
            print_error("%s: %s\n", cases[i].command, p->err.message);
        assert_int_equal(rc, 0);
        assert_string_equal(p->value, cases[i].password);
    }
}

static void a_command_that_fails_says_why_and_never_the_secret(void **state)
{
    static const struct {
        const char *command, *words;
        int code;
    } cases[] = {
        {"sh -c 'echo " SECRET "; echo gpg: no key >&2; exit 2'", "exit status 2): gpg: no key", FCT_E_USER_ACTION},
        {"sh -c 'echo " SECRET "; echo bad " SECRET " >&2; exit 1'", "exit status 1)", FCT_E_USER_ACTION},
        {"sh -c 'kill -TERM $$'", "signal 15", FCT_E_USER_ACTION},
        {"/nonexistent/pass show x", "there is no command", FCT_E_USER_ACTION},
        {"true", "prints no password", FCT_E_USER_ACTION},
        {"printf '\\nlater\\n'", "prints no password", FCT_E_USER_ACTION},
        {"printf 'a\\000b'", "NUL", FCT_E_INVALID},
        {"head -c 5000 /dev/zero", "NUL", FCT_E_INVALID},
        {"sh -c 'head -c 20000 /dev/zero | tr \\\\000 x'", "longer than", FCT_E_LIMIT},
        {"cat /dev/zero", "says more than 65536 bytes", FCT_E_LIMIT},
        {"printf 'open", "passwordCommand", FCT_E_INVALID},
        {"printf %s x", "passwordCommand", FCT_E_INVALID},
        {"  ", "passwordCommand", FCT_E_INVALID},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(get_from(p, SECRET_COMMAND, cases[i].command, "jane@example.org", 20000), -1);
        if (p->err.code != cases[i].code || !strstr(p->err.message, cases[i].words))
            print_error("%s: %d %s\n", cases[i].command, p->err.code, p->err.message);
        assert_int_equal(p->err.code, cases[i].code);
        assert_non_null(strstr(p->err.message, cases[i].words));
        assert_null(strstr(p->err.message, SECRET));
    }
}

static void a_command_that_hangs_is_ended_with_what_it_started(void **state)
{
    static const char *const commands[] = {"sh -c 'sleep 99 & echo $! >%a; wait'", "sh -c 'sleep 99 & echo $! >%a; printf x; exec >&-; wait'"};
    struct place *p = *state;
    CLEANUP(freep) char *file = xasprintf("%s/pid", p->dir);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        uint64_t began = now_ms();

        assert_int_equal(get_from(p, SECRET_COMMAND, commands[i], file, 300), -1);

        assert_int_equal(p->err.code, FCT_E_TIMEOUT);
        assert_true(now_ms() - began < 3000);
        CLEANUP(fclosep) FILE *f = fopen(file, "r");
        int pid = 0;
        assert_true(f && fscanf(f, "%d", &pid) == 1);
        CLEANUP(freep) char *is_there = xasprintf("grep -qv Z /proc/%d/stat 2>/dev/null && ! grep -q ' Z ' /proc/%d/stat", pid, pid);
        for (int n = 0; n < 200 && system(is_there) == 0; n++)
            usleep(10000);
        assert_int_not_equal(system(is_there), 0);
    }
}

static void what_can_only_be_read_refuses_a_password_and_leaves_tokens_to_the_default(void **state)
{
    struct place *p = *state;
    struct secret_place place = {SECRET_COMMAND, "printf one", "jane@example.org"};
    secrets_place(p->s, OWNER, &place);

    assert_int_equal(secrets_set(p->s, OWNER, "password", "two", &p->err), -1);
    assert_int_equal(p->err.code, FCT_E_FORBIDDEN);
    assert_int_equal(secrets_set(p->s, OWNER, "refresh", "token", NULL), 0);
    assert_int_equal(secrets_set(p->s, OWNER, "refresh", "token2", NULL), 0);

    assert_int_equal(secrets_get(p->s, OWNER, "password", p->value, sizeof(p->value), NULL), 0);
    assert_string_equal(p->value, "one");
    assert_int_equal(secrets_get(p->s, OWNER, "refresh", p->value, sizeof(p->value), NULL), 0);
    assert_string_equal(p->value, "token2");
    assert_true(is_on_disk(p, "token2"));

    /* The default moves, and they with it. */
    assert_int_equal(secrets_unlock(p->s, "open sesame", NULL, true, NULL), 0);
    assert_int_equal(secrets_set_default(p->s, SECRET_SEALED, NULL), 0);
    assert_false(is_on_disk(p, "token2"));
    assert_int_equal(secrets_get(p->s, OWNER, "refresh", p->value, sizeof(p->value), NULL), 0);
    assert_string_equal(p->value, "token2");
    assert_int_equal(secrets_set_default(p->s, SECRET_COMMAND, &p->err), -1);
    assert_int_equal(p->err.code, FCT_E_INVALID);
}

/* ---- systemd's credentials ---- */

static void a_credential_is_what_systemd_hands_over(void **state)
{
    struct place *p = *state;
    assert_int_equal(get_from(p, SECRET_CREDENTIAL, "work", "jane@example.org", 1000), -1);
    assert_int_equal(p->err.code, FCT_E_UNAVAILABLE);
    setenv("CREDENTIALS_DIRECTORY", p->dir, 1);
    put_file(p, "work", SECRET "\nmore\n");
    put_file(p, "jane@example.org", "another");
    put_file(p, "empty", "\n");

    assert_int_equal(get_from(p, SECRET_CREDENTIAL, "work", "jane@example.org", 1000), 0);
    assert_string_equal(p->value, SECRET);
    assert_int_equal(get_from(p, SECRET_CREDENTIAL, NULL, "jane@example.org", 1000), 0);
    assert_string_equal(p->value, "another");
    assert_int_equal(get_from(p, SECRET_CREDENTIAL, "none", "", 1000), -1);
    assert_int_equal(p->err.code, FCT_E_NOT_FOUND);
    assert_int_equal(get_from(p, SECRET_CREDENTIAL, "empty", "", 1000), -1);
    static const char *const bad[] = {"../work", "/etc/passwd", ".", ""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(get_from(p, SECRET_CREDENTIAL, bad[i], "", 1000), -1);
        assert_int_equal(p->err.code, FCT_E_INVALID);
    }
}

/* ---- the encrypted file ---- */

static void put_sealed(struct place *p)
{
    struct secret_place place = {.store = SECRET_SEALED};
    secrets_place(p->s, OWNER, &place);
    assert_int_equal(secrets_unlock(p->s, "open sesame", NULL, true, NULL), 0);
    assert_int_equal(secrets_set(p->s, OWNER, "password", SECRET, NULL), 0);
}

static void what_is_encrypted_is_locked_until_the_passphrase_comes(void **state)
{
    struct place *p = *state;
    struct secret_place place = {.store = SECRET_SEALED};
    assert_int_equal(secrets_unlock(p->s, "open sesame", NULL, false, &p->err), -1);
    assert_int_equal(p->err.code, FCT_E_NOT_FOUND);
    put_sealed(p);
    assert_false(is_on_disk(p, SECRET));
    reopen(p);
    secrets_place(p->s, OWNER, &place);

    assert_int_equal(secrets_get(p->s, OWNER, "password", p->value, sizeof(p->value), &p->err), -1);
    assert_int_equal(p->err.code, FCT_E_USER_ACTION);
    assert_int_equal(p->err.user_action, 1);
    assert_int_equal(secrets_set(p->s, OWNER, "password", "x", &p->err), -1);
    assert_int_equal(p->err.code, FCT_E_USER_ACTION);
    assert_int_equal(secrets_unlock(p->s, "open barley", NULL, true, &p->err), -1);
    assert_int_equal(p->err.code, FCT_E_AUTH);

    assert_int_equal(secrets_unlock(p->s, "open sesame", "new words", false, NULL), 0);
    assert_int_equal(secrets_get(p->s, OWNER, "password", p->value, sizeof(p->value), NULL), 0);
    assert_string_equal(p->value, SECRET);
    secrets_lock(p->s);
    assert_int_equal(secrets_unlock(p->s, "open sesame", NULL, false, &p->err), -1);
    assert_int_equal(secrets_unlock(p->s, "new words", NULL, false, NULL), 0);
    assert_int_equal(secrets_get(p->s, OWNER, "password", p->value, sizeof(p->value), NULL), 0);
}

static void systemd_can_hand_over_the_passphrase(void **state)
{
    struct place *p = *state;
    struct secret_place place = {.store = SECRET_SEALED};
    put_sealed(p);
    put_file(p, "facteur-passphrase", "open sesame\n");
    setenv("CREDENTIALS_DIRECTORY", p->dir, 1);

    reopen(p);

    secrets_place(p->s, OWNER, &place);
    assert_int_equal(secrets_get(p->s, OWNER, "password", p->value, sizeof(p->value), NULL), 0);
    assert_string_equal(p->value, SECRET);
}

static void no_changed_byte_of_the_encrypted_file_goes_unnoticed(void **state)
{
    struct place *p = *state;
    CLEANUP(freep) char *path = xasprintf("%s/secrets.encrypted", p->dir);
    put_sealed(p);
    CLEANUP(closep) int fd = open(path, O_RDWR);
    off_t size = lseek(fd, 0, SEEK_END);
    for (off_t at = 0; at < size; at++) {
        unsigned char was, is;
        assert_int_equal(pread(fd, &was, 1, at), 1);
        is = was ^ 0x10;
        assert_int_equal(pwrite(fd, &is, 1, at), 1);
        assert_int_equal(secrets_get(p->s, OWNER, "password", p->value, sizeof(p->value), &p->err), -1);
        assert_int_equal(p->err.code, FCT_E_AUTH);
        assert_int_equal(pwrite(fd, &was, 1, at), 1);
    }
    assert_int_equal(secrets_get(p->s, OWNER, "password", p->value, sizeof(p->value), NULL), 0);
    /* What it asks of scrypt is bounded before it is done. */
    unsigned char huge = 40;
    assert_int_equal(pwrite(fd, &huge, 1, 8), 1);
    assert_int_equal(secrets_unlock(p->s, "open sesame", NULL, false, &p->err), -1);
    assert_int_equal(p->err.code, FCT_E_CORRUPT);
}

/* ---- moving ---- */

static void a_password_is_in_the_new_place_before_it_leaves_the_old(void **state)
{
    struct place *p = *state;
    struct secret_place sealed = {.store = SECRET_SEALED}, file = {.store = SECRET_FILE};
    assert_int_equal(secrets_set(p->s, OWNER, "password", SECRET, NULL), 0);
    assert_int_equal(secrets_set(p->s, OWNER, "refresh", "token", NULL), 0);
    assert_int_equal(secrets_set(p->s, "account/2", "password", "other", NULL), 0);

    assert_int_equal(secrets_copy(p->s, OWNER, &sealed, false, &p->err), -1); /* nothing is encrypted yet */
    assert_int_equal(secrets_unlock(p->s, "open sesame", NULL, true, NULL), 0);
    assert_int_equal(secrets_copy(p->s, OWNER, &sealed, false, NULL), 0);
    assert_true(is_on_disk(p, SECRET)); /* the old one is still there */
    secrets_place(p->s, OWNER, &sealed);
    assert_int_equal(secrets_forget_elsewhere(p->s, OWNER, NULL), 0);

    assert_false(is_on_disk(p, SECRET));
    assert_false(is_on_disk(p, "token"));
    assert_true(is_on_disk(p, "other"));
    assert_int_equal(secrets_get(p->s, OWNER, "password", p->value, sizeof(p->value), NULL), 0);
    assert_string_equal(p->value, SECRET);
    assert_int_equal(secrets_get(p->s, OWNER, "refresh", p->value, sizeof(p->value), NULL), 0);

    /* A move that was cut off before its last step is finished at the next start; what is where it belongs stays. */
    secrets_place(p->s, OWNER, &file);
    assert_int_equal(secrets_set(p->s, OWNER, "password", "left behind", NULL), 0);
    secrets_place(p->s, OWNER, &sealed);
    secrets_place(p->s, "account/2", &file);
    assert_int_equal(secrets_tidy_file(p->s, NULL), 0);
    assert_false(is_on_disk(p, "left behind"));
    assert_true(is_on_disk(p, "other"));

    /* And back. */
    assert_int_equal(secrets_copy(p->s, OWNER, &file, false, NULL), 0);
    secrets_place(p->s, OWNER, &file);
    assert_int_equal(secrets_forget_elsewhere(p->s, OWNER, NULL), 0);
    assert_true(is_on_disk(p, SECRET));
}

static void a_command_takes_over_only_if_it_gives_a_password(void **state)
{
    struct place *p = *state;
    struct secret_place broken = {SECRET_COMMAND, "false", NULL}, good = {SECRET_COMMAND, "printf " SECRET, NULL}, file = {.store = SECRET_FILE};
    assert_int_equal(secrets_set(p->s, OWNER, "password", SECRET, NULL), 0);
    assert_int_equal(secrets_set(p->s, OWNER, "refresh", "token", NULL), 0);

    assert_int_equal(secrets_copy(p->s, OWNER, &broken, false, &p->err), -1);
    assert_int_equal(secrets_copy(p->s, OWNER, &good, false, NULL), 0);
    secrets_place(p->s, OWNER, &good);
    assert_int_equal(secrets_forget_elsewhere(p->s, OWNER, NULL), 0);

    assert_false(is_on_disk(p, SECRET));
    assert_true(is_on_disk(p, "token")); /* that the command cannot take */
    assert_int_equal(secrets_copy(p->s, OWNER, &file, false, NULL), 0); /* what it prints is stored */
    secrets_place(p->s, OWNER, &file);
    assert_int_equal(secrets_get(p->s, OWNER, "password", p->value, sizeof(p->value), NULL), 0);
    assert_string_equal(p->value, SECRET);
    assert_int_equal(secrets_remove(p->s, OWNER, NULL), 0);
    assert_false(is_on_disk(p, SECRET));
    assert_false(is_on_disk(p, "token"));
}

/* Who gives a new password because the command is broken keeps his tokens. */
static void a_new_password_needs_no_old_one_and_loses_no_token(void **state)
{
    struct place *p = *state;
    struct secret_place sources[] = {{SECRET_COMMAND, "false", NULL}, {SECRET_CREDENTIAL, "gone", NULL}}, sealed = {.store = SECRET_SEALED};
    assert_int_equal(secrets_unlock(p->s, "open sesame", NULL, true, NULL), 0);
    setenv("CREDENTIALS_DIRECTORY", p->dir, 1);
    for (size_t i = 0; i < 2; i++) {
        secrets_place(p->s, OWNER, &sources[i]);
        assert_int_equal(secrets_set(p->s, OWNER, "refresh", "token", NULL), 0); /* in the default store */
        assert_int_equal(secrets_copy(p->s, OWNER, &sealed, false, &p->err), -1);
        assert_int_equal(secrets_copy(p->s, OWNER, &sealed, true, NULL), 0);
        secrets_place(p->s, OWNER, &sealed);
        assert_int_equal(secrets_set(p->s, OWNER, "password", SECRET, NULL), 0);
        assert_int_equal(secrets_forget_elsewhere(p->s, OWNER, NULL), 0);
        assert_int_equal(secrets_get(p->s, OWNER, "refresh", p->value, sizeof(p->value), NULL), 0);
        assert_string_equal(p->value, "token");
        assert_false(is_on_disk(p, "token"));
        assert_int_equal(secrets_remove(p->s, OWNER, NULL), 0);
    }
}

int main(void)
{
    seal_set_cost(10);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_first_line_that_a_command_prints_is_the_password),
        TEST(a_command_that_fails_says_why_and_never_the_secret),
        TEST(a_command_that_hangs_is_ended_with_what_it_started),
        TEST(what_can_only_be_read_refuses_a_password_and_leaves_tokens_to_the_default),
        TEST(a_credential_is_what_systemd_hands_over),
        TEST(what_is_encrypted_is_locked_until_the_passphrase_comes),
        TEST(systemd_can_hand_over_the_passphrase),
        TEST(no_changed_byte_of_the_encrypted_file_goes_unnoticed),
        TEST(a_password_is_in_the_new_place_before_it_leaves_the_old),
        TEST(a_command_takes_over_only_if_it_gives_a_password),
        TEST(a_new_password_needs_no_old_one_and_loses_no_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
