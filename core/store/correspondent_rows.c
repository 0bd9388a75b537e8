#include "store/correspondent_rows.h"

#include "base/alloc.h"
#include "base/error.h"
#include "store/correspondents.h"
#include "store/db.h"
#include "store/keywords.h"
#include "text/tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EPOCH INT64_C(1577836800)  /* 2020; weights of 1970 to 2100 are far within what a double holds */
#define LATEST INT64_C(4102444800) /* 2100: no date counts as later */
#define MINOR (1.0 / 64)           /* of what other messages count */

/* ---- addresses ---- */

char *address_key(const char *email)
{
    char *key = xstrdup(email);

    for (char *p = key; *p; p++) {
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    }
    return key;
}

/* One that an address field takes as it stands: local part, @, domain; nothing that would need quotes or tell more. */
static bool is_usable(const char *email)
{
    const char *at = email ? strrchr(email, '@') : NULL;

    if (!at || at == email || !at[1] || strlen(email) > CORRESPONDENT_ADDRESS_MAX)
        return false;
    for (const char *p = email; *p; p++) {
        if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr("<>(),;:\"\\", *p))
            return false;
    }
    return true;
}

static bool is_usable_name(const char *name)
{
    if (!name || strlen(name) > CORRESPONDENT_NAME_MAX)
        return false;
    for (const char *p = name; *p; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    }
    return true;
}

/* Case does not matter in the prefixes. */
static bool begins_with(const char *s, const char *prefix)
{
    return strncasecmp(s, prefix, strlen(prefix)) == 0;
}

bool address_is_automatic(const char *address)
{
    static const char *const locals[] = {"noreply",      "no-reply",     "no_reply",     "no.reply",  "donotreply",
                                         "do-not-reply", "do_not_reply", "do.not.reply", "dontreply", "mailer-daemon",
                                         "bounce",       "notification", "postmaster@",  "nobody@",   "unsubscribe"};

    for (size_t i = 0; i < sizeof(locals) / sizeof(locals[0]); i++) {
        if (begins_with(address, locals[i]))
            return true;
    }
    const char *at = strchr(address, '@'), *tail = strstr(address, "noreply");
    const char *dashed = strstr(address, "no-reply");
    return at && ((tail && tail < at) || (dashed && dashed < at)); /* comments-noreply@ */
}

/* ---- uses ---- */

static void use_done(struct correspondent_use *u)
{
    free(u->address);
    free(u->email);
    free(u->name);
}

void correspondent_uses_done(struct correspondent_uses *u)
{
    for (size_t i = 0; i < u->n; i++)
        use_done(&u->v[i]);
    free(u->v);
    *u = (struct correspondent_uses){0};
}

void correspondent_use_add(struct correspondent_uses *u, const char *email, const char *name,
                           enum correspondent_use_kind kind, bool is_minor, int64_t at, int sign)
{
    if (!is_usable(email))
        return;
    if (u->n == u->cap) {
        u->cap = u->cap ? 2 * u->cap : 16;
        u->v = xreallocarray(u->v, u->cap, sizeof(*u->v));
    }
    struct correspondent_use use = {.kind = kind, .is_minor = is_minor, .at = at, .sign = sign};
    bool is_named = is_usable_name(name) && strcasecmp(name, email) != 0;
    use.address = address_key(email);
    use.email = xstrdup(email);
    use.name = xstrdup(is_named ? name : "");
    use.is_minor = is_minor || address_is_automatic(use.address);
    u->v[u->n++] = use;
}

/* ---- weights ---- */

double correspondent_weight(enum correspondent_use_kind kind, bool is_minor, int64_t at)
{
    static const double of_kind[N_USE_KINDS] = {[USE_SENT] = 1, [USE_REPLY] = 1.0 / 16, [USE_RECEIVED] = 1.0 / 64};

    if (at > LATEST)
        at = LATEST;
    return of_kind[kind] * (is_minor ? MINOR : 1) * exp2((double)(at - EPOCH) / (double)CORRESPONDENT_HALF_LIFE);
}

double correspondent_score(double weight, int64_t now)
{
    return weight * exp2((double)(EPOCH - now) / (double)CORRESPONDENT_HALF_LIFE);
}

/* ---- words ---- */

struct word_list {
    char **v;
    size_t n, max;
};

static void word_list_done(struct word_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i]);
    free(l->v);
}

static int take_word(void *ctx, const char *token, size_t n, size_t start, size_t end)
{
    struct word_list *l = ctx;

    (void)start, (void)end;
    for (size_t i = 0; i < l->n; i++) {
        if (strlen(l->v[i]) == n && memcmp(l->v[i], token, n) == 0)
            return 0;
    }
    if (l->n == l->max)
        return 1;
    l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
    l->v[l->n++] = xstrndup(token, n);
    return 0;
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void correspondent_words(struct fct_bytes text, size_t max, struct buf *out)
{
    CLEANUP(word_list_done) struct word_list l = {.max = max};

    tokens_of(text, take_word, &l);
    if (l.n > 0)
        qsort(l.v, l.n, sizeof(*l.v), compare_words);
    for (size_t i = 0; i < l.n; i++) {
        if (i > 0)
            buf_add_char(out, ' ');
        buf_add_str(out, l.v[i]);
    }
}

static void words_of(const char *name, const char *email, struct buf *out)
{
    CLEANUP(buf_done) struct buf text = {0};

    buf_addf(&text, "%s %s", email, name);
    correspondent_words(buf_bytes(&text), CORRESPONDENT_WORDS_MAX, out);
}

/* ---- a row ---- */

struct row {
    int64_t id; /* 0: there is none */
    char *email, *name;
    char *words;
    int64_t named_at, last_at, n[N_USE_KINDS];
    double weight;
    bool is_renamed; /* email or name are others than in the row */
};

static void row_done(struct row *r)
{
    free(r->email);
    free(r->name);
    free(r->words);
}

static int row_load(struct store_tx *tx, int64_t account_id, const char *address, struct row *out,
                    struct fct_error *err)
{
    sqlite3_stmt *q =
        store_stmt(tx, "SELECT id, email, name, words, named_at, last_at, n_sent, n_replies, n_received, weight FROM "
                       "correspondent WHERE account_id = ?1 AND address = ?2");

    sqlite3_bind_int64(q, 1, account_id);
    bind_text(q, 2, address);
    int has_row = store_step(tx, q, err);
    if (has_row <= 0)
        return has_row;
    *out = (struct row){.id = sqlite3_column_int64(q, 0),
                        .email = xstrdup(store_text(q, 1)),
                        .name = xstrdup(store_text(q, 2)),
                        .words = xstrdup(store_text(q, 3)),
                        .named_at = sqlite3_column_int64(q, 4),
                        .last_at = sqlite3_column_int64(q, 5),
                        .n = {sqlite3_column_int64(q, 6), sqlite3_column_int64(q, 7), sqlite3_column_int64(q, 8)},
                        .weight = sqlite3_column_double(q, 9)};
    store_reset(q);
    return 0;
}

static void set_text(struct row *r, char **field, const char *value)
{
    if (*field && strcmp(*field, value) == 0)
        return;
    free(*field);
    *field = xstrdup(value);
    r->is_renamed = true;
}

static void row_apply(struct row *r, const struct correspondent_use *u)
{
    r->n[u->kind] += u->sign;
    r->weight += u->sign * correspondent_weight(u->kind, u->is_minor, u->at);
    if (u->sign < 0)
        return;
    if (!r->email || u->at >= r->last_at)
        set_text(r, &r->email, u->email);
    if (u->at > r->last_at)
        r->last_at = u->at;
    if (!r->name || (u->name[0] && (!r->name[0] || u->at >= r->named_at))) {
        set_text(r, &r->name, u->name);
        r->named_at = u->name[0] ? u->at : 0;
    }
}

/* Inserts or deletes what `words` names and `but` does not. */
static int write_words(struct store_tx *tx, const char *sql, int64_t account_id, int64_t id, const char *words,
                       const char *but, struct fct_error *err)
{
    CLEANUP(freep) char *list = words_minus(words && *words ? words : NULL, but && *but ? but : NULL);
    struct fct_bytes word;

    for (const char *at = list; words_next(&at, &word);) {
        sqlite3_stmt *q = store_stmt(tx, sql);
        sqlite3_bind_int64(q, 1, account_id);
        sqlite3_bind_text(q, 2, word.p, (int)word.n, SQLITE_STATIC);
        sqlite3_bind_int64(q, 3, id);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    return 0;
}

static int row_delete(struct store_tx *tx, int64_t account_id, const struct row *r, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM correspondent WHERE id = ?1");

    sqlite3_bind_int64(q, 1, r->id);
    if (store_run(tx, q, err) < 0)
        return -1;
    return write_words(tx,
                       "DELETE FROM correspondent_word WHERE account_id = ?1 AND word = ?2 AND correspondent_id = ?3",
                       account_id, r->id, r->words, NULL, err);
}

static int row_write(struct store_tx *tx, int64_t account_id, const char *address, struct row *r, const char *words,
                     struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "INSERT INTO correspondent (id, account_id, address, email, name, words, named_at, last_at, n_sent, "
            "n_replies, n_received, weight) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) "
            "ON CONFLICT (id) DO UPDATE SET email = ?4, name = ?5, words = ?6, named_at = ?7, last_at = ?8, n_sent = "
            "?9, n_replies = ?10, n_received = ?11, weight = ?12");

    if (r->id)
        sqlite3_bind_int64(q, 1, r->id);
    sqlite3_bind_int64(q, 2, account_id);
    bind_text(q, 3, address);
    bind_text(q, 4, r->email);
    bind_text(q, 5, r->name);
    bind_text(q, 6, words);
    sqlite3_bind_int64(q, 7, r->named_at);
    sqlite3_bind_int64(q, 8, r->last_at);
    for (int k = 0; k < N_USE_KINDS; k++)
        sqlite3_bind_int64(q, 9 + k, r->n[k]);
    sqlite3_bind_double(q, 12, r->weight);
    if (store_run(tx, q, err) < 0)
        return -1;
    if (!r->id)
        r->id = sqlite3_last_insert_rowid(store_db(tx));
    return 0;
}

/* Most messages are from and to whom one knows: nothing but the numbers is another. */
static int row_update(struct store_tx *tx, const struct row *r, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "UPDATE correspondent SET named_at = ?2, last_at = ?3, n_sent = ?4, n_replies = "
                                     "?5, n_received = ?6, weight = ?7 WHERE id = ?1");

    sqlite3_bind_int64(q, 1, r->id);
    sqlite3_bind_int64(q, 2, r->named_at);
    sqlite3_bind_int64(q, 3, r->last_at);
    for (int k = 0; k < N_USE_KINDS; k++)
        sqlite3_bind_int64(q, 4 + k, r->n[k]);
    sqlite3_bind_double(q, 7, r->weight);
    return store_run(tx, q, err);
}

static int row_save(struct store_tx *tx, int64_t account_id, const char *address, struct row *r, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf words = {0};
    bool is_empty = true;

    for (int k = 0; k < N_USE_KINDS; k++) {
        if (r->n[k] < 0) /* never, unless the database was meddled with */
            r->n[k] = 0;
        is_empty = is_empty && r->n[k] == 0;
    }
    if (is_empty || !r->email)
        return r->id ? row_delete(tx, account_id, r, err) : 0;
    if (r->weight < 0) /* what rounding leaves */
        r->weight = 0;
    if (r->id && !r->is_renamed)
        return row_update(tx, r, err);
    words_of(r->name, r->email, &words);
    if (row_write(tx, account_id, address, r, buf_str(&words), err) < 0)
        return -1;
    if (r->words && strcmp(r->words, buf_str(&words)) == 0)
        return 0;
    return write_words(tx,
                       "DELETE FROM correspondent_word WHERE account_id = ?1 AND word = ?2 AND correspondent_id = ?3",
                       account_id, r->id, r->words, buf_str(&words), err) < 0 ||
                   write_words(tx,
                               "INSERT OR IGNORE INTO correspondent_word (account_id, word, correspondent_id) VALUES "
                               "(?1, ?2, ?3)",
                               account_id, r->id, buf_str(&words), r->words, err) < 0
               ? -1
               : 0;
}

static int compare_uses(const void *a, const void *b)
{
    const struct correspondent_use *x = a, *y = b;
    int order = strcmp(x->address, y->address);

    if (order != 0)
        return order;
    return (x->at > y->at) - (x->at < y->at);
}

int correspondent_uses_write(struct store_tx *tx, int64_t account_id, struct correspondent_uses *u,
                             struct fct_error *err)
{
    int rc = 0;

    if (u->n > 1)
        qsort(u->v, u->n, sizeof(*u->v), compare_uses);
    for (size_t i = 0; i < u->n && rc == 0;) {
        CLEANUP(row_done) struct row r = {0};
        const char *address = u->v[i].address;
        rc = row_load(tx, account_id, address, &r, err);
        for (; i < u->n && strcmp(u->v[i].address, address) == 0; i++)
            row_apply(&r, &u->v[i]);
        if (rc == 0)
            rc = row_save(tx, account_id, address, &r, err);
    }
    correspondent_uses_done(u);
    return rc;
}
