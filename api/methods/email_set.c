/* Email/set: RFC 8621 section 4.6. New messages are composed on a reader thread; then everything is done in one
 * transaction on the writer, each object in a savepoint of its own. */
#include "methods/email.h"

#include "mime/compose.h"
#include "patch.h"
#include "session.h"
#include "store/keywords.h"
#include "store/snoozes.h"
#include "store/undo.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define CREATE_MAX_BYTES API_MAX_UPLOAD

struct creation {
    const char *id;
    const json_t *object;
    json_t *problem; /* a SetError */
    struct email_draft draft;
    int64_t email_id; /* 0: not created */
};

struct work {
    struct api_call *call;
    const struct api_email_set_args *args;
    struct store_tx *tx; /* of the phase */
    int64_t account_id;
    struct core_abilities may;
    struct creation *creations;
    size_t n_creations;
    json_t *destroy; /* each id once */
    struct set_result result;
    struct store_undo_record undo;
    json_t *old_state, *new_state;
};

static void work_done(struct work *w)
{
    for (size_t i = 0; i < w->n_creations; i++) {
        email_draft_done(&w->creations[i].draft);
        json_decref(w->creations[i].problem);
    }
    free(w->creations);
    json_decref(w->destroy);
    set_result_done(&w->result);
    store_undo_record_done(&w->undo);
    json_decref(w->old_state);
    json_decref(w->new_state);
}

/* ---- create: composing, on a reader ---- */

static int load_blob(void *ctx, const char *blob_id, struct buf *out, struct fct_error *err)
{
    struct work *w = ctx;
    CLEANUP(blob_bytes_done) struct blob_bytes b = {0};
    unsigned char sha256[32];
    const char *part;
    int is_blob = blob_id_from(w->call, w->tx, blob_id, sha256, &part, err);
    if (is_blob <= 0)
        return is_blob < 0 ? -1 : fct_fail(err, FCT_E_BLOB_NOT_FOUND, FCT_RETRY_NEVER, "there is no such blob");
    int64_t row;
    uint64_t size;
    if (store_blob_find(w->tx, sha256, &row, &size, err) < 0)
        return -1;
    bool is_too_large = !part && size > CREATE_MAX_BYTES; /* before it is unpacked, which may be 4 GiB */
    if (!is_too_large && blob_bytes_load(w->tx, sha256, part, &b, err) < 0)
        return -1;
    if (is_too_large || b.bytes.n > CREATE_MAX_BYTES)
        return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "the attachment is too large");
    buf_add(out, b.bytes.p, b.bytes.n);
    return 0;
}

static json_t *compose_error(const struct compose_problem *p, const struct fct_error *err)
{
    json_t *problem = api_set_error_from(err);
    if (p->missing_blobs)
        json_object_set(problem, "notFound", p->missing_blobs);
    if (p->property[0])
        json_object_set_new(problem, "properties", json_pack("[s]", p->property));
    return problem;
}

static int zone_minutes(void)
{
    time_t now = time(NULL);
    struct tm tm;
    return localtime_r(&now, &tm) ? (int)(tm.tm_gmtoff / 60) : 0;
}

static int compose_one(struct work *w, struct creation *c, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf raw = {0};
    CLEANUP(compose_problem_done) struct compose_problem problem = {0};
    if (!access_may(w->call, API_SCOPE_DRAFT)) {
        c->problem = access_set_error(API_SCOPE_DRAFT);
        return 0;
    }
    const struct compose_options options = {
        .zone_minutes = zone_minutes(), .max_bytes = CREATE_MAX_BYTES, .blob = load_blob, .ctx = w};
    if (mime_compose(c->object, &options, &raw, &problem, err) < 0) {
        if (!is_object_error(err))
            return -1;
        c->problem = compose_error(&problem, err);
        return 0;
    }
    if (message_prepare(store_of(w->tx), buf_bytes(&raw), &c->draft.message, err) < 0)
        return -1;
    c->draft.is_prepared = true;
    return 0;
}

/* Runs again when bodies came that are attached: see read_with_bodies. */
static int compose_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    w->tx = tx;
    access_look(w->call, tx);
    for (size_t i = 0; i < w->n_creations; i++) {
        struct creation *c = &w->creations[i];
        if (c->draft.is_prepared)
            continue;
        json_decref(TAKE(c->problem));
        *err = (struct fct_error){0};
        if (compose_one(w, c, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- create: storing, on the writer ---- */

struct storing {
    struct work *w;
    struct email_draft *draft;
    int64_t id, replaced; /* replaced 0: none */
    json_t *created;
};

static int create_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct storing *s = arg;
    struct store_arrival a = email_draft_arrival(s->draft);
    if (store_email_create(tx, s->w->account_id, &a, s->draft->mailboxes, s->draft->n_mailboxes, err) < 0)
        return -1;
    s->id = a.email_id;
    if (s->replaced && store_email_destroy(tx, s->replaced, err) < 0)
        return -1;
    return email_created_json(tx, a.email_id, &s->created, err);
}

/* The draft that the new one is another state of: one front end saves it again and again, and however it ends there is
 * one, the old or the new. A SetError, or NULL. */
static json_t *find_replaced(struct work *w, const json_t *object, int64_t *out, struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    const json_t *given = json_object_get(object, "replaces");
    const char *text = json_string_value(given);
    int64_t id;
    if (!given || json_is_null(given))
        return NULL;
    bool is_found = text && id_from(w->call, ID_EMAIL, text, &id) && store_email_load(w->tx, id, false, &e, err) == 0;
    if (!is_found && err->code && err->code != FCT_E_NOT_FOUND)
        return NULL;
    *err = (struct fct_error){0};
    if (!is_found || e.account_id != w->account_id || !(e.flags & FCT_FLAG_DRAFT))
        return api_set_error("invalidProperties", "replaces", "replaces: there is no such draft in this account");
    *out = id;
    return NULL;
}

static int create_one(struct work *w, struct creation *c, struct fct_error *err)
{
    struct storing s = {.w = w, .draft = &c->draft};
    char text[ID_SIZE];
    json_t *problem = c->problem ? json_incref(c->problem) : forbidden_unless(w->may.imports, "messages be added");
    if (!problem)
        problem = email_draft_places(w->call, w->tx, w->account_id, c->object, &c->draft);
    if (!problem)
        problem = find_replaced(w, c->object, &s.replaced, err);
    if (!problem && err->code)
        return -1;
    if (!problem && store_nested(w->tx, create_in_savepoint, &s, err) < 0) {
        if (!is_object_error(err))
            return -1;
        problem = api_set_error_from(err);
    }
    if (problem) {
        set_put(&w->result.not_created, c->id, problem);
        return 0;
    }
    c->email_id = s.id;
    set_put(&w->result.created, c->id, s.created);
    if (s.replaced)
        set_add_destroyed(&w->result, id_format(ID_EMAIL, s.replaced, text));
    call_created(w->call, c->id, id_format(ID_EMAIL, s.id, text));
    return 0;
}

/* A creation may have tied the threads of earlier ones, and so given them other ids (store/threads.h): they are told as
 * they are in the end. */
static int find_created_again(struct work *w, struct fct_error *err)
{
    for (size_t i = 0; w->n_creations > 1 && i < w->n_creations; i++) {
        struct creation *c = &w->creations[i];
        int64_t id = c->email_id;
        json_t *created;
        char text[ID_SIZE];
        if (!id)
            continue;
        if (email_draft_stored(w->tx, w->account_id, &c->draft, &id, err) < 0)
            return -1;
        if (id == c->email_id || id == 0) /* 0: another one of this call replaced it */
            continue;
        if (email_created_json(w->tx, id, &created, err) < 0)
            return -1;
        json_object_set_new(w->result.created, c->id, created);
        call_created(w->call, c->id, id_format(ID_EMAIL, id, text));
    }
    return 0;
}

/* ---- update ---- */

struct change {
    struct work *w;
    const struct store_email *e;
    const json_t *current, *patched;
    json_t *problem;
};

/* The words of a that are not in b: both are sets of keywords as JSON. */
static char *keywords_without(const json_t *a, const json_t *b)
{
    CLEANUP(buf_done) struct buf out = {0};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)a, name, value)
    {
        if (json_object_get(b, name))
            continue;
        if (out.n)
            buf_add_char(&out, ' ');
        buf_add_str(&out, name);
    }
    return buf_steal(&out);
}

static json_t *words_to_set(const char *words)
{
    json_t *out = json_object();
    struct fct_bytes word;
    for (const char *at = words; words_next(&at, &word);) {
        CLEANUP(freep) char *name = xstrndup(word.p, word.n);
        json_object_set_new(out, name, json_true());
    }
    return out;
}

static int change_keywords(struct change *c, struct fct_error *err)
{
    CLEANUP(freep) char *words = NULL;
    const json_t *before = json_object_get(c->current, "keywords"), *wanted = json_object_get(c->patched, "keywords");
    if (wanted && json_equal((json_t *)before, (json_t *)wanted))
        return 0;
    if ((c->problem = keywords_from(wanted, &words)))
        return 0;
    CLEANUP(json_decrefp) json_t *after = words_to_set(words); /* in lower case */
    CLEANUP(freep) char *added = keywords_without(after, before);
    CLEANUP(freep) char *removed = keywords_without(before, after);
    const struct fct_flags add = {.keywords = bytes_str(added)}, remove = {.keywords = bytes_str(removed)};
    if (!*added && !*removed)
        return 0;
    if ((c->problem = forbidden_unless(c->w->may.flags, "keywords be set")))
        return 0;
    return store_email_set_flags(c->w->tx, c->e->id, &add, &remove, err);
}

static int change_mailboxes(struct change *c, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n;
    json_t *wanted = json_object_get(c->patched, "mailboxIds");
    if (wanted && json_equal(json_object_get(c->current, "mailboxIds"), wanted))
        return 0;
    if ((c->problem = mailboxes_from(c->w->call, c->w->tx, c->w->account_id, wanted, &ids, &n)))
        return 0;
    if ((c->problem = forbidden_unless(c->w->may.moves, "messages be moved")))
        return 0;
    return store_email_set_mailboxes(c->w->tx, c->e->id, ids, n, err);
}

/* A SetError undoes what was done of this object, so it is a failure of the savepoint, too. */
static int change_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct change *c = arg;
    (void)tx;
    if (change_mailboxes(c, err) < 0 || (!c->problem && change_keywords(c, err) < 0))
        return -1;
    return c->problem ? fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "invalid properties") : 0;
}

static bool touches_only_places(const json_t *patch)
{
    const char *path;
    json_t *value;
    json_object_foreach((json_t *)patch, path, value) if (strncmp(path, "keywords", 8) != 0 &&
                                                          strncmp(path, "mailboxIds", 10) != 0) return false;
    return true;
}

/* Whatever else stands in the patch must be as it is (RFC 8620 section 5.3). */
static json_t *check_unchanged(const json_t *current, const json_t *patched)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)patched, name,
                        value) if (strcmp(name, "keywords") != 0 && strcmp(name, "mailboxIds") != 0 &&
                                   !email_is_same(name, json_object_get(current, name),
                                                  value)) return api_set_error("invalidProperties", name,
                                                                               "%.60s: cannot be changed", name);
    /* null takes a property away; one that is null stays so */
    json_object_foreach((json_t *)current, name,
                        value) if (strcmp(name, "keywords") != 0 && !json_is_null(value) &&
                                   !json_object_get(patched, name)) return api_set_error("invalidProperties", name,
                                                                                         "%.60s: cannot be removed",
                                                                                         name);
    return NULL;
}

static const char *resolve_key(void *ctx, const char *key)
{
    return call_resolve(ctx, key);
}

/* A keyword is the same in any case (RFC 8621 section 4.1.1), and they are kept in lower case: so are the paths to them
 * in the copy that this gives. NULL: two paths are one. */
static json_t *patch_in_lower_case(const json_t *patch)
{
    json_t *out = json_object();
    const char *path;
    json_t *value;
    json_object_foreach((json_t *)patch, path, value)
    {
        CLEANUP(freep) char *name = xstrdup(path);
        for (char *c = name; strncmp(path, "keywords/", 9) == 0 && *c; c++)
            *c = (char)tolower((unsigned char)*c);
        if (json_object_get(out, name)) {
            json_decref(out);
            return NULL;
        }
        json_object_set(out, name, value);
    }
    return out;
}

static json_t *apply_patch(struct work *w, const struct store_email *e, const json_t *sent, bool only_places,
                           struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *patch = patch_in_lower_case(sent);
    if (!patch)
        return api_set_error("invalidPatch", NULL, "a keyword is patched twice");
    struct email_request r = {.properties = only_places ? EP_BIT(EP_ID) | EP_BIT(EP_KEYWORDS) | EP_BIT(EP_MAILBOX_IDS)
                                                        : EP_BIT(EP_SLOW) - 1};
    json_t *current = json_object(), *problem = NULL;
    email_add_row(&r, e, current);
    if (!only_places && email_add_sent_back(w->call, w->tx, e, patch, current, err) < 0) {
        json_decref(current);
        return is_object_error(err) ? api_set_error_from(err) : NULL;
    }
    json_t *patched = patch_apply(current, patch, resolve_key, w->call, &problem);
    if (patched && !(problem = check_unchanged(current, patched))) {
        struct change c = {.w = w, .e = e, .current = current, .patched = patched};
        if (store_nested(w->tx, change_in_savepoint, &c, err) < 0)
            problem = c.problem ? c.problem : is_object_error(err) ? api_set_error_from(err) : NULL;
    }
    json_decref(patched);
    json_decref(current);
    return problem;
}

/* What changed beside what was asked for: who reads what woke up takes $new from it (store/snoozes.h). */
static json_t *changed_besides(struct work *w, const struct store_email *before, struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    if (!words_contain(before->keywords, bytes_str(KEYWORD_NEW)) ||
        store_email_load(w->tx, before->id, false, &e, err) < 0 || words_contain(e.keywords, bytes_str(KEYWORD_NEW)))
        return json_null();
    return json_pack("{s:o}", "keywords", email_keywords_json(&e));
}

/* A SetError, or NULL; with *err filled the method ends. *out_changed: the value in `updated`. */
static json_t *try_update(struct work *w, const char *id, const json_t *patch, json_t **out_changed,
                          struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    int64_t number;
    bool only_places = touches_only_places(patch);
    if (!access_may(w->call, API_SCOPE_TRIAGE))
        return access_set_error(API_SCOPE_TRIAGE);
    if (!id_from(w->call, ID_EMAIL, id, &number))
        return api_set_error("notFound", NULL, "there is no such Email in this account");
    if (is_in(w->destroy, call_resolve(w->call, id)))
        return api_set_error("willDestroy", NULL, "it is destroyed by the same call");
    if (store_email_load(w->tx, number, !only_places, &e, err) < 0)
        return err->code == FCT_E_NOT_FOUND ? api_set_error("notFound", NULL, "there is no such Email in this account")
                                            : NULL;
    if (e.account_id != w->account_id)
        return api_set_error("notFound", NULL, "there is no such Email in this account");
    CLEANUP(store_undo_before_freep) struct store_undo_before *before = NULL;
    if (store_undo_look(w->tx, number, &before, err) < 0)
        return NULL;
    json_t *problem = apply_patch(w, &e, patch, only_places, err);
    if (!problem && !err->code && store_undo_changed(w->tx, &w->undo, before, err) == 0)
        *out_changed = changed_besides(w, &e, err);
    return problem;
}

static int update_all(struct work *w, struct fct_error *err)
{
    const char *id;
    json_t *patch;
    json_object_foreach(w->args->update, id, patch)
    {
        *err = (struct fct_error){0};
        json_t *changed = NULL, *problem = try_update(w, id, patch, &changed, err);
        if (set_note_updated(&w->result, id, problem, changed, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- destroy ---- */

static int destroy_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_email_destroy(tx, *(const int64_t *)arg, err);
}

static json_t *try_destroy(struct work *w, const char *id, struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    int64_t number;
    if (!access_may(w->call, API_SCOPE_TRIAGE))
        return access_set_error(API_SCOPE_TRIAGE);
    if (!id_from(w->call, ID_EMAIL, id, &number))
        return api_set_error("notFound", NULL, "there is no such Email in this account");
    if (store_email_load(w->tx, number, false, &e, err) < 0)
        return err->code == FCT_E_NOT_FOUND ? api_set_error("notFound", NULL, "there is no such Email in this account")
                                            : NULL;
    if (e.account_id != w->account_id)
        return api_set_error("notFound", NULL, "there is no such Email in this account");
    json_t *problem = forbidden_unless(w->may.moves, "messages be removed");
    if (problem)
        return problem;
    CLEANUP(store_undo_before_freep) struct store_undo_before *before = NULL;
    if (store_undo_look(w->tx, number, &before, err) < 0)
        return NULL;
    if (store_nested(w->tx, destroy_in_savepoint, &number, err) < 0)
        return is_object_error(err) ? api_set_error_from(err) : NULL;
    store_undo_destroyed(w->tx, &w->undo, before, err);
    return NULL;
}

static int destroy_all(struct work *w, struct fct_error *err)
{
    for (size_t i = 0; i < json_array_size(w->destroy); i++) {
        const char *id = json_string_value(json_array_get(w->destroy, i));
        *err = (struct fct_error){0};
        json_t *problem = try_destroy(w, id, err);
        if (set_note_destroyed(&w->result, id, problem, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- the method ---- */

static int set_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    w->tx = tx;
    act_for_client(w->call, tx);
    if (account_find_one(w->call, tx, w->args->account_id, &w->account_id, err) < 0 ||
        abilities_of(w->call, tx, w->account_id, &w->may, err) < 0 ||
        state_check(tx, w->account_id, STORE_EMAIL, w->args->if_in_state, err) < 0 ||
        state_of(tx, w->account_id, STORE_EMAIL, &w->old_state, err) < 0)
        return -1;
    for (size_t i = 0; i < w->n_creations; i++) {
        *err = (struct fct_error){0};
        if (create_one(w, &w->creations[i], err) < 0)
            return -1;
    }
    *err = (struct fct_error){0};
    if (find_created_again(w, err) < 0)
        return -1;
    w->destroy = ids_once(w->call, w->args->destroy);
    if (store_undo_begin(tx, &w->undo, err) < 0 || update_all(w, err) < 0 || destroy_all(w, err) < 0)
        return -1;
    *err = (struct fct_error){0};
    if (store_undo_end(tx, &w->undo, err) < 0)
        return -1;
    return state_of(tx, w->account_id, STORE_EMAIL, &w->new_state, err);
}

static json_t *answer_of(struct work *w)
{
    json_t *out = json_pack("{s:o, s:O, s:O}", "accountId", json_id(ID_ACCOUNT, w->account_id), "oldState",
                            w->old_state, "newState", w->new_state);
    set_result_write(&w->result, out);
    return out;
}

int email_set_on_writer(struct api_call *call, struct store_tx *tx, const char *account_id, json_t *update,
                        json_t *destroy, json_t **out, struct fct_error *err)
{
    const struct api_email_set_args args = {.account_id = account_id, .update = update, .destroy = destroy};
    CLEANUP(work_done) struct work w = {.call = call, .args = &args, .undo = {.is_off = true}};
    if (set_all(tx, &w, err) < 0)
        return -1;
    *out = answer_of(&w);
    return 0;
}

int api_email_set(struct api_call *call, const struct api_email_set_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(freep) char *group = group_of_client(call, args->undo_group);
    CLEANUP(work_done)
    struct work w = {.call = call,
                     .args = args,
                     .undo = {.client = call->session ? session_name(call->session) : NULL,
                              .group = group,
                              .join = *call->action,
                              .is_off = !args->undoable}};
    if (set_check_count(args->create, args->update, args->destroy, err) < 0)
        return -1;
    w.creations = xcalloc(json_object_size(args->create) + 1, sizeof(*w.creations));
    const char *id;
    json_t *object;
    json_object_foreach(args->create, id, object) w.creations[w.n_creations++] =
        (struct creation){.id = id, .object = object};
    if ((w.n_creations && read_with_bodies(call, compose_all, &w, err) < 0) ||
        store_write(call->api->store, set_all, &w, err) < 0)
        return -1;
    if (!args->undo_group && w.undo.id)
        *call->action = w.undo.id;
    *out = answer_of(&w);
    return 0;
}
