/* session.h - one client on the socket: lines in, answers and notifications out.
 *
 * Texts of one client are answered one after the other, in their order. A fiber lives only while there is something to
 * answer, so an idle client costs its record and no stack. While more than 1 MiB of answers waits unread, no further
 * request of that client is read. A notification is written only when nothing else waits, so at most one does.
 *
 * What all clients together make the core keep for them is bounded, too (struct session_memory). A text over 64 KiB
 * waits until the others of that kind leave room for what it becomes when it is parsed. When unfinished lines and
 * unread answers of all clients exceed their bound, the client with the most of them is told so (its line), or is
 * closed (it does not read).
 *
 * A client that only ended its own side (shutdown) still gets its answers. One that has gone cuts short the waits that
 * were for it; what it had sent is carried out, but for a large text that still waited for room.
 *
 * Ownership  belongs to the server, freed when both sides are done.
 * Threads    loop thread.
 */
#ifndef API_SESSION_H
#define API_SESSION_H

#include "async/wait.h"
#include "dispatch.h"
#include "push.h"

struct session;
struct uv_loop_s;

/* Of all sessions of a server; `{0}` at first. */
struct session_memory {
    size_t kept;              /* bytes of unfinished lines, of lines being answered, and of unread answers */
    size_t parsed;            /* bytes that the large texts being answered may take */
    struct wait_event passed; /* one of these is answered */
};

/* What a session needs of its server. */
struct session_host {
    struct uv_loop_s *loop;
    const struct dispatcher *dispatcher;
    struct push *push;
    size_t max_request;
    struct session_memory *memory;
    /* `memory->kept` is beyond SESSION_KEPT_MAX: session_relieve is wanted for the one with most to give. */
    void (*crowded)(void *ctx);
    /* A text or its answer was large: there is memory to be given back. */
    void (*heavy)(void *ctx);
    /* The session is closed and freed when this returns. */
    void (*closed)(void *ctx, struct session *s);
    void *ctx;
};
#define SESSION_NAME_MAX 31 /* bytes; Linux keeps 15 */
#define SESSION_KEPT_MAX ((size_t)256 << 20)
#define SESSION_PARSED_MAX ((size_t)256 << 20)

/* Takes over `fd`, a connected non-blocking socket. NULL: libuv would not have it (the descriptor is closed). */
struct session *session_new(const struct session_host *host, int fd);
/* Finishes the text that is being answered, with its waits cut short, and closes. */
void session_end(struct session *s);
/* Answers what is being answered, reads nothing more, and closes when the client has read it. */
void session_finish(struct session *s);
/* How often somebody was not let in on it; one more. */
unsigned session_refused(struct session *s);
/* How many bytes session_relieve would free: of its unfinished line or of its unread answers. */
size_t session_spare(const struct session *s);
void session_relieve(struct session *s);
struct push_client *session_push(struct session *s);
/* What the client's program is called, as bytes, or its token; "" if that is not known. Any thread, as session_access.
 */
const char *session_name(const struct session *s);
/* What it may; NULL: everything. Changes only in a call of the session's own: any thread while one of its texts is
 * answered. */
const struct access *session_access(const struct session *s);
/* From now on it may no more than that; takes the reference over. */
void session_narrow(struct session *s, struct access *a);
/* Nothing more is begun for its token. */
void session_revoke(struct session *s);
/* The client has notifications waiting: writes the first if nothing else waits. */
void session_pump(struct session *s);

#endif
