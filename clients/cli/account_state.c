#include "account_state.h"

#include "term.h"

#include <facteur/client.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *account_state_word(const json_t *account)
{
    const json_t *sync = json_object_get(account, "syncState");

    if (json_is_true(json_object_get(account, "isLocal")))
        return "";
    return json_is_object(json_object_get(sync, "lastError")) ? "trouble" : json_text(sync, "phase");
}

static char *syncing_text(const json_t *sync)
{
    CLI_CLEANUP(freep) char *mailbox = term_clean(json_text(sync, "mailbox"), TERM_ONE_LINE);
    long long done = (long long)json_number(sync, "messagesDone"),
              total = (long long)json_number(sync, "messagesTotal");

    if (!*mailbox)
        return xstrdup("syncing");
    return total > 0 ? xasprintf("syncing: %s, %lld of %lld new messages", mailbox, done, total)
                     : xasprintf("syncing: %s", mailbox);
}

static const char *watching_text(const char *news)
{
    if (strcmp(news, "notify") == 0)
        return "watching: the server tells of news in every mailbox";
    if (strcmp(news, "idle") == 0)
        return "watching: the server tells of news in the inbox, and is asked for the others";
    return "watching: the server is asked for news now and then";
}

static const char *waiting_text(const char *waits_for)
{
    if (strcmp(waits_for, "network") == 0)
        return "waiting for the network";
    if (strcmp(waits_for, "server") == 0)
        return "waiting, since the server has no place now";
    return "waiting to try again";
}

char *account_state_text(const json_t *account)
{
    const json_t *sync = json_object_get(account, "syncState");
    const char *phase = json_text(sync, "phase");

    if (json_is_true(json_object_get(account, "isLocal")))
        return xstrdup("");
    if (strcmp(phase, "syncing") == 0)
        return syncing_text(sync);
    if (strcmp(phase, "watching") == 0)
        return xstrdup(watching_text(json_text(sync, "news")));
    if (strcmp(phase, "waiting") == 0)
        return xstrdup(waiting_text(json_text(sync, "waitsFor")));
    if (strcmp(phase, "idle") == 0)
        return xstrdup("idle: looks again later");
    return xstrdup(strcmp(phase, "failed") == 0 ? "failed: something has to be changed first" : phase);
}

static void print_fact(const char *name, const char *value)
{
    if (*value)
        printf("%-11s %s\n", name, value);
}

static void print_time(const char *name, const json_t *sync, const char *property)
{
    const char *utc = json_text(sync, property);
    char date[TERM_LONG_DATE_MAX], distance[TERM_DISTANCE_MAX];

    if (*term_long_date(utc, date))
        printf("%-11s %s%s%s\n", name, date, *term_distance(utc, time(NULL), distance) ? ", " : "", distance);
}

/* When it happened, what, and what the server said. */
static void print_trouble(const json_t *error)
{
    CLI_CLEANUP(freep) char *message = term_clean(json_text(error, "message"), TERM_ONE_LINE);
    CLI_CLEANUP(freep) char *server = term_clean(json_text(error, "server"), TERM_ONE_LINE);

    print_fact("Trouble", message);
    if (*server)
        printf("%-11s the server says: %s\n", "", server);
    print_time("", error, "at");
}

void account_state_print(const json_t *account)
{
    const json_t *sync = json_object_get(account, "syncState");
    CLI_CLEANUP(freep) char *text = account_state_text(account);

    print_fact("State", text);
    print_time("Since", sync, "since");
    print_time("Connected", sync, "connectedSince");
    print_time("Next try", sync, "nextTryAt");
    print_time("Last sync", sync, "lastSyncAt");
    if (json_number(account, "pendingChanges") > 0)
        printf("%-11s %lld change%s for the server\n", "Pending", (long long)json_number(account, "pendingChanges"),
               json_number(account, "pendingChanges") == 1 ? " waits" : "s wait");
    print_trouble(json_object_get(sync, "lastError"));
}
