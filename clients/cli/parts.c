#include "parts.h"

#include "term.h"

#include <stdio.h>
#include <string.h>

static const json_t *find_below(const json_t *part, const char *part_id, int depth)
{
    size_t i;
    json_t *sub;

    if (strcmp(json_text(part, "partId"), part_id) == 0)
        return part;
    if (depth >= PARTS_DEPTH_MAX)
        return NULL;
    json_array_foreach(json_object_get(part, "subParts"), i, sub)
    {
        const json_t *found = find_below(sub, part_id, depth + 1);
        if (found)
            return found;
    }
    return NULL;
}

const json_t *parts_find(const json_t *structure, const char *part_id)
{
    return find_below(structure, part_id, 0);
}

static const char *extension(const char *type)
{
    static const char *const known[][2] = {{"text/plain", ".txt"},      {"text/html", ".html"},
                                           {"text/calendar", ".ics"},   {"message/rfc822", ".eml"},
                                           {"application/pdf", ".pdf"}, {"image/png", ".png"},
                                           {"image/jpeg", ".jpg"},      {"image/gif", ".gif"},
                                           {"application/zip", ".zip"}, {"application/json", ".json"}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcasecmp(known[i][0], type) == 0)
            return known[i][1];
    return ".bin";
}

char *parts_file_name(const json_t *part)
{
    CLI_CLEANUP(freep) char *clean = term_clean(json_text(part, "name"), TERM_ONE_LINE);
    const char *id = json_text(part, "partId"), *start = clean;

    while (*start == '.' || *start == '-' || *start == ' ')
        start++;
    if (!*start)
        return xasprintf("part-%s%s", *id && !strchr(id, '/') ? id : "0", extension(json_text(part, "type")));
    char *name = xstrdup(start);
    for (char *p = name; *p; p++)
        if (*p == '/' || *p == '\\')
            *p = '_';
    if (strlen(name) > PARTS_NAME_MAX) { /* keeps the extension, cuts between characters */
        CLI_CLEANUP(freep) char *whole = name;
        const char *dot = strrchr(whole, '.');
        if (!dot || strlen(dot) > 16)
            dot = "";
        size_t n = PARTS_NAME_MAX - strlen(dot);
        while (n > 0 && ((unsigned char)whole[n] & 0xc0) == 0x80)
            n--;
        name = xasprintf("%.*s%s", (int)n, whole, dot);
    }
    return name;
}
