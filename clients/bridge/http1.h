/* http1.h - HTTP/1.1 messages (RFC 9112), strictly: what two readers could understand in two ways is refused.
 *
 * Not taken: a line that ends without CR, a folded header, white space before a colon, a name or a value with bytes
 * that the grammar has not, more than one Content-Length or Host, Content-Length beside Transfer-Encoding, a coding
 * other than `chunked`, a chunk size that is no plain hexadecimal, chunk extensions, trailers, a target that is no
 * path.
 *
 * Parsers without I/O. Threads: any, one object on one at a time.
 */
#ifndef BRIDGE_HTTP1_H
#define BRIDGE_HTTP1_H

#include "util.h"

#define HTTP_HEAD_MAX ((size_t)16 << 10) /* bytes of a request line and its headers */
#define HTTP_HEADERS_MAX 100
#define HTTP_TARGET_MAX 8000

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OPTIONS, HTTP_OTHER };

struct http_header {
    const char *name, *value; /* the name in lower case */
};

/* A request without its body. */
struct http_head {
    enum http_method method;
    char *path;  /* as it came, percent-encoded; begins with '/' */
    char *query; /* behind the '?', as it came; "" */
    bool is_1_0; /* HTTP/1.0 */
    bool wants_close;
    bool has_length, is_chunked;
    uint64_t length;
    struct http_header *headers;
    size_t n;
    char *text; /* what the above point into */
    size_t text_n;
};
/* The first value of a header, by its name in lower case; NULL: it is not there. */
const char *http_header(const struct http_head *h, const char *name);
/* Whether a header that is a list has `token`, whatever its case ("gzip;q=0" has not). The list may stand on several
 * lines (RFC 9110 section 5.3). */
bool http_header_has(const struct http_head *h, const char *name, const char *token);
/* The value of a name in the query, decoded; NULL: it is not there, or is no UTF-8 without control characters. Freed by
 * the caller. */
char *http_query(const struct http_head *h, const char *name);
/* Percent-decodes; NULL: malformed, or a NUL. Freed by the caller. */
char *http_decode(const char *text, size_t n, bool plus_is_space);
void http_head_done(struct http_head *h);

/* How many bytes of `p` the head takes, its empty line included: 0, it is not complete; -1, it will not be (a bare LF,
 * too large). */
ssize_t http1_head_length(const char *p, size_t n);
/* Parses a complete head. 0, or the status to answer (400, 414, 431, 501, 505) with *why. */
int http1_head_parse(const char *p, size_t n, struct http_head *out, const char **why);

/* A chunked body. `{0}` at first. */
struct http1_chunks {
    int state;
    uint64_t left;
    unsigned digits;
};
/* Takes bytes off the front of *p; what is data among them is handed out piece by piece. 1: *out is data; 0: all is
 * taken; 2: the body is complete, what is left is behind it; -1: it is malformed. */
int http1_chunks_next(struct http1_chunks *c, const char **p, size_t *n, const char **out, size_t *out_n);

#endif
