#include "smtp_fixture.h"

#include "base/error.h"

#include <stdlib.h>

/* ---- the core's side ------------------------------------------------------------------------------------- */

static int on_recipient(void *ctx, size_t index, uint32_t outcome, struct fct_bytes reply, struct fct_error *err)
{
    static const char *const names[] = {"?", "accepted", "later", "refused"};
    struct smtp_test *t = ctx;
    (void)err;
    buf_addf(&t->events, "%s %zu %.*s\n", names[outcome], index, (int)reply.n, reply.p);
    return 0;
}

static size_t message_size(const struct smtp_test *t)
{
    return t->message_size ? t->message_size : strlen(t->message);
}

static int on_read(void *ctx, struct fct_bytes *out, struct fct_error *err)
{
    struct smtp_test *t = ctx;
    size_t left = message_size(t) - t->read_at, n = t->piece && t->piece < left ? t->piece : left;
    (void)err;
    *out = (struct fct_bytes){t->message + t->read_at, n};
    t->read_at += n;
    return 0;
}

static int on_commit(void *ctx, struct fct_error *err)
{
    struct smtp_test *t = ctx;
    if (t->fail_commit)
        return fct_fail(err, FCT_E_CANCELLED, FCT_RETRY_NEVER, "it was taken back");
    buf_add_str(&t->events, "commit\n");
    return 0;
}

/* ---- the account ----------------------------------------------------------------------------------------- */

static const char *account_get(struct fct_account *acc, const char *key)
{
    const struct smtp_test *t = (const struct smtp_test *)acc;
    return strcmp(key, "user") == 0       ? t->user
           : strcmp(key, "smtpAuth") == 0 ? t->auth
           : strcmp(key, "smtpName") == 0 ? t->name
                                          : NULL;
}

static int account_secret(struct fct_account *acc, const char *name, char *buf, size_t cap, struct fct_error *err)
{
    const struct smtp_test *t = (const struct smtp_test *)acc;
    if (strcmp(name, "password") != 0 || !t->password)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no %s is stored", name);
    snprintf(buf, cap, "%s", t->password);
    return 0;
}

static int account_token(struct fct_account *acc, struct fct_bytes refused, char *buf, size_t cap, struct fct_error *err)
{
    const struct smtp_test *t = (const struct smtp_test *)acc;
    bool is_refused = refused.n > 0;
    (void)err;
    if (!t->token || (is_refused && (!t->next_token || refused.n != strlen(t->token) || memcmp(refused.p, t->token, refused.n) != 0)))
        return 0;
    snprintf(buf, cap, "%s", is_refused ? t->next_token : t->token);
    return 1;
}

/* ---- life ------------------------------------------------------------------------------------------------ */

/* Made once for all tests of a program. */
static struct {
    struct cert *ca, *cert;
    struct script_tls *tls;
    struct tls_trust *trust;
} shared;

static void forget_shared(void)
{
    tls_trust_free(shared.trust);
    script_tls_free(shared.tls);
    cert_free(shared.cert);
    cert_free(shared.ca);
}

static void give_up(const char *what, const struct fct_error *err)
{
    fprintf(stderr, "smtp fixture: %s: %s\n", what, err->message);
    abort();
}

static void make_shared(void)
{
    struct fct_error err = {0};
    if (shared.ca)
        return;
    shared.ca = cert_make(&(struct cert_options){.common_name = "Test CA", .is_ca = true});
    shared.cert = cert_make(
        &(struct cert_options){.common_name = "localhost", .dns = "localhost", .ip = "127.0.0.1", .issuer = shared.ca});
    shared.tls = script_tls_new(shared.cert, 0);
    if (tls_trust_new(cert_file(shared.ca), &shared.trust, &err) < 0)
        give_up("trust", &err);
    atexit(forget_shared);
}

void smtp_test_start(struct smtp_test *t, script_fn script, void *arg)
{
    static const char *const to[] = {"jane@example.org"};
    struct fct_error err = {0};
    bool implicit;
    memset(t, 0, sizeof(*t));
    uv_loop_init(&t->loop);
    fiber_set_loop(&t->loop);
    make_shared();
    t->account.trust = shared.trust;
    t->tls = shared.tls;
    if (plugins_load(PLUGINS, &t->plugins, &err) < 0 ||
        !(t->transport = plugins_transport(t->plugins, "smtp", &implicit)))
        give_up("plugins in " PLUGINS, &err);
    t->server = script_server_start(script, arg);
    t->user = "user";
    t->password = "pass";
    t->message = "Subject: hello\r\n\r\nhi\r\n";
    t->envelope = (struct fct_envelope){.size = sizeof(t->envelope), .sender = {"me@example.org", 14}};
    smtp_to(t, 1, to);
    t->account.label = "test";
    t->account.get = account_get;
    t->account.secret = account_secret;
    t->account.token = account_token;
    t->account.endpoint = (struct fct_endpoint){
        .size = sizeof(t->account.endpoint),
        .host = "127.0.0.1",
        .port = script_server_port(t->server),
        .tls = FCT_TLS_NONE,
        .connect_timeout_ms = 5000,
        .io_timeout_ms = 5000,
    };
}

void smtp_test_done(struct smtp_test *t)
{
    script_server_stop(t->server);
    fiber_loop_done(&t->loop);
    if (uv_loop_close(&t->loop) != 0)
        give_up("the loop still holds handles", &t->err);
    plugins_free(t->plugins);
    buf_done(&t->events);
}

void smtp_to(struct smtp_test *t, size_t n, const char *const *addresses)
{
    memset(t->recipients, 0, sizeof(t->recipients));
    for (size_t i = 0; i < n; i++)
        t->recipients[i].address = bytes_str(addresses[i]);
    t->envelope.recipients = t->recipients;
    t->envelope.n_recipients = n;
}

struct job {
    struct smtp_test *t;
    int (*act)(struct smtp_test *t);
};

static int run_job(void *arg)
{
    struct job *job = arg;
    int rc = job->act(job->t);
    job->t->transport->close(job->t->session, rc < 0 ? &job->t->err : NULL);
    job->t->session = NULL;
    return rc;
}

int smtp_run(struct smtp_test *t, int (*act)(struct smtp_test *t))
{
    struct job job = {t, act};
    struct fiber *f = fiber_spawn(&t->loop, "test", run_job, &job);
    int rc = fiber_join(f);
    fiber_unref(f);
    return rc;
}

int smtp_sign_in(struct smtp_test *t)
{
    return t->transport->connect(&t->account, &t->session, &t->err);
}

int smtp_send_one(struct smtp_test *t)
{
    const struct fct_outgoing o = {
        .size = sizeof(o), .ctx = t, .recipient = on_recipient, .read = on_read, .commit = on_commit};
    t->read_at = 0;
    t->sent = (struct fct_sent){.size = sizeof(t->sent)};
    t->envelope.octets = t->announced ? t->announced : message_size(t);
    return t->transport->send(t->session, &t->envelope, &o, &t->sent, &t->err);
}

int smtp_submit(struct smtp_test *t)
{
    return smtp_sign_in(t) < 0 ? -1 : smtp_send_one(t);
}

void assert_smtp_script_done(struct smtp_test *t)
{
    const char *failure = script_server_failure(t->server);
    if (failure)
        fail_msg("the server: %s", failure);
}

void assert_smtp_failed(struct smtp_test *t, int code, int retry, const char *words)
{
    if (t->err.code != code || t->err.retry != retry || !strstr(t->err.message, words))
        fail_msg("code %d retry %d \"%s\" (%s), expected code %d retry %d \"%s\"", t->err.code, t->err.retry,
                 t->err.message, t->err.server, code, retry, words);
}

/* ---- for scripts ----------------------------------------------------------------------------------------- */

void smtp_script_hello(struct script_conn *c, const char *extensions, bool with_auth)
{
    script_expect(c, "EHLO [127.0.0.1]");
    script_send(c, "250-mx.example.org at your service\r\n");
    for (const char *at = extensions; *at;) {
        size_t n = strcspn(at, "\n");
        script_sendf(c, "250-%.*s\r\n", (int)n, at);
        at += n + (at[n] != '\0');
    }
    script_send(c, with_auth ? "250 AUTH PLAIN\r\n" : "250 HELP\r\n");
}

void smtp_script_login(struct script_conn *c, const char *extensions)
{
    script_send(c, "220 mx.example.org ESMTP\r\n");
    smtp_script_hello(c, extensions, true);
    script_expect(c, "AUTH PLAIN AHVzZXIAcGFzcw==");
    script_send(c, "235 2.7.0 welcome\r\n");
}

void smtp_script_goodbye(struct script_conn *c)
{
    script_expect(c, "QUIT");
    script_send(c, "221 bye\r\n");
    script_expect_end(c);
}
