/* limits.h - what a message may cost us, by name. mime/guard.c enforces those that decide whether GMime sees it. */
#ifndef MIME_LIMITS_H
#define MIME_LIMITS_H

#define MIME_STR_(x) #x
#define MIME_STR(x) MIME_STR_(x)

/* ---- a message beyond one of these is shown raw (guard.c) ------------------------------------------------ */
#define MIME_MAX_HEADER_BYTES 1048576    /* header block of the message */
#define MIME_MAX_HEADER_LINES 10000      /* its lines, folded ones counted */
#define MIME_MAX_FIELD_BYTES 262144      /* one header field; To: with 5,000 recipients has 200,000 */
#define MIME_MAX_PART_HEADER_BYTES 65536 /* header block of one part */
#define MIME_MAX_PART_HEADER_LINES 1000
#define MIME_MAX_CONTENT_FIELD_BYTES 16384 /* Content-Type and the like: GMime's parameter lists are not linear */
#define MIME_MAX_CONTENT_PARAMS 100
#define MIME_MAX_PARTS 1000       /* 400,000 parts cost GMime 514 MB */
#define MIME_MAX_DELIMITERS 20000 /* lines that look like a delimiter of any boundary ever declared */
#define MIME_MAX_BOUNDARIES 10000
#define MIME_MAX_DECLARATIONS 20000    /* lines like a multipart's Content-Type, each read by GMime: 8 microseconds */
#define MIME_MAX_COMPARISONS 20000000  /* lines that begin with "--" times open boundaries: half a second */
#define MIME_MAX_DEPTH 50              /* multiparts within multiparts: GMime recurses */
#define MIME_MAX_OUTSIDE_BYTES 8388608 /* before, between and behind the parts: GMime copies what stands there */
#define MIME_MAX_ADDRESSES 10000       /* of one field */
#define MIME_MAX_GROUP_DEPTH 8
#define MIME_MAX_COMMENT_DEPTH 16

/* ---- a message beyond one of these is simply cut there ---------------------------------------------------- */
#define MIME_MAX_LATE_FIELD_BYTES 1000 /* a field behind MIME_MAX_HEADER_BYTES, in a message that is degraded */
#define MIME_MAX_REPAIRS 100           /* empty lines put in: guard.h; the message is copied for that */
#define MIME_MAX_IDS 100               /* of one References field: the last ones are kept */
#define MIME_MAX_URLS 100
#define MIME_MAX_INDEX_BYTES 1048576     /* readable text of one message for the index */
#define MIME_MAX_INDEX_FIELD_BYTES 65536 /* one of from, to, cc, bcc, subject, files */
#define MIME_MAX_HTML_BYTES 4194304      /* HTML source looked at for text */
#define MIME_MAX_EMBEDDED_BYTES 8388608  /* of an embedded message that is encoded, for the index */
#define MIME_MAX_EMBEDDED 5              /* messages within messages that the index looks into */
#define MIME_MAX_SUBJECT_BYTES 4096
#define MIME_MAX_NAME_BYTES 1024 /* an attachment's file name */
#define MIME_MAX_PREVIEW_CHARS 200
#define MIME_MAX_NORMALIZE_MARKS 64 /* combining marks in a row beyond which NFC, quadratic there, is not applied */

#endif
