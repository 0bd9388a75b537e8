#include "login.h"

#include "browser.h"
#include "tasks.h"
#include "term.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS 1000 /* between two looks at the task */
#define SECRET_BYTES 2048

bool login_is_wanted(const struct login_options *o)
{
    return o->provider || o->client_id || o->client_secret_file || o->device;
}

json_t *login_setting(struct cli *cli, const struct login_options *o, const json_t *before, const char *provider)
{
    json_t *setting = json_is_object(before) ? json_deep_copy(before) : json_object();
    const char *name = o->provider ? o->provider : json_is_object(before) ? NULL : provider;

    if ((name && json_object_set_new(setting, "provider", json_string(name)) < 0) ||
        (o->client_id && json_object_set_new(setting, "clientId", json_string(o->client_id)) < 0)) {
        json_decref(setting);
        cli_fail(cli, CLI_USAGE, "an argument is not UTF-8");
        return NULL;
    }
    return setting;
}

/* ---- the client secret ------------------------------------------------------------------------------------ */

bool login_read_secret(struct cli *cli, const struct login_options *o, char **out)
{
    char text[SECRET_BYTES + 1];
    size_t n = 0;
    ssize_t got = 1;

    if (!o->client_secret_file)
        return true;
    int fd = open(o->client_secret_file, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && got > 0 && n < sizeof(text)) {
        got = read(fd, text + n, sizeof(text) - n);
        n += got > 0 ? (size_t)got : 0;
    }
    if (fd < 0 || got < 0) {
        cli_fail(cli, CLI_FAILED, "cannot read %s: %s", o->client_secret_file, strerror(errno));
    } else {
        while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
            n--;
        if (n == 0 || n > SECRET_BYTES || memchr(text, '\0', n))
            cli_fail(cli, CLI_FAILED, "%s holds no client secret", o->client_secret_file);
        else
            *out = strndup(text, n);
    }
    if (fd >= 0)
        close(fd);
    explicit_bzero(text, sizeof(text));
    return *out != NULL;
}

void login_forget_secret(char **secret)
{
    if (*secret)
        explicit_bzero(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

/* ---- the browser ------------------------------------------------------------------------------------------ */

static void say_what_to_do(const json_t *begun)
{
    CLI_CLEANUP(freep) char *url = term_clean(json_text(begun, "url"), TERM_ONE_LINE);
    CLI_CLEANUP(freep) char *code = term_clean(json_text(begun, "userCode"), TERM_ONE_LINE);

    if (*code) {
        fprintf(stderr, "Open this page in any browser, and type %s there:\n\n  %s\n\n", code, url);
        return;
    }
    CLI_CLEANUP(freep) char *program = NULL;
    bool opened = browser_open(json_text(begun, "url"), &program);
    fprintf(stderr, "%s\n\n  %s\n\n",
            opened ? "Sign in in the browser that opens now. If none does, open this page:"
                   : "Open this page in a browser of this computer:",
            url);
    if (!opened && getenv("SSH_CONNECTION"))
        cli_note("the browser must run on this computer; --device is for those that have none");
}

/* ---- the wait --------------------------------------------------------------------------------------------- */

static json_t *wait_for_task(struct cli *cli, const char *id)
{
    for (int ms = 0;; ms = WAIT_MS) {
        json_t *task = task_get(cli, id, ms);
        if (!task || task_is_over(task))
            return task;
        json_decref(task);
    }
}

int login_run(struct cli *cli, const char *account_id, const char *name, const struct login_options *o,
              const char *secret)
{
    json_auto_t *begun = cli_call(cli, "Account/authorize",
                                  json_pack("{s:s, s:s, s:s*}", "accountId", account_id, "by",
                                            o->device ? "device" : "browser", "clientSecret", secret));
    if (!begun)
        return cli->status;
    if (cli->json)
        cli_print_json(begun);
    if (cli->json && !cli_push(cli))
        return cli->status = CLI_FAILED;
    say_what_to_do(begun);
    json_auto_t *task = wait_for_task(cli, json_text(begun, "taskId"));
    if (!task)
        return cli->status;
    if (strcmp(json_text(task, "state"), "done") == 0)
        return CLI_DONE;
    cli_tell_error(name, json_object_get(task, "error"));
    return cli->status = CLI_FAILED;
}
