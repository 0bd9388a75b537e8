#include "discovery.h"

#include "table.h"
#include "term.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

/* ---- asking ----------------------------------------------------------------------------------------------- */

bool discovery_is_address(const char *text)
{
    const char *at = strrchr(text, '@');

    return at && at > text && at[1] && !strpbrk(text, " \t\r\n<>,");
}

json_t *discovery_ask(struct cli *cli, const char *address, json_t *skip, int64_t timeout_seconds)
{
    CLI_CLEANUP(freep) char *clean = term_clean(address, TERM_ONE_LINE);
    json_t *params = json_pack("{s:s, s:O}", "address", address, "skip", skip);

    if (params && timeout_seconds > 0)
        json_object_set_new(params, "timeoutSeconds", json_integer(timeout_seconds));
    if (cli->err_tty)
        fprintf(stderr, "Looking for the servers of %s…\n", clean);
    return cli_call(cli, "Account/discover", params);
}

/* ---- what was found --------------------------------------------------------------------------------------- */

static char *encoded(const char *user)
{
    char *out = xmalloc(3 * strlen(user) + 1), *end = out;

    for (; *user; user++)
        end += sprintf(end, isalnum((unsigned char)*user) || strchr("-._~", *user) ? "%c" : "%%%02X",
                       (unsigned char)*user);
    *end = '\0';
    return out;
}

char *discovery_url(const json_t *server, const char *user)
{
    bool is_implicit = strcmp(json_text(server, "tls"), "implicit") == 0;

    if (!user)
        return xstrdup(json_text(server, "url"));
    CLI_CLEANUP(freep) char *name = encoded(user);
    return xasprintf("%s%s://%s@%s:%lld%s", json_text(server, "protocol"), is_implicit ? "s" : "", name,
                     json_text(server, "host"), (long long)json_number(server, "port"),
                     is_implicit ? "" : "?tls=starttls");
}

static bool is_asked_for(const json_t *server)
{
    return json_is_true(json_object_get(server, "needsConfirmation"));
}

static bool says_yes(void)
{
    char line[32];

    fflush(stdout);
    return fgets(line, sizeof(line), stdin) && (line[0] == 'y' || line[0] == 'Y') && strchr("\n", line[1]);
}

/* The names of hosts are host names: nothing in them needs cleaning. */
static bool agree_on(struct cli *cli, const json_t *found, const json_t *server, const char *option, bool may_ask)
{
    const char *host = json_text(server, "host"), *domain = json_text(found, "domain");

    if (!may_ask || !isatty(STDIN_FILENO) || !cli->err_tty) {
        CLI_CLEANUP(freep) char *url = discovery_url(server, NULL);
        cli_fail(cli, CLI_FAILED,
                 "its name servers say that mail is at %s, outside of %s; give it with %s '%s' if that is right", host,
                 domain, option, url);
        return false;
    }
    fprintf(
        stderr,
        "Its name servers say that mail is at %s, which is outside of %s.\nShall the password be sent there? [y/N] ",
        host, domain);
    if (says_yes())
        return true;
    cli_fail(cli, CLI_FAILED, "nothing was sent");
    return false;
}

bool discovery_agree(struct cli *cli, const json_t *found, bool uses_transport, bool may_ask)
{
    const json_t *source = json_object_get(found, "source"), *transport = json_object_get(found, "transport");

    if (is_asked_for(source) && !agree_on(cli, found, source, "--source", may_ask))
        return false;
    if (!uses_transport || !is_asked_for(transport))
        return true;
    bool is_agreed = is_asked_for(source) && strcmp(json_text(source, "host"), json_text(transport, "host")) == 0;
    return is_agreed || agree_on(cli, found, transport, "--transport", may_ask);
}

static const char *words_of_step(const char *step)
{
    static const char *const words[][2] = {{"table", "the table of providers"},
                                           {"mx", "the table of providers, by MX"},
                                           {"autoconfig", "the provider"},
                                           {"database", "Mozilla's database"},
                                           {"srv", "SRV records"},
                                           {"guess", "a guess that was tried"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i][0], step) == 0)
            return words[i][1];
    return step;
}

static void print_server(const char *what, const json_t *server, FILE *f)
{
    CLI_CLEANUP(freep) char *user = term_clean(json_text(server, "user"), TERM_ONE_LINE);

    if (!json_is_object(server)) {
        fprintf(f, "  %-10s nothing found\n", what);
        return;
    }
    fprintf(f, "  %-10s %s at %s, port %lld (TLS: %s), user %s; from %s\n", what, json_text(server, "protocol"),
            json_text(server, "host"), (long long)json_number(server, "port"), json_text(server, "tls"),
            *user ? user : "to be asked for", words_of_step(json_text(server, "from")));
}

void discovery_print_servers(const json_t *found, FILE *f)
{
    CLI_CLEANUP(freep) char *address = term_clean(json_text(found, "address"), TERM_ONE_LINE);
    CLI_CLEANUP(freep) char *name = term_clean(json_text(json_object_get(found, "provider"), "name"), TERM_ONE_LINE);

    fprintf(f, "%s%s%s\n", address, *name ? ": " : "", name);
    print_server("receiving", json_object_get(found, "source"), f);
    print_server("sending", json_object_get(found, "transport"), f);
}

void discovery_print_needs(const json_t *found, FILE *f)
{
    const json_t *provider = json_object_get(found, "provider");
    CLI_CLEANUP(freep) char *help = term_clean(json_text(provider, "help"), TERM_ONE_LINE);
    json_t *need;
    size_t i;

    json_array_foreach(json_object_get(provider, "needs"), i, need)
    {
        CLI_CLEANUP(freep) char *text = term_clean(json_text(need, "text"), TERM_ONE_LINE);
        CLI_CLEANUP(freep) char *url = term_clean(json_text(need, "url"), TERM_ONE_LINE);
        fprintf(f, "  %-10s %s\n  %-10s %s\n", i == 0 ? "needs" : "", text, "", url);
    }
    if (*help)
        fprintf(f, "  %-10s %s\n", "help", help);
}

/* ---- the steps -------------------------------------------------------------------------------------------- */

static const char *words_of_result(const char *result)
{
    static const char *const words[][2] = {{"notNeeded", "not needed"}, {"noTime", "no time left"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i][0], result) == 0)
            return words[i][1];
    return result;
}

void discovery_tell_trouble(const json_t *found)
{
    json_t *step;
    size_t i;

    json_array_foreach(json_object_get(found, "steps"), i, step)
    {
        bool is_telling =
            strcmp(json_text(step, "result"), "failed") == 0 || strcmp(json_text(step, "step"), "mx") == 0;
        CLI_CLEANUP(freep) char *where = term_clean(json_text(step, "source"), TERM_ONE_LINE);
        CLI_CLEANUP(freep) char *what = term_clean(json_text(step, "description"), TERM_ONE_LINE);
        if (is_telling && *what)
            cli_note("%s: %s", where, what);
    }
}

void discovery_print_steps(const struct cli *cli, const json_t *found)
{
    static const struct table_column columns[] = {
        {"STEP", .fixed = true}, {"RESULT", .fixed = true}, {"WHERE", .min = 20}, {"WHAT", .min = 20}};
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    json_t *step;
    size_t i;

    json_array_foreach(json_object_get(found, "steps"), i, step)
    {
        table_row(t, false, json_text(step, "step"), words_of_result(json_text(step, "result")),
                  json_text(step, "source"), json_text(step, "description"));
    }
    table_print(t, cli);
}
