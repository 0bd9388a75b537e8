/* The ledger of a maildrop: which row a message is. */
#include "mail_fixture.h"

#include "store/maildrop.h"

static struct maildrop_arrival arrival(const char *uidl, char header, char content, int64_t pass, uint64_t number)
{
    struct maildrop_arrival a = {.uidl = uidl,
                                 .size = 100,
                                 .listed_size = 100,
                                 .pass = pass,
                                 .number = number,
                                 .now = 1000,
                                 .may_be_known = true};
    a.digest.has_id = true;
    a.digest.header[0] = (unsigned char)header;
    a.digest.content[0] = (unsigned char)content;
    return a;
}

static int fetch_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    bool *is_known = c->out;
    if (store_maildrop_recognise(tx, c->id, c->in, is_known, err) < 0)
        return -1;
    return *is_known ? 0 : store_maildrop_arrived(tx, c->id, c->in, err);
}

/* Whether it was known. */
static bool fetch(struct fixture *f, int64_t account, struct maildrop_arrival a)
{
    bool is_known = false;
    assert_good(write_call(f, (struct call){.fn = fetch_call, .id = account, .in = &a, .out = &is_known}));
    return is_known;
}

static int look_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_maildrop_recognise_header(tx, c->id, c->in, c->out, err);
}

static bool look_at_header(struct fixture *f, int64_t account, struct maildrop_arrival a)
{
    bool is_known = false;
    assert_good(write_call(f, (struct call){.fn = look_call, .id = account, .in = &a, .out = &is_known}));
    return is_known;
}

static int confuse_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    const struct maildrop_mark marks[] = {{1, MAILDROP_CONFUSED, 0}, {2, MAILDROP_CONFUSED, 0}};
    (void)c;
    return store_maildrop_mark(tx, marks, 2, 1000, err);
}

struct rows {
    struct maildrop_row *v;
    size_t n;
};

static void rows_done(struct rows *r)
{
    store_maildrop_free(r->v, r->n);
}

static int load_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    struct rows *r = c->out;
    return store_maildrop_load(tx, c->id, false, &r->v, &r->n, err);
}

/* Two messages that differ in their bodies alone change places when all UIDLs change: each row is taken for the other
 * by its header, and what is fetched then tells. */
static void twins_by_their_header_find_their_rows(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(rows_done) struct rows rows = {0};
    int64_t account = local_account(&f);
    size_t n_sure = 0;
    (void)state;

    assert_false(fetch(&f, account, arrival("a", 'h', 'A', 1, 1)));
    assert_false(fetch(&f, account, arrival("b", 'h', 'B', 1, 2)));
    assert_good(write_call(&f, (struct call){.fn = confuse_call, .id = account}));
    assert_true(look_at_header(&f, account, arrival("x", 'h', 0, 2, 1)));
    assert_true(look_at_header(&f, account, arrival("y", 'h', 0, 2, 2)));
    fetch(&f, account, arrival("x", 'h', 'B', 2, 1));
    assert_true(fetch(&f, account, arrival("y", 'h', 'A', 2, 2)));
    assert_good(read_call(&f, (struct call){.fn = load_call, .id = account, .out = &rows}));
    for (size_t i = 0; i < rows.n; i++)
        n_sure += rows.v[i].uidl && rows.v[i].is_sure;
    assert_int_equal(n_sure, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twins_by_their_header_find_their_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
