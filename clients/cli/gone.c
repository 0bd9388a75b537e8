#include "gone.h"

#include <errno.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <unistd.h>

/* Its entry in /proc tells the end of its memory, or of its first thread; only a pidfd tells that of the last one, with
 * which its files are closed, and its locks let go. */
int gone_wait(struct cli *cli, const char *name, int64_t pid)
{
    int fd = pidfd_open((pid_t)pid, 0);

    if (fd < 0 && errno == ESRCH)
        return CLI_DONE;
    if (fd < 0)
        return cli_fail(cli, CLI_FAILED, "cannot wait for %s (process %lld): %m", name, (long long)pid);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int ended = poll(&p, 1, GONE_WAIT_MS);
    close(fd);
    if (ended > 0)
        return CLI_DONE;
    return cli_fail(cli, CLI_FAILED, "%s (process %lld) did not end within %d s", name, (long long)pid,
                    GONE_WAIT_MS / 1000);
}
