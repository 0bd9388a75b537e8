/* Answers for those who are away (RFC 8621 section 8). What has come stands in the store (store/vacations.h); one fiber for
 * all accounts looks at it, message by message: whether it is answered, and with what, is found on a reader; who was
 * answered is noted, and the answer given to the account's outbox, in one transaction. */
#include "account/core_internal.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "mime/auto_reply.h"
#include "mime/headers.h"
#include "store/emails.h"
#include "store/identities.h"
#include "store/mailboxes.h"
#include "store/submissions.h"
#include "store/vacations.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AT_ONCE 20                     /* that are looked at before it is asked again what there is */
#define HEADER_MAX ((uint64_t)256 << 10) /* what is judged by it; a longer one is not answered */
#define ANSWER_KEPT_SECONDS 86400      /* its bytes, beside what the submission keeps */
#define AGAIN_MS 60000                 /* after the store failed */

struct away {
    struct store_vacation_arrival arrival;
    bool can_send;
    int64_t now;
    const char *refusal;               /* NULL: it is answered */
    struct store_vacation vacation;
    struct store_identity *identities; /* those of the account first */
    struct answer_address *own;
    size_t n_here, n_own;
    struct auto_reply reply;
    struct blob_stage *answer;
    char *message_id;
};

static void away_done(struct away *a)
{
    for (size_t i = 0; i < a->n_own; i++)
        store_identity_done(&a->identities[i]);
    free(a->identities);
    free(a->own);
    free(a->message_id);
    blob_stage_free(a->answer);
    auto_reply_done(&a->reply);
    store_vacation_done(&a->vacation);
}

/* ---- whether, and with what: on a reader ---- */

static int add_identities(struct store_tx *tx, struct away *a, bool of_account, struct fct_error *err)
{
    CLEANUP(freep) int64_t *ids = NULL;
    size_t n;
    if (store_identities_list(tx, of_account ? a->arrival.account_id : -1, &ids, &n, err) < 0)
        return -1;
    a->identities = xreallocarray(a->identities, a->n_own + n + 1, sizeof(*a->identities));
    a->own = xreallocarray(a->own, a->n_own + n + 1, sizeof(*a->own));
    for (size_t i = 0; i < n; i++) {
        struct store_identity *identity = &a->identities[a->n_own];
        if (store_identity_load(tx, ids[i], identity, err) < 0)
            return -1;
        a->own[a->n_own++] = (struct answer_address){.name = identity->name, .email = identity->email};
    }
    return 0;
}

static int load_own(struct store_tx *tx, struct away *a, struct fct_error *err)
{
    if (add_identities(tx, a, true, err) < 0)
        return -1;
    a->n_here = a->n_own;
    return add_identities(tx, a, false, err);
}

/* Where the server, a filter or another program has put it since. */
static int is_put_away(struct store_tx *tx, const struct store_email *e, bool *out, struct fct_error *err)
{
    *out = (e->flags & (FCT_FLAG_JUNK | FCT_FLAG_DRAFT)) != 0;
    for (size_t i = 0; i < e->n_mailboxes && !*out; i++) {
        struct store_mailbox m = {0};
        if (store_mailbox_load_any(tx, e->mailbox_ids[i], &m, err) < 0)
            return -1;
        *out = m.role == FCT_ROLE_JUNK || m.role == FCT_ROLE_TRASH || m.role == FCT_ROLE_SENT || m.role == FCT_ROLE_DRAFTS;
        store_mailbox_done(&m);
    }
    return 0;
}

static int add_bytes(void *ctx, struct fct_bytes data, struct fct_error *err)
{
    (void)err;
    buf_add(ctx, data.p, data.n);
    return 0;
}

static char *first_id(const char *ids)
{
    return ids ? xstrndup(ids, strcspn(ids, " ")) : NULL;
}

static int write_answer(struct store_tx *tx, struct away *a, const struct store_email *e, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    CLEANUP(freep) char *parent = first_id(e->message_id);
    const struct auto_reply_text t = {.from_name = a->own[a->reply.own].name,
                                      .from = a->reply.from,
                                      .to = a->reply.to,
                                      .subject = a->vacation.subject,
                                      .text = a->vacation.text,
                                      .html = a->vacation.html,
                                      .to_subject = e->subject,
                                      .to_message_id = parent,
                                      .to_references = e->references ? e->references : e->in_reply_to,
                                      .now = a->now};
    if (auto_reply_write(&t, &bytes, &a->message_id, err) < 0)
        return -1;
    a->answer = blob_stage_new(store_of(tx));
    return blob_stage_add(a->answer, buf_bytes(&bytes), err) < 0 ? -1 : blob_stage_finish(a->answer, err);
}

static bool ends_with_empty_line(struct fct_bytes text)
{
    size_t n = text.n;
    if (n == 0 || text.p[n - 1] != '\n')
        return false;
    n -= n > 1 && text.p[n - 2] == '\r' ? 2 : 1;
    return n == 0 || text.p[n - 1] == '\n';
}

/* What says that nobody wants an answer may stand behind. Where the cut goes through a field's name, that looks like a body. */
static bool is_cut(struct fct_bytes header)
{
    struct mime_headers h = {0};
    if (header.n < HEADER_MAX)
        return false;
    headers_scan(header, &h);
    size_t body = h.body;
    headers_done(&h);
    return !ends_with_empty_line(bytes_of(header.p, body)) && !memchr(header.p + body, '\n', header.n - body);
}

static int look(struct store_tx *tx, struct away *a, const struct store_email *e, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf header = {0};
    bool is_away = false;
    if (is_put_away(tx, e, &is_away, err) < 0 || load_own(tx, a, err) < 0 ||
        store_blob_read(tx, e->blob_id, 0, HEADER_MAX, add_bytes, &header, err) < 0)
        return -1;
    a->refusal = is_away                      ? "it is spam, or was put away"
                 : is_cut(buf_bytes(&header)) ? "its header is too long"
                                              : auto_reply_judge(buf_bytes(&header), a->own, a->n_here, a->n_own, &a->reply);
    return a->refusal ? 0 : write_answer(tx, a, e, err);
}

static int prepare(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct away *a = arg;
    CLEANUP(store_email_done) struct store_email e = {0};
    if (store_vacation_load(tx, a->arrival.account_id, &a->vacation, err) < 0)
        return -1;
    if (store_email_load(tx, a->arrival.email_id, true, &e, err) < 0) {
        if (err->code != FCT_E_NOT_FOUND)
            return -1;
        a->refusal = "it is gone";
        return 0;
    }
    a->refusal = !a->can_send                                            ? "the account cannot send"
                 : !store_vacation_covers(&a->vacation, e.received_at, a->now) ? "it came before or after"
                                                                              : NULL;
    return a->refusal ? 0 : look(tx, a, &e, err);
}

/* ---- the answer: on the writer ---- */

static int submit(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct away *a = arg;
    bool may = false;
    int64_t id;
    if (store_vacation_may_answer(tx, a->arrival.account_id, a->reply.to, a->vacation.days, a->now, &may, err) < 0)
        return -1;
    if (!may) {
        a->refusal = "its sender was answered not long ago, or too many others were";
        return 0;
    }
    char never[] = "{\"NOTIFY\":\"NEVER\"}"; /* RFC 5230 section 5.1, as is the null path */
    char nobody[] = "";
    struct store_recipient to = {.address = a->reply.to, .parameters = never};
    struct store_submission s = {.account_id = a->arrival.account_id,
                                 .identity_id = a->identities[a->reply.own].id,
                                 .email_id = a->arrival.email_id,
                                 .send_at = a->now,
                                 .sender = nobody,
                                 .message_id = a->message_id,
                                 .recipients = &to,
                                 .n_recipients = 1};
    if (store_blob_add(tx, a->answer, a->now + ANSWER_KEPT_SECONDS, &s.blob_id, err) < 0)
        return -1;
    return store_submission_create(tx, &s, a->now, &id, err);
}

static bool is_of_disk(const struct fct_error *err)
{
    return err->code == FCT_E_IO || err->code == FCT_E_DISK_FULL || err->code == FCT_E_CANCELLED;
}

static int finish(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct away *a = arg;
    struct fct_error why = {0};
    if (!a->refusal && store_nested(tx, submit, a, &why) < 0) {
        if (is_of_disk(&why)) {
            *err = why;
            return -1;
        }
        log_warn("vacation", "a message is not answered: %s", why.message);
        a->refusal = "it failed";
    }
    return store_vacation_seen(tx, a->arrival.email_id, err);
}

static int answer(struct core *core, const struct store_vacation_arrival *arrival, struct fct_error *err)
{
    CLEANUP(away_done) struct away a = {
        .arrival = *arrival, .can_send = core_can_send(core, arrival->account_id), .now = (int64_t)time(NULL)};
    struct fct_error why = {0};
    if (store_read(core->store, prepare, &a, &why) < 0) {
        if (is_of_disk(&why)) {
            *err = why;
            return -1;
        }
        log_warn("vacation", "a message cannot be answered: %s", why.message);
        a.refusal = "it failed";
    }
    if (store_write(core->store, finish, &a, err) < 0)
        return -1;
    log_info("vacation", "a message of account %lld is %s%s", (long long)arrival->account_id,
             a.refusal ? "not answered: " : "answered", a.refusal ? a.refusal : "");
    return 0;
}

/* ---- the fiber ---- */

struct batch {
    struct store_vacation_arrival v[AT_ONCE];
    size_t n;
};

static int load_batch(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct batch *b = arg;
    return store_vacation_arrivals(tx, b->v, AT_ONCE, &b->n, err);
}

static int answer_all(struct core *core, struct fct_error *err)
{
    struct batch b = {.n = AT_ONCE};
    while (b.n == AT_ONCE) {
        if (store_read(core->store, load_batch, &b, err) < 0)
            return -1;
        for (size_t i = 0; i < b.n; i++)
            if (fiber_is_cancelled(fiber_self()) || answer(core, &b.v[i], err) < 0)
                return -1;
    }
    return 0;
}

static int run(void *arg)
{
    struct core *core = arg;
    for (;;) {
        struct fct_error err = {0};
        core->has_mail_news = false;
        bool has_failed = answer_all(core, &err) < 0;
        if (has_failed && !fiber_is_cancelled(fiber_self()))
            log_warn("vacation", "nobody is answered for a minute: %s", err.message);
        if (has_failed ? wait_sleep(AGAIN_MS, NULL) < 0
                       : !core->has_mail_news && wait_event(&core->mail_news, "mail to answer", WAIT_FOREVER, NULL) < 0)
            return 0;
        if (fiber_is_cancelled(fiber_self()))
            return 0;
    }
}

void core_start_vacations(struct core *core)
{
    core->vacations = fiber_spawn(core->loop, "vacation", run, core);
}

void core_stop_vacations(struct core *core)
{
    if (!core->vacations)
        return;
    fiber_cancel(core->vacations);
    fiber_join(core->vacations);
    fiber_unref(core->vacations);
    core->vacations = NULL;
}

void core_mail_came(struct core *core)
{
    core->has_mail_news = true;
    wait_event_raise(&core->mail_news);
}
