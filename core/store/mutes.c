#include "store/mutes.h"

#include "base/error.h"
#include "store/db.h"
#include "store/email_state.h"
#include "store/emails.h"
#include "store/mailboxes.h"
#include "store/rule_actions.h"

int store_thread_is_muted(struct store_tx *tx, int64_t email_id, bool *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT EXISTS (SELECT 1 FROM email e CROSS JOIN email_keyword k ON k.keyword = '$muted' "
                                     "AND k.email_id = e.id WHERE e.thread_id = (SELECT thread_id FROM email WHERE id = ?1))");

    sqlite3_bind_int64(q, 1, email_id);
    if (store_step(tx, q, err) < 0)
        return -1;
    *out = sqlite3_column_int(q, 0) != 0;
    store_reset(q);
    return 0;
}

static int mark_muted(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct fct_flags add = {FCT_FLAG_SEEN, bytes_str(KEYWORD_MUTED)}, remove = {0};

    return store_email_set_flags(tx, *(const int64_t *)arg, &add, &remove, err);
}

/* It has as many keywords as it may have, or is where there are none: it has to do without $muted, and is read. */
static int mark(struct store_tx *tx, int64_t email_id, struct fct_error *err)
{
    const struct fct_flags add = {FCT_FLAG_SEEN, {0}}, remove = {0};
    struct fct_error why = {0};

    if (store_nested(tx, mark_muted, &email_id, &why) == 0)
        return 0;
    if (why.code == FCT_E_LIMIT || why.code == FCT_E_FORBIDDEN)
        return store_email_set_flags(tx, email_id, &add, &remove, err);
    *err = why;
    return -1;
}

int store_email_mute(struct store_tx *tx, int64_t email_id, bool may_move, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    int64_t archive;

    if (email_state_load(tx, email_id, &e, err) < 0 || mark(tx, email_id, err) < 0 ||
        store_mailbox_by_role(tx, e.account_id, FCT_ROLE_ARCHIVE, &archive, err) < 0)
        return -1;
    return may_move && archive ? store_email_leave_inbox(tx, email_id, archive, NULL, 0, err) : 0;
}
