/* EmailSubmission/get, /changes, /query, /queryChanges: RFC 8621 section 7. All submissions of an account fit into
 * memory, so filter and sort are plain C. */
#include "methods/submission.h"

#include "store/emails.h"

#include <string.h>
#include <time.h>

static const char *const names[] = {
    "id",     "accountId",  "identityId",     "emailId",           "threadId",   "envelope",
    "sendAt", "undoStatus", "deliveryStatus", "dsnBlobIds",        "mdnBlobIds", "state",
    "tries",  "nextTryAt",  "error",          "needsConfirmation", "isReport"};
#define N_PROPERTIES (sizeof(names) / sizeof(*names))

/* ---- as JSON ---- */

static json_t *address_json(const char *email, const char *parameters)
{
    return json_pack("{s:o, s:o}", "email", json_string_of(email), "parameters", json_of_text(parameters));
}

static json_t *envelope_json(const struct store_submission *s)
{
    json_t *to = json_array();
    for (size_t i = 0; i < s->n_recipients; i++)
        json_array_append_new(to, address_json(s->recipients[i].address, s->recipients[i].parameters));
    return json_pack("{s:o, s:o}", "mailFrom", address_json(s->sender, s->sender_parameters), "rcptTo", to);
}

/* Handing a message to a server is no delivery (RFC 8621 section 7): only what was heard afterwards tells. */
static const char *delivered(const struct store_submission *s, const struct store_recipient *r)
{
    static const char *const heard[] = {"unknown", "queued", "yes", "no"};
    if (r->state == RECIPIENT_ACCEPTED || (r->delivered && r->state == RECIPIENT_ON_THE_WAY))
        return heard[r->delivered];
    return r->state == RECIPIENT_REFUSED || s->state == SUBMISSION_CANCELED ? "no" : "queued";
}

static json_t *delivery_json(const struct store_submission *s)
{
    json_t *out = json_object();
    for (size_t i = 0; i < s->n_recipients; i++) {
        const struct store_recipient *r = &s->recipients[i];
        const char *reply = r->reply ? r->reply : "451 4.0.0 not sent yet";
        json_object_set_new(out, r->address,
                            json_pack("{s:o, s:s, s:s}", "smtpReply", json_string_of(reply), "delivered",
                                      delivered(s, r), "displayed", r->is_displayed ? "yes" : "unknown"));
    }
    return out;
}

static json_t *blob_ids(const struct store_submission *s, int kind)
{
    char text[BLOB_ID_SIZE];
    json_t *out = json_array();
    for (size_t i = 0; i < s->n_reports; i++)
        if (s->reports[i].kind == kind)
            json_array_append_new(out, json_string(blob_id_format(s->reports[i].sha256, text)));
    return out;
}

static const char *undo_status(int state, bool is_pending)
{
    return state == SUBMISSION_CANCELED ? "canceled" : is_pending ? "pending" : "final";
}

static json_t *error_json_of(const char *text)
{
    json_t *error = json_of_text(text);
    json_t *at = json_object_get(error, "at");
    if (json_is_integer(at))
        json_object_set_new(error, "at", json_utc(json_integer_value(at)));
    return error;
}

json_t *submission_json(const struct store_submission *s, uint64_t properties)
{
    bool is_planned = s->state <= SUBMISSION_QUEUED && !s->needs_confirmation && s->next_try_at > (int64_t)time(NULL);
    json_t *all = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:s, s:i, s:o, s:o, s:b, s:b}", "id",
        json_id(ID_SUBMISSION, s->id), "accountId", json_id(ID_ACCOUNT, s->account_id), "identityId",
        json_id(ID_IDENTITY, s->identity_id), "emailId", json_id(ID_EMAIL, s->email_id), "threadId",
        json_id(ID_THREAD, s->thread_id), "envelope", envelope_json(s), "sendAt", json_utc(s->send_at), "undoStatus",
        undo_status(s->state, store_submission_is_pending(s)), "deliveryStatus", delivery_json(s), "dsnBlobIds",
        blob_ids(s, REPORT_DSN), "mdnBlobIds", blob_ids(s, REPORT_MDN), "state", store_submission_state_name(s->state),
        "tries", s->tries, "nextTryAt", is_planned ? json_utc(s->next_try_at) : json_null(), "error",
        error_json_of(s->last_error), "needsConfirmation", s->needs_confirmation, "isReport", s->is_report);
    return properties ? properties_only(all, names, N_PROPERTIES, properties) : all;
}

/* ---- get and changes ---- */

static int get_one(struct api_call *call, const struct scope *scope, const char *text, uint64_t properties,
                   json_t **out, struct fct_error *err)
{
    CLEANUP(store_submission_done) struct store_submission s = {0};
    int64_t id;
    if (!id_from(call, ID_SUBMISSION, text, &id))
        return 0;
    if (store_submission_load(call->tx, id, &s, err) < 0)
        return err->code == FCT_E_NOT_FOUND ? 0 : -1;
    if (scope_has(scope, s.account_id))
        *out = submission_json(&s, properties);
    return 0;
}

static json_t *every_id(struct store_tx *tx, const struct scope *scope, struct fct_error *err)
{
    CLEANUP(freep) struct store_submission_row *rows = NULL;
    size_t n;
    if (store_submissions_list(tx, scope->id, &rows, &n, err) < 0)
        return NULL;
    json_t *ids = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(ids, json_id(ID_SUBMISSION, rows[i].id));
    return ids;
}

int api_email_submission_get(struct api_call *call, const struct api_email_submission_get_args *args, json_t **out,
                             struct fct_error *err)
{
    const struct get_request r = {args->account_id, args->ids, args->properties, STORE_SUBMISSION, names,
                                  N_PROPERTIES,     every_id,  get_one};
    return get_answer(call, &r, out, err);
}

int api_email_submission_changes(struct api_call *call, const struct api_email_submission_changes_args *args,
                                 json_t **out, struct fct_error *err)
{
    return changes_answer(call, args->account_id, STORE_SUBMISSION, ID_SUBMISSION, args->since_state, args->max_changes,
                          NULL, out, err);
}

/* ---- filter ---- */

#define FILTER_DEPTH_MAX 32

enum match { NO, YES, BROKEN };

static enum match broken(struct fct_error *err, int code, const char *fmt, const char *name)
{
    fct_fail(err, code, FCT_RETRY_NEVER, fmt, name);
    return BROKEN;
}

static enum match match_ids(struct api_call *call, const char *name, const json_t *ids, enum id_kind kind, int64_t id,
                            struct fct_error *err)
{
    bool found = false;
    if (!json_is_array(ids))
        return broken(err, FCT_E_INVALID, "filter.%s must be a list of ids", name);
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *text = json_string_value(json_array_get(ids, i));
        int64_t one;
        found = found || (text && id_from(call, kind, text, &one) && one == id);
    }
    return (enum match)found;
}

static enum match match_date(const char *name, const json_t *v, int64_t send_at, bool is_before, struct fct_error *err)
{
    int64_t at;
    if (!json_is_string(v) || !utc_parse(json_string_value(v), &at))
        return broken(err, FCT_E_INVALID, "filter.%s must be like 2014-10-30T06:12:00Z", name);
    return (enum match)(is_before ? send_at < at : send_at >= at);
}

static enum match match_property(struct api_call *call, const char *name, const json_t *v,
                                 const struct store_submission_row *r, struct fct_error *err)
{
    if (strcmp(name, "identityIds") == 0)
        return match_ids(call, name, v, ID_IDENTITY, r->identity_id, err);
    if (strcmp(name, "emailIds") == 0)
        return match_ids(call, name, v, ID_EMAIL, r->email_id, err);
    if (strcmp(name, "threadIds") == 0)
        return match_ids(call, name, v, ID_THREAD, r->thread_id, err);
    if (strcmp(name, "before") == 0 || strcmp(name, "after") == 0)
        return match_date(name, v, r->send_at, name[0] == 'b', err);
    if (strcmp(name, "undoStatus") == 0)
        return json_is_string(v) ? (enum match)(strcmp(json_string_value(v), undo_status(r->state, r->is_pending)) == 0)
                                 : broken(err, FCT_E_INVALID, "filter.%s must be a string", name);
    if (strcmp(name, "state") == 0)
        return json_is_string(v)
                   ? (enum match)(strcmp(json_string_value(v), store_submission_state_name(r->state)) == 0)
                   : broken(err, FCT_E_INVALID, "filter.%s must be a string", name);
    return broken(err, FCT_E_UNSUPPORTED_FILTER, "there is no condition %.60s for submissions", name);
}

static enum match match_filter(struct api_call *call, const json_t *filter, const struct store_submission_row *r,
                               int depth, struct fct_error *err)
{
    const char *operator= json_string_value(json_object_get(filter, "operator")), *name;
    json_t *value;
    if (!json_is_object(filter))
        return broken(err, FCT_E_INVALID, "%s: a condition must be an object", "filter");
    if (depth > FILTER_DEPTH_MAX)
        return broken(err, FCT_E_UNSUPPORTED_FILTER, "%s: nested deeper than 32", "filter");
    bool all = true, any = false;
    if (!operator) {
        json_object_foreach((json_t *)filter, name, value)
        {
            enum match one = match_property(call, name, value, r, err);
            if (one == BROKEN)
                return BROKEN;
            all = all && one == YES;
        }
        return (enum match)all;
    }
    bool is_and = strcmp(operator, "AND") == 0, is_or = strcmp(operator, "OR") == 0,
         is_not = strcmp(operator, "NOT") == 0;
    const json_t *conditions = json_object_get(filter, "conditions");
    if (!(is_and || is_or || is_not) || !json_is_array(conditions) || json_object_size(filter) != 2)
        return broken(err, FCT_E_INVALID,
                      "filter.operator %.20s: AND, OR or NOT with a list of conditions and nothing else", operator);
    for (size_t i = 0; i < json_array_size(conditions); i++) {
        enum match one = match_filter(call, json_array_get(conditions, i), r, depth + 1, err);
        if (one == BROKEN)
            return BROKEN;
        all = all && one == YES;
        any = any || one == YES;
    }
    return is_and ? (enum match)all : is_or ? (enum match)any : (enum match) !any;
}

/* ---- sort ---- */

#define SORT_MAX 16

struct order {
    struct {
        enum { BY_EMAIL, BY_THREAD, BY_SEND_AT } by;
        bool is_descending;
    } v[SORT_MAX];
    size_t n;
};

static int read_order(const json_t *sort, struct order *out, struct fct_error *err)
{
    out->n = 0;
    for (size_t i = 0; i < json_array_size(sort) && i < SORT_MAX; i++) {
        const json_t *c = json_array_get(sort, i);
        const char *by = json_string_value(json_object_get(c, "property"));
        out->v[i].is_descending = json_is_false(json_object_get(c, "isAscending"));
        if (strcmp(by, "emailId") == 0)
            out->v[i].by = BY_EMAIL;
        else if (strcmp(by, "threadId") == 0)
            out->v[i].by = BY_THREAD;
        else if (strcmp(by, "sentAt") == 0 || strcmp(by, "sendAt") == 0)
            out->v[i].by = BY_SEND_AT;
        else
            return fct_fail(err, FCT_E_UNSUPPORTED_SORT, FCT_RETRY_NEVER, "cannot sort submissions by %.60s", by);
        out->n++;
    }
    return 0;
}

static int compare_rows(const void *a, const void *b, void *ctx)
{
    const struct store_submission_row *x = a, *y = b;
    const struct order *o = ctx;
    for (size_t i = 0; i < o->n; i++) {
        int64_t p = o->v[i].by == BY_EMAIL ? x->email_id : o->v[i].by == BY_THREAD ? x->thread_id : x->send_at;
        int64_t q = o->v[i].by == BY_EMAIL ? y->email_id : o->v[i].by == BY_THREAD ? y->thread_id : y->send_at;
        if (p != q)
            return (p < q ? -1 : 1) * (o->v[i].is_descending ? -1 : 1);
    }
    return (x->id < y->id) - (x->id > y->id);
}

/* ---- query ---- */

struct results {
    int64_t *ids;
    size_t n;
    int64_t modseq;
};

static void results_done(struct results *r)
{
    free(r->ids);
}

static int run_query(struct api_call *call, int64_t account_id, const json_t *filter, const json_t *sort,
                     struct results *out, struct fct_error *err)
{
    CLEANUP(freep) struct store_submission_row *rows = NULL;
    struct order order;
    size_t n, kept = 0;
    if (read_order(sort, &order, err) < 0 ||
        store_state(call->tx, account_id, STORE_SUBMISSION, &out->modseq, err) < 0 ||
        store_submissions_list(call->tx, account_id, &rows, &n, err) < 0)
        return -1;
    if (n == 0 && filter &&
        match_filter(call, filter, &(struct store_submission_row){.state = SUBMISSION_SENT}, 0, err) == BROKEN)
        return -1; /* a filter that means nothing is so without anything to filter, too */
    for (size_t i = 0; i < n; i++) {
        enum match is_in_it = filter ? match_filter(call, filter, &rows[i], 0, err) : YES;
        if (is_in_it == BROKEN)
            return -1;
        if (is_in_it == YES)
            rows[kept++] = rows[i];
    }
    if (kept > 0)
        qsort_r(rows, kept, sizeof(*rows), compare_rows, &order);
    out->ids = xcalloc(kept + 1, sizeof(*out->ids));
    for (size_t i = 0; i < kept; i++)
        out->ids[i] = rows[i].id;
    out->n = kept;
    return 0;
}

int api_email_submission_query(struct api_call *call, const struct api_email_submission_query_args *args, json_t **out,
                               struct fct_error *err)
{
    CLEANUP(results_done) struct results r = {0};
    struct scope scope;
    struct window w = {.position = args->position,
                       .anchor_offset = args->anchor_offset,
                       .limit = args->limit,
                       .calculate_total = args->calculate_total};
    if (args->anchor && !id_from(call, ID_SUBMISSION, args->anchor, &w.anchor))
        w.anchor = -1;
    if (scope_find(call, call->tx, args->account_id, &scope, err) < 0 ||
        run_query(call, scope.id, args->filter, args->sort, &r, err) < 0)
        return -1;
    json_t *answer = json_pack("{s:s, s:o, s:b}", "accountId", scope.text, "queryState", json_state(r.modseq),
                               "canCalculateChanges", true);
    if (window_answer(ID_SUBMISSION, r.ids, r.n, &w, answer, err) < 0) {
        json_decref(answer);
        return -1;
    }
    *out = answer;
    return 0;
}

int api_email_submission_query_changes(struct api_call *call,
                                       const struct api_email_submission_query_changes_args *args, json_t **out,
                                       struct fct_error *err)
{
    CLEANUP(results_done) struct results r = {0};
    struct scope scope;
    int64_t since;
    if (query_since(args->since_query_state, &since, err) < 0 ||
        scope_find(call, call->tx, args->account_id, &scope, err) < 0 ||
        run_query(call, scope.id, args->filter, args->sort, &r, err) < 0)
        return -1;
    const struct query_changes q = {.scope = &scope,
                                    .type = STORE_SUBMISSION,
                                    .kind = ID_SUBMISSION,
                                    .since_state = args->since_query_state,
                                    .since = since,
                                    .ids = r.ids,
                                    .n = r.n,
                                    .modseq = r.modseq,
                                    .max = args->max_changes,
                                    .calculate_total = args->calculate_total};
    return query_changes_answer(call, &q, out, err);
}
