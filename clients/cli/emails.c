#include "emails.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define GET_MAX 200 /* Emails asked for or changed at once: well below maxObjectsInGet and maxObjectsInSet */

const char *email_from(const json_t *email)
{
    const json_t *from = json_array_get(json_object_get(email, "from"), 0);

    if (!from)
        from = json_array_get(json_object_get(email, "sender"), 0);
    const char *name = json_text(from, "name");
    return *name ? name : json_text(from, "email");
}

bool email_has(const json_t *email, const char *keyword)
{
    return json_is_true(json_object_get(json_object_get(email, "keywords"), keyword));
}

char *email_keyword(const char *name)
{
    static const char *const named[] = {"seen",      "flagged", "answered", "draft", "forwarded",
                                        "junk",      "notjunk", "phishing", "muted"};

    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (strcasecmp(named[i], name) == 0)
            return xasprintf("$%s", named[i]);
    char *keyword = xstrdup(name);
    for (char *p = keyword; *p; p++) /* keywords are lower case (section 4.1.1) */
        if (*p >= 'A' && *p <= 'Z')
            *p += 'a' - 'A';
    return keyword;
}

const char *email_marks(const json_t *email, char out[EMAIL_MARKS_SIZE])
{
    out[0] = email_has(email, "$seen") ? ' ' : 'N';
    out[1] = email_has(email, "$flagged") ? '*' : ' ';
    out[2] = email_has(email, "$answered") ? 'r' : ' ';
    out[3] = json_is_true(json_object_get(email, "hasAttachment")) ? '@' : ' ';
    out[4] = '\0';
    return out;
}

/* Appends the Emails of one piece in the order asked for. */
static int append_piece(struct cli *cli, json_t *all, char **ids, size_t n, json_t *properties)
{
    json_auto_t *wanted = json_array();
    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(wanted, json_string(ids[i])) < 0)
            return cli_fail(cli, CLI_USAGE, "an id is not UTF-8");
    json_auto_t *got = cli_call(
        cli, "Email/get", json_pack("{s:s, s:O, s:O}", "accountId", "*", "ids", wanted, "properties", properties));
    if (!got)
        return cli->status;
    for (size_t i = 0; i < n; i++) {
        size_t k;
        json_t *email, *found = NULL;
        json_array_foreach(json_object_get(got, "list"), k, email)
        {
            if (strcmp(json_text(email, "id"), ids[i]) == 0)
                found = email;
        }
        if (!found)
            return cli_fail(cli, CLI_FAILED, "there is no message '%s'", ids[i]);
        json_array_append(all, found);
    }
    return CLI_DONE;
}

json_t *emails_load(struct cli *cli, char **ids, size_t n, json_t *properties)
{
    json_t *all = json_array();

    json_array_append_new(properties, json_string("accountId"));
    for (size_t i = 0; i < n && all; i += GET_MAX) {
        if (append_piece(cli, all, ids + i, n - i < GET_MAX ? n - i : GET_MAX, properties) != CLI_DONE) {
            json_decref(all);
            all = NULL;
        }
    }
    json_decref(properties);
    return all;
}

/* ---- changing --------------------------------------------------------------------------------------------- */

static void tell_one(struct cli *cli, const char *id, const json_t *error)
{
    if (cli->json) {
        json_auto_t *line = error ? json_pack("{s:s, s:b, s:O}", "id", id, "ok", 0, "error", error)
                                  : json_pack("{s:s, s:b}", "id", id, "ok", 1);
        cli_print_json(line);
    }
    if (error)
        cli_tell_set_error(id, error);
}

/* Tells what became of the Emails of one Email/set. Returns how many it worked for. */
static int tell_results(struct cli *cli, const json_t *params, const json_t *result)
{
    const char *id;
    json_t *patch, *value;
    size_t i;
    int done = 0;

    json_object_foreach(json_object_get(params, "update"), id, patch)
    {
        const json_t *error = json_object_get(json_object_get(result, "notUpdated"), id);
        tell_one(cli, id, error);
        done += error ? 0 : 1;
    }
    json_array_foreach(json_object_get(params, "destroy"), i, value)
    {
        id = json_string_value(value);
        const json_t *error = json_object_get(json_object_get(result, "notDestroyed"), id);
        tell_one(cli, id, error);
        done += error ? 0 : 1;
    }
    return done;
}

/* One Email/set for the Emails of one account among emails[from .. to). */
static int set_account(struct cli *cli, const json_t *emails, size_t from, size_t to, const char *account_id,
                       const char *undo_group, email_change_fn change, void *arg, int *out_done)
{
    json_auto_t *update = json_object(), *destroy = json_array();

    for (size_t i = from; i < to; i++) {
        const json_t *email = json_array_get(emails, i);
        if (strcmp(json_text(email, "accountId"), account_id) != 0)
            continue;
        json_t *patch = change(email, arg);
        if (patch)
            json_object_set_new(update, json_text(email, "id"), patch);
        else
            json_array_append(destroy, json_object_get(email, "id"));
    }
    json_auto_t *params = json_pack("{s:s, s:O, s:O, s:s}", "accountId", account_id, "update", update, "destroy",
                                    destroy, "undoGroup", undo_group);
    json_auto_t *result = cli_call(cli, "Email/set", json_incref(params));
    if (!result)
        return cli->status;
    int wanted = (int)json_object_size(update) + (int)json_array_size(destroy); /* an id given twice counts once */
    int done = tell_results(cli, params, result);
    *out_done += done;
    return done == wanted ? CLI_DONE : CLI_FAILED;
}

void emails_undo_group(char out[EMAILS_GROUP_SIZE])
{
    unsigned char random[16];

    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        snprintf(out, EMAILS_GROUP_SIZE, "facteur %d %lld", (int)getpid(), (long long)time(NULL));
        return;
    }
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(out + 2 * i, 3, "%02x", random[i]);
}

int emails_set(struct cli *cli, const json_t *emails, email_change_fn change, void *arg, int *out_done)
{
    int status = CLI_DONE;
    size_t n = json_array_size(emails);
    char undo_group[EMAILS_GROUP_SIZE];

    emails_undo_group(undo_group);
    *out_done = 0;
    for (size_t from = 0; from < n; from += GET_MAX) {
        size_t to = from + GET_MAX < n ? from + GET_MAX : n;
        json_auto_t *accounts = json_object(); /* as a set */
        for (size_t i = from; i < to; i++)
            json_object_set_new(accounts, json_text(json_array_get(emails, i), "accountId"), json_null());
        const char *account_id;
        json_t *value;
        json_object_foreach(accounts, account_id, value)
        {
            int result = set_account(cli, emails, from, to, account_id, undo_group, change, arg, out_done);
            if (result == CLI_NO_CORE)
                return result;
            if (result != CLI_DONE)
                status = result;
        }
    }
    return status;
}
