#include "inet/network.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>

/* An interface's network that is wider says nothing of who is near: a tunnel that takes all. */
#define NEAR_BITS_4 8
#define NEAR_BITS_6 32

/* NULL: of neither family. */
static const uint8_t *bytes_of(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return (const uint8_t *)&((const struct sockaddr_in *)a)->sin_addr;
    if (a->sa_family == AF_INET6)
        return ((const struct sockaddr_in6 *)a)->sin6_addr.s6_addr;
    return NULL;
}

static bool is_same(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

int inet_network_parse(const char *text, struct inet_network *out)
{
    char address[INET6_ADDRSTRLEN];
    size_t n = strcspn(text, "/");
    struct inet_network parsed = {.family = memchr(text, ':', n) ? AF_INET6 : AF_INET};
    unsigned most = parsed.family == AF_INET6 ? 128 : 32;
    if (n >= sizeof(address))
        return -1;
    memcpy(address, text, n);
    address[n] = '\0';
    if (inet_pton(parsed.family, address, parsed.address) != 1)
        return -1;
    parsed.bits = most;
    if (text[n]) {
        const char *digits = text + n + 1;
        size_t length = strspn(digits, "0123456789");
        if (length == 0 || length > 3 || digits[length])
            return -1;
        parsed.bits = (unsigned)atoi(digits);
    }
    if (parsed.bits > most)
        return -1;
    for (unsigned i = parsed.bits; i < most; i++)
        if (parsed.address[i / 8] & 0x80 >> i % 8)
            return -1;
    *out = parsed;
    return 0;
}

bool inet_network_has(const struct inet_network *n, const struct sockaddr *address)
{
    const uint8_t *bytes = bytes_of(address);
    return bytes && address->sa_family == n->family && is_same(bytes, n->address, n->bits);
}

static unsigned bits_of(const struct sockaddr *mask)
{
    const uint8_t *bytes = bytes_of(mask);
    unsigned most = mask->sa_family == AF_INET6 ? 128 : 32, bits = 0;
    while (bits < most && bytes[bits / 8] & 0x80 >> bits % 8)
        bits++;
    return bits;
}

static bool is_in(const struct ifaddrs *i, const struct sockaddr *address)
{
    unsigned least = address->sa_family == AF_INET6 ? NEAR_BITS_6 : NEAR_BITS_4;
    if (!i->ifa_addr || i->ifa_addr->sa_family != address->sa_family)
        return false;
    if (is_same(bytes_of(i->ifa_addr), bytes_of(address), address->sa_family == AF_INET6 ? 128 : 32))
        return true;
    unsigned bits = i->ifa_netmask && i->ifa_netmask->sa_family == address->sa_family ? bits_of(i->ifa_netmask) : 0;
    return bits >= least && is_same(bytes_of(i->ifa_addr), bytes_of(address), bits);
}

bool inet_is_near(const struct sockaddr *address)
{
    struct ifaddrs *all;
    bool found = false;
    if (!bytes_of(address) || getifaddrs(&all) < 0)
        return true;
    for (const struct ifaddrs *i = all; i && !found; i = i->ifa_next)
        found = is_in(i, address);
    freeifaddrs(all);
    return found;
}
