/* public.h - which addresses are of the public Internet. Threads: any. */
#ifndef INET_PUBLIC_H
#define INET_PUBLIC_H

#include <netinet/in.h>
#include <stdbool.h>

/* Not of this computer, of a private or a special network (RFC 6890), and none that carries such an address in it: mapped (RFC
 * 4291), behind a translator (RFC 6052), in 6to4, Teredo or ISATAP. Nor those under which clouds tell a machine of theirs its secrets. */
bool inet_is_public(const struct sockaddr *address);

#endif
