#include "certificate.h"

#include "term.h"

#include <stdio.h>
#include <string.h>

static void tell_line(const char *name, const char *value, const char *more)
{
    CLI_CLEANUP(freep) char *clean = term_clean(value, TERM_ONE_LINE);
    CLI_CLEANUP(freep) char *behind = term_clean(more, TERM_ONE_LINE);

    if (*clean)
        fprintf(stderr, "  %-12s %s%s%s%s\n", name, clean, *behind ? " (for " : "", behind, *behind ? ")" : "");
}

void certificate_tell(const json_t *error, const char *command)
{
    const json_t *data = json_object_get(error, "data");
    const json_t *c = json_object_get(data ? data : error, "certificate");

    if (!c)
        return;
    CLI_CLEANUP(freep) char *where = xasprintf("%s:%lld", json_text(c, "host"), (long long)json_number(c, "port"));
    CLI_CLEANUP(freep) char *valid = xasprintf("%.10s to %.10s", json_text(c, "notBefore"), json_text(c, "notAfter"));
    CLI_CLEANUP(freep) char *clean = term_clean(where, TERM_ONE_LINE);
    tell_line("server", where, "");
    tell_line("certificate", json_text(c, "subject"), json_text(c, "hosts"));
    tell_line("issued by", json_text(c, "issuer"), "");
    tell_line("valid", valid, "");
    tell_line("trusted was", json_text(c, "trustedSha256"), "");
    tell_line("SHA-256", json_text(c, "sha256"), "");
    fprintf(stderr, "If whoever runs the server says that this is its fingerprint, it can be trusted, it alone:\n");
    fprintf(stderr, "  %s --trust %s=%s\n", command, clean, json_text(c, "sha256"));
}

int certificate_trust(struct cli *cli, const json_t *options, json_t *certificates)
{
    size_t i;
    json_t *option;

    json_array_foreach(options, i, option)
    {
        const char *text = json_string_value(option), *equals = strchr(text, '=');
        if (!equals || equals == text)
            return cli_usage(cli, "--trust needs HOST:PORT=FINGERPRINT, not '%s'", text);
        CLI_CLEANUP(freep) char *where = xstrdup(text);
        where[equals - text] = '\0';
        if (!equals[1])
            json_object_del(certificates, where);
        else if (json_object_set_new(certificates, where, json_string(equals + 1)) < 0)
            return cli_fail(cli, CLI_USAGE, "an argument is not UTF-8");
    }
    return CLI_DONE;
}
