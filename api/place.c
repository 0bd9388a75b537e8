#include "place.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

const char *place_of(const char *remote, char out[PLACE_SIZE])
{
    struct in6_addr v6;
    snprintf(out, PLACE_SIZE, "%s", remote ? remote : "");
    out[strcspn(out, "%")] = '\0'; /* the scope of a link-local address */
    if (inet_pton(AF_INET6, out, &v6) != 1)
        return snprintf(out, PLACE_SIZE, "%s", remote ? remote : ""), out;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        inet_ntop(AF_INET, &v6.s6_addr[12], out, PLACE_SIZE);
        return out;
    }
    memset(&v6.s6_addr[8], 0, 8);
    inet_ntop(AF_INET6, &v6, out, PLACE_SIZE - 3);
    return strcat(out, "/64");
}
