/* partial.h - messages of which only the header is here: completed, and made of whole ones (docs/decisions/0013-partial-messages.md).
 *
 * Threads    those that change something: the writer. The others: any.
 */
#ifndef STORE_PARTIAL_H
#define STORE_PARTIAL_H

#include "mime/mime.h"
#include "store/blobs.h"
#include "store/keep.h"

#define BODY_ASKED_SECONDS (INT64_C(7) * 86400) /* so long a body stays that came because somebody asked */

int email_is_partial(struct store_tx *tx, int64_t email_id, bool *out, struct fct_error *err);
/* The message's size if the Email is partial, else 0. */
int partial_size(struct store_tx *tx, int64_t email_id, uint64_t *out, struct fct_error *err);
/* The blob of the whole message takes the place of the header's. Internal to core/store (store_emails_arrive). *out_done: it was
 * partial. */
int email_complete(struct store_tx *tx, int64_t email_id, int64_t blob_id, const struct mime_summary *s, bool is_asked_for, bool *out_done,
                   struct fct_error *err);

/* ---- bodies to be fetched ---- */

struct store_body {
    int64_t email_id, mailbox_id;
    uint64_t uid;
    int64_t received_at;
};
/* Partial Emails of an account, newest first: those that a policy wants whole, and where the server has them. */
struct store_bodies {
    int64_t account_id, now;
    const struct keep_rules *rules; /* borrowed */
    int64_t before, before_id;      /* how far it has come; INT64_MAX both at first */
    struct store_body *v;           /* out: of this call; freed by the caller, also between calls */
    size_t n;
    bool is_done;                   /* out: nothing is left behind these */
};
/* Looks at so many Emails at most, and gives those that are due. */
int store_bodies_due(struct store_tx *tx, struct store_bodies *b, size_t max_looked, struct fct_error *err);
/* Where the server has a partial Email. Returns 1; 0: it is whole, gone, or nowhere on the server: *out_is_partial tells. */
int store_body_place(struct store_tx *tx, int64_t email_id, struct store_body *out, bool *out_is_partial, struct fct_error *err);

/* ---- bodies to be let go ---- */

struct store_release;
/* Looks at `max_looked` Emails of the account behind `after` and makes ready those whose body no policy wants; parses them. On a reader.
 * *out_last: how far it has looked; as `after` when there are none. */
int store_release_prepare(struct store_tx *tx, int64_t account_id, const struct keep_rules *rules, int64_t now, int64_t after,
                          size_t max_looked, struct store_release **out, int64_t *out_last, struct fct_error *err);
size_t store_release_count(const struct store_release *r);
/* Lets them go, each checked again. *out_n of them went. */
int store_release_apply(struct store_tx *tx, struct store_release *r, size_t *out_n, struct fct_error *err);
void store_release_free(struct store_release *r);
DEFINE_FREEP(struct store_release *, store_release_free);

#endif
