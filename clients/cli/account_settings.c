#include "account_settings.h"

#include "cli.h"
#include "keep.h"
#include "term.h"

#include <stdio.h>
#include <string.h>

/* A line; the name only where it is not that of the line above. */
static void print_line(const char *name, const char *text)
{
    CLI_CLEANUP(freep) char *clean = term_clean(text, TERM_ONE_LINE);
    CLI_CLEANUP(freep) char *key = term_clean(name, TERM_ONE_LINE);

    printf("%-11s %s\n", key, clean);
}

/* What is no object, as --set takes it. Freed by the caller. */
static char *scalar_text(const json_t *value)
{
    if (json_is_string(value))
        return xstrdup(json_string_value(value));
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    return text ? text : xstrdup("");
}

/* "localhost:993=ab:cd...", "clientId=x": one part a line. */
static void print_parts(const char *key, const json_t *parts)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)parts, name, value)
    {
        CLI_CLEANUP(freep) char *text = scalar_text(value);
        CLI_CLEANUP(freep) char *line = xasprintf("%s=%s", name, text);
        print_line(key, line);
        key = "";
    }
}

void account_settings_print(const json_t *settings)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)settings, key, value)
    {
        bool is_policy = strcmp(key, "keep") == 0 || strcmp(key, "leaveOnServer") == 0;
        if (json_is_null(value))
            continue; /* as if it were not there */
        if (json_is_object(value) && !is_policy) {
            print_parts(key, value);
            continue;
        }
        CLI_CLEANUP(freep)
        char *text = !json_is_object(value)     ? scalar_text(value)
                     : strcmp(key, "keep") == 0 ? keep_text(value)
                                                : leave_text(value);
        print_line(key, text);
    }
}
