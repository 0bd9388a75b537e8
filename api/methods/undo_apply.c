/* Undo/apply: in jobs of bounded size, so that nobody waits long behind it. */
#include "methods/undo.h"

#include "methods/email.h"
#include "session.h"

#define AT_ONCE 100         /* changes in one job: each may mean a message to be read and indexed */
#define PROBLEMS_TOLD 10000 /* of one call: the answer is bounded */

struct work {
    struct api_call *call;
    const struct api_undo_apply_args *args;
    int64_t id;
    char *description;
    struct store_undo_applied applied; /* by the last job */
    int64_t undo_id;
    size_t n_problems;
    json_t *undone, *restored, *not_undone;
};

static void work_done(struct work *w)
{
    free(w->description);
    store_undo_applied_done(&w->applied);
    json_decref(w->undone);
    json_decref(w->restored);
    json_decref(w->not_undone);
}

/* ---- which ---- */

static int fail_none(struct fct_error *err)
{
    return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is nothing to take back");
}

/* Of the actions that are in no account beside those that the caller sees. */
static int newest_seen(struct work *w, struct store_tx *tx, const struct scope *scope, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n;
    if (store_undo_list(tx, scope->id, &ids, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n && !w->id; i++) {
        CLEANUP(store_undo_done) struct store_undo u = {0};
        if (store_undo_load(tx, ids[i], &u, err) < 0)
            return -1;
        if (!u.is_undo && u.n_items > 0 && undo_is_in_scope(&u, scope))
            w->id = u.id;
    }
    return w->id ? 0 : fail_none(err);
}

static int choose(struct work *w, struct store_tx *tx, const struct scope *scope, struct fct_error *err)
{
    if (!w->args->id && !access_is_whole(w->call))
        return newest_seen(w, tx, scope, err);
    if (!w->args->id)
        return store_undo_newest(tx, scope->id, &w->id, err) < 0 ? -1 : w->id ? 0 : fail_none(err);
    if (!id_from(w->call, ID_UNDO, w->args->id, &w->id))
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such action here, or it is too long ago");
    return 0;
}

static int fail_undone(struct work *w, const struct store_undo *u, struct fct_error *err)
{
    w->call->error_data = json_pack("{s:s}", "type", "alreadyUndone");
    if (u->undone_by)
        json_object_set_new(w->call->error_data, "undoneBy", json_id(ID_UNDO, u->undone_by));
    return fct_fail(err, FCT_E_EXISTS, FCT_RETRY_NEVER, "it was taken back before: %.200s", u->text);
}

static const char *client_name(const struct work *w)
{
    return w->call->session ? session_name(w->call->session) : NULL;
}

static int first_piece(struct store_tx *tx, void *arg, struct fct_error *err)
{
    CLEANUP(store_undo_done) struct store_undo u = {0};
    struct work *w = arg;
    struct scope scope;
    act_for_client(w->call, tx);
    if (scope_find(w->call, tx, w->args->account_id, &scope, err) < 0 || choose(w, tx, &scope, err) < 0 ||
        (store_undo_load(tx, w->id, &u, err) < 0 && err->code != FCT_E_NOT_FOUND))
        return -1;
    if (!u.id || !undo_is_in_scope(&u, &scope))
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such action here, or it is too long ago");
    if (store_undo_apply_some(tx, w->id, client_name(w), AT_ONCE, &w->applied, err) < 0)
        return -1;
    if (w->applied.was_undone)
        return fail_undone(w, &u, err);
    w->description = store_undo_reverse_text(&u);
    return 0;
}

static int next_piece(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    act_for_client(w->call, tx);
    return store_undo_apply_some(tx, w->id, client_name(w), AT_ONCE, &w->applied, err);
}

/* ---- what became of it ---- */

static const char *const problem_types[] = {
    [STORE_UNDO_CHANGED_SINCE] = "changedSince",
    [STORE_UNDO_GONE] = "notFound",
    [STORE_UNDO_MAILBOX_GONE] = "mailboxNotFound",
    [STORE_UNDO_ACCOUNT_GONE] = "accountNotFound",
};

static const char *const problem_texts[] = {
    [STORE_UNDO_CHANGED_SINCE] = "somebody changed it since: it stays as it is",
    [STORE_UNDO_GONE] = "it is gone",
    [STORE_UNDO_MAILBOX_GONE] = "it was in a mailbox that is gone",
    [STORE_UNDO_ACCOUNT_GONE] = "its account is gone",
};

static json_t *properties_left_alone(const struct store_undo_outcome *o)
{
    const struct store_email e = {.flags = o->flags, .keywords = o->keywords};
    CLEANUP(json_decrefp) json_t *keywords = email_keywords_json(&e);
    json_t *out = json_array(), *value;
    const char *name;
    if (o->with_mailboxes)
        json_array_append_new(out, json_string("mailboxIds"));
    json_object_foreach(keywords, name, value)
    {
        CLEANUP(freep) char *path = xasprintf("keywords/%s", name);
        json_array_append_new(out, json_string_of(path));
    }
    return out;
}

static json_t *problem_json(const struct store_undo_outcome *o)
{
    if (o->problem == STORE_UNDO_REFUSED) {
        struct fct_error why = {.code = o->code};
        snprintf(why.message, sizeof(why.message), "%s", o->text);
        return json_pack("{s:s, s:o}", "type", api_error_type(why.code), "description", json_string_of(why.message));
    }
    json_t *out = json_pack("{s:s, s:s}", "type", problem_types[o->problem], "description", problem_texts[o->problem]);
    CLEANUP(json_decrefp) json_t *properties = properties_left_alone(o);
    if (json_array_size(properties))
        json_object_set(out, "properties", properties);
    return out;
}

static void tell(struct work *w, const struct store_undo_outcome *o)
{
    char old_id[ID_SIZE];
    id_format(ID_EMAIL, o->email_id, old_id);
    if (o->is_undone)
        json_array_append_new(w->undone, json_id(ID_EMAIL, o->restored_as ? o->restored_as : o->email_id));
    if (o->restored_as)
        set_put(&w->restored, old_id, json_id(ID_EMAIL, o->restored_as));
    if (o->problem != STORE_UNDO_FINE && w->n_problems++ < PROBLEMS_TOLD)
        set_put(&w->not_undone, old_id, problem_json(o));
}

/* Of a job that is committed. False: that was the last. */
static bool take_outcomes(struct work *w)
{
    bool has_more = w->applied.has_more;
    for (size_t i = 0; i < w->applied.n; i++)
        tell(w, &w->applied.list[i]);
    w->undo_id = w->applied.undo_id;
    store_undo_applied_done(&w->applied);
    return has_more;
}

/* ---- the method ---- */

int api_undo_apply(struct api_call *call, const struct api_undo_apply_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(work_done) struct work w = {.call = call, .args = args, .undone = json_array()};
    store_fn piece = first_piece;
    do {
        if (store_write(call->api->store, piece, &w, err) < 0)
            return -1;
        piece = next_piece;
    } while (take_outcomes(&w));
    core_snooze_changed(call->api->core); /* something may wait for an earlier moment again */
    *out = json_pack("{s:o, s:o, s:o, s:O, s:O*, s:O*, s:I}", "id", json_id(ID_UNDO, w.id), "description",
                     json_string_of(w.description), "undoId", w.undo_id ? json_id(ID_UNDO, w.undo_id) : json_null(),
                     "undone", w.undone, "restored", w.restored, "notUndone", w.not_undone, "notUndoneCount",
                     (json_int_t)w.n_problems);
    if (!w.restored)
        json_object_set_new(*out, "restored", json_null());
    if (!w.not_undone)
        json_object_set_new(*out, "notUndone", json_null());
    return 0;
}
