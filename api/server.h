/* server.h - the Unix socket: who may come in, and the end of it all.
 *
 * The socket is of mode 0600, and a peer of another uid is shown out (SO_PEERCRED). The listening socket may come from
 * systemd (LISTEN_FDS). A path left behind by a daemon that died is taken over; one that somebody answers on is not.
 *
 * Threads    loop thread. server_stop suspends (or turns the loop).
 */
#ifndef API_SERVER_H
#define API_SERVER_H

#include "dispatch.h"
#include "push.h"

struct server;
struct uv_loop_s;

#define SERVER_CLIENTS 2048 /* of them facteur-bridge takes up to 1,500 */

struct server_options {
    const char *socket_path;
    size_t max_request; /* bytes of a line; 0: 10 MiB */
    size_t max_clients; /* 0: SERVER_CLIENTS */
};
/* `d` and `push` must outlive the server. */
int server_start(struct uv_loop_s *loop, const struct server_options *o, const struct dispatcher *d, struct push *push,
                 struct server **out, struct fct_error *err);
/* No new clients; what is being answered is finished with its waits cut short; then everything is closed. */
void server_stop(struct server *server);
size_t server_client_count(const struct server *server);
size_t server_max_request(const struct server *server);
/* Every session, while `each` returns true. `each` must close none of them at once (session_end, session_finish do
 * not). */
void server_each_session(struct server *server, bool (*each)(void *ctx, struct session *s), void *ctx);

#endif
