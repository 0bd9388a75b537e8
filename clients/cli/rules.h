/* rules.h - rules as the commands of `facteur rule` need them. */
#ifndef CLI_RULES_H
#define CLI_RULES_H

#include "cli.h"

/* Those of an account, NULL: of all; in the order in which they are asked. A new array of Rule; NULL after telling. */
json_t *rules_load(struct cli *cli, const char *account_id);
/* The one that is called so: an id, a name, or the start of one name only. Borrowed; NULL after telling. */
const json_t *rules_find(struct cli *cli, const json_t *rules, const char *word);
/* The same for several: a new array; NULL after telling. */
json_t *rules_find_all(struct cli *cli, const json_t *rules, int n, char **words);
/* Rule/set with these patches (id to PatchObject; JSON null: destroy), once for each account. Steals nothing. CLI_DONE, or the status after telling. */
int rules_set(struct cli *cli, const json_t *rules, const json_t *patches);

#endif
