#include "discover/autoconfig.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NEEDS_MAX 4

/* What a text belongs to. */
enum place { NOWHERE, HOSTNAME, PORT, SOCKET_TYPE, USERNAME, AUTHENTICATION, DISPLAY_NAME, INSTRUCTION };

struct reader {
    XML_Parser parser;
    const struct mail_address *address;
    struct autoconfig *out;
    unsigned depth, elements;
    bool is_config;   /* the root is clientConfig */
    bool in_provider; /* in emailProvider */
    bool in_server;
    char protocol[8];
    struct buf host, user, text;
    unsigned long port;
    uint32_t tls;
    bool has_tls, is_plain;
    json_t *sasl;      /* of the first server that says */
    char *enable_url;  /* in <enable visiturl="">; NULL: not in it */
    enum place place;
    const char *stopped; /* why */
};

static void stop(struct reader *r, const char *why)
{
    if (!r->stopped)
        r->stopped = why;
    XML_StopParser(r->parser, XML_FALSE);
}

static const char *attribute(const char **attributes, const char *name)
{
    for (; attributes[0]; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return strlen(attributes[1]) <= AUTOCONFIG_TEXT_MAX ? attributes[1] : NULL;
    return NULL;
}

static bool is_web(const char *url)
{
    return url && strncmp(url, "https://", 8) == 0 && url[8];
}

/* ---- placeholders ----------------------------------------------------------------------------------------- */

/* %EMAILADDRESS% and the others, once; what they give is not looked at again. */
static void fill_in(const struct reader *r, const char *template, struct buf *to)
{
    const struct {
        const char *name, *value;
    } known[] = {{"%EMAILADDRESS%", r->address->address}, {"%EMAILLOCALPART%", r->address->local}, {"%EMAILDOMAIN%", r->address->domain}};
    buf_clear(to);
    while (*template) {
        size_t i = 0;
        while (i < 3 && strncmp(template, known[i].name, strlen(known[i].name)) != 0)
            i++;
        if (i < 3) {
            buf_add_str(to, known[i].value);
            template += strlen(known[i].name);
        } else {
            buf_add_char(to, *template++);
        }
    }
}

/* ---- elements --------------------------------------------------------------------------------------------- */

static void begin_server(struct reader *r, const char *type)
{
    r->in_server = true;
    snprintf(r->protocol, sizeof(r->protocol), "%s", type ? type : "");
    buf_clear(&r->host);
    buf_clear(&r->user);
    r->port = 0;
    r->has_tls = r->is_plain = false;
}

static void end_server(struct reader *r)
{
    r->in_server = false;
    if (r->is_plain) {
        r->out->in_clear++;
        return;
    }
    if (r->has_tls && r->port > 0 && r->port <= 65535)
        servers_add(r->out->servers, &(struct server_spec){.protocol = r->protocol,
                                                           .host = buf_str(&r->host),
                                                           .port = (uint32_t)r->port,
                                                           .tls = r->tls,
                                                           .user = r->user.n > 0 ? buf_str(&r->user) : NULL});
}

static enum place place_of(const struct reader *r, const char *name)
{
    static const struct {
        const char *name;
        enum place place;
    } known[] = {{"hostname", HOSTNAME},     {"port", PORT}, {"socketType", SOCKET_TYPE}, {"username", USERNAME},
                 {"authentication", AUTHENTICATION}};
    for (size_t i = 0; r->in_server && i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].place;
    if (!r->in_server && strcmp(name, "displayName") == 0)
        return DISPLAY_NAME;
    return r->enable_url && strcmp(name, "instruction") == 0 ? INSTRUCTION : NOWHERE;
}

static void on_start(void *arg, const char *name, const char **attributes)
{
    struct reader *r = arg;
    if (++r->depth > AUTOCONFIG_DEPTH_MAX || ++r->elements > AUTOCONFIG_ELEMENTS_MAX) {
        stop(r, "it is nested too deeply, or has too many elements");
        return;
    }
    if (r->depth == 1) {
        r->is_config = strcmp(name, "clientConfig") == 0;
        if (!r->is_config)
            stop(r, "its root is no clientConfig");
    } else if (r->depth == 2) {
        r->in_provider = strcmp(name, "emailProvider") == 0;
    } else if (r->depth == 3 && r->in_provider &&
               (strcmp(name, "incomingServer") == 0 || strcmp(name, "outgoingServer") == 0)) {
        begin_server(r, attribute(attributes, "type"));
    }
    if (strcmp(name, "enable") == 0 && is_web(attribute(attributes, "visiturl")) && !r->enable_url)
        r->enable_url = xstrdup(attribute(attributes, "visiturl"));
    if (strcmp(name, "documentation") == 0 && r->in_provider && is_web(attribute(attributes, "url")) &&
        json_is_null(json_object_get(r->out->provider, "help")))
        json_object_set_new(r->out->provider, "help", json_string(attribute(attributes, "url")));
    r->place = r->in_provider || r->enable_url ? place_of(r, name) : NOWHERE;
    buf_clear(&r->text);
}

static const char *sasl_of(const char *authentication)
{
    static const char *const known[][2] = {{"OAuth2", "XOAUTH2"},        {"password-cleartext", "PLAIN"},
                                           {"plain", "PLAIN"},           {"password-encrypted", "CRAM-MD5"},
                                           {"secure", "CRAM-MD5"},       {"TLS-client-cert", "EXTERNAL"}};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(authentication, known[i][0]) == 0)
            return known[i][1];
    return NULL;
}

static void take_socket_type(struct reader *r, const char *text)
{
    r->has_tls = strcasecmp(text, "SSL") == 0 || strcasecmp(text, "TLS") == 0 || strcasecmp(text, "STARTTLS") == 0;
    r->tls = strcasecmp(text, "STARTTLS") == 0 ? FCT_TLS_STARTTLS : FCT_TLS_IMPLICIT;
    r->is_plain = strcasecmp(text, "plain") == 0;
}

static void take_instruction(struct reader *r, const char *text)
{
    json_t *needs = json_object_get(r->out->provider, "needs");
    if (*text && json_array_size(needs) < NEEDS_MAX)
        json_array_append_new(needs, json_pack("{s:s, s:s, s:s}", "kind", "switch", "text", text, "url", r->enable_url));
}

static void take_text(struct reader *r, const char *text)
{
    switch (r->place) {
    case HOSTNAME:
        fill_in(r, text, &r->host);
        break;
    case PORT:
        r->port = strlen(text) <= 5 ? strtoul(text, NULL, 10) : 0;
        break;
    case SOCKET_TYPE:
        take_socket_type(r, text);
        break;
    case USERNAME:
        fill_in(r, text, &r->user);
        break;
    case AUTHENTICATION:
        if (sasl_of(text) && json_array_size(r->sasl) < 8 && json_array_size(r->out->servers) == 0)
            json_array_append_new(r->sasl, json_string(sasl_of(text)));
        break;
    case DISPLAY_NAME:
        if (*text && json_is_null(json_object_get(r->out->provider, "name")))
            json_object_set_new(r->out->provider, "name", json_string(text));
        break;
    case INSTRUCTION:
        take_instruction(r, text);
        break;
    case NOWHERE:
        break;
    }
}

static char *trimmed(struct buf *b)
{
    char *s = b->p;
    size_t n = b->n;
    while (n > 0 && strchr(" \t\r\n", s[n - 1]))
        s[--n] = '\0';
    return s + strspn(s, " \t\r\n");
}

static void on_end(void *arg, const char *name)
{
    struct reader *r = arg;
    if (r->place != NOWHERE && r->text.n > 0)
        take_text(r, trimmed(&r->text));
    r->place = NOWHERE;
    if (r->in_server && r->depth == 3)
        end_server(r);
    if (r->depth == 2)
        r->in_provider = false;
    if (strcmp(name, "enable") == 0)
        free(TAKE(r->enable_url));
    r->depth--;
}

static void on_text(void *arg, const char *p, int n)
{
    struct reader *r = arg;
    if (r->place == NOWHERE)
        return;
    if (r->text.n + (size_t)n > AUTOCONFIG_TEXT_MAX)
        stop(r, "a text in it is too long");
    else
        buf_add(&r->text, p, (size_t)n);
}

static void on_doctype(void *arg, const char *name, const char *system, const char *public, int has_internal)
{
    (void)name, (void)system, (void)public, (void)has_internal;
    stop(arg, "it has a document type");
}

/* ---- the whole -------------------------------------------------------------------------------------------- */

static int fail(const struct reader *r, struct fct_error *err)
{
    if (r->stopped)
        return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_NEVER, "the configuration is not used: %s", r->stopped);
    return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_NEVER, "the configuration is no XML: %s, line %lu",
                    XML_ErrorString(XML_GetErrorCode(r->parser)), XML_GetCurrentLineNumber(r->parser));
}

int autoconfig_parse(struct fct_bytes xml, const struct mail_address *a, struct autoconfig *out, struct fct_error *err)
{
    struct autoconfig c = {.servers = json_array(), .provider = json_pack("{s:n, s:n, s:[], s:n, s:[], s:n}", "id", "name", "sasl",
                                                                          "oauth", "needs", "help")};
    struct reader r = {.parser = XML_ParserCreate(NULL), .address = a, .out = &c, .sasl = json_object_get(c.provider, "sasl")};
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    int result = xml.n > INT32_MAX || XML_Parse(r.parser, xml.p ? xml.p : "", (int)xml.n, 1) != XML_STATUS_OK || r.stopped ? fail(&r, err) : 0;
    XML_ParserFree(r.parser);
    buf_done(&r.host);
    buf_done(&r.user);
    buf_done(&r.text);
    free(r.enable_url);
    if (result < 0)
        autoconfig_done(&c);
    else
        *out = c;
    return result;
}

void autoconfig_done(struct autoconfig *c)
{
    json_decref(c->servers);
    json_decref(c->provider);
    *c = (struct autoconfig){0};
}
