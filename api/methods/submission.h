/* submission.h - what the files of Identity and EmailSubmission share. Threads: as methods/common.h. */
#ifndef API_METHODS_SUBMISSION_H
#define API_METHODS_SUBMISSION_H

#include "methods/common.h"
#include "store/identities.h"
#include "store/submissions.h"

#define SUBMISSION_MAX_DELAY (366 * 86400) /* seconds that a message can be held */

/* A submission with the properties of a bit set (0: all). */
json_t *submission_json(const struct store_submission *s, uint64_t properties);
/* A parsed JSON text of the store's own; null for NULL. */
json_t *json_of_text(const char *text);

#endif
