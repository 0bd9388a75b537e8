#include "site.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#define HOST_MAX 255

/* "host", "host:port" or "[address]:port": *out_n is the length of the host. */
static bool parse_authority(const char *text, size_t *out_n)
{
    const char *end = text[0] == '[' ? strchr(text, ']') : text + strcspn(text, ":");
    if (!end || end == text || strlen(text) > HOST_MAX)
        return false;
    if (*end == ']')
        end++;
    for (const char *p = text; p < end; p++)
        if (!isalnum((unsigned char)*p) && !strchr(text[0] == '[' ? "[]:." : "-._", *p))
            return false;
    *out_n = (size_t)(end - text);
    if (*end == '\0')
        return true;
    size_t digits = strspn(end + 1, "0123456789");
    return *end == ':' && digits > 0 && digits < 6 && end[1 + digits] == '\0';
}

static bool is_address(const char *host)
{
    unsigned char room[16];
    size_t n = strlen(host);
    if (host[0] == '[' && n > 2 && n < 64) {
        char inside[64];
        memcpy(inside, host + 1, n - 2);
        inside[n - 2] = '\0';
        return inet_pton(AF_INET6, inside, room) == 1;
    }
    return inet_pton(AF_INET, host, room) == 1;
}

static bool is_localhost(const char *host)
{
    size_t n = strlen(host);
    return strcasecmp(host, "localhost") == 0 || (n > 10 && strcasecmp(host + n - 10, ".localhost") == 0);
}

static bool has(char *const *list, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(list[i], text) == 0)
            return true;
    return false;
}

static void append(char ***list, size_t *n, char *text)
{
    *list = xrealloc(*list, (*n + 1) * sizeof(**list));
    (*list)[(*n)++] = text;
}

/* The authority of "http(s)://authority"; NULL: it is no origin. */
static const char *authority_of(const char *origin)
{
    size_t n;
    const char *authority = strncmp(origin, "https://", 8) == 0  ? origin + 8
                            : strncmp(origin, "http://", 7) == 0 ? origin + 7
                                                                 : NULL;
    return authority && parse_authority(authority, &n) ? authority : NULL;
}

int site_allow_host(struct site *s, const char *host)
{
    size_t n;
    if (!parse_authority(host, &n) || host[n])
        return -1;
    append(&s->hosts, &s->n_hosts, xstrdup(host));
    return 0;
}

int site_allow_origin(struct site *s, const char *origin)
{
    if (strcmp(origin, "*") != 0 && !authority_of(origin))
        return -1;
    append(&s->origins, &s->n_origins, xstrdup(origin));
    return 0;
}

int site_set_public_url(struct site *s, const char *url)
{
    size_t n = strlen(url), host_n;
    CLEANUP(freep) char *origin = xstrndup(url, n > 0 && url[n - 1] == '/' ? n - 1 : n);
    const char *authority = authority_of(origin);
    if (!authority || !parse_authority(authority, &host_n))
        return -1;
    CLEANUP(freep) char *host = xstrndup(authority, host_n);
    free(s->public_url);
    s->public_url = xstrdup(origin);
    return site_allow_host(s, host);
}

void site_done(struct site *s)
{
    for (size_t i = 0; i < s->n_hosts; i++)
        free(s->hosts[i]);
    for (size_t i = 0; i < s->n_origins; i++)
        free(s->origins[i]);
    free(s->hosts);
    free(s->origins);
    free(s->public_url);
    *s = (struct site){0};
}

char *site_base(const struct site *s, const char *host, bool is_tls)
{
    size_t n;
    if (!host || !parse_authority(host, &n))
        return NULL;
    CLEANUP(freep) char *name = xstrndup(host, n);
    if (!is_address(name) && !is_localhost(name) && !has(s->hosts, s->n_hosts, name))
        return NULL;
    return s->public_url ? xstrdup(s->public_url) : xasprintf("%s://%s", is_tls ? "https" : "http", host);
}

/* Without the port that the scheme implies. */
static size_t significant(const char *origin)
{
    size_t n = strlen(origin);
    const char *port = strncmp(origin, "https:", 6) == 0 ? ":443" : ":80";
    size_t port_n = strlen(port);
    return n > port_n && strcmp(origin + n - port_n, port) == 0 ? n - port_n : n;
}

bool site_is_own(const char *origin, const char *base)
{
    size_t n = significant(origin);
    return n == significant(base) && strncasecmp(origin, base, n) == 0;
}

bool site_allows(const struct site *s, const char *origin, const char *base)
{
    if (site_is_own(origin, base) || has(s->origins, s->n_origins, origin))
        return true;
    return has(s->origins, s->n_origins, "*") && authority_of(origin);
}
