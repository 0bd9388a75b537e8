/* HTML to text. */
#include "mime_test.h"
#include "mime/html.h"

static void expect_html(const char *html, const char *want)
{
    CLEANUP(buf_done) struct buf out = {0};
    html_to_text(bytes_str(html), HTML_LINKS, 100000, &out);
    assert_string_equal(buf_str(&out), want);
}

static void blocks_make_lines_and_white_space_collapses(void **state)
{
    (void)state;
    expect_html("<p>one\n  two</p><p>three</p>", "one two\n\nthree");
    expect_html("<div>a</div><div>b<br>c<br><br>d</div>", "a\nb\nc\n\nd");
    expect_html("a <b>b</b>c <i> d </i>e", "a bc d e");
    expect_html("<h1>T</h1>x", "T\n\nx");
    expect_html("  <div>  </div>  x  ", "x");
}

static void what_is_not_text_is_dropped(void **state)
{
    (void)state;
    expect_html("<html><head><title>T</title><style>p{}</style><meta x></head><body>x</body></html>", "x");
    expect_html("a<script>if (1 < 2) document.write('</p>')</script>b", "ab");
    expect_html("a<style>x", "a");
    expect_html("a<!-- c <p> -->b<!-->c<![if !mso]>d<![endif]><?xml x?>e", "abcde");
    expect_html("<head><p>shown", "shown");
}

static void hidden_elements_are_skipped(void **state)
{
    (void)state;
    expect_html("a<div style=\"color:red; DISPLAY : none\">b<div>c</div>d</div>e", "ae");
    expect_html("a<span hidden>b</span>c", "ac");
    expect_html("a<p style='display:none'>b<p>c", "a\n\nc");
    expect_html("a<img hidden alt=x>b<input hidden>c", "abc");
    expect_html("<body style=\"display:none\">x", "x");
    CLEANUP(buf_done) struct buf late = {0};
    buf_addf(&late, "a<div style=\"font-family:%0400d; display:none\">b</div>c", 0);
    expect_html(buf_str(&late), "ac");
}

static void entities_are_resolved(void **state)
{
    (void)state;
    expect_html("&eacute;&Eacute &amp;&lt;&gt;&quot;&copy;2026", "éÉ &<>\"©2026");
    expect_html("&#233;&#xE9;&#8364;&#128;&#x1F600;&#0;&#xD800;", "éé€€😀\xef\xbf\xbd\xef\xbf\xbd");
    expect_html("&bogus; &; &# &#x; & x&notit;", "&bogus; &; &# &#x; & x¬it;");
    expect_html("&CounterClockwiseContourIntegral;&NotEqualTilde;", "∳≂̸");
    expect_html("a&nbsp;&nbsp;b&zwnj;&shy;c&#8203;", "a b\xe2\x80\x8c"
                                                     "c");
}

static void links_are_kept_unless_the_label_says_it(void **state)
{
    (void)state;
    expect_html("<a href=\"https://x.org/a?b=1&amp;c\">here</a>!", "here <https://x.org/a?b=1&c>!");
    expect_html("<a href='http://x.org/'>x.org</a>", "x.org");
    expect_html("<a href=http://www.x.org>http://x.org</a>", "http://x.org");
    expect_html("<a href=mailto:a@b>a@b</a>", "a@b");
    expect_html("<a href=\"javascript:x\">j</a> <a href=\"#top\">t</a> <a name=x>n</a>", "j t n");
    expect_html("<a href=http://x><img src=y></a>z", "z");
    expect_html("<a href=http://x><img src=y alt=Logo></a>z", "Logo <http://x> z");
    expect_html("x<blockquote><a href=http://x>http://x</a></blockquote>", "x\n\n> http://x");
    expect_html("<a href=http://x>un", "un <http://x>");
    expect_html("<a href='http://x/?a=1&copy=2&amp;reg=3&lt'>l</a>", "l <http://x/?a=1&copy=2&reg=3<>");
    expect_html("<a href=http://x>a<a href=http://y>b</a>", "a <http://x>b <http://y>");
}

static void lists_tables_quotes_and_images(void **state)
{
    (void)state;
    expect_html("<ul><li>a<li>b</li></ul>c", "- a\n- b\n\nc");
    expect_html("<ol><li>a<li>b</ol><ol start=\"9\"><li>c<li>d</ol>", "1. a\n2. b\n\n9. c\n10. d");
    expect_html("<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>e", "- a\n  1. b\n  2. c\n- d\n\ne");
    expect_html("</ul><li>a</ol><ol start=x><li>b", "- a\n\n1. b");
    expect_html("<table><tr><td>a</td><td>b</td></tr><tr><th>c<td>d</table>", "a\tb\nc\td");
    expect_html("<table><tr><td><div>a</div></td><td><div>b</div></td></tr></table>", "a\nb");
    expect_html("x<blockquote>q<br>r<blockquote>s</blockquote></blockquote>y", "x\n\n> q\n> r\n\n> > s\n\ny");
    expect_html("a<img src=x alt=\"A &amp; B\">b<img src=y alt=\"\">c", "a A & B b c");
    expect_html("<pre>a  b\n   c\n\nd</pre>", "a  b\n   c\n\nd");
}

static void broken_markup_is_harmless(void **state)
{
    (void)state;
    expect_html("a < b <3 c<", "a < b <3 c<");
    expect_html("<p", "");
    expect_html("a<a href=\"x>b", "ab");
    expect_html("a<b title='>c'>d</b></b></p></x>e", "ad\n\ne");
    expect_html("a<b c=\"d>e</b>f", "aef");
    expect_html("<div<div>x", "x");
    expect_html("a</>b</ c>d", "abd");
    expect_html("", "");
}

static void output_is_bounded_at_a_character(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf out = {0};
    html_to_text(bytes_str("<p>aaaé</p><p>x"), 0, 4, &out);
    assert_string_equal(buf_str(&out), "aaa");
}

static void without_the_flag_links_are_their_labels(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf out = {0};
    html_to_text(bytes_str("<a href=http://x>y</a> z"), 0, 100, &out);
    assert_string_equal(buf_str(&out), "y z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_make_lines_and_white_space_collapses),
        cmocka_unit_test(what_is_not_text_is_dropped),
        cmocka_unit_test(hidden_elements_are_skipped),
        cmocka_unit_test(entities_are_resolved),
        cmocka_unit_test(links_are_kept_unless_the_label_says_it),
        cmocka_unit_test(lists_tables_quotes_and_images),
        cmocka_unit_test(broken_markup_is_harmless),
        cmocka_unit_test(output_is_bounded_at_a_character),
        cmocka_unit_test(without_the_flag_links_are_their_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
