#include "pairings.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/sha256.h"
#include "place.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CODE_CHARS 12
#define FREE_HERE 10 /* failures of one place without a pause */
#define FREE_OF_ALL 200
#define PAUSE_MS 2000
#define PAUSE_MOST_MS 30000
#define PLACES_MAX 64                                /* beyond, the one that failed longest ago is forgotten */
#define FORGET_MS ((uint64_t)PAIRING_SECONDS * 1000) /* whatever was tried then is over */

struct pairing {
    bool is_used;
    unsigned char sha256[SHA256_SIZE];
    uint64_t end_ms;
    struct store_token token;
};

struct failures {
    unsigned n;
    uint64_t since_ms, last_ms;
};

struct place {
    unsigned char sha256[SHA256_SIZE]; /* of its name */
    struct failures failures;
};

struct pairings {
    struct pairing v[PAIRINGS_MAX];
    struct place places[PLACES_MAX];
    struct failures all;
};

struct pairings *pairings_new(void)
{
    return XNEW(struct pairings);
}

static void clear(struct pairing *p)
{
    store_token_done(&p->token);
    crypto_wipe(p, sizeof(*p));
}

void pairings_free(struct pairings *p)
{
    for (size_t i = 0; p && i < PAIRINGS_MAX; i++)
        clear(&p->v[i]);
    free(p);
}

/* Crockford's alphabet: no letter that looks like a digit. */
static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void make_code(char out[PAIRING_CODE_SIZE])
{
    unsigned char random[CODE_CHARS];
    crypto_random(random, sizeof(random));
    for (int i = 0; i < CODE_CHARS; i++) {
        *out++ = digits[random[i] & 31];
        if (i % 4 == 3 && i + 1 < CODE_CHARS)
            *out++ = '-';
    }
    *out = '\0';
    crypto_wipe(random, sizeof(random));
}

/* As people type it: in any case, with or without dashes and spaces, O for 0, I and L for 1. */
static void hash_code(const char *code, unsigned char out[SHA256_SIZE])
{
    char plain[CODE_CHARS + 2];
    size_t n = 0;
    for (; *code && n < sizeof(plain) - 1; code++) {
        char c = *code >= 'a' && *code <= 'z' ? (char)(*code - 'a' + 'A') : *code;
        if (c != '-' && c != ' ')
            plain[n++] = (char)(c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c);
    }
    sha256_of(bytes_of(plain, n), out);
    crypto_wipe(plain, sizeof(plain));
}

static void drop_old(struct pairings *p)
{
    for (size_t i = 0; i < PAIRINGS_MAX; i++)
        if (p->v[i].is_used && p->v[i].end_ms <= wait_now_ms())
            clear(&p->v[i]);
}

int pairings_add(struct pairings *p, struct store_token *token, char out_code[PAIRING_CODE_SIZE],
                 int64_t *out_expires_at, struct fct_error *err)
{
    size_t at = 0;
    drop_old(p);
    while (at < PAIRINGS_MAX && p->v[at].is_used)
        at++;
    if (at == PAIRINGS_MAX)
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "more than %d codes wait for their devices", PAIRINGS_MAX);
    make_code(out_code);
    p->v[at].is_used = true;
    p->v[at].end_ms = wait_now_ms() + (uint64_t)PAIRING_SECONDS * 1000;
    p->v[at].token = *token;
    *token = (struct store_token){0};
    hash_code(out_code, p->v[at].sha256);
    *out_expires_at = (int64_t)time(NULL) + PAIRING_SECONDS;
    return 0;
}

/* ---- failures ---- */

static struct place *find_place(struct pairings *p, const char *name)
{
    unsigned char sha256[SHA256_SIZE];
    struct place *oldest = &p->places[0];
    char place[PLACE_SIZE];
    sha256_of(bytes_str(place_of(name, place)), sha256);
    for (size_t i = 0; i < PLACES_MAX; i++) {
        struct place *at = &p->places[i];
        if (at->failures.n && memcmp(at->sha256, sha256, sizeof(sha256)) == 0)
            return at;
        if (at->failures.last_ms < oldest->failures.last_ms)
            oldest = at;
    }
    memcpy(oldest->sha256, sha256, sizeof(sha256));
    oldest->failures = (struct failures){0};
    return oldest;
}

static void count(struct failures *f)
{
    f->last_ms = wait_now_ms();
    if (f->n++ == 0)
        f->since_ms = f->last_ms;
}

static uint64_t left_of(const struct failures *f, unsigned free, uint64_t most)
{
    unsigned beyond = f->n - free;
    if (f->n < free)
        return 0;
    uint64_t pause = beyond > 10 || ((uint64_t)PAUSE_MS << beyond) > most ? most : (uint64_t)PAUSE_MS << beyond;
    uint64_t end = f->last_ms + pause, now = wait_now_ms();
    return end > now ? end - now : 0;
}

/* Of one place what it did is forgotten when it has been quiet for long; of all together, whose attempts never end,
 * when it is long ago. */
static uint64_t pause_left(struct pairings *p, struct place *here)
{
    uint64_t now = wait_now_ms();
    if (here->failures.n && now - here->failures.last_ms > FORGET_MS)
        here->failures.n = 0;
    if (p->all.n && now - p->all.since_ms > FORGET_MS)
        p->all.n = 0;
    uint64_t left = left_of(&here->failures, FREE_HERE, PAUSE_MOST_MS);
    uint64_t of_all = left_of(&p->all, FREE_OF_ALL, PAUSE_MS);
    return left > of_all ? left : of_all;
}

int pairings_take(struct pairings *p, const char *code, const char *place, struct store_token *out,
                  struct fct_error *err)
{
    unsigned char sha256[SHA256_SIZE];
    struct pairing *found = NULL;
    struct place *here = find_place(p, place);
    uint64_t left = pause_left(p, here);
    drop_old(p);
    if (left > 0) {
        fct_fail(err, FCT_E_LIMIT, FCT_RETRY_LATER, "too many wrong codes: wait a moment");
        err->retry_after_ms = (int64_t)left;
        return -1;
    }
    hash_code(code, sha256);
    for (size_t i = 0; i < PAIRINGS_MAX; i++) /* all of them, whichever it is */
        if (crypto_equal(sha256, p->v[i].sha256, sizeof(sha256)) && p->v[i].is_used)
            found = &p->v[i];
    if (!found) {
        count(&here->failures);
        count(&p->all);
        return fct_fail(err, FCT_E_FORBIDDEN, FCT_RETRY_NEVER, "this code is none, was used, or is too old");
    }
    *out = found->token;
    found->token = (struct store_token){0};
    clear(found);
    return 0;
}
