/* email.h - what the files of the Email methods share: which properties are asked for, and an Email as JSON. */
#ifndef API_METHODS_EMAIL_H
#define API_METHODS_EMAIL_H

#include "methods/common.h"
#include "mime/mime.h"
#include "store/blobs.h"
#include "store/emails.h"
#include "sync/prepare.h"

/* The first ones come out of the database alone; from EP_SLOW on the message itself is needed. */
enum email_property {
    EP_ID,
    EP_BLOB_ID,
    EP_THREAD_ID,
    EP_MAILBOX_IDS,
    EP_KEYWORDS,
    EP_SIZE,
    EP_RECEIVED_AT,
    EP_ACCOUNT_ID,
    EP_IS_PARTIAL,
    EP_SNOOZED,
    EP_ENVELOPE, /* and from here on the envelope */
    EP_MESSAGE_ID = EP_ENVELOPE,
    EP_IN_REPLY_TO,
    EP_REFERENCES,
    EP_SENDER,
    EP_FROM,
    EP_TO,
    EP_CC,
    EP_BCC,
    EP_REPLY_TO,
    EP_SUBJECT,
    EP_SENT_AT,
    EP_PREVIEW,
    EP_HAS_ATTACHMENT,
    EP_SLOW,
    EP_HEADERS = EP_SLOW,
    EP_BODY_STRUCTURE,
    EP_TEXT_BODY,
    EP_HTML_BODY,
    EP_ATTACHMENTS,
    EP_BODY_VALUES,
    EP_PLAIN_TEXT,
    EP_DEGRADED,
    EP_N
};
#define EP_BIT(p) (UINT64_C(1) << (p))

/* What is asked of each Email. Strings are borrowed from the arguments. */
struct email_request {
    uint64_t properties;
    const char **headers; /* "header:..." properties */
    size_t n_headers;
    const char **body_properties; /* NULL-terminated; NULL: the default list */
    unsigned values;              /* enum mime_values */
    size_t max_value_bytes;       /* 0: whole */
    size_t body_bytes;            /* given so far, of API_MAX_BODY_BYTES */
};
struct email_request_args {
    const json_t *properties, *body_properties;
    uint64_t by_default;
    bool text, html, all;
    int64_t max_bytes;
};
#define EP_DEFAULT_MESSAGE                                                                                            \
    (EP_BIT(EP_MESSAGE_ID) | EP_BIT(EP_IN_REPLY_TO) | EP_BIT(EP_REFERENCES) | EP_BIT(EP_SENDER) | EP_BIT(EP_FROM) |   \
     EP_BIT(EP_TO) | EP_BIT(EP_CC) | EP_BIT(EP_BCC) | EP_BIT(EP_REPLY_TO) | EP_BIT(EP_SUBJECT) | EP_BIT(EP_SENT_AT) | \
     EP_BIT(EP_HAS_ATTACHMENT) | EP_BIT(EP_PREVIEW) | EP_BIT(EP_BODY_VALUES) | EP_BIT(EP_TEXT_BODY) |                 \
     EP_BIT(EP_HTML_BODY) | EP_BIT(EP_ATTACHMENTS))
#define EP_DEFAULT                                                                                             \
    (EP_DEFAULT_MESSAGE | EP_BIT(EP_ID) | EP_BIT(EP_BLOB_ID) | EP_BIT(EP_THREAD_ID) | EP_BIT(EP_MAILBOX_IDS) | \
     EP_BIT(EP_KEYWORDS) | EP_BIT(EP_SIZE) | EP_BIT(EP_RECEIVED_AT))
int email_request_parse(struct api_call *call, const struct email_request_args *args, struct email_request *out,
                        struct fct_error *err);
void email_request_done(struct email_request *r);

/* The properties that come out of the message itself, put into `out`. `blob_id` is the message's. FCT_E_TOO_LARGE when
 * the bodies of the whole answer become too much. */
int email_add_message(struct email_request *r, struct fct_bytes raw, const char *blob_id, bool with_envelope,
                      json_t *out, struct fct_error *err);
/* What is kept beside the message. */
void email_add_row(const struct email_request *r, const struct store_email *e, json_t *out);
json_t *email_keywords_json(const struct store_email *e);

/* The properties of the message itself that a patch names, put into `out` as the Email has them. */
int email_add_sent_back(struct api_call *call, struct store_tx *tx, const struct store_email *e, const json_t *patch,
                        json_t *out, struct fct_error *err);
/* Whether a property that cannot be changed is sent back as it is. */
bool email_is_same(const char *name, const json_t *now, const json_t *sent);

/* The bytes behind a blob id: a stored blob, or a part of a message, decoded. FCT_E_BLOB_NOT_FOUND. */
struct blob_bytes {
    struct fct_bytes bytes;
    struct blob_view view;
    struct buf part;
};
int blob_bytes_load(struct store_tx *tx, const unsigned char sha256[32], const char *part, struct blob_bytes *out,
                    struct fct_error *err);
/* The same of what is to be parsed as a message, which takes a reader thread for long: adds its size, or that of the
 * message whose part it is, to *total, what this call has read before. 1: it is beyond API_MAX_MESSAGE, *err is not
 * set. -1, FCT_E_TOO_LARGE: all of them together are. */
int message_bytes_load(struct store_tx *tx, const unsigned char sha256[32], const char *part, uint64_t *total,
                       struct blob_bytes *out, struct fct_error *err);
void blob_bytes_done(struct blob_bytes *b);

/* ---- new Emails ---- */

/* A message on its way in. The slow part is done off the writer. */
struct email_draft {
    struct prepared_message message;
    bool is_prepared;
    char *keywords; /* separated by one space, lower case */
    int64_t *mailboxes;
    size_t n_mailboxes;
    int64_t received_at;
};
void email_draft_done(struct email_draft *d);
/* mailboxIds, keywords and receivedAt of an Email to be. A SetError, or NULL. */
json_t *email_draft_places(const struct api_call *call, struct store_tx *tx, int64_t account_id, const json_t *object,
                           struct email_draft *out);
/* Keywords {"$seen": true} as words; NULL and a SetError when they are none. */
json_t *keywords_from(const json_t *keywords, char **out);
/* Mailbox ids {"m1": true, "#k": true}, each of the account. A SetError, or NULL. */
json_t *mailboxes_from(const struct api_call *call, struct store_tx *tx, int64_t account_id, const json_t *ids,
                       int64_t **out, size_t *out_n);
struct store_arrival email_draft_arrival(const struct email_draft *d);
/* An Email of the account with the message's bytes; 0: none. */
int email_draft_existing(struct store_tx *tx, int64_t account_id, const struct email_draft *d, int64_t *out,
                         struct fct_error *err);
/* *io_id: of an Email that came in in this transaction; what came in after it may have tied two threads and so given it
 * another id. */
int email_draft_stored(struct store_tx *tx, int64_t account_id, const struct email_draft *d, int64_t *io_id,
                       struct fct_error *err);
/* The SetError alreadyExists. */
json_t *already_exists_error(int64_t id);
/* {id, blobId, threadId, size} of an Email that has come in. */
int email_created_json(struct store_tx *tx, int64_t id, json_t **out, struct fct_error *err);
/* Email/set without create, as a part of something else that is done in this transaction; nothing that Undo/apply takes
 * back. *out: its response. */
int email_set_on_writer(struct api_call *call, struct store_tx *tx, const char *account_id, json_t *update,
                        json_t *destroy, json_t **out, struct fct_error *err);
/* A set of names with the value true ("mailboxIds", "keywords"). */
bool is_true_set(const json_t *v);

#endif
