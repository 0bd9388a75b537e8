/* auth.c - signing in: SCRAM first, then PLAIN, then LOGIN.
 *
 * A password goes out readable only under TLS, or when the user wrote tls=none into the account's URL. A SCRAM answer
 * of the server that does not prove that it knows the password ends the attempt: nothing weaker is tried after it.
 */
#include "session.h"

#include "base64.h"
#include "scram.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SECRET_BYTES 4097 /* what the host keeps, and its NUL */
#define NONCE_BYTES 18

struct login {
    struct fct_bytes user, password;
    bool proved; /* the server has seen what follows from the password: its NO means that it is wrong */
};

/* ---- one mechanism after the other ---------------------------------------------------------------------- */

/* Sends AUTHENTICATE, with the first message if the server takes it there (RFC 4959), else after its "+". */
static int begin_authenticate(struct imap_session *s, struct imap_command *c, const char *mechanism,
                              struct fct_bytes first, struct fct_error *err)
{
    SCOPED(imap_buffer_wipe) struct imap_buffer text = {0};
    imap_base64_encode(first, &text);
    imap_put(s, c, "AUTHENTICATE");
    imap_put_text(s, " %s", mechanism);
    bool at_once = imap_has(s, IMAP_CAP_SASL_IR) && first.n > 0;
    if (at_once) {
        imap_buffer_add_char(&s->out, ' ');
        imap_buffer_add(&s->out, text.p, text.n);
    }
    int rc = imap_send(s, c, err);
    fct_host->wipe(s->out.p, s->out.n);
    if (rc < 0 || at_once || first.n == 0)
        return rc;
    if (imap_wait_continuation(s, c, err) < 0)
        return -1;
    return s->continued ? imap_send_line(s, imap_buffer_bytes(&text), err) : 0;
}

/* RFC 4616. */
static void plain_message(const struct login *l, struct imap_buffer *out)
{
    imap_buffer_add_char(out, '\0');
    imap_buffer_add(out, l->user.p, l->user.n);
    imap_buffer_add_char(out, '\0');
    imap_buffer_add(out, l->password.p, l->password.n);
}

static int try_plain(struct imap_session *s, struct login *l, struct imap_command *c, struct fct_error *err)
{
    SCOPED(imap_buffer_wipe) struct imap_buffer message = {0};
    plain_message(l, &message);
    if (begin_authenticate(s, c, "PLAIN", imap_buffer_bytes(&message), err) < 0)
        return -1;
    return imap_wait(s, c, err);
}

/* The mechanism LOGIN: two questions, whose words nobody agrees upon. */
static int try_login_mechanism(struct imap_session *s, struct login *l, struct imap_command *c, struct fct_error *err)
{
    const struct fct_bytes answers[] = {l->user, l->password};
    if (begin_authenticate(s, c, "LOGIN", (struct fct_bytes){0}, err) < 0)
        return -1;
    for (size_t i = 0; i < 2; i++) {
        SCOPED(imap_buffer_wipe) struct imap_buffer text = {0};
        if (imap_wait_continuation(s, c, err) < 0)
            return -1;
        if (!s->continued)
            break;
        imap_base64_encode(answers[i], &text);
        if (imap_send_line(s, imap_buffer_bytes(&text), err) < 0)
            return -1;
    }
    return imap_wait(s, c, err);
}

static int try_login_command(struct imap_session *s, struct login *l, struct imap_command *c, struct fct_error *err)
{
    imap_put(s, c, "LOGIN");
    imap_put_string(s, l->user);
    imap_put_string(s, l->password);
    int rc = imap_send(s, c, err);
    fct_host->wipe(s->out.p, s->out.n);
    return rc < 0 ? -1 : imap_wait(s, c, err);
}

/* Waits for a message of the server's and decodes it. 1: there is one; 0: the command was answered instead. */
static int take_challenge(struct imap_session *s, struct imap_command *c, struct imap_buffer *out,
                          struct fct_error *err)
{
    out->n = 0;
    if (imap_wait_continuation(s, c, err) < 0)
        return -1;
    if (!s->continued)
        return 0;
    if (!imap_base64_decode(imap_buffer_bytes(&s->continuation), out)) {
        fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "%s: the server's SASL message is no base64", s->ep.host);
        return imap_break(s, err);
    }
    return 1;
}

struct scram_job {
    struct scram *scram;
    struct fct_bytes server_first;
    uint32_t iterations_min;
    int rc;
    struct fct_error err;
};

static void run_scram_job(void *arg)
{
    struct scram_job *job = arg;
    job->rc = scram_answer(job->scram, job->server_first, job->iterations_min, &job->err);
}

/* The server is not what it says, or broken: no other mechanism is tried with it. */
static int distrust(struct imap_session *s, const char *why, struct fct_error *err)
{
    fct_fail(err, FCT_E_AUTH, FCT_RETRY_NEVER, "%s: %s; no password was sent", s->ep.host, why);
    if (err)
        err->user_action = 1;
    return imap_break(s, err);
}

static int answer_scram(struct imap_session *s, struct scram *scram, struct imap_buffer *challenge,
                        struct fct_error *err)
{
    SCOPED(imap_buffer_wipe) struct imap_buffer text = {0};
    struct scram_job job = {
        .scram = scram,
        .server_first = imap_buffer_bytes(challenge),
        .iterations_min = fct_host->conn_is_tls(s->conn) ? 1 : SCRAM_ITERATIONS_MIN,
    };
    if (fct_host->offload(run_scram_job, &job, err) < 0)
        return imap_break(s, err);
    if (job.rc < 0)
        return distrust(s, job.err.message, err);
    imap_base64_encode(imap_buffer_bytes(&scram->final), &text);
    return imap_send_line(s, imap_buffer_bytes(&text), err);
}

static int run_scram(struct imap_session *s, struct scram *scram, const char *mechanism, struct imap_command *c,
                     struct fct_error *err)
{
    SCOPED(imap_buffer_done) struct imap_buffer challenge = {0};
    if (begin_authenticate(s, c, mechanism, imap_buffer_bytes(&scram->first), err) < 0)
        return -1;
    int more = take_challenge(s, c, &challenge, err);
    if (more < 0 || (more == 0 && c->condition != IMAP_OK))
        return more < 0 ? -1 : imap_wait(s, c, err);
    if (more == 0)
        return distrust(s, "the server says that we are signed in, and asked for nothing", err);
    if (answer_scram(s, scram, &challenge, err) < 0)
        return -1;
    more = take_challenge(s, c, &challenge, err);
    if (more < 0 || (more == 0 && c->condition != IMAP_OK))
        return more < 0 ? -1 : imap_wait(s, c, err);
    /* "e=invalid-proof" (RFC 5802 section 5.1) is a wrong password, told before the tagged NO. */
    bool refused = more == 1 && challenge.n > 2 && memcmp(challenge.p, "e=", 2) == 0;
    if (!refused && !scram_verify(scram, imap_buffer_bytes(&challenge)))
        return distrust(s, "the server cannot prove that it knows the password: it may be an impostor", err);
    if (imap_send_line(s, (struct fct_bytes){0}, err) < 0 || imap_wait_answer(s, c, err) < 0)
        return -1;
    if (refused && c->condition == IMAP_OK)
        return distrust(s, "the server refused the proof and lets us in", err);
    return c->condition == IMAP_OK ? 0 : imap_fail_answer(s, c, err);
}

static int try_scram(struct imap_session *s, struct login *l, const char *mechanism, const char *hash,
                     struct imap_command *c, struct fct_error *err)
{
    SCOPED(imap_buffer_done) struct imap_buffer nonce = {0};
    SCOPED(scram_done) struct scram scram = {0};
    unsigned char random[NONCE_BYTES];
    fct_host->random(random, sizeof(random));
    imap_base64_encode((struct fct_bytes){(char *)random, sizeof(random)}, &nonce);
    scram_init(&scram, hash, l->user, l->password, imap_buffer_str(&nonce));
    int rc = run_scram(s, &scram, mechanism, c, err);
    l->proved = scram.n_hash > 0;
    return rc;
}

static int try_scram_sha256(struct imap_session *s, struct login *l, struct imap_command *c, struct fct_error *err)
{
    return try_scram(s, l, "SCRAM-SHA-256", "sha256", c, err);
}

static int try_scram_sha1(struct imap_session *s, struct login *l, struct imap_command *c, struct fct_error *err)
{
    return try_scram(s, l, "SCRAM-SHA-1", "sha1", c, err);
}

/* ---- the choice ----------------------------------------------------------------------------------------- */

/* In the order of preference. The last needs no mechanism, but that LOGIN is not disabled. */
static const struct mechanism {
    const char *name;
    uint32_t cap;
    bool hides_password;
    int (*run)(struct imap_session *s, struct login *l, struct imap_command *c, struct fct_error *err);
} mechanisms[] = {
    {"scram-sha-256", IMAP_CAP_AUTH_SCRAM_SHA256, true, try_scram_sha256},
    {"scram-sha-1", IMAP_CAP_AUTH_SCRAM_SHA1, true, try_scram_sha1},
    {"plain", IMAP_CAP_AUTH_PLAIN, false, try_plain},
    {"login", IMAP_CAP_AUTH_LOGIN, false, try_login_mechanism},
    {"command", 0, false, try_login_command},
};
#define N_MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

static bool is_usable(const struct imap_session *s, const struct mechanism *m, const char *only)
{
    if (only && strcasecmp(only, "auto") != 0 && strcasecmp(only, m->name) != 0)
        return false;
    /* Someone who asked for TLS and does not have it never gets here; this is the second lock on that door. */
    if (!m->hides_password && !fct_host->conn_is_tls(s->conn) && s->ep.tls != FCT_TLS_NONE)
        return false;
    return m->cap ? imap_has(s, m->cap) : !imap_has(s, IMAP_CAP_LOGINDISABLED);
}

static int fail_no_mechanism(struct imap_session *s, struct fct_error *err)
{
    const char *advice = imap_has(s, IMAP_CAP_LOGINDISABLED) && !fct_host->conn_is_tls(s->conn)
                             ? "it wants TLS first: leave tls=none away"
                             : "it offers no way to sign in that is supported here";
    fct_fail(err, FCT_E_AUTH, FCT_RETRY_NEVER, "%s: the server lets nobody sign in like this: %s", s->ep.host, advice);
    if (err)
        err->user_action = 1;
    return -1;
}

/* A NO without a code or words that say otherwise means that the credentials are wrong. */
static int fail_login(struct imap_session *s, const struct imap_command *c, struct fct_error *err)
{
    imap_fail_answer(s, c, err);
    /* A server that hangs up says so first; the NO that follows is about that. */
    bool leaves = s->said_bye && err && err->code == FCT_E_SERVER;
    if (leaves) {
        fct_fail(err, FCT_E_NETWORK, FCT_RETRY_LATER, "%s: the server ended the conversation", s->ep.host);
        fct_host->error_server(err, imap_buffer_bytes(s->bye.n > 0 ? &s->bye : &c->text));
        return -1;
    }
    bool no_reason = err && err->code == FCT_E_SERVER && err->retry == FCT_RETRY_NEVER && c->condition == IMAP_NO;
    /* Words that say that it is not the password (Gmail: "[ALERT] Too many simultaneous connections") have made it
     * LATER: an account that is told to be wrong is not tried again. */
    if (err && (no_reason || strcmp(c->code, "AUTHENTICATIONFAILED") == 0)) {
        fct_fail(err, FCT_E_AUTH, FCT_RETRY_NEVER,
                 "%s: the server does not accept user name and password (some providers want an app password)",
                 s->ep.host);
        err->user_action = 1;
        fct_host->error_server(err, imap_buffer_bytes(&c->text));
    }
    return -1;
}

static int try_mechanisms(struct imap_session *s, struct login *l, struct fct_error *err)
{
    const char *only = fct_host->account_get(s->acc, "auth");
    bool tried = false;
    for (size_t i = 0; i < N_MECHANISMS; i++) {
        const struct mechanism *m = &mechanisms[i];
        if (!is_usable(s, m, only) || (tried && (m->hides_password || !fct_host->conn_is_tls(s->conn))))
            continue;
        SCOPED(imap_command_done) struct imap_command c = {0};
        if (m->run(s, l, &c, err) == 0)
            return 0;
        if (s->broken)
            return -1;
        fail_login(s, &c, err);
        /* Some servers offer SCRAM and keep no SCRAM keys for this user: they refuse before they ask for a proof. Then
         * PLAIN, under TLS, decides. A wrong password is tried once only: providers lock accounts. */
        if (!m->hides_password || l->proved || (err && err->retry == FCT_RETRY_LATER))
            return -1;
        tried = true;
    }
    return tried ? -1 : fail_no_mechanism(s, err);
}

/* The password as it goes out: itself, quoted, and in base64 alone or as PLAIN has it. */
struct spellings {
    struct imap_buffer quoted, alone, plain;
};

static void spellings_done(struct spellings *w)
{
    imap_buffer_wipe(&w->quoted);
    imap_buffer_wipe(&w->alone);
    imap_buffer_wipe(&w->plain);
}

static void spell(const struct login *l, struct spellings *w)
{
    SCOPED(imap_buffer_wipe) struct imap_buffer message = {0};
    for (size_t i = 0; i < l->password.n; i++) {
        if (l->password.p[i] == '"' || l->password.p[i] == '\\')
            imap_buffer_add_char(&w->quoted, '\\');
        imap_buffer_add_char(&w->quoted, l->password.p[i]);
    }
    imap_base64_encode(l->password, &w->alone);
    plain_message(l, &message);
    imap_base64_encode(imap_buffer_bytes(&message), &w->plain);
}

static int authenticate(struct imap_session *s, struct login *l, struct fct_error *err)
{
    SCOPED(spellings_done) struct spellings w = {0};
    spell(l, &w);
    s->unsayable[0] = imap_buffer_bytes(&w.plain); /* first: the next may be its end */
    s->unsayable[1] = imap_buffer_bytes(&w.alone);
    s->unsayable[2] = imap_buffer_bytes(&w.quoted);
    s->unsayable[3] = l->password;
    s->n_unsayable = 4;
    int rc = try_mechanisms(s, l, err);
    s->n_unsayable = 0;
    return rc;
}

int imap_authenticate(struct imap_session *s, struct fct_error *err)
{
    char password[SECRET_BYTES];
    const char *user = fct_host->account_get(s->acc, "user");
    if (!user || !*user) {
        fct_fail(err, FCT_E_USER_ACTION, FCT_RETRY_NEVER, "%s: the account has no user name", s->ep.host);
        if (err)
            err->user_action = 1;
        return -1;
    }
    if (fct_host->account_secret(s->acc, "password", password, sizeof(password), err) < 0)
        return -1;
    struct login l = {.user = {user, strlen(user)}, .password = {password, strlen(password)}};
    int rc = imap_check_argument(l.user, "the user name", err);
    if (rc == 0)
        rc = imap_check_argument(l.password, "the password", err);
    if (rc == 0)
        rc = authenticate(s, &l, err);
    fct_host->wipe(password, sizeof(password));
    return rc;
}
