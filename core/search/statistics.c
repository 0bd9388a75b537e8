#include "search/statistics.h"

#include "base/alloc.h"
#include "base/error.h"
#include "search/dates.h"
#include "search/senders.h"
#include "store/correspondents.h"
#include "store/keywords.h"
#include "store/mailboxes.h"

#include <stdlib.h>
#include <string.h>

#define DAY 86400
#define STEPS 32      /* to the next row that is wanted, before it is looked for anew */
#define PLACES_MAX 64 /* mailboxes of one Email that are looked at */

const int64_t statistics_size_ends[STATISTICS_N_SIZES] = {10000, 100000, 1000000, 10000000, 100000000, 0};

void search_statistics_done(struct statistics *s)
{
    for (size_t i = 0; s->senders && i < s->n_senders; i++) {
        free(s->senders[i].name);
        free(s->senders[i].email);
    }
    free(s->senders);
    free(s->units);
    free(s->mailboxes);
    free(s->accounts);
    *s = (struct statistics){0};
}

/* ---- what is read ---- */

struct row {
    int64_t id, account_id, received_at, size, hash;
    bool has_hash, is_own, is_draft, is_unread;
    int64_t mailboxes[PLACES_MAX];
    size_t n_mailboxes;
};

/* Where Emails are: rows of (Email, mailbox), read along with the Emails. */
struct places {
    sqlite3_stmt *q;
    int64_t email_id, mailbox_id; /* where it stands; email_id 0: nowhere */
    bool is_at_end;
};

struct reading {
    struct store_tx *tx;
    struct leaf rows;
    struct places places;
    int64_t lowest; /* ids up to it are before the time that is asked for */
    int64_t bound;  /* the next id is not above it */
    int64_t *ids;   /* with a filter: what matches, descending */
    size_t n_ids, at;
    bool has_filter;
};

static void reading_done(struct reading *r)
{
    leaf_close(&r->rows);
    sqlite3_finalize(r->places.q);
    free(r->ids);
}

static int places_step(struct reading *r, struct fct_error *err)
{
    struct places *p = &r->places;
    int has_row = store_step(r->tx, p->q, err);

    if (has_row > 0) {
        p->email_id = sqlite3_column_int64(p->q, 0);
        p->mailbox_id = sqlite3_column_int64(p->q, 1);
    } else {
        p->is_at_end = true;
    }
    return has_row;
}

/* To the first row of the Email, or of the next that is lower. */
static int places_seek(struct reading *r, int64_t id, struct fct_error *err)
{
    struct places *p = &r->places;
    int has_row = 1;

    if (p->is_at_end)
        return 0;
    for (int i = 0; p->email_id > id && i < STEPS; i++) {
        has_row = places_step(r, err);
        if (has_row <= 0)
            return has_row;
    }
    if (p->email_id != 0 && p->email_id <= id)
        return 1;
    store_reset(p->q);
    sqlite3_bind_int64(p->q, 1, id);
    return places_step(r, err);
}

static int read_places(struct reading *r, struct row *row, struct fct_error *err)
{
    struct places *p = &r->places;
    int has_row = places_seek(r, row->id, err);

    row->n_mailboxes = 0;
    while (has_row > 0 && p->email_id == row->id) {
        if (row->n_mailboxes < PLACES_MAX)
            row->mailboxes[row->n_mailboxes++] = p->mailbox_id;
        has_row = places_step(r, err);
    }
    return has_row < 0 ? -1 : 0;
}

/* The next id that may be wanted: 1, 0 at the end. */
static int next_id(struct reading *r, struct fct_error *err)
{
    while (!r->has_filter || r->at < r->n_ids) {
        int64_t wanted = r->has_filter ? r->ids[r->at++] : r->bound;
        if (wanted <= r->lowest)
            return 0;
        if (wanted > r->bound)
            continue;
        int has_row = leaf_seek(&r->rows, wanted, err);
        if (has_row <= 0)
            return has_row;
        r->bound = r->rows.current - 1;
        if (!r->has_filter || r->rows.current == wanted)
            return r->rows.current > r->lowest;
    }
    return 0;
}

static int read_next(struct reading *r, struct row *out, struct fct_error *err)
{
    int has_row = next_id(r, err);
    sqlite3_stmt *q = r->rows.q;

    if (has_row <= 0)
        return has_row;
    uint32_t flags = (uint32_t)sqlite3_column_int64(q, 4);
    out->id = r->rows.current;
    out->account_id = sqlite3_column_int64(q, 1);
    out->received_at = sqlite3_column_int64(q, 2);
    out->size = sqlite3_column_int64(q, 3);
    out->is_draft = flags & FCT_FLAG_DRAFT;
    out->is_unread = !(flags & FLAGS_NOT_UNREAD);
    out->is_own = sqlite3_column_int(q, 5) & EMAIL_IS_OWN;
    out->has_hash = sqlite3_column_type(q, 6) != SQLITE_NULL;
    out->hash = sqlite3_column_int64(q, 6);
    return read_places(r, out, err) < 0 ? -1 : 1;
}

/* No id of an Email that was received before `before` is above it: ids are not far beyond their times
 * (0001-initial.sql). */
static int highest_id(struct store_tx *tx, int64_t before, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT max(id - received_at / 64) FROM email WHERE id - received_at / 64 > 1");

    if (before == 0) {
        *out = INT64_MAX;
        return 0;
    }
    if (store_step(tx, q, err) < 0)
        return -1;
    int64_t beyond = sqlite3_column_int64(q, 0);
    store_reset(q);
    *out = before / 64 + (beyond > 1 ? beyond : 1);
    return 0;
}

static int compare_descending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x < y) - (x > y);
}

static int find_matches(struct reading *r, const struct statistics_query *q, struct fct_error *err)
{
    const struct search_query search = {.account_id = q->account_id, .filter = q->filter, .limit = -1};
    struct search_result found = {0};

    if (search_run(r->tx, &search, &found, err) < 0)
        return -1;
    r->has_filter = true;
    r->ids = TAKE(found.ids);
    r->n_ids = found.n;
    search_result_done(&found);
    if (r->n_ids > 0)
        qsort(r->ids, r->n_ids, sizeof(*r->ids), compare_descending);
    return 0;
}

static int reading_open(struct reading *r, struct store_tx *tx, const struct statistics_query *q, struct fct_error *err)
{
    bool is_one = q->account_id != -1 && !q->filter;

    *r = (struct reading){.tx = tx, .lowest = q->after / 64};
    if (highest_id(tx, q->before, &r->bound, err) < 0 ||
        leaf_open(&r->rows, tx, is_one ? STATISTICS_ACCOUNT : STATISTICS_ROWS, false, STEPS, err) < 0 ||
        store_prepare(tx, STATISTICS_PLACES.down, &r->places.q, err) < 0)
        return -1;
    if (is_one)
        sqlite3_bind_int64(r->rows.q, 2, q->account_id);
    return q->filter ? find_matches(r, q, err) : 0;
}

/* ---- what is counted ---- */

enum class { RECEIVED, SENT, SPAM, DRAFT };

static void add(struct statistics_counts *c, const struct row *row, enum class class)
{
    int64_t *const of_class[] = {&c->received, &c->sent, &c->spam, &c->drafts};

    c->messages++;
    ++*of_class[class];
    c->unread += row->is_unread;
    c->bytes += row->size;
}

/* The offset of a time zone, which holds for a while. */
struct local {
    const struct date_zone *zone;
    int64_t from, to, offset;
};

static int64_t local_seconds(struct local *l, int64_t t)
{
    if (t < l->from || t >= l->to)
        date_zone_offset(l->zone, t, &l->offset, &l->from, &l->to);
    return t + l->offset;
}

static int64_t floor_day(int64_t seconds)
{
    return seconds >= 0 ? seconds / DAY : -((DAY - 1 - seconds) / DAY);
}

/* Monday is 0: 1970-01-01 was a Thursday. */
static int weekday(int64_t day)
{
    return (int)(((day + 3) % 7 + 7) % 7);
}

static int64_t first_day(enum statistics_unit unit, int64_t day)
{
    int64_t year;
    int month, of_month;

    if (unit == UNIT_DAY)
        return day;
    if (unit == UNIT_WEEK)
        return day - weekday(day);
    civil_from_days(day, &year, &month, &of_month);
    return days_from_civil(year, unit == UNIT_MONTH ? month : 1, 1);
}

/* Its place among the units, which descend; most Emails are of the last one. NULL: older than what there is room for.
 */
static struct statistics_counts *unit_of(struct statistics *s, int64_t day)
{
    size_t at = s->n_units;

    while (at > 0 && s->units[at - 1].day < day)
        at--;
    if (at > 0 && s->units[at - 1].day == day)
        return &s->units[at - 1].counts;
    if (s->n_units == STATISTICS_UNITS_MAX) {
        s->has_older_units = true;
        if (at == s->n_units)
            return NULL;
        s->n_units--;
    }
    if (s->n_units == s->cap_units) {
        s->cap_units = s->cap_units ? 2 * s->cap_units : 64;
        s->units = xreallocarray(s->units, s->cap_units, sizeof(*s->units));
    }
    memmove(&s->units[at + 1], &s->units[at], (s->n_units - at) * sizeof(*s->units));
    s->units[at] = (struct statistics_unit_counts){.day = day};
    s->n_units++;
    return &s->units[at].counts;
}

static struct statistics_place_counts *place_of(struct statistics_place_counts *v, size_t n, int64_t id)
{
    for (size_t low = 0; low < n;) {
        size_t mid = low + (n - low) / 2;
        int64_t here = v[mid].mailbox_id ? v[mid].mailbox_id : v[mid].account_id;
        if (here == id)
            return &v[mid];
        if (here < id)
            low = mid + 1;
        else
            n = mid;
    }
    return NULL;
}

struct counting {
    struct statistics *out;
    const struct statistics_query *q;
    struct local local;
    struct senders senders;
};

static enum class class_of(const struct statistics *s, const struct row *row) {
    enum class class = row->is_draft ? DRAFT
                       : row->is_own ? SENT
                                     : RECEIVED;

    for (size_t i = 0; i < row->n_mailboxes; i++){
        const struct statistics_place_counts *p = place_of(s->mailboxes, s->n_mailboxes, row->mailboxes[i]);
        int role = p ? p->role : FCT_ROLE_NONE; if (role == FCT_ROLE_JUNK) return SPAM;
        if (role == FCT_ROLE_DRAFTS) class = DRAFT; else if (role == FCT_ROLE_SENT && class == RECEIVED) class = SENT;}
return class;
}

static size_t size_class(int64_t size)
{
    size_t i = 0;

    while (statistics_size_ends[i] != 0 && size >= statistics_size_ends[i])
        i++;
    return i;
}

static void count_time(struct counting *c, const struct row *row, enum class class)
{
    int64_t seconds = local_seconds(&c->local, row->received_at), day = floor_day(seconds);

    if (c->q->groups & BY_UNIT) {
        struct statistics_counts *unit = unit_of(c->out, first_day(c->q->unit, day));
        if (unit)
            add(unit, row, class);
    }
    if (c->q->groups & BY_HOUR && (class == RECEIVED || class == SENT))
        c->out->hours[class == SENT][weekday(day)][(seconds - day * DAY) / 3600]++;
}

static void count_row(struct counting *c, const struct row *row)
{
    struct statistics *s = c->out;
    enum class class = class_of(s, row);

    add(&s->total, row, class);
    if (c->q->groups & (BY_UNIT | BY_HOUR))
        count_time(c, row, class);
    if (c->q->groups & BY_SENDER && class == RECEIVED && row->has_hash)
        senders_add(&c->senders, row->hash, row->id, row->received_at, row->size, row->is_unread);
    if (c->q->groups & BY_SIZE)
        add(&s->sizes[size_class(row->size)], row, class);
    struct statistics_place_counts *account =
        c->q->groups & BY_ACCOUNT ? place_of(s->accounts, s->n_accounts, row->account_id) : NULL;
    if (account)
        add(&account->counts, row, class);
    for (size_t i = 0; c->q->groups & BY_MAILBOX && i < row->n_mailboxes; i++) {
        struct statistics_place_counts *p = place_of(s->mailboxes, s->n_mailboxes, row->mailboxes[i]);
        if (p)
            add(&p->counts, row, class);
    }
}

/* ---- all of it ---- */

static int compare_mailboxes(const void *a, const void *b)
{
    const struct statistics_place_counts *x = a, *y = b;

    return (x->mailbox_id > y->mailbox_id) - (x->mailbox_id < y->mailbox_id);
}

static int load_mailboxes(struct store_tx *tx, int64_t account_id, struct statistics *out, struct fct_error *err)
{
    struct store_mailbox *list;
    size_t n;

    if (store_mailboxes_load(tx, account_id, &list, &n, err) < 0)
        return -1;
    out->mailboxes = xcalloc(n + 1, sizeof(*out->mailboxes));
    for (size_t i = 0; i < n; i++)
        out->mailboxes[i] = (struct statistics_place_counts){
            .account_id = list[i].account_id, .mailbox_id = list[i].id, .role = list[i].role};
    out->n_mailboxes = n;
    store_mailboxes_free(list, n);
    qsort(out->mailboxes, n, sizeof(*out->mailboxes), compare_mailboxes);
    return 0;
}

static int load_accounts(struct store_tx *tx, int64_t account_id, struct statistics *out, struct fct_error *err)
{
    sqlite3_stmt *q = store_stmt(tx, "SELECT id FROM account ORDER BY id");
    int has_row;

    while ((has_row = store_step(tx, q, err)) > 0) {
        int64_t id = sqlite3_column_int64(q, 0);
        if (account_id == -1 ? !store_tx_sees(tx, id) : id != account_id)
            continue;
        out->accounts = xreallocarray(out->accounts, out->n_accounts + 1, sizeof(*out->accounts));
        out->accounts[out->n_accounts++] = (struct statistics_place_counts){.account_id = id};
    }
    return has_row;
}

static int count_all(struct store_tx *tx, struct counting *c, struct fct_error *err)
{
    CLEANUP(reading_done) struct reading r = {0};
    struct row row;
    int has_row;

    if (reading_open(&r, tx, c->q, err) < 0)
        return -1;
    while ((has_row = read_next(&r, &row, err)) > 0) {
        bool is_in_time = row.received_at >= c->q->after && (c->q->before == 0 || row.received_at < c->q->before);
        bool is_seen = c->q->account_id == -1 ? store_tx_sees(tx, row.account_id) : row.account_id == c->q->account_id;
        if (is_in_time && is_seen)
            count_row(c, &row);
    }
    return has_row;
}

static void counting_done(struct counting *c)
{
    senders_done(&c->senders);
}

static int count_in_zone(struct store_tx *tx, const struct statistics_query *q, const struct date_zone *zone,
                         struct statistics *out, struct fct_error *err)
{
    CLEANUP(counting_done) struct counting c = {.out = out, .q = q, .local = {.zone = zone}};

    if (load_mailboxes(tx, q->account_id, out, err) < 0 || load_accounts(tx, q->account_id, out, err) < 0 ||
        count_all(tx, &c, err) < 0)
        return -1;
    out->all_senders = c.senders.n;
    return senders_best(tx, &c.senders, q->max_senders, &out->senders, &out->n_senders, err);
}

int search_statistics(struct store_tx *tx, const struct statistics_query *q, struct statistics *out,
                      struct fct_error *err)
{
    struct date_zone *zone;

    *out = (struct statistics){0};
    if (date_zone_open(q->time_zone, &zone, err) < 0)
        return -1;
    int rc = count_in_zone(tx, q, zone, out, err);
    date_zone_close(zone);
    if (rc < 0)
        search_statistics_done(out);
    return rc;
}
