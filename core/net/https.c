#include "net/https.h"

#include "base/alloc.h"
#include "base/error.h"
#include "inet/network.h"
#include "inet/public.h"
#include "net/host.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

#define URL_MAX HTTPS_URL_MAX
#define ANSWER_MAX (64 << 10) /* bytes of the answer to a message, which nobody reads */

/* ---- where to --------------------------------------------------------------------------------------------- */

static int refuse(struct fct_error *err, const char *url, const char *why)
{
    return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "%.200s: %s", url, why);
}

static bool is_loopback(const char *host)
{
    return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "[::1]") == 0;
}

/* The host of a URL that https_ask takes. */
static int trusted_host_of(const char *url, char **out, struct fct_error *err)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL;
    int rc = 0;
    if (strlen(url) > URL_MAX || !u || curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK || curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        rc = fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%.200s: no URL", url);
    else if (strcasecmp(scheme, "https") != 0 && !(strcasecmp(scheme, "http") == 0 && is_loopback(host)))
        rc = fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%.200s: not https", url);
    else if (!host_is_name(host) && !is_loopback(host))
        rc = fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%.200s: its host is no name", url);
    else
        *out = xstrdup(host);
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(u);
    return rc;
}

static uint16_t port_of(const char *url)
{
    CURLU *u = curl_url();
    char *port = NULL;
    uint16_t n = 443;
    if (u && curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
        n = (uint16_t)strtoul(port, NULL, 10);
    curl_free(port);
    curl_url_cleanup(u);
    return n;
}

/* The host of a URL that may be fetched. */
static int host_of(const char *url, char **out, struct fct_error *err)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL, *port = NULL;
    int rc = 0;
    if (strlen(url) > URL_MAX || !u || curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        rc = refuse(err, url, "not a URL that may be fetched");
    else if (strcasecmp(scheme, "https") != 0)
        rc = refuse(err, url, "only https is fetched");
    else if (curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK || !host_is_name(host))
        rc = refuse(err, url, "its host is no name");
    else if (curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK || strcmp(port, "443") != 0)
        rc = refuse(err, url, "only port 443 is connected to");
    else
        *out = xstrdup(host);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(u);
    return rc;
}

/* FAR: the public Internet but for neighbours, who have public addresses, too, with IPv6. */
enum reach { REACH_ANY, REACH_PUBLIC, REACH_FAR };

static bool is_within(enum reach reach, const struct sockaddr *address)
{
    if (reach == REACH_ANY)
        return true;
    return inet_is_public(address) && (reach == REACH_PUBLIC || !inet_is_near(address));
}

static void add_address(struct buf *to, const struct sockaddr_storage *address)
{
    char text[INET6_ADDRSTRLEN];
    bool is6 = address->ss_family == AF_INET6;
    const void *from = is6 ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
                           : (const void *)&((const struct sockaddr_in *)address)->sin_addr;
    if (inet_ntop(address->ss_family, from, text, sizeof(text)))
        buf_addf(to, is6 ? "%s[%s]" : "%s%s", to->p[to->n - 1] == ':' ? "" : ",", text);
}

/* "host:port:address,address", for CURLOPT_RESOLVE. */
static int resolve(const struct https_options *o, const char *host, uint16_t port, enum reach reach, uint64_t deadline_ms,
                   struct buf *out, struct fct_error *err)
{
    struct dns_host *h = XNEW(struct dns_host);
    CLEANUP(freep) void *owner = h;
    size_t n = 0;
    h->name = host;
    if (dns_hosts(&o->dns, h, 1, deadline_ms, err) < 0)
        return -1;
    if (h->outcome == DNS_NONE)
        return fct_fail(err, FCT_E_DNS, FCT_RETRY_NEVER, "there is no host %s", host);
    if (h->outcome == DNS_FAILED)
        return fct_fail(err, FCT_E_DNS, FCT_RETRY_LATER, "%s: looking up the name failed: %s", host, h->failure);
    buf_addf(out, "%s:%u:", host, port == 443 && o->port ? o->port : port);
    for (size_t i = 0; i < h->n; i++) {
        if (!is_within(reach, (const struct sockaddr *)&h->addresses[i]))
            continue;
        add_address(out, &h->addresses[i]);
        n++;
    }
    if (n == 0)
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "%s: its address is one of a private network", host);
    return 0;
}

/* ---- one request, on the thread --------------------------------------------------------------------------- */

struct request {
    struct aside aside;
    const struct https_options *options;
    const char *url, *host;
    const char *form;     /* NULL: GET */
    const struct https_message *message; /* or NULL */
    struct curl_slist *headers;          /* the message's */
    const char *resolved; /* NULL: the host is an address */
    enum reach reach;
    size_t body_max;
    struct buf *body;
    size_t header_bytes;
    bool too_large;

    CURLcode rc;
    char reason[CURL_ERROR_SIZE];
    long status;
    char *location; /* where it redirects to */
    curl_off_t retry_after_s;
};

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct request *r = arg;
    (void)size; /* always 1 */
    r->too_large = r->body->n + n > r->body_max;
    if (r->too_large || aside_is_over(&r->aside))
        return 0;
    buf_add(r->body, p, n);
    return n;
}

/* Counted, not kept. */
static size_t on_answer(char *p, size_t size, size_t n, void *arg)
{
    struct request *r = arg;
    (void)p, (void)size;
    r->body_max -= n < r->body_max ? n : r->body_max;
    r->too_large = r->body_max == 0;
    return r->too_large || aside_is_over(&r->aside) ? 0 : n;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct request *r = arg;
    (void)p, (void)size;
    r->header_bytes += n;
    r->too_large = r->header_bytes > HTTPS_HEADERS_MAX;
    return r->too_large ? 0 : n;
}

static int on_progress(void *arg, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
    struct request *r = arg;
    (void)dt, (void)dn, (void)ut, (void)un;
    return aside_is_over(&r->aside);
}

/* Whatever curl thinks that it should connect to. */
static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct request *r = arg;
    if (purpose != CURLSOCKTYPE_IPCXN || !is_within(r->reach, &address->addr))
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void init_library(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool set_up(CURL *c, struct request *r, struct curl_slist *resolved, struct curl_slist *connect_to)
{
    const struct https_options *o = r->options;
    long left = (long)aside_left_ms(&r->aside);
    bool ok = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, r->resolved ? "https" : "http,https") == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_URL, r->url) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_RESOLVE, resolved) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_socket) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, r) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_WRITEDATA, r) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_HEADERDATA, r) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_MAXFILESIZE, (long)r->body_max) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_XFERINFODATA, r) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, left > 0 ? left : 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, left > 0 ? left : 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_ERRORBUFFER, r->reason) == CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_USERAGENT, "facteur") == CURLE_OK;
    if (r->form) /* not copied */
        ok = ok && curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)strlen(r->form)) == CURLE_OK &&
             curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->form) == CURLE_OK;
    if (r->message)
        ok = ok && r->headers && curl_easy_setopt(c, CURLOPT_HTTPHEADER, r->headers) == CURLE_OK &&
             curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)r->message->body.n) == CURLE_OK &&
             curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->message->body.p) == CURLE_OK &&
             curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_answer) == CURLE_OK;
    if (connect_to)
        ok = ok && curl_easy_setopt(c, CURLOPT_CONNECT_TO, connect_to) == CURLE_OK;
    if (o->ca_file)
        ok = ok && curl_easy_setopt(c, CURLOPT_CAINFO, o->ca_file) == CURLE_OK;
    return ok;
}

/* No "Expect: 100-continue", of which some servers know nothing, and no type that curl thinks of. */
static struct curl_slist *headers_of(const struct https_message *m)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; list && m->headers[i]; i++) {
        struct curl_slist *longer = curl_slist_append(list, m->headers[i]);
        if (!longer)
            curl_slist_free_all(list);
        list = longer;
    }
    return list;
}

static void perform(void *arg)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct request *r = arg;
    char other_port[32];
    pthread_once(&once, init_library);
    CURL *c = curl_easy_init();
    struct curl_slist *resolved = r->resolved ? curl_slist_append(NULL, r->resolved) : NULL, *connect_to = NULL;
    r->headers = r->message ? headers_of(r->message) : NULL;
    snprintf(other_port, sizeof(other_port), ":::%u", r->options->port);
    if (r->options->port && port_of(r->url) == 443)
        connect_to = curl_slist_append(NULL, other_port);
    r->rc = c && (resolved || !r->resolved) && set_up(c, r, resolved, connect_to) ? curl_easy_perform(c) : CURLE_FAILED_INIT;
    if (r->rc == CURLE_OK) {
        char *location = NULL;
        curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &r->status);
        curl_easy_getinfo(c, CURLINFO_REDIRECT_URL, &location);
        r->location = location ? xstrdup(location) : NULL;
        r->retry_after_s = -1;
        if (curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &r->retry_after_s) != CURLE_OK || r->retry_after_s == 0)
            r->retry_after_s = -1;
    }
    curl_slist_free_all(resolved);
    curl_slist_free_all(connect_to);
    curl_slist_free_all(r->headers);
    curl_easy_cleanup(c);
}

/* ---- what came of it -------------------------------------------------------------------------------------- */

static int fail_request(const struct request *r, struct fct_error *err)
{
    const char *reason = r->reason[0] ? r->reason : curl_easy_strerror(r->rc);
    if (r->too_large || r->rc == CURLE_FILESIZE_EXCEEDED)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "%s: the answer is larger than %zu KiB", r->host, r->body_max >> 10);
    switch (r->rc) {
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_WRITE_ERROR:
        return fct_fail(err, FCT_E_TIMEOUT, FCT_RETRY_LATER, "%s: no answer in time", r->host);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
        return fct_fail(err, FCT_E_TLS, FCT_RETRY_NEVER, "%s: no trustworthy TLS: %s", r->host, reason);
    default:
        return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_LATER, "%s: %s", r->host, reason);
    }
}

/* 1: there is a document; 0: look at r->location; -1. */
static int judge(const struct request *r, struct fct_error *err)
{
    if (r->rc != CURLE_OK)
        return fail_request(r, err);
    if (r->status == 200)
        return 1;
    if (r->status >= 300 && r->status < 400 && r->location)
        return 0;
    if (r->status >= 400 && r->status < 500)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "%s: there is no such document (status %ld)", r->host, r->status);
    return fct_fail(err, FCT_E_SERVER, FCT_RETRY_LATER, "%s: the server answers with status %ld", r->host, r->status);
}

/* 1: done; 0: *next is where to go on; -1. */
static int get_once(const struct https_options *o, const char *url, uint64_t deadline_ms, struct buf *body, char **next,
                    struct fct_error *err)
{
    CLEANUP(freep) char *host = NULL;
    CLEANUP(buf_done) struct buf resolved = {0};
    if (host_of(url, &host, err) < 0 || resolve(o, host, 443, o->allow_private ? REACH_ANY : REACH_PUBLIC, deadline_ms, &resolved, err) < 0)
        return -1;
    buf_clear(body);
    struct request *r = XNEW(struct request);
    CLEANUP(freep) void *owner = r;
    r->options = o;
    r->url = url;
    r->host = host;
    r->resolved = buf_str(&resolved);
    r->reach = o->allow_private ? REACH_ANY : REACH_PUBLIC;
    r->body_max = HTTPS_BODY_MAX;
    r->body = body;
    int result = aside_run(&r->aside, deadline_ms, host, perform, r, err);
    if (result == 0)
        result = judge(r, err);
    if (result == 0)
        *next = TAKE(r->location);
    free(r->location);
    return result;
}

int https_get(const struct https_options *o, const char *url, uint64_t deadline_ms, struct buf *body, char **out_url,
              struct fct_error *err)
{
    CLEANUP(freep) char *at = xstrdup(url);
    for (int hops = 0; hops <= HTTPS_REDIRECTS; hops++) {
        char *next = NULL;
        int result = get_once(o, at, deadline_ms, body, &next, err);
        if (result < 0)
            return -1;
        if (result > 0) {
            *out_url = TAKE(at);
            return 0;
        }
        free(at);
        at = next;
    }
    return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "%.200s: more than %d redirects", url, HTTPS_REDIRECTS);
}

int https_ask(const struct https_options *o, const struct https_question *q, uint64_t deadline_ms, long *out_status, struct buf *body,
              struct fct_error *err)
{
    CLEANUP(freep) char *host = NULL;
    CLEANUP(buf_done) struct buf resolved = {0};
    if (trusted_host_of(q->url, &host, err) < 0)
        return -1;
    bool is_address = is_loopback(host);
    if (!is_address && resolve(o, host, port_of(q->url), REACH_ANY, deadline_ms, &resolved, err) < 0)
        return -1;
    buf_clear(body);
    buf_reserve(body, q->body_max);
    struct request *r = XNEW(struct request);
    CLEANUP(freep) void *owner = r;
    *r = (struct request){.options = o,
                          .url = q->url,
                          .host = host,
                          .form = q->form,
                          .resolved = is_address ? NULL : buf_str(&resolved),
                          .reach = REACH_ANY,
                          .body_max = q->body_max,
                          .body = body};
    int ran = aside_run(&r->aside, deadline_ms, host, perform, r, err);
    free(r->location);
    if (ran < 0)
        return -1;
    if (r->rc != CURLE_OK)
        return fail_request(r, err);
    *out_status = r->status;
    return 0;
}

/* ---- messages --------------------------------------------------------------------------------------------- */

/* "127.0.0.1" or "[2001:db8::1]". */
static bool is_address(const char *host)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    CLEANUP(freep) char *inner = host[0] == '[' ? xstrndup(host + 1, strcspn(host + 1, "]")) : NULL;
    return inner ? inet_pton(AF_INET6, inner, bytes) == 1 : inet_pton(AF_INET, host, bytes) == 1;
}

static int no_target(struct fct_error *err, const char *why)
{
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "url: %s", why);
}

int https_check_url(const char *url, bool may_be_near, char **out_host, struct fct_error *err)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL;
    int rc = 0;
    bool is_url = strlen(url) <= URL_MAX && u && curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
                  curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK && curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    for (const char *c = url; *c; c++)
        is_url = is_url && (unsigned char)*c > 0x20 && (unsigned char)*c < 0x7f;
    if (!is_url)
        rc = no_target(err, "is no absolute URL of ASCII characters");
    else if (strcasecmp(scheme, "https") != 0 && !(may_be_near && strcasecmp(scheme, "http") == 0 && is_loopback(host)))
        rc = no_target(err, "must begin with https://");
    else if (!host_is_name(host) && !(may_be_near && is_address(host)))
        rc = no_target(err, "its host is no name");
    else
        *out_host = xstrdup(host);
    for (char *c = rc == 0 ? *out_host : NULL; c && *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(u);
    return rc;
}

int https_post(const struct https_options *o, const struct https_message *m, uint64_t deadline_ms, struct https_receipt *out,
               struct fct_error *err)
{
    CLEANUP(freep) char *host = NULL;
    CLEANUP(buf_done) struct buf resolved = {0};
    if (https_check_url(m->url, m->may_be_near, &host, err) < 0)
        return -1;
    bool by_name = !is_address(host);
    enum reach reach = m->may_be_near ? REACH_ANY : REACH_FAR;
    if (by_name && resolve(o, host, port_of(m->url), reach, deadline_ms, &resolved, err) < 0)
        return -1;
    struct request *r = XNEW(struct request);
    CLEANUP(freep) void *owner = r;
    *r = (struct request){.options = o,
                          .url = m->url,
                          .host = host,
                          .message = m,
                          .resolved = by_name ? buf_str(&resolved) : NULL,
                          .reach = reach,
                          .body_max = ANSWER_MAX};
    int ran = aside_run(&r->aside, deadline_ms, host, perform, r, err);
    free(r->location);
    if (ran < 0)
        return -1;
    if (r->rc != CURLE_OK)
        return fail_request(r, err);
    *out = (struct https_receipt){.status = r->status, .retry_after_s = r->retry_after_s};
    return 0;
}
