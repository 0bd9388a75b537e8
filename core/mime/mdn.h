/* mdn.h - a receipt as an MDN object (RFC 9007 section 2). Pure. Threads: any. */
#ifndef MIME_MDN_H
#define MIME_MDN_H

#include "base/buf.h"

#include <jansson.h>

/* Whether it says that it is a receipt, however badly it is made. */
bool mime_is_mdn(struct fct_bytes raw);
/* Without forEmailId, which is the store's to know. A new reference; NULL: it is no receipt. */
json_t *mime_mdn_json(struct fct_bytes raw);

#endif
