/* mailbox_listing.h - a listing on its way into the tree of an account. Internal to core/store.
 *
 *   mailbox_list.c    from the listing to nodes, and which of the stored mailboxes each of them is
 *   mailbox_shown.c   where each mailbox is shown: at the server's place, or where a waiting wish has it
 *   mailbox_write.c   what differs is written
 *
 * Threads    the writer.
 */
#ifndef STORE_MAILBOX_LISTING_H
#define STORE_MAILBOX_LISTING_H

#include "store/mailbox_journal.h"

/* Between the levels of a path in here. No cleaned name holds a control character, and none sorts before it, so that
 * paths in order of their bytes have each mailbox right before what is below it. */
#define LISTING_LEVEL '\1'
#define NONE SIZE_MAX

#define LISTED_ATTRS \
    (FCT_MB_NOSELECT | FCT_MB_NOINFERIORS | FCT_MB_SUBSCRIBED | FCT_MB_HAS_CHILDREN) /* the rest: once selected */

/* A mailbox of the tree that the server has. */
struct node {
    char *path;    /* cleaned levels */
    size_t parent; /* node, NONE: top */
    size_t listed; /* entry of the listing, NONE: a level that the server does not list */
    size_t row;    /* what it was before, NONE: new */
    size_t item;   /* how it is shown, NONE: not at all */
    int role;
    bool is_renamed; /* by a command of ours whose answer was lost, or what is above it was */
    int64_t id;
};

/* A mailbox as it is stored. */
struct row {
    int64_t id, parent_id;
    char *name, *path, *remote_id, *full_name;
    struct buf wire_name;
    uint32_t delimiter;
    int role, own_role; /* own_role -1: none */
    uint32_t attrs, uidvalidity;
    uint64_t uidnext;
    int64_t messages;
    bool is_subscribed, is_complete, is_gone, is_hidden;
    int64_t gone_at; /* seconds; 0: it is listed */
    struct wish_row wish;
    size_t node, item; /* NONE: no node is this mailbox; it is not shown */
    size_t comes_back; /* the node that a hidden one is shown at again */
};

enum item_kind {
    ITEM_SERVERS, /* as the server has it */
    ITEM_WISHED,  /* on the server, and to be renamed */
    ITEM_MADE,    /* made here, not on the server yet */
    ITEM_GONE     /* was on the server, and is not listed any more */
};

/* A mailbox as it is shown. */
struct item {
    enum item_kind kind;
    size_t node, row; /* NONE: none */
    size_t parent;    /* item, NONE: top */
    const char *name; /* the node's, the row's or `own` */
    char *own;
    size_t merged_into; /* another item is the same mailbox, NONE */
};

struct listing_job {
    struct store_tx *tx;
    int64_t account_id;
    struct store_remote_mailbox *list;
    size_t n_list;
    size_t *alias; /* for each entry of the list: its node */
    struct node *nodes;
    size_t n_nodes, cap_nodes;
    struct row *rows; /* by id */
    size_t n_rows;
    struct item *items;
    size_t n_items;
};

static inline const char *listing_last_level(const char *path)
{
    const char *at = strrchr(path, LISTING_LEVEL);

    return at ? at + 1 : path;
}

static inline const struct store_remote_mailbox *listing_entry(const struct listing_job *j, const struct node *n)
{
    return n->listed == NONE ? NULL : &j->list[n->listed];
}

/* The order of bytes. */
int listing_compare_names(struct fct_bytes x, struct fct_bytes y);
/* Two mailboxes that would look the same: the second shows a mark that stays the same. Freed by the caller. */
char *listing_marked(const char *path, struct fct_bytes by);
struct row *listing_row(const struct listing_job *j, int64_t id);
/* The name as shown: the server's, for the inbox in its own spelling. `b` is room for it. */
const char *listing_node_name(const struct listing_job *j, const struct node *n, struct buf *b);

/* Fills in the items: no two of them at one place, none below itself. Wishes that cannot be are given up, with a
 * notice. */
int listing_show(struct listing_job *j, struct fct_error *err);
/* The item that stands for it, whatever it was merged into. */
size_t listing_item(const struct listing_job *j, size_t item);

/* Writes rows and wishes; every node gets its id. */
int listing_write(struct listing_job *j, struct counters *c, struct fct_error *err);
/* Whether there would be nothing to write. Only where no row has a wish or is hidden. Every node gets its id. */
bool listing_is_written(struct listing_job *j);

#endif
