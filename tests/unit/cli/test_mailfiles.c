/* Messages out of mailboxes, Maildirs, files and folders. */
#include "mailfiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>

#define KEPT_MAX 16

/* What the visitor was given. */
struct kept {
    struct {
        char *text, *folder;
        unsigned flags;
        int64_t received_at;
    } m[KEPT_MAX];
    size_t n;
};

static int keep(void *arg, const struct mailfiles_message *m)
{
    struct kept *k = arg;

    assert_true(k->n < KEPT_MAX);
    k->m[k->n].text = xmalloc(m->n + 1);
    memcpy(k->m[k->n].text, m->bytes, m->n);
    k->m[k->n].text[m->n] = '\0';
    k->m[k->n].folder = m->folder ? xstrdup(m->folder) : NULL;
    k->m[k->n].flags = m->flags;
    k->m[k->n++].received_at = m->received_at;
    return 0;
}

static void forget(struct kept *k)
{
    for (size_t i = 0; i < k->n; i++) {
        free(k->m[i].text);
        free(k->m[i].folder);
    }
}

static char *dir; /* a fresh folder for each test; the present one, too */

static int setup(void **state)
{
    (void)state;
    dir = xstrdup("/tmp/facteur-mailfiles-XXXXXX");
    return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    CLI_CLEANUP(freep) char *command = xasprintf("rm -rf '%s'", dir);

    (void)state;
    free(dir);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    fclose(f);
}

/* Reads a path; returns the status and what was found. */
static int read_path(const char *path, struct kept *out, int64_t *out_ignored)
{
    struct mailfiles_visitor v = {.arg = out, .message = keep};
    int status = mailfiles_read(path, &v);

    if (out_ignored)
        *out_ignored = v.ignored;
    return status;
}

#define FROM "From jane@example.org Mon Mar 17 17:39:00 2025\n"

static void a_mailbox_gives_its_messages_without_the_separators(void **state)
{
    CLI_CLEANUP(forget) struct kept k = {0};

    (void)state;
    write_file("box", FROM "Subject: one\n\nfirst\n\n" FROM "Subject: two\n\nsecond\n\n\n\n" FROM
                           "Subject: three\n\nno empty line behind\n");

    assert_int_equal(read_path("box", &k, NULL), CLI_DONE);

    assert_int_equal(k.n, 3);
    assert_string_equal(k.m[0].text, "Subject: one\n\nfirst\n");
    assert_string_equal(k.m[1].text, "Subject: two\n\nsecond\n\n\n");
    assert_string_equal(k.m[2].text, "Subject: three\n\nno empty line behind\n");
    assert_int_equal(k.m[0].received_at, 1742233140); /* 2025-03-17T17:39:00Z */
}

static void quoted_from_lines_lose_one_mark(void **state)
{
    CLI_CLEANUP(forget) struct kept k = {0};

    (void)state;
    write_file("box", FROM "Subject: q\n\n>From here\n>>From there\n> From a quote\n>from below\n");

    assert_int_equal(read_path("box", &k, NULL), CLI_DONE);

    assert_string_equal(k.m[0].text, "Subject: q\n\nFrom here\n>From there\n> From a quote\n>from below\n");
}

static void prose_that_begins_with_from_does_not_cut_a_message(void **state)
{
    CLI_CLEANUP(forget) struct kept k = {0};

    (void)state;
    write_file("box", FROM "Subject: p\n\nHello,\n\nFrom now on the ferry leaves at noon.\nFrom jane@example.org Mon "
                           "Mar 17 17:39:00 2025\n");

    assert_int_equal(read_path("box", &k, NULL), CLI_DONE);

    assert_int_equal(k.n, 1);
}

static void an_empty_message_is_a_message(void **state)
{
    CLI_CLEANUP(forget) struct kept k = {0};

    (void)state;
    write_file("box", FROM "\n" FROM "Subject: x\n\ny\n");

    assert_int_equal(read_path("box", &k, NULL), CLI_DONE);

    assert_int_equal(k.n, 2);
    assert_string_equal(k.m[1].text, "Subject: x\n\ny\n");
}

static void crlf_mailboxes_are_read_too(void **state)
{
    CLI_CLEANUP(forget) struct kept k = {0};

    (void)state;
    write_file("box", "From jane@example.org Mon Mar 17 17:39:00 2025\r\nSubject: one\r\n\r\nfirst\r\n\r\n"
                      "From jane@example.org Mon Mar 17 17:39:00 2025\r\nSubject: two\r\n\r\nsecond\r\n\r\n");

    assert_int_equal(read_path("box", &k, NULL), CLI_DONE);

    assert_int_equal(k.n, 2);
    assert_string_equal(k.m[0].text, "Subject: one\r\n\r\nfirst\r\n");
}

static void status_fields_give_the_flags(void **state)
{
    CLI_CLEANUP(forget) struct kept k = {0};

    (void)state;
    write_file("box", FROM "Status: RO\nX-Status: AF\nSubject: s\n\nStatus: not a field\n\n" FROM
                           "Status: O\nSubject: t\n\nX-Status: F\n");

    assert_int_equal(read_path("box", &k, NULL), CLI_DONE);

    assert_int_equal(k.m[0].flags, MAIL_SEEN | MAIL_ANSWERED | MAIL_FLAGGED);
    assert_int_equal(k.m[1].flags, 0);
}

static void a_maildir_gives_flags_times_and_subfolders(void **state)
{
    CLI_CLEANUP(forget) struct kept k = {0};
    static const char *const folders[] = {
        "M", "M/cur", "M/new", "M/tmp", "M/.Entw&APw-rfe.2024", "M/.Entw&APw-rfe.2024/cur", "M/.Entw&APw-rfe.2024/new"};

    (void)state;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        assert_int_equal(mkdir(folders[i], 0700), 0);
    write_file("M/cur/1.host:2,FRS", "Subject: seen\n\n");
    utime("M/cur/1.host:2,FRS", &(struct utimbuf){1700000000, 1700000000});
    write_file("M/new/2.host", "Subject: new\n\n");
    write_file("M/tmp/3.host", "Subject: not there yet\n\n");
    write_file("M/.Entw&APw-rfe.2024/cur/4.host:2,D", "Subject: draft\n\n");
    write_file("M/dovecot-uidlist", "3 V1 N5\n");

    assert_int_equal(read_path("M", &k, NULL), CLI_DONE);

    assert_int_equal(k.n, 3);
    assert_int_equal(k.m[0].flags, MAIL_FLAGGED | MAIL_ANSWERED | MAIL_SEEN);
    assert_int_equal(k.m[0].received_at, 1700000000);
    assert_int_equal(k.m[1].flags, 0);
    assert_null(k.m[1].folder);
    assert_int_equal(k.m[2].flags, MAIL_DRAFT);
    assert_string_equal(k.m[2].folder, "Entwürfe/2024");
}

static void folders_are_searched_for_mail_and_links_are_not_followed(void **state)
{
    CLI_CLEANUP(forget) struct kept k = {0};
    int64_t ignored;

    (void)state;
    mkdir("top", 0700);
    mkdir("top/below", 0700);
    write_file("top/a.eml", "Subject: a\n\n");
    write_file("top/below/box", FROM "Subject: b\n\n");
    write_file("top/notes.txt", "Subject: looks like one, is named otherwise\n");
    assert_int_equal(symlink("..", "top/below/loop"), 0);

    assert_int_equal(read_path("top", &k, &ignored), CLI_DONE);

    assert_int_equal(k.n, 2);
    assert_int_equal(ignored, 2);
}

static void a_single_message_is_taken_as_it_is(void **state)
{
    CLI_CLEANUP(forget) struct kept k = {0};

    (void)state;
    write_file("m.eml", "Subject: one\r\n\r\n>From stays, this is no mailbox\r\n");

    assert_int_equal(read_path("m.eml", &k, NULL), CLI_DONE);

    assert_string_equal(k.m[0].text, "Subject: one\r\n\r\n>From stays, this is no mailbox\r\n");
}

static void what_is_no_mail_is_refused_by_name(void **state)
{
    CLI_CLEANUP(forget) struct kept k = {0};

    (void)state;
    write_file("photo.jpg", "\xff\xd8\xff\xe0 JFIF");

    assert_int_equal(read_path("photo.jpg", &k, NULL), CLI_FAILED);
    assert_int_equal(read_path("nowhere", &k, NULL), CLI_FAILED);

    assert_int_equal(k.n, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void a_content_length_leads_past_a_from_line(void **state)
{
    struct kept k = {0};

    (void)state;
    write_file("box", FROM "Subject: a\nContent-Length: 67\n\none\n\n" FROM ">From is kept\n\n\n" FROM
                           "Subject: b\nContent-Length: 4\n\ntwo\n\n");
    assert_int_equal(read_path("box", &k, NULL), CLI_DONE);

    assert_int_equal(k.n, 2);
    assert_string_equal(k.m[0].text, "Subject: a\nContent-Length: 67\n\none\n\n" FROM ">From is kept\n\n");
    assert_string_equal(k.m[1].text, "Subject: b\nContent-Length: 4\n\ntwo\n");
    forget(&k);
}

static void a_content_length_that_leads_nowhere_is_not_believed(void **state)
{
    static const char *const wrong[] = {"99999", "1", "30", "99999999999999999999999", "-5", "x", ""};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct kept k = {0};
        CLI_CLEANUP(freep)
        char *box =
            xasprintf(FROM "Subject: a\nContent-Length: %s\n\none\n\n" FROM "Subject: b\n\n>From two\n", wrong[i]);
        write_file("box", box);
        assert_int_equal(read_path("box", &k, NULL), CLI_DONE);

        assert_int_equal(k.n, 2);
        assert_string_equal(k.m[1].text, "Subject: b\n\nFrom two\n");
        forget(&k);
    }
}

static void a_from_line_may_have_a_zone(void **state)
{
    struct kept k = {0};

    (void)state;
    write_file("box", "From 1234@xxx Mon Jan 06 10:15:00 +0200 2025\nSubject: a\n\none\n");
    assert_int_equal(read_path("box", &k, NULL), CLI_DONE);

    assert_int_equal(k.m[0].received_at, 1736151300);
    forget(&k);
}

static void a_byte_order_mark_is_no_part_of_a_message(void **state)
{
    struct kept k = {0};

    (void)state;
    write_file("a.eml", "\xef\xbb\xbfSubject: a\n\none\n");
    assert_int_equal(read_path("a.eml", &k, NULL), CLI_DONE);

    assert_string_equal(k.m[0].text, "Subject: a\n\none\n");
    forget(&k);
}

static void what_cannot_be_read_is_refused_and_the_rest_goes_on(void **state)
{
    struct kept k = {0};
    struct mailfiles_visitor v = {.arg = &k, .message = keep};

    (void)state;
    assert_int_equal(mkdir("md", 0700) | mkdir("md/cur", 0700) | mkdir("md/new", 0700), 0);
    write_file("md/cur/1", "\x1f\x8b\x08 compressed");
    write_file("md/cur/2", "Subject: a\n\none\n");
    assert_int_equal(mailfiles_read("md", &v), CLI_FAILED);

    assert_int_equal(k.n, 1);
    assert_int_equal(v.refused, 1);
    forget(&k);
}

static void a_named_pipe_is_read_to_its_end(void **state)
{
    struct kept k = {0};

    (void)state;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    if (fork() == 0) {
        FILE *f = fopen("pipe", "w");
        _exit(f && fputs("Subject: a\n\none\n", f) >= 0 && fclose(f) == 0 ? 0 : 1);
    }
    assert_int_equal(read_path("pipe", &k, NULL), CLI_DONE);

    assert_int_equal(k.n, 1);
    assert_string_equal(k.m[0].text, "Subject: a\n\none\n");
    forget(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_mailbox_gives_its_messages_without_the_separators),
        TEST(quoted_from_lines_lose_one_mark),
        TEST(prose_that_begins_with_from_does_not_cut_a_message),
        TEST(an_empty_message_is_a_message),
        TEST(crlf_mailboxes_are_read_too),
        TEST(status_fields_give_the_flags),
        TEST(a_maildir_gives_flags_times_and_subfolders),
        TEST(folders_are_searched_for_mail_and_links_are_not_followed),
        TEST(a_single_message_is_taken_as_it_is),
        TEST(what_is_no_mail_is_refused_by_name),
        TEST(a_content_length_leads_past_a_from_line),
        TEST(a_content_length_that_leads_nowhere_is_not_believed),
        TEST(a_from_line_may_have_a_zone),
        TEST(a_byte_order_mark_is_no_part_of_a_message),
        TEST(what_cannot_be_read_is_refused_and_the_rest_goes_on),
        TEST(a_named_pipe_is_read_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
