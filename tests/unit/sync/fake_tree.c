#include "fake_tree.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "fake_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DELIMITER '/'

/* ---- the tree ---- */

struct fake_tree_mailbox *fake_tree_find(struct fake_tree_server *s, const char *name)
{
    for (size_t i = 0; i < s->n_boxes; i++)
        if (s->box[i].name && strcmp(s->box[i].name, name) == 0)
            return &s->box[i];
    return NULL;
}

struct fake_tree_mailbox *fake_tree_add(struct fake_tree_server *s, const char *name)
{
    if (s->n_boxes == s->cap_boxes) {
        s->cap_boxes = s->cap_boxes ? 2 * s->cap_boxes : 16;
        s->box = xreallocarray(s->box, s->cap_boxes, sizeof(s->box[0]));
        s->selected = NULL;
    }
    struct fake_tree_mailbox *b = &s->box[s->n_boxes++];
    *b = (struct fake_tree_mailbox){.name = xstrdup(name), .uidvalidity = 100 + s->next_uidvalidity++, .uidnext = 1, .is_subscribed = true};
    if (s->has_ids)
        b->id = xasprintf("F%u", b->uidvalidity);
    return b;
}

uint64_t fake_tree_deliver(struct fake_tree_mailbox *b, unsigned body)
{
    b->m[b->n++] = (struct fake_tree_message){b->uidnext, body};
    return b->uidnext++;
}

static void drop(struct fake_tree_server *s, struct fake_tree_mailbox *b)
{
    free(b->name);
    free(b->id);
    if (s->selected == b)
        s->selected = NULL;
    *b = (struct fake_tree_mailbox){0};
}

void fake_tree_remove(struct fake_tree_server *s, const char *name)
{
    drop(s, fake_tree_find(s, name));
}

static bool is_below(const char *name, const char *above)
{
    size_t n = strlen(above);
    return strncmp(name, above, n) == 0 && name[n] == DELIMITER;
}

void fake_tree_rename(struct fake_tree_server *s, const char *from, const char *to)
{
    CLEANUP(freep) char *old = xstrdup(from);
    for (size_t i = 0; i < s->n_boxes; i++) {
        char *name = s->box[i].name;
        if (!name || (strcmp(name, old) != 0 && !is_below(name, old)))
            continue;
        s->box[i].name = xasprintf("%s%s", to, name + strlen(old));
        s->box[i].is_subscribed = false; /* subscriptions are to names */
        free(name);
    }
}

void fake_tree_done(struct fake_tree_server *s)
{
    for (size_t i = 0; i < s->n_boxes; i++)
        drop(s, &s->box[i]);
    free(s->box);
    *s = (struct fake_tree_server){0};
}

/* ---- commands ---- */

static struct fake_tree_mailbox *by_wire_name(struct fake_tree_server *s, struct fct_bytes wire_name)
{
    CLEANUP(freep) char *name = wire_name.n ? xstrndup(wire_name.p + 1, wire_name.n - 1) : xstrdup("");
    return fake_tree_find(s, name);
}

/* Returns -1 when the command is not carried out. */
static int begin(struct fake_tree_server *s, const char *command, struct fct_error *err)
{
    size_t n = strlen(s->log);
    s->commands++;
    if (s->commands == s->break_at && s->how == TREE_BREAKS_BEFORE)
        return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_NOW, "the connection broke");
    if (s->refuses && strcmp(command, s->refuses) == 0) {
        fct_fail(err, s->refuse_code ? s->refuse_code : FCT_E_SERVER, s->refuse_retry, "it was refused");
        fct_error_server(err, bytes_str("[NOPERM] no"));
        return -1;
    }
    snprintf(s->log + n, sizeof(s->log) - n, "%s; ", command);
    return 0;
}

static int end(struct fake_tree_server *s, struct fct_error *err)
{
    if (s->commands == s->break_at && s->how == TREE_BREAKS_AFTER)
        return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_NOW, "the connection broke before the answer");
    return 0;
}

static void leave_behind(struct fake_tree_server *s, const char *name)
{
    size_t n = strlen(s->left_behind);
    snprintf(s->left_behind + n, sizeof(s->left_behind) - n, "%s; ", name);
}

static void take_away(struct fake_tree_server *s, const char *name)
{
    CLEANUP(freep) char *entry = xasprintf("%s; ", name);
    char *at = strstr(s->left_behind, entry);
    if (at)
        memmove(at, at + strlen(entry), strlen(at + strlen(entry)) + 1);
}

static int create(void *session, struct fct_bytes name, uint32_t delimiter, uint32_t role, struct fct_error *err)
{
    struct fake_tree_server *s = session;
    CLEANUP(freep) char *text = xstrndup(name.p, name.n);
    CLEANUP(freep) char *command = xasprintf("CREATE %s", text);
    if (delimiter != (s->has_no_levels ? 0 : DELIMITER))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "a delimiter that is not the server's");
    if (begin(s, command, err) < 0)
        return -1;
    if (fake_tree_find(s, text))
        return fct_fail(err, FCT_E_EXISTS, FCT_RETRY_NEVER, "it exists");
    fake_tree_add(s, text)->role = role;
    return end(s, err);
}

static int rename_mailbox(void *session, struct fct_bytes from, struct fct_bytes to, struct fct_error *err)
{
    struct fake_tree_server *s = session;
    CLEANUP(freep) char *text = xstrndup(to.p, to.n);
    struct fake_tree_mailbox *b = by_wire_name(s, from);
    CLEANUP(freep) char *command = xasprintf("RENAME %.*s %s", (int)from.n - 1, from.p + 1, text);
    if (begin(s, command, err) < 0)
        return -1;
    if (!b)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such mailbox");
    if (fake_tree_find(s, text))
        return fct_fail(err, FCT_E_EXISTS, FCT_RETRY_NEVER, "it exists");
    if (is_below(text, b->name))
        return fct_fail(err, FCT_E_SERVER, FCT_RETRY_NEVER, "below itself");
    for (size_t i = 0; i < s->n_boxes; i++)
        if (s->box[i].name && s->box[i].is_subscribed && (&s->box[i] == b || is_below(s->box[i].name, b->name)))
            leave_behind(s, s->box[i].name);
    fake_tree_rename(s, b->name, text);
    return end(s, err);
}

static int delete_mailbox(void *session, struct fct_bytes name, struct fct_error *err)
{
    struct fake_tree_server *s = session;
    struct fake_tree_mailbox *b = by_wire_name(s, name);
    CLEANUP(freep) char *command = xasprintf("DELETE %.*s", (int)name.n - 1, name.p + 1);
    if (begin(s, command, err) < 0)
        return -1;
    if (!b)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such mailbox");
    if (b == s->selected)
        return fct_fail(err, FCT_E_BUSY, FCT_RETRY_LATER, "it is selected");
    for (size_t i = 0; i < s->n_boxes; i++)
        if (s->box[i].name && is_below(s->box[i].name, b->name))
            return fct_fail(err, FCT_E_MAILBOX_HAS_CHILD, FCT_RETRY_NEVER, "it has children");
    drop(s, b);
    return end(s, err);
}

static int subscribe(void *session, struct fct_bytes name, bool on, struct fct_error *err)
{
    struct fake_tree_server *s = session;
    struct fake_tree_mailbox *b = by_wire_name(s, name);
    CLEANUP(freep) char *command = xasprintf("%s %.*s", on ? "SUBSCRIBE" : "UNSUBSCRIBE", (int)name.n - 1, name.p + 1);
    if (begin(s, command, err) < 0)
        return -1;
    if (b)
        b->is_subscribed = on;
    else if (!on)
        take_away(s, command + strlen("UNSUBSCRIBE "));
    return end(s, err);
}

static int wire_name_of(void *session, struct fct_bytes name, char *buf, size_t cap, size_t *out_n, struct fct_error *err)
{
    (void)session;
    if (name.n + 1 > cap)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "too long");
    buf[0] = '=';
    memcpy(buf + 1, name.p, name.n);
    *out_n = name.n + 1;
    return 0;
}

/* ---- looking ---- */

static struct fct_mailbox_status status_of(const struct fake_tree_mailbox *b)
{
    return (struct fct_mailbox_status){.size = sizeof(struct fct_mailbox_status),
                                       .uidvalidity = b->uidvalidity,
                                       .uidnext = b->uidnext,
                                       .modseq = b->uidnext,
                                       .messages = (int64_t)b->n,
                                       .unseen = -1,
                                       .mailbox_id = bytes_str(b->id)};
}

static int list(void *session, const struct fct_sink *sink, struct fct_error *err)
{
    struct fake_tree_server *s = session;
    s->listings++;
    for (size_t i = 0; i < s->n_boxes; i++) {
        const struct fake_tree_mailbox *b = &s->box[i];
        char wire[1024];
        if (!b->name)
            continue;
        snprintf(wire, sizeof(wire), "=%s", b->name);
        struct fct_mailbox mb = {.size = sizeof(mb),
                                 .attrs = (b->is_subscribed ? FCT_MB_SUBSCRIBED : 0) | b->attrs | (s->hides_status ? 0 : FCT_MB_STATUS_KNOWN),
                                 .role = b->role,
                                 .delimiter = s->has_no_levels ? 0 : DELIMITER,
                                 .wire_name = bytes_str(wire),
                                 .name = bytes_str(b->name)};
        mb.status = s->hides_status ? (struct fct_mailbox_status){.messages = -1} : status_of(b);
        if (sink->mailbox(sink->ctx, &mb, err) < 0)
            return -1;
    }
    return 0;
}

static int statuses(void *session, const struct fct_bytes *names, size_t n, const struct fct_sink *sink, struct fct_error *err)
{
    struct fake_tree_server *s = session;
    for (size_t i = 0; i < n; i++) {
        const struct fake_tree_mailbox *b = by_wire_name(s, names[i]);
        s->statuses++;
        if (!b)
            continue;
        const struct fct_mailbox_status st = status_of(b);
        if (sink->status(sink->ctx, names[i], &st, err) < 0)
            return -1;
    }
    return 0;
}

static int do_select(void *session, struct fct_bytes name, const struct fct_known *known, const struct fct_sink *sink,
                     struct fct_mailbox_status *out, bool *out_caught_up, struct fct_error *err)
{
    struct fake_tree_server *s = session;
    (void)known, (void)sink;
    s->selects++;
    s->selected = by_wire_name(s, name);
    *out_caught_up = false;
    if (!s->selected)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such mailbox");
    *out = status_of(s->selected);
    return 0;
}

static int list_messages(void *session, struct fct_uid_range range, uint64_t since, bool want_details, const struct fct_sink *sink,
                         struct fct_error *err)
{
    struct fake_tree_server *s = session;
    (void)since, (void)want_details;
    for (size_t i = 0; i < s->selected->n; i++) {
        const struct fct_message m = {.size = sizeof(m), .uid = s->selected->m[i].uid, .modseq = 1};
        if (m.uid >= range.first && m.uid <= range.last && sink->flags(sink->ctx, &m, err) < 0)
            return -1;
    }
    return 0;
}

static int fetch(void *session, const struct fct_uid_range *r, size_t n, const struct fct_sink *sink, struct fct_error *err)
{
    struct fake_tree_server *s = session;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < s->selected->n; i++) {
            struct fct_bytes body = fake_body(s->selected->m[i].body);
            const struct fct_message m = {.size = sizeof(m), .uid = s->selected->m[i].uid, .internal_date = 1700000000, .octets = body.n};
            if (m.uid < r[k].first || m.uid > r[k].last)
                continue;
            s->fetched++;
            if (sink->message_begin(sink->ctx, body.n, err) < 0 || sink->message_data(sink->ctx, body, err) < 0 ||
                sink->message_end(sink->ctx, &m, err) < 0)
                return -1;
        }
    return 0;
}

static int idle(void *session, uint32_t timeout_ms, const struct fct_sink *sink, struct fct_error *err)
{
    (void)session, (void)timeout_ms, (void)sink, (void)err;
    return 0;
}

#define TREE_SOURCE                                                                                                                   \
    .scheme = "tree", .list = list, .statuses = statuses, .select = do_select, .list_messages = list_messages, .fetch = fetch,         \
    .idle = idle, .mailbox_create = create, .mailbox_rename = rename_mailbox, .mailbox_delete = delete_mailbox,                        \
    .mailbox_subscribe = subscribe

const struct fct_source fake_tree_source = {.size = sizeof(fake_tree_source), TREE_SOURCE, .mailbox_wire_name = wire_name_of};
const struct fct_source fake_tree_source_v1 = {.size = offsetof(struct fct_source, mailbox_wire_name), TREE_SOURCE};
