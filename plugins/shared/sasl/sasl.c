#include "sasl/sasl.h"

#include "sasl/scram.h"
#include "wire/base64.h"

#include <string.h>
#include <strings.h>

#define NONCE_BYTES 18
#define BINDING_MAX 64                   /* bytes of channel binding: a hash, or a Finished message */
#define CHALLENGE_MAX ((size_t)64 << 10) /* of base64; SCRAM and CRAM-MD5 need some hundred */

/* ---- messages ------------------------------------------------------------------------------------------- */

void sasl_plain_message(const struct sasl_login *l, struct wire_buffer *out)
{
    wire_buffer_add_char(out, '\0');
    wire_buffer_add(out, l->user.p, l->user.n);
    wire_buffer_add_char(out, '\0');
    wire_buffer_add(out, l->password.p, l->password.n);
}

/* RFC 5801 section 4, RFC 5802 section 5.1: ',' and '=' of a name in a GS2 header. */
static void add_saslname(struct fct_bytes name, struct wire_buffer *out)
{
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == ',')
            wire_buffer_add_str(out, "=2C");
        else if (name.p[i] == '=')
            wire_buffer_add_str(out, "=3D");
        else
            wire_buffer_add_char(out, name.p[i]);
    }
}

void sasl_oauthbearer_message(const struct sasl_login *l, const char *host, uint32_t port, struct wire_buffer *out)
{
    wire_buffer_add_str(out, "n,a=");
    add_saslname(l->user, out);
    wire_buffer_addf(out, ",\001host=%s\001port=%u\001auth=Bearer ", host, port);
    wire_buffer_add(out, l->token.p, l->token.n);
    wire_buffer_add_str(out, "\001\001");
}

void sasl_xoauth2_message(const struct sasl_login *l, struct wire_buffer *out)
{
    wire_buffer_add_str(out, "user=");
    wire_buffer_add(out, l->user.p, l->user.n);
    wire_buffer_add_str(out, "\001auth=Bearer ");
    wire_buffer_add(out, l->token.p, l->token.n);
    wire_buffer_add_str(out, "\001\001");
}

void sasl_cram_md5_message(const struct sasl_login *l, struct fct_bytes challenge, struct wire_buffer *out)
{
    unsigned char digest[32];
    size_t n = fct_host->hmac("md5", l->password, challenge, digest);
    wire_buffer_add(out, l->user.p, l->user.n);
    wire_buffer_add_char(out, ' ');
    for (size_t i = 0; i < n; i++)
        wire_buffer_addf(out, "%02x", digest[i]);
}

/* ---- the steps that all of them share ------------------------------------------------------------------- */

/* RFC 4422 appendix A: an empty authorization identity, for which RFC 4959, RFC 4954 and RFC 5034 have "=" beside the
 * command. */
static int begin_external(const struct sasl_carrier *c, struct fct_error *err)
{
    const struct fct_bytes nothing = {"=", 1};
    struct fct_bytes asked;
    if (c->begin(c->ctx, "EXTERNAL", c->initial_max > 0 ? &nothing : NULL, err) < 0)
        return -1;
    int more = c->initial_max > 0 ? 0 : c->wait(c->ctx, &asked, err);
    return more <= 0 ? more : c->reply(c->ctx, (struct fct_bytes){0}, err);
}

/* Sends the command, with the first message if there is room for it, else after the server has asked for it. */
static int begin(const struct sasl_carrier *c, const char *mechanism, struct fct_bytes first, struct fct_error *err)
{
    SCOPED(wire_buffer_wipe) struct wire_buffer text = {0};
    struct fct_bytes asked;
    wire_base64_encode(first, &text);
    struct fct_bytes initial = wire_buffer_bytes(&text);
    bool at_once = first.n > 0 && text.n <= c->initial_max;
    if (c->begin(c->ctx, mechanism, at_once ? &initial : NULL, err) < 0)
        return -1;
    if (at_once || first.n == 0)
        return 0;
    int more = c->wait(c->ctx, &asked, err);
    return more <= 0 ? more : c->reply(c->ctx, initial, err);
}

static int reply(const struct sasl_carrier *c, struct fct_bytes message, struct fct_error *err)
{
    SCOPED(wire_buffer_wipe) struct wire_buffer text = {0};
    wire_base64_encode(message, &text);
    return c->reply(c->ctx, wire_buffer_bytes(&text), err);
}

static int give_up(const struct sasl_carrier *c, const struct fct_error *err)
{
    c->give_up(c->ctx, err);
    return -1;
}

/* Waits for a message of the server's and decodes it. 1: there is one; 0: the command was answered instead. */
static int take_challenge(const struct sasl_carrier *c, struct wire_buffer *out, struct fct_error *err)
{
    struct fct_bytes text;
    out->n = 0;
    int more = c->wait(c->ctx, &text, err);
    if (more <= 0)
        return more;
    if (text.n <= CHALLENGE_MAX && wire_base64_decode(text, out))
        return 1;
    fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "%s: the server's SASL message is no base64", c->host);
    return give_up(c, err);
}

/* The server is not what it says, or broken: no other mechanism is tried with it. */
static int distrust(const struct sasl_carrier *c, const char *why, struct fct_error *err)
{
    fct_fail(err, FCT_E_AUTH, FCT_RETRY_NEVER, "%s: %s; no password was sent", c->host, why);
    if (err)
        err->user_action = 1;
    return give_up(c, err);
}

/* ---- mechanisms: 1 signed in, 0 refused, -1 the conversation is over ------------------------------------ */

static int run_plain(const struct sasl_carrier *c, const struct sasl_login *l, struct fct_error *err)
{
    SCOPED(wire_buffer_wipe) struct wire_buffer message = {0};
    sasl_plain_message(l, &message);
    return begin(c, "PLAIN", wire_buffer_bytes(&message), err) < 0 ? -1 : c->finish(c->ctx, err);
}

/* Two questions, whose words nobody agrees upon. */
static int run_login(const struct sasl_carrier *c, const struct sasl_login *l, struct fct_error *err)
{
    const struct fct_bytes answers[] = {l->user, l->password};
    if (begin(c, "LOGIN", (struct fct_bytes){0}, err) < 0)
        return -1;
    for (size_t i = 0; i < 2; i++) {
        struct fct_bytes question;
        int more = c->wait(c->ctx, &question, err);
        if (more < 0 || (more == 1 && reply(c, answers[i], err) < 0))
            return -1;
        if (more == 0)
            break;
    }
    return c->finish(c->ctx, err);
}

static int run_cram_md5(const struct sasl_carrier *c, struct sasl_login *l, struct fct_error *err)
{
    SCOPED(wire_buffer_done) struct wire_buffer challenge = {0};
    SCOPED(wire_buffer_wipe) struct wire_buffer message = {0};
    if (begin(c, "CRAM-MD5", (struct fct_bytes){0}, err) < 0)
        return -1;
    int more = take_challenge(c, &challenge, err);
    if (more <= 0)
        return more < 0 ? -1 : c->finish(c->ctx, err);
    sasl_cram_md5_message(l, wire_buffer_bytes(&challenge), &message);
    l->proved = true;
    return reply(c, wire_buffer_bytes(&message), err) < 0 ? -1 : c->finish(c->ctx, err);
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

static int answer_scram(const struct sasl_carrier *c, bool is_tls, struct scram *scram, struct wire_buffer *challenge,
                        struct fct_error *err)
{
    struct scram_job job = {
        .scram = scram,
        .server_first = wire_buffer_bytes(challenge),
        .iterations_min = is_tls ? 1 : SCRAM_ITERATIONS_MIN,
    };
    if (fct_host->offload(run_scram_job, &job, err) < 0)
        return give_up(c, err);
    if (job.rc < 0)
        return distrust(c, job.err.message, err);
    return reply(c, wire_buffer_bytes(&scram->final), err);
}

/* The command was answered before the exchange was over: only a refusal makes sense. */
static int finish_early(const struct sasl_carrier *c, struct fct_error *err)
{
    int accepted = c->finish(c->ctx, err);
    return accepted == 1 ? distrust(c, "the server says that we are signed in, and asked for nothing", err) : accepted;
}

/* "e=unknown-user" (RFC 5802 section 7): whether a message of the server's is an error, and which. */
static bool is_error(const struct wire_buffer *message, const char *name)
{
    size_t n = strlen(name);
    bool is_any = message->n > 2 && memcmp(message->p, "e=", 2) == 0;
    return is_any && (n == 0 || (message->n - 2 >= n && memcmp(message->p + 2, name, n) == 0));
}

/* What it says about the channel is no matter of the password. -1: it is that; 0: go on. */
static int check_channel(const struct sasl_carrier *c, const struct wire_buffer *message, struct fct_error *err)
{
    if (is_error(message, "channel-bindings-dont-match"))
        return distrust(c, "the server sees another TLS channel than we do: somebody sits between", err);
    if (is_error(message, "server-does-support-channel-binding"))
        return distrust(c, "the server offers SCRAM-PLUS, and somebody has taken it out of its list", err);
    return 0;
}

/* An error instead of the server's first message: it is answered, and the refusal follows. */
static int refused_at_once(const struct sasl_carrier *c, const struct wire_buffer *message, struct fct_error *err)
{
    if (check_channel(c, message, err) < 0 || c->reply(c->ctx, (struct fct_bytes){0}, err) < 0)
        return -1;
    return finish_early(c, err);
}

static int run_scram(const struct sasl_carrier *c, bool is_tls, struct scram *scram, const char *mechanism,
                     struct fct_error *err)
{
    SCOPED(wire_buffer_done) struct wire_buffer challenge = {0};
    if (begin(c, mechanism, wire_buffer_bytes(&scram->first), err) < 0)
        return -1;
    int more = take_challenge(c, &challenge, err);
    if (more <= 0)
        return more < 0 ? -1 : finish_early(c, err);
    if (is_error(&challenge, ""))
        return refused_at_once(c, &challenge, err);
    if (answer_scram(c, is_tls, scram, &challenge, err) < 0)
        return -1;
    more = take_challenge(c, &challenge, err);
    if (more < 0)
        return -1;
    int answered = more == 0 ? c->finish(c->ctx, err) : 1;
    if (answered <= 0)
        return answered;
    /* "e=invalid-proof" (RFC 5802 section 5.1) is a wrong password, told before the refusal itself. */
    bool refused = is_error(&challenge, "");
    if (refused && check_channel(c, &challenge, err) < 0)
        return -1;
    if (!refused && !scram_verify(scram, wire_buffer_bytes(&challenge)))
        return distrust(c, "the server cannot prove that it knows the password: it may be an impostor", err);
    if (c->reply(c->ctx, (struct fct_bytes){0}, err) < 0)
        return -1;
    int accepted = c->finish(c->ctx, err);
    if (refused && accepted == 1)
        return distrust(c, "the server refused the proof and lets us in", err);
    return accepted;
}

static int try_scram(const struct sasl_carrier *c, bool is_tls, struct sasl_login *l, const char *mechanism,
                     const char *hash, const struct scram_binding *binding, struct fct_error *err)
{
    SCOPED(wire_buffer_done) struct wire_buffer nonce = {0};
    SCOPED(scram_done) struct scram scram = {0};
    unsigned char random[NONCE_BYTES];
    fct_host->random(random, sizeof(random));
    wire_base64_encode((struct fct_bytes){(char *)random, sizeof(random)}, &nonce);
    scram_init(&scram, hash, l->user, l->password, wire_buffer_str(&nonce), binding);
    int accepted = run_scram(c, is_tls, &scram, mechanism, err);
    l->proved = scram.n_hash > 0;
    return accepted;
}

/* What SCRAM can be bound to, in the order in which it is tried; each is there in some versions of TLS only. */
enum channel_type { UNIQUE, EXPORTER, UNIQUE_1_3, END_POINT, N_CHANNEL_TYPES };

static size_t channel(const struct sasl_offer *offer, enum channel_type type, char buf[BINDING_MAX])
{
    static const char *const names[] = {"tls-unique", "tls-exporter", "tls-unique-1.3", "tls-server-end-point"};
    return offer->conn ? fct_host->conn_channel_binding(offer->conn, names[type], buf, BINDING_MAX) : 0;
}

static bool can_bind(const struct sasl_offer *offer)
{
    char data[BINDING_MAX];
    return channel(offer, END_POINT, data) > 0 || channel(offer, EXPORTER, data) > 0 ||
           channel(offer, UNIQUE, data) > 0;
}

/* A server cannot say which types it knows. One that refuses the first before it has asked for a proof is offered what
 * every server can compute. Cyrus (3.6) binds to the Finished message in TLS 1.3, too, still calls it tls-unique, and
 * finds any other name only when it has the proof: those are its words for it, and not for a wrong password. */
static bool is_worth_trying(enum channel_type type, bool has_tried, const struct sasl_login *l,
                            const struct fct_error *err)
{
    if (type == UNIQUE_1_3)
        return l->proved && strcasestr(err->server, "bad protocol");
    return type == END_POINT ? !l->proved : !has_tried;
}

static int try_scram_plus(const struct sasl_carrier *c, const struct sasl_offer *offer, struct sasl_login *l,
                          const char *mechanism, const char *hash, struct fct_error *err)
{
    static const char *const headers[] = {"p=tls-unique,,", "p=tls-exporter,,", "p=tls-unique,,",
                                          "p=tls-server-end-point,,"};
    char data[BINDING_MAX];
    bool has_tried = false;
    int accepted = 0;
    for (enum channel_type type = 0; type < N_CHANNEL_TYPES && accepted == 0; type++) {
        size_t n = is_worth_trying(type, has_tried, l, err) ? channel(offer, type, data) : 0;
        if (n == 0)
            continue;
        accepted =
            try_scram(c, offer->is_tls, l, mechanism, hash, &(struct scram_binding){headers[type], {data, n}}, err);
        has_tried = true;
        if (accepted == 0)
            c->refusal(c->ctx, err);
        if (accepted == 0 && err->code != FCT_E_AUTH)
            break; /* it has no time for us */
    }
    return accepted;
}

/* Without -PLUS, where the server offers it, it is the user who wants it so. */
static int try_scram_unbound(const struct sasl_carrier *c, const struct sasl_offer *offer, struct sasl_login *l,
                             const char *mechanism, const char *hash, struct fct_error *err)
{
    bool is_offered = offer->mechanisms & (SASL_SCRAM_SHA256_PLUS | SASL_SCRAM_SHA1_PLUS);
    const struct scram_binding binding = {can_bind(offer) && !is_offered ? "y,," : "n,,", {0}};
    return try_scram(c, offer->is_tls, l, mechanism, hash, &binding, err);
}

/* A server that refuses a token says why in a challenge, in JSON, which has to be answered before it says no: with a
 * single ^A (RFC 7628 section 3.2.3), in XOAUTH2 with nothing. *why is the JSON. */
static int run_token(const struct sasl_carrier *c, const struct sasl_offer *offer, bool is_bearer,
                     const struct sasl_login *l, struct wire_buffer *why, struct fct_error *err)
{
    SCOPED(wire_buffer_wipe) struct wire_buffer message = {0};
    const struct fct_bytes dummy = {"\001", is_bearer ? 1 : 0};
    if (is_bearer)
        sasl_oauthbearer_message(l, c->host, offer->port, &message);
    else
        sasl_xoauth2_message(l, &message);
    if (begin(c, is_bearer ? "OAUTHBEARER" : "XOAUTH2", wire_buffer_bytes(&message), err) < 0)
        return -1;
    int more = take_challenge(c, why, err);
    if (more < 0 || (more == 1 && reply(c, dummy, err) < 0))
        return -1;
    int accepted = c->finish(c->ctx, err);
    if (more == 1 && accepted == 1) {
        fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "%s: the server refuses the access token and lets us in",
                 c->host);
        return give_up(c, err);
    }
    return accepted;
}

static int fail_token(const struct sasl_carrier *c, const struct wire_buffer *why, struct fct_error *err)
{
    const struct fct_error refused = *err;
    fct_fail(err, FCT_E_AUTH, FCT_RETRY_NEVER,
             "%s: the server does not accept the access token: is it for this user, and does the consent cover mail? "
             "(facteur account login gives it anew)",
             c->host);
    err->user_action = 1;
    if (why->n > 0)
        fct_host->error_server(err, wire_buffer_bytes(why));
    else
        fct_host->error_server(err, (struct fct_bytes){refused.server, strlen(refused.server)});
    return -1;
}

/* One that was withdrawn, or is older than the server likes, is renewed and tried once more. */
static int sign_in_with_token(const struct sasl_carrier *c, const struct sasl_offer *offer, bool is_bearer,
                              struct sasl_login *l, struct fct_error *err)
{
    SCOPED(wire_buffer_done) struct wire_buffer why = {0};
    for (bool again = false;; again = true) {
        int accepted = run_token(c, offer, is_bearer, l, &why, err);
        if (accepted != 0)
            return accepted < 0 ? -1 : 0;
        c->refusal(c->ctx, err);
        if (err->code != FCT_E_AUTH)
            return -1;
        struct fct_error because = {0};
        int renewed = again ? 0 : sasl_login_renew(l, &because);
        if (renewed < 0)
            *err = because;
        if (renewed < 0)
            return -1;
        if (renewed == 0)
            return fail_token(c, &why, err);
    }
}

static int sign_in_with_certificate(const struct sasl_carrier *c, struct fct_error *err)
{
    int accepted = begin_external(c, err) < 0 ? -1 : c->finish(c->ctx, err);
    if (accepted != 0)
        return accepted < 0 ? -1 : 0;
    c->refusal(c->ctx, err);
    if (err->code != FCT_E_AUTH)
        return -1;
    const struct fct_error refused = *err;
    fct_fail(err, FCT_E_AUTH, FCT_RETRY_NEVER,
             "%s: the server does not accept the client certificate: is it one that it knows, and is it still valid?",
             c->host);
    err->user_action = 1;
    fct_host->error_server(err, (struct fct_bytes){refused.server, strlen(refused.server)});
    return -1;
}

/* ---- the choice ----------------------------------------------------------------------------------------- */

static const struct mechanism {
    uint32_t bit;
    const char *setting, *name; /* as an account's "auth" has it, and as the server's list has it; NULL: not there */
    bool hides_password, is_token;
} mechanisms[] = {
    {SASL_EXTERNAL, "external", "EXTERNAL", true, false},
    {SASL_OAUTHBEARER, "oauthbearer", "OAUTHBEARER", false, true},
    {SASL_XOAUTH2, "xoauth2", "XOAUTH2", false, true},
    {SASL_SCRAM_SHA256_PLUS, "scram-sha-256-plus", "SCRAM-SHA-256-PLUS", true, false},
    {SASL_SCRAM_SHA1_PLUS, "scram-sha-1-plus", "SCRAM-SHA-1-PLUS", true, false},
    {SASL_SCRAM_SHA256, "scram-sha-256", "SCRAM-SHA-256", true, false},
    {SASL_SCRAM_SHA1, "scram-sha-1", "SCRAM-SHA-1", true, false},
    {SASL_CRAM_MD5, "cram-md5", "CRAM-MD5", true, false},
    {SASL_DIGEST, "apop", NULL, true, false},
    {SASL_PLAIN, "plain", "PLAIN", false, false},
    {SASL_LOGIN, "login", "LOGIN", false, false},
    {SASL_COMMAND, "command", NULL, false, false},
};
#define N_MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

uint32_t sasl_mechanism_of(struct fct_bytes name)
{
    for (size_t i = 0; i < N_MECHANISMS; i++)
        if (mechanisms[i].name && wire_equal(name, mechanisms[i].name))
            return mechanisms[i].bit;
    return 0;
}

bool sasl_wants_external(struct fct_account *acc, const struct fct_conn *conn, const char *only, uint32_t offered)
{
    if (only && strcasecmp(only, "auto") != 0)
        return strcasecmp(only, "external") == 0;
    return offered & SASL_EXTERNAL && fct_host->conn_is_tls(conn) && fct_host->account_get(acc, "certFile");
}

static bool is_usable(const struct sasl_offer *offer, const struct sasl_login *l, const struct mechanism *m)
{
    if (m->is_token != (l->token.n > 0) || (m->bit == SASL_EXTERNAL) != l->is_external)
        return false;
    if (l->is_external && !offer->is_tls)
        return false;
    if (offer->only && strcasecmp(offer->only, "auto") != 0 && strcasecmp(offer->only, m->setting) != 0)
        return false;
    if (m->bit & (SASL_SCRAM_SHA256_PLUS | SASL_SCRAM_SHA1_PLUS) && !can_bind(offer))
        return false;
    /* Someone who asked for TLS and does not have it never gets here; this is the second lock on that door. */
    if (!m->hides_password && !offer->is_tls && !offer->may_be_clear)
        return false;
    return offer->mechanisms & m->bit;
}

static int run(const struct sasl_carrier *c, const struct sasl_offer *offer, const struct mechanism *m,
               struct sasl_login *l, struct fct_error *err)
{
    switch (m->bit) {
    case SASL_SCRAM_SHA256_PLUS:
        return try_scram_plus(c, offer, l, m->name, "sha256", err);
    case SASL_SCRAM_SHA1_PLUS:
        return try_scram_plus(c, offer, l, m->name, "sha1", err);
    case SASL_SCRAM_SHA256:
        return try_scram_unbound(c, offer, l, m->name, "sha256", err);
    case SASL_SCRAM_SHA1:
        return try_scram_unbound(c, offer, l, m->name, "sha1", err);
    case SASL_CRAM_MD5:
        return run_cram_md5(c, l, err);
    case SASL_PLAIN:
        return run_plain(c, l, err);
    case SASL_LOGIN:
        return run_login(c, l, err);
    default:
        l->proved |= m->bit == SASL_DIGEST;
        return c->own(c->ctx, m->bit, l, err);
    }
}

static int fail_no_mechanism(const struct sasl_carrier *c, const struct sasl_offer *offer, const struct sasl_login *l,
                             struct fct_error *err)
{
    const char *hint = offer->hint      ? offer->hint
                       : l->token.n > 0 ? "it takes no access tokens (OAUTHBEARER, XOAUTH2)"
                                        : "it offers no way to sign in that is supported here";
    fct_fail(err, FCT_E_AUTH, FCT_RETRY_NEVER, "%s: the server lets nobody sign in like this: %s", c->host, hint);
    if (err)
        err->user_action = 1;
    return -1;
}

int sasl_sign_in(const struct sasl_carrier *c, const struct sasl_offer *offer, struct sasl_login *l,
                 struct fct_error *err)
{
    struct fct_error unwanted;
    bool tried = false;
    err = err ? err : &unwanted;
    for (size_t i = 0; i < N_MECHANISMS; i++) {
        const struct mechanism *m = &mechanisms[i];
        if (!is_usable(offer, l, m) || (tried && (m->hides_password || !offer->is_tls)))
            continue;
        if (m->bit == SASL_EXTERNAL)
            return sign_in_with_certificate(c, err);
        if (m->is_token)
            return sign_in_with_token(c, offer, m->bit == SASL_OAUTHBEARER, l, err);
        int accepted = run(c, offer, m, l, err);
        if (accepted != 0)
            return accepted < 0 ? -1 : 0;
        c->refusal(c->ctx, err);
        /* Some servers offer SCRAM and keep no SCRAM keys for this user: they refuse before they ask for a proof. Then
         * PLAIN, under TLS, decides. A wrong password is tried once only: providers lock accounts. */
        if (!m->hides_password || l->proved || err->retry == FCT_RETRY_LATER)
            return -1;
        tried = true;
    }
    return tried ? -1 : fail_no_mechanism(c, offer, l, err);
}
