/* Email/snooze: out of sight until a moment, and back. */
#include "methods/email.h"

#include "session.h"
#include "store/snoozes.h"
#include "store/undo.h"

#include <time.h>

struct work {
    struct api_call *call;
    const struct api_email_snooze_args *args;
    int64_t account_id, until, to_mailbox_id, now; /* until 0: back */
    struct core_abilities may;
    bool has_mailbox; /* where they wait, or which becomes that; else it must be made */
    json_t *ids; /* each once */
    struct set_result result;
    struct store_undo_record undo;
    json_t *old_state, *new_state;
};

static void work_done(struct work *w)
{
    json_decref(w->ids);
    set_result_done(&w->result);
    store_undo_record_done(&w->undo);
    json_decref(w->old_state);
    json_decref(w->new_state);
}

struct one {
    const struct work *w;
    int64_t email_id;
};

static int in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct one *o = arg;
    bool was;
    if (o->w->until == 0)
        return store_email_unsnooze(tx, o->email_id, &was, err);
    return store_email_snooze(tx, o->email_id, o->w->until, o->w->to_mailbox_id, o->w->now, err);
}

/* A SetError, or NULL; with *err filled the method ends. */
static json_t *try_one(struct work *w, struct store_tx *tx, const char *id, struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    CLEANUP(store_undo_before_freep) struct store_undo_before *before = NULL;
    struct one o = {.w = w};
    json_t *not_found =
        json_pack("{s:s, s:s}", "type", "notFound", "description", "there is no such Email in this account");
    bool is_here = id_from(w->call, ID_EMAIL, id, &o.email_id);
    if (is_here && store_email_load(tx, o.email_id, false, &e, err) < 0) {
        is_here = false;
        if (err->code != FCT_E_NOT_FOUND) {
            json_decref(not_found);
            return NULL;
        }
        *err = (struct fct_error){0};
    }
    if (!is_here || e.account_id != w->account_id)
        return not_found;
    json_decref(not_found);
    json_t *problem = forbidden_unless(w->may.moves, "messages be moved");
    if (!problem && w->until && !w->has_mailbox)
        problem = forbidden_unless(w->may.mailboxes, "mailboxes be made");
    if (problem)
        return problem;
    if (store_undo_look(tx, o.email_id, &before, err) < 0)
        return NULL;
    if (store_nested(tx, in_savepoint, &o, err) < 0) {
        problem = is_object_error(err) ? api_set_error_from(err) : NULL;
        if (problem)
            *err = (struct fct_error){0};
        return problem;
    }
    if (store_undo_changed(tx, &w->undo, before, err) < 0)
        return NULL;
    return NULL;
}

static int do_all(struct work *w, struct store_tx *tx, struct fct_error *err)
{
    for (size_t i = 0; i < json_array_size(w->ids); i++) {
        const char *id = json_string_value(json_array_get(w->ids, i));
        *err = (struct fct_error){0};
        json_t *problem = try_one(w, tx, id, err);
        if (set_note_updated(&w->result, id, problem, NULL, err) < 0)
            return -1;
    }
    return 0;
}

static int on_writer(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    act_for_client(w->call, tx);
    if (account_find_one(w->call, tx, w->args->account_id, &w->account_id, err) < 0 ||
        abilities_of(w->call, tx, w->account_id, &w->may, err) < 0 ||
        state_of(tx, w->account_id, STORE_EMAIL, &w->old_state, err) < 0)
        return -1;
    int64_t mailbox;
    if (store_snooze_mailbox(tx, w->account_id, &mailbox, err) < 0)
        return -1;
    w->has_mailbox = mailbox != 0;
    w->ids = ids_once(w->call, w->args->ids);
    if (store_undo_begin(tx, &w->undo, err) < 0 || do_all(w, tx, err) < 0)
        return -1;
    *err = (struct fct_error){0};
    if (store_undo_end(tx, &w->undo, err) < 0)
        return -1;
    return state_of(tx, w->account_id, STORE_EMAIL, &w->new_state, err);
}

static int check(struct work *w, struct fct_error *err)
{
    const struct api_email_snooze_args *args = w->args;
    if (json_array_size(args->ids) > API_MAX_OBJECTS_IN_SET)
        return too_many(err, "maxObjectsInSet", API_MAX_OBJECTS_IN_SET);
    if (args->until && !utc_parse(args->until, &w->until))
        return call_invalid(w->call, err, "until", "it is no UTCDate");
    if (args->until && w->until <= w->now)
        return call_invalid(w->call, err, "until", "that is over");
    if (args->until && w->until - w->now > SNOOZE_MAX_SECONDS)
        return call_invalid(w->call, err, "until", "that is more than 100 years away");
    if (args->move_to_mailbox_id && !id_from(w->call, ID_MAILBOX, args->move_to_mailbox_id, &w->to_mailbox_id))
        return call_invalid(w->call, err, "moveToMailboxId", "there is no such mailbox");
    return 0;
}

int api_email_snooze(struct api_call *call, const struct api_email_snooze_args *args, json_t **out,
                     struct fct_error *err)
{
    CLEANUP(freep) char *group = group_of_client(call, args->undo_group);
    CLEANUP(work_done)
    struct work w = {
        .call = call,
        .args = args,
        .now = time(NULL),
        .undo = {.client = call->session ? session_name(call->session) : NULL, .group = group, .join = *call->action}};
    if (check(&w, err) < 0 || store_write(call->api->store, on_writer, &w, err) < 0)
        return -1;
    core_snooze_changed(call->api->core);
    if (!args->undo_group && w.undo.id)
        *call->action = w.undo.id;
    *out = json_pack("{s:o, s:O, s:O, s:O*, s:O*}", "accountId", json_id(ID_ACCOUNT, w.account_id), "oldState",
                     w.old_state, "newState", w.new_state, "updated", w.result.updated, "notUpdated",
                     w.result.not_updated);
    if (!w.result.updated)
        json_object_set_new(*out, "updated", json_null());
    if (!w.result.not_updated)
        json_object_set_new(*out, "notUpdated", json_null());
    return 0;
}
