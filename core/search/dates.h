/* dates.h - the dates that people and JMAP write.
 *
 * Threads: any.
 */
#ifndef SEARCH_DATES_H
#define SEARCH_DATES_H

#include <facteur/plugin.h>
#include <stdbool.h>
#include <stdint.h>

/* A UTCDate (RFC 8620 section 1.4): "2014-10-30T06:12:00Z". A fraction of a second counts as the next second, since
 * what it is compared with has none. */
bool date_parse_utc(const char *s, int64_t *out);
/* Writes it: 20 characters and NUL. */
void date_format_utc(int64_t t, char out[32]);

/* Days since 1970-01-01 of a date in the Gregorian calendar. */
int64_t days_from_civil(int64_t year, int month, int day);
void civil_from_days(int64_t days, int64_t *year, int *month, int *day);
bool date_is_valid(int64_t year, int month, int day);

/* A stretch of time as people name it: [from, to). 2024-05-01, 2024-05, 2024, today, yesterday; 7d, 2w, 3m, 1y is the
 * day that lies so far back. In a time zone, where days need not have 24 hours. Returns 0, or -1 with FCT_E_INVALID. */
struct date_zone;
/* NULL: the system's. "+02:00" is one, too, east of Greenwich. */
int date_zone_open(const char *iana_name, struct date_zone **out, struct fct_error *err);
void date_zone_close(struct date_zone *z);
/* Seconds that clocks there are ahead of UTC at `t`, and [from, to), with t in it, in which that stays so. */
void date_zone_offset(const struct date_zone *z, int64_t t, int64_t *out_seconds, int64_t *out_from, int64_t *out_to);
int date_parse_span(struct fct_bytes text, int64_t now, const struct date_zone *z, int64_t *from, int64_t *to,
                    struct fct_error *err);

#endif
