#include "reply.h"

#include "sasl/sasl.h"

#include <stdio.h>
#include <string.h>

void smtp_reply_clear(struct smtp_reply *r)
{
    r->code = 0;
    r->lines = 0;
    memset(r->detail, 0, sizeof(r->detail));
    r->text.n = 0;
}

void smtp_reply_done(struct smtp_reply *r)
{
    wire_buffer_done(&r->text);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Up to three digits; false when there are none, or more. */
static bool take_number(struct fct_bytes *text, unsigned *out)
{
    size_t n = 0;
    *out = 0;
    while (n < text->n && is_digit(text->p[n])) {
        if (n == 3)
            return false;
        *out = *out * 10 + (unsigned)(text->p[n++] - '0');
    }
    text->p += n;
    text->n -= n;
    return n > 0;
}

static bool take_char(struct fct_bytes *text, char c)
{
    if (text->n == 0 || text->p[0] != c)
        return false;
    text->p++;
    text->n--;
    return true;
}

/* "5.1.1 no such user": its class is that of the reply, or it is something else (RFC 2034 section 4). */
static void parse_detail(struct smtp_reply *r, struct fct_bytes text)
{
    unsigned d[3];
    if (!take_number(&text, &d[0]) || !take_char(&text, '.') || !take_number(&text, &d[1]) || !take_char(&text, '.') ||
        !take_number(&text, &d[2]) || (text.n > 0 && text.p[0] != ' ') || (int)d[0] != r->code / 100)
        return;
    memcpy(r->detail, d, sizeof(d));
}

/* Each line begins with the same code (RFC 2034 section 4): once is enough for whoever reads it (RFC 8621 section 7).
 */
static struct fct_bytes without_detail(const struct smtp_reply *r, struct fct_bytes text)
{
    char code[16];
    size_t n = (size_t)snprintf(code, sizeof(code), "%u.%u.%u", r->detail[0], r->detail[1], r->detail[2]);
    if (r->detail[0] == 0 || text.n < n || memcmp(text.p, code, n) != 0 || (text.n > n && text.p[n] != ' '))
        return text;
    while (n < text.n && text.p[n] == ' ')
        n++;
    return (struct fct_bytes){text.p + n, text.n - n};
}

int smtp_reply_line(struct smtp_reply *r, struct fct_bytes line)
{
    if (line.n < 3 || line.n > SMTP_REPLY_LINE_MAX || line.p[0] < '2' || line.p[0] > '5' || !is_digit(line.p[1]) ||
        !is_digit(line.p[2]) || (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-') || memchr(line.p, '\0', line.n))
        return -1;
    int code = (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 + (line.p[2] - '0');
    if ((r->lines > 0 && code != r->code) || ++r->lines > SMTP_REPLY_LINES_MAX)
        return -1;
    bool is_last = line.n == 3 || line.p[3] == ' ';
    struct fct_bytes text = {line.p + (line.n > 3 ? 4 : 3), line.n - (line.n > 3 ? 4 : 3)};
    r->code = code;
    if (r->lines == 1) {
        parse_detail(r, text);
    } else {
        text = without_detail(r, text);
        wire_buffer_add_char(&r->text, '\n');
    }
    wire_buffer_add(&r->text, text.p, text.n);
    return is_last;
}

/* ---- EHLO ----------------------------------------------------------------------------------------------- */

static struct fct_bytes take_until(struct fct_bytes *rest, const char *ends)
{
    struct fct_bytes word = {rest->p, 0};
    while (word.n < rest->n && !strchr(ends, rest->p[word.n]))
        word.n++;
    size_t used = word.n < rest->n ? word.n + 1 : word.n;
    rest->p += used;
    rest->n -= used;
    return word;
}

static uint64_t parse_size(struct fct_bytes digits)
{
    uint64_t n = 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (!is_digit(digits.p[i]) || n > UINT64_MAX / 10 - 1)
            return 0;
        n = n * 10 + (uint64_t)(digits.p[i] - '0');
    }
    return n;
}

/* "AUTH PLAIN LOGIN"; "AUTH=PLAIN" is what servers said before RFC 2554. */
static void parse_mechanisms(struct fct_bytes words, struct smtp_offer *out)
{
    while (words.n > 0)
        out->mechanisms |= sasl_mechanism_of(take_until(&words, " ="));
}

static void parse_line(struct fct_bytes line, struct smtp_offer *out)
{
    static const struct {
        const char *name;
        uint32_t extension;
    } known[] = {{"PIPELINING", SMTP_EXT_PIPELINING},       {"SIZE", SMTP_EXT_SIZE},
                 {"8BITMIME", SMTP_EXT_8BITMIME},           {"SMTPUTF8", SMTP_EXT_SMTPUTF8},
                 {"CHUNKING", SMTP_EXT_CHUNKING},           {"DSN", SMTP_EXT_DSN},
                 {"STARTTLS", SMTP_EXT_STARTTLS},           {"AUTH", SMTP_EXT_AUTH},
                 {"ENHANCEDSTATUSCODES", SMTP_EXT_ENHANCED}};
    struct fct_bytes rest = line, word = take_until(&rest, " =");
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (!wire_equal(word, known[i].name))
            continue;
        out->extensions |= known[i].extension;
        if (known[i].extension == SMTP_EXT_AUTH)
            parse_mechanisms(rest, out);
        if (known[i].extension == SMTP_EXT_SIZE)
            out->size_max = parse_size(take_until(&rest, " "));
    }
}

void smtp_offer_parse(struct fct_bytes text, struct smtp_offer *out)
{
    struct fct_bytes first = take_until(&text, "\n"), name = take_until(&first, " ");
    *out = (struct smtp_offer){0};
    for (size_t i = 0; i < name.n && i < sizeof(out->name) - 1; i++)
        out->name[i] = name.p[i] > ' ' && name.p[i] < 0x7f ? name.p[i] : '?';
    while (text.n > 0)
        parse_line(take_until(&text, "\n"), out);
}
