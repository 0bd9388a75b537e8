/* The Authorization header, byte by byte what a stranger sends: what is taken must be text that JSON can carry on. */
#include "credential.h"

#include <jansson.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct credential c = {0};
    char *header = xstrndup((const char *)data, size);
    if (credential_parse(header, &c) == 0) {
        json_t *secret = json_string(c.secret), *user = c.is_basic ? json_string(c.user) : json_null();
        if (!c.secret || !secret || !user || (c.user != NULL) != c.is_basic || strlen(c.secret) > CREDENTIAL_MAX ||
            (c.user && strchr(c.user, ':')))
            abort();
        json_decref(secret);
        json_decref(user);
    } else if (c.user || c.secret) {
        abort();
    }
    credential_done(&c);
    free(header);
    return 0;
}
