#include "mime/resend.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "mime/compose_headers.h"

#include <string.h>
#include <time.h>

static int write_people(struct header_set *set, const char *name, const char *property, const json_t *list,
                        struct buf *out, struct fct_error *err)
{
    struct fct_error why = {0};
    if (!list || header_property_write(set, NULL, false, property, list, out, &why) == HEADER_WRITTEN)
        return 0;
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s: %.200s", name, why.message);
}

int mime_resend(struct fct_bytes raw, const struct resend_options *o, struct buf *out, struct fct_error *err)
{
    CLEANUP(header_set_done) struct header_set set = {0};
    CLEANUP(buf_done) struct buf head = {0};
    if (raw.n && (raw.p[0] == ' ' || raw.p[0] == '\t'))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the message does not begin with a header field");
    header_date_write(&head, "Resent-Date", o->now ? o->now : (int64_t)time(NULL), o->zone_minutes);
    if (write_people(&set, "from", "header:Resent-From:asAddresses", o->from, &head, err) < 0 ||
        write_people(&set, "to", "header:Resent-To:asAddresses", o->to, &head, err) < 0 ||
        write_people(&set, "cc", "header:Resent-Cc:asAddresses", o->cc, &head, err) < 0)
        return -1;
    header_id_write(&head, "Resent-Message-ID", o->from);
    buf_add(out, head.p, head.n);
    buf_add(out, raw.p, raw.n);
    return 0;
}
