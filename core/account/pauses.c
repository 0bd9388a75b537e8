#include "account/pauses.h"

#include <stddef.h>
#include <strings.h>

#include <string.h>

bool pause_is_network(const struct fct_error *err)
{
    return err->code == FCT_E_NETWORK || err->code == FCT_E_DNS || err->code == FCT_E_TIMEOUT || err->code == FCT_E_TLS;
}

/* There is a code for it ([LIMIT], RFC 9051 section 7.1), which stands for other limits, too, and is seldom used: Dovecot says "Maximum
 * number of connections from user+IP exceeded", Gmail "Too many simultaneous connections", Exchange "too many concurrent
 * connections", Courier "too many connections". */
bool pause_is_crowded(const struct fct_error *err)
{
    static const char *const about[] = {"connection", "session", "login"}, *const too_many[] = {"too many", "simultaneous", "maximum number", "exceeded", "limit"};
    bool is_about = false, is_too_many = false;
    for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++)
        is_about |= strcasestr(err->server, about[i]) != NULL;
    for (size_t i = 0; i < sizeof(too_many) / sizeof(too_many[0]); i++)
        is_too_many |= strcasestr(err->server, too_many[i]) != NULL;
    return err->retry != FCT_RETRY_NEVER && is_about && is_too_many;
}

/* Whether only the user can help: asking again and again could even lock him out. A certificate is mended by whoever runs the
 * server, and so is one that offers nothing that we can use: they are looked at again, if seldom. */
static bool is_hopeless(const struct fct_error *err)
{
    return err->retry == FCT_RETRY_NEVER && err->code != FCT_E_TLS &&
           (err->user_action || err->code == FCT_E_AUTH || err->code == FCT_E_USER_ACTION || err->code == FCT_E_INVALID);
}

static uint64_t grown(uint64_t first, unsigned times, unsigned by, uint64_t max)
{
    uint64_t ms = first;
    while (times-- > 1 && ms < max)
        ms *= by;
    return ms < max ? ms : max;
}

/* Most outages are short: whoever is out for a minute shall not wait for half of one more. */
static uint64_t unreached(unsigned failures)
{
    if (failures <= PAUSE_EARLY_TRIES)
        return grown(PAUSE_FIRST_MS, failures, 2, PAUSE_EARLY_MS);
    return grown(PAUSE_EARLY_MS, failures - PAUSE_EARLY_TRIES + 1, 2, PAUSE_MAX_MS);
}

static uint64_t jittered(uint64_t ms, uint32_t random)
{
    return ms + random % (ms / 3 + 1);
}

static struct pause choose(const struct pause_case *c)
{
    const struct fct_error *err = c->error;
    if (is_hopeless(err) && err->code == FCT_E_AUTH && c->was_good)
        return (struct pause){PAUSE_TIME, grown(PAUSE_DOUBT_MS, c->failures, 4, PAUSE_USER_MS)};
    if (is_hopeless(err))
        return (struct pause){PAUSE_USER, PAUSE_USER_MS};
    if (err->retry == FCT_RETRY_NEVER)
        return (struct pause){PAUSE_TIME, PAUSE_REFUSED_MS};
    if (pause_is_network(err) && !c->has_network)
        return (struct pause){PAUSE_NETWORK, PAUSE_REFUSED_MS}; /* in case the news of it are missed */
    if (pause_is_crowded(err) || err->retry_after_ms > 0 || err->code == FCT_E_SERVER || err->code == FCT_E_BUSY)
        return (struct pause){PAUSE_SERVER, grown(PAUSE_ASKED_MS, c->failures, 2, PAUSE_ASKED_MAX_MS)};
    return (struct pause){PAUSE_TIME, unreached(c->failures)};
}

struct pause pause_after(const struct pause_case *c)
{
    struct pause p = choose(c);
    p.ms = jittered(p.ms, c->random);
    if (c->error->retry_after_ms > 0 && p.ms < (uint64_t)c->error->retry_after_ms)
        p.ms = (uint64_t)c->error->retry_after_ms;
    if (p.ms > PAUSE_USER_MS)
        p.ms = PAUSE_USER_MS;
    return p;
}
