/* conversation.c - commands out, answers in. */
#include "session.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WORDS_MAX 2000 /* of a server's text that are kept */
#define LOGIN_DELAY_MS 60000

/* ---- life ----------------------------------------------------------------------------------------------- */

int pop3_check(const struct pop3_session *s, struct fct_error *err)
{
    if (s->broken && err)
        *err = s->why_broken;
    if (!s->broken && s->is_over)
        return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_NOW, "%s: the session has ended", s->ep.host);
    return s->broken ? -1 : 0;
}

int pop3_break(struct pop3_session *s, const struct fct_error *err)
{
    if (s->broken)
        return -1;
    s->broken = true;
    if (err)
        s->why_broken = *err;
    else
        fct_fail(&s->why_broken, FCT_E_NETWORK, FCT_RETRY_NOW, "the conversation has ended");
    return -1;
}

/* ---- out ------------------------------------------------------------------------------------------------ */

int pop3_send_line(struct pop3_session *s, struct fct_bytes line, struct fct_error *err)
{
    if (fct_host->conn_write(s->conn, line, err) < 0 ||
        fct_host->conn_write(s->conn, (struct fct_bytes){"\r\n", 2}, err) < 0)
        return pop3_break(s, err);
    return 0;
}

int pop3_send(struct pop3_session *s, struct fct_error *err, const char *fmt, ...)
{
    char text[64];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return pop3_send_line(s, (struct fct_bytes){text, n < 0 ? 0 : (size_t)n}, err);
}

/* ---- in ------------------------------------------------------------------------------------------------- */

void pop3_begin_waiting(struct pop3_session *s)
{
    s->waited_ms = s->earned = 0;
}

/* Each read has its deadline; a server that sends a little before each of them would go on for ever. */
static int count_input(struct pop3_session *s, uint64_t before, size_t octets, struct fct_error *err)
{
    uint64_t patience = (uint64_t)(s->ep.io_timeout_ms ? s->ep.io_timeout_ms : 60000) * POP3_PATIENCE;
    s->waited_ms += fct_host->now_ms() - before;
    s->earned += octets;
    if (s->waited_ms <= patience + s->earned * 1000 / POP3_RATE_MIN)
        return 0;
    fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER, "%s: the server is too slow: %llu bytes in %llu s", s->ep.host,
             (unsigned long long)s->earned, (unsigned long long)(s->waited_ms / 1000));
    return pop3_break(s, err);
}

int pop3_read_more(struct pop3_session *s, struct fct_error *err)
{
    if (s->rest.n > 0)
        return 0;
    uint64_t before = fct_host->now_ms();
    if (fct_host->conn_read_some(s->conn, POP3_CHUNK, &s->rest, err) < 0) {
        s->rest = (struct fct_bytes){0};
        return pop3_break(s, err);
    }
    return count_input(s, before, s->rest.n, err);
}

/* Until we are signed in nothing is read ahead: what comes behind the answer to STLS must still be there to be refused.
 */
static int read_line_from_conn(struct pop3_session *s, struct fct_bytes *out, struct fct_error *err)
{
    uint64_t before = fct_host->now_ms();
    if (fct_host->conn_read_line(s->conn, POP3_LINE_MAX, out, err) < 0)
        return pop3_break(s, err);
    return count_input(s, before, out->n + 2, err);
}

static int fail_too_long(struct pop3_session *s, struct fct_error *err)
{
    fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "%s: the server sends a line of more than %zu bytes", s->ep.host,
             POP3_LINE_MAX);
    return pop3_break(s, err);
}

/* Takes what of the line is in s->rest. True: its end was among it. */
static bool take_line(struct pop3_session *s, struct fct_bytes *out)
{
    const char *lf = memchr(s->rest.p, '\n', s->rest.n);
    struct fct_bytes piece = {s->rest.p, lf ? (size_t)(lf - s->rest.p) : s->rest.n};
    s->rest.p += piece.n + (lf ? 1 : 0);
    s->rest.n -= piece.n + (lf ? 1 : 0);
    if (!lf || s->line.n > 0) {
        wire_buffer_add(&s->line, piece.p, piece.n);
        piece = wire_buffer_bytes(&s->line);
    }
    if (!lf)
        return false;
    s->bare_lf = piece.n == 0 || piece.p[piece.n - 1] != '\r';
    *out = (struct fct_bytes){piece.p, s->bare_lf ? piece.n : piece.n - 1};
    return true;
}

static int read_line(struct pop3_session *s, struct fct_bytes *out, struct fct_error *err)
{
    if (!s->signed_in)
        return read_line_from_conn(s, out, err);
    s->line.n = 0;
    do {
        if (s->line.n > POP3_LINE_MAX)
            return fail_too_long(s, err);
        if (pop3_read_more(s, err) < 0)
            return -1;
    } while (!take_line(s, out));
    return out->n > POP3_LINE_MAX ? fail_too_long(s, err) : 0;
}

int pop3_read_status(struct pop3_session *s, struct fct_error *err)
{
    struct fct_bytes line;
    pop3_begin_waiting(s);
    if (read_line(s, &line, err) < 0)
        return -1;
    if (!pop3_parse_status(line, &s->status)) {
        fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "%s:%u: this is no answer of a POP3 server", s->ep.host,
                 s->ep.port);
        return pop3_break(s, err);
    }
    if (s->status.kind != POP3_CONTINUE) {
        if (s->status.text.n > WORDS_MAX)
            s->status.text.n = WORDS_MAX;
        sasl_secrets_strike(&s->secrets, s->status.text, &s->words);
        s->status.text = wire_buffer_bytes(&s->words);
    }
    return 0;
}

int pop3_expect_ok(struct pop3_session *s, const char *what, struct fct_error *err)
{
    if (pop3_read_status(s, err) < 0)
        return -1;
    return s->status.kind == POP3_OK ? 0 : pop3_refusal(s, what, err);
}

int pop3_read_item(struct pop3_session *s, struct fct_bytes *out, struct fct_error *err)
{
    if (read_line(s, out, err) < 0)
        return -1;
    if (out->n > 0 && out->p[0] == '.') {
        out->p++;
        out->n--;
        return out->n > 0;
    }
    return 1;
}

/* ---- refusals ------------------------------------------------------------------------------------------- */

/* RFC 2449 section 8, RFC 3206. */
static const struct {
    const char *code;
    int fct, retry;
    bool user_action;
    const char *meaning;
} code_meanings[] = {
    {"IN-USE", FCT_E_BUSY, FCT_RETRY_LATER, false, "the mailbox is in use by another session"},
    {"LOGIN-DELAY", FCT_E_SERVER, FCT_RETRY_LATER, false, "the server asks to come less often"},
    {"SYS/TEMP", FCT_E_SERVER, FCT_RETRY_LATER, false, "the server cannot do it for now"},
    {"SYS/PERM", FCT_E_SERVER, FCT_RETRY_NEVER, false, "the server can never do it"},
    {"AUTH", FCT_E_AUTH, FCT_RETRY_NEVER, true, "the server does not accept user name and password"},
};

static bool find_words(struct fct_bytes text, const char *words)
{
    size_t n = strlen(words);
    for (size_t at = 0; at + n <= text.n; at++)
        if (strncasecmp(text.p + at, words, n) == 0)
            return true;
    return false;
}

/* What servers without response codes say when it is not about the password, or not for ever. */
static bool is_for_now(struct fct_bytes text)
{
    static const char *const known[] = {"temporar",    "again later", "try later", "locked",   " lock ",  "in use",
                                        "is busy",     "already",     "too many",  "too fast", "throttl", "unavailable",
                                        "login delay", "wait ",       "overload",  "timeout"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (find_words(text, known[i]))
            return true;
    return false;
}

int pop3_refusal(struct pop3_session *s, const char *what, struct fct_error *err)
{
    const struct pop3_status *status = &s->status;
    fct_fail(err, FCT_E_SERVER, is_for_now(status->text) ? FCT_RETRY_LATER : FCT_RETRY_NEVER,
             "%s: the server refuses %s", s->ep.host, what);
    for (size_t i = 0; err && i < sizeof(code_meanings) / sizeof(code_meanings[0]); i++)
        if (strcmp(status->code, code_meanings[i].code) == 0) {
            fct_fail(err, code_meanings[i].fct, code_meanings[i].retry, "%s: the server refuses %s: %s", s->ep.host,
                     what, code_meanings[i].meaning);
            err->user_action = code_meanings[i].user_action;
            err->retry_after_ms = strcmp(status->code, "LOGIN-DELAY") == 0 ? LOGIN_DELAY_MS : 0;
        }
    fct_host->error_server(err, status->text);
    return -1;
}
