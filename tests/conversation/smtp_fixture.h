/* smtp_fixture.h - the SMTP plugin, loaded as the daemon does it, talking to a scripted server (fixture.h shows how
 * such tests read).
 *
 *   SMTP_TEST(t, script);
 *   t.message = "...";
 *   assert_int_equal(smtp_run(&t, act), 0);       act calls smtp_sign_in, smtp_send_one
 *   assert_string_equal(buf_str(&t.events), "accepted 0 250 ok\ncommit\n");
 */
#ifndef TEST_CONVERSATION_SMTP_FIXTURE_H
#define TEST_CONVERSATION_SMTP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "async/conn.h"
#include "async/fiber.h"
#include "async/wait.h"
#include "base/buf.h"
#include "plugin/plugins.h"
#include "support/script_server.h"

#include <string.h>
#include <uv.h>

#define SMTP_RECIPIENTS_MAX 8

struct smtp_test {
    struct fct_account account; /* first: its callbacks are given it */
    uv_loop_t loop;
    struct plugins *plugins;
    const struct fct_transport *transport;
    struct script_server *server;
    struct script_tls *tls; /* the server's side */

    const char *user, *password, *auth, *name; /* the account's settings */
    const char *token, *next_token; /* an access token, and what there is when it was refused; NULL: none */

    /* the message and its envelope; smtp_test_start fills something in */
    const char *message;
    size_t message_size; /* 0: its length */
    size_t piece;        /* bytes of one read; 0: all at once */
    size_t announced;    /* octets of the envelope; 0: as many as there are */
    struct fct_envelope envelope;
    struct fct_recipient recipients[SMTP_RECIPIENTS_MAX];
    bool fail_commit; /* with FCT_E_CANCELLED */

    /* what came of it */
    void *session;
    size_t read_at;
    struct fct_error err;
    struct fct_sent sent;
    struct buf events; /* what the core was told, a line each */
};

void smtp_test_start(struct smtp_test *t, script_fn script, void *arg);
void smtp_test_done(struct smtp_test *t);
#define SMTP_TEST(name, script)                    \
    CLEANUP(smtp_test_done) struct smtp_test name; \
    smtp_test_start(&name, script, &name)

/* Runs act(t) in a fiber, then closes the session, if there is one; gives what act returned. */
int smtp_run(struct smtp_test *t, int (*act)(struct smtp_test *t));
void smtp_to(struct smtp_test *t, size_t n, const char *const *addresses);
/* For `act`: connect; send; both. */
int smtp_sign_in(struct smtp_test *t);
int smtp_send_one(struct smtp_test *t);
int smtp_submit(struct smtp_test *t);

void assert_smtp_script_done(struct smtp_test *t);
void assert_smtp_failed(struct smtp_test *t, int code, int retry, const char *words);

/* --- for scripts --- */

/* Greets, answers EHLO with these extensions ("PIPELINING\nSIZE 100\n"; AUTH PLAIN is there anyhow), takes AUTH PLAIN.
 */
void smtp_script_login(struct script_conn *c, const char *extensions);
/* The answer to EHLO; `with_auth`: AUTH PLAIN among it. */
void smtp_script_hello(struct script_conn *c, const char *extensions, bool with_auth);
void smtp_script_goodbye(struct script_conn *c);

#endif
