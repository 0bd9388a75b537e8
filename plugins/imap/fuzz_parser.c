/* fuzz_parser.c - everything that a server may send, through every parser of the plugin.
 *
 * The input is a stream of responses, as after a login. Its first byte is the largest piece in which literals come.
 */
#include "wire/base64.h"
#include "data.h"
#include "mutf7.h"
#include "sasl/scram.h"
#include "uidset.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

FCT_PLUGIN_HOST;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- a host of the few functions that parsers call ------------------------------------------------------ */

static int host_fail(struct fct_error *err, int code, int retry, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    err->code = code;
    err->retry = retry;
    vsnprintf(err->message, sizeof(err->message), fmt, ap);
    va_end(ap);
    return -1;
}

static size_t host_hash(const char *hash, struct fct_bytes data, unsigned char *out)
{
    (void)hash, (void)data;
    memset(out, 7, 20);
    return 20;
}

static size_t host_hmac(const char *hash, struct fct_bytes key, struct fct_bytes data, unsigned char *out)
{
    (void)key;
    return host_hash(hash, data, out);
}

static size_t host_pbkdf2(const char *hash, struct fct_bytes password, struct fct_bytes salt, uint32_t iterations,
                          unsigned char *out)
{
    (void)salt, (void)iterations;
    return host_hash(hash, password, out);
}

static void host_wipe(void *p, size_t n)
{
    memset(p, 0, n);
}

static const struct fct_host host = {
    .size = sizeof(host),
    .fail = host_fail,
    .hash = host_hash,
    .hmac = host_hmac,
    .pbkdf2 = host_pbkdf2,
    .wipe = host_wipe,
};

/* ---- the feed ------------------------------------------------------------------------------------------- */

struct feed {
    const char *at, *end;
    size_t piece;
    char *line; /* a copy of exactly the line, so that reading beyond it is seen */
};

static int next_line(void *ctx, struct fct_bytes *out, struct fct_error *err)
{
    struct feed *f = ctx;
    const char *lf = f->at < f->end ? memchr(f->at, '\n', (size_t)(f->end - f->at)) : NULL;
    if (!lf)
        return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_NOW, "over");
    size_t n = (size_t)(lf - f->at);
    if (n > 0 && lf[-1] == '\r')
        n--;
    free(f->line);
    f->line = malloc(n ? n : 1);
    if (!f->line)
        abort();
    memcpy(f->line, f->at, n);
    f->at = lf + 1;
    *out = (struct fct_bytes){f->line, n};
    return 0;
}

static int some_octets(void *ctx, size_t max, struct fct_bytes *out, struct fct_error *err)
{
    struct feed *f = ctx;
    size_t left = (size_t)(f->end - f->at), n = max < f->piece ? max : f->piece;
    n = n < left ? n : left;
    if (n == 0)
        return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_NOW, "over");
    *out = (struct fct_bytes){f->at, n};
    f->at += n;
    return 0;
}

/* ---- what is done with a response ----------------------------------------------------------------------- */

struct state {
    struct imap_parser p;
    struct imap_fetch fetch, merged;
    struct imap_list_item item;
    struct imap_status status;
    struct imap_quota quota;
    struct imap_permanent permanent;
    struct wire_buffer id;
    uint64_t body_left;
};

static int body_begin(void *ctx, uint64_t octets, struct fct_error *err)
{
    (void)err;
    ((struct state *)ctx)->body_left = octets;
    return 0;
}

static int body_data(void *ctx, struct fct_bytes part, struct fct_error *err)
{
    struct state *s = ctx;
    (void)err;
    assert(part.n > 0 && part.n <= s->body_left); /* never more than was announced */
    s->body_left -= part.n;
    return 0;
}

static void note_atom(void *ctx, struct fct_bytes atom)
{
    (void)ctx;
    assert(atom.n > 0);
}

static void note_prefix(void *ctx, int kind, struct fct_bytes prefix)
{
    (void)ctx, (void)prefix;
    assert(kind >= 0 && kind < 3);
}

static void check_name(const struct wire_buffer *name)
{
    SCOPED(wire_buffer_done) struct wire_buffer utf8 = {0}, again = {0};
    struct fct_bytes bytes = wire_buffer_bytes(name);
    if (!imap_mutf7_decode(bytes, &utf8))
        return;
    assert(imap_is_utf8(wire_buffer_bytes(&utf8)));
    assert(imap_mutf7_encode(wire_buffer_bytes(&utf8), &again));
    assert(again.n == name->n && (name->n == 0 || memcmp(again.p, name->p, name->n) == 0));
}

static void check_set(struct fct_bytes set)
{
    struct fct_uid_range r;
    while (imap_uidset_next(&set, &r) > 0)
        assert(r.first >= 1 && r.first <= r.last && r.last <= UINT32_MAX);
}

static int take_fetch(struct state *s, struct fct_error *err)
{
    const struct imap_body_sink body = {s, body_begin, body_data, false};
    if (imap_parse_fetch(&s->p, &body, &s->fetch, err) < 0)
        return -1;
    assert(!(s->fetch.has & IMAP_HAS_BODY) || s->body_left == 0);
    assert(s->fetch.flags.keywords.n <= IMAP_KEYWORDS_BYTES_MAX && s->fetch.email_id.n <= IMAP_ID_MAX);
    assert(s->fetch.header.n <= IMAP_HEADER_MAX);
    imap_fetch_merge(&s->merged, &s->fetch);
    assert((s->merged.has & s->fetch.has) == s->fetch.has);
    return 0;
}

static int take_quota(void *ctx, struct fct_error *err)
{
    const struct state *s = ctx;
    (void)err;
    assert(s->quota.root.n <= IMAP_QUOTA_NAME_MAX && s->quota.resource.n <= IMAP_QUOTA_NAME_MAX);
    assert(s->quota.used <= INT64_MAX && s->quota.limit <= INT64_MAX);
    return 0;
}

static int take_data(struct state *s, const struct imap_response *r, struct fct_error *err)
{
    bool earlier;
    struct fct_bytes set;
    int rc = 0;
    if (strcmp(r->name, "FETCH") == 0)
        rc = take_fetch(s, err);
    else if (strcmp(r->name, "LIST") == 0 || strcmp(r->name, "LSUB") == 0) {
        if ((rc = imap_parse_list(&s->p, &s->item, err)) == 0)
            check_name(&s->item.name);
    } else if (strcmp(r->name, "STATUS") == 0)
        rc = imap_parse_status(&s->p, &s->status, err);
    else if (strcmp(r->name, "FLAGS") == 0)
        rc = imap_parse_permanent(&s->p, &s->permanent, err);
    else if (strcmp(r->name, "VANISHED") == 0) {
        if ((rc = imap_parse_vanished(&s->p, &earlier, &set, err)) == 0)
            check_set(set);
    } else if (strcmp(r->name, "NAMESPACE") == 0)
        rc = imap_parse_namespace(&s->p, note_prefix, NULL, err);
    else if (strcmp(r->name, "QUOTA") == 0)
        rc = imap_parse_quota(&s->p, &s->quota, take_quota, s, err);
    else if (strcmp(r->name, "ID") == 0)
        rc = imap_parse_id(&s->p, &s->id, err);
    else if (strcmp(r->name, "CAPABILITY") == 0)
        rc = imap_parse_atoms(&s->p, note_atom, NULL, err);
    return rc;
}

static void take_text(struct state *s, const struct imap_response *r)
{
    struct fct_error err = {0};
    struct imap_parser args;
    imap_parser_init_text(&args, r->code_args);
    imap_parse_permanent(&args, &s->permanent, &err);
    imap_parser_done(&args);
    imap_parser_init_text(&args, r->code_args);
    imap_parse_atoms(&args, note_atom, NULL, &err);
    imap_parser_done(&args);
    check_set(r->code_args);
}

static void take_challenge(const struct imap_response *r)
{
    SCOPED(wire_buffer_done) struct wire_buffer text = {0};
    SCOPED(scram_done) struct scram m;
    struct fct_error err = {0};
    scram_init(&m, "sha1", (struct fct_bytes){"user", 4}, (struct fct_bytes){"pencil", 6}, "n",
               &(struct scram_binding){.header = "n,,"});
    if (wire_base64_decode(r->text, &text)) {
        scram_answer(&m, wire_buffer_bytes(&text), SCRAM_ITERATIONS_MIN, &err);
        scram_verify(&m, wire_buffer_bytes(&text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fct_error err = {0};
    struct imap_response r;
    if (size < 1)
        return 0;
    fct_host = &host;
    struct feed feed = {.at = (const char *)data + 1, .end = (const char *)data + size, .piece = data[0] ? data[0] : 1};
    struct state s = {0};
    imap_parser_init(&s.p, (struct imap_feed){&feed, next_line, some_octets});
    while (imap_read_response(&s.p, &r, &err) == 0) {
        if (r.kind == IMAP_CONTINUE)
            take_challenge(&r);
        else if (r.kind == IMAP_TAGGED || r.kind == IMAP_STATUS)
            take_text(&s, &r);
        else if (take_data(&s, &r, &err) < 0)
            break;
    }
    assert(err.code == FCT_E_NETWORK || err.code == FCT_E_PROTOCOL || err.code == FCT_E_LIMIT);
    imap_parser_done(&s.p);
    imap_fetch_done(&s.fetch);
    imap_fetch_done(&s.merged);
    wire_buffer_done(&s.item.name);
    imap_status_done(&s.status);
    imap_quota_done(&s.quota);
    wire_buffer_done(&s.permanent.flags.keywords);
    wire_buffer_done(&s.id);
    free(feed.line);
    return 0;
}
