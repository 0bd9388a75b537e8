/* progress.h - how far long work is: a bar for each subject, redrawn in place on a terminal (where there are more than
 * it has lines, those that are counted first, and how many the others are); plain lines, few of them, elsewhere. All of
 * it goes to stderr, nothing of it with --json.
 *
 *   struct progress *p = progress_new(cli);
 *   progress_set(p, "a1", "jane@example.org", done, total, bytes);      total 0: not known yet; bytes 0: messages a
 * second progress_draw(p);                                                   draws when it is time to progress_end(p);
 * draws the last state; frees
 *
 * Rate and time left follow from the last seconds, not from the whole.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli.h"

struct progress;

struct progress *progress_new(struct cli *cli);
void progress_set(struct progress *p, const char *key, const char *name, uint64_t done, uint64_t total, uint64_t bytes);
/* Instead of the numbers: "connecting". NULL: the numbers again. */
void progress_note(struct progress *p, const char *key, const char *note);
/* There is no more to say of it: it is not drawn any more. */
void progress_drop(struct progress *p, const char *key);
/* Takes what is drawn off the terminal, so that something else can be printed. */
void progress_clear(struct progress *p);
void progress_draw(struct progress *p);
void progress_end(struct progress *p);

#endif
