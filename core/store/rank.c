/* facteur_rank(fts): how well a row matches, higher is better. For "relevance" (search/leaf.h).
 *
 * Like bm25: a rare word counts more than a frequent one, the second occurrence less than the first, and each column
 * has its weight. Unlike bm25 the length of a message does not count: it would have to be looked up for each hit, which
 * doubles the time; since occurrences saturate quickly, a long message gains little by its length. */
#include "store/rank.h"

#include "base/alloc.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define N_COLUMNS 8
#define SATURATION 1.2 /* k1 of bm25 */
#define FREQUENT 20000 /* a word in so many messages is not counted further */

/* body, subject, sender, recipient, cc, bcc, files, list: a word in the subject tells more than one in the body; in the
 * names of people, nearly as much. */
static const double weights[N_COLUMNS] = {1.0, 10.0, 6.0, 4.0, 2.0, 2.0, 4.0, 1.0};

struct rarity {
    int n_phrases;
    double of_phrase[]; /* what bm25 calls idf */
};

static int count_row(const Fts5ExtensionApi *api, Fts5Context *fts, void *ctx)
{
    (void)api, (void)fts;
    return ++*(int64_t *)ctx < FREQUENT ? SQLITE_OK : SQLITE_DONE;
}

static int measure(const Fts5ExtensionApi *api, Fts5Context *fts, struct rarity **out)
{
    int n = api->xPhraseCount(fts);
    sqlite3_int64 rows = 0;
    int rc = api->xRowCount(fts, &rows);
    struct rarity *r = xcalloc(1, sizeof(*r) + (size_t)n * sizeof(double));

    r->n_phrases = n;
    for (int i = 0; i < n && rc == SQLITE_OK; i++) {
        int64_t hits = 0;
        r->of_phrase[i] = 1.0;
        if (n == 1) /* there is nothing to weigh it against */
            break;
        rc = api->xQueryPhrase(fts, i, &hits, count_row);
        r->of_phrase[i] = log(1.0 + ((double)rows - (double)hits + 0.5) / ((double)hits + 0.5));
        if (r->of_phrase[i] < 0.01)
            r->of_phrase[i] = 0.01;
    }
    if (rc == SQLITE_OK)
        rc = api->xSetAuxdata(fts, r, free); /* frees it on failure, too */
    else
        free(r);
    *out = r;
    return rc;
}

static int add_phrase(const Fts5ExtensionApi *api, Fts5Context *fts, int phrase, double rarity, double *io_rank)
{
    int counts[N_COLUMNS] = {0}, column, offset;
    Fts5PhraseIter at;
    int rc = api->xPhraseFirst(fts, phrase, &at, &column, &offset);

    for (; rc == SQLITE_OK && column >= 0; api->xPhraseNext(fts, &at, &column, &offset))
        if (column < N_COLUMNS)
            counts[column]++;
    for (int i = 0; i < N_COLUMNS; i++)
        if (counts[i])
            *io_rank += rarity * weights[i] * counts[i] / (counts[i] + SATURATION);
    return rc;
}

static void rank(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *ctx, int n_args, sqlite3_value **args)
{
    struct rarity *r = api->xGetAuxdata(fts, 0);
    int rc = r ? SQLITE_OK : measure(api, fts, &r);
    double value = 0;

    (void)n_args, (void)args;
    for (int i = 0; rc == SQLITE_OK && i < r->n_phrases; i++)
        rc = add_phrase(api, fts, i, r->of_phrase[i], &value);
    if (rc == SQLITE_OK)
        sqlite3_result_double(ctx, value);
    else
        sqlite3_result_error_code(ctx, rc);
}

int store_rank_register(fts5_api *api)
{
    return api->xCreateFunction(api, "facteur_rank", NULL, rank, NULL);
}
