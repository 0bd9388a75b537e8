/* vacations.h - who answers for somebody who is away (RFC 8621 section 8), what has come meanwhile, and who was answered.
 *
 * Mail that arrives while an account's answer is on is noted in the transaction that stores it, so that none is forgotten
 * when the program ends; account/vacation.c looks at it afterwards.
 *
 * Threads    reading: any; the rest: the writer.
 */
#ifndef STORE_VACATIONS_H
#define STORE_VACATIONS_H

#include "base/cleanup.h"
#include "store/store.h"

#define VACATION_DAYS 7             /* RFC 5230 section 4.1 */
#define VACATION_DAYS_MAX 365
#define VACATION_SUBJECT_MAX 900    /* bytes */
#define VACATION_BODY_MAX 524288    /* bytes of each body */
#define VACATION_ANSWERS_MAX 100    /* of one account in an hour */

struct store_vacation {
    int64_t account_id;
    bool is_enabled;
    int64_t from, to;              /* seconds; 0: no bound */
    char *subject, *text, *html;   /* or NULL */
    int days;
    int64_t enabled_at;            /* 0: it is not */
};
/* An account of which nothing was set has the default: not enabled. */
int store_vacation_load(struct store_tx *tx, int64_t account_id, struct store_vacation *out, struct fct_error *err);
void store_vacation_done(struct store_vacation *v);
/* enabled_at is found here. FCT_E_INVALID ("subject: ..."). */
int store_vacation_save(struct store_tx *tx, const struct store_vacation *v, int64_t now, struct fct_error *err);
/* Whether mail that came at `received_at` is to be answered at `now`. */
bool store_vacation_covers(const struct store_vacation *v, int64_t received_at, int64_t now);

/* Emails that have just come to the account as new mail: noted if it answers. */
int store_vacation_arrived(struct store_tx *tx, int64_t account_id, const int64_t *email_ids, size_t n, struct fct_error *err);
struct store_vacation_arrival {
    int64_t email_id, account_id;
};
/* Up to `max` that were noted, of any account. */
int store_vacation_arrivals(struct store_tx *tx, struct store_vacation_arrival *out, size_t max, size_t *out_n,
                            struct fct_error *err);
/* It was looked at. */
int store_vacation_seen(struct store_tx *tx, int64_t email_id, struct fct_error *err);
/* *out: nobody at that address was answered in the last `days` days, and not too many others in the last hour; it is so noted as
 * answered now. Two programs that answer each other from addresses of their own making come to an end by that, too. */
int store_vacation_may_answer(struct store_tx *tx, int64_t account_id, const char *address, int days, int64_t now, bool *out,
                              struct fct_error *err);
/* Forgets up to `max` who were answered before `before`. */
int store_vacation_sweep(struct store_tx *tx, int64_t before, size_t max, size_t *out_n, struct fct_error *err);

#endif
