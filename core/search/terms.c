#include "search/terms.h"

#include "base/alloc.h"
#include "text/tokens.h"

#include <stdlib.h>

/* ---- from text to terms ----------------------------------------------------------------------------------- */

struct collect {
    struct term *term;
    size_t last_at, last_start, last_end; /* of the last token */
    bool is_last_of_run;                  /* it repeats the end of the token before */
};

static int collect_token(void *ctx, const char *token, size_t n, size_t start, size_t end)
{
    struct collect *c = ctx;
    struct term *t = c->term;

    c->is_last_of_run = t->n_tokens > 0 && end == c->last_end && start > c->last_start;
    c->last_at = t->tokens.n;
    c->last_start = start;
    c->last_end = end;
    buf_add(&t->tokens, token, n);
    buf_add_char(&t->tokens, '\0');
    t->n_tokens++;
    return 0;
}

static void add_term(struct terms *out, struct fct_bytes words, bool is_prefix)
{
    struct term t = {.is_prefix = is_prefix};
    struct collect c = {.term = &t};

    tokens_of(words, collect_token, &c);
    if (t.n_tokens == 0) {
        buf_done(&t.tokens);
        return;
    }
    if (c.is_last_of_run) {
        t.tokens.n = c.last_at;
        t.n_tokens--;
    } else if (token_is_one_of_a_run(t.tokens.p + c.last_at, t.tokens.n - c.last_at - 1)) {
        t.is_prefix = true;
    }
    out->v = xreallocarray(out->v, out->n + 1, sizeof(*out->v));
    out->v[out->n++] = t;
    out->n_tokens += t.n_tokens;
}

size_t terms_space(const char *p, const char *end)
{
    if (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
        return 1;
    return end - p >= 3 && memcmp(p, "\xe3\x80\x80", 3) == 0 ? 3 : 0;
}

static bool is_end_of_word(const char *p, const char *end)
{
    return p == end || terms_space(p, end) || (*p == '*' && (p + 1 == end || terms_space(p + 1, end)));
}

/* The closing quote of the phrase that opens at `p`, or NULL. An apostrophe inside ('don't') closes nothing. */
static const char *phrase_end(const char *p, const char *end)
{
    char quote = *p;

    for (p++; p < end; p++) {
        if (*p == '\\' && p + 1 < end)
            p++;
        else if (*p == quote && (quote == '"' || is_end_of_word(p + 1, end)))
            return p;
    }
    return NULL;
}

static void add_phrase(struct terms *out, const char *p, const char *end, bool is_prefix)
{
    CLEANUP(buf_done) struct buf plain = {0};

    for (; p < end; p++) {
        if (*p == '\\' && p + 1 < end)
            p++;
        buf_add_char(&plain, *p);
    }
    add_term(out, buf_bytes(&plain), is_prefix);
}

static const char *parse_word(struct terms *out, const char *p, const char *end)
{
    const char *close = *p == '"' || *p == '\'' ? phrase_end(p, end) : NULL;

    if (close) {
        bool is_prefix = close + 1 < end && close[1] == '*';
        add_phrase(out, p + 1, close, is_prefix);
        return close + 1 + is_prefix;
    }
    const char *stop = p;
    while (stop < end && !terms_space(stop, end))
        stop++;
    bool is_prefix = stop[-1] == '*';
    add_term(out, bytes_of(p, (size_t)(stop - p)), is_prefix);
    return stop;
}

void terms_parse(struct fct_bytes text, struct terms *out)
{
    const char *p = text.p, *end = text.p + text.n;
    bool is_empty = true;

    *out = (struct terms){0};
    while (p < end) {
        size_t space = terms_space(p, end);
        if (space) {
            p += space;
            continue;
        }
        is_empty = false;
        p = parse_word(out, p, end);
    }
    out->is_nothing = !is_empty && out->n == 0;
}

void terms_done(struct terms *t)
{
    for (size_t i = 0; i < t->n; i++)
        buf_done(&t->v[i].tokens);
    free(t->v);
    *t = (struct terms){0};
}

/* ---- as an FTS5 query ---------------------------------------------------------------------------------------- */

void prefix_table_done(struct prefix_table *p)
{
    for (size_t i = 0; i < p->n; i++)
        buf_done(&p->v[i].words);
    free(p->v);
    *p = (struct prefix_table){0};
}

const struct prefix_words *prefix_table_find(const struct prefix_table *p, const struct term *t)
{
    for (size_t i = 0; p && i < p->n; i++)
        if (p->v[i].term == t)
            return &p->v[i];
    return NULL;
}

/* Tokens hold letters, digits and symbols: no quote, no separator. `last` stands for the last token, NULL for itself.
 */
static void phrase_to_fts(const struct term *t, const char *last, struct buf *out)
{
    const char *token = t->tokens.p;

    for (size_t i = 0; i < t->n_tokens; i++, token += strlen(token) + 1)
        buf_addf(out, "%s\"%s\"", i ? " + " : "", last && i + 1 == t->n_tokens ? last : token);
    if (t->is_prefix && !last)
        buf_add_str(out, " *");
}

static void term_to_fts(const struct term *t, const struct prefix_words *known, struct buf *out)
{
    if (!known || known->words.n == 0) {
        phrase_to_fts(t, NULL, out);
        return;
    }
    buf_add_char(out, '(');
    for (const char *word = known->words.p; word < known->words.p + known->words.n; word += strlen(word) + 1) {
        if (word != known->words.p)
            buf_add_str(out, " OR ");
        phrase_to_fts(t, word, out);
    }
    buf_add_char(out, ')');
}

void terms_to_fts(const struct terms *t, const char *column, const struct prefix_table *prefixes, struct buf *out)
{
    bool is_first = true;

    for (size_t i = 0; i < t->n; i++) {
        const struct prefix_words *known = prefix_table_find(prefixes, &t->v[i]);
        if (known && known->is_wide)
            continue;
        if (!is_first)
            buf_add_str(out, " AND ");
        else if (column)
            buf_addf(out, "%s : (", column);
        is_first = false;
        term_to_fts(&t->v[i], known, out);
    }
    if (column && !is_first)
        buf_add_char(out, ')');
}

/* ---- in a text ------------------------------------------------------------------------------------------------- */

struct token_place {
    size_t at, n, start, end;
};
struct token_list {
    struct buf bytes;
    struct token_place *v;
    size_t n, cap;
};

static int list_token(void *ctx, const char *token, size_t n, size_t start, size_t end)
{
    struct token_list *l = ctx;

    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 64;
        l->v = xreallocarray(l->v, l->cap, sizeof(*l->v));
    }
    l->v[l->n++] = (struct token_place){l->bytes.n, n, start, end};
    buf_add(&l->bytes, token, n);
    return 0;
}

static void token_list_done(struct token_list *l)
{
    buf_done(&l->bytes);
    free(l->v);
}

static bool is_term_at(const struct term *t, const struct token_list *l, size_t at)
{
    const char *token = t->tokens.p;

    if (at + t->n_tokens > l->n)
        return false;
    for (size_t i = 0; i < t->n_tokens; i++) {
        const struct token_place *p = &l->v[at + i];
        size_t n = strlen(token);
        bool is_open = t->is_prefix && i + 1 == t->n_tokens;
        if (is_open ? p->n < n : p->n != n)
            return false;
        if (memcmp(l->bytes.p + p->at, token, n) != 0)
            return false;
        token += n + 1;
    }
    return true;
}

static void span_add(struct spans *s, struct span span)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 16;
        s->v = xreallocarray(s->v, s->cap, sizeof(*s->v));
    }
    s->v[s->n++] = span;
}

/* One character of a run was looked for as a prefix and found a pair: only the character itself is marked. */
static size_t span_end(const struct term *t, const struct token_list *l, size_t last)
{
    const char *token = t->tokens.p;

    for (size_t i = 0; i + 1 < t->n_tokens; i++)
        token += strlen(token) + 1;
    bool is_first_of_pair = t->is_prefix && token_is_one_of_a_run(token, strlen(token)) && last + 1 < l->n &&
                            l->v[last + 1].start < l->v[last].end;
    return is_first_of_pair ? l->v[last + 1].start : l->v[last].end;
}

void terms_find(const struct terms *t, struct fct_bytes text, struct spans *out)
{
    CLEANUP(token_list_done) struct token_list l = {0};

    tokens_of(text, list_token, &l);
    for (size_t at = 0; at < l.n; at++)
        for (size_t i = 0; i < t->n; i++)
            if (is_term_at(&t->v[i], &l, at)) {
                size_t last = at + t->v[i].n_tokens - 1;
                span_add(out, (struct span){l.v[at].start, span_end(&t->v[i], &l, last), i});
            }
}

void spans_done(struct spans *s)
{
    free(s->v);
    *s = (struct spans){0};
}

bool terms_match(const struct terms *t, struct fct_bytes text)
{
    CLEANUP(token_list_done) struct token_list l = {0};

    if (t->is_nothing)
        return false;
    if (t->n == 0)
        return true;
    tokens_of(text, list_token, &l);
    for (size_t i = 0; i < t->n; i++) {
        size_t at = 0;
        while (at < l.n && !is_term_at(&t->v[i], &l, at))
            at++;
        if (at == l.n)
            return false;
    }
    return true;
}
