/* stage.h - what a blob on its way in consists of. For stage.c, which makes it, and blobs.c, which stores it. */
#ifndef STORE_STAGE_H
#define STORE_STAGE_H

#include "base/sha256.h"
#include "store/blobs.h"
#include "store/packs.h"

struct blob_stage {
    struct store *store;
    struct sha256 hash;
    struct buf raw;   /* not compressed yet: at most twice BLOB_SMALL_BYTES */
    struct buf body;  /* of the record, or its beginning... */
    int fd;           /* ...and the rest, or -1 */
    struct pack_record record;
    bool is_finished;
    struct pack_place place; /* of one that is large: where it is written beside the writer; .pack 0: nowhere yet */
    bool is_filled;
};

#endif
