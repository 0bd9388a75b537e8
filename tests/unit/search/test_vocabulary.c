/* The words of the index, read from FTS5's tables, against what FTS5 itself says. */
#include "unit/store/mail_fixture.h"

#include "search/vocabulary.h"

static struct fixture fixture;
static uint64_t seed = 1;

static size_t pick(size_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (size_t)((seed >> 11) % n);
}

/* Words of two to five letters out of five; the short ones are in many rows. */
static void add_words(struct buf *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (b->n)
            buf_add_char(b, TOKENS_SEPARATOR);
        for (size_t k = 2 + pick(2) + pick(3); k > 0; k--)
            buf_add_char(b, "abmxy"[pick(5)]);
    }
}

struct insert_job {
    int64_t first;
    size_t n;
};

/* Straight into the index: no Emails are needed here. Now and then a row has one word a few thousand times, so that a
 * list of positions fills several pages. */
static int insert_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct insert_job *j = arg;

    for (size_t i = 0; i < j->n; i++) {
        CLEANUP(buf_done) struct buf body = {0}, subject = {0}, list = {0};
        sqlite3_stmt *q = store_stmt(tx, "INSERT INTO fts (rowid, body, subject, list) VALUES (?1, ?2, ?3, ?4)");
        add_words(&body, 1 + pick(60));
        for (size_t k = pick(50) == 0 ? 6000 : 0; k > 0; k--)
            buf_add_str(&body, k % 300 ? "\x1f"
                                         "mmmm"
                                       : "\x1f"
                                         "ab");
        add_words(&subject, pick(4));
        if (pick(3) == 0)
            add_words(&list, 2);
        sqlite3_bind_int64(q, 1, j->first + (int64_t)i * (int64_t)(1 + j->first % 3));
        sqlite3_bind_text(q, 2, buf_str(&body), (int)body.n, SQLITE_STATIC);
        sqlite3_bind_text(q, 3, buf_str(&subject), (int)subject.n, SQLITE_STATIC);
        sqlite3_bind_text(q, 4, buf_str(&list), (int)list.n, SQLITE_STATIC);
        if (store_run(tx, q, err) < 0)
            return -1;
    }
    return 0;
}

struct prefix_job {
    const char *prefix;
    const char *column;
    int number;
    int64_t *ids, *expected;
    size_t n, n_expected;
    int rc;
    enum prefix_kind kind;
    struct buf words;
};

static int ask_fts5(struct store_tx *tx, struct prefix_job *j, struct fct_error *err)
{
    CLEANUP(freep)
    char *match = xasprintf("%s%s\"%s\" *", j->column ? j->column : "", j->column ? " : " : "", j->prefix);
    sqlite3_stmt *q = store_stmt(tx, "SELECT rowid FROM fts WHERE fts MATCH ?1 ORDER BY rowid DESC");
    int has_row;

    j->expected = xcalloc(100000, sizeof(*j->expected));
    sqlite3_bind_text(q, 1, match, -1, SQLITE_TRANSIENT);
    while ((has_row = store_step(tx, q, err)) > 0)
        j->expected[j->n_expected++] = sqlite3_column_int64(q, 0);
    return has_row;
}

static int prefix_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct prefix_job *j = arg;

    j->rc = prefix_ids(tx, j->prefix, j->number, &j->ids, &j->n, err);
    if (j->rc < 0 || prefix_look(tx, j->prefix, &j->kind, &j->words, err) < 0)
        return -1;
    return ask_fts5(tx, j, err);
}

static void job_done(struct prefix_job *j)
{
    free(j->ids);
    free(j->expected);
    buf_done(&j->words);
}

static void assert_same(const char *prefix, const char *column, int number)
{
    CLEANUP(job_done) struct prefix_job j = {.prefix = prefix, .column = column, .number = number};

    assert_ok(store_read(fixture.store, prefix_fn, &j, err));

    assert_int_equal(j.rc, 1);
    if (j.n != j.n_expected)
        fail_msg("%s in %s: %zu found, %zu expected", prefix, column ? column : "any column", j.n, j.n_expected);
    for (size_t i = 0; i < j.n; i++)
        assert_int_equal(j.ids[i], j.expected[i]);
}

static void ids_are_those_of_fts5(void **state)
{
    static const char *const prefixes[] = {"a", "ab", "aba",   "m",  "mm", "mmmm", "mmmmx",
                                           "x", "y",  "yyyyy", "zz", "b",  "0",    "\xe6\x9d\xb1"};
    (void)state;

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        assert_same(prefixes[i], NULL, -1);
        assert_same(prefixes[i], "body", 0);
        assert_same(prefixes[i], "subject", 1);
        assert_same(prefixes[i], "list", 7);
        assert_same(prefixes[i], "cc", 4);
    }
}

static void a_narrow_prefix_is_a_few_words(void **state)
{
    CLEANUP(job_done) struct prefix_job j = {.prefix = "mmmm", .number = -1};
    (void)state;

    assert_ok(store_read(fixture.store, prefix_fn, &j, err));

    assert_int_equal(j.kind, PREFIX_WORDS);
    size_t n = 0;
    for (const char *p = j.words.p; p < j.words.p + j.words.n; p += strlen(p) + 1, n++)
        assert_memory_equal(p, "mmmm", 4);
    assert_true(n >= 1 && n <= 6); /* mmmm, mmmma.. */
}

static void a_short_prefix_is_wide_and_a_rare_one_left_alone(void **state)
{
    CLEANUP(job_done) struct prefix_job wide = {.prefix = "m", .number = -1}, rare = {.prefix = "zz", .number = -1};
    (void)state;

    assert_ok(store_read(fixture.store, prefix_fn, &wide, err));
    assert_ok(store_read(fixture.store, prefix_fn, &rare, err));

    assert_int_equal(wide.kind, PREFIX_WIDE);
    assert_int_equal(rare.kind, PREFIX_NATIVE);
}

static void a_transaction_that_writes_is_left_to_fts5(void **state)
{
    CLEANUP(job_done) struct prefix_job j = {.prefix = "m", .number = -1};
    (void)state;

    assert_ok(store_write(fixture.store, prefix_fn, &j, err));

    assert_int_equal(j.rc, 0);
    assert_int_equal(j.kind, PREFIX_NATIVE);
}

static int setup(void **state)
{
    (void)state;
    mime_init();
    fixture = fixture_new();
    for (int64_t i = 0; i < 14; i++) { /* every transaction leaves a segment; some are merged */
        struct insert_job j = {1000000 + i * 100000, 20 + pick(400)};
        assert_ok(store_write(fixture.store, insert_fn, &j, err));
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_done(&fixture);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_those_of_fts5),
        cmocka_unit_test(a_narrow_prefix_is_a_few_words),
        cmocka_unit_test(a_short_prefix_is_wide_and_a_rare_one_left_alone),
        cmocka_unit_test(a_transaction_that_writes_is_left_to_fts5),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
