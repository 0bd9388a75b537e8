#include "store/blobs.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sha256.h"
#include "store/inside.h"
#include "store/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <zlib.h>

/* ---- rows ---- */

static int insert(struct store_tx *tx, const struct pack_record *r, const struct pack_place *place, int64_t expires_at,
                  int64_t *out_id, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "INSERT INTO blob (sha256, size, pack, offset, stored_size, expires_at) "
                                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    sqlite3_bind_blob(q, 1, r->sha256, 32, SQLITE_STATIC);
    sqlite3_bind_int64(q, 2, (int64_t)r->raw_size);
    sqlite3_bind_int64(q, 3, place->pack);
    sqlite3_bind_int64(q, 4, (int64_t)place->offset);
    sqlite3_bind_int64(q, 5, (int64_t)place->size);
    if (expires_at)
        sqlite3_bind_int64(q, 6, expires_at);
    if (store_run(tx, q, err) < 0)
        return -1;
    *out_id = sqlite3_last_insert_rowid(store_db(tx));
    return 0;
}

int store_blob_keep(struct store_tx *tx, int64_t id, int64_t expires_at, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE blob SET expires_at = max(ifnull(expires_at, 0), ?2) WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, expires_at);
    return store_run(tx, q, err);
}

/* 1 found, 0 not, -1 */
static int find(struct store_tx *tx, const unsigned char sha256[32], int64_t *out_id, uint64_t *out_size,
                struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, size FROM blob WHERE sha256 = ?1");
    sqlite3_bind_blob(q, 1, sha256, 32, SQLITE_STATIC);
    int has_row = store_step(tx, q, err);
    if (has_row > 0) {
        *out_id = sqlite3_column_int64(q, 0);
        *out_size = (uint64_t)sqlite3_column_int64(q, 1);
        store_reset(q);
    }
    return has_row;
}

/* Where the row says that the blob lies, there is its record, from the first byte to the last. Damage between them is
 * not seen: that would take reading it all. */
static int is_where_it_was(struct store_tx *tx, int64_t id, const unsigned char sha256[32], bool *out,
                           struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT pack, offset, stored_size FROM blob WHERE id = ?1");
    struct pack_record r;
    char last;

    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    struct pack_place place = {sqlite3_column_int64(q, 0), (uint64_t)sqlite3_column_int64(q, 1),
                               (uint64_t)sqlite3_column_int64(q, 2)};
    store_reset(q);
    struct packs *packs = store_of(tx)->packs;
    *out = packs_load(packs, &place, 0, &r, NULL, NULL) == 0 && memcmp(r.sha256, sha256, 32) == 0 &&
           (r.body_size == 0 || packs_read(packs, &place, r.body_size - 1, &last, 1, NULL) == 0);
    return 0;
}

static int move_to(struct store_tx *tx, int64_t id, const struct pack_place *place, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE blob SET pack = ?2, offset = ?3, stored_size = ?4 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, place->pack);
    sqlite3_bind_int64(q, 3, (int64_t)place->offset);
    sqlite3_bind_int64(q, 4, (int64_t)place->size);
    return store_run_one(tx, q, err);
}

/* Its bytes are where `out` says when this returns 0. */
static int put(struct store_tx *tx, const struct blob_stage *s, struct pack_place *out, struct fct_error *err)
{
    if (!s->is_filled)
        return packs_append(store_of(tx)->packs, &s->record, buf_bytes(&s->body), s->fd, out, err);
    *out = s->place;
    return 0;
}

int store_blob_add(struct store_tx *tx, struct blob_stage *s, int64_t expires_at, int64_t *out_id,
                   struct fct_error *err)
{
    struct pack_place place;
    uint64_t size;
    bool is_there = false;

    int found = find(tx, blob_stage_sha256(s), out_id, &size, err);
    if (found < 0 || (found > 0 && is_where_it_was(tx, *out_id, s->record.sha256, &is_there, err) < 0))
        return -1;
    if (!is_there && put(tx, s, &place, err) < 0)
        return -1;
    if (found == 0)
        return insert(tx, &s->record, &place, expires_at, out_id, err);
    if (!is_there && move_to(tx, *out_id, &place, err) < 0)
        return -1;
    return expires_at ? store_blob_keep(tx, *out_id, expires_at, err) : 0;
}

/* The last reference is rarely the last look: whoever has just been given the blob's id may still fetch it. */
int store_blob_release(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "UPDATE blob SET expires_at = max(ifnull(expires_at, 0), unixepoch() + ?2) WHERE id = ?1 "
                       "AND NOT EXISTS (SELECT 1 FROM email WHERE blob_id = ?1) "
                       "AND NOT EXISTS (SELECT 1 FROM placement_deleted WHERE blob_id = ?1) "
                       "AND NOT EXISTS (SELECT 1 FROM departure WHERE blob_id = ?1) "
                       "AND NOT EXISTS (SELECT 1 FROM undo_item WHERE blob_id = ?1) "
                       "AND NOT EXISTS (SELECT 1 FROM submission WHERE blob_id = ?1) "
                       "AND NOT EXISTS (SELECT 1 FROM submission_report WHERE blob_id = ?1)");
    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, BLOB_GRACE_SECONDS);
    return store_run(tx, q, err);
}

int store_blobs_expire(struct store_tx *tx, int64_t now, int max, int *out_n, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "DELETE FROM blob WHERE id IN (SELECT id FROM blob WHERE expires_at <= ?1 "
                       "AND NOT EXISTS (SELECT 1 FROM email WHERE blob_id = blob.id) "
                       "AND NOT EXISTS (SELECT 1 FROM placement_deleted WHERE blob_id = blob.id) "
                       "AND NOT EXISTS (SELECT 1 FROM departure WHERE blob_id = blob.id) "
                       "AND NOT EXISTS (SELECT 1 FROM undo_item WHERE blob_id = blob.id) "
                       "AND NOT EXISTS (SELECT 1 FROM submission WHERE blob_id = blob.id) "
                       "AND NOT EXISTS (SELECT 1 FROM submission_report WHERE blob_id = blob.id) LIMIT ?2)");
    sqlite3_bind_int64(q, 1, now);
    sqlite3_bind_int(q, 2, max);
    if (store_run(tx, q, err) < 0)
        return -1;
    *out_n = sqlite3_changes(store_db(tx));
    if (*out_n == max)
        return 0;
    /* The rest is mail: it need not be looked at again. */
    q = store_stmt(tx, "UPDATE blob SET expires_at = NULL WHERE expires_at <= ?1");
    sqlite3_bind_int64(q, 1, now);
    return store_run(tx, q, err);
}

int store_blob_find(struct store_tx *tx, const unsigned char sha256[32], int64_t *out_id, uint64_t *out_size,
                    struct fct_error *err)
{
    int found = find(tx, sha256, out_id, out_size, err);
    if (found == 0)
        return fct_fail(err, FCT_E_BLOB_NOT_FOUND, FCT_RETRY_NEVER, "no such blob");
    return found < 0 ? -1 : 0;
}

int store_blob_sha256(struct store_tx *tx, int64_t id, unsigned char out[32], struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT sha256 FROM blob WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0 || sqlite3_column_bytes(q, 0) != 32) {
        store_reset(q);
        return fct_fail(err, FCT_E_BLOB_NOT_FOUND, FCT_RETRY_NEVER, "no such blob");
    }
    memcpy(out, sqlite3_column_blob(q, 0), 32);
    store_reset(q);
    return 0;
}

/* ---- a stored blob, chunk by chunk ---- */

struct stored {
    struct store *store;
    struct pack_place place;
    struct pack_record record;
    struct buf body; /* the beginning of the body: all of it if the blob is small */
    uint32_t n_chunks, chunk_size;
    uint64_t *starts; /* of each frame in the body, and where the last one ends */
};

static void stored_done(struct stored *b)
{
    buf_done(&b->body);
    free(b->starts);
}

static int fail_damaged(const struct stored *b, struct fct_error *err)
{
    return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "packs/%06lld.pack is damaged at offset %llu",
                    (long long)b->place.pack, (unsigned long long)b->place.offset);
}

static uint32_t get32(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    return u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

static int read_table(struct stored *b, struct fct_error *err)
{
    b->chunk_size = PACK_CHUNK;
    b->n_chunks = (uint32_t)((b->record.raw_size + PACK_CHUNK - 1) / PACK_CHUNK);
    size_t n = (size_t)b->n_chunks * 4;
    if (b->body.n < n + 4 || get32(b->body.p + n) != (uint32_t)crc32(0, (const Bytef *)b->body.p, (uInt)n))
        return fail_damaged(b, err);
    b->starts = xcalloc(b->n_chunks + 1, sizeof(*b->starts));
    uint64_t at = n + 4;
    for (uint32_t i = 0; i < b->n_chunks; i++) {
        b->starts[i] = at;
        at += get32(b->body.p + (size_t)i * 4);
    }
    b->starts[b->n_chunks] = at;
    return at == b->record.body_size ? 0 : fail_damaged(b, err);
}

static int stored_open(struct store_tx *tx, int64_t id, struct stored *b, struct fct_error *err)
{
    /* Enough for the whole body of a small blob and for the table of a large one. */
    const size_t first_read = BLOB_SMALL_BYTES + (16u << 10);

    unsigned char sha256[32] = {0};

    sqlite3_stmt *q = store_stmt(tx, "SELECT pack, offset, stored_size, size, sha256 FROM blob WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_BLOB_NOT_FOUND, FCT_RETRY_NEVER, "no such blob");
    b->store = store_of(tx);
    b->place = (struct pack_place){sqlite3_column_int64(q, 0), (uint64_t)sqlite3_column_int64(q, 1),
                                   (uint64_t)sqlite3_column_int64(q, 2)};
    uint64_t size = (uint64_t)sqlite3_column_int64(q, 3);
    if (sqlite3_column_bytes(q, 4) == (int)sizeof(sha256))
        memcpy(sha256, sqlite3_column_blob(q, 4), sizeof(sha256));
    store_reset(q);
    if (size > BLOB_MAX_BYTES)
        return fail_damaged(b, err);

    size_t want = size > BLOB_SMALL_BYTES ? (size_t)(size / PACK_CHUNK + 2) * 4 : first_read;
    if (packs_load(b->store->packs, &b->place, want, &b->record, &b->body, err) < 0)
        return -1;
    /* An intact record of other bytes: the pack is not the one that was written, or the row is damaged. */
    if (b->record.raw_size != size || memcmp(b->record.sha256, sha256, sizeof(sha256)) != 0)
        return fail_damaged(b, err);
    if (b->record.flags & PACK_CHUNKED)
        return read_table(b, err);
    if (b->body.n != b->record.body_size || size > BLOB_SMALL_BYTES)
        return fail_damaged(b, err);
    b->n_chunks = 1;
    b->chunk_size = BLOB_SMALL_BYTES;
    b->starts = xcalloc(2, sizeof(*b->starts));
    b->starts[1] = b->record.body_size;
    return 0;
}

static size_t chunk_length(const struct stored *b, uint32_t i)
{
    uint64_t rest = b->record.raw_size - (uint64_t)i * b->chunk_size;
    return rest < b->chunk_size ? (size_t)rest : b->chunk_size;
}

/* The original bytes of chunk `i`, checked by the frame's own checksum. */
static int read_chunk(const struct stored *b, uint32_t i, void *out, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf frame = {0};

    size_t n = (size_t)(b->starts[i + 1] - b->starts[i]);
    struct fct_bytes bytes;
    if (b->starts[i + 1] <= b->body.n) {
        bytes = bytes_of(b->body.p + b->starts[i], n);
    } else {
        if (n > 2 * (size_t)PACK_CHUNK)
            return fail_damaged(b, err);
        if (packs_read(b->store->packs, &b->place, b->starts[i], buf_reserve(&frame, n), n, err) < 0)
            return -1;
        bytes = bytes_of(frame.p, n);
    }
    if (dicts_decompress(b->store->dicts, bytes, b->record.dictionary, out, chunk_length(b, i), err) < 0)
        return fct_error_prefix(err, "packs/%06lld.pack at offset %llu", (long long)b->place.pack,
                                (unsigned long long)b->place.offset);
    return 0;
}

typedef int (*write_fn)(void *ctx, struct fct_bytes data, struct fct_error *err);

static int write_range(const struct stored *b, uint64_t offset, uint64_t length, write_fn write, void *ctx,
                       struct fct_error *err)
{
    uint64_t end = b->record.raw_size;
    if (offset >= end || length == 0)
        return 0;
    if (length < end - offset)
        end = offset + length;
    CLEANUP(freep) char *chunk = xmalloc(chunk_length(b, 0) + 1);
    for (uint32_t i = (uint32_t)(offset / b->chunk_size); offset < end; i++) {
        uint64_t start = (uint64_t)i * b->chunk_size;
        uint64_t stop = start + chunk_length(b, i);
        if (read_chunk(b, i, chunk, err) < 0)
            return -1;
        uint64_t until = stop < end ? stop : end;
        if (write(ctx, bytes_of(chunk + (offset - start), (size_t)(until - offset)), err) < 0)
            return -1;
        offset = until;
    }
    return 0;
}

int store_blob_read(struct store_tx *tx, int64_t id, uint64_t offset, uint64_t length, write_fn write, void *ctx,
                    struct fct_error *err)
{
    CLEANUP(stored_done) struct stored b = {0};
    if (stored_open(tx, id, &b, err) < 0)
        return -1;
    return write_range(&b, offset, length, write, ctx, err);
}

/* ---- a whole blob, checked against its hash ---- */

static int check_hash(const struct stored *b, const unsigned char sha256[32], struct fct_error *err)
{
    return memcmp(sha256, b->record.sha256, 32) == 0 ? 0 : fail_damaged(b, err);
}

static int view_in_memory(const struct stored *b, struct blob_view *out, struct fct_error *err)
{
    unsigned char sha256[32];
    size_t n = (size_t)b->record.raw_size;

    CLEANUP(freep) char *heap = xmalloc(n + 1);
    for (uint32_t i = 0; i < b->n_chunks; i++)
        if (read_chunk(b, i, heap + (size_t)i * b->chunk_size, err) < 0)
            return -1;
    sha256_of(bytes_of(heap, n), sha256);
    if (check_hash(b, sha256, err) < 0)
        return -1;
    heap[n] = '\0';
    out->bytes = bytes_of(heap, n);
    out->heap = TAKE(heap);
    return 0;
}

struct copy {
    int fd;
    struct sha256 hash;
};

static void copy_done(struct copy *c)
{
    closep(&c->fd);
    sha256_done(&c->hash);
}

static int copy_piece(void *ctx, struct fct_bytes data, struct fct_error *err)
{
    struct copy *c = ctx;
    sha256_add(&c->hash, data);
    return store_tempfile_write(c->fd, data, err);
}

/* The whole blob into an open file. */
static int copy_all(const struct stored *b, struct copy *c, struct fct_error *err)
{
    unsigned char sha256[32];

    sha256_init(&c->hash);
    if (write_range(b, 0, UINT64_MAX, copy_piece, c, err) < 0)
        return -1;
    sha256_end(&c->hash, sha256);
    return check_hash(b, sha256, err);
}

static int view_mapped(const struct stored *b, struct blob_view *out, struct fct_error *err)
{
    CLEANUP(copy_done) struct copy c = {.fd = -1};

    if (store_tempfile_new(b->store, &c.fd, err) < 0 || copy_all(b, &c, err) < 0)
        return -1;
    size_t n = (size_t)b->record.raw_size;
    void *map = mmap(NULL, n, PROT_READ, MAP_PRIVATE, c.fd, 0);
    if (map == MAP_FAILED)
        return fct_fail_errno(err, errno, "cannot map %zu bytes", n);
    *out = (struct blob_view){.bytes = bytes_of(map, n), .map = map, .map_size = n};
    return 0;
}

int store_blob_view(struct store_tx *tx, int64_t id, struct blob_view *out, struct fct_error *err)
{
    CLEANUP(stored_done) struct stored b = {0};

    *out = (struct blob_view){0};
    if (stored_open(tx, id, &b, err) < 0)
        return -1;
    return b.record.raw_size <= BLOB_HEAP_BYTES ? view_in_memory(&b, out, err) : view_mapped(&b, out, err);
}

void blob_view_done(struct blob_view *v)
{
    if (v->map)
        munmap(v->map, v->map_size);
    free(v->heap);
    *v = (struct blob_view){0};
}

/* ---- looking whether it is intact, and mending it ---- */

/* Others of the disk's errors are nothing that a blob could help. */
static bool is_damage(const struct fct_error *err)
{
    return err->code == FCT_E_CORRUPT || err->code == FCT_E_NOT_FOUND || err->code == FCT_E_BLOB_NOT_FOUND ||
           err->code == FCT_E_IO;
}

struct hashing {
    struct sha256 hash;
};

static void hashing_done(struct hashing *h)
{
    sha256_done(&h->hash);
}

static int hash_piece(void *ctx, struct fct_bytes data, struct fct_error *err)
{
    struct hashing *h = ctx;
    (void)err;
    sha256_add(&h->hash, data);
    return 0;
}

static int check_whole(struct store_tx *tx, int64_t id, struct fct_error *err)
{
    CLEANUP(stored_done) struct stored b = {0};
    CLEANUP(hashing_done) struct hashing h = {0};
    unsigned char sha256[32];

    sha256_init(&h.hash);
    if (stored_open(tx, id, &b, err) < 0 || write_range(&b, 0, UINT64_MAX, hash_piece, &h, err) < 0)
        return -1;
    sha256_end(&h.hash, sha256);
    return check_hash(&b, sha256, err);
}

int store_blob_check(struct store_tx *tx, int64_t id, bool whole, bool *out_is_good, struct fct_error *err)
{
    unsigned char sha256[32];
    struct fct_error why = {0};

    *out_is_good = true;
    int result = whole ? check_whole(tx, id, &why) : store_blob_sha256(tx, id, sha256, &why);
    if (result == 0)
        return whole ? 0 : is_where_it_was(tx, id, sha256, out_is_good, err);
    *out_is_good = false;
    if (is_damage(&why))
        return 0;
    if (err)
        *err = why;
    return -1;
}

int store_blob_replace(struct store_tx *tx, int64_t id, struct blob_stage *s, bool *out_replaced, struct fct_error *err)
{
    unsigned char sha256[32];
    struct pack_place place;

    *out_replaced = false;
    if (store_blob_sha256(tx, id, sha256, err) < 0)
        return -1;
    if (memcmp(sha256, blob_stage_sha256(s), sizeof(sha256)) != 0)
        return 0;
    if (packs_append(store_of(tx)->packs, &s->record, buf_bytes(&s->body), s->fd, &place, err) < 0 ||
        move_to(tx, id, &place, err) < 0)
        return -1;
    *out_replaced = true;
    return 0;
}

/* ---- descriptors for other processes ---- */

static int new_output(struct store *st, uint64_t size, int *out_fd, struct fct_error *err)
{
    if (size > BLOB_HEAP_BYTES)
        return store_tempfile_new(st, out_fd, err);
    *out_fd = memfd_create("blob", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return *out_fd < 0 ? fct_fail_errno(err, errno, "cannot make a file in memory") : 0;
}

/* The same file once more, by its number, so that the descriptor that is given away cannot write. */
static int finish_output(int fd, uint64_t size, int *out_fd, struct fct_error *err)
{
    char path[64];

    if (size <= BLOB_HEAP_BYTES && fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        return fct_fail_errno(err, errno, "cannot seal a file in memory");
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int read_only = open(path, O_RDONLY | O_CLOEXEC);
    if (read_only < 0)
        return fct_fail_errno(err, errno, "cannot open %s", path);
    *out_fd = read_only;
    return 0;
}

int store_blob_fd(struct store_tx *tx, int64_t id, int *out_fd, struct fct_error *err)
{
    CLEANUP(stored_done) struct stored b = {0};
    CLEANUP(copy_done) struct copy c = {.fd = -1};

    if (stored_open(tx, id, &b, err) < 0 || new_output(b.store, b.record.raw_size, &c.fd, err) < 0 ||
        copy_all(&b, &c, err) < 0)
        return -1;
    return finish_output(c.fd, b.record.raw_size, out_fd, err);
}

int store_upload_fd(struct store *st, int *out_fd, struct fct_error *err)
{
    return store_tempfile_new(st, out_fd, err);
}

int store_bytes_fd(struct store *st, struct fct_bytes bytes, int *out_fd, struct fct_error *err)
{
    CLEANUP(closep) int fd = -1;
    if (new_output(st, bytes.n, &fd, err) < 0 || store_tempfile_write(fd, bytes, err) < 0)
        return -1;
    return finish_output(fd, bytes.n, out_fd, err);
}
