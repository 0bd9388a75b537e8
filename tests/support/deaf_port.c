#include "support/deaf_port.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define N_FILL (sizeof(((struct deaf_port *)0)->fill) / sizeof(int))

void deaf_port_open(struct deaf_port *d)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(a);
    d->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (d->listener < 0 || bind(d->listener, (struct sockaddr *)&a, n) < 0 || listen(d->listener, 0) < 0 ||
        getsockname(d->listener, (struct sockaddr *)&a, &n) < 0)
        abort();
    d->port = ntohs(a.sin_port);
    for (size_t i = 0; i < N_FILL; i++) {
        d->fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(d->fill[i], (struct sockaddr *)&a, n); /* under way for ever */
    }
}

void deaf_port_close(struct deaf_port *d)
{
    for (size_t i = 0; i < N_FILL; i++)
        close(d->fill[i]);
    close(d->listener);
}
