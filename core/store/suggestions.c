/* Completion while an address is typed: see correspondents.h.
 *
 * Few addresses have a word that begins with what was typed: they are looked at one by one. Where many have (one
 * letter, "com"), the best are found by going down the weights, which meets enough of them soon. */
#include "store/correspondents.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/correspondent_rows.h"
#include "store/db.h"

#include <stdlib.h>
#include <string.h>

#define TYPED_WORDS_MAX 8
#define TYPED_MAX 256  /* bytes; what is beyond is not looked at */
#define FEW 500        /* addresses of one word that are looked at one by one */
#define WALK_MAX 20000 /* looked at in the order of their weights */
#define ACCOUNTS_MAX 1000

void store_suggestions_free(struct store_suggestion *v, size_t n)
{
    for (size_t i = 0; v && i < n; i++) {
        free(v[i].address);
        free(v[i].email);
        free(v[i].name);
    }
    free(v);
}

/* ---- what was typed ---- */

struct typed {
    char *words[TYPED_WORDS_MAX];
    size_t n;
    bool is_nothing; /* no word can be made of it: nothing begins so */
};

static void typed_done(struct typed *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->words[i]);
}

static int longest_first(const void *a, const void *b)
{
    size_t x = strlen(*(char *const *)a), y = strlen(*(char *const *)b);

    return (x < y) - (x > y);
}

static void typed_parse(const char *text, struct typed *out)
{
    CLEANUP(buf_done) struct buf words = {0};
    size_t n = strlen(text);

    correspondent_words(bytes_of(text, n < TYPED_MAX ? n : TYPED_MAX), TYPED_WORDS_MAX, &words);
    for (const char *p = buf_str(&words); *p && out->n < TYPED_WORDS_MAX;) {
        size_t end = strcspn(p, " ");
        out->words[out->n++] = xstrndup(p, end);
        p += end + (p[end] == ' ');
    }
    qsort(out->words, out->n, sizeof(out->words[0]), longest_first);
    out->is_nothing = out->n == 0 && text[strspn(text, " \t")] != '\0';
}

static bool has_word(const char *words, const char *prefix)
{
    size_t n = strlen(prefix);

    for (const char *p = words; *p; p += *p == ' ') {
        if (strncmp(p, prefix, n) == 0)
            return true;
        p += strcspn(p, " ");
    }
    return false;
}

static bool matches(const struct typed *t, const char *words)
{
    for (size_t i = 0; i < t->n; i++) {
        if (!has_word(words, t->words[i]))
            return false;
    }
    return true;
}

/* ---- the best of them ---- */

struct best {
    struct store_suggestion *v; /* by score, the best first */
    size_t n, max;
    const char *const *exclude;
    size_t n_exclude;
    int64_t now;
};

static bool is_excluded(const struct best *b, const char *address)
{
    for (size_t i = 0; i < b->n_exclude; i++) {
        CLEANUP(freep) char *key = address_key(b->exclude[i]);
        if (strcmp(key, address) == 0)
            return true;
    }
    return false;
}

static bool comes_before(const struct store_suggestion *a, const struct store_suggestion *b)
{
    return a->score != b->score ? a->score > b->score : strcmp(a->address, b->address) < 0;
}

static void sift_up(struct best *b, size_t i)
{
    for (; i > 0 && comes_before(&b->v[i], &b->v[i - 1]); i--) {
        struct store_suggestion swap = b->v[i];
        b->v[i] = b->v[i - 1];
        b->v[i - 1] = swap;
    }
}

/* It is another account's, too: both count. */
static void merge(struct best *b, size_t at, struct store_suggestion *s)
{
    struct store_suggestion *into = &b->v[at];

    into->score += s->score;
    into->n_sent += s->n_sent;
    into->n_received += s->n_received;
    if (s->last_at > into->last_at)
        into->last_at = s->last_at;
    if (s->name[0] && (!into->name[0] || s->named_at > into->named_at)) {
        char *swap = into->name;
        into->name = s->name;
        s->name = swap;
        into->named_at = s->named_at;
    }
    free(s->address);
    free(s->email);
    free(s->name);
    sift_up(b, at);
}

/* Takes what *s owns. */
static void best_add(struct best *b, struct store_suggestion *s)
{
    for (size_t i = 0; i < b->n; i++) {
        if (strcmp(b->v[i].address, s->address) == 0) {
            merge(b, i, s);
            return;
        }
    }
    b->v[b->n++] = *s;
    sift_up(b, b->n - 1);
    if (b->n > b->max) {
        struct store_suggestion *last = &b->v[--b->n];
        free(last->address);
        free(last->email);
        free(last->name);
    }
}

/* Returns whether the row at which `q` stands is one that was looked for. */
static bool take_row(sqlite3_stmt *q, const struct typed *t, struct best *b)
{
    if (!matches(t, store_text(q, 3)) || is_excluded(b, store_text(q, 0)))
        return false;
    struct store_suggestion s = {.address = xstrdup(store_text(q, 0)),
                                 .email = xstrdup(store_text(q, 1)),
                                 .name = xstrdup(store_text(q, 2)),
                                 .n_sent = sqlite3_column_int64(q, 4),
                                 .n_received = sqlite3_column_int64(q, 5),
                                 .last_at = sqlite3_column_int64(q, 6),
                                 .score = correspondent_score(sqlite3_column_double(q, 7), b->now),
                                 .named_at = sqlite3_column_int64(q, 8)};
    best_add(b, &s);
    return true;
}

/* ---- of one account ---- */

/* The addresses with such a word. *out_n FEW + 1: there are more. */
static int find_few(struct store_tx *tx, int64_t account_id, const char *prefix, int64_t out[FEW + 1], size_t *out_n,
                    struct fct_error *err)
{
    CLEANUP(buf_done) struct buf end = {0};
    sqlite3_stmt *q = store_stmt(tx, "SELECT correspondent_id FROM correspondent_word WHERE account_id = ?1 AND word "
                                     ">= ?2 AND word < ?3 LIMIT ?4");
    int has_row;

    buf_add_str(&end, prefix);
    buf_add_char(&end, (char)0xff); /* which no UTF-8 has */
    *out_n = 0;
    sqlite3_bind_int64(q, 1, account_id);
    bind_text(q, 2, prefix);
    bind_text(q, 3, buf_str(&end));
    sqlite3_bind_int(q, 4, FEW + 1);
    while ((has_row = store_step(tx, q, err)) > 0)
        out[(*out_n)++] = sqlite3_column_int64(q, 0);
    return has_row;
}

static int compare_numbers(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int look_at_few(struct store_tx *tx, const struct typed *t, int64_t *ids, size_t n, struct best *b,
                       struct fct_error *err)
{
    qsort(ids, n, sizeof(*ids), compare_numbers);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && ids[i] == ids[i - 1]) /* two of its words begin so */
            continue;
        sqlite3_stmt *q = store_stmt(tx, "SELECT address, email, name, words, n_sent, n_replies + n_received, "
                                         "last_at, weight, named_at FROM correspondent WHERE id = ?1");
        sqlite3_bind_int64(q, 1, ids[i]);
        int has_row = store_step(tx, q, err);
        if (has_row < 0)
            return -1;
        if (has_row > 0)
            take_row(q, t, b);
        store_reset(q);
    }
    return 0;
}

static int walk(struct store_tx *tx, int64_t account_id, const struct typed *t, struct best *b, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT address, email, name, words, n_sent, n_replies + n_received, last_at, "
                                     "weight, named_at FROM correspondent INDEXED BY correspondent_by_weight WHERE "
                                     "account_id = ?1 ORDER BY weight DESC LIMIT ?2");
    size_t n = 0;
    int has_row = 0;

    sqlite3_bind_int64(q, 1, account_id);
    sqlite3_bind_int(q, 2, WALK_MAX);
    while (n < b->max && (has_row = store_step(tx, q, err)) > 0)
        n += take_row(q, t, b);
    store_reset(q);
    return has_row < 0 ? -1 : 0;
}

static int suggest_of(struct store_tx *tx, int64_t account_id, const struct typed *t, struct best *b,
                      struct fct_error *err)
{
    int64_t ids[FEW + 1];
    size_t n;

    for (size_t i = 0; i < t->n; i++) {
        if (find_few(tx, account_id, t->words[i], ids, &n, err) < 0)
            return -1;
        if (n <= FEW)
            return look_at_few(tx, t, ids, n, b, err);
    }
    return walk(tx, account_id, t, b, err);
}

/* ---- all ---- */

static int seen_accounts(struct store_tx *tx, int64_t account_id, int64_t out[ACCOUNTS_MAX], size_t *out_n,
                         struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM account ORDER BY id LIMIT ?1");
    int has_row;

    *out_n = 0;
    if (account_id != -1) {
        out[(*out_n)++] = account_id;
        return 0;
    }
    sqlite3_bind_int(q, 1, ACCOUNTS_MAX);
    while ((has_row = store_step(tx, q, err)) > 0) {
        int64_t id = sqlite3_column_int64(q, 0);
        if (store_tx_sees(tx, id))
            out[(*out_n)++] = id;
    }
    return has_row;
}

int store_correspondents_suggest(struct store_tx *tx, int64_t account_id, const char *text, const char *const *exclude,
                                 size_t n_exclude, size_t max, int64_t now, struct store_suggestion **out,
                                 size_t *out_n, struct fct_error *err)
{
    CLEANUP(typed_done) struct typed t = {0};
    int64_t accounts[ACCOUNTS_MAX];
    size_t n = 0, wanted = max < SUGGESTIONS_MAX ? max : SUGGESTIONS_MAX;
    /* An address that is good in two accounts may be the best although it is not in either. */
    struct best b = {.max = SUGGESTIONS_MAX, .exclude = exclude, .n_exclude = n_exclude, .now = now};
    int rc = 0;

    typed_parse(text, &t);
    b.v = xcalloc(b.max + 1, sizeof(*b.v));
    if (!t.is_nothing)
        rc = seen_accounts(tx, account_id, accounts, &n, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = suggest_of(tx, accounts[i], &t, &b, err);
    if (rc < 0) {
        store_suggestions_free(b.v, b.n);
        return -1;
    }
    while (b.n > wanted) {
        struct store_suggestion *last = &b.v[--b.n];
        free(last->address);
        free(last->email);
        free(last->name);
    }
    *out = b.v;
    *out_n = b.n;
    return 0;
}
