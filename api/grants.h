/* grants.h - which tasks somebody may see who came by a token and sees some accounts only: those that the token began.
 *
 * A task may be of many accounts, or of none. So the newest GRANTS_KEPT are remembered as they are begun; the owner,
 * and a token that sees all accounts, see all tasks and need none.
 *
 * Threads    loop thread.
 */
#ifndef API_GRANTS_H
#define API_GRANTS_H

#include "access.h"

#define GRANTS_KEPT 256

struct grants {
    struct {
        int64_t task_id, token_id;
    } v[GRANTS_KEPT];
    size_t next;
};
void grants_add(struct grants *g, const struct access *a, int64_t task_id);
bool grants_have(const struct grants *g, const struct access *a, int64_t task_id);

#endif
