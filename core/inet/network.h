/* network.h - networks: of a user's words, and those that this computer stands in. Threads: any. */
#ifndef INET_NETWORK_H
#define INET_NETWORK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inet_network {
    int family; /* AF_INET, AF_INET6 */
    uint8_t address[16];
    unsigned bits;
};

/* "192.0.2.0/24", "2001:db8::/32"; without "/", that one address. -1: it is none, or has bits behind its length. */
int inet_network_parse(const char *text, struct inet_network *out);
bool inet_network_has(const struct inet_network *n, const struct sockaddr *address);

/* Whether this computer has an interface in the same network as `address`: a neighbour, whether its address is public or not, or itself.
 * Asks the kernel. True if that fails. */
bool inet_is_near(const struct sockaddr *address);

#endif
