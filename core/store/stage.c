/* Blobs on their way in: hashed and compressed on a worker, before the writer has anything to do with them. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/sha256.h"
#include "store/inside.h"
#include "store/stage.h"

#include <assert.h>
#include <zlib.h>

struct blob_stage *blob_stage_new(struct store *st)
{
    struct blob_stage *s = XNEW(struct blob_stage);
    s->store = st;
    s->fd = -1;
    sha256_init(&s->hash);
    return s;
}

void blob_stage_free(struct blob_stage *s)
{
    if (!s)
        return;
    if (s->place.pack)
        packs_unclaim(s->store->packs, s->place.pack);
    sha256_done(&s->hash);
    buf_done(&s->raw);
    buf_done(&s->body);
    closep(&s->fd);
    free(s);
}

static void put32(struct buf *b, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        buf_add_char(b, (char)(v >> (8 * i)));
}

/* One chunk of the original goes to the temporary file; its size to the table. */
static int spill_chunk(struct blob_stage *s, struct fct_bytes chunk, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf frame = {0};
    uint32_t dictionary;

    if (s->fd < 0 && store_tempfile_new(s->store, &s->fd, err) < 0)
        return -1;
    dicts_compress(s->store->dicts, chunk, false, &frame, &dictionary);
    if (store_tempfile_write(s->fd, buf_bytes(&frame), err) < 0)
        return -1;
    put32(&s->body, (uint32_t)frame.n);
    s->record.body_size += frame.n;
    return 0;
}

static int spill(struct blob_stage *s, bool to_the_end, struct fct_error *err)
{
    size_t at = 0;
    for (; s->raw.n - at >= PACK_CHUNK; at += PACK_CHUNK)
        if (spill_chunk(s, bytes_of(s->raw.p + at, PACK_CHUNK), err) < 0)
            return -1;
    if (to_the_end && at < s->raw.n) {
        if (spill_chunk(s, bytes_of(s->raw.p + at, s->raw.n - at), err) < 0)
            return -1;
        at = s->raw.n;
    }
    buf_consume(&s->raw, at);
    return 0;
}

int blob_stage_add(struct blob_stage *s, struct fct_bytes data, struct fct_error *err)
{
    assert(!s->is_finished);
    if (data.n > BLOB_MAX_BYTES - s->record.raw_size)
        return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER,
                        "larger than %llu MiB, the most that is kept in one piece",
                        (unsigned long long)(BLOB_MAX_BYTES >> 20));
    if (data.n == 0)
        return 0;
    sha256_add(&s->hash, data);
    s->record.raw_size += data.n;
    while (data.n > 0) { /* in steps, so that memory stays bounded whatever the caller hands over at once */
        size_t n = data.n < BLOB_SMALL_BYTES ? data.n : BLOB_SMALL_BYTES;
        buf_add(&s->raw, data.p, n);
        data = bytes_of(data.p + n, data.n - n);
        if (s->record.raw_size > BLOB_SMALL_BYTES && spill(s, false, err) < 0)
            return -1;
    }
    return 0;
}

/* What follows the record header in memory: a small blob's frame, or the table of a large one. */
static void finish_small(struct blob_stage *s)
{
    struct buf body = {0};

    dicts_sample(s->store->dicts, buf_bytes(&s->raw));
    dicts_compress(s->store->dicts, buf_bytes(&s->raw), true, &body, &s->record.dictionary);
    s->record.body_size = body.n;
    s->body.p = xrealloc(body.p, body.n); /* the room for the worst case is returned: many wait for the writer */
    s->body.n = s->body.cap = body.n;
}

int blob_stage_finish(struct blob_stage *s, struct fct_error *err)
{
    assert(!s->is_finished);
    sha256_end(&s->hash, s->record.sha256);
    sha256_done(&s->hash);
    if (s->record.raw_size <= BLOB_SMALL_BYTES) {
        finish_small(s);
    } else {
        if (spill(s, true, err) < 0)
            return -1;
        s->record.flags = PACK_CHUNKED;
        put32(&s->body, (uint32_t)crc32(0, (const Bytef *)s->body.p, (uInt)s->body.n));
        s->record.body_size += s->body.n;
    }
    buf_done(&s->raw);
    s->raw = (struct buf){0};
    s->is_finished = true;
    return 0;
}

const unsigned char *blob_stage_sha256(const struct blob_stage *s)
{
    assert(s->is_finished);
    return s->record.sha256;
}

uint64_t blob_stage_size(const struct blob_stage *s)
{
    return s->record.raw_size;
}

bool blob_stage_is_large(const struct blob_stage *s)
{
    return s->record.body_size >= BLOB_LARGE_BYTES;
}

int store_blob_claim(struct store_tx *tx, struct blob_stage *s, struct fct_error *err)
{
    assert(s->is_finished && !s->place.pack);
    return packs_claim(store_of(tx)->packs, PACK_RECORD_HEADER + s->record.body_size, &s->place, err);
}

int blob_stage_fill(struct blob_stage *s, struct fct_error *err)
{
    if (packs_fill(s->store->packs, &s->place, &s->record, buf_bytes(&s->body), s->fd, err) < 0)
        return -1;
    s->is_filled = true;
    return 0;
}
