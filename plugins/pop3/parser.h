/* parser.h - the grammar of POP3's answers (RFC 1939, RFC 2449), and the bytes between a "+OK" and the ".". Pure.
 *
 * Slices point into what was given.
 */
#ifndef POP3_PARSER_H
#define POP3_PARSER_H

#include "wire/buffer.h"

/* Bounds on what a server may send. RFC 2449 section 4 has 512 octets for an answer's first line; more occurs. */
#define POP3_LINE_MAX ((size_t)8192)
#define POP3_CODE_MAX 31

enum pop3_kind { POP3_OK, POP3_ERR, POP3_CONTINUE };

struct pop3_status {
    enum pop3_kind kind;
    char code[POP3_CODE_MAX + 1]; /* "IN-USE", "SYS/TEMP"..., upper case; "" when there is none (RFC 2449 section 8) */
    struct fct_bytes text;        /* behind it */
};
/* False for a line that is no answer. */
bool pop3_parse_status(struct fct_bytes line, struct pop3_status *out);

/* "12 120": a number from 1 on, then the rest of the line without the spaces before it. False for anything else. */
bool pop3_parse_numbered(struct fct_bytes line, uint64_t *out_number, struct fct_bytes *out_rest);
/* Decimal digits and what follows them (nothing, or white space and more). */
bool pop3_parse_number(struct fct_bytes text, uint64_t *out);

/* "<1896.697170952@dbc.mtview.ca.us>" in a greeting (RFC 1939 section 7, APOP); empty when there is none. */
struct fct_bytes pop3_timestamp(struct fct_bytes greeting);

enum pop3_cap {
    POP3_CAP_STLS = 1u << 0,
    POP3_CAP_USER = 1u << 1,
    POP3_CAP_UIDL = 1u << 2,
    POP3_CAP_TOP = 1u << 3,
    POP3_CAP_PIPELINING = 1u << 4,
    POP3_CAP_RESP_CODES = 1u << 5,
    POP3_CAP_AUTH_RESP_CODE = 1u << 6,
    POP3_CAP_UTF8 = 1u << 7,
    POP3_CAP_SASL = 1u << 8
};
struct pop3_caps {
    uint32_t bits;
    uint32_t mechanisms;     /* enum sasl_mechanism */
    char implementation[64]; /* printable ASCII; "" when the server does not say */
};
/* Adds what one line of CAPA says. */
void pop3_parse_capability(struct fct_bytes line, struct pop3_caps *io);

/* A multi-line answer in pieces, its dots unstuffed (RFC 1939 section 3). `{0}` to begin; `bare_lf`: this server ends
 * its lines with LF alone, and so its answers. */
struct pop3_body {
    enum { POP3_AT_START, POP3_IN_LINE, POP3_AFTER_CR, POP3_AFTER_DOT, POP3_AFTER_DOT_CR, POP3_AT_END } at;
    bool bare_lf;
};
/* Takes from the front of *in. 1: *out is the next piece of the message; 0: more is needed; 2: it was the end, and what
 * follows belongs to the next answer. */
int pop3_body_next(struct pop3_body *b, struct fct_bytes *in, struct fct_bytes *out);

#endif
