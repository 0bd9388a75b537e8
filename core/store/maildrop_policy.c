#include "store/maildrop_policy.h"

#include "base/error.h"
#include "store/db.h"

#include <string.h>

static const struct {
    const char *name;
    enum maildrop_leave leave;
    int64_t max;
} measures[] = {
    {"days", MAILDROP_LEAVE_DAYS, MAILDROP_DAYS_MAX},
    {"messages", MAILDROP_LEAVE_MESSAGES, MAILDROP_MESSAGES_MAX},
    {"bytes", MAILDROP_LEAVE_BYTES, MAILDROP_BYTES_MAX},
};

static int fail(struct fct_error *err)
{
    return fct_fail(
        err, FCT_E_INVALID, FCT_RETRY_NEVER,
        "leaveOnServer: must be \"all\", \"none\", {\"days\": N}, {\"messages\": N} or {\"bytes\": N}, N at least 1");
}

static int parse_measure(const json_t *v, struct maildrop_policy *p, struct fct_error *err)
{
    for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]); i++) {
        const json_t *n = json_object_get(v, measures[i].name);
        if (!json_is_integer(n) || json_object_size(v) != 1)
            continue;
        if (json_integer_value(n) < 1 || json_integer_value(n) > measures[i].max)
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "leaveOnServer: %s must be 1 to %lld",
                            measures[i].name, (long long)measures[i].max);
        p->leave = measures[i].leave;
        p->n = json_integer_value(n);
        return 0;
    }
    return fail(err);
}

static int parse_leave(const json_t *v, struct maildrop_policy *p, struct fct_error *err)
{
    const char *word = json_string_value(v);

    if (!v || json_is_null(v))
        return 0;
    if (json_is_object(v))
        return parse_measure(v, p, err);
    if (!word || (strcmp(word, "all") != 0 && strcmp(word, "none") != 0))
        return fail(err);
    p->leave = word[0] == 'a' ? MAILDROP_LEAVE_ALL : MAILDROP_LEAVE_NONE;
    return 0;
}

int maildrop_policy_parse(const json_t *settings, struct maildrop_policy *out, struct fct_error *err)
{
    struct maildrop_policy p = {.leave = MAILDROP_LEAVE_DAYS, .n = MAILDROP_DAYS, .follows = true};
    const json_t *follows = json_object_get(settings, "deleteOnServer");

    if (parse_leave(json_object_get(settings, "leaveOnServer"), &p, err) < 0)
        return -1;
    if (follows && !json_is_null(follows) && !json_is_boolean(follows))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "deleteOnServer: must be true or false");
    if (json_is_boolean(follows))
        p.follows = json_is_true(follows);
    *out = p;
    return 0;
}

int maildrop_policy_load(struct store_tx *tx, int64_t account_id, struct maildrop_policy *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT settings FROM account WHERE id = ?1");
    struct fct_error ignored;

    sqlite3_bind_int64(q, 1, account_id);
    int has_row = store_step(tx, q, err);
    json_auto_t *settings = has_row > 0 ? json_loads(store_text(q, 0), 0, NULL) : NULL;
    store_reset(q);
    if (has_row < 0)
        return -1;
    if (!json_is_object(settings) || maildrop_policy_parse(settings, out, &ignored) < 0)
        *out = (struct maildrop_policy){.leave = MAILDROP_LEAVE_ALL};
    return 0;
}
