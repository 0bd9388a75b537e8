#include "outbox/outgoing.h"

#include "text/idna.h"

#include <string.h>
#include <strings.h>

/* What the next bytes are: a line, or a part of a long one. */
struct part {
    struct fct_bytes text; /* without the line's end */
    size_t n;              /* with it */
    bool is_begun, is_ended;
};

static struct part part_at(const struct outgoing *o)
{
    const char *p = o->raw.p + o->at;
    size_t left = o->raw.n - o->at, most = left < OUTGOING_PIECE ? left : OUTGOING_PIECE;
    const char *lf = memchr(p, '\n', most);
    struct part part = {
        .text = {p, lf ? (size_t)(lf - p) : most}, .n = lf ? (size_t)(lf - p) + 1 : most, .is_begun = o->is_in_line};
    part.is_ended = lf || most == left;
    bool has_cr = part.text.n > 0 && p[part.text.n - 1] == '\r';
    part.text.n -= has_cr;
    part.n -= has_cr && !part.is_ended; /* perhaps its LF is the next byte */
    return part;
}

static bool is_field(struct fct_bytes line, const char *name)
{
    size_t n = strlen(name);
    if (line.n <= n || strncasecmp(line.p, name, n) != 0)
        return false;
    while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t')) /* RFC 5322 section 4.5.3 */
        n++;
    return n < line.n && line.p[n] == ':';
}

static bool is_continued(struct fct_bytes line)
{
    return line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');
}

/* Takes a line, or a part of one: whether it goes out. */
static bool take_part(struct outgoing *o, struct part *out)
{
    *out = part_at(o);
    o->at += out->n;
    o->is_in_line = !out->is_ended;
    if (o->is_in_body)
        return true;
    if (out->is_begun)
        return !o->is_left_out;
    if (out->text.n == 0) {
        o->is_in_body = true;
        return true;
    }
    if (!is_continued(out->text))
        o->is_left_out = is_field(out->text, "bcc") || is_field(out->text, "resent-bcc");
    return !o->is_left_out;
}

void outgoing_next(struct outgoing *o, struct buf *out)
{
    out->n = 0;
    while (o->at < o->raw.n && out->n < OUTGOING_PIECE) {
        struct part part;
        if (!take_part(o, &part))
            continue;
        buf_add(out, part.text.p, part.text.n);
        if (part.is_ended)
            buf_add(out, "\r\n", 2);
    }
}

static bool has_8bit(struct fct_bytes line)
{
    for (size_t i = 0; i < line.n; i++)
        if ((unsigned char)line.p[i] >= 0x80)
            return true;
    return false;
}

static void note_field(struct outgoing_facts *f, struct fct_bytes line)
{
    f->n_from += is_field(line, "from");
    f->n_sender += is_field(line, "sender");
    f->has_from = f->n_from > 0;
    f->has_resent_from = f->has_resent_from || is_field(line, "resent-from");
    f->has_date = f->has_date || is_field(line, "date");
    f->has_message_id = f->has_message_id || is_field(line, "message-id");
}

void outgoing_scan(struct fct_bytes raw, struct outgoing_facts *out)
{
    struct outgoing o = outgoing_of(raw);
    *out = (struct outgoing_facts){0};
    while (o.at < raw.n) {
        struct part part;
        bool was_in_body = o.is_in_body;
        if (!take_part(&o, &part))
            continue;
        struct fct_bytes text = part.text;
        out->octets += text.n + (part.is_ended ? 2 : 0);
        out->is_broken =
            out->is_broken || (text.n > 0 && (memchr(text.p, '\r', text.n) || memchr(text.p, '\0', text.n)));
        if (was_in_body) {
            out->has_8bit_body = out->has_8bit_body || has_8bit(text);
            continue;
        }
        out->has_8bit_header = out->has_8bit_header || has_8bit(text);
        if (!part.is_begun)
            note_field(out, text);
    }
}

/* ---- addresses ---- */

static bool is_ascii(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s >= 0x80)
            return false;
    return true;
}

/* RFC 5321 section 4.1.2, Quoted-string: a quote within it follows a backslash. */
static bool is_quoted_string(struct fct_bytes text)
{
    if (text.n < 3 || text.p[0] != '"')
        return false;
    for (size_t i = 1; i + 1 < text.n; i++) {
        if (text.p[i] == '"')
            return false;
        i += text.p[i] == '\\';
        if (i + 1 >= text.n)
            return false;
    }
    return text.p[text.n - 1] == '"';
}

/* What ends a command, or the address in it; what else an address may hold is for the server to judge. */
static bool is_local_part(struct fct_bytes local)
{
    bool is_quoted = is_quoted_string(local);
    for (size_t i = 0; i < local.n; i++) {
        unsigned char c = (unsigned char)local.p[i];
        if (c < ' ' || c == 0x7f || (!is_quoted && strchr(" <>()[],;:\\\"", c)))
            return false;
    }
    return local.n > 0 && local.n <= 256;
}

bool outgoing_address(const char *address, struct buf *out)
{
    char domain[IDNA_HOST_MAX + 1];
    const char *at = strrchr(address, '@');
    out->n = 0;
    if (!at || !is_local_part(bytes_of(address, (size_t)(at - address))))
        return false;
    bool is_literal =
        at[1] == '[' && at[strlen(at) - 1] == ']' && is_ascii(at) && strcspn(at + 1, " <>\r\n\t") == strlen(at + 1);
    if (!is_literal && !idna_to_ascii(bytes_str(at + 1), domain))
        return false;
    buf_add(out, address, (size_t)(at + 1 - address));
    buf_add_str(out, is_literal ? at + 1 : domain);
    return out->n <= 512;
}
