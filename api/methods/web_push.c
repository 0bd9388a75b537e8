/* WebPush/get, /set: what the owner decides about Web Push. */
#include "methods/common.h"

#include "net/https.h"
#include "store/push_subscriptions.h"

#include <string.h>

static int read_setting(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_push_setting_load(tx, arg, err);
}

static int write_setting(struct store_tx *tx, void *arg, struct fct_error *err)
{
    return store_push_setting_save(tx, arg, err);
}

static json_t *web_push_json(struct api_call *call, const struct store_push_setting *s)
{
    char key[VAPID_KEY_TEXT];
    json_t *hosts = json_loads(s->private_hosts, 0, NULL);
    return json_pack("{s:o, s:o, s:o}", "applicationServerKey",
                     webpush_key(call->api->webpush, key) ? json_string(key) : json_null(), "contact",
                     s->contact ? json_string(s->contact) : json_null(), "privateHosts", hosts ? hosts : json_array());
}

int api_web_push_get(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)
{
    CLEANUP(store_push_setting_done) struct store_push_setting s = {0};
    (void)params;
    if (store_read(call->api->store, read_setting, &s, err) < 0)
        return -1;
    *out = web_push_json(call, &s);
    return 0;
}

static int take_contact(struct api_call *call, const char *contact, struct store_push_setting *s, struct fct_error *err)
{
    if (!contact)
        return 0;
    for (const char *c = contact; *c; c++)
        if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7f)
            return call_invalid(call, err, "contact", "contact: it holds a character that no URI has");
    if (*contact && strncmp(contact, "mailto:", 7) != 0 && strncmp(contact, "https:", 6) != 0)
        return call_invalid(call, err, "contact", "contact: must begin with mailto: or https:");
    free(s->contact);
    s->contact = *contact ? xstrdup(contact) : NULL;
    return 0;
}

/* As they stand in URLs, in lower case. */
static int take_hosts(struct api_call *call, const json_t *hosts, struct store_push_setting *s, struct fct_error *err)
{
    if (!hosts)
        return 0;
    CLEANUP(json_decrefp) json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(hosts); i++) {
        const char *given = json_string_value(json_array_get(hosts, i));
        CLEANUP(freep) char *url = xasprintf("https://%.300s/", given);
        CLEANUP(freep) char *host = NULL;
        if (strpbrk(given, "/?#@") || https_check_url(url, true, &host, &(struct fct_error){0}) < 0 ||
            strlen(host) != strlen(given))
            return call_invalid(call, err, "privateHosts", "privateHosts: %.100s is neither a host name nor an address",
                                given);
        json_array_append_new(list, json_string(host));
    }
    free(s->private_hosts);
    s->private_hosts = json_dumps(list, JSON_COMPACT);
    return 0;
}

int api_web_push_set(struct api_call *call, const struct api_web_push_set_args *args, json_t **out,
                     struct fct_error *err)
{
    CLEANUP(store_push_setting_done) struct store_push_setting s = {0};
    if (store_read(call->api->store, read_setting, &s, err) < 0 || take_contact(call, args->contact, &s, err) < 0 ||
        take_hosts(call, args->private_hosts, &s, err) < 0)
        return -1;
    if (store_write(call->api->store, write_setting, &s, err) < 0 ||
        (args->rotate_key && webpush_rotate_key(call->api->webpush, err) < 0))
        return -1;
    webpush_subscriptions_changed(call->api->webpush);
    *out = web_push_json(call, &s);
    return 0;
}
