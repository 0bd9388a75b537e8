/* jmap.h - the envelope of RFC 8620 section 3, and nothing of what is in it: a Request becomes a JSON-RPC batch, the
 * answers to that become a Response.
 *
 *   struct jmap_request *r = jmap_request_parse(text, n, &limits, &problem);     NULL: `problem` says what to answer
 *   send jmap_request_batch(r) to facteurd
 *   jmap_response_write(r, &reply, &out, &problem)
 *
 * Calls go over as they are, with their ids: references to results ("#ids") and creation ids mean the same in a batch.
 * A method that is not there, or whose capability is not in `using`, goes over under a name that no method has: so it
 * is answered in its place, and a reference to it fails as it must.
 *
 * The results are not parsed: they go through as text. Threads: any, one request on one at a time.
 */
#ifndef BRIDGE_JMAP_H
#define BRIDGE_JMAP_H

#include "util.h"

#include <facteur/client.h>

#define JMAP_CORE "urn:ietf:params:jmap:core"
#define JMAP_WEBSOCKET "urn:ietf:params:jmap:websocket"

/* A problem of the request as a whole (RFC 8620 section 3.6.1, RFC 7807). `type` NULL: there is none. */
struct jmap_problem {
    int status;
    const char *type;  /* "notJSON"; with a colon in it: a whole URI */
    const char *limit; /* which, or NULL */
    char detail[200];
};
void jmap_problem_set(struct jmap_problem *p, int status, const char *type, const char *limit, const char *fmt, ...)
    PRINTF(5, 6);
/* As JSON. `request_id`: a JSON text, then it is RFC 8887's RequestError; or NULL. */
void jmap_problem_write(const struct jmap_problem *p, const char *request_id, struct buf *out);

struct jmap_limits {
    size_t max_calls, max_depth, max_values;
};

struct jmap_request;
/* `is_websocket`: the object has "@type" and may have an "id" (RFC 8887 section 4.3.2). */
struct jmap_request *jmap_request_parse(const char *text, size_t n, bool is_websocket, const struct jmap_limits *limits,
                                        struct jmap_problem *out_problem);
/* The same for a text that has been parsed already; takes `object` over. */
struct jmap_request *jmap_request_from(json_t *object, bool is_websocket, const struct jmap_limits *limits,
                                       struct jmap_problem *out_problem);
void jmap_request_free(struct jmap_request *r);
/* Valid as long as the request; .n 0: a string in it is none of JSON's. */
struct facteur_text jmap_request_batch(struct jmap_request *r);
/* The id that RFC 8887 gives a request, as JSON text; NULL: none. */
const char *jmap_request_id(const struct jmap_request *r);

/* The Response to what facteurd answered. -1: *out_problem says what to answer instead. */
int jmap_response_write(const struct jmap_request *r, const struct facteur_reply *reply, struct buf *out,
                        struct jmap_problem *out_problem);

/* A JSON text for I-JSON's sake (RFC 7493): UTF-8, no name twice, not too deep, not of too many values. NULL with
 * *out_problem. */
json_t *jmap_parse(const char *text, size_t n, size_t max_depth, size_t max_values, struct jmap_problem *out_problem);
/* The raw value of a member of an object's text; .p NULL: there is none. */
struct facteur_text jmap_member(struct facteur_text object, const char *name);

#endif
