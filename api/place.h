/* place.h - where somebody comes from, as attempts are counted.
 *
 * An IPv4 address is a place. Of an IPv6 address the first 64 bits are: the rest whoever is there chooses for each
 * attempt anew (RFC 8981). Words of a front end that are no address are a place as they stand.
 *
 * Threads    any.
 */
#ifndef API_PLACE_H
#define API_PLACE_H

#include "store/tokens.h"

#define PLACE_SIZE (TOKEN_REMOTE_MAX + 1)

/* `remote` NULL: "". Returns `out`. What is longer than TOKEN_REMOTE_MAX is cut. */
const char *place_of(const char *remote, char out[PLACE_SIZE]);

#endif
