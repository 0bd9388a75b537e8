/* list.c - what is in the maildrop: STAT, LIST, UIDL. */
#include "session.h"

#include <stdlib.h>
#include <string.h>

/* ---- STAT ----------------------------------------------------------------------------------------------- */

static int ask_status(struct pop3_session *s, struct fct_mailbox_status *out, struct fct_error *err)
{
    uint64_t messages, octets;
    struct fct_bytes rest;
    if (pop3_check(s, err) < 0)
        return -1;
    s->round_trips++;
    if (pop3_send(s, err, "STAT") < 0 || pop3_expect_ok(s, "STAT", err) < 0)
        return -1;
    *out = (struct fct_mailbox_status){.size = sizeof(*out), .uidvalidity = 1, .messages = -1, .unseen = -1};
    /* "+OK 2 320"; who cannot say it is asked for a listing each time. */
    if (!pop3_parse_number(s->status.text, &messages) || messages > POP3_MESSAGES_MAX)
        return 0;
    out->messages = (int64_t)messages;
    if (messages > 0 && pop3_parse_numbered(s->status.text, &messages, &rest) && pop3_parse_number(rest, &octets) &&
        octets <= INT64_MAX)
        out->octets = octets;
    return 0;
}

int pop3_list(void *session, const struct fct_sink *sink, struct fct_error *err)
{
    struct fct_mailbox mb = {
        .size = sizeof(mb),
        .attrs = FCT_MB_SUBSCRIBED | FCT_MB_NOINFERIORS | FCT_MB_STATUS_KNOWN,
        .role = FCT_ROLE_INBOX,
        .wire_name = {"INBOX", 5},
        .name = {"INBOX", 5},
    };
    if (ask_status(session, &mb.status, err) < 0)
        return -1;
    return sink->mailbox(sink->ctx, &mb, err);
}

int pop3_select(void *session, struct fct_bytes wire_name, const struct fct_known *known, const struct fct_sink *sink,
                struct fct_mailbox_status *out, bool *out_caught_up, struct fct_error *err)
{
    (void)known, (void)sink;
    if (!wire_equal(wire_name, "INBOX"))
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "POP3 has the inbox only");
    *out_caught_up = false;
    return ask_status(session, out, err);
}

/* ---- LIST and UIDL -------------------------------------------------------------------------------------- */

static int fail_many(struct pop3_session *s, struct fct_error *err)
{
    fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER,
             "%s: the server lists more than %zu messages, or their UIDLs are too long", s->ep.host, POP3_MESSAGES_MAX);
    return pop3_break(s, err);
}

static int compare_numbers(const void *a, const void *b)
{
    const struct pop3_entry *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

/* One for each message at most: lines that say nothing, or the same again, may go on for ever. */
static int next_item(struct pop3_session *s, size_t *io_lines, struct fct_bytes *out, struct fct_error *err)
{
    int more = pop3_read_item(s, out, err);
    return more > 0 && (*io_lines)++ == POP3_MESSAGES_MAX ? fail_many(s, err) : more;
}

/* A number that is listed twice is taken once. */
static void sort_entries(struct pop3_session *s)
{
    size_t n = 0;
    bool is_sorted = true;
    for (size_t i = 1; i < s->n_entries && is_sorted; i++)
        is_sorted = s->entries[i - 1].number < s->entries[i].number;
    if (is_sorted)
        return;
    qsort(s->entries, s->n_entries, sizeof(s->entries[0]), compare_numbers);
    for (size_t i = 0; i < s->n_entries; i++)
        if (n == 0 || s->entries[n - 1].number != s->entries[i].number)
            s->entries[n++] = s->entries[i];
    s->n_entries = n;
}

static int take_sizes(struct pop3_session *s, struct fct_error *err)
{
    struct fct_bytes line, rest;
    size_t cap = 0, lines = 0;
    int more;
    free(s->entries);
    s->entries = NULL;
    s->n_entries = 0;
    if (pop3_expect_ok(s, "LIST", err) < 0)
        return -1;
    while ((more = next_item(s, &lines, &line, err)) > 0) {
        struct pop3_entry e = {0};
        if (!pop3_parse_numbered(line, &e.number, &rest))
            continue;
        if (!pop3_parse_number(rest, &e.size) || e.size > INT64_MAX)
            e.size = 0;
        if (s->n_entries == cap) {
            cap = cap ? 2 * cap : 256;
            s->entries = wire_realloc_array(s->entries, cap, sizeof(s->entries[0]));
        }
        s->entries[s->n_entries++] = e;
    }
    if (more == 0)
        sort_entries(s);
    return more;
}

const struct pop3_entry *pop3_find(const struct pop3_session *s, uint64_t number)
{
    const struct pop3_entry key = {.number = number};
    if (number - 1 < s->n_entries && s->entries[number - 1].number == number) /* nearly always */
        return &s->entries[number - 1];
    return s->n_entries ? bsearch(&key, s->entries, s->n_entries, sizeof(key), compare_numbers) : NULL;
}

struct fct_bytes pop3_uidl(const struct pop3_session *s, const struct pop3_entry *e)
{
    return e && e->uidl ? (struct fct_bytes){s->uidls.p + e->uidl, strlen(s->uidls.p + e->uidl)}
                        : (struct fct_bytes){0};
}

static void keep_uidl(struct pop3_session *s, struct pop3_entry *e, struct fct_bytes uidl)
{
    bool is_usable = uidl.n > 0 && !memchr(uidl.p, '\0', uidl.n);
    if (!is_usable || e->uidl) { /* two for one message: which? */
        e->uidl = 0;
        return;
    }
    e->uidl = s->uidls.n;
    wire_buffer_add(&s->uidls, uidl.p, uidl.n);
    wire_buffer_add_char(&s->uidls, '\0');
}

/* "-ERR": a server without UIDL. Its messages are known by their content; not those of one that has it another time. */
static int take_no_uidls(struct pop3_session *s, struct fct_error *err)
{
    struct fct_error why = {0};
    pop3_refusal(s, "UIDL", &why);
    if (why.retry == FCT_RETRY_LATER) {
        if (err)
            *err = why;
        return -1;
    }
    return 0;
}

static int take_uidls(struct pop3_session *s, struct fct_error *err)
{
    struct fct_bytes line, uidl;
    uint64_t number;
    size_t lines = 0;
    int more;
    s->uidls.n = 0;
    wire_buffer_add_char(&s->uidls, '\0');
    if (pop3_read_status(s, err) < 0)
        return -1;
    if (s->status.kind != POP3_OK)
        return take_no_uidls(s, err);
    while ((more = next_item(s, &lines, &line, err)) > 0) {
        struct pop3_entry *e =
            pop3_parse_numbered(line, &number, &uidl) ? (struct pop3_entry *)pop3_find(s, number) : NULL;
        if (e)
            keep_uidl(s, e, uidl);
        if (s->uidls.n > POP3_UIDLS_MAX)
            return fail_many(s, err);
    }
    return more;
}

static int ask_for_all(struct pop3_session *s, struct fct_error *err)
{
    bool pipelines = pop3_has(s, POP3_CAP_PIPELINING);
    s->round_trips += pipelines ? 1 : 2;
    if (pop3_send(s, err, "LIST") < 0 || (pipelines && pop3_send(s, err, "UIDL") < 0) || take_sizes(s, err) < 0)
        return -1;
    if (!pipelines && pop3_send(s, err, "UIDL") < 0)
        return -1;
    return take_uidls(s, err);
}

int pop3_list_messages(void *session, struct fct_uid_range range, uint64_t since_modseq, bool want_details,
                       const struct fct_sink *sink, struct fct_error *err)
{
    struct pop3_session *s = session;
    (void)since_modseq, (void)want_details;
    if (pop3_check(s, err) < 0 || ask_for_all(s, err) < 0)
        return -1;
    for (size_t i = 0; i < s->n_entries; i++) {
        const struct pop3_entry *e = &s->entries[i];
        struct fct_message m = {.size = sizeof(m), .uid = e->number, .octets = e->size, .remote_id = pop3_uidl(s, e)};
        if (e->number >= range.first && e->number <= range.last && sink->flags(sink->ctx, &m, err) < 0)
            return pop3_break(s, err);
    }
    return 0;
}
