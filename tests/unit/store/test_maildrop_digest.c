/* By what a message is recognised. */
#include "store/maildrop_digest.h"

#include "base/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct maildrop_digest digest_of(const char *text)
{
    struct maildrop_digest d;
    maildrop_digest((struct fct_bytes){text, strlen(text)}, NULL, &d);
    return d;
}

static bool same_header(const char *a, const char *b)
{
    struct maildrop_digest x = digest_of(a), y = digest_of(b);
    return memcmp(x.header, y.header, MAILDROP_DIGEST_SIZE) == 0;
}

static bool same_content(const char *a, const char *b)
{
    struct maildrop_digest x = digest_of(a), y = digest_of(b);
    return memcmp(x.content, y.content, MAILDROP_DIGEST_SIZE) == 0;
}

static void a_header_alone_is_that_of_its_message(void **state)
{
    (void)state;
    assert_true(same_header("A: b\r\nC: d\r\n\r\nbody\r\n", "A: b\r\nC: d\r\n\r\n"));
    assert_true(same_header("A: b\r\n\r\nbody\r\n", "A: b\r\n"));
    assert_false(same_header("A: b\r\n\r\n", "A: c\r\n\r\n"));
    assert_false(same_content("A: b\r\n\r\nx", "A: b\r\n\r\ny"));
}

static void what_servers_write_into_it_takes_no_part(void **state)
{
    (void)state;
    static const char plain[] = "A: b\r\nC: d\r\n e\r\n\r\nStatus: of the body\r\n";
    static const char *const marked[] = {
        "Status: RO\r\nA: b\r\nC: d\r\n e\r\n\r\nStatus: of the body\r\n",
        "A: b\r\nx-uidl: 12\r\n\t34\r\nC: d\r\n e\r\n\r\nStatus: of the body\r\n",
        "A: b\r\nC: d\r\n e\r\nX-Status: a\r\nStatus: RO\r\nContent-Length: 5\r\n\r\nStatus: of the body\r\n",
    };
    for (size_t i = 0; i < sizeof(marked) / sizeof(marked[0]); i++) {
        assert_true(same_header(plain, marked[i]));
        assert_true(same_content(plain, marked[i]));
    }
    assert_false(same_header("A: b\r\nStatus-Of: x\r\n\r\n", "A: b\r\n\r\n"));
    assert_false(same_content("A: b\r\n\r\nStatus: x\r\n", "A: b\r\n\r\nStatus: y\r\n"));
}

static void the_hash_of_the_bytes_is_used_where_it_is_the_same(void **state)
{
    (void)state;
    static const char *const texts[] = {"A: b\r\n\r\nx", "A: b\r\nStatus: RO\r\n\r\nx", ""};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const struct fct_bytes raw = {texts[i], strlen(texts[i])};
        unsigned char sha256[SHA256_SIZE];
        struct maildrop_digest with, without = digest_of(texts[i]);
        sha256_of(raw, sha256);
        maildrop_digest(raw, sha256, &with);
        assert_memory_equal(with.content, without.content, MAILDROP_DIGEST_SIZE);
        assert_memory_equal(with.header, without.header, MAILDROP_DIGEST_SIZE);
    }
}

static void a_message_id_is_seen_in_the_header_only(void **state)
{
    (void)state;
    assert_true(digest_of("A: b\r\nmessage-id: <x>\r\n\r\n").has_id);
    assert_false(digest_of("A: b\r\n Message-ID: <x>\r\n\r\nMessage-ID: <x>\r\n").has_id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_alone_is_that_of_its_message),
        cmocka_unit_test(what_servers_write_into_it_takes_no_part),
        cmocka_unit_test(the_hash_of_the_bytes_is_used_where_it_is_the_same),
        cmocka_unit_test(a_message_id_is_seen_in_the_header_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
