/* A URL of a message, and of a redirect: what is taken is taken again as it stands, is of the web, and names no user.
 */
#include "image.h"
#include "remote.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct remote_policy none;
    char *text = xstrndup((const char *)data, size), *once = remote_url(&none, text);
    char *twice = once ? remote_url(&none, once) : NULL;
    image_type((const char *)data, size);
    if (once) {
        const char *rest = strncmp(once, "https://", 8) == 0  ? once + 8
                           : strncmp(once, "http://", 7) == 0 ? once + 7
                                                              : NULL;
        if (!twice || strcmp(once, twice) != 0 || !rest || strchr(once, '#') || strlen(once) > REMOTE_URL_MAX ||
            memchr(rest, '@', strcspn(rest, "/?")))
            abort();
    }
    free(text);
    free(once);
    free(twice);
    return 0;
}
