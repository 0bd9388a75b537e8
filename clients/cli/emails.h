/* emails.h - Emails as lists and changes need them: who wrote it, which marks it bears, which account it is in. */
#ifndef CLI_EMAILS_H
#define CLI_EMAILS_H

#include "cli.h"

/* The first sender's name, else the address, else "". Borrowed from the Email. */
const char *email_from(const json_t *email);
bool email_has(const json_t *email, const char *keyword);
/* "seen" to "$seen": the keywords that RFC 8621 section 4.1.1 names have a '$', as has $muted; others are taken as they stand. Freed by
 * the caller. */
char *email_keyword(const char *name);
/* Four marks: N unread, * flagged, r answered, @ attachment. */
#define EMAIL_MARKS_SIZE 5
const char *email_marks(const json_t *email, char out[EMAIL_MARKS_SIZE]);

/* The named Emails with these properties and their accountId, in the order of the ids (Email/get, accountId "*"). One
 * that does not exist is told and fails the whole. `properties` is stolen. A new array; NULL after telling. */
json_t *emails_load(struct cli *cli, char **ids, size_t n, json_t *properties);

/* A name for all the calls of a command (undoGroup): one command is one action, however many calls it takes. */
#define EMAILS_GROUP_SIZE 40
void emails_undo_group(char out[EMAILS_GROUP_SIZE]);

/* Email/set, once for each account: `change(email, arg)` gives the PatchObject of an Email (a new reference), NULL:
 * destroy it. All of it is one action for Undo/apply. Tells what is refused. Prints with --json one object a line: {"id", "ok", "error"?}. Returns the exit
 * status. */
typedef json_t *(*email_change_fn)(const json_t *email, void *arg);
int emails_set(struct cli *cli, const json_t *emails, email_change_fn change, void *arg, int *out_done);

#endif
