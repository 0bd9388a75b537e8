#include "mailto.h"

#include <string.h>
#include <strings.h>

#define ADDRESSES_MAX 100
#define BODY_MAX ((size_t)1 << 20)
#define FIELD_MAX 2000

void mailto_done(struct mailto *m)
{
    json_decref(m->to);
    json_decref(m->cc);
    json_decref(m->bcc);
    free(m->subject);
    free(m->body);
    free(m->in_reply_to);
    *m = (struct mailto){0};
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* RFC 3986 section 2.1; a '+' is a plus (RFC 6068 section 5). NULL: a code that is none, or stands for NUL. */
static char *decode(const char *text, size_t n)
{
    char *out = xmalloc(n + 1), *to = out;

    for (size_t i = 0; i < n; i++) {
        int high = -1, low = -1;
        if (text[i] != '%') {
            *to++ = text[i];
            continue;
        }
        if (i + 2 < n) {
            high = hex(text[i + 1]);
            low = hex(text[i + 2]);
        }
        if (high < 0 || low < 0 || high + low == 0) {
            free(out);
            return NULL;
        }
        *to++ = (char)(high * 16 + low);
        i += 2;
    }
    *to = '\0';
    return out;
}

static bool is_utf8(const char *text)
{
    json_auto_t *value = json_string(text);

    return value != NULL;
}

/* What ends a line, or is none of a person's writing. */
static bool has_control(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c < ' ' || *c == 0x7f)
            return true;
    return false;
}

/* Addresses between commas; one that is written %2C belongs to the address. */
static const char *add_addresses(const char *text, size_t n, json_t *list)
{
    while (n > 0) {
        const char *comma = memchr(text, ',', n);
        size_t length = comma ? (size_t)(comma - text) : n;
        CLI_CLEANUP(freep) char *one = decode(text, length);
        if (!one || !is_utf8(one) || has_control(one) || strlen(one) > FIELD_MAX)
            return "an address that cannot be one";
        if (*one && json_array_size(list) >= ADDRESSES_MAX)
            return "more than 100 addresses";
        if (*one)
            json_array_append_new(list, json_string(one));
        text += length + (comma != NULL);
        n -= length + (comma != NULL);
    }
    return NULL;
}

static const char *take_text(char **to, const char *text, size_t n, bool has_lines)
{
    char *value = decode(text, n), *end = value;

    if (!value || !is_utf8(value) || strlen(value) > (has_lines ? BODY_MAX : FIELD_MAX)) {
        free(value);
        return "a text that is none, or too long";
    }
    if (!has_lines && has_control(value)) {
        free(value);
        return "a line break where there can be none";
    }
    for (const char *c = value; *c; c++) { /* section 5: %0D%0A ends a line */
        if (*c == '\r' && c[1] == '\n')
            continue;
        *end++ = *c == '\r' ? '\n' : (unsigned char)*c < ' ' && *c != '\n' && *c != '\t' ? ' ' : *c;
    }
    *end = '\0';
    free(*to);
    *to = value;
    return NULL;
}

static const char *take_reply(struct mailto *m, const char *text, size_t n)
{
    CLI_CLEANUP(freep) char *value = NULL;
    const char *why = take_text(&value, text, n, false);

    if (why)
        return why;
    size_t length = strlen(value);
    if (length < 5 || value[0] != '<' || value[length - 1] != '>' || strcspn(value + 1, " <>") != length - 2 ||
        !strchr(value, '@'))
        return "an in-reply-to that is no message id";
    free(m->in_reply_to);
    m->in_reply_to = xstrdup(value + 1);
    m->in_reply_to[length - 2] = '\0';
    return NULL;
}

static const char *take_field(struct mailto *m, const char *name, size_t n_name, const char *value, size_t n)
{
    static const char *const names[] = {"to", "cc", "bcc", "subject", "body", "in-reply-to"};
    CLI_CLEANUP(freep) char *field = decode(name, n_name);
    size_t i = 0;

    if (!field)
        return "a name that cannot be one";
    while (i < 6 && strcasecmp(field, names[i]) != 0)
        i++;
    switch (i) {
    case 0:
    case 1:
    case 2:
        return add_addresses(value, n, i == 0 ? m->to : i == 1 ? m->cc : m->bcc);
    case 3:
        return take_text(&m->subject, value, n, false);
    case 4:
        return take_text(&m->body, value, n, true);
    case 5:
        return take_reply(m, value, n);
    default:
        return NULL; /* section 4: others are not for strangers to set */
    }
}

static const char *take_all(struct mailto *m, const char *url)
{
    size_t n = strcspn(url, "?#");
    const char *why = add_addresses(url, n, m->to), *at = url + n;

    while (!why && (*at == '?' || *at == '&')) {
        size_t length = strcspn(++at, "&#"), n_name = strcspn(at, "=&#");
        if (strncmp(at, "amp;", 4) == 0) { /* of somebody who wrote it as HTML */
            at += 4;
            length -= 4;
            n_name -= 4;
        }
        if (n_name < length)
            why = take_field(m, at, n_name, at + n_name + 1, length - n_name - 1);
        at += length;
    }
    return why;
}

const char *mailto_parse(const char *url, struct mailto *out)
{
    static const char scheme[] = "mailto:";

    *out = (struct mailto){0};
    if (strncasecmp(url, scheme, sizeof(scheme) - 1) != 0)
        return "it does not begin with mailto:";
    out->to = json_array();
    out->cc = json_array();
    out->bcc = json_array();
    const char *why = take_all(out, url + sizeof(scheme) - 1);
    if (why)
        mailto_done(out);
    return why;
}
