#include "search/filter.h"

#include "base/alloc.h"
#include "base/error.h"
#include "search/dates.h"
#include "store/ids.h"

#include <stdlib.h>
#include <strings.h>

/* Where in the filter we are, for messages: "filter.conditions[2].before". */
struct place {
    const struct place *up;
    const char *name; /* NULL: conditions[index] */
    size_t index;
};

struct reader {
    size_t n_conditions, n_words;
    struct fct_error *err;
};

static void place_write(const struct place *p, struct buf *out)
{
    if (p->up)
        place_write(p->up, out);
    if (p->name)
        buf_addf(out, "%s%s", p->up ? "." : "", p->name);
    else
        buf_addf(out, ".conditions[%zu]", p->index);
}

static int fail_at(const struct reader *r, const struct place *p, int code, const char *what)
{
    CLEANUP(buf_done) struct buf where = {0};

    place_write(p, &where);
    if (where.n > 200)
        where.n = 200;
    return fct_fail(r->err, code, FCT_RETRY_NEVER, "%.*s: %s", (int)where.n, buf_str(&where), what);
}

static struct search_filter *node_new(enum filter_kind kind)
{
    struct search_filter *f = XNEW(struct search_filter);
    f->kind = kind;
    return f;
}

void search_filter_free(struct search_filter *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->n_children; i++)
        search_filter_free(f->children[i]);
    free(f->children);
    terms_done(&f->terms);
    free(f->ids);
    keyword_set_done(&f->keyword);
    free(f->name);
    free(f);
}

static void add_child(struct search_filter *f, struct search_filter *child)
{
    f->children = xreallocarray(f->children, f->n_children + 1, sizeof(struct search_filter *));
    f->children[f->n_children++] = child;
}

/* Puts a NOT above. */
static struct search_filter *negate(struct search_filter *f)
{
    struct search_filter *not = node_new(FILTER_NOT);
    add_child(not, f);
    return not ;
}

/* ---- values ------------------------------------------------------------------------------------------------ */

static int get_string(struct reader *r, const struct place *p, const json_t *v, const char **out)
{
    if (!json_is_string(v))
        return fail_at(r, p, FCT_E_INVALID, "must be a string");
    if (json_string_length(v) > SEARCH_TEXT_MAX)
        return fail_at(r, p, FCT_E_LIMIT, "longer than 4096 bytes");
    if (strlen(json_string_value(v)) != json_string_length(v))
        return fail_at(r, p, FCT_E_INVALID, "contains a NUL character");
    *out = json_string_value(v);
    return 0;
}

/* An id that is well formed (RFC 8620 section 1.2) but none of ours matches nothing. */
static int get_id(struct reader *r, const struct place *p, const json_t *v, enum id_kind kind, int64_t *out)
{
    const char *s;
    size_t n;

    if (get_string(r, p, v, &s) < 0)
        return -1;
    n = strlen(s);
    if (n == 0 || n > 255 || strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != n)
        return fail_at(r, p, FCT_E_INVALID, "is not an id");
    if (!id_parse(kind, s, out))
        *out = -1;
    return 0;
}

static int get_unsigned(struct reader *r, const struct place *p, const json_t *v, int64_t *out)
{
    if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > INT64_C(9007199254740991))
        return fail_at(r, p, FCT_E_INVALID, "must be an integer from 0 to 2^53-1");
    *out = json_integer_value(v);
    return 0;
}

/* ---- one condition each: fill `f`, or replace it ------------------------------------------------------------- */

typedef int (*read_fn)(struct reader *r, const struct place *p, const json_t *v, struct search_filter **f);

static int read_mailbox(struct reader *r, const struct place *p, const json_t *v, struct search_filter **f)
{
    return get_id(r, p, v, ID_MAILBOX, &(*f)->id);
}

static int read_account(struct reader *r, const struct place *p, const json_t *v, struct search_filter **f)
{
    return get_id(r, p, v, ID_ACCOUNT, &(*f)->id);
}

static int read_mailboxes(struct reader *r, const struct place *p, const json_t *v, struct search_filter **f)
{
    size_t n = json_array_size(v);

    if (!json_is_array(v))
        return fail_at(r, p, FCT_E_INVALID, "must be an array of ids");
    if (n > SEARCH_MAILBOXES_MAX)
        return fail_at(r, p, FCT_E_LIMIT, "more than 256 mailboxes");
    (*f)->ids = xcalloc(n + 1, sizeof(int64_t));
    for (size_t i = 0; i < n; i++)
        if (get_id(r, p, json_array_get(v, i), ID_MAILBOX, &(*f)->ids[(*f)->n_ids++]) < 0)
            return -1;
    return 0;
}

static int read_date(struct reader *r, const struct place *p, const json_t *v, int64_t *out)
{
    const char *s;

    if (get_string(r, p, v, &s) < 0)
        return -1;
    if (!date_parse_utc(s, out))
        return fail_at(r, p, FCT_E_INVALID, "must be a UTCDate like 2024-05-01T00:00:00Z");
    return 0;
}

static int read_before(struct reader *r, const struct place *p, const json_t *v, struct search_filter **f)
{
    (*f)->from = INT64_MIN;
    return read_date(r, p, v, &(*f)->to);
}

static int read_after(struct reader *r, const struct place *p, const json_t *v, struct search_filter **f)
{
    (*f)->to = INT64_MAX;
    return read_date(r, p, v, &(*f)->from);
}

static int read_min_size(struct reader *r, const struct place *p, const json_t *v, struct search_filter **f)
{
    (*f)->to = INT64_MAX;
    return get_unsigned(r, p, v, &(*f)->from);
}

static int read_max_size(struct reader *r, const struct place *p, const json_t *v, struct search_filter **f)
{
    return get_unsigned(r, p, v, &(*f)->to);
}

static int read_keyword(struct reader *r, const struct place *p, const json_t *v, struct search_filter **f)
{
    const char *s;

    if (get_string(r, p, v, &s) < 0)
        return -1;
    if (!keyword_is_valid(bytes_str(s)))
        return fail_at(r, p, FCT_E_INVALID, "is not a keyword");
    return keyword_set_check(&(struct fct_flags){.keywords = bytes_str(s)}, &(*f)->keyword, r->err);
}

static int read_not_keyword(struct reader *r, const struct place *p, const json_t *v, struct search_filter **f)
{
    int rc = read_keyword(r, p, v, f);
    *f = negate(*f);
    return rc;
}

static int read_has_attachment(struct reader *r, const struct place *p, const json_t *v, struct search_filter **f)
{
    if (!json_is_boolean(v))
        return fail_at(r, p, FCT_E_INVALID, "must be true or false");
    if (json_is_false(v))
        *f = negate(*f);
    return 0;
}

static int set_terms(struct reader *r, const struct place *p, const char *text, struct search_filter *f)
{
    terms_parse(bytes_str(text), &f->terms);
    f->has_terms = true;
    r->n_words += f->terms.n_tokens;
    if (r->n_words > SEARCH_WORDS_MAX)
        return fail_at(r, p, FCT_E_LIMIT, "more than 256 words in all");
    return 0;
}

static int read_text(struct reader *r, const struct place *p, const json_t *v, struct search_filter **f)
{
    const char *s;
    return get_string(r, p, v, &s) < 0 ? -1 : set_terms(r, p, s, *f);
}

/* Without white space and <>. An id is compared as a whole. */
static void set_message_id(struct search_filter *f, const char *s)
{
    size_t n;

    s += strspn(s, " \t\r\n<");
    n = strcspn(s, "> \t\r\n");
    free(f->name);
    f->kind = FILTER_MESSAGE_ID;
    f->name = xstrndup(s, n);
}

static int read_message_id(struct reader *r, const struct place *p, const json_t *v, struct search_filter **f)
{
    const char *s;

    if (get_string(r, p, v, &s) < 0)
        return -1;
    set_message_id(*f, s);
    return 0;
}

static bool is_field_name(const char *s)
{
    size_t n = 0;
    for (; s[n]; n++)
        if (s[n] < 33 || s[n] > 126 || s[n] == ':')
            return false;
    return n > 0 && n < 128;
}

/* The fields that the index has as columns of their own. */
static const char *column_of_field(const char *name)
{
    static const struct {
        const char *name, *column;
    } known[] = {
        {"From", "sender"}, {"To", "recipient"},    {"Cc", "cc"},
        {"Bcc", "bcc"},     {"Subject", "subject"}, {"List-Id", "list"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcasecmp(known[i].name, name) == 0)
            return known[i].column;
    return NULL;
}

static int read_header(struct reader *r, const struct place *p, const json_t *v, struct search_filter **f)
{
    size_t n = json_array_size(v);
    const char *name, *text = NULL;

    if (!json_is_array(v) || n < 1 || n > 2)
        return fail_at(r, p, FCT_E_INVALID, "must be an array of one or two strings");
    if (get_string(r, p, json_array_get(v, 0), &name) < 0 ||
        (n == 2 && get_string(r, p, json_array_get(v, 1), &text) < 0))
        return -1;
    if (!is_field_name(name))
        return fail_at(r, p, FCT_E_INVALID, "the first string must be the name of a header field");
    (*f)->name = xstrdup(name);
    if (!text)
        return 0;
    if (strcasecmp(name, "Message-ID") == 0 && strchr(text, '@') && !strpbrk(text, " \t*\"'")) {
        set_message_id(*f, text);
        return 0;
    }
    (*f)->column = column_of_field(name);
    if ((*f)->column && strspn(text, " \t\r\n") < strlen(text))
        (*f)->kind = FILTER_TEXT;
    return set_terms(r, p, text, *f);
}

static const struct condition {
    const char *name;
    enum filter_kind kind;
    const char *column;
    read_fn read;
} conditions[] = {
    {"inMailbox", FILTER_IN_MAILBOX, NULL, read_mailbox},
    {"inMailboxOtherThan", FILTER_OTHER_MAILBOX, NULL, read_mailboxes},
    {"before", FILTER_RECEIVED, NULL, read_before},
    {"after", FILTER_RECEIVED, NULL, read_after},
    {"minSize", FILTER_SIZE, NULL, read_min_size},
    {"maxSize", FILTER_SIZE, NULL, read_max_size},
    {"allInThreadHaveKeyword", FILTER_ALL_IN_THREAD, NULL, read_keyword},
    {"someInThreadHaveKeyword", FILTER_SOME_IN_THREAD, NULL, read_keyword},
    {"noneInThreadHaveKeyword", FILTER_SOME_IN_THREAD, NULL, read_not_keyword},
    {"hasKeyword", FILTER_KEYWORD, NULL, read_keyword},
    {"notKeyword", FILTER_KEYWORD, NULL, read_not_keyword},
    {"hasAttachment", FILTER_ATTACHMENT, NULL, read_has_attachment},
    {"text", FILTER_TEXT, NULL, read_text},
    {"from", FILTER_TEXT, "sender", read_text},
    {"to", FILTER_TEXT, "recipient", read_text},
    {"cc", FILTER_TEXT, "cc", read_text},
    {"bcc", FILTER_TEXT, "bcc", read_text},
    {"subject", FILTER_TEXT, "subject", read_text},
    {"body", FILTER_TEXT, "body", read_text},
    {"header", FILTER_HEADER, NULL, read_header},
    /* ours */
    {"filename", FILTER_TEXT, "files", read_text},
    {"listId", FILTER_TEXT, "list", read_text},
    {"id", FILTER_MESSAGE_ID, NULL, read_message_id},
    {"accountId", FILTER_ACCOUNT, NULL, read_account},
};

json_t *search_filter_options(void)
{
    json_t *names = json_array();
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
        json_array_append_new(names, json_string(conditions[i].name));
    return names;
}

/* ---- the tree -------------------------------------------------------------------------------------------------- */

static const struct condition *condition_find(const char *name)
{
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
        if (strcmp(conditions[i].name, name) == 0)
            return &conditions[i];
    return NULL;
}

static int count_condition(struct reader *r, const struct place *at)
{
    return ++r->n_conditions > SEARCH_CONDITIONS_MAX ? fail_at(r, at, FCT_E_LIMIT, "more than 256 conditions") : 0;
}

static int read_condition(struct reader *r, const struct place *up, const json_t *json, struct search_filter *into)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        struct place p = {.up = up, .name = name};
        const struct condition *c = condition_find(name);
        if (!c)
            return fail_at(r, &p, FCT_E_UNSUPPORTED_FILTER, "there is no such condition");
        if (count_condition(r, up) < 0)
            return -1;
        CLEANUP(search_filter_freep) struct search_filter *f = node_new(c->kind);
        f->column = c->column;
        if (c->read(r, &p, value, &f) < 0)
            return -1;
        add_child(into, TAKE(f));
    }
    return 0;
}

static int read_node(struct reader *r, const struct place *at, const json_t *json, int depth,
                     struct search_filter **out);

static int read_operator(struct reader *r, const struct place *at, const json_t *json, int depth,
                         struct search_filter *f)
{
    const json_t *list = json_object_get(json, "conditions");
    const char *operator= json_string_value(json_object_get(json, "operator"));

    if (operator&& strcmp(operator, "AND") == 0)
        f->kind = FILTER_AND;
    else if (operator&& strcmp(operator, "OR") == 0)
        f->kind = FILTER_OR;
    else if (operator&& strcmp(operator, "NOT") == 0)
        f->kind = FILTER_NOT;
    else
        return fail_at(r, at, FCT_E_INVALID, "operator must be \"AND\", \"OR\" or \"NOT\"");
    if (!json_is_array(list))
        return fail_at(r, at, FCT_E_INVALID, "conditions must be an array");
    if (json_object_size(json) != 2)
        return fail_at(r, at, FCT_E_INVALID, "an operator has conditions and nothing else");
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct place p = {.up = at, .index = i};
        struct search_filter *child = NULL;
        if (read_node(r, &p, json_array_get(list, i), depth + 1, &child) < 0)
            return -1;
        add_child(f, child);
    }
    return 0;
}

static int read_node(struct reader *r, const struct place *at, const json_t *json, int depth,
                     struct search_filter **out)
{
    CLEANUP(search_filter_freep) struct search_filter *f = node_new(FILTER_AND);

    if (depth > SEARCH_DEPTH_MAX)
        return fail_at(r, at, FCT_E_LIMIT, "nested deeper than 32");
    if (!json_is_object(json))
        return fail_at(r, at, FCT_E_INVALID, "must be an object");
    bool is_operator = json_object_get(json, "operator") != NULL;
    if ((is_operator || json_object_size(json) == 0) && count_condition(r, at) < 0)
        return -1;
    if ((is_operator ? read_operator(r, at, json, depth, f) : read_condition(r, at, json, f)) < 0)
        return -1;
    if (!is_operator && f->n_children == 1) {
        *out = f->children[0];
        f->n_children = 0;
        return 0;
    }
    *out = TAKE(f);
    return 0;
}

int search_filter_from_json(const json_t *json, struct search_filter **out, struct fct_error *err)
{
    struct reader r = {.err = err};
    struct place root = {.name = "filter"};

    if (!json || json_is_null(json)) {
        *out = node_new(FILTER_AND);
        return 0;
    }
    return read_node(&r, &root, json, 1, out);
}

/* ---- questions about it ------------------------------------------------------------------------------------------ */

void filter_traits(const struct search_filter *f, struct filter_traits *out)
{
    for (size_t i = 0; i < f->n_children; i++)
        filter_traits(f->children[i], out);
    switch (f->kind) {
    case FILTER_ALL_IN_THREAD:
    case FILTER_SOME_IN_THREAD:
        out->has_thread = true;
        out->has_mutable = true;
        break;
    case FILTER_IN_MAILBOX:
    case FILTER_OTHER_MAILBOX:
    case FILTER_KEYWORD:
        out->has_mutable = true;
        break;
    default:
        break;
    }
}

const struct search_filter *filter_only(const struct search_filter *f)
{
    while (f->kind == FILTER_AND && f->n_children == 1)
        f = f->children[0];
    return f->kind == FILTER_AND && f->n_children > 0 ? NULL : f;
}

void filter_each_wanted_text(const struct search_filter *f, void (*each)(void *ctx, const struct search_filter *text),
                             void *ctx)
{
    if (f->kind == FILTER_NOT)
        return;
    for (size_t i = 0; i < f->n_children; i++)
        filter_each_wanted_text(f->children[i], each, ctx);
    if ((f->kind == FILTER_TEXT || f->kind == FILTER_HEADER) && f->has_terms)
        each(ctx, f);
}
