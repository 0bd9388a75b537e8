/* quirks.h - servers as they are: what some of them do against the RFCs, how they are recognised, what we do about it.
 *
 * One table (quirks.c). An entry with quirks changes what we say to that server; one without them needs no exception,
 * because what we do for everybody is ready for it: it stands there so that nobody takes that readiness away. Each
 * names its test in tests/conversation/test_quirks.c, which checks that it has it.
 *
 * Pure functions.
 */
#ifndef IMAP_QUIRKS_H
#define IMAP_QUIRKS_H

#include "wire/buffer.h"

enum imap_quirk {
    IMAP_QUIRK_ID_FIRST = 1u << 0,          /* opens no mailbox before ID, whether it offers ID or not */
    IMAP_QUIRK_NO_QRESYNC = 1u << 1,        /* offers QRESYNC and does it wrong */
    IMAP_QUIRK_ASK_CAPABILITIES = 1u << 2,  /* what it says with the login's answer is not what it can */
    IMAP_QUIRK_NO_STATUS_ID = 1u << 4,      /* STATUS gives MAILBOXID beside other items, and a wrong one */
    IMAP_QUIRK_UNAVAILABLE_IS_ONE = 1u << 3 /* FETCH answered with UNAVAILABLE: one message is broken, for ever */
};

/* A server is an entry's if one of these is true; all NULL: no server is recognised. */
struct imap_quirk_entry {
    const char *server;     /* for people */
    const char *host;       /* the host's name is this, or ends in a dot and this */
    const char *capability; /* is among what it offers */
    const char *words;      /* stand in its greeting or in its answer to ID */
    uint32_t quirks;        /* enum imap_quirk */
    const char *symptom;
    const char *remedy;
    const char *test;
};

/* The n-th entry, NULL behind the last. */
const struct imap_quirk_entry *imap_quirk_entry(size_t n);

uint32_t imap_quirks_of_host(const char *host);
uint32_t imap_quirks_of_capability(struct fct_bytes atom);
uint32_t imap_quirks_of_words(struct fct_bytes words);

/* Whether the words of a refusal without a response code of RFC 5530 say that it is for now only. *out_wait_ms: how
 * long the server asks us to wait, at most an hour; 0 if it does not say. */
bool imap_is_for_now(struct fct_bytes words, bool signing_in, int64_t *out_wait_ms);

#endif
