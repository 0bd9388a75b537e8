/* packs.h - the files in which message bytes lie: PROFILE/packs/000001.pack and so on. Internal to core/store.
 *
 * A pack only grows, at its end, up to PACK_LIMIT; then the next is begun. It consists of a file header and records,
 * each of which tells all about itself, so that the `blob` table can be made again from the packs. Little-endian:
 *
 *   file header  "FCTPACK1", 16 bytes that name the profile, u32 number, u32 CRC-32 of the 28 bytes before
 *   record       64 bytes of header (struct pack_record has its members) with their CRC-32, then the body
 *   body         one zstd frame; or, flagged PACK_CHUNKED, u32 compressed size of each chunk, u32 CRC-32 of these, and a
 *                frame for each PACK_CHUNK bytes of the original. Every frame has zstd's checksum.
 *
 * Bytes that no row refers to are dead: those of a transaction that was rolled back or torn by a crash, and those of
 * destroyed messages. store_packs_compact (blobs.h) gives their room back.
 *
 * Threads    appending, syncing and retiring: the writer. Reading: any.
 * Errors     FCT_E_CORRUPT names pack and offset.
 */
#ifndef STORE_PACKS_H
#define STORE_PACKS_H

#include "base/buf.h"
#include "base/cleanup.h"

#include <facteur/plugin.h>

#define PACK_LIMIT (UINT64_C(256) << 20)
#define PACK_FILE_HEADER 32
#define PACK_RECORD_HEADER 64
#define PACK_CHUNK (256u << 10) /* of original bytes */
#define PACK_NAME_SIZE 16       /* the name of a profile */
#define PACKS_OPEN_MAX 64       /* files that are kept open */

enum pack_flag { PACK_CHUNKED = 1 };

struct pack_record {
    uint32_t flags;      /* enum pack_flag */
    uint32_t dictionary; /* store/dict.h; 0: none */
    uint64_t raw_size, body_size;
    unsigned char sha256[32];
};

struct pack_place {
    int64_t pack;
    uint64_t offset, size; /* of the whole record */
};

struct packs;

/* Opens PROFILE/packs, making it if need be. `name` is the profile's: packs of another (a database that was begun
 * anew beside old packs) are read if a row says so, and otherwise left alone. */
int packs_open(const char *profile_dir, const unsigned char name[PACK_NAME_SIZE], struct packs **out, struct fct_error *err);
void packs_close(struct packs *p);
DEFINE_FREEP(struct packs *, packs_close);
/* The pack that is appended to, 0 when there is none yet. */
int64_t packs_current(struct packs *p);
/* Looks at the end of the current pack after a start: `committed_end` is where the last record that a row refers to
 * ends, 0 if there is none. A torn record behind it is cut off. */
int packs_recover(struct packs *p, uint64_t committed_end, struct fct_error *err);
/* Numbers up to this one are never given to a new pack: rows speak of them, even if the file is missing. */
void packs_reserve(struct packs *p, int64_t highest);
/* For tests. */
void packs_set_limit(struct packs *p, uint64_t limit);

/* Appends a record: `body`, followed by the whole content of `fd` unless that is -1. On failure nothing was appended. */
int packs_append(struct packs *p, const struct pack_record *r, struct fct_bytes body, int fd, struct pack_place *out,
                 struct fct_error *err);
/* For a record so large that the writer should not be kept waiting for it: a pack of its own, which nothing else is
 * appended to. packs_claim on the writer gives it a number; packs_fill, on any thread but the loop's, writes what packs_append
 * would have, and sees to it that it is on the disk. Until packs_unclaim (any thread) packs_list leaves it out; then, if
 * no row refers to it, it is dead like any other bytes. `size`: of the record with its header. */
int packs_claim(struct packs *p, uint64_t size, struct pack_place *out, struct fct_error *err);
int packs_fill(struct packs *p, const struct pack_place *place, const struct pack_record *r, struct fct_bytes body, int fd,
               struct fct_error *err);
void packs_unclaim(struct packs *p, int64_t pack);
/* Appends a record that lies in another pack, as it is. */
int packs_copy(struct packs *p, const struct pack_place *from, struct pack_place *out, struct fct_error *err);
/* What was appended is on the disk when this returns 0. After a failure the pack is given up: a new one is begun. */
int packs_sync(struct packs *p, struct fct_error *err);

/* Reads the record at `place`: its header, checked, and as much of its body as *body has room for (`max`). */
int packs_load(struct packs *p, const struct pack_place *place, size_t max, struct pack_record *out, struct buf *body,
               struct fct_error *err);
/* A part of the body. */
int packs_read(struct packs *p, const struct pack_place *place, uint64_t at, void *out, size_t n, struct fct_error *err);

/* Every intact record of a pack in order, over damaged places too. -1 from `each` stops. */
int packs_scan(struct packs *p, int64_t pack, int (*each)(void *ctx, const struct pack_place *place,
               const struct pack_record *r, struct fct_error *err), void *ctx, struct fct_error *err);

/* The packs of this profile, ascending, with their sizes, but for those that are claimed; freed by the caller. */
struct pack_info {
    int64_t pack;
    uint64_t size;
};
int packs_list(struct packs *p, struct pack_info **out, size_t *out_n, struct fct_error *err);
/* Unlinks a pack. Its descriptor stays open for those that read in an epoch before this one, until
 * packs_forget_retired is told that the oldest that anybody reads in is this one or a later one. */
int packs_retire(struct packs *p, int64_t pack, uint64_t epoch, struct fct_error *err);
void packs_forget_retired(struct packs *p, uint64_t oldest_epoch);

#endif
