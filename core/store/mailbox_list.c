/* A server's listing of mailboxes becomes the tree of the account. */
#include "store/mailbox_rows.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/siphash.h"
#include "store/db.h"
#include "store/email_state.h"
#include "store/mailbox_names.h"

/* Between the levels of a path in here. No cleaned name holds a control character, and none sorts before it, so that
 * paths in order of their bytes have each mailbox right before what is below it. */
#define LEVEL '\1'

#define LISTED_ATTRS \
    (FCT_MB_NOSELECT | FCT_MB_NOINFERIORS | FCT_MB_SUBSCRIBED | FCT_MB_HAS_CHILDREN) /* the rest: once selected */
#define NONE SIZE_MAX
#define RETIRE_AT_ONCE 1000 /* messages of mailboxes that are not listed any more */

/* A mailbox of the tree that shall be. */
struct node {
    char *path;    /* cleaned levels */
    size_t parent; /* node, NONE: top */
    size_t listed; /* entry of the listing, NONE: a level that the server does not list */
    size_t row;    /* what it was before, NONE: new */
    int role;
    int64_t id;
};

/* A mailbox as it is stored. */
struct row {
    int64_t id, parent_id;
    char *name, *path, *remote_id;
    struct buf wire_name;
    int role;
    uint32_t attrs;
    int64_t total_emails;        /* that may go */
    bool is_subscribed, is_used; /* a node has it */
};

struct job {
    struct store_tx *tx;
    int64_t account_id;
    struct store_remote_mailbox *list;
    size_t n_list;
    size_t *alias; /* for each entry of the list: its node */
    struct node *nodes;
    size_t n_nodes, cap_nodes;
    struct row *rows;
    size_t n_rows;
};

static void job_done(struct job *j)
{
    for (size_t i = 0; i < j->n_nodes; i++)
        free(j->nodes[i].path);
    for (size_t i = 0; i < j->n_rows; i++) {
        free(j->rows[i].name);
        free(j->rows[i].path);
        free(j->rows[i].remote_id);
        buf_done(&j->rows[i].wire_name);
    }
    free(j->nodes);
    free(j->rows);
    free(j->alias);
}

static const char *last_level(const char *path)
{
    const char *at = strrchr(path, LEVEL);

    return at ? at + 1 : path;
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
        buf_add_char(path, *depth < MAILBOX_DEPTH_MAX ? LEVEL : '/');
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
    size_t start = (size_t)(last_level(buf_str(&path)) - buf_str(&path));
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

static int compare_wire(struct fct_bytes x, struct fct_bytes y)
{
    int c = memcmp(x.n ? x.p : "", y.n ? y.p : "", x.n < y.n ? x.n : y.n);

    return c ? c : (x.n > y.n) - (x.n < y.n);
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int c = strcmp(x->path, y->path);

    if (c == 0)
        c = compare_wire(x->m->wire_name, y->m->wire_name);
    return c ? c : (x->at > y->at) - (x->at < y->at);
}

static struct node *node_add(struct job *j, char *path, size_t parent, size_t listed)
{
    if (j->n_nodes == j->cap_nodes) {
        j->cap_nodes = j->cap_nodes ? 2 * j->cap_nodes : 64;
        j->nodes = xreallocarray(j->nodes, j->cap_nodes, sizeof(*j->nodes));
    }
    j->nodes[j->n_nodes] = (struct node){.path = path, .parent = parent, .listed = listed, .row = NONE};
    return &j->nodes[j->n_nodes++];
}

static bool is_below(const char *path, const char *ancestor)
{
    size_t n = strlen(ancestor);

    return strncmp(path, ancestor, n) == 0 && path[n] == LEVEL;
}

/* Adds what is between `parent` (NONE: top) and `path`, and returns the new parent. */
static size_t add_missing_levels(struct job *j, const char *path, size_t parent)
{
    const char *at = parent == NONE ? path : path + strlen(j->nodes[parent].path) + 1;
    const char *end;

    while ((end = strchr(at, LEVEL)) != NULL) {
        node_add(j, xstrndup(path, (size_t)(end - path)), parent, NONE);
        parent = j->n_nodes - 1;
        at = end + 1;
    }
    return parent;
}

/* Two names of the server that look the same once cleaned: the second shows a mark that stays the same. */
static char *marked(const char *path, struct fct_bytes wire_name)
{
    static const unsigned char key[16] = {0};
    size_t start = (size_t)(last_level(path) - path);
    size_t room = MAILBOX_NAME_MAX - 11, n = strlen(path + start);

    return xasprintf("%.*s (%08x)", (int)(start + mailbox_name_cut(path + start, n, room)), path,
                     (unsigned)siphash(key, wire_name.p, wire_name.n));
}

/* Entries in order of their paths become nodes in the same order: parents first. */
static void nodes_from(struct job *j, const struct entries *sorted)
{
    size_t at = NONE; /* the last node */

    for (size_t i = 0; i < sorted->n; i++) {
        const struct entry *e = &sorted->p[i];
        bool is_same = i > 0 && strcmp(e->path, sorted->p[i - 1].path) == 0;
        if (is_same && compare_wire(e->m->wire_name, sorted->p[i - 1].m->wire_name) == 0) {
            j->alias[e->at] = j->alias[sorted->p[i - 1].at];
            continue;
        }
        while (at != NONE && !is_below(e->path, j->nodes[at].path))
            at = j->nodes[at].parent;
        at = add_missing_levels(j, e->path, at);
        node_add(j, is_same ? marked(e->path, e->m->wire_name) : xstrdup(e->path), at, e->at);
        j->alias[e->at] = j->n_nodes - 1;
        if (!is_same)
            at = j->n_nodes - 1;
    }
}

static void nodes_make(struct job *j)
{
    CLEANUP(entries_done) struct entries e = {.p = xcalloc(j->n_list, sizeof(*e.p)), .n = j->n_list};

    j->alias = xcalloc(j->n_list, sizeof(*j->alias));
    for (size_t i = 0; i < j->n_list; i++)
        e.p[i] = (struct entry){path_of(&j->list[i]), &j->list[i], i};
    qsort(e.p, e.n, sizeof(*e.p), compare_entries);
    nodes_from(j, &e);
}

/* ---- roles ---- */

/* Top level, or right below the inbox, where some servers put everything. */
static bool is_usual_place(const struct job *j, const struct node *n)
{
    return n->parent == NONE || (j->nodes[n->parent].role == FCT_ROLE_INBOX && j->nodes[n->parent].parent == NONE);
}

static bool can_have_role(const struct job *j, const struct node *n)
{
    return n->listed != NONE && !(j->list[n->listed].attrs & FCT_MB_NOSELECT);
}

/* What the server says (the first of each role in its own order), then the names that people use, where only one has
 * it. */
static void roles_assign(struct job *j)
{
    size_t taken[32], guesses[32] = {0};

    for (size_t i = 0; i < 32; i++)
        taken[i] = NONE;
    for (size_t i = 0; i < j->n_nodes; i++) {
        if (strcmp(j->nodes[i].path, "INBOX") == 0 && can_have_role(j, &j->nodes[i]))
            taken[FCT_ROLE_INBOX] = i;
    }
    for (size_t i = 0; i < j->n_list; i++) {
        int role = j->list[i].role;
        if (role > FCT_ROLE_INBOX && role_name(role) && taken[role] == NONE && can_have_role(j, &j->nodes[j->alias[i]]))
            taken[role] = j->alias[i];
    }
    for (int role = 0; role < 32; role++) {
        if (taken[role] != NONE && j->nodes[taken[role]].role == FCT_ROLE_NONE)
            j->nodes[taken[role]].role = role;
    }
    for (int pass = 0; pass < 2; pass++) { /* count, then give */
        for (size_t i = 0; i < j->n_nodes; i++) {
            struct node *n = &j->nodes[i];
            if (n->role != FCT_ROLE_NONE || !can_have_role(j, n) || !is_usual_place(j, n))
                continue;
            int role = mailbox_name_role(last_level(n->path));
            if (role == FCT_ROLE_NONE || taken[role] != NONE)
                continue;
            if (pass == 0)
                guesses[role]++;
            else if (guesses[role] == 1)
                n->role = role;
        }
    }
}

/* ---- what is stored
 * ---------------------------------------------------------------------------------------------------- */

static int compare_row_ids(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

static struct row *row_by_id(const struct job *j, int64_t id)
{
    const struct row key = {.id = id};

    return id && j->n_rows ? bsearch(&key, j->rows, j->n_rows, sizeof(key), compare_row_ids) : NULL;
}

/* Fills in row->path, and those of its ancestors. The depth is bounded by how the tree was made. */
static const char *row_path(struct job *j, struct row *r, int depth)
{
    if (r->path)
        return r->path;
    struct row *parent = depth < 2 * MAILBOX_DEPTH_MAX ? row_by_id(j, r->parent_id) : NULL;
    const char *name = !parent && bytes_equal_nocase(bytes_str(r->name), bytes_str("INBOX")) ? "INBOX" : r->name;
    return r->path = parent ? xasprintf("%s%c%s", row_path(j, parent, depth + 1), LEVEL, r->name) : xstrdup(name);
}

static int rows_load(struct job *j, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        j->tx, "SELECT id, parent_id, name, remote_mailbox_id, wire_name, role, attrs, is_subscribed, total_emails "
               "FROM mailbox WHERE account_id = ?1");
    size_t cap = 0;
    int has_row;

    sqlite3_bind_int64(q, 1, j->account_id);
    while ((has_row = store_step(j->tx, q, err)) > 0) {
        if (j->n_rows == cap) {
            cap = cap ? 2 * cap : 64;
            j->rows = xreallocarray(j->rows, cap, sizeof(*j->rows));
        }
        const char *remote_id = store_text_or_null(q, 3);
        struct row *r = &j->rows[j->n_rows++];
        *r = (struct row){.id = sqlite3_column_int64(q, 0),
                          .parent_id = sqlite3_column_int64(q, 1),
                          .name = xstrdup(store_text(q, 2)),
                          .remote_id = remote_id ? xstrdup(remote_id) : NULL,
                          .role = sqlite3_column_int(q, 5),
                          .attrs = (uint32_t)sqlite3_column_int64(q, 6),
                          .is_subscribed = sqlite3_column_int(q, 7) != 0,
                          .total_emails = sqlite3_column_int64(q, 8)};
        if (sqlite3_column_bytes(q, 4) > 0)
            buf_add(&r->wire_name, sqlite3_column_blob(q, 4), (size_t)sqlite3_column_bytes(q, 4));
    }
    if (has_row < 0)
        return -1;
    if (j->n_rows > 0)
        qsort(j->rows, j->n_rows, sizeof(*j->rows), compare_row_ids);
    for (size_t i = 0; i < j->n_rows; i++)
        row_path(j, &j->rows[i], 0);
    return 0;
}

/* ---- which is which
 * ------------------------------------------------------------------------------------------------------ */

/* A row under one of its names. */
struct name {
    struct fct_bytes key;
    size_t row;
};

static int compare_names(const void *a, const void *b)
{
    const struct name *x = a, *y = b;

    return compare_wire(x->key, y->key);
}

enum name_kind { BY_REMOTE_ID, BY_WIRE_NAME, BY_PATH };

static struct fct_bytes row_name(const struct row *r, enum name_kind kind)
{
    return kind == BY_REMOTE_ID   ? bytes_str(r->remote_id)
           : kind == BY_WIRE_NAME ? buf_bytes(&r->wire_name)
                                  : bytes_str(r->path);
}

static struct fct_bytes node_name(const struct job *j, const struct node *n, enum name_kind kind)
{
    const struct store_remote_mailbox *m = n->listed == NONE ? NULL : &j->list[n->listed];

    if (kind == BY_PATH)
        return bytes_str(n->path);
    if (!m)
        return (struct fct_bytes){0};
    return kind == BY_REMOTE_ID ? bytes_str(m->mailbox_id) : m->wire_name;
}

/* A mailbox that was deleted and made again has its name, but another id (RFC 8474). */
static bool is_made_again(const struct job *j, const struct node *n, const struct row *r)
{
    const char *id = n->listed == NONE ? NULL : j->list[n->listed].mailbox_id;

    return id && r->remote_id && strcmp(id, r->remote_id) != 0;
}

/* Nodes without a row get the one of the same name. */
static void match_by(struct job *j, enum name_kind kind)
{
    CLEANUP(freep) struct name *names = xcalloc(j->n_rows + 1, sizeof(*names));
    size_t n = 0;

    for (size_t i = 0; i < j->n_rows; i++) {
        struct fct_bytes key = row_name(&j->rows[i], kind);
        if (!j->rows[i].is_used && key.n > 0)
            names[n++] = (struct name){key, i};
    }
    qsort(names, n, sizeof(*names), compare_names);
    for (size_t i = 0; i < j->n_nodes; i++) {
        const struct name key = {node_name(j, &j->nodes[i], kind), 0};
        if (j->nodes[i].row != NONE || key.key.n == 0)
            continue;
        const struct name *found = bsearch(&key, names, n, sizeof(key), compare_names);
        if (found && !j->rows[found->row].is_used && !is_made_again(j, &j->nodes[i], &j->rows[found->row])) {
            j->nodes[i].row = found->row;
            j->rows[found->row].is_used = true;
        }
    }
}

/* RFC 8474 ids survive a rename; then the server's name; then the place in the tree, for levels that were not listed
 * before, or are not any more. */
static void match(struct job *j)
{
    match_by(j, BY_REMOTE_ID);
    match_by(j, BY_WIRE_NAME);
    match_by(j, BY_PATH);
}

/* ---- writing
 * ------------------------------------------------------------------------------------------------------------ */

static int64_t parent_of(const struct job *j, const struct node *n)
{
    return n->parent == NONE ? 0 : j->nodes[n->parent].id;
}

/* The name as shown: the server's, for the inbox in its own spelling. */
static const char *name_of(const struct job *j, const struct node *n, struct buf *b)
{
    const char *inbox = n->parent == NONE && n->listed != NONE && strcmp(n->path, "INBOX") == 0
                            ? strcasestr(j->list[n->listed].name, "inbox")
                            : NULL;

    if (!inbox)
        return last_level(n->path);
    buf_add(b, inbox, strlen("inbox"));
    return buf_str(b);
}

static uint32_t attrs_of(const struct job *j, const struct node *n)
{
    uint32_t kept = n->row == NONE ? 0 : j->rows[n->row].attrs & ~(uint32_t)LISTED_ATTRS;

    return kept | (n->listed == NONE ? FCT_MB_NOSELECT | FCT_MB_HAS_CHILDREN : j->list[n->listed].attrs & LISTED_ATTRS);
}

static int insert_node(struct job *j, struct node *n, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf b = {0};
    const struct store_remote_mailbox *m = n->listed == NONE ? NULL : &j->list[n->listed];
    struct mailbox_row row = {
        .parent_id = parent_of(j, n), .name = name_of(j, n, &b), .role = n->role, .attrs = attrs_of(j, n)};

    row.is_subscribed = row.attrs & FCT_MB_SUBSCRIBED;
    if (m) {
        row.wire_name = m->wire_name;
        row.remote_mailbox_id = m->mailbox_id;
    }
    return mailbox_row_insert(j->tx, j->account_id, &row, &n->id, err);
}

static int update_node(struct job *j, const struct node *n, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf b = {0};
    const struct row *r = &j->rows[n->row];
    const struct store_remote_mailbox *m = n->listed == NONE ? NULL : &j->list[n->listed];
    const char *name = name_of(j, n, &b), *remote_id = m && m->mailbox_id ? m->mailbox_id : m ? r->remote_id : NULL;
    struct fct_bytes wire = m ? m->wire_name : (struct fct_bytes){0};
    int64_t parent_id = parent_of(j, n);
    uint32_t attrs = attrs_of(j, n);

    bool is_shown_same =
        parent_id == r->parent_id && strcmp(name, r->name) == 0 && n->role == r->role && attrs == r->attrs;
    bool is_same = is_shown_same && compare_wire(wire, buf_bytes(&r->wire_name)) == 0 &&
                   compare_wire(bytes_str(remote_id), bytes_str(r->remote_id)) == 0;
    if (is_same)
        return 0;
    sqlite3_stmt *q =
        store_stmt(j->tx, "UPDATE mailbox SET parent_id = ?2, name = ?3, role = ?4, attrs = ?5, is_subscribed = ?6, "
                          "wire_name = ?7, remote_mailbox_id = ?8, updated_modseq = ifnull(?9, updated_modseq), "
                          "props_modseq = ifnull(?9, props_modseq) WHERE id = ?1");
    sqlite3_bind_int64(q, 1, r->id);
    if (parent_id != 0)
        sqlite3_bind_int64(q, 2, parent_id);
    bind_text(q, 3, name);
    sqlite3_bind_int(q, 4, n->role);
    sqlite3_bind_int64(q, 5, attrs);
    sqlite3_bind_int(q, 6, (attrs & FCT_MB_SUBSCRIBED) != 0);
    if (m)
        sqlite3_bind_blob64(q, 7, wire.p, wire.n, SQLITE_STATIC);
    bind_text(q, 8, remote_id);
    if (!is_shown_same)
        sqlite3_bind_int64(q, 9, store_tx_bump(j->tx, j->account_id, STORE_MAILBOX));
    return store_run_one(j->tx, q, err);
}

/* Names and roles that change are taken away first: two mailboxes may have swapped theirs. */
static int step_aside(struct job *j, const struct node *n, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf b = {0};
    const struct row *r = &j->rows[n->row];
    int64_t parent_id = n->parent == NONE                 ? 0
                        : j->nodes[n->parent].row == NONE ? -1
                                                          : j->rows[j->nodes[n->parent].row].id;

    if (parent_id == r->parent_id && n->role == r->role && strcmp(name_of(j, n, &b), r->name) == 0)
        return 0;
    sqlite3_stmt *q = store_stmt(j->tx, "UPDATE mailbox SET name = char(1) || id, role = 0 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, r->id);
    return store_run_one(j->tx, q, err);
}

/* If more mail shall go than one job should take away, takes some of it and returns 1; else nothing is done. */
static int retire_some(struct job *j, struct counters *c, struct fct_error *err)
{
    int64_t total = 0;
    size_t gone = 0;

    for (size_t i = 0; i < j->n_nodes; i++) {
        if (j->nodes[i].row != NONE && j->nodes[i].listed != NONE)
            j->rows[j->nodes[i].row].total_emails = 0; /* they stay */
    }
    for (size_t i = 0; i < j->n_rows; i++)
        total += j->rows[i].total_emails;
    if (total <= RETIRE_AT_ONCE)
        return 0;
    for (size_t i = 0; i < j->n_rows && gone < RETIRE_AT_ONCE; i++) {
        size_t n = 0;
        if (j->rows[i].total_emails == 0)
            continue;
        /* It may be listed again before all has gone: then everything is compared. */
        if (placements_leave_some(c, j->rows[i].id, RETIRE_AT_ONCE - gone, &n, err) < 0 ||
            store_mailbox_incomplete(j->tx, j->rows[i].id, err) < 0)
            return -1;
        gone += n;
    }
    if (counters_flush(c, err) < 0)
        return -1;
    return gone > 0 ? 1 : 0;
}

/* Rows that no node has, and the content of mailboxes that are only levels of the tree now. */
static int retire(struct job *j, struct counters *c, struct fct_error *err)
{
    for (size_t i = 0; i < j->n_rows; i++) {
        if (!j->rows[i].is_used && mailbox_row_remove(c, j->rows[i].id, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < j->n_nodes; i++) {
        const struct node *n = &j->nodes[i];
        if (n->listed == NONE && n->row != NONE && j->rows[n->row].wire_name.n > 0 &&
            (mailbox_empty(c, n->id, err) < 0 || store_mailbox_forget_uids(j->tx, n->id, err) < 0))
            return -1;
    }
    return counters_flush(c, err);
}

static int write_nodes(struct job *j, struct fct_error *err)
{
    for (size_t i = 0; i < j->n_nodes; i++) {
        if (j->nodes[i].row != NONE && step_aside(j, &j->nodes[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < j->n_nodes; i++) { /* parents first */
        struct node *n = &j->nodes[i];
        if (n->row == NONE ? insert_node(j, n, err) < 0 : update_node(j, n, err) < 0)
            return -1;
    }
    return 0;
}

int store_mailboxes_listed(struct store_tx *tx, int64_t account_id, struct store_remote_mailbox *list, size_t n,
                           struct fct_error *err)
{
    CLEANUP(job_done) struct job j = {.tx = tx, .account_id = account_id, .list = list, .n_list = n};
    CLEANUP(counters_done) struct counters c = {0};
    int64_t trash = 0;

    if (n == 0) /* there is always an INBOX: an empty answer shall not throw everything away */
        return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "the server lists no mailbox at all");
    if (n > MAILBOXES_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the server lists more than %d mailboxes", MAILBOXES_MAX);
    nodes_make(&j);
    if (j.n_nodes > 2 * MAILBOXES_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the server's mailboxes have more than %d levels",
                        2 * MAILBOXES_MAX);
    roles_assign(&j);
    if (rows_load(&j, err) < 0 || counters_init(&c, tx, account_id, err) < 0)
        return -1;
    match(&j);
    for (size_t i = 0; i < j.n_nodes; i++) {
        if (j.nodes[i].row != NONE)
            j.nodes[i].id = j.rows[j.nodes[i].row].id;
    }
    int has_more = retire_some(&j, &c, err);
    if (has_more != 0)
        return has_more;
    int64_t old_trash = c.trash;
    if (retire(&j, &c, err) < 0 || write_nodes(&j, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        list[i].id = j.nodes[j.alias[i]].id;
    if (store_mailbox_by_role(tx, account_id, FCT_ROLE_TRASH, &trash, err) < 0)
        return -1;
    return trash != old_trash ? store_counters_rebuild(tx, account_id, err) : 0;
}

/* ---- after a mailbox was visited
 * ---------------------------------------------------------------------------------------- */

int store_mailbox_synced(struct store_tx *tx, int64_t id, const struct fct_mailbox_status *status, bool complete,
                         struct fct_error *err)
{
    const uint32_t selected = FCT_MB_READ_ONLY | FCT_MB_NO_KEYWORDS;
    CLEANUP(store_mailbox_done) struct store_mailbox m = {0};
    CLEANUP(freep)
    char *remote_id = status->mailbox_id.n > 0 ? xstrndup(status->mailbox_id.p, status->mailbox_id.n) : NULL;

    if (store_mailbox_load(tx, id, &m, err) < 0)
        return -1;
    uint32_t attrs = (m.attrs & ~selected) | (status->attrs & selected);
    /* Of a visit that was cut short only the UIDVALIDITY is kept: what changed since the last complete one is asked for
     * again. */
    sqlite3_stmt *q = store_stmt(
        tx, "UPDATE mailbox SET uidvalidity = CASE WHEN ?2 THEN ?2 ELSE uidvalidity END, is_complete = ?3, "
            "uidnext = CASE WHEN ?3 THEN ?4 ELSE uidnext END, "
            "highest_modseq = CASE WHEN ?3 THEN ?5 ELSE highest_modseq END, "
            "remote_messages = CASE WHEN ?3 THEN ?6 ELSE remote_messages END, attrs = ?7, "
            "remote_mailbox_id = ifnull(?8, remote_mailbox_id), updated_modseq = ifnull(?9, updated_modseq), "
            "props_modseq = ifnull(?9, props_modseq) WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, status->uidvalidity);
    sqlite3_bind_int(q, 3, complete);
    sqlite3_bind_int64(q, 4, (int64_t)status->uidnext);
    sqlite3_bind_int64(q, 5, (int64_t)status->modseq);
    sqlite3_bind_int64(q, 6, status->messages);
    sqlite3_bind_int64(q, 7, attrs);
    bind_text(q, 8, remote_id);
    if (attrs != m.attrs) /* they decide on myRights */
        sqlite3_bind_int64(q, 9, store_tx_bump(tx, m.account_id, STORE_MAILBOX));
    return store_run_one(tx, q, err);
}

int store_mailbox_incomplete(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE mailbox SET is_complete = 0 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    return store_run_one(tx, q, err);
}
