/* uploads.h - how much of what a token has brought in lies there and belongs to no Email: it is forgotten after a day,
 * and until then nobody but its owner should be able to fill the disk with it.
 *
 * To count it takes a look at each of them, so what was counted is kept, and added to; it is counted anew only where
 * the bound seems to be reached, and then not more than once in a moment. What becomes part of an Email counts no more.
 *
 * Threads    loop thread, in a fiber.
 */
#ifndef API_UPLOADS_H
#define API_UPLOADS_H

#include <facteur/plugin.h>

struct api_call;

#define UPLOADS_KEPT_MAX (UINT64_C(8) << 30) /* bytes of one token */
#define UPLOADS_TOKENS 64                    /* whose sums are kept */
#define UPLOADS_COUNTED_MS 1000              /* so long a sum that leaves no room is believed */

struct uploads_kept {
    struct kept_of_token {
        int64_t token_id; /* 0: a free place */
        uint64_t bytes;   /* at most so many are kept */
        uint64_t pending; /* that are being stored */
        uint64_t counted_ms;
    } v[UPLOADS_TOKENS];
    size_t next; /* whose place is taken when there is none */
};

/* Makes room for `size` bytes of the caller's token; the owner has it always. FCT_E_OVER_QUOTA. Then uploads_end. */
int uploads_begin(struct api_call *call, uint64_t size, struct fct_error *err);
/* They are stored, or not. */
void uploads_end(struct api_call *call, uint64_t size, bool is_stored);

#endif
