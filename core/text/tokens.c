#include "text/tokens.h"

#include "text/fold.h"

#include <unicode/utf8.h>

/* ASCII: 0 separates, else the character in lower case; 0xff begins a multi-byte character. */
static const unsigned char ascii[256] = {
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6',
    ['7'] = '7', ['8'] = '8', ['9'] = '9', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd',
    ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k',
    ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r',
    ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y',
    ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f',
    ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm',
    ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't',
    ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z', [0x80 ... 0xff] = 0xff,
};

struct pending_char {
    uint32_t cp;
    size_t start, end;
};

/* A word in the making, or the last one or two characters of a run of pairs; never both. */
struct scanner {
    token_fn each;
    void *ctx;
    char word[TOKEN_MAX_BYTES + 4];
    size_t n, start, end;
    bool is_too_long;
    struct pending_char run[2];
    int n_run;
    uint32_t flag; /* a regional indicator that waits for its second half */
    size_t flag_start, flag_end;
};

static size_t put_utf8(char *to, uint32_t cp)
{
    size_t n = 0;
    U8_APPEND_UNSAFE((uint8_t *)to, n, cp);
    return n;
}

static int emit_chars(struct scanner *s, const struct pending_char *c, int n)
{
    char token[2 * U8_MAX_LENGTH];
    size_t len = 0;
    for (int i = 0; i < n; i++)
        len += put_utf8(token + len, c[i].cp);
    return s->each(s->ctx, token, len, c[0].start, c[n - 1].end);
}

/* The end of a run of pairs: the last pair, then its second character alone, so that each character of the run
 * begins a token and is found by a prefix search. */
static int flush_run(struct scanner *s)
{
    int r = 0, n = s->n_run;

    s->n_run = 0;
    if (n == 2)
        r = emit_chars(s, s->run, 2);
    if (r == 0 && n > 0)
        r = emit_chars(s, s->run + n - 1, 1);
    return r;
}

static int flush_flag(struct scanner *s)
{
    struct pending_char c = {s->flag, s->flag_start, s->flag_end};
    s->flag = 0;
    return emit_chars(s, &c, 1);
}

static inline int flush(struct scanner *s)
{
    int r = 0;

    if (s->n > 0) {
        if (!s->is_too_long)
            r = s->each(s->ctx, s->word, s->n, s->start, s->end);
        s->n = 0;
        s->is_too_long = false;
    } else if (__builtin_expect(s->n_run > 0, 0)) {
        r = flush_run(s);
    }
    if (__builtin_expect(s->flag != 0, 0) && r == 0)
        r = flush_flag(s);
    return r;
}

static int add_to_word(struct scanner *s, uint32_t cp, size_t start, size_t end)
{
    if ((s->n_run || s->flag) && flush(s) != 0)
        return 1;
    if (s->n == 0)
        s->start = start;
    s->end = end;
    if (s->n + (size_t)U8_LENGTH(cp) > TOKEN_MAX_BYTES)
        s->is_too_long = true;
    else
        s->n += put_utf8(s->word + s->n, cp);
    return 0;
}

static int add_to_run(struct scanner *s, uint32_t cp, size_t start, size_t end)
{
    int r = 0;

    if (s->n || s->flag)
        r = flush(s);
    if (s->n_run == 2) {
        r = emit_chars(s, s->run, 2);
        s->run[0] = s->run[1];
        s->n_run = 1;
    }
    s->run[s->n_run++] = (struct pending_char){cp, start, end};
    return r;
}

static int compose_or_add(struct scanner *s, uint32_t cp, size_t start, size_t end)
{
    if (s->n_run > 0) {
        struct pending_char *last = &s->run[s->n_run - 1];
        int32_t both = fold_compose(last->cp, cp);
        if (both > 0) {
            last->cp = (uint32_t)both;
            last->end = end;
            return 0;
        }
    }
    return cp == 0x3099 || cp == 0x309a ? 0 : add_to_run(s, cp, start, end);
}

static int add_symbol(struct scanner *s, uint32_t cp, size_t start, size_t end)
{
    struct pending_char c = {cp, start, end};
    int r = flush(s);
    return r ? r : emit_chars(s, &c, 1);
}

static int add_flag(struct scanner *s, uint32_t cp, size_t start, size_t end)
{
    struct pending_char both[2] = {{s->flag, s->flag_start, s->flag_end}, {cp, start, end}};

    if (s->flag) {
        s->flag = 0;
        return emit_chars(s, both, 2);
    }
    int r = flush(s);
    s->flag = cp;
    s->flag_start = start;
    s->flag_end = end;
    return r;
}

/* A dropped mark belongs to the letter before it, where something is highlighted. */
static void extend_end(struct scanner *s, size_t end)
{
    if (s->n)
        s->end = end;
    else if (s->n_run)
        s->run[s->n_run - 1].end = end;
}

static int add_entry(struct scanner *s, fold_entry e, size_t start, size_t end)
{
    uint32_t cp = fold_code_point(e);

    switch (fold_class_of(e)) {
    case FOLD_WORD:
        return add_to_word(s, cp, start, end);
    case FOLD_PAIR:
        return add_to_run(s, cp, start, end);
    case FOLD_COMPOSE:
        return compose_or_add(s, cp, start, end);
    case FOLD_IGNORE:
        extend_end(s, end);
        return 0;
    case FOLD_SYMBOL:
        return add_symbol(s, cp, start, end);
    case FOLD_FLAG:
        return add_flag(s, cp, start, end);
    case FOLD_EXPAND:
    case FOLD_SEPARATOR:
        break;
    }
    return flush(s);
}

static int add_code_point(struct scanner *s, uint32_t cp, size_t start, size_t end)
{
    fold_entry e = fold_lookup(cp);

    if (fold_class_of(e) != FOLD_EXPAND)
        return add_entry(s, e, start, end);
    for (const fold_entry *x = fold_expansion(cp); *x; x++) {
        int r = add_entry(s, *x, start, end);
        if (r != 0)
            return r;
    }
    return 0;
}

/* Chinese and Japanese; not Korean, which has spaces, and breaks its lines there. */
static bool is_unspaced(uint32_t cp)
{
    return (cp >= 0x2e80 && cp <= 0x9fff && !(cp >= 0x3130 && cp <= 0x318f)) || (cp >= 0xf900 && cp <= 0xfaff) ||
           (cp >= 0xff66 && cp <= 0xff9f) || cp >= 0x20000;
}

/* Whether the line end at `i` stands in the middle of a run: lines are broken anywhere there. */
static bool is_broken_run(const struct scanner *s, const unsigned char *p, size_t n, size_t i)
{
    UChar32 cp;

    if (s->n_run == 0 || p[i] != '\n' || !is_unspaced(s->run[s->n_run - 1].cp) || ++i >= n)
        return false;
    U8_NEXT(p, i, n, cp);
    return cp > 0 && is_unspaced((uint32_t)cp);
}

/* Takes the ASCII letters and digits from `i` on. */
static inline size_t take_ascii(struct scanner *s, const unsigned char *p, size_t n, size_t i)
{
    size_t have = s->n;
    unsigned char c;

    if (have == 0)
        s->start = i;
    while (i < n && (c = ascii[p[i]]) != 0 && c != 0xff) {
        if (__builtin_expect(have < TOKEN_MAX_BYTES, 1))
            s->word[have++] = (char)c;
        else
            s->is_too_long = true;
        i++;
    }
    s->n = have;
    s->end = i;
    return i;
}

static inline __attribute__((always_inline)) int scan(struct fct_bytes text, token_fn each, void *ctx)
{
    const unsigned char *p = (const unsigned char *)text.p;
    struct scanner s;
    int r = 0;

    s.each = each;
    s.ctx = ctx;
    s.n = 0;
    s.is_too_long = false;
    s.n_run = 0;
    s.flag = 0;
    for (size_t i = 0; i < text.n && r == 0;) {
        unsigned char c = ascii[p[i]];
        if (c == 0) {
            if (s.n && !s.is_too_long && !s.flag) {
                r = each(ctx, s.word, s.n, s.start, s.end);
                s.n = 0;
            } else if (!is_broken_run(&s, p, text.n, i)) {
                r = flush(&s);
            }
            i++;
        } else if (c != 0xff) {
            if (__builtin_expect(s.n_run > 0 || s.flag, 0))
                r = flush(&s);
            i = take_ascii(&s, p, text.n, i);
        } else {
            size_t start = i;
            UChar32 cp;
            U8_NEXT(p, i, text.n, cp);
            r = cp < 0 ? flush(&s) : add_code_point(&s, (uint32_t)cp, start, i);
        }
    }
    return r ? r : flush(&s);
}

int tokens_of(struct fct_bytes text, token_fn each, void *ctx)
{
    return scan(text, each, ctx);
}

struct join {
    struct buf *out;
    bool is_first;
};

static inline int join_token(void *ctx, const char *token, size_t n, size_t start, size_t end)
{
    struct join *j = ctx;
    char *to = buf_reserve(j->out, n + 1);

    (void)start;
    (void)end;
    if (!j->is_first)
        *to++ = TOKENS_SEPARATOR;
    memcpy(to, token, n);
    buf_grown(j->out, n + !j->is_first);
    j->is_first = false;
    return 0;
}

/* Joins words of nothing but ASCII, and returns where one begins that has more in it, or where the text ends: most text
 * has none, and such words are copied once, where the scanner would collect them first. */
static size_t join_ascii(struct join *j, const unsigned char *p, size_t n, size_t i)
{
    char *to = buf_reserve(j->out, n - i + 1), *begin = to;

    while (i < n) {
        unsigned char c;
        while (i < n && ascii[p[i]] == 0)
            i++;
        size_t word = i;
        char *start = to;
        if (!j->is_first)
            *to++ = TOKENS_SEPARATOR;
        while (i < n && (c = ascii[p[i]]) != 0 && c != 0xff) {
            *to++ = (char)c;
            i++;
        }
        bool is_mixed = i < n && ascii[p[i]] == 0xff;
        if (is_mixed || i == word || i - word > TOKEN_MAX_BYTES)
            to = start;
        else
            j->is_first = false;
        if (is_mixed) {
            i = word;
            break;
        }
    }
    buf_grown(j->out, (size_t)(to - begin));
    return i;
}

/* From a word that is not all ASCII to a place where nothing is left open: behind a separator, and before a character
 * that joins nothing (see is_broken_run). */
static size_t mixed_end(const unsigned char *p, size_t n, size_t i)
{
    while (i < n && !(ascii[p[i]] == 0 && (i + 1 == n || p[i + 1] < 0x80)))
        i++;
    return i < n ? i + 1 : n;
}

void tokens_join(struct fct_bytes text, struct buf *out)
{
    const unsigned char *p = (const unsigned char *)text.p;
    struct join j = {out, true};

    for (size_t i = 0; (i = join_ascii(&j, p, text.n, i)) < text.n;) {
        size_t end = mixed_end(p, text.n, i);
        scan(bytes_of(text.p + i, end - i), join_token, &j);
        i = end;
    }
}

bool token_is_one_of_a_run(const char *token, size_t n)
{
    size_t i = 0;
    UChar32 cp;

    if (n == 0 || (unsigned char)token[0] < 0x80)
        return false;
    U8_NEXT((const uint8_t *)token, i, n, cp);
    if (cp < 0 || i != n)
        return false;
    enum fold_class class = fold_class_of(fold_lookup((uint32_t)cp));
    return class == FOLD_PAIR || class == FOLD_COMPOSE;
}

/* Joins `cp` to the last character of `out` where the two are one, else appends it. */
static void fold_add(struct buf *out, size_t from, fold_entry e)
{
    uint32_t cp = fold_code_point(e);

    if (fold_class_of(e) == FOLD_COMPOSE && out->n > from) {
        size_t tail = out->n - from < U8_MAX_LENGTH ? out->n - from : U8_MAX_LENGTH;
        int32_t at = (int32_t)tail;
        UChar32 last;
        U8_PREV((const uint8_t *)out->p + out->n - tail, 0, at, last);
        int32_t both = last < 0 ? -1 : fold_compose((uint32_t)last, cp);
        if (both > 0) {
            out->n -= tail - (size_t)at;
            cp = (uint32_t)both;
        }
    }
    buf_add_utf8(out, cp);
}

void text_fold(struct fct_bytes text, struct buf *out)
{
    const unsigned char *p = (const unsigned char *)text.p;
    size_t from = out->n;

    for (size_t i = 0; i < text.n;) {
        UChar32 cp;
        if (p[i] < 0x80) {
            unsigned char c = p[i++];
            buf_add_char(out, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
            continue;
        }
        U8_NEXT(p, i, text.n, cp);
        fold_entry e = cp < 0 ? (fold_entry)0xfffd : fold_lookup((uint32_t)cp);
        if (fold_class_of(e) == FOLD_EXPAND)
            for (const fold_entry *x = fold_expansion((uint32_t)cp); *x; x++)
                fold_add(out, from, *x);
        else if (fold_class_of(e) != FOLD_IGNORE)
            fold_add(out, from, e);
    }
}

static bool is_dropped_control(unsigned char c)
{
    return c < 0x20 && c != '\t' && c != '\n';
}

/* The length of the stretch from `p` that needs no change: ASCII, eight bytes at a time, without control characters
 * other than tab and newline. */
static size_t plain_length(const unsigned char *p, size_t n)
{
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        uint64_t w;
        memcpy(&w, p + i, 8);
        /* high bit of a byte: set in `w` for non-ASCII, in the difference for < 0x20 */
        if ((w | (w - 0x2020202020202020u)) & 0x8080808080808080u)
            break;
    }
    while (i < n && p[i] < 0x80 && !is_dropped_control(p[i]))
        i++;
    return i;
}

bool text_to_valid_utf8(struct fct_bytes text, struct buf *out)
{
    const unsigned char *p = (const unsigned char *)text.p;
    bool was_replaced = false;

    for (size_t i = 0; i < text.n;) {
        size_t plain = plain_length(p + i, text.n - i), start;
        if (plain) {
            buf_add(out, p + i, plain);
            i += plain;
            continue;
        }
        start = i;
        UChar32 cp;
        U8_NEXT(p, i, text.n, cp);
        if (cp >= 0x80) {
            buf_add(out, p + start, i - start);
        } else if (cp < 0) {
            buf_add_utf8(out, 0xfffd);
            was_replaced = true;
        }
    }
    return was_replaced;
}
