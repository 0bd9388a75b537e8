/* quota.c - how much room the server gives: RFC 9208, and RFC 2087 before it. */
#include "session.h"

#include <string.h>

#define QUOTAS_MAX 32 /* that are told; a server has one or two */

struct asking {
    struct imap_session *s;
    struct imap_quota quota;
    int (*tell)(void *ctx, const struct fct_quota *q, struct fct_error *err);
    void *ctx;
    unsigned n;
};

static int tell(void *ctx, struct fct_error *err)
{
    struct asking *a = ctx;
    struct fct_quota q = {.size = sizeof(q),
                          .root = wire_buffer_bytes(&a->quota.root),
                          .resource = wire_buffer_bytes(&a->quota.resource),
                          .used = a->quota.used,
                          .limit = a->quota.limit};
    if (a->n++ >= QUOTAS_MAX)
        return 0;
    if (wire_equal(q.resource, "STORAGE")) { /* units of 1024 octets: RFC 9208 section 5.1 */
        if (q.used > INT64_MAX / 1024 || q.limit > INT64_MAX / 1024)
            return 0; /* no limit at all, in the words of some servers */
        q.used *= 1024;
        q.limit *= 1024;
    }
    return a->tell(a->ctx, &q, err);
}

static int on_data(void *ctx, struct imap_session *s, struct imap_response *r, struct fct_error *err)
{
    struct asking *a = ctx;
    if (r->kind != IMAP_DATA)
        return 0;
    if (strcmp(r->name, "QUOTAROOT") == 0)
        return imap_skip_rest(&s->in, err) < 0 ? -1 : 1;
    if (strcmp(r->name, "QUOTA") != 0)
        return 0;
    return imap_parse_quota(&s->in, &a->quota, tell, a, err) < 0 ? -1 : 1;
}

int imap_quotas(void *session, int (*tell_core)(void *ctx, const struct fct_quota *q, struct fct_error *err), void *ctx,
                struct fct_error *err)
{
    struct imap_session *s = session;
    struct asking a = {.s = s, .tell = tell_core, .ctx = ctx};
    struct imap_command c = {0};
    if (imap_begin(s, NULL, on_data, &a, err) < 0)
        return -1;
    int rc = 0;
    if (imap_has(s, IMAP_CAP_QUOTA)) {
        imap_put(s, &c, "GETQUOTAROOT");
        imap_put_mailbox(s, (struct fct_bytes){"INBOX", 5});
        rc = imap_as_refusal(s, imap_run(s, &c, err), err);
        imap_command_done(&c);
    }
    imap_quota_done(&a.quota);
    return imap_end(s, rc, err);
}
