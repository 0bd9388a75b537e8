#include "directory.h"

#include <string.h>

#define DEPTH_MAX 64

static json_t *take_list(json_t *response)
{
    if (!response)
        return NULL;
    json_t *list = json_incref(json_object_get(response, "list"));
    json_decref(response);
    return list ? list : json_array();
}

json_t *directory_accounts(struct cli *cli)
{
    return take_list(cli_call(cli, "Account/get", json_pack("{s:n}", "ids")));
}

json_t *directory_mailboxes(struct cli *cli)
{
    return take_list(cli_call(cli, "Mailbox/get", json_pack("{s:s, s:n}", "accountId", "*", "ids")));
}

const char *directory_account_name(const json_t *account)
{
    const char *name = json_text(account, "name");

    if (!*name)
        name = json_text(account, "address");
    return *name ? name : json_text(account, "id");
}

#define INDEX_MIN 500 /* objects; of fewer (accounts) each is looked at */

/* Ids of the list that was asked last: an account may have 50,000 mailboxes, and each path asks for several. */
static struct {
    json_t *list, *by_id; /* by_id: the place in the list */
    size_t n;
} known;

static void know(const json_t *list)
{
    size_t i;
    json_t *object;

    if (known.list == list && known.n == json_array_size(list))
        return;
    json_decref(known.list);
    json_decref(known.by_id);
    known.list = json_incref((json_t *)list); /* so that no other list comes to its address */
    known.n = json_array_size(list);
    known.by_id = json_object();
    json_array_foreach(list, i, object)
    {
        if (!json_object_get(known.by_id, json_text(object, "id")))
            json_object_set_new(known.by_id, json_text(object, "id"), json_integer((json_int_t)i));
    }
}

const json_t *directory_by_id(const json_t *list, const char *id)
{
    size_t i;
    json_t *object;

    if (json_array_size(list) >= INDEX_MIN) {
        know(list);
        const json_t *at = json_object_get(known.by_id, id);
        return at ? json_array_get(list, (size_t)json_integer_value(at)) : NULL;
    }
    json_array_foreach(list, i, object)
    {
        if (strcmp(json_text(object, "id"), id) == 0)
            return object;
    }
    return NULL;
}

/* 2: it is this word, 1: it begins so, 0: no. */
static int likeness(const json_t *account, const char *word)
{
    static const char *const keys[] = {"id", "address", "name"};
    int best = 0;

    for (size_t k = 0; k < 3; k++) {
        const char *text = json_text(account, keys[k]);
        if (*word && strcasecmp(text, word) == 0)
            return 2;
        if (k > 0 && *word && strncasecmp(text, word, strlen(word)) == 0)
            best = 1;
    }
    return best;
}

const json_t *directory_account(struct cli *cli, const json_t *accounts, const char *word)
{
    const json_t *found = NULL;
    int best = 0, rivals = 0;
    size_t i;
    json_t *account;

    json_array_foreach(accounts, i, account)
    {
        int like = likeness(account, word);
        if (like == 0 || like < best)
            continue;
        rivals = like > best ? 1 : rivals + 1;
        best = like;
        found = account;
    }
    if (rivals == 1)
        return found;
    if (rivals > 1)
        cli_fail(cli, CLI_FAILED, "'%s' may be one of %d accounts; 'facteur account list' shows their ids", word,
                 rivals);
    else
        cli_fail(cli, CLI_FAILED, "there is no account '%s'; 'facteur account list' shows them", word);
    return NULL;
}

const json_t *directory_account_or_only(struct cli *cli, const json_t *accounts, const char *word)
{
    const json_t *only = NULL;
    size_t i, n = 0;
    json_t *account;

    if (word)
        return directory_account(cli, accounts, word);
    json_array_foreach(accounts, i, account)
    {
        if (json_is_true(json_object_get(account, "isLocal")))
            continue;
        only = account;
        n++;
    }
    if (n == 1)
        return only;
    cli_usage(cli, n ? "which account? 'facteur account list' shows them" : "there is no account that gets mail");
    return NULL;
}

json_t *directory_ids(struct cli *cli, int n, char **words)
{
    if (n == 0)
        return json_null();
    json_auto_t *accounts = directory_accounts(cli);
    json_t *ids = accounts ? json_array() : NULL;
    for (int i = 0; i < n && ids; i++) {
        const json_t *account = directory_account(cli, accounts, words[i]);
        if (account) {
            json_array_append(ids, json_object_get(account, "id"));
        } else {
            json_decref(ids);
            ids = NULL;
        }
    }
    return ids;
}

const json_t *directory_local(struct cli *cli, const json_t *accounts)
{
    size_t i;
    json_t *account;

    json_array_foreach(accounts, i, account)
    {
        if (json_is_true(json_object_get(account, "isLocal")))
            return account;
    }
    cli_fail(cli, CLI_FAILED, "facteurd knows no local account");
    return NULL;
}

char *directory_path(const json_t *mailboxes, const json_t *mailbox)
{
    char *path = xstrdup(json_text(mailbox, "name"));

    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        const char *parent_id = json_text(mailbox, "parentId");
        mailbox = *parent_id ? directory_by_id(mailboxes, parent_id) : NULL;
        if (!mailbox)
            break;
        char *longer = xasprintf("%s/%s", json_text(mailbox, "name"), path);
        free(path);
        path = longer;
    }
    return path;
}

/* How well a mailbox fits: 4 its id, 3 its path, 2 its path but for case, 1 its role, 0 not at all. */
static int fitness(const json_t *mailboxes, const json_t *mailbox, const char *word)
{
    CLI_CLEANUP(freep) char *path = directory_path(mailboxes, mailbox);

    if (strcmp(json_text(mailbox, "id"), word) == 0)
        return 4;
    if (strcmp(path, word) == 0)
        return 3;
    if (strcasecmp(path, word) == 0)
        return 2;
    return *word && strcasecmp(json_text(mailbox, "role"), word) == 0 ? 1 : 0; /* few have one */
}

/* In each account the best fit, so that "inbox" is every account's inbox. */
static json_t *best_fits(const json_t *mailboxes, const char *account_id, const char *word)
{
    json_auto_t *best = json_object(); /* account id to {fit, mailbox} */
    json_t *found = json_array();
    size_t i;
    json_t *mailbox, *entry;
    const char *key;

    json_array_foreach(mailboxes, i, mailbox)
    {
        const char *account = json_text(mailbox, "accountId");
        int fit = fitness(mailboxes, mailbox, word);
        if (fit == 0 || (account_id && strcmp(account, account_id) != 0))
            continue;
        if (fit > (int)json_number(json_object_get(best, account), "fit"))
            json_object_set_new(best, account, json_pack("{s:i, s:O}", "fit", fit, "mailbox", mailbox));
    }
    json_object_foreach(best, key, entry) json_array_append(found, json_object_get(entry, "mailbox"));
    return found;
}

json_t *directory_match(struct cli *cli, const json_t *accounts, const json_t *mailboxes, const char *account_id,
                        const char *word)
{
    json_t *found = best_fits(mailboxes, account_id, word);
    const char *colon = strchr(word, ':');

    if (json_array_size(found) == 0 && colon && !account_id) {
        json_decref(found);
        CLI_CLEANUP(freep) char *name = xstrdup(word);
        name[colon - word] = '\0';
        const json_t *account = directory_account(cli, accounts, name);
        return account ? directory_match(cli, accounts, mailboxes, json_text(account, "id"), colon + 1) : NULL;
    }
    if (json_array_size(found) > 0)
        return found;
    json_decref(found);
    cli_fail(cli, CLI_FAILED, "there is no mailbox '%s'%s%s; 'facteur mailboxes' shows them", word,
             account_id ? " in the account " : "",
             account_id ? directory_account_name(directory_by_id(accounts, account_id)) : "");
    return NULL;
}

/* 1, 0: there is none; -1 after telling. */
static int find_role(struct cli *cli, const char *account_id, const char *role, char **out)
{
    json_auto_t *found =
        cli_call(cli, "Mailbox/query", json_pack("{s:s, s:{s:s}}", "accountId", account_id, "filter", "role", role));
    const char *id = json_string_value(json_array_get(json_object_get(found, "ids"), 0));

    *out = id ? xstrdup(id) : NULL;
    return found ? id != NULL : -1;
}

/* A synchronisation may bring it while it is being made. */
char *directory_role_mailbox(struct cli *cli, const char *account_id, const char *role, const char *name)
{
    char *id;

    if (find_role(cli, account_id, role, &id) != 0)
        return id;
    json_auto_t *made = cli_call(
        cli, "Mailbox/set",
        json_pack("{s:s, s:{s:{s:s, s:s}}}", "accountId", account_id, "create", "new", "name", name, "role", role));
    const char *new_id = json_text(json_object_get(json_object_get(made, "created"), "new"), "id");
    if (!made || *new_id)
        return made ? xstrdup(new_id) : NULL;
    if (find_role(cli, account_id, role, &id) != 0)
        return id;
    cli_tell_set_error(name, json_object_get(json_object_get(made, "notCreated"), "new"));
    cli->status = CLI_FAILED;
    return NULL;
}
