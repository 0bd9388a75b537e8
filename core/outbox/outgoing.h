/* outgoing.h - a message as it goes to a server: CRLF line ends, and without what is nobody else's business.
 *
 * The bytes that are kept stay as they are; what goes out is made of them while it is read. LF becomes CRLF, the last line gets
 * an end, Bcc and Resent-Bcc are left away (RFC 8621 section 7.5). A CR that stands alone, and a NUL, cannot be sent.
 *
 * Threads    pure: any. A scan of a large message takes milliseconds: not on the loop.
 */
#ifndef OUTBOX_OUTGOING_H
#define OUTBOX_OUTGOING_H

#include "base/buf.h"

#define OUTGOING_PIECE ((size_t)64 << 10)

/* What is to be known before the first byte. */
struct outgoing_facts {
    uint64_t octets;           /* as it goes out */
    bool has_8bit_header, has_8bit_body;
    bool is_broken;            /* a bare CR or a NUL: it cannot be sent */
    bool has_from, has_date, has_message_id, has_resent_from;
    unsigned n_from, n_sender; /* fields of that name */
};
void outgoing_scan(struct fct_bytes raw, struct outgoing_facts *out);

struct outgoing {
    struct fct_bytes raw; /* borrowed */
    size_t at;
    bool is_in_body, is_left_out; /* the field that is being read */
    bool is_in_line;              /* a part of a long one was given */
};
static inline struct outgoing outgoing_of(struct fct_bytes raw)
{
    return (struct outgoing){.raw = raw};
}
/* Some more of it, at most twice OUTGOING_PIECE and two bytes, into the emptied `out`; nothing at the end. */
void outgoing_next(struct outgoing *o, struct buf *out);

/* An address as a server is told: the domain in ASCII (RFC 5890). False: it is none. */
bool outgoing_address(const char *address, struct buf *out);

#endif
