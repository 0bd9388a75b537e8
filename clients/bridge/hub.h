/* hub.h - what changes, told to all who listen with one login: one connection to facteurd for all of them.
 *
 * A hub keeps the newest state of each account and type. A listener keeps only how far it was told, so one that does
 * not read costs nothing: when it can be written to again, it is told what is new by then. When facteurd has gone,
 * everybody is told so, unless it is back at once (HUB_DOWN_MS); when it is back, everybody is told the present states,
 * so that they ask for what they missed.
 *
 * The list of accounts belongs to no account, and JMAP tells of accounts only: its state is told of each of them (type
 * Account), as the state that Account/get answers with.
 *
 * Ownership  a listener is the caller's; hub_leave before it is freed. The hub lives as long as its login has
 * listeners. Threads    the loop's.
 */
#ifndef BRIDGE_HUB_H
#define BRIDGE_HUB_H

#include "backend.h"

#define HUB_STATE_SIZE 65 /* with the NUL */
#define HUB_DOWN_MS 300   /* so long facteurd may be away without anybody being told: it is being started again */

struct hub;
struct hub_listener {
    struct hub *hub;
    struct hub_listener *prev, *next;
    uint32_t types; /* bits by hub_types_from */
    uint64_t told;
    bool lacks_passing;         /* it came back, and nothing but AccountState may be news to it */
    char known[HUB_STATE_SIZE];                       /* hub's own, until it knows better */
    void (*news)(void *arg);                          /* there is something for hub_changes */
    void (*down)(void *arg);                          /* facteurd has gone; news when it is back */
    void (*refused)(void *arg, enum backend_outcome); /* the credential is no good any more; left already */
    void *arg;
};
#define HUB_ALL_TYPES UINT32_MAX

/* "Email,Mailbox" or "*". Names that are not known are left out: nothing of that kind will change. */
uint32_t hub_types_from(const char *list, size_t n);
uint32_t hub_type_bit(const char *name);

/* From now on `l` is told. `known`: the state that it has seen last (hub_state), or NULL; if it is the present one,
 * nothing is new. Where facteurd does not answer now it is told when it does; that it is down, perhaps from here. */
void hub_join(struct login *login, struct hub_listener *l, const char *known);
void hub_leave(struct hub_listener *l);
/* Appends {"<accountId>": {"<type>": "<state>"}} with what `l` has not been told, and counts it as told. False: there
 * is nothing. */
bool hub_changes(struct hub_listener *l, struct buf *out);
/* A short name of all present states together. "" before they are known. */
const char *hub_state(const struct hub_listener *l);

#endif
