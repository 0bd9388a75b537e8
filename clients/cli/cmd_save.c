/* cmd_save.c - writes attachments into files. A file that exists is never written over. */
#include "blob.h"
#include "commands.h"
#include "emails.h"
#include "options.h"
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_TRIES 1000

/* Opens DIR/NAME, or DIR/STEM (2).EXT and so on while that exists. *out_path is the caller's. */
static int create_file(int dir, const char *name, char **out_name)
{
    const char *dot = strrchr(name, '.');
    int stem = dot && dot > name ? (int)(dot - name) : (int)strlen(name);

    for (int i = 1; i <= NAME_TRIES; i++) {
        char *candidate = i == 1 ? xstrdup(name) : xasprintf("%.*s (%d)%s", stem, name, i, name + stem);
        int fd = openat(dir, candidate, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (fd >= 0) {
            *out_name = candidate;
            return fd;
        }
        free(candidate);
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

static int save_part(struct cli *cli, int dir, const char *dir_name, const json_t *part)
{
    CLI_CLEANUP(freep) char *wanted = parts_file_name(part);
    CLI_CLEANUP(freep) char *name = NULL;

    int fd = create_file(dir, wanted, &name);
    if (fd < 0)
        return cli_fail(cli, CLI_FAILED, "cannot make %s/%s: %s", dir_name, wanted, strerror(errno));
    bool ok = blob_copy(cli, json_text(part, "blobId"), fd, name) == 0;
    if (close(fd) < 0 && ok) {
        cli_fail(cli, CLI_FAILED, "cannot write %s/%s: %s", dir_name, name, strerror(errno));
        ok = false;
    }
    if (!ok) {
        unlinkat(dir, name, 0); /* half a file looks like a whole one */
        return cli->status;
    }
    CLI_CLEANUP(freep) char *path = strcmp(dir_name, ".") == 0 ? xstrdup(name) : xasprintf("%s/%s", dir_name, name);
    if (cli->json) {
        json_auto_t *line = json_pack("{s:s, s:s, s:O*, s:O*}", "path", path, "partId", json_text(part, "partId"),
                                      "type", json_object_get(part, "type"), "size", json_object_get(part, "size"));
        cli_print_json(line);
    } else {
        printf("%s\n", path);
    }
    return CLI_DONE;
}

static int save_all(struct cli *cli, const char *id, const char *dir_name, const json_t *parts)
{
    size_t i;
    json_t *part;

    if (mkdir(dir_name, 0777) < 0 && errno != EEXIST)
        return cli_fail(cli, CLI_FAILED, "cannot make the folder %s: %s", dir_name, strerror(errno));
    int dir = open(dir_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return cli_fail(cli, CLI_FAILED, "cannot open the folder %s: %s", dir_name, strerror(errno));
    int status = CLI_DONE;
    json_array_foreach(parts, i, part)
    {
        if (status == CLI_DONE)
            status = save_part(cli, dir, dir_name, part);
    }
    close(dir);
    if (json_array_size(parts) == 0)
        cli_note("%s has no attachments", id);
    return status;
}

static bool holds(const json_t *parts, const json_t *part)
{
    size_t i;
    json_t *other;

    json_array_foreach(parts, i, other)
    {
        if (strcmp(json_text(other, "partId"), json_text(part, "partId")) == 0)
            return true;
    }
    return false;
}

/* The attachments, and the pictures and sounds between the text, which RFC 8621 section 4.1.4 counts to the body. */
static json_t *what_to_save(const json_t *email)
{
    static const char *const bodies[] = {"textBody", "htmlBody"};
    json_t *parts = json_copy(json_object_get(email, "attachments"));
    size_t i;
    json_t *part;

    for (size_t k = 0; k < 2; k++) {
        json_array_foreach(json_object_get(email, bodies[k]), i, part)
        {
            if (strncasecmp(json_text(part, "type"), "text/", 5) != 0 && !holds(parts, part))
                json_array_append(parts, part);
        }
    }
    return parts ? parts : json_array();
}

int cmd_save(struct cli *cli, int argc, char **argv)
{
    const char *dir = ".", *part_id = NULL;
    const struct option_spec specs[] = {{"dir", .text = &dir}, {"part", .text = &part_id}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "save needs one message");
    json_auto_t *list = emails_load(cli, argv + 1, 1,
                                    part_id ? json_pack("[s,s]", "id", "bodyStructure")
                                            : json_pack("[s,s,s,s]", "id", "attachments", "textBody", "htmlBody"));
    if (!list)
        return cli->status;
    const json_t *email = json_array_get(list, 0);
    if (!part_id) {
        json_auto_t *parts = what_to_save(email);
        return save_all(cli, argv[1], dir, parts);
    }
    const json_t *part = parts_find(json_object_get(email, "bodyStructure"), part_id);
    if (!part || !*json_text(part, "blobId"))
        return cli_fail(cli, CLI_FAILED, "%s has no part '%s'; 'facteur show %s' names those it has", argv[1], part_id,
                        argv[1]);
    json_auto_t *one = json_pack("[O]", part);
    return save_all(cli, argv[1], dir, one);
}
