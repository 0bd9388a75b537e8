/* app.h - the web application: its page, its files, and the document that messages are shown in.
 *
 *   GET /, /mail/..., /compose, /settings, ...   index.html: the page finds in its address what to show
 *   GET /assets/NAME-HASH.EXT                    kept by browsers for a year: another content has another name
 *   GET /sw.js, /manifest.webmanifest, /icons/... and what else the folder holds
 *   GET /message-frame                           an empty document with a policy of its own
 *   GET /message-frame-links                     the same; links in it open new windows by themselves (WebKit)
 *
 * None of them knows anything of anybody, so nobody need sign in. The policies (Content-Security-Policy) are what the
 * page and the frame rely on: docs/decisions/0038-the-web-application-signs-in-with-a-token.md.
 *
 * Threads: the loop's.
 */
#ifndef BRIDGE_APP_H
#define BRIDGE_APP_H

#include "util.h"

struct app;
struct route;

/* `folder`: where index.html is; NULL: where it is installed, or was built, as seen from this program. */
struct app *app_new(const char *folder);
void app_free(struct app *a); /* NULL is accepted */
/* Reads which files there are. NULL is accepted. */
void app_reload(struct app *a);
/* The route of a path of ours; NULL: it is none. `a` NULL: there are none. */
const struct route *app_find(struct app *a, const char *path);
/* Whether there is a page now. `a` may be NULL. */
bool app_is_there(struct app *a);

#endif
