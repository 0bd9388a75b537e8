#include "async/deflate.h"

#include "base/alloc.h"
#include "base/error.h"

#include <assert.h>
#include <limits.h>
#include <zlib.h>

#define RAW_WINDOW (-15) /* no zlib header: RFC 4978 section 3 */
#define MEMORY_LEVEL 7   /* 192 KiB for what we send, mostly commands */
#define PIECE 16384

struct deflate {
    z_stream in, out;
    bool peer_ended, unflushed;
};

struct deflate *deflate_new(void)
{
    struct deflate *d = XNEW(struct deflate);
    if (inflateInit2(&d->in, RAW_WINDOW) != Z_OK ||
        deflateInit2(&d->out, Z_DEFAULT_COMPRESSION, Z_DEFLATED, RAW_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        abort(); /* out of memory */
    return d;
}

void deflate_free(struct deflate *d)
{
    if (!d)
        return;
    inflateEnd(&d->in);
    deflateEnd(&d->out);
    free(d);
}

static uInt clamp(size_t n)
{
    return n > INT_MAX ? INT_MAX : (uInt)n;
}

int deflate_decode(struct deflate *d, struct bytequeue *from, struct bytequeue *to, size_t max, struct fct_error *err)
{
    if (d->peer_ended)
        return 0;
    size_t room;
    char *at = bytequeue_room(to, max < PIECE ? max : PIECE, &room);
    struct fct_bytes input = bytequeue_bytes(from);
    d->in.next_in = (z_const Bytef *)input.p;
    d->in.avail_in = clamp(input.n);
    uInt avail = clamp(room < max ? room : max);
    d->in.next_out = (Bytef *)at;
    d->in.avail_out = avail;

    /* Also without input: the last call may have stopped for want of room. */
    int rc = inflate(&d->in, Z_SYNC_FLUSH);

    bytequeue_drop(from, clamp(input.n) - d->in.avail_in);
    size_t made = avail - d->in.avail_out;
    bytequeue_grown(to, made);
    if (rc == Z_STREAM_END)
        d->peer_ended = true;
    else if (rc != Z_OK && rc != Z_BUF_ERROR)
        return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "broken compressed data (%s)",
                        d->in.msg ? d->in.msg : "not DEFLATE");
    return made > 0;
}

bool deflate_peer_ended(const struct deflate *d)
{
    return d->peer_ended;
}

static void encode_piece(struct deflate *d, struct fct_bytes data, int how, struct buf *to)
{
    d->out.next_in = (z_const Bytef *)data.p;
    d->out.avail_in = (uInt)data.n;
    do {
        d->out.next_out = (Bytef *)buf_reserve(to, PIECE);
        d->out.avail_out = PIECE;
        int rc = deflate(&d->out, how);
        assert(rc == Z_OK || rc == Z_BUF_ERROR);
        (void)rc;
        buf_grown(to, PIECE - d->out.avail_out);
    } while (d->out.avail_out == 0);
}

void deflate_encode(struct deflate *d, struct fct_bytes data, bool flush, struct buf *to)
{
    while (data.n > 0) {
        size_t n = clamp(data.n);
        encode_piece(d, bytes_of(data.p, n), Z_NO_FLUSH, to);
        data = bytes_of(data.p + n, data.n - n);
        d->unflushed = true;
    }
    if (flush && d->unflushed) {
        encode_piece(d, bytes_of("", 0), Z_SYNC_FLUSH, to);
        d->unflushed = false;
    }
}
