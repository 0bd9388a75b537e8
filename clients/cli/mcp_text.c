/* mcp_text.c - texts and addresses between mail and model. */
#include "mcp.h"

#include <string.h>
#include <strings.h>

int64_t mcp_number(const json_t *arguments, const char *name, int64_t by_default)
{
    const json_t *v = json_object_get(arguments, name);

    return json_is_number(v) ? (int64_t)json_number_value(v) : by_default;
}

#define BROKEN 0x7f /* is dropped as that is */

/* How many bytes the character at `s` has, and which it is. Texts are UTF-8, but may have been cut. */
static size_t character(const char *s, uint32_t *out)
{
    const unsigned char *p = (const unsigned char *)s;
    size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;

    *out = n == 1 ? *p : *p & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            *out = BROKEN;
            return i;
        }
        *out = *out << 6 | (p[i] & 0x3f);
    }
    return n;
}

/* Controls; zero-width and bidirectional ones; variation selectors and tags, which can hide a text from people. */
static bool is_hidden(uint32_t c)
{
    return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe0fff);
}

json_t *mcp_clean(const char *text)
{
    size_t n = text ? strlen(text) : 0, used = 0;
    char *out = xmalloc(n + 1);

    for (size_t i = 0; i < n;) {
        uint32_t c;
        size_t bytes = character(text + i, &c);
        if (!is_hidden(c)) {
            memcpy(out + used, text + i, bytes);
            used += bytes;
        }
        i += bytes;
    }
    json_t *v = json_stringn(out, used);
    free(out);
    return v ? v : json_string("");
}

static size_t back_to_character(const char *text, size_t at)
{
    while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
        at--;
    return at;
}

json_t *mcp_slice(const char *text, size_t offset, size_t max, size_t *out_next)
{
    size_t n = text ? strlen(text) : 0;
    size_t from = back_to_character(text, offset < n ? offset : n),
           end = n - from > max ? back_to_character(text, from + max) : n;
    CLI_CLEANUP(freep) char *part = xmalloc(end - from + 1);

    memcpy(part, text + from, end - from);
    part[end - from] = '\0';
    *out_next = end < n ? end : 0;
    return mcp_clean(part);
}

json_t *mcp_addresses(const json_t *list)
{
    char *all = xstrdup("");
    size_t i;
    json_t *a;

    json_array_foreach(list, i, a)
    {
        const char *name = json_text(a, "name"), *email = json_text(a, "email");
        if (i == 30) {
            char *cut = xasprintf("%s and %zu more", all, json_array_size(list) - i);
            free(all);
            all = cut;
            break;
        }
        char *longer = xasprintf(*name ? "%s%s%.200s <%.320s>" : "%s%s%.0s%.320s", all, i ? ", " : "", name, email);
        free(all);
        all = longer;
    }
    json_t *v = mcp_clean(all);
    free(all);
    return v;
}

/* "Jane Doe <jane@example.org>" or the address alone. Commas separate nothing: an item is one address. */
static json_t *parse_one(const char *text)
{
    const char *open = strrchr(text, '<'), *close = open ? strchr(open, '>') : NULL;
    const char *start = open ? open + 1 : text;
    size_t n = open ? (close ? (size_t)(close - start) : 0) : strlen(text);
    CLI_CLEANUP(freep) char *email = xasprintf("%.*s", (int)n, start);
    size_t name_n = open ? (size_t)(open - text) : 0;

    if ((open && close && close[1]) || !strchr(email, '@') || email[0] == '@' || email[strlen(email) - 1] == '@' ||
        strpbrk(email, " \t\r\n<>,;\"()\\"))
        return NULL;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return NULL;
    while (name_n > 0 && strchr(" \"", text[name_n - 1]))
        name_n--;
    while (name_n > 0 && strchr(" \"", *text)) {
        text++;
        name_n--;
    }
    return name_n ? json_pack("{s:s%, s:s}", "name", text, name_n, "email", email)
                  : json_pack("{s:n, s:s}", "name", "email", email);
}

json_t *mcp_parse_addresses(struct mcp *m, const json_t *words)
{
    json_t *out = json_array(), *word;
    size_t i;

    json_array_foreach(words, i, word)
    {
        json_t *one = parse_one(json_string_value(word));
        if (!one) {
            json_decref(out);
            return mcp_fail(m,
                            "\"%.200s\" is no e-mail address: write \"jane@example.org\" or \"Jane Doe "
                            "<jane@example.org>\", one an item.",
                            json_string_value(word));
        }
        json_array_append_new(out, one);
    }
    return out;
}
