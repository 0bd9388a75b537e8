/* soundness.h - what must hold of any store at any time, asked in other words than the store's own. */
#ifndef TESTS_SOUNDNESS_H
#define TESTS_SOUNDNESS_H

#include "mail_fixture.h"

#include "store/blobs.h"

/* What each Email counts as for completion (store/correspondents.h): in Junk (6) or Drafts (3), or flagged as either,
 * nothing; in Sent (4), or from one of the account's identities, 32; else 16. Not while a recount waits. */
#define COUNTING                                                                                                    \
    "WITH counting AS (SELECT e.id, e.account_id, e.bits & 48 AS noted, v.from_json, v.to_json, v.cc_json, "        \
    "v.bcc_json, v.in_reply_to IS NOT NULL AND v.list_id IS NULL AS is_reply, "                                     \
    "CASE WHEN e.flags & 72 OR EXISTS (SELECT 1 FROM placement p JOIN mailbox m ON m.id = p.mailbox_id WHERE "      \
    "p.email_id = e.id AND m.role IN (3, 6)) THEN 0 WHEN EXISTS (SELECT 1 FROM placement p JOIN mailbox m ON m.id " \
    "= p.mailbox_id WHERE p.email_id = e.id AND m.role = 4) OR EXISTS (SELECT 1 FROM identity i WHERE "             \
    "i.account_id = e.account_id AND lower(i.email) = lower(v.from_json ->> '$[0].email')) THEN 32 ELSE 16 END AS " \
    "class FROM email e JOIN envelope v ON v.email_id = e.id "                                                      \
    "WHERE NOT EXISTS (SELECT 1 FROM correspondent_recount)) "
/* ... and for whom: account, address, messages to it, answers, others. */
#define COUNTED                                                                                                       \
    "SELECT account_id, lower(address) AS address, sum(sent) AS sent, sum(reply) AS reply, sum(other) AS other FROM " \
    "(SELECT account_id, j.value ->> 'email' AS address, 1 AS sent, 0 AS reply, 0 AS other FROM counting, "           \
    "json_each(to_json) j WHERE class = 32 UNION ALL "                                                                \
    "SELECT account_id, j.value ->> 'email', 1, 0, 0 FROM counting, json_each(cc_json) j WHERE class = 32 UNION ALL " \
    "SELECT account_id, j.value ->> 'email', 1, 0, 0 FROM counting, json_each(bcc_json) j WHERE class = 32 UNION "    \
    "ALL SELECT account_id, from_json ->> '$[0].email', 0, is_reply, NOT is_reply FROM counting WHERE class = 16) "   \
    "WHERE address LIKE '_%@_%' GROUP BY 1, 2"
#define STORED "SELECT account_id, address, n_sent, n_replies, n_received FROM correspondent"

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
    /* what is snoozed is where it waits */
    "SELECT s.email_id FROM snooze s WHERE NOT EXISTS (SELECT 1 FROM placement p JOIN mailbox m ON m.id = p.mailbox_id "
    "WHERE p.email_id = s.email_id AND p.mailbox_id = s.mailbox_id)",
    "SELECT s.email_id FROM snooze s WHERE NOT EXISTS (SELECT 1 FROM email e WHERE e.id = s.email_id AND e.account_id = "
    "s.account_id)",
    /* whom mail counts for */
    COUNTING "SELECT id FROM counting WHERE noted <> class",
    COUNTING "SELECT account_id FROM (" COUNTED " EXCEPT " STORED ")",
    COUNTING "SELECT account_id FROM (" STORED " WHERE NOT EXISTS (SELECT 1 FROM correspondent_recount) "
             "EXCEPT " COUNTED ")",
    "SELECT id FROM correspondent c WHERE length(words) - length(replace(words, ' ', '')) + 1 <> (SELECT count(*) FROM "
    "correspondent_word w WHERE w.correspondent_id = c.id AND w.account_id = c.account_id AND instr(' ' || c.words || "
    "' ', ' ' || w.word || ' ') > 0)",
    "SELECT correspondent_id FROM correspondent_word WHERE correspondent_id NOT IN (SELECT id FROM correspondent)",
    "SELECT id FROM correspondent WHERE weight < 0 OR weight = 0 OR last_at <= 0 OR account_id NOT IN (SELECT id FROM "
    "account)",
    "SELECT e.id FROM email e JOIN envelope v ON v.email_id = e.id WHERE (e.from_hash IS NULL) <> (ifnull(v.from_json "
    "->> '$[0].email', '') = '') AND NOT EXISTS (SELECT 1 FROM correspondent_recount)",
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

/* For mail with the word "body" in each message, which tells whether the index has it. All of it: rows, counters, the
 * file, the bytes (but not the index, which only the writer can check). */
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
