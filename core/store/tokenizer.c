/* The FTS5 tokenizer 'facteur': cuts at '\x1f'. Documents come as tokens that worker threads have made already
 * (text/tokens.h), and queries as tokens, too, each a string of its own (search/terms.c): what is left out at the end of a run
 * of CJK in a query cannot be decided here. */
#include "store/inside.h"
#include "store/rank.h"
#include "text/tokens.h"

#include <string.h>

static int tokenize(Fts5Tokenizer *self, void *ctx, int flags, const char *text, int n,
                    int (*take)(void *ctx, int flags, const char *token, int n, int start, int end))
{
    (void)self, (void)flags;
    const char *p = text, *end = text + n;
    while (p < end) {
        const char *stop = memchr(p, TOKENS_SEPARATOR, (size_t)(end - p));
        if (!stop)
            stop = end;
        if (stop > p) {
            int rc = take(ctx, 0, p, (int)(stop - p), (int)(p - text), (int)(stop - text));
            if (rc != SQLITE_OK)
                return rc;
        }
        p = stop + 1;
    }
    return SQLITE_OK;
}

static int create(void *unused, const char **args, int n, Fts5Tokenizer **out)
{
    static char the_only_one; /* there is no state */
    (void)unused, (void)args, (void)n;
    *out = (Fts5Tokenizer *)&the_only_one;
    return SQLITE_OK;
}

static void destroy(Fts5Tokenizer *self)
{
    (void)self;
}

/* https://www.sqlite.org/fts5.html section 7 */
int store_tokenizer_register(sqlite3 *db)
{
    fts5_api *api = NULL;
    sqlite3_stmt *q = NULL;

    int rc = sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &q, NULL);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_pointer(q, 1, &api, "fts5_api_ptr", NULL);
    sqlite3_step(q);
    rc = sqlite3_finalize(q);
    if (rc != SQLITE_OK || !api)
        return rc != SQLITE_OK ? rc : SQLITE_ERROR;
    fts5_tokenizer tokenizer = {create, destroy, tokenize};
    rc = api->xCreateTokenizer(api, "facteur", NULL, &tokenizer, NULL);
    return rc == SQLITE_OK ? store_rank_register(api) : rc;
}
