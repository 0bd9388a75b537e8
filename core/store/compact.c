/* Giving back the room of dead bytes. The live records of a pack are appended to the current one, a few megabytes a
 * job, and their rows follow in the same transaction; when nothing refers to the old pack any more, it is unlinked. A
 * crash at any point leaves bytes that are dead, or a pack that holds only dead ones: the next run removes them. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "store/blobs.h"
#include "store/inside.h"

#define JOB_ROWS 500
#define JOB_BYTES (8u << 20)

struct compaction {
    int percent;
    int64_t after; /* packs up to here have been looked at */
    int64_t pack;  /* the one at hand, 0: none is left */
    uint64_t size, live;
    int64_t last_offset; /* records up to here have been moved */
    bool is_done, is_damaged;
};

static int live_bytes(struct store_tx *tx, int64_t pack, uint64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT ifnull(sum(stored_size), 0) FROM blob WHERE pack = ?1");
    sqlite3_bind_int64(q, 1, pack);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out = (uint64_t)sqlite3_column_int64(q, 0);
    store_reset(q);
    return 0;
}

static int find_sparse(struct store_tx *tx, void *arg, struct fct_error *err)
{
    CLEANUP(freep) struct pack_info *list = NULL;
    struct compaction *c = arg;
    struct packs *packs = store_of(tx)->packs;
    size_t n = 0;

    int64_t current = packs_current(packs);
    if (packs_list(packs, &list, &n, err) < 0)
        return -1;
    c->pack = 0;
    for (size_t i = 0; i < n && c->pack == 0; i++) {
        if (list[i].pack <= c->after || list[i].pack >= current)
            continue;
        c->after = list[i].pack;
        c->size = list[i].size;
        if (live_bytes(tx, list[i].pack, &c->live, err) < 0)
            return -1;
        if (c->live + PACK_FILE_HEADER < c->size && (c->size - c->live) * 100 > c->size * (uint64_t)c->percent)
            c->pack = list[i].pack;
    }
    return 0;
}

static int move_row(struct store_tx *tx, int64_t id, const struct pack_place *from, struct fct_error *err)
{
    struct pack_place to;

    if (packs_copy(store_of(tx)->packs, from, &to, err) < 0)
        return -1;
    sqlite3_stmt *q = store_stmt(tx, "UPDATE blob SET pack = ?2, offset = ?3 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, to.pack);
    sqlite3_bind_int64(q, 3, (int64_t)to.offset);
    return store_run_one(tx, q, err);
}

/* The next row that is still in the pack: 1, 0, -1. */
static int next_row(struct store_tx *tx, struct compaction *c, int64_t *out_id, struct pack_place *out,
                    struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id, offset, stored_size FROM blob WHERE pack = ?1 AND offset > ?2 "
                                     "ORDER BY offset LIMIT 1");
    sqlite3_bind_int64(q, 1, c->pack);
    sqlite3_bind_int64(q, 2, c->last_offset);
    int has_row = store_step(tx, q, err);
    if (has_row > 0) {
        *out_id = sqlite3_column_int64(q, 0);
        c->last_offset = sqlite3_column_int64(q, 1);
        *out = (struct pack_place){c->pack, (uint64_t)sqlite3_column_int64(q, 1), (uint64_t)sqlite3_column_int64(q, 2)};
        store_reset(q);
    }
    return has_row;
}

static int move_some(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct compaction *c = arg;
    struct pack_place from;
    uint64_t bytes = 0;
    int64_t id = 0;

    for (int rows = 0; rows < JOB_ROWS && bytes < JOB_BYTES; rows++) {
        struct fct_error why = {0};
        int has_row = next_row(tx, c, &id, &from, err);
        if (has_row < 0)
            return -1;
        c->is_done = has_row == 0;
        if (c->is_done)
            return 0;
        bytes += from.size;
        if (move_row(tx, id, &from, &why) == 0)
            continue;
        if (why.code != FCT_E_CORRUPT) {
            if (err)
                *err = why;
            return -1;
        }
        log_warn("store", "%s: the pack is kept", why.message); /* what is damaged is not thrown away */
        c->is_damaged = true;
    }
    return 0;
}

static int remove_pack(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct compaction *c = arg;
    struct store *st = store_of(tx);
    uint64_t live = 0;

    if (live_bytes(tx, c->pack, &live, err) < 0)
        return -1;
    if (live > 0)
        return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "pack %lld is still in use", (long long)c->pack);
    /* The rows were moved by an earlier transaction: whoever begins to read from now on does not look here. */
    if (packs_retire(st->packs, c->pack, store_readers_next_epoch(st->readers), err) < 0)
        return -1;
    packs_forget_retired(st->packs, store_readers_oldest_epoch(st->readers));
    return 0;
}

int store_packs_compact(struct store *st, int percent, uint64_t *out_freed, struct fct_error *err)
{
    struct compaction c = {.percent = percent};
    uint64_t freed = 0;

    for (;;) {
        if (store_read(st, find_sparse, &c, err) < 0)
            return -1;
        if (c.pack == 0)
            break;
        c.last_offset = 0;
        c.is_done = c.is_damaged = false;
        while (!c.is_done)
            if (store_go_on(err) < 0 || store_write(st, move_some, &c, err) < 0)
                return -1;
        if (c.is_damaged)
            continue;
        if (store_write(st, remove_pack, &c, err) < 0)
            return -1;
        freed += c.size - c.live;
    }
    if (out_freed)
        *out_freed = freed;
    return 0;
}
