#include "sync/verify.h"

#include "base/alloc.h"

#include <stdlib.h>

void verify_diffs_done(struct verify_diffs *d)
{
    free(d->v);
    *d = (struct verify_diffs){0};
}

static void add(struct verify_diffs *d, enum verify_type type, uint64_t uid, int64_t email_id, size_t at)
{
    if (d->n == d->cap) {
        d->cap = d->cap ? 2 * d->cap : 16;
        d->v = xreallocarray(d->v, d->cap, sizeof(d->v[0]));
    }
    d->v[d->n++] = (struct verify_diff){.uid = uid, .email_id = email_id, .type = type, .at = (uint32_t)at};
}

static int by_key(const void *a, const void *b)
{
    const struct verify_diff *x = a, *y = b;
    if (x->uid != y->uid)
        return x->uid < y->uid ? -1 : 1;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    return (x->email_id > y->email_id) - (x->email_id < y->email_id);
}

/* ---- flags ---- */

/* What is shown must be what the server has, with the wishes that wait on top. */
static bool flags_agree(const struct keyword_set *server, uint32_t bits, const char *words, const struct store_wait *w)
{
    if (!w)
        return server->bits == bits && words_equal(server->words, words);
    CLEANUP(freep) char *added = words_union(server->words, w->add.words);
    CLEANUP(freep) char *wished = words_minus(added, w->remove.words);
    return ((server->bits | w->add.bits) & ~w->remove.bits) == bits && words_equal(wished, words);
}

static bool same_flags(const struct listing *there, size_t i, const struct store_mailbox_here *here, size_t j)
{
    const struct store_here *h = &here->v[j];
    const struct store_wait *w = h->kind == HERE_SHOWN && h->waits_at ? &here->waits[h->waits_at - 1] : NULL;
    if (!there->v[i].keywords_at && !h->keywords_at && !w)
        return there->v[i].flags == h->flags; /* of nearly all */
    struct fct_flags flags = listing_flags(there, i);
    CLEANUP(keyword_set_done) struct keyword_set server = {0};
    keyword_set_from(&flags, &server); /* as the store takes them */
    return flags_agree(&server, h->flags, store_here_words(here, j), w);
}

/* ---- one UID ---- */

static void only_here(const struct store_here *h, struct verify_diffs *out)
{
    if (h->kind == HERE_LEAVING)
        out->waiting++; /* gone there already: the next pass finds that nothing is to be done */
    else if (!h->is_broken && h->kind != HERE_LEFT_OUT)
        add(out, VERIFY_EMAIL_NOT_THERE, h->uid, h->email_id, 0);
}

static void on_both(const struct listing *there, size_t i, const struct store_mailbox_here *here, size_t j, struct verify_diffs *out)
{
    const struct store_here *h = &here->v[j];
    if (h->kind == HERE_LEAVING) {
        out->waiting++;
        return;
    }
    if (h->kind == HERE_LEFT_OUT) {
        add(out, VERIFY_EMAIL_LEFT_OUT, h->uid, 0, 0);
        return;
    }
    if (h->waits_at)
        out->waiting++;
    if (!h->is_broken && !same_flags(there, i, here, j))
        add(out, VERIFY_FLAGS, h->uid, h->email_id, i);
}

void verify_compare(const struct listing *there, const struct store_mailbox_here *here, struct verify_diffs *out)
{
    size_t i = 0, j = 0;
    *out = (struct verify_diffs){0};
    while (i < there->n || j < here->n) {
        bool is_here = j < here->n && (i == there->n || here->v[j].uid <= there->v[i].uid);
        bool is_there = i < there->n && (j == here->n || there->v[i].uid <= here->v[j].uid);
        if (is_here && here->v[j].is_broken)
            add(out, VERIFY_PLACE_BROKEN, here->v[j].uid, here->v[j].email_id, 0);
        if (is_here && is_there)
            on_both(there, i, here, j, out);
        else if (is_here)
            only_here(&here->v[j], out);
        else
            add(out, VERIFY_EMAIL_NOT_HERE, there->v[i].uid, 0, 0);
        if (is_here) /* of one UID the first counts: a message that is hidden and leaving is one message */
            for (uint64_t uid = here->v[j].uid; j < here->n && here->v[j].uid == uid;)
                j++;
        i += is_there;
    }
    for (size_t k = 0; k < here->n_unplaced; k++) {
        if (here->unplaced[k].waits)
            out->waiting++;
        else
            add(out, VERIFY_EMAIL_NOT_THERE, 0, here->unplaced[k].email_id, 0);
    }
    if (out->n > 0)
        qsort(out->v, out->n, sizeof(out->v[0]), by_key);
}

void verify_intersect(struct verify_diffs *d, const struct verify_diffs *other)
{
    size_t kept = 0, j = 0;
    for (size_t i = 0; i < d->n; i++) {
        while (j < other->n && by_key(&other->v[j], &d->v[i]) < 0)
            j++;
        if (j < other->n && by_key(&other->v[j], &d->v[i]) == 0)
            d->v[kept++] = d->v[i];
    }
    d->n = kept;
}

char *verify_flags_text(uint32_t bits, const char *words)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {
        {FCT_FLAG_SEEN, "$seen"},           {FCT_FLAG_ANSWERED, "$answered"}, {FCT_FLAG_FLAGGED, "$flagged"},
        {FCT_FLAG_DRAFT, "$draft"},         {FCT_FLAG_DELETED, "\\Deleted"},  {FCT_FLAG_FORWARDED, "$forwarded"},
        {FCT_FLAG_JUNK, "$junk"},           {FCT_FLAG_NOTJUNK, "$notjunk"},   {FCT_FLAG_PHISHING, "$phishing"},
        {FCT_FLAG_MDNSENT, "$mdnsent"},
    };
    struct buf text = {0};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (bits & names[i].bit)
            buf_addf(&text, "%s%s", text.n ? " " : "", names[i].name);
    if (words && words[0])
        buf_addf(&text, "%s%s", text.n ? " " : "", words);
    return buf_steal(&text);
}
