#include "mime/words.h"

#include "base/cleanup.h"
#include "mime/base64.h"
#include "mime/charset.h"
#include "mime/limits.h"
#include "mime/utf8.h"

#include <ctype.h>
#include <strings.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

enum { CHARSET_MAX = 60 };

struct encoded_word {
    char charset[CHARSET_MAX + 1];
    char encoding; /* 'q' or 'b' */
    struct fct_bytes text;
    size_t length; /* of the whole word */
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* RFC 2047 section 2: "=?" charset "?" encoding "?" encoded-text "?=", no white space inside. The 75 characters that it
 * allows at most are exceeded so often that nobody holds senders to them. */
static bool read_encoded_word(const char *p, const char *end, struct encoded_word *w)
{
    if (end - p < 8 || p[0] != '=' || p[1] != '?')
        return false;
    const char *c = p + 2;
    size_t n = 0;
    while (c < end && *c != '?' && !is_space(*c)) {
        if (n == CHARSET_MAX)
            return false;
        w->charset[n++] = *c++;
    }
    w->charset[n] = '\0';
    char *language = strchr(w->charset, '*'); /* RFC 2231 section 5 */
    if (language)
        *language = '\0';
    if (!w->charset[0] || end - c < 5 || c[0] != '?' || c[2] != '?')
        return false;
    w->encoding = (char)tolower((unsigned char)c[1]);
    if (w->encoding != 'q' && w->encoding != 'b')
        return false;
    const char *text = c + 3;
    for (c = text; c < end && *c != '?'; c++)
        if (is_space(*c))
            return false;
    if (end - c < 2 || c[1] != '=')
        return false;
    w->text = bytes_of(text, (size_t)(c - text));
    w->length = (size_t)(c + 2 - p);
    return true;
}

static bool encoded_word_at(const char *p, const char *end, struct encoded_word *w)
{
    return read_encoded_word(p, end, w) && (w->length == (size_t)(end - p) || is_space(p[w->length]));
}

size_t words_encoded_length(const char *p, const char *end)
{
    struct encoded_word w;
    return read_encoded_word(p, end, &w) ? w.length : 0;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void decode_q(struct fct_bytes in, struct buf *out)
{
    for (size_t i = 0; i < in.n; i++) {
        char c = in.p[i];
        if (c == '_') {
            c = ' ';
        } else if (c == '=' && i + 2 < in.n && hex_value(in.p[i + 1]) >= 0 && hex_value(in.p[i + 2]) >= 0) {
            c = (char)(hex_value(in.p[i + 1]) << 4 | hex_value(in.p[i + 2]));
            i += 2;
        }
        buf_add_char(out, c);
    }
}

static void decode_b(struct fct_bytes in, struct buf *out)
{
    struct base64 state = {0};
    char *to = buf_reserve(out, in.n / 4 * 3 + 3);
    buf_grown(out, base64_decode_step(&state, in.p, in.n, to));
}

/* Decoded bytes in a charset, to the output; control characters are dropped (RFC 8621 section 4.1.2.2, 4). */
static void flush_word(struct buf *bytes, const char *charset, struct buf *out)
{
    if (!bytes->n)
        return;
    size_t from = out->n;
    size_t kept = 0;
    bool wide = strncasecmp(charset, "utf-16", 6) == 0 || strncasecmp(charset, "utf-32", 6) == 0 ||
                strncasecmp(charset, "ucs", 3) == 0;
    if (!wide) {
        for (size_t i = 0; i < bytes->n; i++)
            if (bytes->p[i])
                bytes->p[kept++] = bytes->p[i];
        bytes->n = kept;
    }
    charset_add(out, charset, buf_bytes(bytes));
    buf_clear(bytes);
    kept = from;
    for (size_t i = from; i < out->n; i++)
        if ((unsigned char)out->p[i] >= 0x20 && out->p[i] != 0x7F)
            out->p[kept++] = out->p[i];
    out->n = kept;
    if (out->p)
        out->p[kept] = '\0';
}

/* Text that is not encoded: line ends and NUL off, 8-bit mended. */
static void add_plain(struct fct_bytes s, bool is_utf8, struct buf *out)
{
    size_t i = 0;
    while (i < s.n) {
        size_t run = i;
        while (run < s.n && s.p[run] != '\r' && s.p[run] != '\n' && s.p[run])
            run++;
        if (run > i) {
            if (is_utf8)
                buf_add(out, s.p + i, run - i);
            else
                charset_add(out, "windows-1252", bytes_of(s.p + i, run - i));
        }
        i = run + 1;
    }
}

void words_decode(struct fct_bytes raw, struct buf *out)
{
    if (!raw.n)
        return;
    CLEANUP(buf_done) struct buf bytes = {0};
    const char *p = raw.p, *end = raw.p + raw.n, *plain = p;
    bool is_utf8 = utf8_is_valid(raw), after_word = false;
    char charset[CHARSET_MAX + 1] = "";
    struct encoded_word w;

    while (p < end) {
        const char *word = p;
        while (word < end && is_space(*word))
            word++;
        bool starts = word == raw.p || word > p;
        if (starts && word < end && *word == '=' && encoded_word_at(word, end, &w) &&
            (strcasecmp(charset, w.charset) == 0 || charset_is_known(w.charset))) {
            /* White space between two encoded words is not shown (section 6.2). Words of one charset are joined before
             * conversion: senders cut in the middle of a character. */
            if (!after_word) {
                add_plain(bytes_of(plain, (size_t)(word - plain)), is_utf8, out);
            } else if (strcasecmp(charset, w.charset) != 0) {
                flush_word(&bytes, charset, out);
            }
            memcpy(charset, w.charset, sizeof(charset));
            if (w.encoding == 'q')
                decode_q(w.text, &bytes);
            else
                decode_b(w.text, &bytes);
            after_word = true;
            p = plain = word + w.length;
            continue;
        }
        if (after_word && word < end) {
            flush_word(&bytes, charset, out);
            after_word = false;
        }
        p = word;
        while (p < end && !is_space(*p))
            p++;
    }
    flush_word(&bytes, charset, out);
    add_plain(bytes_of(plain, (size_t)(end - plain)), is_utf8, out);
}

/* Whether NFC can change the text at all: nothing below U+0300 composes with what precedes it. And whether it may be
 * tried: long rows of marks make reordering quadratic. */
static bool wants_normalizing(struct fct_bytes s)
{
    bool wants = false;
    size_t marks = 0, len;
    for (size_t i = 0; i < s.n; i += len) {
        if ((unsigned char)s.p[i] < 0xCC) {
            len = 1;
            if ((unsigned char)s.p[i] < 0x80)
                marks = 0;
            continue;
        }
        wants = true;
        uint32_t c = utf8_get(s.p + i, s.n - i, &len);
        marks = u_getCombiningClass((UChar32)c) ? marks + 1 : 0;
        if (marks > MIME_MAX_NORMALIZE_MARKS)
            return false;
    }
    return wants;
}

void words_normalize(struct buf *out, size_t from)
{
    if (out->n == from)
        return;
    struct fct_bytes s = bytes_of(out->p + from, out->n - from);
    if (!wants_normalizing(s) || s.n > MIME_MAX_FIELD_BYTES)
        return;
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);
    CLEANUP(freep) UChar *wide = malloc((s.n + 1) * sizeof(UChar));
    CLEANUP(freep) UChar *composed = malloc((s.n * 3 + 1) * sizeof(UChar));
    int32_t n = 0;
    if (!wide || !composed)
        return;
    u_strFromUTF8WithSub(wide, (int32_t)s.n + 1, &n, s.p, (int32_t)s.n, 0xFFFD, NULL, &status);
    if (U_FAILURE(status) || unorm2_quickCheck(nfc, wide, n, &status) == UNORM_YES)
        return;
    n = unorm2_normalize(nfc, wide, n, composed, (int32_t)s.n * 3 + 1, &status);
    if (U_FAILURE(status))
        return;
    out->n = from;
    for (int32_t i = 0; i < n;) {
        UChar32 c;
        U16_NEXT(composed, i, n, c);
        buf_add_utf8(out, (uint32_t)c);
    }
}

void words_text(struct fct_bytes raw, struct buf *out)
{
    size_t from = out->n;
    /* Unfolding may leave a line end in front: it is off first, so that the spaces after it count as leading. */
    while (raw.n && (*raw.p == ' ' || *raw.p == '\r' || *raw.p == '\n')) {
        raw.p++;
        raw.n--;
    }
    words_decode(raw, out);
    words_normalize(out, from);
}
