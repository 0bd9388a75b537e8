/* Whom an answer goes to. */
#include "mime/answer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "mime/compose_words.h"
#include "mime/limits.h"
#include "mime/utf8.h"

#include <ctype.h>
#include <strings.h>

struct who {
    struct mime_message *m;
    const struct answer_options *o;
    char *list;   /* List-Post's address; NULL: none */
    json_t *seen; /* whom the draft goes to already: a set of addresses in lower case */
};

/* ---- lists of addresses ---- */

static const char *email_of(const json_t *address)
{
    return json_string_value(json_object_get(address, "email"));
}

/* Whatever Email/set would refuse is left out: a draft must be one. */
static bool is_usable(const char *email)
{
    return email && *email && !has_control(email) && !strpbrk(email, "<>") && strlen(email) <= 900;
}

static bool is_own(const struct who *w, const char *email)
{
    if (w->o->from && strcasecmp(w->o->from->email, email) == 0)
        return true;
    for (size_t i = 0; i < w->o->n_own; i++)
        if (strcasecmp(w->o->own[i].email, email) == 0)
            return true;
    return false;
}

static bool is_list(const struct who *w, const char *email)
{
    return w->list && strcasecmp(w->list, email) == 0;
}

/* The addresses of one field, usable ones; a new reference, empty where there is none. */
json_t *answer_addresses(struct mime_message *m, const char *name)
{
    CLEANUP(buf_done) struct buf property = {0};
    json_t *all = NULL, *out = json_array();
    buf_addf(&property, "%s:asAddresses", name);
    if (mime_header_property(m, buf_str(&property), &all, NULL) < 0)
        return out;
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_t *address = json_array_get(all, i);
        if (is_usable(email_of(address)))
            json_array_append(out, address);
    }
    json_decref(all);
    return out;
}

static json_t *field(const struct who *w, const char *name)
{
    return answer_addresses(w->m, name);
}

enum leave_out { NOBODY, OWN = 1, THE_LIST = 2 };

static bool is_left_out(const struct who *w, const char *email, unsigned leave_out)
{
    return ((leave_out & OWN) && is_own(w, email)) || ((leave_out & THE_LIST) && is_list(w, email));
}

/* Those of a list that are not left out; a new reference. Steals `list`. */
static json_t *without(const struct who *w, json_t *list, unsigned leave_out)
{
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!is_left_out(w, email_of(json_array_get(list, i)), leave_out))
            json_array_append(out, json_array_get(list, i));
    json_decref(list);
    return out;
}

static char *in_lower_case(const char *s)
{
    char *out = xstrdup(s);
    for (char *c = out; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return out;
}

/* Adds those whom the draft does not go to yet. Steals `from`. */
static void add(const struct who *w, json_t *to, json_t *from, unsigned leave_out)
{
    json_t *rest = without(w, from, leave_out);
    for (size_t i = 0; i < json_array_size(rest); i++) {
        json_t *address = json_array_get(rest, i);
        CLEANUP(freep) char *key = in_lower_case(email_of(address));
        if (json_object_get(w->seen, key))
            continue;
        json_object_set_new(w->seen, key, json_true());
        json_array_append(to, address);
    }
    json_decref(rest);
}

/* ---- the list ---- */

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* "mailto:list@example.org?subject=post" (RFC 6068): its address; NULL when it is none. */
static char *address_of_url(const char *url)
{
    CLEANUP(buf_done) struct buf out = {0};
    if (strncasecmp(url, "mailto:", 7) != 0)
        return NULL;
    for (const char *p = url + 7; *p && *p != '?' && *p != ','; p++) {
        bool is_escape = *p == '%' && hex(p[1]) >= 0 && hex(p[2]) >= 0;
        buf_add_char(&out, is_escape ? (char)(hex(p[1]) * 16 + hex(p[2])) : *p);
        p += is_escape ? 2 : 0;
    }
    bool ok = is_usable(buf_str(&out)) && strlen(buf_str(&out)) == out.n && strchr(buf_str(&out), '@') &&
              utf8_is_valid(buf_bytes(&out));
    return ok ? buf_steal(&out) : NULL;
}

static char *list_of(struct mime_message *m)
{
    json_t *urls = NULL;
    char *address = NULL;
    if (mime_header_property(m, "List-Post:asURLs", &urls, NULL) < 0)
        return NULL;
    for (size_t i = 0; i < json_array_size(urls) && !address; i++)
        address = address_of_url(json_string_value(json_array_get(urls, i)));
    json_decref(urls);
    return address;
}

/* ---- replies ---- */

static bool all_own(const struct who *w, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!is_own(w, email_of(json_array_get(list, i))))
            return false;
    return json_array_size(list) > 0;
}

/* Whom the authors want answers to go to. Lists put themselves into Reply-To, and some into From: an answer to the
 * author alone must not go to all of them. A new reference. */
static json_t *authors(const struct who *w)
{
    static const char *const fields[] = {"Mail-Reply-To", "Reply-To", "From"};
    for (unsigned leave_out = THE_LIST, round = 0; round < 2; round++, leave_out = NOBODY)
        for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
            json_t *out = without(w, field(w, fields[i]), leave_out);
            if (json_array_size(out))
                return out;
            json_decref(out);
        }
    return json_array();
}

/* One's own message, answered: those it went to are meant. */
static bool to_first_recipients(const struct who *w, json_t *to, json_t *cc)
{
    json_t *whom = authors(w);
    bool own = all_own(w, whom);
    json_decref(whom);
    if (!own)
        return false;
    add(w, to, field(w, "To"), OWN);
    if (w->o->kind == ANSWER_ALL)
        add(w, cc, field(w, "Cc"), OWN);
    return json_array_size(to) || json_array_size(cc);
}

static void to_all(const struct who *w, json_t *to, json_t *cc)
{
    add(w, to, field(w, "Mail-Followup-To"), OWN);
    if (json_array_size(to))
        return;
    add(w, to, authors(w), OWN);
    static const char *const fields[] = {"Reply-To", "To", "Cc"};
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        add(w, cc, field(w, fields[i]), OWN);
}

static int fill(const struct who *w, json_t *to, json_t *cc, struct fct_error *err)
{
    if (w->o->kind == ANSWER_LIST) {
        if (!w->list)
            return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER,
                            "the message names no list that takes mail (List-Post)");
        json_array_append_new(to, json_pack("{s:n, s:s}", "name", "email", w->list));
        return 0;
    }
    if (!to_first_recipients(w, to, cc)) {
        if (w->o->kind == ANSWER_ALL)
            to_all(w, to, cc);
        else
            add(w, to, authors(w), NOBODY);
    }
    if (!json_array_size(to)) { /* nobody is left but those who get a copy, or oneself */
        json_array_extend(to, cc);
        json_array_clear(cc);
        if (!json_array_size(to))
            add(w, to, authors(w), NOBODY);
    }
    return 0;
}

int answer_recipients(struct mime_message *m, const struct answer_options *o, json_t *out, struct fct_error *err)
{
    CLEANUP(freep) char *list = list_of(m);
    CLEANUP(json_decrefp) json_t *seen = json_object();
    const struct who w = {m, o, list, seen};
    json_t *to = json_array(), *cc = json_array();
    bool is_reply = o->kind <= ANSWER_LIST;
    int result = is_reply ? fill(&w, to, cc, err) : 0;
    if (result == 0) {
        json_object_set(out, "to", to);
        json_object_set(out, "cc", cc);
    }
    json_decref(to);
    json_decref(cc);
    return result;
}
