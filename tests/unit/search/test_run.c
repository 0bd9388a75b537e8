#include "model.h"

#include "search/search.h"

static struct model model;

struct job {
    struct search_query q;
    json_t *filter, *sort;
    struct search_result result;
    struct search_delta delta;
    int64_t since, up_to;
    size_t max;
};

static int prepare(struct job *j, struct search_filter **f, struct search_sort **s, struct fct_error *err)
{
    if (search_filter_from_json(j->filter, f, err) < 0 || search_sort_from_json(j->sort, s, err) < 0)
        return -1;
    j->q.filter = *f;
    j->q.sort = *s;
    return 0;
}

static int run_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    CLEANUP(search_filter_freep) struct search_filter *f = NULL;
    CLEANUP(search_sort_freep) struct search_sort *s = NULL;
    return prepare(j, &f, &s, err) < 0 ? -1 : search_run(tx, &j->q, &j->result, err);
}

static int changes_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    CLEANUP(search_filter_freep) struct search_filter *f = NULL;
    CLEANUP(search_sort_freep) struct search_sort *s = NULL;
    return prepare(j, &f, &s, err) < 0 ? -1 : search_changes(tx, &j->q, j->since, j->max, j->up_to, &j->delta, err);
}

static int state_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    return store_state(tx, j->q.account_id, STORE_EMAIL, &j->since, err);
}

static bool contains(const int64_t *ids, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

static void fail_on(const struct job *j, const char *what, const int64_t *expected, size_t n)
{
    char *filter = json_dumps(j->filter, JSON_COMPACT), *sort = j->sort ? json_dumps(j->sort, JSON_COMPACT) : NULL;
    size_t i = 0;

    print_error("%s\nfilter %s\nsort %s\ncollapse %d, expected %zu, found %zu\n", what, filter, sort ? sort : "null",
                j->q.collapse_threads, n, j->result.n);
    while (i < n && i < j->result.n && expected[i] == j->result.ids[i])
        i++;
    print_error("first difference at %zu\n", i);
    for (i = 0; i < n; i++)
        if (!contains(j->result.ids, j->result.n, expected[i]))
            print_error("missing %lld\n", (long long)expected[i]);
    for (i = 0; i < j->result.n; i++)
        if (!contains(expected, n, j->result.ids[i]))
            print_error("too much %lld\n", (long long)j->result.ids[i]);
    free(filter);
    free(sort);
    fail();
}

static void assert_ids(const struct job *j, const char *what, const int64_t *expected, size_t n)
{
    if (j->result.n != n || (n && memcmp(j->result.ids, expected, n * sizeof(*expected)) != 0))
        fail_on(j, what, expected, n);
}

static void search(struct job *j)
{
    struct fct_error err = {0};
    search_result_done(&j->result);
    if (store_read(model.f.store, run_fn, j, &err) < 0) {
        char *filter = json_dumps(j->filter, JSON_COMPACT);
        print_error("%s\n", filter);
        free(filter);
        fail_msg("search_run: %s", err.message);
    }
}

/* Mail that arrived in several batches, was changed, and some of it destroyed. */
static void fill(void)
{
    model_arrive(&model, 150);
    model_change(&model, 60);
    model_arrive(&model, 100);
    model_change(&model, 40);
}

static struct job random_job(void)
{
    struct job j = {.q = {.account_id = pick(&model, 3) ? -1 : model.accounts[pick(&model, 2)],
                          .limit = -1,
                          .collapse_threads = pick(&model, 3) == 0,
                          .calculate_total = true}};
    j.filter = model_random_filter(&model, 0);
    j.sort = pick(&model, 2) ? model_random_sort(&model) : NULL;
    return j;
}

static void job_done(struct job *j)
{
    json_decref(j->filter);
    json_decref(j->sort);
    search_result_done(&j->result);
    search_delta_done(&j->delta);
}

static void any_filter_and_sort_gives_what_the_slow_way_gives(void **state)
{
    (void)state;
    for (int i = 0; i < 600; i++) {
        struct job j = random_job();
        size_t n;
        int64_t *expected = model_search(&model, j.q.account_id, j.filter, j.sort, j.q.collapse_threads, &n);
        search(&j);
        assert_ids(&j, "all", expected, n);
        assert_int_equal(j.result.total, n);
        j.q.limit = 0;
        search(&j);
        assert_int_equal(j.result.total, n);
        assert_int_equal(j.result.n, 0);
        free(expected);
        job_done(&j);
    }
}

/* ---- one Email alone ---- */

static int match_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    CLEANUP(search_filter_freep) struct search_filter *f = NULL;
    if (search_filter_from_json(j->filter, &f, err) < 0)
        return -1;
    for (size_t i = 0; i < model.n; i++) {
        bool matches;
        if (search_matches(tx, f, j->q.account_id, model.mail[i].id, &matches, err) < 0)
            return -1;
        j->since += matches != contains(j->result.ids, j->result.n, model.mail[i].id);
    }
    return 0;
}

static void an_email_matches_alone_what_it_is_found_by(void **state)
{
    (void)state;
    for (int i = 0; i < 150; i++) {
        struct fct_error err = {0};
        struct job j = random_job();
        j.q.collapse_threads = false;
        search(&j);
        if (store_read(model.f.store, match_fn, &j, &err) < 0)
            fail_msg("search_matches: %s", err.message);
        if (j.since)
            fail_on(&j, "alone", j.result.ids, j.result.n);
        job_done(&j);
    }
}

static int alone_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct job *j = arg;
    CLEANUP(search_filter_freep) struct search_filter *f = NULL;
    bool matches;
    if (search_filter_from_json(j->filter, &f, err) < 0 ||
        search_matches(tx, f, j->q.account_id, j->since, &matches, err) < 0)
        return -1;
    j->max = matches;
    return 0;
}

static bool matches_alone(const char *filter, int64_t account, int64_t id)
{
    struct fct_error err = {0};
    struct job j = {.q = {.account_id = account}, .since = id};
    j.filter = filter ? json_loads(filter, 0, NULL) : NULL;
    if (store_read(model.f.store, alone_fn, &j, &err) < 0)
        fail_msg("search_matches: %s", err.message);
    job_done(&j);
    return j.max;
}

/* More words than are asked for by name: the message's own are looked through. */
static void a_prefix_of_many_words_is_answered_by_the_message(void **state)
{
    CLEANUP(buf_done) struct buf words = {0};
    (void)state;
    for (int i = 0; i < 200; i++)
        buf_addf(&words, "qx%03d ", i);
    int64_t with = arrive_letter(&model.f, model.accounts[1], model.mailboxes[4], 900001, 1700000000, 0,
                                 &(struct letter){.id = "qx@x", .subject = "plain", .body = buf_str(&words), .list_id = "qxlist.example"});
    int64_t without = arrive_letter(&model.f, model.accounts[1], model.mailboxes[4], 900002, 1700000000, 0,
                                    &(struct letter){.id = "no@x", .subject = "aqx000", .body = "nothing"});

    assert_true(matches_alone("{\"text\": \"qx*\"}", model.accounts[1], with));
    assert_true(matches_alone("{\"body\": \"qx*\"}", -1, with));
    assert_true(matches_alone("{\"listId\": \"qx*\"}", -1, with));
    assert_false(matches_alone("{\"subject\": \"qx*\"}", -1, with));
    assert_false(matches_alone("{\"text\": \"qx*\"}", -1, without));
    assert_true(matches_alone("{\"operator\": \"NOT\", \"conditions\": [{\"text\": \"qx*\"}]}", -1, without));
    assert_false(matches_alone("{\"text\": \"qx*\"}", model.accounts[0], with)); /* of another account */
    assert_true(matches_alone(NULL, -1, with));
    assert_false(matches_alone(NULL, -1, 1)); /* there is none */
}

static void any_window_is_a_piece_of_the_whole(void **state)
{
    (void)state;
    for (int i = 0; i < 250; i++) {
        struct job j = random_job();
        size_t n;
        int64_t *all = model_search(&model, j.q.account_id, j.filter, j.sort, j.q.collapse_threads, &n);
        size_t anchor = n ? pick(&model, n) : 0;
        int64_t start = (int64_t)pick(&model, 40) - 15;

        j.q.limit = pick(&model, 4) ? (int64_t)pick(&model, 20) : -1;
        j.q.calculate_total = pick(&model, 2);
        if (n && pick(&model, 2)) {
            j.q.anchor = all[anchor];
            j.q.anchor_offset = start;
            j.q.position = 7; /* to be ignored */
            start = (int64_t)anchor + start < 0 ? 0 : (int64_t)anchor + start;
        } else {
            j.q.position = start;
            start = start >= 0 ? start : (int64_t)n + start < 0 ? 0 : (int64_t)n + start;
        }
        size_t from = (size_t)start < n ? (size_t)start : n, rest = n - from;
        search(&j);

        assert_int_equal(j.result.position, start);
        assert_ids(&j, "window", all + from, j.q.limit >= 0 && (size_t)j.q.limit < rest ? (size_t)j.q.limit : rest);
        assert_int_equal(j.result.total, j.q.calculate_total ? (int64_t)n : -1);
        free(all);
        job_done(&j);
    }
}

/* RFC 8620 section 5.6: splice out what was removed, splice in what was added. */
static int64_t *apply(const struct search_delta *d, const int64_t *old, size_t n_old, size_t *out_n)
{
    int64_t *ids = xcalloc(n_old + d->n_added + 1, sizeof(*ids));
    size_t n = 0;

    for (size_t i = 0; i < n_old; i++) {
        bool is_removed = false;
        for (size_t k = 0; k < d->n_removed; k++)
            is_removed |= d->removed[k] == old[i];
        if (!is_removed)
            ids[n++] = old[i];
    }
    for (size_t k = 0; k < d->n_added; k++) {
        size_t at = (size_t)d->added[k].index;
        assert_true(at <= n);
        memmove(ids + at + 1, ids + at, (n - at) * sizeof(*ids));
        ids[at] = d->added[k].id;
        n++;
    }
    *out_n = n;
    return ids;
}

static void applied_changes_give_the_new_results(void **state)
{
    (void)state;
    for (int round = 0; round < 8; round++) {
        enum { N = 30 };
        struct job jobs[N];
        int64_t *old[N];
        size_t n_old[N];
        for (int i = 0; i < N; i++) {
            jobs[i] = random_job();
            search(&jobs[i]);
            n_old[i] = jobs[i].result.n;
            old[i] = jobs[i].result.ids;
            jobs[i].result = (struct search_result){0};
            assert_ok(store_read(model.f.store, state_fn, &jobs[i], err));
        }
        if (round % 3 != 0)
            model_change(&model, 1 + pick(&model, 6));
        if (round % 2 == 0)
            model_arrive(&model, 1 + pick(&model, 6));
        for (int i = 0; i < N; i++) {
            struct job *j = &jobs[i];
            size_t n;
            assert_ok(store_read(model.f.store, changes_fn, j, err));
            search(j);
            int64_t *ids = apply(&j->delta, old[i], n_old[i], &n);
            assert_ids(j, "changes", ids, n);
            assert_int_equal(j->delta.total, n);
            for (size_t k = 1; k < j->delta.n_added; k++)
                assert_true(j->delta.added[k - 1].index < j->delta.added[k].index);
            free(ids);
            free(old[i]);
            job_done(j);
        }
    }
}

static int changes(struct job *j, struct fct_error *err)
{
    return store_read(model.f.store, changes_fn, j, err);
}

static void more_changes_than_wanted_are_refused(void **state)
{
    struct job j = {.q = {.account_id = -1}, .filter = json_object(), .max = 3};
    struct fct_error err = {0};
    (void)state;

    assert_ok(store_read(model.f.store, state_fn, &j, err));
    model_arrive(&model, 4);

    assert_int_equal(changes(&j, &err), -1);
    assert_int_equal(err.code, FCT_E_TOO_MANY_CHANGES);
    j.max = 4;
    assert_ok(changes(&j, err));
    assert_int_equal(j.delta.n_added, 4);
    assert_int_equal(j.delta.n_removed, 0);
    job_done(&j);
}

/* Nothing that can change is looked at, so what is behind the last cached id need not be told. */
static void changes_end_at_the_last_id_that_is_cached(void **state)
{
    struct job j = {.q = {.account_id = -1, .limit = -1}, .filter = json_pack("{s:i}", "minSize", 1)};
    (void)state;

    assert_ok(store_read(model.f.store, state_fn, &j, err));
    model_arrive(&model, 8);
    search(&j);
    assert_ok(changes(&j, err));
    assert_int_equal(j.delta.n_added, 8);
    int64_t fifth = j.delta.added[4].id;
    search_delta_done(&j.delta);
    j.up_to = fifth;
    assert_ok(changes(&j, err));
    assert_int_equal(j.delta.n_added, 5);
    search_delta_done(&j.delta);

    json_decref(j.filter);
    j.filter = json_pack("{s:s}", "notKeyword", "nonesuch"); /* mutable: to be ignored */
    assert_ok(changes(&j, err));
    assert_int_equal(j.delta.n_added, 8);
    job_done(&j);
}

static void states_of_the_future_and_relevance_cannot_be_calculated(void **state)
{
    struct job j = {.q = {.account_id = -1}, .filter = json_object(), .since = INT64_MAX};
    struct fct_error err = {0};
    (void)state;

    assert_int_equal(changes(&j, &err), -1);
    assert_int_equal(err.code, FCT_E_CANNOT_CALCULATE);
    j.since = 0;
    j.sort = json_pack("[{s:s}]", "property", "relevance");
    assert_int_equal(changes(&j, &err), -1);
    assert_int_equal(err.code, FCT_E_CANNOT_CALCULATE);
    job_done(&j);
}

/* The total is that of the mailbox less the unread. */
static void read_mail_of_a_mailbox_is_counted(void **state)
{
    (void)state;
    for (size_t i = 0; i < 7 * 4; i++) {
        char id[ID_SIZE];
        struct job j = {.q = {.account_id = i % 4 < 2 ? -1 : model.accounts[i % 2],
                              .limit = i % 2 ? -1 : 0,
                              .calculate_total = true}};
        size_t n;
        id_format(ID_MAILBOX, model.mailboxes[i / 4], id);
        j.filter = i % 3 ? json_pack("{s:s, s:s}", "inMailbox", id, "hasKeyword", "$seen")
                         : json_pack("{s:s, s:[{s:s}, {s:s}]}", "operator", "AND", "conditions", "hasKeyword", "$seen",
                                     "inMailbox", id);
        free(model_search(&model, j.q.account_id, j.filter, NULL, false, &n));
        search(&j);
        assert_int_equal(j.result.total, n);
        assert_int_equal(j.result.n, i % 2 ? n : 0);
        job_done(&j);
    }
}

/* All have the field: each header is read. */
static void a_search_that_takes_too_long_is_given_up(void **state)
{
    struct job j = {.q = {.account_id = -1, .limit = -1, .timeout_ms = 1},
                    .filter = json_pack("{s:[s,s]}", "header", "Date", "nowhere")};
    struct fct_error err = {0};
    (void)state;

    assert_int_equal(store_read(model.f.store, run_fn, &j, &err), -1);
    assert_int_equal(err.code, FCT_E_TIMEOUT);
    job_done(&j);
}

static int setup(void **state)
{
    const char *seed = getenv("SEARCH_TEST_SEED");
    (void)state;
    mime_init();
    model_init(&model, seed ? strtoull(seed, NULL, 10) : 1);
    fill();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    model_done(&model);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_filter_and_sort_gives_what_the_slow_way_gives),
        cmocka_unit_test(an_email_matches_alone_what_it_is_found_by),
        cmocka_unit_test(any_window_is_a_piece_of_the_whole),
        cmocka_unit_test(applied_changes_give_the_new_results),
        cmocka_unit_test(more_changes_than_wanted_are_refused),
        cmocka_unit_test(changes_end_at_the_last_id_that_is_cached),
        cmocka_unit_test(states_of_the_future_and_relevance_cannot_be_calculated),
        cmocka_unit_test(read_mail_of_a_mailbox_is_counted),
        cmocka_unit_test(a_search_that_takes_too_long_is_given_up),
        cmocka_unit_test(a_prefix_of_many_words_is_answered_by_the_message),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
