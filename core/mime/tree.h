/* tree.h - the two ways to a tree of parts: for the files of this folder and for tests.
 *
 * Both give the same. tree_plain.c reads messages that are built as the standards have it, which nearly all are, in a
 * fraction of the time and refuses any other; tree.c has GMime read all.
 */
#ifndef MIME_TREE_H
#define MIME_TREE_H

#include "mime/message.h"

/* False: the message is not that plain, and m->root is as it was. */
bool tree_build_plain(struct mime_message *m);
/* By GMime. NULL, or why it cannot take the message apart. */
const char *tree_build_any(struct mime_message *m);

/* What a part's Content-Type and Content-Disposition say; NULL: nothing. */
struct part_type {
    const char *type, *charset, *format, *delsp;
    const char *name; /* of the file */
    bool is_multipart;
};
void part_read_type(struct mime_part *p, const struct part_type *t, const struct mime_headers *h);
/* The other fields of its header that mean something. */
void part_read_fields(struct mime_part *p, const struct mime_headers *h);

#endif
