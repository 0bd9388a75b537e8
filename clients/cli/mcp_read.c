/* mcp_read.c - tools that read. */
#include "directory.h"
#include "mcp.h"
#include "parts.h"

#include <string.h>
#include <strings.h>

#define LIST_MAX 500
#define ATTACHMENTS_MAX 50

json_t *mcp_list_accounts(struct mcp *m, const json_t *a)
{
    (void)a;
    json_auto_t *session = mcp_call(m, "Session/get", json_object());
    json_auto_t *identities = session ? mcp_call(m, "Identity/get", json_pack("{s:s}", "accountId", "*")) : NULL;
    json_t *list = json_array(), *account, *one;
    const char *id;
    size_t i;

    if (!identities) {
        json_decref(list);
        return NULL;
    }
    json_object_foreach(json_object_get(session, "accounts"), id, account)
    {
        json_t *addresses = json_array();
        json_array_foreach(json_object_get(identities, "list"), i,
                           one) if (strcmp(json_text(one, "accountId"), id) == 0)
            json_array_append(addresses, json_object_get(one, "email"));
        json_array_append_new(list, json_pack("{s:s, s:O, s:o}", "accountId", id, "name",
                                              json_object_get(account, "name"), "addresses", addresses));
    }
    return json_pack("{s:o}", "accounts", list);
}

json_t *mcp_list_mailboxes(struct mcp *m, const json_t *a)
{
    (void)a;
    json_auto_t *got = mcp_call(m, "Mailbox/get", json_pack("{s:s}", "accountId", "*"));
    const json_t *all = json_object_get(got, "list");
    json_t *list = json_array(), *one;
    size_t i;

    if (!got) {
        json_decref(list);
        return NULL;
    }
    json_array_foreach(all, i, one)
    {
        CLI_CLEANUP(freep) char *path = directory_path(all, one);
        if (i == LIST_MAX)
            break;
        json_array_append_new(list,
                              json_pack("{s:O, s:O, s:o, s:O?, s:O?, s:O?}", "id", json_object_get(one, "id"),
                                        "accountId", json_object_get(one, "accountId"), "path", mcp_clean(path), "role",
                                        json_object_get(one, "role"), "messages", json_object_get(one, "totalEmails"),
                                        "unread", json_object_get(one, "unreadEmails")));
    }
    return json_pack("{s:o}", "mailboxes", list);
}

/* ---- messages ---- */

static bool has(const json_t *email, const char *keyword)
{
    return json_object_get(json_object_get(email, "keywords"), keyword) != NULL;
}

static json_t *keywords(const json_t *email)
{
    json_t *list = json_array(), *ignored;
    const char *name;

    json_object_foreach(json_object_get(email, "keywords"), name, ignored)
        json_array_append_new(list, json_string(name));
    return list;
}

/* A line of a list. */
static json_t *row(const json_t *email)
{
    size_t more;
    json_t *untrusted = json_pack("{s:o, s:o, s:o, s:o}", "from", mcp_addresses(json_object_get(email, "from")), "to",
                                  mcp_addresses(json_object_get(email, "to")), "subject",
                                  mcp_slice(json_text(email, "subject"), 0, 500, &more), "preview",
                                  mcp_slice(json_text(email, "preview"), 0, 300, &more));

    return json_pack("{s:O, s:O, s:O, s:O, s:b, s:b, s:b, s:o}", "id", json_object_get(email, "id"), "threadId",
                     json_object_get(email, "threadId"), "accountId", json_object_get(email, "accountId"), "receivedAt",
                     json_object_get(email, "receivedAt"), "unread", !has(email, "$seen"), "flagged",
                     has(email, "$flagged"), "hasAttachment", json_is_true(json_object_get(email, "hasAttachment")),
                     "untrusted", untrusted);
}

/* Emails with these properties; with bodies of at most `bytes` where `bytes` > 0. */
static json_t *load(struct mcp *m, json_t *ids, json_t *properties, size_t bytes)
{
    json_t *params = json_pack("{s:s, s:o, s:o, s:I}", "accountId", "*", "ids", ids, "properties", properties,
                               "maxBodyValueBytes", (json_int_t)bytes);

    return mcp_call(m, "Email/get", params);
}

json_t *mcp_search(struct mcp *m, const json_t *a)
{
    int64_t limit = mcp_number(a, "limit", 20), offset = mcp_number(a, "offset", 0);
    json_auto_t *found =
        mcp_call(m, "Email/query",
                 json_pack("{s:s, s:O, s:I, s:I, s:b, s:b}", "accountId", "*", "query", json_object_get(a, "query"),
                           "position", (json_int_t)offset, "limit", (json_int_t)limit + 1, "collapseThreads",
                           json_is_true(json_object_get(a, "one_per_thread")), "calculateTotal", 1));
    json_t *ids = json_object_get(found, "ids"), *one, *list;
    size_t i, n = json_array_size(ids);

    if (!found)
        return NULL;
    bool more = n > (size_t)limit;
    while (json_array_size(ids) > (size_t)limit)
        json_array_remove(ids, json_array_size(ids) - 1);
    json_auto_t *got = load(m, json_incref(ids),
                            json_pack("[s,s,s,s,s,s,s,s,s,s]", "id", "threadId", "accountId", "receivedAt", "keywords",
                                      "hasAttachment", "from", "to", "subject", "preview"),
                            0);
    if (!got)
        return NULL;
    list = json_array();
    json_array_foreach(json_object_get(got, "list"), i, one) json_array_append_new(list, row(one));
    return json_pack("{s:O?, s:o, s:o}", "total", json_object_get(found, "total"), "messages", list, "nextOffset",
                     more ? json_integer(offset + limit) : json_null());
}

static json_t *attachments(const json_t *email)
{
    json_t *list = json_array(), *part;
    size_t i, more;

    json_array_foreach(json_object_get(email, "attachments"), i, part)
    {
        if (i == ATTACHMENTS_MAX)
            break;
        json_array_append_new(list, json_pack("{s:O?, s:o, s:O?, s:o}", "partId", json_object_get(part, "partId"),
                                              "type", mcp_slice(json_text(part, "type"), 0, 100, &more), "size",
                                              json_object_get(part, "size"), "name",
                                              mcp_slice(json_text(part, "name"), 0, 200, &more)));
    }
    return list;
}

/* One whole message, its text from `offset` on. *out_next: where to go on, 0: it is all. */
static json_t *whole(const json_t *email, size_t offset, size_t max, size_t *out_next)
{
    size_t ignored;
    json_t *text = mcp_slice(json_text(email, "plainText"), offset, max, out_next);
    json_t *untrusted =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "from", mcp_addresses(json_object_get(email, "from")),
                  "to", mcp_addresses(json_object_get(email, "to")), "cc", mcp_addresses(json_object_get(email, "cc")),
                  "replyTo", mcp_addresses(json_object_get(email, "replyTo")), "subject",
                  mcp_slice(json_text(email, "subject"), 0, 1000, &ignored), "sentAt",
                  mcp_clean(json_text(email, "sentAt")), "text", text, "attachments", attachments(email));
    return json_pack("{s:O, s:O, s:O, s:O?, s:o, s:o}", "id", json_object_get(email, "id"), "threadId",
                     json_object_get(email, "threadId"), "accountId", json_object_get(email, "accountId"), "receivedAt",
                     json_object_get(email, "receivedAt"), "keywords", keywords(email), "untrusted", untrusted);
}

static json_t *whole_properties(void)
{
    return json_pack("[s,s,s,s,s,s,s,s,s,s,s,s,s]", "id", "threadId", "accountId", "receivedAt", "keywords", "from",
                     "to", "cc", "replyTo", "subject", "sentAt", "plainText", "attachments");
}

json_t *mcp_read_message(struct mcp *m, const json_t *a)
{
    size_t offset = (size_t)mcp_number(a, "offset", 0), max = (size_t)mcp_number(a, "max_bytes", 8000), next;
    json_auto_t *got = load(m, json_pack("[O]", json_object_get(a, "id")), whole_properties(), offset + max + 8);
    const json_t *email = json_array_get(json_object_get(got, "list"), 0);

    if (!got)
        return NULL;
    if (!email)
        return mcp_fail(m, "There is no message with that id. Use an id that search_mail or read_thread tells.");
    json_t *all = whole(email, offset, max, &next);
    json_object_set_new(all, "nextOffset", next ? json_integer((json_int_t)next) : json_null());
    return all;
}

/* The thread with this id, or that of the message with this id. */
static json_t *find_thread(struct mcp *m, const json_t *id)
{
    json_t *got = mcp_call(m, "Thread/get", json_pack("{s:s, s:[O]}", "accountId", "*", "ids", id));
    if (!got || json_array_size(json_object_get(got, "list")) > 0)
        return got;
    json_decref(got);
    json_auto_t *email = load(m, json_pack("[O]", id), json_pack("[s]", "threadId"), 0);
    const json_t *thread = json_object_get(json_array_get(json_object_get(email, "list"), 0), "threadId");
    if (email && !thread)
        return mcp_fail(m, "There is no conversation and no message with that id. Use an id that search_mail tells.");
    return thread ? mcp_call(m, "Thread/get", json_pack("{s:s, s:[O]}", "accountId", "*", "ids", thread)) : NULL;
}

json_t *mcp_read_thread(struct mcp *m, const json_t *a)
{
    size_t max = (size_t)mcp_number(a, "max_bytes", 3000), i, next;
    json_auto_t *threads = find_thread(m, json_object_get(a, "id"));
    const json_t *thread = json_array_get(json_object_get(threads, "list"), 0);
    json_auto_t *ids = json_deep_copy(json_object_get(thread, "emailIds"));
    size_t total = json_array_size(ids);
    json_t *list, *one;

    if (!thread)
        return threads ? mcp_fail(m, "That conversation is gone.") : NULL;
    while (json_array_size(ids) > MCP_THREAD_MAX)
        json_array_remove(ids, 0);
    mcp_progress(m, 0, (double)json_array_size(ids), "reading the messages");
    json_auto_t *got = load(m, json_incref(ids), whole_properties(), max + 8);
    if (!got)
        return NULL;
    list = json_array();
    json_array_foreach(json_object_get(got, "list"), i, one)
    {
        json_t *message = whole(one, 0, max, &next);
        json_object_set_new(message, "isCut", json_boolean(next > 0));
        json_array_append_new(list, message);
    }
    return json_pack("{s:O, s:I, s:o}", "threadId", json_object_get(thread, "id"), "total", (json_int_t)total,
                     "messages", list);
}

/* ---- attachments ---- */

static bool is_text(const char *type)
{
    static const char *const others[] = {"application/json",   "application/xml", "application/yaml",
                                         "application/x-yaml", "application/sql", "application/javascript",
                                         "message/rfc822"};

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (strcasecmp(type, others[i]) == 0)
            return true;
    return strncasecmp(type, "text/", 5) == 0;
}

/* The text of a part from the beginning: of text parts as the message says, of others as UTF-8. NULL with m->trouble.
 */
static char *text_of(struct mcp *m, const json_t *email, const json_t *part, size_t bytes)
{
    const json_t *value = json_object_get(json_object_get(email, "bodyValues"), json_text(part, "partId"));

    if (value)
        return xstrdup(json_text(value, "value"));
    json_auto_t *got =
        mcp_call(m, "Blob/get",
                 json_pack("{s:s, s:[O], s:[s], s:I}", "accountId", "*", "ids", json_object_get(part, "blobId"),
                           "properties", "data:asText", "length", (json_int_t)bytes));
    const json_t *text = json_object_get(json_array_get(json_object_get(got, "list"), 0), "data:asText");
    if (got && !json_is_string(text))
        mcp_fail(m, "That attachment is no text in UTF-8.");
    return json_is_string(text) ? xstrdup(json_string_value(text)) : NULL;
}

json_t *mcp_read_attachment(struct mcp *m, const json_t *a)
{
    size_t offset = (size_t)mcp_number(a, "offset", 0), max = (size_t)mcp_number(a, "max_bytes", 8000);
    json_t *params = json_pack("{s:s, s:[O], s:[s,s,s], s:b, s:I}", "accountId", "*", "ids", json_object_get(a, "id"),
                               "properties", "id", "bodyStructure", "bodyValues", "fetchAllBodyValues", 1,
                               "maxBodyValueBytes", (json_int_t)(offset + max + 8));
    json_auto_t *got = mcp_call(m, "Email/get", params);
    const json_t *email = json_array_get(json_object_get(got, "list"), 0);
    const json_t *part = email ? parts_find(json_object_get(email, "bodyStructure"), json_text(a, "part_id")) : NULL;
    size_t next;

    if (!got)
        return NULL;
    if (!part || !json_is_string(json_object_get(part, "blobId")))
        return mcp_fail(m,
                        "There is no such message or no such part. read_message tells the partId of each attachment.");
    if (!is_text(json_text(part, "type")))
        return mcp_fail(
            m, "That attachment is %.100s, which is no text. The user can save it: facteur save %.255s --part %.100s",
            json_text(part, "type"), json_text(a, "id"), json_text(a, "part_id"));
    CLI_CLEANUP(freep) char *text = text_of(m, email, part, offset + max + 8);
    if (!text)
        return NULL;
    json_t *shown = mcp_slice(text, offset, max, &next),
           *untrusted = json_pack("{s:o, s:o}", "name", mcp_clean(json_text(part, "name")), "text", shown);
    return json_pack("{s:o, s:O, s:o, s:o}", "type", mcp_clean(json_text(part, "type")), "size",
                     json_object_get(part, "size"), "untrusted", untrusted, "nextOffset",
                     next ? json_integer((json_int_t)next) : json_null());
}
