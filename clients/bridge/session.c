/* The session object (RFC 8620 section 2): facteurd's, with the URLs under which the client reached us. */
#include "bridge.h"
#include "routes.h"

#include <string.h>

#define OURS "urn:facteur:core"

struct asking {
    struct backend_call *call;
};

/* The bridge's own bounds, where they are narrower. */
static void lower(json_t *capability, const char *name, json_int_t limit)
{
    json_t *v = json_object_get(capability, name);
    if (!json_is_integer(v) || json_integer_value(v) > limit)
        json_object_set_new(capability, name, json_integer(limit));
}

static void set_limit(json_t *capability, const char *name, json_int_t limit)
{
    json_object_set_new(capability, name, json_integer(limit));
}

static void add_limits(json_t *core)
{
    lower(core, "maxSizeUpload", (json_int_t)BRIDGE_MAX_UPLOAD);
    lower(core, "maxSizeRequest", BRIDGE_MAX_REQUEST);
    lower(core, "maxCallsInRequest", BRIDGE_MAX_CALLS);
    lower(core, "maxDepthRequest", BRIDGE_MAX_DEPTH);
    set_limit(core, "maxConcurrentUpload", BRIDGE_MAX_CONCURRENT_UPLOADS);
    set_limit(core, "maxConcurrentRequests", BRIDGE_MAX_CONCURRENT_REQUESTS);
}

static void add_url(json_t *session, const char *name, const char *base, const char *rest)
{
    char *url = xasprintf("%s%s", base, rest);
    json_object_set_new(session, name, json_string(url));
    free(url);
}

static void add_websocket(json_t *capabilities, const char *base)
{
    char *url = xasprintf("ws%s" ROUTE_WEBSOCKET, base + strlen("http"));
    json_object_set_new(capabilities, JMAP_WEBSOCKET, json_pack("{s:s, s:b}", "url", url, "supportsPush", true));
    free(url);
}

static void answer_session(struct exchange *x, struct facteur_text text)
{
    struct buf body = {0};
    json_t *session = json_loadb(text.p, text.n, 0, NULL), *capabilities = json_object_get(session, "capabilities");
    add_limits(json_object_get(capabilities, JMAP_CORE));
    add_websocket(capabilities, x->base);
    json_object_set_new(json_object_get(capabilities, OURS), "imageProxy", json_boolean(x->bridge->proxy));
    add_url(session, "apiUrl", x->base, ROUTE_API);
    add_url(session, "downloadUrl", x->base, ROUTE_DOWNLOAD "{accountId}/{blobId}?name={name}&type={type}");
    add_url(session, "uploadUrl", x->base, ROUTE_UPLOAD "{accountId}");
    add_url(session, "eventSourceUrl", x->base, ROUTE_EVENTS "?types={types}&closeafter={closeafter}&ping={ping}");
    char *written = json_dumps(session, JSON_COMPACT);
    buf_add_str(&body, written);
    free(written);
    json_decref(session);
    exchange_header(x, "cache-control", "no-cache, no-store, must-revalidate");
    exchange_answer(x, 200, "application/json", &body);
}

static void answered(void *arg, enum backend_outcome outcome, const struct facteur_reply *reply,
                     struct facteur_conn *conn)
{
    struct exchange *x = arg;
    struct asking *a = x->state;
    (void)conn;
    a->call = NULL;
    if (outcome != BACKEND_OK)
        exchange_answer_outcome(x, outcome);
    else if (reply->n == 1 && reply->answers[0].result.p)
        answer_session(x, reply->answers[0].result);
    else
        exchange_answer_text(x, 500, "facteurd has no session for this");
}

static void end(struct exchange *x)
{
    static const char text[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Session/get\"}";
    struct asking *a = x->state = XNEW(struct asking);
    a->call = login_send(x->login, (struct facteur_text){text, sizeof(text) - 1}, answered, x);
    if (!a->call)
        exchange_answer_down(x);
}

static void gone(struct exchange *x)
{
    struct asking *a = x->state;
    if (a)
        backend_call_cancel(a->call);
    free(a);
}

#define METHODS (1u << HTTP_GET | 1u << HTTP_HEAD)
/* Not a redirect (RFC 8620 section 2.2 allows both): some clients lose their credential on the way. */
const struct route route_well_known = {.path = ROUTE_WELL_KNOWN, .methods = METHODS, .end = end, .gone = gone};
const struct route route_session = {.path = ROUTE_SESSION, .methods = METHODS, .end = end, .gone = gone};
