/* list.c - which mailboxes there are, and what they hold. */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAILBOXES_MAX 100000u
#define STATUSES_IN_FLIGHT 64u

/* ---- what STATUS is asked for --------------------------------------------------------------------------- */

static void put_status_items(struct imap_session *s)
{
    bool has_ids = imap_has(s, IMAP_CAP_OBJECTID) && !(s->quirks & IMAP_QUIRK_NO_STATUS_ID);
    imap_put_text(s, "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN%s%s)",
                  imap_has(s, IMAP_CAP_CONDSTORE) ? " HIGHESTMODSEQ" : "", has_ids ? " MAILBOXID" : "");
}

static bool same_mailbox(struct fct_bytes a, struct fct_bytes b)
{
    if (a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0))
        return true;
    return wire_equal(a, "INBOX") && wire_equal(b, "INBOX");
}

/* ---- LIST ----------------------------------------------------------------------------------------------- */

struct entry {
    struct wire_buffer wire_name; /* owned */
    uint32_t attrs, role, delimiter;
    bool nonexistent, tells_children, has_status;
    struct fct_mailbox_status status;
    struct wire_buffer mailbox_id; /* owned */
};

/* All mailboxes, until every answer is there: LSUB and STATUS add to what LIST said. */
struct listing {
    struct entry *entries;
    size_t n, cap;
    uint32_t *slots; /* a hash table of entry numbers from 1 on; a power of two of them, at most half of them used */
    size_t n_slots;
    bool tells_children;        /* of any mailbox */
    struct imap_list_item item; /* scratch */
    struct imap_status status;
    struct wire_buffer wire_name;
};

static void listing_done(struct listing *l)
{
    for (size_t i = 0; i < l->n; i++) {
        wire_buffer_done(&l->entries[i].wire_name);
        wire_buffer_done(&l->entries[i].mailbox_id);
    }
    free(l->entries);
    free(l->slots);
    wire_buffer_done(&l->item.name);
    imap_status_done(&l->status);
    wire_buffer_done(&l->wire_name);
}

/* FNV-1a; INBOX has one hash in every spelling. */
static uint32_t hash_name(struct fct_bytes name)
{
    uint32_t h = 2166136261u;
    if (wire_equal(name, "INBOX"))
        name = (struct fct_bytes){"INBOX", 5};
    for (size_t i = 0; i < name.n; i++)
        h = (h ^ (unsigned char)name.p[i]) * 16777619u;
    return h;
}

/* Where the entry is, or the empty slot where it belongs. */
static uint32_t *find_slot(const struct listing *l, struct fct_bytes wire_name)
{
    size_t i = hash_name(wire_name) & (l->n_slots - 1);
    while (l->slots[i] != 0 && !same_mailbox(wire_buffer_bytes(&l->entries[l->slots[i] - 1].wire_name), wire_name))
        i = (i + 1) & (l->n_slots - 1);
    return &l->slots[i];
}

static struct entry *find_entry(const struct listing *l, struct fct_bytes wire_name)
{
    uint32_t number = l->n_slots > 0 ? *find_slot(l, wire_name) : 0;
    return number > 0 ? &l->entries[number - 1] : NULL;
}

static void grow(struct listing *l)
{
    l->cap = l->cap ? l->cap * 2 : 64;
    l->entries = wire_realloc_array(l->entries, l->cap, sizeof(*l->entries));
    free(l->slots);
    l->n_slots = l->cap * 2;
    l->slots = wire_alloc(l->n_slots * sizeof(*l->slots));
    for (size_t i = 0; i < l->n; i++)
        *find_slot(l, wire_buffer_bytes(&l->entries[i].wire_name)) = (uint32_t)i + 1;
}

static struct entry *add_entry(struct listing *l, struct fct_bytes wire_name)
{
    if (l->n == l->cap)
        grow(l);
    struct entry *e = &l->entries[l->n];
    *e = (struct entry){0};
    wire_buffer_set(&e->wire_name, wire_name);
    *find_slot(l, wire_name) = (uint32_t)++l->n;
    return e;
}

static int take_list(struct listing *l, struct imap_session *s, bool lsub, struct fct_error *err)
{
    struct imap_list_item *item = &l->item;
    if (imap_parse_list(&s->in, item, err) < 0)
        return -1;
    if (item->name.n == 0 || !imap_wire_name(s, wire_buffer_bytes(&item->name), &l->wire_name)) {
        fct_log(s->acc, FCT_LOG_WARN, "a mailbox whose name holds a line break or a NUL is left out");
        return 0;
    }
    struct entry *e = find_entry(l, wire_buffer_bytes(&l->wire_name));
    if (lsub) {
        if (e)
            e->attrs |= FCT_MB_SUBSCRIBED; /* a name that only LSUB knows may be gone from the server */
        return 0;
    }
    if (!e && l->n >= MAILBOXES_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "%s: more than %u mailboxes", s->ep.host, MAILBOXES_MAX);
    if (!e)
        e = add_entry(l, wire_buffer_bytes(&l->wire_name));
    e->attrs |= item->attrs;
    e->role = item->role ? item->role : e->role;
    e->delimiter = item->delimiter ? item->delimiter : e->delimiter;
    e->nonexistent |= item->nonexistent;
    e->tells_children |= item->tells_children;
    l->tells_children |= item->tells_children;
    return 0;
}

static int take_list_status(struct listing *l, struct imap_session *s, struct fct_error *err)
{
    if (imap_parse_status(&s->in, &l->status, err) < 0)
        return -1;
    if (!imap_wire_name(s, wire_buffer_bytes(&l->status.name), &l->wire_name))
        return 0;
    struct entry *e = find_entry(l, wire_buffer_bytes(&l->wire_name));
    if (!e)
        return 0;
    e->has_status = true;
    e->status = l->status.values;
    wire_buffer_set(&e->mailbox_id, wire_buffer_bytes(&l->status.mailbox_id));
    return 0;
}

static int on_list_data(void *ctx, struct imap_session *s, struct imap_response *r, struct fct_error *err)
{
    struct listing *l = ctx;
    if (r->kind != IMAP_DATA)
        return 0;
    if (strcmp(r->name, "LIST") == 0)
        return take_list(l, s, false, err) < 0 ? -1 : 1;
    if (strcmp(r->name, "LSUB") == 0)
        return take_list(l, s, true, err) < 0 ? -1 : 1;
    if (strcmp(r->name, "STATUS") == 0)
        return take_list_status(l, s, err) < 0 ? -1 : 1;
    return 0;
}

static void put_list(struct imap_session *s, struct imap_command *c, bool extended)
{
    imap_put(s, c, "LIST");
    imap_put_text(s, " \"\" \"*\"");
    if (!extended)
        return;
    imap_put_text(s, " RETURN (SUBSCRIBED CHILDREN%s", imap_has(s, IMAP_CAP_SPECIAL_USE) ? " SPECIAL-USE" : "");
    if (imap_has(s, IMAP_CAP_LIST_STATUS)) {
        imap_put_text(s, " STATUS ");
        put_status_items(s);
    }
    imap_put_text(s, ")");
}

/* One command brings everything where LIST-EXTENDED is offered; else LSUB goes with LIST. Of the selected mailbox
 * STATUS may say no more than this session was told (RFC 9051 section 6.3.11): NOOP beside it brings the rest.
 * *out_understood: false for an extended LIST that is answered with BAD. */
static int run_list(struct imap_session *s, bool extended, bool *out_understood, struct fct_error *err)
{
    struct imap_command noop = {0}, list = {0}, lsub = {0};
    bool selected = s->selected;
    int rc = 0;
    if (selected) {
        imap_put(s, &noop, "NOOP");
        rc = imap_send(s, &noop, err);
    }
    put_list(s, &list, extended);
    if (rc == 0)
        rc = imap_send(s, &list, err);
    if (rc == 0 && !extended) {
        imap_put(s, &lsub, "LSUB");
        imap_put_text(s, " \"\" \"*\"");
        rc = imap_send(s, &lsub, err);
    }
    if (rc == 0 && selected)
        rc = imap_wait_answer(s, &noop, err);
    if (rc == 0)
        rc = imap_wait_answer(s, &list, err);
    if (rc == 0 && !extended)
        rc = imap_wait_answer(s, &lsub, err); /* a NO to LSUB costs the subscriptions, nothing else */
    *out_understood = !extended || list.condition != IMAP_BAD;
    if (rc == 0 && list.condition != IMAP_OK)
        rc = imap_fail_answer(s, &list, err);
    imap_command_done(&noop);
    imap_command_done(&list);
    imap_command_done(&lsub);
    return rc;
}

static int deliver_entry(struct imap_session *s, const struct entry *e, struct fct_error *err)
{
    SCOPED(wire_buffer_done) struct wire_buffer name = {0};
    struct fct_bytes wire_name = wire_buffer_bytes(&e->wire_name);
    if (!(e->attrs & FCT_MB_SUBSCRIBED) && imap_is_of_other_users(s, wire_name))
        return 0; /* they may be thousands: only those that the user subscribed to are ours */
    if (e->nonexistent && !(e->attrs & FCT_MB_HAS_CHILDREN))
        return 0; /* a subscription to something that is gone */
    imap_shown_name(s, wire_name, &name);
    struct fct_mailbox mb = {
        .size = sizeof(mb),
        .attrs = e->attrs,
        .role = e->role,
        .delimiter = e->delimiter,
        .wire_name = wire_name,
        .name = wire_buffer_bytes(&name),
        .status = {.size = sizeof(mb.status), .messages = -1, .unseen = -1},
    };
    if (e->has_status) {
        mb.attrs |= FCT_MB_STATUS_KNOWN;
        mb.status = e->status;
        mb.status.mailbox_id = wire_buffer_bytes(&e->mailbox_id);
    }
    return s->sink->mailbox(s->sink->ctx, &mb, err) < 0 ? imap_break(s, err) : 0;
}

/* What NOTIFY tells of a mailbox may come in the midst of a listing, and be older than it, or spelt in another way
 * (Dovecot tells of a name that was just renamed or is not subscribed any more as if it were there). It is no answer:
 * that says whether there are children. */
static bool is_answer(const struct imap_session *s, const struct listing *l, const struct entry *e)
{
    return !s->notifies || !l->tells_children || e->tells_children;
}

int imap_list(void *session, const struct fct_sink *sink, struct fct_error *err)
{
    struct imap_session *s = session;
    SCOPED(listing_done) struct listing l = {0};
    if (imap_begin(s, sink, on_list_data, &l, err) < 0)
        return -1;
    bool understood;
    int rc = run_list(s, imap_has(s, IMAP_CAP_LIST_EXTENDED), &understood, err);
    if (rc < 0 && !s->broken && !understood) { /* it offers what it does not know; then as in RFC 3501 */
        s->caps &= ~(uint32_t)(IMAP_CAP_LIST_EXTENDED | IMAP_CAP_LIST_STATUS);
        rc = run_list(s, false, &understood, err);
    }
    for (size_t i = 0; rc == 0 && i < l.n; i++) {
        if (is_answer(s, &l, &l.entries[i]))
            rc = deliver_entry(s, &l.entries[i], err);
        else
            s->others_changed = true; /* to be asked about */
    }
    return imap_end(s, rc, err);
}

/* ---- STATUS --------------------------------------------------------------------------------------------- */

struct asked {
    const struct fct_bytes *wire_names; /* those in flight */
    size_t n;
    struct imap_status status; /* scratch */
    struct wire_buffer wire_name;
};

static void asked_done(struct asked *a)
{
    imap_status_done(&a->status);
    wire_buffer_done(&a->wire_name);
}

static int on_status_data(void *ctx, struct imap_session *s, struct imap_response *r, struct fct_error *err)
{
    struct asked *a = ctx;
    if (r->kind != IMAP_DATA || strcmp(r->name, "STATUS") != 0)
        return 0;
    if (imap_parse_status(&s->in, &a->status, err) < 0)
        return -1;
    if (!imap_wire_name(s, wire_buffer_bytes(&a->status.name), &a->wire_name))
        return 1;
    for (size_t i = 0; i < a->n; i++)
        if (same_mailbox(a->wire_names[i], wire_buffer_bytes(&a->wire_name))) {
            struct fct_mailbox_status values = a->status.values;
            values.mailbox_id = wire_buffer_bytes(&a->status.mailbox_id);
            return s->sink->status(s->sink->ctx, a->wire_names[i], &values, err) < 0 ? -1 : 1;
        }
    s->others_changed |= s->notifies; /* of a mailbox that nobody asked about */
    return 1;
}

static int run_statuses(struct imap_session *s, const struct fct_bytes *wire_names, size_t n, struct fct_error *err)
{
    struct imap_command commands[STATUSES_IN_FLIGHT];
    size_t sent = 0;
    int rc = 0;
    for (; rc == 0 && sent < n; sent++) {
        imap_put(s, &commands[sent], "STATUS");
        imap_put_mailbox(s, wire_names[sent]);
        imap_put_text(s, " ");
        put_status_items(s);
        rc = imap_send(s, &commands[sent], err);
    }
    for (size_t i = 0; i < sent; i++) {
        if (rc == 0)
            rc = imap_wait_answer(s, &commands[i], err);
        imap_command_done(&commands[i]);
    }
    return rc;
}

int imap_statuses(void *session, const struct fct_bytes *wire_names, size_t n, const struct fct_sink *sink,
                  struct fct_error *err)
{
    struct imap_session *s = session;
    SCOPED(asked_done) struct asked a = {0};
    for (size_t i = 0; i < n; i++)
        if (imap_check_argument(wire_names[i], "a mailbox name", err) < 0)
            return -1;
    if (imap_begin(s, sink, on_status_data, &a, err) < 0)
        return -1;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i += STATUSES_IN_FLIGHT) {
        a.wire_names = wire_names + i;
        a.n = n - i < STATUSES_IN_FLIGHT ? n - i : STATUSES_IN_FLIGHT;
        rc = run_statuses(s, a.wire_names, a.n, err);
    }
    return imap_end(s, rc, err);
}
