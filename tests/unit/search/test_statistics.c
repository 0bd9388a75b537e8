/* Mail counted: search/statistics.h, against a model that looks at each message. */
#include "unit/store/mail_fixture.h"

#include "search/dates.h"
#include "search/statistics.h"
#include "store/emails.h"

#define N 400
#define START INT64_C(1700000000)
#define SPAN (INT64_C(400) * 86400)
#define DAY 86400

static uint64_t rng = 88172645463325252u;

static unsigned pick(unsigned n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (unsigned)((rng >> 20) % n);
}

enum { INBOX, SENT, JUNK, DRAFTS, N_BOXES };

struct world {
    struct fixture f;
    int64_t account, boxes[N_BOXES], local, local_inbox;
    struct message {
        int64_t id, at, size;
        int box;      /* -1: of the local account */
        bool in_sent; /* besides */
        uint32_t flags;
        int sender; /* 0: oneself */
    } m[N];
};

static void world_done(struct world *w)
{
    fixture_done(&w->f);
}

static void make_message(struct world *w, int i)
{
    char id[32], from[64], body[600];
    struct message *m = &w->m[i];
    struct letter l = {.id = id, .from = from, .body = body, .subject = "s", .to = "x@y.example"};

    *m = (struct message){.at = START + (int64_t)(pick(400) * 1000003) % SPAN,
                          .box = (int)pick(N_BOXES + 1) - 1,
                          .flags = (pick(2) ? FCT_FLAG_SEEN : 0) | (pick(9) ? 0 : FCT_FLAG_DRAFT),
                          .sender = (int)pick(7)};
    if (pick(5) == 0 && i > 0)
        m->at = w->m[i - 1].at; /* a burst: ids beyond their times */
    memset(body, 'x', sizeof(body));
    body[pick(500)] = '\0';
    snprintf(id, sizeof(id), "m%d@x", i);
    if (m->sender == 0)
        snprintf(from, sizeof(from), "Jane <Jane@Example.org>");
    else
        snprintf(from, sizeof(from), "Sender %d <S%d@%s.example>", m->sender, m->sender, pick(2) ? "x" : "X");
    if (m->box < 0)
        m->id = arrive_letter(&w->f, w->local, w->local_inbox, 0, m->at, m->flags, &l);
    else
        m->id = arrive_letter(&w->f, w->account, w->boxes[m->box], (uint64_t)i + 1, m->at, m->flags, &l);
    if (m->box == INBOX && pick(6) == 0) {
        m->in_sent = true;
        assert_good(set_mailboxes(&w->f, m->id, (int64_t[]){w->boxes[INBOX], w->boxes[SENT]}, 2));
    }
    struct store_email e = load_email(&w->f, m->id);
    m->size = e.size;
    store_email_done(&e);
}

static struct world world_new(void)
{
    struct world w = {.f = fixture_new()};
    w.account = add_server(&w.f, (const char *const[]){"INBOX", "Sent", "Junk", "Drafts"}, N_BOXES, w.boxes);
    w.local = local_account(&w.f);
    w.local_inbox = mailbox_with_role(&w.f, w.local, FCT_ROLE_INBOX);
    return w;
}

/* ---- the model ---- */

enum { RECEIVED, OWN, SPAM, DRAFT };

static int class_of(const struct message *m)
{
    if (m->box == JUNK)
        return SPAM;
    if (m->box == DRAFTS || m->flags & FCT_FLAG_DRAFT)
        return DRAFT;
    return m->box == SENT || m->in_sent || (m->sender == 0 && m->box >= 0) ? OWN : RECEIVED;
}

static void add(struct statistics_counts *c, const struct message *m)
{
    int class = class_of(m);
    c->messages++;
    c->received += class == RECEIVED;
    c->sent += class == OWN;
    c->spam += class == SPAM;
    c->drafts += class == DRAFT;
    c->unread += !(m->flags & (FCT_FLAG_SEEN | FCT_FLAG_DRAFT));
    c->bytes += m->size;
}

static bool is_meant(const struct world *w, const struct statistics_query *q, const struct message *m)
{
    if (m->id == 0 || m->at < q->after || (q->before && m->at >= q->before))
        return false;
    if (q->filter && !(m->flags & FCT_FLAG_SEEN)) /* the only filter here */
        return false;
    return q->account_id == -1 || q->account_id == (m->box < 0 ? w->local : w->account);
}

static int64_t unit_start(enum statistics_unit unit, int64_t day)
{
    int64_t y;
    int mo, d;
    civil_from_days(day, &y, &mo, &d);
    if (unit == UNIT_WEEK)
        while ((day + 3) % 7 != 0)
            day--;
    return unit == UNIT_MONTH ? days_from_civil(y, mo, 1) : unit == UNIT_YEAR ? days_from_civil(y, 1, 1) : day;
}

static int ask_fn(struct store_tx *tx, void *arg, struct fct_error *err)
{
    void *const *a = arg;
    return search_statistics(tx, a[0], a[1], err);
}

static void assert_same(const struct statistics_counts *a, const struct statistics_counts *b)
{
    assert_memory_equal(a, b, sizeof(*a));
}

static void compare(struct world *w, const struct statistics_query *q, int64_t offset)
{
    CLEANUP(search_statistics_done) struct statistics got = {0};
    struct statistics_counts total = {0}, boxes[N_BOXES] = {{0}}, sizes[STATISTICS_N_SIZES] = {{0}},
                             accounts[2] = {{0}};
    int64_t hours[2][7][24] = {{{0}}}, senders[7] = {0};
    size_t n_senders = 0, n_units = 0;

    assert_ok(store_read(w->f.store, ask_fn, ((void *[]){(void *)q, &got}), err));

    for (int i = 0; i < N; i++) {
        const struct message *m = &w->m[i];
        if (!is_meant(w, q, m))
            continue;
        int64_t local = m->at + offset;
        add(&total, m);
        add(&accounts[m->box < 0], m);
        add(&sizes[m->size < 10000 ? 0 : 1], m);
        if (m->box >= 0)
            add(&boxes[m->box], m);
        if (m->in_sent)
            add(&boxes[SENT], m);
        if (class_of(m) == RECEIVED || class_of(m) == OWN)
            hours[class_of(m) == OWN][(local / DAY + 3) % 7][local % DAY / 3600]++;
        if (class_of(m) == RECEIVED)
            n_senders += senders[m->sender]++ == 0;
    }
    assert_same(&got.total, &total);
    assert_memory_equal(got.hours, hours, sizeof(hours));
    assert_memory_equal(got.sizes, sizes, sizeof(sizes));
    for (size_t i = 0; i < got.n_accounts; i++)
        assert_same(&got.accounts[i].counts, &accounts[got.accounts[i].account_id == w->local]);
    for (size_t i = 0; i < got.n_mailboxes; i++) {
        for (int b = 0; b < N_BOXES; b++) {
            if (got.mailboxes[i].mailbox_id == w->boxes[b])
                assert_same(&got.mailboxes[i].counts, &boxes[b]);
        }
    }
    for (size_t u = 0; u < got.n_units; u++) {
        struct statistics_counts unit = {0};
        assert_true(u == 0 || got.units[u].day < got.units[u - 1].day);
        for (int i = 0; i < N; i++) {
            if (is_meant(w, q, &w->m[i]) && unit_start(q->unit, (w->m[i].at + offset) / DAY) == got.units[u].day)
                add(&unit, &w->m[i]);
        }
        assert_same(&got.units[u].counts, &unit);
        n_units += (size_t)unit.messages;
    }
    assert_int_equal(n_units, total.messages);
    assert_int_equal(got.all_senders, n_senders);
    assert_int_equal(got.n_senders, n_senders < q->max_senders ? n_senders : q->max_senders);
    for (size_t i = 0; i < got.n_senders; i++) {
        int number = got.senders[i].email[0] == 'S' ? got.senders[i].email[1] - '0' : 0;
        assert_int_equal(got.senders[i].messages, senders[number]);
        assert_true(i == 0 || got.senders[i].messages <= got.senders[i - 1].messages);
    }
}

static void all_that_is_counted_is_what_is_there(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    struct search_filter *seen = NULL;
    json_t *json = json_pack("{s:s}", "hasKeyword", "$seen");
    static const struct {
        const char *name;
        int64_t offset;
    } zones[] = {{"UTC", 0}, {"+05:30", 19800}, {"-08:00", -28800}, {"Asia/Kolkata", 19800}};
    (void)state;
    for (int i = 0; i < N; i++)
        make_message(&w, i);
    for (int i = 0; i < N; i += 9) { /* some go again */
        assert_good(destroy_email(&w.f, w.m[i].id));
        w.m[i].id = 0;
    }
    assert_ok(search_filter_from_json(json, &seen, err));
    json_decref(json);

    for (int i = 0; i < 120; i++) {
        unsigned zone = pick(4);
        struct statistics_query q = {.account_id = pick(3) == 0 ? -1
                                                   : pick(2)    ? w.account
                                                                : w.local,
                                     .filter = pick(3) == 0 ? seen : NULL,
                                     .after = pick(2) ? START + (int64_t)pick(SPAN) : 0,
                                     .before = pick(2) ? START + (int64_t)pick(SPAN) : 0,
                                     .time_zone = zones[zone].name,
                                     .unit = (enum statistics_unit)pick(4),
                                     .groups = BY_UNIT | BY_HOUR | BY_SENDER | BY_MAILBOX | BY_ACCOUNT | BY_SIZE,
                                     .max_senders = 1 + pick(8)};
        compare(&w, &q, zones[zone].offset);
    }
    search_filter_free(seen);
}

static void arrive_at(struct world *w, int64_t at)
{
    static int n;
    char id[32];
    snprintf(id, sizeof(id), "t%d@x", n++);
    arrive_letter(&w->f, w->local, w->local_inbox, 0, at, 0, &(struct letter){.id = id, .subject = id});
}

/* 2024-03-31 01:00 UTC: clocks in Paris go from 2 to 3; 2024-10-27 01:00 UTC: from 3 back to 2. */
static void hours_are_those_of_the_clocks_there(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    struct statistics got;
    const struct statistics_query q = {
        .account_id = -1, .time_zone = "Europe/Paris", .groups = BY_HOUR | BY_UNIT, .max_senders = 1};
    (void)state;
    arrive_at(&w, 1711846799); /* Sunday 01:59:59 */
    arrive_at(&w, 1711846800); /* 03:00:00 */
    arrive_at(&w, 1729990799); /* Sunday 02:59:59 */
    arrive_at(&w, 1729990800); /* 02:00:00 */
    arrive_at(&w, 1729983599); /* Sunday 00:59:59 */
    arrive_at(&w, 1729979999); /* Saturday 23:59:59 */

    assert_ok(store_read(w.f.store, ask_fn, ((void *[]){(void *)&q, &got}), err));

    assert_int_equal(got.hours[0][6][1], 1);
    assert_int_equal(got.hours[0][6][3], 1);
    assert_int_equal(got.hours[0][6][2], 2);
    assert_int_equal(got.hours[0][6][0], 1);
    assert_int_equal(got.hours[0][5][23], 1);
    assert_int_equal(got.n_units, 3);
    assert_int_equal(got.units[0].counts.messages, 3);
    search_statistics_done(&got);
}

/* Dates from anywhere do not make it grow without end. */
static void the_newest_units_are_kept(void **state)
{
    CLEANUP(world_done) struct world w = world_new();
    struct prepared p;
    struct store_arrival *a = xcalloc(STATISTICS_UNITS_MAX + 50, sizeof(*a));
    struct statistics got;
    const struct statistics_query q = {.account_id = -1, .time_zone = "UTC", .groups = BY_UNIT, .max_senders = 1};
    (void)state;
    prepare_letter(&p, w.f.store, &(struct letter){.id = "a@x", .subject = "s"});
    for (int i = 0; i < STATISTICS_UNITS_MAX + 50; i++)
        a[i] = (struct store_arrival){.mailbox_id = w.local_inbox,
                                      .received_at = INT64_C(1000000) + (int64_t)i * DAY,
                                      .blob = p.blob,
                                      .summary = &p.summary};
    arrive(&w.f, w.local, a, STATISTICS_UNITS_MAX + 50);

    assert_ok(store_read(w.f.store, ask_fn, ((void *[]){(void *)&q, &got}), err));

    assert_int_equal(got.n_units, STATISTICS_UNITS_MAX);
    assert_true(got.has_older_units);
    assert_int_equal(got.total.messages, STATISTICS_UNITS_MAX + 50);
    assert_int_equal(got.units[0].day, (1000000 + (int64_t)(STATISTICS_UNITS_MAX + 49) * DAY) / DAY);
    search_statistics_done(&got);
    prepared_done(&p);
    free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_counted_is_what_is_there),
        cmocka_unit_test(hours_are_those_of_the_clocks_there),
        cmocka_unit_test(the_newest_units_are_kept),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
