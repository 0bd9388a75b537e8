#include "when.h"

#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static char *format_utc(time_t at)
{
    struct tm utc;
    char out[40];

    if (at == (time_t)-1 || !gmtime_r(&at, &utc) || !strftime(out, sizeof(out), "%Y-%m-%dT%H:%M:%SZ", &utc))
        return NULL;
    return xstrdup(out);
}

char *when_utc(const char *text)
{
    static const char *const formats[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M",
                                          "%Y-%m-%d"};

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct tm tm = {.tm_isdst = -1};
        const char *end = strptime(text, formats[i], &tm);
        if (!end || (*end && strcmp(end, "Z") != 0))
            continue;
        time_t at = *end ? timegm(&tm) : mktime(&tm);
        return format_utc(at);
    }
    return NULL;
}

/* ---- counted from now ---- */

/* Days have as many hours as they have: the same time of the clock. */
static time_t days_on(time_t now, long days, int hour, int minute)
{
    struct tm tm;

    if (!localtime_r(&now, &tm))
        return (time_t)-1;
    tm.tm_mday += (int)days;
    tm.tm_isdst = -1;
    if (hour >= 0) {
        tm.tm_hour = hour;
        tm.tm_min = minute;
        tm.tm_sec = 0;
    }
    return mktime(&tm);
}

static time_t after_a_while(const char *text, time_t now)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || n < 1 || n > 100000 || text[0] < '0' || text[0] > '9')
        return (time_t)-1;
    if (strcmp(end, "min") == 0)
        return now + n * 60;
    if (strcmp(end, "h") == 0)
        return now + n * 3600;
    if (strcmp(end, "d") == 0)
        return days_on(now, n, -1, 0);
    return strcmp(end, "w") == 0 && n < 10000 ? days_on(now, 7 * n, -1, 0) : (time_t)-1;
}

static time_t at_the_clock(const char *text, time_t now)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%H:%M", &tm);

    if (!end || *end)
        return (time_t)-1;
    time_t at = days_on(now, 0, tm.tm_hour, tm.tm_min);
    return at > now ? at : days_on(now, 1, tm.tm_hour, tm.tm_min);
}

static time_t on_a_day(const char *text, time_t now)
{
    static const char *const days[] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};
    struct tm tm;

    if (strcasecmp(text, "tomorrow") == 0)
        return days_on(now, 1, WHEN_MORNING, 0);
    for (int i = 0; i < 7; i++) {
        if (strcasecmp(text, days[i]) == 0 && localtime_r(&now, &tm))
            return days_on(now, (i - tm.tm_wday + 6) % 7 + 1, WHEN_MORNING, 0);
    }
    return (time_t)-1;
}

char *when_later(const char *text, long long now)
{
    time_t at = after_a_while(text, (time_t)now);

    if (at == (time_t)-1)
        at = at_the_clock(text, (time_t)now);
    if (at == (time_t)-1)
        at = on_a_day(text, (time_t)now);
    return at == (time_t)-1 ? when_utc(text) : format_utc(at);
}
