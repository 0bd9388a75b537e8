/* Mailbox/query and /queryChanges: RFC 8621 sections 2.3 and 2.4. All mailboxes of an account fit into memory, so the
 * filter, the sort and the tree are plain C. */
#include "methods/mailbox.h"

#include "search/search.h"
#include "store/emails.h"
#include "text/tokens.h"

#include <stdlib.h>
#include <string.h>

#define FILTER_DEPTH_MAX 32

/* ---- filter ---- */

enum match { NO, YES, BROKEN };

struct filter {
    struct api_call *call;
    struct fct_error *err;
};

static enum match broken(const struct filter *f, int code, const char *fmt, const char *name)
{
    fct_fail(f->err, code, FCT_RETRY_NEVER, fmt, name);
    return BROKEN;
}

static bool contains_folded(const char *text, const char *part)
{
    CLEANUP(buf_done) struct buf a = {0};
    CLEANUP(buf_done) struct buf b = {0};
    text_fold(bytes_str(text), &a);
    text_fold(bytes_str(part), &b);
    return strstr(buf_str(&a), buf_str(&b)) != NULL;
}

static enum match match_parent(const struct filter *f, const json_t *v, const struct store_mailbox *m)
{
    int64_t id;
    if (json_is_null(v))
        return m->parent_id == 0;
    if (!json_is_string(v))
        return broken(f, FCT_E_INVALID, "filter.%s must be an id or null", "parentId");
    return id_from(f->call, ID_MAILBOX, json_string_value(v), &id) && m->parent_id == id;
}

static enum match match_property(const struct filter *f, const char *name, const json_t *v,
                                 const struct store_mailbox *m)
{
    if (strcmp(name, "parentId") == 0)
        return match_parent(f, v, m);
    if (strcmp(name, "name") == 0)
        return json_is_string(v) ? (enum match)contains_folded(m->name, json_string_value(v))
                                 : broken(f, FCT_E_INVALID, "filter.%s must be a string", name);
    if (strcmp(name, "role") == 0) {
        if (json_is_null(v))
            return m->role == FCT_ROLE_NONE;
        return json_is_string(v)
                   ? (enum match)(m->role != FCT_ROLE_NONE && role_from_name(json_string_value(v)) == m->role)
                   : broken(f, FCT_E_INVALID, "filter.%s must be a string or null", name);
    }
    if (strcmp(name, "hasAnyRole") == 0)
        return json_is_boolean(v) ? (enum match)(json_is_true(v) == (m->role != FCT_ROLE_NONE))
                                  : broken(f, FCT_E_INVALID, "filter.%s must be true or false", name);
    if (strcmp(name, "isSubscribed") == 0)
        return json_is_boolean(v) ? (enum match)(json_is_true(v) == m->is_subscribed)
                                  : broken(f, FCT_E_INVALID, "filter.%s must be true or false", name);
    return broken(f, FCT_E_UNSUPPORTED_FILTER, "there is no condition %.60s for mailboxes", name);
}

static enum match match_condition(const struct filter *f, const json_t *condition, const struct store_mailbox *m)
{
    const char *name;
    json_t *value;
    enum match all = YES;
    json_object_foreach((json_t *)condition, name, value)
    {
        enum match one = match_property(f, name, value, m);
        if (one == BROKEN)
            return BROKEN;
        all = all == YES ? one : NO;
    }
    return all;
}

static enum match match_filter(const struct filter *f, const json_t *filter, const struct store_mailbox *m, int depth)
{
    const char *operator= json_string_value(json_object_get(filter, "operator"));
    if (!json_is_object(filter))
        return broken(f, FCT_E_INVALID, "%s: a condition must be an object", "filter");
    if (depth > FILTER_DEPTH_MAX)
        return broken(f, FCT_E_UNSUPPORTED_FILTER, "%s: nested deeper than 32", "filter");
    if (!operator)
        return match_condition(f, filter, m);
    bool is_and = strcmp(operator, "AND") == 0, is_or = strcmp(operator, "OR") == 0,
         is_not = strcmp(operator, "NOT") == 0;
    const json_t *conditions = json_object_get(filter, "conditions");
    if (!(is_and || is_or || is_not) || !json_is_array(conditions) || json_object_size(filter) != 2)
        return broken(f, FCT_E_INVALID,
                      "filter.operator %.20s: AND, OR or NOT with a list of conditions and nothing else", operator);
    bool all = true, any = false;
    for (size_t i = 0; i < json_array_size(conditions); i++) {
        enum match one = match_filter(f, json_array_get(conditions, i), m, depth + 1);
        if (one == BROKEN)
            return BROKEN;
        all = all && one == YES;
        any = any || one == YES;
    }
    return is_and ? (enum match)all : is_or ? (enum match)any : (enum match) !any;
}

/* ---- the list ---- */

struct item {
    const struct store_mailbox *m;
    struct item *parent; /* NULL: top */
    int depth;
    bool is_in;
    struct buf *keys; /* one for each comparator: how the name sorts */
};

struct list {
    struct store_mailbox *rows;
    struct item *items;
    size_t n, n_keys;
    int64_t modseq;
};

static void list_done(struct list *l)
{
    for (size_t i = 0; l->items && i < l->n; i++) {
        for (size_t k = 0; l->items[i].keys && k < l->n_keys; k++)
            buf_done(&l->items[i].keys[k]);
        free(l->items[i].keys);
    }
    free(l->items);
    store_mailboxes_free(l->rows, l->n);
}

static struct item *find_item(const struct list *l, size_t before, int64_t id)
{
    for (size_t i = 0; id && i < before; i++)
        if (l->items[i].m->id == id)
            return &l->items[i];
    return NULL;
}

/* Parents come before their children from the store. */
static int list_load(struct store_tx *tx, int64_t account_id, struct list *out, struct fct_error *err)
{
    if (store_mailboxes_load(tx, account_id, &out->rows, &out->n, err) < 0 ||
        store_state(tx, account_id, STORE_MAILBOX, &out->modseq, err) < 0)
        return -1;
    out->items = xcalloc(out->n + 1, sizeof(*out->items));
    for (size_t i = 0; i < out->n; i++) {
        struct item *item = &out->items[i];
        item->m = &out->rows[i];
        item->parent = find_item(out, i, item->m->parent_id);
        item->depth = item->parent ? item->parent->depth + 1 : 0;
    }
    return 0;
}

static int list_filter(struct list *l, struct api_call *call, const json_t *filter, bool as_tree, struct fct_error *err)
{
    struct filter f = {call, err};
    for (size_t i = 0; i < l->n; i++) {
        struct item *item = &l->items[i];
        enum match m = filter ? match_filter(&f, filter, item->m, 0) : YES;
        if (m == BROKEN)
            return -1;
        item->is_in = m == YES && (!as_tree || !item->parent || item->parent->is_in);
    }
    if (l->n == 0 && filter) { /* nothing to try it on: a broken filter is refused all the same */
        struct store_mailbox none = {.name = (char[]){""}};
        return match_filter(&f, filter, &none, 0) == BROKEN ? -1 : 0;
    }
    return 0;
}

/* ---- sort ---- */

struct order {
    const json_t *comparators; /* NULL: sortOrder, then name */
    bool as_tree;
};

static int make_keys(struct list *l, const json_t *sort, struct fct_error *err)
{
    l->n_keys = sort ? json_array_size(sort) : 1;
    for (size_t i = 0; i < l->n; i++)
        l->items[i].keys = xcalloc(l->n_keys + 1, sizeof(struct buf));
    for (size_t k = 0; k < l->n_keys; k++) {
        const json_t *c = json_array_get(sort, k);
        const char *property = c ? json_string_value(json_object_get(c, "property")) : "name",
                   *collation = json_string_value(json_object_get(c, "collation"));
        CLEANUP(buf_done) struct buf ignored = {0};
        if (search_collate(collation, "", &ignored) < 0)
            return fct_fail(err, FCT_E_UNSUPPORTED_SORT, FCT_RETRY_NEVER, "there is no collation %.40s", collation);
        for (size_t i = 0; i < l->n && strcmp(property, "name") == 0; i++)
            search_collate(collation, l->items[i].m->name, &l->items[i].keys[k]);
    }
    return 0;
}

static int compare_names(const struct item *a, const struct item *b, size_t key)
{
    const struct buf *x = &a->keys[key], *y = &b->keys[key];
    int d = memcmp(buf_str(x), buf_str(y), x->n < y->n ? x->n : y->n);
    return d ? d : (x->n > y->n) - (x->n < y->n);
}

static int compare_orders(const struct item *a, const struct item *b)
{
    return (a->m->sort_order > b->m->sort_order) - (a->m->sort_order < b->m->sort_order);
}

static int compare_plain(const struct item *a, const struct item *b, const struct order *o)
{
    for (size_t i = 0; i < json_array_size(o->comparators); i++) {
        const json_t *c = json_array_get(o->comparators, i);
        bool by_name = strcmp(json_string_value(json_object_get(c, "property")), "name") == 0;
        int d = by_name ? compare_names(a, b, i) : compare_orders(a, b);
        if (d)
            return json_is_false(json_object_get(c, "isAscending")) ? -d : d;
    }
    if (!o->comparators) {
        int d = compare_orders(a, b);
        if (!d)
            d = compare_names(a, b, 0);
        if (d)
            return d;
    }
    return (a->m->id > b->m->id) - (a->m->id < b->m->id);
}

static const struct item *ancestor_at(const struct item *i, int depth)
{
    while (i->depth > depth)
        i = i->parent;
    return i;
}

/* sortAsTree: an ancestor comes first; otherwise the nearest ancestors with the same parent decide. */
static int compare_items(const void *pa, const void *pb, void *ctx)
{
    const struct item *a = *(const struct item *const *)pa, *b = *(const struct item *const *)pb;
    const struct order *o = ctx;
    if (!o->as_tree || a == b)
        return compare_plain(a, b, o);
    int depth = a->depth < b->depth ? a->depth : b->depth;
    const struct item *x = ancestor_at(a, depth), *y = ancestor_at(b, depth);
    if (x == y)
        return a->depth < b->depth ? -1 : 1;
    while (x->parent != y->parent)
        x = x->parent, y = y->parent;
    return compare_plain(x, y, o);
}

static int check_sort(const json_t *sort, struct fct_error *err)
{
    for (size_t i = 0; i < json_array_size(sort); i++) {
        const char *p = json_string_value(json_object_get(json_array_get(sort, i), "property"));
        if (strcmp(p, "name") != 0 && strcmp(p, "sortOrder") != 0)
            return fct_fail(err, FCT_E_UNSUPPORTED_SORT, FCT_RETRY_NEVER, "mailboxes are not sorted by %.40s", p);
    }
    return 0;
}

struct results {
    int64_t *ids;
    size_t n;
    int64_t *all; /* every mailbox, in the results or not */
    size_t n_all;
    int64_t modseq;
};

static void results_done(struct results *r)
{
    free(r->ids);
    free(r->all);
}

static int run_query(struct api_call *call, int64_t account_id, const json_t *filter, const json_t *sort,
                     bool sort_as_tree, bool filter_as_tree, struct results *out, struct fct_error *err)
{
    CLEANUP(list_done) struct list l = {0};
    struct order order = {sort, sort_as_tree};
    if (check_sort(sort, err) < 0 || list_load(call->tx, account_id, &l, err) < 0 || make_keys(&l, sort, err) < 0 ||
        list_filter(&l, call, filter, filter_as_tree, err) < 0)
        return -1;
    CLEANUP(freep) const struct item **found = xcalloc(l.n + 1, sizeof(*found));
    size_t n = 0;
    for (size_t i = 0; i < l.n; i++)
        if (l.items[i].is_in)
            found[n++] = &l.items[i];
    qsort_r(found, n, sizeof(*found), compare_items, &order);
    out->ids = xcalloc(n + 1, sizeof(*out->ids));
    out->n = n;
    out->all = xcalloc(l.n + 1, sizeof(*out->all));
    out->n_all = l.n;
    out->modseq = l.modseq;
    for (size_t i = 0; i < n; i++)
        out->ids[i] = found[i]->m->id;
    for (size_t i = 0; i < l.n; i++)
        out->all[i] = l.items[i].m->id;
    return 0;
}

int api_mailbox_query(struct api_call *call, const struct api_mailbox_query_args *args, json_t **out,
                      struct fct_error *err)
{
    CLEANUP(results_done) struct results r = {0};
    struct scope scope;
    struct window w = {.position = args->position,
                       .anchor_offset = args->anchor_offset,
                       .limit = args->limit,
                       .calculate_total = args->calculate_total};
    if (args->anchor && !id_from(call, ID_MAILBOX, args->anchor, &w.anchor))
        w.anchor = -1;
    if (scope_find(call, call->tx, args->account_id, &scope, err) < 0 ||
        run_query(call, scope.id, args->filter, args->sort, args->sort_as_tree, args->filter_as_tree, &r, err) < 0)
        return -1;
    json_t *answer = json_pack("{s:s, s:o, s:b}", "accountId", scope.text, "queryState", json_state(r.modseq),
                               "canCalculateChanges", true);
    if (window_answer(ID_MAILBOX, r.ids, r.n, &w, answer, err) < 0) {
        json_decref(answer);
        return -1;
    }
    *out = answer;
    return 0;
}

/* ---- queryChanges ---- */

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* `ids` are sorted. */
static bool has_id(const int64_t *ids, size_t n, int64_t id)
{
    return n && bsearch(&id, ids, n, sizeof(*ids), compare_ids);
}

static void sort_ids(int64_t *ids, size_t n)
{
    if (n)
        qsort(ids, n, sizeof(*ids), compare_ids);
}

/* A mailbox that changed may have moved in the results: it is removed and added again where it stands now (RFC 8620
 * section 5.6). In a tree whole branches move, come and go with one mailbox that changed: there everything that was is
 * removed, and everything that is added, when anything changed. */
static void query_delta(struct store_changes *c, const struct results *r, bool as_tree, json_t *removed, json_t *added)
{
    if (c->only_counts) /* neither filters nor sorts look at them */
        return;
    sort_ids(c->created, c->n_created);
    sort_ids(c->updated, c->n_updated);
    bool all = as_tree && (c->n_created || c->n_updated || c->n_destroyed);
    for (size_t i = 0; i < c->n_destroyed; i++)
        json_array_append_new(removed, json_id(ID_MAILBOX, c->destroyed[i]));
    for (size_t i = 0; !all && i < c->n_updated; i++)
        json_array_append_new(removed, json_id(ID_MAILBOX, c->updated[i]));
    for (size_t i = 0; all && i < r->n_all; i++)
        if (!has_id(c->created, c->n_created, r->all[i]))
            json_array_append_new(removed, json_id(ID_MAILBOX, r->all[i]));
    for (size_t i = 0; i < r->n; i++)
        if (all || has_id(c->created, c->n_created, r->ids[i]) || has_id(c->updated, c->n_updated, r->ids[i]))
            json_array_append_new(
                added, json_pack("{s:o, s:I}", "id", json_id(ID_MAILBOX, r->ids[i]), "index", (json_int_t)i));
}

int api_mailbox_query_changes(struct api_call *call, const struct api_mailbox_query_changes_args *args, json_t **out,
                              struct fct_error *err)
{
    CLEANUP(results_done) struct results r = {0};
    CLEANUP(store_changes_done) struct store_changes c = {0};
    struct scope scope;
    int64_t since;
    if (!state_parse(args->since_query_state, &since))
        return fct_fail(err, FCT_E_CANNOT_CALCULATE, FCT_RETRY_NEVER, "sinceQueryState is none of ours");
    if (scope_find(call, call->tx, args->account_id, &scope, err) < 0 ||
        run_query(call, scope.id, args->filter, args->sort, args->sort_as_tree, args->filter_as_tree, &r, err) < 0 ||
        store_changes_since(call->tx, scope.id, STORE_MAILBOX, since, 0, &c, err) < 0)
        return -1;

    json_t *removed = json_array(), *added = json_array();
    query_delta(&c, &r, args->sort_as_tree || args->filter_as_tree, removed, added);
    size_t n = json_array_size(removed) + json_array_size(added);
    *out = json_pack("{s:s, s:s, s:o, s:o, s:o}", "accountId", scope.text, "oldQueryState", args->since_query_state,
                     "newQueryState", json_state(r.modseq), "removed", removed, "added", added);
    if (args->calculate_total)
        json_object_set_new(*out, "total", json_integer((json_int_t)r.n));
    if (args->max_changes > 0 && n > (size_t)args->max_changes) {
        json_decref(*out);
        *out = NULL;
        return fct_fail(err, FCT_E_TOO_MANY_CHANGES, FCT_RETRY_NEVER, "%zu changes", n);
    }
    return 0;
}
