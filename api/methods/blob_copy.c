/* Blob/copy: RFC 8620 section 6.3. Bytes are kept once per profile, whichever accounts have them: a copy is the same
 * blob, which lives as long as an upload from now on. Of a part the whole message is kept. */
#include "methods/email.h"

#include "access.h"
#include "audit.h"
#include "store/tokens.h"

#include <string.h>
#include <time.h>

struct item {
    const char *id;
    json_t *problem; /* a SetError */
    int64_t blob;    /* 0: not looked up yet */
    unsigned char sha256[32];
    json_t *copied; /* the id of the copy */
};

struct copy {
    struct api_call *call;
    const struct api_blob_copy_args *args;
    int64_t from_id, account_id;
    struct item *items;
    size_t n;
};

static void copy_done(struct copy *c)
{
    for (size_t i = 0; i < c->n; i++) {
        json_decref(c->items[i].problem);
        json_decref(c->items[i].copied);
    }
    free(c->items);
}

static json_t *id_of(const unsigned char sha256[32], const char *part)
{
    char id[BLOB_ID_SIZE];
    CLEANUP(freep) char *text = xasprintf("%s%s%s", blob_id_format(sha256, id), part ? "_" : "", part ? part : "");
    return json_string(text);
}

/* Whether it is there, part and all. */
static int find_one(struct copy *c, struct store_tx *tx, struct item *it, struct fct_error *err)
{
    CLEANUP(blob_bytes_done) struct blob_bytes b = {0};
    const char *part;
    uint64_t size;
    int found = blob_id_from(c->call, tx, it->id, it->sha256, &part, err);
    if (found == 0)
        found = fct_fail(err, FCT_E_BLOB_NOT_FOUND, FCT_RETRY_NEVER, "there is no such blob");
    if (found > 0 && store_blob_find(tx, it->sha256, &it->blob, &size, err) == 0 &&
        (!part || blob_bytes_load(tx, it->sha256, part, &b, err) == 0)) {
        it->copied = id_of(it->sha256, part);
        return 0;
    }
    it->blob = 0;
    if (!is_object_error(err))
        return -1;
    it->problem = err->code == FCT_E_BLOB_NOT_FOUND ? api_set_error("notFound", NULL, "there is no such blob")
                                                    : api_set_error_from(err);
    return 0;
}

static int find_accounts(struct copy *c, struct store_tx *tx, struct fct_error *err)
{
    if (account_find_one(c->call, tx, c->args->account_id, &c->account_id, err) < 0 ||
        account_find_from(c->call, tx, c->args->from_account_id, &c->from_id, err) < 0)
        return -1;
    if (c->account_id == c->from_id)
        return call_invalid(c->call, err, "fromAccountId", "is the account that is copied to");
    return 0;
}

static int find_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct copy *c = arg;
    if (find_accounts(c, tx, err) < 0)
        return -1;
    for (size_t i = 0; i < c->n; i++) {
        struct item *it = &c->items[i];
        if (it->blob)
            continue;
        json_decref(TAKE(it->problem));
        *err = (struct fct_error){0};
        if (find_one(c, tx, it, err) < 0)
            return -1;
    }
    return 0;
}

/* Who does not see all accounts has a blob by its hash while a message of theirs refers to it, or as their token's own:
 * as the latter the copy outlives the message that it was taken from. */
static int note_owner(const struct copy *c, struct store_tx *tx, const struct item *it, int64_t expires,
                      struct fct_error *err)
{
    if (access_is_whole(c->call))
        return 0;
    return store_token_uploaded(tx, c->call->access->token_id, it->sha256, expires, err);
}

static int keep_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct copy *c = arg;
    int64_t expires = (int64_t)time(NULL) + API_UPLOAD_KEPT_SECONDS;
    audit_note(c->call, tx);
    for (size_t i = 0; i < c->n; i++) {
        const struct item *it = &c->items[i];
        if (it->blob && (store_blob_keep(tx, it->blob, expires, err) < 0 || note_owner(c, tx, it, expires, err) < 0))
            return -1;
    }
    return 0;
}

int api_blob_copy(struct api_call *call, const struct api_blob_copy_args *args, json_t **out, struct fct_error *err)
{
    CLEANUP(copy_done) struct copy c = {.call = call, .args = args};
    CLEANUP(json_decrefp) json_t *ids = ids_once(call, args->blob_ids);
    CLEANUP(json_decrefp) json_t *copied = NULL, *not_copied = NULL;
    if (json_array_size(args->blob_ids) > API_MAX_OBJECTS_IN_SET)
        return too_many(err, "maxObjectsInSet", API_MAX_OBJECTS_IN_SET);
    c.items = xcalloc(json_array_size(ids) + 1, sizeof(*c.items));
    for (c.n = 0; c.n < json_array_size(ids); c.n++)
        c.items[c.n].id = json_string_value(json_array_get(ids, c.n));
    if (read_with_bodies(call, find_all, &c, err) < 0 || store_write(call->api->store, keep_all, &c, err) < 0)
        return -1;
    for (size_t i = 0; i < c.n; i++) {
        struct item *it = &c.items[i];
        set_put(it->problem ? &not_copied : &copied, it->id, json_incref(it->problem ? it->problem : it->copied));
    }
    *out = json_pack("{s:o, s:o, s:O?, s:O?}", "fromAccountId", json_id(ID_ACCOUNT, c.from_id), "accountId",
                     json_id(ID_ACCOUNT, c.account_id), "copied", copied, "notCopied", not_copied);
    return 0;
}
