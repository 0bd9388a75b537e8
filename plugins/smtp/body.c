/* body.c - the message on the wire: DATA with its dots (RFC 5321 section 4.5.2), or BDAT (RFC 3030).
 *
 * o->commit is called when everything has gone out but the last bytes, those without which no server can take the
 * message for whole: the line with the dot, or the last chunk.
 */
#include "session.h"

#include <stdio.h>
#include <string.h>

/* Up to here a message goes out in one piece with its dot: what the kernel takes is no nearer to the server than what
 * we hold, so to hand it over first would tell nothing more, and wake the server once more. */
#define SMALL_BYTES 32768
#define CHUNK_BYTES ((size_t)256 << 10)
#define LAST_BYTES 512  /* of a message that is larger than small, the last chunk */
#define FINAL_FACTOR 10 /* RFC 5321 section 4.5.3.2.6: ten minutes where others have one */
#define BLOCK_FACTOR 3  /* section 4.5.3.2.5 */

/* ---- lines that may leave ---------------------------------------------------------------------------------- */

struct lines {
    uint64_t octets;
    bool is_start; /* of a line */
    bool has_cr;   /* the last byte was a CR */
};

/* False for a bare CR or LF, and for NUL: a server may take them for the end of a line, and what follows for commands.
 */
static bool lines_check(struct lines *l, struct fct_bytes part)
{
    for (size_t i = 0; i < part.n; i++) {
        char c = part.p[i];
        if ((c == '\n') != l->has_cr || c == '\0')
            return false;
        l->has_cr = c == '\r';
        l->is_start = c == '\n';
    }
    l->octets += part.n;
    return true;
}

static int fail_lines(struct fct_error *err)
{
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER,
                    "the message has a line that does not end in CRLF, or a NUL; it was not sent");
}

static int fail_octets(const struct lines *l, const struct fct_envelope *e, struct fct_error *err)
{
    return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER,
                    "the message has %llu bytes, not the %llu that were announced", (unsigned long long)l->octets,
                    (unsigned long long)e->octets);
}

static int read_part(const struct fct_outgoing *o, struct lines *l, struct fct_bytes *out, struct fct_error *err)
{
    if (o->read(o->ctx, out, err) < 0)
        return -1;
    return lines_check(l, *out) ? 0 : fail_lines(err);
}

static int check_end(const struct lines *l, const struct fct_envelope *e, struct fct_error *err)
{
    if (l->octets != e->octets)
        return fail_octets(l, e, err);
    return l->is_start ? 0 : fail_lines(err);
}

/* ---- the end of both ---------------------------------------------------------------------------------------- */

static int write_bytes(struct smtp_session *s, struct fct_bytes bytes, struct fct_error *err)
{
    return fct_host->conn_write(s->conn, bytes, err) < 0 ? smtp_break(s, err) : 0;
}

/* A server that answers before it has everything has something against it. */
static int check_silence(struct smtp_session *s, struct fct_error *err)
{
    if (!fct_host->conn_has_input(s->conn))
        return 0;
    if (smtp_read_reply(s, 0, err) < 0)
        return -1;
    smtp_fail_reply(s, "the message", err);
    return smtp_break(s, err);
}

static int commit(struct smtp_session *s, const struct fct_outgoing *o, struct fct_sent *out, struct fct_error *err)
{
    if (check_silence(s, err) < 0 || o->commit(o->ctx, err) < 0)
        return -1;
    out->fate = FCT_FATE_UNKNOWN;
    return 0;
}

static int take_final(struct smtp_session *s, struct fct_sent *out, struct fct_error *err)
{
    if (smtp_read_reply(s, FINAL_FACTOR * s->ep.io_timeout_ms, err) < 0)
        return -1;
    struct fct_bytes words = smtp_reply_words(s);
    size_t n = words.n < sizeof(out->reply) - 1 ? words.n : sizeof(out->reply) - 1;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)words.p[i];
        out->reply[i] = c < ' ' || c >= 0x7f ? '?' : (char)c;
    }
    out->reply[n] = '\0';
    if (s->reply.code / 100 == 2) {
        out->fate = FCT_FATE_SENT;
        return 0;
    }
    if (s->reply.code >= 400)
        out->fate = FCT_FATE_NOT_SENT;
    smtp_fail_reply(s, "the message", err);
    return -1;
}

/* ---- DATA --------------------------------------------------------------------------------------------------- */

static const char *find_dot_line(const char *p, size_t n, bool is_start)
{
    if (is_start && n > 0 && p[0] == '.')
        return p;
    const char *found = memmem(p, n, "\n.", 2);
    return found ? found + 1 : NULL;
}

/* A dot before each line that begins with one. `is_start`: the part begins a line. */
static int write_stuffed(struct smtp_session *s, struct fct_bytes part, bool is_start, struct fct_error *err)
{
    static const struct fct_bytes dot = {".", 1};
    const char *at = part.p, *end = part.p + part.n;
    while (at < end) {
        const char *line = find_dot_line(at, (size_t)(end - at), is_start);
        size_t n = line ? (size_t)(line - at) : (size_t)(end - at);
        if ((n > 0 && write_bytes(s, (struct fct_bytes){at, n}, err) < 0) || (line && write_bytes(s, dot, err) < 0))
            return -1;
        if (!line)
            return 0;
        if (write_bytes(s, (struct fct_bytes){line, 1}, err) < 0)
            return -1;
        at = line + 1;
        is_start = false;
    }
    return 0;
}

static int write_message(struct smtp_session *s, const struct fct_envelope *e, const struct fct_outgoing *o,
                         struct fct_error *err)
{
    struct lines l = {.is_start = true};
    struct fct_bytes part;
    do {
        bool is_start = l.is_start;
        if (read_part(o, &l, &part, err) < 0 || write_stuffed(s, part, is_start, err) < 0)
            return -1;
    } while (part.n > 0);
    return check_end(&l, e, err);
}

static int send_data(struct smtp_session *s, const struct fct_envelope *e, const struct fct_outgoing *o, bool has_data,
                     struct fct_sent *out, struct fct_error *err)
{
    if (!has_data)
        smtp_put(s, "DATA");
    if ((!has_data && smtp_write(s, err) < 0) || smtp_read_reply(s, 2 * s->ep.io_timeout_ms, err) < 0)
        return -1;
    if (s->reply.code != 354)
        return smtp_fail_reply(s, "the message", err) < 0 && s->reply.code / 100 == 2 ? smtp_break(s, err) : -1;
    /* From here on there is no way back but to hang up: whatever ends it would end the message, too. */
    if (write_message(s, e, o, err) < 0 || (e->octets > SMALL_BYTES && fct_host->conn_flush(s->conn, err) < 0) ||
        commit(s, o, out, err) < 0)
        return smtp_break(s, err);
    smtp_put(s, ".");
    if (smtp_write(s, err) < 0)
        return -1;
    return take_final(s, out, err);
}

/* ---- BDAT --------------------------------------------------------------------------------------------------- */

struct chunks {
    struct smtp_session *s;
    struct wire_buffer chunk;
    size_t n_unanswered;
};

static void chunks_done(struct chunks *c)
{
    wire_buffer_done(&c->chunk);
}

static int take_chunk_answer(struct chunks *c, struct fct_error *err)
{
    struct smtp_session *s = c->s;
    if (smtp_read_reply(s, BLOCK_FACTOR * s->ep.io_timeout_ms, err) < 0)
        return -1;
    c->n_unanswered--;
    if (s->reply.code / 100 == 2)
        return 0;
    smtp_fail_reply(s, "the message", err);
    return c->n_unanswered > 0 ? smtp_break(s, err) : -1;
}

static int write_chunk(struct chunks *c, size_t n, bool is_last, struct fct_error *err)
{
    smtp_put(c->s, is_last ? "BDAT %zu LAST" : "BDAT %zu", n);
    if (write_bytes(c->s, wire_buffer_bytes(&c->s->out), err) < 0)
        return -1;
    c->s->out.n = 0;
    if (write_bytes(c->s, (struct fct_bytes){c->chunk.p, n}, err) < 0)
        return -1;
    if (fct_host->conn_flush(c->s->conn, err) < 0)
        return smtp_break(c->s, err);
    c->n_unanswered++;
    memmove(c->chunk.p, c->chunk.p + n, c->chunk.n - n);
    c->chunk.n -= n;
    return 0;
}

/* All full chunks but the last one: at most one is unanswered when the next goes out. */
static int write_full_chunks(struct chunks *c, uint64_t *left, struct fct_error *err)
{
    size_t ahead = c->s->offer.extensions & SMTP_EXT_PIPELINING ? 1 : 0;
    while (c->chunk.n >= CHUNK_BYTES && *left > CHUNK_BYTES) {
        if (write_chunk(c, CHUNK_BYTES, false, err) < 0)
            return -1;
        *left -= CHUNK_BYTES;
        while (c->n_unanswered > ahead)
            if (take_chunk_answer(c, err) < 0)
                return -1;
    }
    return 0;
}

static int send_chunks(struct smtp_session *s, const struct fct_envelope *e, const struct fct_outgoing *o,
                       struct fct_sent *out, struct fct_error *err)
{
    SCOPED(chunks_done) struct chunks c = {.s = s};
    struct lines l = {.is_start = true};
    uint64_t left = e->octets;
    struct fct_bytes part;
    do {
        if (read_part(o, &l, &part, err) < 0)
            return smtp_break(s, err);
        if (l.octets > e->octets) {
            fail_octets(&l, e, err);
            return smtp_break(s, err);
        }
        wire_buffer_add(&c.chunk, part.p, part.n);
        if (write_full_chunks(&c, &left, err) < 0)
            return -1;
    } while (part.n > 0);
    if (check_end(&l, e, err) < 0)
        return smtp_break(s, err);
    /* What is cut off within the last chunk may have been taken for all we know: so it holds little. */
    if (e->octets > SMALL_BYTES && c.chunk.n > LAST_BYTES && write_chunk(&c, c.chunk.n - LAST_BYTES, false, err) < 0)
        return -1;
    while (c.n_unanswered > 0)
        if (take_chunk_answer(&c, err) < 0)
            return -1;
    if (commit(s, o, out, err) < 0)
        return smtp_break(s, err);
    return write_chunk(&c, c.chunk.n, true, err) < 0 ? -1 : take_final(s, out, err);
}

int smtp_send_body(struct smtp_session *s, const struct fct_envelope *e, const struct fct_outgoing *o, bool has_data,
                   struct fct_sent *out, struct fct_error *err)
{
    return s->offer.extensions & SMTP_EXT_CHUNKING ? send_chunks(s, e, o, out, err)
                                                   : send_data(s, e, o, has_data, out, err);
}
