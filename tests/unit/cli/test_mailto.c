/* Links that strangers wrote. */
#include "mailto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* "to|cc|bcc|subject|body|in-reply-to", addresses between ';'. */
static void assert_asks_for(const char *url, const char *expected)
{
    struct mailto m;
    char text[4000] = "";
    const char *why = mailto_parse(url, &m);

    if (why)
        fail_msg("%s: %s", url, why);
    const json_t *lists[] = {m.to, m.cc, m.bcc};
    for (size_t l = 0; l < 3; l++) {
        for (size_t i = 0; i < json_array_size(lists[l]); i++) {
            strcat(text, i ? ";" : "");
            strcat(text, json_string_value(json_array_get(lists[l], i)));
        }
        strcat(text, "|");
    }
    snprintf(text + strlen(text), 1000, "%s|%s|%s", m.subject ? m.subject : "-", m.body ? m.body : "-",
             m.in_reply_to ? m.in_reply_to : "-");
    assert_string_equal(text, expected);
    mailto_done(&m);
}

static void assert_refused(const char *url, const char *words)
{
    struct mailto m;
    const char *why = mailto_parse(url, &m);

    if (!why)
        fail_msg("%s was taken", url);
    assert_non_null(strstr(why, words));
    assert_null(m.to);
}

static void the_examples_of_rfc_6068_are_read(void **state)
{
    (void)state;
    assert_asks_for("mailto:chris@example.com", "chris@example.com|||-|-|-");
    assert_asks_for("mailto:infobot@example.com?subject=current-issue", "infobot@example.com|||current-issue|-|-");
    assert_asks_for("mailto:infobot@example.com?body=send%20current-issue%0D%0Asend%20index",
                    "infobot@example.com|||-|send current-issue\nsend index|-");
    assert_asks_for("mailto:list@example.org?In-Reply-To=%3C3469A91.D10AF4C@example.com%3E",
                    "list@example.org|||-|-|3469A91.D10AF4C@example.com");
    assert_asks_for("mailto:majordomo@example.com?body=subscribe%20bamboo-l",
                    "majordomo@example.com|||-|subscribe bamboo-l|-");
    assert_asks_for("mailto:joe@example.com?cc=bob@example.com&body=hello",
                    "joe@example.com|bob@example.com||-|hello|-");
    assert_asks_for("mailto:?to=joe@example.com&amp;cc=bob@example.com&amp;body=hello",
                    "joe@example.com|bob@example.com||-|hello|-");
    assert_asks_for("mailto:gorby%25kremvax@example.com", "gorby%kremvax@example.com|||-|-|-");
    assert_asks_for("mailto:unlikely%3Faddress@example.com?blat=foop", "unlikely?address@example.com|||-|-|-");
    assert_asks_for("mailto:Mike%26family@example.org", "Mike&family@example.org|||-|-|-");
    assert_asks_for("mailto:%22not%40me%22@example.org", "\"not@me\"@example.org|||-|-|-");
    assert_asks_for("mailto:user@example.org?subject=caf%C3%A9&body=caf%C3%A9", "user@example.org|||café|café|-");
    assert_asks_for("mailto:user@%E7%B4%8D%E8%B1%86.example.org?subject=Test", "user@納豆.example.org|||Test|-|-");
    assert_asks_for("mailto:a@b,c@d,%2Ce@f?bcc=g@h#part", "a@b;c@d;,e@f||g@h|-|-|-");
    assert_asks_for("MAILTO:a+b@c?subject=1+1=2", "a+b@c|||1+1=2|-|-");
}

static void what_strangers_may_not_set_is_left_out(void **state)
{
    (void)state;
    assert_asks_for("mailto:a@b?attach=/etc/passwd&attachment=x&from=c@d&Content-Type=x&resent-to=e@f&subject=s",
                    "a@b|||s|-|-");
    assert_asks_for("mailto:a@b?subject", "a@b|||-|-|-");
    assert_asks_for("mailto:", "|||-|-|-");
    assert_asks_for("mailto:a@b?body=bell%07%1B[31m%09tab", "a@b|||-|bell  [31m\ttab|-");
}

static void what_would_be_another_header_is_refused(void **state)
{
    (void)state;
    assert_refused("mailto:a@b?subject=x%0D%0ABcc:%20c@d", "line break");
    assert_refused("mailto:a@b?subject=x%0ABcc:%20c@d", "line break");
    assert_refused("mailto:a@b%0D%0ABcc:c@d", "address");
    assert_refused("mailto:a@b?cc=c@d%0AX:y", "address");
    assert_refused("mailto:a@b?in-reply-to=%3Ca@b%3E%0D%0AX:%20y", "line break");
    assert_refused("mailto:a@b?in-reply-to=%3Ca@b%3E%20%3Cc@d%3E", "message id");
    assert_refused("mailto:a@b?in-reply-to=a@b", "message id");
    assert_refused("mailto:a@b?subject=%00", "text");
    assert_refused("mailto:a@b?subject=%", "text");
    assert_refused("mailto:a@b?subject=%4", "text");
    assert_refused("mailto:a@b?subject=%zz", "text");
    assert_refused("mailto:a@b?subject=%FF", "text");
    assert_refused("mailto:a%FF@b", "address");
    assert_refused("http://a@b", "mailto:");
    assert_refused("", "mailto:");
}

static void what_is_endless_is_refused(void **state)
{
    static char url[400000] = "mailto:";
    (void)state;
    for (int i = 0; i < 101; i++)
        strcat(url, "a@b,");
    assert_refused(url, "100");
    strcpy(url, "mailto:a@b?subject=");
    memset(url + strlen(url), 'x', 3000);
    assert_refused(url, "too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_rfc_6068_are_read),
        cmocka_unit_test(what_strangers_may_not_set_is_left_out),
        cmocka_unit_test(what_would_be_another_header_is_refused),
        cmocka_unit_test(what_is_endless_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
