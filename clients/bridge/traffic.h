/* traffic.h - how many bytes went over a TCP socket. In a file of its own: the kernel's header, which has these counts,
 * and glibc's, which has not, do not go together.
 *
 * Threads: any.
 */
#ifndef BRIDGE_TRAFFIC_H
#define BRIDGE_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

/* What came, and what the peer has acknowledged of what was sent. False: the kernel does not say. */
bool traffic_of(int fd, uint64_t *out_received, uint64_t *out_acknowledged);

#endif
