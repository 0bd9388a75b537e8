#include "oauth/form.h"

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/sha256.h"

#include <ctype.h>
#include <stdlib.h>

static void add_encoded(struct buf *to, const char *s)
{
    for (; *s; s++) {
        if (isalnum((unsigned char)*s) || strchr("-._~", *s))
            buf_add_char(to, *s);
        else
            buf_addf(to, "%%%02X", (unsigned char)*s);
    }
}

void form_add(struct buf *to, const char *name, const char *value)
{
    if (!value)
        return;
    if (to->n > 0 && to->p[to->n - 1] != '?')
        buf_add_char(to, '&');
    add_encoded(to, name);
    buf_add_char(to, '=');
    add_encoded(to, value);
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* NULL: it is malformed, or holds a NUL. */
static char *decoded(const char *p, size_t n)
{
    CLEANUP(buf_done) struct buf out = {0};
    for (size_t i = 0; i < n; i++) {
        if (p[i] != '%') {
            buf_add_char(&out, p[i] == '+' ? ' ' : p[i]);
            continue;
        }
        int high = n - i > 2 ? hex(p[i + 1]) : -1, low = n - i > 2 ? hex(p[i + 2]) : -1;
        if (high < 0 || low < 0 || (high == 0 && low == 0))
            return NULL;
        buf_add_char(&out, (char)(high << 4 | low));
        i += 2;
    }
    return buf_steal(&out);
}

char *form_get(const char *query, const char *name)
{
    size_t n = strlen(name);
    const char *value = NULL;
    size_t length = 0;
    while (*query) {
        size_t part = strcspn(query, "&");
        if (part > n && query[n] == '=' && memcmp(query, name, n) == 0) {
            if (value)
                return NULL;
            value = query + n + 1;
            length = part - n - 1;
        }
        query += part + (query[part] == '&');
    }
    return value ? decoded(value, length) : NULL;
}

void base64url_add(struct buf *to, const unsigned char *p, size_t n)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < n; i += 3) {
        size_t have = n - i < 3 ? n - i : 3;
        uint32_t v = (uint32_t)p[i] << 16 | (have > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (have > 2 ? p[i + 2] : 0);
        for (size_t k = 0; k <= have; k++)
            buf_add_char(to, letters[v >> (18 - 6 * k) & 63]);
    }
}

static void put(const unsigned char bytes[32], char out[PKCE_SIZE])
{
    CLEANUP(buf_wipe) struct buf text = {0};
    base64url_add(&text, bytes, 32);
    memcpy(out, buf_str(&text), PKCE_SIZE);
}

void pkce_random(char out[PKCE_SIZE])
{
    unsigned char bytes[32];
    crypto_random(bytes, sizeof(bytes));
    put(bytes, out);
    crypto_wipe(bytes, sizeof(bytes));
}

void pkce_challenge(const char *verifier, char out[PKCE_SIZE])
{
    unsigned char hash[SHA256_SIZE];
    sha256_of(bytes_str(verifier), hash);
    put(hash, out);
}
