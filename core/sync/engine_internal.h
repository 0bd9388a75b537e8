/* engine_internal.h - what the files of the engine share: engine.c (passes), mailbox.c (one mailbox), upload.c. */
#ifndef SYNC_ENGINE_INTERNAL_H
#define SYNC_ENGINE_INTERNAL_H

#include "store/keep.h"
#include "store/mailboxes.h"
#include "store/stubborn.h"
#include "sync/compare.h"
#include "sync/engine.h"

#define SYNC_MAILBOXES_MAX 100000 /* what a server may list */

/* A mailbox as the server listed it. */
struct listed_mailbox {
    char *name, *mailbox_id;
    struct buf wire_name;
    struct fct_mailbox_status status;
    uint32_t delimiter, attrs;
    int role;
    bool has_status;
    int64_t id;                 /* its row, once written down */
};

/* What a mailbox has lost, and the end of its visit, put off until the other mailboxes of the pass were visited: it may have been
 * moved there. */
struct later {
    int64_t mailbox_id;
    struct uid_ranges vanished;
    uint64_t n_here;            /* messages of these that are here */
    struct listing marked;      /* that got \Deleted: what was copied elsewhere by then is moved */
    bool is_visited;            /* the rest is known */
    bool complete, was_incomplete;
    uint64_t sent;              /* what had been sent when it was selected */
    struct fct_mailbox_status status;
};

/* What is to be fetched, newest first. */
struct fetch_list {
    struct uid_ranges r;
    struct buf headers; /* a byte for each range: 1: only the headers */
    uint64_t n_messages;
};
void fetch_list_done(struct fetch_list *l);
void fetch_list_add(struct fetch_list *l, uint64_t uid, bool is_header);

struct sightings;

/* What the server said of mailboxes without being in them. */
struct heard {
    struct buf wire_name;
    struct fct_mailbox_status status;
    bool is_blank;              /* that it is there, and no more */
};
struct hearing {
    struct heard *v;
    size_t n, cap;
};

struct sync_prompt;

struct sync_engine {
    struct sync_options o;
    struct fct_sink sink;       /* where the source delivers */
    struct ingest *ingest;
    struct sync_progress progress;
    struct sync_report report;

    /* The listing of mailboxes under way. */
    struct listed_mailbox *listed;
    size_t n_listed, cap_listed, status_hint;
    bool is_listing;            /* what is said of mailboxes belongs to it; else it is heard */

    struct hearing hears, heard; /* since the last look; at the last poll, by name */
    size_t poll_at;             /* the mailbox with which the next poll begins */
    bool is_polling;            /* the answers to a poll are expected */
    bool is_told;               /* the server has told of other mailboxes by itself */
    bool must_ask;              /* it said that something has changed there, and not what */
    bool lists_blank;           /* the server lists without statuses, whatever it promises */

    /* The selected mailbox, and what the server said about it that is not applied yet. */
    int64_t selected;           /* mailbox id, 0: none */
    struct fct_mailbox_status status;
    struct listing news;
    struct uid_ranges vanished;
    bool has_count;
    uint64_t count;             /* messages in the mailbox, by EXISTS and what vanished since */
    bool has_new;               /* EXISTS grew */
    uint64_t told_modseq;       /* the highest modseq that it told of a message there; 0: none */
    int64_t told_of;            /* the mailbox whose flags, if any are told now, are applied by prompt.c; 0: none */
    uint32_t told_uidvalidity;  /* of the mailbox that is being opened */
    bool is_relinking;          /* the mailbox was not complete before: UIDs may have been forgotten */
    bool is_renumbered;         /* they were, just now */
    struct sightings *sightings; /* where the details go that the source is asked for, or NULL */

    uint64_t sent;              /* commands that move, copy, append or remove messages; and when the mailbox was selected */
    uint64_t sent_before;
    int64_t pass_began;         /* seconds */
    bool has_more_to_visit;     /* in a pass: what went may be found elsewhere */
    bool is_in_pass;
    bool must_know_growth;      /* the mailboxes are listed to learn to which something came */
    bool needs_pass;            /* outside of one: something went, only a pass can tell where to */
    struct later *later;
    size_t n_later;
    uint64_t missing;           /* listed, asked for and not given */
    bool needs_relist;          /* something came that only a listing can explain */

    struct sync_prompt *prompt; /* applies flags while the source still waits; NULL: nothing to apply */
    struct keep_rules rules;    /* how much is kept, as it was at the last pass */
    struct keep_work {          /* what is made of a change of them (keep.c) */
        enum { KEEP_DONE, KEEP_FETCHES, KEEP_RELEASES } step;
        int64_t before, before_id, after;
        uint64_t due_ms;        /* on the clock of wait_now_ms; 0: at once */
        uint64_t fetched, released;
    } keep;
    bool is_serving;

    bool is_waiting;            /* sync_watch waits for the server or a nudge */
    bool sink_failed;           /* the core could not take what the source gave: the session is over */
    bool is_refusal;            /* the last failure is the server's answer; the session goes on */
    bool is_listed;             /* the mailboxes were listed in this pass, and the store knows */
    bool must_repeat;           /* a mailbox is shown again whose messages are not here */
    bool has_finished;          /* what was being destroyed when the program ended was looked for */
    struct fct_mailbox_status *asked_status; /* where the answer about one mailbox goes, NULL: to the listing */
    struct fct_bytes asked_name;             /* that mailbox */
    int64_t *waiting_mailboxes; /* that the server does not make, rename, delete now: not before the next pass. A hash table, 0: free */
    size_t n_waiting_mailboxes, cap_waiting_mailboxes;
    int64_t *set_aside;         /* mailboxes whose changes the server does not take now: not before the next pass */
    size_t n_set_aside;
};

/* What a function of the source returned, passed on. Notes whether a failure ends the session or is a refusal that concerns
 * what was asked for alone (facteur/plugin.h at struct fct_source). `err` is not NULL. */
int sync_asked(struct sync_engine *e, int result, const struct fct_error *err);
/* Whether after an error of the source with this code the session can only be closed. */
bool sync_ends_session(int code);
/* Brings one mailbox in step. A refusal of the server concerns this mailbox alone: it is logged, *out_refused is set and 0
 * returned. */
int sync_visit(struct sync_engine *e, const struct store_mailbox *mb, bool *out_refused, struct fct_error *err);

/* What the server said about the selected mailbox is forgotten (a new mailbox is selected). */
void sync_forget_news(struct sync_engine *e);
/* Selects one mailbox and brings it in step. `err` is not NULL, here and below. */
int sync_mailbox(struct sync_engine *e, const struct store_mailbox *mb, struct fct_error *err);
/* Applies flags and vanished UIDs that came for the selected mailbox on their own. */
int sync_apply_news(struct sync_engine *e, bool *out_changed, struct fct_error *err);
/* Brings down the messages that came to the selected mailbox since it was brought in step. */
int sync_fetch_new(struct sync_engine *e, struct fct_error *err);
/* Tells the server which mailboxes were made, renamed, deleted, subscribed here. In a pass after they were listed; else it lists them
 * first, if anything waits. */
int sync_upload_mailboxes(struct sync_engine *e, struct fct_error *err);
/* What the server refused for now may be sent again. */
void sync_try_mailboxes_again(struct sync_engine *e);
/* Lists the mailboxes once more and writes them down. */
int sync_list_again(struct sync_engine *e, struct fct_error *err);
/* Selects the inbox, unless nothing is selected: servers differ in what becomes of a selected mailbox that is renamed or deleted.
 * Afterwards no mailbox counts as visited. */
int sync_leave_selected(struct sync_engine *e, struct fct_error *err);
/* Sends the changes that wait for one mailbox, which is selected. */
int sync_upload_mailbox(struct sync_engine *e, int64_t mailbox_id, struct fct_error *err);
/* Selects a mailbox unless it is selected; news are kept for sync_apply_news. */
int sync_select(struct sync_engine *e, const struct store_mailbox *mb, const struct fct_known *known, bool *out_caught_up, struct fct_error *err);
/* A mailbox was renumbered: its UIDs are forgotten, all but what store_mailbox_forget_uids is left to do. */
int sync_forget_uids(struct sync_engine *e, int64_t mailbox_id, struct fct_error *err);
/* What of a mailbox is here, ascending by UID: read on a reader. The caller sets mailbox_id. */
struct local_uids {
    int64_t mailbox_id;
    struct store_uid_flags *v;
    size_t n;
};
int sync_local_uids(struct sync_engine *e, struct local_uids *l, struct fct_error *err);
/* At least those of them that the ranges name, in whatever order these are: where they are few, nothing else is read. */
int sync_local_uids_among(struct sync_engine *e, struct local_uids *l, const struct uid_ranges *ranges, struct fct_error *err);
void sync_local_uids_done(struct local_uids *l);
/* One mailbox's row, read on a reader. */
int sync_load_mailbox(struct sync_engine *e, int64_t id, struct store_mailbox *out, struct fct_error *err);
void sync_tell_progress(struct sync_engine *e);

/* ---- told.c ---- */

/* Flags of one mailbox that the server told of. */
struct told {
    int64_t mailbox_id;
    const struct listing *listing;
    const size_t *which;    /* positions in it, NULL: all of it */
    bool may_hide;          /* what gets \Deleted is hidden at once, not put off */
    /* out, also on failure as far as it went */
    bool changed;
    struct listing put_off; /* left as they were */
    struct listing unknown; /* not here */
    size_t first, last;     /* of the transaction under way */
};
/* Writes down n of them, so many in a transaction. Suspends. */
int sync_write_told(struct sync_engine *e, struct told *t, size_t n, size_t at_once, struct fct_error *err);
void told_done(struct told *t);

/* ---- gone.c: what is put off ---- */

/* UIDs of the selected mailbox are gone. Applied at once, or noted for later. `local`: what is here, ascending. */
int sync_gone(struct sync_engine *e, const struct uid_ranges *ranges, struct fct_error *err);
/* Ends the visit of the selected mailbox, at once or later. */
int sync_finish_visit(struct sync_engine *e, bool complete, struct fct_error *err);
/* How many messages that are here will go later from the selected mailbox. */
uint64_t sync_going(const struct sync_engine *e);
/* So many of them are here under new UIDs. */
void sync_came_back(struct sync_engine *e, uint64_t n);
/* Their UIDs, ascending; NULL: none. */
const struct uid_ranges *sync_going_ranges(const struct sync_engine *e);
/* The selected mailbox was renumbered: its UIDs mean nothing now. */
void sync_forget_later(struct sync_engine *e, int64_t mailbox_id);
/* Whether what gets \Deleted waits, as what has gone does; and that these, which the store left as they were, wait. */
bool sync_puts_off(const struct sync_engine *e);
void sync_put_off(struct sync_engine *e, int64_t mailbox_id, const struct listing *marked);
/* What the server says of messages now, sorted: those that have no \Deleted any more do not wait. */
void sync_take_back(struct sync_engine *e, int64_t mailbox_id, const struct listing *news);
/* Whether messages that are shown will go. */
bool sync_has_going(const struct sync_engine *e);
/* UIDNEXT as it was at a visit whose end was put off; 0: there was none. */
uint64_t sync_seen_uidnext(const struct sync_engine *e, int64_t mailbox_id);
/* All mailboxes were visited. */
int sync_settle_later(struct sync_engine *e, struct fct_error *err);

/* ---- recognise.c ---- */

/* Whether a line of a listing was a detail that had been asked for. */
bool sync_sighted(struct sync_engine *e, const struct fct_message *m);
/* Takes out of the ranges (newest first) what is recognised. */
int sync_recognise(struct sync_engine *e, struct uid_ranges *fetch, uint64_t *n_fetch, struct fct_error *err);
/* The same for all UIDs of the selected mailbox from `first` on: *out are those to fetch, newest first, at most `window` messages in
 * a range. */
int sync_recognise_from(struct sync_engine *e, uint64_t first, size_t window, struct fetch_list *out, struct fct_error *err);
/* The same for those of the ranges that follow *io_at (0, and then moved on) and make up one question. */
int sync_recognise_some(struct sync_engine *e, const struct uid_ranges *fetch, size_t *io_at, size_t window, struct fetch_list *out,
                        struct fct_error *err);

/* ---- keep.c: how much is kept here ---- */

int sync_load_rules(struct sync_engine *e, struct fct_error *err);
/* Whether something of the selected mailbox is not kept whole. */
bool sync_is_selective(const struct sync_engine *e);
/* Whether it keeps none whole, whatever its date and size. */
bool sync_keeps_none(const struct sync_engine *e);
/* Whether the selected mailbox keeps such a message whole. */
bool sync_keeps(const struct sync_engine *e, int64_t now, int64_t received_at, uint64_t size);
/* Between two steps of something else: gives the session to those who wait for a body. `comes_back`: the selected mailbox is selected
 * again afterwards, with what was known of it. */
int sync_let_serve(struct sync_engine *e, bool comes_back, struct fct_error *err);

/* Whether the source can give headers alone. */
bool sync_gives_headers(const struct sync_engine *e);

/* ---- stubborn.c: messages that the server does not give ---- */

struct stubborn_list {
    int64_t mailbox_id;
    struct store_stubborn *v; /* ascending by UID */
    size_t n;
};
void sync_stubborn_done(struct stubborn_list *s);
/* Those of a mailbox. */
int sync_stubborn_load(struct sync_engine *e, int64_t mailbox_id, struct stubborn_list *out, struct fct_error *err);
const struct store_stubborn *sync_stubborn_find(const struct stubborn_list *s, uint64_t uid);
/* A fetch failed with `why`: if that ended the session in the midst of a message, the message is noted. Suspends; never fails. */
void sync_note_broken(struct sync_engine *e, int64_t mailbox_id, const struct fct_error *why);
/* Not everything came that was asked for: what of `fetch` was listed and is not here is noted. */
int sync_note_missing(struct sync_engine *e, const struct listing *listed, const struct uid_ranges *fetch, struct fct_error *err);
/* Takes those of the selected mailbox out of what is to be fetched (newest first, *n_fetch messages), into *s. `listed_from`: e->news,
 * sorted, names all messages from this UID on. */
int sync_set_stubborn_aside(struct sync_engine *e, struct stubborn_list *s, uint64_t listed_from, struct uid_ranges *fetch, uint64_t *n_fetch,
                            struct fct_error *err);
/* Fetches these, one by one, as far as they are not left out. *out_missing: that did not come and are not left out either. */
int sync_try_stubborn(struct sync_engine *e, const struct stubborn_list *s, bool is_new, uint64_t *out_missing, struct fct_error *err);

/* ---- transfer.c: moves, copies, appends and removals ---- */

/* Looks into the mailboxes to which something was sent without an answer, then sends what waits. */
int sync_transfer(struct sync_engine *e, struct fct_error *err);

/* ---- maildrop.c: a source that is one has no other passes than these ---- */

static inline bool sync_is_maildrop(const struct sync_engine *e)
{
    return e->o.source->traits & FCT_SOURCE_MAILDROP;
}
int sync_maildrop_pass(struct sync_engine *e, struct fct_error *err);

/* ---- upload.c ---- */

/* Whether the server does not take changes of this mailbox for now; and that it does not, until the next pass. */
bool sync_is_set_aside(const struct sync_engine *e, int64_t mailbox_id);
void sync_set_aside(struct sync_engine *e, int64_t mailbox_id);
/* Selects a mailbox, brought in step, unless it is selected. *out_there: false when it is gone, or refused (then it is set
 * aside). */
int sync_go_to(struct sync_engine *e, int64_t mailbox_id, bool *out_there, struct fct_error *err);

/* poll.c. What the sink is told of mailboxes outside of a listing. */
void sync_hear_status(struct sync_engine *e, struct fct_bytes wire_name, const struct fct_mailbox_status *status);
void sync_hear_mailbox(struct sync_engine *e, const struct fct_mailbox *mb);
/* Visits what was told of and changed. May set needs_relist. */
int sync_visit_told(struct sync_engine *e, struct fct_error *err);
void sync_hearing_done(struct hearing *h);

/* prompt.c. Flags were told: if e->told_of is set they are applied in the loop's next turn, while the source is still at work. Does not
 * suspend. */
void sync_apply_soon(struct sync_engine *e);
/* Waits until that is done, before anything else is done with the news. Nothing is applied so from here on. */
int sync_await_prompt(struct sync_engine *e, struct fct_error *err);

#endif
