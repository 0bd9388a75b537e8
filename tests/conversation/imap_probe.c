/* imap_probe.c - drives the IMAP plugin against a real server and prints what it says, one JSON object a line.
 *
 *   imap_probe HOST PORT tls|starttls|none USER PASSWORD [key=value...] -- COMMAND...
 *
 * Keys: ca=FILE, auth=..., compress=... Commands, in order: list, status NAME, select NAME, resync NAME VALIDITY
 * MODSEQ, messages, details, fetch (everything; prints a SHA-256 of each), drain (everything; prints the sum), flag UID
 * +seen, append NAME TEXT, copy SET NAME, move SET NAME, expunge SET, create NAME, rename NAME NAME, delete NAME,
 * subscribe NAME, unsubscribe NAME, idle MS, stats, describe. The transfer of "drain" is what a sync can reach at best.
 */
#include "async/conn.h"
#include "async/fiber.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "plugin/plugins.h"

#include <openssl/evp.h>
#include <string.h>
#include <uv.h>

struct probe {
    struct fct_account account; /* first: the callbacks are given it */
    const char *user, *password, *auth, *compress;
    const struct fct_source *source;
    void *session;
    char **commands;
    size_t n_commands;

    bool quiet;
    EVP_MD_CTX *digest;
    uint64_t messages, octets, expected;
};

static void print(json_t *o)
{
    json_dumpf(o, stdout, JSON_COMPACT | JSON_SORT_KEYS);
    putchar('\n');
    json_decref(o);
}

static json_t *text(struct fct_bytes b)
{
    json_t *s = json_stringn(b.p ? b.p : "", b.n);
    return s ? s : json_string("(not UTF-8)");
}

static json_t *status_json(const struct fct_mailbox_status *st)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:i, s:o}", "uidvalidity", (json_int_t)st->uidvalidity, "uidnext",
                     (json_int_t)st->uidnext, "modseq", (json_int_t)st->modseq, "messages", (json_int_t)st->messages,
                     "unseen", (json_int_t)st->unseen, "attrs", (int)st->attrs, "mailboxId", text(st->mailbox_id));
}

/* ---- the sink ------------------------------------------------------------------------------------------- */

static int on_mailbox(void *ctx, const struct fct_mailbox *mb, struct fct_error *err)
{
    (void)ctx;
    (void)err;
    print(json_pack("{s:o, s:o, s:i, s:i, s:s#, s:o}", "mailbox", text(mb->name), "wireName", text(mb->wire_name),
                    "attrs", (int)mb->attrs, "role", (int)mb->role, "delimiter", &(char){(char)mb->delimiter},
                    mb->delimiter ? 1 : 0, "status",
                    mb->attrs & FCT_MB_STATUS_KNOWN ? status_json(&mb->status) : json_null()));
    return 0;
}

static json_t *message_json(const char *what, const struct fct_message *m)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:i, s:o, s:o, s:o}", "event", what, "uid", (json_int_t)m->uid,
                     "modseq", (json_int_t)m->modseq, "date", (json_int_t)m->internal_date, "octets",
                     (json_int_t)m->octets, "flags", (int)m->flags.bits, "keywords", text(m->flags.keywords), "emailId",
                     text(m->email_id), "header", text(m->header));
}

static int on_flags(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    struct probe *p = ctx;
    (void)err;
    p->messages++;
    if (!p->quiet)
        print(message_json("flags", m));
    return 0;
}

static int on_vanished(void *ctx, const struct fct_uid_range *r, size_t n, struct fct_error *err)
{
    (void)ctx;
    (void)err;
    for (size_t i = 0; i < n; i++)
        print(json_pack("{s:s, s:I, s:I}", "event", "vanished", "first", (json_int_t)r[i].first, "last",
                        (json_int_t)r[i].last));
    return 0;
}

static int on_exists(void *ctx, uint64_t messages, struct fct_error *err)
{
    (void)ctx;
    (void)err;
    print(json_pack("{s:s, s:I}", "event", "exists", "messages", (json_int_t)messages));
    return 0;
}

static int on_begin(void *ctx, uint64_t octets, struct fct_error *err)
{
    struct probe *p = ctx;
    (void)err;
    p->expected = octets;
    if (!p->quiet)
        EVP_DigestInit_ex(p->digest, EVP_sha256(), NULL);
    return 0;
}

static int on_data(void *ctx, struct fct_bytes part, struct fct_error *err)
{
    struct probe *p = ctx;
    (void)err;
    p->octets += part.n;
    p->expected -= part.n;
    if (!p->quiet)
        EVP_DigestUpdate(p->digest, part.p, part.n);
    return 0;
}

static int on_end(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    struct probe *p = ctx;
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    (void)err;
    p->messages++;
    if (p->quiet)
        return 0;
    EVP_DigestFinal_ex(p->digest, hash, &n);
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    for (unsigned i = 0; i < n; i++)
        snprintf(hex + 2 * (size_t)i, 3, "%02x", hash[i]);
    json_t *o = message_json("message", m);
    json_object_set_new(o, "sha256", json_string(hex));
    json_object_set_new(o, "missing", json_integer((json_int_t)p->expected));
    print(o);
    return 0;
}

static int on_status(void *ctx, struct fct_bytes wire_name, const struct fct_mailbox_status *st, struct fct_error *err)
{
    (void)ctx;
    (void)err;
    print(json_pack("{s:s, s:o, s:o}", "event", "status", "wireName", text(wire_name), "status", status_json(st)));
    return 0;
}

/* ---- commands ------------------------------------------------------------------------------------------- */

static const char *next_word(struct probe *p)
{
    if (p->n_commands == 0)
        return NULL;
    p->n_commands--;
    return *p->commands++;
}

static int do_select(struct probe *p, const struct fct_sink *sink, const struct fct_known *known, struct fct_error *err)
{
    struct fct_mailbox_status st;
    bool caught_up = false;
    const char *name = next_word(p);
    struct fct_known k = {.size = sizeof(k)};
    if (known) {
        k.uidvalidity = (uint32_t)strtoul(next_word(p), NULL, 10);
        k.modseq = strtoull(next_word(p), NULL, 10);
    }
    if (p->source->select(p->session, bytes_str(name), &k, sink, &st, &caught_up, err) < 0)
        return -1;
    print(json_pack("{s:s, s:o, s:b}", "event", "selected", "status", status_json(&st), "caughtUp", (int)caught_up));
    return 0;
}

static int do_fetch(struct probe *p, const struct fct_sink *sink, bool quiet, struct fct_error *err)
{
    struct fct_uid_range all = {1, UINT64_MAX};
    uint64_t begin = uv_hrtime();
    p->quiet = quiet;
    p->messages = p->octets = 0;
    if (p->source->fetch(p->session, &all, 1, sink, err) < 0)
        return -1;
    print(json_pack("{s:s, s:I, s:I, s:f}", "event", "fetched", "messages", (json_int_t)p->messages, "octets",
                    (json_int_t)p->octets, "seconds", (double)(uv_hrtime() - begin) / 1e9));
    p->quiet = false;
    return 0;
}

static int do_messages(struct probe *p, const struct fct_sink *sink, bool details, bool quiet, struct fct_error *err)
{
    uint64_t begin = uv_hrtime();
    p->messages = 0;
    p->quiet = quiet;
    if (p->source->list_messages(p->session, (struct fct_uid_range){1, UINT64_MAX}, 0, details, sink, err) < 0)
        return -1;
    print(json_pack("{s:s, s:I, s:f}", "event", "listed", "messages", (json_int_t)p->messages, "seconds",
                    (double)(uv_hrtime() - begin) / 1e9));
    p->quiet = false;
    return 0;
}

static int do_flag(struct probe *p, const struct fct_sink *sink, struct fct_error *err)
{
    uint64_t uid = strtoull(next_word(p), NULL, 10);
    const char *change = next_word(p);
    struct fct_flags flags = {0}, none = {0};
    if (strcmp(change + 1, "seen") == 0)
        flags.bits = FCT_FLAG_SEEN;
    else if (strcmp(change + 1, "flagged") == 0)
        flags.bits = FCT_FLAG_FLAGGED;
    else
        flags.keywords = bytes_str(change + 1);
    struct fct_uid_range r = {uid, uid};
    return p->source->store_flags(p->session, &r, 1, change[0] == '+' ? &flags : &none,
                                  change[0] == '+' ? &none : &flags, sink, err);
}

/* "4:6,9" */
static size_t take_ranges(const char *set, struct fct_uid_range *out, size_t cap)
{
    size_t n = 0;
    for (char *end; *set && n < cap; set = *end ? end + 1 : end) {
        out[n].first = out[n].last = strtoull(set, &end, 10);
        if (*end == ':')
            out[n].last = strtoull(end + 1, &end, 10);
        n++;
    }
    return n;
}

static int on_copied(void *ctx, uint32_t validity, const struct fct_uid_range *from, const struct fct_uid_range *to,
                     size_t n, struct fct_error *err)
{
    (void)ctx;
    (void)err;
    for (size_t i = 0; i < n; i++)
        for (uint64_t k = 0; k <= from[i].last - from[i].first; k++)
            print(json_pack("{s:s, s:I, s:I, s:I}", "event", "copied", "uidvalidity", (json_int_t)validity, "from",
                            (json_int_t)(from[i].first + k), "to", (json_int_t)(to[i].first + k)));
    return 0;
}

/* copy SET NAME, move SET NAME, expunge SET */
static int do_change(struct probe *p, const char *what, struct fct_error *err)
{
    static struct fct_uid_range ranges[20000];
    size_t n = take_ranges(next_word(p), ranges, sizeof(ranges) / sizeof(ranges[0]));
    if (strcmp(what, "expunge") == 0)
        return p->source->expunge(p->session, ranges, n, err);
    struct fct_bytes to = bytes_str(next_word(p));
    return p->source->copy(p->session, ranges, n, to, strcmp(what, "move") == 0, on_copied, p, err);
}

static int read_word(void *ctx, struct fct_bytes *out, struct fct_error *err)
{
    struct fct_bytes *left = ctx;
    (void)err;
    *out = *left;
    *left = (struct fct_bytes){0};
    return 0;
}

/* append NAME TEXT */
static int do_append(struct probe *p, struct fct_error *err)
{
    struct fct_bytes name = bytes_str(next_word(p)), message = bytes_str(next_word(p));
    const struct fct_message m = {.size = sizeof(m),
                                  .octets = message.n,
                                  .internal_date = 837596665,
                                  .flags = {FCT_FLAG_SEEN, bytes_str("work")}};
    uint64_t uid = 0;
    if (p->source->append(p->session, name, &m, read_word, &message, &uid, err) < 0)
        return -1;
    print(json_pack("{s:s, s:I}", "event", "appended", "uid", (json_int_t)uid));
    return 0;
}

/* create NAME, rename WIRE-NAME NAME, delete WIRE-NAME, subscribe WIRE-NAME, unsubscribe WIRE-NAME */
static int do_mailbox(struct probe *p, const char *what, struct fct_error *err)
{
    struct fct_bytes name = bytes_str(next_word(p));
    if (strcmp(what, "create") == 0)
        return p->source->mailbox_create(p->session, name, '/', 0, err);
    if (strcmp(what, "rename") == 0)
        return p->source->mailbox_rename(p->session, name, bytes_str(next_word(p)), err);
    if (strcmp(what, "delete") == 0)
        return p->source->mailbox_delete(p->session, name, err);
    return p->source->mailbox_subscribe(p->session, name, what[0] == 's', err);
}

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

static int do_stats(struct probe *p)
{
    struct fct_session_stats st = {.size = sizeof(st)};
    p->source->stats(p->session, &st);
    print(json_pack("{s:s, s:I, s:I, s:I}", "event", "stats", "roundTrips", (json_int_t)st.round_trips, "bytesIn",
                    (json_int_t)st.bytes_in, "bytesOut", (json_int_t)st.bytes_out));
    return 0;
}

static int do_describe(struct probe *p, struct fct_error *err)
{
    char buf[500];
    if (p->source->describe(p->session, buf, sizeof(buf), err) < 0)
        return -1;
    print(json_pack("{s:s, s:s}", "event", "describe", "text", buf));
    return 0;
}

static int run_command(struct probe *p, const char *word, const struct fct_sink *sink, struct fct_error *err)
{
    if (strcmp(word, "list") == 0)
        return p->source->list(p->session, sink, err);
    if (strcmp(word, "status") == 0) {
        struct fct_bytes name = bytes_str(next_word(p));
        return p->source->statuses(p->session, &name, 1, sink, err);
    }
    if (strcmp(word, "select") == 0)
        return do_select(p, sink, NULL, err);
    if (strcmp(word, "resync") == 0)
        return do_select(p, sink, &(struct fct_known){0}, err);
    if (strcmp(word, "messages") == 0 || strcmp(word, "details") == 0)
        return do_messages(p, sink, word[0] == 'd', false, err);
    if (strcmp(word, "count") == 0)
        return do_messages(p, sink, false, true, err);
    if (strcmp(word, "fetch") == 0 || strcmp(word, "drain") == 0)
        return do_fetch(p, sink, word[0] == 'd', err);
    if (strcmp(word, "flag") == 0)
        return do_flag(p, sink, err);
    if (is_one_of(word, (const char *const[]){"copy", "move", "expunge", NULL}))
        return do_change(p, word, err);
    if (is_one_of(word, (const char *const[]){"create", "rename", "delete", "subscribe", "unsubscribe", NULL}))
        return do_mailbox(p, word, err);
    if (strcmp(word, "append") == 0)
        return do_append(p, err);
    if (strcmp(word, "idle") == 0)
        return p->source->idle(p->session, (uint32_t)strtoul(next_word(p), NULL, 10), sink, err);
    if (strcmp(word, "stats") == 0)
        return do_stats(p);
    if (strcmp(word, "describe") == 0)
        return do_describe(p, err);
    fprintf(stderr, "what is %s?\n", word);
    exit(2);
}

static int converse(void *arg)
{
    struct probe *p = arg;
    struct fct_error err = {0};
    uint32_t can = 0;
    const struct fct_sink sink = {
        .size = sizeof(sink),
        .ctx = p,
        .mailbox = on_mailbox,
        .flags = on_flags,
        .vanished = on_vanished,
        .exists = on_exists,
        .message_begin = on_begin,
        .message_data = on_data,
        .message_end = on_end,
        .status = on_status,
    };
    int rc = p->source->connect(&p->account, &p->session, &can, &err);
    if (rc == 0)
        print(json_pack("{s:s, s:i}", "event", "connected", "can", (int)can));
    for (const char *word; rc == 0 && (word = next_word(p));)
        rc = run_command(p, word, &sink, &err);
    if (rc < 0)
        print(json_pack("{s:s, s:i, s:i, s:s, s:s}", "event", "error", "code", err.code, "retry", err.retry, "message",
                        err.message, "server", err.server));
    p->source->close(p->session, rc < 0 ? &err : NULL);
    return rc;
}

/* ---- the account ---------------------------------------------------------------------------------------- */

static const char *account_get(struct fct_account *acc, const char *key)
{
    const struct probe *p = (const struct probe *)acc;
    return strcmp(key, "user") == 0       ? p->user
           : strcmp(key, "auth") == 0     ? p->auth
           : strcmp(key, "compress") == 0 ? p->compress
                                          : NULL;
}

static int account_secret(struct fct_account *acc, const char *name, char *buf, size_t cap, struct fct_error *err)
{
    (void)name;
    (void)err;
    snprintf(buf, cap, "%s", ((const struct probe *)acc)->password);
    return 0;
}

int main(int argc, char **argv)
{
    struct fct_error err = {0};
    struct plugins *plugins = NULL;
    const char *ca = NULL;
    if (argc < 8)
        return 2;
    struct probe p = {.user = argv[4], .password = argv[5], .digest = EVP_MD_CTX_new()};
    p.account = (struct fct_account){.label = "probe", .get = account_get, .secret = account_secret};
    p.account.endpoint = (struct fct_endpoint){
        .size = sizeof(p.account.endpoint),
        .host = argv[1],
        .port = (uint32_t)atoi(argv[2]),
        .tls = strcmp(argv[3], "tls") == 0        ? FCT_TLS_IMPLICIT
               : strcmp(argv[3], "starttls") == 0 ? FCT_TLS_STARTTLS
                                                  : FCT_TLS_NONE,
        .io_timeout_ms = 10000,
    };
    int i = 6;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *value = strchr(argv[i], '=');
        if (value && strncmp(argv[i], "ca=", 3) == 0)
            ca = value + 1;
        else if (value && strncmp(argv[i], "auth=", 5) == 0)
            p.auth = value + 1;
        else if (value && strncmp(argv[i], "compress=", 9) == 0)
            p.compress = value + 1;
        else
            return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    p.commands = argv + i + 1;
    p.n_commands = argc > i ? (size_t)(argc - i - 1) : 0;
    uv_loop_t loop;
    uv_loop_init(&loop);
    fiber_set_loop(&loop);
    bool implicit;
    if (tls_trust_new(ca, &p.account.trust, &err) < 0 || plugins_load(PLUGINS, &plugins, &err) < 0 ||
        !(p.source = plugins_source(plugins, "imap", &implicit))) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    struct fiber *f = fiber_spawn(&loop, "probe", converse, &p);
    int rc = fiber_join(f);
    fiber_unref(f);
    fiber_loop_done(&loop);
    uv_loop_close(&loop);
    plugins_free(plugins);
    tls_trust_free(p.account.trust);
    EVP_MD_CTX_free(p.digest);
    return rc < 0;
}
