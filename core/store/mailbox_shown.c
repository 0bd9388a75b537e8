/* Where mailboxes are shown: at the server's place, or where a waiting wish has them. */
#include "store/mailbox_listing.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/mailbox_rows.h"
#include "store/refusals.h"

#define ROUNDS_MAX \
    16 /* of one conflict that follows from another: then all wishes are given up that stand in each other's way */

size_t listing_item(const struct listing_job *j, size_t item)
{
    while (item != NONE && j->items[item].merged_into != NONE)
        item = j->items[item].merged_into;
    return item;
}

/* ---- the items ---- */

static struct item *item_add(struct listing_job *j, enum item_kind kind, size_t node, size_t row)
{
    struct item *it = &j->items[j->n_items];

    *it = (struct item){.kind = kind, .node = node, .row = row, .parent = NONE, .merged_into = NONE};
    if (node != NONE)
        j->nodes[node].item = j->n_items;
    if (row != NONE)
        j->rows[row].item = j->n_items;
    j->n_items++;
    return it;
}

static bool is_deleted_here(const struct listing_job *j, const struct node *n)
{
    return n->row != NONE && j->rows[n->row].is_hidden;
}

/* A mailbox that was deleted here is shown again when the server has something below it that was not, or when it did
 * not let it be deleted. It is another one then: that the old one is gone has been told. */
static void bring_back(struct listing_job *j)
{
    CLEANUP(freep) bool *has_shown = xcalloc(j->n_nodes + 1, sizeof(*has_shown));

    for (size_t i = j->n_nodes; i-- > 0;) { /* children before parents */
        struct node *n = &j->nodes[i];
        if (is_deleted_here(j, n) && (has_shown[i] || !(j->rows[n->row].wish.what & STORE_WISH_DELETE))) {
            j->rows[n->row].comes_back = i;
            n->row = NONE;
        }
        if (!is_deleted_here(j, n) && n->parent != NONE)
            has_shown[n->parent] = true;
    }
}

static void items_make(struct listing_job *j)
{
    j->items = xcalloc(j->n_nodes + j->n_rows + 1, sizeof(*j->items));
    for (size_t i = 0; i < j->n_nodes; i++) {
        const struct node *n = &j->nodes[i];
        if (is_deleted_here(j, n))
            continue;
        int what = n->row == NONE ? 0 : j->rows[n->row].wish.what;
        bool is_wished = n->listed != NONE && what & (STORE_WISH_MAKE | STORE_WISH_RENAME);
        item_add(j, is_wished ? ITEM_WISHED : ITEM_SERVERS, i, n->row);
    }
    for (size_t i = 0; i < j->n_rows; i++) {
        const struct row *r = &j->rows[i];
        if (r->node == NONE && !r->is_hidden)
            item_add(j, r->wish.what & STORE_WISH_MAKE ? ITEM_MADE : ITEM_GONE, NONE, i);
    }
}

static size_t item_of_row(const struct listing_job *j, int64_t id)
{
    const struct row *r = listing_row(j, id);

    return r ? listing_item(j, r->item) : NONE;
}

/* The server's place. */
static void put_there(struct listing_job *j, struct item *it)
{
    const struct node *n = &j->nodes[it->node];
    CLEANUP(buf_done) struct buf b = {0};

    it->kind = ITEM_SERVERS;
    it->parent = n->parent == NONE ? NONE : listing_item(j, j->nodes[n->parent].item);
    free(it->own);
    it->own = xstrdup(listing_node_name(j, n, &b));
    it->name = it->own;
}

/* The place that it has. */
static void keep_here(struct listing_job *j, struct item *it)
{
    it->parent = item_of_row(j, j->rows[it->row].parent_id);
    it->name = j->rows[it->row].name;
}

/* ---- conflicts ---- */

static int give_up(struct listing_job *j, struct item *it, const char *why, struct fct_error *err)
{
    struct row *r = &j->rows[it->row];
    CLEANUP(freep)
    char *text = xasprintf("the mailbox \"%.200s\" has the server's name again, \"%.200s\": %s", r->name,
                           listing_last_level(j->nodes[it->node].path), why);

    put_there(j, it);
    return store_notice_add(j->tx, j->account_id, NOTICE_MAILBOX_RENAME, r->id, 0, text, NULL, err);
}

static bool is_below_itself(const struct listing_job *j, size_t at)
{
    size_t up = j->items[at].parent;

    for (int depth = 0; up != NONE && depth < 2 * MAILBOX_DEPTH_MAX; depth++) {
        if (up == at)
            return true;
        up = j->items[up].parent;
    }
    return up != NONE; /* deeper than anything here can be: a loop further up */
}

static int break_loops(struct listing_job *j, bool *out_changed, struct fct_error *err)
{
    for (size_t i = 0; i < j->n_items; i++) {
        struct item *it = &j->items[i];
        if (it->kind != ITEM_WISHED || it->merged_into != NONE || !is_below_itself(j, i))
            continue;
        *out_changed = true;
        if (give_up(j, it, "there it was moved above the mailbox that it was moved below here", err) < 0)
            return -1;
    }
    return 0;
}

struct place {
    size_t parent, item;
    const char *name;
    enum item_kind kind;
};

/* At one place those come first that stay. */
static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    int c = strcmp(x->name, y->name);
    if (c == 0)
        c = (int)x->kind - (int)y->kind;
    return c ? c : (x->item > y->item) - (x->item < y->item);
}

/* It is made on both sides: one mailbox. */
static void merge(struct listing_job *j, size_t made, size_t theirs)
{
    struct item *a = &j->items[made], *b = &j->items[theirs];

    a->merged_into = theirs;
    b->row = a->row;
    j->nodes[b->node].row = a->row;
    j->rows[a->row].node = b->node;
    j->rows[a->row].item = theirs;
}

/* By what the server calls it, or else by its id: the same with each listing. */
static void mark(struct listing_job *j, struct item *it)
{
    const struct store_remote_mailbox *m = it->node == NONE ? NULL : listing_entry(j, &j->nodes[it->node]);
    char key[24];

    snprintf(key, sizeof(key), "%lld", it->row == NONE ? 0LL : (long long)j->rows[it->row].id);
    char *name = listing_marked(it->name, m ? m->wire_name : bytes_str(key));
    free(it->own);
    it->own = name;
    it->name = name;
}

/* `first` has the place that `other` would have, too. */
static int settle(struct listing_job *j, size_t first, size_t other, struct fct_error *err)
{
    struct item *stays = &j->items[first], *goes = &j->items[other];

    if (goes->kind == ITEM_WISHED)
        return give_up(j, goes, "another mailbox has the name that it was given here", err);
    if (goes->kind == ITEM_MADE && stays->kind == ITEM_SERVERS && stays->row == NONE && stays->node != NONE &&
        j->nodes[stays->node].listed != NONE) {
        merge(j, other, first);
        return 0;
    }
    mark(j, goes);
    return 0;
}

static int part_them(struct listing_job *j, bool *out_changed, struct fct_error *err)
{
    CLEANUP(freep) struct place *places = xcalloc(j->n_items + 1, sizeof(*places));
    size_t n = 0, first = 0;

    for (size_t i = 0; i < j->n_items; i++) {
        const struct item *it = &j->items[i];
        if (it->merged_into == NONE)
            places[n++] = (struct place){it->parent, i, it->name, it->kind};
    }
    qsort(places, n, sizeof(*places), compare_places);
    for (size_t i = 1; i < n; i++) {
        if (places[i].parent != places[first].parent || strcmp(places[i].name, places[first].name) != 0) {
            first = i;
            continue;
        }
        *out_changed = true;
        if (settle(j, places[first].item, places[i].item, err) < 0)
            return -1;
    }
    return 0;
}

static int give_up_all(struct listing_job *j, struct fct_error *err)
{
    for (size_t i = 0; i < j->n_items; i++) {
        struct item *it = &j->items[i];
        if (it->kind == ITEM_WISHED && it->merged_into == NONE &&
            give_up(j, it, "too many names stand in each other's way", err) < 0)
            return -1;
    }
    return 0;
}

int listing_show(struct listing_job *j, struct fct_error *err)
{
    bool has_changed = true;

    bring_back(j);
    items_make(j);
    for (size_t i = 0; i < j->n_items; i++) {
        struct item *it = &j->items[i];
        if (it->kind == ITEM_SERVERS)
            put_there(j, it);
        else
            keep_here(j, it);
    }
    for (int round = 0; has_changed; round++) {
        has_changed = false;
        for (size_t i = 0; i < j->n_items; i++)
            j->items[i].parent = listing_item(j, j->items[i].parent);
        if (round == ROUNDS_MAX && give_up_all(j, err) < 0)
            return -1;
        if (break_loops(j, &has_changed, err) < 0 || part_them(j, &has_changed, err) < 0)
            return -1;
        if (round > 2 * ROUNDS_MAX)
            return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_LATER, "the mailboxes cannot be brought into one tree");
    }
    return 0;
}
