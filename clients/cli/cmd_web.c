/* cmd_web.c - web: the web application in this computer's browser, signed in.
 *
 * The browser is let in by a code that is good once (Token/invite), in the fragment of the address. An address that is
 * given to a program stands in the list of processes, which others on this machine can read; so the browser is given a
 * file that only its user can read, and which leads there (docs/decisions/0038). */
#include "bridges.h"
#include "browser.h"
#include "cli.h"
#include "commands.h"
#include "invite.h"
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_S 60      /* how long the browser has to read it */
#define FILE_SHORT_S 5 /* the same where somebody waits for that */
#define FILE_NAME "facteur-web-XXXXXX.html"
#define FILE_ENDING 5 /* ".html" */

/* ---- the file that leads there ----------------------------------------------------------------------------------- */

/* The user's folder for what lives as long as the session; else the profile. */
static const char *runtime_folder(const struct cli *cli)
{
    const char *given = getenv("XDG_RUNTIME_DIR");
    struct stat st;
    bool is_private = given && given[0] == '/' && stat(given, &st) == 0 && S_ISDIR(st.st_mode) &&
                      st.st_uid == geteuid() && (st.st_mode & 077) == 0;

    return is_private ? given : cli->profile;
}

static void write_escaped(FILE *f, const char *text)
{
    for (; *text; text++)
        if (strchr("<>&\"'", *text))
            fprintf(f, "&#%d;", *text);
        else
            fputc(*text, f);
}

static bool write_page(int fd, const char *url)
{
    FILE *f = fdopen(fd, "w");

    if (!f) {
        close(fd);
        return false;
    }
    fputs("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"referrer\" "
          "content=\"no-referrer\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<meta http-equiv=\"refresh\" content=\"0;url=",
          f);
    write_escaped(f, url);
    fputs("\">\n<title>Facteur</title>\n<p>This leads to <a href=\"", f);
    write_escaped(f, url);
    fputs("\">your mail</a>.</p>\n", f);
    bool is_written = !ferror(f);
    return fclose(f) == 0 && is_written;
}

/* Its path; freed by the caller. NULL after telling why not. mkostemps: mode 0600, and no other file's name. */
static char *make_file(struct cli *cli, const char *url)
{
    char *path = xasprintf("%s/" FILE_NAME, runtime_folder(cli));
    int fd = mkostemps(path, FILE_ENDING, O_CLOEXEC);

    if (fd >= 0 && write_page(fd, url))
        return path;
    cli_fail(cli, CLI_FAILED, "cannot write %s: %s; 'facteur web --print' needs no file", path, strerror(errno));
    if (fd >= 0)
        unlink(path);
    free(path);
    return NULL;
}

static void wake_up(int number)
{
    (void)number;
}

/* By a process that stays for that alone: it takes the file away when the browser has had time to read it, or when the
 * session ends (SIGTERM, SIGHUP). Where there can be none, the file is not left behind: this one waits, and not for as
 * long. */
static void remove_later(const char *path)
{
    const struct sigaction act = {.sa_handler = wake_up};
    const struct timespec time = {.tv_sec = FILE_S}, less = {.tv_sec = FILE_SHORT_S};
    pid_t pid = fork();

    if (pid < 0) {
        sigaction(SIGINT, &act, NULL);
        sigaction(SIGTERM, &act, NULL);
        sigaction(SIGHUP, &act, NULL);
        nanosleep(&less, NULL);
        unlink(path);
    }
    if (pid != 0)
        return;
    setsid();
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
    close_range(0, ~0u, 0);
    if (chdir("/") == 0)
        nanosleep(&time, NULL);
    unlink(path);
    _exit(0);
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

/* Whether a browser has it. If not, it is told why, and the address is what remains. */
static bool open_it(struct cli *cli, const char *base, const char *url)
{
    CLI_CLEANUP(freep) char *path = make_file(cli, url);
    if (!path)
        return false;
    CLI_CLEANUP(freep) char *file_url = browser_file_url(path);
    CLI_CLEANUP(freep) char *name = NULL;
    if (browser_open(file_url, &name)) {
        remove_later(path);
        cli_note("%s opens %s/", name, base);
        return true;
    }
    unlink(path);
    if (name)
        cli_note("%s did not open the browser ($BROWSER names another one)", name);
    else
        cli_note("there is no browser here ($BROWSER names one; xdg-open needs a display)");
    return false;
}

static int show(struct cli *cli, const char *base, const char *code, const char *expires_at, bool is_started,
                bool print)
{
    CLI_CLEANUP(freep) char *url = xasprintf("%s/#pair=%s", base, code);
    bool is_open = !print && open_it(cli, base, url);

    if (cli->status != CLI_DONE)
        return cli->status;
    if (cli->json) {
        json_auto_t *line = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b}", "url", url, "bridge", base, "code", code,
                                      "expiresAt", expires_at, "isStarted", (int)is_started, "isOpen", (int)is_open);
        cli_print_json(line);
        return CLI_DONE;
    }
    if (is_open)
        return CLI_DONE;
    puts(url);
    if (cli->err_tty)
        cli_note("open this address within five minutes; it is good once");
    return CLI_DONE;
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

/* One that serves the application, and was started if need be. NULL after telling why not. */
static json_t *find_bridge(struct cli *cli, const char *listen, bool *out_started)
{
    json_t *bridge = bridges_ask(cli->profile);

    *out_started = !bridge;
    if (bridge && listen && !bridges_listens_at(bridge, listen)) {
        cli_fail(cli, CLI_FAILED, "facteur-bridge runs already, on %s: 'facteur bridge stop' ends it, then --listen %s",
                 json_text(bridge, "listen"), listen);
        json_decref(bridge);
        return NULL;
    }
    if (!bridge && cli->no_start) {
        bridges_fail_without(cli);
        return NULL;
    }
    if (!bridge)
        bridge = bridges_start(cli, listen);
    if (!bridge || json_is_true(json_object_get(bridge, "hasWeb")))
        return bridge;
    if (*out_started)
        bridges_stop(cli, out_started);
    cli_fail(cli, CLI_FAILED,
             *out_started
                 ? "the web application is not installed where facteur-bridge looks for it (%s/bridge.log says "
                   "where): 'facteur-bridge --web FOLDER' serves it from elsewhere"
                 : "the facteur-bridge that runs for %s serves no web application: its log says why; "
                   "'facteur-bridge --web FOLDER' serves it from a folder",
             cli->profile);
    json_decref(bridge);
    return NULL;
}

int cmd_web(struct cli *cli, int argc, char **argv)
{
    bool print = false, is_started;
    const char *listen = NULL;
    const struct option_spec specs[] = {{"print", .flag = &print}, {"listen", .text = &listen}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "web takes no argument");
    if (!cli_connect(cli)) /* first, as it makes the profile */
        return cli->status;
    json_auto_t *bridge = find_bridge(cli, listen, &is_started);
    if (!bridge)
        return cli->status;
    json_auto_t *token = json_pack("{s:[s,s,s,s,s]}", "scopes", "read", "triage", "draft", "send", "admin");
    json_auto_t *invited = invite(cli, token, NULL, "browser");
    if (!invited)
        return cli->status;
    cli->status = CLI_DONE; /* a name that was taken is none of our failures */
    CLI_CLEANUP(freep) char *base = bridges_near_url(bridge);
    return show(cli, base, json_text(invited, "code"), json_text(invited, "expiresAt"), is_started, print);
}
