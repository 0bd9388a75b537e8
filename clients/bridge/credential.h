/* credential.h - what stands behind "Authorization:" (RFC 9110 section 11.6.2): Basic (RFC 7617) or Bearer (RFC 6750).
 *
 * A parser without I/O; whether the credential is good facteurd says. Threads: any.
 */
#ifndef BRIDGE_CREDENTIAL_H
#define BRIDGE_CREDENTIAL_H

#include "util.h"

#define CREDENTIAL_MAX 4096 /* bytes of it, as it comes */

struct credential {
    bool is_basic;
    char *user, *secret; /* UTF-8; `user` NULL unless basic */
};
/* -1: it is neither Bearer nor Basic, or malformed: nobody has such a one. */
int credential_parse(const char *header, struct credential *out);
/* Wipes it. */
void credential_done(struct credential *c);

#endif
