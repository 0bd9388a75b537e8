#include "json_write.h"

#include <stdint.h>

#define EACH(byte) (0x0101010101010101u * (uint64_t)(byte))

struct writer {
    struct buf *out;
    size_t left;
    unsigned depth;
};

static bool put(struct writer *w, const char *p, size_t n)
{
    if (n > w->left)
        return false;
    w->left -= n;
    memcpy(buf_reserve(w->out, n), p, n);
    w->out->n += n; /* the NUL comes at the end */
    return true;
}

static bool put_char(struct writer *w, char c)
{
    return put(w, &c, 1);
}

/* ---- strings ---- */

/* Whether one of eight bytes is a control character, a quote or a backslash. */
static bool has_special(uint64_t v)
{
    uint64_t quote = v ^ EACH('"'), backslash = v ^ EACH('\\');
    return (((v - EACH(0x20)) & ~v) | ((quote - EACH(1)) & ~quote) | ((backslash - EACH(1)) & ~backslash)) & EACH(0x80);
}

static bool is_special(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

static size_t plain_run(const char *p, size_t n)
{
    size_t i = 0;
    for (uint64_t v; i + sizeof(v) <= n; i += sizeof(v)) {
        memcpy(&v, p + i, sizeof(v));
        if (has_special(v))
            break;
    }
    while (i < n && !is_special(p[i]))
        i++;
    return i;
}

static bool put_escaped(struct writer *w, char c)
{
    static const char digits[] = "0123456789ABCDEF",
                      letters[0x20] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    unsigned char u = (unsigned char)c;
    char letter = u < 0x20 ? letters[u] : c;
    if (letter)
        return put(w, (const char[]){'\\', letter}, 2);
    return put(w, (const char[]){'\\', 'u', '0', '0', digits[u >> 4], digits[u & 15]}, 6);
}

static bool put_string(struct writer *w, const char *p, size_t n)
{
    if (!put_char(w, '"'))
        return false;
    for (size_t run; n > 0; p += run, n -= run) {
        run = plain_run(p, n);
        if (!put(w, p, run))
            return false;
        if (run < n && !put_escaped(w, p[run++]))
            return false;
    }
    return put_char(w, '"');
}

/* ---- the others ---- */

static bool put_integer(struct writer *w, json_int_t v)
{
    char text[24], *p = text + sizeof(text);
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do
        *--p = (char)('0' + u % 10);
    while ((u /= 10) > 0);
    if (v < 0)
        *--p = '-';
    return put(w, p, (size_t)(text + sizeof(text) - p));
}

static bool put_real(struct writer *w, const json_t *v)
{
    char text[64];
    size_t n = json_dumpb(v, text, sizeof(text), JSON_ENCODE_ANY);
    return n > 0 && n <= sizeof(text) && put(w, text, n);
}

static bool put_value(struct writer *w, json_t *v);

static bool put_array(struct writer *w, const json_t *v)
{
    size_t n = json_array_size(v);
    if (!put_char(w, '['))
        return false;
    for (size_t i = 0; i < n; i++)
        if ((i > 0 && !put_char(w, ',')) || !put_value(w, json_array_get(v, i)))
            return false;
    return put_char(w, ']');
}

static bool put_object(struct writer *w, json_t *v)
{
    char before = '{';
    for (void *at = json_object_iter(v); at; at = json_object_iter_next(v, at)) {
        if (!put_char(w, before) || !put_string(w, json_object_iter_key(at), json_object_iter_key_len(at)) ||
            !put_char(w, ':') || !put_value(w, json_object_iter_value(at)))
            return false;
        before = ',';
    }
    return before == '{' ? put(w, "{}", 2) : put_char(w, '}');
}

static bool put_container(struct writer *w, json_t *v)
{
    if (w->depth == JSON_WRITE_DEPTH)
        return false;
    w->depth++;
    bool fits = json_is_array(v) ? put_array(w, v) : put_object(w, v);
    w->depth--;
    return fits;
}

static bool put_value(struct writer *w, json_t *v)
{
    if (!v)
        return false;
    switch (json_typeof(v)) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        return put_container(w, v);
    case JSON_STRING:
        return put_string(w, json_string_value(v), json_string_length(v));
    case JSON_INTEGER:
        return put_integer(w, json_integer_value(v));
    case JSON_REAL:
        return put_real(w, v);
    case JSON_TRUE:
        return put(w, "true", 4);
    case JSON_FALSE:
        return put(w, "false", 5);
    case JSON_NULL:
        return put(w, "null", 4);
    }
    return false;
}

int json_write(struct buf *out, const json_t *value, size_t max)
{
    struct writer w = {.out = out, .left = max};
    bool fits = put_value(&w, (json_t *)value);
    buf_add(out, "", 0);
    return fits ? 0 : -1;
}
