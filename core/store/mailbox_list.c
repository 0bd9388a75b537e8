/* A server's listing of mailboxes becomes the tree of the account. */
#include "store/mailbox_listing.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/siphash.h"
#include "store/correspondents.h"
#include "store/db.h"
#include "store/mailbox_names.h"
#include "store/mailbox_rows.h"

static void row_done(struct row *r)
{
    free(r->name);
    free(r->path);
    free(r->remote_id);
    free(r->full_name);
    buf_done(&r->wire_name);
    wish_row_done(&r->wish);
}

static void job_done(struct listing_job *j)
{
    for (size_t i = 0; i < j->n_nodes; i++)
        free(j->nodes[i].path);
    for (size_t i = 0; i < j->n_rows; i++)
        row_done(&j->rows[i]);
    for (size_t i = 0; i < j->n_items; i++)
        free(j->items[i].own);
    free(j->items);
    free(j->nodes);
    free(j->rows);
    free(j->alias);
}

/* ---- from the listing to nodes
 * --------------------------------------------------------------------------------------- */

/* Appends one level; empty ones ("a//b") are left out, and beyond MAILBOX_DEPTH_MAX names are joined into the last
 * level. */
static void path_add(struct buf *path, struct fct_bytes level, int *depth)
{
    CLEANUP(buf_done) struct buf clean = {0};

    mailbox_name_clean(level, &clean);
    if (clean.n == 0)
        return;
    if (*depth > 0)
        buf_add_char(path, *depth < MAILBOX_DEPTH_MAX ? LISTING_LEVEL : '/');
    /* INBOX is the same in any case (RFC 9051 section 5.1), its children too. */
    if (*depth == 0 && bytes_equal_nocase(level, bytes_str("INBOX")))
        buf_add_str(path, "INBOX");
    else
        buf_add(path, clean.p, clean.n);
    if (*depth < MAILBOX_DEPTH_MAX)
        ++*depth;
}

static char *path_of(const struct store_remote_mailbox *m)
{
    struct buf path = {0}, delimiter = {0};
    const char *p = m->name, *next;
    int depth = 0;

    if (m->delimiter != 0)
        buf_add_utf8(&delimiter, m->delimiter);
    while (delimiter.n > 0 && (next = strstr(p, delimiter.p)) != NULL) {
        path_add(&path, bytes_of(p, (size_t)(next - p)), &depth);
        p = next + delimiter.n;
    }
    path_add(&path, bytes_str(p), &depth);
    if (path.n == 0)
        buf_add_str(&path, "?");
    /* The last level may have grown beyond what a name holds. */
    size_t start = (size_t)(listing_last_level(buf_str(&path)) - buf_str(&path));
    size_t end = start + mailbox_name_cut(path.p + start, path.n - start, MAILBOX_NAME_MAX);
    path.p[end] = '\0';
    path.n = end;
    buf_done(&delimiter);
    return buf_steal(&path);
}

struct entry {
    char *path;
    const struct store_remote_mailbox *m;
    size_t at;
};

struct entries {
    struct entry *p;
    size_t n;
};

static void entries_done(struct entries *e)
{
    for (size_t i = 0; i < e->n; i++)
        free(e->p[i].path);
    free(e->p);
}

int listing_compare_names(struct fct_bytes x, struct fct_bytes y)
{
    int c = memcmp(x.n ? x.p : "", y.n ? y.p : "", x.n < y.n ? x.n : y.n);

    return c ? c : (x.n > y.n) - (x.n < y.n);
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int c = strcmp(x->path, y->path);

    if (c == 0)
        c = listing_compare_names(x->m->wire_name, y->m->wire_name);
    return c ? c : (x->at > y->at) - (x->at < y->at);
}

static struct node *node_add(struct listing_job *j, char *path, size_t parent, size_t listed)
{
    if (j->n_nodes == j->cap_nodes) {
        j->cap_nodes = j->cap_nodes ? 2 * j->cap_nodes : 64;
        j->nodes = xreallocarray(j->nodes, j->cap_nodes, sizeof(*j->nodes));
    }
    j->nodes[j->n_nodes] = (struct node){.path = path, .parent = parent, .listed = listed, .row = NONE, .item = NONE};
    return &j->nodes[j->n_nodes++];
}

static bool is_below(const char *path, const char *ancestor)
{
    size_t n = strlen(ancestor);

    return strncmp(path, ancestor, n) == 0 && path[n] == LISTING_LEVEL;
}

/* Adds what is between `parent` (NONE: top) and `path`, and returns the new parent. */
static size_t add_missing_levels(struct listing_job *j, const char *path, size_t parent)
{
    const char *at = parent == NONE ? path : path + strlen(j->nodes[parent].path) + 1;
    const char *end;

    while ((end = strchr(at, LISTING_LEVEL)) != NULL) {
        node_add(j, xstrndup(path, (size_t)(end - path)), parent, NONE);
        parent = j->n_nodes - 1;
        at = end + 1;
    }
    return parent;
}

char *listing_marked(const char *path, struct fct_bytes by)
{
    static const unsigned char key[16] = {0};
    size_t start = (size_t)(listing_last_level(path) - path);
    size_t room = MAILBOX_NAME_MAX - 11, n = strlen(path + start);

    return xasprintf("%.*s (%08x)", (int)(start + mailbox_name_cut(path + start, n, room)), path,
                     (unsigned)siphash(key, by.p, by.n));
}

/* Entries in order of their paths become nodes in the same order: parents first. */
static void nodes_from(struct listing_job *j, const struct entries *sorted)
{
    size_t at = NONE; /* the last node */

    for (size_t i = 0; i < sorted->n; i++) {
        const struct entry *e = &sorted->p[i];
        bool is_same = i > 0 && strcmp(e->path, sorted->p[i - 1].path) == 0;
        if (is_same && listing_compare_names(e->m->wire_name, sorted->p[i - 1].m->wire_name) == 0) {
            j->alias[e->at] = j->alias[sorted->p[i - 1].at];
            continue;
        }
        while (at != NONE && !is_below(e->path, j->nodes[at].path))
            at = j->nodes[at].parent;
        at = add_missing_levels(j, e->path, at);
        node_add(j, is_same ? listing_marked(e->path, e->m->wire_name) : xstrdup(e->path), at, e->at);
        j->alias[e->at] = j->n_nodes - 1;
        if (!is_same)
            at = j->n_nodes - 1;
    }
}

static void nodes_make(struct listing_job *j)
{
    CLEANUP(entries_done) struct entries e = {.p = xcalloc(j->n_list, sizeof(*e.p)), .n = j->n_list};

    j->alias = xcalloc(j->n_list, sizeof(*j->alias));
    for (size_t i = 0; i < j->n_list; i++)
        e.p[i] = (struct entry){path_of(&j->list[i]), &j->list[i], i};
    qsort(e.p, e.n, sizeof(*e.p), compare_entries);
    nodes_from(j, &e);
}

/* ---- what is stored
 * ---------------------------------------------------------------------------------------------------- */

static int compare_row_ids(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

struct row *listing_row(const struct listing_job *j, int64_t id)
{
    const struct row key = {.id = id};

    return id && j->n_rows ? bsearch(&key, j->rows, j->n_rows, sizeof(key), compare_row_ids) : NULL;
}

/* Fills in row->path, and those of its ancestors: where the server has it, or would have it. The depth is bounded by
 * how the tree was made. */
static const char *row_path(struct listing_job *j, struct row *r, int depth)
{
    if (r->path)
        return r->path;
    bool is_renamed = r->wish.what & STORE_WISH_RENAME && r->wish.server_name;
    const char *name = is_renamed ? r->wish.server_name : r->name;
    struct row *parent =
        depth < 2 * MAILBOX_DEPTH_MAX ? listing_row(j, is_renamed ? r->wish.server_parent : r->parent_id) : NULL;
    if (r->node != NONE) /* it is known already: what was below it is below that, whatever its name was */
        return r->path = xstrdup(j->nodes[r->node].path);
    if (!parent && bytes_equal_nocase(bytes_str(name), bytes_str("INBOX")))
        name = "INBOX";
    return r->path = parent ? xasprintf("%s%c%s", row_path(j, parent, depth + 1), LISTING_LEVEL, name) : xstrdup(name);
}

static char *dup_column(sqlite3_stmt *q, int column)
{
    const char *s = store_text_or_null(q, column);

    return s ? xstrdup(s) : NULL;
}

static void read_row(sqlite3_stmt *q, struct row *r)
{
    *r = (struct row){.id = sqlite3_column_int64(q, 0),
                      .parent_id = sqlite3_column_int64(q, 1),
                      .name = xstrdup(store_text(q, 2)),
                      .remote_id = dup_column(q, 3),
                      .role = sqlite3_column_int(q, 5),
                      .attrs = (uint32_t)sqlite3_column_int64(q, 6),
                      .is_subscribed = sqlite3_column_int(q, 7) != 0,
                      .full_name = dup_column(q, 8),
                      .delimiter = (uint32_t)sqlite3_column_int64(q, 9),
                      .own_role = sqlite3_column_type(q, 10) == SQLITE_NULL ? -1 : sqlite3_column_int(q, 10),
                      .is_gone = sqlite3_column_int64(q, 11) != 0,
                      .gone_at = sqlite3_column_int64(q, 11),
                      .is_hidden = sqlite3_column_int(q, 12) != 0,
                      .uidvalidity = (uint32_t)sqlite3_column_int64(q, 13),
                      .uidnext = (uint64_t)sqlite3_column_int64(q, 14),
                      .messages = sqlite3_column_int64(q, 15),
                      .is_complete = sqlite3_column_int(q, 16) != 0,
                      .node = NONE,
                      .item = NONE,
                      .comes_back = NONE};
    if (sqlite3_column_bytes(q, 4) > 0)
        buf_add(&r->wire_name, sqlite3_column_blob(q, 4), (size_t)sqlite3_column_bytes(q, 4));
}

/* Few have one. */
static int wishes_load(struct listing_job *j, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n = 0;

    if (store_mailbox_wishes_load(j->tx, j->account_id, &ids, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct row *r = listing_row(j, ids[i]);
        if (r && wish_row_load(j->tx, ids[i], &r->wish, err) < 0)
            return -1;
    }
    return 0;
}

static int rows_load(struct listing_job *j, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        j->tx, "SELECT id, parent_id, name, remote_mailbox_id, wire_name, role, attrs, is_subscribed, full_name, "
               "delimiter, own_role, is_gone, is_hidden, uidvalidity, uidnext, remote_messages, is_complete "
               "FROM mailbox WHERE account_id = ?1");
    size_t cap = 0;
    int has_row;

    sqlite3_bind_int64(q, 1, j->account_id);
    while ((has_row = store_step(j->tx, q, err)) > 0) {
        if (j->n_rows == cap) {
            cap = cap ? 2 * cap : 64;
            j->rows = xreallocarray(j->rows, cap, sizeof(*j->rows));
        }
        read_row(q, &j->rows[j->n_rows++]);
    }
    if (has_row < 0)
        return -1;
    if (j->n_rows > 0)
        qsort(j->rows, j->n_rows, sizeof(*j->rows), compare_row_ids);
    return wishes_load(j, err);
}

/* ---- which is which
 * ------------------------------------------------------------------------------------------------------ */

/* A row, or a node, under one of its names. */
struct name {
    struct fct_bytes key;
    size_t at;
};

static int compare_names(const void *a, const void *b)
{
    const struct name *x = a, *y = b;

    return listing_compare_names(x->key, y->key);
}

enum name_kind { BY_REMOTE_ID, BY_SENT_NAME, BY_WIRE_NAME, BY_PATH };

static struct fct_bytes row_name(const struct row *r, enum name_kind kind)
{
    switch (kind) {
    case BY_REMOTE_ID:
        return bytes_str(r->remote_id);
    case BY_SENT_NAME:
        return bytes_str(r->wish.sent & (STORE_WISH_MAKE | STORE_WISH_RENAME) ? r->wish.sent_full_name : NULL);
    case BY_WIRE_NAME:
        return buf_bytes(&r->wire_name);
    case BY_PATH:
        return bytes_str(r->path);
    }
    return (struct fct_bytes){0};
}

static struct fct_bytes node_name(const struct listing_job *j, const struct node *n, enum name_kind kind)
{
    const struct store_remote_mailbox *m = listing_entry(j, n);

    if (kind == BY_PATH)
        return bytes_str(n->path);
    if (!m)
        return (struct fct_bytes){0};
    return kind == BY_REMOTE_ID ? bytes_str(m->mailbox_id) : kind == BY_SENT_NAME ? bytes_str(m->name) : m->wire_name;
}

/* A mailbox that was deleted and made again has its name, but another id (RFC 8474). One that was to be renamed when
 * the connection broke has its new name if it came so far, unless somebody else made one of that name. */
static bool is_another(const struct listing_job *j, const struct node *n, const struct row *r, enum name_kind kind)
{
    const struct store_remote_mailbox *m = listing_entry(j, n);

    if (!m)
        return false;
    if (kind == BY_SENT_NAME && m->uidvalidity && r->uidvalidity && m->uidvalidity != r->uidvalidity)
        return true;
    return m->mailbox_id && r->remote_id && strcmp(m->mailbox_id, r->remote_id) != 0;
}

static void marry(struct listing_job *j, size_t node, size_t row)
{
    j->nodes[node].row = row;
    j->rows[row].node = node;
}

/* The one of that name; NULL: there is none, or more than one. */
static const struct name *find_only(const struct name *names, size_t n, const struct name *key)
{
    const struct name *found = n ? bsearch(key, names, n, sizeof(*key), compare_names) : NULL;

    if (!found || (found > names && compare_names(found - 1, key) == 0) ||
        (found + 1 < names + n && compare_names(found + 1, key) == 0))
        return NULL;
    return found;
}

/* RFC 8474 says that no two mailboxes have the same id, but one mailbox may be listed under two names (an alias, or as
 * somebody's share): its id tells neither from the other. */
static void match_by_remote_id(struct listing_job *j)
{
    CLEANUP(freep) struct name *here = xcalloc(j->n_rows + 1, sizeof(*here));
    CLEANUP(freep) struct name *there = xcalloc(j->n_nodes + 1, sizeof(*there));
    size_t n_here = 0, n_there = 0;

    for (size_t i = 0; i < j->n_rows; i++) {
        if (j->rows[i].remote_id)
            here[n_here++] = (struct name){row_name(&j->rows[i], BY_REMOTE_ID), i};
    }
    for (size_t i = 0; i < j->n_nodes; i++) {
        struct fct_bytes key = node_name(j, &j->nodes[i], BY_REMOTE_ID);
        if (key.n > 0)
            there[n_there++] = (struct name){key, i};
    }
    if (n_here == 0 || n_there == 0)
        return;
    qsort(here, n_here, sizeof(*here), compare_names);
    qsort(there, n_there, sizeof(*there), compare_names);
    for (size_t i = 0; i < n_there; i++) {
        const struct name *row = find_only(here, n_here, &there[i]), *node = find_only(there, n_there, &there[i]);
        if (row && node)
            marry(j, node->at, row->at);
    }
}

/* Nodes without a row get the one of the same name. */
static void match_by(struct listing_job *j, enum name_kind kind)
{
    CLEANUP(freep) struct name *names = xcalloc(j->n_rows + 1, sizeof(*names));
    size_t n = 0;

    for (size_t i = 0; i < j->n_rows; i++) {
        struct fct_bytes key = row_name(&j->rows[i], kind);
        if (j->rows[i].node == NONE && key.n > 0)
            names[n++] = (struct name){key, i};
    }
    if (n == 0)
        return;
    qsort(names, n, sizeof(*names), compare_names);
    for (size_t i = 0; i < j->n_nodes; i++) {
        const struct name key = {node_name(j, &j->nodes[i], kind), 0};
        if (j->nodes[i].row != NONE || key.key.n == 0)
            continue;
        const struct name *found = bsearch(&key, names, n, sizeof(key), compare_names);
        if (found && j->rows[found->at].node == NONE && !is_another(j, &j->nodes[i], &j->rows[found->at], kind))
            marry(j, i, found->at);
    }
}

/* ---- renamed by another program, on a server that gives mailboxes no ids ---- */

struct validity {
    uint32_t value;
    size_t at;
};

static int compare_validities(const void *a, const void *b)
{
    const struct validity *x = a, *y = b;

    return (x->value > y->value) - (x->value < y->value);
}

/* Where the value occurs, if it does once; else NONE. */
static size_t only_one(const struct validity *v, size_t n, uint32_t value)
{
    const struct validity key = {value, 0}, *found = n ? bsearch(&key, v, n, sizeof(key), compare_validities) : NULL;

    if (!found || (found > v && found[-1].value == value) || (found + 1 < v + n && found[1].value == value))
        return NONE;
    return found->at;
}

static bool holds_the_same(const struct row *r, const struct store_remote_mailbox *m)
{
    return r->is_complete && m->messages >= 0 &&
           (m->messages == r->messages || (m->uidnext != 0 && m->uidnext == r->uidnext));
}

/* One mailbox vanished and one came that has its UIDVALIDITY, which no other has, and as many messages: it is the same,
 * with all its UIDs (RFC 9051 section 6.3.6 lets a server keep them). Servers that give every mailbox the same number
 * say nothing by it. */
static void match_by_validity(struct listing_job *j)
{
    CLEANUP(freep) struct validity *here = xcalloc(j->n_rows + 1, sizeof(*here));
    CLEANUP(freep) struct validity *there = xcalloc(j->n_list + 1, sizeof(*there));
    size_t n_here = 0, n_there = 0;
    bool has_lost = false;

    for (size_t i = 0; i < j->n_rows; i++) {
        has_lost |= j->rows[i].node == NONE && j->rows[i].wire_name.n > 0;
        if (j->rows[i].uidvalidity != 0)
            here[n_here++] = (struct validity){j->rows[i].uidvalidity, i};
    }
    for (size_t i = 0; i < j->n_list; i++) {
        if (j->list[i].uidvalidity != 0)
            there[n_there++] = (struct validity){j->list[i].uidvalidity, j->alias[i]};
    }
    if (!has_lost || n_there == 0)
        return;
    qsort(here, n_here, sizeof(*here), compare_validities);
    qsort(there, n_there, sizeof(*there), compare_validities);
    for (size_t i = 0; i < n_there; i++) {
        size_t node = there[i].at, row = only_one(here, n_here, there[i].value);
        if (row != NONE && j->nodes[node].row == NONE && j->rows[row].node == NONE && j->rows[row].wire_name.n > 0 &&
            only_one(there, n_there, there[i].value) == node &&
            !is_another(j, &j->nodes[node], &j->rows[row], BY_WIRE_NAME) &&
            holds_the_same(&j->rows[row], listing_entry(j, &j->nodes[node])))
            marry(j, node, row);
    }
}

/* RFC 8474 ids survive a rename; then what was asked for and not answered; then the server's name; then the place in
 * the tree, for levels that were not listed before, or are not any more, and for what was made on both sides. */
static void match(struct listing_job *j)
{
    match_by_remote_id(j);
    match_by(j, BY_SENT_NAME);
    match_by(j, BY_WIRE_NAME);
    for (size_t i = 0; i < j->n_rows; i++) {
        if (!j->rows[i].is_hidden)
            row_path(j, &j->rows[i], 0);
    }
    match_by(j, BY_PATH);
    match_by_validity(j);
}

/* ---- all of it ---- */

/* The listing's tree, and the stored one beside it. */
static int job_load(struct listing_job *j, struct fct_error *err)
{
    size_t n = j->n_list;

    if (n == 0) /* there is always an INBOX: an empty answer shall not throw everything away */
        return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "the server lists no mailbox at all");
    if (n > MAILBOXES_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the server lists more than %d mailboxes", MAILBOXES_MAX);
    nodes_make(j);
    if (j->n_nodes > 2 * MAILBOXES_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the server's mailboxes have more than %d levels",
                        2 * MAILBOXES_MAX);
    return rows_load(j, err);
}

static void tell_ids(const struct listing_job *j)
{
    for (size_t i = 0; i < j->n_list; i++)
        j->list[i].id = j->nodes[j->alias[i]].id;
}

/* Whoever has a wish, or was deleted here, has something to be written down with every listing. */
static bool has_something_waiting(const struct listing_job *j)
{
    for (size_t i = 0; i < j->n_rows; i++) {
        const struct row *r = &j->rows[i];
        if (r->is_hidden || r->wish.what || r->wish.sent)
            return true;
    }
    return false;
}

int store_mailboxes_are_listed(struct store_tx *tx, int64_t account_id, struct store_remote_mailbox *list, size_t n,
                               bool *out, struct fct_error *err)
{
    CLEANUP(job_done) struct listing_job j = {.tx = tx, .account_id = account_id, .list = list, .n_list = n};

    *out = false;
    if (job_load(&j, err) < 0)
        return -1;
    if (j.n_rows < j.n_nodes || has_something_waiting(&j))
        return 0;
    match(&j);
    if (listing_show(&j, err) < 0)
        return -1;
    *out = listing_is_written(&j);
    tell_ids(&j);
    return 0;
}

int store_mailboxes_listed(struct store_tx *tx, int64_t account_id, struct store_remote_mailbox *list, size_t n,
                           struct fct_error *err)
{
    CLEANUP(job_done) struct listing_job j = {.tx = tx, .account_id = account_id, .list = list, .n_list = n};
    CLEANUP(counters_done) struct counters c = {0};
    struct correspondents_roles before;
    int64_t trash = 0;

    if (job_load(&j, err) < 0 || counters_init(&c, tx, account_id, err) < 0 ||
        correspondents_roles_load(tx, account_id, &before, err) < 0)
        return -1;
    match(&j);
    int64_t old_trash = c.trash;
    if (listing_show(&j, err) < 0 || listing_write(&j, &c, err) < 0)
        return -1;
    tell_ids(&j);
    if (store_mailbox_by_role(tx, account_id, FCT_ROLE_TRASH, &trash, err) < 0 ||
        correspondents_roles_check(tx, account_id, &before, err) < 0)
        return -1;
    return trash != old_trash ? store_counters_rebuild(tx, account_id, err) : 0;
}
