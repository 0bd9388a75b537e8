/* mailfiles.h - messages in files: mbox, Maildir, single messages, folders of them.
 *
 *   mailfiles_read(path, &visitor) calls visitor.message for each message, in order.
 *
 * mbox     A line "From " with a date in it, at the start or behind an empty line, begins a message, unless a
 *          Content-Length leads past it (mboxcl2). ">From " lines lose one '>' (mboxrd; what an mboxo writer left
 *          alone stays readable). Status and X-Status give the flags, the date of the "From " line the arrival.
 *          Everything else stays byte for byte.
 * Maildir  cur/ and new/; the letters behind ":2," give the flags, the file's time the arrival. Subfolders of Maildir++
 *          (".Sent.2024") are named to the visitor as "Sent/2024".
 * folders  Maildirs, mailboxes and *.eml in them, sorted by name; links are not followed, other files are counted only.
 *
 * What is compressed is refused, with the command that unpacks it.
 *
 * Files are mapped, so a message costs memory only while it is handled. Bounds: MAILFILES_MESSAGE_MAX,
 * MAILFILES_DEPTH_MAX.
 */
#ifndef CLI_MAILFILES_H
#define CLI_MAILFILES_H

#include "cli.h"

#define MAILFILES_MESSAGE_MAX (512ll * 1024 * 1024)
#define MAILFILES_DEPTH_MAX 64

enum mailfiles_flag {
    MAIL_SEEN = 1 << 0,
    MAIL_ANSWERED = 1 << 1,
    MAIL_FLAGGED = 1 << 2,
    MAIL_DRAFT = 1 << 3,
    MAIL_FORWARDED = 1 << 4
};

struct mailfiles_message {
    const char *bytes; /* valid during the call */
    size_t n;
    unsigned flags;      /* enum mailfiles_flag */
    int64_t received_at; /* seconds; 0: not known */
    const char *folder;  /* subfolder of a Maildir++; NULL: none */
    const char *path;    /* of the file, for messages to people */
};

struct mailfiles_visitor {
    void *arg;
    /* Not 0 ends the reading with that status. */
    int (*message)(void *arg, const struct mailfiles_message *m);
    int64_t ignored; /* out: files in folders that hold no mail */
    int64_t refused; /* out: files and messages that could not be taken, each of them told */
};

/* `path` "-": stdin, an mbox or one message; so may a named pipe be. CLI_DONE; CLI_FAILED when something was refused
 * (the rest has been read); or the visitor's status. */
int mailfiles_read(const char *path, struct mailfiles_visitor *v);
/* Bytes below a path, for progress. */
int64_t mailfiles_size(const char *path);

#endif
