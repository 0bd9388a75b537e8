/* fixture.h - the IMAP plugin, loaded as the daemon does it, talking to a scripted server.
 *
 *   static void script(struct script_conn *c, void *arg)      the server, on a thread: reads like a transcript
 *   static int act(struct imap_test *t)                       the client, in a fiber
 *   IMAP_TEST(t, script);
 *   assert_int_equal(run(&t, act), 0);                        asserts stand outside of both
 *   assert_events(&t, "exists 4\n");
 *   assert_script_done(&t);
 */
#ifndef TEST_CONVERSATION_FIXTURE_H
#define TEST_CONVERSATION_FIXTURE_H

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

struct imap_test {
    struct fct_account account; /* first: its callbacks are given it */
    uv_loop_t loop;
    struct plugins *plugins;
    const struct fct_source *source;
    struct script_server *server;
    struct script_tls *tls; /* the server's side */
    const struct cert *cert; /* the same, for another `tls` */

    const char *user, *password, *auth, *compress; /* the account's settings */
    const char *token, *next_token; /* an access token, and what there is when it was refused; NULL: none */

    /* what a test looks at */
    void *session;
    uint32_t can;
    struct fct_error err;
    struct fct_sink sink;
    struct buf events;               /* what the sink was told, a line each */
    struct buf body;                 /* of the message that comes */
    uint64_t octets, body_bytes_max; /* announced; 0: no limit, else more than this is counted and not kept */
    uint64_t body_seen;
    uint64_t too_large; /* messages from so many octets on are refused, at once or when so many have come; 0: none */
    int fail_at_data;   /* the sink fails there with FCT_E_DISK_FULL */
    struct fct_mailbox_status status;
    bool caught_up;
    struct fiber *fiber; /* the one that acts */
};

void imap_test_start(struct imap_test *t, script_fn script);
/* The same with the source of another plugin. */
void source_test_start(struct imap_test *t, const char *scheme, script_fn script);
void imap_test_done(struct imap_test *t);
#define IMAP_TEST(name, script)                    \
    CLEANUP(imap_test_done) struct imap_test name; \
    imap_test_start(&name, script)

/* Runs act(t) in a fiber, then closes the session, if there is one; gives what act returned. */
int run(struct imap_test *t, int (*act)(struct imap_test *t));
/* connect, for `act`. */
int sign_in(struct imap_test *t);
/* connect and select INBOX without anything known. */
int open_inbox(struct imap_test *t);
int select_known(struct imap_test *t, const char *name, uint32_t uidvalidity, uint64_t modseq);

/* The sink was told exactly this. */
void assert_events(struct imap_test *t, const char *events);
/* The script got what it expected. */
void assert_script_done(struct imap_test *t);
/* The error has this code and retry class, and its message contains the words. */
void assert_failed(struct imap_test *t, int code, int retry, const char *words);

/* --- for scripts --- */

/* Greets with these capabilities, takes AUTHENTICATE PLAIN with an initial response (tag A1), says the same
 * capabilities. */
void script_login(struct script_conn *c, const char *capabilities);
/* The answer to SELECT INBOX: 3 messages, UIDVALIDITY 7, UIDNEXT 10. `tag` of the command, `more` lines before the OK.
 */
void script_select(struct script_conn *c, const char *expected, const char *more);
/* Waits for LOGOUT and the end. */
void script_goodbye(struct script_conn *c);

#define BASIC "IMAP4rev1 SASL-IR AUTH=PLAIN"

#endif
