#include "remote.h"

#include "inet/public.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>

#define HOST_MAX 253

int remote_allow(struct remote_policy *p, const char *network)
{
    if (p->n == N_OF(p->networks) || inet_network_parse(network, &p->networks[p->n]) < 0)
        return -1;
    p->n++;
    return 0;
}

static unsigned port_of(const struct sockaddr *a)
{
    return ntohs(a->sa_family == AF_INET6 ? ((const struct sockaddr_in6 *)a)->sin6_port
                                          : ((const struct sockaddr_in *)a)->sin_port);
}

static bool is_allowed(const struct remote_policy *p, const struct sockaddr *address)
{
    for (size_t i = 0; i < p->n; i++)
        if (inet_network_has(&p->networks[i], address))
            return true;
    return false;
}

static bool is_web(unsigned port)
{
    return port == 80 || port == 443;
}

bool remote_may_connect(const struct remote_policy *p, const struct sockaddr *address)
{
    if (is_allowed(p, address))
        return true;
    return inet_is_public(address) && is_web(port_of(address)) && !inet_is_near(address);
}

/* ---- URLs ---- */

/* What a URL may hold (RFC 3986). Browsers read a backslash as a slash, and slashes that are too many as none; others
 * do not: nobody has to guess. Nor what a host is that is percent-encoded. */
static bool is_written_plainly(const char *text)
{
    size_t scheme = strcspn(text, ":");
    if (strlen(text) > REMOTE_URL_MAX || strncmp(text + scheme, "://", 3) != 0 || text[scheme + 3] == '/')
        return false;
    if (memchr(text + scheme + 3, '%', strcspn(text + scheme + 3, "/?#")))
        return false;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c <= 0x20 || *c >= 0x7f || strchr("\\\"<>", *c))
            return false;
    return true;
}

/* An address that is written out needs no looking up to be refused. */
static bool is_good_literal(const struct remote_policy *p, const char *host, unsigned port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    size_t n = strlen(host);
    if (host[0] != '[')
        return inet_pton(AF_INET, host, &v4.sin_addr) != 1 || remote_may_connect(p, (const struct sockaddr *)&v4);
    CLEANUP(freep) char *inner = xstrndup(host + 1, n - 2);
    return inet_pton(AF_INET6, inner, &v6.sin6_addr) == 1 && remote_may_connect(p, (const struct sockaddr *)&v6);
}

static bool is_good_host(const struct remote_policy *p, const char *host, unsigned port)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._[]:";
    size_t n = strlen(host);
    if (n == 0 || n > HOST_MAX || host[0] == '.' || strstr(host, "..") || host[strspn(host, letters)])
        return false;
    if (!is_web(port) && p->n == 0)
        return false;
    return is_good_literal(p, host, port);
}

static bool is_good(const struct remote_policy *p, CURLU *u)
{
    char *scheme = NULL, *host = NULL, *port = NULL;
    bool is_whole = curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
    bool ok = is_whole && (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0) &&
              is_good_host(p, host, (unsigned)strtoul(port, NULL, 10));
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    return ok;
}

char *remote_url(const struct remote_policy *p, const char *text)
{
    CURLU *u = is_written_plainly(text) ? curl_url() : NULL;
    char *whole = NULL, *out = NULL;
    if (u && curl_url_set(u, CURLUPART_URL, text, CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
        curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK && is_good(p, u) &&
        curl_url_get(u, CURLUPART_URL, &whole, 0) == CURLUE_OK && strlen(whole) <= REMOTE_URL_MAX)
        out = xstrdup(whole);
    curl_free(whole);
    curl_url_cleanup(u);
    return out;
}

char *remote_redirect(const struct remote_policy *p, const char *from, const char *to)
{
    char *url = remote_url(p, to);
    if (url && strncmp(from, "https:", 6) == 0 && strncmp(url, "https:", 6) != 0) {
        free(url);
        return NULL;
    }
    return url;
}
