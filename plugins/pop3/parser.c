#include "parser.h"

#include "sasl/sasl.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static void skip_spaces(struct fct_bytes *t)
{
    while (t->n > 0 && (t->p[0] == ' ' || t->p[0] == '\t')) {
        t->p++;
        t->n--;
    }
}

static bool take_word(struct fct_bytes *t, struct fct_bytes *out)
{
    skip_spaces(t);
    *out = (struct fct_bytes){t->p, 0};
    while (t->n > 0 && t->p[0] != ' ' && t->p[0] != '\t') {
        t->p++;
        t->n--;
        out->n++;
    }
    return out->n > 0;
}

/* ---- answers -------------------------------------------------------------------------------------------- */

/* "[IN-USE] mailbox is locked" */
static void take_code(struct pop3_status *s)
{
    const char *end = s->text.n > 0 && s->text.p[0] == '[' ? memchr(s->text.p, ']', s->text.n) : NULL;
    size_t n = end ? (size_t)(end - s->text.p) - 1 : 0;
    if (n == 0 || n > POP3_CODE_MAX)
        return;
    for (size_t i = 0; i < n; i++) {
        char c = s->text.p[1 + i];
        if (c < 0x21 || c > 0x7e) {
            s->code[0] = '\0';
            return;
        }
        s->code[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    s->code[n] = '\0';
    s->text.p += n + 2;
    s->text.n -= n + 2;
    skip_spaces(&s->text);
}

static bool begins_with(struct fct_bytes line, const char *word)
{
    size_t n = strlen(word);
    return line.n >= n && strncasecmp(line.p, word, n) == 0 && (line.n == n || line.p[n] == ' ' || line.p[n] == '\t');
}

bool pop3_parse_status(struct fct_bytes line, struct pop3_status *out)
{
    static const struct {
        const char *word;
        enum pop3_kind kind;
    } kinds[] = {{"+OK", POP3_OK}, {"-ERR", POP3_ERR}, {"+", POP3_CONTINUE}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (!begins_with(line, kinds[i].word))
            continue;
        size_t n = strlen(kinds[i].word);
        *out = (struct pop3_status){.kind = kinds[i].kind, .text = {line.p + n, line.n - n}};
        skip_spaces(&out->text);
        if (out->kind == POP3_ERR)
            take_code(out);
        return true;
    }
    return false;
}

bool pop3_parse_number(struct fct_bytes text, uint64_t *out)
{
    uint64_t value = 0;
    size_t n = 0;
    skip_spaces(&text);
    while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9') {
        if (value > (UINT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (uint64_t)(text.p[n++] - '0');
    }
    if (n == 0 || (n < text.n && text.p[n] != ' ' && text.p[n] != '\t' && text.p[n] != '\r'))
        return false;
    *out = value;
    return true;
}

bool pop3_parse_numbered(struct fct_bytes line, uint64_t *out_number, struct fct_bytes *out_rest)
{
    struct fct_bytes word;
    if (!take_word(&line, &word) || !pop3_parse_number(word, out_number) || *out_number == 0)
        return false;
    skip_spaces(&line);
    while (line.n > 0 && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
        line.n--;
    *out_rest = line;
    return true;
}

struct fct_bytes pop3_timestamp(struct fct_bytes greeting)
{
    const char *start = memchr(greeting.p, '<', greeting.n);
    const char *end = start ? memchr(start, '>', (size_t)(greeting.p + greeting.n - start)) : NULL;
    const char *at = end ? memchr(start, '@', (size_t)(end - start)) : NULL; /* as in a msg-id */
    return at ? (struct fct_bytes){start, (size_t)(end - start) + 1} : (struct fct_bytes){0};
}

/* ---- capabilities --------------------------------------------------------------------------------------- */

static void keep_implementation(struct fct_bytes rest, struct pop3_caps *io)
{
    size_t n = 0;
    skip_spaces(&rest);
    for (; n < rest.n && n < sizeof(io->implementation) - 1; n++)
        io->implementation[n] = (char)(rest.p[n] >= 0x20 && rest.p[n] < 0x7f ? rest.p[n] : '?');
    io->implementation[n] = '\0';
}

void pop3_parse_capability(struct fct_bytes line, struct pop3_caps *io)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } known[] = {{"STLS", POP3_CAP_STLS},
                 {"USER", POP3_CAP_USER},
                 {"UIDL", POP3_CAP_UIDL},
                 {"TOP", POP3_CAP_TOP},
                 {"PIPELINING", POP3_CAP_PIPELINING},
                 {"RESP-CODES", POP3_CAP_RESP_CODES},
                 {"AUTH-RESP-CODE", POP3_CAP_AUTH_RESP_CODE},
                 {"UTF8", POP3_CAP_UTF8},
                 {"SASL", POP3_CAP_SASL}};
    struct fct_bytes name, word;
    if (!take_word(&line, &name))
        return;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (wire_equal(name, known[i].name))
            io->bits |= known[i].bit;
    if (wire_equal(name, "IMPLEMENTATION"))
        keep_implementation(line, io);
    while (wire_equal(name, "SASL") && take_word(&line, &word))
        io->mechanisms |= sasl_mechanism_of(word);
}

/* ---- multi-line answers --------------------------------------------------------------------------------- */

static struct fct_bytes take(struct fct_bytes *in, size_t n)
{
    struct fct_bytes piece = {in->p, n};
    in->p += n;
    in->n -= n;
    return piece;
}

/* Up to the next dot that begins a line, which is taken, too, and not in *out. */
static void take_lines(struct pop3_body *b, struct fct_bytes *in, struct fct_bytes *out)
{
    size_t n = b->bare_lf ? 1 : 2;
    const char *dot = memmem(in->p, in->n, b->bare_lf ? "\n." : "\r\n.", n + 1);
    if (dot) {
        *out = take(in, (size_t)(dot - in->p) + n);
        take(in, 1);
        b->at = POP3_AFTER_DOT;
        return;
    }
    *out = take(in, in->n);
    char last = out->p[out->n - 1];
    bool ends_line = last == '\n' && (b->bare_lf || (out->n > 1 && out->p[out->n - 2] == '\r'));
    b->at = ends_line ? POP3_AT_START : last == '\r' ? POP3_AFTER_CR : POP3_IN_LINE;
}

/* What a dot at the beginning of a line is: the end, or one that the server has put before another or before a line. */
static int after_dot(struct pop3_body *b, struct fct_bytes *in, struct fct_bytes *out)
{
    char c = in->p[0];
    if (b->at == POP3_AFTER_DOT && c == '\r') {
        take(in, 1);
        b->at = POP3_AFTER_DOT_CR;
        return -1;
    }
    if (c == '\n' && (b->at == POP3_AFTER_DOT_CR || b->bare_lf)) {
        take(in, 1);
        b->at = POP3_AT_END;
        return 2;
    }
    if (b->at == POP3_AFTER_DOT) {
        b->at = POP3_IN_LINE;
        return -1;
    }
    *out = (struct fct_bytes){"\r", 1}; /* a line that begins with a CR, behind a stuffed dot */
    b->at = POP3_AFTER_CR;
    return 1;
}

int pop3_body_next(struct pop3_body *b, struct fct_bytes *in, struct fct_bytes *out)
{
    while (in->n > 0 && b->at != POP3_AT_END) {
        if (b->at == POP3_AFTER_DOT || b->at == POP3_AFTER_DOT_CR) {
            int result = after_dot(b, in, out);
            if (result > 0)
                return result;
        } else if (b->at == POP3_AT_START && in->p[0] == '.') {
            take(in, 1);
            b->at = POP3_AFTER_DOT;
        } else if (b->at == POP3_AFTER_CR && in->p[0] == '\n') {
            *out = take(in, 1);
            b->at = POP3_AT_START;
            return 1;
        } else {
            take_lines(b, in, out);
            return 1;
        }
    }
    return b->at == POP3_AT_END ? 2 : 0;
}
