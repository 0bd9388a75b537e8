/* A header block: how one leaves the list, and whether that is signed. Nothing but an https URL of the message is
 * offered. */
#include "mime/unsubscribe.h"

#include <stdlib.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mime_headers h = {0};
    struct mime_unsubscribe u;
    headers_scan((struct fct_bytes){.p = (const char *)data, .n = size}, &h);
    mime_unsubscribe_read(&h, &u);
    if (u.one_click && strncasecmp(u.one_click, "https:", 6) != 0)
        abort();
    if (u.signature != UNSUBSCRIBE_UNSIGNED && !headers_first(&h, "dkim-signature"))
        abort();
    if ((u.signature == UNSUBSCRIBE_VERIFIED || u.signature == UNSUBSCRIBE_FAILED) &&
        !headers_first(&h, "authentication-results"))
        abort();
    mime_unsubscribe_done(&u);
    headers_done(&h);
    return 0;
}
