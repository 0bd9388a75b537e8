/* format=flowed, the writing side: RFC 3676 section 4.2. */
#include "mime/text.h"

#include <string.h>

#define DEPTH_MAX 100 /* of quotes; marks beyond it are left out, as each line that is broken repeats them */
#define FLOW_WIDTH 72 /* of a line in characters, quote marks and soft space included */

/* The quote marks at the start of a line, ">>", "> >" and "> > ", and what stands behind them. */
static size_t take_quotes(struct fct_bytes *line)
{
    size_t depth = 0;
    for (;;) {
        size_t at = depth && line->n > 1 && line->p[0] == ' ' && line->p[1] == '>' ? 1 : 0;
        if (at >= line->n || line->p[at] != '>')
            break;
        line->p += at + 1;
        line->n -= at + 1;
        depth++;
    }
    if (depth && line->n && line->p[0] == ' ') {
        line->p++;
        line->n--;
    }
    return depth < DEPTH_MAX ? depth : DEPTH_MAX;
}

/* What a reader takes for something else gets a space in front, which it takes off again. */
static bool needs_stuffing(struct fct_bytes s)
{
    return s.n && (s.p[0] == ' ' || s.p[0] == '>' || (s.n >= 5 && memcmp(s.p, "From ", 5) == 0));
}

static void begin_line(size_t depth, struct fct_bytes rest, struct buf *out)
{
    for (size_t i = 0; i < depth; i++)
        buf_add_char(out, '>');
    if (rest.n && (depth || needs_stuffing(rest)))
        buf_add_char(out, ' ');
}

static bool is_signature_mark(const char *p, size_t n)
{
    return n == 3 && memcmp(p, "-- ", 3) == 0;
}

/* How much of `s` goes on a line that has `room` characters: up to behind a space, or all of it. */
static size_t soft_break(struct fct_bytes s, size_t room)
{
    size_t chars = 0, best = 0;
    for (size_t i = 0; i < s.n; i++) {
        chars += ((unsigned char)s.p[i] & 0xC0) != 0x80;
        if (chars > room && best)
            return best;
        bool breaks = s.p[i] == ' ' && i + 1 < s.n && s.p[i + 1] != ' ';
        if (breaks && !is_signature_mark(s.p, i + 1)) /* a line "-- " would be a signature's */
            best = i + 1;
    }
    return chars > room && best ? best : s.n;
}

static void flow_line(struct fct_bytes line, struct buf *out)
{
    size_t depth = take_quotes(&line);
    if (!is_signature_mark(line.p, line.n))
        while (line.n && line.p[line.n - 1] == ' ')
            line.n--; /* would be a soft break */
    size_t room = depth + 1 < FLOW_WIDTH / 2 ? FLOW_WIDTH - depth - 1 : FLOW_WIDTH / 2;
    do {
        size_t n = soft_break(line, room);
        begin_line(depth, line, out);
        if (n)
            buf_add(out, line.p, n);
        buf_add_char(out, '\n');
        line.p += n;
        line.n -= n;
    } while (line.n);
}

void text_flow(struct fct_bytes text, struct buf *out)
{
    while (text.n) {
        const char *nl = memchr(text.p, '\n', text.n);
        size_t n = nl ? (size_t)(nl - text.p) : text.n, with_end = nl ? n + 1 : n;
        if (n && text.p[n - 1] == '\r')
            n--;
        flow_line(bytes_of(text.p, n), out);
        if (!nl && out->n) { /* there was no line end */
            out->n--;
            out->p[out->n] = '\0';
        }
        text.p += with_end;
        text.n -= with_end;
    }
}
