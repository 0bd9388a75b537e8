/* What Email/set's create and Email/import have in common. */
#include "methods/email.h"

#include "store/accounts.h"
#include "store/keywords.h"
#include "store/mailboxes.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

void email_draft_done(struct email_draft *d)
{
    if (d->is_prepared)
        prepared_message_done(&d->message);
    free(d->keywords);
    free(d->mailboxes);
    *d = (struct email_draft){0};
}

bool is_true_set(const json_t *v)
{
    const char *name;
    json_t *value;
    if (!json_is_object(v))
        return false;
    json_object_foreach((json_t *)v, name, value) if (!json_is_true(value)) return false;
    return true;
}

json_t *keywords_from(const json_t *keywords, char **out)
{
    CLEANUP(buf_done) struct buf words = {0};
    const char *name;
    json_t *value;
    *out = NULL;
    if (!keywords || json_is_null(keywords)) {
        *out = xstrdup("");
        return NULL;
    }
    if (!is_true_set(keywords))
        return api_set_error("invalidProperties", "keywords", "keywords: must be an object whose values are all true");
    if (json_object_size(keywords) > API_MAX_KEYWORDS)
        return api_set_error("tooManyKeywords", "keywords", "an Email has at most %d keywords", API_MAX_KEYWORDS);
    json_object_foreach((json_t *)keywords, name, value)
    {
        if (!keyword_is_valid(bytes_str(name)))
            return api_set_error(
                "invalidProperties", "keywords",
                "keywords: \"%.60s\" cannot be one: a keyword has up to 255 characters of ASCII, no space "
                "and none of ( ) { ] %% * \" \\ (RFC 8621 section 4.1.1)",
                name);
        if (words.n)
            buf_add_char(&words, ' ');
        for (const char *c = name; *c; c++)
            buf_add_char(&words, (char)tolower((unsigned char)*c));
    }
    *out = buf_steal(&words);
    return NULL;
}

static json_t *bad_mailbox(const char *id)
{
    return api_set_error("invalidProperties", "mailboxIds", "mailboxIds: there is no mailbox %.60s in this account",
                         id);
}

json_t *mailboxes_from(const struct api_call *call, struct store_tx *tx, int64_t account_id, const json_t *ids,
                       int64_t **out, size_t *out_n)
{
    const char *id;
    json_t *value;
    size_t n = json_object_size(ids);
    if (!is_true_set(ids) || n == 0)
        return api_set_error("invalidProperties", "mailboxIds",
                             "mailboxIds: must name at least one mailbox, with the value true");
    if (n > API_MAX_MAILBOXES_PER_EMAIL)
        return api_set_error("tooManyMailboxes", "mailboxIds", "an Email is in at most %d mailboxes",
                             API_MAX_MAILBOXES_PER_EMAIL);
    CLEANUP(freep) int64_t *found = xcalloc(n, sizeof(*found));
    size_t at = 0;
    json_object_foreach((json_t *)ids, id, value)
    {
        struct store_mailbox m = {0};
        if (!id_from(call, ID_MAILBOX, id, &found[at]) || store_mailbox_load(tx, found[at], &m, NULL) < 0)
            return bad_mailbox(id);
        bool is_ours = m.account_id == account_id, takes_mail = !(m.attrs & FCT_MB_NOSELECT);
        store_mailbox_done(&m);
        if (!is_ours || !takes_mail)
            return bad_mailbox(id);
        at++;
    }
    *out = TAKE(found);
    *out_n = n;
    return NULL;
}

/* When a message came in: as the object says, or else now, unless it is known already. */
static json_t *received_from(const json_t *received, struct email_draft *out)
{
    if (!received || json_is_null(received)) {
        if (!out->received_at)
            out->received_at = (int64_t)time(NULL);
        return NULL;
    }
    return utc_parse(json_string_value(received), &out->received_at)
               ? NULL
               : api_set_error("invalidProperties", "receivedAt", "receivedAt: must be like 2014-10-30T06:12:00Z");
}

json_t *email_draft_places(const struct api_call *call, struct store_tx *tx, int64_t account_id, const json_t *object,
                           struct email_draft *out)
{
    json_t *problem =
        mailboxes_from(call, tx, account_id, json_object_get(object, "mailboxIds"), &out->mailboxes, &out->n_mailboxes);
    problem = api_set_error_join(problem, keywords_from(json_object_get(object, "keywords"), &out->keywords));
    return api_set_error_join(problem, received_from(json_object_get(object, "receivedAt"), out));
}

struct store_arrival email_draft_arrival(const struct email_draft *d)
{
    return (struct store_arrival){.mailbox_id = d->mailboxes[0],
                                  .received_at = d->received_at,
                                  .flags = {.keywords = bytes_str(d->keywords)},
                                  .blob = d->message.blob,
                                  .summary = &d->message.summary};
}

int email_draft_existing(struct store_tx *tx, int64_t account_id, const struct email_draft *d, int64_t *out,
                         struct fct_error *err)
{
    return store_email_by_blob(tx, account_id, blob_stage_sha256(d->message.blob), out, err);
}

int email_draft_stored(struct store_tx *tx, int64_t account_id, const struct email_draft *d, int64_t *io_id,
                       struct fct_error *err)
{
    struct store_email e = {0};
    if (*io_id && store_email_load(tx, *io_id, false, &e, err) == 0) {
        store_email_done(&e);
        return 0;
    }
    *err = (struct fct_error){0};
    return email_draft_existing(tx, account_id, d, io_id, err);
}

json_t *already_exists_error(int64_t id)
{
    json_t *problem = api_set_error("alreadyExists", NULL, "the account has this message already");
    json_object_set_new(problem, "existingId", json_id(ID_EMAIL, id));
    return problem;
}

int email_created_json(struct store_tx *tx, int64_t id, json_t **out, struct fct_error *err)
{
    struct email_request r = {.properties =
                                  EP_BIT(EP_ID) | EP_BIT(EP_BLOB_ID) | EP_BIT(EP_THREAD_ID) | EP_BIT(EP_SIZE)};
    CLEANUP(store_email_done) struct store_email e = {0};
    if (store_email_load(tx, id, false, &e, err) < 0)
        return -1;
    *out = json_object();
    email_add_row(&r, &e, *out);
    return 0;
}
