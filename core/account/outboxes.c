/* The outboxes of accounts that can send: one for each whose row names a transport. */
#include "account/core_internal.h"
#include "base/alloc.h"
#include "base/log.h"
#include "outbox/outbox.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct sending {
    int64_t account_id;
    struct account_handle *handle;
    struct outbox *outbox;
    struct sending *next;
};

static struct sending *find(struct core *core, int64_t account_id)
{
    struct sending *s = core->sending;
    while (s && s->account_id != account_id)
        s = s->next;
    return s;
}

static bool has_network(void *ctx)
{
    const struct core *core = ctx;
    return core->has_network;
}

/* Servers that put what they send into Sent by themselves: another copy of ours would be the second. */
static bool files_by_itself(const char *host)
{
    static const char *const hosts[] = {"smtp.gmail.com", "smtp.googlemail.com", "smtp.office365.com", "smtp-mail.outlook.com"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        if (host && strcasecmp(host, hosts[i]) == 0)
            return true;
    return false;
}

static bool server_files(const struct account_handle *h)
{
    const char *who = json_string_value(json_object_get(h->settings, "sentCopy"));
    if (!who || strcmp(who, "auto") == 0)
        return files_by_itself(h->url.host);
    return strcmp(who, "server") == 0;
}

void core_start_outbox(struct core *core, const struct store_account *row)
{
    struct account_handle *h = NULL;
    struct fct_error err = {0};
    if (!row->transport_url || !row->transport_url[0])
        return;
    if (account_transport_new(core, row, NULL, &h, &err) < 0) {
        log_warn("accounts", "account %s cannot send: %s", row->name, err.message);
        return;
    }
    struct sending *s = XNEW(struct sending);
    *s = (struct sending){.account_id = row->id, .handle = h, .next = core->sending};
    s->outbox = outbox_new(core->loop, &(struct outbox_options){.store = core->store,
                                                               .account_id = row->id,
                                                               .label = h->label,
                                                               .transport = h->transport,
                                                               .account = &h->base,
                                                               .server_files = server_files(h),
                                                               .has_network = has_network,
                                                               .ctx = core});
    core->sending = s;
}

void core_stop_outbox(struct core *core, int64_t account_id)
{
    struct sending *s = find(core, account_id);
    if (!s)
        return;
    outbox_stop(s->outbox);
    struct sending **at = &core->sending;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    outbox_free(s->outbox);
    account_handle_free(s->handle);
    free(s);
}

void core_stop_outboxes(struct core *core)
{
    while (core->sending)
        core_stop_outbox(core, core->sending->account_id);
}

void core_wake_outbox(struct core *core, int64_t account_id, bool mail_came)
{
    struct sending *s = find(core, account_id);
    if (s && mail_came)
        outbox_mail_came(s->outbox);
    else if (s)
        outbox_wake(s->outbox);
}

void core_user_acted(struct core *core, int64_t account_id)
{
    struct sending *s = find(core, account_id);
    if (s)
        outbox_user_acted(s->outbox);
}

void core_stir_outboxes(struct core *core)
{
    for (struct sending *s = core->sending; s; s = s->next)
        outbox_stir(s->outbox);
}

void core_user_acted_for_all(struct core *core)
{
    for (struct sending *s = core->sending; s; s = s->next)
        outbox_user_acted(s->outbox);
}

void core_send_now(struct core *core, int64_t account_id)
{
    core_user_acted(core, account_id);
}

bool core_can_send(struct core *core, int64_t account_id)
{
    return find(core, account_id) != NULL;
}
