/* Email/copy: RFC 8620 section 5.4 and RFC 8621 section 4.7. The originals are read and prepared on a reader, those of
 * which only the header is here are fetched first (decision 13); then the copies are written in one transaction, each
 * in a savepoint of its own, and the originals destroyed in the same one: a message that is moved from one account to
 * another is never in none of them.
 *
 * As with Email/import, the same bytes are not taken twice into an account (alreadyExists). */
#include "methods/email.h"

#include <string.h>

struct item {
    const char *creation_id;
    const json_t *object;
    json_t *problem; /* a SetError */
    int64_t original, id;
    struct email_draft draft;
    char *keywords; /* of the original */
};

struct copy {
    struct api_call *call;
    const struct api_email_copy_args *args;
    int64_t from_id, account_id;
    struct item *items;
    size_t n;
    struct core_abilities may; /* in the account that is copied to */
    bool is_read;              /* the state of the account that is copied from was looked at */
    json_t *old_state, *new_state, *created, *not_created, *implicit;
};

static void copy_done(struct copy *c)
{
    for (size_t i = 0; i < c->n; i++) {
        email_draft_done(&c->items[i].draft);
        json_decref(c->items[i].problem);
        free(c->items[i].keywords);
    }
    free(c->items);
    json_decref(c->old_state);
    json_decref(c->new_state);
    json_decref(c->created);
    json_decref(c->not_created);
    json_decref(c->implicit);
}

/* ---- on a reader: the originals ---- */

static json_t *check_object(const json_t *object)
{
    static const char *const known[] = {"id", "mailboxIds", "keywords", "receivedAt"};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        size_t i = 0;
        while (i < sizeof(known) / sizeof(*known) && strcmp(known[i], name) != 0)
            i++;
        if (i == sizeof(known) / sizeof(*known))
            return api_set_error("invalidProperties", name, "%.60s: is nothing that a copy can have otherwise", name);
    }
    if (!json_is_string(json_object_get(object, "id")))
        return api_set_error("invalidProperties", "id", "id: must be the id of the Email that is copied");
    return NULL;
}

static json_t *no_original(void)
{
    return api_set_error("notFound", NULL, "there is no such Email in the account that is copied from");
}

/* Keywords as keywords_from gives them. */
static char *keyword_words(const struct store_email *e)
{
    CLEANUP(json_decrefp) json_t *keywords = email_keywords_json(e);
    CLEANUP(buf_done) struct buf words = {0};
    const char *name;
    json_t *value;
    json_object_foreach(keywords, name, value) buf_addf(&words, "%s%s", words.n ? " " : "", name);
    return buf_steal(&words);
}

static int prepare_original(struct store_tx *tx, struct item *it, const struct store_email *e, struct fct_error *err)
{
    CLEANUP(blob_view_done) struct blob_view view = {0};
    if (store_blob_view(tx, e->blob_id, &view, err) < 0 ||
        message_prepare(store_of(tx), view.bytes, &it->draft.message, err) < 0)
        return -1;
    it->draft.is_prepared = true;
    it->draft.received_at = e->received_at;
    it->original = e->id;
    it->keywords = keyword_words(e);
    return 0;
}

static int read_one(struct copy *c, struct store_tx *tx, struct item *it, struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    int64_t id;
    if ((it->problem = check_object(it->object)))
        return 0;
    if (!id_from(c->call, ID_EMAIL, json_string_value(json_object_get(it->object, "id")), &id)) {
        it->problem = no_original();
        return 0;
    }
    int rc = store_email_load(tx, id, false, &e, err);
    if (rc == 0 && e.account_id != c->from_id)
        rc = fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "in another account");
    if (rc == 0)
        rc = e.bits & STORE_PARTIAL ? call_want_body(c->call, e.account_id, e.id, err)
                                    : prepare_original(tx, it, &e, err);
    if (rc == 0)
        return 0;
    if (!is_object_error(err))
        return -1;
    it->problem = err->code == FCT_E_NOT_FOUND ? no_original() : api_set_error_from(err);
    return 0;
}

static int find_accounts(struct copy *c, struct store_tx *tx, struct fct_error *err)
{
    if (account_find_one(c->call, tx, c->args->account_id, &c->account_id, err) < 0 ||
        account_find_from(c->call, tx, c->args->from_account_id, &c->from_id, err) < 0)
        return -1;
    if (c->account_id == c->from_id)
        return call_invalid(c->call, err, "fromAccountId", "is the account that is copied to");
    return 0;
}

/* Runs again when bodies came: what has its bytes is left as it is. ifFromInState holds for the first time: a body that
 * comes is a change of the Email. */
static int read_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct copy *c = arg;
    if (find_accounts(c, tx, err) < 0 ||
        (!c->is_read && state_check(tx, c->from_id, STORE_EMAIL, c->args->if_from_in_state, err) < 0))
        return -1;
    c->is_read = true;
    for (size_t i = 0; i < c->n; i++) {
        struct item *it = &c->items[i];
        if (it->draft.is_prepared)
            continue;
        json_decref(TAKE(it->problem));
        *err = (struct fct_error){0};
        if (read_one(c, tx, it, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- on the writer: the copies ---- */

struct storing {
    struct copy *c;
    struct item *it;
};

static int store_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct storing *s = arg;
    struct email_draft *d = &s->it->draft;
    struct store_arrival a = email_draft_arrival(d);
    if (store_email_create(tx, s->c->account_id, &a, d->mailboxes, d->n_mailboxes, err) < 0)
        return -1;
    s->it->id = a.email_id;
    return 0;
}

static int write_one(struct copy *c, struct store_tx *tx, struct item *it, struct fct_error *err)
{
    struct storing s = {c, it};
    int64_t existing;
    if ((it->problem = forbidden_unless(c->may.imports, "messages be added")) ||
        (it->problem = email_draft_places(c->call, tx, c->account_id, it->object, &it->draft)))
        return 0;
    const json_t *keywords = json_object_get(it->object, "keywords");
    if (!keywords || json_is_null(keywords)) {
        free(it->draft.keywords);
        it->draft.keywords = TAKE(it->keywords);
    }
    if (email_draft_existing(tx, c->account_id, &it->draft, &existing, err) < 0)
        return -1;
    if (existing) {
        it->problem = already_exists_error(existing);
        return 0;
    }
    if (store_nested(tx, store_in_savepoint, &s, err) == 0)
        return 0;
    if (!is_object_error(err))
        return -1;
    it->problem = api_set_error_from(err);
    return 0;
}

/* When all are in: a later copy may have tied two threads, and given an earlier one another id. */
static int answer_one(struct copy *c, struct store_tx *tx, struct item *it, struct fct_error *err)
{
    char text[ID_SIZE];
    json_t *created;
    if (it->problem) {
        set_put(&c->not_created, it->creation_id, json_incref(it->problem));
        return 0;
    }
    if (email_draft_stored(tx, c->account_id, &it->draft, &it->id, err) < 0 ||
        email_created_json(tx, it->id, &created, err) < 0)
        return -1;
    set_put(&c->created, it->creation_id, created);
    call_created(c->call, it->creation_id, id_format(ID_EMAIL, it->id, text));
    return 0;
}

/* ---- the originals go ---- */

/* A JMAP method's error as it stands among the responses. */
static json_t *method_error(const struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *error = api_error_from(err, NULL);
    return json_incref(json_object_get(error, "data"));
}

static int destroy_originals(struct copy *c, struct store_tx *tx, struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *ids = json_array();
    json_t *response;
    char account[ID_SIZE];
    for (size_t i = 0; i < c->n; i++)
        if (!c->items[i].problem)
            json_array_append_new(ids, json_id(ID_EMAIL, c->items[i].original));
    if (!c->args->on_success_destroy_original || json_array_size(ids) == 0)
        return 0;
    if (state_check(tx, c->from_id, STORE_EMAIL, c->args->destroy_from_if_in_state, err) < 0) {
        if (err->code != FCT_E_STATE_MISMATCH)
            return -1;
        c->implicit = json_pack("[[s, o]]", "error", method_error(err));
        *err = (struct fct_error){0};
        return 0;
    }
    if (email_set_on_writer(c->call, tx, id_format(ID_ACCOUNT, c->from_id, account), NULL, ids, &response, err) < 0)
        return -1;
    c->implicit = json_pack("[[s, o]]", "Email/set", response);
    return 0;
}

/* ---- the method ---- */

static int write_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct copy *c = arg;
    act_for_client(c->call, tx);
    if (find_accounts(c, tx, err) < 0 || abilities_of(c->call, tx, c->account_id, &c->may, err) < 0 ||
        state_check(tx, c->account_id, STORE_EMAIL, c->args->if_in_state, err) < 0 ||
        state_of(tx, c->account_id, STORE_EMAIL, &c->old_state, err) < 0)
        return -1;
    for (size_t i = 0; i < c->n; i++) {
        *err = (struct fct_error){0};
        if (!c->items[i].problem && write_one(c, tx, &c->items[i], err) < 0)
            return -1;
    }
    *err = (struct fct_error){0};
    for (size_t i = 0; i < c->n; i++)
        if (answer_one(c, tx, &c->items[i], err) < 0)
            return -1;
    if (state_of(tx, c->account_id, STORE_EMAIL, &c->new_state, err) < 0)
        return -1;
    return destroy_originals(c, tx, err);
}

int api_email_copy(struct api_call *call, const struct api_email_copy_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(copy_done) struct copy c = {.call = call, .args = args};
    if (args->on_success_destroy_original && !access_may(call, API_SCOPE_TRIAGE)) /* before anything is copied */
        return access_refuse(call, API_SCOPE_TRIAGE, err);
    if (json_object_size(args->create) > API_MAX_OBJECTS_IN_SET)
        return too_many(err, "maxObjectsInSet", API_MAX_OBJECTS_IN_SET);
    c.items = xcalloc(json_object_size(args->create) + 1, sizeof(*c.items));
    const char *id;
    json_t *object;
    json_object_foreach(args->create, id, object) c.items[c.n++] = (struct item){.creation_id = id, .object = object};
    if (read_with_bodies(call, read_all, &c, err) < 0 || store_write(call->api->store, write_all, &c, err) < 0)
        return -1;
    *out = json_pack("{s:o, s:o, s:O, s:O, s:O?, s:O?}", "fromAccountId", json_id(ID_ACCOUNT, c.from_id), "accountId",
                     json_id(ID_ACCOUNT, c.account_id), "oldState", c.old_state, "newState", c.new_state, "created",
                     c.created, "notCreated", c.not_created);
    if (c.implicit)
        json_object_set(*out, "implicit", c.implicit);
    return 0;
}
