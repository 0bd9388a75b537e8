/* Mailbox/get and /changes: RFC 8621 sections 2.1 and 2.2. */
#include "methods/mailbox.h"

#include "access.h"
#include "store/accounts.h"
#include "store/emails.h"
#include "store/mailbox_colors.h"

const char *const mailbox_property_names[MB_N] = {
    [MB_ID] = "id",
    [MB_NAME] = "name",
    [MB_PARENT_ID] = "parentId",
    [MB_ROLE] = "role",
    [MB_SORT_ORDER] = "sortOrder",
    [MB_TOTAL_EMAILS] = "totalEmails",
    [MB_UNREAD_EMAILS] = "unreadEmails",
    [MB_TOTAL_THREADS] = "totalThreads",
    [MB_UNREAD_THREADS] = "unreadThreads",
    [MB_MY_RIGHTS] = "myRights",
    [MB_IS_SUBSCRIBED] = "isSubscribed",
    [MB_ACCOUNT_ID] = "accountId",
    [MB_IS_COMPLETE] = "isComplete",
    [MB_KEEP] = "keep",
    [MB_COLOR] = "color",
};

/* What the server says of the mailbox, and what can be done in its account at all. Whether the server lets one be made
 * or renamed is known when it was asked: a refusal is undone, with a notice. A level of names that is no mailbox cannot
 * be renamed. */
static json_t *rights_json(const struct store_mailbox *m, const struct core_abilities *may)
{
    bool holds_mail = !(m->attrs & FCT_MB_NOSELECT), writable = holds_mail && !(m->attrs & FCT_MB_READ_ONLY);
    bool is_ours = may->mailboxes && m->role != FCT_ROLE_INBOX && !store_mailbox_is_level(m);
    return json_pack("{s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b}", "mayReadItems", holds_mail, "mayAddItems",
                     writable && may->imports, "mayRemoveItems", writable && may->moves, "maySetSeen",
                     writable && may->flags, "maySetKeywords",
                     writable && may->flags && !(m->attrs & FCT_MB_NO_KEYWORDS), "mayCreateChild",
                     may->mailboxes && !(m->attrs & FCT_MB_NOINFERIORS), "mayRename", is_ours, "mayDelete", is_ours,
                     "maySubmit", false);
}

/* The mailbox's own policy; null: as the account says. */
static json_t *keep_json(const struct store_mailbox *m)
{
    json_t *v = m->keep ? json_loads(m->keep, 0, NULL) : NULL;
    return v ? v : json_null();
}

static json_t *property_json(const struct store_mailbox *m, const struct core_abilities *may, enum mailbox_property p)
{
    switch (p) {
    case MB_ID:
        return json_id(ID_MAILBOX, m->id);
    case MB_NAME:
        return json_string_of(m->name);
    case MB_PARENT_ID:
        return m->parent_id ? json_id(ID_MAILBOX, m->parent_id) : json_null();
    case MB_ROLE:
        return role_name(m->role) ? json_string(role_name(m->role)) : json_null();
    case MB_SORT_ORDER:
        return json_integer(m->sort_order);
    case MB_TOTAL_EMAILS:
        return json_integer(m->total_emails);
    case MB_UNREAD_EMAILS:
        return json_integer(m->unread_emails);
    case MB_TOTAL_THREADS:
        return json_integer(m->total_threads);
    case MB_UNREAD_THREADS:
        return json_integer(m->unread_threads);
    case MB_MY_RIGHTS:
        return rights_json(m, may);
    case MB_IS_SUBSCRIBED:
        return json_boolean(m->is_subscribed);
    case MB_ACCOUNT_ID:
        return json_id(ID_ACCOUNT, m->account_id);
    case MB_IS_COMPLETE:
        return json_boolean(m->is_complete);
    case MB_KEEP:
        return keep_json(m);
    case MB_COLOR:
        return mailbox_color_name(m->color) ? json_string(mailbox_color_name(m->color)) : json_null();
    case MB_N:
        break;
    }
    return json_null();
}

json_t *mailbox_json(const struct store_mailbox *m, const struct core_abilities *may, uint64_t properties)
{
    json_t *out = json_object();
    for (int p = 0; p < MB_N; p++)
        if (properties & MB_BIT(p))
            json_object_set_new(out, mailbox_property_names[p], property_json(m, may, (enum mailbox_property)p));
    return out;
}

struct mailboxes {
    struct store_mailbox *v;
    size_t n;
};

static void mailboxes_done(struct mailboxes *m)
{
    store_mailboxes_free(m->v, m->n);
}

/* What can be done in the accounts of a scope. */
struct account_abilities {
    struct store_account *accounts;
    struct core_abilities *may;
    size_t n;
};

static void account_abilities_done(struct account_abilities *a)
{
    store_accounts_free(a->accounts, a->n);
    free(a->may);
}

/* What a token may not do is no right of who has it (RFC 8621 section 2, myRights). */
static struct core_abilities of_caller(const struct api_call *call, struct core_abilities may)
{
    bool may_sort = access_may(call, API_SCOPE_TRIAGE);
    may.moves = may.moves && may_sort;
    may.flags = may.flags && may_sort;
    may.mailboxes = may.mailboxes && may_sort;
    may.imports = may.imports && (may_sort || access_may(call, API_SCOPE_DRAFT));
    return may;
}

static int account_abilities_load(struct api_call *call, struct account_abilities *out, struct fct_error *err)
{
    if (store_accounts_load(call->tx, &out->accounts, &out->n, err) < 0)
        return -1;
    out->may = xcalloc(out->n + 1, sizeof(*out->may));
    for (size_t i = 0; i < out->n; i++)
        out->may[i] = of_caller(call, core_abilities(call->api->core, out->accounts[i].source_url));
    return 0;
}

static const struct core_abilities *abilities_in(const struct account_abilities *a, int64_t account_id)
{
    static const struct core_abilities none;
    for (size_t i = 0; i < a->n; i++)
        if (a->accounts[i].id == account_id)
            return &a->may[i];
    return &none;
}

static const struct store_mailbox *find(const struct mailboxes *m, int64_t id)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->v[i].id == id)
            return &m->v[i];
    return NULL;
}

int api_mailbox_get(struct api_call *call, const struct api_mailbox_get_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(mailboxes_done) struct mailboxes all = {0};
    CLEANUP(account_abilities_done) struct account_abilities may = {0};
    CLEANUP(json_decrefp) json_t *ids = ids_once(call, args->ids);
    struct scope scope;
    uint64_t properties;
    json_t *state;
    if (scope_find(call, call->tx, args->account_id, &scope, err) < 0)
        return -1;
    uint64_t by_default = MB_STANDARD | (scope.id == ALL_ACCOUNTS ? MB_BIT(MB_ACCOUNT_ID) | MB_BIT(MB_COLOR) : 0);
    if (properties_parse(call, args->properties, mailbox_property_names, MB_N, by_default, &properties, err) < 0)
        return -1;
    if (json_array_size(args->ids) > API_MAX_OBJECTS_IN_GET)
        return too_many(err, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET);
    if (store_mailboxes_load(call->tx, scope.id, &all.v, &all.n, err) < 0 ||
        account_abilities_load(call, &may, err) < 0 || state_of(call->tx, scope.id, STORE_MAILBOX, &state, err) < 0)
        return -1;

    /* All mailboxes at once may be more than maxObjectsInGet: there are servers with thousands, and RFC 8621
     * section 2.1 promises that null gives them all. */
    json_t *list = json_array(), *not_found = json_array();
    for (size_t i = 0; i < all.n && !args->ids; i++)
        json_array_append_new(list, mailbox_json(&all.v[i], abilities_in(&may, all.v[i].account_id), properties));
    for (size_t i = 0; i < json_array_size(ids); i++) {
        json_t *text = json_array_get(ids, i);
        int64_t id;
        const struct store_mailbox *m = id_from(call, ID_MAILBOX, json_string_value(text), &id) ? find(&all, id) : NULL;
        if (m)
            json_array_append_new(list, mailbox_json(m, abilities_in(&may, m->account_id), properties));
        else
            json_array_append(not_found, text);
    }
    *out =
        json_pack("{s:s, s:o, s:o, s:o}", "accountId", scope.text, "state", state, "list", list, "notFound", not_found);
    return 0;
}

static void add_updated_properties(const struct store_changes *c, json_t *out)
{
    json_t *names = json_null();
    if (c->only_counts) {
        names = json_array();
        for (int p = 0; p < MB_N; p++)
            if (MB_COUNTS & MB_BIT(p))
                json_array_append_new(names, json_string(mailbox_property_names[p]));
    }
    json_object_set_new(out, "updatedProperties", names);
}

int api_mailbox_changes(struct api_call *call, const struct api_mailbox_changes_args *args, json_t **out,
                        struct fct_error *err)
{
    return changes_answer(call, args->account_id, STORE_MAILBOX, ID_MAILBOX, args->since_state, args->max_changes,
                          add_updated_properties, out, err);
}
