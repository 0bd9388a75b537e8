#include "file_managers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char script[] =
    "#!/bin/sh\n"
    "# Made by 'facteur send-to --install': a draft with the files, in a terminal where there is one.\n"
    "command -v x-terminal-emulator >/dev/null && exec x-terminal-emulator -e %s send-to \"$@\"\n"
    "exec %s send-to \"$@\"\n";
static const char entry[] = "[Desktop Entry]\n"
                            "Type=Application\n"
                            "Name=Mail (Facteur)\n"
                            "Icon=mail-send\n"
                            "MimeType=application/octet-stream;\n"
                            "Terminal=true\n"
                            "Exec=%s send-to %%F\n";
static const char service[] = "[Desktop Entry]\n"
                              "Type=Service\n"
                              "MimeType=all/allfiles;\n"
                              "Actions=facteurSend;\n"
                              "\n"
                              "[Desktop Action facteurSend]\n"
                              "Name=Send by mail (Facteur)\n"
                              "Icon=mail-send\n"
                              "Exec=konsole -e %s send-to %%F\n";

/* The variable of the base directory specification, and what stands for it under HOME. */
static const struct file_manager {
    const char *program, *variable, *home, *path, *text;
    bool is_script;
} managers[] = {
    {"nautilus", "XDG_DATA_HOME", ".local/share", "nautilus/scripts/Send by mail (Facteur)", script, true},
    {"nemo", "XDG_DATA_HOME", ".local/share", "nemo/scripts/Send by mail (Facteur)", script, true},
    {"caja", "XDG_CONFIG_HOME", ".config", "caja/scripts/Send by mail (Facteur)", script, true},
    {"thunar", "XDG_DATA_HOME", ".local/share", "Thunar/sendto/facteur.desktop", entry, false},
    {"dolphin", "XDG_DATA_HOME", ".local/share", "kio/servicemenus/facteur.desktop", service, true},
};

static bool is_installed(const char *program)
{
    const char *path = getenv("PATH");

    for (const char *dir = path ? path : ""; *dir;) {
        size_t n = strcspn(dir, ":");
        CLI_CLEANUP(freep) char *file = xasprintf("%.*s/%s", (int)n, dir, program);
        if (n > 0 && access(file, X_OK) == 0)
            return true;
        dir += n + (dir[n] == ':');
    }
    return false;
}

/* Freed by the caller; NULL: there is no home. */
static char *target(const struct file_manager *m)
{
    const char *base = getenv(m->variable), *home = getenv("HOME");

    if (base && base[0] == '/')
        return xasprintf("%s/%s", base, m->path);
    return home && home[0] == '/' ? xasprintf("%s/%s/%s", home, m->home, m->path) : NULL;
}

/* Within quotes that a shell, and a desktop entry, takes off again. */
static char *quoted(const char *path, bool for_shell)
{
    char *out = xmalloc(5 * strlen(path) + 3), *to = out;

    *to++ = for_shell ? '\'' : '"';
    for (; *path; path++) {
        if (for_shell && *path == '\'') {
            to = stpcpy(to, "'\\''");
            continue;
        }
        if (!for_shell && strchr("\"`$\\", *path))
            to = stpcpy(to, "\\\\"); /* once for the value, once for the argument: the desktop entry specification */
        if (!for_shell && *path == '%')
            *to++ = '%';
        *to++ = *path;
    }
    *to++ = for_shell ? '\'' : '"';
    *to = '\0';
    return out;
}

static int make_directories(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int failed = mkdir(path, 0755) < 0 && errno != EEXIST;
        *slash = '/';
        if (failed)
            return -1;
    }
    return 0;
}

static int write_file(const char *path, const char *text, mode_t mode)
{
    CLI_CLEANUP(freep) char *temporary = xasprintf("%s.new", path);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    bool is_good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(fd, mode) == 0;

    if (fd >= 0)
        is_good = close(fd) == 0 && is_good;
    if (is_good && rename(temporary, path) == 0)
        return 0;
    unlink(temporary);
    return -1;
}

static int install(struct cli *cli, const struct file_manager *m, const char *self)
{
    CLI_CLEANUP(freep) char *path = target(m);
    CLI_CLEANUP(freep) char *program = quoted(self, m->text == script);
    CLI_CLEANUP(freep) char *text = xasprintf(m->text, program, program);

    if (!path)
        return cli_fail(cli, CLI_FAILED, "there is no HOME to install it into");
    if (make_directories(path) < 0 || write_file(path, text, m->is_script ? 0755 : 0644) < 0)
        return cli_fail(cli, CLI_FAILED, "cannot write %s: %m", path);
    if (cli->json) {
        json_auto_t *line = json_pack("{s:s, s:s}", "fileManager", m->program, "path", path);
        cli_print_json(line);
    } else {
        printf("%s: %s\n", m->program, path);
    }
    return CLI_DONE;
}

int file_managers_install(struct cli *cli)
{
    char self[PATH_MAX];
    size_t n = 0;

    if (!realpath("/proc/self/exe", self))
        return cli_fail(cli, CLI_FAILED, "it is not known where this program is: %m");
    for (size_t i = 0; i < sizeof(managers) / sizeof(managers[0]); i++) {
        if (!is_installed(managers[i].program))
            continue;
        n++;
        if (install(cli, &managers[i], self) != CLI_DONE)
            return cli->status;
    }
    return n > 0 ? CLI_DONE
                 : cli_fail(cli, CLI_FAILED,
                            "none of these file managers is installed: nautilus, nemo, caja, thunar, dolphin");
}
