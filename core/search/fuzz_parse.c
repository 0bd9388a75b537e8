/* Any query: either a filter that search_filter_from_json takes, or an error with a position inside the query. The
 * filter's text must make an FTS5 query and be found or not in a text without harm. */
#include "base/cleanup.h"
#include "search/filter.h"
#include "search/parse.h"
#include "search/textquery.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int three_ids(void *ctx, const char *name, json_t *ids, struct fct_error *err)
{
    (void)ctx, (void)err;
    for (int i = 0; i < 3 && name[0] != 'x'; i++)
        json_array_append_new(ids, json_string("m1"));
    return 0;
}

static int role_ids(void *ctx, int role, json_t *ids, struct fct_error *err)
{
    (void)role;
    return three_ids(ctx, "a", ids, err);
}

static void use_text(void *ctx, const struct search_filter *f)
{
    CLEANUP(spans_done) struct spans spans = {0};
    terms_find(&f->terms, *(struct fct_bytes *)ctx, &spans);
}

static void use(const json_t *json, struct fct_bytes text)
{
    CLEANUP(search_filter_freep) struct search_filter *f = NULL;
    CLEANUP(text_query_done) struct text_query q = {0};
    struct fct_error err = {0};

    if (search_filter_from_json(json, &f, &err) < 0) {
        if (err.code != FCT_E_LIMIT || !strstr(err.message, "256 words"))
            abort();
        return;
    }
    if (text_query_can(f, NULL))
        text_query_of(f, NULL, &q);
    filter_each_wanted_text(f, use_text, &text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct date_zone *zone;
    const struct parse_names names = {NULL, three_ids, role_ids, three_ids};
    struct fct_error err = {0};
    json_t *json = NULL;
    size_t where = SIZE_MAX;

    if (!zone && date_zone_open("Europe/Paris", &zone, &err) < 0)
        abort();
    char *query = strndup((const char *)data, size);
    if (parse_query(query, 1714561200, zone, &names, &json, &where, &err) < 0) {
        if (where > strlen(query) || err.code == 0 || err.message[0] == '\0')
            abort();
    } else {
        use(json, bytes_str(query));
        json_decref(json);
    }
    free(query);
    return 0;
}
