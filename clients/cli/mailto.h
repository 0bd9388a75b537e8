/* mailto.h - what a mailto: URL asks for (RFC 6068). It comes from strangers (a web page, a message), so: to, cc, bcc, subject, body and
 * in-reply-to are taken and nothing else, no file is attached, nothing is sent, and what would be a second header field is refused. */
#ifndef CLI_MAILTO_H
#define CLI_MAILTO_H

#include "cli.h"

struct mailto {
    json_t *to, *cc, *bcc; /* arrays of strings, decoded */
    char *subject, *body;  /* UTF-8; NULL: not given. The body's lines end with LF */
    char *in_reply_to;     /* a message id without <>, or NULL */
};
/* NULL, or what is wrong with the URL (a static string); then *out is empty. */
const char *mailto_parse(const char *url, struct mailto *out);
void mailto_done(struct mailto *m);

#endif
