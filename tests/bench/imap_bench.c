/* imap_bench.c - the transfer alone: plugins/imap, loaded as the daemon loads it, fetches a whole mailbox into a sink
 * that counts the bytes and forgets them. No engine, no ingest, no store.
 *
 *   imap_bench HOST PORT tls|none USER PASSWORD MAILBOX TIMES [ca=FILE] [compress=always|never]
 *
 * Prints one line of JSON for each time, each on a connection of its own: messages, octets, bytesIn (what came over the
 * wire), seconds and cpu of the fetch (signing in and SELECT not counted).
 */
#include "async/conn.h"
#include "async/fiber.h"
#include "base/buf.h"
#include "plugin/plugins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

struct bench {
    struct fct_account account; /* first: the callbacks are given it */
    const char *user, *password, *mailbox, *compress;
    const struct fct_source *source;
    uint64_t messages, octets;
};

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the sink ------------------------------------------------------------------------------------------- */

static int on_flags(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    (void)ctx;
    (void)m;
    (void)err;
    return 0;
}

static int on_vanished(void *ctx, const struct fct_uid_range *r, size_t n, struct fct_error *err)
{
    (void)ctx;
    (void)r;
    (void)n;
    (void)err;
    return 0;
}

static int on_exists(void *ctx, uint64_t messages, struct fct_error *err)
{
    (void)ctx;
    (void)messages;
    (void)err;
    return 0;
}

static int on_begin(void *ctx, uint64_t octets, struct fct_error *err)
{
    (void)ctx;
    (void)octets;
    (void)err;
    return 0;
}

static int on_data(void *ctx, struct fct_bytes part, struct fct_error *err)
{
    struct bench *b = ctx;
    (void)err;
    b->octets += part.n;
    return 0;
}

static int on_end(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    struct bench *b = ctx;
    (void)m;
    (void)err;
    b->messages++;
    return 0;
}

/* ---- one transfer --------------------------------------------------------------------------------------- */

static int fetch_all(struct bench *b, void *session, const struct fct_sink *sink, struct fct_error *err)
{
    struct fct_mailbox_status st;
    struct fct_known known = {.size = sizeof(known)};
    struct fct_session_stats before = {.size = sizeof(before)}, after = before;
    bool caught_up = false;

    if (b->source->select(session, bytes_str(b->mailbox), &known, sink, &st, &caught_up, err) < 0)
        return -1;
    b->messages = b->octets = 0;
    b->source->stats(session, &before);
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    struct fct_uid_range all = {1, UINT64_MAX};
    if (b->source->fetch(session, &all, 1, sink, err) < 0)
        return -1;
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    b->source->stats(session, &after);
    printf("{\"messages\": %llu, \"octets\": %llu, \"bytesIn\": %llu, \"seconds\": %.6f, \"cpu\": %.6f}\n",
           (unsigned long long)b->messages, (unsigned long long)b->octets,
           (unsigned long long)(after.bytes_in - before.bytes_in), wall, cpu);
    return 0;
}

static int converse(void *arg)
{
    struct bench *b = arg;
    struct fct_error err = {0};
    void *session = NULL;
    uint32_t can = 0;
    const struct fct_sink sink = {
        .size = sizeof(sink),
        .ctx = b,
        .flags = on_flags,
        .vanished = on_vanished,
        .exists = on_exists,
        .message_begin = on_begin,
        .message_data = on_data,
        .message_end = on_end,
    };
    int rc = b->source->connect(&b->account, &session, &can, &err);
    if (rc == 0)
        rc = fetch_all(b, session, &sink, &err);
    if (rc < 0)
        fprintf(stderr, "%s %s\n", err.message, err.server);
    b->source->close(session, rc < 0 ? &err : NULL);
    return rc;
}

/* ---- the account ---------------------------------------------------------------------------------------- */

static const char *account_get(struct fct_account *acc, const char *key)
{
    const struct bench *b = (const struct bench *)acc;
    return strcmp(key, "user") == 0 ? b->user : strcmp(key, "compress") == 0 ? b->compress : NULL;
}

static int account_secret(struct fct_account *acc, const char *name, char *buf, size_t cap, struct fct_error *err)
{
    (void)name;
    (void)err;
    snprintf(buf, cap, "%s", ((const struct bench *)acc)->password);
    return 0;
}

int main(int argc, char **argv)
{
    struct fct_error err = {0};
    struct plugins *plugins = NULL;
    const char *ca = NULL;
    bool implicit;
    if (argc < 8) {
        fprintf(stderr,
                "imap_bench HOST PORT tls|none USER PASSWORD MAILBOX TIMES [ca=FILE] [compress=always|never]\n");
        return 2;
    }
    struct bench b = {.user = argv[4], .password = argv[5], .mailbox = argv[6]};
    b.account = (struct fct_account){.label = "bench", .get = account_get, .secret = account_secret};
    b.account.endpoint = (struct fct_endpoint){
        .size = sizeof(b.account.endpoint),
        .host = argv[1],
        .port = (uint32_t)atoi(argv[2]),
        .tls = strcmp(argv[3], "tls") == 0 ? FCT_TLS_IMPLICIT : FCT_TLS_NONE,
    };
    for (int i = 8; i < argc; i++) {
        if (strncmp(argv[i], "ca=", 3) == 0)
            ca = argv[i] + 3;
        else if (strncmp(argv[i], "compress=", 9) == 0)
            b.compress = argv[i] + 9;
        else
            return 2;
    }
    uv_loop_t loop;
    uv_loop_init(&loop);
    fiber_set_loop(&loop);
    if (tls_trust_new(ca, &b.account.trust, &err) < 0 || plugins_load(PLUGINS, &plugins, &err) < 0 ||
        !(b.source = plugins_source(plugins, "imap", &implicit))) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    int rc = 0;
    for (int times = atoi(argv[7]); rc == 0 && times > 0; times--) {
        struct fiber *f = fiber_spawn(&loop, "bench", converse, &b);
        rc = fiber_join(f);
        fiber_unref(f);
    }
    fiber_loop_done(&loop);
    uv_loop_close(&loop);
    plugins_free(plugins);
    tls_trust_free(b.account.trust);
    return rc < 0;
}
