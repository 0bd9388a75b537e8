/* search_parse: the names of mailboxes and accounts that a query may use. */
#include "search/parse.h"

#include "base/alloc.h"
#include "store/accounts.h"
#include "store/ids.h"
#include "store/mailboxes.h"
#include "text/tokens.h"

#include <stdlib.h>
#include <time.h>

struct known {
    struct store_tx *tx;
    int64_t account_id;
    struct store_mailbox *mailboxes; /* loaded when first needed */
    size_t n_mailboxes;
    bool has_mailboxes;
};

static int load_mailboxes(struct known *k, struct fct_error *err)
{
    if (k->has_mailboxes)
        return 0;
    if (store_mailboxes_load(k->tx, k->account_id, &k->mailboxes, &k->n_mailboxes, err) < 0)
        return -1;
    k->has_mailboxes = true;
    return 0;
}

static void add_id(json_t *ids, enum id_kind kind, int64_t id)
{
    char text[ID_SIZE];
    json_array_append_new(ids, json_string(id_format(kind, id, text)));
}

static bool equal_folded(const char *a, const char *b)
{
    CLEANUP(buf_done) struct buf x = {0}, y = {0};
    text_fold(bytes_str(a), &x);
    text_fold(bytes_str(b), &y);
    return bytes_equal(buf_bytes(&x), buf_bytes(&y));
}

static const struct store_mailbox *parent_of(const struct known *k, const struct store_mailbox *m)
{
    for (size_t i = 0; m->parent_id != 0 && i < k->n_mailboxes; i++)
        if (k->mailboxes[i].id == m->parent_id)
            return &k->mailboxes[i];
    return NULL;
}

/* "Work/Reports/2024" */
static void write_path(const struct known *k, const struct store_mailbox *m, int depth, struct buf *out)
{
    const struct store_mailbox *parent = parent_of(k, m);

    if (parent && depth < MAILBOX_DEPTH_MAX) {
        write_path(k, parent, depth + 1, out);
        buf_add_char(out, '/');
    }
    buf_add_str(out, m->name);
}

/* Of one account, or of those that are asked (account_id 0). */
static void add_mailboxes_of_role(const struct known *k, int64_t account_id, int role, json_t *ids)
{
    for (size_t i = 0; i < k->n_mailboxes; i++)
        if (k->mailboxes[i].role == role && (!account_id || k->mailboxes[i].account_id == account_id))
            add_id(ids, ID_MAILBOX, k->mailboxes[i].id);
}

static void add_mailboxes_named(const struct known *k, int64_t account_id, const char *name, json_t *ids)
{
    for (size_t i = 0; i < k->n_mailboxes; i++) {
        CLEANUP(buf_done) struct buf path = {0};
        if (account_id && k->mailboxes[i].account_id != account_id)
            continue;
        write_path(k, &k->mailboxes[i], 0, &path);
        if (equal_folded(name, k->mailboxes[i].name) || equal_folded(name, buf_str(&path)))
            add_id(ids, ID_MAILBOX, k->mailboxes[i].id);
    }
}

/* A role first, so that in:sent is what the server says is sent, whatever it is called; then names and paths. */
static void add_mailboxes(const struct known *k, int64_t account_id, const char *name, json_t *ids)
{
    CLEANUP(buf_done) struct buf folded = {0};
    size_t before = json_array_size(ids);

    text_fold(bytes_str(name), &folded);
    int role = strcmp(buf_str(&folded), "spam") == 0 ? FCT_ROLE_JUNK : role_from_name(buf_str(&folded));
    if (role > FCT_ROLE_NONE)
        add_mailboxes_of_role(k, account_id, role, ids);
    if (json_array_size(ids) == before)
        add_mailboxes_named(k, account_id, name, ids);
}

static void add_mailbox_of_id(const struct known *k, const char *text, json_t *ids)
{
    int64_t id;

    if (!id_parse(ID_MAILBOX, text, &id))
        return;
    for (size_t i = 0; i < k->n_mailboxes; i++)
        if (k->mailboxes[i].id == id)
            add_id(ids, ID_MAILBOX, id);
}

static bool is_account(const struct store_account *a, struct fct_bytes name)
{
    CLEANUP(buf_done) struct buf text = {0};
    int64_t id;

    buf_add(&text, name.p, name.n);
    return equal_folded(buf_str(&text), a->name) || (a->address[0] && equal_folded(buf_str(&text), a->address)) ||
           (id_parse(ID_ACCOUNT, buf_str(&text), &id) && id == a->id);
}

/* "Work:Reports": any colon may be the one between the two. */
static int add_mailboxes_of_account(const struct known *k, const char *name, json_t *ids, struct fct_error *err)
{
    struct store_account *accounts;
    size_t n;

    if (store_accounts_load(k->tx, &accounts, &n, err) < 0)
        return -1;
    for (const char *colon = strchr(name, ':'); colon; colon = strchr(colon + 1, ':'))
        for (size_t i = 0; i < n; i++)
            if (is_account(&accounts[i], bytes_of(name, (size_t)(colon - name))))
                add_mailboxes(k, accounts[i].id, colon + 1, ids);
    store_accounts_free(accounts, n);
    return 0;
}

static int by_role(void *ctx, int role, json_t *ids, struct fct_error *err)
{
    struct known *k = ctx;

    if (load_mailboxes(k, err) < 0)
        return -1;
    add_mailboxes_of_role(k, 0, role, ids);
    return 0;
}

/* What people call it comes before what we do. */
static int by_name(void *ctx, const char *name, json_t *ids, struct fct_error *err)
{
    struct known *k = ctx;

    if (load_mailboxes(k, err) < 0)
        return -1;
    add_mailboxes(k, 0, name, ids);
    if (json_array_size(ids) == 0)
        add_mailbox_of_id(k, name, ids);
    return json_array_size(ids) == 0 ? add_mailboxes_of_account(k, name, ids, err) : 0;
}

static int accounts_by_name(void *ctx, const char *name, json_t *ids, struct fct_error *err)
{
    struct known *k = ctx;
    struct store_account *accounts;
    size_t n;

    if (store_accounts_load(k->tx, &accounts, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (is_account(&accounts[i], bytes_str(name)))
            add_id(ids, ID_ACCOUNT, accounts[i].id);
    store_accounts_free(accounts, n);
    return 0;
}

int search_parse(struct store_tx *tx, const char *query, const struct search_parse_options *o, json_t **out_filter,
                 size_t *out_where, struct fct_error *err)
{
    struct known k = {.tx = tx, .account_id = o->account_id};
    struct parse_names names = {&k, by_name, by_role, accounts_by_name};
    struct date_zone *zone = NULL;
    size_t where = 0;

    if (date_zone_open(o->time_zone, &zone, err) < 0)
        return -1;
    int rc = parse_query(query, o->now ? o->now : time(NULL), zone, &names, out_filter, &where, err);
    if (rc < 0 && out_where)
        *out_where = where;
    date_zone_close(zone);
    store_mailboxes_free(k.mailboxes, k.n_mailboxes);
    return rc;
}

bool search_parse_is_lasting(const json_t *filter)
{
    static const char *const passing[] = {"inMailbox", "inMailboxOtherThan", "accountId", "before", "after"};
    const char *name;
    json_t *value;
    for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
        if (json_object_get(filter, passing[i]))
            return false;
    for (size_t i = 0; i < json_array_size(filter); i++)
        if (!search_parse_is_lasting(json_array_get(filter, i)))
            return false;
    json_object_foreach((json_t *)(uintptr_t)filter, name, value) if (!search_parse_is_lasting(value)) return false;
    return true;
}
