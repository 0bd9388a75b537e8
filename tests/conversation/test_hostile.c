/* Servers, or whoever sits between, that want what is said before TLS to be believed, or to be told a password in
 * clear. One table for the three protocols: each case is a transcript, and ends in a named error in its time. Of ours
 * nothing but what is in the transcript may arrive in clear. */
#include "fixture.h"
#include "smtp_fixture.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>

#define SHORT_MS 200   /* of a step, where it is waited for in vain */
#define LONG_MS 10000  /* elsewhere: the machine may be slow */
#define ENOUGH_MS 8000 /* for a whole case */

enum protocol { IMAP, POP3, SMTP };
enum what { END, SAYS, HEARS, TALKS_TLS, OFFERS_TLS, WAITS, IS_SILENT, IS_DEAF, REPEATS };

struct step {
    enum what what;
    const char *text;
};
#define SAY(text)  \
    {              \
        SAYS, text \
    }
#define HEAR(line)  \
    {               \
        HEARS, line \
    } /* the next line must be this one */
#define TLS           \
    {                 \
        TALKS_TLS, "" \
    } /* which must work */
#define FAKE           \
    {                  \
        OFFERS_TLS, "" \
    } /* whether it works or not: the client may have gone */
#define PAUSE     \
    {             \
        WAITS, "" \
    }
#define HANG          \
    {                 \
        IS_SILENT, "" \
    } /* says nothing more; the client goes away without a word */
#define DEAF        \
    {               \
        IS_DEAF, "" \
    } /* neither says nor understands anything more */
#define FLOOD(line)   \
    {                 \
        REPEATS, line \
    } /* until the client has gone */

struct hostile {
    const char *name;
    struct step script[12];
    int code;          /* FCT_OK: it is no attack, and we are in */
    const char *words; /* in the message */
    enum protocol protocol;
};

static const char anything[] = "";

static const struct hostile cases[] = {
    /* RFC 9051 section 6.2.1, and NO STARTTLS (USENIX Security 2021) for the rest */
    {"IMAP, STARTTLS is not in the capabilities",
     {SAY("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN LOGIN] hi\r\n"), HANG},
     FCT_E_TLS,
     "does not offer STARTTLS",
     IMAP},
    {"IMAP, STARTTLS is refused by NO",
     {SAY("* OK hi\r\n"), HEAR("A1 STARTTLS"), SAY("A1 NO not today\r\n"), HANG},
     FCT_E_TLS,
     "refuses STARTTLS",
     IMAP},
    {"IMAP, STARTTLS is refused by BAD",
     {SAY("* OK hi\r\n"), HEAR("A1 STARTTLS"), SAY("A1 BAD what?\r\n"), HANG},
     FCT_E_TLS,
     "refuses STARTTLS",
     IMAP},
    {"IMAP, bytes behind the answer to STARTTLS",
     {SAY("* OK hi\r\n"), HEAR("A1 STARTTLS"), SAY("A1 OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nA2 OK\r\n"), FAKE,
      HANG},
     FCT_E_TLS,
     "came in clear",
     IMAP},
    {"IMAP, one byte behind it",
     {SAY("* OK hi\r\n"), HEAR("A1 STARTTLS"), SAY("A1 OK go\r\n*"), FAKE, HANG},
     FCT_E_TLS,
     "came in clear",
     IMAP},
    {"IMAP, bytes that come a little later",
     {SAY("* OK hi\r\n"), HEAR("A1 STARTTLS"), SAY("A1 OK go\r\n"), PAUSE,
      SAY("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nA2 OK\r\n"), FAKE, HANG},
     FCT_E_TLS,
     anything,
     IMAP},
    {"IMAP, the answer before the question",
     {SAY("* OK hi\r\nA1 OK go\r\nA2 OK\r\n"), FAKE, HANG},
     FCT_E_TLS,
     "came in clear",
     IMAP},
    {"IMAP, PREAUTH",
     {SAY("* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] root\r\n"), HANG},
     FCT_E_TLS,
     "signs us in before TLS",
     IMAP},
    {"IMAP, PREAUTH without capabilities",
     {SAY("* PREAUTH welcome\r\n"), HANG},
     FCT_E_TLS,
     "signs us in before TLS",
     IMAP},
    {"IMAP, a continuation instead of an answer",
     {SAY("* OK hi\r\n"), HEAR("A1 STARTTLS"), SAY("+ password?\r\n"), HANG},
     FCT_E_TIMEOUT,
     anything,
     IMAP},
    {"IMAP, BYE instead of an answer",
     {SAY("* OK hi\r\n"), HEAR("A1 STARTTLS"), SAY("* BYE [UNAVAILABLE] use the other port\r\n"), HANG},
     FCT_E_SERVER,
     anything,
     IMAP},
    {"IMAP, no greeting", {HANG}, FCT_E_TIMEOUT, anything, IMAP},
    {"IMAP, no answer to STARTTLS", {SAY("* OK hi\r\n"), HEAR("A1 STARTTLS"), HANG}, FCT_E_TIMEOUT, anything, IMAP},
    {"IMAP, no handshake",
     {SAY("* OK hi\r\n"), HEAR("A1 STARTTLS"), SAY("A1 OK go\r\n"), DEAF},
     FCT_E_TIMEOUT,
     anything,
     IMAP},
    {"IMAP, talk without end",
     {SAY("* OK hi\r\n"), HEAR("A1 STARTTLS"), FLOOD("* 1 EXISTS\r\n")},
     FCT_E_TIMEOUT,
     anything,
     IMAP},
    {"IMAP, data before TLS is no data",
     {SAY("* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=LOGIN] hi\r\n"), HEAR("A1 STARTTLS"),
      SAY("* LIST () \"/\" evil\r\n* 9 EXISTS\r\n* 1 FETCH (FLAGS (\\Deleted))\r\n* CAPABILITY IMAP4rev1 AUTH=LOGIN "
          "ENABLE IDLE\r\nA1 OK go\r\n"),
      TLS, HEAR("A2 CAPABILITY"), SAY("* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nA2 OK\r\n"),
      HEAR("A3 AUTHENTICATE PLAIN AHVzZXIAcGFzcw=="), SAY("A3 OK [CAPABILITY IMAP4rev1] in\r\n"), HEAR("Z LOGOUT"),
      SAY("* BYE\r\nZ OK\r\n")},
     FCT_OK,
     anything,
     IMAP},
    {"IMAP, sign-in is gone behind TLS",
     {SAY("* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] hi\r\n"), HEAR("A1 STARTTLS"), SAY("A1 OK go\r\n"), TLS,
      HEAR("A2 CAPABILITY"), SAY("* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nA2 OK\r\n"), HANG},
     FCT_E_AUTH,
     anything,
     IMAP},

    /* RFC 2595 section 4 */
    {"POP3, STLS is refused",
     {SAY("+OK hi\r\n"), HEAR("STLS"), SAY("-ERR what?\r\n"), HANG},
     FCT_E_TLS,
     "nothing was sent in clear",
     POP3},
    {"POP3, bytes behind the answer to STLS",
     {SAY("+OK hi\r\n"), HEAR("STLS"), SAY("+OK go\r\n+OK\r\nUSER\r\n.\r\n"), FAKE, HANG},
     FCT_E_TLS,
     "came in clear",
     POP3},
    {"POP3, bytes that come a little later",
     {SAY("+OK hi\r\n"), HEAR("STLS"), SAY("+OK go\r\n"), PAUSE, SAY("+OK\r\nUSER\r\n.\r\n+OK in\r\n"), FAKE, HANG},
     FCT_E_TLS,
     anything,
     POP3},
    {"POP3, all answers before the questions",
     {SAY("+OK hi\r\n+OK go\r\n+OK\r\nUSER\r\n.\r\n+OK in\r\n"), FAKE, HANG},
     FCT_E_TLS,
     "came in clear",
     POP3},
    {"POP3, a continuation instead of an answer",
     {SAY("+OK hi\r\n"), HEAR("STLS"), SAY("+ password?\r\n"), HANG},
     FCT_E_TLS,
     anything,
     POP3},
    {"POP3, no greeting", {HANG}, FCT_E_TIMEOUT, anything, POP3},
    {"POP3, no answer to STLS", {SAY("+OK hi\r\n"), HEAR("STLS"), HANG}, FCT_E_TIMEOUT, anything, POP3},
    {"POP3, no handshake", {SAY("+OK hi\r\n"), HEAR("STLS"), SAY("+OK go\r\n"), DEAF}, FCT_E_TIMEOUT, anything, POP3},
    {"POP3, what was said before TLS is forgotten",
     {SAY("+OK <1.2@forged>\r\n"), HEAR("STLS"), SAY("+OK go\r\n"), TLS, HEAR("CAPA"),
      SAY("+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\nSASL PLAIN\r\n.\r\n"), HEAR("AUTH PLAIN AHVzZXIAcGFzcw=="),
      SAY("+OK in\r\n"), HEAR("QUIT"), SAY("+OK\r\n")},
     FCT_OK,
     anything,
     POP3},

    /* RFC 3207 section 6 */
    {"SMTP, STARTTLS is not offered",
     {SAY("220 hi\r\n"), HEAR("EHLO [127.0.0.1]"), SAY("250-hi\r\n250 AUTH PLAIN LOGIN\r\n"), HANG},
     FCT_E_TLS,
     "does not offer STARTTLS",
     SMTP},
    {"SMTP, EHLO is unknown",
     {SAY("220 hi\r\n"), HEAR("EHLO [127.0.0.1]"), SAY("500 what?\r\n"), HANG},
     FCT_E_SERVER,
     anything,
     SMTP},
    {"SMTP, STARTTLS is refused",
     {SAY("220 hi\r\n"), HEAR("EHLO [127.0.0.1]"), SAY("250-hi\r\n250 STARTTLS\r\n"), HEAR("STARTTLS"),
      SAY("454 4.7.0 not now\r\n"), HANG},
     FCT_E_TLS,
     "refuses STARTTLS",
     SMTP},
    {"SMTP, bytes behind the answer to STARTTLS",
     {SAY("220 hi\r\n"), HEAR("EHLO [127.0.0.1]"), SAY("250-hi\r\n250 STARTTLS\r\n"), HEAR("STARTTLS"),
      SAY("220 go\r\n250-evil\r\n250 AUTH LOGIN\r\n"), FAKE, HANG},
     FCT_E_TLS,
     "came in clear",
     SMTP},
    {"SMTP, bytes that come a little later",
     {SAY("220 hi\r\n"), HEAR("EHLO [127.0.0.1]"), SAY("250-hi\r\n250 STARTTLS\r\n"), HEAR("STARTTLS"),
      SAY("220 go\r\n"), PAUSE, SAY("250 AUTH LOGIN\r\n"), FAKE, HANG},
     FCT_E_TLS,
     anything,
     SMTP},
    {"SMTP, all answers before the questions",
     {SAY("220 hi\r\n250-hi\r\n250 STARTTLS\r\n220 go\r\n250 AUTH PLAIN\r\n235 in\r\n"), FAKE, HANG},
     FCT_E_TLS,
     "came in clear",
     SMTP},
    {"SMTP, no greeting", {HANG}, FCT_E_TIMEOUT, anything, SMTP},
    {"SMTP, a greeting without end", {FLOOD("220-more\r\n")}, FCT_E_PROTOCOL, anything, SMTP},
    {"SMTP, extensions without end",
     {SAY("220 hi\r\n"), HEAR("EHLO [127.0.0.1]"), FLOOD("250-X\r\n")},
     FCT_E_PROTOCOL,
     anything,
     SMTP},
    {"SMTP, no answer to STARTTLS",
     {SAY("220 hi\r\n"), HEAR("EHLO [127.0.0.1]"), SAY("250-hi\r\n250 STARTTLS\r\n"), HEAR("STARTTLS"), HANG},
     FCT_E_TIMEOUT,
     anything,
     SMTP},
    {"SMTP, no handshake",
     {SAY("220 hi\r\n"), HEAR("EHLO [127.0.0.1]"), SAY("250-hi\r\n250 STARTTLS\r\n"), HEAR("STARTTLS"),
      SAY("220 go\r\n"), DEAF},
     FCT_E_TIMEOUT,
     anything,
     SMTP},
};

/* ---- the server ---------------------------------------------------------------------------------------------- */

struct stage {
    const struct hostile *h;
    struct script_tls *tls;
};
static struct stage stage; /* set before the client connects */

static void say_nothing(struct script_conn *c)
{
    const char *line = script_read_line(c);
    if (*line)
        script_fail(c, "heard <%s>", line);
}

static void flood(struct script_conn *c, const char *line)
{
    struct buf many = {0};
    while (many.n < 16384)
        buf_add_str(&many, line);
    for (int i = 0; i < 20000 && !script_is_gone(c); i++) {
        script_send(c, buf_str(&many));
    }
    buf_done(&many);
}

/* False: it is over. */
static bool act(struct script_conn *c, const struct step *step)
{
    switch (step->what) {
    case SAYS:
        script_send(c, step->text);
        return true;
    case HEARS:
        return script_expect(c, step->text);
    case TALKS_TLS:
        if (script_start_tls(c, stage.tls))
            return true;
        script_fail(c, "no TLS");
        return false;
    case OFFERS_TLS:
        return script_start_tls(c, stage.tls);
    case WAITS:
        script_pause(50);
        return true;
    case IS_SILENT:
        say_nothing(c);
        return false;
    case IS_DEAF:
        for (char byte; script_read(c, &byte, 1) == 1;)
            ;
        return false;
    case REPEATS:
        flood(c, step->text);
        return false;
    case END:
        break;
    }
    return false;
}

static void play(struct script_conn *c, void *arg)
{
    (void)arg;
    for (const struct step *step = stage.h->script; act(c, step); step++)
        ;
}

/* ---- the client ---------------------------------------------------------------------------------------------- */

static void set_up(struct fct_account *a, const struct hostile *h)
{
    a->endpoint.tls = FCT_TLS_STARTTLS;
    a->endpoint.connect_timeout_ms = a->endpoint.io_timeout_ms = h->code == FCT_E_TIMEOUT ? SHORT_MS : LONG_MS;
}

static void assert_outcome(const struct hostile *h, int result, const struct fct_error *err, const char *script_failure,
                           uint64_t ms)
{
    if (script_failure)
        fail_msg("%s: the server: %s", h->name, script_failure);
    if (h->code == FCT_OK ? result != 0
                          : result == 0 || err->code != h->code || !strstr(err->message, h->words) || !err->message[0])
        fail_msg("%s: result %d, code %d, \"%s\" (%s)", h->name, result, err->code, err->message, err->server);
    if (ms > ENOUGH_MS)
        fail_msg("%s: took %llu ms", h->name, (unsigned long long)ms);
}

static void meet(const struct hostile *h)
{
    uint64_t began;
    int result;
    stage = (struct stage){.h = h};
    if (h->protocol == SMTP) {
        CLEANUP(smtp_test_done) struct smtp_test t;
        smtp_test_start(&t, play, &t);
        stage.tls = t.tls;
        set_up(&t.account, h);
        began = wait_now_ms();
        result = smtp_run(&t, smtp_submit);
        assert_outcome(h, result, &t.err, script_server_failure(t.server), wait_now_ms() - began);
        assert_string_equal(buf_str(&t.events), "");
    } else {
        CLEANUP(imap_test_done) struct imap_test t;
        source_test_start(&t, h->protocol == IMAP ? "imap" : "pop3", play);
        stage.tls = t.tls;
        set_up(&t.account, h);
        began = wait_now_ms();
        result = run(&t, sign_in);
        assert_outcome(h, result, &t.err, script_server_failure(t.server), wait_now_ms() - began);
        assert_string_equal(buf_str(&t.events), ""); /* nothing of what was said in clear became data */
    }
}

static void no_server_gets_a_password_in_clear_or_is_believed_before_tls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        meet(&cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_server_gets_a_password_in_clear_or_is_believed_before_tls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
