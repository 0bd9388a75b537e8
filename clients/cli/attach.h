/* attach.h - files that go with a message: uploaded piece by piece, as parts of an Email to be. */
#ifndef CLI_ATTACH_H
#define CLI_ATTACH_H

#include "cli.h"

#define ATTACH_MAX ((int64_t)64 << 20) /* bytes of a file: maxSizeUpload */

enum attach_how {
    ATTACH_FILE,
    ATTACH_INLINE /* shown where the HTML says "cid:NAME", NAME being the file's */
};

/* {blobId, type, name, disposition, cid?} of the file; the type goes by the name's ending. A new reference; NULL after
 * telling. */
json_t *attach_file(struct cli *cli, const char *account_id, const char *path, enum attach_how how);
/* "image/png", by the ending of the name. */
const char *attach_type(const char *name);
/* The blob that these bytes are. Freed by the caller; NULL after telling. `what` is what the message calls it. */
char *attach_bytes(struct cli *cli, const char *account_id, const char *what, const char *type, const char *bytes,
                   size_t n);

#endif
