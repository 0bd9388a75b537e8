/* submission.h - tells what became of a message that was handed over. */
#ifndef CLI_SUBMISSION_H
#define CLI_SUBMISSION_H

#include "cli.h"

/* Prints a submission, {id, accountId, state...}, as it is or, with `wait` seconds, as it is when nothing more happens
 * by itself, or then. Returns the exit status: failed and uncertain are failures. */
int submission_report(struct cli *cli, const json_t *submission, int64_t wait);

#endif
