/* Our key for VAPID: made when it is wanted first, kept in the secrets. */
#include "webpush/webpush_internal.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"

#define OWNER "webpush"
#define NAME "vapidKey"

/* ---- on a worker ---- */

struct keeping {
    struct secrets *secrets;
    struct p256_pair key;
    bool is_found;
    int result;
    struct fct_error err;
};

static void load(void *arg)
{
    struct keeping *k = arg;
    char text[256];
    k->result = secrets_get(k->secrets, OWNER, NAME, text, sizeof(text), &k->err);
    k->is_found = k->result == 0 && vapid_read(text, &k->key);
    crypto_wipe(text, sizeof(text));
    if (k->result == 0 || k->err.code == FCT_E_NOT_FOUND)
        k->result = k->is_found ? 0 : p256_generate(&k->key, &k->err);
}

static void keep(void *arg)
{
    struct keeping *k = arg;
    CLEANUP(buf_wipe) struct buf text = {0};
    vapid_write(&k->key, &text);
    k->result = secrets_set(k->secrets, OWNER, NAME, buf_str(&text), &k->err);
}

/* ---- on the loop ---- */

static int finish(struct keeping *k, struct fct_error *err)
{
    if (k->result < 0)
        *err = k->err;
    return k->result;
}

struct use {
    char key[VAPID_KEY_TEXT];
    int forgotten;
};

static int use_key(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct use *u = arg;
    return store_push_use_key(tx, u->key, &u->forgotten, err);
}

/* What the secrets have is what is used. */
static int use_in_store(struct webpush *w, const struct p256_pair *key, struct fct_error *err)
{
    struct use u = {.forgotten = 0};
    vapid_key_text(key, u.key);
    if (store_write(w->store, use_key, &u, err) < 0)
        return -1;
    if (u.forgotten > 0)
        log_info("webpush", "%d push subscriptions were made with a key that is used no more, and are gone",
                 u.forgotten);
    w->is_stale = true;
    wait_event_raise(&w->wake);
    return 0;
}

static void take(struct webpush *w, const struct p256_pair *key, bool is_kept)
{
    pthread_mutex_lock(&w->lock);
    w->key = *key;
    vapid_key_text(key, w->key_text);
    w->is_kept = is_kept;
    pthread_mutex_unlock(&w->lock);
}

static int keep_in_secrets(struct webpush *w, const struct p256_pair *key, struct fct_error *err)
{
    struct keeping k = {.secrets = core_secrets(w->core), .key = *key};
    int result = wait_offload(keep, &k, err) < 0 ? -1 : finish(&k, err);
    crypto_wipe(&k, sizeof(k));
    return result < 0 ? -1 : use_in_store(w, key, err);
}

int webpush_open_key(struct webpush *w, bool has_subscriptions, struct fct_error *err)
{
    struct keeping k = {.secrets = core_secrets(w->core)};
    if (wait_offload(load, &k, err) < 0 || finish(&k, err) < 0)
        return -1;
    take(w, &k.key, k.is_found);
    int result = 0;
    if (has_subscriptions)
        result = k.is_found ? use_in_store(w, &k.key, err) : webpush_key_kept(w, (char[VAPID_KEY_TEXT]){0}, err);
    crypto_wipe(&k, sizeof(k));
    return result;
}

int webpush_key_kept(struct webpush *w, char out[VAPID_KEY_TEXT], struct fct_error *err)
{
    struct p256_pair key = w->key;
    if (!w->key_text[0])
        return fct_fail(err, FCT_E_UNAVAILABLE, FCT_RETRY_LATER, "there is no key for Web Push: see the log");
    if (!w->is_kept) {
        if (keep_in_secrets(w, &key, err) < 0)
            return -1;
        pthread_mutex_lock(&w->lock);
        w->is_kept = true;
        pthread_mutex_unlock(&w->lock);
    }
    memcpy(out, w->key_text, VAPID_KEY_TEXT);
    crypto_wipe(&key, sizeof(key));
    return 0;
}

int webpush_rotate_key(struct webpush *w, struct fct_error *err)
{
    struct p256_pair key;
    if (p256_generate(&key, err) < 0 || keep_in_secrets(w, &key, err) < 0)
        return -1;
    take(w, &key, true);
    crypto_wipe(&key, sizeof(key));
    return 0;
}

/* ---- the key is told ---- */

static int keep_soon(void *arg)
{
    struct webpush *w = arg;
    struct fct_error err = {0};
    char ignored[VAPID_KEY_TEXT];
    if (webpush_key_kept(w, ignored, &err) < 0 && err.code != FCT_E_CANCELLED)
        log_warn("webpush", "the key cannot be kept: %s", err.message);
    pthread_mutex_lock(&w->lock);
    w->is_asked_for = w->is_kept;
    pthread_mutex_unlock(&w->lock);
    fiber_unref(TAKE(w->keeper));
    return 0;
}

static void on_asked_for(void *arg)
{
    struct webpush *w = arg;
    if (!w->is_stopping && !w->keeper)
        w->keeper = fiber_spawn(w->loop, "web push key", keep_soon, w);
}

/* Who was told of it may make a subscription at a push service with it: it must not be another one after the next
 * start. */
bool webpush_key(struct webpush *w, char out[VAPID_KEY_TEXT])
{
    pthread_mutex_lock(&w->lock);
    bool is_there = w->key_text[0] != '\0', is_first = is_there && !w->is_kept && !w->is_asked_for;
    memcpy(out, w->key_text, VAPID_KEY_TEXT);
    w->is_asked_for = w->is_asked_for || is_first;
    pthread_mutex_unlock(&w->lock);
    if (is_first)
        wait_post(w->loop, on_asked_for, w);
    return is_there;
}
