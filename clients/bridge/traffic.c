#include "traffic.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

bool traffic_of(int fd, uint64_t *out_received, uint64_t *out_acknowledged)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ||
        size < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(info.tcpi_bytes_received))
        return false;
    *out_received = info.tcpi_bytes_received;
    *out_acknowledged = info.tcpi_bytes_acked;
    return true;
}
