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

int store_email_mute(struct store_tx *tx, int64_t email_id, bool may_move, struct fct_error *err)
{
    CLEANUP(email_state_done) struct email_state e = {0};
    const struct fct_flags add = {FCT_FLAG_SEEN, bytes_str(KEYWORD_MUTED)}, remove = {0};
    int64_t archive;

    if (email_state_load(tx, email_id, &e, err) < 0 || store_email_set_flags(tx, email_id, &add, &remove, err) < 0 ||
        store_mailbox_by_role(tx, e.account_id, FCT_ROLE_ARCHIVE, &archive, err) < 0)
        return -1;
    return may_move && archive ? store_email_leave_inbox(tx, email_id, archive, NULL, 0, err) : 0;
}
