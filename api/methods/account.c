/* Account/get, /changes, /query: accounts as they are. */
#include "methods/account.h"

#include "access.h"
#include "search/search.h"
#include "store/accounts.h"
#include "store/mailbox_wishes.h"
#include "store/pending.h"
#include "store/refusals.h"
#include "view.h"

#include <string.h>
#include <strings.h>

static const char *const names[] = {"id",       "name",           "address",     "source",    "transport",
                                    "settings", "isEnabled",      "isLocal",     "sortOrder", "syncState",
                                    "notices",  "pendingChanges", "capabilities"};
#define N_PROPERTIES (sizeof(names) / sizeof(*names))

/* ---- reading ---- */

struct row_more { /* of an account, from other tables */
    int64_t pending, mailbox_wishes;
    struct store_notice *notices;
    size_t n_notices;
};

struct rows {
    const struct api_call *call;
    struct store_account *rows;
    struct row_more *more;
    size_t n;
    json_t *state;
};

static void rows_done(struct rows *r)
{
    for (size_t i = 0; r->more && i < r->n; i++)
        store_notice_list_free(r->more[i].notices, r->more[i].n_notices);
    store_accounts_free(r->rows, r->n);
    free(r->more);
    json_decref(r->state);
}

static int read_rows(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct rows *r = arg;
    access_look(r->call, tx);
    if (store_accounts_load(tx, &r->rows, &r->n, err) < 0 || state_of(tx, 0, STORE_ACCOUNT, &r->state, err) < 0)
        return -1;
    r->more = xcalloc(r->n + 1, sizeof(*r->more));
    for (size_t i = 0; i < r->n; i++)
        if (store_pending_count(tx, r->rows[i].id, &r->more[i].pending, err) < 0 ||
            store_mailbox_wishes_count(tx, r->rows[i].id, &r->more[i].mailbox_wishes, err) < 0 ||
            store_notices_load(tx, r->rows[i].id, &r->more[i].notices, &r->more[i].n_notices, err) < 0)
            return -1;
    return 0;
}

/* ---- as JSON ---- */

static json_t *settings_json(const struct store_account *a)
{
    json_t *settings = json_loads(a->settings ? a->settings : "{}", 0, NULL);
    return json_is_object(settings) ? settings : json_object();
}

static json_t *last_error_json(const struct store_account *a)
{
    return view_error(a->last_error ? json_loads(a->last_error, 0, NULL) : NULL);
}

static json_t *string_or_null(const char *s)
{
    return s && *s ? json_string_of(s) : json_null();
}

static json_t *sync_state_json(struct core *core, const struct store_account *a)
{
    struct account_state s = {.phase = a->is_local     ? ACCOUNT_IDLE
                                       : a->is_enabled ? ACCOUNT_FAILED
                                                       : ACCOUNT_DISABLED,
                              .last_sync_at = a->last_sync_at};
    core_account_state(core, a->id, &s, NULL); /* one that is not alive is as its row says */
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:o}", "phase", account_phase_name(s.phase),
        "since", json_utc_or_null(s.since), "nextTryAt", json_utc_or_null(s.next_try_at), "waitsFor",
        string_or_null(account_waits_name(s.waits_for)), "connectedSince", json_utc_or_null(s.connected_since), "news",
        string_or_null(account_news_name(s.news)), "mailbox", string_or_null(s.mailbox), "lastSyncAt",
        json_utc_or_null(s.last_sync_at), "messagesDone", (json_int_t)s.messages_done, "messagesTotal",
        (json_int_t)s.messages_total, "bytesDone", (json_int_t)s.bytes_done, "roundTrips", (json_int_t)s.round_trips,
        "mailboxesMissing", (json_int_t)s.mailboxes_missing, "lastError", last_error_json(a));
}

json_t *account_row_json(const struct store_account *a)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:i}", "id", json_id(ID_ACCOUNT, a->id), "name",
        json_string_of(a->name), "address", json_string_of(a->address), "source", json_string_of(a->source_url),
        "transport", a->transport_url && a->transport_url[0] ? json_string_of(a->transport_url) : json_null(),
        "settings", settings_json(a), "isEnabled", a->is_enabled, "isLocal", a->is_local, "sortOrder", a->sort_order);
}

/* Who was not let in is the owner's business. */
static json_t *notices_json(const struct row_more *more, bool is_owner)
{
    json_t *list = json_array();
    for (size_t i = 0; i < more->n_notices; i++) {
        const struct store_notice *n = &more->notices[i];
        if (!is_owner && strcmp(n->type, NOTICE_SIGN_IN) == 0)
            continue;
        json_array_append_new(list, json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "id", json_id(ID_NOTICE, n->id),
                                              "at", json_utc_or_null(n->at), "type", n->type, "description",
                                              json_string_of(n->text), "server",
                                              n->server ? json_string_of(n->server) : json_null(), "mailboxId",
                                              n->mailbox_id ? json_id(ID_MAILBOX, n->mailbox_id) : json_null(),
                                              "emailId", n->email_id ? json_id(ID_EMAIL, n->email_id) : json_null()));
    }
    return list;
}

static json_t *account_json(const struct api_call *call, const struct store_account *a, const struct row_more *more,
                            uint64_t properties)
{
    struct core *core = call->api->core;
    json_t *all = account_row_json(a), *out = json_object();
    json_object_set_new(all, "syncState", sync_state_json(core, a));
    json_object_set_new(all, "pendingChanges", json_integer(more->pending + more->mailbox_wishes));
    json_object_set_new(all, "notices", notices_json(more, !call->access));
    const struct core_abilities may = core_abilities(core, a->source_url);
    json_object_set_new(all, "capabilities",
                        json_pack("{s:b, s:b, s:b}", "mayMoveEmails", may.moves, "mayChangeMailboxes", may.mailboxes,
                                  "mayImport", may.imports));
    for (size_t i = 0; i < N_PROPERTIES; i++)
        if (properties & (UINT64_C(1) << i))
            json_object_set(out, names[i], json_object_get(all, names[i]));
    json_decref(all);
    return out;
}

/* ---- Account/get ---- */

static ssize_t find_row(const struct rows *r, int64_t id)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->rows[i].id == id)
            return (ssize_t)i;
    return -1;
}

int api_account_get(struct api_call *call, const struct api_account_get_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(rows_done) struct rows r = {.call = call};
    CLEANUP(json_decrefp) json_t *ids = ids_once(call, args->ids);
    uint64_t properties;
    if (properties_parse(call, args->properties, names, N_PROPERTIES, (UINT64_C(1) << N_PROPERTIES) - 1, &properties,
                         err) < 0)
        return -1;
    if (json_array_size(args->ids) > API_MAX_OBJECTS_IN_GET)
        return too_many(err, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET);
    if (store_read(call->api->store, read_rows, &r, err) < 0)
        return -1;

    json_t *list = json_array(), *not_found = json_array();
    for (size_t i = 0; i < r.n && !args->ids; i++)
        json_array_append_new(list, account_json(call, &r.rows[i], &r.more[i], properties));
    for (size_t i = 0; i < json_array_size(ids); i++) {
        json_t *text = json_array_get(ids, i);
        int64_t id;
        ssize_t at = id_from(call, ID_ACCOUNT, json_string_value(text), &id) ? find_row(&r, id) : -1;
        if (at >= 0)
            json_array_append_new(list, account_json(call, &r.rows[at], &r.more[at], properties));
        else
            json_array_append(not_found, text);
    }
    *out = json_pack("{s:O, s:o, s:o}", "state", r.state, "list", list, "notFound", not_found);
    return 0;
}

int api_account_changes(struct api_call *call, const struct api_account_changes_args *args, json_t **out,
                        struct fct_error *err)
{
    return changes_answer(call, NULL, STORE_ACCOUNT, ID_ACCOUNT, args->since_state, args->max_changes, NULL, out, err);
}

/* ---- Account/query ---- */

static bool matches(const struct store_account *a, const json_t *filter)
{
    json_t *is_enabled = json_object_get(filter, "isEnabled"), *is_local = json_object_get(filter, "isLocal");
    const char *text = json_string_value(json_object_get(filter, "text"));
    if (is_enabled && json_is_true(is_enabled) != a->is_enabled)
        return false;
    if (is_local && json_is_true(is_local) != a->is_local)
        return false;
    return !text || strcasestr(a->name, text) || strcasestr(a->address, text);
}

struct order {
    const json_t *sort;
};

static int compare_by(const struct store_account *a, const struct store_account *b, const char *property)
{
    if (strcmp(property, "name") == 0)
        return strcasecmp(a->name, b->name);
    if (strcmp(property, "address") == 0)
        return strcasecmp(a->address, b->address);
    return (a->sort_order > b->sort_order) - (a->sort_order < b->sort_order);
}

static int compare_rows(const void *pa, const void *pb, void *ctx)
{
    const struct store_account *a = *(const struct store_account *const *)pa,
                               *b = *(const struct store_account *const *)pb;
    const struct order *o = ctx;
    for (size_t i = 0; i < json_array_size(o->sort); i++) {
        json_t *comparator = json_array_get(o->sort, i);
        int d = compare_by(a, b, json_string_value(json_object_get(comparator, "property")));
        if (d)
            return json_is_false(json_object_get(comparator, "isAscending")) ? -d : d;
    }
    return (a > b) - (a < b); /* rows come in their natural order */
}

static int check_sort(const json_t *sort, struct fct_error *err)
{
    for (size_t i = 0; i < json_array_size(sort); i++) {
        const char *p = json_string_value(json_object_get(json_array_get(sort, i), "property"));
        if (strcmp(p, "name") != 0 && strcmp(p, "address") != 0 && strcmp(p, "sortOrder") != 0)
            return fct_fail(err, FCT_E_UNSUPPORTED_SORT, FCT_RETRY_NEVER, "accounts are not sorted by %.40s", p);
    }
    return 0;
}

int api_account_query(struct api_call *call, const struct api_account_query_args *args, json_t **out,
                      struct fct_error *err)
{
    CLEANUP(rows_done) struct rows r = {.call = call};
    struct window w = {.position = args->position,
                       .anchor_offset = args->anchor_offset,
                       .limit = args->limit,
                       .calculate_total = args->calculate_total};
    struct order order = {args->sort};
    if (args->anchor && !id_from(call, ID_ACCOUNT, args->anchor, &w.anchor))
        w.anchor = -1; /* is in no result */
    if (check_sort(args->sort, err) < 0 || read_rows(call->tx, &r, err) < 0)
        return -1;

    CLEANUP(freep) const struct store_account **found = xcalloc(r.n + 1, sizeof(*found));
    CLEANUP(freep) int64_t *ids = xcalloc(r.n + 1, sizeof(*ids));
    size_t n = 0;
    for (size_t i = 0; i < r.n; i++)
        if (matches(&r.rows[i], args->filter))
            found[n++] = &r.rows[i];
    qsort_r(found, n, sizeof(*found), compare_rows, &order);
    for (size_t i = 0; i < n; i++)
        ids[i] = found[i]->id;
    json_t *answer = json_pack("{s:O, s:b}", "queryState", r.state, "canCalculateChanges", false);
    if (window_answer(ID_ACCOUNT, ids, n, &w, answer, err) < 0) {
        json_decref(answer);
        return -1;
    }
    *out = answer;
    return 0;
}
