/* data.h - what the data of a response says: flags, FETCH, LIST, STATUS, VANISHED and others, after their head was
 * read.
 *
 * Pure functions over a parser. What a server sends beyond what we know is left out, what it forgets is marked as not
 * there. Errors are the parser's.
 */
#ifndef IMAP_DATA_H
#define IMAP_DATA_H

#include "parser.h"

#define IMAP_KEYWORD_MAX 255         /* RFC 8621 section 4.1.1 */
#define IMAP_KEYWORDS_BYTES_MAX 8192 /* of one message, together; more are left out */
#define IMAP_FLAGS_MAX 1000          /* of one message that are looked at; more are left out */
#define IMAP_ID_MAX 255              /* EMAILID, MAILBOXID: RFC 8474 section 4 */
#define IMAP_HEADER_MAX 16384        /* header fields of one message; more are as none at all */

/* ---- flags ---------------------------------------------------------------------------------------------- */

struct imap_flags {
    uint32_t bits;               /* enum fct_flag */
    unsigned seen;               /* so many were looked at */
    struct wire_buffer keywords; /* as in struct fct_flags */
};
void imap_flags_clear(struct imap_flags *f);
/* One flag as the server writes it. \Recent, unknown system flags and what is no JMAP keyword are left out. */
void imap_flags_add(struct imap_flags *f, struct fct_bytes name);
/* "(\Seen $Junk work)" */
int imap_parse_flags(struct imap_parser *p, struct imap_flags *out, struct fct_error *err);

/* What FLAGS and PERMANENTFLAGS say that a mailbox takes. */
struct imap_permanent {
    struct imap_flags flags;
    bool any;                          /* \*: new keywords can be made */
    bool junk_without_dollar, nonjunk; /* "Junk", "NonJunk": names that other programs use here */
};
int imap_parse_permanent(struct imap_parser *p, struct imap_permanent *out, struct fct_error *err);

/* ---- FETCH ---------------------------------------------------------------------------------------------- */

enum imap_fetched {
    IMAP_HAS_UID = 1u << 0,
    IMAP_HAS_FLAGS = 1u << 1,
    IMAP_HAS_DATE = 1u << 2,
    IMAP_HAS_SIZE = 1u << 3,
    IMAP_HAS_MODSEQ = 1u << 4,
    IMAP_HAS_EMAIL_ID = 1u << 5,
    IMAP_HAS_BODY = 1u << 6,
    IMAP_HAS_HEADER = 1u << 7
};

struct imap_fetch {
    unsigned has; /* enum imap_fetched */
    uint32_t uid;
    uint64_t modseq, size;
    int64_t date; /* seconds since 1970 */
    struct imap_flags flags;
    struct wire_buffer email_id;
    struct wire_buffer header; /* BODY[HEADER...]: fields as they stand */
};

/* Where the octets of BODY[] go as they come, or with `header_only` those of BODY[HEADER]; a body that is NIL is never
 * begun. */
struct imap_body_sink {
    void *ctx;
    int (*begin)(void *ctx, uint64_t octets, struct fct_error *err);
    int (*data)(void *ctx, struct fct_bytes part, struct fct_error *err);
    bool header_only;
};

/* The attributes of a FETCH response, in any order. Buffers of *f are used again. `body` NULL: bodies are dropped. */
int imap_parse_fetch(struct imap_parser *p, const struct imap_body_sink *body, struct imap_fetch *f,
                     struct fct_error *err);
/* Adds what a later response says of the same message; where both say something the later one is right. */
void imap_fetch_merge(struct imap_fetch *to, const struct imap_fetch *later);
void imap_fetch_done(struct imap_fetch *f);
/* "17-Jul-1996 02:44:25 -0700" as seconds since 1970. */
bool imap_parse_date(struct fct_bytes text, int64_t *out);

/* ---- mailboxes ------------------------------------------------------------------------------------------ */

struct imap_list_item {
    uint32_t attrs; /* enum fct_mailbox_attr */
    uint32_t role;  /* enum fct_role */
    uint32_t delimiter;
    bool nonexistent;
    bool tells_children;     /* whether it has some: what RETURN (CHILDREN) is answered with, RFC 5258 section 3.2 */
    struct wire_buffer name; /* as it came */
};
/* LIST and LSUB. */
int imap_parse_list(struct imap_parser *p, struct imap_list_item *out, struct fct_error *err);

struct imap_status {
    struct wire_buffer name;
    struct wire_buffer mailbox_id;
    struct fct_mailbox_status values; /* its mailbox_id stays empty */
};
int imap_parse_status(struct imap_parser *p, struct imap_status *out, struct fct_error *err);
void imap_status_done(struct imap_status *s);

/* NAMESPACE (RFC 2342): calls `each` for every prefix; kind 0 personal, 1 other users', 2 shared. */
int imap_parse_namespace(struct imap_parser *p, void (*each)(void *ctx, int kind, struct fct_bytes prefix), void *ctx,
                         struct fct_error *err);

#define IMAP_QUOTA_NAME_MAX 255 /* bytes of a quota root's name that are kept, and of a resource's */

struct imap_quota {
    struct wire_buffer root;
    struct wire_buffer resource; /* in upper case */
    uint64_t used, limit;        /* as the server says: STORAGE in 1024 octets (RFC 9208 section 5.1) */
};
/* QUOTA (RFC 9208 section 4.2.1): calls `each` for every resource. Buffers of *q are used again. */
int imap_parse_quota(struct imap_parser *p, struct imap_quota *q, int (*each)(void *ctx, struct fct_error *err),
                     void *ctx, struct fct_error *err);
void imap_quota_done(struct imap_quota *q);

/* ---- others --------------------------------------------------------------------------------------------- */

/* The set of VANISHED; the slice lives in the line. */
int imap_parse_vanished(struct imap_parser *p, bool *out_earlier, struct fct_bytes *out_set, struct fct_error *err);
/* The atoms of CAPABILITY and ENABLED. */
int imap_parse_atoms(struct imap_parser *p, void (*each)(void *ctx, struct fct_bytes atom), void *ctx,
                     struct fct_error *err);
/* ID (RFC 2971): appends "name version", as far as the server tells. */
int imap_parse_id(struct imap_parser *p, struct wire_buffer *out, struct fct_error *err);

#endif
