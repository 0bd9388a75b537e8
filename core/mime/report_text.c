/* Bounces that are a text: of qmail and of Exim before 4.83 (both as old as the mail systems that still send them), and of what does as
 * they do. Each ends with a copy of the message, which says which one it was; who was written to and what happened stands before it. */
#include "mime/report_parts.h"

#include "base/alloc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FAILED_MAX 50  /* each is looked for in the text */
#define SAID_MAX 65536 /* of that */

/* ---- qmail: https://cr.yp.to/proto/qsbmf.txt ---- */

static bool begins(struct fct_bytes text, size_t at, const char *with)
{
    size_t n = strlen(with);
    return text.n - at >= n && memcmp(text.p + at, with, n) == 0;
}

/* The paragraph at an offset, without the empty line behind it; *next is behind that. */
static struct fct_bytes paragraph(struct fct_bytes text, size_t at, size_t *next)
{
    size_t end = at;
    while (end < text.n) {
        struct fct_bytes line = entity_line(text, end);
        bool is_empty = line.p[0] == '\n' || (line.n == 2 && line.p[0] == '\r');
        if (is_empty) {
            *next = end + line.n;
            return (struct fct_bytes){text.p + at, end - at};
        }
        end += line.n;
    }
    *next = end;
    return (struct fct_bytes){text.p + at, end - at};
}

/* "<jane@example.org>:\nwhy". The reason is for people; an enhanced code "(#5.1.1)" may end it. */
static void read_qmail_recipient(struct mime_report *r, struct fct_bytes p)
{
    struct fct_bytes line = entity_line(p, 0);
    const char *end = memrchr(line.p, '>', line.n);
    if (!end || end == line.p + 1 || end + 1 >= line.p + line.n || end[1] != ':')
        return;
    CLEANUP(freep) char *why = report_clean((struct fct_bytes){p.p + line.n, p.n - line.n});
    const char *code = why ? strstr(why, "(#") : NULL;
    CLEANUP(freep) char *status = code ? xstrndup(code + 2, strcspn(code + 2, ")")) : xstrdup("5.0.0");
    CLEANUP(freep) char *diagnostic = xasprintf("x;%.*s", REPORT_REPLY_MAX, why ? why : "");
    report_add(r, (struct mime_report_recipient){.final = xstrndup(line.p + 1, (size_t)(end - line.p - 1)),
                                                    .action = REPORT_FAILED,
                                                    .reply = report_reply(diagnostic, status)});
}

static void read_qmail(struct mime_report *r, struct fct_bytes body)
{
    size_t at = 0;
    while (at < body.n && r->n_recipients < REPORT_RECIPIENTS_MAX) {
        size_t next;
        struct fct_bytes p = paragraph(body, at, &next);
        if (begins(p, 0, "-")) { /* what follows is the message */
            report_take_returned(r, (struct fct_bytes){body.p + next, body.n - next});
            return;
        }
        if (begins(p, 0, "<"))
            read_qmail_recipient(r, p);
        at = next;
    }
}

/* ---- Exim, and Google as long as it wrote texts: X-Failed-Recipients --------------------------------------------------------------- */

static bool holds(struct fct_bytes text, const char *words)
{
    return text.n > 0 && memmem(text.p, text.n, words, strlen(words)) != NULL;
}

/* Where the copy of the message begins, behind the lines that announce it; text.n: there is none. *end: where they stand. */
static size_t copy_of(struct fct_bytes text, size_t *end)
{
    for (size_t at = 0; at < text.n;) {
        struct fct_bytes line = entity_line(text, at);
        bool is_mark = begins(text, at, "------ This is a copy of ") || begins(text, at, "----- Original message -----");
        if (is_mark) {
            *end = at;
            while (at < text.n && (text.p[at] == '-' || text.p[at] == '\r' || text.p[at] == '\n'))
                at += entity_line(text, at).n;
            return at;
        }
        at += line.n;
    }
    *end = text.n;
    return text.n;
}

/* 0: it does not say that anything went wrong. */
static int action_said(struct fct_bytes text)
{
    if (holds(text, "has been delayed") || holds(text, "WARNING MESSAGE ONLY"))
        return REPORT_DELAYED;
    return holds(text, "failed") || holds(text, "could not be delivered") ? REPORT_FAILED : 0;
}

static size_t indent_of(struct fct_bytes line)
{
    size_t n = 0;
    while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
        n++;
    return n;
}

static bool is_line_of(struct fct_bytes line, const char *address)
{
    CLEANUP(freep) char *text = indent_of(line) > 0 ? report_clean(line) : NULL;
    return text && strcasecmp(text, address) == 0;
}

/* The lines below that of the address that are indented deeper: why it failed. Freed by the caller; NULL: it does not say. */
static char *reason_for(struct fct_bytes text, const char *address)
{
    for (size_t at = 0; at < text.n;) {
        struct fct_bytes line = entity_line(text, at);
        at += line.n;
        if (!is_line_of(line, address))
            continue;
        size_t from = at, depth = indent_of(line);
        while (at < text.n && indent_of(entity_line(text, at)) > depth)
            at += entity_line(text, at).n;
        return report_clean((struct fct_bytes){text.p + from, at - from});
    }
    return NULL;
}

/* "host mx.example.net [192.0.2.1]: 550 5.1.1 no such user": the reply in it; NULL: there is none. */
static const char *reply_within(const char *why)
{
    for (const char *p = why; p && (p = strstr(p, ": ")); p++) {
        const char *c = p + 2;
        if ((c[0] == '4' || c[0] == '5') && isdigit((unsigned char)c[1]) && isdigit((unsigned char)c[2]) && (c[3] == ' ' || c[3] == '-'))
            return c;
    }
    return NULL;
}

static void add_failed(struct mime_report *r, struct fct_bytes text, int action, const char *address)
{
    CLEANUP(freep) char *why = reason_for(text, address);
    const char *reply = reply_within(why);
    CLEANUP(freep) char *diagnostic = why ? xasprintf("%s; %.*s", reply ? "smtp" : "x", REPORT_REPLY_MAX, reply ? reply : why) : NULL;
    report_add(r, (struct mime_report_recipient){.final = xstrdup(address),
                                                 .action = action,
                                                 .reply = report_reply(diagnostic, action == REPORT_FAILED ? "5.0.0" : "4.0.0")});
}

/* Whom it names in its header counts, and nobody else whom the text may speak of. */
static void read_failed_recipients(struct mime_report *r, const char *list, struct fct_bytes text)
{
    size_t end, copy = copy_of(text, &end);
    struct fct_bytes said = {text.p, end < SAID_MAX ? end : SAID_MAX};
    int action = action_said(said);
    if (action == 0 || copy == text.n)
        return;
    report_take_returned(r, (struct fct_bytes){text.p + copy, text.n - copy});
    for (const char *at = list; *(at += strspn(at, ", ")) && r->n_recipients < FAILED_MAX;) {
        size_t n = strcspn(at, ", ");
        CLEANUP(freep) char *address = xstrndup(at, n);
        add_failed(r, said, action, address);
        at += n;
    }
}

void report_read_text(struct mime_report *r, const struct entity *e)
{
    const struct mime_header *failed = headers_first(&e->headers, "x-failed-recipients");
    CLEANUP(freep) char *list = failed ? report_clean(failed->value) : NULL;
    struct entity cut = *e;
    if (cut.body.n > REPORT_BYTES_MAX)
        cut.body.n = REPORT_BYTES_MAX;
    if (list) {
        CLEANUP(buf_done) struct buf text = {0};
        entity_decode(&cut, &text);
        read_failed_recipients(r, list, buf_bytes(&text));
    } else if (begins(cut.body, 0, "Hi. This is the") || begins(cut.body, 0, "Sorry, we were unable to deliver your message")) {
        read_qmail(r, cut.body); /* the second: Yahoo, otherwise the same */
    }
}
