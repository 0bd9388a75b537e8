/* fake_source.h - a mail server in memory behind the plugin ABI, with as many extensions as a test wants.
 *
 * It keeps messages by UID with flags and modseqs, counts what it is asked, and can fail at a chosen call. */
#ifndef TESTS_FAKE_SOURCE_H
#define TESTS_FAKE_SOURCE_H

#include <facteur/plugin.h>

#define FAKE_MESSAGES_MAX 4096
#define FAKE_MAILBOXES_MAX 8 /* also of those that were deleted */

struct fake_message {
    uint64_t uid, modseq;
    uint32_t flags;
    char keywords[32];
    unsigned body; /* which text it is: equal numbers are equal bytes */
    int64_t date;  /* INTERNALDATE; 0: one near the others */
    bool is_gone, is_withheld; /* withheld: listed and never given */
};

struct fake_mailbox {
    const char *name; /* also on the wire; NULL: it was deleted */
    char own_name[48]; /* where one that was made or renamed has it */
    bool is_unsubscribed;
    const char *id; /* RFC 8474; NULL: none */
    uint32_t role, uidvalidity;
    uint64_t uidnext, modseq;
    struct fake_message m[FAKE_MESSAGES_MAX];
    size_t n;
    bool refuses_select;
    int select_code; /* with which error; 0: FCT_E_SERVER */
};

struct fake_server {
    uint32_t can;
    struct fake_mailbox box[FAKE_MAILBOXES_MAX];
    size_t n_boxes;
    struct fake_mailbox *selected;
    /* what a select with QRESYNC needs: the modseq at which each message went */
    struct {
        struct fake_mailbox *box;
        uint64_t uid, modseq;
    } gone[FAKE_MESSAGES_MAX];
    size_t n_gone;
    unsigned headers_given;
    unsigned selects, listings, fetches, messages_given, stores, idles, copies, moves, appends, expunges, mailbox_commands;
    bool tells_no_uids;          /* no UIDPLUS: neither COPYUID nor APPENDUID */
    bool lies_about_uids;        /* COPYUID names a message that was there before */
    bool tells_only_ids;         /* listings have no header fields, by which a message could be known */
    bool tells_no_details;       /* listings give UIDs and flags only */
    bool loses_answers;          /* the next COPY, MOVE, APPEND or EXPUNGE is done, and the connection breaks before the answer */
    bool loses_commands;         /* or before it is done */
    bool marks_only;             /* the next EXPUNGE gets as far as \Deleted, and the connection breaks */
    int refuses_copies, refuses_appends, refuses_expunges; /* with this enum fct_code */
    int refusal_retry;
    const char *refuses_to;      /* copies and appends to this mailbox only; NULL: to any */
    unsigned fail_after_messages; /* the connection breaks after so many messages; 0: never */
    bool refuses_stores;
    int store_code, store_retry; /* with which error; 0: FCT_E_SERVER, FCT_RETRY_NEVER */
    uint64_t poison_uid, poison_suspect; /* the connection breaks when it comes to this message; which one is suspected then, 0: that one */
    unsigned poison_fetches;     /* how often that was */
    bool poisons_headers;        /* when only its header is asked for, too */
    bool is_broken;
    unsigned short_listings;     /* so many listings end after `short_length` messages */
    size_t short_length;
    struct fct_mailbox_status stale; /* what a listing says of the selected mailbox, with its news beside it; size 0: the truth */
    bool lists_no_status;        /* whatever `can` says */
    uint64_t tells_flags_of;     /* a message of the selected mailbox, said in the next IDLE; 0: none */
    unsigned refused_fetches;    /* so many are answered with NO */
    void (*meanwhile)(void *ctx); /* called before each command is carried out, and before its answer is given */
    void *meanwhile_ctx;
    void (*in_fetch)(struct fake_server *s, const struct fct_sink *sink); /* called once, before the first message */
};

extern const struct fct_source fake_source;
extern const struct fct_source fake_source_one_by_one; /* of somebody who knows no append_many */

/* The names below it and its UIDVALIDITY are the caller's business: all have the same when added. */
struct fake_mailbox *fake_add_mailbox(struct fake_server *s, const char *name, uint32_t role);
uint64_t fake_deliver(struct fake_mailbox *b, unsigned body, uint32_t flags);
/* A copy as COPY makes it: with flags, keywords and date. */
uint64_t fake_copy(struct fake_mailbox *to, const struct fake_message *m);
void fake_set_flags(struct fake_mailbox *b, uint64_t uid, uint32_t flags, const char *keywords);
struct fake_mailbox *fake_find(struct fake_server *s, const char *name);
/* With those below it, as another program would. */
void fake_rename_mailbox(struct fake_server *s, const char *from, const char *to);
void fake_remove_mailbox(struct fake_server *s, const char *name);
void fake_remove(struct fake_server *s, struct fake_mailbox *b, uint64_t uid);
struct fct_mailbox_status fake_status(const struct fake_server *s, const struct fake_mailbox *b);
size_t fake_count(const struct fake_mailbox *b);
/* Prints what happens, for people, when FACTEUR_TRACE is set. */
void fake_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The bytes of a body number, in a buffer that the next call overwrites. */
struct fct_bytes fake_body(unsigned body);

#endif
