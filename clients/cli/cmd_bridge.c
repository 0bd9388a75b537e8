/* cmd_bridge.c - what the bridge is to its owner: bridge pair, bridge status, bridge stop. */
#include "bridges.h"
#include "cli.h"
#include "commands.h"
#include "invite.h"
#include "options.h"
#include "qr.h"
#include "table.h"
#include "term.h"
#include "tokens.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- status ------------------------------------------------------------------------------------------------------ */

static const struct table_column client_columns[] = {
    {"TOKEN", .min = 10},
    {"FROM", .min = 6},
    {"OPEN", .fixed = true, .right = true},
};

static void print_clients(struct cli *cli, const json_t *bridge)
{
    CLI_CLEANUP(table_free)
    struct table *t = table_new(client_columns, sizeof(client_columns) / sizeof(client_columns[0]));
    size_t i;
    json_t *client;

    json_array_foreach(json_object_get(bridge, "clients"), i, client)
    {
        char uses[24];
        snprintf(uses, sizeof(uses), "%lld", (long long)json_number(client, "uses"));
        table_row(t, false, json_text(client, "name"), json_text(client, "remote"), uses);
    }
    table_print(t, cli);
}

int cmd_bridge_status(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};
    char date[TERM_LONG_DATE_MAX];

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "bridge status takes no argument");
    json_auto_t *bridge = bridges_ask(cli->profile);
    if (!bridge)
        return bridges_fail_without(cli);
    if (cli->json) {
        cli_print_json(bridge);
        return CLI_DONE;
    }
    CLI_CLEANUP(freep) char *url = term_clean(json_text(bridge, "url"), TERM_ONE_LINE);
    printf("%s\n", url);
    printf("listens on %s, %s; process %lld, since %s\n", json_text(bridge, "listen"),
           json_is_true(json_object_get(bridge, "isTls"))           ? "with TLS"
           : json_is_true(json_object_get(bridge, "isBehindProxy")) ? "behind a proxy"
                                                                    : "without TLS",
           (long long)json_number(bridge, "pid"), term_long_date(json_text(bridge, "startedAt"), date));
    printf("serves %s web application\n", json_is_true(json_object_get(bridge, "hasWeb")) ? "the" : "no");
    if (!json_is_true(json_object_get(bridge, "hasCore")))
        puts("facteurd does not answer it");
    printf("%lld connections\n", (long long)json_number(bridge, "connections"));
    print_clients(cli, bridge);
    return CLI_DONE;
}

/* ---- where a phone finds it -------------------------------------------------------------------------------------- */

static bool is_url(const char *text)
{
    const char *host = strncmp(text, "https://", 8) == 0  ? text + 8
                       : strncmp(text, "http://", 7) == 0 ? text + 7
                                                          : NULL;

    return host && *host && strlen(text) < 200 && !strpbrk(host, "/?#\"<> \t\n");
}

static bool is_near(const char *url)
{
    const char *at = strstr(url, "://");

    return bridges_url_names(url, "localhost") || bridges_url_names(url, "[::1]") ||
           (at && strncmp(at + 3, "127.", 4) == 0);
}

/* Freed by the caller; NULL after telling why. */
static char *find_url(struct cli *cli, const char *given)
{
    size_t n = given ? strlen(given) : 0;
    if (given) {
        char *url = xasprintf("%.*s", (int)(n && given[n - 1] == '/' ? n - 1 : n), given);
        if (is_url(url))
            return url;
        free(url);
        cli_usage(cli, "--url %s: it is like https://mail.example.org", given);
        return NULL;
    }
    json_auto_t *bridge = bridges_ask(cli->profile);
    const char *url = json_text(bridge, "url");
    if (!bridge)
        bridges_fail_without(cli);
    else if (bridges_url_names(url, "0.0.0.0") || bridges_url_names(url, "[::]"))
        cli_fail(cli, CLI_FAILED,
                 "the bridge listens on every address: by which name does a phone call it? --url "
                 "https://NAME:PORT, or facteur-bridge --public-url");
    else
        return xasprintf("%s", url);
    return NULL;
}

/* ---- pair -------------------------------------------------------------------------------------------------------- */

static void show_code(struct cli *cli, const char *url, bool no_qr)
{
    const char *term = getenv("TERM");
    bool can_draw = cli->out_tty && !no_qr && term && strcmp(term, "dumb") != 0;
    CLI_CLEANUP(freep) char *code = can_draw ? qr_draw(url, cli->width) : NULL;

    if (code)
        printf("%s\n", code);
    else if (can_draw)
        cli_note("the terminal is too narrow for the code: here is what it says");
    puts(url);
}

static void tell_how(struct cli *cli, const json_t *token, const char *code, const char *url)
{
    CLI_CLEANUP(freep) char *name = term_clean(json_text(token, "name"), TERM_ONE_LINE);
    CLI_CLEANUP(freep) char *scopes = token_joined(json_object_get(token, "scopes"));

    if (is_near(url))
        cli_note("%s is this computer alone: a phone does not reach it. See facteur-bridge --listen, --tls-cert and "
                 "--public-url, or --url here",
                 url);
    if (!cli->err_tty)
        return;
    cli_note("%s: %s. Scan it with the device, or open the address there, within five minutes.", name, scopes);
    cli_note("Where a program asks for a code: %s", code);
}

static bool is_there(struct cli *cli, const char *name)
{
    json_auto_t *got = cli_call(cli, "Token/get", json_pack("{s:[s]}", "properties", "name"));
    size_t i;
    json_t *token;

    json_array_foreach(json_object_get(got, "list"), i, token)
    {
        if (strcmp(json_text(token, "name"), name) == 0)
            return true;
    }
    return false;
}

/* Until the device has come, or the code is too old. */
static int wait_for(struct cli *cli, const json_t *token, const char *expires_at)
{
    const struct timespec pause = {.tv_nsec = 500000000};
    const char *name = json_text(token, "name");
    char now_text[32];
    struct tm tm;

    cli->status = CLI_DONE;
    if (!cli_push(cli))
        return CLI_FAILED;
    do {
        if (is_there(cli, name)) {
            CLI_CLEANUP(freep) char *clean = term_clean(name, TERM_ONE_LINE);
            cli_note("%s is paired. 'facteur token revoke' ends that.", clean);
            return CLI_DONE;
        }
        if (cli->status != CLI_DONE)
            return cli->status;
        nanosleep(&pause, NULL);
        time_t now = time(NULL);
        strftime(now_text, sizeof(now_text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
    } while (strcmp(now_text, expires_at) < 0);
    return cli_fail(cli, CLI_FAILED, "nobody came, and the code is too old now");
}

static int pair(struct cli *cli, json_t *token, const char *name, const char *base, bool no_qr)
{
    json_auto_t *invited = invite(cli, token, name, "phone");

    if (!invited)
        return cli->status;
    const char *code = json_text(invited, "code"), *expires_at = json_text(invited, "expiresAt");
    CLI_CLEANUP(freep) char *url = xasprintf("%s/pair?code=%s", base, code);
    if (cli->json) {
        json_auto_t *out = json_pack("{s:s, s:s, s:s, s:s, s:O}", "url", url, "bridge", base, "code", code, "expiresAt",
                                     expires_at, "token", token);
        cli_print_json(out);
        return CLI_DONE;
    }
    show_code(cli, url, no_qr);
    tell_how(cli, token, code, base);
    return cli->out_tty ? wait_for(cli, token, expires_at) : CLI_DONE;
}

int cmd_bridge_pair(struct cli *cli, int argc, char **argv)
{
    json_auto_t *scopes = json_array(), *words = json_array();
    const char *expires = NULL, *given = NULL;
    bool no_qr = false;
    const struct option_spec specs[] = {{"scope", .list = scopes},     {"account", .list = words},
                                        {"expires", .text = &expires}, {"url", .text = &given},
                                        {"no-qr", .flag = &no_qr},     {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 2)
        return cli_usage(cli, "bridge pair takes one name: what it is for");
    CLI_CLEANUP(freep) char *moment = expires ? token_moment(expires) : NULL;
    if (expires && !moment)
        return cli_usage(cli, "--expires %s: it is like 12h, 30d, 4w, 1y or 2030-12-31", expires);
    if (json_array_size(scopes) == 0)
        for (const char *const *s = (const char *const[]){"read", "triage", "draft", "send", NULL}; *s; s++)
            json_array_append_new(scopes, json_string(*s));
    json_auto_t *token = json_pack("{s:O, s:s?}", "scopes", scopes, "expiresAt", moment);
    if (!token)
        return cli_fail(cli, CLI_USAGE, "an argument is not UTF-8");
    CLI_CLEANUP(freep) char *base = find_url(cli, given);
    if (!base || token_put_accounts(cli, token, words) != CLI_DONE)
        return cli->status;
    return pair(cli, token, argc > 1 ? argv[1] : NULL, base, no_qr);
}

/* ---- stop -------------------------------------------------------------------------------------------------------- */

int cmd_bridge_stop(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};
    bool ran;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "bridge stop takes no argument");
    int status = bridges_stop(cli, &ran);
    if (!ran)
        cli_note("no facteur-bridge runs for the profile %s", cli->profile);
    return status;
}
