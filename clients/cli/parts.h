/* parts.h - parts of a message: finding one, and a file name for it that does no harm. */
#ifndef CLI_PARTS_H
#define CLI_PARTS_H

#include "cli.h"

#define PARTS_DEPTH_MAX 100 /* levels that are looked at */

/* The part with this partId in a bodyStructure, or NULL. Borrowed. */
const json_t *parts_find(const json_t *structure, const char *part_id);

/* A file name out of the name that a stranger gave, or made of partId and type: no slash, no control or bidirectional
 * character, no leading dot or dash, at most PARTS_NAME_MAX bytes, never empty. Freed by the caller. */
#define PARTS_NAME_MAX 200
char *parts_file_name(const json_t *part);

#endif
