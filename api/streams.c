#include "streams.h"

#include "base/error.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void end(struct upload_begun *b)
{
    close(b->fd);
    *b = (struct upload_begun){0};
}

int streams_add(struct streams *u, int fd, int64_t account_id, int64_t token_id, int64_t now, const char **out_id,
                struct fct_error *err)
{
    unsigned char random[16];
    struct upload_begun *place = NULL;
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        if (u->v[i].id[0] && u->v[i].expires_at <= now)
            end(&u->v[i]);
        if (!u->v[i].id[0] && !place)
            place = &u->v[i];
    }
    if (!place || RAND_bytes(random, sizeof(random)) != 1) {
        close(fd);
        return place ? fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_LATER, "no random numbers are to be had")
                     : fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "%d uploads have been begun and not finished",
                                STREAMS_MAX);
    }
    *place = (struct upload_begun){
        .fd = fd, .account_id = account_id, .token_id = token_id, .expires_at = now + UPLOAD_SECONDS};
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(place->id + 2 * i, 3, "%02x", random[i]);
    *out_id = place->id;
    return 0;
}

int streams_take(struct streams *u, const char *id, int64_t account_id, int64_t token_id)
{
    if (strlen(id) != UPLOAD_ID_SIZE - 1)
        return -1;
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        struct upload_begun *b = &u->v[i];
        if (!b->id[0] || CRYPTO_memcmp(b->id, id, UPLOAD_ID_SIZE) != 0 || b->account_id != account_id ||
            b->token_id != token_id)
            continue;
        int fd = b->fd;
        *b = (struct upload_begun){0};
        return fd;
    }
    return -1;
}

void streams_done(struct streams *u)
{
    for (size_t i = 0; i < STREAMS_MAX; i++)
        if (u->v[i].id[0])
            end(&u->v[i]);
}
