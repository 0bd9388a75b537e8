/* engine_internal.h - what the files of the engine share: engine.c (passes), mailbox.c (one mailbox), upload.c. */
#ifndef SYNC_ENGINE_INTERNAL_H
#define SYNC_ENGINE_INTERNAL_H

#include "store/mailboxes.h"
#include "sync/compare.h"
#include "sync/engine.h"

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

struct sync_engine {
    struct sync_options o;
    struct fct_sink sink;       /* where the source delivers */
    struct ingest *ingest;
    struct sync_progress progress;
    struct sync_report report;

    /* The listing of mailboxes under way. */
    struct listed_mailbox *listed;
    size_t n_listed, cap_listed, status_hint;

    /* The selected mailbox, and what the server said about it that is not applied yet. */
    int64_t selected;           /* mailbox id, 0: none */
    struct fct_mailbox_status status;
    struct listing news;
    struct uid_ranges vanished;
    bool has_count;
    uint64_t count;             /* messages in the mailbox, by EXISTS and what vanished since */
    bool has_new;               /* EXISTS grew */
    bool is_relinking;          /* the mailbox was not complete before: UIDs may have been forgotten */
    uint64_t missing;           /* listed, asked for and not given */
    bool needs_relist;          /* something came that only a listing can explain */

    bool is_waiting;            /* sync_watch waits for the server or a nudge */
    bool sink_failed;           /* the core could not take what the source gave: the session is over */
    bool is_refusal;            /* the last failure is the server's answer; the session goes on */
    int64_t *set_aside;         /* mailboxes whose changes the server does not take now: not before the next pass */
    size_t n_set_aside;
};

/* What a function of the source returned, passed on. Notes whether a failure ends the session or is a refusal that concerns
 * what was asked for alone (facteur/plugin.h at struct fct_source). `err` is not NULL. */
int sync_asked(struct sync_engine *e, int result, const struct fct_error *err);
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
/* Sends the changes that wait for one mailbox, which is selected. */
int sync_upload_mailbox(struct sync_engine *e, int64_t mailbox_id, struct fct_error *err);
/* Selects a mailbox unless it is selected; news are kept for sync_apply_news. */
int sync_select(struct sync_engine *e, const struct store_mailbox *mb, const struct fct_known *known, bool *out_caught_up, struct fct_error *err);
/* One mailbox's row, read on a reader. */
int sync_load_mailbox(struct sync_engine *e, int64_t id, struct store_mailbox *out, struct fct_error *err);
void sync_tell_progress(struct sync_engine *e);

#endif
