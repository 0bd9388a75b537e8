/* namespace.c - what a mailbox is called, for people and on the wire. */
#include "session.h"

#include "mutf7.h"

#include <string.h>
#include <strings.h>

enum { PERSONAL, OTHER_USERS, SHARED };

static bool begins_with(struct fct_bytes name, struct fct_bytes prefix)
{
    return prefix.n > 0 && name.n >= prefix.n && memcmp(name.p, prefix.p, prefix.n) == 0;
}

/* Whether one of the prefixes of that kind begins the name. */
static bool is_in(const struct imap_session *s, int kind, struct fct_bytes name)
{
    const struct wire_buffer *prefixes = &s->prefixes[kind];
    for (size_t at = 0; at < prefixes->n;) {
        struct fct_bytes prefix = {prefixes->p + at, strlen(prefixes->p + at)};
        if (begins_with(name, prefix))
            return true;
        at += prefix.n + 1;
    }
    return false;
}

bool imap_is_of_other_users(const struct imap_session *s, struct fct_bytes wire_name)
{
    return is_in(s, OTHER_USERS, wire_name);
}

/* The prefix of the personal namespace, if there is one only; else empty: then names are shown whole. */
static struct fct_bytes personal_prefix(const struct imap_session *s)
{
    const struct wire_buffer *prefixes = &s->prefixes[PERSONAL];
    size_t n = prefixes->n > 0 ? strlen(prefixes->p) : 0;
    return n + 1 == prefixes->n ? (struct fct_bytes){prefixes->p, n} : (struct fct_bytes){0};
}

/* Names that would be taken for another mailbox without their prefix keep it. */
static bool is_ambiguous(const struct imap_session *s, struct fct_bytes name)
{
    return name.n == 0 || wire_equal(name, "INBOX") || is_in(s, OTHER_USERS, name) || is_in(s, SHARED, name);
}

void imap_shown_name(const struct imap_session *s, struct fct_bytes wire_name, struct wire_buffer *out)
{
    struct fct_bytes prefix = personal_prefix(s), name = wire_name;
    if (begins_with(wire_name, prefix)) {
        name = (struct fct_bytes){wire_name.p + prefix.n, wire_name.n - prefix.n};
        if (is_ambiguous(s, name))
            name = wire_name;
    }
    out->n = 0;
    if (imap_mutf7_decode(name, out))
        return;
    out->n = 0;
    if (imap_is_utf8(name))
        wire_buffer_set(out, name);
    else
        for (size_t i = 0; i < name.n; i++) /* neither: shown as it stands, as far as it can be */
            wire_buffer_add_char(out, (unsigned char)name.p[i] < 0x80 ? name.p[i] : '?');
}

int imap_wire_name_of(const struct imap_session *s, struct fct_bytes name, struct wire_buffer *out,
                      struct fct_error *err)
{
    SCOPED(wire_buffer_done) struct wire_buffer encoded = {0};
    if (name.n == 0 || imap_check_argument(name, "the mailbox name", err) < 0)
        return name.n ? -1 : fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "a mailbox needs a name");
    if (!imap_mutf7_encode(name, &encoded))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the mailbox name is no UTF-8");
    struct fct_bytes prefix = personal_prefix(s), wire_name = wire_buffer_bytes(&encoded);
    out->n = 0;
    if (!is_ambiguous(s, wire_name))
        wire_buffer_add(out, prefix.p, prefix.n);
    wire_buffer_add(out, wire_name.p, wire_name.n);
    return 0;
}
