#include "search/sort.h"

#include "base/alloc.h"
#include "base/error.h"
#include "search/facts.h"

#include <stdlib.h>

static const struct {
    const char *name;
    enum sort_property property;
    bool has_keyword;
} properties[] = {
    {"receivedAt", SORT_RECEIVED, false},
    {"size", SORT_SIZE, false},
    {"from", SORT_FROM, false},
    {"to", SORT_TO, false},
    {"subject", SORT_SUBJECT, false},
    {"sentAt", SORT_SENT, false},
    {"hasKeyword", SORT_KEYWORD, true},
    {"allInThreadHaveKeyword", SORT_ALL_IN_THREAD, true},
    {"someInThreadHaveKeyword", SORT_SOME_IN_THREAD, true},
    {"relevance", SORT_RELEVANCE, false}, /* ours */
};
#define N_PROPERTIES (sizeof(properties) / sizeof(properties[0]))

json_t *search_sort_options(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < N_PROPERTIES; i++)
        json_array_append_new(list, json_string(properties[i].name));
    return list;
}

/* ---- from JSON --------------------------------------------------------------------------------------------------- */

static int read_keyword(const json_t *json, size_t at, struct keyword_set *out, struct fct_error *err)
{
    const char *keyword = json_string_value(json_object_get(json, "keyword"));

    if (!keyword)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "sort[%zu].keyword: must be given", at);
    if (!keyword_is_valid(bytes_str(keyword)))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "sort[%zu].keyword: is not a keyword", at);
    return keyword_set_check(&(struct fct_flags){.keywords = bytes_str(keyword)}, out, err);
}

static int read_collation(const json_t *json, size_t at, enum sort_collation *out, struct fct_error *err)
{
    const json_t *collation = json_object_get(json, "collation");

    *out = COLLATE_DEFAULT;
    if (!collation || json_is_null(collation))
        return 0;
    if (!json_is_string(collation))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "sort[%zu].collation: must be a string", at);
    int found = collation_from_name(json_string_value(collation));
    if (found < 0)
        return fct_fail(err, FCT_E_UNSUPPORTED_SORT, FCT_RETRY_NEVER, "sort[%zu].collation: \"%.40s\" is not known", at,
                        json_string_value(collation));
    *out = (enum sort_collation)found;
    return 0;
}

static int read_comparator(const json_t *json, size_t at, struct sort_comparator *out, struct fct_error *err)
{
    const char *name = json_string_value(json_object_get(json, "property"));
    const json_t *ascending = json_object_get(json, "isAscending");
    size_t i = 0;

    if (!json_is_object(json) || !name)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "sort[%zu]: must be an object with a property", at);
    while (i < N_PROPERTIES && strcmp(properties[i].name, name) != 0)
        i++;
    if (i == N_PROPERTIES)
        return fct_fail(err, FCT_E_UNSUPPORTED_SORT, FCT_RETRY_NEVER, "sort[%zu].property: cannot sort by \"%.40s\"",
                        at, name);
    if (ascending && !json_is_boolean(ascending))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "sort[%zu].isAscending: must be true or false", at);
    out->property = properties[i].property;
    out->is_descending = ascending && json_is_false(ascending);
    if (read_collation(json, at, &out->collation, err) < 0)
        return -1;
    return properties[i].has_keyword ? read_keyword(json, at, &out->keyword, err) : 0;
}

int search_sort_from_json(const json_t *json, struct search_sort **out, struct fct_error *err)
{
    CLEANUP(search_sort_freep) struct search_sort *s = XNEW(struct search_sort);

    if (json && !json_is_null(json)) {
        if (!json_is_array(json))
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "sort: must be an array");
        if (json_array_size(json) > SEARCH_COMPARATORS_MAX)
            return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "sort: more than %d comparators",
                            SEARCH_COMPARATORS_MAX);
        s->v = xcalloc(json_array_size(json) + 1, sizeof(*s->v));
        for (size_t i = 0; i < json_array_size(json); i++)
            if (read_comparator(json_array_get(json, i), i, &s->v[s->n++], err) < 0)
                return -1;
    }
    *out = TAKE(s);
    return 0;
}

void search_sort_free(struct search_sort *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        keyword_set_done(&s->v[i].keyword);
    free(s->v);
    free(s);
}

/* ---- questions about it -------------------------------------------------------------------------------------------
 */

bool sort_is_newest_first(const struct search_sort *s)
{
    return !s || s->n == 0 || (s->n == 1 && s->v[0].property == SORT_RECEIVED && s->v[0].is_descending);
}

bool sort_is_oldest_first(const struct search_sort *s)
{
    return s && s->n == 1 && s->v[0].property == SORT_RECEIVED && !s->v[0].is_descending;
}

bool sort_uses_threads(const struct search_sort *s)
{
    for (size_t i = 0; s && i < s->n; i++)
        if (s->v[i].property == SORT_ALL_IN_THREAD || s->v[i].property == SORT_SOME_IN_THREAD)
            return true;
    return false;
}

bool sort_uses_relevance(const struct search_sort *s)
{
    for (size_t i = 0; s && i < s->n; i++)
        if (s->v[i].property == SORT_RELEVANCE)
            return true;
    return false;
}

bool sort_needs_row(const struct search_sort *s)
{
    for (size_t i = 0; s && i < s->n; i++)
        if (s->v[i].property != SORT_RELEVANCE && !facts_have(s->v[i].property))
            return true;
    return false;
}

bool sort_is_mutable(const struct search_sort *s)
{
    for (size_t i = 0; s && i < s->n; i++)
        if (s->v[i].property == SORT_KEYWORD)
            return true;
    return sort_uses_threads(s);
}
