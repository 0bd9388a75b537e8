#include "fixture.h"

#include "base/error.h"

#include <stdlib.h>

/* ---- the sink: everything becomes a line ---------------------------------------------------------------- */

static const char *flag_words(const struct fct_flags *f)
{
    static const char *const names[] = {"seen",      "answered", "flagged", "draft",    "deleted",
                                        "forwarded", "junk",     "notjunk", "phishing", "mdnsent"};
    static char out[300];
    out[0] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (f->bits & 1u << i)
            sprintf(out + strlen(out), " %s", names[i]);
    if (f->keywords.n > 0)
        snprintf(out + strlen(out), 100, " +%.*s", (int)f->keywords.n, f->keywords.p);
    return out;
}

static void add_status(struct buf *to, const struct fct_mailbox_status *st)
{
    buf_addf(to, " messages=%lld unseen=%lld validity=%u next=%llu modseq=%llu", (long long)st->messages,
             (long long)st->unseen, st->uidvalidity, (unsigned long long)st->uidnext, (unsigned long long)st->modseq);
    if (st->mailbox_id.n > 0)
        buf_addf(to, " id=%.*s", (int)st->mailbox_id.n, st->mailbox_id.p);
}

static int on_mailbox(void *ctx, const struct fct_mailbox *mb, struct fct_error *err)
{
    struct imap_test *t = ctx;
    (void)err;
    buf_addf(&t->events, "mailbox %.*s wire=%.*s role=%u attrs=%x delimiter=%c", (int)mb->name.n, mb->name.p,
             (int)mb->wire_name.n, mb->wire_name.p, mb->role, mb->attrs, mb->delimiter ? (char)mb->delimiter : '-');
    if (mb->attrs & FCT_MB_STATUS_KNOWN)
        add_status(&t->events, &mb->status);
    buf_add_char(&t->events, '\n');
    return 0;
}

static int on_flags(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    struct imap_test *t = ctx;
    (void)err;
    buf_addf(&t->events, "flags %llu%s", (unsigned long long)m->uid, flag_words(&m->flags));
    if (m->modseq)
        buf_addf(&t->events, " modseq=%llu", (unsigned long long)m->modseq);
    if (m->octets)
        buf_addf(&t->events, " octets=%llu date=%lld", (unsigned long long)m->octets, (long long)m->internal_date);
    if (m->email_id.n > 0)
        buf_addf(&t->events, " id=%.*s", (int)m->email_id.n, m->email_id.p);
    if (m->header.n > 0)
        buf_addf(&t->events, " <%.*s>", (int)m->header.n, m->header.p);
    if (m->remote_id.n > 0)
        buf_addf(&t->events, " uidl=%.*s", (int)m->remote_id.n, m->remote_id.p);
    buf_add_char(&t->events, '\n');
    return 0;
}

static int on_vanished(void *ctx, const struct fct_uid_range *r, size_t n, struct fct_error *err)
{
    struct imap_test *t = ctx;
    (void)err;
    buf_add_str(&t->events, "vanished");
    for (size_t i = 0; i < n; i++)
        buf_addf(&t->events, " %llu-%llu", (unsigned long long)r[i].first, (unsigned long long)r[i].last);
    buf_add_char(&t->events, '\n');
    return 0;
}

static int on_exists(void *ctx, uint64_t messages, struct fct_error *err)
{
    struct imap_test *t = ctx;
    (void)err;
    buf_addf(&t->events, "exists %llu\n", (unsigned long long)messages);
    return 0;
}

static int on_begin(void *ctx, uint64_t octets, struct fct_error *err)
{
    struct imap_test *t = ctx;
    if (t->too_large && octets != FCT_OCTETS_UNKNOWN && octets >= t->too_large)
        return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "%llu octets are too many", (unsigned long long)octets);
    t->octets = octets;
    t->body_seen = 0;
    buf_clear(&t->body);
    return 0;
}

static int on_data(void *ctx, struct fct_bytes part, struct fct_error *err)
{
    struct imap_test *t = ctx;
    t->body_seen += part.n;
    if (t->octets == FCT_OCTETS_UNKNOWN && t->too_large && t->body_seen >= t->too_large)
        return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "more than %llu octets", (unsigned long long)t->too_large);
    if (!t->body_bytes_max || t->body_seen <= t->body_bytes_max)
        buf_add(&t->body, part.p, part.n);
    if (t->fail_at_data)
        return fct_fail(err, FCT_E_DISK_FULL, FCT_RETRY_LATER, "the disk is full");
    return 0;
}

static int on_end(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    struct imap_test *t = ctx;
    (void)err;
    buf_addf(&t->events, "%s %llu%s octets=%llu date=%lld", m->is_partial ? "header" : "message",
             (unsigned long long)m->uid, flag_words(&m->flags), (unsigned long long)m->octets,
             (long long)m->internal_date);
    if (m->modseq)
        buf_addf(&t->events, " modseq=%llu", (unsigned long long)m->modseq);
    if (m->email_id.n > 0)
        buf_addf(&t->events, " id=%.*s", (int)m->email_id.n, m->email_id.p);
    if (m->remote_id.n > 0)
        buf_addf(&t->events, " uidl=%.*s", (int)m->remote_id.n, m->remote_id.p);
    if ((t->body_seen == t->octets || t->octets == FCT_OCTETS_UNKNOWN) && !t->body_bytes_max)
        buf_addf(&t->events, " <%s>\n", buf_str(&t->body));
    else
        buf_addf(&t->events, " %llu of %llu\n", (unsigned long long)t->body_seen, (unsigned long long)t->octets);
    return 0;
}

static int on_status(void *ctx, struct fct_bytes wire_name, const struct fct_mailbox_status *st, struct fct_error *err)
{
    struct imap_test *t = ctx;
    (void)err;
    buf_addf(&t->events, "status %.*s", (int)wire_name.n, wire_name.p);
    add_status(&t->events, st);
    buf_add_char(&t->events, '\n');
    return 0;
}

/* ---- the account ---------------------------------------------------------------------------------------- */

static const char *account_get(struct fct_account *acc, const char *key)
{
    const struct imap_test *t = (const struct imap_test *)acc;
    return strcmp(key, "user") == 0       ? t->user
           : strcmp(key, "auth") == 0     ? t->auth
           : strcmp(key, "compress") == 0 ? t->compress
                                          : NULL;
}

static int account_secret(struct fct_account *acc, const char *name, char *buf, size_t cap, struct fct_error *err)
{
    const struct imap_test *t = (const struct imap_test *)acc;
    if (strcmp(name, "password") != 0 || !t->password)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no %s is stored", name);
    snprintf(buf, cap, "%s", t->password);
    return 0;
}

static int account_token(struct fct_account *acc, struct fct_bytes refused, char *buf, size_t cap, struct fct_error *err)
{
    const struct imap_test *t = (const struct imap_test *)acc;
    bool is_refused = refused.n > 0;
    (void)err;
    if (!t->token || (is_refused && (!t->next_token || refused.n != strlen(t->token) || memcmp(refused.p, t->token, refused.n) != 0)))
        return 0;
    snprintf(buf, cap, "%s", is_refused ? t->next_token : t->token);
    return 1;
}

/* ---- life ----------------------------------------------------------------------------------------------- */

/* Made once for all tests of a program: keys and the system's authorities take their time. */
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
    fprintf(stderr, "fixture: %s: %s\n", what, err->message);
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

void imap_test_start(struct imap_test *t, script_fn script)
{
    source_test_start(t, "imap", script);
}

void source_test_start(struct imap_test *t, const char *scheme, script_fn script)
{
    struct fct_error err = {0};
    bool implicit;
    memset(t, 0, sizeof(*t));
    uv_loop_init(&t->loop);
    fiber_set_loop(&t->loop);
    make_shared();
    t->account.trust = shared.trust;
    t->tls = shared.tls;
    t->cert = shared.cert;
    if (plugins_load(PLUGINS, &t->plugins, &err) < 0 || !(t->source = plugins_source(t->plugins, scheme, &implicit)))
        give_up("plugins in " PLUGINS, &err);
    t->server = script_server_start(script, t);
    t->user = "user";
    t->password = "pass";
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
    t->sink = (struct fct_sink){
        .size = sizeof(t->sink),
        .ctx = t,
        .mailbox = on_mailbox,
        .flags = on_flags,
        .vanished = on_vanished,
        .exists = on_exists,
        .message_begin = on_begin,
        .message_data = on_data,
        .message_end = on_end,
        .status = on_status,
    };
}

void imap_test_done(struct imap_test *t)
{
    script_server_stop(t->server);
    fiber_loop_done(&t->loop);
    if (uv_loop_close(&t->loop) != 0)
        give_up("the loop still holds handles", &t->err);
    plugins_free(t->plugins);
    buf_done(&t->events);
    buf_done(&t->body);
}

struct job {
    struct imap_test *t;
    int (*act)(struct imap_test *t);
};

static int run_job(void *arg)
{
    struct job *job = arg;
    int rc = job->act(job->t);
    job->t->source->close(job->t->session, rc < 0 ? &job->t->err : NULL);
    job->t->session = NULL;
    return rc;
}

int run(struct imap_test *t, int (*act)(struct imap_test *t))
{
    struct job job = {t, act};
    t->fiber = fiber_spawn(&t->loop, "test", run_job, &job);
    int rc = fiber_join(t->fiber);
    fiber_unref(t->fiber);
    return rc;
}

int sign_in(struct imap_test *t)
{
    return t->source->connect(&t->account, &t->session, &t->can, &t->err);
}

int select_known(struct imap_test *t, const char *name, uint32_t uidvalidity, uint64_t modseq)
{
    struct fct_known known = {.size = sizeof(known), .uidvalidity = uidvalidity, .modseq = modseq};
    return t->source->select(t->session, bytes_str(name), &known, &t->sink, &t->status, &t->caught_up, &t->err);
}

int open_inbox(struct imap_test *t)
{
    return sign_in(t) < 0 ? -1 : select_known(t, "INBOX", 0, 0);
}

void assert_events(struct imap_test *t, const char *events)
{
    assert_string_equal(buf_str(&t->events), events);
}

void assert_script_done(struct imap_test *t)
{
    const char *failure = script_server_failure(t->server);
    if (failure)
        fail_msg("the server: %s", failure);
}

void assert_failed(struct imap_test *t, int code, int retry, const char *words)
{
    if (t->err.code != code || t->err.retry != retry || !strstr(t->err.message, words))
        fail_msg("code %d retry %d \"%s\" (%s), expected code %d retry %d \"%s\"", t->err.code, t->err.retry,
                 t->err.message, t->err.server, code, retry, words);
}

/* ---- for scripts ---------------------------------------------------------------------------------------- */

void script_login(struct script_conn *c, const char *capabilities)
{
    script_sendf(c, "* OK [CAPABILITY %s] ready\r\n", capabilities);
    script_expect(c, "A1 AUTHENTICATE PLAIN AHVzZXIAcGFzcw==");
    script_sendf(c, "A1 OK [CAPABILITY %s] welcome\r\n", capabilities);
}

void script_select(struct script_conn *c, const char *expected, const char *more)
{
    char tag[16];
    snprintf(tag, sizeof(tag), "%.*s", (int)strcspn(expected, " "), expected);
    script_expect(c, expected);
    script_send(c, "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n"
                   "* 3 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 10] ok\r\n");
    script_send(c, more);
    script_sendf(c, "%s OK [READ-WRITE] selected\r\n", tag);
}

void script_goodbye(struct script_conn *c)
{
    script_expect(c, "Z LOGOUT");
    script_send(c, "* BYE\r\nZ OK\r\n");
    script_expect_end(c);
}
