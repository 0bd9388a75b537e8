#include "signature.h"

#include "attach.h"
#include "base64.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* All of a file. Freed by the caller; NULL after telling. */
static char *read_file(struct cli *cli, const char *path, size_t *out_n)
{
    FILE *file = fopen(path, "re");
    char *bytes = xmalloc(SIGNATURE_MAX + 2);

    *out_n = file ? fread(bytes, 1, SIGNATURE_MAX + 1, file) : 0;
    bool failed = !file || ferror(file);
    if (failed)
        cli_fail(cli, CLI_FAILED, "cannot read %s: %m", path);
    else if (*out_n > SIGNATURE_MAX)
        cli_fail(cli, CLI_FAILED, "%s is larger than 512 KB, the most that a signature may be", path);
    if (file)
        fclose(file);
    if (failed || *out_n > SIGNATURE_MAX) {
        free(bytes);
        return NULL;
    }
    bytes[*out_n] = '\0';
    return bytes;
}

char *signature_text(struct cli *cli, const char *path)
{
    size_t n;
    char *text = read_file(cli, path, &n);

    if (text && strlen(text) == n)
        return text;
    if (text)
        cli_fail(cli, CLI_FAILED, "%s is no text: it holds a NUL byte", path);
    free(text);
    return NULL;
}

/* ---- pictures --------------------------------------------------------------------------------------------- */

/* The next src="..."; *out_n is the length of its value. NULL: there is none. */
static const char *find_source(const char *html, size_t *out_n)
{
    for (const char *p = html; (p = strcasestr(p, "src=")); p++) {
        char quote = p[4];
        const char *end = quote == '"' || quote == '\'' ? strchr(p + 5, quote) : NULL;
        bool begins = p > html && strchr(" \t\r\n\"'", p[-1]);
        if (!begins || !end)
            continue;
        *out_n = (size_t)(end - p - 5);
        return p + 5;
    }
    return NULL;
}

/* What has a scheme, or is a place on some server, is no file. */
static bool is_file(const char *name, size_t n)
{
    return n > 0 && !memchr(name, ':', n) && strncmp(name, "//", 2) != 0 && name[0] != '#';
}

/* "data:image/png;base64,..." of a file beside the HTML. Freed by the caller; NULL after telling. */
static char *data_url(struct cli *cli, const char *html_path, const char *name)
{
    const char *slash = strrchr(html_path, '/'), *type = attach_type(name);
    CLI_CLEANUP(freep)
    char *path =
        name[0] == '/' || !slash ? xstrdup(name) : xasprintf("%.*s/%s", (int)(slash - html_path), html_path, name);
    size_t n, length;

    if (strncmp(type, "image/", 6) != 0) {
        cli_fail(cli, CLI_FAILED, "%s: '%s' is no picture, by its name", html_path, name);
        return NULL;
    }
    CLI_CLEANUP(freep) char *bytes = read_file(cli, path, &n);
    if (!bytes)
        return NULL;
    CLI_CLEANUP(freep) char *text = base64_encode(bytes, n, &length);
    return xasprintf("data:%s;base64,%s", type, text);
}

char *signature_html(struct cli *cli, const char *path)
{
    CLI_CLEANUP(freep) char *html = signature_text(cli, path);
    char *out = NULL;
    size_t size = 0, n;

    if (!html)
        return NULL;
    FILE *file = open_memstream(&out, &size);
    const char *at = html;
    for (const char *name; file && (name = find_source(at, &n)); at = name + n) {
        fwrite(at, 1, (size_t)(name - at), file);
        if (!is_file(name, n)) {
            fwrite(name, 1, n, file);
            continue;
        }
        CLI_CLEANUP(freep) char *word = xasprintf("%.*s", (int)n, name);
        CLI_CLEANUP(freep) char *url = data_url(cli, path, word);
        if (!url) {
            fclose(file);
            free(out);
            return NULL;
        }
        fputs(url, file);
    }
    if (!file)
        abort();
    fputs(at, file);
    fclose(file);
    return out;
}
