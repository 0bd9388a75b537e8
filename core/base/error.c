#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The length of the UTF-8 sequence at s; 0: it is none; -1: it is cut off by the end of the string. */
static int sequence_length(const unsigned char *s)
{
    int n = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;
    for (int i = 1; i < n; i++) {
        /* Overlong forms, surrogates and what is above U+10FFFF show in the second byte. */
        unsigned char low = 0x80, high = 0xBF;
        if (i == 1 && s[0] == 0xE0)
            low = 0xA0;
        else if (i == 1 && s[0] == 0xED)
            high = 0x9F;
        else if (i == 1 && s[0] == 0xF0)
            low = 0x90;
        else if (i == 1 && s[0] == 0xF4)
            high = 0x8F;
        if (s[i] == '\0')
            return -1;
        if (s[i] < low || s[i] > high)
            return 0;
    }
    return n;
}

/* Control characters and what is not UTF-8 (JSON could not carry it) become '?'. */
static void make_printable(char *text)
{
    unsigned char *s = (unsigned char *)text;
    while (*s) {
        int n = sequence_length(s);
        if (n < 0) { /* cut by the size of the message */
            *s = '\0';
            return;
        }
        if (n == 0 || *s < 0x20 || *s == 0x7f || (s[0] == 0xC2 && s[1] < 0xA0)) /* C1 among them: CSI */
            *s = '?', n = 1;
        s += n > 1 ? n : 1;
    }
}

/* The text may quote the error itself, so it is made before anything is overwritten. */
static int fill(struct fct_error *err, int code, int retry, const char *fmt, va_list ap)
{
    if (!err)
        return -1;
    struct fct_error made = {.code = code, .retry = retry};
    vsnprintf(made.message, sizeof(made.message), fmt, ap);
    make_printable(made.message);
    *err = made;
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
    snprintf(err->message + n, sizeof(err->message) - n, ": %s%s", strerror(errnum),
             code == FCT_E_DISK_FULL ? "; make room there" : "");
    err->user_action = code == FCT_E_DISK_FULL;
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
    memcpy(err->message, text, sizeof(err->message));
    return -1;
}

void fct_error_server(struct fct_error *err, struct fct_bytes words)
{
    if (!err)
        return;
    size_t n = words.n < sizeof(err->server) - 1 ? words.n : sizeof(err->server) - 1;
    for (size_t i = 0; i < n; i++)
        err->server[i] = words.p[i] ? words.p[i] : '?';
    err->server[n] = '\0';
    make_printable(err->server);
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
        [FCT_E_UNAVAILABLE] = "serverUnavailable",
    };
    if (code < 0 || (size_t)code >= sizeof(names) / sizeof(names[0]) || !names[code])
        return "internal";
    return names[code];
}
