#include "webpush/vapid.h"

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/error.h"
#include "webpush/base64url.h"

#include <jansson.h>
#include <stdio.h>

void vapid_key_text(const struct p256_pair *pair, char out[VAPID_KEY_TEXT])
{
    CLEANUP(buf_done) struct buf text = {0};
    base64url_write(bytes_of(pair->public_key, P256_PUBLIC), &text);
    snprintf(out, VAPID_KEY_TEXT, "%s", buf_str(&text));
}

void vapid_write(const struct p256_pair *pair, struct buf *out)
{
    base64url_write(bytes_of(pair->private_key, P256_PRIVATE), out);
    buf_add_char(out, '.');
    base64url_write(bytes_of(pair->public_key, P256_PUBLIC), out);
}

bool vapid_read(const char *text, struct p256_pair *out)
{
    char private_text[64];
    const char *dot = strchr(text, '.');
    if (!dot || (size_t)(dot - text) >= sizeof(private_text))
        return false;
    snprintf(private_text, sizeof(private_text), "%.*s", (int)(dot - text), text);
    bool is_read = base64url_read(private_text, out->private_key, P256_PRIVATE) &&
                   base64url_read(dot + 1, out->public_key, P256_PUBLIC);
    crypto_wipe(private_text, sizeof(private_text));
    return is_read && p256_is_pair(out);
}

/* Lower case; ASCII. */
static void add_lower(const char *p, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++)
        buf_add_char(out, (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] + 32 : p[i]));
}

/* The origin: scheme and host in lower case, and the port unless it is none, or the scheme's own (RFC 6454 sections 4
 * and 6). 0 bytes: none. */
static void add_origin(const char *url, struct buf *out)
{
    const char *host = strstr(url, "://");
    if (!host)
        return;
    size_t n = strcspn(host + 3, "/?#"), digits = 0;
    add_lower(url, (size_t)(host - url), out);
    const char *own = strcmp(buf_str(out), "http") == 0 ? "80" : "443";
    buf_add_str(out, "://");
    host += 3;
    while (digits < n && host[n - 1 - digits] >= '0' && host[n - 1 - digits] <= '9')
        digits++;
    if (digits == n || host[n - 1 - digits] != ':') { /* no port; an address in brackets ends with one */
        add_lower(host, n, out);
        return;
    }
    add_lower(host, n - digits - 1, out);
    const char *port = host + n - digits;
    for (; digits > 1 && *port == '0'; digits--)
        port++;
    if (digits > 0 && (digits != strlen(own) || memcmp(port, own, digits) != 0))
        buf_addf(out, ":%.*s", (int)digits, port);
}

static void add_json(json_t *object, struct buf *out)
{
    char *text = json_dumps(object, JSON_COMPACT);
    base64url_write(bytes_str(text), out);
    free(text);
    json_decref(object);
}

int vapid_signed_part(const char *url, const char *contact, int64_t expires, struct buf *out, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf origin = {0};
    add_origin(url, &origin);
    json_t *claims = json_pack("{s:s, s:I}", "aud", buf_str(&origin), "exp", (json_int_t)expires);
    if (origin.n == 0 || !claims) {
        json_decref(claims);
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "a push resource without an origin");
    }
    if (contact)
        json_object_set_new(claims, "sub", json_string(contact));
    add_json(json_pack("{s:s, s:s}", "typ", "JWT", "alg", "ES256"), out);
    buf_add_char(out, '.');
    add_json(claims, out);
    return 0;
}

int vapid_authorization(const struct p256_pair *pair, const char *url, const char *contact, int64_t expires,
                        struct buf *out, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf token = {0};
    unsigned char signature[P256_SIGNATURE];
    char key[VAPID_KEY_TEXT];
    if (vapid_signed_part(url, contact, expires, &token, err) < 0 ||
        p256_sign(pair, buf_bytes(&token), signature, err) < 0)
        return -1;
    buf_add_char(&token, '.');
    base64url_write(bytes_of(signature, sizeof(signature)), &token);
    vapid_key_text(pair, key);
    buf_addf(out, "vapid t=%s, k=%s", buf_str(&token), key);
    return 0;
}
