/* Push/subscribe. */
#include "methods/common.h"

#include "session.h"
#include "store/accounts.h"

#include <string.h>

struct present {
    const struct api_push_subscribe_args *args;
    const struct api_call *call;
    unsigned types;
    json_t *changed;
    int64_t *accounts; /* that are seen */
    size_t n;
};

static void present_done(struct present *p)
{
    json_decref(p->changed);
    free(p->accounts);
}

static int add_states(struct store_tx *tx, const struct present *p, int64_t account_id, const char *key,
                      struct fct_error *err)
{
    json_t *states = json_object();
    for (unsigned t = 1; t < STORE_N_TYPES; t++) {
        json_t *state;
        if (!(p->types & (1u << t)) || (t == STORE_ACCOUNT) != (account_id == 0))
            continue;
        if (state_of(tx, account_id, (enum store_type)t, &state, err) < 0) {
            json_decref(states);
            return -1;
        }
        json_object_set_new(states, push_store_type_name((enum store_type)t), state);
    }
    if (json_object_size(states))
        json_object_set_new(p->changed, key, states);
    else
        json_decref(states);
    return 0;
}

static int read_states(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct present *p = arg;
    struct store_account *accounts = NULL;
    size_t n = 0;
    access_look(p->call, tx);
    if (store_accounts_load(tx, &accounts, &n, err) < 0)
        return -1;
    p->accounts = xcalloc(n + 1, sizeof(*p->accounts));
    int result = add_states(tx, p, 0, "*", err);
    for (size_t i = 0; i < n && result == 0; i++) {
        char id[ID_SIZE];
        id_format(ID_ACCOUNT, accounts[i].id, id);
        if (p->args->account_ids && !is_in(p->args->account_ids, id))
            continue;
        p->accounts[p->n++] = accounts[i].id;
        result = add_states(tx, p, accounts[i].id, id, err);
    }
    store_accounts_free(accounts, n);
    return result;
}

/* How they are doing is known on the loop, not in the store. */
static void add_account_states(struct present *p)
{
    for (size_t i = 0; i < p->n; i++) {
        char id[ID_SIZE];
        id_format(ID_ACCOUNT, p->accounts[i], id);
        if (!json_object_get(p->changed, id))
            json_object_set_new(p->changed, id, json_object());
        json_object_set_new(json_object_get(p->changed, id), PUSH_ACCOUNT_STATE_NAME,
                            json_state(push_account_state_now(p->call->api->push, p->accounts[i])));
    }
}

int api_push_subscribe(struct api_call *call, const struct api_push_subscribe_args *args, json_t **out,
                       struct fct_error *err)
{
    CLEANUP(present_done) struct present p = {.args = args, .call = call, .changed = json_object()};
    for (size_t i = 0; i < json_array_size(args->types); i++)
        p.types |= push_type_bit(json_string_value(json_array_get(args->types, i)));

    size_t n = json_array_size(args->account_ids);
    int64_t *ids = n ? xcalloc(n, sizeof(*ids)) : NULL;
    size_t known = 0;
    for (size_t i = 0; i < n; i++)
        known += id_from(call, ID_ACCOUNT, json_string_value(json_array_get(args->account_ids, i)), &ids[known]);
    /* Subscribed first: what changes while the states are read is told, perhaps once too often, and never missed. */
    static const int64_t none;
    push_subscribe(session_push(call->session), p.types, args->account_ids ? (ids ? ids : &none) : NULL, known);
    free(ids);

    if (store_read(call->api->store, read_states, &p, err) < 0)
        return -1;
    if (p.types & PUSH_ACCOUNT_STATE)
        add_account_states(&p);
    *out = json_pack("{s:O, s:O}", "types", args->types, "changed", p.changed);
    return 0;
}
