#include "link.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#define SLOT_S 900
#define MAC_SIZE 32
#define MAC_TEXT_SIZE 44 /* with a NUL */

int link_key_init(struct link_key *key)
{
    return RAND_bytes(key->bytes, sizeof(key->bytes)) == 1 ? 0 : -1;
}

/* ---- base64url without padding (RFC 4648 section 5) ---- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* `out` has room for n * 4 / 3 + 3. */
static void encode(const unsigned char *p, size_t n, char *out)
{
    for (; n > 0; p += 3, n -= n < 3 ? n : 3) {
        unsigned v = p[0] << 16 | (n > 1 ? p[1] << 8 : 0) | (n > 2 ? p[2] : 0);
        *out++ = alphabet[v >> 18];
        *out++ = alphabet[v >> 12 & 63];
        if (n > 1)
            *out++ = alphabet[v >> 6 & 63];
        if (n > 2)
            *out++ = alphabet[v & 63];
    }
    *out = '\0';
}

/* NULL: it is none, or holds a NUL. Freed by the caller. */
static char *decode(const char *text)
{
    size_t n = strlen(text), at = 0;
    char *out = xmalloc(n + 1);
    unsigned v = 0, bits = 0;
    bool is_good = n % 4 != 1;
    for (const char *c = text; *c && is_good; c++) {
        const char *found = strchr(alphabet, *c);
        is_good = found != NULL;
        v = v << 6 | (unsigned)(found ? found - alphabet : 0);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[at] = (char)(v >> bits & 0xff);
            is_good &= out[at++] != '\0';
        }
    }
    out[at] = '\0';
    if (is_good && (v & ((1u << bits) - 1)) == 0)
        return out;
    free(out);
    return NULL;
}

/* ---- what is signed ---- */

/* Parts end with a newline, which none of them holds. */
static void sign(const struct link_key *key, const char *text, char out[MAC_TEXT_SIZE])
{
    unsigned char mac[MAC_SIZE];
    HMAC(EVP_sha256(), key->bytes, sizeof(key->bytes), (const unsigned char *)text, strlen(text), mac, NULL);
    encode(mac, sizeof(mac), out);
}

static void sign_link(const struct link_key *key, const char *until, const char *by, const char *url,
                      char out[MAC_TEXT_SIZE])
{
    CLEANUP(freep) char *text = xasprintf("link\nGET\n%s\n%s\n%s\n", until, by, url);
    sign(key, text, out);
}

void link_by(const struct link_key *key, const char *authorization, char out[LINK_BY_SIZE])
{
    char mac[MAC_TEXT_SIZE];
    struct credential c = {0};
    credential_parse(authorization, &c); /* it did before, or there would be no login */
    char *text = xasprintf("by\n%s\n%s\n", c.user ? c.user : "", c.secret ? c.secret : "");
    sign(key, text, mac);
    free_secret(text);
    credential_done(&c);
    memcpy(out, mac, LINK_BY_SIZE - 1);
    out[LINK_BY_SIZE - 1] = '\0';
}

char *link_write(const struct link_key *key, const char *url, const char *by, time_t now)
{
    char until[24], mac[MAC_TEXT_SIZE];
    size_t n = strlen(url);
    CLEANUP(freep) char *packed = xmalloc(n * 4 / 3 + 4);
    snprintf(until, sizeof(until), "%lld", ((long long)now / SLOT_S + LINK_LIFE_S / SLOT_S + 1) * SLOT_S);
    encode((const unsigned char *)url, n, packed);
    sign_link(key, until, by, url, mac);
    return xasprintf(LINK_FOLDER "%s?until=%s&by=%s&url=%s", mac, until, by, packed);
}

static bool is_number(const char *text)
{
    size_t n = strlen(text);
    return n > 0 && n < 16 && strspn(text, "0123456789") == n;
}

enum link_verdict link_read(const struct link_key *key, const struct http_head *request, time_t now, char **out_url,
                            char out_by[LINK_BY_SIZE])
{
    CLEANUP(freep) char *until = http_query(request, "until");
    CLEANUP(freep) char *by = http_query(request, "by");
    CLEANUP(freep) char *packed = http_query(request, "url");
    CLEANUP(freep) char *url = packed ? decode(packed) : NULL;
    const char *given = request->path + strlen(LINK_FOLDER);
    char mac[MAC_TEXT_SIZE];
    if (!until || !by || !url || !is_number(until) || strlen(by) >= LINK_BY_SIZE || strlen(given) != MAC_TEXT_SIZE - 1)
        return LINK_WRONG;
    sign_link(key, until, by, url, mac);
    if (CRYPTO_memcmp(mac, given, MAC_TEXT_SIZE - 1) != 0)
        return LINK_WRONG;
    if (strtoll(until, NULL, 10) <= now)
        return LINK_OLD;
    memcpy(out_by, by, strlen(by) + 1);
    *out_url = url;
    url = NULL;
    return LINK_GOOD;
}
