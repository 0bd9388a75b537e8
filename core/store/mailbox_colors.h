/* mailbox_colors.h - the colours that a mailbox may have: a few names, of which each front end chooses a shade that can be told from
 * its background. Only this computer knows of them: IMAP has no colours.
 *
 * Threads    the names: any; store_mailbox_set_color: the writer.
 */
#ifndef STORE_MAILBOX_COLORS_H
#define STORE_MAILBOX_COLORS_H

#include "store/store.h"

/* The numbers stand in the store. */
enum mailbox_color {
    MAILBOX_COLOR_NONE,
    MAILBOX_COLOR_RED,
    MAILBOX_COLOR_ORANGE,
    MAILBOX_COLOR_YELLOW,
    MAILBOX_COLOR_GREEN,
    MAILBOX_COLOR_TEAL,
    MAILBOX_COLOR_BLUE,
    MAILBOX_COLOR_VIOLET,
    MAILBOX_COLOR_PINK,
    MAILBOX_COLOR_BROWN,
    MAILBOX_COLOR_GREY,
    MAILBOX_COLORS
};
/* "red"...; NULL for none, and for a number of a newer program. And back: -1 unknown. */
const char *mailbox_color_name(int color);
int mailbox_color_from_name(const char *name);

/* MAILBOX_COLOR_NONE takes it away. FCT_E_INVALID ("color: ..."), FCT_E_NOT_FOUND. */
int store_mailbox_set_color(struct store_tx *tx, int64_t id, int color, struct fct_error *err);

#endif
