/* Email/statistics: mail counted by days, hours, senders, mailboxes. */
#include "methods/email_search.h"

#include "search/dates.h"
#include "search/statistics.h"
#include "store/usage.h"

#include <string.h>

#define BY_STORAGE 64 /* beside those of search/statistics.h */

static const struct {
    const char *name;
    unsigned bit;
} groups[] = {{"units", BY_UNIT},       {"hours", BY_HOUR}, {"senders", BY_SENDER}, {"mailboxes", BY_MAILBOX},
              {"accounts", BY_ACCOUNT}, {"sizes", BY_SIZE}, {"storage", BY_STORAGE}};
static const char *const units[] = {
    [UNIT_DAY] = "day", [UNIT_WEEK] = "week", [UNIT_MONTH] = "month", [UNIT_YEAR] = "year"};

/* ---- the arguments: the schema has checked names ---- */

static unsigned groups_of(const json_t *wanted)
{
    unsigned bits = 0;
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        bool is_wanted = !wanted;
        for (size_t k = 0; k < json_array_size(wanted); k++)
            is_wanted |= strcmp(json_string_value(json_array_get(wanted, k)), groups[i].name) == 0;
        bits |= is_wanted ? groups[i].bit : 0;
    }
    return bits;
}

static enum statistics_unit unit_of(const char *name)
{
    int unit = UNIT_DAY;
    while (name && unit < UNIT_YEAR && strcmp(units[unit], name) != 0)
        unit++;
    return name ? (enum statistics_unit)unit : UNIT_DAY;
}

static bool is_zone(const char *name)
{
    struct date_zone *zone = NULL;
    struct fct_error ignored;
    bool is = date_zone_open(name, &zone, &ignored) == 0;
    date_zone_close(zone);
    return is;
}

/* 0: no bound. What is before 1970 bounds nothing from below, and everything from above. */
static int bound_of(struct api_call *call, const char *name, const char *text, int64_t *out, struct fct_error *err)
{
    *out = 0;
    if (!text)
        return 0;
    if (!utc_parse(text, out))
        return call_invalid(call, err, name, "it is no UTCDate");
    *out = *out > 1 ? *out : 1;
    return 0;
}

/* ---- the answer ---- */

static json_t *counts_json(const struct statistics_counts *c)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "messages", (json_int_t)c->messages, "received",
                     (json_int_t)c->received, "sent", (json_int_t)c->sent, "spam", (json_int_t)c->spam, "drafts",
                     (json_int_t)c->drafts, "unread", (json_int_t)c->unread, "bytes", (json_int_t)c->bytes);
}

static json_t *day_json(int64_t day)
{
    int64_t year;
    int month, of_month;
    char text[40];
    civil_from_days(day, &year, &month, &of_month);
    snprintf(text, sizeof(text), "%04lld-%02d-%02d", (long long)year, month, of_month);
    return json_string(text);
}

static json_t *units_json(const struct statistics *s)
{
    json_t *list = json_array();
    for (size_t i = s->n_units; i-- > 0;)
        json_array_append_new(list, json_pack("{s:o, s:o}", "start", day_json(s->units[i].day), "counts",
                                              counts_json(&s->units[i].counts)));
    return list;
}

static json_t *week_json(const int64_t hours[7][24])
{
    json_t *week = json_array();
    for (int d = 0; d < 7; d++) {
        json_t *day = json_array();
        for (int h = 0; h < 24; h++)
            json_array_append_new(day, json_integer((json_int_t)hours[d][h]));
        json_array_append_new(week, day);
    }
    return week;
}

static json_t *senders_json(const struct statistics *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n_senders; i++) {
        const struct statistics_sender *e = &s->senders[i];
        json_array_append_new(list, json_pack("{s:o, s:o, s:I, s:I, s:I, s:o}", "name", json_string_of(e->name),
                                              "email", json_string_of(e->email), "messages", (json_int_t)e->messages,
                                              "unread", (json_int_t)e->unread, "bytes", (json_int_t)e->bytes, "lastAt",
                                              json_utc(e->last_at)));
    }
    return list;
}

static json_t *places_json(const struct statistics_place_counts *v, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        if (v[i].counts.messages == 0)
            continue;
        json_t *place = json_pack("{s:o, s:o}", "accountId", json_id(ID_ACCOUNT, v[i].account_id), "counts",
                                  counts_json(&v[i].counts));
        if (v[i].mailbox_id)
            json_object_set_new(place, "mailboxId", json_id(ID_MAILBOX, v[i].mailbox_id));
        json_array_append_new(list, place);
    }
    return list;
}

static json_t *sizes_json(const struct statistics *s)
{
    json_t *list = json_array();
    for (int i = 0; i < STATISTICS_N_SIZES; i++) {
        int64_t end = statistics_size_ends[i];
        json_array_append_new(
            list, json_pack("{s:I, s:o, s:o}", "from", (json_int_t)(i > 0 ? statistics_size_ends[i - 1] : 0), "below",
                            end ? json_integer((json_int_t)end) : json_null(), "counts", counts_json(&s->sizes[i])));
    }
    return list;
}

/* What others have is nobody's business who does not see it. */
static int add_storage(struct api_call *call, json_t *out, struct fct_error *err)
{
    struct store_usage usage;
    if (store_tx_has_view(call->tx)) {
        json_object_set_new(out, "storage", json_null());
        return 0;
    }
    if (store_usage(call->tx, &usage, err) < 0)
        return -1;
    json_object_set_new(
        out, "storage",
        json_pack("{s:I, s:I}", "databaseBytes", (json_int_t)usage.database, "messageBytes", (json_int_t)usage.packs));
    return 0;
}

static void add_groups(const struct statistics *s, unsigned wanted, json_t *out)
{
    if (wanted & BY_UNIT) {
        json_object_set_new(out, "units", units_json(s));
        json_object_set_new(out, "hasOlderUnits", json_boolean(s->has_older_units));
    }
    if (wanted & BY_HOUR)
        json_object_set_new(
            out, "hours", json_pack("{s:o, s:o}", "received", week_json(s->hours[0]), "sent", week_json(s->hours[1])));
    if (wanted & BY_SENDER) {
        json_object_set_new(out, "senders", senders_json(s));
        json_object_set_new(out, "allSenders", json_integer((json_int_t)s->all_senders));
    }
    if (wanted & BY_MAILBOX)
        json_object_set_new(out, "mailboxes", places_json(s->mailboxes, s->n_mailboxes));
    if (wanted & BY_ACCOUNT)
        json_object_set_new(out, "accounts", places_json(s->accounts, s->n_accounts));
    if (wanted & BY_SIZE)
        json_object_set_new(out, "sizes", sizes_json(s));
}

int api_email_statistics(struct api_call *call, const struct api_email_statistics_args *args, json_t **out,
                         struct fct_error *err)
{
    CLEANUP(email_search_done) struct email_search s = {0};
    CLEANUP(search_statistics_done) struct statistics found = {0};
    const char *zone = args->time_zone ? args->time_zone : "UTC";
    const struct search_args wanted = {args->account_id, args->query, zone, args->filter, NULL};
    unsigned by = groups_of(args->groups);
    int64_t after, before;
    json_t *state;
    if (!is_zone(zone))
        return call_invalid(call, err, "timeZone", "there is no such time zone");
    if (bound_of(call, "after", args->after, &after, err) < 0 ||
        bound_of(call, "before", args->before, &before, err) < 0 || email_search_parse(call, &wanted, &s, err) < 0)
        return -1;
    bool is_all = !args->filter && (!args->query || json_is_null(s.owned));
    const struct statistics_query q = {.account_id = s.scope.id,
                                       .filter = is_all ? NULL : s.filter,
                                       .after = after,
                                       .before = before,
                                       .time_zone = zone,
                                       .unit = unit_of(args->unit),
                                       .groups = by,
                                       .max_senders = (size_t)args->limit};
    if (search_statistics(call->tx, &q, &found, err) < 0 ||
        state_of(call->tx, s.scope.id, STORE_EMAIL, &state, err) < 0)
        return -1;
    *out = json_pack("{s:s, s:o, s:s, s:s, s:o}", "accountId", s.scope.text, "state", state, "timeZone", zone, "unit",
                     units[q.unit], "total", counts_json(&found.total));
    add_groups(&found, by, *out);
    return by & BY_STORAGE ? add_storage(call, *out, err) : 0;
}
