/* bytes.h - bytes that grow, inside of libfacteur-client. Whatever is let go of is wiped: it may have held a password.
 */
#ifndef CLIENT_BYTES_H
#define CLIENT_BYTES_H

#include <facteur/client.h>

struct bytes {
    char *p;
    size_t n, cap;
};

/* Room for `more` bytes behind the end. -1: ENOMEM, nothing is changed. */
int bytes_reserve(struct bytes *b, size_t more);
int bytes_add(struct bytes *b, const char *p, size_t n);
int bytes_add_text(struct bytes *b, const char *text);
/* A JSON value, compact. EILSEQ: a string is no UTF-8. */
int bytes_add_json(struct bytes *b, const json_t *value);
/* A string as JSON has it, with quotes. EILSEQ. */
int bytes_add_quoted(struct bytes *b, const char *text);
/* Takes n bytes off the front. */
void bytes_drop(struct bytes *b, size_t n);
void bytes_done(struct bytes *b);

/* {"jsonrpc":"2.0","id":ID,"method":METHOD,"params":PARAMS}; `id` is a JSON text. On failure b is as it was. */
int bytes_add_request(struct bytes *b, const char *id, const char *method, struct facteur_text params);

#endif
