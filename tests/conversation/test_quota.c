/* How much room a server gives: RFC 9208, and RFC 2087 before it. */
#include "fixture.h"

#include "base/alloc.h"

static int tell(void *ctx, const struct fct_quota *q, struct fct_error *err)
{
    struct imap_test *t = ctx;
    (void)err;
    buf_addf(&t->events, "quota '%.*s' %.*s %llu of %llu\n", (int)q->root.n, q->root.p ? q->root.p : "",
             (int)q->resource.n, q->resource.p, (unsigned long long)q->used, (unsigned long long)q->limit);
    return 0;
}

static int ask(struct imap_test *t)
{
    return t->session || sign_in(t) == 0 ? t->source->quotas(t->session, tell, t, &t->err) : -1;
}

static int ask_twice(struct imap_test *t)
{
    int first = ask(t);
    if (first < 0)
        buf_addf(&t->events, "refused %d\n", t->err.code);
    t->err = (struct fct_error){0};
    return ask(t);
}

static void dovecot(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " QUOTA");
    script_expect(c, "A2 GETQUOTAROOT \"INBOX\"");
    script_send(c, "* QUOTAROOT INBOX \"User quota\" \"\"\r\n"
                   "* QUOTA \"User quota\" (STORAGE 10 512 message 3 {2}\r\n90)\r\n"
                   "* QUOTA \"\" ()\r\n"
                   "A2 OK done\r\n");
    script_goodbye(c);
}

static void each_resource_of_each_root_is_told_in_octets(void **state)
{
    (void)state;
    IMAP_TEST(t, dovecot);
    assert_int_equal(run(&t, ask), 0);
    assert_events(&t, "quota 'User quota' STORAGE 10240 of 524288\n"
                      "quota 'User quota' MESSAGE 3 of 90\n");
    assert_script_done(&t);
}

static void no_quota(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC);
    script_goodbye(c);
}

static void a_server_without_the_extension_is_not_asked(void **state)
{
    (void)state;
    IMAP_TEST(t, no_quota);
    assert_int_equal(run(&t, ask), 0);
    assert_events(&t, "");
    assert_script_done(&t);
}

static void refusing(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " QUOTA");
    script_expect(c, "A2 GETQUOTAROOT \"INBOX\"");
    script_send(c, "A2 NO [NOPERM] not for you\r\n");
    script_expect(c, "A3 GETQUOTAROOT \"INBOX\"");
    script_send(c, "* 5 EXISTS\r\n* QUOTA x (STORAGE 1 18446744073709551615 MAILBOX many 3 X-OTHER 1 2)\r\nA3 OK\r\n");
    script_goodbye(c);
}

/* Numbers beyond all measure mean that there is no limit. */
static void after_a_refusal_the_session_goes_on_and_odd_numbers_are_left_out(void **state)
{
    (void)state;
    IMAP_TEST(t, refusing);
    assert_int_equal(run(&t, ask_twice), 0);
    CLEANUP(freep) char *want = xasprintf("refused %d\nquota 'x' X-OTHER 1 of 2\n", FCT_E_SERVER);
    assert_events(&t, want);
    assert_script_done(&t);
}

static void broken(struct script_conn *c, void *arg)
{
    (void)arg;
    script_login(c, BASIC " QUOTA");
    script_expect(c, "A2 GETQUOTAROOT \"INBOX\"");
    script_send(c, "* QUOTA x (STORAGE 1 (2))\r\nA2 OK\r\n");
}

static void what_is_no_quota_breaks_the_session(void **state)
{
    (void)state;
    IMAP_TEST(t, broken);
    assert_int_equal(run(&t, ask), -1);
    assert_int_equal(t.err.code, FCT_E_PROTOCOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_resource_of_each_root_is_told_in_octets),
        cmocka_unit_test(a_server_without_the_extension_is_not_asked),
        cmocka_unit_test(after_a_refusal_the_session_goes_on_and_odd_numbers_are_left_out),
        cmocka_unit_test(what_is_no_quota_breaks_the_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
