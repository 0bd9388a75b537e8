/* form.h - what travels in URLs and forms of OAuth 2.0: percent-encoding, base64url, PKCE. Threads: any. */
#ifndef OAUTH_FORM_H
#define OAUTH_FORM_H

#include "base/buf.h"

/* Appends "name=value" (application/x-www-form-urlencoded), behind an '&' unless it is the first or the buffer ends with '?'. A NULL
 * value: nothing. */
void form_add(struct buf *to, const char *name, const char *value);
/* The value of `name` in a query, decoded: to be freed. NULL: it is not there, stands there twice (RFC 6749 section 3.1 forbids that),
 * or is malformed. */
char *form_get(const char *query, const char *name);

/* RFC 4648 section 5, without padding; appended. */
void base64url_add(struct buf *to, const unsigned char *p, size_t n);

#define PKCE_SIZE 44 /* 32 bytes in base64url, and NUL: RFC 7636 section 4.1 */
/* A new secret that cannot be guessed: a code verifier, a state. */
void pkce_random(char out[PKCE_SIZE]);
/* S256: RFC 7636 section 4.2. */
void pkce_challenge(const char *verifier, char out[PKCE_SIZE]);

#endif
