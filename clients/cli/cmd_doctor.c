/* cmd_doctor.c - what is wrong with this installation, this profile, these accounts, and what to do about it.
 *
 * Each finding is "ok", "note" or "problem". Any problem makes the exit status 1.
 */
#include "cli.h"
#include "commands.h"
#include "directory.h"
#include "options.h"
#include "start.h"
#include "term.h"

#include <facteur/client.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FREE_MIN (200ll * 1000 * 1000) /* a sync and SQLite's WAL want some room */
#define PENDING_MANY 1000
#define FIBER_STUCK_MS \
    (15ll * 60 * 1000) /* IDLE is renewed before 29 minutes, so only conversations longer than that are odd */

struct doctor {
    struct cli *cli;
    int problems;
    bool said_what_to_do;
};

enum verdict { OK, NOTE, PROBLEM, TROUBLE /* a problem; what to do about it is not said */ };

static void find(struct doctor *d, enum verdict verdict, const char *subject, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void find(struct doctor *d, enum verdict verdict, const char *subject, const char *fmt, ...)
{
    static const char *const names[] = {"ok", "note", "problem", "problem"};
    const struct cli *cli = d->cli;
    char *text = NULL;
    va_list ap;

    d->problems += verdict >= PROBLEM;
    d->said_what_to_do = d->said_what_to_do || verdict == PROBLEM;
    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        text = NULL;
    va_end(ap);
    CLI_CLEANUP(freep) char *clean = term_clean(text ? text : "", TERM_ONE_LINE);
    free(text);
    if (cli->json) {
        json_auto_t *line = json_pack("{s:s, s:s, s:s}", "verdict", names[verdict], "subject", subject, "text", clean);
        cli_print_json(line);
        return;
    }
    printf("%s%-7s%s  %s: %s\n",
           verdict >= PROBLEM ? term_red(cli)
           : verdict == OK    ? term_green(cli)
                              : "",
           names[verdict], term_plain(cli), subject, clean);
}

static void look_at_program(struct doctor *d)
{
    CLI_CLEANUP(freep) char *program = start_find_program();

    if (program)
        find(d, OK, "program", "facteur %s, facteurd is %s", FACTEUR_VERSION, program);
    else
        find(d, PROBLEM, "program",
             "facteurd is neither beside this program nor in PATH; install it, or name its folder in PATH");
}

static void look_at_profile(struct doctor *d)
{
    const char *profile = d->cli->profile;
    struct stat st;
    struct statvfs fs;
    char size[TERM_SIZE_MAX];

    if (stat(profile, &st) < 0) {
        find(d, errno == ENOENT ? NOTE : TROUBLE, "profile",
             errno == ENOENT ? "%s does not exist yet; the first command makes it" : "%s: %m", profile);
        return;
    }
    if (!S_ISDIR(st.st_mode) || access(profile, R_OK | W_OK | X_OK) < 0)
        find(d, PROBLEM, "profile", "%s is no folder that you may write to; see its owner and its mode", profile);
    else if (st.st_mode & (S_IRWXG | S_IRWXO))
        find(d, PROBLEM, "profile", "others may look into %s: chmod 700 it", profile);
    else
        find(d, OK, "profile", "%s", profile);
    if (statvfs(profile, &fs) < 0)
        return;
    int64_t room = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
    if (room < FREE_MIN)
        find(d, TROUBLE, "disk", "only %s left where the profile is; new mail will soon not fit",
             term_size(room, size));
    else
        find(d, OK, "disk", "%s left", term_size(room, size));
}

static void look_at_core(struct doctor *d)
{
    json_auto_t *status = cli_call(d->cli, "Core/status", json_object());
    size_t i;
    json_t *fiber;
    char resident[TERM_SIZE_MAX], database[TERM_SIZE_MAX], packs[TERM_SIZE_MAX];

    if (!status) {
        d->problems++;
        return;
    }
    const json_t *store = json_object_get(status, "store");
    long long clients = (long long)json_number(status, "clients");
    find(d, OK, "facteurd", "version %s, process %lld, %s of memory, %lld %s", json_text(status, "version"),
         (long long)json_number(status, "pid"), term_size(json_number(status, "residentBytes"), resident), clients,
         clients == 1 ? "client" : "clients");
    if (strcmp(json_text(status, "version"), FACTEUR_VERSION) != 0)
        find(d, PROBLEM, "facteurd", "it is another version than this program: 'facteur stop' lets the new one start");
    find(d, OK, "store", "database %s, messages %s", term_size(json_number(store, "databaseBytes"), database),
         term_size(json_number(store, "packBytes"), packs));
    json_array_foreach(json_object_get(status, "fibers"), i, fiber)
    {
        if (json_number(fiber, "waitedMs") > 2 * FIBER_STUCK_MS)
            find(d, NOTE, "facteurd", "%s has waited %lld minutes for %s", json_text(fiber, "name"),
                 (long long)json_number(fiber, "waitedMs") / 60000, json_text(fiber, "waitsFor"));
    }
}

static void look_at_plugins(struct doctor *d)
{
    json_auto_t *got = cli_call(d->cli, "Plugin/get", json_pack("{s:n}", "ids"));
    size_t i;
    json_t *plugin;
    int loaded = 0;

    if (!got) {
        d->problems++;
        return;
    }
    json_array_foreach(json_object_get(got, "list"), i, plugin)
    {
        if (strcmp(json_text(plugin, "state"), "loaded") == 0)
            loaded++;
        else
            find(d, TROUBLE, "plugin", "%s was refused: %s", json_text(plugin, "id"), json_text(plugin, "reason"));
    }
    find(d, loaded ? OK : PROBLEM, "plugins",
         loaded ? "%d loaded" : "%d could be loaded: no account can be synchronised; see the installation", loaded);
}

/* The sentences of the core about such errors say what to do. */
static bool must_act(const json_t *error)
{
    return cli_is_refused(error) || json_is_true(json_object_get(error, "requiresUserAction"));
}

static void look_at_account(struct doctor *d, const json_t *account)
{
    const json_t *sync = json_object_get(account, "syncState"), *error = json_object_get(sync, "lastError");
    const char *name = directory_account_name(account);
    int64_t pending = json_number(account, "pendingChanges");

    if (json_is_true(json_object_get(account, "isLocal")))
        return;
    if (!json_is_true(json_object_get(account, "isEnabled")))
        find(d, NOTE, name, "switched off");
    else if (json_is_object(error))
        find(d, must_act(error) ? PROBLEM : TROUBLE, name, "%s%s%s%s%s", json_text(error, "message"),
             *json_text(error, "server") ? "; the server said: " : "", json_text(error, "server"),
             cli_is_refused(error) ? "; if the password has changed: facteur account set " : "",
             cli_is_refused(error) ? json_text(account, "id") : "");
    else
        find(d, OK, name, "%s", json_text(sync, "phase"));
    if (pending > PENDING_MANY)
        find(d, PROBLEM, name, "%lld changes wait for the server: is it reachable? 'facteur account check %s' tries",
             (long long)pending, json_text(account, "id"));
}

int cmd_doctor(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};
    struct doctor d = {.cli = cli};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "doctor takes no argument");
    look_at_program(&d);
    look_at_profile(&d);
    if (!cli_connect(cli)) { /* standard error says why */
        find(&d, PROBLEM, "facteurd", cli->no_start ? "it does not run" : "it does not run, and cannot be started");
        return cli->status;
    }
    look_at_core(&d);
    look_at_plugins(&d);
    json_auto_t *accounts = directory_accounts(cli);
    size_t i;
    json_t *account;
    json_array_foreach(accounts, i, account) look_at_account(&d, account);
    if (!cli->json && accounts && d.problems == 0)
        printf("Nothing is wrong.\n");
    else if (!cli->json && d.said_what_to_do)
        printf("There is something to do.\n");
    return d.problems || !accounts ? CLI_FAILED : CLI_DONE;
}
