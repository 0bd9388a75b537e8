/* What a source plugin sees of an account. */
#include "account/account.h"
#include "account/core_internal.h"
#include "account/passwords.h"
#include "account/settings.h"
#include "account/tokens.h"
#include "async/certificate.h"
#include "async/conn.h"
#include "base/alloc.h"
#include "base/error.h"
#include "store/ids.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static struct account_handle *of(struct fct_account *acc)
{
    return (struct account_handle *)acc;
}

static const char *text_setting(const struct account_handle *h, const char *key)
{
    return json_string_value(json_object_get(h->settings, key));
}

/* The client certificate for this server; who sends shows the one of the source, unless another is named. */
static const char *certificate(const struct account_handle *h)
{
    const char *own = h->transport ? text_setting(h, "transportCertFile") : NULL;
    return own ? own : text_setting(h, "certFile");
}

static int show_certificate(struct account_handle *h, struct fct_error *err)
{
    const char *cert = certificate(h);
    bool is_own = h->transport && text_setting(h, "transportCertFile");
    return cert ? tls_trust_show(h->base.trust, cert, text_setting(h, is_own ? "transportKeyFile" : "keyFile"), err) : 0;
}

static const char *handle_get(struct fct_account *acc, const char *key)
{
    struct account_handle *h = of(acc);
    if (strcmp(key, "user") == 0)
        return h->user;
    if (strcmp(key, "host") == 0)
        return h->url.host;
    if (strcmp(key, "path") == 0)
        return h->url.path;
    if (strcmp(key, "certFile") == 0)
        return certificate(h);
    return json_string_value(json_object_get(h->settings, key));
}

static int copy_given(const char *secret, char *buf, size_t cap, struct fct_error *err)
{
    if (strlen(secret) >= cap)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "the password is longer than %zu bytes", cap - 1);
    memcpy(buf, secret, strlen(secret) + 1);
    return 0;
}

static int stored_secret(struct account_handle *h, const struct secret_place *place, const char *name, char *buf, size_t cap, struct fct_error *err)
{
    return passwords_get(h->core->secrets, h->id, place, name, h->base.endpoint.io_timeout_ms, buf, cap, err);
}

/* 1: the server for sending has a password of its own, in buf; 0: it has none. Where the account's password can only be read, it is where
 * other such secrets are. */
static int own_password(struct account_handle *h, char *buf, size_t cap, struct fct_error *err)
{
    const struct secret_place place = {.store = SECRET_FILE};
    struct fct_error why = {0};
    int result = h->transport_password ? copy_given(h->transport_password, buf, cap, &why)
                                       : stored_secret(h, &place, TRANSPORT_PASSWORD, buf, cap, &why);
    if (result == 0)
        return buf[0] != '\0';
    if (why.code == FCT_E_NOT_FOUND)
        return 0;
    if (err)
        *err = why;
    return -1;
}

static int handle_secret(struct fct_account *acc, const char *name, char *buf, size_t cap, struct fct_error *err)
{
    struct account_handle *h = of(acc);
    bool is_password = strcmp(name, "password") == 0;
    int own = is_password && h->transport ? own_password(h, buf, cap, err) : 0;
    if (own != 0)
        return own < 0 ? -1 : 0;
    if (is_password && h->password)
        return copy_given(h->password, buf, cap, err);
    struct secret_place place = passwords_place(h->settings, h->address);
    struct fct_error why = {0};
    if (stored_secret(h, &place, name, buf, cap, &why) == 0)
        return 0;
    if (why.code == FCT_E_NOT_FOUND) {
        if (secret_store_is_writable(place.store))
            fct_fail(&why, FCT_E_AUTH, FCT_RETRY_NEVER, "no %s is stored for this account: set one", name);
        why.code = FCT_E_AUTH;
        why.user_action = 1;
    }
    if (err)
        *err = why;
    return -1;
}

static int handle_token(struct fct_account *acc, struct fct_bytes refused, char *buf, size_t cap, struct fct_error *err)
{
    struct account_handle *h = of(acc);
    if (!h->oauth)
        return 0;
    if (h->transport) { /* another provider's, perhaps: it is not told a token of this one */
        char own[SECRET_MAX];
        int has_own = own_password(h, own, sizeof(own), err);
        explicit_bzero(own, sizeof(own));
        if (has_own != 0)
            return has_own < 0 ? -1 : 0;
    }
    if (h->id == 0) {
        fct_fail(err, FCT_E_USER_ACTION, FCT_RETRY_NEVER, "an account that signs in with OAuth is added first, and then consented to (Account/authorize)");
        if (err)
            err->user_action = 1;
        return -1;
    }
    return tokens_get(h->core, h->id, h->label, h->oauth, refused, buf, cap, err);
}

static int fill_oauth(struct account_handle *h, struct fct_error *err)
{
    const json_t *oauth = json_object_get(h->settings, "oauth");
    if (!oauth || json_is_null(oauth))
        return 0;
    return oauth_client_new(h->core->oauth_table, oauth, &h->oauth, err) < 0 ? fct_error_prefix(err, "settings") : 0;
}

static int fill_endpoint(struct account_handle *h, bool implicit_tls, struct fct_error *err)
{
    uint16_t default_port = h->source ? h->source->default_port : h->transport->default_port;
    uint16_t tls_port = h->source ? h->source->tls_port : h->transport->tls_port;
    if (default_port == 0 && tls_port == 0)
        return 0;
    if (!h->url.host)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the URL names no server (for example %s://mail.example.org)", h->url.scheme);
    struct fct_endpoint *ep = &h->base.endpoint;
    ep->tls = implicit_tls ? FCT_TLS_IMPLICIT : h->url.has_tls ? h->url.tls : FCT_TLS_STARTTLS;
    if (implicit_tls && h->url.has_tls && h->url.tls != FCT_TLS_IMPLICIT)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s:// is TLS from the first byte: ?tls= contradicts it", h->url.scheme);
    ep->port = h->url.port ? h->url.port : ep->tls == FCT_TLS_IMPLICIT ? tls_port : default_port;
    ep->host = h->url.host;
    return 0;
}

static uint32_t setting_ms(const json_t *settings, const char *key, uint32_t otherwise)
{
    const json_t *v = json_object_get(settings, key);
    json_int_t seconds = json_integer_value(v);
    return json_is_integer(v) && seconds >= 1 && seconds <= 86400 ? (uint32_t)seconds * 1000 : otherwise;
}

static int find_plugin(struct account_handle *h, bool is_transport, bool *out_implicit, struct fct_error *err)
{
    if (is_transport)
        h->transport = plugins_transport(h->core->plugins, h->url.scheme, out_implicit);
    else
        h->source = plugins_source(h->core->plugins, h->url.scheme, out_implicit);
    if (!h->source && !h->transport)
        return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "no plugin %s %s:// (facteur plugin list)",
                        is_transport ? "sends mail over" : "receives mail from", h->url.scheme);
    return 0;
}

/* Who sends is who receives, unless something else is said. */
static char *user_of(const struct account_handle *h, const struct store_account *row)
{
    CLEANUP(server_url_done) struct server_url source = {0};
    const char *user = json_string_value(json_object_get(h->settings, "user"));
    if (h->url.user || user)
        return xstrdup(h->url.user ? h->url.user : user);
    if (h->transport && server_url_parse(row->source_url, &source, NULL) == 0 && source.user)
        return xstrdup(source.user);
    return xstrdup(row->address);
}

static json_t *json_utc_text(int64_t seconds)
{
    char text[32];
    time_t time = (time_t)seconds;
    struct tm tm;
    if (seconds == 0 || !gmtime_r(&time, &tm) || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        return json_null();
    return json_string(text);
}

/* What the settings say of certificates and of old TLS. */
static int make_trust(struct account_handle *h, struct fct_error *err)
{
    const struct fct_endpoint *ep = &h->base.endpoint;
    const char *minimum = json_string_value(json_object_get(h->settings, "tlsMinimum"));
    CLEANUP(freep) char *where = xasprintf("%s:%u", ep->host ? ep->host : "", (unsigned)ep->port);
    unsigned char sha256[FINGERPRINT_SIZE];
    const char *name;
    json_t *v;
    if (tls_trust_new(json_string_value(json_object_get(h->settings, "caFile")), &h->base.trust, err) < 0)
        return -1;
    json_object_foreach (json_object_get(h->settings, "certificates"), name, v)
        if (strcasecmp(name, where) == 0 && json_is_string(v) && fingerprint_parse(json_string_value(v), sha256))
            tls_trust_pin(h->base.trust, ep->host, ep->port, sha256);
    if (minimum && (strcmp(minimum, "1.0") == 0 || strcmp(minimum, "1.1") == 0))
        tls_trust_allow_old(h->base.trust, minimum[2] - '0');
    return show_certificate(h, err);
}

/* The certificate that the account's server showed and that was not believed; NULL: none. A new reference. */
json_t *account_refused_certificate(const struct account_handle *h)
{
    char shown[FINGERPRINT_TEXT], trusted[FINGERPRINT_TEXT];
    const struct certificate_facts *f = tls_trust_refused(h->base.trust);
    if (!f)
        return NULL;
    json_t *out = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:b}", "host", f->host, "port", (int)f->port, "sha256",
                            fingerprint_format(f->sha256, shown), "subject", f->subject, "issuer", f->issuer, "hosts", f->hosts, "reason",
                            f->reason, "isChanged", f->is_changed);
    if (out) {
        json_object_set_new(out, "notBefore", json_utc_text(f->not_before));
        json_object_set_new(out, "notAfter", json_utc_text(f->not_after));
    }
    if (out && f->is_changed)
        json_object_set_new(out, "trustedSha256", json_string(fingerprint_format(f->trusted, trusted)));
    return out;
}

static int fill(struct account_handle *h, const struct store_account *row, bool is_transport, const struct account_passwords *p, struct fct_error *err)
{
    char id[ID_SIZE] = "new";
    bool implicit = false;
    json_error_t where;

    h->id = row->id;
    if (row->id)
        id_format(ID_ACCOUNT, row->id, id);
    h->label = xasprintf("account %s (%s)", row->name && row->name[0] ? row->name : row->address, id);
    h->settings = json_loads(row->settings && row->settings[0] ? row->settings : "{}", 0, &where);
    if (!json_is_object(h->settings))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "settings: not a JSON object");
    if (server_url_parse(is_transport ? row->transport_url : row->source_url, &h->url, err) < 0 ||
        find_plugin(h, is_transport, &implicit, err) < 0)
        return -1;
    if (fill_oauth(h, err) < 0)
        return -1;
    h->user = user_of(h, row);
    h->address = xstrdup(row->address);
    h->password = p && p->password ? xstrdup(p->password) : NULL;
    h->transport_password = is_transport && p && p->transport ? xstrdup(p->transport) : NULL;
    h->base.endpoint.io_timeout_ms = setting_ms(h->settings, "timeoutSeconds", 60000);
    h->base.endpoint.connect_timeout_ms = setting_ms(h->settings, "connectTimeoutSeconds", 30000);
    if (fill_endpoint(h, implicit, err) < 0)
        return -1;
    return make_trust(h, err);
}

static int make(struct core *core, const struct store_account *row, bool is_transport, const struct account_passwords *p, struct account_handle **out,
                struct fct_error *err)
{
    CLEANUP(account_handle_freep) struct account_handle *h = XNEW(struct account_handle);
    h->core = core;
    h->base.endpoint.size = sizeof(h->base.endpoint);
    h->base.get = handle_get;
    h->base.secret = handle_secret;
    h->base.token = handle_token;
    if (fill(h, row, is_transport, p, err) < 0)
        return -1;
    h->base.label = h->label;
    *out = TAKE(h);
    return 0;
}

int account_handle_new(struct core *core, const struct store_account *row, const struct account_passwords *p, struct account_handle **out, struct fct_error *err)
{
    return make(core, row, false, p, out, err);
}

int account_transport_new(struct core *core, const struct store_account *row, const struct account_passwords *p, struct account_handle **out, struct fct_error *err)
{
    if (!row->transport_url || !row->transport_url[0])
        return 0;
    return make(core, row, true, p, out, err) < 0 ? fct_error_prefix(err, "transport") : 0;
}

int account_handle_check_settings(const struct account_handle *h, const struct account_handle *transport, struct fct_error *err)
{
    struct plugins *plugins = h->core->plugins;
    return settings_check(h->settings, plugins_config_schema(plugins, h->source),
                          transport ? plugins_transport_schema(plugins, transport->transport) : NULL, account_handle_is_maildrop(h), err);
}

void account_handle_free(struct account_handle *h)
{
    if (!h)
        return;
    xfree_wiped(h->password);
    xfree_wiped(h->transport_password);
    free(h->user);
    free(h->address);
    free(h->label);
    server_url_done(&h->url);
    json_decref(h->settings);
    oauth_client_unref(h->oauth);
    tls_trust_free(h->base.trust);
    free(h);
}
