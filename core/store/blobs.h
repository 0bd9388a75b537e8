/* blobs.h - bytes, kept exactly as they came, once per profile, found by their SHA-256.
 *
 * Bytes go into append-only pack files (store/packs.h), compressed with zstd; large ones in chunks, so that a range of
 * them is served without the whole. A blob is written in two steps: `blob_stage_*` on a worker thread compresses and
 * hashes; `store_blob_add` on the writer appends what is new and records it. Packs are fsynced before the transaction
 * that refers to them commits.
 */
#ifndef STORE_BLOBS_H
#define STORE_BLOBS_H

#include "store/store.h"

#define BLOB_MAX_BYTES (UINT64_C(4) << 30)
#define BLOB_SMALL_BYTES (1u << 20)    /* up to here a blob is one piece; beyond, it is chunked */
#define BLOB_LARGE_BYTES (16u << 20)    /* as they are stored: from here on they are written beside the writer */
#define BLOB_HEAP_BYTES (4u << 20)     /* a larger view is mapped from a temporary file */
#define BLOB_GRACE_SECONDS 3600        /* from the last reference to the end */

/* A blob on its way in: hashed and compressed, in memory or (beyond 1 MiB) in an unlinked temporary file. Made on any
 * thread, and freed before the store is closed. */
struct blob_stage;
struct blob_stage *blob_stage_new(struct store *st);
/* FCT_E_TOO_LARGE beyond BLOB_MAX_BYTES. */
int blob_stage_add(struct blob_stage *s, struct fct_bytes data, struct fct_error *err);
int blob_stage_finish(struct blob_stage *s, struct fct_error *err);
const unsigned char *blob_stage_sha256(const struct blob_stage *s); /* after finish */
uint64_t blob_stage_size(const struct blob_stage *s);
/* Whether it is so large that the writer should not be kept waiting while its bytes are written and brought to the disk. Then
 * store_blob_claim on the writer and blob_stage_fill on a worker come before store_blob_add. */
bool blob_stage_is_large(const struct blob_stage *s);
int store_blob_claim(struct store_tx *tx, struct blob_stage *s, struct fct_error *err);
int blob_stage_fill(struct blob_stage *s, struct fct_error *err);
void blob_stage_free(struct blob_stage *s);
DEFINE_FREEP(struct blob_stage *, blob_stage_free);

/* Writer: records the blob, appending its bytes if they are not here yet, or not where they were (a pack is missing or cut
 * short); *out_id is the row. `expires_at` 0: an
 * email will refer to it in this transaction; else an upload, kept at least until then (also if the row is there). */
int store_blob_add(struct store_tx *tx, struct blob_stage *s, int64_t expires_at, int64_t *out_id, struct fct_error *err);
/* Writer: it is kept at least until then, as an upload. */
int store_blob_keep(struct store_tx *tx, int64_t id, int64_t expires_at, struct fct_error *err);
/* Writer: something that referred to the blob is gone (its row too). If that was the last, the blob has BLOB_GRACE_SECONDS
 * to live, unless its time as an upload ends later. */
int store_blob_release(struct store_tx *tx, int64_t id, struct fct_error *err);
/* Writer: forgets up to `max` blobs whose time was over at `now` and to which nothing refers. Their bytes are dead then; a
 * reader that began before still reads them. */
int store_blobs_expire(struct store_tx *tx, int64_t now, int max, int *out_n, struct fct_error *err);
/* FCT_E_BLOB_NOT_FOUND. */
int store_blob_find(struct store_tx *tx, const unsigned char sha256[32], int64_t *out_id, uint64_t *out_size, struct fct_error *err);
int store_blob_sha256(struct store_tx *tx, int64_t id, unsigned char out[32], struct fct_error *err);

/* Reading. A whole blob as one slice: decompressed into memory up to 4 MiB, beyond that into an unlinked temporary
 * file that is mapped. Verified against its SHA-256: FCT_E_CORRUPT. */
struct blob_view {
    struct fct_bytes bytes;
    void *map;       /* the mapping, or NULL when `heap` holds the bytes */
    size_t map_size;
    char *heap;      /* the bytes, or NULL */
};
int store_blob_view(struct store_tx *tx, int64_t id, struct blob_view *out, struct fct_error *err);
void blob_view_done(struct blob_view *v);
/* A range, piece by piece; reads and decompresses only the chunks it needs. */
int store_blob_read(struct store_tx *tx, int64_t id, uint64_t offset, uint64_t length,
                    int (*write)(void *ctx, struct fct_bytes data, struct fct_error *err), void *ctx, struct fct_error *err);

/* A descriptor that gives the blob's bytes and nothing else, for handing to another process; it stands at the beginning
 * and cannot be written: a sealed memfd, or beyond BLOB_HEAP_BYTES an unlinked file of the profile. The caller's. */
int store_blob_fd(struct store_tx *tx, int64_t id, int *out_fd, struct fct_error *err);
/* The same for bytes in memory (a decoded part). Any thread but the loop's. */
int store_bytes_fd(struct store *st, struct fct_bytes bytes, int *out_fd, struct fct_error *err);

/* An empty file of the profile's without a name, to read and to write, for bytes that another process brings. The caller's.
 * Any thread but the loop's. */
int store_upload_fd(struct store *st, int *out_fd, struct fct_error *err);

/* Whether its bytes are there: where they begin and end, or all of them, read and hashed. */
int store_blob_check(struct store_tx *tx, int64_t id, bool whole, bool *out_is_good, struct fct_error *err);
/* Writer: a blob whose bytes are damaged gets them again. *out_replaced: false when these are other bytes. */
int store_blob_replace(struct store_tx *tx, int64_t id, struct blob_stage *s, bool *out_replaced, struct fct_error *err);

/* Gives back the room of dead bytes: rewrites each pack that is dead by more than `percent`, in writer jobs of bounded
 * size, and removes it. Suspends. *out_freed may be NULL. */
int store_packs_compact(struct store *st, int percent, uint64_t *out_freed, struct fct_error *err);

#endif
