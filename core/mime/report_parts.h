/* report_parts.h - what the readers of reports share (report.c: RFC 3464; report_text.c: texts of older servers). */
#ifndef MIME_REPORT_PARTS_H
#define MIME_REPORT_PARTS_H

#include "mime/entity.h"
#include "mime/report.h"

#define REPORT_REPLY_MAX 500

/* One line of printable ASCII, white space once; NULL when nothing is left. */
char *report_clean(struct fct_bytes v);
/* What a server said ("smtp; 550 ..."), or else what the status means, as a reply in ASCII; NULL: neither says anything. */
char *report_reply(const char *diagnostic, const char *status);
/* Takes what `one` holds; of what is of no use it frees it. */
void report_add(struct mime_report *r, struct mime_report_recipient one);
/* The message that is returned, or its header: which one it is. */
void report_take_returned(struct mime_report *r, struct fct_bytes text);

/* The text of qmail, of Exim before 4.83, of what does as they do. `e`: the message. */
void report_read_text(struct mime_report *r, const struct entity *e);

#endif
