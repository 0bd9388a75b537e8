/* fake_tree.h - a server in memory that is about mailboxes: made, renamed with all that is below them, deleted, subscribed.
 *
 * It writes down each command that changes something ("CREATE a", "RENAME a b"), and can refuse it, or lose the connection before or
 * after it did it. Wire names are "=" and the name. */
#ifndef TESTS_FAKE_TREE_H
#define TESTS_FAKE_TREE_H

#include <facteur/plugin.h>

struct fake_tree_message {
    uint64_t uid;
    unsigned body; /* fake_body */
};

struct fake_tree_mailbox {
    char *name; /* NULL: a free slot */
    char *id;   /* RFC 8474, or NULL */
    uint32_t role, uidvalidity, attrs;
    uint64_t uidnext;
    bool is_subscribed;
    struct fake_tree_message m[8];
    size_t n;
};

enum fake_tree_break { TREE_WORKS, TREE_BREAKS_BEFORE, TREE_BREAKS_AFTER };

struct fake_tree_server {
    uint32_t can;
    struct fake_tree_mailbox *box;
    size_t n_boxes, cap_boxes;
    struct fake_tree_mailbox *selected;
    uint32_t next_uidvalidity;
    bool has_ids, has_no_wire_names, hides_status, has_no_levels;
    char left_behind[1024];    /* "A; A/b; ": subscriptions to names that our renames have left */
    char log[8192];            /* "CREATE a; RENAME a b; " */
    unsigned listings, statuses, selects, fetched, commands;
    unsigned break_at;         /* the how-manieth command (from 1) */
    enum fake_tree_break how;
    const char *refuses;       /* a command of the log is answered with an error */
    int refuse_code, refuse_retry;
};

extern const struct fct_source fake_tree_source;
/* The same, as an older plugin would have it. */
extern const struct fct_source fake_tree_source_v1;

struct fake_tree_mailbox *fake_tree_add(struct fake_tree_server *s, const char *name);
struct fake_tree_mailbox *fake_tree_find(struct fake_tree_server *s, const char *name);
uint64_t fake_tree_deliver(struct fake_tree_mailbox *b, unsigned body);
void fake_tree_remove(struct fake_tree_server *s, const char *name);
/* As another program would. */
void fake_tree_rename(struct fake_tree_server *s, const char *from, const char *to);
void fake_tree_done(struct fake_tree_server *s);

#endif
