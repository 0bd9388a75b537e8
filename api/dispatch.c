#include "dispatch.h"

#include "access.h"
#include "audit.h"
#include "async/wait.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "check.h"
#include "errors.h"
#include "framing.h"
#include "json_write.h"
#include "once.h"
#include "reference.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const struct dispatch_limits dispatch_default_limits = {
    .max_calls = 256,
    .max_depth = 128,
    .max_values = 131072,
    .max_result = 16 << 20,
    .max_answer = 48 << 20,
    .max_on_loop = 64 << 10,
};

/* One call of a text. */
struct entry {
    json_t *request;                 /* borrowed from the text */
    json_t *id;                      /* borrowed; NULL: a notification, or no request at all */
    const struct api_method *method; /* NULL: it is answered already */
    bool wants_answer, is_finished;
    char *once_key; /* NULL: may be carried out as often as it comes */
    struct audit_entry audit;
    json_t *created; /* creation id to id, if it has a once_key */
    json_t *result;  /* kept for references; NULL: none, or it failed */
    json_t *error;
    struct buf text; /* the answer, written */
};

/* One text with everything that is known about it. */
struct batch {
    const struct dispatcher *d;
    struct session *session;
    struct fiber *fiber; /* NULL: outside of one */
    struct entry *entries;
    size_t n;
    size_t first, end;               /* the entries of the present hop */
    struct wanted_bodies bodies;     /* of the entry `first`, which waits for them */
    const struct entry *fetched_for; /* for whom bodies were fetched last */
    int64_t fetched_first;           /* and the first of them */
    struct api_call *call;           /* the call of a writer hop */
    json_t *ids;                     /* creation id to id */
    int64_t action;
    bool is_large;      /* what goes through all of it is done on a worker */
    bool keeps_results; /* a call of the text refers to another's */
    size_t answer_bytes;
    struct dispatch_reply *reply;
};

/* ---- for handlers ---- */

const char *call_resolve(const struct api_call *call, const char *id)
{
    if (id[0] != '#')
        return id;
    json_t *found = json_object_get(call->created, id + 1);
    if (!found)
        found = json_object_get(call->batch_ids, id + 1);
    return json_string_value(found);
}

void call_created(struct api_call *call, const char *creation_id, const char *id)
{
    json_object_set_new(call->created, creation_id, json_string(id));
}

int call_add_fd(struct api_call *call, int fd, size_t *out_index, struct fct_error *err)
{
    if (call->reply->n_fds == REPLY_FDS_MAX) {
        close(fd);
        return fct_fail(err, FCT_E_LIMIT, FCT_RETRY_NEVER, "more than %d descriptors for one answer", REPLY_FDS_MAX);
    }
    *out_index = call->reply->n_fds;
    call->reply->fds[call->reply->n_fds++] = fd;
    return 0;
}

int call_want_body(struct api_call *call, int64_t account_id, int64_t email_id, struct fct_error *err)
{
    struct wanted_bodies *w = call->bodies;
    if (w) {
        if (w->n == w->cap) {
            w->cap = w->cap ? 2 * w->cap : 16;
            w->v = xreallocarray(w->v, w->cap, sizeof(*w->v));
        }
        w->v[w->n++] = (struct wanted_body){account_id, email_id};
    }
    return fct_fail(err, FCT_E_UNAVAILABLE, FCT_RETRY_LATER,
                    "only the header of the message is here, and its server has not given the rest");
}

int call_invalid(struct api_call *call, struct fct_error *err, const char *argument, const char *fmt, ...)
{
    if (!call->error_data)
        call->error_data = json_object();
    json_object_set_new(call->error_data, "properties", json_pack("[s]", argument));
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s: %s", argument, text);
}

/* ---- writing ---- */

void dispatch_reply_done(struct dispatch_reply *r)
{
    buf_done(&r->text);
    for (size_t i = 0; i < r->n_fds; i++)
        close(r->fds[i]);
    r->n_fds = 0;
}

static void write_tail(struct entry *e)
{
    buf_add_str(&e->text, ",\"id\":");
    if (!e->id || json_write(&e->text, e->id, SIZE_MAX / 2) < 0)
        buf_add_str(&e->text, "null");
    buf_add_char(&e->text, '}');
}

static void write_error(struct entry *e)
{
    buf_clear(&e->text);
    buf_add_str(&e->text, "{\"jsonrpc\":\"2.0\",\"error\":");
    json_write(&e->text, e->error, SIZE_MAX / 2);
    write_tail(e);
}

static void set_error(struct entry *e, json_t *error)
{
    json_decref(e->result);
    e->result = NULL;
    json_decref(e->error);
    e->error = error;
}

/* Writes an entry's answer; any thread. `room`: how large the result may be. False: it is larger, and the answer an
 * error. */
static bool write_answer(struct entry *e, size_t room)
{
    if (!e->error) {
        buf_add_str(&e->text, "{\"jsonrpc\":\"2.0\",\"result\":");
        if (json_write(&e->text, e->result, room) == 0) {
            write_tail(e);
            return true;
        }
        struct fct_error err;
        fct_fail(&err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER,
                 "the result would be larger than %zu bytes (maxSizeResponse): ask for less at once", room);
        set_error(e, api_error_from(&err, NULL));
        buf_done(&e->text);
        write_error(e);
        return false;
    }
    write_error(e);
    return true;
}

static size_t room_left(const struct batch *b)
{
    size_t left = b->answer_bytes < b->d->limits.max_answer ? b->d->limits.max_answer - b->answer_bytes : 0;
    return left < b->d->limits.max_result ? left : b->d->limits.max_result;
}

/* Large trees are freed here, where they are written: off the loop. */
static void finish_entry(struct batch *b, struct entry *e)
{
    if (e->wants_answer) {
        size_t room = room_left(b);
        bool fits = write_answer(e, room);
        b->answer_bytes += fits ? e->text.n : room; /* what was written in vain counts: it took its time */
    }
    e->is_finished = true;
    if (!b->keeps_results) {
        json_decref(e->result);
        e->result = NULL;
    }
}

/* ---- one call ---- */

/* The first answer with the id decides, be it an error or that of another method (RFC 8620 section 3.7). Calls that are
 * not finished are the present one and those behind it. */
static json_t *find_result(void *ctx, const json_t *result_of, const char *name)
{
    const struct batch *b = ctx;
    const struct entry *e = b->entries, *end = e + b->n;
    while (e < end && (!e->id || !json_equal(e->id, result_of)))
        e++;
    bool is_answer = e < end && e->is_finished && e->result;
    return is_answer && strcmp(e->method->name, name) == 0 ? e->result : NULL;
}

static json_t *reference_error(enum reference_outcome outcome, const char *argument)
{
    char text[200];
    if (outcome == REFERENCE_CLASHES) {
        snprintf(text, sizeof(text), "both %.60s and %.60s are given", argument, argument + 1);
        return api_error_with_type(RPC_INVALID_PARAMS, "invalidArguments", text);
    }
    snprintf(text, sizeof(text),
             "%.60s refers to nothing: no earlier call with that id, name and a result with that path", argument);
    return api_error_with_type(RPC_FACTEUR_ERROR, "invalidResultReference", text);
}

/* NULL when the params fit the method's schema; else the error. */
static json_t *check_params(const struct api_method *m, json_t *params)
{
    if (!m->params)
        return NULL;
    if (params && !json_is_object(params))
        return api_error_with_type(RPC_INVALID_PARAMS, "invalidArguments",
                                   "arguments are given by name: params must be an object");
    CLEANUP(json_decrefp) json_t *none = params ? NULL : json_object();
    struct schema_problem problem;
    if (schema_check(m->params, params ? params : none, &problem))
        return NULL;
    char text[320];
    snprintf(text, sizeof(text), "%s%s%s", problem.where, problem.where[0] ? " " : "", problem.why);
    json_t *error = api_error_with_type(RPC_INVALID_PARAMS, "invalidArguments", text);
    if (problem.property[0])
        json_object_set_new(json_object_get(error, "data"), "properties", json_pack("[s]", problem.property));
    return error;
}

/* The params with references resolved and checked (new reference, NULL when there are none); -1: *e has the error. */
static int prepare_params(struct batch *b, struct entry *e, json_t **out)
{
    json_t *params = json_object_get(e->request, "params");
    json_t *resolved = NULL;
    const char *argument = "";
    if (params) {
        enum reference_outcome outcome = reference_resolve(params, find_result, b, &resolved, &argument);
        if (outcome != REFERENCE_OK) {
            set_error(e, reference_error(outcome, argument));
            return -1;
        }
    }
    json_t *error = check_params(e->method, resolved);
    if (error) {
        json_decref(resolved);
        set_error(e, error);
        return -1;
    }
    *out = resolved;
    return 0;
}

/* Runs the handler and takes `params` over. What it created is remembered only if it succeeds. */
static int call_handler(struct batch *b, struct entry *e, struct api_call *call, json_t *params, struct fct_error *err)
{
    *err = (struct fct_error){0};
    int result = e->method->fn(call, params, &e->result, err);
    json_decref(params);
    if (result == 0 && !e->result) /* a text that is no UTF-8, somewhere deep in */
        result = fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "%s gave no result", e->method->name);
    if (result < 0) {
        set_error(e, api_error_from(err, call->error_data));
        return -1;
    }
    json_object_update(b->ids, call->created);
    if (e->once_key)
        e->created = json_incref(call->created);
    return 0;
}

static const struct access *access_of(const struct batch *b)
{
    return b->d->access_of && b->session ? b->d->access_of(b->session) : NULL;
}

/* False: the entry has its error. Asked when it is the call's turn, as an earlier one of the text may have narrowed
 * what its client may. */
static bool is_allowed(struct batch *b, struct entry *e)
{
    json_t *error = access_check_method(access_of(b), e->method);
    if (error)
        set_error(e, error);
    return !error;
}

static void lock_if_narrowed(struct batch *b, const struct entry *e)
{
    if (b->session && b->d->narrows && strcmp(e->method->name, b->d->narrows) == 0)
        b->d->lock(b->session);
}

static int run_handler(struct batch *b, struct entry *e, struct api_call *call, struct fct_error *err)
{
    json_t *params = NULL;
    return prepare_params(b, e, &params) < 0 ? -1 : call_handler(b, e, call, params, err);
}

static struct api_call new_call(struct batch *b, struct store_tx *tx)
{
    return (struct api_call){.api = b->d->api,
                             .session = b->session,
                             .access = access_of(b),
                             .tx = tx,
                             .batch_ids = b->ids,
                             .created = json_object(),
                             .action = &b->action,
                             .reply = b->reply};
}

static void call_done(struct api_call *call)
{
    json_decref(call->created);
    json_decref(call->error_data);
}

/* ---- on the reader, on the writer, in the fiber ---- */

/* The end has come, or nobody reads the answer any more: what was asked for is done all the same, what was only asked
 * is left out. Any thread. */
static bool is_in_vain(const struct batch *b, const struct entry *e)
{
    bool is_gone = b->fiber && fiber_is_cancelled(b->fiber);
    return b->d->is_stopping || (is_gone && !b->keeps_results && e->method->runs == API_RUNS_ON_READER);
}

/* The body that it wants now is one that was fetched for it in vain. */
static bool did_not_come(const struct batch *b, const struct entry *e)
{
    return b->fetched_for == e && b->fetched_first == b->bodies.v[0].email_id;
}

static int read_entries(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct batch *b = arg;
    for (size_t i = b->first; i < b->end; i++) {
        struct entry *e = &b->entries[i];
        if (!e->method || e->error || is_in_vain(b, e))
            continue;
        if (!is_allowed(b, e)) {
            finish_entry(b, e);
            continue;
        }
        struct api_call call = new_call(b, tx);
        access_look(&call, tx);
        call.bodies = b->d->runner.fetch_bodies ? &b->bodies : NULL;
        run_handler(b, e, &call, err);
        call_done(&call);
        if (b->bodies.n > 0 && !did_not_come(b, e)) {
            b->first = i; /* it and what follows: when the bodies are here */
            break;
        }
        b->bodies.n = 0;
        finish_entry(b, e);
    }
    *err = (struct fct_error){0};
    return 0;
}

/* The hop itself failed: every call of it that has no answer fails with it. */
static void fail_entries(struct batch *b, const struct fct_error *err)
{
    for (size_t i = b->first; i < b->end; i++) {
        struct entry *e = &b->entries[i];
        if (!e->method || e->is_finished || e->error)
            continue;
        set_error(e, api_error_from(err, NULL));
        finish_entry(b, e);
    }
}

static int write_entry(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct batch *b = arg;
    b->call->tx = tx;
    access_look(b->call, tx);
    return run_handler(b, &b->entries[b->first], b->call, err);
}

static void run_on_writer(struct batch *b)
{
    struct entry *e = &b->entries[b->first];
    struct api_call call = new_call(b, NULL);
    call.audit = &e->audit;
    struct fct_error err = {0};
    b->call = &call;
    /* An error of the handler's own is in the entry already; any other is the commit's. */
    if (b->d->runner.write(b->d->runner.ctx, write_entry, b, &err) < 0 && !e->error)
        set_error(e, api_error_from(&err, NULL));
    call_done(&call);
}

static void finish_entry_on_worker(void *arg)
{
    struct batch *b = arg;
    finish_entry(b, &b->entries[b->first]);
}

/* About how many bytes a value makes, written; stops counting beyond `limit`. */
static size_t weigh(json_t *v, size_t limit)
{
    size_t n = 8;
    const char *name;
    json_t *item;
    if (json_is_string(v)) {
        n += json_string_length(v);
    } else if (json_is_array(v)) {
        for (size_t i = 0; i < json_array_size(v) && n <= limit; i++)
            n += weigh(json_array_get(v, i), limit - n);
    } else if (json_is_object(v)) {
        json_object_foreach(v, name, item)
        {
            if (n > limit)
                break;
            n += strlen(name) + 4 + (n < limit ? weigh(item, limit - n) : 0);
        }
    }
    return n;
}

static void finish_entry_off_loop(struct batch *b)
{
    struct entry *e = &b->entries[b->first];
    bool is_large = e->result && weigh(e->result, b->d->limits.max_on_loop) > b->d->limits.max_on_loop;
    if (!is_large || wait_offload(finish_entry_on_worker, b, NULL) < 0)
        finish_entry(b, e);
}

struct preparation {
    struct batch *b;
    json_t *params;
    int result;
};

static void prepare(void *arg)
{
    struct preparation *p = arg;
    p->result = prepare_params(p->b, &p->b->entries[p->b->first], &p->params);
}

static void run_in_fiber(struct batch *b)
{
    struct preparation p = {.b = b};
    if (!b->is_large || wait_offload(prepare, &p, NULL) < 0)
        prepare(&p);
    if (p.result < 0)
        return;
    struct api_call call = new_call(b, NULL);
    call.audit = &b->entries[b->first].audit;
    struct fct_error err;
    call_handler(b, &b->entries[b->first], &call, p.params, &err);
    call_done(&call);
}

/* ---- once only ---- */

static const char *once_key_of(const struct batch *b, const struct entry *e)
{
    const char *key = json_string_value(json_object_get(json_object_get(e->request, "params"), "idempotencyKey"));
    bool is_meant = b->d->once && e->method->changes && key && key[0] && strlen(key) <= 4 * ONCE_KEY_MAX;
    return is_meant ? key : NULL; /* a malformed one is refused with the other arguments */
}

/* Nobody is answered what another one did: each token's keys are its own. */
static char *own_key(const struct access *a, const char *key)
{
    if (a)
        return xasprintf("\x01%" PRId64 " %s", a->token_id, key);
    return key[0] == '\x01' ? xasprintf("\x01= %s", key) : xstrdup(key);
}

/* Whether the entry is to be carried out; if not, it has its result or its error. */
static bool begin_once(struct batch *b, struct entry *e)
{
    const char *given = once_key_of(b, e);
    json_t *out = NULL;
    if (!given)
        return true;
    CLEANUP(freep) char *key = own_key(access_of(b), given);
    switch (once_begin(b->d->once, key, e->method->name, json_object_get(e->request, "params"), &out)) {
    case ONCE_GO:
        e->once_key = TAKE(key);
        return true;
    case ONCE_ANSWERED:
        e->result = json_incref(json_object_get(out, "result"));
        json_object_update(b->ids, json_object_get(out, "created"));
        json_decref(out);
        return false;
    case ONCE_REFUSED:
        set_error(e, out);
    }
    return false;
}

static void end_once(struct batch *b, struct entry *e)
{
    if (e->once_key)
        once_end(b->d->once, e->once_key, e->error ? NULL : e->result, e->created);
}

/* The entry `first` has said what it needs; its error, if the bodies do not come. It is run once more in any case but
 * that. */
static void fetch_bodies(struct batch *b)
{
    struct entry *e = &b->entries[b->first];
    struct fct_error err = {0};
    set_error(e, NULL);
    b->fetched_for = e;
    b->fetched_first = b->bodies.v[0].email_id;
    if (b->d->runner.fetch_bodies(b->d->runner.bodies_ctx, &b->bodies, &err) < 0) {
        set_error(e, api_error_from(&err, NULL));
        finish_entry(b, e);
        b->first++;
    }
    b->bodies.n = 0;
}

static void run_on_reader(struct batch *b)
{
    for (;;) {
        struct fct_error err = {0};
        if (b->d->runner.read(b->d->runner.ctx, read_entries, b, &err) < 0)
            fail_entries(b, &err);
        if (b->bodies.n == 0)
            return;
        fetch_bodies(b);
    }
}

static bool runs_on_reader(const struct entry *e)
{
    return !e->method || e->error || e->method->runs == API_RUNS_ON_READER;
}

static void run_entries(struct batch *b)
{
    size_t i = 0;
    while (i < b->n) {
        struct entry *e = &b->entries[i];
        b->first = i++;
        b->end = i;
        if (!e->method || is_in_vain(b, e))
            continue;
        if (e->method->runs == API_RUNS_ON_READER) {
            while (i < b->n && runs_on_reader(&b->entries[i]))
                b->end = ++i;
            run_on_reader(b);
            continue;
        }
        lock_if_narrowed(b, e);
        const struct access *a = access_of(b);
        if (a && a->token_id && b->d->audit && e->method->is_audited)
            audit_begin(b->d->audit, &e->audit, a, e->method, json_object_get(e->request, "params"));
        if (is_allowed(b, e) && begin_once(b, e)) {
            if (e->method->runs == API_RUNS_ON_WRITER)
                run_on_writer(b);
            else
                run_in_fiber(b);
            if (e->audit.is_on) /* one that was answered before is in the log since then */
                audit_end(b->d->audit, &e->audit, e->result, e->error, b->ids);
            end_once(b, e);
        } else if (e->audit.is_on && e->error) {
            audit_end(b->d->audit, &e->audit, NULL, e->error, NULL);
        }
        finish_entry_off_loop(b);
    }
}

/* ---- requests ---- */

static const struct api_method *find_method(const struct dispatcher *d, const char *name)
{
    size_t low = 0, high = d->n_methods;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(name, d->methods[mid].name);
        if (order == 0)
            return &d->methods[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

static bool is_id(const json_t *v)
{
    return json_is_string(v) || json_is_number(v) || json_is_null(v);
}

static bool is_request(const json_t *request)
{
    const char *version = json_string_value(json_object_get(request, "jsonrpc"));
    json_t *id = json_object_get(request, "id"), *params = json_object_get(request, "params");
    return version && strcmp(version, "2.0") == 0 && json_is_string(json_object_get(request, "method")) &&
           (!id || is_id(id)) && (!params || json_is_object(params) || json_is_array(params));
}

/* Finds out what is asked; what can be answered at once is. */
static void open_entry(struct batch *b, struct entry *e, json_t *request)
{
    e->request = request;
    json_t *id = json_object_get(request, "id");
    e->id = is_id(id) ? id : NULL;
    if (!is_request(request)) {
        e->wants_answer = true;
        set_error(e, api_error_plain(RPC_INVALID_REQUEST));
        write_error(e);
        return;
    }
    e->wants_answer = e->id != NULL;
    e->method = find_method(b->d, json_string_value(json_object_get(request, "method")));
    if (e->method)
        return;
    set_error(e, api_error_plain(RPC_METHOD_NOT_FOUND));
    if (e->wants_answer)
        write_error(e);
}

/* Any thread. */
static void close_entries(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        json_decref(b->entries[i].result);
        json_decref(b->entries[i].error);
        json_decref(b->entries[i].created);
        free(b->entries[i].once_key);
        audit_entry_done(&b->entries[i].audit);
        buf_done(&b->entries[i].text);
    }
    free(b->entries);
    json_decref(b->ids);
    free(b->bodies.v);
}

static void join_answers(struct batch *b, bool is_array)
{
    struct buf *out = &b->reply->text;
    for (size_t i = 0; i < b->n; i++) {
        struct buf *text = &b->entries[i].text;
        if (!text->n)
            continue;
        if (is_array)
            buf_add_char(out, out->n ? ',' : '[');
        if (out->n)
            buf_add(out, text->p, text->n);
        else
            *out = *text, *text = (struct buf){0};
        buf_done(text);
    }
    if (is_array && out->n)
        buf_add_char(out, ']');
}

struct ending {
    struct batch *b;
    bool is_array;
};

static void end_batch(void *arg)
{
    struct ending *e = arg;
    join_answers(e->b, e->is_array);
    close_entries(e->b);
}

static void answer_requests(struct batch *b, json_t *const *requests, bool is_array)
{
    b->ids = json_object();
    b->entries = xcalloc(b->n, sizeof(*b->entries));
    for (size_t i = 0; i < b->n; i++)
        open_entry(b, &b->entries[i], requests[i]);
    run_entries(b);
    struct ending e = {b, is_array};
    bool is_large = b->is_large || b->answer_bytes > b->d->limits.max_on_loop;
    if (!is_large || wait_offload(end_batch, &e, NULL) < 0)
        end_batch(&e);
}

/* ---- texts ---- */

static void answer_error(json_t *error, struct dispatch_reply *out)
{
    struct entry e = {.error = error};
    write_error(&e);
    out->text = e.text;
    json_decref(error);
}

void dispatch_over_limit(const char *limit, size_t value, struct dispatch_reply *out)
{
    char text[160];
    snprintf(text, sizeof(text), "the request is beyond %s, which is %zu", limit, value);
    json_t *error = api_error_with_type(RPC_INVALID_REQUEST, "limit", text);
    json_object_set_new(json_object_get(error, "data"), "limit", json_string(limit));
    answer_error(error, out);
}

struct parse {
    struct fct_bytes text;
    const struct dispatch_limits *limits;
    bool is_large, is_too_deep, is_too_much;
    json_t *value;
    bool refers_to_results;
    json_error_t error;
};

static bool refers_to_results(const json_t *request)
{
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(request, "params"), name, value) if (name[0] == '#') return true;
    return false;
}

static bool any_refers_to_results(const json_t *value)
{
    for (size_t i = 0; i < json_array_size(value); i++)
        if (refers_to_results(json_array_get(value, i)))
            return true;
    return refers_to_results(value);
}

static void parse_text(void *arg)
{
    struct parse *p = arg;
    p->is_too_deep = json_text_depth(p->text, p->limits->max_depth) > p->limits->max_depth;
    p->is_too_much = json_text_values(p->text, p->limits->max_values) > p->limits->max_values;
    if (p->is_too_deep || p->is_too_much)
        return;
    p->value = json_loadb(p->text.p, p->text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &p->error);
    p->refers_to_results = any_refers_to_results(p->value);
}

static void release_json(void *arg)
{
    json_decref(arg);
}

static void answer_value(const struct dispatcher *d, struct session *session, const struct parse *p,
                         struct dispatch_reply *out)
{
    json_t *value = p->value;
    size_t n = json_is_array(value) ? json_array_size(value) : 1;
    if (n == 0) {
        answer_error(api_error_plain(RPC_INVALID_REQUEST), out);
        return;
    }
    if (n > d->limits.max_calls) {
        dispatch_over_limit("maxCallsInRequest", d->limits.max_calls, out);
        return;
    }
    json_t **requests = xcalloc(n, sizeof(*requests));
    for (size_t i = 0; i < n; i++)
        requests[i] = json_is_array(value) ? json_array_get(value, i) : value;
    struct batch b = {.d = d,
                      .session = session,
                      .fiber = fiber_self(),
                      .n = n,
                      .is_large = p->is_large,
                      .keeps_results = p->refers_to_results,
                      .reply = out};
    answer_requests(&b, requests, json_is_array(value));
    free(requests);
}

void dispatch_text(const struct dispatcher *d, struct session *session, struct fct_bytes text,
                   struct dispatch_reply *out)
{
    struct parse p = {.text = text, .limits = &d->limits, .is_large = text.n > d->limits.max_on_loop};
    if (!p.is_large || wait_offload(parse_text, &p, NULL) < 0)
        parse_text(&p);
    if (p.is_too_deep) {
        dispatch_over_limit("maxDepthRequest", d->limits.max_depth, out);
        return;
    }
    if (p.is_too_much) {
        dispatch_over_limit("maxValuesInRequest", d->limits.max_values, out);
        return;
    }
    if (!p.value) {
        log_debug("rpc", "a request is no JSON: %s, at byte %d", p.error.text, p.error.position);
        answer_error(api_error_plain(RPC_PARSE_ERROR), out);
        return;
    }
    answer_value(d, session, &p, out);
    if (!p.is_large || wait_offload(release_json, p.value, NULL) < 0)
        json_decref(p.value);
}
