/* Uploads and downloads (RFC 8620 section 6): between the client and a descriptor that facteurd hands over. */
#include "transfer.h"

#include "bridge.h"
#include "routes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PIECE ((size_t)256 << 10)       /* of a body: as much is written at once */
#define UNWRITTEN_MAX ((size_t)1 << 20) /* then the client waits for the disk */
/* What comes over HTTP/2 before the client has heard that it has to wait may be more. Beyond this the loop itself
 * writes: a disk that slow is rare; memory of the upload's size, or no upload, would be worse. */
#define UNWRITTEN_H2_MAX ((size_t)16 << 20)

/* ---- what both need ---- */

/* Decoded, and an id (RFC 8620 section 1.2), or "*" where that stands for all accounts; NULL: it is none. */
static char *id_from(const char *text, size_t n)
{
    char *id = http_decode(text, n, false);
    size_t length = id ? strlen(id) : 0;
    bool is_id = length > 0 && length < 256 &&
                 strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == length;
    if (is_id)
        return id;
    free(id);
    return NULL;
}

static char *call_text(const char *method, json_t *params)
{
    json_t *call = json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", 1, "method", method, "params", params);
    char *text = call ? json_dumps(call, JSON_COMPACT) : NULL;
    json_decref(call);
    return text;
}

static struct backend_call *call(struct exchange *x, const char *method, json_t *params, backend_fn fn)
{
    char *text = call_text(method, params);
    struct backend_call *c = text ? login_send(x->login, (struct facteur_text){text, strlen(text)}, fn, x) : NULL;
    free(text);
    if (!c)
        exchange_answer_down(x);
    return c;
}

static json_t *result_of(const struct facteur_reply *reply)
{
    const struct facteur_text *t = &reply->answers[0].result;
    return reply->n == 1 && t->p ? json_loadb(t->p, t->n, 0, NULL) : NULL;
}

static void answer_error(struct exchange *x, const struct facteur_reply *reply)
{
    const struct facteur_text *t = &reply->answers[0].error;
    json_t *error = reply->n == 1 && t->p ? json_loadb(t->p, t->n, 0, NULL) : NULL;
    const char *type = json_string_value(json_object_get(json_object_get(error, "data"), "type"));
    struct jmap_problem p;
    type = type ? type : "";
    if (strcmp(type, "blobNotFound") == 0 || strcmp(type, "accountNotFound") == 0 || strcmp(type, "notFound") == 0)
        jmap_problem_set(&p, 404, "about:blank", NULL, "there is no such blob");
    else if (strcmp(type, "forbidden") == 0)
        jmap_problem_set(&p, 403, "about:blank", NULL, "the token does not allow this");
    else if (strcmp(type, "requestTooLarge") == 0)
        jmap_problem_set(&p, 413, "limit", "maxSizeUpload", "the blob is too large");
    else if (strcmp(type, "overQuota") == 0 || strcmp(type, "diskFull") == 0)
        jmap_problem_set(&p, 507, "about:blank", NULL, "there is no room for it");
    else if (strcmp(type, "limit") == 0)
        jmap_problem_set(&p, 400, "limit", "maxConcurrentUpload", "too many uploads are under way");
    else if (strcmp(type, "serverUnavailable") == 0)
        jmap_problem_set(&p, 503, "about:blank", NULL, "the message's server does not give it now");
    else
        jmap_problem_set(&p, 500, "about:blank", NULL, "it could not be done");
    json_decref(error);
    exchange_answer_problem(x, &p);
}

/* ---- download ---- */

struct download {
    struct backend_call *call;
    char *account, *blob;
};

/* What is in facteurd's hands never changes under its id. */
static void answer_download(struct exchange *x, int fd, uint64_t size)
{
    struct download *d = x->state;
    CLEANUP(freep) char *name = http_query(&x->head, "name");
    CLEANUP(freep) char *asked = http_query(&x->head, "type");
    CLEANUP(freep) char *etag = xasprintf("\"%s\"", d->blob);
    struct buf disposition = {0}, none = {0};
    char type[TYPE_SIZE];
    uint64_t offset, length;
    const char *if_range = http_header(&x->head, "if-range");
    bool is_same = !if_range || strcmp(if_range, etag) == 0;
    enum range_kind kind = range_parse(is_same ? http_header(&x->head, "range") : NULL, size, &offset, &length);
    type_make_safe(asked, type);
    disposition_write(name, &disposition);
    exchange_header(x, "etag", etag);
    exchange_header(x, "accept-ranges", "bytes");
    exchange_header(x, "cache-control", "private, max-age=31536000, immutable");
    if (etag_is_among(http_header(&x->head, "if-none-match"), etag)) {
        close(fd);
        exchange_answer(x, 304, NULL, &none);
    } else if (kind == RANGE_NONE) {
        close(fd);
        exchange_headerf(x, "content-range", "bytes */%llu", (unsigned long long)size);
        exchange_answer_text(x, 416, "the range is beyond the end");
    } else {
        exchange_header(x, "content-disposition", buf_str(&disposition));
        if (kind == RANGE_PART)
            exchange_headerf(x, "content-range", "bytes %llu-%llu/%llu", (unsigned long long)offset,
                             (unsigned long long)(offset + length - 1), (unsigned long long)size);
        exchange_answer_file(x, kind == RANGE_PART ? 206 : 200, type, fd, offset, length);
    }
    buf_done(&disposition);
}

static void opened(void *arg, enum backend_outcome outcome, const struct facteur_reply *reply,
                   struct facteur_conn *conn)
{
    struct exchange *x = arg;
    struct download *d = x->state;
    d->call = NULL;
    if (outcome != BACKEND_OK) {
        exchange_answer_outcome(x, outcome);
        return;
    }
    int fd = facteur_conn_take_fd(conn);
    json_t *result = result_of(reply);
    if (result && fd >= 0)
        answer_download(x, fd, (uint64_t)json_integer_value(json_object_get(result, "size")));
    else
        answer_error(x, reply);
    json_decref(result);
}

static void end_download(struct exchange *x)
{
    struct download *d = x->state = XNEW(struct download);
    const char *path = x->head.path + strlen(ROUTE_DOWNLOAD);
    size_t n = strcspn(path, "/");
    d->account = id_from(path, n);
    if (path[n] == '/')
        d->blob = id_from(path + n + 1, strcspn(path + n + 1, "/"));
    if (!d->account || !d->blob) {
        exchange_answer_text(x, 404, "there is no such blob");
        return;
    }
    d->call = call(x, "Blob/open", json_pack("{s:s, s:s}", "accountId", d->account, "blobId", d->blob), opened);
}

static void gone_download(struct exchange *x)
{
    struct download *d = x->state;
    if (!d)
        return;
    backend_call_cancel(d->call);
    free(d->account);
    free(d->blob);
    free(d);
}

const struct route route_download = {
    .path = ROUTE_DOWNLOAD, .methods = 1u << HTTP_GET | 1u << HTTP_HEAD, .end = end_download, .gone = gone_download};

/* ---- upload ---- */

/* Bytes are gathered in `waiting` and written by a worker, piece by piece, as fast as the disk takes them. */
struct upload {
    struct backend_call *call;
    char *account, *id;
    struct writing *writing; /* NULL: none is under way */
    struct buf waiting;
    uint64_t at; /* where `waiting` belongs in the file */
    int fd;
    bool has_ended, is_counted, is_paused, is_finishing;
    bool is_strangers; /* `waiting` is counted so */
};

struct writing {
    uv_work_t work;
    struct exchange *x; /* NULL: it has gone meanwhile */
    struct buf bytes;
    uint64_t at;
    int fd;
    int error;
};

static void write_more(struct exchange *x);

/* 0, or an errno. Any thread. */
static int write_at(int fd, const struct buf *bytes, uint64_t where)
{
    for (size_t at = 0; at < bytes->n;) {
        ssize_t n = pwrite(fd, bytes->p + at, bytes->n - at, (off_t)(where + at));
        if (n >= 0)
            at += (size_t)n;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

static void write_on_worker(uv_work_t *work)
{
    struct writing *w = work->data;
    w->error = write_at(w->fd, &w->bytes, w->at);
}

static void fail_upload(struct exchange *x, int error)
{
    struct jmap_problem p;
    bool is_full = error == ENOSPC || error == EDQUOT || error == EFBIG;
    jmap_problem_set(&p, is_full ? 507 : 500, "about:blank", NULL, "%s",
                     is_full ? "there is no room for it" : "it could not be written");
    log_error("upload: %s", strerror(error));
    x->must_close = true;
    exchange_answer_problem(x, &p);
}

/* facteurd notices when it needs the place; the bytes need none from now on. On a worker: there may be gigabytes. */
struct giving_up {
    uv_work_t work;
    int fd;
};

static void empty_on_worker(uv_work_t *work)
{
    struct giving_up *g = work->data;
    if (ftruncate(g->fd, 0) < 0)
        log_debug("upload: %s", strerror(errno));
    close(g->fd);
}

static void emptied(uv_work_t *work, int status)
{
    (void)status;
    free(work->data);
}

static void give_up(uv_loop_t *loop, int fd)
{
    struct giving_up *g = XNEW(struct giving_up);
    g->work.data = g;
    g->fd = fd;
    if (uv_queue_work(loop, &g->work, empty_on_worker, emptied) < 0) {
        empty_on_worker(&g->work);
        free(g);
    }
}

static void written(uv_work_t *work, int status)
{
    struct writing *w = work->data;
    struct exchange *x = w->x;
    (void)status;
    if (x) {
        struct upload *u = x->state;
        u->writing = NULL;
        x->bridge->kept -= w->bytes.cap;
        x->moved_ms = now_ms();
        if (w->error && !x->status) /* answered meanwhile: the body grew too large */
            fail_upload(x, w->error);
        else
            write_more(x);
    } else {
        give_up(work->loop, w->fd); /* it was left to us */
    }
    free_wiped(w->bytes.p, w->bytes.cap);
    free(w);
}

/* It was started anew meanwhile, or had to make room. */
static bool was_forgotten(const struct facteur_reply *reply)
{
    const struct facteur_text *t = &reply->answers[0].error;
    json_t *error = reply->n == 1 && t->p ? json_loadb(t->p, t->n, 0, NULL) : NULL;
    const char *type = json_string_value(json_object_get(json_object_get(error, "data"), "type"));
    bool is = type && strcmp(type, "notFound") == 0;
    json_decref(error);
    return is;
}

static void finished(void *arg, enum backend_outcome outcome, const struct facteur_reply *reply,
                     struct facteur_conn *conn)
{
    struct exchange *x = arg;
    struct upload *u = x->state;
    struct buf body = {0};
    (void)conn;
    u->call = NULL;
    if (outcome != BACKEND_OK) {
        exchange_answer_outcome(x, outcome);
    } else if (reply->n == 1 && reply->answers[0].result.p) {
        buf_add(&body, reply->answers[0].result.p, reply->answers[0].result.n);
        exchange_answer(x, 201, "application/json", &body);
    } else if (was_forgotten(reply)) {
        exchange_header(x, "retry-after", "1");
        exchange_answer_text(x, 503, "facteurd was started anew meanwhile: it has to be uploaded again");
    } else {
        answer_error(x, reply);
    }
}

static void finish_upload(struct exchange *x)
{
    struct upload *u = x->state;
    const char *type = http_header(&x->head, "content-type");
    json_t *params = json_pack("{s:s, s:s}", "accountId", u->account, "uploadId", u->id);
    json_t *text = type ? json_string(type) : NULL;
    json_object_set_new(params, "type", text ? text : json_string("application/octet-stream"));
    u->is_finishing = true;
    u->call = call(x, "Blob/finish", params, finished);
}

static void set_paused(struct exchange *x, bool is_paused)
{
    struct upload *u = x->state;
    if (u->is_paused == is_paused || !x->pause)
        return;
    u->is_paused = is_paused;
    x->pause(x, is_paused);
}

static void write_more(struct exchange *x)
{
    struct upload *u = x->state;
    if (u->fd < 0 || u->writing || u->is_finishing || x->status)
        return;
    if (u->waiting.n < PIECE && !u->has_ended)
        return;
    if (u->waiting.n == 0) {
        finish_upload(x);
        return;
    }
    struct writing *w = u->writing = XNEW(struct writing);
    w->work.data = w;
    w->x = x;
    w->fd = u->fd;
    w->bytes = u->waiting;
    w->at = u->at;
    u->at += w->bytes.n;
    u->waiting = (struct buf){0};
    if (uv_queue_work(x->bridge->loop, &w->work, write_on_worker, written) < 0) {
        write_on_worker(&w->work);
        written(&w->work, 0);
        return;
    }
    set_paused(x, false);
}

/* Who only says who it is must not take the room of those who are let in. */
static void note_waiting(struct exchange *x, size_t before, size_t now)
{
    const struct upload *u = x->state;
    x->bridge->kept += now - before;
    if (u->is_strangers)
        x->bridge->kept_strangers += now - before;
}

static void no_stranger_now(struct exchange *x)
{
    struct upload *u = x->state;
    if (u->is_strangers)
        x->bridge->kept_strangers -= u->waiting.cap;
    u->is_strangers = false;
}

static void begun(void *arg, enum backend_outcome outcome, const struct facteur_reply *reply, struct facteur_conn *conn)
{
    struct exchange *x = arg;
    struct upload *u = x->state;
    u->call = NULL;
    if (x->status) /* answered meanwhile: there was no room for what came */
        return;
    if (outcome != BACKEND_OK) {
        x->must_close = true;
        exchange_answer_outcome(x, outcome);
        return;
    }
    no_stranger_now(x);
    json_t *result = result_of(reply);
    const char *id = json_string_value(json_object_get(result, "uploadId"));
    u->fd = facteur_conn_take_fd(conn);
    if (id && u->fd >= 0) {
        u->id = xstrdup(id);
        write_more(x);
    } else {
        x->must_close = true;
        answer_error(x, reply);
    }
    json_decref(result);
}

static void begin_upload(struct exchange *x)
{
    struct upload *u = x->state = XNEW(struct upload);
    struct jmap_problem p;
    unsigned *uploads = login_uploads(x->login);
    const char *path = x->head.path + strlen(ROUTE_UPLOAD);
    size_t n = strcspn(path, "/");
    u->fd = -1;
    u->is_strangers = !login_is_known(x->login);
    u->account = path[n + (path[n] == '/')] ? NULL : id_from(path, n);
    x->must_close = x->head.is_chunked || x->head.length > 0; /* unless it is read to its end */
    if (!u->account) {
        exchange_answer_text(x, 404, "there is no such account");
    } else if (*uploads >= BRIDGE_MAX_CONCURRENT_UPLOADS) {
        jmap_problem_set(&p, 400, "limit", "maxConcurrentUpload", "%d uploads are under way",
                         BRIDGE_MAX_CONCURRENT_UPLOADS);
        exchange_answer_problem(x, &p);
    } else {
        u->is_counted = true;
        ++*uploads;
        json_t *params = json_pack("{s:s}", "accountId", u->account);
        if (x->head.has_length)
            json_object_set_new(params, "size", json_integer((json_int_t)x->head.length));
        u->call = call(x, "Blob/begin", params, begun);
    }
}

static void write_here(struct exchange *x)
{
    struct upload *u = x->state;
    int error = write_at(u->fd, &u->waiting, u->at);
    u->at += u->waiting.n;
    x->bridge->kept -= u->waiting.cap;
    buf_done(&u->waiting);
    if (error)
        fail_upload(x, error);
}

static void upload_body(struct exchange *x, const char *p, size_t n)
{
    struct upload *u = x->state;
    const struct bridge *b = x->bridge;
    size_t before = u->waiting.cap;
    buf_add(&u->waiting, p, n);
    note_waiting(x, before, u->waiting.cap);
    if (u->waiting.n > UNWRITTEN_MAX)
        set_paused(x, true);
    if (b->kept > BRIDGE_KEPT_MAX || (u->is_strangers && b->kept_strangers > BRIDGE_KEPT_STRANGERS_MAX))
        exchange_answer_down(x);
    else if (x->is_h2 && u->fd >= 0 && u->waiting.n > UNWRITTEN_H2_MAX)
        write_here(x);
    else
        write_more(x);
}

static void end_upload(struct exchange *x)
{
    struct upload *u = x->state;
    u->has_ended = true;
    x->must_close = false;
    write_more(x);
}

static void gone_upload(struct exchange *x)
{
    struct upload *u = x->state;
    if (!u)
        return;
    backend_call_cancel(u->call);
    if (u->is_counted)
        --*login_uploads(x->login);
    if (u->writing) {
        x->bridge->kept -= u->writing->bytes.cap;
        u->writing->x = NULL;
    } else if (u->fd >= 0 && u->is_finishing) {
        close(u->fd);
    } else if (u->fd >= 0) {
        give_up(x->bridge->loop, u->fd);
    }
    note_waiting(x, u->waiting.cap, 0);
    free_wiped(u->waiting.p, u->waiting.cap);
    free(u->account);
    free(u->id);
    free(u);
}

const struct route route_upload = {.path = ROUTE_UPLOAD,
                                   .methods = 1u << HTTP_POST,
                                   .max_body = BRIDGE_MAX_UPLOAD,
                                   .begin = begin_upload,
                                   .body = upload_body,
                                   .end = end_upload,
                                   .gone = gone_upload};
