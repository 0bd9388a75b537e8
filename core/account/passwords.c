/* Where each account's password is, and its way from there to a plugin and back. */
#include "account/passwords.h"

#include "account/core_internal.h"
#include "account/tokens.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "net/aside.h"

#include <stdlib.h>
#include <string.h>

#define MOVE_MS 60000
#define LOOK_MS 2000 /* whoever lists the stores does not wait for a keyring that is silent */

static void name_owner(int64_t id, char *owner, size_t cap)
{
    snprintf(owner, cap, "account/%lld", (long long)id);
}

struct secret_place passwords_place(const json_t *settings, const char *address)
{
    const char *command = json_string_value(json_object_get(settings, "passwordCommand"));
    const char *credential = json_string_value(json_object_get(settings, "credential"));
    int store = secret_store_from_name(json_string_value(json_object_get(settings, "secrets")));
    struct secret_place place = {.store = SECRET_FILE, .address = address};
    if (store >= 0)
        place.store = (enum secret_store)store;
    if (place.store == SECRET_COMMAND)
        place.detail = command;
    if (place.store == SECRET_CREDENTIAL)
        place.detail = credential;
    return place;
}

int passwords_check_settings(const json_t *settings, struct fct_error *err)
{
    int store = secret_store_from_name(json_string_value(json_object_get(settings, "secrets")));
    const json_t *command = json_object_get(settings, "passwordCommand"), *credential = json_object_get(settings, "credential");
    if (store == SECRET_COMMAND && !json_is_string(command))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "settings: secrets: a command needs passwordCommand, which says which");
    if (json_is_string(command) && store != SECRET_COMMAND)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "settings: passwordCommand goes with secrets: \"command\"");
    if (json_is_string(credential) && store != SECRET_CREDENTIAL)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "settings: credential goes with secrets: \"credential\"");
    return 0;
}

char *passwords_with_default(struct secrets *s, const char *settings)
{
    json_auto_t *tree = json_loads(settings && settings[0] ? settings : "{}", 0, NULL);
    enum secret_store store = secrets_default(s);
    if (!json_is_object(tree) || json_object_get(tree, "secrets") || store == SECRET_FILE)
        return NULL;
    json_object_set_new(tree, "secrets", json_string(secret_store_name(store)));
    return json_dumps(tree, JSON_COMPACT);
}

void passwords_place_row(struct secrets *s, const struct store_account *row)
{
    char owner[32];
    json_auto_t *settings = json_loads(row->settings && row->settings[0] ? row->settings : "{}", 0, NULL);
    struct secret_place place = passwords_place(settings, row->address);
    name_owner(row->id, owner, sizeof(owner));
    secrets_place(s, owner, &place);
}

/* ---- on a thread of its own, as a store may take its time ---- */

struct job {
    struct aside aside; /* first: is_over is given it */
    struct secrets *secrets;
    struct secret_patience patience;
    uint64_t ms; /* how long it may take aside */
    void (*fn)(struct job *j);
    char owner[32];
    const char *name, *value;
    const struct secret_place *place;
    bool has_new;
    char *buf;
    size_t cap;
    int result;
    struct fct_error err;
};

static bool is_over(void *ctx)
{
    return aside_is_over(ctx);
}

static void run(void *arg)
{
    struct job *j = arg;
    j->patience.is_over = is_over;
    j->patience.ctx = &j->aside;
    j->patience.deadline_ms = UINT64_MAX; /* the thread's */
    j->fn(j);
}

static void run_on_worker(void *arg)
{
    struct job *j = arg;
    j->patience = secret_patience(SECRET_PATIENCE_MS);
    j->fn(j);
}

/* QUICKLY: on a worker. ASIDE: on a thread, which ends when the fiber is cancelled. WHOLLY: on a thread, in a fiber that nobody cancels:
 * what is written must not be forgotten half-way because a client went or the program ends. */
enum manner { QUICKLY, ASIDE, WHOLLY };

static int go_aside(void *arg)
{
    struct job *j = arg;
    if (aside_run(&j->aside, wait_now_ms() + j->ms, "a password", run, j, &j->err) < 0)
        j->result = -1;
    return 0;
}

static void go_wholly(struct job *j)
{
    CLEANUP(fiber_unrefp) struct fiber *f = fiber_spawn(fiber_loop(), "secrets", go_aside, j);
    fiber_join(f);
}

static int do_job(struct job *j, enum manner manner, struct fct_error *err)
{
    if (manner == QUICKLY && wait_offload(run_on_worker, j, err) < 0)
        return -1;
    if (manner == ASIDE)
        go_aside(j);
    else if (manner == WHOLLY)
        go_wholly(j);
    if (j->result < 0 && err)
        *err = j->err;
    return j->result;
}

static void get(struct job *j)
{
    j->result = secrets_get_from(j->secrets, j->place, j->owner, j->name, &j->patience, j->buf, j->cap, &j->err);
}

int passwords_get(struct secrets *s, int64_t account_id, const struct secret_place *place, const char *name, uint64_t ms, char *buf, size_t cap,
                  struct fct_error *err)
{
    /* What can be written is where it was written, whatever is only tried out. */
    bool is_stored = !place || secret_store_is_writable(place->store);
    struct job j = {.secrets = s, .fn = get, .name = name, .place = is_stored ? NULL : place, .buf = buf, .cap = cap, .ms = ms};
    name_owner(account_id, j.owner, sizeof(j.owner));
    bool is_slow = secret_place_is_slow(is_stored ? secrets_store_of(s, j.owner) : place->store) || secret_place_is_slow(secrets_default(s));
    return do_job(&j, is_slow ? ASIDE : QUICKLY, err);
}

static void set(struct job *j)
{
    j->result = secrets_set(j->secrets, j->owner, j->name, j->value, &j->err);
}

int passwords_set(struct secrets *s, int64_t account_id, const char *name, const char *value, struct fct_error *err)
{
    struct job j = {.secrets = s, .fn = set, .name = name, .value = value, .ms = MOVE_MS};
    name_owner(account_id, j.owner, sizeof(j.owner));
    bool is_slow = secret_place_is_slow(secrets_store_of(s, j.owner)) || secret_place_is_slow(secrets_default(s));
    return do_job(&j, is_slow ? WHOLLY : QUICKLY, err);
}

static void remove_all(struct job *j)
{
    j->result = secrets_remove(j->secrets, j->owner, &j->err);
}

int passwords_remove(struct secrets *s, int64_t account_id, struct fct_error *err)
{
    struct job j = {.secrets = s, .fn = remove_all, .ms = MOVE_MS};
    name_owner(account_id, j.owner, sizeof(j.owner));
    return do_job(&j, WHOLLY, err);
}

static void copy(struct job *j)
{
    j->result = secrets_copy(j->secrets, j->owner, j->place, j->has_new, &j->err);
}

int passwords_copy(struct secrets *s, int64_t account_id, const struct secret_place *to, bool has_new, struct fct_error *err)
{
    struct job j = {.secrets = s, .fn = copy, .place = to, .has_new = has_new, .ms = MOVE_MS};
    name_owner(account_id, j.owner, sizeof(j.owner));
    return do_job(&j, WHOLLY, err);
}

static void tidy(struct job *j)
{
    j->result = secrets_forget_elsewhere(j->secrets, j->owner, &j->err);
}

int passwords_tidy(struct secrets *s, int64_t account_id, struct fct_error *err)
{
    struct job j = {.secrets = s, .fn = tidy, .ms = MOVE_MS};
    name_owner(account_id, j.owner, sizeof(j.owner));
    return do_job(&j, WHOLLY, err);
}

static void tidy_file(struct job *j)
{
    j->result = secrets_tidy_file(j->secrets, &j->err);
}

void passwords_tidy_file(struct secrets *s)
{
    struct job j = {.secrets = s, .fn = tidy_file};
    struct fct_error why = {0};
    if (do_job(&j, QUICKLY, &why) < 0)
        log_warn("accounts", "a password that was moved stays behind where it was: %s", why.message);
}

/* ---- for the front ends (core.h) ---- */

static void look(struct job *j)
{
    j->result = secrets_look(j->secrets, j->place->store, &j->patience, &j->err);
}

int core_secrets_look(struct core *core, enum secret_store store, struct fct_error *err)
{
    struct secret_place place = {.store = store};
    struct job j = {.secrets = core->secrets, .fn = look, .place = &place, .ms = LOOK_MS};
    return do_job(&j, ASIDE, err);
}

static void set_default(struct job *j)
{
    j->result = secrets_set_default(j->secrets, j->place->store, &j->err);
}

int core_secrets_set_default(struct core *core, enum secret_store store, struct fct_error *err)
{
    struct secret_place place = {.store = store};
    struct job j = {.secrets = core->secrets, .fn = set_default, .place = &place, .ms = MOVE_MS};
    if (core_begin_change(core, err) < 0)
        return -1;
    tokens_hold_all(core); /* one that is written to the old place after it was copied from there would be lost */
    int result = do_job(&j, WHOLLY, err);
    tokens_release_all(core);
    return core_end_change(core, result);
}

struct unlock {
    struct secrets *secrets;
    const char *passphrase, *new_passphrase;
    bool may_create;
    int result;
    struct fct_error err;
};

static void unlock(void *arg)
{
    struct unlock *u = arg;
    u->result = secrets_unlock(u->secrets, u->passphrase, u->new_passphrase, u->may_create, &u->err);
}

int core_secrets_unlock(struct core *core, const char *passphrase, const char *new_passphrase, bool may_create, struct fct_error *err)
{
    struct unlock u = {.secrets = core->secrets, .passphrase = passphrase, .new_passphrase = new_passphrase, .may_create = may_create};
    if (wait_offload(unlock, &u, err) < 0)
        return -1;
    if (u.result < 0) {
        if (err)
            *err = u.err;
        return -1;
    }
    for (size_t i = 0; i < core->n_accounts; i++)
        if (core->accounts[i]->has_error && core->accounts[i]->error.code == FCT_E_USER_ACTION)
            account_want_pass(core->accounts[i]);
    core_user_acted_for_all(core);
    return 0;
}

static void lock(void *arg)
{
    secrets_lock(arg);
}

/* On a worker: unlocking, which takes its time, keeps others out. */
void core_secrets_lock(struct core *core)
{
    wait_offload(lock, core->secrets, NULL);
}

struct secrets *core_secrets(struct core *core)
{
    return core->secrets;
}
