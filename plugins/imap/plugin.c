/* plugin.c - the descriptor. */
#include "session.h"

FCT_PLUGIN_HOST;

static const struct fct_source imap = {
    .size = sizeof(imap),
    .scheme = "imap",
    .default_port = 143,
    .tls_port = 993,
    .connect = imap_connect,
    .close = imap_close,
    .describe = imap_describe,
    .list = imap_list,
    .statuses = imap_statuses,
    .select = imap_select,
    .list_messages = imap_list_messages,
    .fetch = imap_fetch,
    .store_flags = imap_store_flags,
    .stats = imap_stats,
    .idle = imap_idle,
    .append = imap_append,
    .copy = imap_copy,
    .expunge = imap_expunge,
    .mailbox_create = imap_mailbox_create,
    .mailbox_rename = imap_mailbox_rename,
    .mailbox_delete = imap_mailbox_delete,
    .mailbox_subscribe = imap_mailbox_subscribe,
    .mailbox_wire_name = imap_mailbox_wire_name,
    .fetch_headers = imap_fetch_headers,
    .append_many = imap_append_many,
    .quotas = imap_quotas,
};

static const struct fct_source *const sources[] = {&imap};

static const char config_schema[] =
    "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\", \"type\": \"object\","
    " \"properties\": {"
    "  \"user\": {\"type\": \"string\", \"title\": \"User name\", \"minLength\": 1},"
    "  \"auth\": {\"type\": \"string\", \"title\": \"How to sign in\", \"default\": \"auto\","
    "   \"enum\": [\"auto\", \"scram-sha-256\", \"scram-sha-1\", \"scram-sha-256-plus\", "
    "\"scram-sha-1-plus\", \"cram-md5\", \"plain\", \"login\", \"command\", "
    "\"oauthbearer\", \"xoauth2\", \"external\"],"
    "   \"description\": \"auto takes the strongest that the server offers\"},"
    "  \"compress\": {\"type\": \"string\", \"title\": \"Compression\", \"default\": \"auto\","
    "   \"enum\": [\"auto\", \"always\", \"never\"],"
    "   \"description\": \"auto compresses where the server offers it and is not this machine\"}},"
    " \"required\": [\"user\"], \"additionalProperties\": false}";

static int init(const struct fct_host *host, struct fct_error *err)
{
    (void)err;
    fct_host = host;
    return 0;
}

FCT_EXPORT const struct fct_plugin fct_plugin = {
    .size = sizeof(fct_plugin),
    .abi = FCT_ABI,
    .name = "imap",
    .version = "0.1",
    .license = FCT_LICENSE,
    .about = "Mail from IMAP4rev1 and IMAP4rev2 servers",
    .config_schema = config_schema,
    .sources = sources,
    .n_sources = 1,
    .init = init,
};
