/* place.h - from where somebody comes, as bounds count it: an IPv4 address, or 64 bits of an IPv6 one, as the others
 * cost whoever has them nothing. facteurd counts attempts to sign in likewise. Threads: any.
 */
#ifndef BRIDGE_PLACE_H
#define BRIDGE_PLACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* An IPv4 address may have come to a socket of IPv6 (RFC 4291 section 2.5.5.2). */
uint64_t place_of(const struct sockaddr_storage *a);
/* This machine. */
bool place_is_local(const struct sockaddr_storage *a);

#endif
