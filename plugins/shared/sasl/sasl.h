/* sasl.h - signing in (RFC 4422), whatever protocol carries it: SCRAM first, then what shows the password; with an
 * access token where the account has one.
 *
 * A protocol gives what it can carry (struct sasl_carrier) and what the server offers (struct sasl_offer), and calls
 * sasl_sign_in. Its own commands for the purpose (LOGIN, USER and PASS, APOP) take part as two mechanisms more.
 *
 * Under TLS SCRAM is bound to the channel where the server offers that (-PLUS: tls-exporter, RFC 9266, in TLS 1.3;
 * tls-unique, RFC 5929, in TLS 1.2; tls-server-end-point where it does not take those), and says that it could be where
 * it does not (RFC 5802 section 6).
 *
 * A password goes out readable only under TLS, or when the user wrote tls=none into the account's URL. A SCRAM answer
 * of the server that does not prove that it knows the password ends the attempt: nothing weaker is tried after it. An
 * account that signs in with an access token (OAUTHBEARER, RFC 7628; XOAUTH2, Google's and Microsoft's older form of
 * it) never shows a password; one that is refused is renewed once.
 *
 * Suspends   sasl_sign_in.
 * Ownership  all is the caller's; nothing is kept.
 * Errors     FCT_E_AUTH with user_action when the server takes none of this, or cannot be trusted; otherwise the
 * carrier's.
 */
#ifndef SASL_SASL_H
#define SASL_SASL_H

#include "sasl/login.h"
#include "sasl/secrets.h"

/* What a server may offer. DIGEST and COMMAND are the protocol's own. */
enum sasl_mechanism {
    SASL_SCRAM_SHA256 = 1u << 0,
    SASL_SCRAM_SHA1 = 1u << 1,
    SASL_CRAM_MD5 = 1u << 2,
    SASL_DIGEST = 1u << 3, /* APOP: hides the password, but from nobody who can try a few billions */
    SASL_PLAIN = 1u << 4,
    SASL_LOGIN = 1u << 5,
    SASL_COMMAND = 1u << 6, /* LOGIN of IMAP, USER and PASS of POP3: the password as it is */
    SASL_OAUTHBEARER = 1u << 7,
    SASL_XOAUTH2 = 1u << 8,
    SASL_SCRAM_SHA256_PLUS = 1u << 9, /* bound to the TLS channel: nobody in the middle can pass it on */
    SASL_SCRAM_SHA1_PLUS = 1u << 10,
    SASL_EXTERNAL = 1u << 11 /* RFC 4422 appendix A: the client certificate says who it is */
};

/* The bit of SCRAM-SHA-1, PLAIN..., without regard to case; 0 for what is not supported. */
uint32_t sasl_mechanism_of(struct fct_bytes name);

/* Whether the account signs in with its client certificate: where it says so ("auth": "external"), or has one
 * ("certFile") and the server offers it under TLS. For sasl_login_init. */
bool sasl_wants_external(struct fct_account *acc, const struct fct_conn *conn, const char *only, uint32_t offered);

struct sasl_carrier {
    void *ctx;          /* first argument of every call */
    const char *host;   /* for errors */
    size_t initial_max; /* characters in base64 that the first message may have beside the command; 0: it waits */

    /* Sends AUTH (or AUTHENTICATE) with the mechanism, and `initial`, in base64, if it is not NULL. */
    int (*begin)(void *ctx, const char *mechanism, const struct fct_bytes *initial, struct fct_error *err);
    /* Waits. 1: the server asks to go on, with *out in base64, valid until the next call; 0: it has answered the
     * command, now or before. */
    int (*wait)(void *ctx, struct fct_bytes *out, struct fct_error *err);
    /* Sends a line. */
    int (*reply)(void *ctx, struct fct_bytes line, struct fct_error *err);
    /* Waits for the answer, if it has not come. 1: we are signed in; 0: refused. */
    int (*finish)(void *ctx, struct fct_error *err);
    /* SASL_DIGEST or SASL_COMMAND, with the result of `finish`. May be NULL when neither is offered. */
    int (*own)(void *ctx, uint32_t which, const struct sasl_login *l, struct fct_error *err);
    /* Makes an error of the refusal: FCT_E_AUTH unless it is about something else. Never suspends. */
    void (*refusal)(void *ctx, struct fct_error *err);
    /* Nothing more is to be said to this server. Never suspends. */
    void (*give_up)(void *ctx, const struct fct_error *err);
};

struct sasl_offer {
    uint32_t mechanisms; /* enum sasl_mechanism */
    const char *only; /* the account's "auth": a mechanism's name in lower case, "command"; NULL or "auto": the best */
    uint32_t port;    /* of the server, which OAUTHBEARER tells it */
    struct fct_conn *conn; /* whose TLS -PLUS is bound to; NULL: none */
    const char *hint;      /* what to tell when nothing is usable; NULL: a general sentence */
    bool is_tls;
    bool may_be_clear; /* the account says tls=none */
};

/* -1 and *err: not signed in. `l->proved` is set on the way. */
int sasl_sign_in(const struct sasl_carrier *c, const struct sasl_offer *offer, struct sasl_login *l,
                 struct fct_error *err);

/* RFC 4616, appended. */
void sasl_plain_message(const struct sasl_login *l, struct wire_buffer *out);
/* RFC 7628 section 3.1, and XOAUTH2, which is as Google describes it; appended. */
void sasl_oauthbearer_message(const struct sasl_login *l, const char *host, uint32_t port, struct wire_buffer *out);
void sasl_xoauth2_message(const struct sasl_login *l, struct wire_buffer *out);
/* RFC 2195, appended: the answer to a challenge. */
void sasl_cram_md5_message(const struct sasl_login *l, struct fct_bytes challenge, struct wire_buffer *out);

#endif
