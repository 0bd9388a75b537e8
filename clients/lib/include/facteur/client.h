/* facteur/client.h - libfacteur-client: talking to facteurd over its Unix socket.
 *
 * The protocol is JSON-RPC 2.0, one JSON text a line; methods, arguments and answers are in docs/api/
 * (facteur/methods.h has the methods' names). There are two layers. A program that may wait takes the second:
 *
 *   struct facteur_client *c = facteur_client_open(NULL);                    the user's own profile
 *   json_t *result, *error;
 *   if (c && facteur_client_call(c, FACTEUR_MAILBOX_GET, json_pack("{s:s}", "accountId", "*"), &result, &error) ==
 * FACTEUR_OK)
 *       ...
 *
 * A program with an event loop of its own takes struct facteur_conn, which never waits: it says what to poll its
 * descriptor for, does what can be done at once in facteur_conn_pump(), and calls back.
 *
 * Ownership  Handles are the caller's, freed by _free and _close. What a callback is given is valid until it returns.
 * Threads    A handle belongs to one thread at a time; different handles to different threads. No globals.
 * Errors     Functions return 0, or -1 with errno: EMSGSIZE, a line was longer than the limit; EPROTO, what came is no
 *            JSON-RPC; ENOBUFS, a bound of struct facteur_limits; EILSEQ, a string is no UTF-8; ENOMEM; what the system
 *            says of the socket. Where a connection has ended, errno 0 says that facteurd closed it.
 * Growth     Structs that a caller fills are initialised with = {0} or by name: later versions append members.
 */
#ifndef FACTEUR_CLIENT_H
#define FACTEUR_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FACTEUR_API __attribute__((visibility("default")))

/* Bytes of somebody else's, not ended by a NUL. `p` is NULL where there is none. */
struct facteur_text {
    const char *p;
    size_t n;
};

#define FACTEUR_FDS_MAX 16 /* descriptors that come with one answer (Blob/open) */

/* ---- where facteurd is ---------------------------------------------------------------------------------------- */

/* The profile of this user: $FACTEUR_PROFILE, $XDG_DATA_HOME/facteur or ~/.local/share/facteur. NULL: the environment
 * names none. Freed by the caller. */
FACTEUR_API char *facteur_default_profile(void);
/* PROFILE/rpc.sock, `profile` NULL: of the default one. NULL with errno. Freed by the caller. */
FACTEUR_API char *facteur_socket_path(const char *profile);

/* ---- a connection that never waits ---------------------------------------------------------------------------- */

struct facteur_conn;

/* Members that are 0 have their default. A connection with nothing under way costs less than 512 bytes. */
struct facteur_limits {
    size_t line;    /* bytes of an answer or a notification, 256 MiB */
    size_t unsent;  /* bytes that wait until facteurd reads, 64 MiB */
    size_t waiting; /* texts whose answer has not come, 1000 */
};

/* Connects, never waiting. NULL with errno; EAGAIN: facteurd has not accepted those before. */
FACTEUR_API struct facteur_conn *facteur_conn_open(const char *socket_path, const struct facteur_limits *limits);
/* The same over a socket that is connected already, and is taken over, also on failure. `limits` may be NULL. */
FACTEUR_API struct facteur_conn *facteur_conn_new(int fd, const struct facteur_limits *limits);
/* Closes. Callbacks of answers that are still to come are not called. May be called in a callback. */
FACTEUR_API void facteur_conn_free(struct facteur_conn *conn);

/* What to poll for. Readable: always wanted until the connection is lost, but whoever cannot take more may leave it. */
FACTEUR_API int facteur_conn_fd(const struct facteur_conn *conn);
FACTEUR_API bool facteur_conn_wants_write(const struct facteur_conn *conn);
/* Writes and reads what can be at once, a bounded amount, and calls back for each line that came. 0: poll again.
 * -1 with errno: the connection is lost, and whoever waited for an answer has been told. */
FACTEUR_API int facteur_conn_pump(struct facteur_conn *conn);
/* Whether it is lost, and why: errno's value, 0 where facteurd closed it. */
FACTEUR_API bool facteur_conn_is_lost(const struct facteur_conn *conn, int *out_errno);
/* Whether any byte came over it. One that was reset before has had its calls read by nobody. */
FACTEUR_API bool facteur_conn_has_heard(const struct facteur_conn *conn);
/* The process that serves the socket, 0 when unknown. */
FACTEUR_API int facteur_conn_peer_pid(const struct facteur_conn *conn);
/* Bytes that are kept for it, beside its record: lines that are not complete, texts that are not sent. */
FACTEUR_API size_t facteur_conn_memory(const struct facteur_conn *conn);

/* One answer, as raw JSON texts. `result` or `error` has a NULL p. */
struct facteur_answer {
    struct facteur_text id; /* 1, "q" with its quotes, or null */
    struct facteur_text result, error;
};

/* What facteurd said to one text of ours: one answer, or those of a batch in the order of its calls. An error of the
 * whole batch (it was too large) is one answer with the id null, and is_batch false. */
struct facteur_reply {
    struct facteur_text text; /* the line */
    bool is_batch;
    const struct facteur_answer *answers;
    size_t n;
};

/* `reply` is NULL when the connection was lost before it came. */
typedef void (*facteur_reply_fn)(void *arg, struct facteur_conn *conn, const struct facteur_reply *reply);
/* A notification: `method` without quotes, `params` and `line` raw JSON texts. */
typedef void (*facteur_notice_fn)(void *arg, struct facteur_conn *conn, struct facteur_text method,
                                  struct facteur_text params, struct facteur_text line);
/* A line before anything is made of it. True: that was all, and it counts as no answer. */
typedef bool (*facteur_line_fn)(void *arg, struct facteur_conn *conn, struct facteur_text line);

/* Notifications go to `fn`; without it they are dropped. */
FACTEUR_API void facteur_conn_on_notice(struct facteur_conn *conn, facteur_notice_fn fn, void *arg);
FACTEUR_API void facteur_conn_on_line(struct facteur_conn *conn, facteur_line_fn fn, void *arg);

/* Calls a method. `params` is a JSON text, .p NULL: none. `fn` is called once, from facteur_conn_pump. */
FACTEUR_API int facteur_conn_call(struct facteur_conn *conn, const char *method, struct facteur_text params,
                                  facteur_reply_fn fn, void *arg);
/* Sends a JSON-RPC text as it is, a request or a batch without its newline. facteurd answers the texts of a connection
 * in their order. `fn` NULL: it will not be answered, as it holds nothing but notifications. */
FACTEUR_API int facteur_conn_send(struct facteur_conn *conn, struct facteur_text text, facteur_reply_fn fn, void *arg);
/* In a callback: the next descriptor that came with this line, the caller's from now on; -1: no more. Those that nobody
 * takes are closed. */
FACTEUR_API int facteur_conn_take_fd(struct facteur_conn *conn);

/* Takes bytes as if they had come over the socket: for tests, and for who reads himself. As facteur_conn_pump. */
FACTEUR_API int facteur_conn_feed(struct facteur_conn *conn, const char *bytes, size_t n);

/* ---- batches -------------------------------------------------------------------------------------------------- */

/* The text of several calls, made one after the other and answered with one line. A later one may use the result of an
 * earlier one (facteur_result_of), and "#k" for the id of what was created as "k".
 *
 *   struct facteur_batch *b = facteur_batch_new();
 *   facteur_batch_add(b, "q", FACTEUR_EMAIL_QUERY, json_pack("{s:s, s:i}", "accountId", "*", "limit", 10));
 *   facteur_batch_add(b, "g", FACTEUR_EMAIL_GET, json_pack("{s:s, s:o}", "accountId", "*", "#ids",
 *                     facteur_result_of("q", FACTEUR_EMAIL_QUERY, "/ids")));
 *   if (facteur_conn_send(conn, facteur_batch_text(b), answered, arg) < 0)
 *       ...
 *   facteur_batch_free(b);
 */
struct facteur_batch;
FACTEUR_API struct facteur_batch *facteur_batch_new(void);
FACTEUR_API void facteur_batch_free(struct facteur_batch *batch);
/* `id` is what answers and references name the call by. Steals `params`; NULL: the batch fails with EILSEQ, as NULL is
 * what json_pack makes of a string that is no UTF-8. A batch that failed once goes on failing: looking at the last
 * result, or at facteur_batch_text, is enough. */
FACTEUR_API int facteur_batch_add(struct facteur_batch *batch, const char *id, const char *method, json_t *params);
/* The same with params that are a JSON text already, .p NULL: none. */
FACTEUR_API int facteur_batch_add_text(struct facteur_batch *batch, const char *id, const char *method,
                                       struct facteur_text params);
/* Valid until the batch changes. .p NULL with errno where adding failed, or nothing was added (EINVAL). */
FACTEUR_API struct facteur_text facteur_batch_text(struct facteur_batch *batch);
/* {"resultOf": id, "name": method, "path": path}, the value of an argument whose name begins with "#". `path` is a JSON
 * pointer into the result, in which the star stands for each element of an array: "/ids", or "/list", star,
 * "/threadId". A new reference. */
FACTEUR_API json_t *facteur_result_of(const char *id, const char *method, const char *path);
/* The answer to a call of a batch; NULL: there is none. */
FACTEUR_API const struct facteur_answer *facteur_reply_find(const struct facteur_reply *reply, const char *id);

/* ---- a client that waits -------------------------------------------------------------------------------------- */

struct facteur_client;

#define FACTEUR_NOTICES_MAX 1000 /* notifications that are kept until they are asked for; then the oldest goes */

/* What became of a call. */
enum facteur_outcome {
    FACTEUR_OK,
    FACTEUR_ERROR, /* facteurd answered an error */
    FACTEUR_LOST   /* the connection is gone (errno, 0: closed), or the call could not be made (EILSEQ, ENOBUFS) */
};

/* Connects; NULL: to the default profile. NULL with errno. */
FACTEUR_API struct facteur_client *facteur_client_open(const char *socket_path);
FACTEUR_API void facteur_client_close(struct facteur_client *client);
/* The connection below, for its questions, its sending and its lines; the client's. */
FACTEUR_API struct facteur_conn *facteur_client_conn(struct facteur_client *client);

/* Calls one method and waits, however long it takes; a signal does not end it. Steals `params` (NULL: none). On
 * FACTEUR_OK *out_result is the result, on FACTEUR_ERROR *out_error the error object (code, message, data): new
 * references, the other one NULL. On FACTEUR_LOST neither. */
FACTEUR_API enum facteur_outcome facteur_client_call(struct facteur_client *client, const char *method, json_t *params,
                                                     json_t **out_result, json_t **out_error);

/* A call of a batch. `id` is what later calls name in facteur_result_of(). */
struct facteur_step {
    const char *id, *method;
    json_t *params; /* stolen */
    json_t *result; /* out: a new reference, or NULL */
    json_t *error;  /* out: a new reference, or NULL */
};
/* FACTEUR_OK: each has a result. FACTEUR_ERROR: some have an error; one of the whole batch is the first one's. */
FACTEUR_API enum facteur_outcome facteur_client_batch(struct facteur_client *client, struct facteur_step *steps,
                                                      size_t n);

/* The next notification within timeout_ms (-1: however long it takes): *out is a new reference to {"method", "params"},
 * or NULL when none came in time or a signal ended the wait. Those that came during calls are first. */
FACTEUR_API enum facteur_outcome facteur_client_notice(struct facteur_client *client, int timeout_ms, json_t **out);

/* The next descriptor that came with the last answer (Blob/open); -1: none. The caller's. */
FACTEUR_API int facteur_client_take_fd(struct facteur_client *client);

/* Waits until there is something to read or, where that is wanted, to write, and pumps. As facteur_conn_pump; also 0
 * when nothing came in time, or a signal ended the wait. */
FACTEUR_API int facteur_client_wait(struct facteur_client *client, int timeout_ms);

/* Whom to ask for another connection where the first call reset this one, which is what a facteurd does that ends and
 * has not read the call: `fn` returns one, which becomes part of this, or NULL. The call is then made again. It is not
 * where the connection was merely closed: whoever read the call may have done it. */
typedef struct facteur_client *(*facteur_again_fn)(void *arg);
FACTEUR_API void facteur_client_on_reset(struct facteur_client *client, facteur_again_fn fn, void *arg);

#ifdef __cplusplus
}
#endif

#endif
