#include "store/mailbox_colors.h"

#include "base/error.h"
#include "store/db.h"

#include <string.h>

static const char *const names[MAILBOX_COLORS] = {
    [MAILBOX_COLOR_RED] = "red",       [MAILBOX_COLOR_ORANGE] = "orange", [MAILBOX_COLOR_YELLOW] = "yellow",
    [MAILBOX_COLOR_GREEN] = "green",   [MAILBOX_COLOR_TEAL] = "teal",     [MAILBOX_COLOR_BLUE] = "blue",
    [MAILBOX_COLOR_VIOLET] = "violet", [MAILBOX_COLOR_PINK] = "pink",     [MAILBOX_COLOR_BROWN] = "brown",
    [MAILBOX_COLOR_GREY] = "grey",
};

const char *mailbox_color_name(int color)
{
    return color > MAILBOX_COLOR_NONE && color < MAILBOX_COLORS ? names[color] : NULL;
}

int mailbox_color_from_name(const char *name)
{
    for (int color = MAILBOX_COLOR_NONE + 1; name && color < MAILBOX_COLORS; color++) {
        if (strcmp(names[color], name) == 0)
            return color;
    }
    return -1;
}

int store_mailbox_set_color(struct store_tx *tx, int64_t id, int color, struct fct_error *err)
{
    if (color != MAILBOX_COLOR_NONE && !mailbox_color_name(color))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "color: unknown");
    sqlite3_stmt *q = store_stmt(tx, "SELECT account_id, color FROM mailbox WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    int has_row = store_step(tx, q, err);
    int64_t account_id = has_row > 0 ? sqlite3_column_int64(q, 0) : 0;
    bool is_same = has_row > 0 && sqlite3_column_int(q, 1) == color;
    store_reset(q);
    if (has_row < 0)
        return -1;
    if (has_row == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no such mailbox");
    if (is_same)
        return 0;
    q = store_stmt(tx, "UPDATE mailbox SET color = ?2, updated_modseq = ?3, props_modseq = ?3 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int(q, 2, color);
    sqlite3_bind_int64(q, 3, store_tx_bump(tx, account_id, STORE_MAILBOX));
    return store_run_one(tx, q, err);
}
