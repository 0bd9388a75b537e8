/* soundness.h - what must hold of any store at any time, asked in other words than the store's own. */
#ifndef TESTS_SOUNDNESS_H
#define TESTS_SOUNDNESS_H

#include "mail_fixture.h"

#include "store/blobs.h"

/* Each of these finds what is wrong. */
static const char *const wrongs[] = {
    /* the keywords' rule */
    "SELECT e.id FROM email e JOIN placement p ON p.email_id = e.id GROUP BY e.id "
    "HAVING (e.flags & 1) <> min(p.flags & 1) OR (e.flags & 4) <> max(p.flags & 4) OR (e.flags & 8) <> max(p.flags & "
    "8) "
    "OR (e.flags & 64) <> max(p.flags & 64) OR (e.flags & 16) <> 0",
    "SELECT k.email_id FROM email_keyword k WHERE NOT EXISTS (SELECT 1 FROM placement p WHERE p.email_id = k.email_id "
    "AND ' ' || p.keywords || ' ' LIKE '% ' || k.keyword || ' %')",
    "SELECT p.email_id FROM placement p WHERE p.keywords LIKE '%work%' AND NOT EXISTS (SELECT 1 FROM email_keyword k "
    "WHERE k.email_id = p.email_id AND k.keyword = 'work')",
    "SELECT p.email_id FROM placement p WHERE p.flags & 16",
    "SELECT mailbox_id FROM placement_deleted WHERE NOT flags & 16",
    /* everything has what it needs, and nothing is left over */
    "SELECT id FROM email WHERE NOT EXISTS (SELECT 1 FROM placement WHERE email_id = id)",
    "SELECT email_id FROM placement WHERE email_id NOT IN (SELECT id FROM email)",
    "SELECT mailbox_id FROM placement WHERE mailbox_id NOT IN (SELECT id FROM mailbox)",
    "SELECT id FROM email WHERE id NOT IN (SELECT email_id FROM envelope)",
    "SELECT email_id FROM envelope WHERE email_id NOT IN (SELECT id FROM email)",
    "SELECT email_id FROM email_keyword WHERE email_id NOT IN (SELECT id FROM email)",
    "SELECT thread_id FROM email WHERE thread_id NOT IN (SELECT id FROM thread)",
    "SELECT thread_id FROM thread_ref WHERE thread_id NOT IN (SELECT id FROM thread)",
    "SELECT id FROM thread WHERE id NOT IN (SELECT thread_id FROM email)",
    "SELECT email_id FROM pending WHERE email_id NOT IN (SELECT id FROM email)",
    "SELECT email_id FROM fts_dead WHERE email_id IN (SELECT id FROM email)",
    "SELECT object_id FROM tombstone WHERE type = 4 AND object_id NOT IN (SELECT email_id FROM fts_dead)",
    "SELECT id FROM email WHERE id NOT IN (SELECT rowid FROM fts('body'))",
    "SELECT id FROM email WHERE id <= received_at / 64",
    /* numbers of changes are never shared between two changes */
    "SELECT updated_modseq FROM (SELECT updated_modseq FROM email UNION ALL SELECT updated_modseq FROM thread UNION "
    "ALL "
    "SELECT updated_modseq FROM mailbox UNION ALL SELECT modseq FROM tombstone) GROUP BY 1 HAVING count(*) > 1",
};

/* The first of these that finds something; NULL: none does. */
static inline const char *what_is_wrong(struct fixture *f)
{
    for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
        if (sql_number(f, wrongs[i]) != INT64_MIN)
            return wrongs[i];
    }
    return NULL;
}

static inline int view_every_blob(struct store_tx *tx, void *arg, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM blob");
    int has_row;

    (void)arg;
    while ((has_row = store_step(tx, q, err)) > 0) {
        struct blob_view view;
        if (store_blob_view(tx, sqlite3_column_int64(q, 0), &view, err) < 0)
            return -1;
        blob_view_done(&view);
    }
    return has_row;
}

static inline int check_index(struct store_tx *tx, void *arg, struct fct_error *err)
{
    (void)arg;
    return store_run(tx, store_stmt(tx, "INSERT INTO fts (fts) VALUES ('integrity-check')"), err);
}

/* For mail with the word "body" in each message, which tells whether the index has it. All of it: rows, counters, the file, the bytes (but not the index, which only the writer can check). */
static inline void expect_sound(struct fixture *f)
{
    const char *wrong = what_is_wrong(f);

    if (wrong)
        fail_msg("%s", wrong);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    verify_counters(f);
    assert_ok(store_read(f->store, view_every_blob, NULL, err));
}

#endif
