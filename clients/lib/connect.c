#include "connect.h"

#include <facteur/client.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME_MAX_LONG 64 /* of a socket whose whole path does not fit */

static int connect_short(int fd, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int result;

    strcpy(to.sun_path, path);
    do
        result = connect(fd, (struct sockaddr *)&to, sizeof(to));
    while (result < 0 && errno == EINTR);
    return result;
}

/* A path longer than sun_path is reached through its directory's descriptor. */
static int connect_long(int fd, const char *path)
{
    char name[sizeof(((struct sockaddr_un *)NULL)->sun_path)], dir[PATH_MAX];
    const char *slash = strrchr(path, '/');

    if (!slash || strlen(slash) > NAME_MAX_LONG || (size_t)(slash - path) >= sizeof(dir)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
    int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0)
        return -1;
    snprintf(name, sizeof(name), "/proc/self/fd/%d%s", dir_fd, slash);
    int result = connect_short(fd, name);
    int saved = errno;
    close(dir_fd);
    errno = saved;
    return result;
}

int connect_to(const char *path, bool at_once)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (at_once ? SOCK_NONBLOCK : 0), 0);

    if (fd < 0)
        return -1;
    bool is_short = strlen(path) < sizeof(((struct sockaddr_un *)NULL)->sun_path);
    if ((is_short ? connect_short(fd, path) : connect_long(fd, path)) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

/* ---- paths ---------------------------------------------------------------------------------------------------- */

static char *join(const char *a, const char *b)
{
    size_t n = strlen(a) + strlen(b) + 1;
    char *path = malloc(n);

    if (path)
        snprintf(path, n, "%s%s", a, b);
    return path;
}

static char *absolute(const char *path)
{
    char here[PATH_MAX];

    if (path[0] == '/' || !getcwd(here, sizeof(here) - 1))
        return strdup(path);
    strcat(here, "/");
    return join(here, path);
}

char *facteur_default_profile(void)
{
    const char *profile = getenv("FACTEUR_PROFILE"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

    if (profile && *profile)
        return absolute(profile);
    if (data && *data == '/')
        return join(data, "/facteur");
    return home && *home ? join(home, "/.local/share/facteur") : NULL;
}

char *facteur_socket_path(const char *profile)
{
    char *found = profile ? absolute(profile) : facteur_default_profile();
    char *path = found ? join(found, "/rpc.sock") : NULL;

    free(found);
    if (!path)
        errno = ENOENT;
    return path;
}
