/* rpc.h - JSON-RPC 2.0 over the Unix socket, one JSON text a line, as DESIGN section 3 has it.
 *
 * Calls block until their answer is there. Notifications that arrive in between are kept and taken with rpc_notice().
 * File descriptors that come with an answer (Blob/open) are kept in the order of their arrival.
 *
 * Bounds: an answer is at most RPC_LINE_MAX bytes, at most RPC_NOTICES_MAX notifications are kept (the oldest goes).
 */
#ifndef CLI_RPC_H
#define CLI_RPC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define RPC_LINE_MAX ((size_t)256 * 1024 * 1024)
#define RPC_NOTICES_MAX 1000
#define RPC_FDS_MAX 8

struct rpc;

/* What became of a call. */
enum rpc_outcome {
    RPC_OK,
    RPC_ERROR, /* facteurd answered an error */
    RPC_LOST   /* the connection is gone, or what came over it is no JSON-RPC */
};

/* Connects. NULL with errno. */
struct rpc *rpc_open(const char *socket_path);
void rpc_close(struct rpc *rpc);

/* Calls one method. Steals `params` (NULL: none). On RPC_OK *out_result is the result, on RPC_ERROR *out_error the
 * error object: new references, the other one NULL. On RPC_LOST neither; errno says why, 0: it was closed. */
enum rpc_outcome rpc_call(struct rpc *rpc, const char *method, json_t *params, json_t **out_result, json_t **out_error);

/* A call of a batch. `id` is what later calls name in "resultOf". */
struct rpc_step {
    const char *id, *method;
    json_t *params; /* stolen */
    json_t *result; /* out: a new reference, or NULL */
    json_t *error;  /* out: a new reference, or NULL */
};
enum rpc_outcome rpc_batch(struct rpc *rpc, struct rpc_step *steps, size_t n);

/* The next notification within timeout_ms (-1: however long it takes): *out is a new reference, or NULL when none
 * came in time or a signal ended the wait. */
enum rpc_outcome rpc_notice(struct rpc *rpc, int timeout_ms, json_t **out);

/* The file descriptor that came with the last answer; -1: none. The caller's. */
int rpc_take_fd(struct rpc *rpc);

/* For `facteur rpc -`: a line as it is, and the next line that arrives (without its end, valid until the next call;
 * NULL on RPC_LOST, or with RPC_OK when there is none within timeout_ms). */
enum rpc_outcome rpc_send_line(struct rpc *rpc, const char *line, size_t n);
enum rpc_outcome rpc_read_line(struct rpc *rpc, int timeout_ms, const char **out_line, size_t *out_n);
int rpc_fd(const struct rpc *rpc);
/* Whom to ask for another connection where the first call reset this one, which is what a facteurd does that ends and
 * has not read the call: `fn` returns one, which becomes part of this, or NULL with errno, after telling. The call is
 * then made again. It is not where the connection was merely closed: whoever read the call may have done it. */
typedef struct rpc *(*rpc_again_fn)(void *arg);
void rpc_on_reset(struct rpc *rpc, rpc_again_fn fn, void *arg);
/* The process that serves the socket, 0 when unknown. */
int rpc_peer_pid(const struct rpc *rpc);

#endif
