#include "mime/receipt.h"

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/error.h"
#include "mime/compose_headers.h"
#include "mime/compose_words.h"
#include "mime/encode.h"
#include "mime/utf8.h"

#include <string.h>

#define FIELD_MAX 900 /* of a line: RFC 5322 section 2.1.1 says 998 */

static void add_random(struct buf *out, size_t n)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    unsigned char bytes[32];
    crypto_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < n && i < sizeof(bytes); i++)
        buf_add_char(out, digits[bytes[i] & 31]);
}

static const char *domain_of(const char *address)
{
    const char *at = strrchr(address, '@');
    return at && at[1] && is_ascii_text(at) && !strpbrk(at, " <>[]\"\\()") ? at + 1 : "localhost";
}

/* As it stands, on one line: what is not so cannot be said. */
static int add_field(struct buf *out, const char *name, const char *value, struct fct_error *err)
{
    if (!value)
        return 0;
    if (!is_ascii_text(value) || strlen(value) > FIELD_MAX)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%.60s: it must be one line of ASCII", name);
    buf_addf(out, "%s: %s\r\n", name, value);
    return 0;
}

static void add_words(struct buf *out, const char *name, const char *text)
{
    struct field_writer w;
    field_begin(&w, out, name);
    field_text(&w, text);
    field_end(&w);
}

/* Of a message and what it is within: RFC 2045 section 6.4. Else 7bit is meant. */
static void add_encoding(const struct mime_receipt *r, struct buf *out)
{
    if (!utf8_is_ascii(r->original))
        buf_add_str(out, "Content-Transfer-Encoding: 8bit\r\n");
}

static int add_header(const struct mime_receipt *r, const char *boundary, const char *id, struct buf *out,
                      struct fct_error *err)
{
    struct field_writer w;
    CLEANUP(buf_done) struct buf address = {0};
    if (!is_ascii_text(r->from) || strpbrk(r->from, "<>\r\n"))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the address of the identity is not in ASCII");
    buf_addf(&address, "<%s>", r->from);
    field_begin(&w, out, "From");
    if (r->from_name && *r->from_name)
        field_phrase(&w, r->from_name);
    field_piece(&w, buf_bytes(&address));
    field_end(&w);
    buf_addf(out, "To: %s\r\n", r->to);
    add_words(out, "Subject", r->subject);
    header_date_write(out, "Date", r->now, 0);
    buf_addf(out, "Message-ID: <%s>\r\n", id);
    if (r->original_message_id && is_ascii_text(r->original_message_id) && strlen(r->original_message_id) < FIELD_MAX)
        buf_addf(out, "In-Reply-To: <%s>\r\nReferences: <%s>\r\n", r->original_message_id, r->original_message_id);
    buf_addf(out,
             "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=disposition-notification;\r\n"
             " boundary=\"%s\"\r\n",
             boundary);
    add_encoding(r, out);
    buf_add_str(out, "\r\n");
    return 0;
}

static void add_text(const char *text, struct buf *out)
{
    CLEANUP(buf_done) struct buf crlf = {0};
    for (const char *c = text; *c; c++) {
        if (*c == '\r' && c[1] == '\n')
            continue;
        if (*c == '\n' || *c == '\r')
            buf_add(&crlf, "\r\n", 2);
        else
            buf_add_char(&crlf, *c);
    }
    buf_add_str(out, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
    encode_quoted(buf_bytes(&crlf), out);
    buf_add_str(out, "\r\n");
}

static int add_disposition(const struct mime_receipt *r, struct buf *out, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf id = {0};
    if (r->original_message_id)
        buf_addf(&id, "<%s>", r->original_message_id);
    buf_add_str(out, "Content-Type: message/disposition-notification\r\n\r\n");
    if (add_field(out, "Reporting-UA", r->reporting_ua, err) < 0 ||
        add_field(out, "Original-Recipient", r->original_recipient, err) < 0 ||
        add_field(out, "Final-Recipient", r->final_recipient, err) < 0 ||
        add_field(out, "Original-Message-ID", id.n ? buf_str(&id) : NULL, err) < 0 ||
        add_field(out, "Disposition", r->disposition, err) < 0)
        return -1;
    for (const char *const *e = r->extensions; e && *e; e += 2)
        if (!is_token(e[0]) || strchr(e[0], ':') || add_field(out, e[0], e[1], err) < 0)
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER,
                            "extensionFields: a field that cannot stand in a message");
    return 0;
}

int mime_receipt_write(const struct mime_receipt *r, struct buf *out, struct buf *out_id, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf boundary = {0};
    add_random(&boundary, 24);
    buf_add_str(out_id, "");
    add_random(out_id, 26);
    buf_addf(out_id, "@%s", domain_of(r->from));
    if (add_header(r, buf_str(&boundary), buf_str(out_id), out, err) < 0)
        return -1;
    buf_addf(out, "--%s\r\n", buf_str(&boundary));
    add_text(r->text, out);
    buf_addf(out, "\r\n--%s\r\n", buf_str(&boundary));
    if (add_disposition(r, out, err) < 0)
        return -1;
    if (r->original.n > 0) {
        buf_addf(out, "\r\n--%s\r\nContent-Type: message/rfc822\r\n", buf_str(&boundary));
        add_encoding(r, out);
        buf_add_str(out, "\r\n");
        buf_add(out, r->original.p, r->original.n);
    }
    buf_addf(out, "\r\n--%s--\r\n", buf_str(&boundary));
    return 0;
}
