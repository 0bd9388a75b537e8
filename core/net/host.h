/* host.h - host names. Threads: any. */
#ifndef NET_HOST_H
#define NET_HOST_H

#include <stdbool.h>

/* ASCII letters, digits, '-', '_' and dots, with at least one letter: no address literal. */
bool host_is_name(const char *host);

#endif
