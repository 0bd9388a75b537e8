/* outgoing.h - a message that is to be sent: read, completed with what it lacks, handed over to facteurd.
 *
 * What it lacks of From, Date and Message-ID is put in front of it; its lines get CRLF. Then it is a draft of the
 * account, and an EmailSubmission of it, made in one batch of calls: when it answers, the message is on disk, and goes
 * out by itself.
 */
#ifndef CLI_OUTGOING_H
#define CLI_OUTGOING_H

#include "cli.h"

#define OUTGOING_MAX ((size_t)64 << 20) /* bytes of a message; facteurd's own limit */

struct outgoing {
    char *text; /* the message */
    size_t n;
    json_t *to;          /* array of addresses; NULL: those of To, Cc and Bcc */
    bool adds_to_header; /* `to` stands beside those of To, Cc and Bcc, not instead of them */
    const char *from;    /* the sender's address; NULL: that of From, or of the first account that can send */
    const char *name;    /* beside it in a From that is made; NULL: the identity's */
    bool wants_receipt;  /* from those who read it (RFC 8098) */
    int64_t hold;        /* seconds until it goes out */
    const char *until;   /* or when: "2030-01-01T00:00:00Z"; NULL */
};
void outgoing_done(struct outgoing *o);
/* Reads all of a file (NULL: standard input). `ends_at_dot`: a line with one dot ends it, as sendmail has it. 0, or -1
 * after telling. */
int outgoing_read(struct cli *cli, const char *path, bool ends_at_dot, struct outgoing *o);
/* Whether its header has such a field. */
bool outgoing_has(const struct outgoing *o, const char *field);

/* Why it was not taken, for exit statuses. */
enum outgoing_trouble {
    OUTGOING_FINE,
    OUTGOING_NO_CORE,   /* facteurd is not there */
    OUTGOING_NO_SENDER, /* no account sends as that */
    OUTGOING_BAD_RECIPIENT,
    OUTGOING_BAD_MESSAGE,
    OUTGOING_LATER, /* it may pass */
    OUTGOING_OTHER
};
/* Hands it over. *out_submission is a new reference: {id, accountId, state...}. Tells what went wrong. */
enum outgoing_trouble outgoing_submit(struct cli *cli, struct outgoing *o, json_t **out_submission);

/* The same of a message that is a draft of the account already, and new. `envelope` (JSON null: as the message says) is
 * stolen. */
enum outgoing_trouble outgoing_submit_draft(struct cli *cli, const char *account_id, const char *identity_id,
                                            const char *email_id, json_t *envelope, json_t **out_submission);
/* The same, from the identity of its From; of `o` hold and until count. */
enum outgoing_trouble outgoing_send_draft(struct cli *cli, const char *account_id, const char *email_id,
                                          struct outgoing *o, json_t **out_submission);

#endif
