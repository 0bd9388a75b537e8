/* when.h - moments as people write them. */
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

/* "2030-01-01T12:00" in local time, with or without seconds, or with a Z, in UTC; the day alone is its beginning. As a
 * UTCDate. Freed by the caller; NULL: it is none. */
char *when_utc(const char *text);

/* The same of one to come: also "90min", "3h", "2d", "1w" from `now` on; "18:00", when it is so late next; "tomorrow", "monday"
 * (the next one), at WHEN_MORNING. */
#define WHEN_MORNING 8
char *when_later(const char *text, long long now);

#endif
