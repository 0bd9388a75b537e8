#include "model.h"

#include "search/dates.h"

#include <inttypes.h>
#include <stdio.h>
#include <strings.h>

#define START INT64_C(1700000000)
#define BURST 3000 /* seconds: some fifty ids */

/* ---- chance --------------------------------------------------------------------------------------------------- */

size_t pick(struct model *m, size_t n)
{
    m->seed ^= m->seed << 13;
    m->seed ^= m->seed >> 7;
    m->seed ^= m->seed << 17;
    return (size_t)((m->seed >> 11) % n);
}

static bool one_in(struct model *m, size_t n)
{
    return pick(m, n) == 0;
}

/* The first ones are frequent. "Élan" is found by elan. */
static const char *const words[] = {"alpha", "beta", "gamma", "Élan",   "delta",    "epsilon",  "zeta",  "eta",
                                    "theta", "iota", "kappa", "lambda", "alphabet", "betatron", "gamut", "omega"};
static const char *const runs[] = {"東京都庁", "大阪府", "京都市", "カタカナ", "東"};
#define N_WORDS (sizeof(words) / sizeof(words[0]))
#define N_RUNS (sizeof(runs) / sizeof(runs[0]))

static const char *pick_word(struct model *m)
{
    size_t a = pick(m, N_WORDS), b = pick(m, N_WORDS), c = pick(m, N_WORDS);
    return words[a < b ? (a < c ? a : c) : (b < c ? b : c)];
}

static char *pick_text(struct model *m, size_t n, bool with_runs)
{
    struct buf b = {0};
    for (size_t i = 0; i < n; i++) {
        const char *w = with_runs && one_in(m, 6) ? runs[pick(m, N_RUNS)] : pick_word(m);
        buf_addf(&b, "%s%s", i ? " " : "", !with_runs && w == words[3] ? "elan" : w);
    }
    return buf_steal(&b);
}

/* ---- mail ------------------------------------------------------------------------------------------------------- */

static char *pick_address(struct model *m)
{
    const char *first = words[4 + pick(m, 4)], *second = words[8 + pick(m, 4)];
    return one_in(m, 4) ? xasprintf("%s.%s@example.org", first, second)
                        : xasprintf("%s %s <%s@%s.example>", first, second, second, first);
}

static void write_mail(struct model *m, struct model_mail *x)
{
    size_t n = m->n;
    struct model_mail *parent = n > 0 && one_in(m, 3) ? &m->mail[pick(m, n)] : NULL;
    struct buf b = {0};

    x->message_id = xasprintf("%zu.%zu@example.org", n, pick(m, 1000000));
    x->from = pick_address(m);
    x->to = one_in(m, 10) ? NULL : pick_address(m);
    x->cc = one_in(m, 4) ? pick_address(m) : NULL;
    x->bcc = one_in(m, 8) ? pick_address(m) : NULL;
    x->body = pick_text(m, 1 + pick(m, 12), true);
    x->file = one_in(m, 5) ? xasprintf("%s report.pdf", pick_word(m)) : NULL;
    x->list = one_in(m, 6) ? xstrdup("dev.lists.example") : NULL;
    x->color = one_in(m, 3) ? pick_text(m, 2, true) : NULL;
    x->subject = parent ? xasprintf("Re: %s", parent->base_subject) : pick_text(m, 1 + pick(m, 3), false);
    x->base_subject = xstrdup(parent ? parent->base_subject : x->subject);
    if (parent)
        buf_addf(&b, "In-Reply-To: <%s>\r\n", parent->message_id);
    x->keywords = buf_steal(&b); /* until it is sent */
}

static char *raw_of(const struct model_mail *x)
{
    struct buf b = {0};

    buf_addf(&b, "%sMessage-ID: <%s>\r\nFrom: %s\r\nSubject: %s\r\n", x->keywords, x->message_id, x->from, x->subject);
    buf_addf(&b, "Date: Mon, %d Jan 2024 12:00:00 +0000\r\n", 1 + (int)(strlen(x->body) % 28));
    if (x->to)
        buf_addf(&b, "To: %s\r\n", x->to);
    if (x->cc)
        buf_addf(&b, "Cc: %s\r\n", x->cc);
    if (x->bcc)
        buf_addf(&b, "Bcc: %s\r\n", x->bcc);
    if (x->list)
        buf_addf(&b, "List-Id: Developers <%s>\r\n", x->list);
    if (x->color)
        buf_addf(&b, "X-Color: %s\r\n", x->color);
    buf_add_str(&b, "MIME-Version: 1.0\r\n");
    if (x->file)
        buf_add_str(&b, "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n");
    buf_addf(&b, "Content-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n", x->body);
    if (x->file)
        buf_addf(&b,
                 "\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; "
                 "filename=\"%s\"\r\n\r\nPDF\r\n--b--\r\n",
                 x->file);
    return buf_steal(&b);
}

static void mail_done(struct model_mail *x)
{
    char *all[] = {x->from, x->to,   x->cc,         x->bcc,   x->subject,  x->body,
                   x->file, x->list, x->message_id, x->color, x->keywords, x->base_subject};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        free(all[i]);
    free(x->mailboxes);
}

static uint32_t pick_flags(struct model *m)
{
    return (one_in(m, 3) ? 0 : FCT_FLAG_SEEN) | (one_in(m, 8) ? FCT_FLAG_FLAGGED : 0) |
           (one_in(m, 10) ? FCT_FLAG_ANSWERED : 0);
}

struct arriving {
    struct model *m;
    size_t first, n;
    struct prepared *prepared;
};

static int arrive_all(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct arriving *job = arg;
    struct model *m = job->m;

    for (int account = 0; account < 2; account++) {
        struct store_arrival a[MODEL_MAX];
        size_t n = 0;
        for (size_t i = 0; i < job->n; i++) {
            if ((int)(i % 3 == 2) != account)
                continue;
            int64_t at = START + (one_in(m, 5) ? -(int64_t)pick(m, 300000) : (int64_t)pick(m, BURST));
            a[n++] = (struct store_arrival){
                .mailbox_id = m->mailboxes[account ? 4 + pick(m, 3) : pick(m, 4)],
                .uid = account ? m->next_uid++ : 0,
                .received_at = at,
                .flags = {.bits = pick_flags(m),
                          .keywords = bytes_str(one_in(m, 4)   ? "work"
                                                : one_in(m, 8) ? "later work"
                                                               : "")},
                .blob = job->prepared[i].blob,
                .summary = &job->prepared[i].summary,
            };
        }
        if (n && store_emails_arrive(tx, m->accounts[account], a, n, err) < 0)
            return -1;
    }
    return 0;
}

void model_arrive(struct model *m, size_t n)
{
    struct arriving job = {.m = m, .first = m->n, .n = n, .prepared = xcalloc(n, sizeof(struct prepared))};

    assert_true(m->n + n <= MODEL_MAX);
    for (size_t i = 0; i < n; i++) {
        struct model_mail *x = &m->mail[m->n];
        write_mail(m, x);
        char *raw = raw_of(x);
        prepared_init(&job.prepared[i], m->f.store, raw, strlen(raw));
        free(raw);
        m->n++;
    }
    assert_ok(store_write(m->f.store, arrive_all, &job, err));
    for (size_t i = 0; i < n; i++)
        prepared_done(&job.prepared[i]);
    free(job.prepared);
    model_refresh(m);
}

/* ---- changes -------------------------------------------------------------------------------------------------------
 */

struct changing {
    struct model *m;
    const struct model_mail *mail;
};

static int change_one(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct changing *job = arg;
    struct model *m = job->m;
    const struct model_mail *x = job->mail;
    struct fct_flags flags = {.bits = 1u << pick(m, 3), .keywords = bytes_str(one_in(m, 3) ? "work" : "")}, none = {0};
    int64_t to[2] = {m->mailboxes[pick(m, 4)], 0};

    switch (pick(m, 6)) {
    case 0:
    case 1:
        return store_email_set_flags(tx, x->id, &flags, &none, err);
    case 2:
    case 3:
        return store_email_set_flags(tx, x->id, &none, &flags, err);
    case 4:
        to[1] = m->mailboxes[pick(m, 4)];
        if (x->account_id == m->accounts[0])
            return store_email_set_mailboxes(tx, x->id, to, to[0] == to[1] ? 1 : 2, err);
        return 0;
    default:
        return x->account_id == m->accounts[0] && one_in(m, 2) ? store_email_destroy(tx, x->id, err) : 0;
    }
}

void model_change(struct model *m, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct changing job = {m, &m->mail[pick(m, m->n)]};
        if (job.mail->id == 0)
            continue;
        assert_ok(store_write(m->f.store, change_one, &job, err));
        model_refresh(m);
    }
}

/* ---- reading back --------------------------------------------------------------------------------------------------
 */

static struct model_mail *mail_of(struct model *m, const char *message_id)
{
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->mail[i].message_id, message_id) == 0)
            return &m->mail[i];
    return NULL;
}

static int refresh_one(struct store_tx *tx, struct model *m, int64_t id, struct fct_error *err)
{
    CLEANUP(store_email_done) struct store_email e = {0};

    if (store_email_load(tx, id, true, &e, err) < 0)
        return -1;
    struct model_mail *x = mail_of(m, e.message_id);
    assert_non_null(x);
    x->id = e.id;
    x->account_id = e.account_id;
    x->thread_id = e.thread_id;
    x->received_at = e.received_at;
    x->sent_at = e.sent_at;
    x->size = e.size;
    x->flags = e.flags;
    x->has_attachment = e.bits & STORE_HAS_ATTACHMENT;
    free(x->keywords);
    x->keywords = xasprintf(" %s ", e.keywords ? e.keywords : "");
    free(x->mailboxes);
    x->mailboxes = TAKE(e.mailbox_ids);
    x->n_mailboxes = e.n_mailboxes;
    return 0;
}

static int refresh(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct model *m = arg;
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM email");
    int has_row;

    for (size_t i = 0; i < m->n; i++)
        m->mail[i].id = 0;
    while ((has_row = store_step(tx, q, err)) > 0)
        if (refresh_one(tx, m, sqlite3_column_int64(q, 0), err) < 0) {
            store_reset(q);
            return -1;
        }
    return has_row;
}

void model_refresh(struct model *m)
{
    assert_ok(store_read(m->f.store, refresh, m, err));
}

static int add_local_mailbox(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct model *m = arg;
    return store_mailbox_create(tx, m->accounts[0], 0, "Projects", FCT_ROLE_NONE, 0, true, &m->mailboxes[3], err);
}

void model_init(struct model *m, uint64_t seed)
{
    static const char *const names[] = {"INBOX", "Lists", "Old"};
    static const int roles[] = {FCT_ROLE_INBOX, FCT_ROLE_ARCHIVE, FCT_ROLE_TRASH};

    memset(m, 0, sizeof(*m));
    m->seed = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    m->next_uid = 1;
    m->f = fixture_new();
    m->accounts[0] = local_account(&m->f);
    for (int i = 0; i < 3; i++)
        m->mailboxes[i] = mailbox_with_role(&m->f, m->accounts[0], roles[i]);
    assert_ok(store_write(m->f.store, add_local_mailbox, m, err));
    m->accounts[1] = add_server(&m->f, names, 3, m->mailboxes + 4);
}

void model_done(struct model *m)
{
    for (size_t i = 0; i < m->n; i++)
        mail_done(&m->mail[i]);
    fixture_done(&m->f);
}

/* ---- random queries
 * --------------------------------------------------------------------------------------------------- */

static json_t *pick_query_text(struct model *m, bool with_runs)
{
    CLEANUP(buf_done) struct buf b = {0};
    size_t n = one_in(m, 3) ? 2 : 1;

    for (size_t i = 0; i < n; i++) {
        const char *w = pick_word(m);
        if (i)
            buf_add_char(&b, ' ');
        if (with_runs && one_in(m, 5)) { /* a piece of a run: characters are three bytes */
            const char *run = runs[pick(m, N_RUNS)];
            size_t chars = strlen(run) / 3, from = pick(m, chars), len = 1 + pick(m, chars - from);
            buf_add(&b, run + 3 * from, 3 * len);
        } else if (one_in(m, 4)) {
            buf_addf(&b, "\"%s %s\"", w, pick_word(m));
        } else if (one_in(m, 8) && w != words[3]) {
            buf_addf(&b, "\"%s %.*s\"*", pick_word(m), 2 + (int)pick(m, 3), w);
        } else if (one_in(m, 8)) {
            const char *first = words[4 + pick(m, 4)], *second = words[8 + pick(m, 4)];
            buf_addf(&b, one_in(m, 2) ? "<%s.%s@example.org>" : "%s_%s", first, second);
        } else if (one_in(m, 4) && w != words[3]) {
            buf_addf(&b, "%.*s*", 2 + (int)pick(m, 3), w);
        } else {
            buf_add_str(&b, w == words[3] && one_in(m, 2) ? "ELAN" : w);
        }
    }
    return json_string(buf_str(&b));
}

static json_t *id_json(enum id_kind kind, int64_t id)
{
    char text[ID_SIZE];
    return json_string(id_format(kind, id, text));
}

static json_t *pick_mailbox(struct model *m)
{
    return one_in(m, 30) ? json_string("m99999") : id_json(ID_MAILBOX, m->mailboxes[pick(m, 7)]);
}

static json_t *pick_date(struct model *m)
{
    char text[32];
    date_format_utc(START + (one_in(m, 4) ? -(int64_t)pick(m, 300000) : (int64_t)pick(m, BURST + 100)), text);
    return json_string(text);
}

static const char *pick_keyword(struct model *m)
{
    static const char *const keywords[] = {"$seen", "$flagged", "$answered", "work",
                                           "later", "$Draft",   "$SEEN",     "WORK"};
    return keywords[pick(m, 8)];
}

static json_t *random_condition(struct model *m)
{
    static const char *const texts[] = {"text", "text", "text",    "body",     "from",  "to",
                                        "cc",   "bcc",  "subject", "filename", "listId"};
    static const char *const keywords[] = {"hasKeyword", "notKeyword", "allInThreadHaveKeyword",
                                           "someInThreadHaveKeyword", "noneInThreadHaveKeyword"};
    static const char *const fields[] = {"X-Color", "Subject", "Cc",      "List-Id", "From",
                                         "x-COLOR", "LIST-ID", "subject", "bcc",     "X-None"};

    switch (pick(m, 14)) {
    case 0:
    case 1:
        return json_pack("{s:o}", "inMailbox", pick_mailbox(m));
    case 2:
        return json_pack("{s:[o,o]}", "inMailboxOtherThan", pick_mailbox(m), pick_mailbox(m));
    case 3:
        return json_pack("{s:o}", one_in(m, 2) ? "before" : "after", pick_date(m));
    case 4:
        return json_pack("{s:I}", one_in(m, 2) ? "minSize" : "maxSize", (json_int_t)(300 + pick(m, 400)));
    case 5:
    case 6:
        return json_pack("{s:s}", keywords[pick(m, 5)], pick_keyword(m));
    case 7:
        return json_pack("{s:b}", "hasAttachment", (int)pick(m, 2));
    case 8:
        if (one_in(m, 6))
            return json_pack("{s:[s,s]}", "header", "message-id", m->mail[pick(m, m->n)].message_id);
        return one_in(m, 3) ? json_pack("{s:[s]}", "header", fields[pick(m, 10)])
                            : json_pack("{s:[s,o]}", "header", fields[pick(m, 10)], pick_query_text(m, true));
    case 9:
        return one_in(m, 3) ? json_pack("{s:s}", "id", m->mail[pick(m, m->n)].message_id)
                            : json_pack("{s:o}", "accountId", id_json(ID_ACCOUNT, m->accounts[pick(m, 2)]));
    default:
        return json_pack("{s:o}", texts[pick(m, 11)], pick_query_text(m, true));
    }
}

json_t *model_random_filter(struct model *m, int depth)
{
    static const char *const operators[] = {"AND", "OR", "NOT"};

    if (depth >= 4 || !one_in(m, 2)) {
        json_t *c = random_condition(m);
        if (one_in(m, 6)) {
            json_auto_t *more = random_condition(m);
            json_object_update_missing(c, more);
        }
        return c;
    }
    json_t *list = json_array();
    for (size_t i = pick(m, 4); i > 0; i--)
        json_array_append_new(list, model_random_filter(m, depth + 1));
    return json_pack("{s:s,s:o}", "operator", operators[pick(m, 3)], "conditions", list);
}

json_t *model_random_sort(struct model *m)
{
    static const char *const properties[] = {"receivedAt",
                                             "size",
                                             "from",
                                             "to",
                                             "subject",
                                             "sentAt",
                                             "hasKeyword",
                                             "allInThreadHaveKeyword",
                                             "someInThreadHaveKeyword"};
    json_t *list = json_array();

    for (size_t i = 1 + pick(m, 2); i > 0; i--) {
        size_t p = pick(m, 9);
        json_t *c = json_pack("{s:s}", "property", properties[p]);
        if (p >= 2 && p <= 4 && one_in(m, 3))
            json_object_set_new(c, "collation", json_string(one_in(m, 2) ? "i;ascii-casemap" : "i;unicode-casemap"));
        if (p >= 6)
            json_object_set_new(c, "keyword", json_string(pick_keyword(m)));
        if (one_in(m, 2))
            json_object_set_new(c, "isAscending", json_boolean(one_in(m, 2)));
        json_array_append_new(list, c);
    }
    return list;
}

/* ---- evaluating them the slow way
 * ------------------------------------------------------------------------------------- */

/* Lower case, é and É as e, whatever else is neither letter nor digit one space; a space at both ends. */
static char *plain(const char *s)
{
    struct buf b = {0};

    buf_add_char(&b, ' ');
    for (; s && *s; s++) {
        if (strncmp(s, "É", 2) == 0 || strncmp(s, "é", 2) == 0) {
            buf_add_char(&b, 'e');
            s++;
        } else if (*s >= 'A' && *s <= 'Z') {
            buf_add_char(&b, (char)(*s + 32));
        } else if ((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') || (*s & 0x80)) {
            buf_add_char(&b, *s);
        } else if (b.p[b.n - 1] != ' ') {
            buf_add_char(&b, ' ');
        }
    }
    if (b.p[b.n - 1] != ' ')
        buf_add_char(&b, ' ');
    return buf_steal(&b);
}

/* One item of a query: a word, a prefix, a phrase, a piece of a run. */
static bool item_matches(const char *item, const char *text)
{
    CLEANUP(freep) char *t = plain(text);
    CLEANUP(freep) char *i = plain(item);
    bool is_run = i[1] & 0x80;
    size_t n = strlen(i);

    if (is_run || item[strlen(item) - 1] == '*') { /* without the space behind */
        while (n > 0 && i[n - 1] == ' ')
            i[--n] = '\0';
        return strstr(t, i + is_run) != NULL;
    }
    return strstr(t, i) != NULL;
}

/* All items in any of the texts. */
static bool text_matches(const char *query, const char *const *texts, size_t n_texts)
{
    for (const char *p = query; *p;) {
        size_t n = *p == '"' ? strcspn(p + 1, "\"") + 2 : 0;
        n += strcspn(p + n, " ");
        CLEANUP(freep) char *item = xstrndup(p, n);
        bool is_found = false;
        for (size_t i = 0; i < n_texts; i++)
            is_found |= texts[i] && item_matches(item, texts[i]);
        if (!is_found)
            return false;
        p += n + strspn(p + n, " ");
    }
    return true;
}

static bool has_keyword(const struct model_mail *x, const char *k)
{
    static const char *const bits[] = {"$seen", "$answered", "$flagged", "$draft"};
    CLEANUP(freep) char *word = xasprintf(" %s ", k);

    for (int i = 0; i < 4; i++)
        if (strcasecmp(bits[i], k) == 0)
            return x->flags >> i & 1;
    return strcasestr(x->keywords, word) != NULL;
}

/* How many Emails of the thread have it; *out_all is how many there are. */
static size_t count_thread(const struct model *m, int64_t thread_id, const char *k, size_t *out_all)
{
    size_t with = 0;

    *out_all = 0;
    for (size_t i = 0; i < m->n; i++)
        if (m->mail[i].id && m->mail[i].thread_id == thread_id) {
            ++*out_all;
            with += has_keyword(&m->mail[i], k);
        }
    return with;
}

static bool in_mailbox(const struct model_mail *x, const json_t *id)
{
    for (size_t i = 0; i < x->n_mailboxes; i++) {
        char text[ID_SIZE];
        if (strcmp(id_format(ID_MAILBOX, x->mailboxes[i], text), json_string_value(id)) == 0)
            return true;
    }
    return false;
}

static bool in_other_mailbox(const struct model_mail *x, const json_t *ids)
{
    for (size_t i = 0; i < x->n_mailboxes; i++) {
        char text[ID_SIZE];
        bool is_listed = false;
        id_format(ID_MAILBOX, x->mailboxes[i], text);
        for (size_t j = 0; j < json_array_size(ids); j++)
            is_listed |= strcmp(text, json_string_value(json_array_get(ids, j))) == 0;
        if (!is_listed)
            return true;
    }
    return false;
}

static bool header_matches(const struct model_mail *x, const json_t *v)
{
    const char *name = json_string_value(json_array_get(v, 0)), *text = json_string_value(json_array_get(v, 1));
    const char *value = strcasecmp(name, "X-Color") == 0      ? x->color
                        : strcasecmp(name, "Subject") == 0    ? x->subject
                        : strcasecmp(name, "Cc") == 0         ? x->cc
                        : strcasecmp(name, "Bcc") == 0        ? x->bcc
                        : strcasecmp(name, "List-Id") == 0    ? x->list
                        : strcasecmp(name, "From") == 0       ? x->from
                        : strcasecmp(name, "Message-ID") == 0 ? x->message_id
                                                              : NULL;
    return value && (!text || text_matches(text, &value, 1));
}

static bool condition_matches(const struct model *m, const struct model_mail *x, const char *name, const json_t *v)
{
    const char *s = json_string_value(v);
    const char *all[] = {x->from, x->to, x->cc, x->bcc, x->subject, x->body, x->file, x->list};
    static const char *const columns[] = {"from", "to", "cc", "bcc", "subject", "body", "filename", "listId"};
    char id[ID_SIZE];
    int64_t t;
    size_t n;

    for (int i = 0; i < 8; i++)
        if (strcmp(name, columns[i]) == 0)
            return text_matches(s, &all[i], 1);
    if (strcmp(name, "text") == 0)
        return text_matches(s, all, 8);
    if (strcmp(name, "inMailbox") == 0)
        return in_mailbox(x, v);
    if (strcmp(name, "inMailboxOtherThan") == 0)
        return in_other_mailbox(x, v);
    if (strcmp(name, "before") == 0)
        return date_parse_utc(s, &t) && x->received_at < t;
    if (strcmp(name, "after") == 0)
        return date_parse_utc(s, &t) && x->received_at >= t;
    if (strcmp(name, "minSize") == 0)
        return x->size >= json_integer_value(v);
    if (strcmp(name, "maxSize") == 0)
        return x->size < json_integer_value(v);
    if (strcmp(name, "hasKeyword") == 0)
        return has_keyword(x, s);
    if (strcmp(name, "notKeyword") == 0)
        return !has_keyword(x, s);
    if (strcmp(name, "allInThreadHaveKeyword") == 0)
        return count_thread(m, x->thread_id, s, &n) == n;
    if (strcmp(name, "someInThreadHaveKeyword") == 0)
        return count_thread(m, x->thread_id, s, &n) > 0;
    if (strcmp(name, "noneInThreadHaveKeyword") == 0)
        return count_thread(m, x->thread_id, s, &n) == 0;
    if (strcmp(name, "hasAttachment") == 0)
        return x->has_attachment == json_is_true(v);
    if (strcmp(name, "header") == 0)
        return header_matches(x, v);
    if (strcmp(name, "id") == 0)
        return strcmp(x->message_id, s) == 0;
    assert_string_equal(name, "accountId");
    return strcmp(id_format(ID_ACCOUNT, x->account_id, id), s) == 0;
}

static bool filter_matches(const struct model *m, const struct model_mail *x, const json_t *f)
{
    const char *operator= json_string_value(json_object_get(f, "operator")), *name;
    const json_t *list = json_object_get(f, "conditions");
    json_t *value;

    if (operator) {
        for (size_t i = 0; i < json_array_size(list); i++) {
            bool matches = filter_matches(m, x, json_array_get(list, i));
            if (matches != (operator[0] == 'A'))
                return operator[0] == 'O';
        }
        return operator[0] != 'O';
    }
    json_object_foreach((json_t *)(uintptr_t)f, name, value)
    {
        if (!condition_matches(m, x, name, value))
            return false;
    }
    return true;
}

/* ---- sorting them the slow way
 * ------------------------------------------------------------------------------------------ */

struct order {
    const struct model *m;
    const json_t *sort;
};

/* The name of "a b <c@d>", or the address. */
static void person_of(const char *address, char out[200])
{
    const char *open = address ? strstr(address, " <") : NULL;
    snprintf(out, 200, "%.*s", open ? (int)(open - address) : 199, address ? address : "");
}

static int compare_by(const struct model *m, const char *property, const char *keyword, const struct model_mail *a,
                      const struct model_mail *b)
{
    char x[200], y[200];
    size_t all_a, all_b;

#define CMP(p, q) (((p) > (q)) - ((p) < (q)))
    if (strcmp(property, "receivedAt") == 0)
        return CMP(a->received_at, b->received_at);
    if (strcmp(property, "size") == 0)
        return CMP(a->size, b->size);
    if (strcmp(property, "sentAt") == 0)
        return CMP(a->sent_at, b->sent_at);
    if (strcmp(property, "subject") == 0)
        return strcasecmp(a->base_subject, b->base_subject);
    if (strcmp(property, "hasKeyword") == 0)
        return CMP(has_keyword(a, keyword), has_keyword(b, keyword));
    if (strcmp(property, "from") == 0 || strcmp(property, "to") == 0) {
        person_of(property[0] == 'f' ? a->from : a->to, x);
        person_of(property[0] == 'f' ? b->from : b->to, y);
        return strcasecmp(x, y);
    }
    size_t with_a = count_thread(m, a->thread_id, keyword, &all_a),
           with_b = count_thread(m, b->thread_id, keyword, &all_b);
    if (strcmp(property, "allInThreadHaveKeyword") == 0)
        return CMP(with_a == all_a, with_b == all_b);
    return CMP(with_a > 0, with_b > 0);
}

static int compare(const void *x, const void *y, void *ctx)
{
    const struct model_mail *a = *(const struct model_mail *const *)x, *b = *(const struct model_mail *const *)y;
    const struct order *o = ctx;

    for (size_t i = 0; i < json_array_size(o->sort); i++) {
        const json_t *c = json_array_get(o->sort, i), *ascending = json_object_get(c, "isAscending");
        int r = compare_by(o->m, json_string_value(json_object_get(c, "property")),
                           json_string_value(json_object_get(c, "keyword")), a, b);
        if (r)
            return (r < 0 ? -1 : 1) * (ascending && json_is_false(ascending) ? -1 : 1);
    }
    if (!o->sort && a->received_at != b->received_at)
        return CMP(b->received_at, a->received_at);
    return CMP(b->id, a->id);
}

int64_t *model_search(struct model *m, int64_t account_id, const json_t *filter, const json_t *sort, bool collapse,
                      size_t *out_n)
{
    const struct model_mail *found[MODEL_MAX];
    struct order o = {m, sort};
    int64_t *ids = xcalloc(MODEL_MAX, sizeof(*ids));
    size_t n = 0, kept = 0;

    for (size_t i = 0; i < m->n; i++) {
        const struct model_mail *x = &m->mail[i];
        if (x->id && (account_id == -1 || x->account_id == account_id) && (!filter || filter_matches(m, x, filter)))
            found[n++] = x;
    }
    qsort_r(found, n, sizeof(found[0]), compare, &o);
    for (size_t i = 0; i < n; i++) {
        bool is_seen = false;
        for (size_t j = 0; collapse && j < i; j++)
            is_seen |= found[j]->thread_id == found[i]->thread_id;
        if (!is_seen)
            ids[kept++] = found[i]->id;
    }
    *out_n = kept;
    return ids;
}
