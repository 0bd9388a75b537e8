/* engine.h - one account's mailboxes brought in step with its server. Knows no protocol: a source plugin speaks the wire.
 *
 * With a maildrop (FCT_SOURCE_MAILDROP) there is only the pass: what is new is picked up, what shall not stay is deleted there
 * (sync/maildrop.c). The rest is about the others:
 *
 *   pass      lists the mailboxes, compares each that may have changed, applies what the server says, brings down what is
 *             missing (newest first, inbox first), tells the server what changed here
 *   keep      fetches the bodies that the policy wants and lets those go that it does not (docs/decisions/0013-partial-messages.md)
 *   watch     waits in the inbox for news and applies them; what went may have been moved, and is left to a pass
 *   poll      asks what the other mailboxes hold, and visits those that hold something else than before
 *
 * What another program moves keeps its Email: what a mailbox has lost is taken out of the store when all the others were visited
 * (docs/sync.md).
 *
 * Everything it does is resumable: the plan of a pass is made anew from what both sides hold, so that a process killed
 * anywhere goes on where it was, doubles nothing and misses nothing.
 *
 * Ownership  the session stays the caller's.
 * Threads    loop thread, one fiber. All functions suspend.
 * Errors     FCT_E_CANCELLED, the source's, the store's. After an error the session is closed by the caller; the next
 *            session starts with a pass. A mailbox that the server refuses is logged and skipped; if it refuses all of
 *            them, that is the pass's error.
 */
#ifndef SYNC_ENGINE_H
#define SYNC_ENGINE_H

#include "store/store.h"
#include "sync/ingest.h"

#include <facteur/plugin.h>

struct sync_engine;

struct sync_progress {
    uint64_t messages_done, messages_total; /* of this pass */
    uint64_t bytes_done;
    char mailbox[128];                      /* being worked on, "" when none */
};

struct sync_options {
    struct store *store;
    struct ingest_budget *budget;
    struct filters *filters; /* may be NULL */
    int64_t account_id;
    const char *label;       /* for logs */
    const struct fct_source *source;
    void *session;
    uint32_t can;            /* enum fct_source_can */
    int64_t missing_wait_s;  /* how long most of the mailboxes must be missing before they are believed to be gone; 0: not at all */
    bool was_in_step;        /* once, in an earlier session: what is new may have been moved */
    /* Progress was made; on the loop, often. May be NULL. */
    void (*progress)(void *ctx, const struct sync_progress *p);
    /* Whether somebody wants the session for something else: then sync_watch does not begin to wait. May be NULL. */
    bool (*has_work)(void *ctx);
    /* Called where the session can be used for something else for a moment, also in the midst of a pass: for sync_fetch_bodies. May
     * be NULL. */
    int (*serve)(void *ctx, struct fct_error *err);
    void *ctx;
};

struct sync_engine *sync_engine_new(const struct sync_options *o);
void sync_engine_free(struct sync_engine *e);
DEFINE_FREEP(struct sync_engine *, sync_engine_free);

struct sync_report {
    uint64_t new_messages;
    uint64_t mailboxes, mailboxes_skipped, mailboxes_failed;
    uint64_t mailboxes_missing; /* not listed any more, and not believed to be gone yet */
    uint64_t missing; /* messages that the server lists and does not give */
};
int sync_pass(struct sync_engine *e, struct sync_report *out, struct fct_error *err);
/* Waits in the inbox for news, at most `timeout_ms`, and applies them. Ended early by fiber_nudge. *out_relist: what came
 * cannot be understood alone; a pass is due. Without an inbox to watch it only waits. It returns as often as the server has
 * something to say: the caller bounds how often it is called. */
int sync_watch(struct sync_engine *e, uint32_t timeout_ms, bool *out_relist, struct fct_error *err);
/* Asks for the status of the mailboxes that are not watched, in one round trip where the server lists with statuses, and visits those
 * that have changed; *out_visited of them. *out_relist as above: a mailbox came or went. */
int sync_poll(struct sync_engine *e, size_t *out_visited, bool *out_relist, struct fct_error *err);
/* Whether the source can be asked so. */
bool sync_can_poll(const struct sync_engine *e);
/* Whether the server tells of all mailboxes by itself (NOTIFY) and has shown that it does: then nobody needs to ask. */
bool sync_is_told(const struct sync_engine *e);
/* Whether it waits in sync_watch: then a nudge ends the wait. */
bool sync_is_waiting(const struct sync_engine *e);
/* The session was used for something else meanwhile: no mailbox is selected any more. Never suspends. */
void sync_lent(struct sync_engine *e);
/* Fetches the bodies of Emails of which only the header is here. What the server has nowhere is left out, as is what it does not give:
 * the caller looks which are whole now. A refusal is an error that leaves the session alone: *out_refused. */
int sync_fetch_bodies(struct sync_engine *e, const int64_t *email_ids, size_t n, bool *out_refused, struct fct_error *err);
/* Before a pass: what the server refused for good is to be sent once more (somebody asks, or it is another day: a mailbox that was full may
 * have room). */
int sync_try_refused(struct sync_engine *e, struct fct_error *err);
/* After a pass: tries the messages again that are left out because the server did not give them (store/stubborn.h): those that were not
 * tried for a day, or, when somebody asks for it, all. */
int sync_try_left_out(struct sync_engine *e, bool is_asked_for, struct fct_error *err);
/* Whether sync_keep has something to do: at first, once a day, and after sync_keep_changed. */
bool sync_keep_is_due(const struct sync_engine *e);
/* A bounded step of it, newest first; what is cut off goes on from there. */
int sync_keep(struct sync_engine *e, struct fct_error *err);
/* A policy has changed. */
void sync_keep_changed(struct sync_engine *e);
/* Sends the waiting local changes to the server. Those that it does not take for now are kept for the next pass. */
int sync_upload(struct sync_engine *e, struct fct_error *err);

#endif
