#include "http1.h"

#include <ctype.h>
#include <string.h>

/* ---- characters ---- */

/* RFC 9110 section 5.6.2. */
static bool is_token_char(unsigned char c)
{
    return isalnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_value_char(unsigned char c)
{
    return c == '\t' || (c >= 0x20 && c != 0x7f);
}

static int hex_of(unsigned char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

char *http_decode(const char *text, size_t n, bool plus_is_space)
{
    char *out = xmalloc(n + 1), *to = out;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '%') {
            int high = i + 2 < n ? hex_of((unsigned char)text[i + 1]) : -1;
            int low = i + 2 < n ? hex_of((unsigned char)text[i + 2]) : -1;
            if (high < 0 || low < 0 || (high == 0 && low == 0)) {
                free(out);
                return NULL;
            }
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        *to++ = c;
    }
    *to = '\0';
    return out;
}

/* UTF-8 without control characters. */
static bool is_plain_text(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return is_utf8(text);
}

/* ---- asking ---- */

const char *http_header(const struct http_head *h, const char *name)
{
    for (size_t i = 0; i < h->n; i++)
        if (strcmp(h->headers[i].name, name) == 0)
            return h->headers[i].value;
    return NULL;
}

/* Whether the parameters of a list's element say "q=0" (RFC 9110 section 12.4.2). */
static bool is_refused(const char *p, const char *end)
{
    p += strspn(p, " \t;");
    if (p + 3 > end || strncasecmp(p, "q=0", 3) != 0)
        return false;
    return p + 3 + strspn(p + 3, ".0") >= end;
}

static bool list_has(const char *list, const char *token)
{
    size_t n = strlen(token);
    for (const char *p = list; p && *p;) {
        p += strspn(p, " \t,");
        size_t length = strcspn(p, ",");
        size_t name = strcspn(p, " \t,;");
        if (name == n && strncasecmp(p, token, n) == 0)
            return !is_refused(p + name, p + length);
        p += length;
    }
    return false;
}

bool http_header_has(const struct http_head *h, const char *name, const char *token)
{
    for (size_t i = 0; i < h->n; i++)
        if (strcmp(h->headers[i].name, name) == 0 && list_has(h->headers[i].value, token))
            return true;
    return false;
}

char *http_query(const struct http_head *h, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = h->query; *p;) {
        size_t length = strcspn(p, "&");
        if (length > n && p[n] == '=' && strncmp(p, name, n) == 0) {
            char *value = http_decode(p + n + 1, length - n - 1, true);
            if (value && is_plain_text(value))
                return value;
            free(value);
            return NULL;
        }
        p += length + (p[length] == '&');
    }
    return NULL;
}

void http_head_done(struct http_head *h)
{
    free_wiped(h->text, h->text_n);
    free(h->headers);
    *h = (struct http_head){0};
}

/* ---- the head ---- */

ssize_t http1_head_length(const char *p, size_t n)
{
    size_t end = n < HTTP_HEAD_MAX ? n : HTTP_HEAD_MAX;
    for (size_t i = 0; i < end; i++) {
        if (p[i] != '\n')
            continue;
        if (i == 0 || p[i - 1] != '\r')
            return -1;
        if (i >= 3 && p[i - 2] == '\n')
            return (ssize_t)i + 1;
    }
    return n >= HTTP_HEAD_MAX ? -1 : 0;
}

static enum http_method method_of(const char *s)
{
    static const struct {
        const char *name;
        enum http_method method;
    } known[] = {{"GET", HTTP_GET}, {"HEAD", HTTP_HEAD}, {"POST", HTTP_POST}, {"OPTIONS", HTTP_OPTIONS}};
    for (size_t i = 0; i < N_OF(known); i++)
        if (strcmp(s, known[i].name) == 0)
            return known[i].method;
    return HTTP_OTHER;
}

/* Origin-form (RFC 9112 section 3.2.1); "*" of OPTIONS is taken as the path "*". */
static int parse_target(char *target, struct http_head *out, const char **why)
{
    *why = "the target is no path";
    if (strlen(target) > HTTP_TARGET_MAX)
        return 414;
    if (target[0] != '/' && strcmp(target, "*") != 0)
        return 400;
    for (const unsigned char *p = (const unsigned char *)target; *p; p++)
        if (*p <= 0x20 || *p >= 0x7f || strchr("\"<>\\^`{|}#", *p))
            return 400;
    out->path = target;
    char *mark = strchr(target, '?');
    if (mark)
        *mark = '\0';
    out->query = mark ? mark + 1 : target + strlen(target);
    return 0;
}

static int parse_request_line(char *line, struct http_head *out, const char **why)
{
    char *target = strchr(line, ' '), *version = target ? strchr(target + 1, ' ') : NULL;
    *why = "the request line is malformed";
    if (!version || strchr(version + 1, ' '))
        return 400;
    *target++ = '\0';
    *version++ = '\0';
    for (const char *p = line; *p || p == line; p++)
        if (!is_token_char((unsigned char)*p))
            return 400;
    if (strncmp(version, "HTTP/", 5) != 0 || !isdigit((unsigned char)version[5]) || version[6] != '.' ||
        !isdigit((unsigned char)version[7]) || version[8])
        return 400;
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
        return 505;
    out->is_1_0 = version[7] == '0';
    out->method = method_of(line);
    return parse_target(target, out, why);
}

static bool parse_header(char *line, struct http_header *out)
{
    char *colon = strchr(line, ':');
    if (!colon || colon == line)
        return false; /* a folded line ends here, too: its first byte is no token's */
    for (char *p = line; p < colon; p++) {
        if (!is_token_char((unsigned char)*p))
            return false;
        *p = (char)tolower((unsigned char)*p);
    }
    *colon = '\0';
    char *value = colon + 1 + strspn(colon + 1, " \t"), *end = value + strlen(value);
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        *--end = '\0';
    for (const char *p = value; *p; p++)
        if (!is_value_char((unsigned char)*p))
            return false;
    *out = (struct http_header){line, value};
    return true;
}

static unsigned count_of(const struct http_head *h, const char *name)
{
    unsigned n = 0;
    for (size_t i = 0; i < h->n; i++)
        n += strcmp(h->headers[i].name, name) == 0;
    return n;
}

static bool read_length(const char *text, uint64_t *out)
{
    size_t n = strlen(text);
    if (n == 0 || n > 18 || strspn(text, "0123456789") != n)
        return false;
    *out = strtoull(text, NULL, 10);
    return true;
}

/* RFC 9112 section 6.3: where the body ends. */
static int find_framing(struct http_head *h, const char **why)
{
    const char *length = http_header(h, "content-length"), *coding = http_header(h, "transfer-encoding");
    *why = "it is not clear where the body ends";
    if (count_of(h, "content-length") > 1 || count_of(h, "transfer-encoding") > 1 || (length && coding))
        return 400;
    if (coding && (h->is_1_0 || strcasecmp(coding, "chunked") != 0))
        return h->is_1_0 ? 400 : 501;
    if (length && !read_length(length, &h->length))
        return 400;
    h->has_length = length != NULL;
    h->is_chunked = coding != NULL;
    return 0;
}

/* What must or may stand once only, whatever is made of it later. */
static bool is_single(const struct http_head *h)
{
    static const char *const names[] = {"host",
                                        "authorization",
                                        "origin",
                                        "content-type",
                                        "range",
                                        "upgrade",
                                        "sec-websocket-key",
                                        "sec-websocket-version"};
    for (size_t i = 0; i < N_OF(names); i++)
        if (count_of(h, names[i]) > 1)
            return false;
    return h->is_1_0 || http_header(h, "host");
}

static int parse_lines(char *p, char *end, struct http_head *out, const char **why)
{
    int status = 0;
    bool is_first = true;
    while (p < end) {
        char *cr = memchr(p, '\r', (size_t)(end - p));
        *why = "a header is malformed";
        if (!cr || cr + 1 >= end || cr[1] != '\n' || memchr(p, '\0', (size_t)(cr - p)))
            return 400;
        *cr = '\0';
        if (is_first)
            status = parse_request_line(p, out, why);
        else if (out->n == HTTP_HEADERS_MAX)
            return *why = "there are too many headers", 431;
        else if (!parse_header(p, &out->headers[out->n]))
            return 400;
        else
            out->n++;
        if (status)
            return status;
        is_first = false;
        p = cr + 2;
    }
    return is_first ? 400 : 0;
}

int http1_head_parse(const char *p, size_t n, struct http_head *out, const char **why)
{
    *out = (struct http_head){.text = xstrndup(p, n), .text_n = n};
    out->headers = xcalloc(HTTP_HEADERS_MAX, sizeof(*out->headers));
    int status = parse_lines(out->text, out->text + n - 2, out, why); /* but for the empty line */
    if (status == 0)
        status = find_framing(out, why);
    if (status == 0 && !is_single(out)) {
        *why = "Host is missing, or a header stands twice";
        status = 400;
    }
    if (status) {
        http_head_done(out);
        return status;
    }
    out->wants_close = http_header_has(out, "connection", "close") ||
                       (out->is_1_0 && !http_header_has(out, "connection", "keep-alive"));
    return 0;
}

/* ---- chunks ---- */

enum { SIZE, SIZE_LF, DATA, DATA_CR, DATA_LF, LAST_CR, LAST_LF, COMPLETE };
#define SIZE_DIGITS_MAX 12

int http1_chunks_next(struct http1_chunks *c, const char **p, size_t *n, const char **out, size_t *out_n)
{
    while (*n > 0 && c->state != COMPLETE) {
        unsigned char b = (unsigned char)**p;
        if (c->state == DATA) {
            size_t take = *n < c->left ? *n : (size_t)c->left;
            *out = *p;
            *out_n = take;
            c->left -= take;
            if (c->left == 0)
                c->state = DATA_CR;
            *p += take;
            *n -= take;
            return 1;
        }
        ++*p;
        --*n;
        switch (c->state) {
        case SIZE:
            if (b == '\r' && c->digits > 0) {
                c->state = SIZE_LF;
                break;
            }
            if (hex_of(b) < 0 || ++c->digits > SIZE_DIGITS_MAX)
                return -1;
            c->left = c->left * 16 + (uint64_t)hex_of(b);
            break;
        case SIZE_LF:
            if (b != '\n')
                return -1;
            c->digits = 0;
            c->state = c->left ? DATA : LAST_CR;
            break;
        case DATA_CR:
        case LAST_CR:
            if (b != '\r')
                return -1;
            c->state++;
            break;
        case DATA_LF:
            if (b != '\n')
                return -1;
            c->state = SIZE;
            break;
        case LAST_LF:
            if (b != '\n')
                return -1;
            c->state = COMPLETE;
            break;
        }
    }
    return c->state == COMPLETE ? 2 : 0;
}
