/* A client may send a whole Email back to change a part of it (RFC 8620 section 5.3): what cannot be changed must then
 * be as it is. For the envelope the row is enough; for the properties here the message is read. */
#include "methods/email.h"

#include <string.h>

#define HEADER_PREFIX "header:"

static const char *const from_message[] = {"headers",  "bodyStructure", "textBody",
                                           "htmlBody", "attachments",   "bodyValues"};

static bool is_from_message(const char *name)
{
    if (strncmp(name, HEADER_PREFIX, strlen(HEADER_PREFIX)) == 0)
        return mime_header_property_check(name + strlen(HEADER_PREFIX), NULL) == 0;
    for (size_t i = 0; i < sizeof(from_message) / sizeof(*from_message); i++)
        if (strcmp(from_message[i], name) == 0)
            return true;
    return false;
}

int email_add_sent_back(struct api_call *call, struct store_tx *tx, const struct store_email *e, const json_t *patch,
                        json_t *out, struct fct_error *err)
{
    CLEANUP(email_request_done) struct email_request r = {0};
    CLEANUP(blob_view_done) struct blob_view view = {0};
    CLEANUP(json_decrefp) json_t *names = json_array();
    CLEANUP(json_decrefp)
    json_t *of_parts = json_pack("[s,s,s,s,s,s,s,s,s,s,s,s]", "partId", "blobId", "size", "headers", "name", "type",
                                 "charset", "disposition", "cid", "language", "location", "subParts");
    char blob[BLOB_ID_SIZE];
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)patch, name, value) if (is_from_message(name))
        json_array_append_new(names, json_string(name));
    if (json_array_size(names) == 0)
        return 0;
    const struct email_request_args wanted = {.properties = names, .body_properties = of_parts, .all = true};
    if (email_request_parse(call, &wanted, &r, err) < 0 || store_blob_view(tx, e->blob_id, &view, err) < 0)
        return -1;
    return email_add_message(&r, view.bytes, blob_id_format(e->sha256, blob), false, out, err);
}

/* Whether `all` has everything that `some` has: of a part any properties may have been asked for, of the values any. */
static bool includes(const json_t *all, const json_t *some)
{
    const char *name;
    json_t *value;
    if (json_is_object(some) && json_is_object(all)) {
        json_object_foreach((json_t *)some, name, value) if (!includes(json_object_get(all, name), value)) return false;
        return true;
    }
    if (!json_is_array(some) || !json_is_array(all) || json_array_size(some) != json_array_size(all))
        return json_equal(all, some);
    for (size_t i = 0; i < json_array_size(some); i++)
        if (!includes(json_array_get(all, i), json_array_get(some, i)))
            return false;
    return true;
}

bool email_is_same(const char *name, const json_t *now, const json_t *sent)
{
    return is_from_message(name) ? includes(now, sent) : json_equal(now, sent);
}
