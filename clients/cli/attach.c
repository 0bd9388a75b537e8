#include "attach.h"

#include "base64.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)1024 * 1024)

/* ---- types ------------------------------------------------------------------------------------------------ */

/* What people send; whatever is not here goes as application/octet-stream. */
static const struct {
    const char *ending, *type;
} types[] = {
    {"txt", "text/plain"},
    {"csv", "text/csv"},
    {"html", "text/html"},
    {"htm", "text/html"},
    {"ics", "text/calendar"},
    {"vcf", "text/vcard"},
    {"md", "text/markdown"},
    {"patch", "text/x-patch"},
    {"diff", "text/x-patch"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"avif", "image/avif"},
    {"heic", "image/heic"},
    {"svg", "image/svg+xml"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"bmp", "image/bmp"},
    {"mp3", "audio/mpeg"},
    {"ogg", "audio/ogg"},
    {"opus", "audio/ogg"},
    {"flac", "audio/flac"},
    {"wav", "audio/wav"},
    {"m4a", "audio/mp4"},
    {"mp4", "video/mp4"},
    {"webm", "video/webm"},
    {"mov", "video/quicktime"},
    {"pdf", "application/pdf"},
    {"json", "application/json"},
    {"xml", "application/xml"},
    {"zip", "application/zip"},
    {"gz", "application/gzip"},
    {"7z", "application/x-7z-compressed"},
    {"rtf", "application/rtf"},
    {"doc", "application/msword"},
    {"xls", "application/vnd.ms-excel"},
    {"ppt", "application/vnd.ms-powerpoint"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    {"odp", "application/vnd.oasis.opendocument.presentation"},
    {"epub", "application/epub+zip"},
    {"eml", "message/rfc822"},
};

const char *attach_type(const char *name)
{
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < sizeof(types) / sizeof(*types); i++)
        if (strcasecmp(types[i].ending, dot + 1) == 0)
            return types[i].type;
    return "application/octet-stream";
}

/* ---- uploads ---------------------------------------------------------------------------------------------- */

/* One blob. `data` is stolen. Freed by the caller; NULL after telling. */
static char *upload(struct cli *cli, const char *account_id, const char *what, const char *type, json_t *data)
{
    json_auto_t *result = cli_call(
        cli, "Blob/upload",
        json_pack("{s:s, s:{s:{s:o, s:s}}}", "accountId", account_id, "create", "blob", "data", data, "type", type));
    if (!result)
        return NULL;
    const char *id = json_text(json_object_get(json_object_get(result, "created"), "blob"), "id");
    if (*id)
        return xstrdup(id);
    cli->status = CLI_FAILED;
    cli_tell_set_error(what, json_object_get(json_object_get(result, "notCreated"), "blob"));
    return NULL;
}

static json_t *base64_data(const char *bytes, size_t n)
{
    size_t length;
    CLI_CLEANUP(freep) char *text = base64_encode(bytes, n, &length);

    return json_pack("[{s:s%}]", "data:asBase64", text, length);
}

char *attach_bytes(struct cli *cli, const char *account_id, const char *what, const char *type, const char *bytes,
                   size_t n)
{
    return upload(cli, account_id, what, type, base64_data(bytes, n));
}

/* As much as there is, up to `size`. -1 after telling. */
static ssize_t read_full(struct cli *cli, int fd, const char *path, char *into, size_t size)
{
    size_t n = 0;

    while (n < size) {
        ssize_t got = read(fd, into + n, size - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            cli_fail(cli, CLI_FAILED, "cannot read %s: %s", path, strerror(errno));
            return -1;
        }
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

static int too_large(struct cli *cli, const char *path)
{
    cli_fail(cli, CLI_FAILED, "%s is larger than %d MB, the most that a message may hold", path,
             (int)(ATTACH_MAX >> 20));
    return -1;
}

/* All of it, in pieces that facteurd puts together (RFC 9404 section 4.1). */
static char *upload_file(struct cli *cli, const char *account_id, const char *path, const char *type, int fd)
{
    CLI_CLEANUP(freep) char *piece = xmalloc(PIECE_BYTES);
    json_auto_t *pieces = json_array();
    int64_t size = 0;

    for (;;) {
        ssize_t n = read_full(cli, fd, path, piece, PIECE_BYTES);
        if (n < 0)
            return NULL;
        size += n;
        if (size > ATTACH_MAX) { /* of a pipe, or one that grew */
            too_large(cli, path);
            return NULL;
        }
        bool is_last = (size_t)n < PIECE_BYTES;
        if (is_last && json_array_size(pieces) == 0)
            return attach_bytes(cli, account_id, path, type, piece, (size_t)n);
        if (n) {
            CLI_CLEANUP(freep) char *id = attach_bytes(cli, account_id, path, type, piece, (size_t)n);
            if (!id)
                return NULL;
            json_array_append_new(pieces, json_pack("{s:s}", "blobId", id));
        }
        if (is_last)
            return upload(cli, account_id, path, type, json_incref(pieces));
    }
}

/* ---- parts ------------------------------------------------------------------------------------------------ */

/* A Content-ID is ASCII without spaces and angle brackets. */
static bool is_cid(const char *name)
{
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f || *p == '<' || *p == '>')
            return false;
    return *name;
}

/* The descriptor; -1 after telling. */
static int open_file(struct cli *cli, const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode) && st.st_size <= ATTACH_MAX)
        return fd;
    if (fd < 0)
        cli_fail(cli, CLI_FAILED, "cannot read %s: %s", path, strerror(errno));
    else if (S_ISDIR(st.st_mode))
        cli_fail(cli, CLI_FAILED, "cannot read %s: it is a folder", path);
    else
        too_large(cli, path);
    if (fd >= 0)
        close(fd);
    return -1;
}

json_t *attach_file(struct cli *cli, const char *account_id, const char *path, enum attach_how how)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *type = attach_type(name);

    if (how == ATTACH_INLINE && !is_cid(name)) {
        cli_fail(cli, CLI_FAILED, "%s: a file that stands in the text needs a name of ASCII letters without spaces",
                 path);
        return NULL;
    }
    int fd = open_file(cli, path);
    if (fd < 0)
        return NULL;
    CLI_CLEANUP(freep) char *id = upload_file(cli, account_id, path, type, fd);
    close(fd);
    if (!id)
        return NULL;
    json_t *part = json_pack("{s:s, s:s, s:s, s:s}", "blobId", id, "type", type, "name", name, "disposition",
                             how == ATTACH_INLINE ? "inline" : "attachment");
    if (!part) {
        cli_fail(cli, CLI_FAILED, "%s: the name is no UTF-8", path);
        return NULL;
    }
    if (how == ATTACH_INLINE)
        json_object_set_new(part, "cid", json_string(name));
    return part;
}
