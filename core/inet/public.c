#include "inet/public.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static bool is_in4(uint32_t address, uint32_t network, int bits)
{
    return address >> (32 - bits) == network >> (32 - bits);
}

/* IANA's registry of special addresses, as of RFC 6890 and what came after it; and the last: Azure's host, as a machine there sees it. */
static bool is_public4(uint32_t a)
{
    static const struct {
        uint32_t network;
        int bits;
    } special[] = {{0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
                   {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0586300, 24}, {0xc0a80000, 16},
                   {0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 3},  {0xa83f8110, 32}};
    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
        if (is_in4(a, special[i].network, special[i].bits))
            return false;
    return true;
}

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* RFC 5214 section 6.1: the lower half ends with an IPv4 address, whatever the network. */
static bool is_isatap(const uint8_t *a)
{
    return (a[8] & 0xfd) == 0 && a[9] == 0 && a[10] == 0x5e && a[11] == 0xfe;
}

/* 2000::/3 is what is given out. Within it 2001::/23 is for protocols (Teredo, benchmarks, identifiers), 2002::/16 is 6to4, and
 * 2001:db8::/32 and 3fff::/20 (RFC 9637) are for documentation. 64:ff9b::/96 (RFC 6052) is an IPv4 address behind a translator. */
static bool is_public6(const uint8_t *a)
{
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    uint32_t head = big_endian(a);
    if (memcmp(a, nat64, sizeof(nat64)) == 0)
        return is_public4(big_endian(a + 12));
    if ((a[0] & 0xe0) != 0x20 || is_isatap(a))
        return false;
    return head >> 9 != 0x20010000u >> 9 && head >> 16 != 0x2002 && head != 0x20010db8 && head >> 12 != 0x3fff0000u >> 12;
}

bool inet_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return is_public4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return is_public6(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
    return false;
}
