/* store_bench MAILDIR PROFILE [BATCH]: takes a Maildir into the local account of a new profile, one message after the
 * other on one worker, and tells what each half of the pipeline costs, what it occupies, and how fast it is read again.
 */
#include "async/wait.h"
#include "store/accounts.h"
#include "store/emails.h"
#include "store/mailboxes.h"
#include "sync/prepare.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <uv.h>

#define BATCH_MAX 1000

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(int result, const struct fct_error *err, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "%s: %s\n", what, err->message);
    exit(1);
}

static bool read_file(const char *dir, const char *name, struct buf *out)
{
    char path[4096];
    size_t n;
    if (name[0] == '.' || snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
        return false;
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    while ((n = fread(buf_reserve(out, 65536), 1, 65536, f)) > 0)
        buf_grown(out, n);
    fclose(f);
    return true;
}

struct batch {
    int64_t account_id, mailbox_id;
    struct prepared_message messages[BATCH_MAX];
    struct store_arrival arrivals[BATCH_MAX];
    size_t n;
};

static int find_inbox(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct batch *b = arg;
    if (store_account_local(tx, &b->account_id, err) < 0)
        return -1;
    return store_mailbox_by_role(tx, b->account_id, FCT_ROLE_INBOX, &b->mailbox_id, err);
}

static int arrive(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct batch *b = arg;
    return store_emails_arrive(tx, b->account_id, b->arrivals, b->n, err);
}

static int view_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    uint64_t *n = arg;
    for (int64_t id = 1; id <= (int64_t)n[0]; id++) {
        struct blob_view view;
        if (store_blob_view(tx, id, &view, err) < 0)
            return -1;
        n[1] += view.bytes.n;
        blob_view_done(&view);
    }
    return 0;
}

#define FLAGS_BATCH 2000

struct flag_news {
    int64_t mailbox_id;
    uint64_t first, last;
    unsigned round;
};

/* As a server tells them after another program was at work: neighbours differ. */
static int change_flags(struct store_tx *tx, void *arg, struct fct_error *err)
{
    static const uint32_t flags[] = {FCT_FLAG_FLAGGED, FCT_FLAG_ANSWERED, FCT_FLAG_SEEN};
    const struct flag_news *w = arg;
    static struct store_told_flags told[FLAGS_BATCH];
    size_t n = 0;
    for (uint64_t uid = w->first; uid < w->last; uid++)
        told[n++] = (struct store_told_flags){.uid = uid, .flags = {.bits = w->round % 2 ? flags[uid % 3] : 0}};
    return store_placements_server_flags(tx, w->mailbox_id, told, n, true, NULL, err);
}

struct totals {
    size_t messages;
    uint64_t bytes;
    double prepare, write, prepare_cpu, write_cpu, longest_write;
};

static void write_batch(struct store *st, struct batch *b, struct totals *t)
{
    struct fct_error err = {0};
    double from = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);

    must(store_write(st, arrive, b, &err), &err, "store_emails_arrive");
    double took = seconds(CLOCK_MONOTONIC) - from;
    t->write += took;
    t->write_cpu += seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    t->longest_write = took > t->longest_write ? took : t->longest_write;
    for (size_t i = 0; i < b->n; i++)
        prepared_message_done(&b->messages[i]);
    b->n = 0;
}

static void take_in(struct store *st, const char *dir_name, size_t batch_size, struct totals *t)
{
    static struct batch b;
    struct fct_error err = {0};
    CLEANUP(buf_done) struct buf raw = {0};

    must(store_read(st, find_inbox, &b, &err), &err, "inbox");
    DIR *dir = opendir(dir_name);
    if (!dir)
        exit(1);
    for (struct dirent *e; (e = readdir(dir));) {
        buf_clear(&raw);
        if (!read_file(dir_name, e->d_name, &raw))
            continue;
        double from = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        struct prepared_message *m = &b.messages[b.n];
        must(message_prepare(st, buf_bytes(&raw), m, &err), &err, "message_prepare");
        t->prepare += seconds(CLOCK_MONOTONIC) - from;
        t->prepare_cpu += seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        b.arrivals[b.n++] = (struct store_arrival){
            .mailbox_id = b.mailbox_id, .uid = t->messages + 1, .received_at = m->summary.sent_at, .blob = m->blob, .summary = &m->summary};
        t->messages++;
        t->bytes += raw.n;
        if (b.n == batch_size)
            write_batch(st, &b, t);
    }
    if (b.n > 0)
        write_batch(st, &b, t);
    closedir(dir);
}

static void report(const char *what, size_t n, double wall, double cpu)
{
    printf("%-10s %8.2f s  %8.0f/s  cpu %8.2f s  %8.0f/s\n", what, wall, (double)n / wall, cpu, (double)n / cpu);
}

static void measure_flags(struct store *st, size_t messages)
{
    static struct batch inbox;
    struct fct_error err = {0};
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);

    must(store_read(st, find_inbox, &inbox, &err), &err, "inbox");
    for (unsigned round = 1; round <= 4; round++)
        for (uint64_t first = 1; first <= messages; first += FLAGS_BATCH) {
            uint64_t last = first + FLAGS_BATCH > messages ? messages + 1 : first + FLAGS_BATCH;
            struct flag_news w = {inbox.mailbox_id, first, last, round};
            must(store_write(st, change_flags, &w, &err), &err, "flags");
        }
    report("flags", 4 * messages, seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
}

static void report_memory(const char *when)
{
    char line[200];
    FILE *f = fopen("/proc/self/status", "r");
    printf("%s:", when);
    while (f && fgets(line, sizeof(line), f))
        if (!strncmp(line, "VmHWM", 5) || !strncmp(line, "VmRSS", 5) || !strncmp(line, "RssAnon", 7))
            printf(" %.*s", (int)strcspn(line, "\n"), line);
    printf("\n");
    if (f)
        fclose(f);
}

int main(int argc, char **argv)
{
    struct fct_error err = {0};
    struct store *st = NULL;
    struct totals t = {0};
    char command[4200];

    if (argc < 3) {
        fprintf(stderr, "store_bench MAILDIR PROFILE [BATCH]\n");
        return 2;
    }
    size_t batch = argc > 3 ? strtoul(argv[3], NULL, 10) : 200;
    mime_init();
    fiber_set_loop(uv_default_loop());
    double from = seconds(CLOCK_MONOTONIC);
    must(store_open(argv[2], &st, &err), &err, "store_open");
    printf("open: %.1f ms\n", (seconds(CLOCK_MONOTONIC) - from) * 1e3);
    snprintf(command, sizeof(command), "%s/cur", argv[1]);
    take_in(st, command, batch > BATCH_MAX ? BATCH_MAX : batch, &t);

    printf("%zu messages, %.1f MB, in batches of %zu\n", t.messages, (double)t.bytes / 1e6, batch);
    report("prepare", t.messages, t.prepare, t.prepare_cpu);
    report("write", t.messages, t.write, t.write_cpu);
    printf("longest write: %.0f ms\n", t.longest_write * 1e3);
    report_memory("written");
    uint64_t n[2] = {t.messages, 0};
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    must(store_read(st, view_all, n, &err), &err, "store_blob_view");
    report("view", t.messages, seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    measure_flags(st, t.messages);
    wait_sleep(9000, NULL); /* the writer puts things in order when it is idle */
    report_memory("idle");
    store_close(st);
    snprintf(command, sizeof(command), "du -sb '%s/packs' '%s/facteur.db'", argv[2], argv[2]);
    from = seconds(CLOCK_MONOTONIC);
    must(store_open(argv[2], &st, &err), &err, "store_open");
    printf("open again: %.1f ms\n", (seconds(CLOCK_MONOTONIC) - from) * 1e3);
    store_close(st);
    fflush(stdout);
    return system(command) == 0 ? 0 : 1;
}
