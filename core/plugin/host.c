/* host.c - the table of functions that plugins are handed: a thin layer over async/ and base/. */
#include "plugin/plugins.h"

#include "async/conn.h"
#include "async/wait.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"

/* ---- account -------------------------------------------------------------------------------------------- */

static void host_log(struct fct_account *acc, int level, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    log_vline(level, acc && acc->label ? acc->label : "plugin", fmt, ap);
    va_end(ap);
}

static void host_account_endpoint(struct fct_account *acc, struct fct_endpoint *out)
{
    *out = acc->endpoint;
    out->size = sizeof(*out);
}

static const char *host_account_get(struct fct_account *acc, const char *key)
{
    return acc->get ? acc->get(acc, key) : NULL;
}

static int host_account_secret(struct fct_account *acc, const char *name, char *buf, size_t cap, struct fct_error *err)
{
    if (!acc->secret)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "no %s is stored for this account", name);
    return acc->secret(acc, name, buf, cap, err);
}

static int host_account_token(struct fct_account *acc, struct fct_bytes refused, char *buf, size_t cap,
                              struct fct_error *err)
{
    return acc->token ? acc->token(acc, refused, buf, cap, err) : 0;
}

static int host_conn_open(struct fct_account *acc, const struct fct_endpoint *ep, struct fct_conn **out,
                          struct fct_error *err)
{
    if (conn_open(ep, acc->trust, out, err) < 0)
        return -1;
    conn_group_add(&acc->conns, *out);
    return 0;
}

static const struct fct_host host = {
    .size = sizeof(host),
    .abi = FCT_ABI,
    .fail = fct_fail,
    .log = host_log,
    .account_endpoint = host_account_endpoint,
    .account_get = host_account_get,
    .account_secret = host_account_secret,
    .conn_open = host_conn_open,
    .conn_start_tls = conn_start_tls,
    .conn_start_deflate = conn_start_deflate,
    .conn_is_tls = conn_is_tls,
    .conn_channel_binding = conn_channel_binding,
    .conn_read_line = conn_read_line,
    .conn_read_some = conn_read_some,
    .conn_has_input = conn_has_input,
    .conn_wait_input = conn_wait_input,
    .conn_write = conn_write,
    .conn_flush = conn_flush,
    .conn_close = conn_close,
    .conn_traffic = conn_traffic,
    .sleep = wait_sleep,
    .now_ms = wait_now_ms,
    .offload = wait_offload,
    .hash = crypto_hash,
    .hmac = crypto_hmac,
    .pbkdf2 = crypto_pbkdf2,
    .random = crypto_random,
    .error_server = fct_error_server,
    .wipe = crypto_wipe,
    .account_token = host_account_token,
};

const struct fct_host *plugin_host(void)
{
    return &host;
}
