/* One message to one push service, and what its answer means. */
#include "webpush/webpush_internal.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"

#include <jansson.h>
#include <string.h>
#include <time.h>

#define PATIENCE_MS 30000
#define GAP_S 2        /* between two messages of one subscription, where nobody complains */
#define GAP_MAX_S 3600 /* the same, where somebody does */
#define PAUSE_S 15     /* after the first failure; doubled with each */
#define PAUSE_MAX_S (6 * 3600)
#define RETRY_AFTER_MAX_S 86400
#define FAILURES_MAX 24 /* in a row: more than four days */
#define VERIFICATION_FAILURES_MAX 6

struct delivery {
    struct webpush *w;
    int64_t id;
    struct store_push row;
    struct store_push_setting setting;
    struct store_change *news;
    size_t n_news;
    struct buf message;
    int64_t told;      /* when this has been delivered */
    bool has_all_news; /* nothing had to be left for the next */
    struct p256_pair key;
    bool has_key;
    struct webpush_request request;
    int result;
    struct fct_error err;
};

static void delivery_done(struct delivery *d)
{
    store_push_done(&d->row);
    store_push_setting_done(&d->setting);
    free(d->news);
    buf_done(&d->message);
    webpush_request_done(&d->request);
    crypto_wipe(&d->key, sizeof(d->key));
}

/* ---- what there is to say ---- */

static int read_news(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct delivery *d = arg;
    if (store_push_load(tx, d->id, &d->row, err) < 0 || store_push_setting_load(tx, &d->setting, err) < 0)
        return -1;
    return d->row.state == PUSH_VERIFIED ? store_push_news(tx, &d->row, &d->news, &d->n_news, err) : 0;
}

/* Encryption and signature take a good part of a millisecond: on a worker. */
static void make_request(void *arg)
{
    struct delivery *d = arg;
    d->told = d->row.told;
    d->has_all_news = true;
    if (d->row.state == PUSH_NEW)
        webpush_verification(&d->row, &d->message);
    else if (d->row.state == PUSH_VERIFIED)
        d->told = webpush_state_change(&d->row, d->news, d->n_news, d->w->type_name, &d->message, &d->has_all_news);
    d->result = d->message.n == 0 ? 0
                                  : webpush_request_make(&d->row, &d->message, d->has_key ? &d->key : NULL,
                                                         d->setting.contact, (int64_t)time(NULL), &d->request, &d->err);
}

static bool is_named(const char *hosts, const char *host)
{
    json_auto_t *list = json_loads(hosts, 0, NULL);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), host) == 0)
            return true;
    return false;
}

static int post(struct delivery *d, struct https_receipt *out, struct fct_error *err)
{
    CLEANUP(freep) char *host = NULL;
    struct https_message m = {
        .url = d->row.url, .body = buf_bytes(&d->request.body), .headers = d->request.header_list};
    if (https_check_url(d->row.url, true, &host, err) < 0)
        return -1;
    m.may_be_near = is_named(d->setting.private_hosts, host);
    return https_post(core_https(d->w->core), &m, wait_now_ms() + PATIENCE_MS, out, err);
}

/* ---- what came of it ---- */

static int write_progress(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_push_progress(tx, &((struct delivery *)arg)->row, err);
}

static int destroy(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_push_destroy(tx, ((struct delivery *)arg)->id, err);
}

static void give_up(struct delivery *d, const char *why)
{
    struct fct_error err = {0};
    log_info("webpush", "push subscription %lld is destroyed: %s", (long long)d->id, why);
    if (store_write(d->w->store, destroy, d, &err) < 0)
        log_warn("webpush", "it cannot be destroyed: %s", err.message);
    d->w->is_stale = true;
}

static void note(struct delivery *d)
{
    struct fct_error err = {0};
    if (store_write(d->w->store, write_progress, d, &err) < 0)
        log_warn("webpush", "what was pushed cannot be noted, and may be pushed again: %s", err.message);
}

static void delivered(struct delivery *d)
{
    struct target *t = webpush_find(d->w, d->id);
    d->row.told = d->told;
    d->row.failures = 0;
    d->row.next_try_at = 0;
    if (d->row.state == PUSH_NEW)
        d->row.state = PUSH_ASKED;
    if (t) {
        t->state = d->row.state > t->state ? d->row.state : t->state;
        t->has_news = t->has_news || !d->has_all_news;
        t->pause_ms = t->pause_ms / 2 > GAP_S * d->w->second_ms ? t->pause_ms / 2 : GAP_S * d->w->second_ms;
        t->next_ms = wait_now_ms() + (d->row.state == PUSH_VERIFIED ? t->pause_ms : 0);
    }
    note(d);
}

/* A growing pause, a little different for each, and at least what the service asks for. */
static int64_t pause_of(const struct store_push *p, int64_t asked_s)
{
    unsigned char chance;
    int64_t pause = PAUSE_S;
    for (int i = 1; i < p->failures && pause < PAUSE_MAX_S; i++)
        pause *= 2;
    pause = pause < PAUSE_MAX_S ? pause : PAUSE_MAX_S;
    crypto_random(&chance, 1);
    pause += pause * chance / 1024;
    if (asked_s > RETRY_AFTER_MAX_S)
        asked_s = RETRY_AFTER_MAX_S;
    return asked_s > pause ? asked_s : pause;
}

/* `counts`: it brings the subscription nearer to its end; that this computer has no network does not. */
static void failed(struct delivery *d, bool counts, bool is_too_often, int64_t asked_s, const char *why)
{
    struct target *t = webpush_find(d->w, d->id);
    int max = d->row.state == PUSH_NEW ? VERIFICATION_FAILURES_MAX : FAILURES_MAX;
    uint64_t second = d->w->second_ms;
    d->row.failures++;
    if (counts && d->row.failures >= max) {
        give_up(d, why);
        return;
    }
    if (d->row.failures >= FAILURES_MAX)
        d->row.failures = FAILURES_MAX - 1;
    int64_t pause = pause_of(&d->row, asked_s);
    d->row.next_try_at = (int64_t)time(NULL) + pause;
    log_line(FCT_LOG_DEBUG, "webpush", "push subscription %lld, tried again in %lld s: %s", (long long)d->id,
             (long long)pause, why);
    if (t) {
        t->has_news = true;
        t->next_ms = wait_now_ms() + (uint64_t)pause * second;
        if (is_too_often) /* each delivery halves it again */
            t->pause_ms = (t->pause_ms ? t->pause_ms : GAP_S * second) * 4;
        if (t->pause_ms > GAP_MAX_S * second)
            t->pause_ms = GAP_MAX_S * second;
    }
    note(d);
}

/* RFC 8030 sections 5 and 8.4; a redirect is no delivery. */
static void judge(struct delivery *d, const struct https_receipt *r)
{
    char why[64];
    snprintf(why, sizeof(why), "the push service answers with status %ld", r->status);
    if (r->status >= 200 && r->status < 300)
        delivered(d);
    else if (r->status == 404 || r->status == 410)
        give_up(d, why);
    else
        failed(d, r->status != 429, r->status == 429, r->retry_after_s, why);
}

static bool is_of_the_network(const struct fct_error *err)
{
    return err->code == FCT_E_NETWORK || err->code == FCT_E_DNS || err->code == FCT_E_TIMEOUT;
}

static void send_message(struct delivery *d)
{
    struct https_receipt receipt;
    struct fct_error err = {0};
    if (post(d, &receipt, &err) == 0)
        judge(d, &receipt);
    else if (err.code != FCT_E_CANCELLED)
        failed(d, !is_of_the_network(&err), false, -1, err.message);
}

void webpush_deliver(struct webpush *w, int64_t id)
{
    CLEANUP(delivery_done) struct delivery d = {.w = w, .id = id, .key = w->key, .has_key = w->key_text[0] != '\0'};
    struct fct_error err = {0};
    if (store_read(w->store, read_news, &d, &err) < 0) {
        w->is_stale = true; /* it is gone, most likely */
        return;
    }
    if (d.row.expires_at <= (int64_t)time(NULL) || wait_offload(make_request, &d, &err) < 0)
        return;
    if (d.result < 0)
        failed(&d, true, false, -1, d.err.message);
    else if (d.message.n > 0)
        send_message(&d);
}
