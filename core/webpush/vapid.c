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

/* The origin: scheme, host and the port unless it is the scheme's own (RFC 6454 section 6.2). 0 bytes: none. */
static struct fct_bytes origin_of(const char *url)
{
    const char *host = strstr(url, "://");
    if (!host)
        return bytes_of(url, 0);
    size_t n = (size_t)(host - url) + 3 + strcspn(host + 3, "/?#");
    if (strncmp(url, "https:", 6) == 0 && n > 4 && strncmp(url + n - 4, ":443", 4) == 0)
        n -= 4;
    return bytes_of(url, n);
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
    struct fct_bytes origin = origin_of(url);
    json_t *claims = json_pack("{s:s%, s:I}", "aud", origin.p, origin.n, "exp", (json_int_t)expires);
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
