/* Blob/upload: RFC 9404 section 4.1. Everything slow is done on a reader thread, the writer only records. */
#include "methods/email.h"

#include "audit.h"
#include "base64.h"
#include "store/tokens.h"

#include <string.h>
#include <time.h>

#define TYPE_MAX_BYTES 255

struct upload {
    const char *creation_id;
    const json_t *object;
    struct blob_stage *stage;
    json_t *problem; /* a SetError: it is not stored */
};

struct uploads {
    struct api_call *call;
    const char *account;
    struct scope scope;
    struct upload *v;
    size_t n;
};

static void uploads_done(struct uploads *u)
{
    for (size_t i = 0; i < u->n; i++) {
        blob_stage_free(u->v[i].stage);
        json_decref(u->v[i].problem);
    }
    free(u->v);
}

/* ---- data sources ---- */

static json_t *bad(const char *why)
{
    return api_set_error("invalidProperties", "data", "data: %s", why);
}

static bool has_space(struct upload *u, uint64_t n)
{
    if (n <= API_MAX_UPLOAD - blob_stage_size(u->stage))
        return true;
    u->problem = api_set_error("tooLarge", NULL, "a blob has at most %llu bytes", (unsigned long long)API_MAX_UPLOAD);
    return false;
}

static int stage_bytes(struct upload *u, struct fct_bytes bytes, struct fct_error *err)
{
    return has_space(u, bytes.n) ? blob_stage_add(u->stage, bytes, err) : 0;
}

static int stage_piece(void *ctx, struct fct_bytes data, struct fct_error *err)
{
    return blob_stage_add(ctx, data, err);
}

/* False: it is there, and no number of bytes. */
static bool read_number(const json_t *source, const char *name, uint64_t otherwise, uint64_t *out)
{
    const json_t *v = json_object_get(source, name);
    *out = otherwise;
    if (!v || json_is_null(v))
        return true;
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return false;
    *out = (uint64_t)json_integer_value(v);
    return true;
}

static int stage_blob(struct uploads *all, struct store_tx *tx, struct upload *u, const json_t *source,
                      struct fct_error *err)
{
    CLEANUP(blob_bytes_done) struct blob_bytes b = {0};
    unsigned char sha256[32];
    const char *id = json_string_value(json_object_get(source, "blobId")), *part;
    uint64_t offset, length, size;
    int64_t row;
    if (!read_number(source, "offset", 0, &offset) || !read_number(source, "length", UINT64_MAX, &length)) {
        u->problem = bad("offset and length must be numbers of bytes");
        return 0;
    }
    if (blob_id_from(all->call, tx, id, sha256, &part, err) <= 0 || store_blob_find(tx, sha256, &row, &size, err) < 0 ||
        ((part || size <= API_MAX_UPLOAD) && blob_bytes_load(tx, sha256, part, &b, err) < 0)) {
        if (err->code && err->code != FCT_E_BLOB_NOT_FOUND)
            return -1;
        *err = (struct fct_error){0};
        u->problem = api_set_error("blobNotFound", NULL, "there is no such blob");
        json_object_set_new(u->problem, "notFound", json_pack("[s]", id));
        return 0;
    }
    bool is_loaded = part || size <= API_MAX_UPLOAD; /* of what may have gigabytes only what is wanted is unpacked */
    size = is_loaded ? b.bytes.n : size;
    if (offset > size || (length != UINT64_MAX && length > size - offset)) {
        u->problem = bad("the range reaches beyond the blob");
        return 0;
    }
    uint64_t n = length == UINT64_MAX ? size - offset : length;
    if (is_loaded)
        return stage_bytes(u, bytes_of(b.bytes.p + offset, (size_t)n), err);
    return has_space(u, n) ? store_blob_read(tx, row, offset, n, stage_piece, u->stage, err) : 0;
}

/* NULL for null, too, which RFC 9404 lets each of them be. */
static const json_t *given(const json_t *source, const char *name)
{
    const json_t *v = json_object_get(source, name);
    return json_is_null(v) ? NULL : v;
}

static int stage_source(struct uploads *all, struct store_tx *tx, struct upload *u, const json_t *source,
                        struct fct_error *err)
{
    const json_t *text = given(source, "data:asText"), *base64 = given(source, "data:asBase64"),
                 *blob = given(source, "blobId");
    if (!!text + !!base64 + !!blob != 1 || !json_is_string(text ? text : base64 ? base64 : blob)) {
        u->problem = bad("each source is one of data:asText, data:asBase64 and blobId");
        return 0;
    }
    if (blob)
        return stage_blob(all, tx, u, source, err);
    if (text)
        return stage_bytes(u, bytes_of(json_string_value(text), json_string_length(text)), err);
    CLEANUP(buf_done) struct buf bytes = {0};
    if (!base64_decode(bytes_of(json_string_value(base64), json_string_length(base64)), &bytes)) {
        u->problem = bad("data:asBase64 is no base64");
        return 0;
    }
    return stage_bytes(u, buf_bytes(&bytes), err);
}

static int stage_one(struct uploads *all, struct store_tx *tx, struct upload *u, struct fct_error *err)
{
    const json_t *data = json_object_get(u->object, "data"), *type = json_object_get(u->object, "type");
    size_t n = json_array_size(data);
    if (!json_is_array(data) || n > API_MAX_DATA_SOURCES) {
        u->problem = bad("must be a list of at most 64 sources");
        return 0;
    }
    if (type && !json_is_null(type) && (!json_is_string(type) || json_string_length(type) > TYPE_MAX_BYTES)) {
        u->problem = api_set_error("invalidProperties", "type", "type: must be a media type");
        return 0;
    }
    u->stage = blob_stage_new(store_of(tx));
    for (size_t i = 0; i < n && !u->problem; i++)
        if (stage_source(all, tx, u, json_array_get(data, i), err) < 0)
            return -1;
    return u->problem ? 0 : blob_stage_finish(u->stage, err);
}

static int stage_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct uploads *all = arg;
    if (scope_find(all->call, tx, all->account, &all->scope, err) < 0)
        return -1;
    for (size_t i = 0; i < all->n; i++)
        if (stage_one(all, tx, &all->v[i], err) < 0)
            return -1;
    return 0;
}

/* ---- recording ---- */

/* What a token brings in is counted; who does not see all accounts has by its hash that, and nobody else's. */
static int note_owner(const struct uploads *all, struct store_tx *tx, size_t i, int64_t expires, struct fct_error *err)
{
    if (!all->call->access)
        return 0;
    return store_token_uploaded(tx, all->call->access->token_id, blob_stage_sha256(all->v[i].stage), expires, err);
}

static int add_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct uploads *all = arg;
    audit_note(all->call, tx);
    int64_t expires = (int64_t)time(NULL) + API_UPLOAD_KEPT_SECONDS, id;
    for (size_t i = 0; i < all->n; i++)
        if (!all->v[i].problem &&
            (store_blob_add(tx, all->v[i].stage, expires, &id, err) < 0 || note_owner(all, tx, i, expires, err) < 0))
            return -1;
    return 0;
}

static bool has_something(const struct uploads *all)
{
    for (size_t i = 0; i < all->n; i++)
        if (!all->v[i].problem)
            return true;
    return false;
}

/* Those for which the token has no room are not stored. *out: bytes of the others. */
static void find_room(struct uploads *all, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < all->n; i++) {
        struct upload *u = &all->v[i];
        struct fct_error why = {0};
        if (u->problem)
            continue;
        if (uploads_begin(all->call, blob_stage_size(u->stage), &why) < 0)
            u->problem = api_set_error_from(&why);
        else
            *out += blob_stage_size(u->stage);
    }
}

static int store_all(struct uploads *all, struct fct_error *err)
{
    uint64_t size;
    find_room(all, &size);
    int result = has_something(all) ? store_write(all->call->api->store, add_all, all, err) : 0;
    uploads_end(all->call, size, result == 0);
    return result;
}

static json_t *answer_of(struct uploads *all)
{
    json_t *created = NULL, *not_created = NULL;
    for (size_t i = 0; i < all->n; i++) {
        struct upload *u = &all->v[i];
        char id[BLOB_ID_SIZE];
        if (u->problem) {
            set_put(&not_created, u->creation_id, json_incref(u->problem));
            continue;
        }
        blob_id_format(blob_stage_sha256(u->stage), id);
        call_created(all->call, u->creation_id, id);
        json_t *type = json_object_get(u->object, "type");
        set_put(&created, u->creation_id,
                json_pack("{s:s, s:O, s:I}", "id", id, "type", type ? type : json_null(), "size",
                          (json_int_t)blob_stage_size(u->stage)));
    }
    return json_pack("{s:s, s:o, s:o}", "accountId", all->scope.text, "created", created ? created : json_null(),
                     "notCreated", not_created ? not_created : json_null());
}

int api_blob_upload(struct api_call *call, const struct api_blob_upload_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(uploads_done) struct uploads all = {.call = call, .account = args->account_id};
    if (json_object_size(args->create) > API_MAX_OBJECTS_IN_SET)
        return too_many(err, "maxObjectsInSet", API_MAX_OBJECTS_IN_SET);
    all.v = xcalloc(json_object_size(args->create) + 1, sizeof(*all.v));
    const char *id;
    json_t *object;
    json_object_foreach(args->create, id, object) all.v[all.n++] = (struct upload){.creation_id = id, .object = object};
    if (store_read(call->api->store, stage_all, &all, err) < 0 || store_all(&all, err) < 0)
        return -1;
    *out = answer_of(&all);
    return 0;
}
