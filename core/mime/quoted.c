#include "mime/quoted.h"

#include <ctype.h>

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static char *put_held(struct quoted *s, char *to)
{
    memcpy(to, s->held, s->n_held);
    to += s->n_held;
    s->n_held = 0;
    return to;
}

static void hold(struct quoted *s, char c)
{
    s->held[s->n_held++] = c;
}

/* Plain text from `in` on, up to what needs a state. */
static const char *copy_text(const char *in, const char *end, char **to)
{
    char *out = *to;
    while (in < end && *in != '=' && !is_blank(*in))
        *out++ = *in++;
    *to = out;
    return in;
}

/* White space was held and `c` is something else. */
static void after_space(struct quoted *s, char c, char **to)
{
    if (c == '\r' || c == '\n')
        s->n_held = 0;
    *to = put_held(s, *to);
    s->state = QUOTED_TEXT;
}

/* An '=' stands before `c`. Whether `c` is done with. */
static bool after_equals(struct quoted *s, char c, char **to)
{
    if (hex_value(c) >= 0) {
        s->first = c;
        s->state = QUOTED_HEX;
        return true;
    }
    if (is_blank(c)) {
        hold(s, c);
        s->state = QUOTED_BREAK;
        return true;
    }
    s->state = c == '\r' ? QUOTED_BREAK_CR : QUOTED_TEXT;
    if (c == '\r' || c == '\n')
        return true;
    *(*to)++ = '=';
    return false;
}

static bool after_digit(struct quoted *s, char c, char **to)
{
    s->state = QUOTED_TEXT;
    if (hex_value(c) >= 0) {
        *(*to)++ = (char)(hex_value(s->first) << 4 | hex_value(c));
        return true;
    }
    *(*to)++ = '=';
    *(*to)++ = s->first;
    return false;
}

/* White space behind an '=': padding of a soft line break, if the line ends here. */
static bool after_break(struct quoted *s, char c, char **to)
{
    if (is_blank(c) && s->n_held < QUOTED_HELD_MAX) {
        hold(s, c);
        return true;
    }
    if (c == '\r' || c == '\n') {
        s->n_held = 0;
        s->state = c == '\r' ? QUOTED_BREAK_CR : QUOTED_TEXT;
        return true;
    }
    *(*to)++ = '=';
    *to = put_held(s, *to);
    s->state = QUOTED_TEXT;
    return false;
}

size_t quoted_decode_step(struct quoted *s, const char *in, size_t n, char *out)
{
    const char *end = in + n;
    char *to = out;
    while (in < end) {
        char c = *in;
        switch (s->state) {
        case QUOTED_TEXT:
            in = copy_text(in, end, &to);
            if (in < end) {
                s->state = *in == '=' ? QUOTED_EQUALS : QUOTED_SPACE;
                in += *in == '=';
            }
            break;
        case QUOTED_SPACE:
            if (!is_blank(c)) {
                after_space(s, c, &to);
                break;
            }
            if (s->n_held == QUOTED_HELD_MAX)
                to = put_held(s, to);
            hold(s, c);
            in++;
            break;
        case QUOTED_EQUALS:
            in += after_equals(s, c, &to);
            break;
        case QUOTED_HEX:
            in += after_digit(s, c, &to);
            break;
        case QUOTED_BREAK:
            in += after_break(s, c, &to);
            break;
        case QUOTED_BREAK_CR:
            s->state = QUOTED_TEXT;
            in += c == '\n';
            break;
        }
    }
    return (size_t)(to - out);
}

size_t quoted_decode_end(struct quoted *s, char out[2])
{
    if (s->state != QUOTED_HEX)
        return 0;
    out[0] = '=';
    out[1] = s->first;
    return 2;
}
