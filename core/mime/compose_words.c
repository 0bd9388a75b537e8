#include "mime/compose_words.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "mime/encode.h"
#include "mime/utf8.h"

#define LINE_WIDTH 76
#define LONGEST_PIECE 900  /* a line must not be longer than 998: RFC 5322 section 2.1.1 */
#define WORD_MAX 75        /* of an encoded word: RFC 2047 section 2 */
#define WORD_CHARS_MIN 12  /* one character of UTF-8 */
#define PARAMETER_BYTES 60 /* of a value before it is cut into pieces, RFC 2231 section 3 */

bool is_ascii_text(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
            return false;
    return true;
}

bool has_control(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return true;
    return false;
}

bool is_token(const char *s)
{
    for (const char *p = s; *p; p++)
        if ((unsigned char)*p <= 0x20 || (unsigned char)*p > 0x7e || strchr("()<>@,;:\\\"/[]?=", *p))
            return false;
    return *s != '\0';
}

/* ---- folding ---- */

void field_begin(struct field_writer *w, struct buf *out, const char *name)
{
    *w = (struct field_writer){out, strlen(name) + 1, false};
    buf_addf(out, "%s:", name);
}

void field_piece(struct field_writer *w, struct fct_bytes piece)
{
    if (w->column + 1 + piece.n > LINE_WIDTH && w->has_piece) {
        buf_add_str(w->out, "\r\n");
        w->column = 0;
    }
    buf_add_char(w->out, ' ');
    buf_add(w->out, piece.p, piece.n);
    w->column += 1 + piece.n;
    w->has_piece = true;
}

void field_glue(struct field_writer *w, const char *text)
{
    buf_add_str(w->out, text);
    w->column += strlen(text);
}

void field_end(struct field_writer *w)
{
    buf_add_str(w->out, "\r\n");
}

/* ---- encoded words ---- */

static bool is_q_plain(unsigned char c)
{
    /* what may stand unencoded in a phrase, too: RFC 2047 section 5 (3) */
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '!' || c == '*' ||
           c == '+' || c == '-' || c == '/';
}

static size_t q_length(struct fct_bytes s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += is_q_plain((unsigned char)s.p[i]) || s.p[i] == ' ' ? 1 : 3;
    return n;
}

static void add_q(struct fct_bytes s, struct buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == ' ')
            buf_add_char(out, '_');
        else if (is_q_plain(c))
            buf_add_char(out, (char)c);
        else
            buf_addf(out, "=%02X", c);
    }
}

/* A text on its way into encoded words: in the smallest charset that has all of it, and the shorter of both encodings.
 */
struct words {
    struct buf text; /* in that charset; no control characters */
    struct fct_bytes rest;
    const char *charset;
    bool is_utf8, as_q;
};

static void words_init(struct words *s, const char *text)
{
    CLEANUP(freep) char *clean = xstrdup(text);
    for (char *c = clean; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    *s = (struct words){0};
    s->is_utf8 = !utf8_to_latin1(bytes_str(clean), &s->text);
    if (s->is_utf8)
        buf_add_str(&s->text, clean);
    s->charset = s->is_utf8 ? "UTF-8" : utf8_is_ascii(buf_bytes(&s->text)) ? "US-ASCII" : "ISO-8859-1";
    s->rest = buf_bytes(&s->text);
    s->as_q = q_length(s->rest) < (s->rest.n + 2) / 3 * 4;
}

static void words_done(struct words *s)
{
    buf_done(&s->text);
}

static size_t words_frame(const struct words *s)
{
    return strlen("=?") + strlen(s->charset) + strlen("?Q?") + strlen("?=");
}

/* The next word, of at most so many characters without its frame, cut between characters. */
static void words_next(struct words *s, size_t max, struct buf *out)
{
    size_t n = 0;
    for (size_t next = 0; next < s->rest.n; n = next) {
        for (next++; s->is_utf8 && next < s->rest.n && ((unsigned char)s->rest.p[next] & 0xC0) == 0x80; next++)
            ;
        if (s->as_q ? q_length(bytes_of(s->rest.p, next)) > max : (next + 2) / 3 * 4 > max)
            break;
    }
    struct fct_bytes part = bytes_of(s->rest.p, n ? n : s->rest.n);
    buf_addf(out, "=?%s?%c?", s->charset, s->as_q ? 'Q' : 'B');
    if (s->as_q)
        add_q(part, out);
    else
        encode_base64(part, out);
    buf_add_str(out, "?=");
    s->rest.p += part.n;
    s->rest.n -= part.n;
}

/* What an encoded word may take that stands on the line of the name: that line is no longer than others, either (RFC
 * 2047 section 2). */
static size_t word_room(const struct field_writer *w, size_t frame)
{
    size_t taken = w->column + 1 + frame;
    size_t room = taken < LINE_WIDTH ? LINE_WIDTH - taken : 0, most = WORD_MAX - frame;
    if (w->has_piece || room > most)
        return most;
    return room < WORD_CHARS_MIN ? WORD_CHARS_MIN : room;
}

static void field_encoded(struct field_writer *w, const char *text)
{
    CLEANUP(words_done) struct words s = {0};
    words_init(&s, text);
    while (s.rest.n) {
        CLEANUP(buf_done) struct buf word = {0};
        words_next(&s, word_room(w, words_frame(&s)), &word);
        field_piece(w, buf_bytes(&word));
    }
}

/* ---- text and phrases ---- */

/* A word, or one with the spaces before it, which are not folded. */
static bool has_long_piece(const char *s)
{
    size_t n = 0;
    for (char before = ' '; *s; before = *s++) {
        n = *s == ' ' && before != ' ' ? 1 : n + 1;
        if (n > LONGEST_PIECE)
            return true;
    }
    return false;
}

static bool stands_as_it_is(const char *s)
{
    size_t n = strlen(s);
    return is_ascii_text(s) && !strstr(s, "=?") && !has_long_piece(s) && (n == 0 || (s[0] != ' ' && s[n - 1] != ' '));
}

void field_text(struct field_writer *w, const char *text)
{
    if (!stands_as_it_is(text)) {
        field_encoded(w, text);
        return;
    }
    /* a fold goes before a space that is there anyway; several spaces stay together with the word behind them */
    const char *at = text;
    while (*at) {
        size_t spaces = strspn(at, " "), word = strcspn(at + spaces, " ");
        const char *from = spaces > 1 ? at + 1 : at + spaces;
        field_piece(w, bytes_of(from, (size_t)(at + spaces + word - from)));
        at += spaces + word;
    }
}

static bool is_atoms(const char *s)
{
    for (const char *p = s; *p; p++)
        if (*p != ' ' && !((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') ||
                           strchr("!#$%&'*+-/=?^_`{|}~", *p)))
            return false;
    return *s != '\0' && !strstr(s, "  ");
}

static size_t quoted_length(const char *s)
{
    size_t n = strlen("\"\"");
    for (; *s; s++)
        n += *s == '"' || *s == '\\' ? 2 : 1;
    return n;
}

void field_phrase(struct field_writer *w, const char *text)
{
    if (!stands_as_it_is(text) ||
        (quoted_length(text) > LONGEST_PIECE && !is_atoms(text))) { /* a quoted string is one piece */
        field_encoded(w, text);
        return;
    }
    if (is_atoms(text)) {
        field_text(w, text);
        return;
    }
    CLEANUP(buf_done) struct buf quoted = {0};
    buf_add_char(&quoted, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            buf_add_char(&quoted, '\\');
        buf_add_char(&quoted, *p);
    }
    buf_add_char(&quoted, '"');
    field_piece(w, buf_bytes(&quoted));
}

/* ---- parameters ---- */

static void add_percent(struct fct_bytes s, struct buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
                     c == '-' || c == '_';
        if (plain)
            buf_add_char(out, (char)c);
        else
            buf_addf(out, "%%%02X", c);
    }
}

/* RFC 2231: in pieces when it is long, cut anywhere, since the pieces are joined before they are decoded. */
static void extended_parameter(struct field_writer *w, const char *name, struct fct_bytes value)
{
    size_t around = strlen(name) + strlen(" *00*=UTF-8'';"), step = (LINE_WIDTH - around) / 3;
    bool is_long = value.n > step;
    step = is_long ? step : value.n;
    unsigned i = 0;
    do {
        CLEANUP(buf_done) struct buf piece = {0};
        size_t n = value.n < step ? value.n : step;
        if (is_long)
            buf_addf(&piece, "%s*%u*=", name, i);
        else
            buf_addf(&piece, "%s*=", name);
        if (i == 0)
            buf_add_str(&piece, "UTF-8''");
        add_percent(bytes_of(value.p, n), &piece);
        field_glue(w, ";");
        field_piece(w, buf_bytes(&piece));
        value.p += n;
        value.n -= n;
        i++;
    } while (value.n);
}

/* Many programs decode encoded words in a parameter, too. */
static bool is_plain_value(const char *value)
{
    return is_ascii_text(value) && strlen(value) <= PARAMETER_BYTES && !strstr(value, "=?");
}

static void plain_parameter(struct field_writer *w, const char *name, const char *value)
{
    CLEANUP(buf_done) struct buf piece = {0};
    buf_addf(&piece, "%s=", name);
    if (is_token(value)) {
        buf_add_str(&piece, value);
    } else {
        buf_add_char(&piece, '"');
        for (const char *p = value; *p; p++) {
            if (*p == '"' || *p == '\\')
                buf_add_char(&piece, '\\');
            buf_add_char(&piece, *p);
        }
        buf_add_char(&piece, '"');
    }
    field_glue(w, ";");
    field_piece(w, buf_bytes(&piece));
}

void field_parameter(struct field_writer *w, const char *name, const char *value)
{
    if (is_plain_value(value))
        plain_parameter(w, name, value);
    else
        extended_parameter(w, name, bytes_str(value));
}

void field_parameter_words(struct field_writer *w, const char *name, const char *value)
{
    CLEANUP(words_done) struct words s = {0};
    if (is_plain_value(value)) {
        plain_parameter(w, name, value);
        return;
    }
    words_init(&s, value);
    size_t frame = words_frame(&s), used = strlen(name) + 3; /* ="..." */
    field_glue(w, ";");
    for (bool is_first = true; s.rest.n; is_first = false) {
        CLEANUP(buf_done) struct buf piece = {0};
        if (is_first)
            buf_addf(&piece, "%s=\"", name);
        words_next(&s, WORD_MAX - frame - used, &piece);
        if (!s.rest.n)
            buf_add_char(&piece, '"');
        field_piece(w, buf_bytes(&piece));
    }
}
