/* sync_scale.c - the engine and the store with a mailbox of very many messages, or very many mailboxes, against a server in memory.
 *
 *   sync_scale messages N        a mailbox of N messages: first sync, quiet ones, news, flags, another UIDVALIDITY, all gone
 *   sync_scale mailboxes N       N mailboxes with two messages each in the first ten
 *
 * Prints a line of JSON for each step: seconds; the longest turn of the loop, job of the writer and time that a small read had to wait
 * (milliseconds; *Cpu: of the thread's own time, which a busy computer does not change), peakMb (of the process in this step). The address
 * of the longest job is for addr2line.
 */
#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/accounts.h"
#include "store/emails.h"
#include "store/mailboxes.h"
#include "sync/engine.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#define TURN 200 /* lines that come with one piece of the wire */
#define READ_EVERY_MS 20

/* ---- measures -------------------------------------------------------------------------------------------------------- */

static struct measures {
    double turn_ms, turn_cpu_ms, job_ms, job_cpu_ms, read_ms;
    const void *job;
    uint64_t jobs;
} seen;

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void raise_to(double *most, double value)
{
    if (value > *most)
        *most = value;
}

struct timed {
    store_fn fn;
    void *arg;
};

static int run_timed(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct timed *t = arg;
    double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_THREAD_CPUTIME_ID);
    int result = t->fn(tx, t->arg, err);
    cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
    if (cpu > seen.job_cpu_ms)
        seen.job = (const void *)(uintptr_t)t->fn;
    raise_to(&seen.job_ms, now(CLOCK_MONOTONIC) - wall);
    raise_to(&seen.job_cpu_ms, cpu);
    seen.jobs++;
    return result;
}

/* The linker puts these in the place of store_write (--wrap). */
int __real_store_write(struct store *st, store_fn fn, void *arg, struct fct_error *err);
int __wrap_store_write(struct store *st, store_fn fn, void *arg, struct fct_error *err);
int __wrap_store_write(struct store *st, store_fn fn, void *arg, struct fct_error *err)
{
    return __real_store_write(st, run_timed, &(struct timed){fn, arg}, err);
}

static double beat_wall, beat_cpu;

static void on_beat(uv_timer_t *t)
{
    double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_THREAD_CPUTIME_ID);
    (void)t;
    if (beat_wall > 0) {
        raise_to(&seen.turn_ms, wall - beat_wall);
        raise_to(&seen.turn_cpu_ms, cpu - beat_cpu);
    }
    beat_wall = wall;
    beat_cpu = cpu;
}

static void reset_peak(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write(fd, "5", 1) < 0)
        perror("clear_refs");
    if (fd >= 0)
        close(fd);
}

static long peak_mb(void)
{
    char line[256];
    long kb = 0;
    FILE *f = fopen("/proc/self/status", "re");
    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "VmHWM: %ld", &kb) == 1)
            break;
    if (f)
        fclose(f);
    return kb / 1024;
}

/* ---- the server ------------------------------------------------------------------------------------------------------ */

struct server {
    uint32_t can;
    uint64_t n, first, gone_from, gone_to; /* UIDs first .. first + n - 1, but for those gone */
    uint32_t uidvalidity;
    uint64_t modseq, flagged_from;         /* UIDs from here on have \Flagged */
    uint64_t changed_from;                 /* and changed since the last modseq */
    size_t n_mailboxes, selected;
    uint64_t given, listed;
    bool tells_vanished;
} server;

static uint64_t number_of(const struct server *s, uint64_t uid)
{
    return uid - s->first; /* a message keeps its number under another UIDVALIDITY */
}

static uint64_t box_n(const struct server *s, size_t box)
{
    return s->n_mailboxes == 0 ? (box == 0 ? s->n : 0) : box < 10 ? 2 : 0;
}

static struct fct_mailbox_status status_of(const struct server *s, size_t box)
{
    uint64_t gone = s->gone_to >= s->gone_from && s->gone_from ? s->gone_to - s->gone_from + 1 : 0;
    return (struct fct_mailbox_status){
        .size = sizeof(struct fct_mailbox_status),
        .uidvalidity = s->uidvalidity,
        .uidnext = s->first + box_n(s, box),
        .modseq = s->can & FCT_CAN_MODSEQ ? s->modseq : 0,
        .messages = (int64_t)(box_n(s, box) - (box == 0 ? gone : 0)),
        .unseen = -1,
    };
}

static int do_list(void *session, const struct fct_sink *sink, struct fct_error *err)
{
    const struct server *s = session;
    size_t n = s->n_mailboxes ? s->n_mailboxes : 2;
    for (size_t i = 0; i < n; i++) {
        char name[64];
        if (i == 0)
            snprintf(name, sizeof(name), "INBOX");
        else
            snprintf(name, sizeof(name), i % 50 == 1 ? "Box %zu" : "Box %zu/Sub %zu", i % 50 == 1 ? i : i - (i - 1) % 50, i);
        struct fct_mailbox mb = {.size = sizeof(mb), .attrs = FCT_MB_SUBSCRIBED, .role = i == 0 ? FCT_ROLE_INBOX : 0, .delimiter = '/',
                                 .wire_name = bytes_str(name), .name = bytes_str(name)};
        if (s->can & FCT_CAN_LIST_STATUS) {
            mb.attrs |= FCT_MB_STATUS_KNOWN;
            mb.status = status_of(s, i);
        }
        if (sink->mailbox(sink->ctx, &mb, err) < 0 || (i % TURN == 0 && wait_yield(err) < 0))
            return -1;
    }
    return 0;
}

static size_t box_by_name(struct fct_bytes name)
{
    size_t at = 0, sub = 0;
    CLEANUP(freep) char *text = xstrndup(name.p, name.n);
    return sscanf(text, "Box %zu/Sub %zu", &at, &sub) == 2 ? sub : sscanf(text, "Box %zu", &at) == 1 ? at : 0;
}

static struct fct_message message_of(const struct server *s, uint64_t uid)
{
    return (struct fct_message){.size = sizeof(struct fct_message),
                                .uid = uid,
                                .modseq = s->modseq,
                                .flags = {.bits = (uid % 3 ? FCT_FLAG_SEEN : 0u) | (s->flagged_from && uid >= s->flagged_from ? FCT_FLAG_FLAGGED : 0u)}};
}

static int do_select(void *session, struct fct_bytes name, const struct fct_known *known, const struct fct_sink *sink,
                     struct fct_mailbox_status *out, bool *out_caught_up, struct fct_error *err)
{
    struct server *s = session;
    s->selected = box_by_name(name);
    *out = status_of(s, s->selected);
    *out_caught_up = s->can & FCT_CAN_VANISHED && known->modseq && known->uidvalidity == s->uidvalidity;
    if (*out_caught_up && known->modseq < s->modseq && s->gone_from && s->selected == 0) {
        const struct fct_uid_range gone = {s->gone_from, s->gone_to};
        if (sink->vanished(sink->ctx, &gone, 1, err) < 0)
            return -1;
    }
    for (uint64_t uid = s->changed_from; *out_caught_up && uid && known->modseq < s->modseq && uid < s->first + box_n(s, s->selected); uid++) {
        const struct fct_message m = message_of(s, uid);
        if (sink->flags(sink->ctx, &m, err) < 0 || (uid % TURN == 0 && wait_yield(err) < 0))
            return -1;
    }
    return wait_yield(err);
}

static bool is_there(const struct server *s, uint64_t uid)
{
    return uid >= s->first && uid < s->first + box_n(s, s->selected) && !(s->selected == 0 && uid >= s->gone_from && uid <= s->gone_to);
}

static size_t text_of(uint64_t number, char *out, size_t cap)
{
    static const char *const words[] = {"harbour", "tide", "lantern", "gallery", "survey", "bridge", "choir", "organ", "barley", "kettle"};
    int n = snprintf(out, cap,
                     "From: Sender %llu <s%llu@example.org>\r\nTo: joe@example.org\r\nSubject: Letter %llu about the %s\r\n"
                     "Message-ID: <%llu@example.org>\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\nThis is letter number %llu, of %s and %s.\r\n",
                     (unsigned long long)number % 997, (unsigned long long)number % 997, (unsigned long long)number, words[number % 10],
                     (unsigned long long)number, (unsigned long long)number, words[number / 7 % 10], words[number / 13 % 10]);
    return (size_t)n;
}

static int do_list_messages(void *session, struct fct_uid_range range, uint64_t since, bool want_details, const struct fct_sink *sink,
                            struct fct_error *err)
{
    struct server *s = session;
    uint64_t from = range.first > s->first ? range.first : s->first, end = s->first + box_n(s, s->selected), turn = 0;
    if (since && s->changed_from > from)
        from = s->changed_from;
    if (since && !s->changed_from)
        from = end;
    for (uint64_t uid = from; uid < end && uid <= range.last; uid++) {
        char text[1024], header[256];
        if (!is_there(s, uid))
            continue;
        struct fct_message m = message_of(s, uid);
        if (want_details) {
            m.octets = text_of(number_of(s, uid), text, sizeof(text));
            m.internal_date = 1700000000 + (int64_t)number_of(s, uid);
            snprintf(header, sizeof(header), "Message-ID: <%llu@example.org>\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n",
                     (unsigned long long)number_of(s, uid));
            m.header = bytes_str(header);
        }
        s->listed++;
        if (sink->flags(sink->ctx, &m, err) < 0 || (++turn % TURN == 0 && wait_yield(err) < 0))
            return -1;
    }
    return 0;
}

static int do_fetch(void *session, const struct fct_uid_range *r, size_t n, const struct fct_sink *sink, struct fct_error *err)
{
    struct server *s = session;
    uint64_t turn = 0;
    for (size_t k = 0; k < n; k++)
        for (uint64_t uid = r[k].first; uid <= r[k].last && uid < s->first + box_n(s, s->selected); uid++) {
            char text[1024];
            if (!is_there(s, uid))
                continue;
            size_t size = text_of(number_of(s, uid), text, sizeof(text));
            struct fct_message m = message_of(s, uid);
            m.octets = size;
            m.internal_date = 1700000000 + (int64_t)number_of(s, uid);
            if (sink->message_begin(sink->ctx, size, err) < 0 || sink->message_data(sink->ctx, bytes_of(text, size), err) < 0 ||
                sink->message_end(sink->ctx, &m, err) < 0)
                return -1;
            s->given++;
            if (++turn % 20 == 0 && wait_yield(err) < 0)
                return -1;
        }
    return 0;
}

static const struct fct_source source = {
    .size = sizeof(source),
    .scheme = "scale",
    .list = do_list,
    .select = do_select,
    .list_messages = do_list_messages,
    .fetch = do_fetch,
};

/* ---- steps ----------------------------------------------------------------------------------------------------------- */

struct bench {
    uv_loop_t loop;
    struct store *store;
    struct ingest_budget *budget;
    struct sync_engine *engine;
    int64_t account;
    bool was_in_step, is_over;
    const char *mode;
    uint64_t n;
    int result;
};

static int create_account(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct bench *b = arg;
    struct store_account a = {.name = (char *)"scale", .address = (char *)"joe@example.org", .source_url = (char *)"scale:",
                              .transport_url = (char *)"", .settings = (char *)"{}", .is_enabled = true};
    return store_account_create(tx, &a, &b->account, err);
}

static int read_little(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct bench *b = arg;
    int64_t *ids = NULL;
    size_t n = 0;
    int result = store_account_some_emails(tx, b->account, 10, &ids, &n, err);
    free(ids);
    return result;
}

static int read_all_the_time(void *arg)
{
    struct bench *b = arg;
    while (!b->is_over && wait_sleep(READ_EVERY_MS, NULL) == 0) {
        double began = now(CLOCK_MONOTONIC);
        store_read(b->store, read_little, b, NULL);
        raise_to(&seen.read_ms, now(CLOCK_MONOTONIC) - began);
    }
    return 0;
}

static void connect_with(struct bench *b, uint32_t can)
{
    sync_engine_free(b->engine);
    server.can = can;
    b->engine = sync_engine_new(&(struct sync_options){.store = b->store, .budget = b->budget, .account_id = b->account, .label = "scale",
                                                       .source = &source, .session = &server, .can = can, .was_in_step = b->was_in_step});
}

static void step(struct bench *b, const char *what)
{
    struct sync_report report = {0};
    struct fct_error err = {0};
    uint64_t given = server.given;
    seen = (struct measures){0};
    beat_wall = 0;
    reset_peak();
    double began = now(CLOCK_MONOTONIC);
    if (sync_pass(b->engine, &report, &err) < 0) {
        fprintf(stderr, "%s: %s\n", what, err.message);
        b->result = 1;
    }
    b->was_in_step = true;
    Dl_info info = {0};
    dladdr(seen.job, &info);
    printf("{\"step\": \"%s\", \"seconds\": %.2f, \"turnMs\": %.0f, \"turnCpuMs\": %.1f, \"jobMs\": %.0f, \"jobCpuMs\": %.1f, \"jobs\": %llu, "
           "\"readMs\": %.0f, \"peakMb\": %ld, \"fetched\": %llu, \"visited\": %llu, \"job\": \"0x%tx\"}\n",
           what, (now(CLOCK_MONOTONIC) - began) / 1e3, seen.turn_ms, seen.turn_cpu_ms, seen.job_ms, seen.job_cpu_ms,
           (unsigned long long)seen.jobs, seen.read_ms, peak_mb(), (unsigned long long)(server.given - given),
           (unsigned long long)report.mailboxes, info.dli_fbase ? (const char *)seen.job - (const char *)info.dli_fbase : 0);
    fflush(stdout);
}

#define BASIC (FCT_CAN_MAILBOXES | FCT_CAN_FLAGS | FCT_CAN_KEYWORDS)
#define QRESYNC (BASIC | FCT_CAN_MODSEQ | FCT_CAN_LIST_STATUS | FCT_CAN_VANISHED)

static void many_messages(struct bench *b)
{
    server = (struct server){.n = b->n, .first = 1, .uidvalidity = 1, .modseq = 10};
    connect_with(b, QRESYNC);
    step(b, "first");
    connect_with(b, QRESYNC);
    step(b, "quiet, by modseq");
    connect_with(b, BASIC);
    step(b, "quiet, compared whole");
    connect_with(b, QRESYNC);
    step(b, "visited again"); /* the modseq is written down again */
    server.n++;
    server.modseq++;
    step(b, "one new");
    server.gone_from = server.gone_to = b->n / 2;
    server.modseq++;
    step(b, "one gone");
    server.flagged_from = server.changed_from = b->n - b->n / 50;
    server.modseq++;
    step(b, "one of fifty flagged");
    server.flagged_from = server.changed_from = 1;
    server.modseq++;
    step(b, "all flagged");
    server.uidvalidity++;
    server.first += 10;
    server.gone_from += 10;
    server.gone_to += 10;
    server.changed_from = 0;
    server.modseq++;
    step(b, "renumbered");
    server.gone_from = server.first;
    server.gone_to = server.first + server.n - 2;
    server.modseq++;
    step(b, "all but one gone");
}

static void many_mailboxes(struct bench *b)
{
    server = (struct server){.n_mailboxes = b->n, .first = 1, .uidvalidity = 1, .modseq = 10};
    connect_with(b, QRESYNC);
    step(b, "first");
    step(b, "quiet, by modseq");
    connect_with(b, QRESYNC);
    step(b, "quiet, a new session");
    server.n_mailboxes = b->n - b->n / 10;
    step(b, "a tenth gone");
    server.n_mailboxes = b->n;
    step(b, "a tenth new");
    connect_with(b, BASIC);
    step(b, "quiet, each visited");
}

static int run(void *arg)
{
    struct bench *b = arg;
    if (strcmp(b->mode, "messages") == 0)
        many_messages(b);
    else
        many_mailboxes(b);
    b->is_over = true;
    return 0;
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    struct fct_error err = {0};
    char dir[] = "/tmp/facteur-scale-XXXXXX";
    if (argc != 3 || strtoull(argv[2], NULL, 10) == 0) {
        fprintf(stderr, "usage: sync_scale messages|mailboxes N\n");
        return 2;
    }
    b.mode = argv[1];
    b.n = strtoull(argv[2], NULL, 10);
    const char *at = getenv("FACTEUR_SCALE_DIR"); /* else a temporary one */
    if (!at && !mkdtemp(dir))
        return 1;
    uv_loop_init(&b.loop);
    fiber_set_loop(&b.loop);
    mime_init();
    if (store_open(at ? at : dir, &b.store, &err) < 0 || store_write(b.store, create_account, &b, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    b.budget = ingest_budget_new(64u << 20);
    uv_timer_t beat;
    uv_timer_init(&b.loop, &beat);
    uv_timer_start(&beat, on_beat, 1, 1);
    struct fiber *reads = fiber_spawn(&b.loop, "reads", read_all_the_time, &b), *work = fiber_spawn(&b.loop, "bench", run, &b);
    fiber_join(work);
    fiber_join(reads);
    fiber_unref(work);
    fiber_unref(reads);
    uv_timer_stop(&beat);
    uv_close((uv_handle_t *)&beat, NULL);
    sync_engine_free(b.engine);
    store_close(b.store);
    ingest_budget_free(b.budget);
    fiber_loop_done(&b.loop);
    fprintf(stderr, "the profile stays in %s\n", at ? at : dir);
    return b.result;
}
