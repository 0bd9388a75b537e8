/* Blob/get, Blob/open: RFC 9404 section 4.2, and a descriptor where bytes should not go through JSON. */
#include "methods/email.h"

#include "async/wait.h"
#include "base64.h"

#include <openssl/evp.h>
#include <string.h>

/* ---- Blob/get ---- */

enum { BP_ID, BP_DATA, BP_TEXT, BP_BASE64, BP_SIZE, BP_SHA, BP_SHA256, BP_N };
static const char *const names[BP_N] = {"id",   "data",       "data:asText",   "data:asBase64",
                                        "size", "digest:sha", "digest:sha-256"};
#define BP_BIT(p) (UINT64_C(1) << (p))

#define LARGE_BYTES \
    (UINT64_C(16) << 20) /* of these few at a time: each keeps a reader, of which there are four for all */
#define LARGE_AT_ONCE 2
#define WHOLE_LENGTH UINT64_MAX /* none was asked for */

struct range {
    uint64_t offset, length;
};

static json_t *base64_json(struct fct_bytes data)
{
    CLEANUP(buf_done) struct buf text = {0};
    base64_encode(data, &text);
    return json_stringn(buf_str(&text), text.n);
}

/* `data`: as text when it is UTF-8, else base64; data:asText is null when it is not (RFC 9404 section 4.2). */
static void add_data(json_t *out, uint64_t properties, struct fct_bytes data, bool is_truncated)
{
    /* a range may begin or end inside a character; RFC 9404 then wants it told as not being text */
    json_t *text = properties & (BP_BIT(BP_DATA) | BP_BIT(BP_TEXT)) ? json_stringn(data.n ? data.p : "", data.n) : NULL;
    if (text && memchr(data.n ? data.p : "", '\0', data.n)) { /* a NUL is text, but no JSON text of ours carries one */
        json_decref(text);
        text = NULL;
    }
    bool is_text = text != NULL, wants_text = properties & BP_BIT(BP_TEXT), wants_any = properties & BP_BIT(BP_DATA);
    if (wants_text || (wants_any && is_text))
        json_object_set_new(out, names[BP_TEXT], is_text ? json_incref(text) : json_null());
    if ((properties & BP_BIT(BP_BASE64)) || (wants_any && !is_text))
        json_object_set_new(out, names[BP_BASE64], base64_json(data));
    if ((wants_text || wants_any) && !is_text)
        json_object_set_new(out, "isEncodingProblem", json_true());
    if (is_truncated)
        json_object_set_new(out, "isTruncated", json_true());
    json_decref(text);
}

/* ---- what is chosen of the bytes ---- */

/* What a range makes of a blob: bytes where they are asked for, digests where they are. */
struct choice {
    uint64_t size, offset, length; /* of the blob; of it, what is there of the range */
    bool is_truncated, wants_bytes;
    struct buf bytes;
    EVP_MD_CTX *sha, *sha256; /* NULL: not asked for */
};

static void choice_done(struct choice *c)
{
    buf_done(&c->bytes);
    EVP_MD_CTX_free(c->sha);
    EVP_MD_CTX_free(c->sha256);
}

/* What is there of the range; is_truncated when that is not all of it (RFC 9404 section 4.2). */
static void cut(struct choice *c, uint64_t size, const struct range *r)
{
    bool is_beyond = r->offset > size;
    uint64_t left = is_beyond ? 0 : size - r->offset;
    c->size = size;
    c->offset = is_beyond ? size : r->offset;
    c->length = left < r->length ? left : r->length;
    c->is_truncated = is_beyond || (r->length != WHOLE_LENGTH && r->length > left);
}

static EVP_MD_CTX *begin_digest(const EVP_MD *algorithm)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx)
        EVP_DigestInit_ex(ctx, algorithm, NULL);
    return ctx;
}

static int take(void *ctx, struct fct_bytes data, struct fct_error *err)
{
    struct choice *c = ctx;
    (void)err;
    if (c->wants_bytes)
        buf_add(&c->bytes, data.p, data.n);
    if (c->sha)
        EVP_DigestUpdate(c->sha, data.p, data.n);
    if (c->sha256)
        EVP_DigestUpdate(c->sha256, data.p, data.n);
    return 0;
}

static json_t *digest_json(EVP_MD_CTX *ctx)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (!EVP_DigestFinal_ex(ctx, digest, &n))
        return json_null();
    return base64_json(bytes_of(digest, n));
}

static json_t *choice_json(struct choice *c, const char *text, const unsigned char sha256[32], uint64_t properties)
{
    json_t *out = json_pack("{s:s}", "id", text);
    add_data(out, properties, buf_bytes(&c->bytes), c->is_truncated);
    if (properties & BP_BIT(BP_SIZE))
        json_object_set_new(out, names[BP_SIZE], json_integer((json_int_t)c->size));
    if (c->sha)
        json_object_set_new(out, names[BP_SHA], digest_json(c->sha));
    if (properties & BP_BIT(BP_SHA256))
        json_object_set_new(out, names[BP_SHA256],
                            c->sha256 ? digest_json(c->sha256) : base64_json(bytes_of(sha256, 32)));
    return out;
}

static int fail_too_much(struct fct_error *err)
{
    return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER,
                    "more than %llu bytes at once: ask for ranges, or use Blob/open",
                    (unsigned long long)API_MAX_BLOB_RANGE);
}

/* Of a whole blob, which may be gigabytes, nothing is read but the range, and not that where it is known: its id is its
 * digest. */
static int blob_json(struct api_call *call, const char *text, uint64_t properties, const struct range *r,
                     uint64_t *given, json_t **out, struct fct_error *err)
{
    CLEANUP(blob_bytes_done) struct blob_bytes b = {0};
    CLEANUP(choice_done)
    struct choice c = {.wants_bytes = properties & (BP_BIT(BP_DATA) | BP_BIT(BP_TEXT) | BP_BIT(BP_BASE64))};
    unsigned char sha256[32];
    const char *part;
    uint64_t size;
    int64_t id;
    *out = NULL;
    int is_blob = blob_id_from(call, call->tx, text, sha256, &part, err);
    if (is_blob <= 0)
        return is_blob;
    if (part ? blob_bytes_load(call->tx, sha256, part, &b, err) < 0
             : store_blob_find(call->tx, sha256, &id, &size, err) < 0)
        return err->code == FCT_E_BLOB_NOT_FOUND ? 0 : -1;
    cut(&c, part ? b.bytes.n : size, r);
    if (c.wants_bytes && (c.length > API_MAX_BLOB_RANGE || (*given += c.length) > API_MAX_BLOB_RANGE))
        return fail_too_much(err);
    bool is_known = !part && c.length == c.size;
    if (properties & BP_BIT(BP_SHA))
        c.sha = begin_digest(EVP_sha1());
    if ((properties & BP_BIT(BP_SHA256)) && !is_known)
        c.sha256 = begin_digest(EVP_sha256());
    if (c.length > 0 && (c.wants_bytes || c.sha || c.sha256) &&
        (part ? take(&c, bytes_of(b.bytes.p + c.offset, (size_t)c.length), err)
              : store_blob_read(call->tx, id, c.offset, c.length, take, &c, err)) < 0)
        return -1;
    *out = choice_json(&c, text, sha256, properties);
    return 0;
}

int api_blob_get(struct api_call *call, const struct api_blob_get_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(json_decrefp) json_t *ids = ids_once(call, args->ids);
    struct scope scope;
    uint64_t properties, given = 0;
    if (scope_find(call, call->tx, args->account_id, &scope, err) < 0 ||
        properties_parse(call, args->properties, names, BP_N, BP_BIT(BP_DATA) | BP_BIT(BP_SIZE), &properties, err) < 0)
        return -1;
    if (json_array_size(args->ids) > API_MAX_OBJECTS_IN_GET)
        return too_many(err, "maxObjectsInGet", API_MAX_OBJECTS_IN_GET);
    const struct range r = {.offset = args->offset < 0 ? 0 : (uint64_t)args->offset,
                            .length = args->length < 0 ? WHOLE_LENGTH : (uint64_t)args->length};
    json_t *list = json_array(), *not_found = json_array();
    for (size_t i = 0; i < json_array_size(ids); i++) {
        json_t *text = json_array_get(ids, i), *blob;
        if (blob_json(call, json_string_value(text), properties, &r, &given, &blob, err) < 0) {
            json_decref(list);
            json_decref(not_found);
            return -1;
        }
        if (blob)
            json_array_append_new(list, blob);
        else
            json_array_append(not_found, text);
    }
    *out = json_pack("{s:s, s:o, s:o}", "accountId", scope.text, "list", list, "notFound", not_found);
    return 0;
}

/* ---- Blob/open ---- */

static int open_part(struct store_tx *tx, const unsigned char sha256[32], const char *part, uint64_t *out_size,
                     int *out_fd, struct fct_error *err)
{
    CLEANUP(blob_bytes_done) struct blob_bytes b = {0};
    if (blob_bytes_load(tx, sha256, part, &b, err) < 0)
        return -1;
    *out_size = b.bytes.n;
    return store_bytes_fd(store_of(tx), b.bytes, out_fd, err);
}

static int open_whole(struct store_tx *tx, const unsigned char sha256[32], uint64_t *out_size, int *out_fd,
                      struct fct_error *err)
{
    int64_t id;
    if (store_blob_find(tx, sha256, &id, out_size, err) < 0)
        return -1;
    return store_blob_fd(tx, id, out_fd, err);
}

struct opening {
    struct api_call *call;
    const char *blob_id;
    const char *account;
    struct scope scope;
    unsigned char sha256[32];
    const char *part;
    uint64_t whole; /* bytes of the blob, be it for a part of it */
    uint64_t size;
    int fd;
};

static int find_blob(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct opening *o = arg;
    int64_t id;
    if (scope_find(o->call, tx, o->account, &o->scope, err) < 0)
        return -1;
    int is_blob = blob_id_from(o->call, tx, o->blob_id, o->sha256, &o->part, err);
    if (is_blob <= 0)
        return is_blob < 0 ? -1 : fct_fail(err, FCT_E_BLOB_NOT_FOUND, FCT_RETRY_NEVER, "there is no such blob");
    return store_blob_find(tx, o->sha256, &id, &o->whole, err);
}

static int open_blob(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct opening *o = arg;
    return o->part ? open_part(tx, o->sha256, o->part, &o->size, &o->fd, err)
                   : open_whole(tx, o->sha256, &o->size, &o->fd, err);
}

static int open_in_turn(struct opening *o, struct fct_error *err)
{
    struct streams *u = &o->call->api->streams;
    struct store *store = o->call->api->store;
    if (o->whole <= LARGE_BYTES)
        return store_read(store, open_blob, o, err);
    while (u->n_opening >= LARGE_AT_ONCE)
        if (wait_event(&u->opened, "other large downloads", WAIT_FOREVER, err) < 0)
            return -1;
    u->n_opening++;
    int result = store_read(store, open_blob, o, err);
    u->n_opening--;
    wait_event_raise(&u->opened);
    return result;
}

int api_blob_open(struct api_call *call, const struct api_blob_open_args *args, json_t **out, struct fct_error *err)
{
    struct opening o = {.call = call, .blob_id = args->blob_id, .account = args->account_id, .fd = -1};
    size_t index;
    if (read_with_bodies(call, find_blob, &o, err) < 0 || open_in_turn(&o, err) < 0 ||
        call_add_fd(call, o.fd, &index, err) < 0)
        return -1;
    *out = json_pack("{s:s, s:s, s:I, s:I}", "accountId", o.scope.text, "blobId", call_resolve(call, args->blob_id),
                     "size", (json_int_t)o.size, "fdIndex", (json_int_t)index);
    return 0;
}
