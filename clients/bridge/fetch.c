#include "fetch.h"

#include "image.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#define POLL_MS 1000
#define CONNECTIONS_KEPT 16
#define CONNECTION_AGE_S 30
#define IGNORED_BYTES ((size_t)64 << 10) /* of the body of an answer that is not 200 */

enum place { WAITING, RUNNING, DONE };

struct list {
    struct fetch *first, *last;
};

struct fetch {
    struct fetcher *fetcher;
    struct fetch *prev, *next; /* of the list that `place` says */
    enum place place;
    atomic_bool is_cancelled;
    fetch_fn fn;
    void *arg;
    char *url;

    /* the thread's, until it is DONE */
    CURL *curl;
    uint64_t end_ms;
    unsigned redirects;
    size_t head_n, ignored_n;
    bool is_at_refused, is_too_large, is_no_image, is_full;
    struct buf body;
    const char *type;
    enum fetch_outcome outcome;
};

struct fetcher {
    uv_loop_t *loop;
    const struct remote_policy *policy;
    const char *ca_file; /* NULL: the system's */
    uv_async_t done_async;
    uv_mutex_t lock; /* of the lists, and of what says so */
    uv_thread_t thread;
    struct list lists[DONE + 1];
    bool is_stopping; /* under the lock */
    _Atomic size_t held;
    CURLM *multi;
    struct curl_slist *headers;
};

static void move(struct fetch *f, enum place to)
{
    struct list *from = &f->fetcher->lists[f->place], *list = &f->fetcher->lists[to];
    *(f->prev ? &f->prev->next : &from->first) = f->next;
    *(f->next ? &f->next->prev : &from->last) = f->prev;
    f->place = to;
    f->next = NULL;
    f->prev = list->last;
    *(list->last ? &list->last->next : &list->first) = f;
    list->last = f;
}

/* ---- the thread: one request ---- */

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct fetch *f = arg;
    if (purpose != CURLSOCKTYPE_IPCXN || !remote_may_connect(f->fetcher->policy, &address->addr)) {
        f->is_at_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct fetch *f = arg;
    (void)p, (void)size; /* always 1 */
    f->head_n += n;
    return f->head_n > FETCH_HEAD_BYTES ? 0 : n;
}

static long status_of(const struct fetch *f)
{
    long status = 0;
    curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* Whether there is room for n bytes more. */
static bool reserve(struct fetch *f, size_t n)
{
    size_t before = f->body.cap, growth = before - f->body.n > n ? 0 : before > n ? before : n;
    if (f->body.n + n > FETCH_BYTES) {
        f->is_too_large = true;
        return false;
    }
    if (growth > 0 && atomic_load(&f->fetcher->held) + growth > FETCH_ALL_BYTES) {
        f->is_full = true;
        return false;
    }
    buf_reserve(&f->body, n);
    atomic_fetch_add(&f->fetcher->held, f->body.cap - before);
    return true;
}

/* What is no image is not read to its end. */
static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct fetch *f = arg;
    (void)size;
    if (status_of(f) != 200) {
        f->ignored_n += n;
        return f->ignored_n > IGNORED_BYTES ? 0 : n;
    }
    if (!reserve(f, n))
        return 0;
    buf_add(&f->body, p, n);
    f->is_no_image = f->body.n >= IMAGE_HEAD && !image_type(f->body.p, f->body.n);
    return f->is_no_image ? 0 : n;
}

static void drop_body(struct fetch *f)
{
    atomic_fetch_sub(&f->fetcher->held, f->body.cap);
    buf_done(&f->body);
}

static bool set_certificates(CURL *c, const struct fetcher *fetcher)
{
    const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
    const char *file = fetcher->ca_file ? fetcher->ca_file : v->cainfo;
    /* With a folder beside the file the store would be read for every connection anew (CURLOPT_CA_CACHE_TIMEOUT). */
    return !file || (curl_easy_setopt(c, CURLOPT_CAINFO, file) == CURLE_OK &&
                     curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK);
}

/* What one request after the other of a fetch has in common. */
static bool set_up(struct fetch *f)
{
    CURL *c = f->curl;
    bool ok = curl_easy_setopt(c, CURLOPT_PRIVATE, f) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK; /* a look-up that goes on is left alone */
    ok = ok && curl_easy_setopt(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK;
    ok = ok && set_certificates(c, f->fetcher);
    ok = ok && curl_easy_setopt(c, CURLOPT_HTTPHEADER, f->fetcher->headers) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_USERAGENT, "Mozilla/5.0 (compatible; image proxy)") == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_socket) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, f) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_HEADERDATA, f) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_WRITEDATA, f) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_MAXFILESIZE, (long)FETCH_BYTES) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)FETCH_CONNECT_MS) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)FETCH_SLOW_BYTES) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)FETCH_STILL_S) == CURLE_OK;
    return ok && curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, (long)CONNECTION_AGE_S) == CURLE_OK;
}

/* Once it is DONE it is the loop's, which frees it. */
static void finish(struct fetch *f, enum fetch_outcome outcome)
{
    struct fetcher *fetcher = f->fetcher;
    curl_easy_cleanup(f->curl);
    f->curl = NULL;
    f->outcome = outcome;
    if (outcome != FETCH_OK)
        drop_body(f);
    uv_mutex_lock(&fetcher->lock);
    move(f, DONE);
    uv_mutex_unlock(&fetcher->lock);
    uv_async_send(&fetcher->done_async);
}

/* Asks for f->url; the fetch may be over when it returns. */
static void ask(struct fetch *f)
{
    uint64_t now = now_ms();
    drop_body(f);
    f->head_n = f->ignored_n = 0;
    f->is_at_refused = false;
    if (now >= f->end_ms) {
        finish(f, FETCH_LATE);
    } else if (curl_easy_setopt(f->curl, CURLOPT_URL, f->url) != CURLE_OK ||
               curl_easy_setopt(f->curl, CURLOPT_TIMEOUT_MS, (long)(f->end_ms - now)) != CURLE_OK ||
               curl_multi_add_handle(f->fetcher->multi, f->curl) != CURLM_OK) {
        finish(f, FETCH_FAILED);
    }
}

static void begin(struct fetch *f)
{
    f->end_ms = now_ms() + FETCH_MS;
    f->curl = curl_easy_init();
    if (f->curl && set_up(f))
        ask(f);
    else
        finish(f, FETCH_FAILED);
}

static enum fetch_outcome judge(struct fetch *f, CURLcode rc)
{
    if (f->is_no_image)
        return FETCH_NO_IMAGE;
    if (f->is_full)
        return FETCH_FULL;
    if (f->is_too_large || rc == CURLE_FILESIZE_EXCEEDED)
        return FETCH_TOO_LARGE;
    if (rc == CURLE_OPERATION_TIMEDOUT)
        return FETCH_LATE;
    if (rc == CURLE_COULDNT_CONNECT && f->is_at_refused)
        return FETCH_REFUSED;
    if (rc != CURLE_OK || status_of(f) != 200)
        return FETCH_FAILED;
    f->type = image_type(f->body.p, f->body.n);
    return f->type ? FETCH_OK : FETCH_NO_IMAGE;
}

/* It says where to look instead: goes there. */
static void follow(struct fetch *f, const char *location)
{
    char *url = remote_redirect(f->fetcher->policy, f->url, location);
    if (!url || ++f->redirects > FETCH_REDIRECTS) {
        enum fetch_outcome outcome = url ? FETCH_FAILED : FETCH_REFUSED;
        free(url);
        finish(f, outcome);
        return;
    }
    free(f->url);
    f->url = url;
    ask(f);
}

static void completed(struct fetch *f, CURLcode rc)
{
    char *location = NULL;
    curl_multi_remove_handle(f->fetcher->multi, f->curl);
    if (rc == CURLE_OK)
        curl_easy_getinfo(f->curl, CURLINFO_REDIRECT_URL, &location);
    if (location)
        follow(f, location);
    else
        finish(f, judge(f, rc));
}

/* ---- the thread: all of them ---- */

/* The next that nobody waits for any more, or that is to be begun; *out_stop: it is over. */
static struct fetch *next_to_do(struct fetcher *fetcher, bool *out_stop)
{
    uv_mutex_lock(&fetcher->lock);
    struct fetch *f = fetcher->lists[RUNNING].first;
    while (f && !f->is_cancelled)
        f = f->next;
    if (!f && (f = fetcher->lists[WAITING].first))
        move(f, RUNNING);
    *out_stop = fetcher->is_stopping;
    uv_mutex_unlock(&fetcher->lock);
    return f;
}

static void give_up(struct fetch *f)
{
    if (f->curl)
        curl_multi_remove_handle(f->fetcher->multi, f->curl);
    finish(f, FETCH_FAILED);
}

static void run(void *arg)
{
    struct fetcher *fetcher = arg;
    bool is_over;
    for (;;) {
        CURLMsg *m;
        struct fetch *f;
        int n;
        while ((f = next_to_do(fetcher, &is_over)) && !is_over)
            if (f->curl || f->is_cancelled)
                give_up(f);
            else
                begin(f);
        if (is_over)
            break;
        curl_multi_perform(fetcher->multi, &n);
        while ((m = curl_multi_info_read(fetcher->multi, &n))) {
            CURLcode rc = m->data.result; /* `m` is gone with the handle */
            if (m->msg == CURLMSG_DONE && curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&f) == CURLE_OK)
                completed(f, rc);
        }
        curl_multi_poll(fetcher->multi, NULL, 0, POLL_MS, NULL);
    }
    for (struct fetch *f = fetcher->lists[RUNNING].first; f; f = f->next) {
        if (!f->curl)
            continue;
        curl_multi_remove_handle(fetcher->multi, f->curl);
        curl_easy_cleanup(f->curl);
    }
}

/* ---- the loop ---- */

static void free_fetch(struct fetch *f)
{
    atomic_fetch_sub(&f->fetcher->held, f->body.cap);
    buf_done(&f->body);
    free(f->url);
    free(f);
}

/* Out of its list. */
static void take_out(struct fetch *f)
{
    struct list *list = &f->fetcher->lists[f->place];
    *(f->prev ? &f->prev->next : &list->first) = f->next;
    *(f->next ? &f->next->prev : &list->last) = f->prev;
}

static void on_done(uv_async_t *async)
{
    struct fetcher *fetcher = async->data;
    for (;;) {
        uv_mutex_lock(&fetcher->lock);
        struct fetch *f = fetcher->lists[DONE].first;
        if (f)
            take_out(f);
        uv_mutex_unlock(&fetcher->lock);
        if (!f)
            return;
        atomic_fetch_sub(&fetcher->held, f->body.cap);
        struct buf body = f->body;
        f->body = (struct buf){0};
        if (!f->is_cancelled)
            f->fn(f->arg, f->outcome, f->type, &body);
        buf_done(&body);
        free_fetch(f);
    }
}

struct fetcher *fetcher_new(uv_loop_t *loop, const struct remote_policy *policy)
{
    struct fetcher *f = XNEW(struct fetcher);
    const char *ca_file = getenv("SSL_CERT_FILE");
    f->loop = loop;
    f->policy = policy;
    f->ca_file = ca_file && ca_file[0] ? ca_file : NULL;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    f->headers = curl_slist_append(NULL, "Accept: image/*");
    f->headers = curl_slist_append(f->headers, "Accept-Encoding: identity");
    f->multi = curl_multi_init();
    uv_mutex_init(&f->lock);
    uv_async_init(loop, &f->done_async, on_done);
    f->done_async.data = f;
    curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    if (f->multi && f->headers && uv_thread_create(&f->thread, run, f) == 0)
        return f;
    uv_close((uv_handle_t *)&f->done_async, NULL); /* which is in it: it is never freed, and the program ends */
    return NULL;
}

static void wake(struct fetcher *f)
{
    curl_multi_wakeup(f->multi);
}

void fetcher_stop(struct fetcher *f)
{
    uv_mutex_lock(&f->lock);
    f->is_stopping = true;
    uv_mutex_unlock(&f->lock);
    wake(f);
    uv_thread_join(&f->thread);
    uv_close((uv_handle_t *)&f->done_async, NULL);
}

void fetcher_free(struct fetcher *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < N_OF(f->lists); i++)
        for (struct fetch *at = f->lists[i].first, *next; at; at = next) {
            next = at->next;
            free_fetch(at);
        }
    curl_multi_cleanup(f->multi);
    curl_slist_free_all(f->headers);
    uv_mutex_destroy(&f->lock);
    free(f);
    curl_global_cleanup();
}

struct fetch *fetch_start(struct fetcher *fetcher, const char *url, fetch_fn fn, void *arg)
{
    struct fetch *f = XNEW(struct fetch);
    struct list *waiting = &fetcher->lists[WAITING];
    f->fetcher = fetcher;
    f->url = xstrdup(url);
    f->fn = fn;
    f->arg = arg;
    uv_mutex_lock(&fetcher->lock);
    f->prev = waiting->last;
    *(waiting->last ? &waiting->last->next : &waiting->first) = f;
    waiting->last = f;
    uv_mutex_unlock(&fetcher->lock);
    wake(fetcher);
    return f;
}

void fetch_cancel(struct fetch *f)
{
    if (!f)
        return;
    f->is_cancelled = true;
    wake(f->fetcher);
}
