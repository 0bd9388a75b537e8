/* compose.h - a new message as the command line describes it. */
#ifndef CLI_COMPOSE_H
#define CLI_COMPOSE_H

#include "draft.h"

/* What may be given to the commands that write: lists of strings, and texts that may be NULL. */
struct wishes {
    json_t *to, *cc, *bcc, *files, *pictures;
    const char *from, *subject, *account;
    const char *template; /* the id of a message that it is made of */
    json_t *values;       /* "name=value" for its placeholders; NULL: none */
    bool no_edit, is_html, no_signature, is_template, receipt;
};
void wishes_done(struct wishes *w);

/* The draft with the text on standard input, without recipients and files. 0, or -1 after telling. */
int compose_new(struct cli *cli, const struct wishes *w, struct draft *out);
/* Adds these, lets a person write on a terminal, and stores it: *out_created as of draft_create. 0, or -1 after
 * telling. */
int compose_store(struct cli *cli, struct draft *d, const struct wishes *w, json_t **out_created);

#endif
