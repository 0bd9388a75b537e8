/* cmd_stats.c - mail counted: by days, hours, senders, mailboxes; small plots of text. */
#include "commands.h"
#include "directory.h"
#include "options.h"
#include "table.h"
#include "term.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR 30   /* columns of the longest one */
#define UNITS 30 /* that are shown, the newest */
#define ZONE_MAX 64

/* ---- the time zone of this computer, as the core knows it ---- */

/* What stands behind "zoneinfo/" in the link that the system's zone is. */
static bool zone_of_link(char out[ZONE_MAX + 1])
{
    char target[512];
    ssize_t n = readlink("/etc/localtime", target, sizeof(target) - 1);

    if (n < 0)
        return false;
    target[n] = '\0';
    const char *name = strstr(target, "zoneinfo/");
    if (!name || strlen(name + 9) > ZONE_MAX)
        return false;
    snprintf(out, ZONE_MAX + 1, "%s", name + 9);
    return true;
}

/* Its name, or where it has none how far its clocks are from UTC now. */
static void local_zone(char out[ZONE_MAX + 1])
{
    const char *set = getenv("TZ");
    time_t now = time(NULL);
    struct tm tm;

    if (set && *set == ':')
        set++;
    if (set && *set && *set != '/' && strlen(set) <= ZONE_MAX && strchr(set, '/')) {
        snprintf(out, ZONE_MAX + 1, "%s", set);
    } else if ((set && *set) || !zone_of_link(out)) {
        localtime_r(&now, &tm);
        long minutes = tm.tm_gmtoff / 60, away = labs(minutes);
        snprintf(out, ZONE_MAX + 1, "%c%02ld:%02ld", minutes < 0 ? '-' : '+', away / 60, away % 60);
    }
}

/* ---- plots ---- */

/* '#' for what was received, '=' for what was sent, '!' for spam. */
static void bar(const json_t *counts, int64_t most, char out[BAR + 4])
{
    static const struct {
        const char *key;
        char mark;
    } parts[] = {{"received", '#'}, {"sent", '='}, {"spam", '!'}};
    size_t n = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        int64_t value = json_number(counts, parts[i].key);
        int64_t marks = most > 0 ? (value * BAR + most - 1) / most : 0;
        for (; marks > 0 && n < BAR + 3; marks--)
            out[n++] = parts[i].mark;
    }
    out[n] = '\0';
}

static const char *number(int64_t value, char out[24])
{
    snprintf(out, 24, "%lld", (long long)value);
    return out;
}

static void print_units(const struct cli *cli, const json_t *got, size_t shown)
{
    static const struct table_column columns[] = {{"SINCE", .fixed = true},
                                                  {"RECEIVED", .fixed = true, .right = true},
                                                  {"SENT", .fixed = true, .right = true},
                                                  {"SPAM", .fixed = true, .right = true, .drop = 2},
                                                  {"SIZE", .fixed = true, .right = true, .drop = 3},
                                                  {"", .fixed = true, .drop = 1}};
    const json_t *units = json_object_get(got, "units");
    size_t n = json_array_size(units), first = n > shown ? n - shown : 0;
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    int64_t most = 0;

    for (size_t i = first; i < n; i++) {
        const json_t *c = json_object_get(json_array_get(units, i), "counts");
        int64_t all = json_number(c, "received") + json_number(c, "sent") + json_number(c, "spam");
        most = all > most ? all : most;
    }
    for (size_t i = first; i < n; i++) {
        const json_t *unit = json_array_get(units, i), *c = json_object_get(unit, "counts");
        char received[24], sent[24], spam[24], size[TERM_SIZE_MAX], plot[BAR + 4];
        bar(c, most, plot);
        table_row(t, false, json_text(unit, "start"), number(json_number(c, "received"), received),
                  number(json_number(c, "sent"), sent), number(json_number(c, "spam"), spam),
                  term_size(json_number(c, "bytes"), size), plot);
    }
    table_print(t, cli);
}

/* A line for each day of the week, a character for each hour. */
static void print_week(const json_t *week)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char shades[] = " .:-=+*#%@";
    json_int_t most = 1;

    for (size_t d = 0; d < 7; d++) {
        for (size_t h = 0; h < 24; h++) {
            json_int_t v = json_integer_value(json_array_get(json_array_get(week, d), h));
            most = v > most ? v : most;
        }
    }
    printf("\n     0     6     12    18\n");
    for (size_t d = 0; d < 7; d++) {
        printf("%s  ", days[d]);
        for (size_t h = 0; h < 24; h++) {
            json_int_t v = json_integer_value(json_array_get(json_array_get(week, d), h));
            putchar(shades[v == 0 ? 0 : 1 + (v - 1) * 8 / most]);
        }
        putchar('\n');
    }
}

static void print_senders(const struct cli *cli, const json_t *senders)
{
    static const struct table_column columns[] = {{"FROM", .min = 12},
                                                  {"MESSAGES", .fixed = true, .right = true},
                                                  {"UNREAD", .fixed = true, .right = true, .drop = 2},
                                                  {"SIZE", .fixed = true, .right = true, .drop = 1}};
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    size_t i;
    json_t *s;

    json_array_foreach(senders, i, s)
    {
        char messages[24], unread[24], size[TERM_SIZE_MAX];
        const char *name = json_text(s, "name");
        CLI_CLEANUP(freep)
        char *from = *name ? xasprintf("%s <%s>", name, json_text(s, "email")) : xstrdup(json_text(s, "email"));
        table_row(t, false, from, number(json_number(s, "messages"), messages),
                  number(json_number(s, "unread"), unread), term_size(json_number(s, "bytes"), size));
    }
    if (i > 0)
        putchar('\n');
    table_print(t, cli);
}

static int print_mailboxes(struct cli *cli, const json_t *list)
{
    static const struct table_column columns[] = {{"MAILBOX", .min = 12},
                                                  {"ACCOUNT", .min = 8, .drop = 3},
                                                  {"MESSAGES", .fixed = true, .right = true},
                                                  {"UNREAD", .fixed = true, .right = true, .drop = 2},
                                                  {"SIZE", .fixed = true, .right = true, .drop = 1}};
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    json_auto_t *accounts = directory_accounts(cli), *mailboxes = accounts ? directory_mailboxes(cli) : NULL;
    size_t i;
    json_t *m;

    if (!mailboxes)
        return cli->status;
    json_array_foreach(list, i, m)
    {
        const json_t *c = json_object_get(m, "counts"), *box = directory_by_id(mailboxes, json_text(m, "mailboxId"));
        const json_t *account = directory_by_id(accounts, json_text(m, "accountId"));
        CLI_CLEANUP(freep) char *path = box ? directory_path(mailboxes, box) : xstrdup(json_text(m, "mailboxId"));
        char messages[24], unread[24], size[TERM_SIZE_MAX];
        table_row(t, false, path, account ? directory_account_name(account) : "",
                  number(json_number(c, "messages"), messages), number(json_number(c, "unread"), unread),
                  term_size(json_number(c, "bytes"), size));
    }
    if (i > 0)
        putchar('\n');
    table_print(t, cli);
    return CLI_DONE;
}

static void print_total(const json_t *got)
{
    const json_t *total = json_object_get(got, "total"), *storage = json_object_get(got, "storage");
    char size[TERM_SIZE_MAX], database[TERM_SIZE_MAX], packs[TERM_SIZE_MAX];

    printf("%lld messages: %lld received, %lld sent, %lld spam, %lld drafts; %lld unread; %s\n",
           (long long)json_number(total, "messages"), (long long)json_number(total, "received"),
           (long long)json_number(total, "sent"), (long long)json_number(total, "spam"),
           (long long)json_number(total, "drafts"), (long long)json_number(total, "unread"),
           term_size(json_number(total, "bytes"), size));
    if (json_is_object(storage))
        printf("On this disk: messages %s, database %s\n", term_size(json_number(storage, "messageBytes"), packs),
               term_size(json_number(storage, "databaseBytes"), database));
}

static int print_all(struct cli *cli, const json_t *got, size_t shown)
{
    print_total(got);
    if (json_number(json_object_get(got, "total"), "messages") == 0)
        return CLI_DONE;
    putchar('\n');
    print_units(cli, got, shown);
    print_week(json_object_get(json_object_get(got, "hours"), "received"));
    print_senders(cli, json_object_get(got, "senders"));
    return print_mailboxes(cli, json_object_get(got, "mailboxes"));
}

/* ---- the command ---- */

int cmd_stats(struct cli *cli, int argc, char **argv)
{
    const char *by = "day";
    int64_t shown = UNITS, senders = 10;
    const struct option_spec specs[] = {
        {"by", .text = &by}, {"count", .number = &shown}, {"senders", .number = &senders}, {0}};
    char zone[ZONE_MAX + 1];

    if (options_parse(cli, specs, OPTIONS_QUERY, &argc, argv) < 0)
        return cli->status;
    if (strcmp(by, "day") != 0 && strcmp(by, "week") != 0 && strcmp(by, "month") != 0 && strcmp(by, "year") != 0)
        return cli_usage(cli, "--by takes day, week, month or year");
    if (senders < 1 || senders > 100)
        return cli_usage(cli, "--senders takes 1 to 100");
    CLI_CLEANUP(freep) char *query = options_joined(argc, argv);
    local_zone(zone);
    json_auto_t *got = cli_call(cli, "Email/statistics",
                                json_pack("{s:s, s:s, s:s, s:s, s:I}", "accountId", "*", "query", query, "timeZone",
                                          zone, "unit", by, "limit", (json_int_t)senders));
    if (!got)
        return cli->status;
    if (cli->json) {
        cli_print_json(got);
        return CLI_DONE;
    }
    return print_all(cli, got, (size_t)shown);
}
