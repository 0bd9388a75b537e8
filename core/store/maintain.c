#include "store/blobs.h"
#include "store/emails.h"
#include "store/history.h"
#include "store/inside.h"
#include "store/outcomes.h"
#include "store/submissions.h"
#include "store/tokens.h"
#include "store/undo.h"
#include "store/vacations.h"

#include <time.h>

#define PIECE 500                     /* rows in one job */
#define KEEP_CHANGES INT64_C(2592000) /* 30 days, in seconds */
#define DEAD_PERCENT 50               /* of a pack, from which it is worth rewriting */

struct piece {
    int64_t now;
    size_t n;
};

static int expire_blobs(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct piece *p = arg;
    int n = 0;
    if (store_blobs_expire(tx, p->now, PIECE, &n, err) < 0)
        return -1;
    p->n = (size_t)n;
    return 0;
}

static int sweep_tombstones(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct piece *p = arg;
    return store_tombstones_sweep(tx, p->now - KEEP_CHANGES, PIECE, &p->n, err);
}

static int sweep_history(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct piece *p = arg;
    return store_history_sweep(tx, p->now - KEEP_CHANGES, PIECE, &p->n, err);
}

static int sweep_outcomes(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct piece *p = arg;
    return store_outcomes_sweep(tx, p->now - OUTCOME_KEPT_SECONDS, PIECE, &p->n, err);
}

static int sweep_undo(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct piece *p = arg;
    return store_undo_sweep(tx, p->now - UNDO_KEPT_SECONDS, PIECE, &p->n, err);
}

static int sweep_submissions(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct piece *p = arg;
    return store_submissions_sweep(tx, p->now - SUBMISSION_KEPT_SECONDS, PIECE, &p->n, err);
}

static int sweep_vacations(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct piece *p = arg;
    return store_vacation_sweep(tx, p->now - VACATION_DAYS_MAX * INT64_C(86400), PIECE, &p->n, err);
}

static int sweep_uploads(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct piece *p = arg;
    return store_token_uploads_sweep(tx, p->now, PIECE, &p->n, err);
}

static int in_pieces(struct store *st, store_fn fn, struct fct_error *err)
{
    struct piece p = {.now = time(NULL), .n = PIECE};
    while (p.n == PIECE) {
        p.n = 0;
        if (store_go_on(err) < 0 || store_write(st, fn, &p, err) < 0)
            return -1;
    }
    return 0;
}

int store_maintain(struct store *st, struct fct_error *err)
{
    if (in_pieces(st, sweep_undo, err) < 0 || in_pieces(st, sweep_submissions, err) < 0 || in_pieces(st, expire_blobs, err) < 0 ||
        in_pieces(st, sweep_tombstones, err) < 0 || in_pieces(st, sweep_history, err) < 0 ||
        in_pieces(st, sweep_outcomes, err) < 0 || in_pieces(st, sweep_vacations, err) < 0 ||
        in_pieces(st, sweep_uploads, err) < 0)
        return -1;
    return store_packs_compact(st, DEAD_PERCENT, NULL, err);
}
