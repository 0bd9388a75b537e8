/* unsubscribe.h - how a message says that one leaves its list: RFC 2369 section 3.2, and by one request, RFC 8058.
 * Pure, linear. Threads: any.
 */
#ifndef MIME_UNSUBSCRIBE_H
#define MIME_UNSUBSCRIBE_H

#include "mime/headers.h"

/* Whether both fields are the signer's word (RFC 8058 section 4). We keep no keys and ask for none: a signature must
 * name both fields (RFC 6376, h=), and what became of it is what the server that took the message in has written down
 * (RFC 8601). */
enum unsubscribe_signature {
    UNSUBSCRIBE_UNSIGNED,   /* no signature names both */
    UNSUBSCRIBE_FAILED,     /* one does, and did not hold */
    UNSUBSCRIBE_UNVERIFIED, /* one does; nothing is said of it */
    UNSUBSCRIBE_VERIFIED
};

struct mime_unsubscribe {
    char **urls;           /* of List-Unsubscribe, in its order; NULL: none */
    const char *one_click; /* the first of them that is https, where List-Unsubscribe-Post asks for it; or NULL */
    enum unsubscribe_signature signature; /* of both fields */
};
void mime_unsubscribe_read(const struct mime_headers *h, struct mime_unsubscribe *out);
void mime_unsubscribe_done(struct mime_unsubscribe *u);

#endif
