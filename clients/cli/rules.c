#include "rules.h"

#include "directory.h"

#include <string.h>
#include <strings.h>

json_t *rules_load(struct cli *cli, const char *account_id)
{
    json_auto_t *got = cli_call(cli, "Rule/get", json_pack("{s:s}", "accountId", account_id ? account_id : "*"));

    return got ? json_incref(json_object_get(got, "list")) : NULL;
}

/* How well it fits: 3 id or name, 2 name without regard to case, 1 the start of it, 0 not. */
static int fit(const json_t *rule, const char *word)
{
    const char *name = json_text(rule, "name");

    if (strcmp(json_text(rule, "id"), word) == 0 || strcmp(name, word) == 0)
        return 3;
    return strcasecmp(name, word) == 0 ? 2 : strncasecmp(name, word, strlen(word)) == 0 && *word ? 1 : 0;
}

const json_t *rules_find(struct cli *cli, const json_t *rules, const char *word)
{
    const json_t *best = NULL;
    int how = 0, n = 0;
    size_t i;
    json_t *rule;

    json_array_foreach(rules, i, rule)
    {
        int f = fit(rule, word);
        if (f == 0 || f < how)
            continue;
        n = f > how ? 1 : n + 1;
        how = f;
        best = rule;
    }
    if (n == 1)
        return best;
    cli_fail(cli, CLI_FAILED, n ? "'%s' is more than one rule: name it by its id" : "there is no rule '%s'; 'facteur rule list' shows them",
             word);
    return NULL;
}

json_t *rules_find_all(struct cli *cli, const json_t *rules, int n, char **words)
{
    json_auto_t *found = json_array();

    for (int i = 0; i < n; i++) {
        const json_t *rule = rules_find(cli, rules, words[i]);
        if (!rule)
            return NULL;
        json_array_append(found, (json_t *)(uintptr_t)rule);
    }
    return json_incref(found);
}

static int tell(struct cli *cli, const json_t *rule, const json_t *result)
{
    const char *id = json_text(rule, "id");
    const json_t *error = json_object_get(json_object_get(result, "notUpdated"), id);

    if (!error)
        error = json_object_get(json_object_get(result, "notDestroyed"), id);
    if (cli->json) {
        json_auto_t *line = error ? json_pack("{s:s, s:b, s:O}", "id", id, "ok", 0, "error", error)
                                  : json_pack("{s:s, s:b}", "id", id, "ok", 1);
        cli_print_json(line);
    }
    if (!error)
        return 0;
    cli_tell_set_error(json_text(rule, "name"), error);
    return -1;
}

/* Those of one account. */
static int set_some(struct cli *cli, const json_t *rules, const json_t *patches, const char *account_id)
{
    json_auto_t *update = json_object(), *destroy = json_array();
    size_t i;
    json_t *rule;
    int status = CLI_DONE;

    json_array_foreach(rules, i, rule)
    {
        const char *id = json_text(rule, "id");
        json_t *patch = json_object_get(patches, id);
        if (!patch || strcmp(json_text(rule, "accountId"), account_id) != 0)
            continue;
        if (json_is_null(patch))
            json_array_append(destroy, json_object_get(rule, "id"));
        else
            json_object_set(update, id, patch);
    }
    json_auto_t *result = cli_call(cli, "Rule/set", json_pack("{s:s, s:O, s:O}", "accountId", account_id, "update", update, "destroy", destroy));
    if (!result)
        return cli->status;
    json_array_foreach(rules, i, rule)
    {
        if (json_object_get(patches, json_text(rule, "id")) && strcmp(json_text(rule, "accountId"), account_id) == 0 && tell(cli, rule, result) < 0)
            status = cli->status = CLI_FAILED;
    }
    return status;
}

int rules_set(struct cli *cli, const json_t *rules, const json_t *patches)
{
    json_auto_t *done = json_object();
    size_t i;
    json_t *rule;
    int status = CLI_DONE;

    json_array_foreach(rules, i, rule)
    {
        const char *account = json_text(rule, "accountId");
        if (!json_object_get(patches, json_text(rule, "id")) || json_object_get(done, account))
            continue;
        json_object_set_new(done, account, json_true());
        int one = set_some(cli, rules, patches, account);
        status = one != CLI_DONE ? one : status;
    }
    return status;
}
