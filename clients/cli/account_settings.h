/* account_settings.h - the settings of an account as people read them, each under its own name and as --set, --trust
 * and --oauth take it. */
#ifndef CLI_ACCOUNT_SETTINGS_H
#define CLI_ACCOUNT_SETTINGS_H

#include <jansson.h>

/* To standard output, a line each; of a setting that has several parts a line for each part. */
void account_settings_print(const json_t *settings);

#endif
