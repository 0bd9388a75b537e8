/* Blob/begin, Blob/finish: uploads through a descriptor, of any size without memory of that size. */
#include "methods/email.h"

#include "access.h"
#include "async/wait.h"
#include "audit.h"
#include "store/tokens.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#define PIECE_BYTES ((size_t)256 << 10)
#define LARGE_BYTES (16 << 20) /* of these few at a time: each keeps a worker, of which there are four for everybody \
                                */
#define LARGE_AT_ONCE 2

static int64_t token_of(const struct api_call *call)
{
    return call->access ? call->access->token_id : 0;
}

static int fail_too_large(struct fct_error *err)
{
    return fct_fail(err, FCT_E_TOO_LARGE, FCT_RETRY_NEVER, "larger than maxSizeUpload, %llu bytes",
                    (unsigned long long)API_MAX_UPLOAD_STREAM);
}

struct finding {
    struct api_call *call;
    const char *account;
    int64_t account_id;
};

static int find_account(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct finding *f = arg;
    return account_find_one(f->call, tx, f->account, &f->account_id, err);
}

/* ---- Blob/begin ---- */

struct making {
    struct store *store;
    uint64_t size; /* that is announced */
    int fd, result;
    struct fct_error *err;
};

static void make_file(void *arg)
{
    struct making *m = arg;
    struct statvfs fs;
    bool is_known = m->size > 0 && statvfs(store_profile_dir(m->store), &fs) == 0 && fs.f_frsize > 0;
    if (is_known && m->size / fs.f_frsize >= fs.f_bavail)
        m->result = fct_fail(m->err, FCT_E_OVER_QUOTA, FCT_RETRY_LATER, "the disk has no room for so many bytes");
    else
        m->result = store_upload_fd(m->store, &m->fd, m->err);
}

int api_blob_begin(struct api_call *call, const struct api_blob_begin_args *args, json_t **out, struct fct_error *err)
{
    struct finding f = {call, args->account_id, 0};
    uint64_t size = args->size > 0 ? (uint64_t)args->size : 0;
    struct making m = {.store = call->api->store, .size = size, .fd = -1, .err = err};
    const char *id;
    size_t index;
    if (store_read(call->api->store, find_account, &f, err) < 0)
        return -1;
    if (size > API_MAX_UPLOAD_STREAM)
        return fail_too_large(err);
    if (uploads_begin(call, size, err) < 0)
        return -1;
    uploads_end(call, size, false); /* it counts when it is there */
    if (wait_offload(make_file, &m, err) < 0 || m.result < 0)
        return -1;
    bool is_locked;
    int handed_over = streams_writer(&m.fd, &is_locked);
    if (handed_over < 0) {
        close(m.fd);
        return fct_fail_errno(err, errno, "no descriptor is left");
    }
    if (streams_add(&call->api->streams, m.fd, is_locked, f.account_id, token_of(call), (int64_t)time(NULL), &id, err) <
        0) {
        close(handed_over);
        return -1;
    }
    *out = json_pack("{s:s, s:s, s:I}", "accountId", args->account_id, "uploadId", id, "maxSize",
                     (json_int_t)API_MAX_UPLOAD_STREAM);
    if (call_add_fd(call, handed_over, &index, err) < 0) {
        json_decref(*out);
        *out = NULL;
        return -1;
    }
    json_object_set_new(*out, "fdIndex", json_integer((json_int_t)index));
    return 0;
}

/* ---- Blob/finish ---- */

struct finishing {
    struct api_call *call;
    struct store *store;
    int fd;
    struct blob_stage *stage;
    int result;
    struct fct_error *err;
};

static void finishing_done(struct finishing *f)
{
    blob_stage_free(f->stage);
    if (f->fd >= 0)
        close(f->fd);
}

/* What is there now; what is written behind our back while it is read is in it or is not. */
static int stage_file(struct finishing *f, struct fct_error *err)
{
    CLEANUP(freep) char *piece = xmalloc(PIECE_BYTES);
    struct stat st;
    if (fstat(f->fd, &st) == 0 && (uint64_t)st.st_size > API_MAX_UPLOAD_STREAM)
        return fail_too_large(err);
    for (off_t at = 0;;) {
        ssize_t n = pread(f->fd, piece, PIECE_BYTES, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fct_fail_errno(err, errno, "cannot read the upload");
        if (n == 0)
            return blob_stage_finish(f->stage, err);
        if ((uint64_t)n > API_MAX_UPLOAD_STREAM - blob_stage_size(f->stage))
            return fail_too_large(err);
        if (blob_stage_add(f->stage, bytes_of(piece, (size_t)n), err) < 0)
            return -1;
        at += n;
    }
}

static void stage_on_worker(void *arg)
{
    struct finishing *f = arg;
    f->result = stage_file(f, f->err);
}

static void fill_on_worker(void *arg)
{
    struct finishing *f = arg;
    f->result = blob_stage_fill(f->stage, f->err);
}

static int claim(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct finishing *f = arg;
    return store_blob_claim(tx, f->stage, err);
}

static int add(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct finishing *f = arg;
    int64_t id, expires = (int64_t)time(NULL) + API_UPLOAD_KEPT_SECONDS;
    audit_note(f->call, tx);
    if (store_blob_add(tx, f->stage, expires, &id, err) < 0)
        return -1;
    if (!f->call->access) /* a token's are counted, and where it does not see all accounts it has these by their hash
                             only */
        return 0;
    return store_token_uploaded(tx, f->call->access->token_id, blob_stage_sha256(f->stage), expires, err);
}

static int keep(struct finishing *f, struct fct_error *err)
{
    if (blob_stage_is_large(f->stage) &&
        (store_write(f->store, claim, f, err) < 0 || wait_offload(fill_on_worker, f, err) < 0 || f->result < 0))
        return -1;
    return store_write(f->store, add, f, err);
}

/* The writer records it; a large one's bytes are on the disk before it comes to that. */
static int store_it(struct finishing *f, struct fct_error *err)
{
    if (wait_offload(stage_on_worker, f, err) < 0 || f->result < 0 ||
        uploads_begin(f->call, blob_stage_size(f->stage), err) < 0)
        return -1;
    int result = keep(f, err);
    uploads_end(f->call, blob_stage_size(f->stage), result == 0);
    return result;
}

static bool is_large(const struct finishing *f)
{
    struct stat st;
    return fstat(f->fd, &st) == 0 && st.st_size > LARGE_BYTES;
}

static int store_in_turn(struct finishing *f, struct fct_error *err)
{
    struct streams *u = &f->call->api->streams;
    if (!is_large(f))
        return store_it(f, err);
    while (u->n_large >= LARGE_AT_ONCE)
        if (wait_event(&u->large_ended, "other large uploads", WAIT_FOREVER, err) < 0)
            return -1;
    u->n_large++;
    int result = store_it(f, err);
    u->n_large--;
    wait_event_raise(&u->large_ended);
    return result;
}

int api_blob_finish(struct api_call *call, const struct api_blob_finish_args *args, json_t **out, struct fct_error *err)
{
    struct finding found = {call, args->account_id, 0};
    CLEANUP(finishing_done) struct finishing f = {.call = call, .store = call->api->store, .fd = -1, .err = err};
    char id[BLOB_ID_SIZE];
    if (store_read(call->api->store, find_account, &found, err) < 0)
        return -1;
    f.fd = streams_take(&call->api->streams, args->upload_id, found.account_id, token_of(call));
    if (f.fd < 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is no such upload");
    f.stage = blob_stage_new(call->api->store);
    if (store_in_turn(&f, err) < 0)
        return -1;
    blob_id_format(blob_stage_sha256(f.stage), id);
    *out =
        json_pack("{s:s, s:s, s:s, s:I}", "accountId", args->account_id, "blobId", id, "type",
                  args->type ? args->type : "application/octet-stream", "size", (json_int_t)blob_stage_size(f.stage));
    return 0;
}
