/* cli.h - what every command of the CLI shares: its settings, its connection, how it ends.
 *
 * A command is one function. It gets the arguments behind its name (argv[0] is the name), does its work through
 * cli_call(), prints its result to stdout and returns how the program exits. Messages for people go to stderr.
 *
 *   static int run(struct cli *cli, int argc, char **argv)
 *   {
 *       json_auto_t *result = cli_call(cli, "Mailbox/get", json_pack("{s:s}", "accountId", "*"));
 *       if (!result)
 *           return cli->status;              already told
 *       ...
 *       return CLI_DONE;
 *   }
 *
 * Errors: what could not be done is told once, where it is known, by cli_fail() or cli_call(), which remember the exit
 * status in cli->status. Memory that is gone ends the program; memory that is in use when it ends is the system's.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define CLI_CLEANUP(fn) __attribute__((cleanup(fn)))

enum cli_exit { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_NO_CORE = 3 };

struct facteur_client;

struct cli {
    char *profile; /* absolute */
    char *socket;  /* PROFILE/rpc.sock unless --socket says otherwise */
    bool socket_given;
    bool json;     /* --json */
    bool no_start; /* --no-start: never start facteurd */
    bool out_tty, err_tty;
    bool color;                    /* on stdout */
    int width;                     /* of the terminal on stdout; 0: as wide as it gets */
    const struct command *command; /* commands.h */
    struct facteur_client *rpc;    /* NULL until cli_connect */
    int status;                    /* why the last call failed, as an exit status */
    int out_errno;                 /* why stdout takes nothing more; 0: it does, as far as is known */
};

/* The connection, started where none runs (start.h); NULL after telling why, status CLI_NO_CORE. */
struct facteur_client *cli_connect(struct cli *cli);
/* Tells that a call over the connection was lost (FACTEUR_LOST), unless why is told already; returns CLI_NO_CORE. */
int cli_lost(struct cli *cli);
/* Calls a method. Steals params, an object; NULL (json_pack refused an argument) is told as bad UTF-8. The result is a
 * new reference; NULL after telling what happened. */
json_t *cli_call(struct cli *cli, const char *method, json_t *params);

/* The same, but an error that the method answers is the caller's, in *out_error, and not told; NULL there: it was
 * something else, and is told. */
json_t *cli_try(struct cli *cli, const char *method, json_t *params, json_t **out_error);

/* "facteur: text" to stderr; returns and remembers the status. */
int cli_fail(struct cli *cli, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same for wrong arguments: also says how the command is used. Returns CLI_USAGE. */
int cli_usage(struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "facteur: text" to stderr, nothing else. */
void cli_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Tells a JSON-RPC error, or the error of a task or of one object of a /set: what happened, the server's words, what to
 * do. `what` stands in front of it, NULL: nothing does. */
void cli_tell_error(const char *what, const json_t *error);
/* The same for an error of a stored account: where the server refused to sign in, also the command that helps. */
void cli_tell_account_error(const char *what, const char *account_id, const json_t *error);
/* Whether it is about user or password. */
bool cli_is_refused(const json_t *error);
/* The SetError of an object of a /set or /import response. */
void cli_tell_set_error(const char *what, const json_t *error);

/* One JSON value as a line on stdout. */
void cli_print_json(const json_t *value);
/* Sends what was printed on its way, for commands that print and wait. False: nobody takes it; cli_flush() tells. */
bool cli_push(struct cli *cli);
/* Sees that everything was written; a full disk under stdout is a failure. */
int cli_flush(struct cli *cli, int status);

/* Allocation that does not fail. */
void *xmalloc(size_t n);
void *xrealloc(void *p, size_t n);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static inline void freep(void *p)
{
    free(*(void **)p);
}

/* A member of an object that is a string; "" when it is none. Borrowed. */
static inline const char *json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* A member that is a number; 0 when it is none. */
static inline int64_t json_number(const json_t *object, const char *key)
{
    return (int64_t)json_number_value(json_object_get(object, key));
}

#endif
