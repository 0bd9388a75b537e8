/* SCRAM bound to the TLS channel, with a server that computes its own side of everything: Dovecot 2.3 cannot do it. */
#include "fixture.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#define SALT "0123456789abcdef"
#define SALT_BASE64 "MDEyMzQ1Njc4OWFiY2RlZg=="
#define ROUNDS 4096

/* ---- the server's half of RFC 5802, with SHA-256 ------------------------------------------------------------ */

struct exchange {
    char first[400];  /* the client's first message, decoded */
    char last[1000];  /* its second */
    char server[300]; /* ours between them */
};

static void mac(const unsigned char *key, const char *text, size_t n, unsigned char out[32])
{
    unsigned size = 32;
    HMAC(EVP_sha256(), key, 32, (const unsigned char *)text, n, out, &size);
}

static void decode(const char *base64, char *out, size_t cap)
{
    size_t n = strlen(base64);
    out[0] = '\0';
    if (n == 0 || n * 3 / 4 + 1 >= cap)
        return;
    int got = EVP_DecodeBlock((unsigned char *)out, (const unsigned char *)base64, (int)n);
    while (got > 0 && n > 0 && base64[n - 1] == '=') {
        got--;
        n--;
    }
    out[got > 0 ? got : 0] = '\0';
}

static void say(struct script_conn *c, const char *message)
{
    unsigned char text[600];
    EVP_EncodeBlock(text, (const unsigned char *)message, (int)strlen(message));
    script_sendf(c, "+ %s\r\n", (char *)text);
}

/* What the client of this header must have bound: RFC 5929, RFC 9266. */
static size_t channel(struct script_conn *c, const char *first, unsigned char out[64])
{
    SSL *ssl = script_ssl(c);
    unsigned n = 0;
    if (strncmp(first, "p=tls-exporter,", 15) == 0)
        return SSL_export_keying_material(ssl, out, 32, "EXPORTER-Channel-Binding", 24, (const unsigned char *)"", 0, 1) == 1 ? 32 : 0;
    if (strncmp(first, "p=tls-unique,", 13) == 0)
        return SSL_get_peer_finished(ssl, out, 64); /* the client's Finished comes first in a full handshake */
    if (strncmp(first, "p=tls-server-end-point,", 23) == 0)
        return X509_digest(SSL_get_certificate(ssl), EVP_sha256(), out, &n) == 1 ? n : 0;
    return 0;
}

/* Reads "TAG AUTHENTICATE MECHANISM ..." and answers with a nonce and a salt. False: it is something else. */
static bool take_first(struct script_conn *c, const char *command, struct exchange *x)
{
    const char *line = script_expect_prefix(c, command);
    if (!line)
        return false;
    decode(strrchr(line, ' ') + 1, x->first, sizeof(x->first));
    const char *r = strstr(x->first, ",r=");
    snprintf(x->server, sizeof(x->server), "r=%sSERVER,s=" SALT_BASE64 ",i=%d", r ? r + 3 : "", ROUNDS);
    return true;
}

static void take_last(struct script_conn *c, struct exchange *x)
{
    say(c, x->server);
    decode(script_read_line(c), x->last, sizeof(x->last));
}

/* Checks channel and proof; answers with the signature. */
static bool check_last(struct script_conn *c, struct exchange *x)
{
    unsigned char bound[400], salted[32], client_key[32], stored[32], signature[32], server_key[32], ours[32];
    char expected[800] = "c=", proof[100], auth[1500], answer[100] = "v=";
    const char *bare = strstr(x->first, ",,") + 2;
    size_t n_header = (size_t)(bare - x->first);
    memcpy(bound, x->first, n_header);
    size_t n = channel(c, x->first, bound + n_header);
    EVP_EncodeBlock((unsigned char *)expected + 2, bound, (int)(n_header + n));
    char *p = strstr(x->last, ",p=");
    if (x->first[0] == 'p' && n == 0)
        script_fail(c, "no channel for %s", x->first);
    if (!p || strncmp(x->last, expected, strlen(expected)) != 0) {
        script_fail(c, "bound to %s, not %s", x->last, expected);
        return false;
    }
    *p = '\0';
    snprintf(auth, sizeof(auth), "%s,%s,%s", bare, x->server, x->last);
    PKCS5_PBKDF2_HMAC("pass", 4, (const unsigned char *)SALT, 16, ROUNDS, EVP_sha256(), 32, salted);
    mac(salted, "Client Key", 10, client_key);
    EVP_Digest(client_key, 32, stored, NULL, EVP_sha256(), NULL);
    mac(stored, auth, strlen(auth), signature);
    for (size_t i = 0; i < 32; i++)
        ours[i] = client_key[i] ^ signature[i];
    EVP_EncodeBlock((unsigned char *)proof, ours, 32);
    if (strcmp(proof, p + 3) != 0) {
        script_fail(c, "the proof is %s, not %s", p + 3, proof);
        return false;
    }
    mac(salted, "Server Key", 10, server_key);
    mac(server_key, auth, strlen(auth), signature);
    EVP_EncodeBlock((unsigned char *)answer + 2, signature, 32);
    say(c, answer);
    return true;
}

static void let_in(struct script_conn *c, struct exchange *x, const char *tag)
{
    take_last(c, x);
    if (!check_last(c, x))
        return;
    script_expect(c, "");
    script_sendf(c, "%s OK [CAPABILITY IMAP4rev1] in\r\n", tag);
    script_goodbye(c);
}

/* ---- good servers ------------------------------------------------------------------------------------------- */

#define OFFERS_PLUS BASIC " AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS"

static void plus_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    struct exchange x = {0};
    if (!script_start_tls(c, t->tls))
        return;
    script_send(c, "* OK [CAPABILITY " OFFERS_PLUS "] hello\r\n");
    if (!take_first(c, "A1 AUTHENTICATE SCRAM-SHA-256-PLUS ", &x))
        return;
    const char *type = SSL_version(script_ssl(c)) == TLS1_3_VERSION ? "p=tls-exporter,,n=user,r=" : "p=tls-unique,,n=user,r=";
    if (strncmp(x.first, type, strlen(type)) != 0)
        script_fail(c, "%s does not begin with %s", x.first, type);
    let_in(c, &x, "A1");
}

static void tls_1_3_is_bound_by_its_exporter(void **state)
{
    (void)state;
    IMAP_TEST(t, plus_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void tls_1_2_is_bound_by_tls_unique(void **state)
{
    (void)state;
    IMAP_TEST(t, plus_server);
    CLEANUP(script_tls_freep) struct script_tls *old = script_tls_new(t.cert, TLS1_2_VERSION);
    t.tls = old;
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

/* RFC 5802 section 7: the error stands where its first message would. */
static void end_point_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    struct exchange x = {0};
    if (!script_start_tls(c, t->tls))
        return;
    script_send(c, "* OK [CAPABILITY " OFFERS_PLUS "] hello\r\n");
    if (!take_first(c, "A1 AUTHENTICATE SCRAM-SHA-256-PLUS ", &x))
        return;
    say(c, "e=unsupported-channel-binding-type");
    script_expect(c, "");
    script_send(c, "A1 NO [AUTHENTICATIONFAILED] no\r\n");
    if (!take_first(c, "A2 AUTHENTICATE SCRAM-SHA-256-PLUS ", &x))
        return;
    if (strncmp(x.first, "p=tls-server-end-point,,", 24) != 0)
        script_fail(c, "the second try is %s", x.first);
    let_in(c, &x, "A2");
}

static void a_server_that_knows_only_certificates_gets_that(void **state)
{
    (void)state;
    IMAP_TEST(t, end_point_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

/* Cyrus 3.6, as it speaks: what the type's name is it looks at when it has the proof. */
static void cyrus_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    struct exchange x = {0};
    if (!script_start_tls(c, t->tls))
        return;
    script_send(c, "* OK [CAPABILITY " OFFERS_PLUS "] hello\r\n");
    if (!take_first(c, "A1 AUTHENTICATE SCRAM-SHA-256-PLUS ", &x))
        return;
    take_last(c, &x);
    script_send(c, "A1 NO bad protocol / cancel\r\n");
    if (!take_first(c, "A2 AUTHENTICATE SCRAM-SHA-256-PLUS ", &x))
        return;
    if (strncmp(x.first, "p=tls-unique,,", 14) != 0)
        script_fail(c, "the second try is %s", x.first);
    let_in(c, &x, "A2");
}

static void a_server_that_binds_tls_1_3_to_its_finished_message_gets_that(void **state)
{
    (void)state;
    IMAP_TEST(t, cyrus_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void wrong_password_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    struct exchange x = {0};
    if (!script_start_tls(c, t->tls))
        return;
    script_send(c, "* OK [CAPABILITY " OFFERS_PLUS "] hello\r\n");
    if (!take_first(c, "A1 AUTHENTICATE SCRAM-SHA-256-PLUS ", &x))
        return;
    take_last(c, &x);
    script_send(c, "A1 NO authentication failure\r\n");
    script_expect_end(c);
}

static void a_wrong_password_is_tried_once(void **state)
{
    (void)state;
    IMAP_TEST(t, wrong_password_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "does not accept user name and password");
    assert_script_done(&t);
}

static void plain_scram_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    struct exchange x = {0};
    bool is_tls = t->account.endpoint.tls == FCT_TLS_IMPLICIT;
    if (is_tls && !script_start_tls(c, t->tls))
        return;
    script_send(c, "* OK [CAPABILITY " BASIC " AUTH=SCRAM-SHA-256] hello\r\n");
    if (!take_first(c, "A1 AUTHENTICATE SCRAM-SHA-256 ", &x))
        return;
    if (strncmp(x.first, is_tls ? "y,,n=user" : "n,,n=user", 9) != 0)
        script_fail(c, "%s", x.first);
    let_in(c, &x, "A1");
}

static void without_plus_it_is_said_that_there_could_be(void **state)
{
    (void)state;
    IMAP_TEST(t, plain_scram_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

static void in_clear_there_is_nothing_to_bind_to(void **state)
{
    (void)state;
    IMAP_TEST(t, plain_scram_server);
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

/* Who chooses it does not say that there is no other. */
static void chosen_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    struct exchange x = {0};
    if (!script_start_tls(c, t->tls))
        return;
    script_send(c, "* OK [CAPABILITY " OFFERS_PLUS "] hello\r\n");
    if (!take_first(c, "A1 AUTHENTICATE SCRAM-SHA-256 ", &x))
        return;
    if (strncmp(x.first, "n,,", 3) != 0)
        script_fail(c, "%s", x.first);
    let_in(c, &x, "A1");
}

static void a_user_may_choose_to_bind_nothing(void **state)
{
    (void)state;
    IMAP_TEST(t, chosen_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    t.auth = "scram-sha-256";
    assert_int_equal(run(&t, sign_in), 0);
    assert_script_done(&t);
}

/* ---- somebody in the middle --------------------------------------------------------------------------------- */

/* He has taken -PLUS out of the list; the server says so when it has the proof. */
static void stripped_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    struct exchange x = {0};
    if (!script_start_tls(c, t->tls))
        return;
    script_send(c, "* OK [CAPABILITY " BASIC " AUTH=SCRAM-SHA-256] hello\r\n");
    if (!take_first(c, "A1 AUTHENTICATE SCRAM-SHA-256 ", &x))
        return;
    take_last(c, &x);
    say(c, "e=server-does-support-channel-binding");
    script_expect_end(c);
}

static void a_list_without_plus_is_found_out(void **state)
{
    (void)state;
    IMAP_TEST(t, stripped_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "taken it out of its list");
    assert_int_equal(t.err.user_action, 1);
    assert_script_done(&t);
}

static void relayed_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    struct exchange x = {0};
    if (!script_start_tls(c, t->tls))
        return;
    script_send(c, "* OK [CAPABILITY " OFFERS_PLUS "] hello\r\n");
    if (!take_first(c, "A1 AUTHENTICATE SCRAM-SHA-256-PLUS ", &x))
        return;
    take_last(c, &x);
    say(c, "e=channel-bindings-dont-match");
    script_expect_end(c);
}

static void a_proof_that_is_passed_on_is_found_out(void **state)
{
    (void)state;
    IMAP_TEST(t, relayed_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "somebody sits between");
    assert_script_done(&t);
}

static void no_plus_server(struct script_conn *c, void *arg)
{
    struct imap_test *t = arg;
    if (!script_start_tls(c, t->tls))
        return;
    script_send(c, "* OK [CAPABILITY " BASIC " AUTH=SCRAM-SHA-256] hello\r\n");
    script_expect_end(c);
}

static void who_insists_on_plus_gets_nothing_weaker(void **state)
{
    (void)state;
    IMAP_TEST(t, no_plus_server);
    t.account.endpoint.tls = FCT_TLS_IMPLICIT;
    t.auth = "scram-sha-256-plus";
    assert_int_equal(run(&t, sign_in), -1);
    assert_failed(&t, FCT_E_AUTH, FCT_RETRY_NEVER, "no way to sign in");
    assert_script_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls_1_3_is_bound_by_its_exporter),
        cmocka_unit_test(tls_1_2_is_bound_by_tls_unique),
        cmocka_unit_test(a_server_that_knows_only_certificates_gets_that),
        cmocka_unit_test(a_server_that_binds_tls_1_3_to_its_finished_message_gets_that),
        cmocka_unit_test(a_wrong_password_is_tried_once),
        cmocka_unit_test(without_plus_it_is_said_that_there_could_be),
        cmocka_unit_test(in_clear_there_is_nothing_to_bind_to),
        cmocka_unit_test(a_user_may_choose_to_bind_nothing),
        cmocka_unit_test(a_list_without_plus_is_found_out),
        cmocka_unit_test(a_proof_that_is_passed_on_is_found_out),
        cmocka_unit_test(who_insists_on_plus_gets_nothing_weaker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
