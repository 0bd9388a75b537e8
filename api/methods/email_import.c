/* Email/import: RFC 8621 section 4.8. Messages are parsed and compressed on a reader thread; the writer takes those of
 * one mailbox in together, which the index likes better than one by one.
 *
 * The same bytes are not taken twice into an account: alreadyExists, with the id of the Email that is there. So an
 * import that was cut off can be run again. */
#include "methods/email.h"

#include "mime/fields.h"
#include "mime/headers.h"
#include "store/accounts.h"

#include <string.h>

struct item {
    const char *creation_id;
    const json_t *object;
    json_t *problem; /* a SetError */
    struct email_draft draft;
    bool is_in; /* it goes into the store */
    size_t arrival;
};

struct import {
    struct api_call *call;
    const struct api_email_import_args *args;
    int64_t account_id;
    struct item *items;
    size_t n;
    uint64_t total;                 /* bytes of those that are prepared */
    struct store_arrival *arrivals; /* of the items that are in, by mailbox */
    json_t *old_state, *new_state, *created, *not_created;
};

static void import_done(struct import *m)
{
    for (size_t i = 0; i < m->n; i++) {
        email_draft_done(&m->items[i].draft);
        json_decref(m->items[i].problem);
    }
    free(m->items);
    free(m->arrivals);
    json_decref(m->old_state);
    json_decref(m->new_state);
    json_decref(m->created);
    json_decref(m->not_created);
}

/* ---- on a reader: the slow part ---- */

static bool is_import_property(const char *name)
{
    return strcmp(name, "blobId") == 0 || strcmp(name, "mailboxIds") == 0 || strcmp(name, "keywords") == 0 ||
           strcmp(name, "receivedAt") == 0;
}

static json_t *check_object(const json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value) if (!is_import_property(name)) return api_set_error(
        "invalidProperties", name, "%.60s: is no property of an import", name);
    return NULL;
}

/* receivedAt by default: the newest Received field, RFC 8621 section 4.8. 0: there is none. */
static int64_t received_date(struct fct_bytes raw)
{
    CLEANUP(headers_done) struct mime_headers h = {0};
    struct field_date date = {0};
    headers_scan(raw, &h);
    const struct mime_header *received = headers_first(&h, "Received");
    const char *semicolon = received ? memrchr(received->value.p, ';', received->value.n) : NULL;
    if (!semicolon)
        return 0;
    struct fct_bytes rest = bytes_of(semicolon + 1, (size_t)(received->value.p + received->value.n - semicolon - 1));
    return field_date_parse(rest, &date) ? date.utc : 0;
}

static json_t *too_large(void)
{
    json_t *problem = api_set_error("tooLarge", NULL, "larger than %llu bytes", (unsigned long long)API_MAX_MESSAGE);
    json_object_set_new(problem, "maxSize", json_integer((json_int_t)API_MAX_MESSAGE));
    return problem;
}

static int prepare_one(struct import *m, struct store_tx *tx, struct item *it, struct fct_error *err)
{
    CLEANUP(blob_bytes_done) struct blob_bytes b = {0};
    unsigned char sha256[32];
    const char *part, *id = json_string_value(json_object_get(it->object, "blobId"));
    if ((it->problem = check_object(it->object)))
        return 0;
    int is_blob = blob_id_from(m->call, tx, id, sha256, &part, err);
    int is_too_large = is_blob > 0 ? message_bytes_load(tx, sha256, part, &m->total, &b, err) : -1;
    if (is_too_large > 0) {
        it->problem = too_large();
        return 0;
    }
    if (is_too_large < 0) {
        if (err->code == FCT_E_UNAVAILABLE) {
            it->problem = api_set_error_from(err);
            return 0;
        }
        if (err->code && err->code != FCT_E_BLOB_NOT_FOUND)
            return -1;
        it->problem = api_set_error("invalidProperties", "blobId", "blobId: there is no such blob");
        return 0;
    }
    const json_t *received = json_object_get(it->object, "receivedAt");
    if (!received || json_is_null(received))
        it->draft.received_at = received_date(b.bytes);
    if (message_prepare(store_of(tx), b.bytes, &it->draft.message, err) < 0)
        return -1;
    it->draft.is_prepared = true;
    return 0;
}

/* Runs again when bodies came: see read_with_bodies. */
static int prepare_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct import *m = arg;
    if (account_find_one(m->call, tx, m->args->account_id, &m->account_id, err) < 0)
        return -1;
    for (size_t i = 0; i < m->n; i++) {
        struct item *it = &m->items[i];
        if (it->draft.is_prepared)
            continue;
        json_decref(TAKE(it->problem));
        *err = (struct fct_error){0};
        if (prepare_one(m, tx, it, err) < 0)
            return -1;
    }
    *err = (struct fct_error){0};
    return 0;
}

/* ---- on the writer ---- */

static int check_new(struct import *m, struct item *it, struct store_tx *tx, struct fct_error *err)
{
    int64_t existing;
    if (email_draft_existing(tx, m->account_id, &it->draft, &existing, err) < 0)
        return -1;
    if (existing)
        it->problem = already_exists_error(existing);
    return 0;
}

static int compare_bytes(const void *a, const void *b)
{
    const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
    int d = memcmp(blob_stage_sha256(x->draft.message.blob), blob_stage_sha256(y->draft.message.blob), 32);
    return d ? d : (x > y) - (x < y);
}

static int compare_mailbox(const void *a, const void *b)
{
    const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
    int64_t mx = x->draft.mailboxes[0], my = y->draft.mailboxes[0];
    return mx != my ? (mx < my ? -1 : 1) : (x > y) - (x < y);
}

/* What shall go in, ordered by its first mailbox. Of the same bytes twice in one call the first is taken. */
static struct item **choose(struct import *m, size_t *out_n)
{
    struct item **chosen = xcalloc(m->n + 1, sizeof(struct item *));
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++)
        if (!m->items[i].problem)
            chosen[n++] = &m->items[i];
    qsort(chosen, n, sizeof(struct item *), compare_bytes);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool is_same = kept && memcmp(blob_stage_sha256(chosen[kept - 1]->draft.message.blob),
                                      blob_stage_sha256(chosen[i]->draft.message.blob), 32) == 0;
        if (!is_same)
            chosen[kept++] = chosen[i];
    }
    qsort(chosen, kept, sizeof(struct item *), compare_mailbox);
    *out_n = kept;
    return chosen;
}

/* Messages in several mailboxes get the others afterwards. */
static int place_elsewhere(struct import *m, struct store_tx *tx, struct item *it, struct fct_error *err)
{
    if (it->draft.n_mailboxes < 2)
        return 0;
    return store_email_set_mailboxes(tx, m->arrivals[it->arrival].email_id, it->draft.mailboxes, it->draft.n_mailboxes,
                                     err);
}

static int store_all(struct import *m, struct store_tx *tx, struct fct_error *err)
{
    size_t n, from = 0;
    CLEANUP(freep) struct item **chosen = choose(m, &n);
    m->arrivals = xcalloc(n + 1, sizeof(*m->arrivals));
    for (size_t i = 0; i < n; i++) {
        m->arrivals[i] = email_draft_arrival(&chosen[i]->draft);
        chosen[i]->arrival = i;
        chosen[i]->is_in = true;
    }
    if (n && store_emails_arrive(tx, m->account_id, m->arrivals, n, err) < 0)
        return -1;
    for (; from < n; from++)
        if (place_elsewhere(m, tx, chosen[from], err) < 0)
            return -1;
    return 0;
}

static int answer_one(struct import *m, struct store_tx *tx, struct item *it, struct fct_error *err)
{
    int64_t id = it->is_in ? m->arrivals[it->arrival].email_id : 0;
    json_t *created;
    char text[ID_SIZE];
    if (!it->problem && email_draft_stored(tx, m->account_id, &it->draft, &id, err) < 0)
        return -1;
    if (!it->problem && !it->is_in)
        it->problem = already_exists_error(id);
    if (it->problem) {
        set_put(&m->not_created, it->creation_id, json_incref(it->problem));
        return 0;
    }
    if (email_created_json(tx, id, &created, err) < 0)
        return -1;
    set_put(&m->created, it->creation_id, created);
    call_created(m->call, it->creation_id, id_format(ID_EMAIL, id, text));
    return 0;
}

static int check_places(struct import *m, struct store_tx *tx, struct fct_error *err)
{
    struct core_abilities may;
    if (abilities_of(m->call, tx, m->account_id, &may, err) < 0)
        return -1;
    for (size_t i = 0; i < m->n; i++) {
        struct item *it = &m->items[i];
        if (!it->problem)
            it->problem = forbidden_unless(may.imports, "messages be added");
        it->problem =
            api_set_error_join(it->problem, email_draft_places(m->call, tx, m->account_id, it->object, &it->draft));
        if (!it->problem && check_new(m, it, tx, err) < 0)
            return -1;
    }
    return 0;
}

static int import_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct import *m = arg;
    act_for_client(m->call, tx);
    if (state_check(tx, m->account_id, STORE_EMAIL, m->args->if_in_state, err) < 0 ||
        state_of(tx, m->account_id, STORE_EMAIL, &m->old_state, err) < 0 || check_places(m, tx, err) < 0 ||
        store_all(m, tx, err) < 0)
        return -1;
    for (size_t i = 0; i < m->n; i++)
        if (answer_one(m, tx, &m->items[i], err) < 0)
            return -1;
    return state_of(tx, m->account_id, STORE_EMAIL, &m->new_state, err);
}

int api_email_import(struct api_call *call, const struct api_email_import_args *args, json_t **out,
                     struct fct_error *err)
{
    CLEANUP(import_done) struct import m = {.call = call, .args = args};
    if (json_object_size(args->emails) > API_MAX_OBJECTS_IN_SET)
        return too_many(err, "maxObjectsInSet", API_MAX_OBJECTS_IN_SET);
    m.items = xcalloc(json_object_size(args->emails) + 1, sizeof(*m.items));
    const char *id;
    json_t *object;
    json_object_foreach(args->emails, id, object) m.items[m.n++] = (struct item){.creation_id = id, .object = object};
    if (read_with_bodies(call, prepare_all, &m, err) < 0 || store_write(call->api->store, import_all, &m, err) < 0)
        return -1;
    *out = json_pack("{s:o, s:O, s:O, s:o, s:o}", "accountId", json_id(ID_ACCOUNT, m.account_id), "oldState",
                     m.old_state, "newState", m.new_state, "created", m.created ? json_incref(m.created) : json_null(),
                     "notCreated", m.not_created ? json_incref(m.not_created) : json_null());
    return 0;
}
