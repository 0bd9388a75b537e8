#include "webpush/message.h"

#include "base/cleanup.h"
#include "store/ids.h"
#include "webpush/vapid.h"

#include <jansson.h>
#include <string.h>

#define TTL_VERIFICATION 3600        /* seconds for which a push service keeps it, where the client cannot be reached */
#define TTL_STATE_CHANGE (24 * 3600) /* who was away for longer asks anyway */
#define TOKEN_VALID (12 * 3600)
#define ENTRY_MAX 64 /* bytes that one state takes in the text, at most */
#define PADDING 128  /* the length tells no more than the next multiple of this */

bool webpush_wants(const struct store_push *p, const char *type_name)
{
    json_auto_t *types = p->types ? json_loads(p->types, 0, NULL) : NULL;
    for (size_t i = 0; i < json_array_size(types); i++)
        if (strcmp(json_string_value(json_array_get(types, i)), type_name) == 0)
            return true;
    return !p->types;
}

unsigned webpush_types(const struct store_push *p, webpush_type_name_fn name)
{
    unsigned bits = 0;
    for (unsigned type = 1; type < STORE_N_TYPES; type++)
        if (webpush_wants(p, name((enum store_type)type)))
            bits |= 1u << type;
    return bits;
}

static void add_object(json_t *object, struct buf *out)
{
    char *text = json_dumps(object, JSON_COMPACT);
    buf_add_str(out, text);
    free(text);
    json_decref(object);
}

void webpush_verification(const struct store_push *p, struct buf *out)
{
    char id[ID_SIZE];
    add_object(json_pack("{s:s, s:s, s:s}", "@type", "PushVerification", "pushSubscriptionId",
                         id_format(ID_PUSH, p->id, id), "verificationCode", p->code),
               out);
}

int64_t webpush_state_change(const struct store_push *p, const struct store_change *news, size_t n,
                             webpush_type_name_fn name, struct buf *out, bool *out_all)
{
    json_t *changed = json_object();
    unsigned types = webpush_types(p, name);
    int64_t told = p->told;
    size_t bytes = ENTRY_MAX; /* the object around them */
    *out_all = true;
    for (size_t i = 0; i < n; told = news[i++].modseq) {
        char account[ID_SIZE], state[STATE_SIZE];
        if (!(types & (1u << news[i].type)))
            continue;
        bytes += ENTRY_MAX;
        *out_all = bytes + PADDING <= WEBPUSH_PLAIN_MAX;
        if (!*out_all)
            break;
        id_format(ID_ACCOUNT, news[i].account_id, account);
        if (!json_object_get(changed, account))
            json_object_set_new(changed, account, json_object());
        json_object_set_new(json_object_get(changed, account), name(news[i].type),
                            json_string(state_format(news[i].modseq, state)));
    }
    if (json_object_size(changed))
        add_object(json_pack("{s:s, s:O}", "@type", "StateChange", "changed", changed), out);
    json_decref(changed);
    return told;
}

/* ---- the request ---- */

void webpush_request_done(struct webpush_request *r)
{
    buf_done(&r->body);
    for (size_t i = 0; i < WEBPUSH_HEADERS_MAX; i++)
        buf_done(&r->headers[i]);
}

static struct buf *next_header(struct webpush_request *r, size_t *n)
{
    return &r->headers[(*n)++];
}

/* RFC 8030 section 5: how long, how urgent, and that a newer one takes the place of one that waits (section 5.4). A
 * StateChange tells what is new since the last one that was delivered, so each of them matters: only the verification
 * has a topic. */
static void add_push_headers(const struct store_push *p, struct webpush_request *r, size_t *n)
{
    bool is_change = p->state == PUSH_VERIFIED;
    buf_addf(next_header(r, n), "TTL: %d", is_change ? TTL_STATE_CHANGE : TTL_VERIFICATION);
    buf_addf(next_header(r, n), "Urgency: %s", is_change ? "normal" : "high");
    if (!is_change)
        buf_add_str(next_header(r, n), "Topic: verification");
}

static int add_body(const struct store_push *p, const struct buf *message, struct webpush_request *r, size_t *n,
                    struct fct_error *err)
{
    struct webpush_keys keys;
    if (!p->has_keys) {
        buf_add(&r->body, message->p, message->n);
        buf_add_str(next_header(r, n), "Content-Type: application/json");
        return 0;
    }
    memcpy(keys.p256dh, p->p256dh, sizeof(keys.p256dh));
    memcpy(keys.auth, p->auth, sizeof(keys.auth));
    buf_add_str(next_header(r, n), "Content-Type: application/json");
    buf_add_str(next_header(r, n), "Content-Encoding: aes128gcm");
    return webpush_encrypt(&keys, buf_bytes(message), (PADDING - message->n % PADDING) % PADDING, &r->body, err);
}

int webpush_request_make(const struct store_push *p, const struct buf *message, const struct p256_pair *key,
                         const char *contact, int64_t now, struct webpush_request *out, struct fct_error *err)
{
    size_t n = 0;
    add_push_headers(p, out, &n);
    if (add_body(p, message, out, &n, err) < 0)
        return -1;
    if (key) {
        struct buf *header = next_header(out, &n);
        buf_add_str(header, "Authorization: ");
        if (vapid_authorization(key, p->url, contact, now + TOKEN_VALID, header, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < n; i++)
        out->header_list[i] = buf_str(&out->headers[i]);
    return 0;
}
