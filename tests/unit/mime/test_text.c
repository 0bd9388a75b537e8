/* Flowed text, previews, base subjects, charsets. */
#include "mime_test.h"
#include "mime/charset.h"
#include "mime/subject.h"
#include "mime/text.h"
#include "mime/utf8.h"

static void expect_unflowed(const char *text, bool delsp, const char *want)
{
    CLEANUP(buf_done) struct buf out = {0};
    text_unflow(bytes_str(text), delsp, &out);
    assert_string_equal(buf_str(&out), want);
}

static void flowed_lines_are_joined(void **state)
{
    (void)state;
    expect_unflowed("one \ntwo \nthree\nfour\n", false, "one two three\nfour\n");
    expect_unflowed("one \ntwo\n", true, "onetwo\n");
    expect_unflowed(" from\n >x\n", false, "from\n>x\n");
    expect_unflowed("> a \n> b\n>> c\nd\n", false, "> a b\n>> c\nd\n");
    expect_unflowed("> a \nb\n", false, "> a \nb\n");
    expect_unflowed("a \n-- \nsig\n", false, "a \n-- \nsig\n");
    expect_unflowed("a ", false, "a ");
    expect_unflowed("", false, "");
}

static void expect_flowed(const char *text, const char *want)
{
    CLEANUP(buf_done) struct buf out = {0};
    text_flow(bytes_str(text), &out);
    assert_string_equal(buf_str(&out), want);
}

static void paragraphs_are_broken_softly(void **state)
{
    (void)state;
    expect_flowed("", "");
    expect_flowed("short\n\nlines \r\nno end  ", "short\n\nlines\nno end");
    expect_flowed("From here\n it is\n>x\n> > y\n>\n>> \n", " From here\n  it is\n> x\n>> y\n>\n>>\n");
    expect_flowed("-- \nJane\n> -- \n> Joe\n", "-- \nJane\n> -- \n> Joe\n");
    expect_flowed("The quick brown fox jumps over the lazy dog and then it goes on From there to a place\n",
                  "The quick brown fox jumps over the lazy dog and then it goes on From \nthere to a place\n");
    expect_flowed("> The quick brown fox jumps over the lazy dog and it goes on for quite a while\n",
                  "> The quick brown fox jumps over the lazy dog and it goes on for quite \n> a while\n");
    /* characters are counted, not bytes; what has no space is not broken */
    expect_flowed("éééééééééé éééééééééé éééééééééé éééééééééé éééééééééé éééééééééé ééééé\n",
                  "éééééééééé éééééééééé éééééééééé éééééééééé éééééééééé éééééééééé ééééé\n");
    expect_flowed("日本語の文章には空白がないので折り返されない。日本語の文章には空白がないので折り返されない。日本語の"
                  "文章には空白がないので折り返されない。\n",
                  "日本語の文章には空白がないので折り返されない。日本語の文章には空白がないので折り返されない。日本語の"
                  "文章には空白がないので折り返されない。\n");
}

static void quotes_without_end_cost_nothing(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf text = {0}, out = {0};
    for (int i = 0; i < 300000; i++)
        buf_add_char(&text, '>');
    for (int i = 0; i < 100000; i++)
        buf_add_str(&text, " word");
    text_flow(buf_bytes(&text), &out);
    assert_true(out.n < 3000000);
    assert_memory_equal(buf_str(&out) + 99, "> word word", 11);
}

static void flowed_text_comes_back(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "One paragraph that is much longer than any line may be, with  two spaces, -- dashes and > marks in it, so "
        "that "
        "there is something to break > here\n\n  indented\nFrom x\n-- \nsignature\n",
        "> quoted paragraph that is much longer than any line may be, so that it has to be broken somewhere in the "
        "midst\n"
        ">> and one below it\n> \nanswer\n",
        ">>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>> a line so deep that the "
        "marks "
        "alone are longer than one\n",
        "-- so it begins, a paragraph that only looks as if it were a signature, since its marks are followed by "
        "words\n",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b "
        "c\n",
        "-- aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b "
        "c\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        CLEANUP(buf_done) struct buf flowed = {0}, back = {0};
        text_flow(bytes_str(texts[i]), &flowed);
        text_unflow(buf_bytes(&flowed), false, &back);
        assert_string_equal(buf_str(&back), texts[i]);
    }
}

static void expect_preview(const char *text, const char *want)
{
    CLEANUP(buf_done) struct buf out = {0};
    text_preview(bytes_str(text), &out);
    assert_string_equal(buf_str(&out), want);
}

static void previews_skip_quotes_and_signatures(void **state)
{
    (void)state;
    expect_preview("  Hello,\n\n\tworld  !\n", "Hello, world !");
    expect_preview("On Monday, Ann wrote:\n\n> text\n\nI agree.\n-- \nme\n", "I agree.");
    expect_preview("On Mon, 1 Jan 2024 at 10:00 AM Ann Smith <\nann@x.org> wrote:\n> text\n\nI agree.\n", "I agree.");
    expect_preview("On second thought,\nthis is what I want:\n- a\n", "On second thought, this is what I want: - a");
    expect_preview("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n-----BEGIN PGP SIGNATURE-----\n\niQ\n",
                   "Hello");
    expect_preview("List:\n- a\n", "List: - a");
    expect_preview("> only\n> quoted\n", "> only > quoted");
    expect_preview("-- \nonly a signature\n", "-- only a signature");
    expect_preview("======\ntext\n------\n", "text");
    expect_preview("a\xc2\xa0\xe2\x80\x8b\xef\xbb\xbf"
                   "b",
                   "a b");
    expect_preview("", "");
}

static void previews_have_at_most_200_characters(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf in = {0};
    CLEANUP(buf_done) struct buf out = {0};
    for (int i = 0; i < 300; i++)
        buf_add_str(&in, "é");
    text_preview(buf_bytes(&in), &out);
    assert_int_equal(out.n, 400);
}

static void expect_base(const char *subject, const char *want)
{
    CLEANUP(buf_done) struct buf out = {0};
    subject_base(bytes_str(subject), &out);
    assert_string_equal(buf_str(&out), want);
}

static void base_subjects_of_rfc_5256(void **state)
{
    (void)state;
    expect_base("Re: Hello", "hello");
    expect_base("RE:re: Fwd : Fw: Hello (fwd) (FWD) ", "hello");
    expect_base("[list] Re: [list] Hello", "hello");
    expect_base("[a][b] Hello", "hello");
    expect_base("[only]", "[only]");
    expect_base("Re: [only]", "[only]");
    expect_base("[fwd: Re: Hello]", "hello");
    expect_base("Re[2]: Hello", "hello");
    expect_base("Re(2): Hello", "hello");
    expect_base("Re^3: Hello", "hello");
    expect_base("Regarding: Hello", "regarding: hello");
    expect_base("Hello  \t world", "hello world");
    expect_base("Re:", "");
    expect_base("", "");
}

static void base_subjects_in_other_languages(void **state)
{
    (void)state;
    expect_base("AW: WG: Hallo", "hallo");
    expect_base("SV: VS: Hej", "hej");
    expect_base("RE : Rép : TR: RÉP: Bonjour", "bonjour");
    expect_base("Antw: R: I: Ciao", "ciao");
    expect_base("回复：你好", "你好");
    expect_base("Internet: new", "internet: new");
    expect_base("Rest of it", "rest of it");
}

static void iconv_gives_no_code_point_that_is_none(void **state)
{
    (void)state;
    /* found by fuzzing: a spelling of UTF-8 that only iconv knows, and U+1BB794 */
    CLEANUP(buf_done) struct buf out = {0};
    charset_add(&out, "utf-8\xc2\xa0", bytes_str("a\xf6\xbb\x9e\x94"));
    charset_add(&out, "iso-10646/utf8/", bytes_str("\xf6\xbb\x9e\x94"));
    charset_add(&out, "iso-10646-utf-8", bytes_str("\xf6\xbb\x9e\x94"));
    assert_true(utf8_is_valid(buf_bytes(&out)));
}

static void expect_charset(const char *charset, const char *in, const char *want, bool problem)
{
    CLEANUP(buf_done) struct buf out = {0};
    assert_int_equal(charset_add(&out, charset, bytes_str(in)), problem);
    assert_string_equal(buf_str(&out), want);
}

static void charsets_are_read_as_what_senders_mean(void **state)
{
    (void)state;
    expect_charset("iso-8859-1", "\x80\xe9\x93", "€é“", false);
    expect_charset("windows-1252", "a\x81", "a\xef\xbf\xbd", true);
    expect_charset(NULL, "caf\xc3\xa9", "café", false);
    expect_charset("us-ascii", "caf\xe9", "café", true);
    expect_charset("utf-8",
                   "a\xff\xfe"
                   "b\xc3",
                   "a\xef\xbf\xbd"
                   "b\xef\xbf\xbd",
                   true);
    expect_charset("utf-8", "\xed\xa0\x80\xc0\x80", "\xef\xbf\xbd", true);
    expect_charset("gb2312", "\xc4\xe3\xba\xc3\x94\xc7", "你好斍", false);
    expect_charset("shift_jis", "\x93\xfa\x87\x40", "日①", false);
    expect_charset("ks_c_5601-1987", "\xb0\xa1", "가", false);
    expect_charset("iso-8859-15", "\xa4", "€", false);
    expect_charset("koi8-r", "\xf0", "П", false);
    expect_charset("ibm-1047", "\x81\x82", "ab", false);
    expect_charset("x-unknown", "caf\xe9", "café", true);
    expect_charset("utf-8//IGNORE", "a\xff", "aÿ", true);
    expect_charset("iso-2022-jp", "a \x1b$B-!F|\x1b(B \x1b(I6E\x1b(B b", "a ①日 ｶﾅ b", false);
    expect_charset("iso-2022-jp-ms", "\x1b$BF|\n\x1b(B-!", "日\n-!", false);
    expect_charset("cp50221", "\x1b$@F|\x1b(J1", "日1", false);
    expect_charset("euc-jp", "\xad\xa1", "①", false);
}

static void a_wrong_label_does_not_hide_utf8(void **state)
{
    (void)state;
    expect_charset("iso-8859-1", "ひ", "ひ", true);
    expect_charset("iso-2022-jp", "ひらがな", "ひらがな", true);
    expect_charset("euc-kr", "ひらがな", "ひらがな", true);
    expect_charset("iso-8859-1", "\xc3\xa9", "Ã©", false); /* reads as well, so the label counts */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flowed_lines_are_joined),
        cmocka_unit_test(paragraphs_are_broken_softly),
        cmocka_unit_test(flowed_text_comes_back),
        cmocka_unit_test(quotes_without_end_cost_nothing),
        cmocka_unit_test(previews_skip_quotes_and_signatures),
        cmocka_unit_test(previews_have_at_most_200_characters),
        cmocka_unit_test(base_subjects_of_rfc_5256),
        cmocka_unit_test(base_subjects_in_other_languages),
        cmocka_unit_test(iconv_gives_no_code_point_that_is_none),
        cmocka_unit_test(charsets_are_read_as_what_senders_mean),
        cmocka_unit_test(a_wrong_label_does_not_hide_utf8),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
