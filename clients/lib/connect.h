/* connect.h - a socket of facteurd's, connected. */
#ifndef CLIENT_CONNECT_H
#define CLIENT_CONNECT_H

#include <stdbool.h>

/* The descriptor; -1 with errno. `at_once`: non-blocking, EAGAIN where it would wait until others are accepted. */
int connect_to(const char *path, bool at_once);

#endif
