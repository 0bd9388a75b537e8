/* Pictures that stand in HTML as data: URLs. */
#include "mime_test.h"
#include "mime/embed.h"

static void expect(const char *html, const char *want, size_t n_pictures)
{
    CLEANUP(buf_done) struct buf out = {0};
    CLEANUP(embedded_list_done) struct embedded_list list = {0};
    html_embed(bytes_str(html), "example.org", &out, &list);
    assert_string_equal(buf_str(&out), want);
    assert_int_equal(list.n, n_pictures);
}

/* SHA-256 of "a" and of "b" */
#define CID_A "ca978112ca1bbdcafac2@example.org"
#define CID_B "3e23e8160039594a3389@example.org"

static void pictures_become_parts(void **state)
{
    (void)state;
    expect("<img src=\"data:image/png;base64,YQ==\">", "<img src=\"cid:" CID_A "\">", 1);
    expect("<p><IMG alt='x'SRC = 'DATA:Image/PNG;charset=x;BASE64,Y\r\nQ=='><img src=\"data:image/gif;base64,Yg\"></p>",
           "<p><IMG alt='x'SRC = 'cid:" CID_A "'><img src=\"cid:" CID_B "\"></p>", 2);
    expect("<img src='data:image/png;base64,YQ=='><img src='data:image/png;base64,YQ=='>",
           "<img src='cid:" CID_A "'><img src='cid:" CID_A "'>", 1);
}

static void what_is_no_picture_stays(void **state)
{
    (void)state;
    static const char *const same[] = {
        "",
        "no HTML: data:image/png;base64,YQ==",
        "data:image/png;base64,YQ==\"",
        "<a href=\"data:image/png;base64,YQ==\">",
        "<img xsrc=\"data:image/png;base64,YQ==\">",
        "<img src=\"data:image/png;base64,YQ==",
        "<img src=data:image/png;base64,YQ==>",
        "<img src=\"data:image/png,YQ==\">",
        "<img src=\"data:image/;base64,YQ==\">",
        "<img src=\"data:image/png;base64,\">",
        "<img src=\"data:image/p ng;base64,YQ==\">",
        "<img src=\"data:image/png\r\nX-Evil: 1;base64,YQ==\">",
        "<img src=\"data:image/png;base64,YQ%3D%3D\">",
        "<img src=\"data:text/html;base64,YQ==\">",
        "<img src=\"cid:logo\"><img src=\":image/\">",
        "src=\"data:image/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;base64,YQ==\"",
    };
    for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
        expect(same[i], same[i], 0);
}

static void a_picture_has_its_bytes_type_and_name(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf out = {0};
    CLEANUP(embedded_list_done) struct embedded_list list = {0};
    html_embed(
        bytes_str("<img src=\"data:image/svg+xml;base64,PHN2Zy8+\"><img src=\"data:image/png;base64,AAEC/w==\">"),
        "a domain far too long for the room that there is for a Content-ID", &out, &list);
    assert_int_equal(list.n, 2);
    assert_string_equal(list.v[0].type, "image/svg+xml");
    assert_string_equal(list.v[0].name, "picture-1.svg");
    assert_memory_equal(list.v[0].bytes.p, "<svg/>", 6);
    assert_string_equal(list.v[1].name, "picture-2.png");
    assert_int_equal(list.v[1].bytes.n, 4);
    assert_memory_equal(list.v[1].bytes.p, "\0\1\2\377", 4);
    assert_non_null(strstr(list.v[1].cid, "@localhost"));
}

static void there_is_a_most_of_them(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf html = {0}, out = {0};
    CLEANUP(embedded_list_done) struct embedded_list list = {0};
    for (unsigned i = 0; i < EMBED_MAX + 5; i++)
        buf_addf(&html, "<img src=\"data:image/png;base64,%03uA\">", i);
    html_embed(buf_bytes(&html), "x", &out, &list);
    assert_int_equal(list.n, EMBED_MAX);
    assert_non_null(strstr(buf_str(&out), "<img src=\"data:image/png;base64,104A\">"));
    assert_null(strstr(buf_str(&out), "099A"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_become_parts),
        cmocka_unit_test(what_is_no_picture_stays),
        cmocka_unit_test(a_picture_has_its_bytes_type_and_name),
        cmocka_unit_test(there_is_a_most_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
