/* when.h - moments as people write them. */
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

/* "2030-01-01T12:00" in local time, with or without seconds, or with a Z, in UTC; the day alone is its beginning. As a
 * UTCDate. Freed by the caller; NULL: it is none. */
char *when_utc(const char *text);

#endif
