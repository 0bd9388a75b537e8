/* mailbox_names.h - names of mailboxes: what users may give, what servers send, what they suggest.
 *
 * Threads: any, no state.
 */
#ifndef STORE_MAILBOX_NAMES_H
#define STORE_MAILBOX_NAMES_H

#include "base/buf.h"

/* A name from a user: valid UTF-8, 1 to MAILBOX_NAME_MAX bytes, no control characters, no '/' (RFC 8621 section 2 lets
 * a server refuse it). *out is normalised (NFC, RFC 5198) and the caller's. FCT_E_INVALID "name: ...". */
int mailbox_name_check(const char *name, char **out, struct fct_error *err);

/* One level of a name from a server, made fit to be shown: what is not UTF-8 or is a control character becomes U+FFFD,
 * what is too long is cut; normalised as users' names are, for some servers take names apart (NFD): one that was made here is
 * known again. Appends to `out`; empty stays empty. */
void mailbox_name_clean(struct fct_bytes level, struct buf *out);

/* Cuts to at most `max` bytes at a character boundary. */
size_t mailbox_name_cut(const char *s, size_t n, size_t max);

/* The role that a name is commonly used for ("Sent Items", "Corbeille", "Entwürfe"); FCT_ROLE_NONE for all others. */
int mailbox_name_role(const char *name);

#endif
