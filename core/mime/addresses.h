/* addresses.h - an address list (RFC 5322 section 3.4), read as leniently as mail needs it.
 *
 * One pass, no recursion: a group inside a group ends the outer one. At most MIME_MAX_ADDRESSES entries are kept.
 * Ownership: the list owns its strings. Threads: any.
 */
#ifndef MIME_ADDRESSES_H
#define MIME_ADDRESSES_H

#include "base/buf.h"

#include <jansson.h>

struct mime_address {
    char *name;  /* decoded, NULL when there is none */
    char *email; /* what stands for an addr-spec; need not have an @ */
    int group;   /* index into groups, -1: in none */
};

struct mime_addresses {
    struct mime_address *v;
    size_t n, cap;
    struct mime_address_group {
        char *name;
        size_t first; /* index of the first address after it, so that empty groups keep their place */
    } * groups;
    size_t n_groups, cap_groups;
};

/* Appends the addresses of one raw field value. */
void addresses_parse(struct fct_bytes raw, struct mime_addresses *out);
void addresses_done(struct mime_addresses *a);

/* EmailAddress[] and EmailAddressGroup[] (RFC 8621 sections 4.1.2.3 and 4.1.2.4). New references. */
json_t *addresses_json(const struct mime_addresses *a);
json_t *addresses_groups_json(const struct mime_addresses *a);
/* EmailAddress[] as compact JSON text. Appends. */
void addresses_json_text(const struct mime_addresses *a, struct buf *out);

#endif
