#include "search/parse.h"

#include "base/error.h"
#include "search/terms.h"
#include "store/keywords.h"

#include <stdlib.h>
#include <strings.h>
#include <unicode/utf8.h>

struct parser {
    const char *start, *at, *end;
    int64_t now;
    const struct date_zone *zone;
    const struct parse_names *names;
    size_t n_items;
    size_t *out_where;
    struct fct_error *err;
};

/* A value as it was written: plain, without quotes and backslashes; and where it stands. */
struct value {
    struct buf text;
    bool is_quoted, is_prefix; /* a * behind the closing quote */
    const char *at;
};

static void value_done(struct value *v)
{
    buf_done(&v->text);
}

static int fail(struct parser *p, const char *at, int code, const char *what)
{
    *p->out_where = (size_t)(at - p->start);
    return fct_fail(p->err, code, FCT_RETRY_NEVER, "%s", what);
}

static int fail_name(struct parser *p, const char *at, const char *what, const struct value *v)
{
    *p->out_where = (size_t)(at - p->start);
    return fct_fail(p->err, FCT_E_INVALID, FCT_RETRY_NEVER, "there is no %s \"%.100s\"", what, buf_str(&v->text));
}

static int count_items(struct parser *p, const char *at, size_t n)
{
    p->n_items += n;
    return p->n_items > PARSE_ITEMS_MAX ? fail(p, at, FCT_E_LIMIT, "more than 100 conditions") : 0;
}

/* ---- reading characters ----------------------------------------------------------------------------------------- */

static bool is_delimiter(const char *at, const char *end)
{
    return terms_space(at, end) || *at == '(' || *at == ')';
}

static void skip_spaces(struct parser *p)
{
    for (size_t n; (n = terms_space(p->at, p->end)) > 0;)
        p->at += n;
}

/* A word in capitals that stands alone. */
static bool is_operator(const struct parser *p, const char *word)
{
    size_t n = strlen(word);
    const char *stop = p->at + n;

    return (size_t)(p->end - p->at) >= n && memcmp(p->at, word, n) == 0 &&
           (stop == p->end || is_delimiter(stop, p->end));
}

static int read_quoted(struct parser *p, struct value *v)
{
    const char *open = p->at++;

    v->is_quoted = true;
    for (; p->at < p->end && *p->at != '"'; p->at++) {
        if (*p->at == '\\' && p->at + 1 < p->end)
            p->at++;
        buf_add_char(&v->text, *p->at);
    }
    if (p->at == p->end)
        return fail(p, open, FCT_E_INVALID, "this quotation mark has no partner");
    p->at++;
    if (p->at < p->end && *p->at == '*') {
        v->is_prefix = true;
        p->at++;
    }
    return 0;
}

/* A word or a phrase; empty when there is none. */
static int read_value(struct parser *p, struct value *v)
{
    v->at = p->at;
    if (p->at < p->end && *p->at == '"')
        return read_quoted(p, v);
    while (p->at < p->end && !is_delimiter(p->at, p->end))
        buf_add_char(&v->text, *p->at++);
    return 0;
}

/* ---- values to conditions ------------------------------------------------------------------------------------------
 */

static json_t *condition(const char *name, json_t *value)
{
    json_t *o = json_object();
    json_object_set_new(o, name, value);
    return o;
}

static json_t *operator_of(const char *name, json_t *conditions)
{
    json_t *o = json_object();
    json_object_set_new(o, "operator", json_string(name));
    json_object_set_new(o, "conditions", conditions);
    return o;
}

static json_t *negate(json_t *filter)
{
    json_t *list = json_array();
    json_array_append_new(list, filter);
    return operator_of("NOT", list);
}

/* One is itself, several are joined. */
static json_t *join(const char *operator, json_t * list)
{
    if (json_array_size(list) != 1)
        return operator_of(operator, list);
    json_t *only = json_incref(json_array_get(list, 0));
    json_decref(list);
    return only;
}

/* As a "String" condition wants it (terms.h): a phrase in quotes, and a word that begins with one, too. */
static json_t *text_of(const struct value *v)
{
    CLEANUP(buf_done) struct buf out = {0};
    const char *s = buf_str(&v->text);
    bool is_phrase = v->is_quoted || s[0] == '"' || s[0] == '\'';

    if (!is_phrase)
        return json_string(s);
    buf_add_char(&out, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\'' || *s == '\\')
            buf_add_char(&out, '\\');
        buf_add_char(&out, *s);
    }
    buf_add_str(&out, v->is_prefix ? "\"*" : "\"");
    return json_string(buf_str(&out));
}

/* One item became several; the condition goes when they are too many. */
static int count_items_of(struct parser *p, const char *at, json_t **io)
{
    size_t n = json_array_size(json_object_get(*io, "conditions"));

    if (count_items(p, at, n) == 0)
        return 0;
    json_decref(*io);
    *io = NULL;
    return -1;
}

static json_t *date_of(int64_t t)
{
    char text[32];
    date_format_utc(t, text);
    return json_string(text);
}

typedef int (*field_fn)(struct parser *p, const char *name, const struct value *v, json_t **out);

static int field_text(struct parser *p, const char *name, const struct value *v, json_t **out)
{
    (void)p;
    *out = condition(name, text_of(v));
    return 0;
}

static int field_id(struct parser *p, const char *name, const struct value *v, json_t **out)
{
    (void)p;
    *out = condition(name, json_string(buf_str(&v->text)));
    return 0;
}

/* Several mailboxes or accounts of one name: any of them. */
static json_t *any_of(const char *name, json_t *ids)
{
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(ids) && i < PARSE_NAMES_MAX; i++)
        json_array_append_new(list, condition(name, json_incref(json_array_get(ids, i))));
    return join("OR", list);
}

static int field_in(struct parser *p, const char *name, const struct value *v, json_t **out)
{
    json_auto_t *ids = json_array();

    if (p->names->mailboxes(p->names->ctx, buf_str(&v->text), ids, p->err) < 0)
        return -1;
    if (json_array_size(ids) == 0)
        return fail_name(p, v->at, "mailbox", v);
    *out = any_of(name, ids);
    return count_items_of(p, v->at, out);
}

static int field_account(struct parser *p, const char *name, const struct value *v, json_t **out)
{
    json_auto_t *ids = json_array();

    if (p->names->accounts(p->names->ctx, buf_str(&v->text), ids, p->err) < 0)
        return -1;
    if (json_array_size(ids) == 0)
        return fail_name(p, v->at, "account", v);
    *out = any_of(name, ids);
    return count_items_of(p, v->at, out);
}

/* In a mailbox for spam, or marked as such where it is. */
static int is_spam(struct parser *p, json_t **out)
{
    json_auto_t *ids = json_array();
    json_t *list = json_array();

    json_array_append_new(list, condition("hasKeyword", json_string("$junk")));
    if (p->names->mailboxes_of_role(p->names->ctx, FCT_ROLE_JUNK, ids, p->err) < 0) {
        json_decref(list);
        return -1;
    }
    for (size_t i = 0; i < json_array_size(ids) && i < PARSE_NAMES_MAX; i++)
        json_array_append_new(list, condition("inMailbox", json_incref(json_array_get(ids, i))));
    *out = join("OR", list);
    return count_items_of(p, p->at, out);
}

static int field_is(struct parser *p, const char *name, const struct value *v, json_t **out)
{
    static const struct {
        const char *word, *condition, *keyword;
    } states[] = {
        {"unread", "notKeyword", "$seen"},     {"read", "hasKeyword", "$seen"},
        {"flagged", "hasKeyword", "$flagged"}, {"answered", "hasKeyword", "$answered"},
        {"draft", "hasKeyword", "$draft"},     {"muted", "hasKeyword", "$muted"},
    };
    (void)name;
    if (strcasecmp(buf_str(&v->text), "spam") == 0)
        return is_spam(p, out);
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strcasecmp(buf_str(&v->text), states[i].word) == 0) {
            *out = condition(states[i].condition, json_string(states[i].keyword));
            return 0;
        }
    return fail(p, v->at, FCT_E_INVALID, "is: takes unread, read, flagged, answered, draft, muted or spam");
}

/* One's own, or one that has a name with "$". */
static int field_keyword(struct parser *p, const char *name, const struct value *v, json_t **out)
{
    if (!keyword_is_valid(buf_bytes(&v->text)))
        return fail(p, v->at, FCT_E_INVALID,
                    "this is no keyword: ASCII without spaces and without any of ( ) { ] % * \" \\");
    *out = condition(name, json_string(buf_str(&v->text)));
    return 0;
}

static int field_has(struct parser *p, const char *name, const struct value *v, json_t **out)
{
    if (strcasecmp(buf_str(&v->text), "attachment") != 0)
        return fail(p, v->at, FCT_E_INVALID, "has: takes attachment");
    *out = condition(name, json_true());
    return 0;
}

static int span_of(struct parser *p, const struct value *v, int64_t *from, int64_t *to)
{
    if (date_parse_span(buf_bytes(&v->text), p->now, p->zone, from, to, p->err) == 0)
        return 0;
    *p->out_where = (size_t)(v->at - p->start);
    return -1;
}

static int field_date(struct parser *p, const char *name, const struct value *v, json_t **out)
{
    int64_t from, to;

    if (span_of(p, v, &from, &to) < 0)
        return -1;
    *out = condition(name, date_of(from));
    return 0;
}

static int field_on(struct parser *p, const char *name, const struct value *v, json_t **out)
{
    int64_t from, to;

    (void)name;
    if (span_of(p, v, &from, &to) < 0)
        return -1;
    *out = condition("after", date_of(from));
    json_object_set_new(*out, "before", date_of(to));
    return 0;
}

/* 5M, 100k, 2G, 1000: units of 1024; a B may follow. */
static int field_size(struct parser *p, const char *name, const struct value *v, json_t **out)
{
    const char *s = buf_str(&v->text);
    size_t digits = strspn(s, "0123456789");
    int64_t n = digits > 0 && digits <= 12 ? strtoll(s, NULL, 10) : -1;
    const char *unit = s + digits;
    int shift = 0;

    if (*unit == 'k' || *unit == 'K')
        shift = 10;
    else if (*unit == 'm' || *unit == 'M')
        shift = 20;
    else if (*unit == 'g' || *unit == 'G')
        shift = 30;
    unit += shift > 0;
    unit += *unit == 'b' || *unit == 'B';
    if (n < 0 || *unit != '\0' || n > (INT64_C(1) << 52) >> shift)
        return fail(p, v->at, FCT_E_INVALID, "this is no size: write 5M, 100k or a number of bytes");
    *out = condition(name, json_integer(n << shift));
    return 0;
}

static const struct field {
    const char *name, *condition;
    field_fn read;
} fields[] = {
    {"from", "from", field_text},
    {"to", "to", field_text},
    {"cc", "cc", field_text},
    {"bcc", "bcc", field_text},
    {"subject", "subject", field_text},
    {"body", "body", field_text},
    {"filename", "filename", field_text},
    {"list", "listId", field_text},
    {"id", "id", field_id},
    {"in", "inMailbox", field_in},
    {"account", "accountId", field_account},
    {"is", "is", field_is},
    {"keyword", "hasKeyword", field_keyword},
    {"has", "hasAttachment", field_has},
    {"before", "before", field_date},
    {"after", "after", field_date},
    {"on", "on", field_on},
    {"larger", "minSize", field_size},
    {"smaller", "maxSize", field_size},
};

/* ---- the grammar ----------------------------------------------------------------------------------------------------
 */

static int parse_or(struct parser *p, int depth, json_t **out);

static const struct field *field_at(const struct parser *p, const char **out_value)
{
    const char *colon = p->at;

    while (colon < p->end && ((*colon >= 'a' && *colon <= 'z') || (*colon >= 'A' && *colon <= 'Z')))
        colon++;
    if (colon == p->end || *colon != ':' || colon == p->at)
        return NULL;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (strlen(fields[i].name) == (size_t)(colon - p->at) &&
            strncasecmp(fields[i].name, p->at, (size_t)(colon - p->at)) == 0) {
            *out_value = colon + 1;
            return &fields[i];
        }
    return NULL;
}

static int parse_field(struct parser *p, const struct field *f, const char *value_at, json_t **out)
{
    CLEANUP(value_done) struct value v = {0};

    p->at = value_at;
    if (read_value(p, &v) < 0)
        return -1;
    if (v.text.n == 0) {
        *p->out_where = (size_t)(value_at - p->start);
        return fct_fail(p->err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s: needs a value, without a space before it",
                        f->name);
    }
    return f->read(p, f->condition, &v, out);
}

static int parse_word(struct parser *p, json_t **out)
{
    CLEANUP(value_done) struct value v = {0};

    if (read_value(p, &v) < 0)
        return -1;
    *out = condition("text", text_of(&v));
    return 0;
}

static int parse_group(struct parser *p, int depth, json_t **out)
{
    const char *open = p->at++;

    skip_spaces(p);
    if (p->at < p->end && *p->at == ')')
        return fail(p, open, FCT_E_INVALID, "there is nothing in these parentheses");
    if (parse_or(p, depth + 1, out) < 0)
        return -1;
    if (p->at < p->end && *p->at == ')') {
        p->at++;
        return 0;
    }
    json_decref(*out);
    return fail(p, open, FCT_E_INVALID, "this parenthesis is not closed");
}

static int parse_item(struct parser *p, int depth, json_t **out)
{
    const char *at = p->at, *value_at;

    if (depth > PARSE_DEPTH_MAX + 1)
        return fail(p, at, FCT_E_LIMIT, "nested deeper than 14");
    if (count_items(p, at, 1) < 0)
        return -1;
    bool is_not = is_operator(p, "NOT"), is_minus = *at == '-' && at + 1 < p->end && !terms_space(at + 1, p->end);
    if (is_not || is_minus) {
        p->at += is_not ? 3 : 1;
        skip_spaces(p);
        if (p->at == p->end || *p->at == ')' || is_operator(p, "AND") || is_operator(p, "OR"))
            return fail(p, at, FCT_E_INVALID, "NOT needs something behind it");
        if (parse_item(p, depth + 1, out) < 0)
            return -1;
        *out = negate(*out);
        return 0;
    }
    if (*at == '(')
        return parse_group(p, depth, out);
    const struct field *f = field_at(p, &value_at);
    return f ? parse_field(p, f, value_at, out) : parse_word(p, out);
}

/* Words that stand together are one condition, and count as one. */
static void append_item(struct parser *p, json_t *list, json_t *item)
{
    json_t *last = json_array_get(list, json_array_size(list) - 1);
    const char *before = last && json_object_size(last) == 1 ? json_string_value(json_object_get(last, "text")) : NULL;
    const char *text = json_object_size(item) == 1 ? json_string_value(json_object_get(item, "text")) : NULL;

    if (!before || !text) {
        json_array_append_new(list, item);
        return;
    }
    CLEANUP(buf_done) struct buf both = {0};
    buf_addf(&both, "%s %s", before, text);
    if (both.n > PARSE_QUERY_MAX) {
        json_array_append_new(list, item);
        return;
    }
    json_object_set_new(last, "text", json_string(buf_str(&both)));
    json_decref(item);
    p->n_items--;
}

static bool is_at_end_of_and(const struct parser *p)
{
    return p->at == p->end || *p->at == ')' || is_operator(p, "OR");
}

static int parse_and(struct parser *p, int depth, json_t **out)
{
    json_auto_t *list = json_array();

    skip_spaces(p);
    for (bool is_first = true; is_first || !is_at_end_of_and(p); is_first = false) {
        const char *at = p->at;
        json_t *item = NULL;
        if (!is_first && is_operator(p, "AND")) {
            p->at += 3;
            skip_spaces(p);
        }
        if (is_at_end_of_and(p) || is_operator(p, "AND"))
            return fail(p, at, FCT_E_INVALID,
                        is_first ? "something to look for is missing here" : "AND needs something behind it");
        if (parse_item(p, depth, &item) < 0)
            return -1;
        append_item(p, list, item);
        skip_spaces(p);
    }
    *out = join("AND", json_incref(list));
    return 0;
}

static int parse_or(struct parser *p, int depth, json_t **out)
{
    json_auto_t *list = json_array();

    for (;;) {
        json_t *item = NULL;
        if (parse_and(p, depth, &item) < 0)
            return -1;
        json_array_append_new(list, item);
        if (!is_operator(p, "OR"))
            break;
        p->at += 2;
    }
    *out = join("OR", json_incref(list));
    return 0;
}

/* Valid UTF-8 of a bearable length. */
static int check_bytes(struct parser *p)
{
    size_t n = (size_t)(p->end - p->start);

    if (n > PARSE_QUERY_MAX)
        return fail(p, p->start + PARSE_QUERY_MAX, FCT_E_LIMIT, "the query is longer than 4096 bytes");
    for (size_t i = 0; i < n;) {
        size_t before = i;
        UChar32 c;
        U8_NEXT((const uint8_t *)p->start, i, n, c);
        if (c < 0)
            return fail(p, p->start + before, FCT_E_INVALID, "the query is not valid UTF-8");
    }
    return 0;
}

int parse_query(const char *query, int64_t now, const struct date_zone *zone, const struct parse_names *names,
                json_t **out_filter, size_t *out_where, struct fct_error *err)
{
    struct parser p = {.start = query,
                       .at = query,
                       .end = query + strlen(query),
                       .now = now,
                       .zone = zone,
                       .names = names,
                       .out_where = out_where,
                       .err = err};
    json_t *filter = NULL;

    if (check_bytes(&p) < 0)
        return -1;
    skip_spaces(&p);
    if (p.at == p.end) {
        *out_filter = json_null();
        return 0;
    }
    if (parse_or(&p, 1, &filter) < 0)
        return -1;
    if (p.at < p.end) {
        json_decref(filter);
        return fail(&p, p.at, FCT_E_INVALID, "this parenthesis closes nothing");
    }
    *out_filter = filter;
    return 0;
}
