/* reply.h - what an SMTP server answers (RFC 5321 section 4.2), line by line; and what it says to EHLO. Pure functions.
 *
 *   struct smtp_reply r = {0};
 *   while ((more = smtp_reply_line(&r, line)) == 0)
 *       line = the next one;
 */
#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

#include "wire/buffer.h"

#define SMTP_REPLY_LINE_MAX 4096 /* RFC 5321 section 4.5.3.1.5 says 512; some servers say more */
#define SMTP_REPLY_LINES_MAX 200

struct smtp_reply {
    int code; /* 200 to 599; 0: nothing came yet */
    unsigned lines;
    unsigned detail[3]; /* the enhanced status code (RFC 2034), all 0 when there is none */
    struct wire_buffer
        text; /* the lines without their codes, with '\n' between them; an enhanced code stays in the first */
};

/* For the next reply; keeps the memory. */
void smtp_reply_clear(struct smtp_reply *r);
void smtp_reply_done(struct smtp_reply *r);
/* One line without its CRLF. 1: the reply is complete; 0: there is more; -1: this is no reply, or too long a one. */
int smtp_reply_line(struct smtp_reply *r, struct fct_bytes line);

enum smtp_extension {
    SMTP_EXT_PIPELINING = 1u << 0, /* RFC 2920 */
    SMTP_EXT_SIZE = 1u << 1,       /* RFC 1870 */
    SMTP_EXT_8BITMIME = 1u << 2,   /* RFC 6152 */
    SMTP_EXT_SMTPUTF8 = 1u << 3,   /* RFC 6531 */
    SMTP_EXT_CHUNKING = 1u << 4,   /* RFC 3030 */
    SMTP_EXT_DSN = 1u << 5,        /* RFC 3461 */
    SMTP_EXT_ENHANCED = 1u << 6,   /* RFC 2034 */
    SMTP_EXT_STARTTLS = 1u << 7,   /* RFC 3207 */
    SMTP_EXT_AUTH = 1u << 8        /* RFC 4954 */
};

struct smtp_offer {
    uint32_t extensions; /* enum smtp_extension */
    uint32_t mechanisms; /* enum sasl_mechanism */
    uint64_t size_max;   /* octets of a message; 0: no limit, or not told */
    char name[256];      /* the server's, as it says; printable ASCII */
};

/* Of the text of a reply to EHLO. */
void smtp_offer_parse(struct fct_bytes text, struct smtp_offer *out);

#endif
