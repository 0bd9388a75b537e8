#include "framing.h"

/* A line's memory is kept for the next one only if it is small: a thousand idle clients should cost little. */
#define KEEP_LINE_MAX 4096

static void forget_line(struct framer *f)
{
    if (f->line.n) /* it may have held a password */
        explicit_bzero(f->line.p, f->line.n);
    if (f->line.cap > KEEP_LINE_MAX)
        buf_done(&f->line);
    else
        buf_clear(&f->line);
    f->line_is_taken = false;
}

void framing_add(struct buf *b, struct fct_bytes part)
{
    if (b->cap < b->n + part.n + 1) { /* no realloc: it may leave the old bytes where they were */
        struct buf larger = {0};
        buf_reserve(&larger, b->n + part.n + 1 > 2 * b->cap ? b->n + part.n + 1 : 2 * b->cap);
        if (b->n) {
            buf_add(&larger, b->p, b->n);
            explicit_bzero(b->p, b->n);
        }
        buf_done(b);
        *b = larger;
    }
    buf_add(b, part.p, part.n);
}

static bool is_blank(struct fct_bytes line)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] != ' ' && line.p[i] != '\t' && line.p[i] != '\r')
            return false;
    return true;
}

static struct fct_bytes without_cr(struct fct_bytes line)
{
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

/* The part of a line that came with this input, its end excluded. */
static enum frame_kind end_line(struct framer *f, struct fct_bytes part, struct fct_bytes *out_text)
{
    if (f->skipping) {
        f->skipping = false;
        return FRAME_NONE;
    }
    if (f->line.n + part.n > f->max_line) {
        forget_line(f);
        return FRAME_TOO_LONG;
    }
    struct fct_bytes line = part;
    if (f->line.n) {
        framing_add(&f->line, part);
        f->line_is_taken = true;
        line = buf_bytes(&f->line);
    }
    if (is_blank(line))
        return FRAME_NONE;
    *out_text = without_cr(line);
    return FRAME_TEXT;
}

static enum frame_kind keep_part(struct framer *f, struct fct_bytes part)
{
    if (f->skipping)
        return FRAME_NONE;
    if (f->line.n + part.n > f->max_line) {
        forget_line(f);
        f->skipping = true;
        return FRAME_TOO_LONG;
    }
    if (part.n)
        framing_add(&f->line, part);
    return FRAME_NONE;
}

enum frame_kind framer_next(struct framer *f, struct fct_bytes *input, struct fct_bytes *out_text)
{
    if (f->line_is_taken)
        forget_line(f);
    while (input->n) {
        const char *lf = memchr(input->p, '\n', input->n);
        struct fct_bytes part = bytes_of(input->p, lf ? (size_t)(lf - input->p) : input->n);
        size_t taken = part.n + (lf ? 1 : 0);
        input->p += taken;
        input->n -= taken;
        enum frame_kind kind = lf ? end_line(f, part, out_text) : keep_part(f, part);
        if (kind != FRAME_NONE)
            return kind;
        if (f->line_is_taken)
            forget_line(f);
    }
    return FRAME_NONE;
}

void framer_skip(struct framer *f)
{
    forget_line(f);
    buf_done(&f->line);
    f->skipping = true;
}

bool framer_is_empty(const struct framer *f)
{
    return (f->line.n == 0 || f->line_is_taken) && !f->skipping;
}

void framer_done(struct framer *f)
{
    forget_line(f);
    buf_done(&f->line);
    f->skipping = f->line_is_taken = false;
}

size_t json_text_depth(struct fct_bytes text, size_t limit)
{
    size_t depth = 0, deepest = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > deepest)
                deepest = depth;
            if (deepest > limit)
                return deepest;
        } else if ((c == ']' || c == '}') && depth) {
            depth--;
        }
    }
    return deepest;
}

size_t json_text_values(struct fct_bytes text, size_t limit)
{
    size_t n = 1;
    bool in_string = false;
    for (size_t i = 0; i < text.n && n <= limit; i++) {
        char c = text.p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == ',' || c == '[' || c == '{') {
            n++;
        }
    }
    return n;
}
