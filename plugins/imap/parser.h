/* parser.h - the grammar of IMAP responses (RFC 9051 section 9, RFC 3501 section 9), token after token.
 *
 * The parser pulls lines and the octets of literals from a feed and does no I/O of its own: a session feeds it from
 * its connection, a test from an array. It never reads past the end of the response that it is in, so what
 * follows (a TLS handshake, compressed bytes) is untouched.
 *
 *   imap_read_response(&p, &r, &err)         the head: tag, condition, response code, or a number and a name
 *   imap_next(&p, &tok, &err) ...            the data, until IMAP_END
 *   imap_skip_rest(&p, &err)                 whatever is left of it; read_response does it if the caller did not
 *
 * Slices    point into the line: they are valid until the next call that reads.
 * Errors    FCT_E_PROTOCOL for what is no IMAP, FCT_E_LIMIT for a bound below, and the feed's own.
 */
#ifndef IMAP_PARSER_H
#define IMAP_PARSER_H

#include "wire/buffer.h"

/* Bounds on what a server may send. The feed bounds the length of a line. */
#define IMAP_LINE_MAX ((size_t)64 << 10)          /* before the login is over */
#define IMAP_LINE_MAX_SIGNED_IN ((size_t)4 << 20) /* VANISHED of a mailbox of 500,000 messages is one line */
#define IMAP_LITERAL_MAX ((size_t)1 << 20)        /* a literal that is no message body */
#define IMAP_BODY_MAX UINT32_MAX                  /* a message body (RFC 3501: number) */
#define IMAP_DEPTH_MAX 100                        /* nested lists */
#define IMAP_TOKENS_MAX (1u << 20)                /* in one response */
#define IMAP_TAG_MAX 31
#define IMAP_NAME_MAX 31 /* FETCH, AUTHENTICATIONFAILED... */

struct imap_feed {
    void *ctx;
    /* The next line, without its CRLF. */
    int (*line)(void *ctx, struct fct_bytes *out, struct fct_error *err);
    /* Between 1 and `max` octets. */
    int (*octets)(void *ctx, size_t max, struct fct_bytes *out, struct fct_error *err);
};

struct imap_parser {
    struct imap_feed feed;
    const char *at, *end;         /* what is left of the line */
    uint64_t literal_left;        /* octets of a literal that nobody has read yet */
    bool in_response, needs_line; /* after a literal the response goes on in the next line */
    unsigned depth, tokens;
    struct wire_buffer scratch; /* the last quoted string with escapes, or the last collected literal */
};

void imap_parser_init(struct imap_parser *p, struct imap_feed feed);
/* A parser for a text without literals (the arguments of a response code). Needs no imap_parser_done. */
void imap_parser_init_text(struct imap_parser *p, struct fct_bytes text);
void imap_parser_done(struct imap_parser *p);

/* ---- the head of a response ----------------------------------------------------------------------------- */

enum imap_kind {
    IMAP_CONTINUE, /* "+ text" */
    IMAP_TAGGED,   /* "A1 OK text" */
    IMAP_STATUS,   /* "* OK text": status or greeting */
    IMAP_NUMBERED, /* "* 12 FETCH (...)" */
    IMAP_DATA      /* "* LIST ..." */
};

enum imap_condition { IMAP_PENDING = 0, IMAP_OK, IMAP_NO, IMAP_BAD, IMAP_BYE, IMAP_PREAUTH };

struct imap_response {
    enum imap_kind kind;
    enum imap_condition condition; /* tagged and status */
    uint32_t number;               /* numbered */
    char tag[IMAP_TAG_MAX + 1];
    char name[IMAP_NAME_MAX + 1]; /* data and numbered: upper case; "" when it is longer */
    char code[IMAP_NAME_MAX + 1]; /* tagged and status: the response code's name, upper case; "" when there is none */
    struct fct_bytes code_args;   /* what stands behind the name, up to the bracket */
    struct fct_bytes text;        /* tagged, status and continuation: for people, or base64 */
};

/* Reads lines until a response begins and parses its head. */
int imap_read_response(struct imap_parser *p, struct imap_response *r, struct fct_error *err);

/* ---- its data ------------------------------------------------------------------------------------------- */

enum imap_token_kind {
    IMAP_END,  /* of the response, or of the text */
    IMAP_ATOM, /* anything bare: atom, number, flag, "BODY[]<0>" */
    IMAP_NIL,
    IMAP_QUOTED,  /* unescaped */
    IMAP_LITERAL, /* `octets` announced: read them with imap_literal_some, or imap_string */
    IMAP_OPEN,
    IMAP_CLOSE
};

struct imap_token {
    enum imap_token_kind kind;
    struct fct_bytes text; /* atom, quoted */
    uint64_t octets;       /* literal */
};

int imap_next(struct imap_parser *p, struct imap_token *tok, struct fct_error *err);
/* The next octets of the literal just announced; empty when it is over. */
int imap_literal_some(struct imap_parser *p, struct fct_bytes *out, struct fct_error *err);
/* Makes a string of a token: atom and quoted as they are, a literal collected (at most IMAP_LITERAL_MAX), NIL as an
 * empty slice with p NULL. FCT_E_PROTOCOL for a parenthesis or the end. */
int imap_string(struct imap_parser *p, const struct imap_token *tok, struct fct_bytes *out, struct fct_error *err);
/* imap_next and imap_string in one. */
int imap_next_string(struct imap_parser *p, struct fct_bytes *out, struct fct_error *err);
/* imap_next, which must give this kind. */
int imap_expect(struct imap_parser *p, enum imap_token_kind kind, struct fct_error *err);
/* If what follows is neither quoted nor a literal: all of it up to the end of the line, or to the extended data of LIST
 * (RFC 5258 section 6), without the spaces around it. Some servers write names so that hold spaces, tabs or
 * parentheses. False, with nothing read, for a string of any other kind. */
bool imap_take_bare_rest(struct imap_parser *p, struct fct_bytes *out);
/* Leaves out the value that `tok` begins: an atom, a string, a literal, or a list with everything inside. */
int imap_skip_value(struct imap_parser *p, const struct imap_token *tok, struct fct_error *err);
/* Leaves out what is left of the response. */
int imap_skip_rest(struct imap_parser *p, struct fct_error *err);

/* Digits only, no larger than `max`. */
bool imap_number(struct fct_bytes text, uint64_t max, uint64_t *out);

#endif
