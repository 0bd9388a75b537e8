/* What the store keeps of a message and the index eats, from one parse. The hot path of every sync. */
#include "mime/mime.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "mime/addresses.h"
#include "mime/fields.h"
#include "mime/limits.h"
#include "mime/message.h"
#include "mime/readable.h"
#include "mime/subject.h"
#include "mime/utf8.h"
#include "mime/words.h"

/* White space, tabs and control characters among it, to one space each; none at the ends. */
static void fold_space(const struct buf *in, size_t max, struct buf *out)
{
    size_t n = utf8_cut(buf_bytes(in), max);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)in->p[i];
        if (c > 0x20 && c != 0x7F)
            buf_add_char(out, (char)c);
        else if (out->n && out->p[out->n - 1] != ' ')
            buf_add_char(out, ' ');
    }
    while (out->n && out->p[out->n - 1] == ' ')
        out->p[--out->n] = '\0';
}

static void subject_of(const struct mime_message *m, struct buf *out)
{
    const struct mime_header *h = headers_last(&m->headers, "Subject");
    CLEANUP(buf_done) struct buf text = {0};
    if (!h)
        return;
    words_text(h->value, &text);
    fold_space(&text, MIME_MAX_SUBJECT_BYTES, out);
}

static void fts_addresses(const struct mime_addresses *a, struct buf *out)
{
    for (size_t i = 0; i < a->n && out->n < MIME_MAX_INDEX_FIELD_BYTES; i++) {
        if (a->v[i].name)
            buf_addf(out, "%s ", a->v[i].name);
        buf_addf(out, "%s\n", a->v[i].email);
    }
}

static char *addresses_of(const struct mime_message *m, const char *name, struct buf *fts)
{
    const struct mime_header *h = headers_last(&m->headers, name);
    if (!h)
        return NULL;
    CLEANUP(addresses_done) struct mime_addresses a = {0};
    struct buf json = {0};
    addresses_parse(h->value, &a);
    addresses_json_text(&a, &json);
    if (fts)
        fts_addresses(&a, fts);
    return buf_steal(&json);
}

static char **ids_of(const struct mime_message *m, const char *name, bool *out_has)
{
    const struct mime_header *h = headers_last(&m->headers, name);
    char **ids = h ? field_message_ids(h->value) : NULL;
    *out_has = ids != NULL;
    return ids ? ids : xcalloc(1, sizeof(*ids));
}

static void read_date(const struct mime_message *m, struct mime_summary *s)
{
    const struct mime_header *h = headers_last(&m->headers, "Date");
    struct field_date d;
    if (!h || !field_date_parse(h->value, &d))
        return;
    s->has_sent_at = true;
    s->sent_at = d.utc;
    s->sent_at_zone = d.zone;
}

/* The text as "header:Subject:asText" has it, white space and all: section 4.1.3 wants the property to be the same. */
static void read_subject(const struct mime_message *m, struct mime_summary *s)
{
    const struct mime_header *h = headers_last(&m->headers, "Subject");
    struct buf subject = {0}, base = {0};
    subject_of(m, &s->fts_subject);
    subject_base(buf_bytes(&s->fts_subject), &base);
    if (h)
        words_text(h->value, &subject);
    if (subject.n > MIME_MAX_SUBJECT_BYTES) {
        subject.n = utf8_cut(buf_bytes(&subject), MIME_MAX_SUBJECT_BYTES);
        subject.p[subject.n] = '\0';
    }
    s->has_subject = h != NULL;
    s->subject = buf_steal(&subject);
    s->base_subject = buf_steal(&base);
}

static void read_text(const struct mime_message *m, struct mime_summary *s)
{
    struct buf preview = {0};
    size_t from, n;
    readable_index(m, &s->fts_body, &from, &n);
    struct fct_bytes body = bytes_of(buf_str(&s->fts_body) + from, n);
    readable_preview(m, &body, &preview);
    s->preview = buf_steal(&preview);
    readable_files(m, &s->fts_files);
}

void readable_envelope(const struct mime_message *m, struct buf *out)
{
    CLEANUP(buf_done) struct buf fields = {0};
    subject_of(m, &fields);
    buf_add_char(&fields, '\n');
    free(addresses_of(m, "From", &fields));
    buf_add(out, fields.p, fields.n);
}

void mime_summarize(struct fct_bytes raw, struct mime_summary *out)
{
    CLEANUP(mime_message_freep) struct mime_message *m = mime_parse(raw);
    struct mime_summary s = {0};
    read_subject(m, &s);
    s.from = addresses_of(m, "From", &s.fts_from);
    s.to = addresses_of(m, "To", &s.fts_to);
    s.cc = addresses_of(m, "Cc", &s.fts_cc);
    s.bcc = addresses_of(m, "Bcc", &s.fts_bcc);
    s.sender = addresses_of(m, "Sender", NULL);
    s.reply_to = addresses_of(m, "Reply-To", NULL);
    s.message_ids = ids_of(m, "Message-ID", &s.has_message_id);
    s.in_reply_to = ids_of(m, "In-Reply-To", &s.has_in_reply_to);
    s.references = ids_of(m, "References", &s.has_references);
    const struct mime_header *list = headers_last(&m->headers, "List-Id");
    s.report = mime_report_read(raw);
    s.list_id = list ? field_list_id(list->value) : NULL;
    read_date(m, &s);
    s.has_attachment = message_has_attachment(m);
    s.degraded = m->degraded != NULL;
    read_text(m, &s);
    *out = s;
}

void mime_summary_done(struct mime_summary *s)
{
    if (!s)
        return;
    free(s->subject);
    free(s->base_subject);
    free(s->from);
    free(s->to);
    free(s->cc);
    free(s->bcc);
    free(s->sender);
    free(s->reply_to);
    strings_free(s->message_ids);
    strings_free(s->in_reply_to);
    strings_free(s->references);
    free(s->preview);
    free(s->list_id);
    mime_report_free(s->report);
    buf_done(&s->fts_from);
    buf_done(&s->fts_to);
    buf_done(&s->fts_cc);
    buf_done(&s->fts_bcc);
    buf_done(&s->fts_subject);
    buf_done(&s->fts_body);
    buf_done(&s->fts_files);
    *s = (struct mime_summary){0};
}
