#include "outbox/parcel.h"

#include "async/wait.h"
#include "base/alloc.h"
#include "mime/downgrade.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ORCPT_MAX 490 /* beside its type, as it is sent; the transport says 500 (RFC 3461 section 4.2) */

static void forget_outcomes(struct parcel *p)
{
    for (size_t i = 0; i < p->n_outcomes; i++)
        free(p->outcomes[i].reply);
    p->n_outcomes = 0;
}

void parcel_done(struct parcel *p)
{
    store_submission_done(&p->s);
    blob_view_done(&p->view);
    buf_done(&p->piece);
    buf_done(&p->ascii);
    for (size_t i = 0; i < 2 * p->n; i++)
        free(p->owned[i]);
    forget_outcomes(p);
    free(p->owned);
    free(p->to);
    free(p->index);
    free(p->outcomes);
    free(p->sender);
    free(p->envid);
}

/* ---- DSN parameters, as JMAP gives them (RFC 8621 section 7: decoded, names in any case) ---- */

static const char *parameter(const char *json, const char *name, json_t **out_owner)
{
    const char *key;
    json_t *value;
    *out_owner = json ? json_loads(json, 0, NULL) : NULL;
    json_object_foreach(*out_owner, key, value) if (strcasecmp(key, name) == 0) return json_string_value(value);
    return NULL;
}

static uint32_t notify_of(const char *parameters)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } known[] = {{"NEVER", FCT_NOTIFY_NEVER}, {"SUCCESS", FCT_NOTIFY_SUCCESS}, {"FAILURE", FCT_NOTIFY_FAILURE}, {"DELAY", FCT_NOTIFY_DELAY}};
    json_t *owner;
    const char *text = parameter(parameters, "NOTIFY", &owner);
    uint32_t bits = 0;
    for (const char *at = text; at && *at;) {
        size_t n = strcspn(at, ",");
        for (size_t i = 0; i < 4; i++)
            if (strlen(known[i].name) == n && strncasecmp(at, known[i].name, n) == 0)
                bits |= known[i].bit;
        at += n + (at[n] == ',');
    }
    json_decref(owner);
    return bits;
}

static char *copy_parameter(const char *parameters, const char *name)
{
    json_t *owner;
    const char *text = parameter(parameters, name, &owner);
    char *copy = text ? xstrdup(text) : NULL;
    json_decref(owner);
    return copy;
}

/* An address that has no wire form goes out as it is: the transport refuses it, and it alone. */
static char *wire_address(const char *address)
{
    struct buf out = {0};
    if (outgoing_address(address, &out))
        return buf_steal(&out);
    buf_done(&out);
    return xstrdup(address);
}

/* NULL: what is no ASCII has no form that all servers know (RFC 6533 section 3). */
static char *original_recipient(const char *address)
{
    size_t n = 0;
    for (const char *c = address; *c; c++) {
        if ((unsigned char)*c >= 0x80)
            return NULL;
        n += strchr(" +=", *c) ? 3 : 1;
    }
    return n <= ORCPT_MAX ? xasprintf("rfc822;%s", address) : NULL;
}

static void address_parcel(struct parcel *p)
{
    size_t n = p->s.n_recipients;
    p->to = xcalloc(n + 1, sizeof(*p->to));
    p->index = xcalloc(n + 1, sizeof(*p->index));
    p->owned = xcalloc(2 * n + 1, sizeof(*p->owned));
    p->outcomes = xcalloc(n + 1, sizeof(*p->outcomes));
    for (size_t i = 0; i < n; i++) {
        const struct store_recipient *r = &p->s.recipients[i];
        if (r->state != RECIPIENT_WAITING)
            continue;
        char *address = wire_address(r->address), *orcpt = copy_parameter(r->parameters, "ORCPT");
        if (!orcpt) /* so that a report names them as we do, wherever the message was forwarded to */
            orcpt = original_recipient(r->address);
        p->to[p->n] = (struct fct_recipient){
            .address = bytes_str(address), .orcpt = bytes_str(orcpt), .notify = notify_of(r->parameters)};
        p->owned[2 * p->n] = address;
        p->owned[2 * p->n + 1] = orcpt;
        p->index[p->n++] = i;
    }
    p->sender = p->s.sender[0] ? wire_address(p->s.sender) : xstrdup("");
    p->envid = p->s.envid ? xstrdup(p->s.envid) : NULL;
    CLEANUP(freep) char *ret = copy_parameter(p->s.sender_parameters, "RET");
    if (ret)
        p->ret = strcasecmp(ret, "FULL") == 0 ? FCT_ENVELOPE_RET_FULL : strcasecmp(ret, "HDRS") == 0 ? FCT_ENVELOPE_RET_HDRS : 0;
}

int parcel_load(struct store_tx *tx, struct parcel *p, struct fct_error *err)
{
    if (store_submission_load(tx, p->id, &p->s, err) < 0)
        return -1;
    address_parcel(p);
    if (p->s.state != SUBMISSION_QUEUED && p->s.state != SUBMISSION_HELD)
        return 0;
    if (store_blob_view(tx, p->s.blob_id, &p->view, err) < 0)
        return -1;
    outgoing_scan(p->view.bytes, &p->facts);
    return 0;
}

void parcel_begin(struct parcel *p)
{
    forget_outcomes(p);
    p->reading = outgoing_of(p->ascii.n ? buf_bytes(&p->ascii) : p->view.bytes);
    p->was_committed = false;
}

struct downgrade {
    struct parcel *p;
    int result;
    struct fct_error err;
};

static void downgrade(void *arg)
{
    struct downgrade *d = arg;
    CLEANUP(buf_done) struct buf whole = {0};
    struct outgoing reading = outgoing_of(d->p->view.bytes);
    do {
        outgoing_next(&reading, &d->p->piece);
        buf_add(&whole, d->p->piece.p, d->p->piece.n);
    } while (d->p->piece.n > 0);
    d->result = mime_downgrade(buf_bytes(&whole), &d->p->ascii, &d->err);
    if (d->result == 0)
        outgoing_scan(buf_bytes(&d->p->ascii), &d->p->facts);
    else
        buf_done(&d->p->ascii);
}

int parcel_downgrade(struct parcel *p, struct fct_error *err)
{
    struct downgrade d = {.p = p};
    if (p->ascii.n > 0 || !p->facts.has_8bit_body)
        return 0;
    if (wait_offload(downgrade, &d, err) < 0)
        return -1;
    if (d.result < 0 && err)
        *err = d.err;
    return d.result;
}
