/* SearchSnippet, RFC 8621 section 5. The text is made anew from the message; the words are found in it as the index
 * would. */
#include "search/search.h"

#include "base/error.h"
#include "mime/mime.h"
#include "search/filter.h"
#include "store/emails.h"

#include <unicode/utf8.h>

#define PREVIEW_MAX 255       /* bytes, marks and entities included */
#define BODY_MAX (256 * 1024) /* of the text are searched */
#define LEAD 60               /* bytes before the first match */

enum field { FIELD_SUBJECT, FIELD_BODY };

struct wanted {
    enum field field;
    struct fct_bytes text;
    struct spans *spans;
};

/* Which conditions speak of the field: RFC 8621 section 4.4.1. */
static bool is_of_field(const struct search_filter *f, enum field field)
{
    if (f->kind != FILTER_TEXT)
        return false;
    return !f->column || strcmp(f->column, field == FIELD_SUBJECT ? "subject" : "body") == 0;
}

static void find_terms(void *ctx, const struct search_filter *f)
{
    struct wanted *w = ctx;
    if (is_of_field(f, w->field))
        terms_find(&f->terms, w->text, w->spans);
}

static int by_start(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return x->start != y->start ? (x->start > y->start) - (x->start < y->start) : (x->end < y->end) - (x->end > y->end);
}

/* Overlapping spans become one; the term is that of the first. */
static void merge(struct spans *s)
{
    size_t kept = 0;

    if (s->n == 0)
        return;
    qsort(s->v, s->n, sizeof(*s->v), by_start);
    for (size_t i = 1; i < s->n; i++) {
        if (s->v[i].start < s->v[kept].end) {
            if (s->v[i].end > s->v[kept].end)
                s->v[kept].end = s->v[i].end;
        } else {
            s->v[++kept] = s->v[i];
        }
    }
    s->n = kept + 1;
}

static void find_spans(const struct search_filter *f, enum field field, struct fct_bytes text, struct spans *out)
{
    struct wanted w = {field, text, out};
    filter_each_wanted_text(f, find_terms, &w);
    merge(out);
}

/* ---- writing
 * --------------------------------------------------------------------------------------------------------- */

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    default:
        return NULL;
    }
}

/* White space and control characters; *io_at moves behind them. */
static bool skip_space(struct fct_bytes text, size_t *io_at)
{
    size_t start = *io_at;
    while (*io_at < text.n && ((unsigned char)text.p[*io_at] <= ' ' || text.p[*io_at] == 0x7f))
        ++*io_at;
    return *io_at > start;
}

/* The next character, escaped; *io_at moves behind it. */
static void add_character(struct fct_bytes text, size_t *io_at, struct buf *out)
{
    size_t start = *io_at;
    const char *e = entity(text.p[start]);
    UChar32 cp;

    U8_NEXT((const uint8_t *)text.p, *io_at, text.n, cp);
    if (e)
        buf_add_str(out, e);
    else if (cp < 0)
        buf_add_utf8(out, 0xfffd);
    else
        buf_add(out, text.p + start, *io_at - start);
}

#define MARK "<mark>"
#define UNMARK "</mark>"

/* From `at` on, as much as fits into `max` bytes with every mark closed. A stretch of white space is one space. */
static void write_marked(struct fct_bytes text, size_t at, const struct spans *s, size_t max, struct buf *out)
{
    CLEANUP(buf_done) struct buf piece = {0};
    bool is_open = false;
    size_t i = 0;

    while (i < s->n && s->v[i].end <= at)
        i++;
    for (bool is_first = true;; is_first = false) {
        bool had_space = skip_space(text, &at);
        if (at == text.n)
            break;
        bool opens = !is_open && i < s->n && at >= s->v[i].start;
        buf_clear(&piece);
        if (had_space && !is_first)
            buf_add_char(&piece, ' ');
        if (opens)
            buf_add_str(&piece, MARK);
        add_character(text, &at, &piece);
        bool is_inside = is_open || opens;
        if (out->n + piece.n + (is_inside ? strlen(UNMARK) : 0) > max)
            break;
        buf_add(out, piece.p, piece.n);
        is_open = is_inside;
        if (is_open && at >= s->v[i].end) {
            buf_add_str(out, UNMARK);
            is_open = false;
            i++;
        }
    }
    if (is_open)
        buf_add_str(out, UNMARK);
}

/* Where the window with the most different terms begins, the earliest of them. */
static size_t best_window(const struct spans *s)
{
    size_t best = 0, best_score = 0;

    for (size_t i = 0; i < s->n; i++) {
        uint64_t terms = 0;
        size_t n = 0;
        for (size_t j = i; j < s->n && s->v[j].end - s->v[i].start < PREVIEW_MAX - LEAD - 40; j++, n++)
            terms |= UINT64_C(1) << (s->v[j].term % 64);
        size_t score = (size_t)__builtin_popcountll(terms) * 16 + (n < 15 ? n : 15);
        if (score > best_score) {
            best_score = score;
            best = i;
        }
    }
    return s->v[best].start;
}

/* A little before the match, at the start of a word if there is one, never inside a character. */
static size_t window_start(struct fct_bytes text, size_t match)
{
    size_t start = match > LEAD ? match - LEAD : 0;

    if (start == 0)
        return 0;
    for (size_t i = start; i < match; i++)
        if (text.p[i] == ' ' || text.p[i] == '\n')
            return i + 1;
    while (start > 0 && U8_IS_TRAIL(text.p[start]))
        start--;
    return start;
}

static char *make_subject(const struct search_filter *f, const char *subject)
{
    CLEANUP(spans_done) struct spans s = {0};
    struct buf out = {0};
    struct fct_bytes text = bytes_str(subject ? subject : "");

    find_spans(f, FIELD_SUBJECT, text, &s);
    if (s.n == 0)
        return NULL;
    write_marked(text, 0, &s, SIZE_MAX, &out);
    return buf_steal(&out);
}

static char *make_preview(const struct search_filter *f, struct fct_bytes text)
{
    CLEANUP(spans_done) struct spans s = {0};
    struct buf out = {0};

    find_spans(f, FIELD_BODY, text, &s);
    if (s.n == 0)
        return NULL;
    write_marked(text, window_start(text, best_window(&s)), &s, PREVIEW_MAX, &out);
    return buf_steal(&out);
}

static void note_body(void *ctx, const struct search_filter *f)
{
    *(bool *)ctx |= is_of_field(f, FIELD_BODY) && f->terms.n > 0;
}

/* A damaged message has no preview. */
static int read_text(struct store_tx *tx, int64_t blob_id, struct buf *out, struct fct_error *err)
{
    CLEANUP(blob_view_done) struct blob_view view = {0};
    CLEANUP(mime_message_freep) struct mime_message *m = NULL;
    struct fct_error why = {0};

    if (store_blob_view(tx, blob_id, &view, &why) < 0) {
        if (why.code == FCT_E_CORRUPT || why.code == FCT_E_BLOB_NOT_FOUND)
            return 0;
        if (err)
            *err = why;
        return -1;
    }
    m = mime_parse(view.bytes);
    mime_readable_text(m, BODY_MAX, out);
    return 0;
}

int search_snippet(struct store_tx *tx, const struct search_filter *f, int64_t email_id, char **out_subject,
                   char **out_preview, struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};
    CLEANUP(buf_done) struct buf text = {0};
    bool wants_body = false;

    if (store_email_load(tx, email_id, true, &e, err) < 0)
        return -1;
    if (f)
        filter_each_wanted_text(f, note_body, &wants_body);
    if (wants_body && read_text(tx, e.blob_id, &text, err) < 0)
        return -1;
    *out_subject = f ? make_subject(f, e.subject) : NULL;
    *out_preview = wants_body ? make_preview(f, bytes_of(buf_str(&text), text.n)) : NULL;
    return 0;
}
