/* Options of a command, before, between and behind its other arguments. */
#include "options.h"

#include "commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ARGS_MAX 12

struct parsed {
    struct cli cli;
    const char *mailbox;
    int64_t count;
    bool threads;
    int status, argc;
    char *argv[ARGS_MAX + 1];
    char text[256];
};

/* Parses "list -n 5 x": words are separated by one space. */
static void parse(struct parsed *p, enum options_mode mode, const char *line)
{
    static const struct command_option known[] = {
        {'m', "mailbox", "MAILBOX", "which"}, {'n', "count", "N", "how many"}, {0, "threads", NULL, "one each"}, {0}};
    static const struct command list = {.name = "list", .options = known};
    const struct option_spec specs[] = {
        {"mailbox", .text = &p->mailbox}, {"count", .number = &p->count}, {"threads", .flag = &p->threads}, {0}};
    char *rest = strcpy(p->text, line), *word;

    while ((word = strsep(&rest, " ")))
        p->argv[p->argc++] = word;
    p->cli.command = &list;
    p->status = options_parse(&p->cli, specs, mode, &p->argc, p->argv);
}

static void options_stand_anywhere(void **state)
{
    struct parsed p = {0};

    (void)state;
    parse(&p, OPTIONS_PLAIN, "list one -n 5 --mailbox=Work two --threads --json");

    assert_int_equal(p.status, 0);
    assert_int_equal(p.count, 5);
    assert_string_equal(p.mailbox, "Work");
    assert_true(p.threads);
    assert_true(p.cli.json);
    assert_int_equal(p.argc, 3);
    assert_string_equal(p.argv[2], "two");
    assert_null(p.argv[3]);
}

static void a_value_may_touch_its_letter(void **state)
{
    struct parsed p = {0};

    (void)state;
    parse(&p, OPTIONS_PLAIN, "list -n20 -mWork");

    assert_int_equal(p.count, 20);
    assert_string_equal(p.mailbox, "Work");
}

static void a_query_excludes_with_a_minus(void **state)
{
    struct parsed p = {0};

    (void)state;
    parse(&p, OPTIONS_QUERY, "search from:anna -is:read -news -n 3");

    assert_int_equal(p.status, 0);
    assert_int_equal(p.count, 3);
    assert_int_equal(p.argc, 4);
    assert_string_equal(p.argv[2], "-is:read");
    assert_string_equal(p.argv[3], "-news");
}

static void two_dashes_end_the_options(void **state)
{
    struct parsed p = {0};

    (void)state;
    parse(&p, OPTIONS_PLAIN, "show -- -n --json");

    assert_int_equal(p.status, 0);
    assert_int_equal(p.argc, 3);
    assert_string_equal(p.argv[1], "-n");
    assert_false(p.cli.json);
}

static void flags_are_arguments_with_a_sign(void **state)
{
    struct parsed p = {0};

    (void)state;
    parse(&p, OPTIONS_FLAGS, "flag e1 +seen -flagged --json");

    assert_int_equal(p.status, 0);
    assert_int_equal(p.argc, 4);
    assert_string_equal(p.argv[3], "-flagged");
}

static void what_is_wrong_is_wrong_usage(void **state)
{
    static const char *const lines[] = {"list -x",    "list --nonsense",    "list -n",          "list -n five",
                                        "list -n -1", "list --threads=yes", "list --profile /x"};

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct parsed p = {0};
        parse(&p, OPTIONS_PLAIN, lines[i]);
        assert_int_equal(p.status, -1);
        assert_int_equal(p.cli.status, CLI_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_anywhere),          cmocka_unit_test(a_value_may_touch_its_letter),
        cmocka_unit_test(a_query_excludes_with_a_minus),   cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(flags_are_arguments_with_a_sign), cmocka_unit_test(what_is_wrong_is_wrong_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
