/* control.h - how it stands with the bridge, for the owner of the profile: PROFILE/bridge.sock.
 *
 * Whoever can open it (its user alone) gets one JSON object on a line, and the end:
 *
 *   {"pid": 4711, "version": "0.1.0", "startedAt": "2026-11-29T08:00:00Z", "listen": "127.0.0.1:8765", "isTls": false,
 *    "url": "http://127.0.0.1:8765", "isBehindProxy": false, "connections": 3, "hasCore": true, "startsCore": true,
 *    "hasWeb": true, "clientCount": 1, "clients": [{"name": "phone", "remote": "192.0.2.7", "uses": 2, "calls": 0}]}
 *
 * `clients` are those whose token facteurd let in lately, or of whom something is under way. So 'facteur bridge pair'
 * knows what a phone has to call, and 'facteur bridge status' who is there. Of several bridges of a profile the first
 * one answers.
 *
 * Threads: the loop's.
 */
#ifndef BRIDGE_CONTROL_H
#define BRIDGE_CONTROL_H

#include "bridge.h"

#define CONTROL_NAME "bridge.sock"
#define CONTROL_CLIENTS_MAX 200 /* named; the others are counted */

struct control;
/* NULL: told in the log; the bridge works without. */
struct control *control_new(struct bridge *b, int port);
void control_stop(struct control *c); /* the loop has to run once more; NULL is accepted */
void control_free(struct control *c); /* NULL is accepted */

#endif
