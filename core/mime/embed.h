/* embed.h - pictures that stand in HTML as data: URLs become parts of their own, which it shows by their Content-ID.
 *
 * Editors, and signatures that are to be whole in themselves, have <img src="data:image/png;base64,...">; most of those
 * who read mail do not show that. Each picture is taken out once, however often it is shown: its Content-ID is made of
 * its bytes. What is no picture in base64, or beyond EMBED_MAX, stays where it is.
 *
 * One pass, linear. Threads: any.
 */
#ifndef MIME_EMBED_H
#define MIME_EMBED_H

#include "base/buf.h"

#define EMBED_MAX 100 /* pictures */

struct embedded {
    char cid[80];  /* ASCII, without <> */
    char type[64]; /* "image/png" */
    char name[80]; /* "picture-1.png" */
    struct buf bytes;
};
struct embedded_list {
    struct embedded *v;
    size_t n;
};
void embedded_list_done(struct embedded_list *l);

/* `html` with "cid:" in place of the pictures, which come into the empty *out_list. `domain`: behind the @ of
 * Content-IDs, a token. Appends. */
void html_embed(struct fct_bytes html, const char *domain, struct buf *out, struct embedded_list *out_list);
/* Whether there is anything to do. */
bool html_has_data_images(struct fct_bytes html);

#endif
