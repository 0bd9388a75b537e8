#include "door.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"
#include "base/sha256.h"
#include "place.h"
#include "session.h"
#include "store/accounts.h"
#include "store/ids.h"
#include "store/refusals.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PREFIX "facteur_"
#define SECRET_BYTES 32
#define SECRET_CHARS 43
#define COST_LOG2 15 /* with r = 8: 32 MiB, some 80 ms */
#define BLOCK_SIZE 8
#define PARALLEL 1
#define AT_ONCE 2
#define WAITING_MAX 16
#define KNOWN_MAX 64
#define REFUSALS_MAX 5
#define FREE_HERE 5      /* failures without a pause, from one place */
#define FREE_BY_NAME 10  /* from anywhere */
#define FREE_BY_PLACE 15 /* from there, whatever the name */
#define PAUSE_MS 2000    /* the first; each is twice as long */
#define PAUSE_MOST_MS 900000
#define PAUSE_TRUSTED_MOST_MS 30000
#define PAUSE_BY_NAME_MOST_MS 60000
#define PAUSE_BY_PLACE_MOST_MS 900000
#define FORGET_MS 86400000 /* failures older than that count no more */
#define USED_EVERY_S 60
#define NOTICE_FROM 10 /* failures */
#define NOTICE_EVERY_S 3600
#define LEAVING_MS 10000

/* A password that was right, for one token. */
struct known {
    int64_t token_id;
    unsigned char mac[CRYPTO_HASH_MAX];
};

struct trying {
    struct trying *next;
    const unsigned char *key;
};

struct door {
    struct api *api;
    uint64_t generation; /* of the tokens: counts what door_show_out was told */
    unsigned char mac_key[32];
    struct known known[KNOWN_MAX];
    size_t next_known;
    struct trying *trying;
    unsigned n_computing, n_waiting;
    struct wait_event freed; /* a name and place, or room for a computation */
    int64_t n_failed, told_at;
    struct fiber *watch; /* waits for the next token to expire; NULL: none does */
};

struct door *door_new(struct api *api)
{
    struct door *d = XNEW(struct door);
    d->api = api;
    crypto_random(d->mac_key, sizeof(d->mac_key));
    return d;
}

void door_free(struct door *d)
{
    if (!d)
        return;
    if (d->watch) {
        struct fiber *f = fiber_ref(d->watch);
        fiber_cancel(f);
        fiber_join(f);
        fiber_unref(f);
    }
    crypto_wipe(d, sizeof(*d));
    free(d);
}

static int refuse(struct fct_error *err)
{
    return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "this token, or this name and password, is not let in");
}

static int refuse_for_now(struct fct_error *err, int64_t ms)
{
    fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "too many attempts to sign in: wait a moment");
    err->retry_after_ms = ms;
    return -1;
}

/* ---- secrets ---- */

/* RFC 4648 section 5, without padding. */
static void write_base64url(const unsigned char *p, size_t n, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = 0; i < n; i++) {
        bits = bits << 8 | p[i];
        for (have += 8; have >= 6; have -= 6)
            *out++ = digits[bits >> (have - 6) & 63];
    }
    if (have)
        *out++ = digits[bits << (6 - have) & 63];
    *out = '\0';
}

void door_make_secret(int64_t token_id, char out[TOKEN_SECRET_SIZE], unsigned char out_sha256[TOKEN_HASH_SIZE])
{
    unsigned char random[SECRET_BYTES];
    char id[ID_SIZE];
    crypto_random(random, sizeof(random));
    int n = snprintf(out, TOKEN_SECRET_SIZE, PREFIX "%s_", id_format(ID_TOKEN, token_id, id));
    write_base64url(random, sizeof(random), out + n);
    sha256_of(bytes_str(out), out_sha256);
    crypto_wipe(random, sizeof(random));
}

static bool looks_like_secret(const char *text)
{
    return strncmp(text, PREFIX, strlen(PREFIX)) == 0;
}

/* Which token it claims to be of; 0: it is none. */
static int64_t secret_token(const char *text)
{
    char id[ID_SIZE];
    int64_t number;
    if (!looks_like_secret(text))
        return 0;
    const char *from = text + strlen(PREFIX), *end = strchr(from, '_');
    if (!end || (size_t)(end - from) >= sizeof(id) || strlen(end + 1) != SECRET_CHARS)
        return 0;
    memcpy(id, from, (size_t)(end - from));
    id[end - from] = '\0';
    return id_parse(ID_TOKEN, id, &number) ? number : 0;
}

/* ---- passwords ---- */

struct computation {
    const char *password;
    struct token_password *p;
    unsigned char hash[CRYPTO_HASH_MAX];
    bool is_done;
};

static void compute(void *arg)
{
    struct computation *c = arg;
    c->is_done = crypto_scrypt(bytes_str(c->password), bytes_of(c->p->salt, TOKEN_SALT_SIZE), c->p->cost_log2,
                               c->p->block_size, c->p->parallel, c->hash);
}

/* Few at a time, as each takes its memory and a worker. Strangers, however many, leave room for who was here before. */
static int compute_in_turn(struct door *d, struct computation *c, bool is_trusted, struct fct_error *err)
{
    if (d->n_computing >= AT_ONCE && d->n_waiting >= (is_trusted ? 2 * WAITING_MAX : WAITING_MAX))
        return refuse_for_now(err, 1000);
    d->n_waiting++;
    int result = 0;
    while (d->n_computing >= AT_ONCE && result == 0)
        result = wait_event(&d->freed, "room to check a password", WAIT_FOREVER, err);
    d->n_waiting--;
    if (result < 0)
        return -1;
    d->n_computing++;
    result = wait_offload(compute, c, err);
    d->n_computing--;
    wait_event_raise(&d->freed);
    return result == 0 && !c->is_done ? fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "scrypt could not be computed")
                                      : result;
}

int door_hash_password(struct door *d, const char *password, struct token_password *out, struct fct_error *err)
{
    struct computation c = {.password = password, .p = out};
    size_t n = strlen(password);
    if (n < PASSWORD_MIN || n > PASSWORD_MAX)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "password: %d to %d bytes", PASSWORD_MIN, PASSWORD_MAX);
    if (looks_like_secret(password))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "password: it looks like a token");
    *out = (struct token_password){.cost_log2 = COST_LOG2, .block_size = BLOCK_SIZE, .parallel = PARALLEL};
    crypto_random(out->salt, sizeof(out->salt));
    if (compute_in_turn(d, &c, true, err) < 0)
        return -1;
    memcpy(out->hash, c.hash, TOKEN_HASH_SIZE);
    return 0;
}

static void mac_of(const struct door *d, const struct token_password *p, const char *password,
                   unsigned char out[CRYPTO_HASH_MAX])
{
    CLEANUP(buf_done) struct buf text = {0};
    buf_add(&text, (const char *)p->salt, TOKEN_SALT_SIZE);
    buf_add(&text, (const char *)p->hash, TOKEN_HASH_SIZE); /* another password makes it unknown */
    buf_add_str(&text, password);
    crypto_hmac("sha256", bytes_of(d->mac_key, sizeof(d->mac_key)), buf_bytes(&text), out);
    crypto_wipe(text.p, text.n);
}

static bool is_known(const struct door *d, const struct store_token *t, const char *password)
{
    unsigned char mac[CRYPTO_HASH_MAX];
    bool is = false;
    mac_of(d, &t->password, password, mac);
    for (size_t i = 0; i < KNOWN_MAX; i++)
        is |= d->known[i].token_id == t->id && crypto_equal(d->known[i].mac, mac, sizeof(mac));
    return is;
}

static void remember(struct door *d, const struct store_token *t, const char *password)
{
    struct known *k = &d->known[d->next_known++ % KNOWN_MAX];
    k->token_id = t->id;
    mac_of(d, &t->password, password, k->mac);
}

/* ---- attempts ---- */

/* Of a name at a place; `place` NULL: of a name; `name` NULL: of a place. */
static void key_of(const char *name, const char *place, unsigned char out[ATTEMPT_KEY_SIZE])
{
    CLEANUP(buf_done) struct buf text = {0};
    buf_add_str(&text, !place ? "by name" : name ? "at" : "by place");
    buf_add_char(&text, '\0');
    buf_add_str(&text, name ? name : "");
    buf_add_char(&text, '\0');
    buf_add_str(&text, place ? place : "");
    sha256_of(buf_bytes(&text), out);
}

static int64_t pause_of(const struct store_attempts *a, int64_t free, int64_t slowness, int64_t most)
{
    int64_t beyond = (a->failures - free) / slowness;
    if (a->failures < free)
        return 0;
    return beyond >= 20 || ((int64_t)PAUSE_MS << beyond) > most ? most : (int64_t)PAUSE_MS << beyond;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* One attempt by a password: what is known of the token, and how often it was wrong before. */
struct attempt {
    const char *name, *password;
    unsigned char here_key[ATTEMPT_KEY_SIZE], name_key[ATTEMPT_KEY_SIZE], place_key[ATTEMPT_KEY_SIZE];
    struct store_attempts here, by_name, by_place;
    bool has_place;           /* it is known where: only then by_place counts */
    int64_t now, wait_ms;     /* wait_ms: before the next; 0: now */
    struct store_token token; /* id 0: there is none */
    bool was_right;
};

static int load_counts(struct store_tx *tx, struct attempt *a, struct fct_error *err)
{
    return store_attempts_load(tx, a->here_key, &a->here, err) < 0 ||
                   store_attempts_load(tx, a->name_key, &a->by_name, err) < 0 ||
                   store_attempts_load(tx, a->place_key, &a->by_place, err) < 0
               ? -1
               : 0;
}

static int save_counts(struct store_tx *tx, const struct attempt *a, struct fct_error *err)
{
    return store_attempts_save(tx, a->here_key, &a->here, err) < 0 ||
                   store_attempts_save(tx, a->name_key, &a->by_name, err) < 0 ||
                   (a->has_place && store_attempts_save(tx, a->place_key, &a->by_place, err) < 0)
               ? -1
               : 0;
}

static int look_up(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct attempt *a = arg;
    int64_t id;
    if (load_counts(tx, a, err) < 0 || store_token_find(tx, a->name, &id, err) < 0)
        return -1;
    return id ? store_token_load(tx, id, &a->token, err) : 0;
}

static void forget_old(struct store_attempts *a, int64_t now)
{
    if (a->last_at > now) /* the clock was put back */
        a->last_at = now;
    if (a->last_at + FORGET_MS < now)
        a->failures = 0;
}

static int64_t left_of(const struct store_attempts *a, int64_t pause, int64_t now)
{
    int64_t until = a->last_at + pause;
    return pause && until > now ? until - now : 0;
}

static void work_out_wait(struct attempt *a)
{
    forget_old(&a->here, a->now);
    forget_old(&a->by_name, a->now);
    forget_old(&a->by_place, a->now);
    int64_t most = a->here.is_trusted ? PAUSE_TRUSTED_MOST_MS : PAUSE_MOST_MS;
    a->wait_ms = left_of(&a->here, pause_of(&a->here, FREE_HERE, 1, most), a->now);
    if (a->here.is_trusted)
        return;
    int64_t by_name = left_of(&a->by_name, pause_of(&a->by_name, FREE_BY_NAME, 5, PAUSE_BY_NAME_MOST_MS), a->now);
    int64_t by_place = left_of(&a->by_place, pause_of(&a->by_place, FREE_BY_PLACE, 5, PAUSE_BY_PLACE_MOST_MS), a->now);
    a->wait_ms = by_name > a->wait_ms ? by_name : a->wait_ms;
    a->wait_ms = by_place > a->wait_ms ? by_place : a->wait_ms;
}

/* Counted as wrong before it is looked at: who makes the process end in between gains nothing. */
static int count_attempt(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct attempt *a = arg;
    if (load_counts(tx, a, err) < 0)
        return -1;
    work_out_wait(a);
    if (a->wait_ms)
        return 0;
    a->here.failures++;
    a->by_name.failures++;
    a->by_place.failures++;
    a->here.last_at = a->by_name.last_at = a->by_place.last_at = a->now;
    return save_counts(tx, a, err);
}

static int count_success(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct attempt *a = arg;
    if (load_counts(tx, a, err) < 0)
        return -1;
    a->here = (struct store_attempts){.last_at = a->now, .is_trusted = true};
    a->by_name.failures -= a->by_name.failures > 0; /* this one */
    a->by_place.failures -= a->by_place.failures > 0;
    return save_counts(tx, a, err);
}

struct notice {
    char text[300];
};

static int add_notice(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct notice *n = arg;
    int64_t local;
    if (store_account_local(tx, &local, err) < 0)
        return -1;
    return store_notice_add(tx, local, NOTICE_SIGN_IN, 0, 0, n->text, NULL, err);
}

/* The owner hears of it, once an hour. What is said comes from outside: it is cut, and its bytes are made harmless. */
static void tell_owner(struct door *d, const char *name, const char *remote)
{
    int64_t now = (int64_t)time(NULL);
    struct fct_error err = {0};
    struct notice n;
    char what[2][TOKEN_NAME_MAX + 1];
    const char *from[2] = {name ? name : "", remote ? remote : ""};
    if (++d->n_failed < NOTICE_FROM || (d->told_at && now - d->told_at < NOTICE_EVERY_S && now >= d->told_at))
        return;
    for (int i = 0; i < 2; i++) {
        snprintf(what[i], sizeof(what[i]), "%s", from[i]);
        for (char *p = what[i]; *p; p++)
            if ((unsigned char)*p < ' ' || *p == 0x7f || *p == '"')
                *p = '?';
    }
    snprintf(n.text, sizeof(n.text), "%" PRId64 " attempts to sign in were refused, the last one%s%s%s%s%s",
             d->n_failed, what[0][0] ? " as \"" : "", what[0], what[0][0] ? "\"" : "", what[1][0] ? " from " : "",
             what[1]);
    d->n_failed = 0;
    d->told_at = now;
    log_warn("access", "%s", n.text);
    if (store_write(d->api->store, add_notice, &n, &err) < 0)
        log_warn("access", "a notice could not be written: %s", err.message);
}

/* ---- by a password ---- */

static bool is_being_tried(const struct door *d, const unsigned char *key)
{
    for (const struct trying *t = d->trying; t; t = t->next)
        if (memcmp(t->key, key, ATTEMPT_KEY_SIZE) == 0)
            return true;
    return false;
}

static void stop_trying(struct door *d, struct trying *mine)
{
    struct trying **at = &d->trying;
    while (*at != mine)
        at = &(*at)->next;
    *at = mine->next;
    wait_event_raise(&d->freed);
}

/* A token without a password, or none at all, costs what one with it costs. */
static int check_password(struct door *d, struct attempt *a, struct fct_error *err)
{
    static const struct token_password nothing = {
        .cost_log2 = COST_LOG2, .block_size = BLOCK_SIZE, .parallel = PARALLEL};
    struct token_password p = a->token.has_password ? a->token.password : nothing;
    struct computation c = {.password = a->password, .p = &p};
    if (store_write(d->api->store, count_attempt, a, err) < 0)
        return -1;
    if (a->wait_ms)
        return refuse_for_now(err, a->wait_ms);
    if (compute_in_turn(d, &c, a->here.is_trusted, err) < 0)
        return -1;
    bool is_same = crypto_equal(c.hash, p.hash, TOKEN_HASH_SIZE);
    a->was_right = is_same && a->token.has_password;
    if (!a->was_right)
        return 0;
    remember(d, &a->token, a->password);
    return store_write(d->api->store, count_success, a, err);
}

static int try_password(struct door *d, struct attempt *a, struct fct_error *err)
{
    struct trying mine = {.key = a->here_key};
    if (is_being_tried(d, a->here_key) && d->n_waiting >= WAITING_MAX)
        return refuse_for_now(err, 1000);
    d->n_waiting++;
    int result = 0;
    while (is_being_tried(d, a->here_key) && result == 0)
        result = wait_event(&d->freed, "the same name and place, tried before", WAIT_FOREVER, err);
    d->n_waiting--;
    if (result < 0)
        return -1;
    mine.next = d->trying;
    d->trying = &mine;
    a->now = now_ms();
    result = store_read(d->api->store, look_up, a, err);
    if (result == 0)
        work_out_wait(a);
    if (result == 0 && a->wait_ms)
        result = refuse_for_now(err, a->wait_ms);
    else if (result == 0 && a->token.has_password && is_known(d, &a->token, a->password))
        a->was_right = true;
    else if (result == 0)
        result = check_password(d, a, err);
    stop_trying(d, &mine);
    return result;
}

/* *out_id 0: refused. */
static int by_password(struct door *d, const struct door_card *card, int64_t *out_id, struct fct_error *err)
{
    struct attempt a = {.name = card->username, .password = card->password, .has_place = card->remote != NULL};
    char place[PLACE_SIZE];
    place_of(card->remote, place);
    key_of(card->username, place, a.here_key);
    key_of(card->username, NULL, a.name_key);
    key_of(NULL, place, a.place_key);
    int result = try_password(d, &a, err);
    *out_id = result == 0 && a.was_right ? a.token.id : 0;
    store_token_done(&a.token);
    return result;
}

/* ---- by a secret ---- */

struct lookup {
    int64_t id;
    struct store_token token;
};

static int load_token(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct lookup *l = arg;
    if (!l->id || store_token_load(tx, l->id, &l->token, err) == 0)
        return 0;
    if (err->code != FCT_E_NOT_FOUND)
        return -1;
    *err = (struct fct_error){0};
    return 0;
}

static int by_secret(struct door *d, const char *secret, const char *name, int64_t *out_id, struct fct_error *err)
{
    unsigned char sha256[TOKEN_HASH_SIZE];
    struct lookup l = {.id = secret_token(secret)};
    sha256_of(bytes_str(secret), sha256);
    if (store_read(d->api->store, load_token, &l, err) < 0)
        return -1;
    bool is_same = crypto_equal(sha256, l.token.secret, sizeof(sha256));
    bool is_named = !name || (l.token.name && strcmp(name, l.token.name) == 0);
    *out_id = is_same && is_named && l.token.has_secret ? l.token.id : 0;
    store_token_done(&l.token);
    return 0;
}

/* ---- in ---- */

struct use {
    int64_t id, now;
    const char *remote;
};

static int note_use(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct use *u = arg;
    return store_token_used(tx, u->id, u->now, u->remote, err);
}

static int64_t soonest(struct door *d);

static bool end_if_over(void *ctx, struct session *s)
{
    const int64_t *now = ctx;
    const struct access *a = session_access(s);
    if (a && a->token_id && access_is_over(a, *now))
        session_end(s);
    return true;
}

/* Shows out who holds a token whose time has come. */
static int watch(void *arg)
{
    struct door *d = arg;
    int64_t next;
    while ((next = soonest(d)) > 0) {
        int64_t now = (int64_t)time(NULL);
        int64_t ms = next > now ? (next - now > 3600 ? 3600 : next - now) * 1000 : 0;
        if (wait_sleep_nudged((uint64_t)ms, NULL) < 0)
            break;
        now = (int64_t)time(NULL);
        server_each_session(d->api->server, end_if_over, &now);
        wait_sleep(10, NULL);
    }
    fiber_unref(TAKE(d->watch));
    return 0;
}

static bool note_soonest(void *ctx, struct session *s)
{
    int64_t *next = ctx;
    const struct access *a = session_access(s);
    if (a && a->expires_at && (!*next || a->expires_at < *next))
        *next = a->expires_at;
    return true;
}

static int64_t soonest(struct door *d)
{
    int64_t next = 0;
    server_each_session(d->api->server, note_soonest, &next);
    return next;
}

static void watch_expiry(struct door *d)
{
    if (d->watch)
        fiber_nudge(d->watch);
    else
        d->watch = fiber_spawn(d->api->loop, "tokens that expire", watch, d);
}

/* The token as it is now, unless tokens went while it was looked at: then it is looked at again. *out id 0: it is gone.
 */
static int load_present(struct door *d, int64_t id, struct store_token *out, struct fct_error *err)
{
    for (;;) {
        struct lookup l = {.id = id};
        uint64_t generation = d->generation;
        if (store_read(d->api->store, load_token, &l, err) < 0)
            return -1;
        if (generation == d->generation) {
            *out = l.token;
            return 0;
        }
        store_token_done(&l.token);
    }
}

static int let_in(struct door *d, struct session *s, int64_t id, const char *remote, struct fct_error *err)
{
    CLEANUP(store_token_done) struct store_token t = {0};
    int64_t now = (int64_t)time(NULL);
    struct use use = {id, now, remote};
    if (!id)
        return refuse(err);
    if (load_present(d, id, &t, err) < 0)
        return -1;
    if (!t.id || (t.expires_at && t.expires_at <= now))
        return refuse(err);
    session_narrow(s, access_new(t.id, t.name, remote, t.scopes, t.accounts, t.n_accounts, t.is_whole, t.expires_at));
    if (t.expires_at)
        watch_expiry(d);
    struct fct_error why = {0};
    bool is_stale = now - t.last_used_at >= USED_EVERY_S || now < t.last_used_at;
    if (is_stale && store_write(d->api->store, note_use, &use, &why) < 0 && why.code != FCT_E_NOT_FOUND)
        log_warn("access", "the use of a token could not be written down: %s", why.message);
    return 0;
}

/* It goes into logs and onto terminals: an address has printable characters only. */
static const char *fit_remote(const char *remote, char *out, size_t size)
{
    if (!remote || !remote[0])
        return NULL;
    snprintf(out, size, "%s", remote);
    for (char *p = out; *p; p++)
        if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
            *p = '?';
    return out;
}

void door_lock(struct session *s)
{
    if (!session_access(s))
        session_narrow(s, access_nobody());
}

static bool is_too_long(const struct door_card *card)
{
    return (card->token && strlen(card->token) > PASSWORD_MAX) ||
           (card->username && strlen(card->username) > PASSWORD_MAX) ||
           (card->password && strlen(card->password) > PASSWORD_MAX);
}

int door_sign_in(struct door *d, struct session *s, const struct door_card *card, const struct access **out,
                 struct fct_error *err)
{
    int64_t id = 0;
    int result;
    const struct access *now = session_access(s);
    char remote[TOKEN_REMOTE_MAX + 1];
    struct door_card cut = *card;
    card = &cut;
    cut.remote = fit_remote(card->remote, remote, sizeof(remote));
    if (now && now->token_id)
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "this connection has signed in already");
    door_lock(s);
    if (is_too_long(card))
        result = 0; /* nobody has that */
    else if (card->token)
        result = by_secret(d, card->token, NULL, &id, err);
    else if (looks_like_secret(card->password))
        result = by_secret(d, card->password, card->username, &id, err);
    else
        result = by_password(d, card, &id, err);
    if (result == 0)
        result = let_in(d, s, id, card->remote, err);
    if (result == 0) {
        *out = session_access(s);
        return 0;
    }
    if (err->code == FCT_E_FORBIDDEN || err->code == FCT_E_LIMIT) {
        tell_owner(d, card->token ? NULL : card->username, card->remote);
        if (session_refused(s) >= REFUSALS_MAX)
            session_finish(s);
    }
    return -1;
}

/* ---- out ---- */

struct leaving {
    const int64_t *ids;
    size_t n;
    struct session *self;
    size_t n_left;
};

static bool is_among(const struct leaving *l, const struct session *s)
{
    const struct access *a = session_access(s);
    for (size_t i = 0; a && a->token_id && i < l->n; i++)
        if (a->token_id == l->ids[i])
            return true;
    return false;
}

static bool show_out(void *ctx, struct session *s)
{
    struct leaving *l = ctx;
    if (!is_among(l, s))
        return true;
    session_revoke(s);
    if (s == l->self)
        session_finish(s);
    else
        session_end(s);
    return true;
}

static bool count_left(void *ctx, struct session *s)
{
    struct leaving *l = ctx;
    l->n_left += s != l->self && is_among(l, s);
    return true;
}

void door_show_out(struct door *d, const int64_t *token_ids, size_t n, struct session *self)
{
    struct leaving l = {token_ids, n, self, 0};
    uint64_t end = wait_now_ms() + LEAVING_MS;
    if (!n)
        return;
    d->generation++;
    for (size_t i = 0; i < n; i++)
        streams_forget_token(&d->api->streams, token_ids[i]);
    server_each_session(d->api->server, show_out, &l);
    do {
        l.n_left = 0;
        server_each_session(d->api->server, count_left, &l);
    } while (l.n_left && wait_now_ms() < end && wait_sleep(1, NULL) == 0);
}
