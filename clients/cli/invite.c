#include "invite.h"

#include <string.h>

#define NAMES_MAX 99 /* "phone", "phone 2" .. "phone 99" */

static bool is_taken(const json_t *error)
{
    return strcmp(json_text(json_object_get(error, "data"), "type"), "alreadyExists") == 0;
}

json_t *invite(struct cli *cli, json_t *token, const char *name, const char *kind)
{
    for (int i = 1; i <= NAMES_MAX; i++) {
        json_t *error = NULL;
        CLI_CLEANUP(freep) char *next = i == 1 ? xasprintf("%s", name ? name : kind) : xasprintf("%s %d", kind, i);
        if (json_object_set_new(token, "name", json_string(next)) < 0) {
            cli_fail(cli, CLI_USAGE, "the name is not UTF-8");
            return NULL;
        }
        json_t *result = cli_try(cli, "Token/invite", json_pack("{s:O}", "token", token), &error);
        json_auto_t *owned = error;
        if (result || !error)
            return result;
        if (name || !is_taken(error) || i == NAMES_MAX) {
            cli_tell_error(next, error);
            if (is_taken(error))
                cli_note("'facteur token list' shows them; 'facteur token revoke' ends those that are needed no more");
            cli->status = CLI_FAILED;
            return NULL;
        }
    }
    return NULL;
}
