/* rule.h - what the files of Rule share. Threads: as methods/common.h. */
#ifndef API_METHODS_RULE_H
#define API_METHODS_RULE_H

#include "methods/common.h"
#include "store/rules.h"

json_t *rule_json(const struct store_rule *r);

#endif
