/* Mailbox/set: RFC 8621 section 2.5. One job of the writer, each object in a savepoint of its own; but the Emails of
 * large mailboxes that shall be destroyed go before it, in jobs of bounded size, so that nobody waits for seconds. */
#include "methods/mailbox.h"

#include "patch.h"
#include "store/keep.h"
#include "store/mailbox_colors.h"

#include <string.h>
#include <time.h>

#define EMAILS_AT_ONCE 500

struct work {
    struct api_call *call;
    const struct api_mailbox_set_args *args;
    struct store_tx *tx;
    int64_t account_id;
    bool remove_emails;
    struct core_abilities may; /* what the account's source can do */
    bool has_kept;             /* how much of a mailbox is kept was changed */
    const json_t *update;
    json_t *destroy;   /* each id once */
    json_t *set_aside; /* id to the mailbox as it was; NULL: none is */
    bool is_tried;     /* what is done now is undone if it does not succeed */
    int64_t *large;    /* mailboxes to be emptied first, children before parents */
    size_t n_large, at, n_gone;
    json_t *old_state, *new_state;
    struct set_result result;
};

static void work_done(struct work *w)
{
    free(w->large);
    json_decref(w->destroy);
    json_decref(w->set_aside);
    json_decref(w->old_state);
    json_decref(w->new_state);
    set_result_done(&w->result);
}

/* ---- values ---- */

#define ORDER_MAX INT32_MAX

/* What a mailbox shall be, from a created object or a patched one. */
struct wanted {
    const char *name;
    int64_t parent_id;
    int role, sort_order;
    bool is_subscribed;
    const json_t *keep; /* NULL: as the account says */
    int color;
};

static json_t *bad(const char *property, const char *why)
{
    return api_set_error("invalidProperties", property, "%.60s: %s", property, why);
}

/* What is done here would wait for ever. NULL, or a SetError. */
static json_t *check_may_change(const struct work *w)
{
    return w->may.mailboxes
               ? NULL
               : api_set_error("forbidden", NULL, "the account's server has mailboxes that stay as they are");
}

static json_t *read_parent(const struct work *w, const json_t *v, int64_t *out)
{
    if (!v || json_is_null(v))
        return NULL;
    if (!json_is_string(v) || !id_from(w->call, ID_MAILBOX, json_string_value(v), out))
        return bad("parentId", "must be the id of a mailbox, or null");
    return NULL;
}

static json_t *read_role(const json_t *v, int *out)
{
    if (!v || json_is_null(v))
        return NULL;
    int role = json_is_string(v) ? role_from_name(json_string_value(v)) : -1;
    if (role < 0)
        return bad("role", "is none that is known");
    *out = role;
    return NULL;
}

static json_t *read_order(const json_t *v, int *out)
{
    if (!v || json_is_null(v))
        return NULL;
    if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > ORDER_MAX)
        return bad("sortOrder", "must be an integer from 0 to 2147483647");
    *out = (int)json_integer_value(v);
    return NULL;
}

static json_t *read_subscribed(const json_t *v, bool *out)
{
    if (!v || json_is_null(v))
        return NULL;
    if (!json_is_boolean(v))
        return bad("isSubscribed", "must be true or false");
    *out = json_is_true(v);
    return NULL;
}

static json_t *read_color(const json_t *v, int *out)
{
    if (!v || json_is_null(v))
        return NULL;
    int color = json_is_string(v) ? mailbox_color_from_name(json_string_value(v)) : -1;
    if (color < 0)
        return bad("color", "is none that is known");
    *out = color;
    return NULL;
}

/* Reads the properties that a client may set; absent and null stand for the default. NULL, or a SetError. */
static json_t *read_wanted(const struct work *w, const json_t *object, struct wanted *out)
{
    const json_t *name = json_object_get(object, "name");
    *out = (struct wanted){
        .is_subscribed = true, .name = json_string_value(name), .keep = json_object_get(object, "keep")};
    json_t *problem = json_is_string(name) ? NULL : bad("name", "must be a string");
    problem = api_set_error_join(problem, read_parent(w, json_object_get(object, "parentId"), &out->parent_id));
    problem = api_set_error_join(problem, read_role(json_object_get(object, "role"), &out->role));
    problem = api_set_error_join(problem, read_order(json_object_get(object, "sortOrder"), &out->sort_order));
    problem = api_set_error_join(problem, read_color(json_object_get(object, "color"), &out->color));
    return api_set_error_join(problem, read_subscribed(json_object_get(object, "isSubscribed"), &out->is_subscribed));
}

static bool is_writable(const char *name)
{
    static const char *const writable[] = {"name", "parentId", "role", "sortOrder", "isSubscribed", "keep", "color"};
    for (size_t i = 0; i < sizeof(writable) / sizeof(*writable); i++)
        if (strcmp(writable[i], name) == 0)
            return true;
    return false;
}

/* Properties of the core's own may stand there if they are what they are. NULL, or a SetError. */
static json_t *check_server_set(const json_t *object, const json_t *current)
{
    const char *name;
    json_t *value, *problem = NULL;
    json_object_foreach((json_t *)object, name, value)
    {
        if (!is_writable(name) && !(current && json_equal(json_object_get(current, name), value)))
            problem = api_set_error_join(problem, bad(name, "cannot be set"));
    }
    json_object_foreach((json_t *)current, name, value)
    {
        if (!is_writable(name) && !json_object_get(object, name))
            problem = api_set_error_join(problem, bad(name, "cannot be removed"));
    }
    return problem;
}

static int set_keep(struct work *w, struct store_tx *tx, int64_t id, const json_t *keep, struct fct_error *err)
{
    struct store_mailbox m = {0};
    bool has_changed = false;
    if (store_mailbox_load(tx, id, &m, err) < 0)
        return -1;
    bool is_local = m.is_local;
    store_mailbox_done(&m);
    if (is_local && keep && !json_is_null(keep))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "keep: what is on this computer only is kept whole");
    if (store_mailbox_set_keep(tx, id, keep, &has_changed, err) < 0)
        return -1;
    w->has_kept |= has_changed;
    return 0;
}

/* ---- create ---- */

struct creation {
    struct work *w;
    const struct wanted *wanted;
    int64_t id;
};

static int create_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct creation *c = arg;
    const struct wanted *x = c->wanted;
    if (store_mailbox_create(tx, c->w->account_id, x->parent_id, x->name, x->role, x->sort_order, x->is_subscribed,
                             &c->id, err) < 0)
        return -1;
    if (store_mailbox_set_color(tx, c->id, x->color, err) < 0)
        return -1;
    return x->keep ? set_keep(c->w, tx, c->id, x->keep, err) : 0;
}

static int put_created(struct work *w, const char *creation_id, int64_t id, const json_t *sent, struct fct_error *err)
{
    struct store_mailbox m = {0};
    char text[ID_SIZE];
    if (store_mailbox_load(w->tx, id, &m, err) < 0)
        return -1;
    json_t *created = mailbox_json(&m, &w->may, MB_STANDARD);
    store_mailbox_done(&m);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)sent, name, value) if (json_equal(json_object_get(created, name), value))
        json_object_del(created, name);
    set_put(&w->result.created, creation_id, created);
    call_created(w->call, creation_id, id_format(ID_MAILBOX, id, text));
    return 0;
}

static int create_one(struct work *w, const char *creation_id, const json_t *object, struct fct_error *err)
{
    struct wanted wanted;
    json_t *problem = check_may_change(w);
    if (!problem)
        problem = api_set_error_join(check_server_set(object, NULL), read_wanted(w, object, &wanted));
    if (!problem) {
        struct creation c = {.w = w, .wanted = &wanted};
        if (store_nested(w->tx, create_in_savepoint, &c, err) == 0)
            return put_created(w, creation_id, c.id, object, err);
        if (!is_object_error(err))
            return -1;
        problem = api_set_error_from(err);
    }
    set_put(&w->result.not_created, creation_id, problem);
    return 0;
}

/* A child may stand before the parent that it names by "#k": what waits for another creation of this call is tried
 * again after it (RFC 8620 section 5.3: creates happen before they are referred to). */
static bool waits_for_creation(const struct work *w, const json_t *object, const json_t *left)
{
    const char *parent = json_string_value(json_object_get(object, "parentId"));
    return parent && parent[0] == '#' && !call_resolve(w->call, parent) && json_object_get(left, parent + 1);
}

static int create_all(struct work *w, json_t *create, struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *left = json_copy(create);
    for (size_t before = 0; json_object_size(left) && json_object_size(left) != before;) {
        before = json_object_size(left);
        const char *id;
        json_t *object;
        void *next;
        json_object_foreach_safe(left, next, id, object)
        {
            if (waits_for_creation(w, object, left))
                continue;
            if (create_one(w, id, object, err) < 0)
                return -1;
            json_object_del(left, id);
        }
    }
    const char *id;
    json_t *object;
    json_object_foreach(left, id, object) /* they wait for one another */
        set_put(&w->result.not_created, id, bad("parentId", "must be the id of a mailbox, or null"));
    return 0;
}

/* ---- update ---- */

struct update {
    struct work *w;
    int64_t id;
    struct store_mailbox_patch patch;
    const json_t *keep;
    int color;
};

static int update_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct update *u = arg;
    if (store_mailbox_update(tx, u->id, &u->patch, err) < 0 || store_mailbox_set_color(tx, u->id, u->color, err) < 0)
        return -1;
    return set_keep(u->w, tx, u->id, u->keep, err);
}

/* NULL with *err filled: the method ends. */
static json_t *apply_update(struct work *w, const struct store_mailbox *m, const struct wanted *x,
                            struct fct_error *err)
{
    struct update u = {.w = w, .id = m->id, .keep = x->keep, .color = x->color};
    if (strcmp(m->name, x->name) != 0)
        u.patch.name = x->name;
    if (m->parent_id != x->parent_id)
        u.patch.parent_id = &x->parent_id;
    if (m->role != x->role)
        u.patch.role = &x->role;
    if (m->sort_order != x->sort_order)
        u.patch.sort_order = &x->sort_order;
    if (m->is_subscribed != x->is_subscribed)
        u.patch.is_subscribed = &x->is_subscribed;
    json_t *problem = u.patch.name || u.patch.parent_id || u.patch.is_subscribed ? check_may_change(w) : NULL;
    if (problem || store_nested(w->tx, update_in_savepoint, &u, err) == 0)
        return problem;
    return is_object_error(err) ? api_set_error_from(err) : NULL;
}

static const char *resolve_key(void *ctx, const char *key)
{
    return call_resolve(ctx, key);
}

/* What is not as the patched object has it (a name that was normalised, counters that hang on a role): a client learns
 * of it from the answer (RFC 8620 section 5.3). NULL: nothing, or *err says why. */
static json_t *changed_unasked(struct work *w, int64_t id, const json_t *patched, struct fct_error *err)
{
    struct store_mailbox m = {0};
    if (store_mailbox_load(w->tx, id, &m, err) < 0)
        return NULL;
    CLEANUP(json_decrefp) json_t *now = mailbox_json(&m, &w->may, MB_STANDARD);
    store_mailbox_done(&m);
    json_t *out = NULL, *value;
    const char *name;
    json_object_foreach(now, name, value)
    {
        const json_t *asked = json_object_get(patched, name);
        if (asked ? !json_equal((json_t *)asked, value) : !json_is_null(value))
            set_put(&out, name, json_incref(value));
    }
    return out;
}

static json_t *try_update(struct work *w, const char *id, const json_t *patch, json_t **out_changed,
                          struct fct_error *err)
{
    struct store_mailbox m = {0};
    struct wanted wanted;
    json_t *problem = NULL;
    int64_t number;
    if (!id_from(w->call, ID_MAILBOX, id, &number))
        return api_set_error("notFound", NULL, "there is no such mailbox in this account");
    if (is_in(w->destroy, call_resolve(w->call, id)))
        return api_set_error("willDestroy", NULL, "it is destroyed by the same call");
    if (store_mailbox_load(w->tx, number, &m, err) < 0)
        return err->code == FCT_E_NOT_FOUND
                   ? api_set_error("notFound", NULL, "there is no such mailbox in this account")
                   : NULL;
    if (m.account_id != w->account_id) {
        store_mailbox_done(&m);
        return api_set_error("notFound", NULL, "there is no such mailbox in this account");
    }
    json_t *as_it_was = json_object_get(w->set_aside, call_resolve(w->call, id));
    json_t *current = as_it_was ? json_incref(as_it_was) : mailbox_json(&m, &w->may, MB_ALL);
    json_t *patched = patch_apply(current, patch, resolve_key, w->call, &problem);
    if (patched)
        problem = api_set_error_join(check_server_set(patched, current), read_wanted(w, patched, &wanted));
    if (patched && !problem)
        problem = apply_update(w, &m, &wanted, err);
    if (!problem && !err->code)
        *out_changed = changed_unasked(w, number, patched, err);
    json_decref(patched);
    json_decref(current);
    store_mailbox_done(&m);
    return problem;
}

static int update_all(struct work *w, struct fct_error *err)
{
    const char *id;
    json_t *patch;
    json_object_foreach((json_t *)w->update, id, patch)
    {
        *err = (struct fct_error){0};
        json_t *changed = NULL, *problem = try_update(w, id, patch, &changed, err);
        if (set_note_updated(&w->result, id, problem, changed, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- destroy ---- */

struct destruction {
    int64_t id;
    bool remove_emails;
};

static int destroy_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct destruction *d = arg;
    return store_mailbox_destroy(tx, d->id, d->remove_emails, err);
}

static json_t *try_destroy(struct work *w, const char *id, struct fct_error *err)
{
    struct store_mailbox m = {0};
    struct destruction d = {.remove_emails = w->remove_emails};
    if (!id_from(w->call, ID_MAILBOX, id, &d.id))
        return api_set_error("notFound", NULL, "there is no such mailbox in this account");
    if (store_mailbox_load(w->tx, d.id, &m, err) < 0)
        return err->code == FCT_E_NOT_FOUND
                   ? api_set_error("notFound", NULL, "there is no such mailbox in this account")
                   : NULL;
    bool is_ours = m.account_id == w->account_id;
    store_mailbox_done(&m);
    if (!is_ours)
        return api_set_error("notFound", NULL, "there is no such mailbox in this account");
    json_t *problem = check_may_change(w);
    if (problem || store_nested(w->tx, destroy_in_savepoint, &d, err) == 0)
        return problem;
    return is_object_error(err) ? api_set_error_from(err) : NULL;
}

/* Children before parents, whatever the order in which they are named: those that fail for a child are tried again as
 * long as anything goes. */
static int destroy_all(struct work *w, struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *left = json_copy(w->destroy);
    for (bool goes_on = true; goes_on && json_array_size(left);) {
        goes_on = false;
        for (size_t i = 0; i < json_array_size(left);) {
            const char *id = json_string_value(json_array_get(left, i));
            *err = (struct fct_error){0};
            json_t *problem = try_destroy(w, id, err);
            if (!problem && err->code)
                return -1;
            if (problem) {
                set_put(&w->result.not_destroyed, id, problem);
                i++;
                continue;
            }
            json_object_del(w->result.not_destroyed, id);
            set_add_destroyed(&w->result, id);
            json_array_remove(left, i);
            goes_on = true;
        }
    }
    if (w->result.not_destroyed && json_object_size(w->result.not_destroyed) == 0) {
        json_decref(w->result.not_destroyed);
        w->result.not_destroyed = NULL;
    }
    return 0;
}

/* ---- large mailboxes ---- */

static bool is_named(const struct work *w, int64_t id)
{
    size_t i;
    json_t *each;
    int64_t number;
    json_array_foreach((json_t *)w->args->destroy, i, each)
    {
        if (id_from(w->call, ID_MAILBOX, json_string_value(each), &number) && number == id)
            return true;
    }
    return false;
}

/* Whether `list[at]` and all that is below it shall be destroyed: what is below follows it, parents first. */
static bool goes_whole(const struct work *w, const struct store_mailbox *list, size_t n, size_t at)
{
    if (!is_named(w, list[at].id))
        return false;
    for (size_t i = at + 1; i < n; i++) {
        if (list[i].parent_id == list[at].id && !goes_whole(w, list, n, i))
            return false;
    }
    return true;
}

/* Only what store_mailbox_destroy will not refuse: it is not emptied for nothing. */
static int find_large(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    struct store_mailbox *list;
    size_t n;
    if (account_find_one(w->call, tx, w->args->account_id, &w->account_id, err) < 0 ||
        store_mailboxes_load(tx, w->account_id, &list, &n, err) < 0)
        return -1;
    w->large = xcalloc(n + 1, sizeof(*w->large));
    w->tx = tx;
    if (abilities_of(w->call, w->tx, w->account_id, &w->may, err) < 0) {
        store_mailboxes_free(list, n);
        return -1;
    }
    for (size_t i = w->may.mailboxes ? n : 0; i-- > 0;)
        if (list[i].role != FCT_ROLE_INBOX && list[i].total_emails > EMAILS_AT_ONCE && goes_whole(w, list, n, i))
            w->large[w->n_large++] = list[i].id;
    store_mailboxes_free(list, n);
    return 0;
}

static int empty_in_savepoint(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    return store_mailbox_empty_some(tx, w->large[w->at], EMAILS_AT_ONCE, &w->n_gone, err);
}

/* One piece of one mailbox. One that changed meanwhile so that it cannot be destroyed is told by the set itself. */
static int empty_piece(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    struct fct_error why = {0};
    act_for_client(w->call, tx);
    if (!w->old_state && (state_check(tx, w->account_id, STORE_MAILBOX, w->args->if_in_state, err) < 0 ||
                          state_of(tx, w->account_id, STORE_MAILBOX, &w->old_state, err) < 0))
        return -1;
    if (store_nested(tx, empty_in_savepoint, w, &why) == 0 && w->n_gone == EMAILS_AT_ONCE)
        return 0;
    w->at++;
    if (why.code && !is_object_error(&why)) {
        *err = why;
        return -1;
    }
    return 0;
}

/* Not where the same call creates or changes mailboxes, which comes before: one that is put below another keeps it, and
 * then its mail must be there. */
static int empty_large(struct work *w, struct fct_error *err)
{
    if (!w->remove_emails || json_array_size(w->args->destroy) == 0 || json_object_size(w->args->create) > 0 ||
        json_object_size(w->args->update) > 0)
        return 0;
    if (store_read(w->call->api->store, find_large, w, err) < 0)
        return -1;
    while (w->at < w->n_large)
        if (store_write(w->call->api->store, empty_piece, w, err) < 0)
            return -1;
    return 0;
}

/* ---- names that change places ----
 *
 * RFC 8620 section 5.3: what is valid in the end is allowed though each step for itself would not be: two mailboxes
 * that exchange their names, a new one that gets the name, or the role, of one that goes, a child and a parent that
 * change places. Where a step failed for the place of another mailbox, all is undone, those that move or go are set
 * aside (a name that nobody has, at the top, without a role), and all is done again. If not everything succeeds then,
 * it is undone, and each is accepted or refused for itself. A server hears of none of it: what waits for it is the
 * difference in the end (store/mailbox_wishes.h). */

static bool changes_place(const json_t *patch)
{
    return json_object_get(patch, "name") || json_object_get(patch, "parentId") || json_object_get(patch, "role");
}

static int set_aside(struct work *w, const char *id, struct fct_error *err)
{
    CLEANUP(store_mailbox_done) struct store_mailbox m = {0};
    char name[64], text[ID_SIZE];
    int64_t number, top = 0;
    int role = FCT_ROLE_NONE;
    if (!id_from(w->call, ID_MAILBOX, id, &number) ||
        json_object_get(w->set_aside, id_format(ID_MAILBOX, number, text)))
        return 0;
    if (store_mailbox_load(w->tx, number, &m, err) < 0) {
        if (err->code != FCT_E_NOT_FOUND)
            return -1;
        *err = (struct fct_error){0};
        return 0;
    }
    if (m.account_id != w->account_id || m.role == FCT_ROLE_INBOX)
        return 0;
    snprintf(name, sizeof(name), "aside%sx%llx", text, (unsigned long long)time(NULL));
    json_object_set_new(w->set_aside, text, mailbox_json(&m, &w->may, MB_ALL));
    const struct store_mailbox_patch patch = {.name = name, .parent_id = &top, .role = m.role ? &role : NULL};
    return store_mailbox_update(w->tx, number, &patch, err);
}

static int set_all_aside(struct work *w, struct fct_error *err)
{
    const char *id;
    json_t *patch;
    size_t i;
    w->set_aside = json_object();
    json_object_foreach((json_t *)w->update, id,
                        patch) if (changes_place(patch) && set_aside(w, id, err) < 0) return -1;
    json_array_foreach((json_t *)w->args->destroy, i, patch)
    {
        if (set_aside(w, json_string_value(patch), err) < 0)
            return -1;
    }
    return 0;
}

static bool is_for_a_place(const json_t *problem)
{
    const char *type = json_string_value(json_object_get(problem, "type")),
               *property = json_string_value(json_array_get(json_object_get(problem, "properties"), 0));
    return strcmp(type, "alreadyExists") == 0 || strcmp(type, "mailboxHasChild") == 0 ||
           (property && (strcmp(property, "role") == 0 || strcmp(property, "parentId") == 0));
}

static bool any_is_for_a_place(const json_t *problems)
{
    const char *id;
    json_t *problem;
    json_object_foreach((json_t *)problems, id, problem) if (is_for_a_place(problem)) return true;
    return false;
}

static bool has_succeeded(const struct work *w)
{
    return !w->result.not_created && !w->result.not_updated && !w->result.not_destroyed;
}

/* Only where there is another that could make room. */
static bool may_be_a_matter_of_order(const struct work *w)
{
    const struct set_result *r = &w->result;
    bool makes_room = json_array_size(w->args->destroy) > 0;
    if (json_object_size(w->args->create) + json_object_size(w->update) + json_array_size(w->args->destroy) < 2)
        return false;
    const char *id;
    json_t *patch;
    json_object_foreach((json_t *)w->update, id, patch) makes_room |= changes_place(patch);
    return makes_room && (any_is_for_a_place(r->not_created) || any_is_for_a_place(r->not_updated) ||
                          any_is_for_a_place(r->not_destroyed));
}

/* ---- the method ---- */

static int do_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    (void)tx;
    if (create_all(w, w->args->create, err) < 0)
        return -1;
    w->destroy = ids_once(w->call, w->args->destroy);
    if (update_all(w, err) < 0 || destroy_all(w, err) < 0)
        return -1;
    *err = (struct fct_error){0};
    bool is_good = w->set_aside ? has_succeeded(w) : !may_be_a_matter_of_order(w);
    return w->is_tried && !is_good ? fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "to be undone") : 0;
}

static int do_all_aside(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return set_all_aside(arg, err) < 0 ? -1 : do_all(tx, arg, err);
}

/* 1 it is done, 0 it is undone, -1. */
static int try_all(struct work *w, store_fn fn, struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *created = json_copy(w->call->created);
    w->is_tried = true;
    int rc = store_nested(w->tx, fn, w, err);
    w->is_tried = false;
    json_decref(TAKE(w->set_aside));
    if (rc == 0)
        return 1;
    if (!is_object_error(err))
        return -1;
    *err = (struct fct_error){0};
    json_object_clear(w->call->created);
    json_object_update(w->call->created, created);
    json_decref(TAKE(w->destroy));
    set_result_done(&w->result);
    w->has_kept = false;
    return 0;
}

static int set_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct work *w = arg;
    w->tx = tx;
    act_for_client(w->call, tx);
    if (account_find_one(w->call, tx, w->args->account_id, &w->account_id, err) < 0 ||
        abilities_of(w->call, w->tx, w->account_id, &w->may, err) < 0)
        return -1;
    /* After the first piece of a large mailbox the state is another; others may have changed it, too, so that the old
     * one is told as it is now. */
    if (!w->old_state && state_check(tx, w->account_id, STORE_MAILBOX, w->args->if_in_state, err) < 0)
        return -1;
    json_decref(TAKE(w->old_state));
    if (state_of(tx, w->account_id, STORE_MAILBOX, &w->old_state, err) < 0)
        return -1;
    int is_done = try_all(w, do_all, err);
    if (is_done == 0)
        is_done = try_all(w, do_all_aside, err);
    if (is_done < 0 || (is_done == 0 && do_all(tx, w, err) < 0))
        return -1;
    return state_of(tx, w->account_id, STORE_MAILBOX, &w->new_state, err);
}

int api_mailbox_set(struct api_call *call, const struct api_mailbox_set_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(work_done)
    struct work w = {
        .call = call, .args = args, .remove_emails = args->on_destroy_remove_emails, .update = args->update};
    if (set_check_count(args->create, args->update, args->destroy, err) < 0 || empty_large(&w, err) < 0 ||
        store_write(call->api->store, set_all, &w, err) < 0)
        return -1;
    if (w.has_kept)
        core_keep_changed(call->api->core, w.account_id);
    *out = json_pack("{s:o, s:O, s:O}", "accountId", json_id(ID_ACCOUNT, w.account_id), "oldState", w.old_state,
                     "newState", w.new_state);
    set_result_write(&w.result, *out);
    return 0;
}
