#include "account/url.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "text/idna.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define URL_MAX 2048

static int bad(struct fct_error *err, const char *what)
{
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s (for example imaps://mail.example.org or imap://mail.example.org?tls=starttls)", what);
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Control characters never come out of it: they could end up on a wire. */
static int decode(const char *p, size_t n, char **out, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf b = {0};
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c == '%') {
            if (n - i < 3)
                return bad(err, "the URL ends inside a %-escape");
            int hi = hex(p[i + 1]), lo = hex(p[i + 2]);
            if (hi < 0 || lo < 0)
                return bad(err, "the URL has a %-escape that is not two hexadecimal digits");
            c = (unsigned char)(hi << 4 | lo);
            i += 2;
        }
        if (c < 0x20 || c == 0x7f)
            return bad(err, "the URL holds a control character");
        buf_add_char(&b, (char)c);
    }
    *out = buf_steal(&b);
    return 0;
}

/* What no JSON text could carry is refused before it is shown to anybody. */
static bool is_utf8(const char *s)
{
    CLEANUP(json_decrefp) json_t *text = json_string(s);
    return text != NULL;
}

static int parse_scheme(const char **p, struct server_url *u, struct fct_error *err)
{
    const char *colon = strchr(*p, ':');
    if (!colon || colon == *p)
        return bad(err, "a URL begins with a scheme");
    for (const char *c = *p; c < colon; c++)
        if (!isalnum((unsigned char)*c) && *c != '+' && *c != '-' && *c != '.')
            return bad(err, "a URL begins with a scheme");
    u->scheme = xstrndup(*p, (size_t)(colon - *p));
    for (char *c = u->scheme; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    *p = colon + 1;
    return 0;
}

static int parse_port(const char *p, size_t n, struct server_url *u, struct fct_error *err)
{
    uint32_t port = 0;
    if (n == 0 || n > 5)
        return bad(err, "the port is a number from 1 to 65535");
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return bad(err, "the port is a number from 1 to 65535");
        port = port * 10 + (uint32_t)(p[i] - '0');
    }
    if (port < 1 || port > 65535)
        return bad(err, "the port is a number from 1 to 65535");
    u->port = port;
    return 0;
}

static bool is_host(const char *p, size_t n)
{
    if (n == 0 || n > IDNA_HOST_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)p[i]) && !strchr("-._:", p[i]))
            return false;
    return true;
}

static bool is_ascii(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)p[i] >= 0x80)
            return false;
    return true;
}

/* A name in letters of any script becomes what DNS and certificates have. */
static int take_host(const char *p, size_t n, struct server_url *u, struct fct_error *err)
{
    char ascii[IDNA_HOST_MAX + 1];
    if (!is_ascii(p, n)) {
        if (!idna_to_ascii(bytes_of(p, n), ascii))
            return bad(err, "no host name can be made of what the URL says");
        p = ascii;
        n = strlen(ascii);
    }
    if (!is_host(p, n))
        return bad(err, "the host name holds a character that no host name has");
    u->host = xstrndup(p, n);
    return 0;
}

static int parse_authority(const char *p, size_t n, struct server_url *u, struct fct_error *err)
{
    const char *end = p + n, *at = NULL;
    for (const char *c = p; c < end; c++)
        if (*c == '@')
            at = c;
    if (at) {
        if (memchr(p, ':', (size_t)(at - p)))
            return bad(err, "a password does not belong into a URL: give it when asked, or with --password-stdin");
        if (decode(p, (size_t)(at - p), &u->user, err) < 0)
            return -1;
        if (!is_utf8(u->user))
            return bad(err, "the user name in the URL is not UTF-8");
        p = at + 1;
    }
    const char *host = p, *host_end = end, *port = NULL;
    if (p < end && *p == '[') {
        host = p + 1;
        host_end = memchr(p, ']', (size_t)(end - p));
        if (!host_end)
            return bad(err, "the address in brackets has no end");
        if (host_end + 1 < end && host_end[1] == ':')
            port = host_end + 2;
        else if (host_end + 1 != end)
            return bad(err, "only a port may follow the address in brackets");
    } else {
        const char *colon = memchr(p, ':', (size_t)(end - p));
        if (colon && memchr(colon + 1, ':', (size_t)(end - colon - 1)))
            return bad(err, "an IPv6 address stands in brackets, as in imaps://[fd00::5]:993");
        if (colon) {
            host_end = colon;
            port = colon + 1;
        }
    }
    if (port && parse_port(port, (size_t)(end - port), u, err) < 0)
        return -1;
    if (host == host_end)
        return 0;
    return take_host(host, (size_t)(host_end - host), u, err);
}

static int parse_query(const char *p, struct server_url *u, struct fct_error *err)
{
    while (*p) {
        size_t n = strcspn(p, "&");
        struct fct_bytes pair = bytes_of(p, n);
        u->has_tls = true;
        if (bytes_equal_str(pair, "tls=starttls"))
            u->tls = FCT_TLS_STARTTLS;
        else if (bytes_equal_str(pair, "tls=none"))
            u->tls = FCT_TLS_NONE;
        else if (bytes_equal_str(pair, "tls=implicit"))
            u->tls = FCT_TLS_IMPLICIT;
        else
            return bad(err, "after '?' only tls=starttls, tls=implicit or tls=none is known");
        p += n + (p[n] == '&');
    }
    return 0;
}

static int parse(const char *text, struct server_url *u, struct fct_error *err)
{
    const char *p = text;
    if (strlen(text) > URL_MAX)
        return bad(err, "the URL is longer than 2048 bytes");
    if (parse_scheme(&p, u, err) < 0)
        return -1;
    if (strncmp(p, "//", 2) == 0) {
        p += 2;
        size_t n = strcspn(p, "/?#");
        if (parse_authority(p, n, u, err) < 0)
            return -1;
        p += n;
    }
    size_t n = strcspn(p, "?#");
    if (n > 0 && !(n == 1 && *p == '/') && decode(p, n, &u->path, err) < 0)
        return -1;
    p += n;
    if (*p == '#')
        return bad(err, "a server's URL has no fragment");
    return *p == '?' ? parse_query(p + 1, u, err) : 0;
}

int server_url_parse(const char *text, struct server_url *out, struct fct_error *err)
{
    struct server_url u = {0};
    if (parse(text, &u, err) < 0) {
        server_url_done(&u);
        return -1;
    }
    *out = u;
    return 0;
}

void server_url_done(struct server_url *u)
{
    free(u->scheme);
    free(u->user);
    free(u->host);
    free(u->path);
    *u = (struct server_url){0};
}
