#include "jmap.h"

#include "api_bridge.h"

#include <stdio.h>
#include <string.h>

#define NO_METHOD "!" /* no method is called so, and none will be */
#define OURS "urn:facteur:core"
#define MAIL "urn:ietf:params:jmap:mail"
#define SESSION_CALL "Session/get"
#define CREATED_CALL "Core/createdIds"

static void decrefp(json_t **v)
{
    json_decref(*v);
}

/* ---- problems ---- */

void jmap_problem_set(struct jmap_problem *p, int status, const char *type, const char *limit, const char *fmt, ...)
{
    va_list ap;
    *p = (struct jmap_problem){.status = status, .type = type, .limit = limit};
    va_start(ap, fmt);
    vsnprintf(p->detail, sizeof(p->detail), fmt, ap);
    va_end(ap);
}

/* json_pack would fail for a detail that quotes bytes which are no UTF-8. */
static json_t *text_json(const char *text)
{
    json_t *v = json_string(text);
    return v ? v : json_string("(unreadable)");
}

void jmap_problem_write(const struct jmap_problem *p, const char *request_id, struct buf *out)
{
    CLEANUP(decrefp) json_t *o = json_object();
    if (request_id) {
        json_object_set_new(o, "@type", json_string("RequestError"));
        json_object_set_new(o, "requestId", json_loads(request_id, JSON_DECODE_ANY, NULL));
    }
    CLEANUP(freep)
    char *type = strchr(p->type, ':') ? xstrdup(p->type) : xasprintf("urn:ietf:params:jmap:error:%s", p->type);
    json_object_set_new(o, "type", json_string(type));
    json_object_set_new(o, "status", json_integer(p->status));
    if (p->limit)
        json_object_set_new(o, "limit", json_string(p->limit));
    json_object_set_new(o, "detail", text_json(p->detail));
    CLEANUP(freep) char *text = json_dumps(o, JSON_COMPACT);
    buf_add_str(out, text);
}

/* ---- text ---- */

/* Before anything is made of it, as a value takes up to 80 times the room of its text ("{},"): the deepest nesting of
 * brackets, and at least as many values as there are, names in objects left out. Strings are skipped. */
static void measure(const char *p, size_t n, size_t *out_depth, size_t *out_values)
{
    size_t depth = 0, deepest = 0, values = 1;
    bool in_string = false;
    for (const char *end = p + n; p < end; p++) {
        if (in_string) {
            if (*p == '\\' && p + 1 < end)
                p++;
            else if (*p == '"')
                in_string = false;
        } else if (*p == '"') {
            in_string = true;
        } else if (*p == ',') {
            values++;
        } else if (*p == '{' || *p == '[') {
            values++;
            if (++depth > deepest)
                deepest = depth;
        } else if ((*p == '}' || *p == ']') && depth > 0) {
            depth--;
        }
    }
    *out_depth = deepest;
    *out_values = values;
}

json_t *jmap_parse(const char *text, size_t n, size_t max_depth, size_t max_values, struct jmap_problem *out_problem)
{
    json_error_t error;
    size_t depth, values;
    measure(text, n, &depth, &values);
    if (depth > max_depth) {
        jmap_problem_set(out_problem, 400, "limit", "maxDepthRequest", "brackets are nested deeper than %zu",
                         max_depth);
        return NULL;
    }
    if (values > max_values) {
        jmap_problem_set(out_problem, 400, "limit", "maxValuesInRequest", "there are more than %zu values", max_values);
        return NULL;
    }
    json_t *v = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!v)
        jmap_problem_set(out_problem, 400, "notJSON", NULL, "the request is no I-JSON: %s, at byte %d", error.text,
                         error.position);
    return v;
}

/* Behind a string; `p` stands behind its first quote. */
static const char *skip_string(const char *p, const char *end)
{
    for (; p < end && *p != '"'; p++)
        if (*p == '\\')
            p++;
    return p < end ? p + 1 : end;
}

static const char *skip_value(const char *p, const char *end)
{
    size_t depth = 0;
    while (p < end) {
        char c = *p;
        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            return p;
        p++;
        if (c == '"')
            p = skip_string(p, end);
        else if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
    }
    return p;
}

/* What facteurd writes: compact, and JSON. */
struct facteur_text jmap_member(struct facteur_text object, const char *name)
{
    const char *p = object.p, *end = object.p + object.n;
    size_t name_n = strlen(name);
    if (object.n < 2 || *p++ != '{')
        return (struct facteur_text){0};
    while (p < end && *p == '"') {
        const char *begin = p + 1;
        p = skip_string(begin, end);
        bool is_it = (size_t)(p - begin) == name_n + 1 && memcmp(begin, name, name_n) == 0;
        if (p >= end || *p++ != ':')
            break;
        const char *value = p;
        p = skip_value(p, end);
        if (is_it)
            return (struct facteur_text){value, (size_t)(p - value)};
        if (p < end && *p == ',')
            p++;
    }
    return (struct facteur_text){0};
}

/* ---- requests ---- */

struct jmap_call {
    const struct bridge_method *method; /* NULL: there is none that may be called */
    json_t *name, *id;                  /* borrowed */
    const char *wrong;                  /* with its arguments; NULL: nothing. It goes over as NO_METHOD then, too */
    bool is_unknown_type;               /* that is what is wrong */
};

struct jmap_request {
    json_t *object;
    bool is_websocket;
    bool knows_ours; /* its `using` names our capability */
    struct jmap_call *calls;
    size_t n;
    bool wants_created;
    char *batch;
    size_t batch_n;
    char *id;
};

void jmap_request_free(struct jmap_request *r)
{
    if (!r)
        return;
    json_decref(r->object);
    free(r->calls);
    free_wiped(r->batch, r->batch_n);
    free(r->id);
    free(r);
}

static const struct bridge_method *find_method(const char *name)
{
    size_t low = 0, high = bridge_n_methods;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(name, bridge_methods[mid].name);
        if (order == 0)
            return &bridge_methods[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

static bool is_served(const char *capability)
{
    if (strcmp(capability, JMAP_WEBSOCKET) == 0)
        return true;
    for (size_t i = 0; i < bridge_n_capabilities; i++)
        if (strcmp(capability, bridge_capabilities[i]) == 0)
            return true;
    return false;
}

static bool names_capability(const json_t *names, const char *capability)
{
    size_t i;
    json_t *name;
    json_array_foreach((json_t *)names, i, name) if (strcmp(json_string_value(name), capability) == 0) return true;
    return false;
}

static bool is_list_of_strings(const json_t *v)
{
    size_t i;
    json_t *item;
    if (!json_is_array(v))
        return false;
    json_array_foreach((json_t *)v, i, item) if (!json_is_string(item)) return false;
    return true;
}

/* RFC 8620 section 1.2. */
static bool is_id(const char *s, size_t n)
{
    return n > 0 && n < 256 && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == n;
}

static bool is_map_of_ids(const json_t *v)
{
    const char *name;
    json_t *id;
    if (!json_is_object(v))
        return false;
    json_object_foreach((json_t *)v, name, id) if (!is_id(name, strlen(name)) || !json_is_string(id) ||
                                                   !is_id(json_string_value(id), json_string_length(id))) return false;
    return true;
}

static bool is_invocation(const json_t *v)
{
    return json_array_size(v) == 3 && json_is_string(json_array_get(v, 0)) && json_is_object(json_array_get(v, 1)) &&
           json_is_string(json_array_get(v, 2));
}

static bool is_request(const json_t *o, bool is_websocket, struct jmap_problem *p)
{
    const json_t *using = json_object_get(o, "using"), *calls = json_object_get(o, "methodCalls"),
                 *created = json_object_get(o, "createdIds"), *id = json_object_get(o, "id");
    const char *wrong = !json_is_object(o)                          ? "it is no object"
                        : !is_list_of_strings(using)                ? "using must be a list of strings"
                        : !json_is_array(calls)                     ? "methodCalls must be a list"
                        : created && !is_map_of_ids(created)        ? "createdIds must be a map of ids"
                        : is_websocket && id && !json_is_string(id) ? "id must be a string"
                                                                    : NULL;
    size_t i;
    json_t *call;
    if (!wrong)
        json_array_foreach((json_t *)calls, i, call) if (!is_invocation(call)) wrong =
            "each of methodCalls must be [name, arguments, id]";
    if (wrong)
        jmap_problem_set(p, 400, "notRequest", NULL, "this is no Request: %s", wrong);
    return !wrong;
}

static bool is_supported(const json_t *using, struct jmap_problem *p)
{
    size_t i;
    json_t *name;
    json_array_foreach((json_t *)using, i, name)
    {
        if (is_served(json_string_value(name)))
            continue;
        jmap_problem_set(p, 400, "unknownCapability", NULL, "the server does not support %.120s",
                         json_string_value(name));
        return false;
    }
    return true;
}

static bool is_within(const json_t *calls, const struct jmap_limits *limits, struct jmap_problem *p)
{
    if (json_array_size(calls) <= limits->max_calls)
        return true;
    jmap_problem_set(p, 400, "limit", "maxCallsInRequest", "there are more than %zu method calls", limits->max_calls);
    return false;
}

/* That an account may be left out, or be all of them, is ours (docs/decisions/0029): a client of RFC 8620 alone, for
 * which it is a mistake, is told of it. */
static const char *wrong_account(const struct bridge_method *m, const json_t *arguments, bool knows_ours)
{
    const json_t *account = json_object_get(arguments, "accountId");
    if (!m || !m->has_account || knows_ours)
        return NULL;
    if (!account && !json_object_get(arguments, "#accountId"))
        return "accountId is missing";
    return json_is_string(account) && strcmp(json_string_value(account), "*") == 0 ? "accountId is no id" : NULL;
}

/* RFC 9404 section 4.3: "the capability that defines each type must also be used by the overall JMAP request". All that
 * can be looked up is of mail. */
static bool is_of_unknown_type(const struct bridge_method *m, const json_t *arguments, const json_t *using)
{
    return m && strcmp(m->name, "Blob/lookup") == 0 && json_array_size(json_object_get(arguments, "typeNames")) > 0 &&
           !names_capability(using, MAIL);
}

static void take_calls(struct jmap_request *r)
{
    const json_t *using = json_object_get(r->object, "using"), *calls = json_object_get(r->object, "methodCalls");
    r->knows_ours = names_capability(using, OURS);
    r->n = json_array_size(calls);
    r->calls = xcalloc(r->n, sizeof(*r->calls));
    for (size_t i = 0; i < r->n; i++) {
        json_t *call = json_array_get(calls, i);
        const struct bridge_method *m = find_method(json_string_value(json_array_get(call, 0)));
        if (m && (m->is_of_socket || !names_capability(using, m->capability)))
            m = NULL;
        struct jmap_call *c = &r->calls[i];
        *c = (struct jmap_call){m, json_array_get(call, 0), json_array_get(call, 2),
                                wrong_account(m, json_array_get(call, 1), r->knows_ours), false};
        if (!c->wrong && is_of_unknown_type(m, json_array_get(call, 1), using)) {
            c->wrong = "using does not name the capability of these types";
            c->is_unknown_type = true;
        }
    }
}

struct jmap_request *jmap_request_from(json_t *object, bool is_websocket, const struct jmap_limits *limits,
                                       struct jmap_problem *out_problem)
{
    const json_t *id = json_object_get(object, "id");
    struct jmap_request *r = XNEW(struct jmap_request);
    r->object = object;
    r->is_websocket = is_websocket;
    if (is_websocket && json_is_string(id))
        r->id = json_dumps(id, JSON_ENCODE_ANY);
    if (!is_request(object, is_websocket, out_problem) ||
        !is_supported(json_object_get(object, "using"), out_problem) ||
        !is_within(json_object_get(object, "methodCalls"), limits, out_problem)) {
        jmap_request_free(r);
        return NULL;
    }
    r->wants_created = json_object_get(object, "createdIds") != NULL;
    take_calls(r);
    return r;
}

struct jmap_request *jmap_request_parse(const char *text, size_t n, bool is_websocket, const struct jmap_limits *limits,
                                        struct jmap_problem *out_problem)
{
    json_t *object = jmap_parse(text, n, limits->max_depth, limits->max_values, out_problem);
    return object ? jmap_request_from(object, is_websocket, limits, out_problem) : NULL;
}

static json_t *call_json(const char *method, json_t *params, json_t *id)
{
    return json_pack("{s:s, s:s, s:O*, s:O}", "jsonrpc", "2.0", "method", method, "params", params, "id", id);
}

/* RFC 8620 section 1.8: who has not opted in sees nothing of an extension. All properties are those that the RFCs have
 * then, for who does not say which. A reference. */
static json_t *params_of(const struct jmap_request *r, const struct jmap_call *c, json_t *arguments)
{
    const json_t *wanted = json_object_get(arguments, "properties");
    if (r->knows_ours || !c->method || !c->method->rfc_properties || json_object_get(arguments, "#properties") ||
        (wanted && !json_is_null(wanted)))
        return json_incref(arguments);
    json_t *more = json_copy(arguments);
    json_object_set_new(more, "properties", json_loads(c->method->rfc_properties, 0, NULL));
    return more;
}

struct facteur_text jmap_request_batch(struct jmap_request *r)
{
    if (r->batch)
        return (struct facteur_text){r->batch, r->batch_n};
    CLEANUP(decrefp) json_t *batch = json_array();
    CLEANUP(decrefp) json_t *none = json_null();
    const json_t *calls = json_object_get(r->object, "methodCalls");
    if (r->wants_created) {
        CLEANUP(decrefp) json_t *known = json_pack("{s:O}", "createdIds", json_object_get(r->object, "createdIds"));
        json_array_append_new(batch, call_json(CREATED_CALL, known, none));
    }
    for (size_t i = 0; i < r->n; i++) {
        const struct jmap_call *c = &r->calls[i];
        CLEANUP(decrefp) json_t *params = params_of(r, c, json_array_get(json_array_get(calls, i), 1));
        json_array_append_new(batch, call_json(c->method && !c->wrong ? c->method->name : NO_METHOD, params, c->id));
    }
    if (r->wants_created)
        json_array_append_new(batch, call_json(CREATED_CALL, NULL, none));
    json_array_append_new(batch, call_json(SESSION_CALL, NULL, none));
    r->batch = json_dumps(batch, JSON_COMPACT);
    r->batch_n = r->batch ? strlen(r->batch) : 0;
    return (struct facteur_text){r->batch, r->batch_n};
}

const char *jmap_request_id(const struct jmap_request *r)
{
    return r->id;
}

/* ---- responses ---- */

static void add_json(struct buf *out, const json_t *v)
{
    CLEANUP(freep) char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
    buf_add_str(out, text ? text : "null");
}

static void add_response(struct buf *out, const char *name, const char *arguments, size_t n, const json_t *id)
{
    if (out->p[out->n - 1] != '[')
        buf_add_char(out, ',');
    buf_addf(out, "[\"%s\",", name); /* of the table: nothing in it needs a backslash */
    buf_add(out, arguments, n);
    buf_add_char(out, ',');
    add_json(out, id);
    buf_add_char(out, ']');
}

static const char *type_of_code(json_int_t code)
{
    return code == -32601 ? "unknownMethod" : code == -32602 ? "invalidArguments" : "serverFail";
}

/* RFC 8620 section 3.6.2: the type, and what else there is to know. */
static void add_error(struct buf *out, struct facteur_text text, const json_t *id)
{
    CLEANUP(decrefp) json_t *error = json_loadb(text.p, text.n, 0, NULL);
    const json_t *data = json_object_get(error, "data");
    CLEANUP(decrefp) json_t *arguments = json_is_object(data) ? json_copy((json_t *)data) : json_object();
    if (!json_is_string(json_object_get(arguments, "type")))
        json_object_set_new(arguments, "type",
                            json_string(type_of_code(json_integer_value(json_object_get(error, "code")))));
    if (!json_object_get(arguments, "description"))
        json_object_set(arguments, "description", json_object_get(error, "message"));
    CLEANUP(freep) char *written = json_dumps(arguments, JSON_COMPACT);
    add_response(out, "error", written, strlen(written), id);
}

/* "implicit" becomes responses of their own, behind the one that they are of, with its id (RFC 8620 section 5.4). */
static void add_unfolded(struct buf *out, const char *name, struct facteur_text text, const json_t *id)
{
    CLEANUP(decrefp) json_t *result = json_loadb(text.p, text.n, JSON_ALLOW_NUL, NULL);
    CLEANUP(decrefp) json_t *implicit = json_incref(json_object_get(result, "implicit"));
    size_t i;
    json_t *one;
    json_object_del(result, "implicit");
    CLEANUP(freep) char *written = json_dumps(result, JSON_COMPACT);
    add_response(out, name, written, strlen(written), id);
    json_array_foreach(implicit, i, one)
    {
        const struct bridge_method *m = find_method(json_string_value(json_array_get(one, 0)));
        CLEANUP(freep) char *arguments = json_dumps(json_array_get(one, 1), JSON_COMPACT);
        if (arguments)
            add_response(out, m ? m->name : "error", arguments, strlen(arguments), id);
    }
}

static void add_wrong(struct buf *out, const struct jmap_call *call)
{
    CLEANUP(freep)
    char *text = xasprintf("{\"type\":\"%s\",\"description\":\"%s\"%s}",
                           call->is_unknown_type ? "unknownDataType" : "invalidArguments", call->wrong,
                           call->is_unknown_type ? "" : ",\"arguments\":[\"accountId\"]");
    add_response(out, "error", text, strlen(text), call->id);
}

/* The result of a /set without what only we have of the objects. Freed by the caller. */
static char *without_ours(const struct bridge_method *m, struct facteur_text text)
{
    static const char *const members[] = {"created", "updated"};
    CLEANUP(decrefp) json_t *result = json_loadb(text.p, text.n, 0, NULL);
    for (size_t i = 0; i < N_OF(members); i++) {
        const char *id;
        json_t *object;
        json_object_foreach(json_object_get(result, members[i]), id, object)
        {
            for (const char *const *name = m->ours; *name; name++)
                json_object_del(object, *name);
        }
    }
    return json_dumps(result, JSON_COMPACT);
}

static void add_result(struct buf *out, const struct jmap_call *call, struct facteur_text result)
{
    if (call->method->has_implicit && jmap_member(result, "implicit").p)
        add_unfolded(out, call->method->name, result, call->id);
    else
        add_response(out, call->method->name, result.p, result.n, call->id);
}

static void add_answer(struct buf *out, const struct jmap_request *r, const struct jmap_call *call,
                       const struct facteur_answer *answer)
{
    if (call->wrong) {
        add_wrong(out, call);
    } else if (!answer->result.p) {
        add_error(out, answer->error, call->id);
    } else if (call->method->ours && !r->knows_ours) {
        CLEANUP(freep) char *text = without_ours(call->method, answer->result);
        add_result(out, call, text ? (struct facteur_text){text, strlen(text)} : answer->result);
    } else {
        add_result(out, call, answer->result);
    }
}

/* An error of the batch as a whole. */
static int fail_whole(const struct facteur_reply *reply, struct jmap_problem *p)
{
    CLEANUP(decrefp)
    json_t *error = reply->n == 1 && reply->answers[0].error.p
                        ? json_loadb(reply->answers[0].error.p, reply->answers[0].error.n, 0, NULL)
                        : NULL;
    const json_t *data = json_object_get(error, "data");
    const char *limit = json_string_value(json_object_get(data, "limit"));
    static const char *const known[] = {"maxSizeRequest", "maxCallsInRequest", "maxDepthRequest", "maxValuesInRequest",
                                        "maxSizeUnfinished"};
    for (size_t i = 0; limit && i < N_OF(known); i++)
        if (strcmp(limit, known[i]) == 0) {
            jmap_problem_set(p, 400, "limit", known[i], "%s", json_string_value(json_object_get(data, "description")));
            return -1;
        }
    jmap_problem_set(p, 500, "about:blank", NULL, "facteurd answered what could not be understood");
    return -1;
}

int jmap_response_write(const struct jmap_request *r, const struct facteur_reply *reply, struct buf *out,
                        struct jmap_problem *out_problem)
{
    size_t before = r->wants_created ? 1 : 0, behind = before;
    if (!reply->is_batch || reply->n != before + r->n + behind + 1)
        return fail_whole(reply, out_problem);
    const struct facteur_answer *answers = reply->answers + before, *session = &reply->answers[reply->n - 1];
    struct facteur_text state = session->result.p ? jmap_member(session->result, "state") : (struct facteur_text){0};
    struct facteur_text created = {0};
    if (r->wants_created && answers[r->n].result.p)
        created = jmap_member(answers[r->n].result, "createdIds");
    buf_reserve(out, reply->text.n + 256);
    buf_add_char(out, '{');
    if (r->is_websocket)
        buf_add_str(out, "\"@type\":\"Response\",");
    if (r->id)
        buf_addf(out, "\"requestId\":%s,", r->id);
    buf_add_str(out, "\"methodResponses\":[");
    for (size_t i = 0; i < r->n; i++)
        add_answer(out, r, &r->calls[i], &answers[i]);
    buf_add_char(out, ']');
    if (r->wants_created) {
        buf_add_str(out, ",\"createdIds\":");
        buf_add(out, created.p ? created.p : "{}", created.p ? created.n : 2);
    }
    buf_add_str(out, ",\"sessionState\":");
    buf_add(out, state.p ? state.p : "\"\"", state.p ? state.n : 2);
    buf_add_char(out, '}');
    return 0;
}
