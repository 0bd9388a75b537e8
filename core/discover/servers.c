#include "discover/servers.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "text/idna.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define ADDRESS_MAX 320 /* RFC 5321 section 4.5.3.1: 64, '@', 255 */

/* ---- the address ------------------------------------------------------------------------------------------ */

static bool is_plain(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s <= ' ' || *s == 0x7f || strchr("<>,;:\\\"()[]", *s))
            return false;
    return true;
}

static bool is_utf8(const char *s)
{
    CLEANUP(json_decrefp) json_t *text = json_string(s);
    return text != NULL;
}

int mail_address_parse(const char *text, struct mail_address *out, struct fct_error *err)
{
    const char *at = strrchr(text, '@');
    char domain[IDNA_HOST_MAX + 1];
    if (strlen(text) > ADDRESS_MAX)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "a mail address has at most %d bytes", ADDRESS_MAX);
    if (!at || at == text || !at[1] || !is_plain(text) || !is_utf8(text))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "this is no mail address (for example jane@example.org)");
    if (!idna_to_ascii(bytes_str(at + 1), domain) || !host_is_name(domain) || !strchr(domain, '.'))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "what stands behind the @ is no domain");
    out->address = xstrdup(text);
    out->local = xstrndup(text, (size_t)(at - text));
    out->domain = xstrdup(domain);
    for (char *c = out->domain; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return 0;
}

void mail_address_done(struct mail_address *a)
{
    free(a->address);
    free(a->local);
    free(a->domain);
    *a = (struct mail_address){0};
}

/* ---- hosts ------------------------------------------------------------------------------------------------ */

bool host_is_inside(const char *host, const char *domain)
{
    size_t h = strlen(host), d = strlen(domain);
    return h >= d && strcasecmp(host + h - d, domain) == 0 && (h == d || host[h - d - 1] == '.');
}

/* ---- servers ---------------------------------------------------------------------------------------------- */

static void add_encoded(struct buf *to, const char *s)
{
    for (; *s; s++) {
        if (isalnum((unsigned char)*s) || strchr("-._~", *s))
            buf_add_char(to, *s);
        else
            buf_addf(to, "%%%02X", (unsigned char)*s);
    }
}

/* As core/account/url.h reads it. The port is always there: what is left out has a meaning of its own in each plugin. */
static json_t *url_of(const struct server_spec *s)
{
    CLEANUP(buf_done) struct buf b = {0};
    bool is_implicit = s->tls == FCT_TLS_IMPLICIT;
    buf_addf(&b, "%s%s://", s->protocol, is_implicit ? "s" : "");
    if (s->user) {
        add_encoded(&b, s->user);
        buf_add_char(&b, '@');
    }
    buf_addf(&b, "%s:%u%s", s->host, (unsigned)s->port, is_implicit ? "" : "?tls=starttls");
    return json_string(buf_str(&b));
}

static bool is_host(const struct server_spec *s)
{
    return host_is_name(s->host) || (s->may_be_here && strcmp(s->host, "127.0.0.1") == 0);
}

static bool is_user(const char *user)
{
    size_t n = strlen(user);
    if (n == 0 || n > SERVERS_USER_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)user[i] < ' ' || user[i] == 0x7f)
            return false;
    return is_utf8(user);
}

static bool is_known(const char *protocol)
{
    return strcmp(protocol, "imap") == 0 || strcmp(protocol, "pop3") == 0 || strcmp(protocol, "smtp") == 0;
}

bool servers_add(json_t *list, const struct server_spec *s)
{
    if (json_array_size(list) >= SERVERS_MAX || !is_known(s->protocol) || !is_host(s) ||
        s->port < 1 || s->port > 65535 || (s->tls != FCT_TLS_IMPLICIT && s->tls != FCT_TLS_STARTTLS) ||
        (s->user && !is_user(s->user)))
        return false;
    json_t *server = json_pack("{s:s, s:s, s:i, s:s, s:o, s:o}", "protocol", s->protocol, "host", s->host, "port",
                               (int)s->port, "tls", s->tls == FCT_TLS_IMPLICIT ? "implicit" : "starttls", "user",
                               s->user ? json_string(s->user) : json_null(), "url", url_of(s));
    return json_array_append_new(list, server) == 0;
}

json_t *servers_first(const json_t *list, const char *protocol)
{
    size_t i;
    json_t *server;
    json_array_foreach(list, i, server)
    {
        if (strcmp(json_string_value(json_object_get(server, "protocol")), protocol) == 0)
            return server;
    }
    return NULL;
}
