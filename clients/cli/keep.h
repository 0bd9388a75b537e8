/* keep.h - how much of the mail is kept on this computer, as people write it: "all", "none" (headers only), "30d", each
 * perhaps with a limit ("all,1M", "30d,500k"). */
#ifndef CLI_KEEP_H
#define CLI_KEEP_H

#include <jansson.h>

/* The policy as the schema has it (KeepPolicy); NULL: it is none of these. The caller's. */
json_t *keep_from_text(const char *text);
/* The other way round; null: "account", as the account says. Freed by the caller. */
char *keep_text(const json_t *policy);

/* What stays on a server where mail is picked up (leaveOnServer): "all", "none", "14d" (days), "500n" (messages),
 * "100M" (bytes, also k and G). NULL: it is not that. */
json_t *leave_from_text(const char *text);
/* The other way round. Freed by the caller. */
char *leave_text(const json_t *policy);

#endif
