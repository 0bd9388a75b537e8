/* path.h - addresses on the wire: what may stand between < and > (RFC 5321 section 4.1.2, RFC 6531 section 3.3). Pure.
 */
#ifndef SMTP_PATH_H
#define SMTP_PATH_H

#include "wire/buffer.h"

#define SMTP_PATH_MAX 512 /* RFC 5321 section 4.5.3.1.3 says 256, and lets us say more */

/* Whether it is local@domain that can stand in a command: nothing in it ends the command, or the address. */
bool smtp_path_is_good(struct fct_bytes address);
/* Whether it needs SMTPUTF8. */
bool smtp_has_8bit(struct fct_bytes text);
/* Appends the text as xtext (RFC 3461 section 4). */
void smtp_add_xtext(struct fct_bytes text, struct wire_buffer *out);

/* What RFC 3461 lets stand there, of which a report is made that is ASCII (sections 4.2 and 4.4): printable, and within
 * the limits as it is sent. Empty is good: it is not sent. */
#define SMTP_ENVID_MAX 100
#define SMTP_ORCPT_MAX 500
bool smtp_is_envid(struct fct_bytes text);
/* "rfc822;jane@example.org". "utf-8;" (RFC 6533 section 3) is the type of an address that is not ASCII. */
bool smtp_is_orcpt(struct fct_bytes text);
/* Appends one that is good. `utf8`: the server has SMTPUTF8, and takes such an address as it is. */
void smtp_add_orcpt(struct fct_bytes orcpt, bool utf8, struct wire_buffer *out);

#endif
