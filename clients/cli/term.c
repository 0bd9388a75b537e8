#include "term.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#define WIDTH_MIN 20
#define WIDTH_MAX 1000
#define REPLACEMENT "\xef\xbf\xbd"

/* ---- what kind of terminal -------------------------------------------------------------------------------- */

static int width_of_stdout(bool is_tty)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;
    int width = columns ? (int)strtol(columns, NULL, 10) : 0;

    if (width <= 0 && is_tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        width = size.ws_col ? size.ws_col : 80;
    if (width <= 0)
        return 0;
    return width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
}

void term_setup(struct cli *cli)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    /* Widths of characters come from a UTF-8 locale whatever the user's is: text is UTF-8 here, always. */
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        setlocale(LC_CTYPE, "");
    cli->out_tty = isatty(STDOUT_FILENO);
    cli->err_tty = isatty(STDERR_FILENO);
    cli->width = width_of_stdout(cli->out_tty);
    cli->color = cli->out_tty && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
}

const char *term_bold(const struct cli *cli)
{
    return cli->color ? "\033[1m" : "";
}

const char *term_dim(const struct cli *cli)
{
    return cli->color ? "\033[2m" : "";
}

const char *term_red(const struct cli *cli)
{
    return cli->color ? "\033[31m" : "";
}

const char *term_green(const struct cli *cli)
{
    return cli->color ? "\033[32m" : "";
}

const char *term_plain(const struct cli *cli)
{
    return cli->color ? "\033[0m" : "";
}

/* ---- characters ------------------------------------------------------------------------------------------- */

/* The code point at p and its length; -1 and 1 for a byte that is no UTF-8 (RFC 3629: no overlong forms, no
 * surrogates). */
static int32_t decode(const unsigned char *p, size_t n, size_t *out_length)
{
    int32_t c = p[0];
    size_t length = c < 0x80                ? 1
                    : c >= 0xc2 && c < 0xe0 ? 2
                    : c >= 0xe0 && c < 0xf0 ? 3
                    : c >= 0xf0 && c < 0xf5 ? 4
                                            : 0;

    *out_length = 1;
    if (length == 0 || length > n)
        return -1;
    if (length > 1)
        c &= 0xff >> (length + 1);
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return -1;
        c = c << 6 | (p[i] & 0x3f);
    }
    if ((length == 3 && (c < 0x800 || (c >= 0xd800 && c < 0xe000))) || (length == 4 && (c < 0x10000 || c > 0x10ffff)))
        return -1;
    *out_length = length;
    return c;
}

static bool is_harmful(int32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) /* C0, DEL, C1: ESC and CSI among them */
           || (c >= 0x202a && c <= 0x202e)     /* bidirectional embedding and override */
           || (c >= 0x2066 && c <= 0x2069)     /* bidirectional isolates */
           || c == 0x2028 || c == 0x2029;      /* line and paragraph separators */
}

char *term_clean_bytes(const char *text, size_t n, enum term_clean how)
{
    const unsigned char *p = (const unsigned char *)text, *end = p + n;
    char *out = xmalloc(n * 3 + 1), *to = out;
    size_t length;

    for (; p < end; p += length) {
        int32_t c = decode(p, (size_t)(end - p), &length);
        bool is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (how == TERM_ONE_LINE && is_space) {
            if (to > out && to[-1] != ' ')
                *to++ = ' ';
        } else if (c == '\r' && p + 1 < end && p[1] == '\n') {
            continue;
        } else if (c == '\n' || c == '\t') {
            *to++ = (char)c;
        } else if (c < 0 || is_harmful(c)) {
            memcpy(to, REPLACEMENT, 3);
            to += 3;
        } else {
            memcpy(to, p, length);
            to += length;
        }
    }
    if (how == TERM_ONE_LINE && to > out && to[-1] == ' ')
        to--;
    *to = '\0';
    return out;
}

char *term_clean(const char *text, enum term_clean how)
{
    return term_clean_bytes(text, strlen(text), how);
}

size_t term_fit(const char *text, int columns, int *out_columns)
{
    const unsigned char *start = (const unsigned char *)text, *p = start, *end = p + strlen(text);
    int used = 0;

    while (p < end) {
        size_t length;
        int32_t c = decode(p, (size_t)(end - p), &length);
        int width = c < 0 ? 1 : wcwidth((wchar_t)c);
        if (width < 0)
            width = 1;
        if (used + width > columns)
            break;
        used += width;
        p += length;
    }
    if (out_columns)
        *out_columns = used;
    return (size_t)(p - start);
}

int term_width(const char *text)
{
    int columns;

    term_fit(text, 1 << 20, &columns);
    return columns;
}

/* ---- numbers and dates ------------------------------------------------------------------------------------ */

const char *term_size(int64_t bytes, char out[TERM_SIZE_MAX])
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    double size = (double)bytes;
    int unit = -1;

    while (unit < 3 && size >= 999.5) {
        size /= 1000;
        unit++;
    }
    if (unit < 0)
        snprintf(out, TERM_SIZE_MAX, "%d B", (int)bytes);
    else
        snprintf(out, TERM_SIZE_MAX, size < 9.95 ? "%.1f %s" : "%.0f %s", size, units[unit]);
    return out;
}

/* JMAP's Date: in UTC ("Z"), or with the offset of its sender ("+09:00"). */
static bool parse_date(const char *text, time_t *out)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    int hours = 0, minutes = 0;
    char sign = '+';

    if (!end)
        return false;
    if (sscanf(end, "%c%2d:%2d", &sign, &hours, &minutes) != 3 || (sign != '+' && sign != '-'))
        hours = minutes = 0;
    *out = timegm(&tm) - (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

const char *term_date(const char *utc, char out[TERM_DATE_MAX])
{
    time_t when, now = time(NULL);
    struct tm tm, today;

    out[0] = '\0';
    if (!parse_date(utc, &when) || !localtime_r(&when, &tm) || !localtime_r(&now, &today))
        return out;
    const char *format = tm.tm_year != today.tm_year ? "%Y-%m-%d" : tm.tm_yday == today.tm_yday ? "%H:%M" : "%e %b";
    strftime(out, TERM_DATE_MAX, format, &tm);
    return out;
}

const char *term_long_date(const char *utc, char out[TERM_LONG_DATE_MAX])
{
    time_t when;
    struct tm tm;

    out[0] = '\0';
    if (parse_date(utc, &when) && localtime_r(&when, &tm))
        strftime(out, TERM_LONG_DATE_MAX, "%a, %e %b %Y %H:%M", &tm);
    return out;
}

const char *term_distance(const char *utc, int64_t now, char out[TERM_DISTANCE_MAX])
{
    time_t when;

    out[0] = '\0';
    if (!parse_date(utc, &when))
        return out;
    int64_t s = (int64_t)when - now, far = s < 0 ? -s : s;
    if (far >= 86400)
        return out;
    int n = (int)(far < 90 ? far : far < 5400 ? (far + 30) / 60 : (far + 1800) / 3600);
    const char *unit = far < 90 ? "s" : far < 5400 ? "min" : "h";
    if (far == 0)
        snprintf(out, TERM_DISTANCE_MAX, "now");
    else
        snprintf(out, TERM_DISTANCE_MAX, s > 0 ? "in %d %s" : "%d %s ago", n, unit);
    return out;
}
