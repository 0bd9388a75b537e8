#include "when.h"

#include "cli.h"

#include <string.h>
#include <time.h>

char *when_utc(const char *text)
{
    static const char *const formats[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M",
                                          "%Y-%m-%d"};
    char out[40];

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct tm tm = {.tm_isdst = -1};
        const char *end = strptime(text, formats[i], &tm);
        if (!end || (*end && strcmp(end, "Z") != 0))
            continue;
        time_t at = *end ? timegm(&tm) : mktime(&tm);
        struct tm utc;
        if (at == (time_t)-1 || !gmtime_r(&at, &utc) || !strftime(out, sizeof(out), "%Y-%m-%dT%H:%M:%SZ", &utc))
            return NULL;
        return xstrdup(out);
    }
    return NULL;
}
