/* expunge.c - messages removed: marked, expunged, and looked at where the server does not say that they went. */
#include "session.h"

#include "uidset.h"

#include <stdlib.h>
#include <string.h>

/* ---- the mark ------------------------------------------------------------------------------------------- */

static void put_mark(struct imap_session *s, struct imap_command *c, const struct fct_uid_range *ranges, size_t n,
                     size_t *from, char sign)
{
    imap_put(s, c, "UID STORE");
    wire_buffer_add_char(&s->out, ' ');
    imap_uidset_add(&s->out, ranges, n, from, IMAP_SET_MAX);
    imap_put_text(s, " %cFLAGS.SILENT (\\Deleted)", sign);
}

static int run_marks(struct imap_session *s, const struct fct_uid_range *ranges, size_t n, char sign,
                     struct fct_error *err)
{
    struct imap_pipeline p = {.sent = 0};
    struct imap_command *c;
    for (size_t from = 0; from < n && (c = imap_pipeline_next(s, &p, err));) {
        put_mark(s, c, ranges, n, &from, sign);
        p.rc = imap_send(s, c, err);
    }
    return imap_pipeline_finish(s, &p, err);
}

/* A message that stays must not be marked: whoever expunges next, with whatever program, would remove it. */
static void take_marks_back(struct imap_session *s, const struct fct_uid_range *ranges, size_t n)
{
    struct fct_error ignored = {0};
    run_marks(s, ranges, n, '-', &ignored);
}

/* ---- expunged ------------------------------------------------------------------------------------------- */

/* Those of `ranges` that the server still has, ascending where it tells them so. */
struct left {
    const struct fct_uid_range *ranges;
    size_t n_ranges;
    struct fct_uid_range *v;
    size_t n, cap;
};

static void left_done(struct left *l)
{
    free(l->v);
}

static int range_holds(const void *key, const void *member)
{
    const uint32_t *uid = key;
    const struct fct_uid_range *r = member;
    return *uid < r->first ? -1 : *uid > r->last;
}

static int on_left(void *ctx, struct imap_session *s, struct imap_response *r, struct fct_error *err)
{
    struct left *l = ctx;
    if (r->kind != IMAP_NUMBERED || strcmp(r->name, "FETCH") != 0)
        return 0;
    if (imap_parse_fetch(&s->in, NULL, &s->fetch, err) < 0 || imap_tell_flags(s, r->number, err) < 0)
        return -1;
    uint32_t uid = s->fetch.uid;
    if (!(s->fetch.has & IMAP_HAS_UID) || !bsearch(&uid, l->ranges, l->n_ranges, sizeof(l->ranges[0]), range_holds))
        return 1;
    if (l->n > 0 && uid >= l->v[l->n - 1].first && uid <= l->v[l->n - 1].last + 1) {
        l->v[l->n - 1].last = uid > l->v[l->n - 1].last ? uid : l->v[l->n - 1].last;
        return 1;
    }
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 64;
        l->v = wire_realloc_array(l->v, l->cap, sizeof(*l->v));
    }
    l->v[l->n++] = (struct fct_uid_range){uid, uid};
    return 1;
}

static void put_on_sets(struct imap_session *s, struct imap_pipeline *p, const struct left *l, const char *command,
                        const char *items, struct fct_error *err)
{
    struct imap_command *c;
    for (size_t from = 0; from < l->n_ranges && (c = imap_pipeline_next(s, p, err));) {
        imap_put(s, c, command);
        wire_buffer_add_char(&s->out, ' ');
        imap_uidset_add(&s->out, l->ranges, l->n_ranges, &from, IMAP_SET_MAX);
        imap_put_text(s, "%s", items);
        p->rc = imap_send(s, c, err);
    }
}

/* OK says little: some servers give it without having done what was asked, and how many went says nothing when others
 * remove as many at the same moment. So it is asked which are there still, in the same round trip: UIDs mean the same
 * before and after (RFC 9051 section 5.5). */
static int expunge_and_look(struct imap_session *s, struct left *l, struct fct_error *err)
{
    struct imap_pipeline p = {.sent = 0};
    imap_data_fn on_data = s->on_data;
    void *ctx = s->on_data_ctx;
    s->on_data = on_left;
    s->on_data_ctx = l;
    put_on_sets(s, &p, l, "UID EXPUNGE", "", err);
    if (p.rc == 0)
        put_on_sets(s, &p, l, "UID FETCH", " (UID)", err);
    int rc = imap_pipeline_finish(s, &p, err);
    s->on_data = on_data;
    s->on_data_ctx = ctx;
    l->n = l->n > 0 ? imap_uidset_tidy(l->v, l->n) : 0;
    return rc;
}

/* Those that are left are asked for once more. */
static int run_expunges(struct imap_session *s, const struct fct_uid_range *ranges, size_t n, struct fct_error *err)
{
    SCOPED(left_done) struct left left = {.ranges = ranges, .n_ranges = n}, again = {0};
    if (expunge_and_look(s, &left, err) < 0)
        return -1;
    if (left.n == 0)
        return 0;
    fct_log(s->acc, FCT_LOG_INFO, "the server said OK to EXPUNGE, and %llu messages are still there: once more",
            (unsigned long long)imap_uidset_count(left.v, left.n));
    again = (struct left){.ranges = left.v, .n_ranges = left.n};
    if (run_marks(s, left.v, left.n, '+', err) < 0 || expunge_and_look(s, &again, err) < 0)
        return -1;
    if (again.n == 0)
        return 0;
    return fct_fail(err, FCT_E_SERVER, FCT_RETRY_LATER, "%s: the server says that it removed messages, and has them",
                    s->ep.host);
}

/* Only these messages, whatever else somebody marked as deleted: so without UIDPLUS they are marked and stay. The marks
 * are answered before EXPUNGE is sent: Dovecot carries out one that comes behind a STORE now and then as if nothing
 * were marked, though the order is to be kept (RFC 9051 section 5.5). */
int imap_run_expunge(struct imap_session *s, const struct fct_uid_range *ranges, size_t n, struct fct_error *err)
{
    int rc = run_marks(s, ranges, n, '+', err);
    if (rc == 0 && imap_has(s, IMAP_CAP_UIDPLUS))
        rc = run_expunges(s, ranges, n, err);
    if (rc < 0 && !s->broken)
        take_marks_back(s, ranges, n);
    return rc;
}

int imap_expunge(void *session, const struct fct_uid_range *ranges, size_t n, struct fct_error *err)
{
    struct imap_session *s = session;
    if (imap_begin(s, NULL, NULL, NULL, err) < 0)
        return -1;
    if (!s->selected)
        return imap_end(s, fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "no mailbox is selected"), err);
    SCOPED(wire_freep) struct fct_uid_range *tidy = imap_uidset_tidied(ranges, n, &n);
    return imap_end(s, imap_run_expunge(s, tidy, n, err), err);
}
