/* door.h - who is let in: secrets and passwords checked, attempts counted, and shown out again.
 *
 * A token's secret is 256 random bits: what is kept is its SHA-256, and nobody guesses it. A password is chosen by
 * people: what is kept is scrypt of it, and guessing is made slow:
 *
 *   - Wrong passwords are counted by name and place (`remote`, as the front end says), and by name alone, on the disk,
 * before the password is looked at. From the fifth at one place there is a pause after each, from two seconds to a
 * quarter of an hour; from the tenth for one name, anywhere, up to a minute; from the fifteenth at one place, whatever
 * the names, up to a quarter of an hour. Of an IPv6 address the network is the place (place.h).
 *   - A place from which the right password came before is held up by its own errors alone, half a minute at most: who
 * tries passwords from elsewhere does not lock out the person who has it. Nor does it ever hold up a token's secret.
 *   - Two passwords are computed at a time, one for each name and place; sixteen wait, and as many from places that are
 * known. A password that was right is known again for as long as the process lives, by a keyed hash.
 *   - A name that does not exist is treated like one that does, at the same cost.
 *   - A connection on which five attempts failed is closed. The owner is told by a notice in the local account.
 *
 * Threads    loop thread. Suspends where it says so.
 * Errors     FCT_E_FORBIDDEN: not let in, and not why. FCT_E_LIMIT with retry_after_ms: too many attempts.
 */
#ifndef API_DOOR_H
#define API_DOOR_H

#include "access.h"
#include "api.h"
#include "store/tokens.h"

#define PASSWORD_MIN 8 /* bytes */
#define PASSWORD_MAX 1024
#define TOKEN_SECRET_SIZE 80 /* "facteur_", the id, "_", 43 of base64url, NUL */

struct door;
struct door *door_new(struct api *api);
/* After the server has stopped. NULL is accepted. */
void door_free(struct door *d);

struct door_card {
    const char *token;               /* a secret, or */
    const char *username, *password; /* a token's name, and its password or its secret */
    const char *remote;              /* NULL: not known */
};
/* The session is the owner's no more, and may nothing until it has signed in. */
void door_lock(struct session *s);
/* Narrows the session to what the token may, and says which it is: *out is borrowed from the session. Whatever comes of
 * it, a session that was asked is the owner's no more. Suspends. */
int door_sign_in(struct door *d, struct session *s, const struct door_card *card, const struct access **out,
                 struct fct_error *err);
/* Nothing is begun any more that came by these tokens, and what was begun has ended when this returns (or ten seconds
 * later); `self` is ended when it is answered. After the tokens have changed. Suspends. */
void door_show_out(struct door *d, const int64_t *token_ids, size_t n, struct session *self);

/* A new secret of a token, and its hash. Wipe it when it has been told. */
void door_make_secret(int64_t token_id, char out[TOKEN_SECRET_SIZE], unsigned char out_sha256[TOKEN_HASH_SIZE]);
/* FCT_E_INVALID ("password: ..."), FCT_E_LIMIT. Suspends. */
int door_hash_password(struct door *d, const char *password, struct token_password *out, struct fct_error *err);

#endif
