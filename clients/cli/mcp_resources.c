/* mcp_resources.c - the mail as resources: facteur://mailboxes, facteur://message/ID... What they hold is what the
 * tools tell. */
#include "mcp.h"

#include <string.h>

static const struct {
    const char *uri, *name, *title, *description;
} fixed[] = {
    {"facteur://accounts", "accounts", "Accounts", "The user's mail accounts and addresses."},
    {"facteur://mailboxes", "mailboxes", "Mailboxes",
     "Mailboxes of all accounts, with how many messages are in them, and unread."},
    {"facteur://inbox", "inbox", "Inbox", "The newest messages of the inboxes."},
    {"facteur://outbox", "outbox", "Outbox", "What was to be sent, and how far it is."},
};
#define N_FIXED (sizeof(fixed) / sizeof(*fixed))

static json_t *with_title(const struct mcp *m, json_t *resource, const char *title)
{
    if (mcp_is_structured(m))
        json_object_set_new(resource, "title", json_string(title));
    return resource;
}

json_t *mcp_resources_list(struct mcp *m)
{
    json_t *list = json_array();

    for (size_t i = 0; i < N_FIXED; i++)
        json_array_append_new(list,
                              with_title(m,
                                         json_pack("{s:s, s:s, s:s, s:s}", "uri", fixed[i].uri, "name", fixed[i].name,
                                                   "description", fixed[i].description, "mimeType", "application/json"),
                                         fixed[i].title));
    return list;
}

json_t *mcp_resource_templates(struct mcp *m)
{
    json_t *list = json_array();

    json_array_append_new(
        list,
        with_title(m,
                   json_pack("{s:s, s:s, s:s, s:s}", "uriTemplate", "facteur://message/{id}", "name", "message",
                             "description", "One message as text, with its header.", "mimeType", "application/json"),
                   "A message"));
    json_array_append_new(
        list, with_title(m,
                         json_pack("{s:s, s:s, s:s, s:s}", "uriTemplate", "facteur://thread/{id}", "name", "thread",
                                   "description", "The messages of a conversation.", "mimeType", "application/json"),
                         "A conversation"));
    return list;
}

/* What follows the prefix, if it can be an id. */
static const char *id_behind(const char *uri, const char *prefix)
{
    size_t n = strlen(prefix);
    const char *id = uri + n;

    if (strncmp(uri, prefix, n) != 0 || !*id || strlen(id) > 255)
        return NULL;
    return id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")] ? NULL : id;
}

static json_t *read_by_id(struct mcp *m, const char *uri, bool *out_is_one)
{
    const char *message = id_behind(uri, "facteur://message/"), *thread = id_behind(uri, "facteur://thread/");
    json_auto_t *a = message || thread ? json_pack("{s:s}", "id", message ? message : thread) : NULL;

    *out_is_one = a != NULL;
    return !a ? NULL : message ? mcp_read_message(m, a) : mcp_read_thread(m, a);
}

static json_t *read_value(struct mcp *m, const char *uri, bool *out_unknown)
{
    json_auto_t *inbox = json_pack("{s:s}", "query", "in:inbox");
    bool is_one;

    if (strcmp(uri, "facteur://accounts") == 0)
        return mcp_list_accounts(m, NULL);
    if (strcmp(uri, "facteur://mailboxes") == 0)
        return mcp_list_mailboxes(m, NULL);
    if (strcmp(uri, "facteur://inbox") == 0)
        return mcp_search(m, inbox);
    if (strcmp(uri, "facteur://outbox") == 0)
        return mcp_outbox(m, NULL);
    json_t *value = read_by_id(m, uri, &is_one);
    *out_unknown = !value && (!is_one || (m->trouble && strncmp(m->trouble, "There is no", 11) == 0));
    if (!is_one)
        mcp_fail(m, "there is no such resource");
    return value;
}

json_t *mcp_resource_read(struct mcp *m, const char *uri, bool *out_unknown)
{
    if (mcp_connect(m) < 0)
        return NULL;
    if (!(m->scopes & MCP_READ))
        return mcp_fail(m, "the token of this server may not read");
    json_auto_t *value = read_value(m, uri, out_unknown);
    CLI_CLEANUP(freep) char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
    return text ? json_pack("{s:[{s:s, s:s, s:s}]}", "contents", "uri", uri, "mimeType", "application/json", "text",
                            text)
                : NULL;
}
