#include "place.h"

#include <arpa/inet.h>
#include <netinet/in.h>

/* False: it is no IPv4 address in any form. */
static bool v4_of(const struct sockaddr_storage *a, uint32_t *out)
{
    const struct sockaddr_in *v4 = (const void *)a;
    const struct sockaddr_in6 *v6 = (const void *)a;
    const uint8_t *p = v6->sin6_addr.s6_addr + 12;
    if (a->ss_family == AF_INET)
        *out = ntohl(v4->sin_addr.s_addr);
    else if (a->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        *out = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    else
        return false;
    return true;
}

uint64_t place_of(const struct sockaddr_storage *a)
{
    const struct sockaddr_in6 *v6 = (const void *)a;
    uint32_t v4;
    uint64_t out = 0;
    if (v4_of(a, &v4))
        return v4; /* ::/32, which would be the same, is nobody's (RFC 4291 section 2.4) */
    for (int i = 0; a->ss_family == AF_INET6 && i < 8; i++)
        out = out << 8 | v6->sin6_addr.s6_addr[i];
    return out;
}

bool place_is_local(const struct sockaddr_storage *a)
{
    const struct sockaddr_in6 *v6 = (const void *)a;
    uint32_t v4;
    if (v4_of(a, &v4))
        return v4 >> 24 == 127;
    return a->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}
