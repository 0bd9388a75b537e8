#include "search/vocabulary.h"

#include "base/alloc.h"
#include "search/idset.h"
#include "store/db.h"
#include "text/tokens.h"

#include <stdlib.h>

#define FORMAT_VERSION 4
#define STRUCTURE_ROW 10
#define SEGMENTS_MAX 256
#define FEW_PAGES 16  /* so much FTS5 merges within a millisecond */
#define PAGE_HEADER 4 /* where the first rowid is; where the list of terms begins: 16 bits each */

/* Terms of the main index begin with this. */
#define MAIN_INDEX "0"

static int64_t page_row(int64_t segment, int64_t page)
{
    return (segment << 37) + page;
}

/* ---- bytes ---------------------------------------------------------------------------------------------------- */

struct cursor {
    const unsigned char *p, *end;
    bool is_bad;
};

/* SQLite's varint: seven bits a byte, the ninth byte has eight. */
static uint64_t read_long_varint(struct cursor *c)
{
    uint64_t v = 0;

    for (int i = 0; i < 9; i++) {
        if (c->p >= c->end) {
            c->is_bad = true;
            return 0;
        }
        unsigned char b = *c->p++;
        if (i == 8)
            return v << 8 | b;
        v = v << 7 | (b & 0x7f);
        if (b < 0x80)
            return v;
    }
    return v;
}

static inline uint64_t read_varint(struct cursor *c)
{
    return __builtin_expect(c->p < c->end && *c->p < 0x80, 1) ? *c->p++ : read_long_varint(c);
}

static bool skip(struct cursor *c, uint64_t n)
{
    if (n > (uint64_t)(c->end - c->p)) {
        c->is_bad = true;
        return false;
    }
    c->p += n;
    return true;
}

/* ---- a page ------------------------------------------------------------------------------------------------------ */

struct page {
    const unsigned char *p;
    size_t n, first_rowid, body_end; /* body: from PAGE_HEADER on */
    struct cursor terms;             /* the list of where terms begin */
    size_t next_term;                /* body_end: no more */
};

static void page_next_term(struct page *g)
{
    size_t at = g->next_term;

    if (g->terms.p >= g->terms.end) {
        g->next_term = g->body_end;
        return;
    }
    uint64_t delta = read_varint(&g->terms);
    g->next_term = delta == 0 || delta > g->body_end - at ? g->body_end : at + delta;
}

static bool page_open(struct page *g, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;

    if (n < PAGE_HEADER)
        return false;
    *g = (struct page){
        .p = p, .n = n, .first_rowid = (size_t)(p[0] << 8 | p[1]), .body_end = (size_t)(p[2] << 8 | p[3])};
    if (g->body_end < PAGE_HEADER || g->body_end > n || g->first_rowid > g->body_end)
        return false;
    g->terms = (struct cursor){p + g->body_end, p + n, false};
    g->next_term = 0;
    page_next_term(g);
    return g->next_term >= PAGE_HEADER && (g->first_rowid == 0 || g->first_rowid >= PAGE_HEADER);
}

/* ---- the segments ---------------------------------------------------------------------------------------------------
 */

struct segment {
    int64_t id;
    int64_t first_page, last_page; /* one that is being merged has lost its first pages */
};
struct segments {
    struct segment v[SEGMENTS_MAX];
    size_t n;
};

static bool read_segments(struct cursor *c, struct segments *out)
{
    uint64_t n_levels, n_segments;

    if (!skip(c, 4)) /* a cookie */
        return false;
    n_levels = read_varint(c);
    n_segments = read_varint(c);
    read_varint(c); /* how much was written */
    if (n_levels > 2000 || n_segments > SEGMENTS_MAX)
        return false;
    for (uint64_t i = 0; i < n_levels && !c->is_bad; i++) {
        read_varint(c); /* how many are being merged */
        uint64_t n = read_varint(c);
        for (uint64_t j = 0; j < n && !c->is_bad; j++) {
            if (out->n == SEGMENTS_MAX)
                return false;
            out->v[out->n].id = (int64_t)read_varint(c);
            out->v[out->n].first_page = (int64_t)read_varint(c);
            out->v[out->n++].last_page = (int64_t)read_varint(c);
        }
    }
    return !c->is_bad && out->n == n_segments;
}

/* 1, or 0 when it is not what we know, -1. */
static int load_segments(struct store_tx *tx, struct segments *out, struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT block, (SELECT v FROM fts_config WHERE k = 'version') FROM fts_data WHERE id = ?1");

    out->n = 0;
    if (store_tx_is_writer(tx))
        return 0;
    sqlite3_bind_int64(q, 1, STRUCTURE_ROW);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    const unsigned char *block = sqlite3_column_blob(q, 0);
    struct cursor c = {block, block + sqlite3_column_bytes(q, 0), false};
    bool is_known = sqlite3_column_int(q, 1) == FORMAT_VERSION && block && read_segments(&c, out);
    store_reset(q);
    return is_known;
}

/* ---- walking the terms
 * ------------------------------------------------------------------------------------------------ */

struct walk {
    struct store_tx *tx;
    struct fct_error *err;
    struct buf low;  /* the prefix */
    struct buf high; /* beyond all that begin with it */
    struct buf term; /* the present one */
    bool is_inside;  /* it begins with the prefix */
    bool is_past, is_bad;
    /* what to do: with each term that begins with it, and with a piece of its list */
    void (*on_term)(struct walk *w);
    void (*on_list)(struct walk *w, const unsigned char *p, const unsigned char *end, const unsigned char *first_rowid);
    void *ctx;
};

static int compare_bytes(const struct buf *a, const struct buf *b)
{
    int c = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);
    return c ? c : (a->n > b->n) - (a->n < b->n);
}

/* The prefix, and the next string after all that begin with it: tokens are UTF-8, so no byte is 0xff. */
static void walk_init(struct walk *w, struct store_tx *tx, const char *prefix, struct fct_error *err)
{
    *w = (struct walk){.tx = tx, .err = err};
    buf_add_str(&w->low, MAIN_INDEX);
    buf_add_str(&w->low, prefix);
    buf_add(&w->high, w->low.p, w->low.n);
    w->high.p[w->high.n - 1]++;
}

static void walk_done(struct walk *w)
{
    buf_done(&w->low);
    buf_done(&w->high);
    buf_done(&w->term);
}

/* Reads the term at the cursor; the first of a page is whole, the others keep the beginning of the one before. */
static void read_term(struct walk *w, struct cursor *c, bool is_first)
{
    uint64_t keep = is_first ? 0 : read_varint(c), n = read_varint(c);

    if (c->is_bad || keep > w->term.n || n > (uint64_t)(c->end - c->p)) {
        w->is_bad = true;
        return;
    }
    w->term.n = keep;
    buf_add(&w->term, c->p, n);
    c->p += n;
    w->is_past = compare_bytes(&w->term, &w->high) >= 0;
    w->is_inside = !w->is_past && compare_bytes(&w->term, &w->low) >= 0;
    if (w->is_inside && w->on_term)
        w->on_term(w);
}

static void walk_page(struct walk *w, const void *bytes, size_t n)
{
    struct page g;
    bool is_first = true;

    if (!page_open(&g, bytes, n)) {
        w->is_bad = true;
        return;
    }
    const unsigned char *first = g.first_rowid ? g.p + g.first_rowid : NULL;
    if (w->is_inside && w->on_list) /* the list of the term of an earlier page goes on */
        w->on_list(w, g.p + PAGE_HEADER, g.p + g.next_term, first && first < g.p + g.next_term ? first : NULL);
    while (g.next_term < g.body_end && !w->is_past && !w->is_bad) {
        size_t at = g.next_term;
        page_next_term(&g);
        struct cursor c = {g.p + at, g.p + g.next_term, false};
        read_term(w, &c, is_first);
        is_first = false;
        if (w->is_inside && w->on_list && !w->is_bad)
            w->on_list(w, c.p, c.end, c.p);
    }
}

/* The page on which a term is, if it is there at all. */
static int find_page(struct walk *w, const struct segment *s, const struct buf *term, int64_t *out)
{
    sqlite3_stmt *q =
        store_stmt(w->tx, "SELECT pgno >> 1 FROM fts_idx WHERE segid = ?1 AND term <= ?2 ORDER BY term DESC LIMIT 1");

    sqlite3_bind_int64(q, 1, s->id);
    sqlite3_bind_blob(q, 2, term->p, (int)term->n, SQLITE_STATIC);
    int has_row = store_step(w->tx, q, w->err);
    *out = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    if (*out < s->first_page)
        *out = s->first_page;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static int walk_pages(struct walk *w, int64_t segment, int64_t first, int64_t last)
{
    sqlite3_stmt *q = store_stmt(w->tx, "SELECT block FROM fts_data WHERE id BETWEEN ?1 AND ?2 ORDER BY id");
    int has_row;

    w->is_inside = w->is_past = false;
    buf_clear(&w->term);
    sqlite3_bind_int64(q, 1, page_row(segment, first));
    sqlite3_bind_int64(q, 2, page_row(segment, last));
    while ((has_row = store_step(w->tx, q, w->err)) > 0 && !w->is_bad) {
        walk_page(w, sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0));
        if (w->is_past)
            break;
    }
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

/* ---- which words
 * --------------------------------------------------------------------------------------------------------- */

struct words {
    struct buf list;
    size_t n;
};

static void add_word(struct walk *w)
{
    struct words *words = w->ctx;
    const char *word = w->term.p + strlen(MAIN_INDEX);
    size_t n = w->term.n - strlen(MAIN_INDEX);

    if (words->n > PREFIX_WORDS_MAX)
        return;
    for (const char *p = words->list.p; words->n && p < words->list.p + words->list.n; p += strlen(p) + 1)
        if (strlen(p) == n && memcmp(p, word, n) == 0)
            return;
    if (++words->n > PREFIX_WORDS_MAX)
        w->is_past = true;
    buf_add(&words->list, word, n);
    buf_add_char(&words->list, '\0');
}

/* Only the pages on which terms begin: a word in half of all messages has a hundred without. */
static int walk_term_pages(struct walk *w, int64_t segment, int64_t first)
{
    sqlite3_stmt *q =
        store_stmt(w->tx, "SELECT pgno >> 1 FROM fts_idx WHERE segid = ?1 AND term > ?2 AND term < ?3 ORDER BY term");
    int has_row;

    if (walk_pages(w, segment, first, first) < 0)
        return -1;
    sqlite3_bind_int64(q, 1, segment);
    sqlite3_bind_blob(q, 2, w->low.p, (int)w->low.n, SQLITE_STATIC);
    sqlite3_bind_blob(q, 3, w->high.p, (int)w->high.n, SQLITE_STATIC);
    while (!w->is_past && !w->is_bad && (has_row = store_step(w->tx, q, w->err)) != 0) {
        int64_t page = sqlite3_column_int64(q, 0);
        if (has_row < 0 || walk_pages(w, segment, page, page) < 0)
            return -1;
    }
    store_reset(q);
    return 0;
}

/* The first page behind all that begin with the prefix; the last one when there is none. */
static int find_next_page(struct walk *w, const struct segment *s, int64_t *out)
{
    sqlite3_stmt *q =
        store_stmt(w->tx, "SELECT pgno >> 1 FROM fts_idx WHERE segid = ?1 AND term > ?2 ORDER BY term LIMIT 1");

    sqlite3_bind_int64(q, 1, s->id);
    sqlite3_bind_blob(q, 2, w->high.p, (int)w->high.n, SQLITE_STATIC);
    int has_row = store_step(w->tx, q, w->err);
    *out = has_row > 0 ? sqlite3_column_int64(q, 0) : s->last_page;
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static int look_at_segment(struct walk *w, const struct segment *s, int64_t *io_pages)
{
    const struct words *words = w->ctx;
    int64_t first, last;

    if (find_page(w, s, &w->low, &first) < 0 || find_next_page(w, s, &last) < 0)
        return -1;
    *io_pages += last > first ? last - first : 0;
    return words->n > PREFIX_WORDS_MAX ? 0 : walk_term_pages(w, s->id, first);
}

int prefix_look(struct store_tx *tx, const char *prefix, enum prefix_kind *out, struct buf *words,
                struct fct_error *err)
{
    CLEANUP(walk_done) struct walk w;
    struct segments segments;
    struct words found = {0};
    int64_t pages = 0;
    int rc = 0, is_known = load_segments(tx, &segments, err);

    *out = PREFIX_NATIVE;
    walk_init(&w, tx, prefix, err);
    if (is_known <= 0)
        return is_known;
    w.on_term = add_word;
    w.ctx = &found;
    for (size_t i = 0; i < segments.n && rc == 0 && !w.is_bad; i++)
        rc = look_at_segment(&w, &segments.v[i], &pages);
    if (rc == 0 && !w.is_bad && pages > FEW_PAGES)
        *out = found.n <= PREFIX_WORDS_MAX ? PREFIX_WORDS : PREFIX_WIDE;
    if (*out == PREFIX_WORDS)
        buf_add(words, found.list.p, found.list.n);
    buf_done(&found.list);
    return rc;
}

/* ---- which ids
 * ----------------------------------------------------------------------------------------------------------- */

#define CHUNK_BITS 16
#define CHUNK_WORDS ((1 << CHUNK_BITS) / 64)

/* A set of ids as bits, in chunks that exist where there are any. */
struct bits {
    struct idmap places; /* number of the chunk + 1: its index */
    uint64_t **chunks;
    int64_t *numbers;
    size_t n;
    int64_t last; /* the chunk used last */
    uint64_t *last_chunk;
};

static uint64_t *chunk_of(struct bits *b, int64_t number)
{
    int64_t *at = idmap_get(&b->places, number + 1);

    if (!at) {
        b->chunks = xreallocarray(b->chunks, b->n + 1, sizeof(*b->chunks));
        b->numbers = xreallocarray(b->numbers, b->n + 1, sizeof(*b->numbers));
        b->chunks[b->n] = xcalloc(CHUNK_WORDS, sizeof(uint64_t));
        b->numbers[b->n] = number;
        idmap_put(&b->places, number + 1, (int64_t)b->n);
        b->n++;
        return b->chunks[b->n - 1];
    }
    return b->chunks[*at];
}

static inline void bits_add(struct bits *b, int64_t id)
{
    int64_t number = id >> CHUNK_BITS;
    size_t bit = (size_t)(id & ((1 << CHUNK_BITS) - 1));

    if (!b->last_chunk || b->last != number) {
        b->last_chunk = chunk_of(b, number);
        b->last = number;
    }
    b->last_chunk[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static void bits_done(struct bits *b)
{
    for (size_t i = 0; i < b->n; i++)
        free(b->chunks[i]);
    free(b->chunks);
    free(b->numbers);
    idmap_done(&b->places);
}

static int descending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

static int64_t *bits_list(struct bits *b, size_t *out_n)
{
    int64_t *ids;
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++)
        for (size_t j = 0; j < CHUNK_WORDS; j++)
            n += (size_t)__builtin_popcountll(b->chunks[i][j]);
    ids = xcalloc(n + 1, sizeof(*ids));
    *out_n = n;
    n = 0;
    if (b->n)
        qsort(b->numbers, b->n, sizeof(*b->numbers), descending);
    for (size_t i = 0; i < b->n; i++) {
        const uint64_t *chunk = chunk_of(b, b->numbers[i]);
        for (size_t j = CHUNK_WORDS; j-- > 0;)
            for (uint64_t word = chunk[j]; word;) {
                int bit = 63 - __builtin_clzll(word);
                word &= ~(UINT64_C(1) << bit);
                ids[n++] = (b->numbers[i] << CHUNK_BITS) + (int64_t)j * 64 + bit;
            }
    }
    return ids;
}

struct gather {
    struct bits bits;
    int column; /* -1: any */
    /* the position list that is being read; it may go on on the next page */
    int64_t rowid;
    uint64_t left;
    int64_t at_column;
    bool is_found, awaits_column;
};

/* The 1 that stands before the number of a column: a varint of its own, not the last byte of a longer one. */
static const unsigned char *find_mark(const unsigned char *p, const unsigned char *end)
{
    for (const unsigned char *at = p; (at = memchr(at, 1, (size_t)(end - at))); at++)
        if (at == p || at[-1] < 0x80)
            return at;
    return NULL;
}

/* Position lists name a column by 1 and its number before the positions in it, but for column 0. No varint is cut at
 * the end of a page; the page may end between the two. */
static void look_for_column(struct walk *w, struct gather *g, const unsigned char *p, const unsigned char *end)
{
    while (p && p < end && !g->is_found) {
        struct cursor c = {p, end, false};
        if (g->awaits_column) {
            g->at_column = (int64_t)read_varint(&c);
            g->awaits_column = false;
            w->is_bad |= c.is_bad;
            p = c.p;
        } else if (*p == 1) {
            g->awaits_column = true;
            p++;
        } else if (g->at_column == g->column) {
            g->is_found = true;
        } else {
            p = find_mark(p, end);
        }
    }
}

static void read_positions(struct walk *w, struct gather *g, struct cursor *c)
{
    uint64_t n = g->left < (uint64_t)(c->end - c->p) ? g->left : (uint64_t)(c->end - c->p);

    if (g->column >= 0 && n > 0 && !g->is_found) {
        look_for_column(w, g, c->p, c->p + n);
        if (g->is_found)
            bits_add(&g->bits, g->rowid);
    }
    g->left -= n;
    c->p += n;
}

static void begin_entry(struct walk *w, struct gather *g, struct cursor *c, int64_t rowid)
{
    g->rowid = rowid;
    g->left = read_varint(c) >> 1; /* the lowest bit marks a deletion, which a contentless index has not */
    g->at_column = 0;
    g->is_found = g->awaits_column = false;
    if (g->column < 0 && rowid > 0)
        bits_add(&g->bits, rowid);
    w->is_bad |= c->is_bad || rowid <= 0;
}

/* A piece of a list of (rowid, size, positions). Before the first rowid there is the rest of a position list. On each
 * page the first rowid is whole, the others are differences. */
static void gather_list(struct walk *w, const unsigned char *p, const unsigned char *end,
                        const unsigned char *first_rowid)
{
    struct gather *g = w->ctx;
    struct cursor c = {p, end, false};
    bool is_first = true;

    if (first_rowid != p)
        read_positions(w, g, &c);
    if (!first_rowid)
        return;
    c.p = first_rowid;
    while (c.p < end && !w->is_bad) {
        int64_t v = (int64_t)read_varint(&c);
        begin_entry(w, g, &c, is_first ? v : g->rowid + v);
        is_first = false;
        if (!w->is_bad)
            read_positions(w, g, &c);
    }
}

int prefix_ids(struct store_tx *tx, const char *prefix, int column, int64_t **out_ids, size_t *out_n,
               struct fct_error *err)
{
    CLEANUP(walk_done) struct walk w;
    struct segments segments;
    struct gather g = {.column = column};
    int rc = 0, is_known = load_segments(tx, &segments, err);

    walk_init(&w, tx, prefix, err);
    if (is_known <= 0)
        return is_known;
    w.on_list = gather_list;
    w.ctx = &g;
    for (size_t i = 0; i < segments.n && rc == 0 && !w.is_bad; i++) {
        int64_t first;
        g.left = 0;
        rc = find_page(&w, &segments.v[i], &w.low, &first);
        if (rc == 0)
            rc = walk_pages(&w, segments.v[i].id, first, (INT64_C(1) << 31) - 1);
    }
    if (rc == 0 && !w.is_bad)
        *out_ids = bits_list(&g.bits, out_n);
    bits_done(&g.bits);
    return rc < 0 ? -1 : !w.is_bad;
}
