/* fetch.h - fetches images from the Internet, on a thread of its own (libcurl).
 *
 * Not on the loop: libcurl reads the system's certificates, shakes hands and, to be rid of somebody's silent name
 * server, waits. The loop hands over a URL and gets the image, whole, or why there is none.
 *
 * What goes out is a request of nobody: no cookies, no credentials, no referrer, no proxies from the environment, the
 * same few headers for everybody. Each address is judged when it is connected to, and that very address is (remote.h);
 * so is each redirect, of which there are at most FETCH_REDIRECTS. TLS 1.2 at least, verified by the system's
 * certificates or those of $SSL_CERT_FILE.
 *
 * Threads  all calls are the loop's.
 */
#ifndef BRIDGE_FETCH_H
#define BRIDGE_FETCH_H

#include "remote.h"

#include <uv.h>

#define FETCH_BYTES ((size_t)10 << 20)     /* of an image */
#define FETCH_ALL_BYTES ((size_t)64 << 20) /* of all that are under way */
#define FETCH_HEAD_BYTES ((size_t)64 << 10)
#define FETCH_MS 15000 /* in all, with its redirects */
#define FETCH_CONNECT_MS 5000
#define FETCH_STILL_S 5 /* with less than FETCH_SLOW_BYTES a second */
#define FETCH_SLOW_BYTES 100
#define FETCH_REDIRECTS 4
#define FETCH_DESCRIPTORS 3 /* of each: two addresses are tried at once, and the look-up has a socket */

enum fetch_outcome {
    FETCH_OK,
    FETCH_REFUSED,   /* its address, or where it redirects to */
    FETCH_NO_IMAGE,  /* it is none that may be shown */
    FETCH_TOO_LARGE, /* more than FETCH_BYTES */
    FETCH_LATE,      /* more than FETCH_MS, or it stood still */
    FETCH_FAILED,    /* no such host, no connection, no trustworthy TLS, another status than 200 */
    FETCH_FULL       /* FETCH_ALL_BYTES are taken */
};
struct fetcher;
struct fetch;

/* With FETCH_OK `type` is the image's and `body` may be taken. Once, unless it was cancelled; the fetch is over. */
typedef void (*fetch_fn)(void *arg, enum fetch_outcome outcome, const char *type, struct buf *body);

/* `policy` outlives it. NULL: there is no thread to be had. */
struct fetcher *fetcher_new(uv_loop_t *loop, const struct remote_policy *policy);
/* Ends the thread; nothing is called back any more. The loop has to run once more. */
void fetcher_stop(struct fetcher *f);
void fetcher_free(struct fetcher *f); /* when the loop has ended; NULL is accepted */

/* `url` is one of remote_url. */
struct fetch *fetch_start(struct fetcher *f, const char *url, fetch_fn fn, void *arg);
void fetch_cancel(struct fetch *f); /* NULL is accepted */

#endif
