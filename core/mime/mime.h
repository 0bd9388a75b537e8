/* mime.h - a message, parsed: the properties of RFC 8621 section 4, and what search and threading need.
 *
 * The only folder with GMime. A linear scan with named limits (mime/guard.h) stands in front of it; a message that
 * passes no guard, or that GMime gives up on, still yields a message whose headers are read by a scanner of ours and
 * whose one part is the raw text (`mime_is_degraded`). So parsing never fails for the content of a message. One that ended the
 * program all the same is treated like that from the next start on (mime/suspects.h).
 *
 * Input      one contiguous slice: a decompressed message, or a file mapped into memory for a large one. The slice
 *            must outlive the message object. Nothing of it is copied unless decoded, or repaired (guard.h).
 * Ownership  strings belong to the object that gives them.
 * Threads    any thread; one object on one thread at a time. May take tens of milliseconds: never on the loop.
 */
#ifndef MIME_MIME_H
#define MIME_MIME_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "mime/report.h"

#include <facteur/plugin.h>
#include <jansson.h>

struct mime_message;

/* Before any other call; more than once is harmless. */
void mime_init(void);

/* Whether anything of it is a message: it begins with at least one header field. mime_parse takes the rest as well. */
bool mime_has_header(struct fct_bytes raw);
struct mime_message *mime_parse(struct fct_bytes raw);
void mime_message_free(struct mime_message *m);
DEFINE_FREEP(struct mime_message *, mime_message_free);
/* NULL, or why the message is shown raw: "more than 1000 parts", "address group nested deeper than 8". */
const char *mime_is_degraded(const struct mime_message *m);

/* ---- JMAP properties: RFC 8621 sections 4.1.2 to 4.1.4, as JSON values (a new reference) ------------------- */

/* A property "header:Name[:asForm][:all]" (section 4.1.3). FCT_E_INVALID when the form is unknown or not allowed for
 * that header; JSON null or [] when the header is absent. `property` without the leading "header:". */
int mime_header_property(struct mime_message *m, const char *property, json_t **out, struct fct_error *err);
/* Whether `property` is well formed: for checking arguments before anything is read. */
int mime_header_property_check(const char *property, struct fct_error *err);
/* messageId inReplyTo references sender from to cc bcc replyTo subject sentAt headers hasAttachment preview
 * bodyStructure textBody htmlBody attachments. NULL when `property` is none of these. */
struct mime_body_options {
    const char *const *body_properties; /* NULL-terminated; NULL: the default list of section 4.2 */
    /* Blob id of a part: prefix + "_" + part id with '_' for '.'; api decides the prefix (the message's blobId). */
    const char *blob_id;
};
json_t *mime_property(struct mime_message *m, const char *property, const struct mime_body_options *options);
/* bodyValues for text parts (section 4.1.4): charset decoded, CRLF to LF, isEncodingProblem, isTruncated;
 * max_bytes 0: whole; cut at a character boundary, and for HTML outside a tag. */
enum mime_values { MIME_VALUES_TEXT = 1, MIME_VALUES_HTML = 2, MIME_VALUES_ALL = 4 };
json_t *mime_body_values(struct mime_message *m, unsigned which, size_t max_bytes);
/* The readable text of the whole message: text parts as they are, HTML turned into text with links kept
 * ("label <url>"); where they are empty, the HTML, or else whatever text there is that is no attachment. For `facteur
 * show --text` and quoting. */
void mime_readable_text(struct mime_message *m, size_t max_bytes, struct buf *out);
/* The first HTML part's decoded content, UTF-8. Returns -1 when there is none. */
int mime_html_text(struct mime_message *m, size_t max_bytes, struct buf *out);

/* One part by its id ("1.2", or "1_2" as in a blob id). FCT_E_NOT_FOUND. */
struct mime_part_info {
    const char *type;    /* "text/plain", lower case */
    const char *charset; /* NULL when not given */
    const char *name;    /* decoded file name, NULL when none; data, never a path */
    const char *cid;     /* without <>, NULL when none */
    const char *disposition;
};
int mime_part_find(struct mime_message *m, const char *part_id, struct mime_part_info *out, struct fct_error *err);
/* Its content, transfer encoding undone, handed on in pieces; -1 from `write` stops. */
int mime_part_decode(struct mime_message *m, const char *part_id,
                     int (*write)(void *ctx, struct fct_bytes data, struct fct_error *err), void *ctx,
                     struct fct_error *err);

/* ---- what the store keeps and the index eats --------------------------------------------------------------- */

/* Everything about a message that is kept beside its bytes. All strings UTF-8, NUL-terminated, never NULL unless said.
 */
struct mime_summary {
    char *subject; /* asText (section 4.1.2.2), at most MIME_MAX_SUBJECT_BYTES; "" when absent (has_subject false) */
    bool has_subject;
    char *base_subject; /* RFC 5256 section 2.1 base subject, for threads and sorting; lower-cased */
    char *from, *to, *cc, *bcc, *sender, *reply_to;  /* JMAP EmailAddress[] as compact JSON text; NULL when absent */
    char **message_ids, **in_reply_to, **references; /* without <>, NULL-terminated, at most 100 of each (the last) */
    bool has_message_id, has_in_reply_to, has_references;
    int64_t sent_at;      /* Date:, seconds since 1970 UTC; has_sent_at false when absent or broken */
    int32_t sent_at_zone; /* minutes east of UTC */
    bool has_sent_at;
    bool has_attachment; /* RFC 8621 section 4.1.4 */
    char *preview;       /* at most 200 characters, one line */
    char *list_id;       /* of List-Id, without <>; NULL when absent */
    bool degraded;
    struct mime_report *report; /* it speaks of a message that was sent (report.h); NULL: it does not */

    /* For the index: readable text, bounded (see limits.h), separate fields. */
    struct buf fts_from, fts_to, fts_cc, fts_bcc, fts_subject, fts_body, fts_files;
};
/* Parses once and gives all of it. Never fails: a broken message has a summary, too. */
void mime_summarize(struct fct_bytes raw, struct mime_summary *out);
void mime_summary_done(struct mime_summary *s);

#endif
