/* session.h - one conversation with one IMAP server: what the operations of the plugin share.
 *
 * conversation.c sends commands and takes answers, session.c connects and signs in; list.c, namespace.c, select.c,
 * messages.c, fetch.c, change.c, idle.c, quota.c and write.c are the operations of struct fct_source.
 *
 * Suspends   everything that takes a session and an error, unless its comment says otherwise.
 * Errors     a failed read, write or parse breaks the session: imap_begin then gives the same error for ever. NO and
 * BAD do not.
 */
#ifndef IMAP_SESSION_H
#define IMAP_SESSION_H

#include "data.h"
#include "quirks.h"

#include "sasl/secrets.h"

#define IMAP_IDLE_MAX_MS (28u * 60 * 1000) /* RFC 2177: again before 29 minutes are over */
#define IMAP_SYNCS_MAX 8                   /* literals in a command that the server must ask for */
#define IMAP_SET_MAX 4000u         /* characters of a set of UIDs: RFC 2683 section 3.2.1.5 allows 8000 for a command */
#define IMAP_PATIENCE_SIGNING_IN 2 /* deadlines of a read, for an answer while the server talks of other things */
#define IMAP_PATIENCE 10
#define IMAP_RATE_MIN 1024u /* octets a second of an answer: beyond that patience a server may not be slower */
#define IMAP_ANSWER_MAX_MS (24u * 60 * 60 * 1000)
#define IMAP_CONTINUATION_MAX ((size_t)64 << 10)

/* Extensions that change what we say; the bit is set when the server offers it. */
enum imap_cap {
    IMAP_CAP_REV1 = 1u << 0,
    IMAP_CAP_REV2 = 1u << 1,
    IMAP_CAP_STARTTLS = 1u << 2,
    IMAP_CAP_LOGINDISABLED = 1u << 3,
    IMAP_CAP_SASL_IR = 1u << 4,
    IMAP_CAP_ENABLE = 1u << 9,
    IMAP_CAP_CONDSTORE = 1u << 10,
    IMAP_CAP_QRESYNC = 1u << 11,
    IMAP_CAP_UTF8_ACCEPT = 1u << 12,
    IMAP_CAP_LIST_EXTENDED = 1u << 13,
    IMAP_CAP_LIST_STATUS = 1u << 14,
    IMAP_CAP_SPECIAL_USE = 1u << 15,
    IMAP_CAP_NAMESPACE = 1u << 16,
    IMAP_CAP_IDLE = 1u << 17,
    IMAP_CAP_COMPRESS = 1u << 18,
    IMAP_CAP_LITERAL_PLUS = 1u << 19,
    IMAP_CAP_LITERAL_MINUS = 1u << 20,
    IMAP_CAP_UIDPLUS = 1u << 21,
    IMAP_CAP_MOVE = 1u << 22,
    IMAP_CAP_ID = 1u << 23,
    IMAP_CAP_OBJECTID = 1u << 24,
    IMAP_CAP_GMAIL = 1u << 25,
    IMAP_CAP_CREATE_SPECIAL_USE = 1u << 26,
    IMAP_CAP_NOTIFY = 1u << 27,
    IMAP_CAP_UNSELECT = 1u << 28,
    IMAP_CAP_QUOTA = 1u << 29
};

/* A command that was sent. Storage is the caller's, who waits for its answer before it goes away. */
struct imap_command {
    struct imap_command *next;
    enum imap_condition condition; /* IMAP_PENDING until the tagged answer has come */
    char tag[16];
    const char *what; /* "LOGIN": for errors; lives as long as the command */
    char code[IMAP_NAME_MAX + 1];
    struct wire_buffer code_args, text; /* of the answer; imap_command_done frees */
};

struct imap_session;

/* What an operation wants to know of the data that comes while it waits. Returns 1 if it took the response, 0 if the
 * session should do what it does by default, -1 with *err. */
typedef int (*imap_data_fn)(void *ctx, struct imap_session *s, struct imap_response *r, struct fct_error *err);

struct imap_session {
    struct fct_account *acc;
    struct fct_conn *conn;
    struct fct_endpoint ep;
    struct imap_parser in;
    struct wire_buffer out;                 /* a command under construction */
    size_t sync_at[IMAP_SYNCS_MAX], n_sync; /* where in `out` the server must ask for a literal first */
    uint32_t caps;                          /* enum imap_cap */
    uint32_t mechanisms;                    /* enum sasl_mechanism: AUTH= of the capabilities */
    uint32_t enabled;                       /* of these, what ENABLE has switched on */
    uint32_t quirks;                        /* enum imap_quirk */
    bool caps_known, signed_in, compressed, preauth;
    unsigned last_tag;
    struct imap_command *first, *last; /* sent and not answered, oldest first */
    bool continued;                    /* the server asked to go on: its words are in `continuation` */
    struct wire_buffer continuation;
    bool offered_move, moves; /* MOVE: it was offered; it has worked */
    uint64_t append_limit;    /* RFC 7889; 0: unknown */
    bool idle_fails;          /* IDLE was refused, ignored, or ended at once: the server is asked now and then */
    char abandoned_tag[16];   /* of an IDLE that was never answered */
    bool notifies;            /* NOTIFY is on: news of other mailboxes come at any time */
    unsigned notify_failures; /* how often it was refused, or the server gave it up */
    bool others_changed;      /* news of other mailboxes came, and nobody was there to hear them */
    bool said_bye;
    struct wire_buffer bye; /* why the server ends the conversation */
    char bye_code[IMAP_NAME_MAX + 1];
    bool broken;
    struct fct_error why_broken;
    struct wire_buffer server_name; /* from ID */
    /* while signing in: what must not be repeated in an error or a log, whatever the server says */
    struct sasl_secrets secrets;
    struct wire_buffer sayable; /* what a server said, without them */
    uint64_t round_trips;

    /* how long an answer may take */
    uint64_t waited_ms;   /* for the server, since the wait for an answer began */
    uint64_t earned;      /* octets since then that belong to the answer */
    uint64_t line_octets; /* of the response that comes, without its literals */

    /* namespaces: prefixes of personal, other users' and shared mailboxes, each ended by a NUL */
    struct wire_buffer prefixes[3];

    /* the selected mailbox */
    bool selected, read_only;
    bool no_modseq; /* it keeps none: asking for them is an error (RFC 7162 section 3.1.2.2) */
    uint64_t exists;
    bool exists_changed;              /* and the sink was not told */
    uint64_t exists_low;              /* the lowest count since then */
    bool expunged;                    /* sequence numbers moved since they were noted */
    uint32_t stale_first, stale_last; /* messages whose flags changed, known by sequence number only; 0: none */
    struct imap_permanent permanent;
    bool permanent_known;
    uint64_t uidnext; /* when it was selected; 0: the server did not say */
    struct wire_buffer mailbox_id;
    struct wire_buffer selected_name; /* its wire name */

    /* the operation that runs */
    imap_data_fn on_data;
    void *on_data_ctx;
    const struct fct_sink *sink;
    struct imap_fetch fetch; /* scratch */
    uint32_t coming_uid;     /* of the message whose octets come; 0: none, or the server has not said */
};

/* ---- conversation.c ------------------------------------------------------------------------------------- */

/* Every operation begins with this: fails if the session is broken. `sink` and `on_data` may be NULL. */
int imap_begin(struct imap_session *s, const struct fct_sink *sink, imap_data_fn on_data, void *ctx,
               struct fct_error *err);
/* And ends with this, which tells the sink what is left to tell and returns rc. */
int imap_end(struct imap_session *s, int rc, struct fct_error *err);

/* Builds a command: its name, then arguments, each with the space before it. Never suspend. */
void imap_put(struct imap_session *s, struct imap_command *c, const char *what);
void imap_put_text(struct imap_session *s, const char *fmt, ...) FCT_PRINTF(2, 3);
/* A string argument, quoted or as a literal. */
void imap_put_string(struct imap_session *s, struct fct_bytes text);
/* A mailbox by its wire name. */
void imap_put_mailbox(struct imap_session *s, struct fct_bytes wire_name);
/* The item of FETCH that tells what identifies a message in every mailbox, where the server has one. */
void imap_put_email_id(struct imap_session *s);
/* FCT_E_INVALID for CR, LF and NUL: call it before anything of the command is built. */
int imap_check_argument(struct fct_bytes text, const char *what, struct fct_error *err);
/* Queues the command; it goes out with the next wait. Waits itself only for literals the server must ask for. */
int imap_send(struct imap_session *s, struct imap_command *c, struct fct_error *err);
/* The announcement (without a space before it) of a literal whose octets follow with imap_send_bytes; the last thing
 * that is put. `wait`: until the server agrees, even if it need not be asked. */
void imap_put_literal_size(struct imap_session *s, uint64_t octets, bool wait);
/* Whether the server wants to be asked before a literal of so many octets (RFC 7888). */
bool imap_literal_waits(const struct imap_session *s, uint64_t octets);
/* imap_send without the end of the line. After it c->condition tells whether the server has refused already. */
int imap_send_part(struct imap_session *s, struct imap_command *c, struct fct_error *err);
int imap_send_bytes(struct imap_session *s, struct fct_bytes bytes, struct fct_error *err);
/* Waits for its answer. -1 also for NO and BAD, with the error made of it; c->condition tells. */
int imap_wait(struct imap_session *s, struct imap_command *c, struct fct_error *err);
/* The same without judging the answer: -1 only if the session broke. */
int imap_wait_answer(struct imap_session *s, struct imap_command *c, struct fct_error *err);
/* Send and wait. */
int imap_run(struct imap_session *s, struct imap_command *c, struct fct_error *err);
void imap_command_done(struct imap_command *c);
/* For what the engine does with one mailbox after the other: any refusal becomes FCT_E_SERVER, which concerns this
 * mailbox only. Returns rc. Never suspends. */
int imap_as_refusal(struct imap_session *s, int rc, struct fct_error *err);
/* Makes an error of a NO or BAD. Returns -1. Never suspends. */
int imap_fail_answer(struct imap_session *s, const struct imap_command *c, struct fct_error *err);

/* A FETCH response that no operation waits for: tells the sink of changed flags. */
int imap_take_flags(struct imap_session *s, struct imap_response *r, struct fct_error *err);
/* The same when it is parsed already, into s->fetch; `seq` is the message's number. */
int imap_tell_flags(struct imap_session *s, uint32_t seq, struct fct_error *err);
/* What a parsed FETCH says, for the sink; its slices live in *f. Never suspends. */
struct fct_message imap_message_of(const struct imap_fetch *f);
/* A message whose flags changed, known by its sequence number only: imap_end asks for it. Never suspends. */
void imap_note_stale(struct imap_session *s, uint32_t seq);
/* Tells the sink of a count that changed, if there is a sink. */
int imap_tell_exists(struct imap_session *s, struct fct_error *err);
/* Takes one response, whatever it is. */
int imap_take_response(struct imap_session *s, struct fct_error *err);
/* A new answer is waited for: its time begins. Never suspends. */
void imap_begin_waiting(struct imap_session *s);
/* Counts what was read, and for how long it was waited. FCT_E_TIMEOUT when the server has had its time: it sends so
 * little that it would go on for ever. Never suspends. */
int imap_count_input(struct imap_session *s, size_t octets, uint64_t took_ms, bool is_line, struct fct_error *err);
/* Waits until the server says "+" or answers `c` (then s->continued is false). */
int imap_wait_continuation(struct imap_session *s, struct imap_command *c, struct fct_error *err);
/* Sends a line of its own (an answer to "+"). */
int imap_send_line(struct imap_session *s, struct fct_bytes line, struct fct_error *err);
/* Reads the greeting. */
int imap_read_greeting(struct imap_session *s, struct fct_error *err);
/* Marks the session as unusable; returns -1. Never suspends. */
int imap_break(struct imap_session *s, const struct fct_error *err);
/* The same after reading failed: if the server said BYE, that becomes the error. Once signed in its code is
 * FCT_E_NETWORK whatever the reason: the others would mean that the session goes on. */
int imap_lost(struct imap_session *s, struct fct_error *err);

/* The server's mailbox name as the wire name that is the same in every session (modified UTF-7). False for a name that
 * cannot be used: it holds CR, LF or NUL. Never suspends. */
bool imap_wire_name(const struct imap_session *s, struct fct_bytes name, struct wire_buffer *out);

/* Between the name that people see and the wire name: UTF-8, and without the prefix that all personal mailboxes have on
 * some servers ("INBOX." with Courier: RFC 2342 section 5). Whatever is in no UTF-8 is shown as far as it can be.
 * imap_wire_name_of fails with FCT_E_INVALID for what no mailbox can be called. Never suspend. namespace.c */
void imap_shown_name(const struct imap_session *s, struct fct_bytes wire_name, struct wire_buffer *out);
int imap_wire_name_of(const struct imap_session *s, struct fct_bytes name, struct wire_buffer *out,
                      struct fct_error *err);
/* Whether it is in the namespace of other users' mailboxes. */
bool imap_is_of_other_users(const struct imap_session *s, struct fct_bytes wire_name);

/* Whether the selected mailbox tells modseqs. */
static inline bool imap_tells_modseq(const struct imap_session *s)
{
    return s->enabled & IMAP_CAP_CONDSTORE && !s->no_modseq;
}

static inline bool imap_has(const struct imap_session *s, uint32_t caps)
{
    return (s->caps & caps) == caps;
}

/* Appends flags as the server spells them, separated by spaces; with `s` only those that the selected mailbox keeps.
 * Never suspends. change.c */
void imap_spell_flags(const struct imap_session *s, const struct fct_flags *flags, bool removing,
                      struct wire_buffer *out);

/* ---- pipeline.c ----------------------------------------------------------------------------------------- */

#define IMAP_IN_FLIGHT 16

/* Commands of which several wait for their answers. `{0}` with the callback set; storage is the caller's, who calls
 * imap_pipeline_finish in any case. */
struct imap_pipeline {
    /* Called for every answer in the order of the commands, may be NULL. `err` is NULL when an earlier one has failed.
     */
    int (*answered)(void *ctx, struct imap_session *s, const struct imap_command *c, struct fct_error *err);
    void *ctx;
    int rc; /* -1 once a command has failed */
    struct imap_command commands[IMAP_IN_FLIGHT];
    size_t sent, finished;
};

/* Room for the next command, which the caller builds and sends (into p->rc); NULL after a failure. */
struct imap_command *imap_pipeline_next(struct imap_session *s, struct imap_pipeline *p, struct fct_error *err);
/* Waits for the answers that are due. -1 with the first error. */
int imap_pipeline_finish(struct imap_session *s, struct imap_pipeline *p, struct fct_error *err);

/* ---- auth.c --------------------------------------------------------------------------------------------- */

int imap_authenticate(struct imap_session *s, struct fct_error *err);

/* ---- expunge.c ------------------------------------------------------------------------------------------ */

/* Removes these messages (ascending ranges) of the selected mailbox; without UIDPLUS they are marked only. On failure
 * no mark is left. */
int imap_run_expunge(struct imap_session *s, const struct fct_uid_range *ranges, size_t n, struct fct_error *err);

/* ---- the operations of struct fct_source ---------------------------------------------------------------- */

int imap_connect(struct fct_account *acc, void **out_session, uint32_t *out_can, struct fct_error *err);
void imap_close(void *session, const struct fct_error *err);
int imap_describe(void *session, char *buf, size_t cap, struct fct_error *err);
void imap_stats(void *session, struct fct_session_stats *out);
int imap_list(void *session, const struct fct_sink *sink, struct fct_error *err);
int imap_statuses(void *session, const struct fct_bytes *wire_names, size_t n, const struct fct_sink *sink,
                  struct fct_error *err);
int imap_select(void *session, struct fct_bytes wire_name, const struct fct_known *known, const struct fct_sink *sink,
                struct fct_mailbox_status *out, bool *out_caught_up, struct fct_error *err);
int imap_list_messages(void *session, struct fct_uid_range range, uint64_t since_modseq, bool want_details,
                       const struct fct_sink *sink, struct fct_error *err);
int imap_fetch(void *session, const struct fct_uid_range *ranges, size_t n, const struct fct_sink *sink,
               struct fct_error *err);
int imap_fetch_headers(void *session, const struct fct_uid_range *ranges, size_t n, const struct fct_sink *sink,
                       struct fct_error *err);
int imap_store_flags(void *session, const struct fct_uid_range *ranges, size_t n, const struct fct_flags *add,
                     const struct fct_flags *remove, const struct fct_sink *sink, struct fct_error *err);
int imap_idle(void *session, uint32_t timeout_ms, const struct fct_sink *sink, struct fct_error *err);
int imap_append(void *session, struct fct_bytes wire_name, const struct fct_message *m,
                int (*read)(void *ctx, struct fct_bytes *out, struct fct_error *err), void *ctx, uint64_t *out_uid,
                struct fct_error *err);
int imap_quotas(void *session, int (*tell)(void *ctx, const struct fct_quota *q, struct fct_error *err), void *ctx,
                struct fct_error *err);
int imap_append_many(void *session, struct fct_bytes wire_name, const struct fct_appends *what, struct fct_error *err);
int imap_copy(void *session, const struct fct_uid_range *ranges, size_t n, struct fct_bytes to_wire_name, bool move,
              int (*copied)(void *ctx, uint32_t to_uidvalidity, const struct fct_uid_range *from,
                            const struct fct_uid_range *to, size_t n, struct fct_error *err),
              void *ctx, struct fct_error *err);
int imap_expunge(void *session, const struct fct_uid_range *ranges, size_t n, struct fct_error *err);
int imap_mailbox_create(void *session, struct fct_bytes name, uint32_t delimiter, uint32_t role, struct fct_error *err);
int imap_mailbox_rename(void *session, struct fct_bytes from_wire_name, struct fct_bytes to_name,
                        struct fct_error *err);
int imap_mailbox_delete(void *session, struct fct_bytes wire_name, struct fct_error *err);
int imap_mailbox_subscribe(void *session, struct fct_bytes wire_name, bool subscribe, struct fct_error *err);
int imap_mailbox_wire_name(void *session, struct fct_bytes name, char *buf, size_t cap, size_t *out_n,
                           struct fct_error *err);

#endif
