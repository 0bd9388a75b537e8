/* message.h - the inside of a parsed message: for the files of this folder.
 *
 * A tree of parts whose content and header blocks are slices of the message; GMime's objects are gone once it stands.
 */
#ifndef MIME_MESSAGE_H
#define MIME_MESSAGE_H

#include "mime/headers.h"
#include "mime/mime.h"
#include "mime/suspects.h"

#include <gmime/gmime.h>

struct mime_part {
    char *type;        /* "text/plain", lower case */
    char *charset;     /* of the Content-Type field; "us-ascii" where RFC 8621 says so; NULL: none */
    char *name;        /* NULL: none */
    char *disposition; /* lower case; NULL: none */
    char *cid;         /* NULL: none */
    char *location;    /* NULL: none */
    char **language;   /* NULL: none */
    char *id;          /* "1.2"; NULL for a multipart */
    bool is_multipart;
    bool charset_implied;     /* the field gives none */
    bool is_flowed, is_delsp; /* RFC 3676 */
    bool encoding_known;
    GMimeContentEncoding encoding;
    struct fct_bytes content; /* transfer encoding not undone; of a multipart: empty */
    struct fct_bytes header;  /* its header block; of the root: the message's */
    int64_t size;             /* decoded; -1: not counted yet */
    struct mime_part *parts;
    size_t n_parts;
};

struct part_list {
    struct mime_part **v;
    size_t n, cap;
};

struct mime_message {
    struct fct_bytes raw;
    struct buf repaired; /* what `raw` is then */
    struct mime_headers headers;
    const char *degraded;
    struct suspects_slot *slot; /* suspects.h */
    struct mime_part root;
    /* RFC 8621 section 4.1.4; made with the tree */
    struct part_list text_body, html_body, attachments;
};

/* tree.c: the tree of parts. NULL, or why GMime cannot take the message apart. */
const char *tree_build(struct mime_message *m);
/* One text/plain part that is the whole message. */
void tree_build_raw(struct mime_message *m);
void tree_done(struct mime_part *p);

/* body.c: fills the three lists. */
void body_lists(struct mime_message *m);
bool part_is(const struct mime_part *p, const char *type);
bool part_is_text(const struct mime_part *p);

bool message_has_attachment(const struct mime_message *m);
json_t *body_structure_json(struct mime_message *m, const struct mime_body_options *o);
json_t *body_list_json(const struct part_list *l, const struct mime_body_options *o);
struct mime_part *part_by_id(struct mime_message *m, const char *id);

/* content.c: a part's bytes with the transfer encoding undone, at most `max` of them (0: all). Appends. */
void part_decode(const struct mime_part *p, size_t max, struct buf *out);
int64_t part_size(struct mime_part *p);
/* The same in pieces; -1 from `write` stops and is returned. */
int part_decode_to(const struct mime_part *p, int (*write)(void *ctx, struct fct_bytes data, struct fct_error *err),
                   void *ctx, struct fct_error *err);
/* Its text as UTF-8, CRLF as LF, at most about `max` bytes (0: all). Returns whether there was an encoding problem;
 * *out_cut (may be NULL) whether there was more. */
bool part_text(const struct mime_part *p, size_t max, struct buf *out, bool *out_cut);

#endif
