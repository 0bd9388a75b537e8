/* mutf7.h - modified UTF-7 (RFC 3501 section 5.1.3), in which Maildir++ folders are named. */
#ifndef CLI_MUTF7_H
#define CLI_MUTF7_H

/* In UTF-8; a name that is no modified UTF-7 comes back as it is. Freed by the caller. */
char *mutf7_decode(const char *name);

#endif
