#include "mime/fields.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "mime/charset.h"
#include "mime/limits.h"
#include "mime/utf8.h"

#include <ctype.h>
#include <strings.h>

enum { DATE_TOKENS = 12, DATE_BYTES = 200 };

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

/* Behind the comment that begins at p, nested ones counted, not recursed into. */
static const char *skip_comment(const char *p, const char *end)
{
    unsigned depth = 0;
    for (; p < end; p++) {
        if (*p == '\\')
            p++;
        else if (*p == '(')
            depth++;
        else if (*p == ')' && --depth == 0)
            return p + 1;
    }
    return end;
}

/* ---- lists of strings -------------------------------------------------------------------------------------- */

struct strings {
    char **v;
    size_t n, cap, max;
    bool keep_last;
};

static void strings_add(struct strings *s, char *item)
{
    if (s->n == s->max) {
        if (!s->keep_last) {
            free(item);
            return;
        }
        /* A ring would do without the copy; n is at most 100 and this path is for the absurd. */
        free(s->v[0]);
        memmove(s->v, s->v + 1, (s->n - 1) * sizeof(*s->v));
        s->n--;
    }
    if (s->n + 1 >= s->cap) {
        s->cap = s->cap ? s->cap * 2 : 4;
        s->v = xreallocarray(s->v, s->cap, sizeof(*s->v));
    }
    s->v[s->n++] = item;
    s->v[s->n] = NULL;
}

void strings_free(char **v)
{
    for (size_t i = 0; v && v[i]; i++)
        free(v[i]);
    free(v);
}

/* The text without white space, as UTF-8; NULL when nothing is left. */
static char *squeezed(const char *p, const char *end)
{
    struct buf raw = {0}, out = {0};
    for (; p < end; p++)
        if (!is_space(*p))
            buf_add_char(&raw, *p);
    charset_add_guess(&out, buf_bytes(&raw));
    buf_done(&raw);
    if (out.n)
        return buf_steal(&out);
    buf_done(&out);
    return NULL;
}

/* Everything in <>, comments skipped. A '<' within begins anew: "<a@b <c@d>" has one id that is whole. */
static void collect_bracketed(struct fct_bytes raw, struct strings *out)
{
    const char *p = raw.p, *end = raw.p + raw.n;
    while (p < end) {
        if (*p == '(') {
            p = skip_comment(p, end);
            continue;
        }
        if (*p++ != '<')
            continue;
        const char *begin = p;
        while (p < end && *p != '>' && *p != '<')
            p++;
        if (p < end && *p == '<')
            continue;
        char *id = squeezed(begin, p);
        if (id)
            strings_add(out, id);
    }
}

/* Without brackets: the words that have an @, or the word that stands alone. */
static void collect_bare_ids(struct fct_bytes raw, struct strings *out)
{
    const char *p = raw.p, *end = raw.p + raw.n, *only = NULL, *only_end = NULL;
    size_t words = 0;
    while (p < end) {
        if (*p == '(') {
            p = skip_comment(p, end);
            continue;
        }
        if (is_space(*p) || *p == ',' || *p == '>' || *p == '<') {
            p++;
            continue;
        }
        const char *begin = p;
        while (p < end && !is_space(*p) && !strchr(",(<>", *p))
            p++;
        words++;
        only = begin;
        only_end = p;
        if (memchr(begin, '@', (size_t)(p - begin)))
            strings_add(out, squeezed(begin, p));
    }
    if (!out->n && words == 1)
        strings_add(out, squeezed(only, only_end));
}

char **field_message_ids(struct fct_bytes raw)
{
    struct strings out = {.max = MIME_MAX_IDS, .keep_last = true};
    collect_bracketed(raw, &out);
    if (!out.n)
        collect_bare_ids(raw, &out);
    return out.v;
}

char **field_urls(struct fct_bytes raw)
{
    struct strings out = {.max = MIME_MAX_URLS};
    collect_bracketed(raw, &out);
    return out.v;
}

char **field_words(struct fct_bytes raw)
{
    struct strings out = {.max = MIME_MAX_URLS};
    const char *p = raw.p, *end = raw.p + raw.n;
    while (p < end) {
        if (*p == '(') {
            p = skip_comment(p, end);
            continue;
        }
        if (is_space(*p) || *p == ',') {
            p++;
            continue;
        }
        const char *begin = p;
        while (p < end && *p != ',' && *p != '(')
            p++;
        char *word = squeezed(begin, p);
        if (word)
            strings_add(&out, word);
    }
    return out.v;
}

void field_token(struct fct_bytes raw, struct buf *out)
{
    CLEANUP(buf_done) struct buf text = {0};
    const char *p = raw.p, *end = raw.p + raw.n;
    while (p < end && *p != ';') {
        if (*p == '(') {
            p = skip_comment(p, end);
            continue;
        }
        if (*p != '\r' && *p != '\n' && *p != '\0')
            buf_add_char(&text, *p);
        p++;
    }
    size_t from = 0, to = text.n;
    while (from < to && is_space(text.p[from]))
        from++;
    while (to > from && is_space(text.p[to - 1]))
        to--;
    charset_add_guess(out, bytes_of(buf_str(&text) + from, to - from));
}

void field_uncomment(struct fct_bytes raw, struct buf *out)
{
    const char *p = raw.p, *end = raw.p + raw.n;
    bool is_quoted = false;
    while (p < end) {
        if (*p == '(' && !is_quoted) {
            p = skip_comment(p, end);
            buf_add_char(out, ' ');
            continue;
        }
        if (*p == '"')
            is_quoted = !is_quoted;
        else if (*p == '\\' && is_quoted && p + 1 < end)
            buf_add_char(out, *p++);
        buf_add_char(out, *p++);
    }
}

char *field_list_id(struct fct_bytes raw)
{
    struct strings ids = {.max = 1, .keep_last = true};
    collect_bracketed(raw, &ids);
    if (ids.n) {
        char *id = ids.v[0];
        free(ids.v);
        return id;
    }
    struct buf text = {0};
    field_token(raw, &text);
    if (text.n)
        return buf_steal(&text);
    buf_done(&text);
    return NULL;
}

/* ---- dates -------------------------------------------------------------------------------------------------- */

struct date_token {
    const char *p;
    size_t n;
};

struct date_fields {
    int year, month, day, hour, minute, second; /* -1: not seen; month from 1 */
    int zone;
    bool has_zone;
};

static bool is_digit(char c)
{
    return isdigit((unsigned char)c);
}

/* The date without comments and quotes, white space as one space and none around the colons of the time: CFWS may stand
 * between all of its tokens (RFC 5322 section 4.3). Returns its length, at most DATE_BYTES. */
static size_t date_clean(struct fct_bytes raw, char out[DATE_BYTES])
{
    size_t n = 0;
    for (const char *p = raw.p, *end = raw.p + raw.n; p < end && n < DATE_BYTES;) {
        if (*p == '(') {
            p = skip_comment(p, end);
        } else if (!is_space(*p) && *p != '"') {
            bool in_time =
                *p == ':' || (is_digit(*p) && n > 2 && out[n - 1] == ' ' && out[n - 2] == ':' && is_digit(out[n - 3]));
            while (in_time && n && out[n - 1] == ' ')
                n--;
            out[n++] = *p++;
            continue;
        } else {
            p++;
        }
        if (n && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    return n;
}

/* Words of the date, cut at white space and commas. */
static size_t date_tokens(const char *p, const char *end, struct date_token *out)
{
    size_t n = 0;
    while (p < end && n < DATE_TOKENS) {
        if (*p == ' ' || *p == ',') {
            p++;
            continue;
        }
        const char *begin = p;
        while (p < end && *p != ' ' && *p != ',')
            p++;
        out[n++] = (struct date_token){begin, (size_t)(p - begin)};
    }
    return n;
}

/* The number that the digits at *p make, at most `max` of them; -1 when there is none. */
static int number(const char **p, const char *end, int max)
{
    int v = 0, n = 0;
    while (*p < end && n < max && isdigit((unsigned char)**p)) {
        v = v * 10 + (**p - '0');
        (*p)++;
        n++;
    }
    return n ? v : -1;
}

static int month_of(const char *p, size_t n)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (n < 3)
        return -1;
    for (int i = 0; i < 12; i++)
        if (strncasecmp(p, names + 3 * i, 3) == 0)
            return i + 1;
    return -1;
}

/* RFC 5322 section 4.3: two digits are 2000-2049 or 1950-1999, three count from 1900. */
static int full_year(int year, size_t digits)
{
    if (digits <= 2)
        return year < 50 ? year + 2000 : year + 1900;
    return digits == 3 ? year + 1900 : year;
}

static bool parse_zone(struct date_token t, struct date_fields *d)
{
    static const struct {
        const char *name;
        int minutes;
    } names[] = {{"UT", 0},     {"GMT", 0},    {"UTC", 0},    {"Z", 0},      {"EST", -300}, {"EDT", -240},
                 {"CST", -360}, {"CDT", -300}, {"MST", -420}, {"MDT", -360}, {"PST", -480}, {"PDT", -420},
                 {"CET", 60},   {"CEST", 120}, {"MET", 60},   {"MEST", 120}, {"BST", 60},   {"WET", 0},
                 {"WEST", 60},  {"EET", 120},  {"EEST", 180}, {"MSK", 180},  {"JST", 540},  {"IST", 330}};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (bytes_equal_nocase(bytes_of(t.p, t.n), bytes_str(names[i].name))) {
            d->zone = names[i].minutes;
            return true;
        }
    const char *p = t.p, *end = t.p + t.n;
    /* "GMT+0100", "UTC+2" */
    if (t.n > 3 && (strncasecmp(p, "GMT", 3) == 0 || strncasecmp(p, "UTC", 3) == 0))
        p += 3;
    if (p == end || (*p != '+' && *p != '-'))
        return false;
    int sign = *p++ == '-' ? -1 : 1;
    const char *digits = p;
    while (p < end && is_digit(*p))
        p++;
    bool is_short = p - digits == 1 || p - digits == 3; /* "-600" */
    p = digits;
    int h = number(&p, end, is_short ? 1 : 2);
    if (p < end && *p == ':')
        p++;
    int m = number(&p, end, 2);
    if (h < 0)
        return false;
    if (m < 0)
        m = 0;
    if (h > 14 || m > 59)
        h = m = 0; /* RFC 5256 section 2.2: an invalid zone is UTC */
    d->zone = sign * (h * 60 + m);
    return true;
}

/* "AM" or "PM" behind the time. */
static bool parse_half_day(struct date_token t, struct date_fields *d)
{
    bool pm = bytes_equal_nocase(bytes_of(t.p, t.n), bytes_str("PM"));
    if (!pm && !bytes_equal_nocase(bytes_of(t.p, t.n), bytes_str("AM")))
        return false;
    if (d->hour >= 1 && d->hour <= 12)
        d->hour = d->hour % 12 + (pm ? 12 : 0);
    return true;
}

/* "10:00", "10:00:00.123", and with what should stand apart: "10:00:00+0100", "10:00PM". */
static bool parse_time(struct date_token t, struct date_fields *d)
{
    const char *p = t.p, *end = t.p + t.n;
    int h = number(&p, end, 2);
    if (h < 0 || p == end || (*p != ':' && *p != '.'))
        return false;
    p++;
    int m = number(&p, end, 2), s = 0;
    if (m < 0)
        return false;
    if (p < end && (*p == ':' || *p == '.')) {
        p++;
        s = number(&p, end, 2);
    }
    if (h > 24 || m > 59 || s > 60 || s < 0 || (h == 24 && m + s > 0))
        return false;
    d->hour = h; /* 24:00 is the end of the day */
    d->minute = m;
    d->second = s == 60 ? 59 : s; /* a leap second has no place in POSIX time */
    if (p < end && *p == '.')
        while (++p < end && is_digit(*p))
            ;
    struct date_token rest = {p, (size_t)(end - p)};
    if (rest.n && !parse_half_day(rest, d))
        d->has_zone |= parse_zone(rest, d);
    return true;
}

/* "2026-11-23" and "2026-11-23T10:00:00Z" */
static bool parse_iso(struct date_token t, struct date_fields *d)
{
    const char *p = t.p, *end = t.p + t.n;
    int y = number(&p, end, 4);
    if (p != t.p + 4 || p == end || *p != '-')
        return false;
    p++;
    int m = number(&p, end, 2);
    if (m < 1 || m > 12 || p == end || *p != '-')
        return false;
    p++;
    int day = number(&p, end, 2);
    if (day < 1)
        return false;
    d->year = y;
    d->month = m;
    d->day = day;
    if (p < end && (*p == 'T' || *p == 't')) {
        struct date_token time = {p + 1, (size_t)(end - p - 1)};
        parse_time(time, d);
    }
    return true;
}

/* "23-Nov-2026" as some write it. */
static bool parse_dashed(struct date_token t, struct date_fields *d)
{
    const char *p = t.p, *end = t.p + t.n;
    int day = number(&p, end, 2);
    if (day < 1 || end - p < 6 || *p != '-')
        return false;
    int month = month_of(p + 1, (size_t)(end - p - 1));
    if (month < 0 || p[4] != '-')
        return false;
    p += 5;
    const char *digits = p;
    int year = number(&p, end, 4);
    if (year < 0)
        return false;
    d->day = day;
    d->month = month;
    d->year = full_year(year, (size_t)(p - digits));
    return true;
}

static void parse_number(struct date_token t, struct date_fields *d)
{
    const char *p = t.p, *end = t.p + t.n;
    int v = number(&p, end, 4);
    if (v < 0 || p != end)
        return;
    if (d->day < 0 && t.n <= 2)
        d->day = v;
    else if (d->year < 0)
        d->year = full_year(v, t.n);
}

/* Days since 1970-01-01 of a civil date: http://howardhinnant.github.io/date_algorithms.html, days_from_civil. */
static int64_t days_from_civil(int y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    unsigned yoe = (unsigned)(y - era * 400);
    unsigned doy = (153u * (unsigned)(m + (m > 2 ? -3 : 9)) + 2) / 5 + (unsigned)d - 1;
    unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + (int64_t)doe - 719468;
}

static void civil_from_days(int64_t z, int *y, int *m, int *d)
{
    z += 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    *d = (int)(doy - (153 * mp + 2) / 5 + 1);
    *m = (int)(mp < 10 ? mp + 3 : mp - 9);
    *y = (int)(yoe + era * 400) + (*m <= 2);
}

static bool date_finish(const struct date_fields *d, struct field_date *out)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (d->year < 0 || d->year > 9999 || d->month < 1 || d->day < 1 || d->day > days[d->month - 1])
        return false;
    bool is_leap = (d->year % 4 == 0 && d->year % 100 != 0) || d->year % 400 == 0;
    if (d->month == 2 && d->day == 29 && !is_leap)
        return false;
    int64_t seconds = days_from_civil(d->year, d->month, d->day) * 86400;
    if (d->hour >= 0)
        seconds += d->hour * 3600 + d->minute * 60 + d->second;
    out->zone = d->zone;
    out->utc = seconds - d->zone * 60;
    return true;
}

bool field_date_parse(struct fct_bytes raw, struct field_date *out)
{
    char text[DATE_BYTES];
    struct date_token t[DATE_TOKENS];
    struct date_fields d = {-1, -1, -1, -1, 0, 0, 0, false};
    size_t n = date_tokens(text, text + date_clean(raw, text), t);
    for (size_t i = 0; i < n; i++) {
        int month;
        if (is_digit(t[i].p[0])) {
            if (!parse_iso(t[i], &d) && !parse_dashed(t[i], &d) && !parse_time(t[i], &d))
                parse_number(t[i], &d);
        } else if (d.month < 0 && (month = month_of(t[i].p, t[i].n)) > 0) {
            d.month = month;
        } else if (d.hour >= 0 && !parse_half_day(t[i], &d) && !d.has_zone) {
            d.has_zone = parse_zone(t[i], &d);
        }
    }
    return date_finish(&d, out);
}

void field_date_format(struct field_date date, char out[32])
{
    int64_t local = date.utc + date.zone * 60, day = local / 86400, rest = local % 86400;
    int y, m, d;
    if (rest < 0) {
        rest += 86400;
        day--;
    }
    civil_from_days(day, &y, &m, &d);
    int n = snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02d", y, m, d, (int)(rest / 3600), (int)(rest / 60 % 60),
                     (int)(rest % 60));
    if (date.zone == 0)
        snprintf(out + n, 32 - (size_t)n, "Z");
    else
        snprintf(out + n, 32 - (size_t)n, "%c%02d:%02d", date.zone < 0 ? '-' : '+', abs(date.zone) / 60,
                 abs(date.zone) % 60);
}
