/* A password that the service manager hands over: $CREDENTIALS_DIRECTORY/NAME (systemd.exec(5), LoadCredentialEncrypted=). The file
 * is read for each sign-in; its first line is the password. */
#include "account/secret_store.h"
#include "base/alloc.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* A name is one step below the directory. */
static bool is_plain_name(const char *name)
{
    return name && *name && *name != '.' && !strchr(name, '/') && strlen(name) < 256;
}

static int read_line_of(const char *path, const char *name, char *buf, size_t cap, struct fct_error *err)
{
    CLEANUP(buf_wipe) struct buf text = {0};
    CLEANUP(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "the service manager hands over no credential %.80s (LoadCredential= of the unit)", name);
    if (fd < 0)
        return fct_fail_errno(err, errno, "cannot read the credential %.80s", name);
    buf_reserve(&text, SECRET_MAX + 2);
    while (text.n < SECRET_MAX + 1 && !(text.n && memchr(text.p, '\n', text.n))) {
        ssize_t n = read(fd, text.p + text.n, SECRET_MAX + 1 - text.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fct_fail_errno(err, errno, "cannot read the credential %.80s", name);
        if (n == 0)
            break;
        buf_grown(&text, (size_t)n);
    }
    const char *end = text.n ? memchr(text.p, '\n', text.n) : NULL;
    size_t n = end ? (size_t)(end - text.p) : text.n;
    if (n == 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "the credential %.80s is empty", name);
    return secret_hand_over("credential", text.p, n, buf, cap, err);
}

static int credential_look(void *self, const struct secret_patience *patience, struct fct_error *err)
{
    (void)self, (void)patience;
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    if (dir && dir[0] == '/')
        return 0;
    return fct_fail(err, FCT_E_UNAVAILABLE, FCT_RETRY_NEVER, "facteurd was given no credentials: systemd hands them over (LoadCredentialEncrypted=)");
}

static int credential_get(void *self, const struct secret_question *q, char *buf, size_t cap, struct fct_error *err)
{
    const char *name = q->place->detail && *q->place->detail ? q->place->detail : q->place->address;
    if (!is_plain_name(name))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the credential's name must be a file's name");
    if (credential_look(self, q->patience, err) < 0)
        return -1;
    CLEANUP(freep) char *path = xasprintf("%s/%s", getenv("CREDENTIALS_DIRECTORY"), name);
    return read_line_of(path, name, buf, cap, err);
}

const struct secret_ops secret_credential_ops = {.get = credential_get, .look = credential_look};
