/* cmd_watch.c - changes as they happen. Notifications say that something changed; Email/changes says what. */
#include "account_state.h"
#include "cli.h"
#include "commands.h"
#include "directory.h"
#include "emails.h"
#include "options.h"
#include "term.h"

#include <facteur/client.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CHANGES_MAX 100

struct watch {
    struct cli *cli;
    json_t *states;    /* account id to the Email state that was seen last */
    json_t *only;      /* account ids, null: all */
    json_t *troubles;  /* account id to the last error that was told */
    json_t *phases;    /* account id to what it was doing when it was last looked at */
    json_t *mailboxes; /* as last seen, for their names */
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static void print_time(const struct cli *cli)
{
    time_t now = time(NULL);
    struct tm tm;
    char text[16] = "";

    if (localtime_r(&now, &tm))
        strftime(text, sizeof(text), "%H:%M:%S", &tm);
    printf("%s%s%s  ", term_dim(cli), text, term_plain(cli));
}

/* "Inbox, Work/Clients": where the Email is, harmless for a terminal. Freed by the caller. Mailboxes that are not known
 * are asked for once more. */
static char *where(struct watch *w, const json_t *email)
{
    json_t *ids = json_object_get(email, "mailboxIds"), *value;
    char *text = xstrdup("");
    bool fresh = false;
    const char *id;

    json_object_foreach(ids, id, value)
    {
        const json_t *mailbox = directory_by_id(w->mailboxes, id);
        if (!mailbox && !fresh) {
            json_decref(w->mailboxes);
            w->mailboxes = directory_mailboxes(w->cli);
            mailbox = directory_by_id(w->mailboxes, id);
            fresh = true;
        }
        if (!mailbox)
            continue;
        CLI_CLEANUP(freep) char *path = directory_path(w->mailboxes, mailbox);
        char *longer = xasprintf("%s%s%s", text, *text ? ", " : "", path);
        free(text);
        text = longer;
    }
    char *clean = term_clean(text, TERM_ONE_LINE);
    free(text);
    return clean;
}

/* `email` NULL: only the id is left. */
static void print_event(struct watch *w, const char *event, const char *account_id, const char *id, const json_t *email)
{
    struct cli *cli = w->cli;

    if (cli->json) {
        json_auto_t *line =
            json_pack("{s:s, s:s, s:s, s:O*}", "event", event, "accountId", account_id, "id", id, "email", email);
        cli_print_json(line);
    } else {
        char marks[EMAIL_MARKS_SIZE];
        CLI_CLEANUP(freep) char *from = term_clean(email_from(email), TERM_ONE_LINE);
        CLI_CLEANUP(freep) char *subject = term_clean(json_text(email, "subject"), TERM_ONE_LINE);
        CLI_CLEANUP(freep) char *mailboxes = where(w, email);
        print_time(cli);
        if (email)
            printf("%-8s %s  %s  %s  %s  %s[%s]%s\n", event, id, email_marks(email, marks), from, subject,
                   term_dim(cli), mailboxes, term_plain(cli));
        else
            printf("%-8s %s\n", event, id);
    }
    cli_push(cli);
}

/* Asks about an account. NULL after telling what went wrong; or *out_gone: it was removed meanwhile, which is not. */
static json_t *ask(struct watch *w, const char *method, json_t *params, bool *out_gone)
{
    json_auto_t *error = NULL;
    json_t *result = cli_try(w->cli, method, params, &error);

    *out_gone = strcmp(json_text(json_object_get(error, "data"), "type"), "accountNotFound") == 0;
    if (error && !*out_gone)
        cli_tell_error(NULL, error);
    return result;
}

/* Prints each Email of `ids` as `event`; one that has gone since is left to the next change. */
static int print_emails(struct watch *w, const char *event, const char *account_id, json_t *ids)
{
    if (json_array_size(ids) == 0)
        return 0;
    bool is_gone;
    json_auto_t *got =
        ask(w, "Email/get",
            json_pack("{s:s, s:O, s:[s,s,s,s,s,s,s,s]}", "accountId", account_id, "ids", ids, "properties", "id",
                      "mailboxIds", "keywords", "receivedAt", "from", "subject", "size", "hasAttachment"),
            &is_gone);
    size_t i;
    json_t *email;

    if (!got)
        return is_gone ? 0 : -1;
    json_array_foreach(json_object_get(got, "list"), i, email)
        print_event(w, event, account_id, json_text(email, "id"), email);
    return 0;
}

static int follow(struct watch *w, const char *account_id)
{
    for (bool more = true; more;) {
        const char *since = json_text(w->states, account_id);
        bool is_gone;
        json_auto_t *changes =
            ask(w, "Email/changes",
                json_pack("{s:s, s:s, s:i}", "accountId", account_id, "sinceState", since, "maxChanges", CHANGES_MAX),
                &is_gone);
        size_t i;
        json_t *id;
        if (is_gone)
            return 0;
        if (!changes || print_emails(w, "new", account_id, json_object_get(changes, "created")) < 0 ||
            print_emails(w, "changed", account_id, json_object_get(changes, "updated")) < 0)
            return -1;
        json_array_foreach(json_object_get(changes, "destroyed"), i, id)
            print_event(w, "gone", account_id, json_string_value(id), NULL);
        json_object_set(w->states, account_id, json_object_get(changes, "newState"));
        more = json_is_true(json_object_get(changes, "hasMoreChanges"));
    }
    return 0;
}

static int on_state_change(struct watch *w, json_t *changed)
{
    const char *account_id;
    json_t *types;

    json_object_foreach(changed, account_id, types)
    {
        json_t *state = json_object_get(types, "Email");
        if (!json_is_string(state))
            continue;
        if (!json_object_get(w->states, account_id)) { /* an account that is new: what it brings counts from here */
            json_object_set(w->states, account_id, state);
            continue;
        }
        if (strcmp(json_text(w->states, account_id), json_string_value(state)) != 0 && follow(w, account_id) < 0)
            return -1;
    }
    return 0;
}

static void print_account_line(struct watch *w, const json_t *account)
{
    if (w->cli->json) {
        json_auto_t *line = json_pack("{s:s, s:s, s:O}", "event", "account", "accountId", json_text(account, "id"),
                                      "syncState", json_object_get(account, "syncState"));
        cli_print_json(line);
    } else {
        CLI_CLEANUP(freep) char *name = term_clean(directory_account_name(account), TERM_ONE_LINE);
        CLI_CLEANUP(freep) char *text = account_state_text(account);
        print_time(w->cli);
        printf("%-8s %s%s: %s%s\n", "account", term_dim(w->cli), name, text, term_plain(w->cli));
    }
    cli_push(w->cli);
}

/* Whether the account does something else than when it was looked at last. How far it has come is no news. */
static bool has_other_phase(struct watch *w, const json_t *account)
{
    const json_t *sync = json_object_get(account, "syncState");
    const char *id = json_text(account, "id");
    CLI_CLEANUP(freep) char *phase = xasprintf("%s %s", json_text(sync, "phase"), json_text(sync, "waitsFor"));
    bool is_other = strcmp(json_text(w->phases, id), phase) != 0;

    json_object_set_new(w->phases, id, json_string(phase));
    return is_other;
}

/* An account in trouble is told once, and once more when it is well again. */
static bool has_other_trouble(struct watch *w, const json_t *account)
{
    const char *id = json_text(account, "id");
    const char *message = json_text(json_object_get(json_object_get(account, "syncState"), "lastError"), "message");
    bool is_other = strcmp(json_text(w->troubles, id), message) != 0;

    json_object_set_new(w->troubles, id, json_string(message));
    return is_other;
}

static void tell_trouble(const json_t *account)
{
    const json_t *error = json_object_get(json_object_get(account, "syncState"), "lastError");

    if (json_is_object(error))
        cli_tell_error(directory_account_name(account), error);
    else
        cli_note("%s: connected again", directory_account_name(account));
}

/* `ids` null: all. How they are at the start is told only if it is bad. */
static int look_at_accounts(struct watch *w, json_t *ids, bool is_start)
{
    json_auto_t *got = cli_call(w->cli, "Account/get", json_pack("{s:O}", "ids", ids));
    size_t i;
    json_t *account;

    if (!got)
        return -1;
    json_array_foreach(json_object_get(got, "list"), i, account)
    {
        bool other_phase = has_other_phase(w, account), other_trouble = has_other_trouble(w, account);
        if ((other_phase && !is_start) || (other_trouble && w->cli->json))
            print_account_line(w, account);
        if (other_trouble && !w->cli->json)
            tell_trouble(account);
    }
    return 0;
}

static int on_notice(struct watch *w, const json_t *notice)
{
    const char *method = json_text(notice, "method");
    json_t *params = json_object_get(notice, "params");

    if (strcmp(method, "StateChange") == 0)
        return on_state_change(w, json_object_get(params, "changed"));
    if (strcmp(method, "AccountState") == 0)
        return look_at_accounts(w, json_object_get(params, "accountIds"), false);
    return 0;
}

static int run(struct watch *w)
{
    json_auto_t *push = cli_call(w->cli, "Push/subscribe",
                                 json_pack("{s:[s,s], s:O}", "types", "Email", "AccountState", "accountIds", w->only));

    if (!push || on_state_change(w, json_object_get(push, "changed")) < 0)
        return w->cli->status;
    if (w->cli->json)
        printf("{\"event\":\"ready\"}\n");
    else if (w->cli->err_tty)
        cli_note("watching; Ctrl-C ends it");
    cli_push(w->cli);
    if (look_at_accounts(w, w->only, true) < 0)
        return w->cli->status;
    while (!interrupted && !w->cli->out_errno) {
        json_auto_t *notice = NULL;
        if (facteur_client_notice(w->cli->rpc, -1, &notice) != FACTEUR_OK)
            return cli_fail(w->cli, CLI_NO_CORE, "facteurd has gone: %s",
                            errno ? strerror(errno) : "it closed the connection");
        if (notice && on_notice(w, notice) < 0)
            return w->cli->status;
    }
    return CLI_DONE;
}

int cmd_watch(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};
    struct watch w = {.cli = cli};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    w.only = directory_ids(cli, argc - 1, argv + 1);
    if (!w.only)
        return cli->status;
    w.states = json_object();
    w.troubles = json_object();
    w.phases = json_object();
    struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: poll() must return */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    int status = run(&w);
    json_decref(w.only);
    json_decref(w.states);
    json_decref(w.troubles);
    json_decref(w.phases);
    json_decref(w.mailboxes);
    return status;
}
