/* error.h - filling struct fct_error (declared in facteur/plugin.h, since plugins fill it too).
 *
 * Code returns 0, or -1 with *err filled. `err` may always be NULL. Below account/ and api/ code returns errors
 * and does not log them, so that each failure is told once.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <facteur/plugin.h>

/* Fills *err and returns -1. The text may quote *err; control characters and what is not
 * UTF-8 become '?'. */
int fct_fail(struct fct_error *err, int code, int retry, const char *fmt, ...) FCT_PRINTF(4, 5);
/* The same for a failed system call: code and retry class follow from `errnum` (ENOSPC: FCT_E_DISK_FULL...). */
int fct_fail_errno(struct fct_error *err, int errnum, const char *fmt, ...) FCT_PRINTF(3, 4);
/* Puts "text: " before the message of an error, where a context is known. Returns -1. */
int fct_error_prefix(struct fct_error *err, const char *fmt, ...) FCT_PRINTF(2, 3);
/* Keeps the server's own words, made printable. */
void fct_error_server(struct fct_error *err, struct fct_bytes words);
/* "timeout", "auth"...: the stable name of a code, for the API and for logs. Never NULL. */
const char *fct_code_name(int code);

#endif
