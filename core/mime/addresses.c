#include "mime/addresses.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "mime/json.h"
#include "mime/limits.h"
#include "mime/utf8.h"
#include "mime/charset.h"
#include "mime/words.h"

enum { DOMAIN_LITERAL_MAX = 80 };

/* The element that is being read: what stands between two commas. */
struct element {
    struct buf name;    /* display-name so far, decoded; quoted strings unquoted */
    struct buf atoms;   /* atoms in a row, not decoded yet */
    struct buf spec;    /* the same text as an addr-spec would have it */
    struct buf last;    /* the last word, raw: "John j@x" has its address there */
    struct buf angle;   /* what stands in <> */
    struct buf comment; /* the last comment */
    bool has_angle, has_comment, has_word;
    bool comment_follows;   /* it is the first one behind a word or <> */
    bool space_before_last; /* the last word is set off by white space */
};

struct parser {
    const char *p, *end;
    struct mime_addresses *out;
    int group;
    bool no_quote_end; /* no quoted string is closed from here on: quotes are passed over */
    struct element e;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

static void element_clear(struct element *e)
{
    buf_clear(&e->name);
    buf_clear(&e->atoms);
    buf_clear(&e->spec);
    buf_clear(&e->last);
    buf_clear(&e->angle);
    buf_clear(&e->comment);
    e->has_angle = e->has_comment = e->has_word = e->space_before_last = e->comment_follows = false;
}

static void element_done(struct element *e)
{
    buf_done(&e->name);
    buf_done(&e->atoms);
    buf_done(&e->spec);
    buf_done(&e->last);
    buf_done(&e->angle);
    buf_done(&e->comment);
}

/* Atoms in a row are decoded together: white space between two encoded words is not shown. */
static void flush_atoms(struct element *e)
{
    if (!e->atoms.n)
        return;
    words_decode(buf_bytes(&e->atoms), &e->name);
    buf_clear(&e->atoms);
}

static char *trimmed_copy(const struct buf *b)
{
    const char *p = buf_str(b), *end = p + b->n;
    while (p < end && is_space(*p))
        p++;
    while (end > p && is_space(end[-1]))
        end--;
    struct buf copy = {0};
    charset_add_guess(&copy, bytes_of(p, (size_t)(end - p)));
    words_normalize(&copy, 0);
    return buf_steal(&copy);
}

static char *name_or_null(const struct buf *b)
{
    char *s = trimmed_copy(b);
    if (*s)
        return s;
    free(s);
    return NULL;
}

static void add_address(struct parser *ps, char *name, char *email)
{
    struct mime_addresses *a = ps->out;
    if (a->n >= MIME_MAX_ADDRESSES) {
        free(name);
        free(email);
        return;
    }
    if (a->n == a->cap) {
        a->cap = a->cap ? a->cap * 2 : 4;
        a->v = xreallocarray(a->v, a->cap, sizeof(*a->v));
    }
    a->v[a->n++] = (struct mime_address){name, email, ps->group};
}

/* "john@x>": the '<' is missing. */
static void drop_stray_angle(struct buf *b)
{
    if (b->n && b->p[b->n - 1] == '>')
        b->p[--b->n] = '\0';
}

/* "John Smith john@x" without brackets: the last word is the address, the rest the name. */
static bool split_bare(struct element *e)
{
    if (!e->space_before_last || !e->last.n || !memchr(e->last.p, '@', e->last.n) || e->last.n >= e->spec.n)
        return false;
    size_t before = e->spec.n - e->last.n;
    if (memchr(e->spec.p, '@', before))
        return false;
    buf_clear(&e->name);
    words_decode(bytes_of(e->spec.p, before), &e->name);
    return true;
}

static void finish_element(struct parser *ps)
{
    struct element *e = &ps->e;
    if (e->has_angle) {
        flush_atoms(e);
        char *name = name_or_null(&e->name);
        if (!name && e->has_comment)
            name = name_or_null(&e->comment);
        if (e->angle.n || name)
            add_address(ps, name, trimmed_copy(&e->angle));
        else
            free(name);
    } else if (e->has_word) {
        bool is_split = split_bare(e);
        drop_stray_angle(is_split ? &e->last : &e->spec);
        if (is_split)
            add_address(ps, name_or_null(&e->name), trimmed_copy(&e->last));
        else
            add_address(ps, e->has_comment ? name_or_null(&e->comment) : NULL, trimmed_copy(&e->spec));
    }
    element_clear(e);
}

static void begin_group(struct parser *ps)
{
    struct mime_addresses *a = ps->out;
    struct element *e = &ps->e;
    flush_atoms(e);
    if (a->n_groups < MIME_MAX_ADDRESSES) {
        if (a->n_groups == a->cap_groups) {
            a->cap_groups = a->cap_groups ? a->cap_groups * 2 : 2;
            a->groups = xreallocarray(a->groups, a->cap_groups, sizeof(*a->groups));
        }
        a->groups[a->n_groups] = (struct mime_address_group){trimmed_copy(&e->name), a->n};
        ps->group = (int)a->n_groups++;
    }
    element_clear(e);
}

/* A comment, nested ones included (their parentheses stay in the text). The first one behind the address counts (RFC
 * 8621 section 4.1.2.3), or else the last one before it. */
static void read_comment(struct parser *ps)
{
    CLEANUP(buf_done) struct buf raw = {0};
    unsigned depth = 0;
    for (; ps->p < ps->end; ps->p++) {
        char c = *ps->p;
        if (c == '\\' && ps->p + 1 < ps->end) {
            buf_add_char(&raw, *++ps->p);
            continue;
        }
        if (c == '(' && depth++ == 0)
            continue;
        if (c == ')' && --depth == 0) {
            ps->p++;
            break;
        }
        buf_add_char(&raw, c);
    }
    if (ps->e.comment_follows)
        return;
    buf_clear(&ps->e.comment);
    words_decode(buf_bytes(&raw), &ps->e.comment);
    ps->e.has_comment = true;
    ps->e.comment_follows = ps->e.has_word || ps->e.has_angle;
}

/* The content of a quoted string, quoted pairs undone, folds off. `raw` gets it as written. */
static void read_quoted(struct parser *ps, struct buf *content, struct buf *raw)
{
    const char *begin = ps->p++;
    while (ps->p < ps->end && *ps->p != '"') {
        if (*ps->p == '\\' && ps->p + 1 < ps->end)
            ps->p++;
        if (*ps->p != '\r' && *ps->p != '\n' && *ps->p != '\0')
            buf_add_char(content, *ps->p);
        ps->p++;
    }
    if (ps->p < ps->end)
        ps->p++;
    if (!raw)
        return;
    for (const char *c = begin; c < ps->p; c++)
        if (*c != '\r' && *c != '\n' && *c != '\0')
            buf_add_char(raw, *c);
}

/* Whether the quoted string that begins here ends. Asked once in vain at most: the whole stays linear. */
static bool quote_ends(struct parser *ps)
{
    for (const char *c = ps->p + 1; !ps->no_quote_end && c < ps->end; c++) {
        if (*c == '"')
            return true;
        c += *c == '\\';
    }
    ps->no_quote_end = true;
    return false;
}

static void read_angle(struct parser *ps)
{
    struct element *e = &ps->e;
    buf_clear(&e->angle);
    e->has_angle = true;
    for (ps->p++; ps->p < ps->end && *ps->p != '>';) {
        char c = *ps->p;
        if (c == '"' && quote_ends(ps)) {
            CLEANUP(buf_done) struct buf content = {0};
            read_quoted(ps, &content, &e->angle);
        } else if (c == '(') {
            read_comment(ps);
            e->has_comment = e->comment_follows = false;
        } else if (c == ',' && !(e->angle.n && e->angle.p[0] == '@')) {
            return; /* the bracket was never closed */
        } else {
            if (c == ':' && e->angle.n && e->angle.p[0] == '@')
                buf_clear(&e->angle); /* a source route: RFC 5322 section 4.4 */
            else if (!is_space(c) && c != '<')
                buf_add_char(&e->angle, c);
            ps->p++;
        }
    }
    if (ps->p < ps->end)
        ps->p++;
}

/* White space in front of a word: kept in a name, dropped beside @ and . in an address. */
static void word_begins(struct parser *ps, bool spaced, char first)
{
    struct element *e = &ps->e;
    char before = e->spec.n ? e->spec.p[e->spec.n - 1] : '\0';
    bool glued = !spaced || !e->has_word || before == '@' || before == '.' || first == '@' || first == '.';
    if (spaced && e->has_word)
        buf_add_char(e->atoms.n ? &e->atoms : &e->name, ' ');
    if (!glued) {
        buf_add_char(&e->spec, ' ');
        buf_clear(&e->last);
        e->space_before_last = true;
    }
    e->has_word = true;
    e->comment_follows = false;
}

static void read_atom(struct parser *ps)
{
    struct element *e = &ps->e;
    const char *begin = ps->p;
    while (ps->p < ps->end && !is_space(*ps->p) && !strchr("\",;:<()", *ps->p)) {
        /* Commas, colons and parentheses in an encoded word are its text, against RFC 2047 section 5 (3) as it is. */
        size_t encoded = *ps->p == '=' ? words_encoded_length(ps->p, ps->end) : 0;
        if (encoded) {
            ps->p += encoded;
            continue;
        }
        /* A domain literal may have colons: [IPv6:2001:db8::1] */
        if (*ps->p == '[' && (ps->p > begin ? ps->p[-1] == '@' : e->spec.n && e->spec.p[e->spec.n - 1] == '@')) {
            size_t left = (size_t)(ps->end - ps->p);
            const char *close = memchr(ps->p, ']', left < DOMAIN_LITERAL_MAX ? left : DOMAIN_LITERAL_MAX);
            if (close)
                ps->p = close;
        }
        ps->p++;
    }
    if (ps->p == begin)
        ps->p++; /* a stray ')' */
    buf_add(&e->atoms, begin, (size_t)(ps->p - begin));
    buf_add(&e->spec, begin, (size_t)(ps->p - begin));
    buf_add(&e->last, begin, (size_t)(ps->p - begin));
}

static void read_word(struct parser *ps, bool spaced)
{
    struct element *e = &ps->e;
    word_begins(ps, spaced, *ps->p);
    if (*ps->p != '"') {
        read_atom(ps);
        return;
    }
    flush_atoms(e);
    size_t from = e->spec.n;
    CLEANUP(buf_done) struct buf content = {0};
    read_quoted(ps, &content, &e->spec);
    /* RFC 2047 section 5 allows no encoded word here; but so many programs quote what they have encoded, and so many
     * others decode it, that names would be unreadable otherwise: the best effort that RFC 8621 section 4.1.2.3 asks
     * for. */
    words_decode(buf_bytes(&content), &e->name);
    buf_add(&e->last, e->spec.p + from, e->spec.n - from);
}

void addresses_parse(struct fct_bytes raw, struct mime_addresses *out)
{
    struct parser ps = {.p = raw.p, .end = raw.p + raw.n, .out = out, .group = -1};
    bool spaced = false;
    while (ps.p < ps.end) {
        char c = *ps.p;
        if (is_space(c)) {
            spaced = true;
            ps.p++;
            continue;
        }
        if (c == '(') {
            read_comment(&ps);
            spaced = true;
            continue;
        }
        if (c == ',' || c == ';') {
            finish_element(&ps);
            if (c == ';')
                ps.group = -1;
            ps.p++;
        } else if (c == ':') {
            begin_group(&ps);
            ps.p++;
        } else if (c == '<') {
            read_angle(&ps);
        } else if (c == '>' || (c == '"' && !quote_ends(&ps))) {
            ps.p++; /* one too many, or one that is never closed */
        } else {
            if (ps.e.has_angle)
                finish_element(&ps); /* "<a@b> c@d": the comma is missing */
            read_word(&ps, spaced);
        }
        spaced = false;
    }
    finish_element(&ps);
    element_done(&ps.e);
}

void addresses_done(struct mime_addresses *a)
{
    for (size_t i = 0; i < a->n; i++) {
        free(a->v[i].name);
        free(a->v[i].email);
    }
    for (size_t i = 0; i < a->n_groups; i++)
        free(a->groups[i].name);
    free(a->v);
    free(a->groups);
    *a = (struct mime_addresses){0};
}

static json_t *address_json(const struct mime_address *a)
{
    json_t *o = json_object();
    json_object_set_new(o, "name", a->name ? json_text(bytes_str(a->name)) : json_null());
    json_object_set_new(o, "email", json_text(bytes_str(a->email)));
    return o;
}

json_t *addresses_json(const struct mime_addresses *a)
{
    json_t *list = json_array();
    for (size_t i = 0; i < a->n; i++)
        json_array_append_new(list, address_json(&a->v[i]));
    return list;
}

static json_t *group_json(json_t *groups, json_t *name)
{
    json_t *o = json_object(), *list = json_array();
    json_object_set_new(o, "name", name);
    json_object_set_new(o, "addresses", list);
    json_array_append_new(groups, o);
    return list;
}

json_t *addresses_groups_json(const struct mime_addresses *a)
{
    json_t *groups = json_array(), *list = NULL;
    size_t next = 0;
    int current = -1;
    for (size_t i = 0; i <= a->n; i++) {
        /* Groups that begin here, an empty one among them ("undisclosed-recipients:;"). */
        for (; next < a->n_groups && a->groups[next].first == i; next++) {
            list = group_json(groups, json_text(bytes_str(a->groups[next].name)));
            current = (int)next;
        }
        if (i == a->n)
            break;
        if (!list || a->v[i].group != current) {
            list = group_json(groups, json_null());
            current = a->v[i].group;
        }
        json_array_append_new(list, address_json(&a->v[i]));
    }
    return groups;
}

void addresses_json_text(const struct mime_addresses *a, struct buf *out)
{
    buf_add_char(out, '[');
    for (size_t i = 0; i < a->n; i++) {
        buf_add_str(out, i ? ",{\"name\":" : "{\"name\":");
        if (a->v[i].name)
            json_add_quoted(out, bytes_str(a->v[i].name));
        else
            buf_add_str(out, "null");
        buf_add_str(out, ",\"email\":");
        json_add_quoted(out, bytes_str(a->v[i].email));
        buf_add_char(out, '}');
    }
    buf_add_char(out, ']');
}
