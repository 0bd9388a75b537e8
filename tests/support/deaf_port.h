/* deaf_port.h - a port of 127.0.0.1 that neither accepts nor refuses: its queue of connections is full. For time-outs
 * of connecting.
 */
#ifndef TEST_DEAF_PORT_H
#define TEST_DEAF_PORT_H

#include <stdint.h>

struct deaf_port {
    int listener, fill[8];
    uint16_t port;
};

/* Aborts the test program on failure. */
void deaf_port_open(struct deaf_port *d);
void deaf_port_close(struct deaf_port *d);

#endif
