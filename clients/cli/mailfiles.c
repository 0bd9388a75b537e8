#include "mailfiles.h"

#include "mutf7.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SNIFF 4096
#define COPY_SIZE ((size_t)128 * 1024)

struct reading {
    struct mailfiles_visitor *v;
};

/* A file that is left out: told and counted, and the others go on. */
static int refuse(struct reading *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int refuse(struct reading *r, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        text = NULL;
    va_end(ap);
    cli_note("%s", text ? text : "a file was left out");
    free(text);
    r->v->refused++;
    return CLI_DONE;
}

/* ---- recognising ------------------------------------------------------------------------------------------ */

static bool begins(const char *p, size_t n, const char *with)
{
    size_t length = strlen(with);

    return n >= length && memcmp(p, with, length) == 0;
}

/* "From jane@example.org Mon Jan  6 08:15:00 2025": a time and a year must be in it, so that prose is not taken for it.
 */
static bool is_from_line(const char *p, size_t n)
{
    bool has_time = false;

    if (!begins(p, n, "From "))
        return false;
    const char *end = memchr(p, '\n', n);
    end = end ? end : p + n;
    for (const char *c = p + 5; c + 4 <= end; c++) {
        if (isdigit((unsigned char)c[0]) && isdigit((unsigned char)c[1]) && c[2] == ':' && isdigit((unsigned char)c[3]))
            has_time = true;
        if (has_time && isdigit((unsigned char)c[0]) && isdigit((unsigned char)c[1]) && isdigit((unsigned char)c[2]) &&
            isdigit((unsigned char)c[3]))
            return true;
    }
    return false;
}

/* What unpacks it; NULL: it is not compressed. Some servers compress the files of a Maildir, too. */
static const char *unpacker(const char *p, size_t n)
{
    return begins(p, n, "\x1f\x8b") ? "zcat"
           : begins(p, n, "BZh")    ? "bzcat"
           : begins(p, n,
                    "\xfd"
                    "7zXZ")
               ? "xzcat"
           : begins(p, n, "\x28\xb5\x2f\xfd") ? "zstdcat"
           : begins(p, n, "PK\x03\x04")       ? "unzip -p"
                                              : NULL;
}

/* Whether it begins as a message does: a header field, RFC 5322 section 2.2. */
static bool is_message(const char *p, size_t n)
{
    size_t i = 0;

    while (i < n && i < 200 && p[i] > ' ' && p[i] < 127 && p[i] != ':')
        i++;
    while (i < n && (p[i] == ' ' || p[i] == '\t'))
        i++;
    return i > 0 && i < n && p[i] == ':';
}

/* ---- one message ------------------------------------------------------------------------------------------ */

static int visit(struct reading *r, const char *bytes, size_t n, unsigned flags, int64_t received_at,
                 const char *folder, const char *path)
{
    if ((int64_t)n > MAILFILES_MESSAGE_MAX) {
        return refuse(r, "%s: a message of %zu bytes is over the limit of %lld, and left out", path, n,
                      (long long)MAILFILES_MESSAGE_MAX);
    }
    struct mailfiles_message m = {bytes, n, flags, received_at, folder, path};
    return r->v->message(r->v->arg, &m);
}

/* ---- mbox ------------------------------------------------------------------------------------------------- */

/* The letters of Status and X-Status (as mail readers have written them since the eighties). */
static unsigned flags_of_letters(const char *p, const char *end)
{
    unsigned flags = 0;

    for (; p < end; p++) {
        switch (*p) {
        case 'R':
            flags |= MAIL_SEEN;
            break;
        case 'A':
            flags |= MAIL_ANSWERED;
            break;
        case 'F':
            flags |= MAIL_FLAGGED;
            break;
        case 'T':
            flags |= MAIL_DRAFT;
            break;
        }
    }
    return flags;
}

static unsigned mbox_flags(const char *p, size_t n)
{
    const char *end = p + n;
    unsigned flags = 0;

    while (p < end && *p != '\n' && *p != '\r') {
        const char *line_end = memchr(p, '\n', (size_t)(end - p));
        line_end = line_end ? line_end : end;
        size_t length = (size_t)(line_end - p);
        if (length > 7 && strncasecmp(p, "Status:", 7) == 0)
            flags |= flags_of_letters(p + 7, line_end);
        else if (length > 9 && strncasecmp(p, "X-Status:", 9) == 0)
            flags |= flags_of_letters(p + 9, line_end);
        p = line_end < end ? line_end + 1 : end;
    }
    return flags;
}

/* The date behind the address, in C's asctime form, which is UTC by convention, or with a zone, as Google Takeout
 * writes it; 0: not understood. */
static int64_t from_line_date(const char *p, size_t n)
{
    static const char *const forms[] = {" %a %b %e %H:%M:%S %Y", " %a %b %e %H:%M:%S %z %Y"};
    char line[200];

    size_t length = n < sizeof(line) - 1 ? n : sizeof(line) - 1;
    memcpy(line, p, length);
    line[length] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    for (const char *c = line + 4; *c; c++) {
        for (size_t i = 0; i < 2 && *c == ' '; i++) {
            struct tm tm = {0};
            if (!strptime(c, forms[i], &tm))
                continue;
            int64_t offset = tm.tm_gmtoff; /* timegm() sets it to 0 */
            return timegm(&tm) - offset;
        }
    }
    return 0;
}

/* A '>' goes from each line of ">From ", ">>From "... Returns the new length. */
static size_t unquote(char *p, size_t n)
{
    char *from = p, *end = p + n, *to = p;

    while (from < end) {
        char *line_end = memchr(from, '\n', (size_t)(end - from));
        line_end = line_end ? line_end + 1 : end;
        char *c = from;
        while (c < line_end && *c == '>')
            c++;
        if (c > from && begins(c, (size_t)(line_end - c), "From "))
            from++;
        memmove(to, from, (size_t)(line_end - from));
        to += line_end - from;
        from = line_end;
    }
    return (size_t)(to - p);
}

/* One message between its "From " line and the next. The empty line before the next is the separator's. With `exact`
 * neither is there anything of the separator in it, nor anything quoted. */
static int mbox_message(struct reading *r, const char *from_line, const char *start, const char *end, bool exact,
                        const char *path)
{
    size_t n = (size_t)(end - start);

    if (!exact && n >= 2 && memcmp(end - 2, "\n\n", 2) == 0)
        n--;
    else if (!exact && n >= 4 && memcmp(end - 4, "\r\n\r\n", 4) == 0)
        n -= 2;
    unsigned flags = mbox_flags(start, n);
    int64_t received_at = from_line_date(from_line, (size_t)(start - from_line));
    if (exact || !memmem(start, n, "\n>", 2))
        return visit(r, start, n, flags, received_at, NULL, path);
    char *copy = xmalloc(n);
    memcpy(copy, start, n);
    int status = visit(r, copy, unquote(copy, n), flags, received_at, NULL, path);
    free(copy);
    return status;
}

/* The next "From " line that begins a message, or the end. */
static const char *next_from_line(const char *p, const char *end)
{
    while ((p = memmem(p, (size_t)(end - p), "\nFrom ", 6))) {
        bool behind_empty_line = p[-1] == '\n' || (p[-1] == '\r' && p[-2] == '\n');
        p++;
        if (behind_empty_line && is_from_line(p, (size_t)(end - p)))
            return p;
    }
    return end;
}

/* The header field Content-Length of a message, and where its body begins; -1: it has none. */
static int64_t content_length(const char *p, const char *end, const char **out_body)
{
    int64_t length = -1;

    while (p < end && *p != '\n' && !begins(p, (size_t)(end - p), "\r\n")) {
        const char *line_end = memchr(p, '\n', (size_t)(end - p));
        line_end = line_end ? line_end + 1 : end;
        if (line_end - p > 15 && strncasecmp(p, "Content-Length:", 15) == 0) {
            length = 0;
            for (const char *c = p + 15 + strspn(p + 15, " \t"); c < line_end && isdigit((unsigned char)*c); c++)
                length = length > MAILFILES_MESSAGE_MAX ? length : length * 10 + (*c - '0');
        }
        p = line_end;
    }
    const char *line_end = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
    *out_body = line_end ? line_end + 1 : end;
    return length;
}

/* In mboxcl2 nothing is quoted, and Content-Length alone tells a message's "From " from the next one's. It is believed
 * where it leads to the next message or to the end, past a "From " that would have ended this one. NULL: not so. */
static const char *end_by_length(const char *start, const char *end, const char *by_from_line, const char **out_next)
{
    const char *body;
    int64_t length = content_length(start, end, &body);

    if (length < 0 || length > end - body || body + length <= by_from_line)
        return NULL;
    const char *stop = body + length, *next = stop;
    if (next < end && *next == '\r')
        next++;
    if (next < end && *next == '\n')
        next++;
    if (next < end && !is_from_line(next, (size_t)(end - next)))
        return NULL;
    *out_next = next;
    return stop;
}

static int read_mbox(struct reading *r, const char *p, size_t n, const char *path)
{
    const char *end = p + n;

    while (p < end) {
        const char *start = memchr(p, '\n', (size_t)(end - p));
        if (!start)
            break;
        start++;
        const char *next = start < end ? next_from_line(start - 1 > p ? start : p + 2, end) : end;
        const char *stop = next < end ? end_by_length(start, end, next, &next) : NULL;
        int status = mbox_message(r, p, start, stop ? stop : next, stop != NULL, path);
        if (status != CLI_DONE)
            return status;
        p = next;
    }
    return CLI_DONE;
}

/* ---- files ------------------------------------------------------------------------------------------------ */

static int read_bytes(struct reading *r, const char *p, size_t n, const char *path, bool strict)
{
    if (begins(p, n, "\xef\xbb\xbf")) { /* the mark of an editor on Windows, no part of any message */
        p += 3;
        n -= 3;
    }
    if (is_from_line(p, n))
        return read_mbox(r, p, n, path);
    if (is_message(p, n))
        return visit(r, p, n, 0, 0, NULL, path);
    if (unpacker(p, n))
        return refuse(r, "%s is compressed: unpack it first, as in: %s FILE | facteur import -", path, unpacker(p, n));
    if (strict)
        return refuse(r, "%s is neither a mailbox nor a message", path);
    r->v->ignored++;
    return CLI_DONE;
}

/* Maps a file; *out_p NULL for an empty one. 0, or the status after telling. */
static int map_file(struct reading *r, int fd, const char *path, const char **out_p, size_t *out_n)
{
    struct stat st;

    *out_p = NULL;
    *out_n = 0;
    if (fstat(fd, &st) < 0)
        return refuse(r, "cannot read %s: %m", path);
    if (!S_ISREG(st.st_mode))
        return refuse(r, "%s is no file", path);
    if (st.st_size == 0)
        return CLI_DONE;
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return refuse(r, "cannot read %s: %m", path);
    madvise(p, (size_t)st.st_size, MADV_SEQUENTIAL);
    *out_p = p;
    *out_n = (size_t)st.st_size;
    return CLI_DONE;
}

static int read_file(struct reading *r, const char *path, bool strict)
{
    const char *p;
    size_t n;

    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return refuse(r, "cannot read %s: %m", path);
    int status = map_file(r, fd, path, &p, &n);
    close(fd);
    if (status != CLI_DONE || !p)
        return status;
    status = read_bytes(r, p, n, path, strict);
    munmap((void *)(uintptr_t)p, n);
    return status;
}

/* A pipe goes to an unnamed file first: it may be larger than memory, and cannot be mapped. */
static int read_pipe(struct reading *r, int from, const char *name)
{
    const char *dir = getenv("TMPDIR");
    int fd = open(dir && *dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0)
        return refuse(r, "cannot make a temporary file in %s: %m", dir && *dir ? dir : "/tmp");
    char *piece = xmalloc(COPY_SIZE);
    ssize_t n, written = 0;
    while ((n = read(from, piece, COPY_SIZE)) > 0 && (written = write(fd, piece, (size_t)n)) == n)
        ;
    free(piece);
    int status = CLI_DONE;
    const char *p = NULL;
    size_t size = 0;
    if (n < 0 || (n > 0 && written != n))
        status = refuse(r, "cannot copy %s: %m", name);
    else
        status = map_file(r, fd, name, &p, &size);
    close(fd);
    if (status != CLI_DONE || !p)
        return status;
    status = read_bytes(r, p, size, name, true);
    munmap((void *)(uintptr_t)p, size);
    return status;
}

/* A pipe with a name: mkfifo(1), or the <(...) of a shell. */
static int read_named_pipe(struct reading *r, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return refuse(r, "cannot read %s: %m", path);
    int status = read_pipe(r, fd, path);
    close(fd);
    return status;
}

/* ---- Maildir ---------------------------------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool has_folder(const char *path, const char *name)
{
    CLI_CLEANUP(freep) char *sub = xasprintf("%s/%s", path, name);

    return is_folder(sub);
}

static bool is_maildir(const char *path)
{
    return has_folder(path, "cur") && has_folder(path, "new");
}

/* The letters of "name:2,FS"; some file systems know no ':', so ';' and '!' are met too. */
static unsigned maildir_flags(const char *name)
{
    const char *info = strstr(name, ":2,");
    unsigned flags = 0;

    info = info ? info : strstr(name, ";2,");
    info = info ? info : strstr(name, "!2,");
    for (const char *c = info ? info + 3 : ""; *c; c++) {
        switch (*c) {
        case 'S':
            flags |= MAIL_SEEN;
            break;
        case 'R':
            flags |= MAIL_ANSWERED;
            break;
        case 'F':
            flags |= MAIL_FLAGGED;
            break;
        case 'D':
            flags |= MAIL_DRAFT;
            break;
        case 'P':
            flags |= MAIL_FORWARDED;
            break;
        }
    }
    return flags;
}

static int read_maildir_file(struct reading *r, const char *path, const char *name, const char *folder)
{
    const char *p;
    size_t n;
    struct stat st;

    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return CLI_DONE; /* its owner moved it meanwhile */
    if (fd < 0 || fstat(fd, &st) < 0) {
        refuse(r, "cannot read %s: %m", path);
        if (fd >= 0)
            close(fd);
        return CLI_DONE;
    }
    if (!S_ISREG(st.st_mode)) {
        close(fd);
        return CLI_DONE;
    }
    int status = map_file(r, fd, path, &p, &n);
    close(fd);
    if (status != CLI_DONE || !p)
        return status;
    if (unpacker(p, n))
        status = refuse(r, "%s is compressed: unpack it first (%s)", path, unpacker(p, n));
    else
        status = visit(r, p, n, maildir_flags(name), st.st_mtime, folder, path);
    munmap((void *)(uintptr_t)p, n);
    return status;
}

static int not_hidden(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static int read_maildir_part(struct reading *r, const char *path, const char *part, const char *folder)
{
    CLI_CLEANUP(freep) char *dir = xasprintf("%s/%s", path, part);
    struct dirent **names;
    int status = CLI_DONE;

    int n = scandir(dir, &names, not_hidden, alphasort);
    if (n < 0)
        return refuse(r, "cannot read the folder %s: %m", dir);
    for (int i = 0; i < n; i++) {
        CLI_CLEANUP(freep) char *file = xasprintf("%s/%s", dir, names[i]->d_name);
        if (status == CLI_DONE)
            status = read_maildir_file(r, file, names[i]->d_name, folder);
        free(names[i]);
    }
    free(names);
    return status;
}

/* ".Sent.2024" to "Sent/2024", out of the modified UTF-7 that IMAP servers write. Freed by the caller. */
static char *maildir_folder_name(const char *dir_name)
{
    char *name = mutf7_decode(dir_name + 1);

    for (char *c = name; *c; c++)
        if (*c == '.')
            *c = '/';
    return name;
}

static int read_maildir(struct reading *r, const char *path)
{
    struct dirent **names;
    int status = read_maildir_part(r, path, "cur", NULL);

    if (status == CLI_DONE)
        status = read_maildir_part(r, path, "new", NULL);
    int n = status == CLI_DONE ? scandir(path, &names, NULL, alphasort) : 0;
    if (n < 0)
        return refuse(r, "cannot read the folder %s: %m", path);
    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        CLI_CLEANUP(freep) char *sub = xasprintf("%s/%s", path, name);
        if (status == CLI_DONE && name[0] == '.' && name[1] && name[1] != '.' && is_maildir(sub)) {
            CLI_CLEANUP(freep) char *folder = maildir_folder_name(name);
            status = read_maildir_part(r, sub, "cur", folder);
            if (status == CLI_DONE)
                status = read_maildir_part(r, sub, "new", folder);
        }
        free(names[i]);
    }
    if (n > 0)
        free(names);
    return status;
}

/* ---- folders ---------------------------------------------------------------------------------------------- */

static bool looks_like_mail(const char *path, const char *name)
{
    const char *dot = strrchr(name, '.');
    char start[SNIFF];

    if (dot && (strcasecmp(dot, ".eml") == 0 || strcasecmp(dot, ".mbox") == 0 || strcasecmp(dot, ".mbx") == 0))
        return true;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t n = fd >= 0 ? read(fd, start, sizeof(start)) : 0;
    if (fd >= 0)
        close(fd);
    return n > 0 && is_from_line(start, (size_t)n);
}

static int read_folder(struct reading *r, const char *path, int depth);

static int read_entry(struct reading *r, const char *path, const char *name, int depth)
{
    struct stat st;

    if (lstat(path, &st) < 0)
        return CLI_DONE;
    if (S_ISDIR(st.st_mode))
        return read_folder(r, path, depth + 1);
    if (S_ISREG(st.st_mode) && looks_like_mail(path, name))
        return read_file(r, path, false);
    r->v->ignored++;
    return CLI_DONE;
}

static int read_folder(struct reading *r, const char *path, int depth)
{
    struct dirent **names;
    int status = CLI_DONE;

    if (is_maildir(path))
        return read_maildir(r, path);
    if (depth > MAILFILES_DEPTH_MAX)
        return refuse(r, "%s: folders are nested more than %d deep", path, MAILFILES_DEPTH_MAX);
    int n = scandir(path, &names, not_hidden, alphasort);
    if (n < 0)
        return refuse(r, "cannot read the folder %s: %m", path);
    for (int i = 0; i < n; i++) {
        CLI_CLEANUP(freep) char *sub = xasprintf("%s/%s", path, names[i]->d_name);
        if (status == CLI_DONE)
            status = read_entry(r, sub, names[i]->d_name, depth);
        free(names[i]);
    }
    free(names);
    return status;
}

int mailfiles_read(const char *path, struct mailfiles_visitor *v)
{
    struct reading r = {v};
    struct stat st;
    int64_t refused = v->refused;
    int status;

    if (strcmp(path, "-") == 0)
        status = read_pipe(&r, STDIN_FILENO, "standard input");
    else if (stat(path, &st) < 0)
        status = refuse(&r, "cannot read %s: %m", path);
    else if (S_ISDIR(st.st_mode))
        status = read_folder(&r, path, 0);
    else
        status = S_ISFIFO(st.st_mode) ? read_named_pipe(&r, path) : read_file(&r, path, true);
    return status == CLI_DONE && v->refused > refused ? CLI_FAILED : status;
}

static int64_t size_below(const char *path, int depth)
{
    struct dirent **names;
    struct stat st;
    int64_t total = 0;

    if (lstat(path, &st) < 0)
        return 0;
    if (!S_ISDIR(st.st_mode) || depth > MAILFILES_DEPTH_MAX)
        return S_ISREG(st.st_mode) ? st.st_size : 0;
    int n = scandir(path, &names, NULL, NULL);
    for (int i = 0; i < n; i++) {
        CLI_CLEANUP(freep) char *sub = xasprintf("%s/%s", path, names[i]->d_name);
        if (strcmp(names[i]->d_name, ".") != 0 && strcmp(names[i]->d_name, "..") != 0)
            total += size_below(sub, depth + 1);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return total;
}

int64_t mailfiles_size(const char *path)
{
    return size_below(path, 0);
}
