/* framing.h - one JSON text a line: bytes that come in pieces become texts.
 *
 * A parser without I/O. Empty lines are skipped, a CR before the LF is dropped. A line over the limit is told once and
 * its bytes are thrown away up to its LF; what follows is read as ever, so a request that is too large costs an error
 * and not the connection. A text is looked over before it is parsed: brackets nested deeper than the limit would cost
 * stack further on, and too many values memory.
 *
 *   while ((kind = framer_next(&f, &input, &text)) != FRAME_NONE) ...
 *
 * Ownership  struct framer is the caller's; framer_done frees what it keeps of an unfinished line.
 * Threads    any; one framer on one thread at a time.
 */
#ifndef API_FRAMING_H
#define API_FRAMING_H

#include "base/buf.h"

struct framer {
    size_t max_line;    /* bytes, the LF not counted */
    struct buf line;    /* the beginning of a line whose end has not come */
    bool skipping;      /* the line was too long: to its end nothing is kept */
    bool line_is_taken; /* `line` was handed out and is cleared at the next call */
};

enum frame_kind {
    FRAME_NONE,    /* all input is taken, no line is complete */
    FRAME_TEXT,    /* *out_text is a line */
    FRAME_TOO_LONG /* a line was longer than max_line */
};

/* Takes bytes from the front of *input until a line is complete. *out_text is valid until the next call and as long as
 * the input's memory is. */
enum frame_kind framer_next(struct framer *f, struct fct_bytes *input, struct fct_bytes *out_text);
/* Forgets the unfinished line, its end included when that comes. */
void framer_skip(struct framer *f);
/* Whether nothing of an unfinished line is kept. */
bool framer_is_empty(const struct framer *f);
void framer_done(struct framer *f);

/* The deepest nesting of brackets in a JSON text, strings left out; stops counting beyond `limit`. For a text that is
 * no JSON any number may come out, but never one over what its brackets allow. */
size_t json_text_depth(struct fct_bytes text, size_t limit);
/* How many values a JSON text holds, at most: one for each comma and each bracket that opens, and one more. Stops
 * counting beyond `limit`. Two bytes of text become hundreds in memory ("{}"). */
size_t json_text_values(struct fct_bytes text, size_t limit);

/* Appends. What moves when it grows leaves nothing behind: whatever clients send may hold a password. */
void framing_add(struct buf *b, struct fct_bytes part);

#endif
