/* received.h - when a message was received, where the server does not tell. Any thread, linear in the header, pure. */
#ifndef SYNC_RECEIVED_H
#define SYNC_RECEIVED_H

#include <facteur/plugin.h>

/* Of the topmost Received (RFC 5321 section 4.4: by the last server), else Date, else `now`; never after `now`. Seconds. */
int64_t received_date(struct fct_bytes raw, int64_t now);

#endif
