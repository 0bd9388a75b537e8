/* ids.h - the opaque ids that leave the core, and back. RFC 8620 section 1.2: A-Za-z0-9_- only.
 *
 * A letter and the number in lower-case base 32 (0-9a-v): "a1" account, "m2k" mailbox, "e1u9h3k0" email, "t3" thread, "n5" notice, "z5" an action that can be undone, "i6" an identity, "s7" a submission, "o2" a token, "l9" an entry of the audit log, "q2" a quota, "w8" a push subscription, "r4" a rule; a blob is
 * 'b' and the 64 hex digits of its SHA-256, a part of a message that and "_1_2"; the bytes of a message that are not here yet are "p1u9h3k0". Parsing accepts exactly what
 * formatting gives (no leading zeros), so two strings never mean one object.
 */
#ifndef STORE_IDS_H
#define STORE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum id_kind { ID_ACCOUNT = 'a', ID_MAILBOX = 'm', ID_EMAIL = 'e', ID_THREAD = 't', ID_UPLOAD = 'u', ID_TASK = 'k', ID_NOTICE = 'n', ID_UNDO = 'z', ID_IDENTITY = 'i', ID_SUBMISSION = 's', ID_TOKEN = 'o', ID_AUDIT = 'l', ID_QUOTA = 'q', ID_PUSH = 'w', ID_RULE = 'r' };

#define ID_SIZE 16       /* any numeric id with its NUL */
#define BLOB_ID_SIZE 66  /* 'b', 64 digits, NUL */
#define STATE_SIZE 16

const char *id_format(enum id_kind kind, int64_t number, char out[ID_SIZE]);
bool id_parse(enum id_kind kind, const char *text, int64_t *out);
const char *blob_id_format(const unsigned char sha256[32], char out[BLOB_ID_SIZE]);
/* *out_part points into `text`, at "1_2" after the first '_', or is NULL for the whole blob. */
bool blob_id_parse(const char *text, unsigned char sha256[32], const char **out_part);
/* 'p' and the number of an Email: the bytes of its message, whichever they are (decision 13), or a part of them. */
const char *message_blob_id_format(int64_t email_id, char out[ID_SIZE]);
bool message_blob_id_parse(const char *text, int64_t *out_email_id, const char **out_part);
/* A state string "s" + base 32. */
const char *state_format(int64_t modseq, char out[STATE_SIZE]);
bool state_parse(const char *text, int64_t *out);

#endif
