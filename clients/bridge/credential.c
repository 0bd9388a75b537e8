#include "credential.h"

#include <openssl/evp.h>
#include <string.h>

void credential_done(struct credential *c)
{
    free_secret(c->user);
    free_secret(c->secret);
    *c = (struct credential){0};
}

/* RFC 7617: base64 of "user:password" in UTF-8. `room` has strlen(text) + 1 bytes. */
static int decode_basic(const char *text, char *room, struct credential *out)
{
    size_t n = strlen(text);
    /* EVP_DecodeBlock leaves out white space and takes padding anywhere. */
    size_t digits = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    if (n == 0 || n % 4 || n - digits > 2 || strspn(text + digits, "=") != n - digits)
        return -1;
    int got = EVP_DecodeBlock((unsigned char *)room, (const unsigned char *)text, (int)n);
    if (got < 0)
        return -1;
    got -= (int)(n - digits);
    room[got] = '\0';
    char *colon = strlen(room) == (size_t)got && is_utf8(room) ? strchr(room, ':') : NULL;
    if (!colon)
        return -1;
    *out = (struct credential){true, xstrndup(room, (size_t)(colon - room)), xstrdup(colon + 1)};
    return 0;
}

static int parse_basic(const char *text, struct credential *out)
{
    size_t n = strlen(text) + 1;
    char *room = xcalloc(n, 1);
    int result = decode_basic(text, room, out);
    free_wiped(room, n);
    return result;
}

int credential_parse(const char *header, struct credential *out)
{
    size_t n = strcspn(header, " ");
    const char *rest = header + n + strspn(header + n, " ");
    if (strlen(rest) > CREDENTIAL_MAX || !*rest)
        return -1;
    if (n == 5 && strncasecmp(header, "basic", n) == 0)
        return parse_basic(rest, out);
    if (n != 6 || strncasecmp(header, "bearer", n) != 0)
        return -1;
    /* b64token of RFC 6750 section 2.1 */
    if (strspn(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=") != strlen(rest))
        return -1;
    *out = (struct credential){false, NULL, xstrdup(rest)};
    return 0;
}
