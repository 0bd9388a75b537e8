#include "keep.h"

#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "4000", "20k", "1M", "2G" as bytes; 0: it is none of these. */
static json_int_t read_size(const char *text)
{
    static const char units[] = "kMG";
    char *end;
    long long n = strtoll(text, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;

    if (n < 1 || n > 1000000000 || (*end && (!unit || end[1])))
        return 0;
    for (const char *u = units; unit && u <= unit; u++)
        n *= 1024;
    return n;
}

json_t *keep_from_text(const char *text)
{
    CLI_CLEANUP(freep) char *bodies = xstrdup(text);
    char *limit = strchr(bodies, ','), *end;
    json_int_t max = limit ? read_size(limit + 1) : 0;

    if (limit)
        *limit = '\0';
    if (limit && max == 0)
        return NULL;
    json_t *out = json_object();
    json_object_set_new(out, "maxBytes", max ? json_integer(max) : json_null());
    long days = strtol(bodies, &end, 10);
    if (strcmp(bodies, "all") == 0 || strcmp(bodies, "none") == 0)
        json_object_set_new(out, "bodies", json_string(bodies));
    else if (end > bodies && strcmp(end, "d") == 0)
        json_object_set_new(out, "bodies", json_pack("{s:I}", "days", (json_int_t)days));
    if (json_object_get(out, "bodies"))
        return out;
    json_decref(out);
    return NULL;
}

/* In the largest unit that it is a whole number of. */
static void write_size(json_int_t n, char *to, size_t cap)
{
    static const char units[] = "kMG";
    const char *unit = "";

    for (const char *u = units; *u && n >= 1024 && n % 1024 == 0; u++) {
        n /= 1024;
        unit = u;
    }
    snprintf(to, cap, "%lld%.1s", (long long)n, unit);
}

char *keep_text(const json_t *policy)
{
    const json_t *bodies = json_object_get(policy, "bodies"), *max = json_object_get(policy, "maxBytes");
    char days[32], limit[32] = "";

    if (!json_is_object(policy))
        return xstrdup("account");
    snprintf(days, sizeof(days), "%lldd", (long long)json_integer_value(json_object_get(bodies, "days")));
    if (json_is_integer(max))
        write_size(json_integer_value(max), limit, sizeof(limit));
    return xasprintf("%s%s%s",
                     json_is_object(bodies)   ? days
                     : json_is_string(bodies) ? json_string_value(bodies)
                                              : "all",
                     *limit ? "," : "", limit);
}

json_t *leave_from_text(const char *text)
{
    char *end;
    long long n = strtoll(text, &end, 10);
    json_int_t bytes;

    if (strcmp(text, "all") == 0 || strcmp(text, "none") == 0)
        return json_string(text);
    if (end > text && strcmp(end, "d") == 0)
        return json_pack("{s:I}", "days", (json_int_t)n);
    if (end > text && strcmp(end, "n") == 0)
        return json_pack("{s:I}", "messages", (json_int_t)n);
    bytes = end > text && *end ? read_size(text) : 0;
    return bytes ? json_pack("{s:I}", "bytes", bytes) : NULL;
}

char *leave_text(const json_t *policy)
{
    const json_t *days = json_object_get(policy, "days"), *messages = json_object_get(policy, "messages");
    char size[32];

    if (json_is_string(policy))
        return xstrdup(json_string_value(policy));
    if (json_is_integer(days))
        return xasprintf("%lldd", (long long)json_integer_value(days));
    if (json_is_integer(messages))
        return xasprintf("%lldn", (long long)json_integer_value(messages));
    write_size(json_integer_value(json_object_get(policy, "bytes")), size, sizeof(size));
    return xstrdup(size);
}
