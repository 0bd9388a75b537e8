/* Feeds bytes to the framing in two ways, at once and in pieces: both must give the same texts, and what a text's
 * depth is said to be must hold for the parser, too. */
#include "framing.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_LINE 512
#define MAX_DEPTH 32

static void note_frame(struct buf *log, enum frame_kind kind, struct fct_bytes text)
{
    buf_add_char(log, kind == FRAME_TEXT ? 'T' : 'L');
    if (kind == FRAME_TEXT)
        buf_add(log, text.p, text.n);
    buf_add_char(log, '\n');
}

static size_t count_values(json_t *v)
{
    size_t n = 1;
    const char *name;
    json_t *item;
    for (size_t i = 0; i < json_array_size(v); i++)
        n += count_values(json_array_get(v, i));
    json_object_foreach(v, name, item) n += count_values(item);
    return n;
}

static void parse_text(struct fct_bytes text)
{
    if (text.n > MAX_LINE)
        abort();
    size_t depth = json_text_depth(text, MAX_DEPTH);
    if (depth > MAX_DEPTH)
        return;
    json_t *value = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    if (value && depth == 0)
        abort(); /* without JSON_DECODE_ANY only arrays and objects are texts */
    if (value && count_values(value) > json_text_values(text, SIZE_MAX - 1))
        abort();
    json_decref(value);
}

static void feed(struct framer *f, struct fct_bytes input, struct buf *log)
{
    struct fct_bytes text;
    enum frame_kind kind;
    while ((kind = framer_next(f, &input, &text)) != FRAME_NONE) {
        note_frame(log, kind, text);
        if (kind == FRAME_TEXT)
            parse_text(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole = {0}, pieces = {0};
    struct framer a = {.max_line = MAX_LINE}, b = {.max_line = MAX_LINE};

    feed(&a, bytes_of(data, size), &whole);
    size_t step = size ? data[0] % 17 + 1 : 1;
    for (size_t at = 0; at < size; at += step)
        feed(&b, bytes_of(data + at, size - at < step ? size - at : step), &pieces);
    if (!bytes_equal(buf_bytes(&whole), buf_bytes(&pieces)))
        abort();

    framer_done(&a);
    framer_done(&b);
    buf_done(&whole);
    buf_done(&pieces);
    return 0;
}
