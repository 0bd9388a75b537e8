/* What no constraint enforces while it runs, for speed, holds nevertheless: references lead somewhere, the database and
 * its full-text index are sound, every Email's bytes can be read. */
#include "soundness.h"

#define N_LETTERS 60

static int view_every_email(struct store_tx *tx, void *arg, struct fct_error *err)
{
    int *n = arg;
    sqlite3_stmt *q = store_stmt(tx, "SELECT blob_id, size FROM email");
    for (int has_row; (has_row = store_step(tx, q, err)) != 0; ++*n) {
        struct blob_view view;
        if (has_row < 0 || store_blob_view(tx, sqlite3_column_int64(q, 0), &view, err) < 0)
            return -1;
        bool is_whole = view.bytes.n == (uint64_t)sqlite3_column_int64(q, 1);
        blob_view_done(&view);
        if (!is_whole)
            return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "an Email's size is wrong");
    }
    return 0;
}

static void expect_mail(struct fixture *f, int n_emails)
{
    int n = 0;
    expect_sound(f);
    assert_ok(store_write(f->store, check_index, NULL, err));
    assert_ok(store_read(f->store, view_every_email, &n, err));
    assert_int_equal(n, n_emails);
}

static void everything_leads_somewhere_after_a_busy_life(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    static const char *const names[] = {"INBOX", "Work", "Old"};
    int64_t boxes[3], ids[N_LETTERS];
    char id[32], references[32], body[64];
    (void)state;

    int64_t account = add_server(&f, names, 3, boxes);
    for (int i = 0; i < N_LETTERS; i++) {
        snprintf(id, sizeof(id), "m%d@x", i);
        snprintf(references, sizeof(references), "<m%d@x>", i / 2);
        snprintf(body, sizeof(body), "the body of letter %d", i);
        ids[i] =
            arrive_letter(&f, account, boxes[i % 3], (uint64_t)i + 1, 1700000000 + i * 100, i % 2 ? FCT_FLAG_SEEN : 0,
                          &(struct letter){.id = id, .references = references, .subject = "topic", .body = body});
    }
    for (int i = 0; i < N_LETTERS; i += 5)
        set_keywords(&f, ids[i], "work later", "");
    assert_int_equal(vanished(&f, boxes[0], 1, 10), 4);
    assert_int_equal(server_flags(&f, boxes[1], 2, FCT_FLAG_DELETED), true);
    expect_mail(&f, N_LETTERS - 4 - 1);

    assert_ok(store_maintain(f.store, err));
    fixture_reopen(&f);
    expect_mail(&f, N_LETTERS - 4 - 1);
}

int main(void)
{
    mime_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_leads_somewhere_after_a_busy_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
