/* leave.c - messages are deleted, and with QUIT they are gone (RFC 1939 section 6). */
#include "session.h"

#define DELETES_AT_ONCE 64

static int take_answers(struct pop3_session *s, size_t n, size_t *io_refused, struct fct_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (pop3_read_status(s, err) < 0)
            return -1;
        *io_refused += s->status.kind != POP3_OK;
    }
    return 0;
}

static int delete_all(struct pop3_session *s, const struct fct_uid_range *ranges, size_t n, size_t *out_refused,
                      struct fct_error *err)
{
    size_t most = pop3_has(s, POP3_CAP_PIPELINING) ? DELETES_AT_ONCE : 1, in_flight = 0;
    for (size_t i = 0; i < n; i++)
        for (uint64_t number = ranges[i].first; number <= ranges[i].last; number++) {
            if (in_flight == most) {
                s->round_trips++;
                if (take_answers(s, in_flight, out_refused, err) < 0)
                    return -1;
                in_flight = 0;
            }
            if (pop3_send(s, err, "DELE %llu", (unsigned long long)number) < 0)
                return -1;
            in_flight++;
        }
    return take_answers(s, in_flight, out_refused, err);
}

int pop3_expunge(void *session, const struct fct_uid_range *ranges, size_t n, struct fct_error *err)
{
    struct pop3_session *s = session;
    size_t refused = 0;
    if (pop3_check(s, err) < 0 || delete_all(s, ranges, n, &refused, err) < 0)
        return -1;
    s->is_over = true;
    s->round_trips++;
    if (pop3_send(s, err, "QUIT") < 0 || pop3_expect_ok(s, "to delete what was picked up", err) < 0)
        return -1;
    if (refused == 0)
        return 0;
    return fct_fail(err, FCT_E_SERVER, FCT_RETRY_LATER, "%s: the server does not delete %zu messages", s->ep.host,
                    refused);
}
