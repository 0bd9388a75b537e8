/* What is kept of Emails to sort them: new ones join, what a repair mends is read again; and the order of texts. */
#include "unit/store/mail_fixture.h"

#include "search/search.h"
#include "search/texts.h"
#include "store/envelopes.h"

static struct fixture fixture;
static int64_t account, inbox;

struct sorted_job {
    const char *sort;
    struct search_result result;
};

static int sorted_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct sorted_job *j = arg;
    CLEANUP(search_sort_freep) struct search_sort *s = NULL;
    json_auto_t *json = json_loads(j->sort, 0, NULL);

    if (search_sort_from_json(json, &s, err) < 0)
        return -1;
    struct search_query q = {.account_id = -1, .sort = s, .limit = -1};
    return search_run(tx, &q, &j->result, err);
}

static void assert_sorted(const char *sort, const int64_t *ids, size_t n)
{
    struct sorted_job j = {.sort = sort};

    assert_ok(store_read(fixture.store, sorted_fn, &j, err));
    assert_int_equal(j.result.n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(j.result.ids[i], ids[i]);
    search_result_done(&j.result);
}
#define BY_SUBJECT "[{\"property\":\"subject\"}]"
#define BY_FROM "[{\"property\":\"from\",\"isAscending\":false}]"
#define BY_SIZE "[{\"property\":\"size\"},{\"property\":\"receivedAt\"}]"
#define SORTED(sort, ...) \
    assert_sorted(sort, (int64_t[]){__VA_ARGS__}, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

struct refresh_job {
    int64_t id;
    struct letter letter;
    bool has_changed;
};

static int refresh_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct refresh_job *j = arg;
    CLEANUP(mime_summary_done) struct mime_summary s = {0};
    CLEANUP(freep) char *text = letter_text(&j->letter);
    struct threads_key key;

    mime_summarize(bytes_str(text), &s);
    if (threads_key_load(tx, &key, err) < 0)
        return -1;
    return envelope_refresh(tx, j->id, &key, &s, &j->has_changed, err);
}

static int64_t arrived(int64_t at, const char *id, const char *from, const char *subject, const char *body)
{
    return arrive_letter(&fixture, account, inbox, 0, at, 0,
                         &(struct letter){.id = id, .from = from, .subject = subject, .body = body});
}

static void new_mail_joins_what_is_kept(void **state)
{
    (void)state;
    int64_t b = arrived(1700000000, "1@x", "Bo <b@x.example>", "bees", "one");
    int64_t d = arrived(1700010000, "2@x", "Di <d@x.example>", "dogs", "one two");
    SORTED(BY_SUBJECT, b, d);
    SORTED(BY_FROM, d, b);
    SORTED(BY_SIZE, b, d);
    int64_t c = arrived(1700005000, "3@x", "Cy <c@x.example>", "cats", "one two three four"); /* between them */
    int64_t a = arrived(1700020000, "4@x", "Bo <b@x.example>", "ants", "");
    SORTED(BY_SUBJECT, a, b, c, d);
    SORTED(BY_FROM, d, c, a, b); /* of two alike the newer */
    SORTED(BY_SIZE, a, b, d, c);

    /* a subject that was read wrongly is mended */
    struct refresh_job j = {.id = a,
                            .letter = {.id = "4@x", .from = "Bo <b@x.example>", .subject = "emus", .body = ""}};
    assert_ok(store_write(fixture.store, refresh_fn, &j, err));
    assert_true(j.has_changed);
    SORTED(BY_SUBJECT, b, c, d, a);
    SORTED(BY_FROM, d, c, a, b);
}

static int with_field_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    CLEANUP(search_filter_freep) struct search_filter *f = NULL;
    CLEANUP(search_result_done) struct search_result r = {0};
    json_auto_t *json = json_loads("{\"header\":[\"X-Scanned\"]}", 0, NULL);
    struct search_query q = {.account_id = -1, .limit = -1};

    if (search_filter_from_json(json, &f, err) < 0)
        return -1;
    q.filter = f;
    if (search_run(tx, &q, &r, err) < 0)
        return -1;
    *(size_t *)arg = r.n;
    return 0;
}

static size_t with_field(void)
{
    size_t n = 99;
    assert_ok(store_read(fixture.store, with_field_fn, &n, err));
    return n;
}

/* The message at a UID, or (size > 0) only the header of one of that size. */
static void arrive_raw(uint64_t uid, const char *raw, size_t size)
{
    struct prepared p;

    prepared_init(&p, fixture.store, raw, strlen(raw));
    struct store_arrival a = {.mailbox_id = inbox,
                              .uid = uid,
                              .received_at = 1700030000,
                              .partial_size = size,
                              .blob = p.blob,
                              .summary = &p.summary};
    arrive(&fixture, account, &a, 1);
    assert_int_equal(a.was_completed, size == 0);
    prepared_done(&p);
}

/* A server's header and its message are not always alike: what scans a message when it is read adds a field. */
static void fields_that_come_with_the_body_are_found(void **state)
{
    static const char header[] = "Message-ID: <7@x>\r\nFrom: a@x.example\r\n\r\n",
                      whole[] = "Message-ID: <7@x>\r\nFrom: a@x.example\r\nX-Scanned: yes\r\n\r\nbody\r\n";
    (void)state;
    arrive_raw(7, header, sizeof(whole) - 1);
    assert_int_equal(with_field(), 0);
    arrive_raw(7, whole, 0);
    assert_int_equal(with_field(), 1);

    /* as nearly all are: nothing is read again */
    static const char same[] = "Message-ID: <8@x>\r\nX-Scanned: no\r\n\r\n",
                      its_whole[] = "Message-ID: <8@x>\r\nX-Scanned: no\r\n\r\nbody";
    arrive_raw(8, same, sizeof(its_whole) - 1);
    int64_t generation = sql_number(&fixture, "SELECT value FROM meta WHERE key = 'facts'");
    arrive_raw(8, its_whole, 0);
    assert_int_equal(sql_number(&fixture, "SELECT value FROM meta WHERE key = 'facts'"), generation);
    assert_int_equal(with_field(), 2);
}

static void texts_have_their_place_whenever_they_come(void **state)
{
    enum { N = 3000 };
    (void)state;
    static char text[N][8];
    static uint32_t number[N];
    struct texts t = {0};
    uint64_t seed = 7;

    for (uint32_t i = 0; i < N; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        snprintf(text[i], sizeof(text[i]), "%.*s%u", (int)(seed >> 62), "aab", (unsigned)(seed >> 33) % 900);
        number[i] = texts_add(&t, bytes_str(text[i]));
        if (i % 700 != 699 && i != N - 1)
            continue;
        texts_rank(&t);
        for (uint32_t k = 0; k < 2000; k++) {
            uint32_t x = (k * 7919) % (i + 1), y = (k * 104729 + 1) % (i + 1);
            int c = strcmp(text[x], text[y]);
            int64_t r = (int64_t)t.rank[number[x]] - t.rank[number[y]];
            assert_true((c < 0) == (r < 0) && (c == 0) == (r == 0));
        }
    }
    assert_true(t.n < N);
    texts_done(&t);
}

static int setup(void **state)
{
    (void)state;
    mime_init();
    fixture = fixture_new();
    account = local_account(&fixture);
    inbox = mailbox_with_role(&fixture, account, FCT_ROLE_INBOX);
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
        cmocka_unit_test(new_mail_joins_what_is_kept),
        cmocka_unit_test(fields_that_come_with_the_body_are_found),
        cmocka_unit_test(texts_have_their_place_whenever_they_come),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
