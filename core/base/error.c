#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void make_printable(char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            *s = '?';
}

/* A text that was cut must not end inside a UTF-8 sequence: JSON could not carry it. */
static void trim_broken_utf8_tail(char *s)
{
    size_t n = strlen(s);
    size_t i = n;
    while (i > 0 && n - i < 3 && ((unsigned char)s[i - 1] & 0xC0) == 0x80)
        i--;
    if (i == 0)
        return;
    unsigned char lead = (unsigned char)s[i - 1];
    size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (want > 1 && n - (i - 1) < want)
        s[i - 1] = '\0';
}

static int fill(struct fct_error *err, int code, int retry, const char *fmt, va_list ap)
{
    if (!err)
        return -1;
    *err = (struct fct_error){.code = code, .retry = retry};
    vsnprintf(err->message, sizeof(err->message), fmt, ap);
    make_printable(err->message);
    trim_broken_utf8_tail(err->message);
    return -1;
}

int fct_fail(struct fct_error *err, int code, int retry, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fill(err, code, retry, fmt, ap);
    va_end(ap);
    return -1;
}

int fct_fail_errno(struct fct_error *err, int errnum, const char *fmt, ...)
{
    if (!err)
        return -1;
    int code = FCT_E_IO, retry = FCT_RETRY_LATER;
    if (errnum == ENOSPC || errnum == EDQUOT)
        code = FCT_E_DISK_FULL;
    else if (errnum == EACCES || errnum == EPERM || errnum == EROFS)
        code = FCT_E_FORBIDDEN, retry = FCT_RETRY_NEVER;
    else if (errnum == ENOENT)
        code = FCT_E_NOT_FOUND, retry = FCT_RETRY_NEVER;

    va_list ap;
    va_start(ap, fmt);
    fill(err, code, retry, fmt, ap);
    va_end(ap);
    size_t n = strlen(err->message);
    snprintf(err->message + n, sizeof(err->message) - n, ": %s", strerror(errnum));
    return -1;
}

int fct_error_prefix(struct fct_error *err, const char *fmt, ...)
{
    if (!err)
        return -1;
    char text[sizeof(err->message)];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n < 0)
        return -1;
    size_t used = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
    snprintf(text + used, sizeof(text) - used, ": %s", err->message);
    make_printable(text);
    trim_broken_utf8_tail(text);
    memcpy(err->message, text, sizeof(err->message));
    return -1;
}

void fct_error_server(struct fct_error *err, struct fct_bytes words)
{
    if (!err)
        return;
    size_t n = words.n < sizeof(err->server) - 1 ? words.n : sizeof(err->server) - 1;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)words.p[i];
        err->server[i] = c < 0x20 || c >= 0x7f ? '?' : (char)c;
    }
    err->server[n] = '\0';
}

const char *fct_code_name(int code)
{
    static const char *const names[] = {
        [FCT_OK] = "ok",
        [FCT_E_INTERNAL] = "internal",
        [FCT_E_CANCELLED] = "cancelled",
        [FCT_E_TIMEOUT] = "timeout",
        [FCT_E_NETWORK] = "network",
        [FCT_E_DNS] = "dns",
        [FCT_E_TLS] = "tls",
        [FCT_E_AUTH] = "auth",
        [FCT_E_PROTOCOL] = "protocol",
        [FCT_E_SERVER] = "server",
        [FCT_E_LIMIT] = "limit",
        [FCT_E_INVALID] = "invalid",
        [FCT_E_NOT_FOUND] = "notFound",
        [FCT_E_EXISTS] = "exists",
        [FCT_E_FORBIDDEN] = "forbidden",
        [FCT_E_STATE_MISMATCH] = "stateMismatch",
        [FCT_E_CANNOT_CALCULATE] = "cannotCalculateChanges",
        [FCT_E_TOO_LARGE] = "tooLarge",
        [FCT_E_OVER_QUOTA] = "overQuota",
        [FCT_E_DISK_FULL] = "diskFull",
        [FCT_E_IO] = "io",
        [FCT_E_CORRUPT] = "corrupt",
        [FCT_E_UNSUPPORTED] = "unsupported",
        [FCT_E_BUSY] = "busy",
        [FCT_E_NOT_FOUND_ACCOUNT] = "accountNotFound",
        [FCT_E_USER_ACTION] = "userAction",
        [FCT_E_ANCHOR_NOT_FOUND] = "anchorNotFound",
        [FCT_E_MAILBOX_HAS_CHILD] = "mailboxHasChild",
        [FCT_E_MAILBOX_HAS_EMAIL] = "mailboxHasEmail",
        [FCT_E_BLOB_NOT_FOUND] = "blobNotFound",
        [FCT_E_UNSUPPORTED_SORT] = "unsupportedSort",
        [FCT_E_UNSUPPORTED_FILTER] = "unsupportedFilter",
        [FCT_E_TOO_MANY_CHANGES] = "tooManyChanges",
    };
    if (code < 0 || (size_t)code >= sizeof(names) / sizeof(names[0]) || !names[code])
        return "internal";
    return names[code];
}
