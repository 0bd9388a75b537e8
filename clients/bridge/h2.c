#include "h2.h"

#include "exchange.h"

#include <ctype.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#define FRAME_BYTES ((size_t)16 << 10) /* what every peer takes (RFC 9113 section 6.5.2) */
#define VALUE_MAX (HTTP_TARGET_MAX + 1)
#define FIRST_WINDOW ((int64_t)256 << 10) /* what libwebsockets 4.1 gives each stream */
#define MORE_WINDOW ((int)256 << 10)      /* what we give at once, as soon as less than half of it is left */

/* What libwebsockets keeps of a request and we look at. */
static const struct {
    enum lws_token_indexes token;
    const char *name;
} tokens[] = {{WSI_TOKEN_HTTP_AUTHORIZATION, "authorization"},
              {WSI_TOKEN_ORIGIN, "origin"},
              {WSI_TOKEN_HTTP_CONTENT_TYPE, "content-type"},
              {WSI_TOKEN_HTTP_ACCEPT_ENCODING, "accept-encoding"},
              {WSI_TOKEN_HTTP_RANGE, "range"},
              {WSI_TOKEN_HTTP_IF_RANGE, "if-range"},
              {WSI_TOKEN_HTTP_IF_NONE_MATCH, "if-none-match"},
              {WSI_TOKEN_HTTP_CONTENT_LENGTH, "content-length"},
              {WSI_TOKEN_HTTP_USER_AGENT, "user-agent"},
              {WSI_TOKEN_HTTP_ACCEPT_LANGUAGE, "accept-language"},
              {WSI_TOKEN_X_FORWARDED_FOR, "x-forwarded-for"},
              {WSI_TOKEN_HTTP_COLON_AUTHORITY, "host"},
              {WSI_TOKEN_HOST, "host"}};

/* libwebsockets decoded it. What is not put back would be more than a path to the parser: "%0D%0A" a header. */
static void write_path(const char *path, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)path[i];
        if (isalnum(c) || (c && strchr("-._~!$&'()*+,;=:@/", c)))
            buf_add_char(out, (char)c);
        else
            buf_addf(out, "%%%02X", c);
    }
}

/* A request line and headers in HTTP/1.1's form: so one parser decides for both versions what may stand in them. */
static bool write_head(struct lws *wsi, const char *path, size_t path_n, struct buf *out)
{
    char value[VALUE_MAX];
    bool has_host = false;
    if (lws_hdr_copy(wsi, value, sizeof(value), WSI_TOKEN_HTTP_COLON_METHOD) <= 0 || strpbrk(value, " \r\n"))
        return false;
    buf_addf(out, "%s ", value);
    write_path(path, path_n, out);
    for (int i = 0; lws_hdr_copy_fragment(wsi, value, sizeof(value), WSI_TOKEN_HTTP_URI_ARGS, i) >= 0; i++) {
        bool in_value = false;
        buf_add_char(out, i ? '&' : '?');
        for (const unsigned char *p = (const unsigned char *)value; *p; p++) { /* it was decoded */
            if (isalnum(*p) || strchr("-._~*", *p) || (*p == '=' && !in_value))
                buf_add_char(out, (char)*p);
            else
                buf_addf(out, "%%%02X", *p);
            in_value |= *p == '=';
        }
    }
    buf_add_str(out, " HTTP/1.1\r\n");
    for (size_t i = 0; i < N_OF(tokens); i++) {
        bool is_host = strcmp(tokens[i].name, "host") == 0;
        if (lws_hdr_total_length(wsi, tokens[i].token) <= 0 || (is_host && has_host))
            continue;
        if (lws_hdr_copy(wsi, value, sizeof(value), tokens[i].token) < 0 || strpbrk(value, "\r\n"))
            return false;
        has_host |= is_host;
        buf_addf(out, "%s: %s\r\n", tokens[i].name, value);
    }
    buf_add_str(out, "\r\n");
    return true;
}

static void kill_stream(struct exchange *x)
{
    if (x->transport)
        lws_set_timeout(x->transport, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC);
}

/* libwebsockets would give it by itself, but counts wrong where bytes come before the client has read our settings: it
 * believes that 64 KiB are left when there are none. As we give it early, it never comes to that. */
static void give_window(struct exchange *x)
{
    if (x->is_waiting || !x->transport || x->has_ended || x->window >= MORE_WINDOW / 2)
        return;
    x->window += MORE_WINDOW;
    lws_wsi_tx_credit(x->transport, LWSTXCR_PEER_TO_US, MORE_WINDOW);
}

static void hold(struct exchange *x, bool is_waiting)
{
    x->is_waiting = is_waiting;
    give_window(x);
}

/* With an answer the rest of a body is not waited for by anybody: it is thrown away as it comes. */
static void wake(struct exchange *x)
{
    if (x->is_waiting && x->status)
        hold(x, false);
    if (x->transport)
        lws_callback_on_writable(x->transport);
}

static int begin(struct bridge *b, struct lws *wsi, const char *path, size_t path_n)
{
    struct buf text = {0};
    struct http_head head;
    const char *why;
    char peer[64] = "?";
    int status = 400;
    if (write_head(wsi, path, path_n, &text))
        status = http1_head_parse(text.p, text.n, &head, &why);
    free_wiped(text.p, text.cap);
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
    if (status)
        return lws_return_http_status(wsi, (unsigned)status, NULL) || 1;
    lws_get_peer_simple(lws_get_network_wsi(wsi), peer, sizeof(peer));
    struct exchange *x = exchange_new(b, &head, peer, true);
    x->is_h2 = true;
    x->transport = wsi;
    x->wake = wake;
    x->kill = kill_stream;
    x->pause = hold;
    x->window = FIRST_WINDOW;
    lws_set_opaque_user_data(wsi, x);
    exchange_begin(x);
    if (x->head.method != HTTP_POST || (x->head.has_length && x->head.length == 0)) {
        x->end_is_told = x->head.method != HTTP_POST;
        exchange_end(x);
        /* A stream of events would keep 18 KiB for days. With a body, libwebsockets looks at them again. */
        lws_http_headers_detach(wsi);
    }
    return 0;
}

/* ---- the table of headers ---- */

/* libwebsockets 4.1 keeps a `:path` that has a query in HPACK's dynamic table without its path, so the same request
 * again would be another one. An encoder that is told that there is no table puts nothing into one (RFC 7541 section
 * 4.2). The vhost's own setting cannot say so: it is also the size of the table that there is, and until the client has
 * read this, it uses the one that every connection begins with. */
int h2_announce_no_table(struct lws *network)
{
    static const unsigned char settings[] = {0, 0, 6, 4, 0, 0, 0, 0, 0, 0, H2SET_HEADER_TABLE_SIZE, 0, 0, 0, 0};
    SSL *tls = lws_get_ssl(network);
    return !tls || SSL_write(tls, settings, sizeof(settings)) == sizeof(settings) ? 0 : -1;
}

/* ---- writing ---- */

static bool add(struct lws *wsi, const char *name, const char *value, unsigned char **p, unsigned char *end)
{
    return lws_add_http_header_by_name(wsi, (const unsigned char *)name, (const unsigned char *)value,
                                       (int)strlen(value), p, end) == 0;
}

/* "name: value\r\n" of each header. */
static bool add_headers(struct exchange *x, struct lws *wsi, unsigned char **p, unsigned char *end)
{
    CLEANUP(freep) char *text = xstrndup(x->headers.p, x->headers.n);
    char *rest = text, *line;
    while ((line = strsep(&rest, "\n"))) {
        char *value = strchr(line, ' ');
        if (!value)
            continue;
        *value++ = '\0'; /* the name keeps its colon */
        value[strcspn(value, "\r")] = '\0';
        if (!add(wsi, line, value, p, end))
            return false;
    }
    return true;
}

static int send_head(struct exchange *x, struct lws *wsi)
{
    unsigned char room[LWS_PRE + 8192], *start = room + LWS_PRE, *p = start, *end = room + sizeof(room) - 1;
    bool is_all = x->no_body || (x->is_ended && x->kind == ANSWER_BYTES && x->bytes.n == 0);
    if (lws_add_http_header_status(wsi, (unsigned)x->status, &p, end) || !add_headers(x, wsi, &p, end) ||
        lws_finalize_http_header(wsi, &p, end))
        return -1;
    int flags = LWS_WRITE_HTTP_HEADERS | (is_all ? LWS_WRITE_H2_STREAM_END : 0);
    x->head_is_sent = true;
    x->head_ms = now_ms();
    x->is_done = is_all;
    return lws_write(wsi, start, (size_t)(p - start), (enum lws_write_protocol)flags) < 0 ? -1 : 0;
}

/* libwebsockets ends the connection when more of a body comes for a stream that it has ended. So one that was answered
 * early, as a failed upload is, keeps its stream until the body is over. */
static bool holds_end(const struct exchange *x)
{
    return !x->has_ended && x->head.has_length && x->received < x->head.length &&
           x->head.length <= exchange_drain_max(x);
}

static int send_body(struct exchange *x, struct lws *wsi)
{
    static unsigned char room[LWS_PRE + FRAME_BYTES]; /* loop thread only */
    bool is_last;
    int allowance = lws_get_peer_write_allowance(wsi);
    size_t max = allowance < 0 || (size_t)allowance > FRAME_BYTES ? FRAME_BYTES : (size_t)allowance;
    if (allowance == 0)
        return 0; /* we are called when there is some again */
    ssize_t n = exchange_read_body(x, (char *)room + LWS_PRE, max, &is_last);
    if (n < 0)
        return -1;
    if (n == 0 && !is_last)
        return 0;
    x->moved_ms = now_ms();
    x->delivered += (uint64_t)n;
    x->end_is_held = is_last && holds_end(x);
    x->is_done = is_last && !x->end_is_held;
    return lws_write(wsi, room + LWS_PRE, (size_t)n, x->is_done ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0 ? -1 : 0;
}

static int send_end(struct exchange *x, struct lws *wsi)
{
    unsigned char room[LWS_PRE + 1];
    x->is_done = true;
    return lws_write(wsi, room + LWS_PRE, 0, LWS_WRITE_HTTP_FINAL) < 0 ? -1 : 0;
}

static int write_answer(struct exchange *x, struct lws *wsi)
{
    if (!x->status || (x->kind != ANSWER_STREAM && !x->is_ended))
        return 0;
    if (x->end_is_held && holds_end(x))
        return 0;
    if ((x->end_is_held ? send_end(x, wsi) : x->head_is_sent ? send_body(x, wsi) : send_head(x, wsi)) < 0)
        return -1;
    if (x->is_done)
        return lws_http_transaction_completed(wsi) ? -1 : 0;
    if (x->end_is_held)
        return 0;
    bool has_more = x->kind == ANSWER_FILE || x->bytes.n > 0 || x->is_ended;
    if (has_more)
        lws_callback_on_writable(wsi);
    else if (x->route->writable)
        x->route->writable(x);
    return 0;
}

/* ---- events ---- */

int h2_event(struct bridge *b, struct lws *wsi, enum lws_callback_reasons reason, void *in, size_t len)
{
    struct exchange *x = lws_get_opaque_user_data(wsi);
    if (x && x->carried != CARRIED_STREAM)
        return 0; /* of the connection, which is the front's */
    if (reason == LWS_CALLBACK_HTTP)
        return x ? -1 : begin(b, wsi, in, len);
    if (!x)
        return 0;
    switch (reason) {
    case LWS_CALLBACK_HTTP_BODY:
        if (x->has_ended) /* a POST of length 0 is told of a body of 0 bytes */
            return 0;
        x->window -= (int64_t)len;
        exchange_body(x, in, len);
        give_window(x);
        return 0;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        if (x->end_is_told) /* of a body that must not be: taken for one of no bytes, it would be told for ever */
            return -1;
        x->end_is_told = true;
        if (!x->has_ended)
            exchange_end(x);
        if (x->end_is_held)
            lws_callback_on_writable(wsi);
        return 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return write_answer(x, wsi);
    default: /* closed, in one way or another */
        lws_set_opaque_user_data(wsi, NULL);
        x->transport = NULL;
        exchange_free(x);
        return 0;
    }
}

bool h2_is_known(struct lws *wsi)
{
    const struct exchange *x = lws_get_opaque_user_data(wsi);
    return x && x->carried == CARRIED_STREAM && x->login && login_is_known(x->login);
}

void h2_each_busy(const struct bridge *b, void (*fn)(struct lws *network, uint64_t now), uint64_t now)
{
    for (const struct exchange *x = b->exchanges; x; x = x->next)
        if (x->is_h2 && x->transport)
            fn(lws_get_network_wsi(x->transport), now);
}

/* By HTTP/1.1 nobody takes an answer byte by byte: the kernel asks for more when there is room for much. Here a window
 * may be of one byte. */
static bool is_taken_slowly(const struct exchange *x, uint64_t now)
{
    return x->head_is_sent && x->kind != ANSWER_STREAM && !x->end_is_held &&
           exchange_is_slow(x->bridge, x->head_ms, x->delivered, now);
}

void h2_tick(struct bridge *b, uint64_t now)
{
    struct exchange *next;
    for (struct exchange *x = b->exchanges; x; x = next) {
        next = x->next;
        if (!x->is_h2 || !x->transport)
            continue;
        bool is_waiting = x->has_ended && !x->status;
        bool is_quiet = x->kind == ANSWER_STREAM && x->status && x->bytes.n == 0;
        bool is_slow = (!x->has_ended && exchange_is_slow(b, x->began_ms, x->received, now)) || is_taken_slowly(x, now);
        if (is_slow || (!is_waiting && !is_quiet && now - x->moved_ms > patience_ms(&b->o)))
            kill_stream(x);
    }
}
