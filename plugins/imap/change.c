/* change.c - flags up. */
#include "session.h"

#include "uidset.h"

#include <stdio.h>
#include <string.h>

#define NAMES_MAX 3500

static const struct {
    uint32_t flag;
    const char *name;
} flag_names[] = {
    {FCT_FLAG_SEEN, "\\Seen"},      {FCT_FLAG_ANSWERED, "\\Answered"}, {FCT_FLAG_FLAGGED, "\\Flagged"},
    {FCT_FLAG_DRAFT, "\\Draft"},    {FCT_FLAG_DELETED, "\\Deleted"},   {FCT_FLAG_FORWARDED, "$Forwarded"},
    {FCT_FLAG_JUNK, "$Junk"},       {FCT_FLAG_NOTJUNK, "$NotJunk"},    {FCT_FLAG_PHISHING, "$Phishing"},
    {FCT_FLAG_MDNSENT, "$MDNSent"},
};

static void add_word(struct wire_buffer *to, const char *p, size_t n)
{
    if (to->n > 0)
        wire_buffer_add_char(to, ' ');
    wire_buffer_add(to, p, n);
}

/* A keyword goes to the wire as an atom: anything else is not sent. */
static bool is_atom(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] <= 0x20 || p[i] >= 0x7f || strchr("(){%*\"\\]", p[i]))
            return false;
    return n > 0;
}

static bool keeps_keyword(const struct imap_session *s, const char *p, size_t n)
{
    if (!s || !s->permanent_known || s->permanent.any)
        return true;
    struct imap_flags f = {.keywords = s->permanent.flags.keywords};
    for (size_t at = 0; at < f.keywords.n;) {
        const char *word = f.keywords.p + at;
        const char *space = memchr(word, ' ', f.keywords.n - at);
        size_t len = space ? (size_t)(space - word) : f.keywords.n - at;
        if (len == n && memcmp(word, p, n) == 0)
            return true;
        at += len + 1;
    }
    return false;
}

/* What the mailbox would not keep is left out: RFC 9051 section 7.1, PERMANENTFLAGS. */
void imap_spell_flags(const struct imap_session *s, const struct fct_flags *flags, bool removing,
                      struct wire_buffer *out)
{
    const uint32_t system = FCT_FLAG_SEEN | FCT_FLAG_ANSWERED | FCT_FLAG_FLAGGED | FCT_FLAG_DRAFT | FCT_FLAG_DELETED;
    uint32_t kept = !s || !s->permanent_known ? UINT32_MAX
                    : s->permanent.any        ? s->permanent.flags.bits | ~system
                                              : s->permanent.flags.bits;
    for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
        if (flags->bits & kept & flag_names[i].flag)
            add_word(out, flag_names[i].name, strlen(flag_names[i].name));
    /* Other programs' names for the same go away with it. */
    if (s && removing && flags->bits & FCT_FLAG_JUNK && s->permanent.junk_without_dollar)
        add_word(out, "Junk", 4);
    if (s && removing && flags->bits & FCT_FLAG_NOTJUNK && s->permanent.nonjunk)
        add_word(out, "NonJunk", 7);
    for (size_t at = 0; at < flags->keywords.n;) {
        const char *word = flags->keywords.p + at;
        const char *space = memchr(word, ' ', flags->keywords.n - at);
        size_t n = space ? (size_t)(space - word) : flags->keywords.n - at;
        if (is_atom(word, n) && keeps_keyword(s, word, n))
            add_word(out, word, n);
        at += n + 1;
    }
}

/* As many whole words from *from on as fit into a command beside a set: RFC 2683 section 3.2.1.5. */
static struct fct_bytes take_names(const struct wire_buffer *names, size_t *from)
{
    struct fct_bytes part = {names->p + *from, names->n - *from};
    if (part.n > NAMES_MAX) {
        const char *space = memrchr(part.p, ' ', NAMES_MAX);
        part.n = space ? (size_t)(space - part.p) : NAMES_MAX; /* a word has at most 255 */
    }
    *from += part.n + 1;
    return part;
}

/* One UID STORE after the other, several in flight. */
static void store(struct imap_session *s, struct imap_pipeline *p, const struct fct_uid_range *ranges, size_t n,
                  const char *action, struct fct_bytes names, struct fct_error *err)
{
    struct imap_command *c;
    for (size_t from = 0; from < n && (c = imap_pipeline_next(s, p, err));) {
        imap_put(s, c, "UID STORE");
        wire_buffer_add_char(&s->out, ' ');
        imap_uidset_add(&s->out, ranges, n, &from, IMAP_SET_MAX);
        imap_put_text(s, " %s (", action);
        wire_buffer_add(&s->out, names.p, names.n);
        wire_buffer_add_char(&s->out, ')');
        p->rc = imap_send(s, c, err);
    }
}

int imap_store_flags(void *session, const struct fct_uid_range *ranges, size_t n, const struct fct_flags *add,
                     const struct fct_flags *remove, const struct fct_sink *sink, struct fct_error *err)
{
    struct imap_session *s = session;
    SCOPED(wire_buffer_done) struct wire_buffer more = {0}, less = {0};
    SCOPED(wire_freep) struct fct_uid_range *tidy = NULL;
    struct imap_pipeline p = {.sent = 0};
    if (imap_begin(s, sink, NULL, NULL, err) < 0)
        return -1;
    if (!s->selected)
        return imap_end(s, fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "no mailbox is selected"), err);
    if (s->read_only)
        return imap_end(s, fct_fail(err, FCT_E_SERVER, FCT_RETRY_NEVER, "%s: the mailbox is read-only", s->ep.host),
                        err);
    if (add)
        imap_spell_flags(s, add, false, &more);
    if (remove)
        imap_spell_flags(s, remove, true, &less);
    /* Flags of which the mailbox keeps some come back with the answer, without the others. */
    if (more.n == 0 && less.n == 0)
        return imap_end(
            s, fct_fail(err, FCT_E_SERVER, FCT_RETRY_NEVER, "%s: the mailbox does not keep such flags", s->ep.host),
            err);
    ranges = tidy = imap_uidset_tidied(ranges, n, &n);
    /* The last command is not silent: its answers are the flags that the messages have now. */
    for (size_t from = 0; from < less.n;) {
        struct fct_bytes names = take_names(&less, &from);
        store(s, &p, ranges, n, from < less.n || more.n > 0 ? "-FLAGS.SILENT" : "-FLAGS", names, err);
    }
    for (size_t from = 0; from < more.n;) {
        struct fct_bytes names = take_names(&more, &from);
        store(s, &p, ranges, n, from < more.n ? "+FLAGS.SILENT" : "+FLAGS", names, err);
    }
    int rc = imap_pipeline_finish(s, &p, err);
    return imap_end(s, imap_as_refusal(s, rc, err), err);
}
