#include "progress.h"

#include "term.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define DRAW_MS 100  /* on a terminal */
#define LINE_MS 5000 /* elsewhere */
#define RATE_MS 4000 /* the stretch of time that rates are taken from */
#define SAMPLES 8
#define SUBJECTS_MAX 100
#define BAR 20
#define LINE_WIDTH 200 /* where it is no terminal */

struct sample {
    int64_t at_ms;
    uint64_t done, bytes;
};

struct subject {
    char *key, *name, *note;
    uint64_t done, total, bytes;
    struct sample samples[SAMPLES]; /* a ring: the oldest is the next to be written over */
    size_t next, n;
    bool changed, dropped;
};

struct progress {
    struct cli *cli;
    struct subject *subjects[SUBJECTS_MAX];
    size_t n, drawn; /* lines that stand on the terminal */
    int64_t last_ms, began_ms;
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct progress *progress_new(struct cli *cli)
{
    struct progress *p = xmalloc(sizeof(*p));

    *p = (struct progress){.cli = cli, .began_ms = now_ms()};
    return p;
}

static struct subject *find(struct progress *p, const char *key, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->subjects[i]->key, key) == 0)
            return p->subjects[i];
    if (p->n == SUBJECTS_MAX || !name)
        return NULL;
    struct subject *s = xmalloc(sizeof(*s));
    *s = (struct subject){.key = xstrdup(key), .name = term_clean(name, TERM_ONE_LINE)};
    return p->subjects[p->n++] = s;
}

void progress_set(struct progress *p, const char *key, const char *name, uint64_t done, uint64_t total, uint64_t bytes)
{
    struct subject *s = find(p, key, name);
    int64_t now = now_ms();

    if (!s)
        return;
    s->changed = s->changed || s->done != done || s->total != total;
    s->done = done;
    s->total = total;
    s->bytes = bytes;
    const struct sample *newest = s->n ? &s->samples[(s->next + SAMPLES - 1) % SAMPLES] : NULL;
    if (newest && now - newest->at_ms < RATE_MS / SAMPLES)
        return;
    s->samples[s->next] = (struct sample){now, done, bytes};
    s->next = (s->next + 1) % SAMPLES;
    if (s->n < SAMPLES)
        s->n++;
}

void progress_drop(struct progress *p, const char *key)
{
    struct subject *s = find(p, key, NULL);

    if (s)
        s->dropped = true;
}

void progress_note(struct progress *p, const char *key, const char *note)
{
    struct subject *s = find(p, key, NULL);

    if (!s)
        return;
    free(s->note);
    s->note = note ? term_clean(note, TERM_ONE_LINE) : NULL;
}

/* ---- drawing ---------------------------------------------------------------------------------------------- */

/* Messages and bytes a second over the last stretch; 0 when nothing can be said. */
static void rates(const struct subject *s, double *out_messages, double *out_bytes)
{
    const struct sample *oldest = &s->samples[s->n < SAMPLES ? 0 : s->next];
    double seconds = s->n ? (double)(now_ms() - oldest->at_ms) / 1000 : 0;

    *out_messages = *out_bytes = 0;
    if (seconds < 0.2 || s->done < oldest->done || s->bytes < oldest->bytes)
        return;
    *out_messages = (double)(s->done - oldest->done) / seconds;
    *out_bytes = (double)(s->bytes - oldest->bytes) / seconds;
}

static void format_left(double seconds, char *out, size_t cap)
{
    long long s = (long long)(seconds + 0.5);

    if (s >= 3600)
        snprintf(out, cap, "%lld:%02lld:%02lld left", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(out, cap, "%lld:%02lld left", s / 60, s % 60);
}

static void draw_bar(const struct subject *s, char out[BAR + 1])
{
    size_t full = s->total ? (size_t)((double)s->done / (double)s->total * BAR) : 0;

    for (size_t i = 0; i < BAR; i++)
        out[i] = i < full ? '#' : '.';
    out[BAR] = '\0';
}

/* "jane@example.org  [####....]  1200/10000 messages  5.1 MB  1.2 MB/s  0:34 left"; in a narrow terminal without the
 * bar, or with no more than how many and how long. */
static char *format_line(const struct subject *s, int width)
{
    char bar[BAR + 1], bytes[TERM_SIZE_MAX], rate[TERM_SIZE_MAX], left[40] = "";
    double messages_s, bytes_s;

    if (s->note)
        return xasprintf("%s  %s", s->name, s->note);
    rates(s, &messages_s, &bytes_s);
    draw_bar(s, bar);
    if (messages_s > 0 && s->total > s->done)
        format_left((double)(s->total - s->done) / messages_s, left, sizeof(left));
    unsigned long long done = s->done, total = s->total;
    CLI_CLEANUP(freep)
    char *facts = s->bytes ? xasprintf("%llu/%llu messages  %s  %s/s  %s", done, total,
                                       term_size((int64_t)s->bytes, bytes), term_size((int64_t)bytes_s, rate), left)
                           : xasprintf("%llu/%llu messages  %.0f/s  %s", done, total, messages_s, left);
    int room = width - term_width(s->name) - term_width(facts) - 2;
    if (room >= BAR + 4)
        return xasprintf("%s  [%s]  %s", s->name, bar, facts);
    if (room >= 0)
        return xasprintf("%s  %s", s->name, facts);
    CLI_CLEANUP(freep) char *few = xasprintf("%llu/%llu  %s", done, total, left);
    room = width - term_width(few) - 2; /* the end counts, so the name is cut */
    return xasprintf("%.*s  %s", (int)term_fit(s->name, room > 0 ? room : 0, NULL), s->name, few);
}

static struct winsize size_of_stderr(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0)
        return (struct winsize){.ws_row = 24, .ws_col = 80};
    size.ws_row = size.ws_row ? size.ws_row : 24;
    size.ws_col = size.ws_col ? size.ws_col : 80;
    return size;
}

static void put_line(struct progress *p, const char *line, int width)
{
    fprintf(stderr, "\r%.*s\033[K\n", (int)term_fit(line, width - 1, NULL), line);
    p->drawn++;
}

/* Those that are counted, or the others, as long as there is room; how many there were. */
static size_t put_subjects(struct progress *p, bool counted, size_t room, int width)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n; i++) {
        const struct subject *s = p->subjects[i];
        if (s->dropped || !s->note != counted)
            continue;
        if (n++ >= room)
            continue;
        CLI_CLEANUP(freep) char *line = format_line(s, width - 1);
        put_line(p, line, width);
    }
    return n;
}

static size_t count_shown(const struct progress *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n; i++)
        n += !p->subjects[i]->dropped;
    return n;
}

/* What is drawn must fit on the screen: the cursor does not go back beyond its first line. */
static void draw_in_place(struct progress *p)
{
    struct winsize size = size_of_stderr();
    size_t n = count_shown(p), lines = size.ws_row > 3 ? size.ws_row - 1u : 2;
    size_t room = n <= lines ? lines : lines - 1;

    if (p->drawn) /* over what stands there: taken off first, it would flicker */
        fprintf(stderr, "\033[%zuA", p->drawn);
    p->drawn = 0;
    size_t counted = put_subjects(p, true, room, size.ws_col);
    put_subjects(p, false, counted < room ? room - counted : 0, size.ws_col);
    if (n > room) {
        CLI_CLEANUP(freep) char *rest = xasprintf("and %zu more", n - room);
        put_line(p, rest, size.ws_col);
    }
    fputs("\033[J", stderr);
    fflush(stderr);
}

void progress_clear(struct progress *p)
{
    if (p->drawn)
        fprintf(stderr, "\033[%zuA\r\033[J", p->drawn);
    p->drawn = 0;
    fflush(stderr);
}

static void draw_lines(struct progress *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct subject *s = p->subjects[i];
        if (!s->changed || s->dropped)
            continue;
        CLI_CLEANUP(freep) char *line = format_line(s, LINE_WIDTH);
        fprintf(stderr, "%s\n", line);
        s->changed = false;
    }
}

void progress_draw(struct progress *p)
{
    int64_t now = now_ms();

    if (p->cli->json || now - (p->last_ms ? p->last_ms : p->began_ms) < (p->cli->err_tty ? DRAW_MS : LINE_MS))
        return;
    p->last_ms = now;
    if (p->cli->err_tty)
        draw_in_place(p);
    else
        draw_lines(p);
}

void progress_end(struct progress *p)
{
    if (!p)
        return;
    if (!p->cli->json && p->cli->err_tty && p->drawn)
        draw_in_place(p);
    for (size_t i = 0; i < p->n; i++) {
        free(p->subjects[i]->key);
        free(p->subjects[i]->name);
        free(p->subjects[i]->note);
        free(p->subjects[i]);
    }
    free(p);
}
