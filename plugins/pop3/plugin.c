/* plugin.c - the descriptor. */
#include "session.h"

FCT_PLUGIN_HOST;

static const struct fct_source pop3 = {
    .size = sizeof(pop3),
    .traits = FCT_SOURCE_MAILDROP,
    .scheme = "pop3",
    .default_port = 110,
    .tls_port = 995,
    .connect = pop3_connect,
    .close = pop3_close,
    .describe = pop3_describe,
    .list = pop3_list,
    .select = pop3_select,
    .list_messages = pop3_list_messages,
    .fetch = pop3_fetch,
    .fetch_headers = pop3_fetch_headers,
    .expunge = pop3_expunge,
    .stats = pop3_stats,
};

static const struct fct_source *const sources[] = {&pop3};

static const char config_schema[] =
    "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\", \"type\": \"object\","
    " \"properties\": {"
    "  \"user\": {\"type\": \"string\", \"title\": \"User name\", \"minLength\": 1},"
    "  \"auth\": {\"type\": \"string\", \"title\": \"How to sign in\", \"default\": \"auto\","
    "   \"enum\": [\"auto\", \"scram-sha-256\", \"scram-sha-1\", \"scram-sha-256-plus\", "
    "\"scram-sha-1-plus\", \"cram-md5\", \"apop\", \"plain\", \"login\", "
    "\"command\", \"oauthbearer\", \"xoauth2\", \"external\"],"
    "   \"description\": \"auto takes the strongest that the server offers; command is USER and PASS\"}},"
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
    .name = "pop3",
    .version = "0.1",
    .license = FCT_LICENSE,
    .about = "Picks mail up from POP3 servers",
    .config_schema = config_schema,
    .sources = sources,
    .n_sources = 1,
    .init = init,
};
