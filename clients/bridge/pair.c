/* Pairing: a device shows the code that 'facteur bridge pair' made, and gets a token of its own (Token/pair), once.
 *
 *   POST /pair  application/json {"code": "K7QF-2MXT-9D4A"}       for programs: 200 {"token": {..., "secret"},
 * "sessionUrl"} GET  /pair?code=...                                           for people: a page with a button POST
 * /pair  application/x-www-form-urlencoded code=...        the button: a page with what is to be typed elsewhere
 *
 * GET never exchanges the code: a link that is looked at beforehand, as messengers do, would use it up. Wrong codes are
 * counted by facteurd, by the address that they come from.
 */
#include "bridge.h"
#include "pair_page.h"
#include "routes.h"

#include <string.h>

#define BODY_MAX ((uint64_t)1 << 10)
#define AT_ONCE 4 /* exchanges under way, of all who are nobody yet */

struct pairing {
    struct buf text;
    struct backend_call *call;
    bool is_form, is_counted;
};

/* ---- what came of it ---- */

static void answer_refused(struct exchange *x, int status, enum pair_refusal why)
{
    struct pairing *p = x->state;
    struct jmap_problem problem;
    if (p->is_form) {
        pair_page_form(x, status, "", why);
        return;
    }
    jmap_problem_set(&problem, status, "about:blank", NULL, "%s", pair_refusal_text(why));
    exchange_answer_problem(x, &problem);
}

static void answer_error(struct exchange *x, const json_t *error)
{
    const json_t *data = json_object_get(error, "data");
    const char *type = json_string_value(json_object_get(data, "type"));
    json_int_t ms = json_integer_value(json_object_get(data, "retryAfterMs"));
    if (type && strcmp(type, "limit") == 0) {
        exchange_headerf(x, "retry-after", "%lld", ms > 0 ? (long long)(ms + 999) / 1000 : 1);
        answer_refused(x, 429, PAIR_LIMIT);
    } else if (type && strcmp(type, "alreadyExists") == 0) {
        answer_refused(x, 409, PAIR_NAME_TAKEN);
    } else if (type && strcmp(type, "forbidden") == 0) {
        answer_refused(x, 403, PAIR_NO_CODE);
    } else {
        exchange_answer_down(x);
    }
}

static void answer_token(struct exchange *x, json_t *token)
{
    const struct pairing *p = x->state;
    if (p->is_form) {
        pair_page_done(x, json_string_value(json_object_get(token, "name")),
                       json_string_value(json_object_get(token, "secret")));
        return;
    }
    struct buf body = {0};
    char *url = xasprintf("%s" ROUTE_WELL_KNOWN, x->base);
    json_t *out = json_pack("{s:O, s:s}", "token", token, "sessionUrl", url);
    char *text = json_dumps(out, JSON_COMPACT);
    buf_add_str(&body, text);
    free_secret(text);
    json_decref(out);
    free(url);
    exchange_answer(x, 200, "application/json", &body);
}

static void answered(void *arg, enum backend_outcome outcome, const struct facteur_reply *reply,
                     struct facteur_conn *conn)
{
    struct exchange *x = arg;
    struct pairing *p = x->state;
    (void)conn;
    p->call = NULL;
    if (outcome == BACKEND_LOST) {
        exchange_answer_lost(x);
        return;
    }
    if (outcome != BACKEND_OK || reply->n != 1) {
        exchange_answer_down(x);
        return;
    }
    const struct facteur_answer *a = &reply->answers[0];
    struct facteur_text text = a->result.p ? a->result : a->error;
    json_t *value = json_loadb(text.p, text.n, 0, NULL), *token = json_object_get(value, "token");
    if (a->result.p && token)
        answer_token(x, token);
    else
        answer_error(x, value);
    json_decref(value);
}

/* ---- asked ---- */

static bool has_type(const struct exchange *x, const char *type)
{
    const char *given = http_header(&x->head, "content-type");
    size_t n = given ? strcspn(given, "; \t") : 0;
    return n == strlen(type) && strncasecmp(given, type, n) == 0;
}

/* Freed by the caller; NULL: there is none. */
static char *code_of(struct pairing *p)
{
    if (p->is_form) {
        struct http_head form = {.query = (char *)buf_str(&p->text)};
        return http_query(&form, "code");
    }
    json_t *object = json_loadb(p->text.p ? p->text.p : "", p->text.n, 0, NULL);
    const char *code = json_string_value(json_object_get(object, "code"));
    char *out = code ? xstrdup(code) : NULL;
    json_decref(object);
    return out;
}

static char *call_text(const char *code, const char *peer)
{
    json_t *call = json_pack("{s:s, s:i, s:s, s:{s:s, s:s}}", "jsonrpc", "2.0", "id", 1, "method", "Token/pair",
                             "params", "code", code, "remote", peer);
    char *text = call ? json_dumps(call, JSON_COMPACT) : NULL;
    json_decref(call);
    return text;
}

/* When all of it is here: who sends slowly holds no place. */
static void exchange_code(struct exchange *x, const char *text)
{
    struct pairing *p = x->state;
    unsigned *active = login_active(x->login);
    if (*active >= AT_ONCE) {
        exchange_header(x, "retry-after", "1");
        answer_refused(x, 429, PAIR_BUSY);
        return;
    }
    p->is_counted = true;
    ++*active;
    p->call = login_send(x->login, (struct facteur_text){text, strlen(text)}, answered, x);
    if (!p->call)
        exchange_answer_down(x);
}

static void end(struct exchange *x)
{
    struct pairing *p = x->state;
    if (x->head.method != HTTP_POST) {
        char *code = http_query(&x->head, "code");
        pair_page_form(x, 200, code ? code : "", PAIR_NOT_REFUSED);
        free(code);
        return;
    }
    char *code = code_of(p), *text = code ? call_text(code, x->peer) : NULL;
    if (!text)
        answer_refused(x, 400, PAIR_MISSING);
    else
        exchange_code(x, text);
    free_secret(code);
    free_secret(text);
}

static void body(struct exchange *x, const char *p, size_t n)
{
    struct pairing *pairing = x->state;
    buf_add(&pairing->text, p, n);
}

static void begin(struct exchange *x)
{
    struct pairing *p = x->state = XNEW(struct pairing);
    if (x->head.method != HTTP_POST)
        return;
    p->is_form = has_type(x, "application/x-www-form-urlencoded");
    x->login = login_guest(x->bridge->backend);
    if (!p->is_form && !has_type(x, "application/json"))
        exchange_answer_text(x, 415, "the content type must be application/json");
}

static void gone(struct exchange *x)
{
    struct pairing *p = x->state;
    if (!p)
        return;
    if (p->is_counted)
        --*login_active(x->login);
    backend_call_cancel(p->call);
    free_wiped(p->text.p, p->text.cap);
    free(p);
}

const struct route route_pair = {.path = ROUTE_PAIR,
                                 .methods = 1u << HTTP_GET | 1u << HTTP_HEAD | 1u << HTTP_POST,
                                 .is_public = true,
                                 .max_body = BODY_MAX,
                                 .begin = begin,
                                 .body = body,
                                 .end = end,
                                 .gone = gone};
