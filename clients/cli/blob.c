#include "blob.h"

#include <facteur/client.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define COPY_SIZE ((size_t)128 * 1024)

int blob_open(struct cli *cli, const char *blob_id)
{
    json_auto_t *opened = cli_call(cli, "Blob/open", json_pack("{s:s, s:s}", "accountId", "*", "blobId", blob_id));

    if (!opened)
        return -1;
    int fd = facteur_client_take_fd(cli->rpc);
    if (fd < 0)
        cli_fail(cli, CLI_FAILED, "facteurd answered Blob/open without a descriptor");
    return fd;
}

static int write_all(int to, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t written = write(to, p, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        p += written;
        n -= (size_t)written;
    }
    return 0;
}

int blob_copy(struct cli *cli, const char *blob_id, int to, const char *to_name)
{
    int from = blob_open(cli, blob_id);
    if (from < 0)
        return -1;
    CLI_CLEANUP(freep) char *piece = xmalloc(COPY_SIZE);
    ssize_t n;
    while ((n = read(from, piece, COPY_SIZE)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || write_all(to, piece, (size_t)n) < 0) {
            cli_fail(cli, CLI_FAILED, "cannot %s %s: %s", n < 0 ? "read" : "write", n < 0 ? blob_id : to_name,
                     strerror(errno));
            close(from);
            return -1;
        }
    }
    close(from);
    return 0;
}

char *blob_load(struct cli *cli, const char *blob_id, size_t max, size_t *out_n)
{
    int from = blob_open(cli, blob_id);
    if (from < 0)
        return NULL;
    char *data = NULL;
    size_t n = 0;
    ssize_t got = 1;
    while (got > 0 && n < max) {
        data = xrealloc(data, n + COPY_SIZE);
        got = read(from, data + n, COPY_SIZE < max - n ? COPY_SIZE : max - n);
        if (got > 0)
            n += (size_t)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    close(from);
    if (got < 0) {
        cli_fail(cli, CLI_FAILED, "cannot read %s: %s", blob_id, strerror(errno));
        free(data);
        return NULL;
    }
    *out_n = n;
    return data ? data : xstrdup("");
}
