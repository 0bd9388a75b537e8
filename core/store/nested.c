#include "base/error.h"
#include "store/inside.h"

int store_nested(struct store_tx *tx, store_fn fn, void *arg, struct fct_error *err)
{
    if (sqlite3_get_autocommit(tx->conn->db)) /* undone by SQLite itself: what came now would stand alone */
        return fct_fail(err, FCT_E_IO, FCT_RETRY_LATER, "the transaction was undone");
    if (store_run(tx, store_stmt(tx, "SAVEPOINT piece"), err) < 0)
        return -1;
    int result = fn(tx, arg, err);
    if (sqlite3_get_autocommit(tx->conn->db))
        return -1;
    if (result < 0) {
        store_connection_reset_all(tx->conn);
        if (store_run(tx, store_stmt(tx, "ROLLBACK TO piece"), NULL) < 0)
            return fct_fail(err, FCT_E_IO, FCT_RETRY_LATER, "a change could not be undone alone");
    }
    if (store_run(tx, store_stmt(tx, "RELEASE piece"), result < 0 ? NULL : err) < 0)
        return -1;
    return result;
}
