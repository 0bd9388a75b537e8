#include "mime/charset.h"

#include "base/cleanup.h"
#include "mime/utf8.h"

#include <errno.h>
#include <gmime/gmime.h>
#include <iconv.h>
#include <strings.h>
#include <unicode/ucnv.h>

enum { CHUNK = 4096 };

/* 0x80 to 0x9F of windows-1252; 0 where it has no character. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

/* Charsets that are read as a superset, since that is what their senders mean. */
static const struct {
    const char *name, *superset;
} supersets[] = {
    {"gb2312", "gb18030"},
    {"gbk", "gb18030"},
    {"gb_2312-80", "gb18030"},
    {"x-gbk", "gb18030"},
    {"shift_jis", "cp932"},
    {"shift-jis", "cp932"},
    {"x-sjis", "cp932"},
    {"sjis", "cp932"},
    {"euc-kr", "cp949"},
    {"ks_c_5601-1987", "cp949"},
    {"ksc5601", "cp949"},
    {"ks_c_5601", "cp949"},
    {"iso-8859-9", "windows-1254"},
    {"tis-620", "cp874"},
    {"iso-8859-11", "cp874"},
    {"big5", "big5-hkscs"},
    {"iso-2022-jp", "iso-2022-jp-3"},
    {"iso-2022-jp-ms", "iso-2022-jp-3"},
    {"cp50220", "iso-2022-jp-3"},
    {"cp50221", "iso-2022-jp-3"},
    {"euc-jp", "euc-jp-ms"},
    {"x-euc-jp", "euc-jp-ms"},
    {"x-mac-roman", "macintosh"},
    {"unicode-1-1-utf-7", "utf-7"},
};

enum kind { KIND_ASCII, KIND_UTF8, KIND_LATIN1, KIND_OTHER };

static enum kind kind_of(const char *charset)
{
    static const char *const ascii[] = {"us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us", "default"};
    static const char *const latin1[] = {"iso-8859-1", "windows-1252", "latin1", "cp1252",
                                         "iso8859-1",  "iso_8859-1",   "x-ansi"};
    if (!charset || !charset[0])
        return KIND_ASCII;
    if (strcasecmp(charset, "utf-8") == 0 || strcasecmp(charset, "utf8") == 0)
        return KIND_UTF8;
    for (size_t i = 0; i < sizeof(ascii) / sizeof(*ascii); i++)
        if (strcasecmp(charset, ascii[i]) == 0)
            return KIND_ASCII;
    for (size_t i = 0; i < sizeof(latin1) / sizeof(*latin1); i++)
        if (strcasecmp(charset, latin1[i]) == 0)
            return KIND_LATIN1;
    return KIND_OTHER;
}

static bool add_windows_1252(struct buf *out, struct fct_bytes in)
{
    bool malformed = false;
    for (size_t i = 0; i < in.n; i++) {
        unsigned char c = (unsigned char)in.p[i];
        if (c >= 0x80 && c < 0xA0) {
            malformed |= !windows_1252[c - 0x80];
            buf_add_utf8(out, windows_1252[c - 0x80] ? windows_1252[c - 0x80] : 0xFFFD);
        } else if (c >= 0x80) {
            buf_add_utf8(out, c);
        } else {
            size_t run = i + 1;
            while (run < in.n && (unsigned char)in.p[run] < 0x80 && in.p[run])
                run++;
            if (!c)
                buf_add_utf8(out, 0xFFFD);
            buf_add(out, in.p + i + !c, run - i - !c);
            i = run - 1;
        }
    }
    return malformed;
}

static iconv_t open_iconv(const char *charset)
{
    for (size_t i = 0; i < sizeof(supersets) / sizeof(*supersets); i++)
        if (strcasecmp(charset, supersets[i].name) == 0) {
            iconv_t cd = iconv_open("UTF-8", supersets[i].superset);
            if (cd != (iconv_t)-1)
                return cd;
        }
    /* A "//" would ask iconv for transliteration and the like. */
    if (strlen(charset) > 60 || strchr(charset, '/'))
        return (iconv_t)-1;
    return iconv_open("UTF-8", g_mime_charset_iconv_name(charset));
}

static UConverter *open_icu(const char *charset)
{
    UErrorCode status = U_ZERO_ERROR;
    if (strlen(charset) > 60)
        return NULL;
    UConverter *c = ucnv_open(charset, &status);
    return U_SUCCESS(status) ? c : NULL;
}

static bool add_by_iconv(struct buf *out, iconv_t cd, struct fct_bytes in)
{
    bool malformed = false, in_run = false;
    char *p = (char *)(uintptr_t)in.p;
    size_t left = in.n;
    while (left) {
        size_t room = CHUNK;
        char *to = buf_reserve(out, room);
        char *end = to;
        size_t r = iconv(cd, &p, &left, &end, &room);
        int error = errno;
        if (end > to)
            in_run = false;
        buf_grown(out, (size_t)(end - to));
        if (r != (size_t)-1 || error == E2BIG)
            continue;
        malformed = true;
        if (!in_run)
            buf_add_utf8(out, 0xFFFD);
        in_run = true;
        p++;
        left--;
    }
    char *to = buf_reserve(out, 64), *end = to;
    size_t room = 64;
    iconv(cd, NULL, NULL, &end, &room);
    buf_grown(out, (size_t)(end - to));
    return malformed;
}

static bool add_by_icu(struct buf *out, UConverter *conv, struct fct_bytes in)
{
    const char *p = in.p, *end = in.p + in.n;
    UChar chunk[1024];
    bool malformed = false;
    for (bool more = true; more;) {
        UErrorCode status = U_ZERO_ERROR;
        UChar *to = chunk;
        ucnv_toUnicode(conv, &to, chunk + 1024, &p, end, NULL, true, &status);
        more = status == U_BUFFER_OVERFLOW_ERROR;
        int32_t n = (int32_t)(to - chunk);
        for (int32_t i = 0; i < n;) {
            UChar32 c;
            U16_NEXT(chunk, i, n, c);
            malformed |= c == 0xFFFD;
            buf_add_utf8(out, (uint32_t)c);
        }
        if (!more && U_FAILURE(status))
            malformed = true;
    }
    return malformed;
}

void charset_add_guess(struct buf *out, struct fct_bytes in)
{
    if (utf8_is_valid(in))
        utf8_add_lenient(out, in, false);
    else
        add_windows_1252(out, in);
}

bool charset_is_known(const char *charset)
{
    if (kind_of(charset) != KIND_OTHER)
        return true;
    iconv_t cd = open_iconv(charset);
    if (cd != (iconv_t)-1) {
        iconv_close(cd);
        return true;
    }
    UConverter *conv = open_icu(charset);
    ucnv_close(conv);
    return conv != NULL;
}

/* iconv lets NUL through, and code points beyond U+10FFFF where it reads some spelling of UTF-8 that is unknown to us.
 */
static void mend(struct buf *out, size_t from)
{
    if (out->n == from)
        return;
    struct fct_bytes text = bytes_of(out->p + from, out->n - from);
    if (!memchr(text.p, '\0', text.n) && utf8_is_valid(text))
        return;
    struct buf tail = {0};
    buf_add(&tail, out->p + from, out->n - from);
    out->n = from;
    utf8_add_lenient(out, buf_bytes(&tail), false);
    buf_done(&tail);
}

/* ISO-2022-JP (RFC 1468) as EUC, whose Microsoft form has the circled digits and the like that Japanese mail is full
 * of, and iconv's ISO-2022-JP has not. */
static void jis_to_euc(struct fct_bytes in, struct buf *out)
{
    static const struct {
        const char *escape;
        char mode; /* 'A': ASCII, 'K': half-width kana, 'D': two bytes, 'S': two bytes, supplement */
    } escapes[] = {{"$@", 'D'}, {"$B", 'D'}, {"$(D", 'S'}, {"(B", 'A'}, {"(J", 'A'}, {"(I", 'K'}};
    char mode = 'A';
    for (size_t i = 0; i < in.n; i++) {
        unsigned char c = (unsigned char)in.p[i], next = i + 1 < in.n ? (unsigned char)in.p[i + 1] : 0;
        size_t skip = 0;
        for (size_t k = 0; c == 0x1B && !skip && k < sizeof(escapes) / sizeof(*escapes); k++) {
            size_t n = strlen(escapes[k].escape);
            if (in.n - i - 1 >= n && memcmp(in.p + i + 1, escapes[k].escape, n) == 0) {
                mode = escapes[k].mode;
                skip = n;
            }
        }
        i += skip;
        if (skip)
            continue;
        bool is_graphic = c > 0x20 && c < 0x7F;
        if (mode == 'K' && is_graphic) {
            buf_add_char(out, (char)0x8E);
            buf_add_char(out, (char)(c | 0x80));
        } else if ((mode == 'D' || mode == 'S') && is_graphic && next > 0x20 && next < 0x7F) {
            if (mode == 'S')
                buf_add_char(out, (char)0x8F);
            buf_add_char(out, (char)(c | 0x80));
            buf_add_char(out, (char)(next | 0x80));
            i++;
        } else {
            buf_add_char(out, (char)c);
        }
    }
}

static bool is_iso_2022_jp(const char *charset)
{
    return strcasestr(charset, "iso-2022-jp") || strncasecmp(charset, "cp5022", 6) == 0;
}

/* Whether it all can be read as the Microsoft form of ISO-2022-JP; then out has that from `from` on. */
static bool retry_iso_2022_jp(struct buf *out, size_t from, struct fct_bytes in)
{
    CLEANUP(buf_done) struct buf euc = {0}, text = {0};
    iconv_t cd = open_iconv("euc-jp-ms");
    if (cd == (iconv_t)-1)
        return false;
    jis_to_euc(in, &euc);
    bool malformed = add_by_iconv(&text, cd, buf_bytes(&euc));
    iconv_close(cd);
    if (malformed)
        return false;
    out->n = from;
    buf_add(out, text.p, text.n);
    return true;
}

/* What cannot be read by its label but is UTF-8 is that: the label is wrong. */
static void retry_utf8(struct buf *out, size_t from, struct fct_bytes in)
{
    if (utf8_is_ascii(in) || !utf8_is_valid(in))
        return;
    out->n = from;
    utf8_add_lenient(out, in, false);
}

/* Appends. Returns whether there was a problem; *out_known whether there is such a charset. */
static bool add_other(struct buf *out, const char *charset, struct fct_bytes in, bool *out_known)
{
    bool malformed = true;
    iconv_t cd = open_iconv(charset);
    if (cd != (iconv_t)-1) {
        malformed = add_by_iconv(out, cd, in);
        iconv_close(cd);
        return malformed;
    }
    UConverter *conv = open_icu(charset);
    *out_known = conv != NULL;
    if (conv) {
        malformed = add_by_icu(out, conv, in);
        ucnv_close(conv);
    }
    return malformed;
}

bool charset_add(struct buf *out, const char *charset, struct fct_bytes in)
{
    bool malformed = false, is_known = true;
    size_t from = out->n;
    if (!in.n)
        return kind_of(charset) == KIND_OTHER && !charset_is_known(charset);
    switch (kind_of(charset)) {
    case KIND_UTF8:
        return utf8_add_lenient(out, in, false);
    case KIND_ASCII:
        if (utf8_is_valid(in))
            return utf8_add_lenient(out, in, false);
        add_windows_1252(out, in);
        return true;
    case KIND_LATIN1:
        malformed = add_windows_1252(out, in);
        break;
    case KIND_OTHER:
        malformed = add_other(out, charset, in, &is_known);
        if (!is_known) {
            charset_add_guess(out, in);
            return true;
        }
        if (malformed && is_iso_2022_jp(charset) && retry_iso_2022_jp(out, from, in))
            malformed = false;
        mend(out, from);
        break;
    }
    if (malformed)
        retry_utf8(out, from, in);
    return malformed;
}
