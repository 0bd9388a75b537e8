#include "start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static char *beside_this_program(void)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n <= 0)
        return NULL;
    self[n] = '\0';
    *strrchr(self, '/') = '\0';
    char *path = xasprintf("%s/facteurd", self);
    if (is_program(path))
        return path;
    free(path);
    return NULL;
}

static char *find_program(void)
{
    char *path = beside_this_program();
    const char *search = getenv("PATH");
    if (path || !search)
        return path;
    CLEANUP(freep) char *copy = xstrdup(search);
    char *rest = copy, *dir;
    while ((dir = strsep(&rest, ":"))) {
        path = xasprintf("%s/facteurd", *dir ? dir : ".");
        if (is_program(path))
            return path;
        free(path);
    }
    return NULL;
}

/* mkdir -p; the last one is for its owner alone. */
static int make_folder(const char *path)
{
    CLEANUP(freep) char *copy = xstrdup(path);
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0700) < 0 && errno != EEXIST)
            return -1;
        *slash = '/';
    }
    struct stat st;
    if (mkdir(copy, 0700) == 0)
        return 0;
    if (errno != EEXIST || stat(copy, &st) < 0)
        return -1;
    errno = ENOTDIR;
    return S_ISDIR(st.st_mode) ? 0 : -1;
}

int start_make_profile(const char *profile)
{
    if (make_folder(profile) == 0)
        return 0;
    log_error("cannot make the profile %s: %s", profile, strerror(errno));
    return -1;
}

/* In a child of a child: so it is nobody's to wait for. Does not return. */
static void become_core(char *const *argv)
{
    sigset_t none;
    setsid();
    if (fork() != 0)
        _exit(0);
    int null = open("/dev/null", O_RDWR);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 || chdir("/") < 0)
        _exit(127);
    close_range(3, ~0u, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    execv(argv[0], argv);
    _exit(127);
}

int start_core(const char *profile, const char *socket)
{
    CLEANUP(freep) char *program = find_program();
    if (!program) {
        log_error("no facteurd runs, and the program is neither beside this one nor in PATH");
        return -1;
    }
    if (start_make_profile(profile) < 0)
        return -1;
    const char *argv[] = {program, "--profile", profile, socket ? "--socket" : NULL, socket, NULL};
    int status;
    pid_t pid = fork();
    if (pid < 0) {
        log_error("cannot start %s: %s", program, strerror(errno));
        return -1;
    }
    if (pid == 0)
        become_core((char *const *)argv);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    log_info("started facteurd for %s", profile);
    return 0;
}
