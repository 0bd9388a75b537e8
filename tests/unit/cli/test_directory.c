/* Finding mailboxes by what a user calls them. */
#include "cli.h"
#include "directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define MANY 50000

static json_t *mailbox(const char *id, const char *name, const char *parent_id)
{
    return json_pack("{s:s, s:s, s:s, s:s?, s:n}", "id", id, "accountId", "a2", "name", name, "parentId", parent_id, "role");
}

static void the_paths_of_fifty_thousand_mailboxes_take_a_moment(void **state)
{
    (void)state;
    json_auto_t *list = json_array(), *other = json_array();
    struct timespec began, ended;
    json_array_append_new(list, mailbox("m1", "Top", NULL));
    for (int i = 2; i < MANY; i++) {
        char id[16], name[16];
        snprintf(id, sizeof(id), "m%d", i);
        snprintf(name, sizeof(name), "box %d", i);
        json_array_append_new(list, mailbox(id, name, i % 2 ? "m1" : "m2"));
    }
    json_object_set_new(json_array_get(list, 1), "parentId", json_string("m1"));
    json_array_append_new(other, mailbox("m1", "Elsewhere", NULL));

    clock_gettime(CLOCK_MONOTONIC, &began);
    for (size_t i = 0; i < MANY - 1; i++) {
        CLI_CLEANUP(freep) char *path = directory_path(list, json_array_get(list, i));
        if (i == 2)
            assert_string_equal(path, "Top/box 3");
        if (i == MANY - 2)
            assert_string_equal(path, "Top/box 49999");
        if (i == MANY - 3)
            assert_string_equal(path, "Top/box 2/box 49998");
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);

    assert_true(ended.tv_sec - began.tv_sec < 10); /* each of them among all is minutes */
    assert_string_equal(json_text(directory_by_id(other, "m1"), "name"), "Elsewhere");
    assert_null(directory_by_id(list, "m50000"));
    json_array_append_new(list, mailbox("m50000", "New", "m2"));
    assert_string_equal(json_text(directory_by_id(list, "m50000"), "name"), "New");
}

/* What a script says whose variable is empty. */
static void an_empty_word_means_nothing(void **state)
{
    struct cli cli = {0};
    (void)state;
    json_auto_t *accounts = json_pack("[{s:s, s:s, s:s, s:b}]", "id", "a1", "name", "", "address", "", "isLocal", 1);
    json_auto_t *mailboxes = json_array();
    json_array_append_new(mailboxes, mailbox("m1", "Work", NULL));

    assert_null(directory_account(&cli, accounts, ""));
    assert_int_equal(cli.status, CLI_FAILED);
    const char *const words[] = {"", "a1:"};
    for (int i = 0; i < 2; i++) {
        cli.status = CLI_DONE;
        assert_null(directory_match(&cli, accounts, mailboxes, NULL, words[i]));
        assert_int_equal(cli.status, CLI_FAILED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_word_means_nothing),
        cmocka_unit_test(the_paths_of_fifty_thousand_mailboxes_take_a_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
