#include "discover/probe.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"

#include <string.h>

#define LINE_MAX_BYTES 4096
#define LINES_MAX 64 /* of one answer */

/* What each protocol says first, and how TLS is asked for: RFC 9051 sections 7.1.5 and 6.2.1, RFC 1939 section 4 and RFC 2595
 * section 4, RFC 5321 section 4.2 and RFC 3207. */
static const struct words {
    const char *protocol, *greeting, *hello, *hello_done, *start_tls, *start_tls_done;
} words[] = {
    {"imap", "* OK", NULL, NULL, "a STARTTLS\r\n", "a OK"},
    {"pop3", "+OK", NULL, NULL, "STLS\r\n", "+OK"},
    {"smtp", "220", "EHLO [127.0.0.1]\r\n", "250", "STARTTLS\r\n", "220"},
};

static const struct words *words_of(const char *protocol)
{
    size_t i = 0;
    while (strcmp(words[i].protocol, protocol) != 0)
        i++;
    return &words[i];
}

static int refuse(struct fct_error *err, const char *what)
{
    return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_NEVER, "%s", what);
}

/* Reads lines until one that ends an answer; SMTP's go on while a '-' follows the code, IMAP's untagged ones are skipped. */
static int expect(struct fct_conn *c, const char *prefix, const char *what, struct fct_error *err)
{
    struct fct_bytes line;
    size_t n = strlen(prefix);
    for (int i = 0; i < LINES_MAX; i++) {
        if (conn_read_line(c, LINE_MAX_BYTES, &line, err) < 0)
            return -1;
        if (prefix[0] == 'a' && line.n > 1 && line.p[0] == '*')
            continue;
        if (line.n < n || memcmp(line.p, prefix, n) != 0 || (line.n > n && !strchr(" -\r", line.p[n])))
            return refuse(err, what);
        if (line.n == n || line.p[n] != '-')
            return 0;
    }
    return refuse(err, what);
}

static int say(struct fct_conn *c, const char *text, const char *prefix, const char *what, struct fct_error *err)
{
    if (conn_write(c, bytes_str(text), err) < 0)
        return -1;
    return expect(c, prefix, what, err);
}

static int converse(struct fct_conn *c, const struct probe *p, struct fct_error *err)
{
    const struct words *w = words_of(p->spec.protocol);
    if (expect(c, w->greeting, "something else answers there", err) < 0)
        return -1;
    if (p->spec.tls != FCT_TLS_STARTTLS)
        return 0;
    if (w->hello && say(c, w->hello, w->hello_done, "it refuses EHLO", err) < 0)
        return -1;
    if (say(c, w->start_tls, w->start_tls_done, "it refuses STARTTLS", err) < 0)
        return -1;
    return conn_start_tls(c, err);
}

/* ---- many at once ----------------------------------------------------------------------------------------- */

struct probing {
    struct probe *probe;
    struct tls_trust *trust;
    uint64_t deadline_ms;
    size_t *open;
    struct wait_event *ended;
};

static int probe_one(void *arg)
{
    struct probing *g = arg;
    struct probe *p = g->probe;
    uint64_t now = wait_now_ms();
    uint32_t left = now < g->deadline_ms ? (uint32_t)(g->deadline_ms - now) : 1;
    const struct fct_endpoint ep = {.size = sizeof(ep), .host = p->spec.host, .port = p->port, .tls = p->spec.tls,
                                    .connect_timeout_ms = left, .io_timeout_ms = left};
    struct fct_conn *c = NULL;
    p->found = conn_open_addresses(&ep, p->host->addresses, p->host->n, g->trust, &c, &p->err) == 0 && converse(c, p, &p->err) == 0;
    conn_close(c);
    (*g->open)--;
    wait_event_raise(g->ended);
    return 0;
}

int probe_all(struct probe *probes, size_t n, struct tls_trust *trust, uint64_t deadline_ms, struct fct_error *err)
{
    CLEANUP(freep) struct probing *all = xcalloc(n + 1, sizeof(*all));
    CLEANUP(freep) struct fiber **fibers = xcalloc(n + 1, sizeof(*fibers));
    struct wait_event ended = {0};
    size_t open = n;
    int result = 0;
    for (size_t i = 0; i < n; i++) {
        all[i] = (struct probing){.probe = &probes[i], .trust = trust, .deadline_ms = deadline_ms, .open = &open, .ended = &ended};
        fibers[i] = fiber_spawn(fiber_loop(), "probe a mail server", probe_one, &all[i]);
    }
    while (open > 0 && result == 0) {
        uint64_t now = wait_now_ms();
        struct fct_error why = {0};
        if (now >= deadline_ms)
            break;
        if (wait_event(&ended, "mail servers that may be there", deadline_ms - now, &why) < 0 && why.code != FCT_E_TIMEOUT) {
            result = -1;
            if (err)
                *err = why;
        }
    }
    for (size_t i = 0; i < n; i++) {
        fiber_cancel(fibers[i]);
        fiber_join(fibers[i]);
        fiber_unref(fibers[i]);
    }
    return result;
}
