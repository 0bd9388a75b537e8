#include "outbox/outgoing.h"

#include "text/idna.h"

#include <string.h>
#include <strings.h>

/* The next line, without its end; *out_n counts that, too. */
static struct fct_bytes line_at(const struct outgoing *o, size_t *out_n)
{
    const char *p = o->raw.p + o->at;
    size_t left = o->raw.n - o->at;
    const char *lf = memchr(p, '\n', left);
    size_t n = lf ? (size_t)(lf - p) : left;
    *out_n = lf ? n + 1 : n;
    if (n > 0 && p[n - 1] == '\r')
        n--;
    return (struct fct_bytes){p, n};
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

/* Takes one line: whether it goes out. */
static bool take_line(struct outgoing *o, struct fct_bytes *out)
{
    size_t n;
    *out = line_at(o, &n);
    o->at += n;
    if (o->is_in_body)
        return true;
    if (out->n == 0) {
        o->is_in_body = true;
        return true;
    }
    if (!is_continued(*out))
        o->is_left_out = is_field(*out, "bcc") || is_field(*out, "resent-bcc");
    return !o->is_left_out;
}

void outgoing_next(struct outgoing *o, struct buf *out)
{
    out->n = 0;
    while (o->at < o->raw.n && out->n < OUTGOING_PIECE) {
        struct fct_bytes line;
        if (!take_line(o, &line))
            continue;
        buf_add(out, line.p, line.n);
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

void outgoing_scan(struct fct_bytes raw, struct outgoing_facts *out)
{
    struct outgoing o = outgoing_of(raw);
    *out = (struct outgoing_facts){0};
    while (o.at < raw.n) {
        struct fct_bytes line;
        bool was_in_body = o.is_in_body;
        if (!take_line(&o, &line))
            continue;
        out->octets += line.n + 2;
        out->is_broken =
            out->is_broken || (line.n > 0 && (memchr(line.p, '\r', line.n) || memchr(line.p, '\0', line.n)));
        if (was_in_body) {
            out->has_8bit_body = out->has_8bit_body || has_8bit(line);
            continue;
        }
        out->has_8bit_header = out->has_8bit_header || has_8bit(line);
        out->has_from = out->has_from || is_field(line, "from");
        out->has_resent_from = out->has_resent_from || is_field(line, "resent-from");
        out->has_date = out->has_date || is_field(line, "date");
        out->has_message_id = out->has_message_id || is_field(line, "message-id");
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

/* What ends a command, or the address in it; what else an address may hold is for the server to judge. */
static bool is_local_part(struct fct_bytes local)
{
    bool is_quoted = local.n > 2 && local.p[0] == '"' && local.p[local.n - 1] == '"';
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
