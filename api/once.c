#include "once.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/sha256.h"
#include "errors.h"
#include "store/outcomes.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A call that is under way. */
struct running {
    struct running *next;
    struct once *once;
    char *key;
    char *answer; /* to be written down; NULL: it failed as a whole */
};

struct once {
    struct uv_loop_s *loop;
    const struct api_runner *runner;
    struct running *first;
    struct wait_event changed; /* one of them has ended */
};

struct once *once_new(struct uv_loop_s *loop, const struct api_runner *runner)
{
    struct once *o = XNEW(struct once);
    o->loop = loop;
    o->runner = runner;
    return o;
}

void once_free(struct once *o)
{
    if (!o)
        return;
    while (o->first && wait_event(&o->changed, "outcomes to be written down", WAIT_FOREVER, NULL) == 0)
        ;
    free(o);
}

static struct running *find(const struct once *o, const char *key)
{
    struct running *r = o->first;
    while (r && strcmp(r->key, key) != 0)
        r = r->next;
    return r;
}

static void add(struct once *o, const char *key)
{
    struct running *r = XNEW(struct running);
    *r = (struct running){.next = o->first, .once = o, .key = xstrdup(key)};
    o->first = r;
}

static void drop(struct running *r)
{
    struct once *o = r->once;
    struct running **at = &o->first;
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    free(r->key);
    free(r->answer);
    free(r);
    wait_event_raise(&o->changed);
}

/* ---- what is asked, as a number ---- */

struct question {
    const char *method;
    json_t *params;
    unsigned char sha256[OUTCOME_CALL_SIZE];
};

static bool is_secret(const char *name)
{
    return strcmp(name, "secret") == 0 || strcmp(name, "password") == 0 || strcmp(name, "transportPassword") == 0 || strcmp(name, "passphrase") == 0 || strcmp(name, "newPassphrase") == 0;
}

/* The same without passwords: their hash would lie in the database, easily guessed at. Nor are the secrets of new tokens
 * kept with the answer. */
static json_t *without_passwords(json_t *v)
{
    if (json_is_array(v)) {
        json_t *out = json_array();
        for (size_t i = 0; i < json_array_size(v); i++)
            json_array_append_new(out, without_passwords(json_array_get(v, i)));
        return out;
    }
    if (!json_is_object(v))
        return json_incref(v);
    json_t *out = json_object(), *item;
    const char *name;
    json_object_foreach(v, name, item)
    {
        if (!is_secret(name) || !json_is_string(item)) /* a creation id may be called so */
            json_object_set_new(out, name, without_passwords(item));
    }
    return out;
}

static int add_text(const char *p, size_t n, void *ctx)
{
    sha256_add(ctx, (struct fct_bytes){p, n});
    return 0;
}

static void hash_question(void *arg)
{
    struct question *q = arg;
    CLEANUP(sha256_done) struct sha256 h;
    json_t *params = without_passwords(q->params);
    sha256_init(&h);
    sha256_add(&h, (struct fct_bytes){q->method, strlen(q->method) + 1});
    json_dump_callback(params, add_text, &h, JSON_COMPACT | JSON_SORT_KEYS);
    sha256_end(&h, q->sha256);
    json_decref(params);
}

/* ---- beginning ---- */

struct begin {
    const char *key;
    const unsigned char *sha256;
    enum store_outcome outcome;
    char *answer;
};

static int begin_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct begin *b = arg;
    return store_outcome_begin(tx, b->key, b->sha256, (int64_t)time(NULL), &b->outcome, &b->answer, err);
}

static enum once_outcome refuse(json_t *error, json_t **out)
{
    *out = error;
    return ONCE_REFUSED;
}

static enum once_outcome begin(struct once *o, const struct question *q, const char *key, json_t **out,
                               struct fct_error *err)
{
    struct begin b = {.key = key, .sha256 = q->sha256};
    if (o->runner->write(o->runner->ctx, begin_fn, &b, err) < 0)
        return refuse(api_error_from(err, NULL), out);
    CLEANUP(freep) char *answer = b.answer;
    switch (b.outcome) {
    case OUTCOME_NEW:
        return ONCE_GO;
    case OUTCOME_KNOWN:
        *out = json_loads(answer, 0, NULL);
        return *out ? ONCE_ANSWERED : refuse(api_error_plain(RPC_INTERNAL_ERROR), out);
    case OUTCOME_OTHER_CALL:
        return refuse(
            api_error_with_type(RPC_FACTEUR_ERROR, "idempotencyKeyReused",
                                "this idempotencyKey was used for another call: each call needs one of its own"),
            out);
    case OUTCOME_UNKNOWN:
        break;
    }
    return refuse(api_error_with_type(
                      RPC_FACTEUR_ERROR, "outcomeUnknown",
                      "facteurd ended while this call was under way, and how far it came is not known: look what is "
                      "there, then make another call with another idempotencyKey if need be"),
                  out);
}

enum once_outcome once_begin(struct once *o, const char *key, const char *method, json_t *params, json_t **out)
{
    struct question q = {.method = method, .params = params};
    struct fct_error err = {0};

    if (wait_offload(hash_question, &q, &err) < 0)
        return refuse(api_error_from(&err, NULL), out);
    while (find(o, key))
        if (wait_event(&o->changed, "the same call, made before", WAIT_FOREVER, &err) < 0)
            return refuse(api_error_from(&err, NULL), out);
    add(o, key);
    enum once_outcome outcome = begin(o, &q, key, out, &err);
    if (outcome != ONCE_GO)
        drop(find(o, key));
    return outcome;
}

/* ---- ending ---- */

static int end_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct running *r = arg;
    return store_outcome_end(tx, r->key, r->answer, err);
}

/* In a fiber of its own: the one that made the call may be cancelled, since its client has gone, and that is when it
 * matters. */
static int write_down(void *arg)
{
    struct running *r = arg;
    struct fct_error err = {0};
    if (r->once->runner->write(r->once->runner->ctx, end_fn, r, &err) < 0)
        log_warn("rpc", "what came of a call with an idempotency key could not be written down: %s", err.message);
    drop(r);
    return 0;
}

void once_end(struct once *o, const char *key, json_t *result, json_t *created)
{
    struct running *r = find(o, key);
    if (result) {
        json_t *answer = json_pack("{s:o, s:O?}", "result", without_passwords(result), "created", created);
        r->answer = json_dumps(answer, JSON_COMPACT);
        json_decref(answer);
    }
    fiber_start(o->loop, "outcome of a call", write_down, r);
    while (find(o, key) && wait_event(&o->changed, "the outcome to be written down", WAIT_FOREVER, NULL) == 0)
        ;
}
