/* What strangers wrote, on its way to a terminal or into a file name. */
#include "base64.h"
#include "mutf7.h"
#include "parts.h"
#include "table.h"
#include "term.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_clean(const char *text, enum term_clean how, const char *expected)
{
    CLI_CLEANUP(freep) char *clean = term_clean(text, how);

    assert_string_equal(clean, expected);
}

static void escape_sequences_do_not_reach_the_terminal(void **state)
{
    (void)state;
    assert_clean("red \x1b[31m bell \x07", TERM_KEEP_LINES, "red �[31m bell �");
    assert_clean("one-byte CSI \xc2\x9b"
                 "31m",
                 TERM_KEEP_LINES, "one-byte CSI �31m");
    assert_clean("back\x08space \x7f", TERM_KEEP_LINES, "back�space �");
}

static void bidirectional_overrides_are_neutralised(void **state)
{
    (void)state;
    assert_clean("\xe2\x80\xaegnp.exe\xe2\x80\xac", TERM_KEEP_LINES, "�gnp.exe�");
    assert_clean("\xe2\x81\xa6isolate\xe2\x81\xa9", TERM_ONE_LINE, "�isolate�");
}

static void bytes_that_are_no_utf8_become_replacement_characters(void **state)
{
    (void)state;
    assert_clean("caf\xe9", TERM_KEEP_LINES, "caf�");
    assert_clean("\xc0\xaf", TERM_KEEP_LINES, "��");           /* overlong */
    assert_clean("\xed\xa0\x80", TERM_KEEP_LINES, "���");      /* a surrogate */
    assert_clean("\xf4\x90\x80\x80", TERM_KEEP_LINES, "����"); /* above U+10FFFF */
    assert_clean("\xe2\x82", TERM_KEEP_LINES, "��");           /* cut off */
    assert_clean("déjà 日本 🚣", TERM_KEEP_LINES, "déjà 日本 🚣");
}

static void a_cell_is_one_line(void **state)
{
    (void)state;
    assert_clean("  Subject\r\n folded\tover \n", TERM_ONE_LINE, "Subject folded over");
    assert_clean("two\r\nlines", TERM_KEEP_LINES, "two\nlines");
    assert_clean("lone \r return", TERM_KEEP_LINES, "lone � return");
}

static void wide_and_combining_characters_are_measured(void **state)
{
    int columns;

    (void)state;
    assert_int_equal(term_width("abc"), 3);
    assert_int_equal(term_width("日本"), 4);
    assert_int_equal(term_width("e\xcc\x81"), 1);
    assert_int_equal(term_fit("日本語", 5, &columns), strlen("日本")); /* half a character does not fit */
    assert_int_equal(columns, 4);
}

static void sizes_are_short(void **state)
{
    char out[TERM_SIZE_MAX];

    (void)state;
    assert_string_equal(term_size(0, out), "0 B");
    assert_string_equal(term_size(999, out), "999 B");
    assert_string_equal(term_size(1000, out), "1.0 kB");
    assert_string_equal(term_size(999949, out), "1.0 MB");
    assert_string_equal(term_size(12345678, out), "12 MB");
}

/* ---- file names ------------------------------------------------------------------------------------------- */

static void a_distance_in_time_is_short(void **state)
{
    static const struct {
        const char *utc, *expected;
    } cases[] = {
        {"2025-03-17T12:00:00Z", "now"},
        {"2025-03-17T12:00:12Z", "in 12 s"},
        {"2025-03-17T11:59:59Z", "1 s ago"},
        {"2025-03-17T12:01:29Z", "in 89 s"},
        {"2025-03-17T12:01:30Z", "in 2 min"},
        {"2025-03-17T11:57:00Z", "3 min ago"},
        {"2025-03-17T13:29:59Z", "in 90 min"},
        {"2025-03-17T13:30:00Z", "in 2 h"},
        {"2025-03-17T00:00:00Z", "12 h ago"},
        {"2025-03-18T12:00:00Z", ""},
        {"2025-03-16T11:00:00Z", ""},
        {"", ""},
        {"soon", ""},
    };
    char out[TERM_DISTANCE_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(term_distance(cases[i].utc, 1742212800, out), cases[i].expected);
}

static void assert_file_name(const char *name, const char *expected)
{
    json_auto_t *part = json_pack("{s:s, s:s?, s:s}", "partId", "2", "name", name, "type", "application/pdf");
    CLI_CLEANUP(freep) char *got = parts_file_name(part);

    assert_string_equal(got, expected);
}

static void a_file_name_leads_nowhere_else(void **state)
{
    (void)state;
    assert_file_name("report.pdf", "report.pdf");
    assert_file_name("../../etc/passwd", "_.._etc_passwd");
    assert_file_name("/absolute", "_absolute");
    assert_file_name("..", "part-2.pdf");
    assert_file_name(".bashrc", "bashrc");
    assert_file_name("-rf", "rf");
    assert_file_name("a\\b\nc\x1b", "a_b c�");
    assert_file_name(NULL, "part-2.pdf");
}

static void a_long_file_name_keeps_its_extension(void **state)
{
    char name[600];

    (void)state;
    for (size_t i = 0; i < 500; i += 2)
        memcpy(name + i, "\xc3\xa9", 2);
    strcpy(name + 500, ".pdf");
    json_auto_t *part = json_pack("{s:s, s:s}", "partId", "2", "name", name);
    CLI_CLEANUP(freep) char *got = parts_file_name(part);

    assert_true(strlen(got) <= PARTS_NAME_MAX);
    assert_string_equal(got + strlen(got) - 6, "\xc3\xa9.pdf");
}

/* ---- encodings -------------------------------------------------------------------------------------------- */

static void assert_mutf7(const char *wire, const char *expected)
{
    CLI_CLEANUP(freep) char *got = mutf7_decode(wire);

    assert_string_equal(got, expected);
}

static void folder_names_come_out_of_modified_utf7(void **state)
{
    (void)state;
    assert_mutf7("Entw&APw-rfe", "Entwürfe");
    assert_mutf7("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"); /* RFC 3501 section 5.1.3 */
    assert_mutf7("R&-D", "R&D");
    assert_mutf7("&2D3eow-", "\xf0\x9f\x9a\xa3"); /* a surrogate pair */
    assert_mutf7("&2D0-", "&2D0-");               /* half of one */
    assert_mutf7("no end &AP", "no end &AP");
    assert_mutf7("&!!-", "&!!-");
}

static void assert_base64(const char *text, const char *expected)
{
    size_t n;
    CLI_CLEANUP(freep) char *got = base64_encode(text, strlen(text), &n);

    assert_string_equal(got, expected);
    assert_int_equal(n, strlen(expected));
}

static void base64_is_that_of_rfc_4648(void **state)
{
    (void)state;
    assert_base64("", "");
    assert_base64("f", "Zg==");
    assert_base64("fo", "Zm8=");
    assert_base64("foo", "Zm9v");
    assert_base64("foobar", "Zm9vYmFy");
}

/* ---- tables ----------------------------------------------------------------------------------------------- */

/* What table_print writes at a width: it goes to stdout, which is a file meanwhile. */
static char *printed(const struct table *t, int width)
{
    struct cli cli = {.width = width};
    FILE *file = tmpfile();
    char *text = xmalloc(4096);

    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    table_print(t, &cli);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    rewind(file);
    size_t n = fread(text, 1, 4095, file);
    text[n] = '\0';
    fclose(file);
    return text;
}

static const struct table_column columns[] = {
    {"ID", .fixed = true}, {"SUBJECT", .min = 6}, {"SIZE", .fixed = true, .right = true}};

static void a_table_fits_the_terminal_and_marks_what_it_cuts(void **state)
{
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, 3);

    (void)state;
    table_row(t, false, "e1", "日本語の件名です", "4 kB");
    table_row(t, false, "e22", "short", "12 kB");
    CLI_CLEANUP(freep) char *narrow = printed(t, 20);
    CLI_CLEANUP(freep) char *wide = printed(t, 0);

    assert_string_equal(narrow, "ID   SUBJECT    SIZE\n"
                                "e1   日本語…    4 kB\n"
                                "e22  short     12 kB\n");
    assert_string_equal(wide, "ID   SUBJECT            SIZE\n"
                              "e1   日本語の件名です   4 kB\n"
                              "e22  short             12 kB\n");
}

static void no_line_is_wider_than_any_terminal(void **state)
{
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, 3);

    (void)state;
    table_row(t, false, "e1u9h3k0", "a subject that is long enough to be cut at nearly every width there is", "999 kB");
    for (int width = 1; width < 100; width++) {
        CLI_CLEANUP(freep) char *text = printed(t, width);
        char *rest = text, *line;
        while ((line = strsep(&rest, "\n")))
            assert_true(term_width(line) <= width);
    }
}

static int setup(void **state)
{
    struct cli cli = {0};

    (void)state;
    term_setup(&cli); /* the locale that widths come from */
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escape_sequences_do_not_reach_the_terminal),
        cmocka_unit_test(bidirectional_overrides_are_neutralised),
        cmocka_unit_test(bytes_that_are_no_utf8_become_replacement_characters),
        cmocka_unit_test(a_cell_is_one_line),
        cmocka_unit_test(wide_and_combining_characters_are_measured),
        cmocka_unit_test(sizes_are_short),
        cmocka_unit_test(a_distance_in_time_is_short),
        cmocka_unit_test(a_file_name_leads_nowhere_else),
        cmocka_unit_test(a_long_file_name_keeps_its_extension),
        cmocka_unit_test(folder_names_come_out_of_modified_utf7),
        cmocka_unit_test(base64_is_that_of_rfc_4648),
        cmocka_unit_test(a_table_fits_the_terminal_and_marks_what_it_cuts),
        cmocka_unit_test(no_line_is_wider_than_any_terminal),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
