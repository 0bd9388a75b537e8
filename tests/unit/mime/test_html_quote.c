/* HTML of strangers inside of ours. */
#include "mime_test.h"
#include "mime/html_quote.h"

#include <time.h>

static void expect_quoted(const char *html, const char *want)
{
    CLEANUP(buf_done) struct buf out = {0};
    html_quote(bytes_str(html), &out);
    assert_string_equal(buf_str(&out), want);
}

static void text_and_plain_markup_stay(void **state)
{
    (void)state;
    expect_quoted("", "");
    expect_quoted("a &amp; b &eacute; &lt;x&gt;", "a &amp; b &eacute; &lt;x&gt;");
    expect_quoted("<P ALIGN=center>One <B>two</B><BR/>three</P>", "<p align=\"center\">One <b>two</b><br>three</p>");
    expect_quoted("<a href='https://x.org/?a=1&amp;b=2' title=\"it's\">x</a>",
                  "<a href=\"https://x.org/?a=1&amp;b=2\" title=\"it's\">x</a>");
    expect_quoted("<img src=cid:pic@x alt='a \"b\" <c>' width=10>",
                  "<img src=\"cid:pic@x\" alt=\"a &quot;b&quot; &lt;c&gt;\" width=\"10\">");
    expect_quoted("<span style=\"color: red; font-weight:bold\">x</span>",
                  "<span style=\"color: red; font-weight:bold\">x</span>");
    expect_quoted("1 < 2 > 0", "1 &lt; 2 &gt; 0");
    expect_quoted("日本<b>語</b>", "日本<b>語</b>");
}

static void the_frame_of_a_page_goes(void **state)
{
    (void)state;
    expect_quoted(
        "<!DOCTYPE html><html><head><title>T</title><meta charset=x><style>p{x}</style></head><body bgcolor=red "
        "onload=x()><p>a</p></body></html>",
        "<p>a</p>");
    expect_quoted("a<!-- c > --><![if !mso]>b<![endif]><?xml x?></ >c", "abc");
    expect_quoted("a<!--[if mso]><p>x</p><![endif]-->b<!-->c", "abc");
    expect_quoted("a<!-- never closed <b>x", "ax"); /* as far as its '>' */
}

static void nothing_runs_or_loads_or_submits(void **state)
{
    (void)state;
    expect_quoted("a<script>alert(1)</script>b<SCRIPT src=x>y</SCRIPT >c", "abc");
    expect_quoted("a<script>never closed <b>x</b>", "a");
    expect_quoted("<scr<script>ipt>x", "ipt&gt;x");
    expect_quoted("<iframe src=x>y</iframe><form action=x><input name=y><button>Go</button></form>", "Go");
    expect_quoted("<svg><script>x</script></svg><math>y</math><template><b>z</b></template>t", "t");
    expect_quoted("<p onclick=x() onmouseover='y' id=z class=k data-x=1>a</p>", "<p>a</p>");
    static const char *const links[] = {"javascript:x",
                                        "JaVaScRiPt:x",
                                        " java\nscript:x",
                                        "&#106;avascript:x",
                                        "java&Tab;script:x",
                                        "&#x6A avascript:x",
                                        "vbscript:x",
                                        "data:text/html,x",
                                        "file:///etc",
                                        "//x.org",
                                        "x",
                                        "#"};
    for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
        CLEANUP(buf_done) struct buf html = {0};
        buf_addf(&html, "<a href=\"%s\">t</a>", links[i]);
        expect_quoted(buf_str(&html), "<a>t</a>");
    }
    expect_quoted("<img src=data:image/svg+xml,x><img src='data:image/png;base64,AA=='>",
                  "<img><img src=\"data:image/png;base64,AA==\">");
    static const char *const styles[] = {"background:url(x)",   "background:u\\72l(x)",  "background:ur/**/l(x)",
                                         "width:expression(x)", "position:fixed",        "POSITION : absolute",
                                         "behavior:x",          "background:&#117;rl(x)"};
    for (size_t i = 0; i < sizeof(styles) / sizeof(*styles); i++) {
        CLEANUP(buf_done) struct buf html = {0};
        buf_addf(&html, "<b style='%s'>t</b>", styles[i]);
        expect_quoted(buf_str(&html), "<b>t</b>");
    }
}

static void nothing_gets_out_of_the_quote(void **state)
{
    (void)state;
    expect_quoted("a</blockquote></div></body>b", "ab");
    expect_quoted("<div><b>a", "<div><b>a</b></div>");
    expect_quoted("<div><b>a</div>b</b>", "<div><b>a</b></div>b");
    expect_quoted("<ul><li>a<li>b</ul><p>c<p>d", "<ul><li>a</li><li>b</li></ul><p>c</p><p>d</p>");
    expect_quoted("<div><table><tr><td></div>x</td></tr></table></div>",
                  "<div><table><tr><td>x</td></tr></table></div>");
    expect_quoted("<table><tr><td>a<td>b</tr></table>", "<table><tr><td>a</td><td>b</td></tr></table>");
    expect_quoted("<table><tr><td><table><tr><td>a</table></td></tr></table>",
                  "<table><tr><td><table><tr><td>a</td></tr></table></td></tr></table>");
    expect_quoted("a<b title=\"never closed>x</b>", "a<b title=\"&quot;never\">x</b>");
    expect_quoted("a<b href", "a<b></b>");
    expect_quoted("a<", "a&lt;");
    expect_quoted("a</", "a");
    expect_quoted("</br>a<br></br>", "a<br>");
    expect_quoted("<b a=1 / b = '2' title = \"x\" =>t</b>", "<b title=\"x\">t</b>");
}

static double seconds_for(const char *piece, size_t bytes)
{
    CLEANUP(buf_done) struct buf html = {0}, out = {0};
    while (html.n < bytes)
        buf_add_str(&html, piece);
    clock_t begin = clock();
    html_quote(buf_bytes(&html), &out);
    return (double)(clock() - begin) / CLOCKS_PER_SEC;
}

/* Four times as much must not take ten times as long. */
static void it_is_linear(void **state)
{
    (void)state;
    static const char *const pieces[] = {"<b>",  "</b>",        "<div><table>", "<a href=\"",  "<a href='x ",  "<!--",
                                         "<!-",  "<script",     "<script>",     "</script",    "<td>",         "&",
                                         "&amp", "<b style=\"", "=\"'",         "<p a=b c=d ", "<img src=cid:"};
    for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
        double once = seconds_for(pieces[i], 250000), four = seconds_for(pieces[i], 1000000);
        if (four > 0.2 && four > once * 10)
            fail_msg("%s: %.3f s, then %.3f s", pieces[i], once, four);
    }
}

static void a_hundred_thousand_open_elements_are_closed(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf html = {0}, out = {0};
    for (int i = 0; i < 100000; i++)
        buf_add_str(&html, "<div>");
    html_quote(buf_bytes(&html), &out);
    assert_true(out.n < 200 * 12);
    assert_string_equal(buf_str(&out) + out.n - 6, "</div>");
}

static void text_becomes_html(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf out = {0};
    html_add_text(bytes_str("a <b> & \"c\"\r\nd\n"), &out);
    assert_string_equal(buf_str(&out), "a &lt;b&gt; &amp; &quot;c&quot;<br>\nd<br>\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_plain_markup_stay),
        cmocka_unit_test(the_frame_of_a_page_goes),
        cmocka_unit_test(nothing_runs_or_loads_or_submits),
        cmocka_unit_test(nothing_gets_out_of_the_quote),
        cmocka_unit_test(it_is_linear),
        cmocka_unit_test(a_hundred_thousand_open_elements_are_closed),
        cmocka_unit_test(text_becomes_html),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
