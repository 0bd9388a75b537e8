#include "account/core.h"

#include "account/core_internal.h"
#include "account/passwords.h"
#include "account/tokens.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "mime/mime.h"
#include "mime/suspects.h"
#include "store/refusals.h"
#include "store/submissions.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MAIL_IN_FLIGHT ((size_t)12 << 20) /* raw bytes between the servers and the store, all accounts together */
#define NOTICE_MS 200
#define NAME_MAX_BYTES 255

/* ---- notices ------------------------------------------------------------------------------------------------------- */

static int tell_listeners(void *arg)
{
    struct core *core = arg;
    int cancelled = wait_sleep(NOTICE_MS, NULL);
    int64_t *ids = core->noisy;
    size_t n = core->n_noisy;
    core->noisy = NULL;
    core->n_noisy = 0;
    fiber_unref(TAKE(core->notices));
    for (size_t i = 0; i < n && cancelled == 0; i++)
        for (struct core_listener *l = core->listeners; l; l = l->next)
            l->fn(l->ctx, ids[i]);
    free(ids);
    return 0;
}

void core_notice(struct core *core, int64_t account_id)
{
    if (core->stopping)
        return;
    for (size_t i = 0; i < core->n_noisy; i++)
        if (core->noisy[i] == account_id)
            return;
    core->noisy = xreallocarray(core->noisy, core->n_noisy + 1, sizeof(core->noisy[0]));
    core->noisy[core->n_noisy++] = account_id;
    if (!core->notices)
        core->notices = fiber_spawn(core->loop, "account notices", tell_listeners, core);
}

void core_on_account_state(struct core *core, core_state_fn fn, void *ctx)
{
    struct core_listener *l = XNEW(struct core_listener);
    *l = (struct core_listener){fn, ctx, core->listeners};
    core->listeners = l;
}

/* ---- starting and stopping -------------------------------------------------------------------------------------------- */

struct account *core_find_account(struct core *core, int64_t id)
{
    for (size_t i = 0; i < core->n_accounts; i++)
        if (core->accounts[i]->id == id)
            return core->accounts[i];
    return NULL;
}

static void add_account(struct core *core, struct account *a)
{
    core->accounts = xreallocarray(core->accounts, core->n_accounts + 1, sizeof(core->accounts[0]));
    core->accounts[core->n_accounts++] = a;
    core_notice(core, a->id); /* who asked while it was being started was told that it does not run */
}

/* It stays in the list until its last fiber has ended, so that nobody takes it for one that was never there. */
static struct account *stop_account(struct core *core, int64_t id)
{
    struct account *a = core_find_account(core, id);
    core_stop_outbox(core, id);
    if (!a)
        return NULL;
    account_stop(a);
    for (size_t i = 0; i < core->n_accounts; i++)
        if (core->accounts[i] == a)
            core->accounts[i] = core->accounts[--core->n_accounts];
    return a;
}

static void drop_account(struct core *core, int64_t id)
{
    account_free(stop_account(core, id));
}

/* Local changes of an account must reach its server. */
static void on_commit(void *ctx, const struct store_change *changes, size_t n)
{
    struct core *core = ctx;
    for (size_t i = 0; i < n; i++) {
        enum store_type type = changes[i].type;
        bool may_wait = type == STORE_EMAIL || type == STORE_MAILBOX || type == STORE_SUBMISSION; /* for the server to be told */
        if (type == STORE_EMAIL_DELIVERY)
            core_mail_came(core);
        if (type == STORE_EMAIL || type == STORE_MAILBOX)
            core_rules_hear(core, changes[i].account_id, type == STORE_MAILBOX);
        if (type == STORE_EMAIL || type == STORE_SUBMISSION)
            core_wake_outbox(core, changes[i].account_id, type == STORE_EMAIL);
        struct account *a = may_wait ? core_find_account(core, changes[i].account_id) : NULL;
        if (a)
            account_tell_changes(a);
    }
}

struct rows {
    struct store_account *v;
    size_t n;
};

static int read_accounts(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct rows *r = arg;
    return store_accounts_load(tx, &r->v, &r->n, err);
}

/* A row whose plugin is gone or whose settings are broken must not keep the others from their mail. */
static void start_account(struct core *core, const struct store_account *row, const struct account *before)
{
    struct account_handle *h = NULL;
    struct fct_error err = {0};
    if (!row->is_enabled)
        return;
    core_start_outbox(core, row);
    if (row->is_local)
        return;
    if (account_handle_new(core, row, NULL, &h, &err) < 0) {
        log_warn("accounts", "account %s cannot be used: %s", row->name, err.message);
        return;
    }
    add_account(core, account_new(core, row->id, h, before ? before->state.last_sync_at : row->last_sync_at, before));
}

static int start_accounts(struct core *core, struct fct_error *err)
{
    struct rows r = {0};
    if (store_read(core->store, read_accounts, &r, err) < 0)
        return -1;
    for (size_t i = 0; i < r.n; i++)
        passwords_place_row(core->secrets, &r.v[i]);
    passwords_tidy_file(core->secrets); /* while nobody can move anything */
    for (size_t i = 0; i < r.n; i++)
        start_account(core, &r.v[i], NULL);
    store_accounts_free(r.v, r.n);
    return 0;
}

/* Without it messages are parsed as ever, only unguarded against what nobody foresaw. */
static void open_suspects(const char *profile_dir)
{
    struct fct_error err = {0};
    size_t found = 0;
    if (suspects_open(profile_dir, &found, &err) < 0)
        log_warn("mime", "%s", err.message);
    else if (found > 0)
        log_warn("mime", "%zu messages ended the program while they were taken apart; they are shown raw from now on", found);
}

/* The authorization servers stand beside the table of providers. For tests a second of theirs may be shorter. */
static void open_oauth(struct core *core, const struct core_options *o)
{
    struct fct_error why = {0};
    const char *slash = o->providers ? strrchr(o->providers, '/') : NULL;
    CLEANUP(freep) char *path = slash ? xasprintf("%.*s/oauth.json", (int)(slash - o->providers), o->providers) : xstrdup("");
    json_auto_t *overrides = o->discovery ? json_loads(o->discovery, 0, NULL) : NULL;
    const json_t *second = json_object_get(overrides, "secondMs");
    core->oauth_https = discover_https(core->discover);
    core->oauth_second_ms = json_is_integer(second) && json_integer_value(second) > 0 ? (uint64_t)json_integer_value(second) : 1000;
    if (oauth_table_load(path, &core->oauth_table, &why) == 0)
        return;
    log_warn("accounts", "no provider's endpoints are known: %s", why.message);
    core->oauth_table = json_object();
}

int core_start(struct uv_loop_s *loop, const struct core_options *o, struct core **out, struct fct_error *err)
{
    struct core *core = XNEW(struct core);
    core->loop = loop;
    mime_init();
    core->tasks = tasks_new(loop);
    core->budget = ingest_budget_new(MAIL_IN_FLIGHT);
    if (store_open(o->profile_dir, &core->store, err) < 0 || secrets_open(o->profile_dir, &core->secrets, err) < 0 ||
        plugins_load(o->plugin_dirs ? o->plugin_dirs : "", &core->plugins, err) < 0 ||
        discover_new(o->providers, o->discovery, &core->discover, err) < 0) {
        core_stop(core);
        return -1;
    }
    open_oauth(core, o);
    open_suspects(o->profile_dir);
    core->filters = filters_open(core->plugins);
    store_on_commit(core->store, on_commit, core);
    core_start_surroundings(core);
    if (start_accounts(core, err) < 0) {
        core_stop(core);
        return -1;
    }
    core_start_maintenance(core);
    core_start_vacations(core);
    core_start_snoozes(core);
    core_start_rules(core);
    *out = core;
    return 0;
}

static void join_sync_tasks(struct core *core)
{
    for (size_t i = 0; i < core->n_sync_tasks; i++) {
        fiber_cancel(core->sync_tasks[i]);
        fiber_join(core->sync_tasks[i]);
        fiber_unref(core->sync_tasks[i]);
    }
    free(core->sync_tasks);
    core->sync_tasks = NULL;
    core->n_sync_tasks = 0;
}

void core_stop(struct core *core)
{
    if (!core)
        return;
    core->stopping = true;
    for (size_t i = 0; i < core->n_accounts; i++)
        fiber_cancel(core->accounts[i]->fiber); /* all at once, then one after the other */
    join_sync_tasks(core);
    core_stop_surroundings(core);
    core_stop_authorizations(core, 0);
    core_stop_audits(core, 0);
    core_stop_maintenance(core);
    core_stop_vacations(core);
    core_stop_snoozes(core);
    core_stop_rules(core);
    core_stop_rule_tasks(core);
    core_stop_rebuild(core);
    core_stop_outboxes(core);
    while (core->n_accounts > 0)
        drop_account(core, core->accounts[0]->id);
    free(core->accounts);
    tokens_forget(core, 0);
    if (core->notices) {
        CLEANUP(fiber_unrefp) struct fiber *f = fiber_ref(core->notices);
        fiber_cancel(f);
        fiber_join(f);
    }
    free(core->noisy);
    discover_free(core->discover);
    json_decref(core->oauth_table);
    filters_free(core->filters);
    plugins_free(core->plugins);
    secrets_free(core->secrets);
    store_close(core->store);
    suspects_close();
    ingest_budget_free(core->budget);
    tasks_free(core->tasks);
    while (core->listeners) {
        struct core_listener *l = core->listeners;
        core->listeners = l->next;
        free(l);
    }
    free(core);
}

int core_discover(struct core *core, const struct discover_request *r, json_t **out, struct fct_error *err)
{
    if (discover_servers(core->discover, r, out, err) < 0)
        return -1;
    json_t *provider = json_object_get(*out, "provider");
    const char *oauth = json_string_value(json_object_get(provider, "oauth"));
    if (oauth)
        json_object_set_new(provider, "oauthReady", json_boolean(oauth_table_has_client(core->oauth_table, oauth)));
    return 0;
}

struct store *core_store(struct core *core)
{
    return core->store;
}

struct tasks *core_tasks(struct core *core)
{
    return core->tasks;
}

const struct https_options *core_https(const struct core *core)
{
    return discover_https(core->discover);
}

uint64_t core_second_ms(const struct core *core)
{
    return core->oauth_second_ms;
}

struct plugins *core_plugins(struct core *core)
{
    return core->plugins;
}

struct core_abilities core_abilities(const struct core *core, const char *source_url)
{
    CLEANUP(freep) char *scheme = xstrndup(source_url, strcspn(source_url, ":"));
    bool ignored;
    if (strcmp(source_url, "local:") == 0)
        return (struct core_abilities){true, true, true, true};
    for (char *c = scheme; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    const struct fct_source *s = plugins_source(core->plugins, scheme, &ignored);
    if (!s)
        return (struct core_abilities){0};
    if (s->traits & FCT_SOURCE_MAILDROP)
        return (struct core_abilities){true, true, true, true}; /* all of that is ours alone */
    return (struct core_abilities){.moves = s->copy || s->append,
                                   .imports = s->append != NULL,
                                   .mailboxes = s->mailbox_create && s->mailbox_rename && s->mailbox_delete,
                                   .flags = s->store_flags != NULL};
}

/* ---- accounts ------------------------------------------------------------------------------------------------------------ */

const char *account_phase_name(enum account_phase p)
{
    static const char *const names[] = {"idle", "connecting", "syncing", "watching", "waiting", "disabled", "failed"};
    return names[p];
}

const char *account_news_name(enum account_news n)
{
    static const char *const names[] = {NULL, "idle", "notify", "poll"};
    return names[n];
}

const char *account_waits_name(enum pause_for p)
{
    static const char *const names[] = {NULL, "time", "network", "server", "user"};
    return names[p];
}

struct one_row {
    int64_t id;
    struct store_account row;
};

static int read_account(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct one_row *q = arg;
    return store_account_load(tx, q->id, &q->row, err);
}

static int not_found(struct fct_error *err)
{
    return fct_fail(err, FCT_E_NOT_FOUND_ACCOUNT, FCT_RETRY_NEVER, "no such account");
}

int core_account_state(struct core *core, int64_t id, struct account_state *out, struct fct_error *err)
{
    struct account *a = core_find_account(core, id);
    if (!a)
        return not_found(err);
    *out = a->state;
    return 0;
}

static int check_row(const struct store_account *a, struct fct_error *err)
{
    if (!a->address || !a->address[0] || strlen(a->address) > 320)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "address: an e-mail address of at most 320 bytes is needed");
    if (!strchr(a->address, '@'))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "address: %s is no e-mail address", a->address);
    for (const char *c = a->address; *c; c++)
        if ((unsigned char)*c <= 0x20 || *c == 0x7f)
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "address: it holds a space or a control character");
    if (a->name && strlen(a->name) > NAME_MAX_BYTES)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "name: longer than %d bytes", NAME_MAX_BYTES);
    return 0;
}

static int keep_passwords(struct core *core, int64_t id, const struct account_passwords *p, struct fct_error *err)
{
    if (p && p->password && passwords_set(core->secrets, id, "password", p->password, err) < 0)
        return -1;
    return p && p->transport ? passwords_set(core->secrets, id, TRANSPORT_PASSWORD, p->transport, err) : 0;
}

struct change {
    const struct store_account *row;
    int64_t id;
    bool warns; /* old TLS is allowed from now on */
};

static bool allows_old_tls(const struct store_account *row)
{
    json_auto_t *settings = json_loads(row->settings && row->settings[0] ? row->settings : "{}", 0, NULL);
    const char *minimum = json_string_value(json_object_get(settings, "tlsMinimum"));
    return minimum && strcmp(minimum, "1.2") != 0;
}

static int warn_of_old_tls(struct store_tx *tx, const struct change *c, struct fct_error *err)
{
    if (!c->warns)
        return 0;
    return store_notice_add(tx, c->id, NOTICE_OLD_TLS, 0, 0,
                            "TLS 1.0 or 1.1 is allowed for this account: others in the network may be able to read the password and the mail. "
                            "Set tlsMinimum to 1.2 as soon as the server can do it", NULL, err);
}

static int create_row(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct change *c = arg;
    return store_account_create(tx, c->row, &c->id, err) < 0 ? -1 : warn_of_old_tls(tx, c, err);
}

static int update_row(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct change *c = arg;
    return store_account_update(tx, c->row, err) < 0 ? -1 : warn_of_old_tls(tx, c, err);
}

static int destroy_row(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_account_destroy(tx, *(int64_t *)arg, err);
}

/* Two that change the same account at once would start it twice. */
int core_begin_change(struct core *core, struct fct_error *err)
{
    while (core->is_changing)
        if (wait_event(&core->changed, "another change of an account", WAIT_FOREVER, err) < 0)
            return -1;
    core->is_changing = true;
    return 0;
}

int core_end_change(struct core *core, int result)
{
    core->is_changing = false;
    wait_event_raise(&core->changed);
    return result;
}

static int create(struct core *core, const struct store_account *a, const struct account_passwords *p, int64_t *out_id, struct fct_error *err)
{
    struct change c = {.row = a, .warns = allows_old_tls(a)};
    if (store_write(core->store, create_row, &c, err) < 0)
        return -1;
    struct store_account row = *a;
    row.id = c.id;
    passwords_place_row(core->secrets, &row);
    if (keep_passwords(core, c.id, p, err) < 0) {
        passwords_remove(core->secrets, c.id, NULL);
        store_write(core->store, destroy_row, &c.id, NULL);
        return -1;
    }
    start_account(core, &row, NULL);
    *out_id = c.id;
    return 0;
}

int core_account_create(struct core *core, const struct store_account *a, const struct account_passwords *p, int64_t *out_id, struct fct_error *err)
{
    CLEANUP(account_handle_freep) struct account_handle *h = NULL, *transport = NULL;
    if (check_row(a, err) < 0 || account_handle_new(core, a, NULL, &h, err) < 0 || account_transport_new(core, a, NULL, &transport, err) < 0 ||
        account_handle_check_settings(h, transport, err) < 0 ||
        core_begin_change(core, err) < 0)
        return -1;
    struct store_account row = *a;
    CLEANUP(freep) char *settings = passwords_with_default(core->secrets, a->settings);
    row.is_maildrop = account_handle_is_maildrop(h);
    if (settings)
        row.settings = settings;
    return core_end_change(core, create(core, &row, p, out_id, err));
}

static bool is_same_place(const struct store_account *a, const struct store_account *b)
{
    json_auto_t *x = json_loads(a->settings ? a->settings : "", 0, NULL), *y = json_loads(b->settings ? b->settings : "", 0, NULL);
    struct secret_place p = passwords_place(x, ""), q = passwords_place(y, "");
    return p.store == q.store && (p.detail == q.detail || (p.detail && q.detail && strcmp(p.detail, q.detail) == 0));
}

/* What is kept elsewhere from now on is written there, and read again, before the row says so, and removed where it was after that:
 * whenever it ends in between, the password is where the row says. */
static int write_account(struct core *core, const struct store_account *a, const struct store_account *before, const struct account_passwords *p,
                         struct fct_error *err)
{
    struct change c = {.row = a, .id = a->id, .warns = before && allows_old_tls(a) && !allows_old_tls(before)};
    bool is_moved = before && !is_same_place(a, before);
    json_auto_t *settings = json_loads(a->settings && a->settings[0] ? a->settings : "{}", 0, NULL);
    struct secret_place place = passwords_place(settings, a->address);
    if (is_moved && passwords_copy(core->secrets, a->id, &place, p && p->password, err) < 0)
        return -1;
    passwords_place_row(core->secrets, a);
    if (keep_passwords(core, a->id, p, err) < 0 || store_write(core->store, update_row, &c, err) < 0) {
        if (before)
            passwords_place_row(core->secrets, before);
        return -1;
    }
    struct fct_error why = {0};
    if (is_moved && passwords_tidy(core->secrets, a->id, &why) < 0)
        log_warn("accounts", "a password of %s stays behind where it was: %s", a->name, why.message);
    return 0;
}

/* The conversation with the old server has ended before the new password is there: it would be told to that one. */
static int update(struct core *core, const struct store_account *a, const struct account_passwords *p, struct fct_error *err)
{
    struct one_row q = {.id = a->id};
    struct fct_error why = {0};
    if (store_read(core->store, read_account, &q, err) < 0)
        return -1;
    CLEANUP(store_account_done) struct store_account row = q.row;
    struct account *before = stop_account(core, a->id);
    tokens_hold(core, a->id);
    int result = write_account(core, a, &row, p, err);
    tokens_release(core, a->id);
    /* As it is written down: one that is switched on again was in step before, and what was moved meanwhile is recognised. */
    q.row = (struct store_account){0};
    if (store_read(core->store, read_account, &q, &why) == 0) {
        store_account_done(&row);
        row = q.row;
    }
    start_account(core, &row, before);
    account_free(before);
    return result;
}

/* Settings that stay as they were are not checked again: the account must be usable although a rule is stricter today. */
static int check_new_settings(struct core *core, const struct store_account *a, const struct account_handle *h, struct fct_error *err)
{
    CLEANUP(account_handle_freep) struct account_handle *transport = NULL;
    struct one_row q = {.id = a->id};
    if (account_transport_new(core, a, NULL, &transport, err) < 0 || store_read(core->store, read_account, &q, err) < 0)
        return -1;
    CLEANUP(store_account_done) struct store_account row = q.row;
    json_auto_t *before = json_loads(row.settings ? row.settings : "{}", 0, NULL);
    return before && json_equal(before, h->settings) ? 0 : account_handle_check_settings(h, transport, err);
}

int core_account_update(struct core *core, const struct store_account *a, const struct account_passwords *p, struct fct_error *err)
{
    CLEANUP(account_handle_freep) struct account_handle *h = NULL, *transport = NULL;
    /* The local one has no server, and so no settings of one; it may have one to send over. */
    if (a->is_local ? account_transport_new(core, a, NULL, &transport, err) < 0 :
        (check_row(a, err) < 0 || account_handle_new(core, a, NULL, &h, err) < 0 || check_new_settings(core, a, h, err) < 0))
        return -1;
    if (core_begin_change(core, err) < 0)
        return -1;
    struct store_account row = *a;
    row.is_maildrop = h && account_handle_is_maildrop(h);
    return core_end_change(core, update(core, &row, p, err));
}

struct waiting {
    int64_t account_id, n;
};

static int read_waiting(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct waiting *w = arg;
    return store_submissions_waiting(tx, w->account_id, &w->n, err);
}

/* Somebody believes that they will be sent. */
static int check_nothing_waits(struct core *core, int64_t id, struct fct_error *err)
{
    struct waiting w = {.account_id = id};
    if (store_read(core->store, read_waiting, &w, err) < 0)
        return -1;
    if (w.n == 0)
        return 0;
    return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_LATER, "%lld message%s of this account %s not gone out yet: have them sent, or take them back, first",
                    (long long)w.n, w.n == 1 ? "" : "s", w.n == 1 ? "has" : "have");
}

static int destroy(struct core *core, int64_t id, struct fct_error *err)
{
    struct one_row q = {.id = id};
    struct fct_error why = {0};
    if (store_read(core->store, read_account, &q, &why) < 0) {
        if (err)
            *err = why;
        return why.code == FCT_E_NOT_FOUND ? not_found(err) : -1;
    }
    CLEANUP(store_account_done) struct store_account row = q.row;
    if (row.is_local)
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "the account on this computer is always there");
    if (check_nothing_waits(core, id, err) < 0)
        return -1;
    drop_account(core, id);
    core_stop_audits(core, id); /* one that borrowed the connection has nothing to wait for now */
    if (account_destroy_mail(core, id, err) < 0 || store_write(core->store, destroy_row, &id, err) < 0) {
        start_account(core, &row, NULL); /* it is still there, and brings back what is missing */
        return -1;
    }
    /* Only now does nobody begin anew what would bring a secret of it back. */
    core_stop_authorizations(core, id);
    tokens_hold(core, id);
    tokens_forget(core, id);
    if (passwords_remove(core->secrets, id, &why) < 0) /* the account has gone all the same, and no other will have its id */
        log_warn("accounts", "the password of %s, which is removed, stays behind: %s", row.name, why.message);
    tokens_release(core, id);
    return 0;
}

int core_account_destroy(struct core *core, int64_t id, struct fct_error *err)
{
    if (core_begin_change(core, err) < 0)
        return -1;
    return core_end_change(core, destroy(core, id, err));
}

/* ---- how much is kept ---------------------------------------------------------------------------------------------- */

int core_fetch_bodies(struct core *core, int64_t account_id, const int64_t *email_ids, size_t n, struct fct_error *err)
{
    struct account *a = core_find_account(core, account_id);
    if (!a)
        return fct_fail(err, FCT_E_UNAVAILABLE, FCT_RETRY_LATER, "the body is on the server, and the account is not active");
    return account_fetch_bodies(a, email_ids, n, err);
}

void core_keep_changed(struct core *core, int64_t account_id)
{
    struct account *a = core_find_account(core, account_id);
    if (a)
        account_keep_changed(a);
}
