/* delivery.h - one submission and one conversation: from queued to what became of it. Inside outbox/ only. */
#ifndef OUTBOX_DELIVERY_H
#define OUTBOX_DELIVERY_H

#include "outbox/batch.h"

#define RETRY_FIRST_SECONDS 60
#define RETRY_MAX_SECONDS SUBMISSION_PAUSE_MAX_SECONDS
#define GIVE_UP_SECONDS (5 * 86400) /* RFC 5321 section 4.5.4.1: four to five days */
#define GIVE_UP_TRIES 12            /* about seven hours: the days may have passed with the computer switched off */
#define END_PAUSE_MS 2000u          /* when it cannot be written down what became of a message */

/* Whether a message that was put off after so many tries that failed (this one among them) is not tried again. */
bool delivery_gives_up(int64_t send_at, int64_t now, int tries);

/* Seconds until the next try, after so many that failed (at least 1). */
int64_t delivery_pause(int tries);

/* Whether an error concerns this message only, and no other that waits. */
bool delivery_is_about_message(const struct fct_error *e);

struct delivery {
    const struct outbox_options *o;
    struct parcel *parcel;
    struct marks *marks;    /* of those that are reserved */
    struct endings *ended;  /* where those are noted that were reserved and are sent: the store does not know it yet */
    bool *is_committed;     /* set while an answer is due that says whether it was sent */
    /* out */
    int state;          /* enum store_submission_state, after it; 0: it does not wait to be sent any more */
    uint32_t fate;      /* enum fct_fate */
};
/* Sends it over the session and writes down how that ended. -1: it was not sent to everybody, *err says why; the codes
 * of fct_transport say whether the session can go on. It is not reserved any more, unless that could not be written down. Suspends. */
int delivery_run(struct delivery *d, void *session, struct fct_error *err);
/* Reads it again, as it is now, for another try. Suspends. */
int delivery_load_again(struct delivery *d, struct fct_error *err);
/* There was no session: the reason is written down. Suspends. */
int delivery_put_off(const struct outbox_options *o, int64_t id, const struct fct_error *why, struct fct_error *err);

#endif
