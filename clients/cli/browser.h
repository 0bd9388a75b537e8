/* browser.h - showing something in the user's browser.
 *
 * $BROWSER, if it is set, is a list of commands between colons, of which the first that is there is taken; "%s" in it
 * stands for the address, which otherwise comes behind it. Then xdg-open, where there is a display. No shell reads any
 * of it.
 */
#ifndef CLI_BROWSER_H
#define CLI_BROWSER_H

#include <stdbool.h>

/* In a session of its own; it may outlive us. False: there is none, or it has failed at once. *out_name: what was
 * started, or would not; NULL: nothing. Freed by the caller. */
bool browser_open(const char *url, char **out_name);
/* The file's URL, percent-encoded. `path` is absolute. Freed by the caller. */
char *browser_file_url(const char *path);

#endif
