/* push.h - who wants to hear of what, and what each has not been told yet.
 *
 * News are merged per client: the newest state of each account and type, the accounts whose phase changed, the tasks
 * that went on. A client is told at most 33 times a second, and only when it has read what it was told before: so
 * nothing grows, however slow it is.
 *
 * How an account is doing (syncState) has no state in the store, as it changes all the time. It gets one here, by which
 * whoever was away knows that it is another now: a number that grows while facteurd runs and from one run to the next.
 * StateChange tells of it at once, and then once a second at most; the notification AccountState is for progress, and
 * quicker.
 *
 * Threads    loop thread.
 */
#ifndef API_PUSH_H
#define API_PUSH_H

#include "base/buf.h"
#include "store/store.h"

#include <jansson.h>

struct grants;
struct push;
struct push_client;
struct session;
struct tasks;
struct uv_loop_s;

enum push_type { PUSH_ACCOUNT_STATE = 1u << 16, PUSH_TASK = 1u << 17 }; /* beside 1u << enum store_type */
/* The bit of a name ("Email", "Task"); 0: there is no such type. */
unsigned push_type_bit(const char *name);
/* "Email" of STORE_EMAIL. */
const char *push_store_type_name(enum store_type type);
/* The name of what StateChange calls an account's syncState. */
#define PUSH_ACCOUNT_STATE_NAME "AccountState"

struct push *push_new(struct uv_loop_s *loop);
/* Tasks are told of as they stand when it is their turn, to those who may see them. Both may be NULL. */
void push_set_tasks(struct push *p, struct tasks *tasks, const struct grants *grants);
void push_free(struct push *p);

struct push_client *push_client_new(struct push *p, struct session *session);
void push_client_free(struct push_client *c);
/* Replaces what the client hears of. `accounts` are copied; NULL: all. */
void push_subscribe(struct push_client *c, unsigned types, const int64_t *accounts, size_t n);
/* Appends the next notification as one JSON text and forgets it; false: there is none, or it is too early (then the
 * session is pumped in time). */
bool push_next(struct push_client *c, struct buf *out);
/* The present state of an account's syncState. */
int64_t push_account_state_now(const struct push *p, int64_t account_id);

/* News. */
void push_store_changed(struct push *p, const struct store_change *changes, size_t n);
void push_account_state(struct push *p, int64_t account_id);
void push_task(struct push *p, int64_t task_id);

#endif
