/* marks.h - how far each submission came that was reserved with others (store/submissions.h), so that it is known after facteurd has
 * ended in any way.
 *
 * To reserve many at a time means one wait for the disk instead of one for each; but then the store says of all of them that the
 * server may have them. Which it may have is marked here, right before the byte goes out, in a file that lies in memory (tmpfs):
 * what was written there outlives the process, costs no wait, and can only be lost with all of it, when the computer stops. Then
 * nothing is known of those that were reserved, and they are uncertain, as it is with one that was on the wire. So nothing is
 * sent twice, and nothing is believed to be sent that was not.
 *
 * The file is a header and MARKS slots in a ring. At most MARKS_UNSETTLED submissions may be marked and not written down as ended, so no
 * mark is overwritten that is still needed.
 *
 * Threads    one at a time. Never suspends: the file lies in memory, which is checked.
 */
#ifndef OUTBOX_MARKS_H
#define OUTBOX_MARKS_H

#include "base/cleanup.h"

#include <facteur/plugin.h>

#define MARKS 256
#define MARKS_UNSETTLED 128

struct marks;

/* Begins anew for one account of a profile; what the file of before says is gone. FCT_E_UNSUPPORTED: there is no memory to put it into. */
int marks_create(const char *profile_dir, int64_t account_id, struct marks **out, struct fct_error *err);
/* Whose marks they are: a number that no others have. Never 0. */
int64_t marks_owner(const struct marks *m);
/* `fate` FCT_FATE_UNKNOWN: the byte goes out now; FCT_FATE_SENT: the server has said that it took it. On failure nothing may go out. */
int marks_put(struct marks *m, int64_t id, uint32_t fate, struct fct_error *err);
/* It is about to be reserved: what was marked of it when it was before does not count. */
int marks_clear(struct marks *m, int64_t id, struct fct_error *err);
/* For tests. */
int marks_fd(const struct marks *m);
/* Closes; with `forget` the file goes, too. NULL is accepted. */
void marks_close(struct marks *m, bool forget);

/* What a process that ended has left behind for that account; NULL: nothing, or nothing that can be believed. */
struct marks *marks_find(const char *profile_dir, int64_t account_id);
/* A store_mark_fn; `marks` may be NULL. */
uint32_t marks_fate(void *marks, int64_t owner, int64_t id);

#endif
