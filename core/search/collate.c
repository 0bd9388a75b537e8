/* Strings to bytes that memcmp orders: the collations of RFC 4790 section 9 and RFC 5051, and by default the Unicode
 * Collation Algorithm without regard to case. */
#include "search/search.h"
#include "search/sort.h"

#include <pthread.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/ucol.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#define TEXT_MAX 1024 /* bytes of a string that count */

static UCollator *root_collator;
static pthread_once_t root_once = PTHREAD_ONCE_INIT;

/* Kept for the life of the process; ucol_getSortKey on a collator that nobody changes is thread-safe. */
static void open_root(void)
{
    UErrorCode e = U_ZERO_ERROR;

    root_collator = ucol_open("", &e);
    if (U_FAILURE(e))
        root_collator = NULL;
    else
        ucol_setStrength(root_collator, UCOL_SECONDARY);
}

static size_t cut(const char *text)
{
    size_t n = strnlen(text, TEXT_MAX + 1);
    if (n <= TEXT_MAX)
        return n;
    n = TEXT_MAX;
    while (n > 0 && U8_IS_TRAIL(text[n]))
        n--;
    return n;
}

static void key_ascii(const char *text, struct buf *out)
{
    size_t n = cut(text);
    for (size_t i = 0; i < n; i++)
        buf_add_char(out, (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 32 : text[i]));
}

static void key_default(const char *text, struct buf *out)
{
    UErrorCode e = U_ZERO_ERROR;
    UChar wide[TEXT_MAX + 1];
    int32_t n;

    pthread_once(&root_once, open_root);
    u_strFromUTF8WithSub(wide, TEXT_MAX + 1, &n, text, (int32_t)cut(text), 0xfffd, NULL, &e);
    if (U_FAILURE(e) || !root_collator) {
        key_ascii(text, out);
        return;
    }
    int32_t need = ucol_getSortKey(root_collator, wide, n, NULL, 0);
    uint8_t *to = (uint8_t *)buf_reserve(out, (size_t)need);
    buf_grown(out, (size_t)ucol_getSortKey(root_collator, wide, n, to, need));
}

/* RFC 5051 section 2: each character to title case, then decomposed. */
static void key_unicode(const char *text, struct buf *out)
{
    UErrorCode e = U_ZERO_ERROR;
    const UNormalizer2 *nfkd = unorm2_getNFKDInstance(&e);
    UChar parts[40];
    size_t n = cut(text);

    for (size_t i = 0; i < n;) {
        UChar32 c;
        U8_NEXT((const uint8_t *)text, i, n, c);
        c = c < 0 ? 0xfffd : u_totitle(c);
        int32_t n_parts = U_FAILURE(e) ? -1 : unorm2_getDecomposition(nfkd, c, parts, 40, &e);
        if (n_parts < 0) {
            buf_add_utf8(out, (uint32_t)c);
            continue;
        }
        for (int32_t j = 0; j < n_parts;) {
            UChar32 part;
            U16_NEXT(parts, j, n_parts, part);
            buf_add_utf8(out, (uint32_t)part);
        }
    }
}

/* RFC 4790 section 9.1: the digits at the start are a number; a string without is beyond all numbers. */
static void key_numeric(const char *text, struct buf *out)
{
    size_t n;

    if (*text < '0' || *text > '9') {
        buf_add(out, "\xff\xff", 2);
        return;
    }
    text += strspn(text, "0");
    n = strspn(text, "0123456789");
    if (n > TEXT_MAX)
        n = TEXT_MAX;
    buf_add_char(out, (char)(n >> 8)); /* a longer number is a greater one */
    buf_add_char(out, (char)(n & 0xff));
    buf_add(out, text, n);
}

void collate_key(enum sort_collation c, const char *text, struct buf *out)
{
    switch (c) {
    case COLLATE_ASCII_CASEMAP:
        key_ascii(text, out);
        break;
    case COLLATE_UNICODE_CASEMAP:
        key_unicode(text, out);
        break;
    case COLLATE_ASCII_NUMERIC:
        key_numeric(text, out);
        break;
    case COLLATE_DEFAULT:
        key_default(text, out);
        break;
    }
}

static const char *const names[] = {
    [COLLATE_DEFAULT] = NULL,
    [COLLATE_ASCII_CASEMAP] = "i;ascii-casemap",
    [COLLATE_UNICODE_CASEMAP] = "i;unicode-casemap",
    [COLLATE_ASCII_NUMERIC] = "i;ascii-numeric",
};

int collation_from_name(const char *name)
{
    for (int i = COLLATE_DEFAULT + 1; i <= COLLATE_ASCII_NUMERIC; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

json_t *search_collations(void)
{
    json_t *list = json_array();
    for (int i = COLLATE_DEFAULT + 1; i <= COLLATE_ASCII_NUMERIC; i++)
        json_array_append_new(list, json_string(names[i]));
    return list;
}

int search_collate(const char *collation, const char *text, struct buf *out)
{
    int c = collation ? collation_from_name(collation) : COLLATE_DEFAULT;
    if (c < 0)
        return -1;
    collate_key((enum sort_collation)c, text, out);
    return 0;
}
