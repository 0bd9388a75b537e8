#include "methods/common.h"

#include "access.h"
#include "audit.h"
#include "session.h"
#include "store/accounts.h"
#include "store/emails.h"
#include "store/history.h"
#include "store/tokens.h"
#include "text/tokens.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

/* ---- accounts ---- */

bool scope_has(const struct scope *s, int64_t account_id)
{
    return s->id == ALL_ACCOUNTS ? access_has_account(s->access, account_id) : s->id == account_id;
}

int account_find_seen(struct api_call *call, const char *text, int64_t *out, struct fct_error *err)
{
    if (id_from(call, ID_ACCOUNT, text, out) && access_sees(call, *out))
        return 0;
    return fct_fail(err, FCT_E_NOT_FOUND_ACCOUNT, FCT_RETRY_NEVER, "there is no account %.40s", text);
}

int account_find_one(struct api_call *call, struct store_tx *tx, const char *text, int64_t *out, struct fct_error *err)
{
    struct store_account a = {0};
    int64_t id;
    access_look(call, tx);
    if (account_find_seen(call, text, &id, err) < 0)
        return -1;
    if (store_account_load(tx, id, &a, err) < 0) {
        if (err->code == FCT_E_NOT_FOUND || err->code == FCT_E_NOT_FOUND_ACCOUNT)
            fct_fail(err, FCT_E_NOT_FOUND_ACCOUNT, FCT_RETRY_NEVER, "there is no account %.40s", text);
        return -1;
    }
    store_account_done(&a);
    *out = id;
    return 0;
}

int account_find_from(struct api_call *call, struct store_tx *tx, const char *text, int64_t *out, struct fct_error *err)
{
    if (account_find_one(call, tx, text, out, err) == 0)
        return 0;
    if (err->code == FCT_E_NOT_FOUND_ACCOUNT) {
        if (!call->error_data)
            call->error_data = json_object();
        json_object_set_new(call->error_data, "type", json_string("fromAccountNotFound"));
    }
    return -1;
}

int scope_find(struct api_call *call, struct store_tx *tx, const char *text, struct scope *out, struct fct_error *err)
{
    if (!text || strcmp(text, "*") == 0) {
        access_look(call, tx);
        *out = (struct scope){ALL_ACCOUNTS, "*", call->access};
        return 0;
    }
    if (account_find_one(call, tx, text, &out->id, err) < 0)
        return -1;
    out->access = call->access;
    id_format(ID_ACCOUNT, out->id, out->text);
    return 0;
}

char *group_of_client(const struct api_call *call, const char *name)
{
    char id[ID_SIZE];
    if (!name)
        return NULL;
    return call->access ? xasprintf("%s %s", id_format(ID_TOKEN, call->access->token_id, id), name) : xstrdup(name);
}

void act_for_client(const struct api_call *call, struct store_tx *tx)
{
    store_tx_set_actor(tx, STORE_BY_CLIENT, call->session ? session_name(call->session) : NULL);
    audit_note(call, tx);
}

int abilities_of(struct api_call *call, struct store_tx *tx, int64_t account_id, struct core_abilities *out,
                 struct fct_error *err)
{
    struct store_account a = {0};
    if (store_account_load(tx, account_id, &a, err) < 0)
        return -1;
    *out = core_abilities(call->api->core, a.source_url);
    store_account_done(&a);
    return 0;
}

json_t *forbidden_unless(bool may, const char *what)
{
    return may ? NULL : api_set_error("forbidden", NULL, "the account's server lets no %s", what);
}

int read_with_bodies(struct api_call *call, store_fn fn, void *arg, struct fct_error *err)
{
    const struct api_runner *runner = &call->api->dispatcher.runner;
    struct wanted_bodies wanted = {0};
    struct fct_error ignored = {0};
    call->bodies = &wanted;
    int rc = store_read(call->api->store, fn, arg, err);
    call->bodies = NULL;
    if (wanted.n) {
        runner->fetch_bodies(runner->bodies_ctx, &wanted, &ignored);
        *err = (struct fct_error){0};
        rc = store_read(call->api->store, fn, arg, err);
    }
    free(wanted.v);
    return rc;
}

/* ---- text ---- */

json_t *json_string_of(const char *s)
{
    CLEANUP(buf_done) struct buf valid = {0};
    json_t *out = s ? json_string(s) : json_null();
    if (out)
        return out;
    text_to_valid_utf8(bytes_str(s), &valid);
    return json_string(buf_str(&valid));
}

/* ---- ids ---- */

json_t *json_id(enum id_kind kind, int64_t number)
{
    char text[ID_SIZE];
    return json_string(id_format(kind, number, text));
}

bool id_from(const struct api_call *call, enum id_kind kind, const char *text, int64_t *out)
{
    const char *id = text ? call_resolve(call, text) : NULL;
    return id && id_parse(kind, id, out);
}

/* Bytes are kept once, whoever has them: what somebody may have who does not see all accounts is what a message of its
 * accounts consists of, or what it brought in itself. A hash alone opens nothing, and does not tell that others have
 * it. 1, 0, or -1. */
static int blob_is_seen(const struct api_call *call, struct store_tx *tx, const unsigned char sha256[32],
                        struct fct_error *err)
{
    bool is_seen = access_is_whole(call);
    for (size_t i = 0; !is_seen && i < call->access->n_accounts; i++)
        if (store_blob_is_of_account(tx, sha256, call->access->accounts[i], &is_seen, err) < 0)
            return -1;
    if (!is_seen && store_blob_is_of_token(tx, sha256, call->access->token_id, (int64_t)time(NULL), &is_seen, err) < 0)
        return -1;
    return is_seen;
}

int blob_id_from(struct api_call *call, struct store_tx *tx, const char *text, unsigned char sha256[32],
                 const char **out_part, struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    const char *id = text ? call_resolve(call, text) : NULL;
    int64_t email_id;
    if (!id)
        return 0;
    if (blob_id_parse(id, sha256, out_part))
        return blob_is_seen(call, tx, sha256, err);
    if (!message_blob_id_parse(id, &email_id, out_part))
        return 0;
    if (store_email_load(tx, email_id, false, &e, err) < 0) {
        if (err->code != FCT_E_NOT_FOUND)
            return -1;
        *err = (struct fct_error){0};
        return 0;
    }
    if (!access_sees(call, e.account_id))
        return 0;
    if (e.bits & STORE_PARTIAL)
        return call_want_body(call, e.account_id, e.id, err);
    memcpy(sha256, e.sha256, sizeof(e.sha256));
    return 1;
}

json_t *json_ids(enum id_kind kind, const int64_t *ids, size_t n)
{
    json_t *out = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(out, json_id(kind, ids[i]));
    return out;
}

json_t *ids_once(const struct api_call *call, const json_t *ids)
{
    if (!ids)
        return NULL;
    CLEANUP(json_decrefp) json_t *seen = json_object();
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *text = json_string_value(json_array_get(ids, i)), *id = call_resolve(call, text);
        if (!id)
            id = text;
        if (json_object_get(seen, id))
            continue;
        json_object_set_new(seen, id, json_true());
        json_array_append_new(out, json_string(id));
    }
    return out;
}

int too_many(struct fct_error *err, const char *what, size_t limit)
{
    return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "more than %zu objects (%s): ask for fewer at once", limit,
                    what);
}

/* ---- states ---- */

json_t *json_state(int64_t modseq)
{
    char text[STATE_SIZE];
    return json_string(state_format(modseq, text));
}

int state_of(struct store_tx *tx, int64_t account_id, enum store_type type, json_t **out, struct fct_error *err)
{
    int64_t modseq;
    if (store_state(tx, account_id, type, &modseq, err) < 0)
        return -1;
    *out = json_state(modseq);
    return 0;
}

int state_check(struct store_tx *tx, int64_t account_id, enum store_type type, const char *if_in_state,
                struct fct_error *err)
{
    int64_t modseq, wanted;
    if (!if_in_state)
        return 0;
    if (store_state(tx, account_id, type, &modseq, err) < 0)
        return -1;
    if (!state_parse(if_in_state, &wanted) || wanted != modseq)
        return fct_fail(err, FCT_E_STATE_MISMATCH, FCT_RETRY_NEVER, "the present state is not %.20s", if_in_state);
    return 0;
}

/* ---- dates ---- */

json_t *json_date(int64_t seconds, int zone_minutes)
{
    time_t local = (time_t)(seconds + (int64_t)zone_minutes * 60);
    struct tm tm;
    if (!gmtime_r(&local, &tm) || tm.tm_year + 1900 < 0 || tm.tm_year + 1900 > 9999)
        return json_null();
    char text[64];
    size_t n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    /* glibc's %Y has no leading zeros, RFC 3339 wants four digits */
    char year[8];
    snprintf(year, sizeof(year), "%04d", tm.tm_year + 1900);
    const char *rest = strchr(text, '-');
    int minutes = zone_minutes < 0 ? -zone_minutes : zone_minutes;
    char out[80];
    if (zone_minutes)
        snprintf(out, sizeof(out), "%s%.*s%c%02d:%02d", year, (int)(n - (size_t)(rest - text)), rest,
                 zone_minutes < 0 ? '-' : '+', minutes / 60, minutes % 60);
    else
        snprintf(out, sizeof(out), "%s%.*sZ", year, (int)(n - (size_t)(rest - text)), rest);
    return json_string(out);
}

json_t *json_utc(int64_t seconds)
{
    return json_date(seconds, 0);
}

json_t *json_utc_or_null(int64_t seconds)
{
    return seconds ? json_utc(seconds) : json_null();
}

/* '0' in the shape stands for a digit. Returns what follows, NULL when the text has another beginning. */
static const char *skip_shape(const char *text, const char *shape)
{
    for (; *shape; shape++, text++)
        if (*shape == '0' ? *text < '0' || *text > '9' : *text != *shape)
            return NULL;
    return text;
}

static int number_at(const char *text, int digits)
{
    int n = 0;
    for (int i = 0; i < digits; i++)
        n = n * 10 + (text[i] - '0');
    return n;
}

bool utc_parse(const char *text, int64_t *out)
{
    const char *rest = text ? skip_shape(text, "0000-00-00T00:00:00") : NULL;
    if (!rest)
        return false;
    if (*rest == '.') /* fractions of a second are dropped */
        rest += 1 + strspn(rest + 1, "0123456789");
    if (strcmp(rest, "Z") != 0)
        return false;
    struct tm tm = {.tm_year = number_at(text, 4) - 1900,
                    .tm_mon = number_at(text + 5, 2) - 1,
                    .tm_mday = number_at(text + 8, 2),
                    .tm_hour = number_at(text + 11, 2),
                    .tm_min = number_at(text + 14, 2),
                    .tm_sec = number_at(text + 17, 2)};
    const struct tm asked = tm;
    if (tm.tm_sec > 60)
        return false;
    *out = (int64_t)timegm(&tm); /* puts the 31st of April into May */
    return asked.tm_sec == 60 || (tm.tm_mon == asked.tm_mon && tm.tm_mday == asked.tm_mday &&
                                  tm.tm_hour == asked.tm_hour && tm.tm_min == asked.tm_min);
}

/* ---- properties ---- */

int properties_parse(struct api_call *call, const json_t *wanted, const char *const *names, size_t n,
                     uint64_t by_default, uint64_t *out, struct fct_error *err)
{
    if (!wanted) {
        *out = by_default | 1;
        return 0;
    }
    uint64_t bits = 1;
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        const char *name = json_string_value(json_array_get(wanted, i));
        size_t at = 0;
        while (at < n && strcmp(names[at], name) != 0)
            at++;
        if (at == n)
            return call_invalid(call, err, "properties", "there is no property %.60s", name);
        bits |= UINT64_C(1) << at;
    }
    *out = bits;
    return 0;
}

/* ---- changes ---- */

/* Of Mailbox/changes, the end of a piece is told with the state in which the first one began ("s1f_s9"): see
 * store_mailbox_changes_since. */
static bool cut_state_parse(const char *text, int64_t *since, int64_t *seen)
{
    const char *begin = strchr(text, '_');
    if (!begin) {
        bool is_state = state_parse(text, since);
        *seen = is_state ? *since : 0;
        return is_state;
    }
    CLEANUP(freep) char *end = xstrndup(text, (size_t)(begin - text));
    return state_parse(end, since) && state_parse(begin + 1, seen) && *seen < *since;
}

static json_t *cut_state_json(int64_t modseq, int64_t seen)
{
    char end[STATE_SIZE], begin[STATE_SIZE], text[2 * STATE_SIZE];
    snprintf(text, sizeof(text), "%s_%s", state_format(modseq, end), state_format(seen, begin));
    return json_string(text);
}

static int find_changes(struct store_tx *tx, int64_t account_id, enum store_type type, const char *since_state,
                        size_t max, struct store_changes *c, json_t **out_state, struct fct_error *err)
{
    int64_t since, seen;
    bool is_mailbox = type == STORE_MAILBOX;
    if (is_mailbox ? !cut_state_parse(since_state, &since, &seen) : !state_parse(since_state, &since))
        return fct_fail(err, FCT_E_CANNOT_CALCULATE, FCT_RETRY_NEVER, "sinceState is none of ours");
    int rc = is_mailbox ? store_mailbox_changes_since(tx, account_id, since, seen, max, c, err)
                        : store_changes_since(tx, account_id, type, since, max, c, err);
    if (rc < 0)
        return -1;
    *out_state = is_mailbox && c->has_more ? cut_state_json(c->new_modseq, seen) : json_state(c->new_modseq);
    return 0;
}

int changes_answer(struct api_call *call, const char *account, enum store_type type, enum id_kind kind,
                   const char *since_state, int64_t max, void (*extra)(const struct store_changes *c, json_t *out),
                   json_t **out, struct fct_error *err)
{
    struct scope scope = {0}; /* the accounts themselves belong to account 0, and so do the tokens */
    struct store_changes c = {0};
    json_t *state = NULL;
    if (type != STORE_ACCOUNT && type != STORE_TOKEN && scope_find(call, call->tx, account, &scope, err) < 0)
        return -1;
    if (find_changes(call->tx, scope.id, type, since_state, max < 0 ? 0 : (size_t)max, &c, &state, err) < 0)
        return -1;
    *out = json_pack("{s:s, s:o, s:b, s:o, s:o, s:o}", "oldState", since_state, "newState", state, "hasMoreChanges",
                     c.has_more, "created", json_ids(kind, c.created, c.n_created), "updated",
                     json_ids(kind, c.updated, c.n_updated), "destroyed", json_ids(kind, c.destroyed, c.n_destroyed));
    if (type != STORE_ACCOUNT && type != STORE_TOKEN)
        json_object_set_new(*out, "accountId", json_string(scope.text));
    if (extra)
        extra(&c, *out);
    store_changes_done(&c);
    return 0;
}

/* ---- windows ---- */

int64_t limit_of(int64_t asked, bool *out_is_ours)
{
    *out_is_ours = asked < 0 || asked > API_MAX_OBJECTS_IN_QUERY;
    return *out_is_ours ? API_MAX_OBJECTS_IN_QUERY : asked;
}

static int window_start(const int64_t *ids, size_t n, const struct window *w, size_t *out, struct fct_error *err)
{
    int64_t start = w->position < 0 ? w->position + (int64_t)n : w->position;
    if (w->anchor) {
        size_t at = 0;
        while (at < n && ids[at] != w->anchor)
            at++;
        if (at == n)
            return fct_fail(err, FCT_E_ANCHOR_NOT_FOUND, FCT_RETRY_NEVER, "the anchor is not in the results");
        if (__builtin_add_overflow((int64_t)at, w->anchor_offset, &start))
            start = w->anchor_offset < 0 ? 0 : (int64_t)n;
    }
    *out = start < 0 ? 0 : start > (int64_t)n ? n : (size_t)start;
    return 0;
}

int window_answer(enum id_kind kind, const int64_t *ids, size_t n, const struct window *w, json_t *out,
                  struct fct_error *err)
{
    size_t start = 0;
    bool is_ours;
    if (window_start(ids, n, w, &start, err) < 0)
        return -1;
    int64_t limit = limit_of(w->limit, &is_ours);
    size_t count = n - start < (size_t)limit ? n - start : (size_t)limit;
    json_object_set_new(out, "position", json_integer((json_int_t)start));
    json_object_set_new(out, "ids", json_ids(kind, ids + start, count));
    if (w->calculate_total)
        json_object_set_new(out, "total", json_integer((json_int_t)n));
    if (is_ours && (w->limit > limit || count < n - start))
        json_object_set_new(out, "limit", json_integer(limit));
    return 0;
}
