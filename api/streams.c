#include "streams.h"

#include "base/error.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void end(struct upload_begun *b)
{
    close(b->fd);
    *b = (struct upload_begun){0};
}

int streams_writer(int *fd, bool *out_is_locked)
{
    char path[40];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", *fd);
    int ours = open(path, O_RDONLY | O_CLOEXEC);
    *out_is_locked = ours >= 0 && flock(*fd, LOCK_SH | LOCK_NB) == 0;
    int theirs = ours >= 0 ? *fd : dup(*fd);
    if (ours >= 0)
        *fd = ours;
    return theirs;
}

static bool is_over(const struct upload_begun *b, int64_t now, bool is_full)
{
    struct stat st;
    int64_t moved = fstat(b->fd, &st) == 0 && st.st_mtim.tv_sec > b->begun_at ? st.st_mtim.tv_sec : b->begun_at;
    if (now - moved > UPLOAD_SECONDS)
        return true;
    if (!b->is_locked || flock(b->fd, LOCK_EX | LOCK_NB) < 0)
        return false;
    flock(b->fd, LOCK_UN);
    return is_full || now - moved > UPLOAD_ABANDONED_SECONDS;
}

static struct upload_begun *find_place(struct streams *u, int64_t now, bool is_full)
{
    struct upload_begun *place = NULL;
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        if (u->v[i].id[0] && is_over(&u->v[i], now, is_full))
            end(&u->v[i]);
        if (!u->v[i].id[0] && !place)
            place = &u->v[i];
    }
    return place;
}

static size_t count_own(const struct streams *u, int64_t token_id)
{
    size_t n = 0;
    for (size_t i = 0; i < STREAMS_MAX; i++)
        n += u->v[i].id[0] && u->v[i].token_id == token_id;
    return n;
}

/* No token keeps the others out. */
static struct upload_begun *find_place_for(struct streams *u, int64_t token_id, int64_t now)
{
    size_t most = token_id ? STREAMS_PER_TOKEN : STREAMS_MAX;
    struct upload_begun *place = find_place(u, now, false);
    if (!place || count_own(u, token_id) >= most)
        place = find_place(u, now, true);
    return place && count_own(u, token_id) < most ? place : NULL;
}

int streams_add(struct streams *u, int fd, bool is_locked, int64_t account_id, int64_t token_id, int64_t now,
                const char **out_id, struct fct_error *err)
{
    unsigned char random[16];
    struct upload_begun *place = find_place_for(u, token_id, now);
    if (!place || RAND_bytes(random, sizeof(random)) != 1) {
        close(fd);
        return place ? fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_LATER, "no random numbers are to be had")
                     : fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "%d uploads have been begun and not finished",
                                token_id ? STREAMS_PER_TOKEN : STREAMS_MAX);
    }
    *place = (struct upload_begun){
        .fd = fd, .account_id = account_id, .token_id = token_id, .begun_at = now, .is_locked = is_locked};
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

void streams_forget_token(struct streams *u, int64_t token_id)
{
    for (size_t i = 0; i < STREAMS_MAX; i++)
        if (u->v[i].id[0] && u->v[i].token_id == token_id)
            end(&u->v[i]);
}

void streams_done(struct streams *u)
{
    for (size_t i = 0; i < STREAMS_MAX; i++)
        if (u->v[i].id[0])
            end(&u->v[i]);
}
