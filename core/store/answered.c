#include "store/answered.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "store/blobs.h"
#include "store/db.h"
#include "store/emails.h"
#include "store/threads.h"

#include <string.h>
#include <strings.h>

/* In-Reply-To and References of an Email: ids with a space between them, or NULL. */
static int load_ids(struct store_tx *tx, int64_t email_id, char **out_parents, char **out_references,
                    struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT in_reply_to, refs FROM envelope WHERE email_id = ?1");

    sqlite3_bind_int64(q, 1, email_id);
    int has_row = store_step(tx, q, err);
    if (has_row < 0)
        return -1;
    const char *parents = has_row ? store_text_or_null(q, 0) : NULL,
               *references = has_row ? store_text_or_null(q, 1) : NULL;
    *out_parents = parents ? xstrdup(parents) : NULL;
    *out_references = references ? xstrdup(references) : NULL;
    store_reset(q);
    return 0;
}

/* The Emails with that Message-ID; `account_id` 0: of any account. */
static int find_emails(struct store_tx *tx, int64_t account_id, int64_t hash, int64_t out[ANSWERED_MAX], size_t *out_n,
                       struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(
        tx, "SELECT id FROM email WHERE msgid_hash = ?1 AND (?2 = 0 OR +account_id = ?2) ORDER BY id LIMIT ?3");
    int has_row;

    sqlite3_bind_int64(q, 1, hash);
    sqlite3_bind_int64(q, 2, account_id);
    sqlite3_bind_int64(q, 3, ANSWERED_MAX);
    *out_n = 0;
    while ((has_row = store_step(tx, q, err)) > 0)
        out[(*out_n)++] = sqlite3_column_int64(q, 0);
    return has_row;
}

struct mark {
    int64_t email_id;
    struct fct_flags add;
};

static int set_flags(struct store_tx *tx, void *arg, struct fct_error *err)
{
    const struct mark *m = arg;
    const struct fct_flags none = {0};

    return store_email_set_flags(tx, m->email_id, &m->add, &none, err);
}

/* That the message was sent is written down in the same transaction, and counts more. */
static int mark_email(struct store_tx *tx, struct mark *m, struct fct_error *err)
{
    struct fct_error why = {0};

    if (store_nested(tx, set_flags, m, &why) == 0 || why.code == FCT_E_LIMIT || why.code == FCT_E_INVALID ||
        why.code == FCT_E_FORBIDDEN || why.code == FCT_E_NOT_FOUND)
        return 0;
    *err = why;
    return -1;
}

static int mark_id(struct store_tx *tx, int64_t account_id, struct fct_bytes id, uint32_t flag, struct fct_error *err)
{
    struct threads_key key;
    int64_t emails[ANSWERED_MAX];
    size_t n = 0;

    if (threads_key_load(tx, &key, err) < 0)
        return -1;
    int64_t hash = threads_msgid_hash(&key, id);
    if (find_emails(tx, account_id, hash, emails, &n, err) < 0 ||
        (n == 0 && find_emails(tx, 0, hash, emails, &n, err) < 0))
        return -1;
    for (size_t i = 0; i < n; i++)
        if (mark_email(tx, &(struct mark){emails[i], {.bits = flag}}, err) < 0)
            return -1;
    return 0;
}

static int add_bytes(void *ctx, struct fct_bytes data, struct fct_error *err)
{
    (void)err;
    buf_add(ctx, data.p, data.n);
    return 0;
}

/* What resends a message prepends these fields, and leaves In-Reply-To as it was. */
static int is_resent(struct store_tx *tx, int64_t blob_id, bool *out, struct fct_error *err)
{
    static const char field[] = "Resent-";
    CLEANUP(buf_done) struct buf begin = {0};

    if (store_blob_read(tx, blob_id, 0, sizeof(field) - 1, add_bytes, &begin, err) < 0)
        return -1;
    *out = begin.n == sizeof(field) - 1 && strncasecmp(begin.p, field, begin.n) == 0;
    return 0;
}

int store_mark_answered(struct store_tx *tx, int64_t account_id, int64_t email_id, int64_t blob_id,
                        struct fct_error *err)
{
    CLEANUP(freep) char *parents = NULL;
    CLEANUP(freep) char *references = NULL;
    bool resent = false;

    if (load_ids(tx, email_id, &parents, &references, err) < 0)
        return -1;
    if ((parents || references) && (is_resent(tx, blob_id, &resent, err) < 0 || resent))
        return resent ? 0 : -1;
    if (!parents) {
        const char *last = references ? strrchr(references, ' ') : NULL;
        last = last ? last + 1 : references;
        return last && *last ? mark_id(tx, account_id, bytes_str(last), FCT_FLAG_FORWARDED, err) : 0;
    }
    const char *at = parents;
    for (size_t i = 0; *at && i < ANSWERED_MAX; i++) {
        size_t n = strcspn(at, " ");
        if (mark_id(tx, account_id, bytes_of(at, n), FCT_FLAG_ANSWERED, err) < 0)
            return -1;
        at += n + (at[n] == ' ');
    }
    return 0;
}
