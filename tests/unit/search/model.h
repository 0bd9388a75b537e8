/* model.h - random mail in a real store, and what a search over it must find, computed the slow way.
 *
 * Nothing here uses core/search: filters are evaluated on their JSON, texts by splitting at spaces. The words are
 * chosen so that this is enough: ASCII words, and runs of Han and kana that are found by any piece of them.
 */
#ifndef TESTS_SEARCH_MODEL_H
#define TESTS_SEARCH_MODEL_H

#include "unit/store/mail_fixture.h"

#include "store/ids.h"

#include <jansson.h>

#define MODEL_MAX 600

struct model_mail {
    int64_t id;                                                /* 0: destroyed */
    char *from, *to, *cc, *bcc, *subject, *body, *file, *list; /* NULL: none */
    char *message_id, *color;                                  /* X-Color */
    /* read back from the store */
    int64_t account_id, thread_id, received_at, size, sent_at;
    uint32_t flags;
    char *keywords, *base_subject, *from_name;
    int64_t *mailboxes;
    size_t n_mailboxes;
    bool has_attachment;
};
struct model {
    struct fixture f;
    uint64_t seed;
    int64_t accounts[2], mailboxes[7]; /* of the local account: 0 to 3; of the one with a server: 4 to 6 */
    uint64_t next_uid;
    struct model_mail mail[MODEL_MAX];
    size_t n;
};

void model_init(struct model *m, uint64_t seed);
void model_done(struct model *m);
/* Below `n`. */
size_t pick(struct model *m, size_t n);
/* One batch of new mail, in bursts. */
void model_arrive(struct model *m, size_t n);
/* Flags, keywords, moves, destructions. */
void model_change(struct model *m, size_t n);
/* Reads everything back. */
void model_refresh(struct model *m);

json_t *model_random_filter(struct model *m, int depth);
json_t *model_random_sort(struct model *m);
/* The ids in order; the caller frees. account_id -1: all. */
int64_t *model_search(struct model *m, int64_t account_id, const json_t *filter, const json_t *sort, bool collapse,
                      size_t *out_n);

#endif
