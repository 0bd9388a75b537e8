/* pairings.h - codes by which a device gets a token that was prepared for it: good once, for five minutes, in memory
 * alone.
 *
 * A code has 60 random bits, in a form that people can type. Wrong ones count by the place that they come from: from
 * the tenth there is a pause after each, so that who tries codes gets some dozens in the life of one, and holds up
 * nobody who has it. They count all together, too: who tries from many places is held up with everybody else, for two
 * seconds at a time.
 *
 * Threads    loop thread. Nothing suspends.
 */
#ifndef API_PAIRINGS_H
#define API_PAIRINGS_H

#include "store/tokens.h"

#define PAIRING_CODE_SIZE 15 /* "XXXX-XXXX-XXXX", NUL */
#define PAIRING_SECONDS 300
#define PAIRINGS_MAX 16 /* that stand at once */

struct pairings;
struct pairings *pairings_new(void);
void pairings_free(struct pairings *p); /* NULL is accepted */

/* Takes the token over. FCT_E_LIMIT. */
int pairings_add(struct pairings *p, struct store_token *token, char out_code[PAIRING_CODE_SIZE],
                 int64_t *out_expires_at, struct fct_error *err);
/* What the code was made for, which is the caller's now; the code is good no more. `place`: where it comes from, as the
 * front end says; NULL: not known, which is a place, too. FCT_E_FORBIDDEN: it is none, or was used, or its time is
 * over; FCT_E_LIMIT: too many were wrong. */
int pairings_take(struct pairings *p, const char *code, const char *place, struct store_token *out,
                  struct fct_error *err);

#endif
