#include "store/ids.h"

#include <assert.h>
#include <string.h>

static const char digits[] = "0123456789abcdefghijklmnopqrstuv";

static const char *format(char letter, int64_t number, char *out)
{
    char reversed[13];
    size_t n = 0;

    assert(number >= 0);
    for (uint64_t rest = (uint64_t)number; rest > 0 || n == 0; rest >>= 5)
        reversed[n++] = digits[rest & 31];
    char *p = out;
    *p++ = letter;
    while (n > 0)
        *p++ = reversed[--n];
    *p = '\0';
    return out;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'v')
        return c - 'a' + 10;
    return -1;
}

static bool parse(char letter, const char *text, int64_t *out)
{
    if (text[0] != letter || text[1] == '\0' || (text[1] == '0' && text[2] != '\0'))
        return false;
    uint64_t number = 0;
    for (const char *p = text + 1; *p; p++) {
        int value = digit_value(*p);
        if (value < 0 || number > (uint64_t)INT64_MAX >> 5)
            return false;
        number = number << 5 | (unsigned)value;
    }
    *out = (int64_t)number;
    return true;
}

const char *id_format(enum id_kind kind, int64_t number, char out[ID_SIZE])
{
    return format((char)kind, number, out);
}

bool id_parse(enum id_kind kind, const char *text, int64_t *out)
{
    return parse((char)kind, text, out);
}

const char *state_format(int64_t modseq, char out[STATE_SIZE])
{
    return format('s', modseq, out);
}

bool state_parse(const char *text, int64_t *out)
{
    return parse('s', text, out);
}

const char *blob_id_format(const unsigned char sha256[32], char out[BLOB_ID_SIZE])
{
    char *p = out;
    *p++ = 'b';
    for (size_t i = 0; i < 32; i++) {
        *p++ = digits[sha256[i] >> 4];
        *p++ = digits[sha256[i] & 15];
    }
    *p = '\0';
    return out;
}

/* "1_2": numbers without leading zeros, separated by one '_'; with what stands before it at most 255 characters. */
static bool is_part(const char *p)
{
    if (strlen(p) > 255 - BLOB_ID_SIZE)
        return false;
    for (;;) {
        size_t n = strspn(p, "0123456789");
        if (n == 0 || (n > 1 && *p == '0'))
            return false;
        p += n;
        if (*p == '\0')
            return true;
        if (*p++ != '_')
            return false;
    }
}

bool blob_id_parse(const char *text, unsigned char sha256[32], const char **out_part)
{
    unsigned char bytes[32];

    if (text[0] != 'b')
        return false;
    const char *p = text + 1;
    for (size_t i = 0; i < 64; i++) {
        int value = digit_value(p[i]); /* the NUL is no digit: this never reads beyond the text */
        if (value < 0 || value > 15)
            return false;
        bytes[i / 2] = (unsigned char)(i % 2 ? bytes[i / 2] | value : value << 4);
    }
    p += 64;
    if (*p != '\0' && (*p != '_' || !is_part(p + 1)))
        return false;
    memcpy(sha256, bytes, sizeof(bytes));
    *out_part = *p ? p + 1 : NULL;
    return true;
}

const char *message_blob_id_format(int64_t email_id, char out[ID_SIZE])
{
    return format('p', email_id, out);
}

bool message_blob_id_parse(const char *text, int64_t *out_email_id, const char **out_part)
{
    char number[ID_SIZE];
    size_t n = strcspn(text, "_");

    if (n >= sizeof(number) || (text[n] && !is_part(text + n + 1)))
        return false;
    memcpy(number, text, n);
    number[n] = '\0';
    if (!parse('p', number, out_email_id))
        return false;
    *out_part = text[n] ? text + n + 1 : NULL;
    return true;
}
