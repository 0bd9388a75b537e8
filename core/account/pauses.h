/* pauses.h - how long an account waits after a failure, and for what.
 *
 * Pauses grow and are drawn with a third of jitter, so that 32 accounts do not knock at one provider's door in step. What the server
 * asks for is kept. A password that is refused is not tried again: providers lock accounts; unless it was accepted before, for then
 * it may be the server that is out of order, and it is tried a few times a day.
 *
 * Plain functions: no state, any thread.
 */
#ifndef ACCOUNT_PAUSES_H
#define ACCOUNT_PAUSES_H

#include <facteur/plugin.h>

#define PAUSE_FIRST_MS 1000u
#define PAUSE_EARLY_MS 5000u    /* ...and grow to this at first */
#define PAUSE_EARLY_TRIES 12u
#define PAUSE_MAX_MS (10u * 60 * 1000)
#define PAUSE_ASKED_MS 15000u                /* the first, of a server that says "later" */
#define PAUSE_ASKED_MAX_MS (30u * 60 * 1000)
#define PAUSE_REFUSED_MS (60u * 60 * 1000)   /* may change, but not soon */
#define PAUSE_DOUBT_MS (10u * 60 * 1000)     /* a password that was good before: four times as long each time */
#define PAUSE_USER_MS (24u * 60 * 60 * 1000) /* nothing will change by itself */

/* What has to happen before it goes on. */
enum pause_for { PAUSE_NOTHING, PAUSE_TIME, PAUSE_NETWORK, PAUSE_SERVER, PAUSE_USER };

struct pause_case {
    const struct fct_error *error;
    unsigned failures;       /* in a row, this one counted: at least 1 */
    bool was_good;           /* these credentials were accepted before */
    bool has_network;        /* or needs none */
    uint32_t random;
};
struct pause {
    enum pause_for what;
    uint64_t ms;
};
struct pause pause_after(const struct pause_case *c);
/* Whether the network between here and the server may be the reason, so that another one may help. */
bool pause_is_network(const struct fct_error *err);
/* Whether the server has no connection left for this user. */
bool pause_is_crowded(const struct fct_error *err);

#endif
