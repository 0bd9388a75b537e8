/* suspects.h - a message that ended the program while it was parsed is not parsed again: it is shown raw.
 *
 * DESIGN section 8. PROFILE/suspects is a small file, mapped into memory. For as long as a struct mime_message lives, a slot of it
 * says which message that is and which thread has it. When the thread dies of SIGSEGV, SIGBUS, SIGABRT, SIGILL or SIGFPE (a stack
 * that overflowed, too: such threads get a stack for signals), the handler marks its slots before the process ends; the next start
 * finds the marks and keeps these messages as suspects. A process that was killed from outside accuses nobody.
 *
 * Without suspects_open (tests, tools) nothing is noted and nobody is suspected.
 * Threads    open and close: one thread, while nothing is parsed; the rest: any.
 */
#ifndef MIME_SUSPECTS_H
#define MIME_SUSPECTS_H

#include <facteur/plugin.h>

struct suspects_slot;

/* *out_found: how many messages became suspects since the last time. */
int suspects_open(const char *profile_dir, size_t *out_found, struct fct_error *err);
void suspects_close(void);
/* Whether this message is one; otherwise *out is its slot, for suspects_leave (NULL when all are taken, or none is open). */
bool suspects_enter(struct fct_bytes raw, struct suspects_slot **out);
/* NULL is accepted. */
void suspects_leave(struct suspects_slot *slot);

#endif
