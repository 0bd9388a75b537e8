#include "mime/placeholders.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "mime/html_quote.h"
#include "mime/json.h"

#include <string.h>
#include <time.h>

/* ---- values ---- */

static void put_person(json_t *values, const json_t *draft, const char *property, const char *name_key,
                       const char *email_key)
{
    const json_t *first = json_array_get(json_object_get(draft, property), 0);
    const char *email = json_string_value(json_object_get(first, "email")),
               *name = json_string_value(json_object_get(first, "name"));
    if (!email)
        return;
    json_object_set_new(values, email_key, json_string(email));
    json_object_set_new(values, name_key, json_string(name && *name ? name : email));
}

/* A new reference. */
static json_t *all_values(const json_t *draft, const json_t *given, int64_t now, int zone_minutes)
{
    char date[16], clock[8];
    time_t local = (time_t)(now + (int64_t)zone_minutes * 60);
    struct tm tm = {0};
    json_t *values = json_object();
    gmtime_r(&local, &tm);
    strftime(date, sizeof(date), "%Y-%m-%d", &tm);
    strftime(clock, sizeof(clock), "%H:%M", &tm);
    json_object_set_new(values, "date", json_string(date));
    json_object_set_new(values, "time", json_string(clock));
    put_person(values, draft, "from", "from.name", "from.email");
    put_person(values, draft, "to", "to.name", "to.email");
    if (given)
        json_object_update(values, (json_t *)given);
    return values;
}

/* ---- one text ---- */

static bool is_name_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
           c == '-';
}

/* The placeholder at p: its length, and its name; 0: there is none. */
static size_t placeholder_at(const char *p, const char *end, char name[PLACEHOLDER_NAME_MAX + 1])
{
    const char *at = p + 2;
    size_t n = 0;
    if (end - p < 5 || p[0] != '{' || p[1] != '{')
        return 0;
    while (at < end && *at == ' ')
        at++;
    while (at < end && n < PLACEHOLDER_NAME_MAX && is_name_char(*at))
        name[n++] = *at++;
    name[n] = '\0';
    while (at < end && *at == ' ')
        at++;
    return n && end - at >= 2 && at[0] == '}' && at[1] == '}' ? (size_t)(at + 2 - p) : 0;
}

static void note_missing(json_t *missing, const char *name)
{
    for (size_t i = 0; i < json_array_size(missing); i++)
        if (strcmp(json_string_value(json_array_get(missing, i)), name) == 0)
            return;
    if (json_array_size(missing) < 100)
        json_array_append_new(missing, json_string(name));
}

static int fill_text(struct fct_bytes text, const json_t *values, bool is_html, json_t *missing, struct buf *out,
                     struct fct_error *err)
{
    const char *end = text.p + text.n, *p = text.p;
    char name[PLACEHOLDER_NAME_MAX + 1];
    while (p < end) {
        size_t n = placeholder_at(p, end, name);
        const char *value = n ? json_string_value(json_object_get(values, name)) : NULL;
        if (n && !value)
            note_missing(missing, name);
        if (!value) {
            const char *brace = memchr(p + 1, '{', (size_t)(end - p - 1)), *next = brace ? brace : end;
            buf_add(out, p, (size_t)(next - p));
            p = next;
            continue;
        }
        if (is_html)
            html_add_text(bytes_str(value), out);
        else
            buf_add_str(out, value);
        if (out->n > PLACEHOLDERS_MAX_BYTES)
            return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "the text with its values is larger than 8 MB");
        p += n;
    }
    return 0;
}

static int fill_member(json_t *object, const char *key, const json_t *values, bool is_html, json_t *missing,
                       struct fct_error *err)
{
    CLEANUP(buf_done) struct buf out = {0};
    const json_t *text = json_object_get(object, key);
    if (!json_is_string(text))
        return 0;
    if (fill_text(bytes_of(json_string_value(text), json_string_length(text)), values, is_html, missing, &out, err) < 0)
        return -1;
    json_object_set_new(object, key, json_text(buf_bytes(&out)));
    return 0;
}

int placeholders_fill(json_t *draft, const json_t *values, int64_t now, int zone_minutes, json_t *missing,
                      struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *all = all_values(draft, values, now, zone_minutes);
    const json_t *bodies = json_object_get(draft, "bodyValues");
    if (fill_member(draft, "subject", all, false, missing, err) < 0 ||
        fill_member(json_object_get(bodies, "text"), "value", all, false, missing, err) < 0)
        return -1;
    return fill_member(json_object_get(bodies, "html"), "value", all, true, missing, err);
}
