/* facteur/plugin.h - the C ABI between facteurd and its plugins. The only header a plugin includes.
 *
 * A plugin is a shared object that exports one symbol, `fct_plugin`, a descriptor (struct fct_plugin).
 * The daemon loads it, checks `size` and `abi`, and hands it a table of functions (struct fct_host) through
 * `init`. What crosses this line is scalars, byte slices and opaque handles. What one side allocates, that
 * side frees. All strings are UTF-8 unless a comment says otherwise; a slice need not end in NUL.
 *
 * Growth     Structs begin with their size and grow only at the end. The host reads no member beyond the
 *            size that the plugin gives, and a plugin checks fct_host.size before it uses a member that is
 *            newer than the ABI version it requires. A plugin built against an older header keeps working;
 *            one that asks for a newer ABI is refused, and the refusal names both versions.
 * Threads    Every plugin function is called on the daemon's loop thread, in a fiber of its own stack
 *            (256 KiB: no large arrays), `init` and `done` outside of one: they must not suspend. Between two
 *            suspensions nothing else in the core runs.
 * Suspension A function marked "Suspends." parks the fiber while others run. Each wait has a deadline and
 *            returns -1 with FCT_E_CANCELLED when the account is being closed: just return.
 * Errors     int results are 0, or -1 with *err filled. Fill it with fct_fail(). Never put a password or a
 *            token into an error or a log line.
 * Globals    State lives in what `connect` and `start` return. The only global is the pointer to the host
 *            table, which FCT_PLUGIN_HOST defines, once in each plugin.
 */
#ifndef FACTEUR_PLUGIN_H
#define FACTEUR_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FCT_ABI 1 /* the ABI version that this header describes */
#define FCT_LICENSE "MIT"
#define FCT_EXPORT __attribute__((visibility("default")))
#define FCT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* ---- byte slices and errors --------------------------------------------------------------------- */

/* Bytes that somebody else owns. `p` may be NULL only when `n` is 0. */
struct fct_bytes {
    const char *p;
    size_t n;
};

/* What went wrong. Numbers are stable: they are never renamed, renumbered or used again. */
enum fct_code {
    FCT_OK = 0,
    FCT_E_INTERNAL = 1,         /* a bug of ours, or something nobody foresaw */
    FCT_E_CANCELLED = 2,        /* the account closes, the task was cancelled, the client went away */
    FCT_E_TIMEOUT = 3,          /* a deadline passed */
    FCT_E_NETWORK = 4,          /* unreachable, refused, reset, closed in the middle */
    FCT_E_DNS = 5,              /* the host name has no address */
    FCT_E_TLS = 6,              /* handshake, certificate, downgrade */
    FCT_E_AUTH = 7,             /* the credentials are wrong, or no usable mechanism */
    FCT_E_PROTOCOL = 8,         /* the peer broke its protocol */
    FCT_E_SERVER = 9,           /* the server answered NO, with its own words in `server` */
    FCT_E_LIMIT = 10,           /* a bound of ours was hit; the message names it */
    FCT_E_INVALID = 11,         /* an argument, a configuration or a query is malformed */
    FCT_E_NOT_FOUND = 12,
    FCT_E_EXISTS = 13,
    FCT_E_FORBIDDEN = 14,
    FCT_E_STATE_MISMATCH = 15,  /* JMAP ifInState */
    FCT_E_CANNOT_CALCULATE = 16,/* JMAP cannotCalculateChanges */
    FCT_E_TOO_LARGE = 17,
    FCT_E_OVER_QUOTA = 18,
    FCT_E_DISK_FULL = 19,       /* ENOSPC, EDQUOT */
    FCT_E_IO = 20,              /* any other failure of the file system */
    FCT_E_CORRUPT = 21,         /* stored data fails its checksum or its format */
    FCT_E_UNSUPPORTED = 22,     /* the server or this build cannot do it */
    FCT_E_BUSY = 23,            /* somebody else holds it (a second facteurd, a locked mailbox) */
    FCT_E_NOT_FOUND_ACCOUNT = 24,
    FCT_E_USER_ACTION = 25,     /* the user must do something first (consent, password, unlock) */
    FCT_E_ANCHOR_NOT_FOUND = 26,/* JMAP anchorNotFound */
    FCT_E_MAILBOX_HAS_CHILD = 27,
    FCT_E_MAILBOX_HAS_EMAIL = 28,
    FCT_E_BLOB_NOT_FOUND = 29,
    FCT_E_UNSUPPORTED_SORT = 30,
    FCT_E_UNSUPPORTED_FILTER = 31,
    FCT_E_TOO_MANY_CHANGES = 32,
    FCT_E_UNAVAILABLE = 33      /* it is on a server that cannot be asked now */
};

/* What the caller should do about it. */
enum fct_retry {
    FCT_RETRY_NEVER = 0, /* the same call fails again until something is changed by hand */
    FCT_RETRY_LATER = 1, /* the same call may work in a while (network, server busy, disk full) */
    FCT_RETRY_NOW = 2    /* the same call on a fresh connection is likely to work */
};

/* An error with a sentence for people. Storage is the caller's; `{0}` is "no error". A long text is cut. */
struct fct_error {
    int32_t code;  /* enum fct_code */
    int32_t retry; /* enum fct_retry */
    int64_t retry_after_ms;   /* how long the server asked us to wait; 0 when it said nothing */
    uint32_t user_action;     /* 1: nothing will change until the user does something */
    uint32_t reserved[5];
    char message[480];        /* what happened, where, what to do; no trailing full stop or newline */
    char server[512];         /* the server's own words, made printable; empty when there are none */
};

/* ---- what a source says ------------------------------------------------------------------------- */

/* Message flags as JMAP keywords (RFC 8621 section 4.1.1, RFC 9051 section 2.3.2). Others travel by name. */
enum fct_flag {
    FCT_FLAG_SEEN = 1u << 0,
    FCT_FLAG_ANSWERED = 1u << 1,
    FCT_FLAG_FLAGGED = 1u << 2,
    FCT_FLAG_DRAFT = 1u << 3,
    FCT_FLAG_DELETED = 1u << 4, /* IMAP \Deleted: has no JMAP keyword; kept so that nothing is forgotten */
    FCT_FLAG_FORWARDED = 1u << 5,
    FCT_FLAG_JUNK = 1u << 6,
    FCT_FLAG_NOTJUNK = 1u << 7,
    FCT_FLAG_PHISHING = 1u << 8,
    FCT_FLAG_MDNSENT = 1u << 9
};

/* The flags of one message. `keywords`: the other ones, lower case, separated by one space, no duplicates. */
struct fct_flags {
    uint32_t bits; /* enum fct_flag */
    struct fct_bytes keywords;
};

/* Mailbox attributes (RFC 9051 section 7.3.1) and roles (RFC 6154, RFC 8621 section 2). */
enum fct_mailbox_attr {
    FCT_MB_NOSELECT = 1u << 0,      /* cannot hold messages (\Noselect, \NonExistent) */
    FCT_MB_NOINFERIORS = 1u << 1,   /* cannot have children */
    FCT_MB_SUBSCRIBED = 1u << 2,
    FCT_MB_READ_ONLY = 1u << 3,
    FCT_MB_HAS_CHILDREN = 1u << 4,
    FCT_MB_NO_KEYWORDS = 1u << 5,   /* PERMANENTFLAGS without \*: new keywords cannot be stored */
    FCT_MB_STATUS_KNOWN = 1u << 16  /* `status` below was given with the listing */
};

enum fct_role {
    FCT_ROLE_NONE = 0,
    FCT_ROLE_INBOX,
    FCT_ROLE_ARCHIVE,
    FCT_ROLE_DRAFTS,
    FCT_ROLE_SENT,
    FCT_ROLE_TRASH,
    FCT_ROLE_JUNK,
    FCT_ROLE_ALL,
    FCT_ROLE_FLAGGED,
    FCT_ROLE_IMPORTANT,
    FCT_ROLE_SNOOZED /* RFC 9979 */
};

/* What a mailbox holds on the server. A member the server did not give is 0, but for `messages` and
 * `unseen`, which are -1. Two equal statuses with nonzero `modseq` mean that nothing changed at all. */
struct fct_mailbox_status {
    uint32_t size;
    uint32_t uidvalidity; /* RFC 9051 section 2.3.1.1 */
    uint64_t uidnext;
    uint64_t modseq;      /* HIGHESTMODSEQ, RFC 7162 section 3.1.2; 0 when the mailbox has none */
    int64_t messages;
    int64_t unseen;
    uint32_t attrs;       /* READ_ONLY, NO_KEYWORDS: known once selected */
    struct fct_bytes mailbox_id; /* RFC 8474 OBJECTID; empty when there is none */
    uint64_t octets;      /* of a maildrop: all messages together; 0: unknown */
    uint64_t reserved[3]; /* 0; it stands inside struct fct_mailbox, and so cannot grow at its end */
};

struct fct_mailbox {
    uint32_t size;
    uint32_t attrs; /* enum fct_mailbox_attr */
    uint32_t role;  /* enum fct_role; what the server says, not what a name suggests */
    uint32_t delimiter; /* Unicode code point that separates levels in `name`, 0: no hierarchy */
    struct fct_bytes wire_name; /* the server's own name for it: what `select` is called with later. The same
                                 * bytes in every session, whatever extensions are on; no CR, LF or NUL */
    struct fct_bytes name;      /* full name in UTF-8, levels separated by `delimiter`: what mailbox_create is called
                                 * with. It need not be the wire name decoded: a prefix that all have is left away */
    struct fct_mailbox_status status;
};

/* One message as the server lists it. */
struct fct_message {
    uint32_t size;
    uint64_t uid;
    uint64_t modseq;             /* 0: unknown */
    int64_t internal_date;       /* seconds since 1970, UTC */
    uint64_t octets;             /* RFC822.SIZE: a promise of the server's, not to be relied upon */
    struct fct_flags flags;
    struct fct_bytes remote_id;  /* in a maildrop, what the message is known by in every session (POP3 UIDL), as the server
                                  * gives it: the core copes with those that are empty, repeated or no printable ASCII.
                                  * Empty for IMAP */
    struct fct_bytes email_id;   /* RFC 8474 EMAILID or X-GM-MSGID; empty when there is none */
    struct fct_bytes header;     /* with `want_details` of list_messages: the header fields Message-ID and Date, raw as they
                                  * stand in the message (RFC 5322; folded, in any order, perhaps with other fields or the
                                  * empty line behind them), at most 16 kB; empty when the server did not tell */
    uint32_t is_partial;         /* 1 at message_end: what was delivered is the header, `octets` the size of the whole message */
    uint32_t reserved;
};

/* A range of UIDs, both ends included. */
struct fct_uid_range {
    uint64_t first, last;
};

#define FCT_OCTETS_UNKNOWN UINT64_MAX /* for message_begin: how many are to come is known when they have come */

/* Where a source delivers. Every call returns 0, or -1: then the plugin stops and returns -1 with the same
 * err. The slices are read before the call returns. Unless said otherwise a call may suspend the fiber when
 * the core is busy (this is how a slow disk slows the server down). */
struct fct_sink {
    uint32_t size;
    void *ctx; /* first argument of every call */

    int (*mailbox)(void *ctx, const struct fct_mailbox *mb, struct fct_error *err);

    /* Flags of a message: `m->octets` and `internal_date` may be 0, the rest must be known. With `m->uid` 0:
     * flags changed, and the server does not tell of which message. */
    int (*flags)(void *ctx, const struct fct_message *m, struct fct_error *err);
    /* These UIDs are gone from the selected mailbox. */
    int (*vanished)(void *ctx, const struct fct_uid_range *r, size_t n, struct fct_error *err);
    /* The selected mailbox holds so many messages now (EXISTS): new mail, or a count after expunges. Where some
     * went and others came, the lower count is told first. */
    int (*exists)(void *ctx, uint64_t messages, struct fct_error *err);

    /* A message's bytes: begin, any number of data, end. `octets` is the exact number of bytes to come, or
     * FCT_OCTETS_UNKNOWN; then message_data fails with FCT_E_TOO_LARGE beyond the core's limit, and the message is
     * forgotten as if message_begin had failed so. What is
     * known about the message comes last (attributes may follow the literal on the wire). A message that was
     * begun and not ended is forgotten. The core keeps the bytes exactly as given. If `message_begin` fails with
     * FCT_E_TOO_LARGE, the source leaves this message out and goes on. */
    int (*message_begin)(void *ctx, uint64_t octets, struct fct_error *err);
    int (*message_data)(void *ctx, struct fct_bytes part, struct fct_error *err);
    int (*message_end)(void *ctx, const struct fct_message *m, struct fct_error *err);

    /* The answer of fct_source.statuses for one mailbox. */
    int (*status)(void *ctx, struct fct_bytes wire_name, const struct fct_mailbox_status *status, struct fct_error *err);
};

/* ---- what the host offers ----------------------------------------------------------------------- */

struct fct_conn;    /* a TCP or TLS connection */
struct fct_account; /* the account on whose behalf a source is called */

enum fct_tls { FCT_TLS_NONE = 0, FCT_TLS_IMPLICIT = 1, FCT_TLS_STARTTLS = 2 };
enum fct_log_level { FCT_LOG_ERROR = 0, FCT_LOG_WARN = 1, FCT_LOG_INFO = 2, FCT_LOG_DEBUG = 3, FCT_LOG_TRACE = 4 };

/* How to reach a server. `host` is what the certificate must name. */
struct fct_endpoint {
    uint32_t size;
    uint32_t port;
    uint32_t tls;           /* enum fct_tls; STARTTLS connects in clear */
    uint32_t connect_timeout_ms; /* whole of name lookup, TCP and TLS; 0: 30 s */
    uint32_t io_timeout_ms; /* default deadline of each later wait; 0: 60 s */
    const char *host;       /* ASCII (IDNA) or an address literal */
};

#define FCT_TOKEN_MAX 16384 /* bytes of an access token, with its NUL */

struct fct_host {
    uint32_t size;
    uint32_t abi;

    /* Fills *err and returns -1, so that code can `return fct_fail(...)`. Never suspends. err may be NULL. */
    int (*fail)(struct fct_error *err, int code, int retry, const char *fmt, ...) FCT_PRINTF(4, 5);
    /* Logs one line under the account's name. `acc` may be NULL. Never suspends. */
    void (*log)(struct fct_account *acc, int level, const char *fmt, ...) FCT_PRINTF(3, 4);

    /* The account's endpoint, and strings of its configuration ("user", "host", keys of config_schema);
     * NULL when not set. Valid until the source's `close` returns. Never suspend. */
    void (*account_endpoint)(struct fct_account *acc, struct fct_endpoint *out);
    const char *(*account_get)(struct fct_account *acc, const char *key);
    /* Copies the secret `name` ("password") into `buf` (cap bytes, NUL-terminated); wipe it after use.
     * Suspends (a keyring may ask the user). */
    int (*account_secret)(struct fct_account *acc, const char *name, char *buf, size_t cap, struct fct_error *err);

    /* Connects; TLS at once for FCT_TLS_IMPLICIT, certificate and host name checked. Suspends. */
    int (*conn_open)(struct fct_account *acc, const struct fct_endpoint *ep, struct fct_conn **out, struct fct_error *err);
    /* Lays TLS over the connection. Fails with FCT_E_TLS if bytes that came in clear are still unread. Suspends. */
    int (*conn_start_tls)(struct fct_conn *c, struct fct_error *err);
    /* Lays raw DEFLATE (RFC 4978) over what follows in both directions. Never suspends. */
    int (*conn_start_deflate)(struct fct_conn *c, struct fct_error *err);
    bool (*conn_is_tls)(const struct fct_conn *c);
    /* Channel binding into buf: "tls-exporter" (RFC 9266), "tls-unique" (RFC 5929; not in TLS 1.3), "tls-server-end-point"; and
     * "tls-unique-1.3", the client's Finished message of TLS 1.3, which some servers call tls-unique. Returns its length, 0: none. */
    size_t (*conn_channel_binding)(struct fct_conn *c, const char *type, char *buf, size_t cap);
    /* One line without its CRLF (a bare LF is accepted), at most `max` bytes: FCT_E_LIMIT beyond. The slice is
     * valid until the next read on this connection. Suspends. */
    int (*conn_read_line)(struct fct_conn *c, size_t max, struct fct_bytes *out, struct fct_error *err);
    /* Between 1 and `max` bytes, as many as have come. The slice is valid until the next read. Suspends. */
    int (*conn_read_some)(struct fct_conn *c, size_t max, struct fct_bytes *out, struct fct_error *err);
    /* Whether bytes wait unread (a line may still be incomplete). Never suspends. */
    bool (*conn_has_input)(const struct fct_conn *c);
    /* Waits until input has come or `timeout_ms` passed (then FCT_E_TIMEOUT; for IDLE). Suspends. */
    int (*conn_wait_input)(struct fct_conn *c, uint32_t timeout_ms, struct fct_error *err);
    /* Queues bytes for sending; they are copied. Suspends only when more than 1 MiB waits unsent. */
    int (*conn_write)(struct fct_conn *c, struct fct_bytes data, struct fct_error *err);
    /* Sends what is queued; also done before every read. Suspends like conn_write. */
    int (*conn_flush)(struct fct_conn *c, struct fct_error *err);
    /* Closes and frees, at once and without suspending. NULL is accepted. */
    void (*conn_close)(struct fct_conn *c);
    /* Bytes read and written on the wire so far (after compression and TLS framing is not counted). */
    void (*conn_traffic)(const struct fct_conn *c, uint64_t *in, uint64_t *out);

    /* Suspends the fiber for so long. */
    int (*sleep)(uint64_t ms, struct fct_error *err);
    /* Milliseconds of a clock that never goes back. */
    uint64_t (*now_ms)(void);
    /* Runs fn(arg) on a worker thread and waits for it; the wait is not cut short by cancellation. Suspends. */
    int (*offload)(void (*fn)(void *arg), void *arg, struct fct_error *err);

    /* Cryptography that mail protocols need, so that no plugin links its own (SCRAM, CRAM-MD5, XOAUTH2).
     * `hash` is "sha1", "sha256" or "md5"; `out` has room for 32 bytes; returns the length, 0: unknown hash.
     * PBKDF2 with a server's iteration count may take long: call it through offload. Never suspend. */
    size_t (*hash)(const char *hash, struct fct_bytes data, unsigned char *out);
    size_t (*hmac)(const char *hash, struct fct_bytes key, struct fct_bytes data, unsigned char *out);
    size_t (*pbkdf2)(const char *hash, struct fct_bytes password, struct fct_bytes salt, uint32_t iterations, unsigned char *out);
    void (*random)(unsigned char *out, size_t n);

    /* Keeps the server's own words in err->server, made printable. `err` may be NULL. */
    void (*error_server)(struct fct_error *err, struct fct_bytes words);
    /* Overwrites a secret, so that the compiler cannot leave it out. */
    void (*wipe)(void *p, size_t n);

    /* --- since the first facteurd with OAuth 2.0: look at `size` before you call ------------------- */

    /* An access token (RFC 6749) that is valid now, into `buf` (cap bytes, NUL-terminated, printable ASCII; FCT_TOKEN_MAX
     * is enough); wipe it after use. `refused`: the one that the server has just refused, so that another is asked for; empty:
     * none. 1: there it is; 0: there is none: the account signs in without OAuth, or no other than the refused one is to be had.
     * -1: FCT_E_USER_ACTION when the user has to sign in (again), and what goes wrong with a network. Suspends. */
    int (*account_token)(struct fct_account *acc, struct fct_bytes refused, char *buf, size_t cap, struct fct_error *err);
};

/* ---- kinds -------------------------------------------------------------------------------------- */

/* What a source can do. The engine plans with what is there and never calls what is not. */
enum fct_source_can {
    FCT_CAN_MAILBOXES = 1u << 0,    /* list gives more than one */
    FCT_CAN_FLAGS = 1u << 1,        /* flags come down and go up */
    FCT_CAN_KEYWORDS = 1u << 2,
    FCT_CAN_MODSEQ = 1u << 3,       /* changes_since works from a modseq (CONDSTORE) */
    FCT_CAN_VANISHED = 1u << 4,     /* changes_since also tells what is gone (QRESYNC) */
    FCT_CAN_IDLE = 1u << 5,
    FCT_CAN_LIST_STATUS = 1u << 6,  /* list brings every status in one round trip */
    FCT_CAN_APPEND = 1u << 7,
    FCT_CAN_MOVE = 1u << 8,         /* copy with `move`, all or nothing (RFC 6851) */
    FCT_CAN_EXPUNGE = 1u << 9,      /* expunge of given UIDs (UIDPLUS) */
    FCT_CAN_COPY = 1u << 10,
    FCT_CAN_MAILBOX_SET = 1u << 11, /* mailbox_create, _rename, _delete, _subscribe */
    FCT_CAN_NOTIFY = 1u << 12,      /* idle tells of the other mailboxes too. A hint: a server may stop doing it */
    FCT_CAN_EMAIL_IDS = 1u << 13    /* every message comes, and is listed with details, with an email_id that it has in all
                                     * mailboxes: asked about first, it is fetched once, also in a first sync */
};

/* What kind of source it is, whatever server it talks to. */
enum fct_source_trait {
    /* A maildrop (POP3): one place where messages wait to be picked up, with no mailboxes, flags or UIDs. The core keeps
     * mailboxes, flags and a ledger of what it has picked up by itself. `list` gives the inbox alone. A message's `uid` is
     * its number in this session, ascending with its age; `remote_id` is what it is known by. list_messages, with
     * `want_details`, gives remote_id and octets of each. After `expunge` the session has ended: the messages are gone when
     * it returns 0; otherwise each may be gone or not. A session is made for each look, and not kept. */
    FCT_SOURCE_MAILDROP = 1u << 0
};

/* What we remember of a mailbox from the last sync, for `select`. */
struct fct_known {
    uint32_t size;
    uint32_t uidvalidity; /* 0: never seen */
    uint64_t modseq;      /* 0: none */
    uint64_t uidnext;     /* one past the highest UID that we know */
    uint32_t read_only;   /* 1: only looked at. Opening it shall change nothing (EXAMINE), if the source knows how */
    uint32_t reserved;
};

struct fct_session_stats {
    uint32_t size;
    uint32_t reserved;
    uint64_t round_trips;         /* how often the session had to wait for an answer */
    uint64_t bytes_in, bytes_out; /* on the wire */
    uint64_t suspect_uid; /* the message in the midst of which the session broke, or that was to come next when it did; 0:
                           * none. No such UID may exist: then the next that does was meant. Once means nothing; a message
                           * that is it again and again is one that the server cannot give, and is left out */
};

/* Messages to be appended (fct_source.append_many), by their number from 0. */
struct fct_appends {
    uint32_t size;
    uint32_t reserved;
    void *ctx;
    size_t n;
    const struct fct_message *(*message)(void *ctx, size_t i); /* size, flags, internal_date, octets */
    /* Its bytes piece by piece (0 bytes: end); one message after the other. */
    int (*read)(void *ctx, size_t i, struct fct_bytes *out, struct fct_error *err);
    /* Once for each that the server answered: it is there under this UID (0: not told), or was refused (then `refused` says
     * why, and the others go on). */
    int (*appended)(void *ctx, size_t i, uint64_t uid, const struct fct_error *refused, struct fct_error *err);
};

/* Room that a server gives, and how much of it is used (RFC 9208). Slices live during the call. */
struct fct_quota {
    uint32_t size;
    uint32_t reserved;
    struct fct_bytes root;     /* what counts together has one name; often empty */
    struct fct_bytes resource; /* "STORAGE", "MESSAGE", "MAILBOX"..., in upper case */
    uint64_t used, limit;      /* STORAGE: octets */
};

/* A source of mail: one conversation with one server. Every function runs in a fiber; all may suspend
 * except `stats` and `describe`. The session is used by one fiber at a time. Functions beyond those that `can`
 * promises may be NULL; `connect`, `close`, `list`, `select`, `list_messages` and `fetch` never are.
 *
 * After FCT_E_CANCELLED, _TIMEOUT, _NETWORK, _TLS, _PROTOCOL, _LIMIT or _INTERNAL, and after any error that came from
 * the sink, a session can only be closed: every later call fails with the first error. After the others (the
 * server said no, or nothing was sent) it goes on. */
struct fct_source {
    uint32_t size;
    uint32_t traits;        /* enum fct_source_trait */
    const char *scheme;     /* "imap"; "imaps" means the same with implicit TLS and tls_port */
    uint16_t default_port, tls_port; /* 0, 0: the source needs no network */

    /* Connects and signs in. *out_can: enum fct_source_can of this server. */
    int (*connect)(struct fct_account *acc, void **out_session, uint32_t *out_can, struct fct_error *err);
    /* Ends the conversation politely if `err` is NULL, else just drops it. Frees the session. Suspends at
     * most 2 s. NULL session is accepted. */
    void (*close)(void *session, const struct fct_error *err);
    /* Says what the server is and can, as text for people ("Dovecot, IMAP4rev1, CONDSTORE, ..."). */
    int (*describe)(void *session, char *buf, size_t cap, struct fct_error *err);

    /* All mailboxes, each through sink->mailbox; with FCT_CAN_LIST_STATUS their status too. */
    int (*list)(void *session, const struct fct_sink *sink, struct fct_error *err);
    /* The status of these mailboxes without selecting them, each through sink->status; requests are pipelined.
     * A mailbox whose status the server refuses is left out. */
    int (*statuses)(void *session, const struct fct_bytes *wire_names, size_t n, const struct fct_sink *sink,
                    struct fct_error *err);
    /* Opens a mailbox. With QRESYNC and a usable `known`, changes since then arrive through sink->flags and
     * sink->vanished before this returns, and *out_caught_up is set. If out->uidvalidity is set before, the core may use
     * them as they come. FCT_E_SERVER, here and from the calls on
     * messages below, concerns this mailbox only. */
    int (*select)(void *session, struct fct_bytes wire_name, const struct fct_known *known, const struct fct_sink *sink,
                  struct fct_mailbox_status *out, bool *out_caught_up, struct fct_error *err);

    /* Flags of the messages with these UIDs, through sink->flags; with `since_modseq` nonzero (CAN_MODSEQ)
     * only those changed after it. UIDs ascend; what is not reported does not exist any more (unless
     * since_modseq was given). `want_details`: internal_date, octets, email_id and header too; what else changes
     * meanwhile comes without them, with internal_date 0. */
    int (*list_messages)(void *session, struct fct_uid_range range, uint64_t since_modseq, bool want_details,
                         const struct fct_sink *sink, struct fct_error *err);
    /* Whole messages through sink->message_*, asked for range after range in the order given (a server may mix
     * the answers); requests are pipelined, so give many. A message that the server cannot give is left out (the engine notices). */
    int (*fetch)(void *session, const struct fct_uid_range *ranges, size_t n, const struct fct_sink *sink,
                 struct fct_error *err);

    /* Adds and removes flags of messages of the selected mailbox. The server's answers (new flags, modseq)
     * come through sink->flags. */
    int (*store_flags)(void *session, const struct fct_uid_range *ranges, size_t n, const struct fct_flags *add,
                       const struct fct_flags *remove, const struct fct_sink *sink, struct fct_error *err);

    /* What the conversation has cost so far; for progress and for curious people. Never suspends. */
    void (*stats)(void *session, struct fct_session_stats *out);

    /* Waits until the selected mailbox changes or `timeout_ms` passes; what the server says comes through
     * the sink at once. Returns 0 in both cases. Ends early, with 0, when the fiber is nudged. A source without
     * FCT_CAN_IDLE may have it too: then it waits the whole timeout and asks at its end. With FCT_CAN_NOTIFY it also ends
     * when another mailbox changed, and tells so through sink->status: what the server said of it (the rest is 0 or -1),
     * or an empty name, when mailboxes came, went or were renamed, or something was missed: then list them again. The
     * first call ends so at once, since nobody knows what changed before it. */
    int (*idle)(void *session, uint32_t timeout_ms, const struct fct_sink *sink, struct fct_error *err);

    /* --- writing to the server: called only where `can` says so ----------------------------------- */
    /* Appends a message to a mailbox. `read` gives its bytes piece by piece (0 bytes: end); *out_uid is its new
     * UID, 0 when the server does not tell (no UIDPLUS). */
    int (*append)(void *session, struct fct_bytes wire_name, const struct fct_message *m,
                  int (*read)(void *ctx, struct fct_bytes *out, struct fct_error *err), void *ctx,
                  uint64_t *out_uid, struct fct_error *err);
    /* Copies or moves to another mailbox. `copied` is called with pairs of ranges of equal length when the
     * server tells them (COPYUID). */
    int (*copy)(void *session, const struct fct_uid_range *ranges, size_t n, struct fct_bytes to_wire_name, bool move,
                int (*copied)(void *ctx, uint32_t to_uidvalidity, const struct fct_uid_range *from,
                              const struct fct_uid_range *to, size_t n, struct fct_error *err),
                void *ctx, struct fct_error *err);
    /* Removes these messages for good. Without FCT_CAN_EXPUNGE they are marked as deleted and stay. Without this function
     * what is deleted here is shown again, with a notice. */
    int (*expunge)(void *session, const struct fct_uid_range *ranges, size_t n, struct fct_error *err);
    int (*mailbox_create)(void *session, struct fct_bytes name, uint32_t delimiter, uint32_t role, struct fct_error *err);
    int (*mailbox_rename)(void *session, struct fct_bytes from_wire_name, struct fct_bytes to_name, struct fct_error *err);
    int (*mailbox_delete)(void *session, struct fct_bytes wire_name, struct fct_error *err);
    int (*mailbox_subscribe)(void *session, struct fct_bytes wire_name, bool subscribe, struct fct_error *err);
    /* The wire name under which the server lists a mailbox of this full name (UTF-8, with the server's delimiters): into
     * `buf`, its length into *out_n. FCT_E_INVALID: there is none. Never suspends. May be missing: then the mailboxes are
     * listed again after each that was made or renamed. */
    int (*mailbox_wire_name)(void *session, struct fct_bytes name, char *buf, size_t cap, size_t *out_n,
                             struct fct_error *err);

    /* Like fetch, but only the header of each message, with the empty line that ends it, told with its `octets` and
     * `is_partial` 1. NULL: the source can only give whole messages. */
    int (*fetch_headers)(void *session, const struct fct_uid_range *ranges, size_t n, const struct fct_sink *sink,
                         struct fct_error *err);
    /* Like append, several messages to one mailbox, without waiting for the answer to one before the next is sent where
     * the protocol allows that. -1 only when the conversation has ended: what was not told of then may be there or not.
     * NULL: they are appended one by one. */
    int (*append_many)(void *session, struct fct_bytes wire_name, const struct fct_appends *what, struct fct_error *err);
    /* How much room there is for what the inbox counts to, each resource through `tell`; a server that does not tell: none. NULL:
     * no server of this source tells. */
    int (*quotas)(void *session, int (*tell)(void *ctx, const struct fct_quota *q, struct fct_error *err), void *ctx,
                  struct fct_error *err);
};

/* A message that a filter looks at. Functions never suspend; slices are valid until the filter returns. */
struct fct_filter_message {
    uint32_t size;
    uint32_t reserved;
    const void *ctx;
    struct fct_bytes account_id, mailbox_name;
    uint64_t octets;
    int64_t received_at;
    /* The n-th (from 0) header of that name, raw as in RFC 8621 section 4.1.2.1; false: there is none. */
    bool (*header)(const void *ctx, const char *name, size_t n, struct fct_bytes *out);
    /* Up to `max` bytes of the extracted text. */
    struct fct_bytes (*text)(const void *ctx, size_t max);
};

/* What a filter decides about a new message; everything 0 leaves it alone. */
struct fct_verdict {
    uint32_t size;
    struct fct_flags add, remove;   /* slices live until the next call of this filter */
    struct fct_bytes move_to_role;  /* "junk", "archive", "trash"; empty: stays where it is */
    double spam_score;              /* 0 unknown, else 0..1 */
};

/* Judges new mail, before a front end sees it. Called on a worker thread, never two at once per instance. A filter
 * without a state of its own has neither `open` nor `close`; its instance is NULL. */
struct fct_filter {
    uint32_t size;
    uint32_t reserved;
    const char *name;
    int (*open)(void **out_instance, struct fct_error *err);
    void (*close)(void *instance);
    int (*judge)(void *instance, const struct fct_filter_message *m, struct fct_verdict *out, struct fct_error *err);
};

/* What a server said of one recipient. */
enum fct_outcome {
    FCT_OUTCOME_ACCEPTED = 1, /* it takes the message for them */
    FCT_OUTCOME_LATER = 2,    /* not now (4yz): another try may do */
    FCT_OUTCOME_REFUSED = 3   /* never (5yz), or the address cannot be said to this server */
};

/* What became of a message. */
enum fct_fate {
    FCT_FATE_NOT_SENT = 0, /* the server has not taken it, and never will by itself: it may be sent again */
    FCT_FATE_SENT = 1,     /* the server has taken it for every recipient that it accepted */
    FCT_FATE_UNKNOWN = 2   /* the byte after which it may take it has gone out, and no answer came: sending it again may double it */
};

/* RFC 3461 section 4.1. 0: what the server does by itself. */
enum fct_notify { FCT_NOTIFY_NEVER = 1u << 0, FCT_NOTIFY_SUCCESS = 1u << 1, FCT_NOTIFY_FAILURE = 1u << 2, FCT_NOTIFY_DELAY = 1u << 3 };

/* One recipient. It stands in an array, and so cannot grow at its end. */
struct fct_recipient {
    struct fct_bytes address; /* local@domain, the domain in ASCII (IDNA) unless the local part is not ASCII either */
    struct fct_bytes orcpt;   /* RFC 3461 section 4.2, as "rfc822;address", not encoded; empty: none */
    uint32_t notify;          /* enum fct_notify */
    uint32_t reserved[3];     /* 0 */
};

enum fct_envelope_flag {
    FCT_ENVELOPE_8BIT = 1u << 0,         /* the body holds bytes beyond ASCII (RFC 6152) */
    FCT_ENVELOPE_UTF8_HEADERS = 1u << 1, /* so does the header (RFC 6532), which needs SMTPUTF8 */
    FCT_ENVELOPE_RET_FULL = 1u << 2,     /* RFC 3461 section 4.3 */
    FCT_ENVELOPE_RET_HDRS = 1u << 3
};

/* Who sends to whom, and what is to be known of the message before its first byte. */
struct fct_envelope {
    uint32_t size;
    uint32_t flags;          /* enum fct_envelope_flag */
    struct fct_bytes sender; /* like fct_recipient.address; empty: the null path <> */
    const struct fct_recipient *recipients;
    size_t n_recipients;
    uint64_t octets;         /* exactly so many will be read */
    struct fct_bytes envid;  /* RFC 3461 section 4.4, not encoded; empty: none */
};

/* What a transport asks of the core while it sends one message; all may suspend, and may fail: then the message is not
 * sent, and the transport returns -1 with the same err. */
struct fct_outgoing {
    uint32_t size;
    uint32_t reserved;
    void *ctx; /* first argument of every call */
    /* Once for each recipient, by its index, before the first byte of the message is read. `reply`: the server's words, with
     * its codes. */
    int (*recipient)(void *ctx, size_t index, uint32_t outcome, struct fct_bytes reply, struct fct_error *err);
    /* The message, piece by piece, valid until the next call; 0 bytes: the end. Lines end in CRLF, the last one too; there
     * is no other CR, LF or NUL. A transport refuses what is not so, and sends no part of it that a server could take
     * for a whole message. */
    int (*read)(void *ctx, struct fct_bytes *out, struct fct_error *err);
    /* Exactly once, right before the byte goes out after which the server may take the message; everything else has gone
     * out, or goes with it. What is written down here outlives a crash. */
    int (*commit)(void *ctx, struct fct_error *err);
};

struct fct_sent {
    uint32_t size;
    uint32_t fate;     /* enum fct_fate */
    char reply[512];   /* the server's last words about the message, printable; "" when there are none */
};

enum fct_transport_takes {
    FCT_TAKES_8BIT = 1u << 0 /* bodies beyond ASCII (RFC 6152) */
};

/* A way to send mail: one conversation with one server, which may carry many messages, one after the other. Every function runs
 * in a fiber; all may suspend. The same codes as with a source mean that a session can only be closed. */
struct fct_transport {
    uint32_t size;
    uint32_t reserved;
    const char *scheme;     /* "smtp"; "smtps" means the same with implicit TLS and tls_port */
    uint16_t default_port, tls_port;

    /* Connects and signs in. */
    int (*connect)(struct fct_account *acc, void **out_session, struct fct_error *err);
    /* As fct_source.close. */
    void (*close)(void *session, const struct fct_error *err);
    /* Says what the server is and can, as text for people. May be NULL. */
    int (*describe)(void *session, char *buf, size_t cap, struct fct_error *err);
    /* Sends one message to those that the server accepts; some that it refuses do not keep it from the others. 0: out->fate is
     * FCT_FATE_SENT. -1: out->fate says whether it may be sent again; FCT_E_SERVER, FCT_E_TOO_LARGE, FCT_E_UNSUPPORTED and
     * FCT_E_INVALID concern this message only. A session that was idle may turn out to be closed: FCT_RETRY_NOW. */
    int (*send)(void *session, const struct fct_envelope *e, const struct fct_outgoing *o, struct fct_sent *out,
                struct fct_error *err);

    /* What this server takes as it is: enum fct_transport_takes. The core makes of a message what can be made of it, before it is sent. May
     * be missing (NULL, or beyond `size`): then everything. Never suspends. */
    uint32_t (*takes)(void *session);
};

/* The descriptor. */
struct fct_plugin {
    uint32_t size;
    uint32_t abi;               /* FCT_ABI of the header it was built with */
    const char *name;           /* [a-z][a-z0-9-]{0,30}, unique */
    const char *version;
    const char *license;
    const char *about;          /* one sentence */
    const char *config_schema;  /* JSON Schema of the account configuration it understands, or NULL */
    const struct fct_source *const *sources;
    size_t n_sources;
    const struct fct_filter *const *filters;
    size_t n_filters;
    /* Called once after loading, with a table that outlives the plugin; and once before unloading. */
    int (*init)(const struct fct_host *host, struct fct_error *err);
    void (*done)(void);
    /* Since the first descriptor; looked at where `size` covers them. */
    const struct fct_transport *const *transports;
    size_t n_transports;
};

/* ---- convenience for plugin sources ------------------------------------------------------------- */

#ifndef FCT_CORE
extern const struct fct_host *fct_host; /* defined by FCT_PLUGIN_HOST, set by the plugin's init */
#define FCT_PLUGIN_HOST const struct fct_host *fct_host
#define fct_fail(...) fct_host->fail(__VA_ARGS__)
#define fct_log(...) fct_host->log(__VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
