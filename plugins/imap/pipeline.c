/* pipeline.c - commands of which several are in flight, because their order does not matter. */
#include "session.h"

static int finish_oldest(struct imap_session *s, struct imap_pipeline *p, int rc, struct fct_error *err)
{
    struct imap_command *c = &p->commands[p->finished++ % IMAP_IN_FLIGHT];
    if (s->broken)
        rc = rc < 0 ? rc : imap_begin(s, NULL, NULL, NULL, err);
    else if (rc < 0)
        imap_wait_answer(s, c, NULL); /* the first error is the one that is told */
    else
        rc = imap_wait(s, c, err);
    if (p->answered && c->condition != IMAP_PENDING && p->answered(p->ctx, s, c, rc < 0 ? NULL : err) < 0)
        rc = -1;
    imap_command_done(c);
    return rc;
}

struct imap_command *imap_pipeline_next(struct imap_session *s, struct imap_pipeline *p, struct fct_error *err)
{
    if (p->rc == 0 && p->sent - p->finished == IMAP_IN_FLIGHT)
        p->rc = finish_oldest(s, p, 0, err);
    return p->rc == 0 ? &p->commands[p->sent++ % IMAP_IN_FLIGHT] : NULL;
}

int imap_pipeline_finish(struct imap_session *s, struct imap_pipeline *p, struct fct_error *err)
{
    while (p->finished < p->sent)
        p->rc = finish_oldest(s, p, p->rc, err);
    return p->rc;
}
