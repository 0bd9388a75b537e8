/* Any bytes as a provider's configuration: either servers that an account could be made of, or an error. */
#include "base/buf.h"
#include "discover/autoconfig.h"

#include <stdint.h>
#include <stdlib.h>

static void use(const json_t *server)
{
    const char *host = json_string_value(json_object_get(server, "host")), *url = json_string_value(json_object_get(server, "url"));
    json_int_t port = json_integer_value(json_object_get(server, "port"));
    if (!host || !host_is_name(host) || port < 1 || port > 65535 || !url)
        abort();
    for (const char *c = url; *c; c++)
        if (*c <= ' ' || *c == 0x7f)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char address[] = "jane@example.org", local[] = "jane", domain[] = "example.org";
    const struct mail_address jane = {.address = address, .local = local, .domain = domain};
    struct autoconfig c = {0};
    struct fct_error err = {0};
    size_t i;
    json_t *server;

    if (autoconfig_parse(bytes_of(data, size), &jane, &c, &err) < 0) {
        if (err.code != FCT_E_PROTOCOL || err.message[0] == '\0')
            abort();
        return 0;
    }
    if (json_array_size(c.servers) > SERVERS_MAX)
        abort();
    json_array_foreach(c.servers, i, server)
    {
        use(server);
    }
    autoconfig_done(&c);
    return 0;
}
