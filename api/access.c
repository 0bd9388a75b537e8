#include "access.h"

#include "base/alloc.h"
#include "base/error.h"
#include "errors.h"
#include "store/tokens.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
    enum api_scope scope;
    const char *name;
} scopes[] = {
    {API_SCOPE_READ, "read"}, {API_SCOPE_TRIAGE, "triage"}, {API_SCOPE_DRAFT, "draft"},
    {API_SCOPE_SEND, "send"}, {API_SCOPE_ADMIN, "admin"},
};
#define N_SCOPES (sizeof(scopes) / sizeof(*scopes))

const char *access_scope_name(enum api_scope scope)
{
    for (size_t i = 0; i < N_SCOPES; i++)
        if (scopes[i].scope == scope)
            return scopes[i].name;
    return "none";
}

enum api_scope access_scope_from(const char *name)
{
    for (size_t i = 0; i < N_SCOPES; i++)
        if (strcmp(scopes[i].name, name) == 0)
            return scopes[i].scope;
    return 0;
}

json_t *access_scopes_json(unsigned held)
{
    json_t *out = json_array();
    for (size_t i = 0; i < N_SCOPES; i++)
        if (held & scopes[i].scope)
            json_array_append_new(out, json_string(scopes[i].name));
    return out;
}

/* ---- made and freed ---- */

struct access *access_new(int64_t token_id, const char *name, const char *remote, unsigned held,
                          const int64_t *accounts, size_t n_accounts, bool all_accounts, int64_t expires_at)
{
    struct access *a = XNEW(struct access);
    a->refs = 1;
    a->token_id = token_id;
    a->name = xstrdup(name);
    a->remote = remote ? xstrdup(remote) : NULL;
    a->scopes = held;
    a->all_accounts = all_accounts;
    a->expires_at = expires_at;
    if (!all_accounts && n_accounts) {
        a->accounts = xcalloc(n_accounts, sizeof(*a->accounts));
        memcpy(a->accounts, accounts, n_accounts * sizeof(*accounts));
        a->n_accounts = n_accounts;
    }
    return a;
}

struct access *access_nobody(void)
{
    return access_new(0, "", NULL, 0, NULL, 0, false, 0);
}

struct access *access_ref(struct access *a)
{
    a->refs++;
    return a;
}

void access_unref(struct access *a)
{
    if (!a || --a->refs > 0)
        return;
    free(a->name);
    free(a->remote);
    free(a->accounts);
    free(a);
}

/* ---- asked ---- */

bool access_holds(const struct access *a, unsigned any_of)
{
    return !a || !any_of || (a->scopes & any_of);
}

bool access_has_account(const struct access *a, int64_t account_id)
{
    if (!a || a->all_accounts)
        return true;
    for (size_t i = 0; i < a->n_accounts; i++)
        if (a->accounts[i] == account_id)
            return true;
    return false;
}

bool access_is_over(const struct access *a, int64_t now)
{
    return a && (a->is_revoked || (a->expires_at && a->expires_at <= now));
}

bool access_may(const struct api_call *call, enum api_scope scope)
{
    return access_holds(call->access, scope);
}

bool access_sees(const struct api_call *call, int64_t account_id)
{
    return access_has_account(call->access, account_id);
}

bool access_is_whole(const struct api_call *call)
{
    return !call->access || call->access->all_accounts;
}

void access_look(const struct api_call *call, struct store_tx *tx)
{
    if (!access_is_whole(call))
        store_tx_set_view(tx, call->access->accounts, call->access->n_accounts);
}

/* ---- refused ---- */

static const char over[] = "the token of this connection is not valid any more";

static bool is_as_loaded(const struct access *a, const struct store_token *t)
{
    return t->scopes == a->scopes && t->is_whole == a->all_accounts && t->expires_at == a->expires_at &&
           (t->is_whole ||
            (t->n_accounts == a->n_accounts &&
             (t->n_accounts == 0 || memcmp(t->accounts, a->accounts, t->n_accounts * sizeof(*t->accounts)) == 0)));
}

int access_check_still(const struct api_call *call, struct store_tx *tx, struct fct_error *err)
{
    CLEANUP(store_token_done) struct store_token t = {0};
    if (!call->access)
        return 0;
    if (store_token_load(tx, call->access->token_id, &t, err) < 0 && err->code != FCT_E_NOT_FOUND)
        return -1;
    if (t.id && is_as_loaded(call->access, &t) && !access_is_over(call->access, (int64_t)time(NULL)))
        return 0;
    return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "%s", over);
}

/* "read", or "triage or draft" where any of them would do. */
static void name_scopes(unsigned any_of, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < N_SCOPES; i++)
        if (any_of & scopes[i].scope) {
            size_t n = strlen(out);
            snprintf(out + n, size - n, "%s%s", n ? " or " : "", scopes[i].name);
        }
}

static enum api_scope least_of(unsigned any_of)
{
    return any_of & -any_of;
}

int access_refuse(struct api_call *call, enum api_scope scope, struct fct_error *err)
{
    if (!call->error_data)
        call->error_data = json_object();
    json_object_set_new(call->error_data, "scope", json_string(access_scope_name(scope)));
    return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "this needs the scope %s", access_scope_name(scope));
}

static const char partial[] = "this concerns the whole profile: it needs access to all accounts";

int access_refuse_part(struct api_call *call, struct fct_error *err)
{
    (void)call;
    return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "%s", partial);
}

json_t *access_set_error(enum api_scope scope)
{
    return api_set_error("forbidden", NULL, "this needs the scope %s", access_scope_name(scope));
}

json_t *access_set_error_part(void)
{
    return api_set_error("forbidden", NULL, "%s", partial);
}

json_t *access_check_method(const struct access *a, const struct api_method *m)
{
    char names[64], text[128];
    if (!a || (m->scope == 0 && !m->is_whole && a->token_id == 0))
        return NULL;
    if (access_is_over(a, (int64_t)time(NULL)))
        return api_error_with_type(RPC_FACTEUR_ERROR, "forbidden", over);
    if (a->token_id == 0 && m->scope != 0)
        return api_error_with_type(RPC_FACTEUR_ERROR, "forbidden", "this connection has not signed in");
    if (!access_holds(a, m->scope)) {
        name_scopes(m->scope, names, sizeof(names));
        snprintf(text, sizeof(text), "%s needs the scope %s", m->name, names);
        json_t *error = api_error_with_type(RPC_FACTEUR_ERROR, "forbidden", text);
        json_object_set_new(json_object_get(error, "data"), "scope",
                            json_string(access_scope_name(least_of(m->scope))));
        return error;
    }
    return m->is_whole && !a->all_accounts ? api_error_with_type(RPC_FACTEUR_ERROR, "forbidden", partial) : NULL;
}
