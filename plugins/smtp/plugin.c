/* plugin.c - the descriptor. */
#include "session.h"

FCT_PLUGIN_HOST;

static const struct fct_transport smtp = {
    .size = sizeof(smtp),
    .scheme = "smtp",
    .default_port = 587,
    .tls_port = 465,
    .connect = smtp_connect,
    .close = smtp_close,
    .describe = smtp_describe,
    .send = smtp_send,
    .takes = smtp_takes,
};

static const struct fct_transport *const transports[] = {&smtp};

static const char config_schema[] =
    "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\", \"type\": \"object\","
    " \"properties\": {"
    "  \"smtpAuth\": {\"type\": \"string\", \"title\": \"How to sign in for sending\", \"default\": \"auto\","
    "   \"enum\": [\"auto\", \"scram-sha-256\", \"scram-sha-1\", \"scram-sha-256-plus\", "
    "\"scram-sha-1-plus\", \"cram-md5\", \"plain\", \"login\", \"none\", "
    "\"oauthbearer\", \"xoauth2\", \"external\"],"
    "   \"description\": \"auto takes the strongest that the server offers; none: a server that asks nobody\"},"
    "  \"smtpName\": {\"type\": \"string\", \"title\": \"Own name\", \"minLength\": 1, \"maxLength\": 255,"
    "   \"description\": \"what we call ourselves (EHLO); [127.0.0.1] where nothing is given\"}},"
    " \"additionalProperties\": false}";

static int init(const struct fct_host *host, struct fct_error *err)
{
    (void)err;
    fct_host = host;
    return 0;
}

FCT_EXPORT const struct fct_plugin fct_plugin = {
    .size = sizeof(fct_plugin),
    .abi = FCT_ABI,
    .name = "smtp",
    .version = "0.1",
    .license = FCT_LICENSE,
    .about = "Sends mail over SMTP to a submission server",
    .config_schema = config_schema,
    .init = init,
    .transports = transports,
    .n_transports = 1,
};
