#include "search/dates.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#define DAY INT64_C(86400)
#define YEAR_MIN 1000
#define YEAR_MAX 9999

/* http://howardhinnant.github.io/date_algorithms.html, years from 1 on */
int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = year / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void civil_from_days(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;

    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = y + era * 400 + (*month <= 2);
}

static int days_of_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && is_leap ? 29 : days[month - 1];
}

bool date_is_valid(int64_t year, int month, int day)
{
    return year >= YEAR_MIN && year <= YEAR_MAX && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_of_month(year, month);
}

/* Exactly n digits. */
static bool read_digits(const char **p, const char *end, int n, int *out)
{
    int value = 0;

    for (int i = 0; i < n; i++, (*p)++) {
        if (*p >= end || **p < '0' || **p > '9')
            return false;
        value = value * 10 + (**p - '0');
    }
    *out = value;
    return true;
}

static bool read_char(const char **p, const char *end, char c)
{
    if (*p >= end || **p != c)
        return false;
    (*p)++;
    return true;
}

bool date_parse_utc(const char *s, int64_t *out)
{
    const char *p = s, *end = s + strlen(s);
    int year, month, day, hour, minute, second;
    bool has_fraction = false;

    if (!read_digits(&p, end, 4, &year) || !read_char(&p, end, '-') || !read_digits(&p, end, 2, &month) ||
        !read_char(&p, end, '-') || !read_digits(&p, end, 2, &day) || !read_char(&p, end, 'T') ||
        !read_digits(&p, end, 2, &hour) || !read_char(&p, end, ':') || !read_digits(&p, end, 2, &minute) ||
        !read_char(&p, end, ':') || !read_digits(&p, end, 2, &second))
        return false;
    if (read_char(&p, end, '.')) {
        const char *start = p;
        for (; p < end && *p >= '0' && *p <= '9'; p++)
            has_fraction |= *p != '0';
        if (p == start)
            return false;
    }
    if (!read_char(&p, end, 'Z') || p != end)
        return false;
    if (year == 0 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month) || hour > 23 ||
        minute > 59 || second > 60)
        return false;
    *out = days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second + has_fraction;
    return true;
}

void date_format_utc(int64_t t, char out[32])
{
    int64_t days = t / DAY - (t % DAY < 0), rest = t - days * DAY, year;
    int month, day;

    civil_from_days(days, &year, &month, &day);
    if (year < 1 || year > YEAR_MAX) {
        memcpy(out, year < 1 ? "0001-01-01T00:00:00Z" : "9999-12-31T23:59:59Z", 21);
        return;
    }
    snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)year, month, day, (int)(rest / 3600),
             (int)(rest / 60 % 60), (int)(rest % 60));
}

/* ---- in a time zone -------------------------------------------------------------------------------------------- */

struct date_zone {
    UCalendar *cal;
};

int date_zone_open(const char *iana_name, struct date_zone **out, struct fct_error *err)
{
    UErrorCode e = U_ZERO_ERROR;
    UChar name[69], canonical[65];
    char custom[69];
    int32_t n = 0;

    if (iana_name && (*iana_name == '+' || *iana_name == '-') && strlen(iana_name) <= 64) {
        snprintf(custom, sizeof(custom), "GMT%s", iana_name); /* as ICU calls it */
        iana_name = custom;
    }
    if (iana_name) {
        if (strlen(iana_name) > 64 ||
            strspn(iana_name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/:") !=
                strlen(iana_name))
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "there is no such time zone");
        u_charsToUChars(iana_name, name, (int32_t)strlen(iana_name) + 1);
        n = (int32_t)strlen(iana_name);
        ucal_getCanonicalTimeZoneID(name, n, canonical, 65, NULL, &e);
        if (U_FAILURE(e))
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "there is no time zone \"%s\"", iana_name);
    }
    UCalendar *cal = ucal_open(iana_name ? name : NULL, n, "en", UCAL_GREGORIAN, &e);
    if (U_FAILURE(e) || !cal)
        return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "no calendar: %s", u_errorName(e));
    *out = XNEW(struct date_zone);
    (*out)->cal = cal;
    return 0;
}

void date_zone_close(struct date_zone *z)
{
    if (!z)
        return;
    ucal_close(z->cal);
    free(z);
}

/* So far is it to the next change of clocks at most, as far as this is concerned: the answer is remembered no longer. */
#define STRETCH (INT64_C(183) * DAY)

/* The last change at or before `t`, or the first after it; `otherwise` when there is none within STRETCH. */
static int64_t clock_change(const struct date_zone *z, UTimeZoneTransitionType which, int64_t otherwise)
{
    UErrorCode e = U_ZERO_ERROR;
    UDate at;

    if (!ucal_getTimeZoneTransitionDate(z->cal, which, &at, &e) || U_FAILURE(e))
        return otherwise;
    int64_t seconds = (int64_t)(at / 1000);
    bool is_near = which == UCAL_TZ_TRANSITION_NEXT ? seconds < otherwise : seconds > otherwise;
    return is_near ? seconds : otherwise;
}

void date_zone_offset(const struct date_zone *z, int64_t t, int64_t *out_seconds, int64_t *out_from, int64_t *out_to)
{
    UErrorCode e = U_ZERO_ERROR;

    ucal_setMillis(z->cal, (double)t * 1000, &e);
    int64_t ms = (int64_t)ucal_get(z->cal, UCAL_ZONE_OFFSET, &e) + ucal_get(z->cal, UCAL_DST_OFFSET, &e);
    *out_seconds = U_FAILURE(e) ? 0 : ms / 1000;
    *out_from = clock_change(z, UCAL_TZ_TRANSITION_PREVIOUS_INCLUSIVE, t - STRETCH);
    *out_to = clock_change(z, UCAL_TZ_TRANSITION_NEXT, t + STRETCH);
}

/* When the day begins there. Where clocks go forward at midnight, the first moment after. */
static int64_t start_of_day(const struct date_zone *z, int64_t year, int month, int day)
{
    UErrorCode e = U_ZERO_ERROR;

    ucal_clear(z->cal);
    ucal_setDateTime(z->cal, (int32_t)year, month - 1, day, 0, 0, 0, &e);
    double ms = ucal_getMillis(z->cal, &e);
    return U_FAILURE(e) ? days_from_civil(year, month, day) * DAY : (int64_t)(ms / 1000);
}

static void local_date(const struct date_zone *z, int64_t now, int64_t *year, int *month, int *day)
{
    UErrorCode e = U_ZERO_ERROR;

    ucal_setMillis(z->cal, (double)now * 1000, &e);
    *year = ucal_get(z->cal, UCAL_YEAR, &e);
    *month = ucal_get(z->cal, UCAL_MONTH, &e) + 1;
    *day = ucal_get(z->cal, UCAL_DAY_OF_MONTH, &e);
}

static void one_day(const struct date_zone *z, int64_t days, int64_t *from, int64_t *to)
{
    int64_t year;
    int month, day;

    civil_from_days(days, &year, &month, &day);
    *from = start_of_day(z, year, month, day);
    civil_from_days(days + 1, &year, &month, &day);
    *to = start_of_day(z, year, month, day);
}

/* 2024, 2024-05, 2024-05-01; also with '/'. */
static bool parse_calendar(const char *p, const char *end, const struct date_zone *z, int64_t *from, int64_t *to)
{
    int year, month = 1, day = 1;
    char sep = end - p > 4 && p[4] == '/' ? '/' : '-';

    if (!read_digits(&p, end, 4, &year) || year < YEAR_MIN)
        return false;
    if (p == end) {
        *from = start_of_day(z, year, 1, 1);
        *to = start_of_day(z, year + 1, 1, 1);
        return true;
    }
    if (!read_char(&p, end, sep) || !read_digits(&p, end, 2, &month) || month < 1 || month > 12)
        return false;
    if (p == end) {
        *from = start_of_day(z, year, month, 1);
        *to = month == 12 ? start_of_day(z, year + 1, 1, 1) : start_of_day(z, year, month + 1, 1);
        return true;
    }
    if (!read_char(&p, end, sep) || !read_digits(&p, end, 2, &day) || p != end || !date_is_valid(year, month, day))
        return false;
    one_day(z, days_from_civil(year, month, day), from, to);
    return true;
}

/* 7d 2w 3m 1y */
static bool parse_relative(const char *p, const char *end, int64_t now, const struct date_zone *z, int64_t *from,
                           int64_t *to)
{
    int64_t n = 0, year;
    int month, day, digits = 0;

    for (; p < end && *p >= '0' && *p <= '9' && digits < 5; p++, digits++)
        n = n * 10 + (*p - '0');
    if (digits == 0 || end - p != 1)
        return false;
    local_date(z, now, &year, &month, &day);
    int64_t days = days_from_civil(year, month, day);
    if (*p == 'd' || *p == 'w') {
        days -= *p == 'w' ? 7 * n : n;
    } else if (*p == 'm' || *p == 'y') {
        int64_t months = year * 12 + month - 1 - (*p == 'y' ? 12 * n : n);
        year = months / 12;
        month = (int)(months % 12) + 1;
        if (months < YEAR_MIN * 12)
            return false;
        int last = days_of_month(year, month);
        days = days_from_civil(year, month, day > last ? last : day);
    } else {
        return false;
    }
    if (days < days_from_civil(YEAR_MIN, 1, 1))
        return false;
    one_day(z, days, from, to);
    return true;
}

int date_parse_span(struct fct_bytes text, int64_t now, const struct date_zone *z, int64_t *from, int64_t *to,
                    struct fct_error *err)
{
    const char *p = text.p, *end = text.p + text.n;
    int64_t year;
    int month, day;
    bool is_today = text.n == 5 && memcmp(p, "today", 5) == 0,
         is_yesterday = text.n == 9 && memcmp(p, "yesterday", 9) == 0;

    if (is_today || is_yesterday) {
        local_date(z, now, &year, &month, &day);
        one_day(z, days_from_civil(year, month, day) - is_yesterday, from, to);
        return 0;
    }
    if (parse_calendar(p, end, z, from, to) || parse_relative(p, end, now, z, from, to))
        return 0;
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER,
                    "\"%.*s\" is no date: write 2024-05-01, 2024-05, 2024, today, yesterday, 7d, 2w, 3m or 1y",
                    text.n > 40 ? 40 : (int)text.n, text.p);
}
