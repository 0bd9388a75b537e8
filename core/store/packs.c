#include "store/packs.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#define FILE_MAGIC "FCTPACK1"
#define RECORD_MAGIC 0x424C4246u /* "FBLB" */
#define RECORD_VERSION 1
#define BLOCK (256u << 10) /* copied and searched at a time */

struct pack_file {
    int64_t number;
    int fd;
    unsigned refs;
    bool is_retired;
    uint64_t epoch; /* of its retirement */
    uint64_t last_used;
};

struct packs {
    char *dir;
    int dir_fd;
    unsigned char name[PACK_NAME_SIZE];
    uint64_t limit;

    /* the writer's */
    int64_t current, highest; /* of this profile, 0: none (changed with the lock held); of any profile */
    uint64_t end;             /* of the current pack */
    bool must_begin;          /* the next record goes into a new pack */
    int64_t unsynced_from;    /* packs from here to `current` wait for packs_sync; 0: none */
    bool is_dir_unsynced;

    pthread_mutex_t lock;     /* guards the rest */
    struct pack_file **files; /* those that are open */
    int64_t *claimed;
    size_t n_claimed;
    size_t n_files;
    uint64_t clock;
};

/* ---- the formats ---- */

static void put32(unsigned char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(v >> (8 * i));
}

static void put64(unsigned char *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (unsigned char)(v >> (8 * i));
}

static uint32_t get32(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t get64(const unsigned char *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static uint32_t checksum(const void *p, size_t n)
{
    return (uint32_t)crc32(0, p, (uInt)n);
}

static void write_file_header(const struct packs *p, int64_t number, unsigned char out[PACK_FILE_HEADER])
{
    memcpy(out, FILE_MAGIC, 8);
    memcpy(out + 8, p->name, PACK_NAME_SIZE);
    put32(out + 24, (uint32_t)number);
    put32(out + 28, checksum(out, 28));
}

static bool is_file_header(const struct packs *p, int64_t number, const unsigned char in[PACK_FILE_HEADER])
{
    unsigned char ours[PACK_FILE_HEADER];
    write_file_header(p, number, ours);
    return memcmp(in, ours, sizeof(ours)) == 0;
}

static void write_record_header(const struct pack_record *r, unsigned char out[PACK_RECORD_HEADER])
{
    put32(out, RECORD_MAGIC);
    out[4] = RECORD_VERSION;
    out[5] = (unsigned char)r->flags;
    out[6] = out[7] = 0;
    put32(out + 8, r->dictionary);
    put64(out + 12, r->raw_size);
    put64(out + 20, r->body_size);
    memcpy(out + 28, r->sha256, 32);
    put32(out + 60, checksum(out, 60));
}

static bool read_record_header(const unsigned char in[PACK_RECORD_HEADER], struct pack_record *out)
{
    if (get32(in) != RECORD_MAGIC || in[4] != RECORD_VERSION || get32(in + 60) != checksum(in, 60))
        return false;
    *out = (struct pack_record){
        .flags = in[5], .dictionary = get32(in + 8), .raw_size = get64(in + 12), .body_size = get64(in + 20)};
    memcpy(out->sha256, in + 28, 32);
    return true;
}

/* ---- files ---- */

static void pack_path(int64_t number, char out[32])
{
    snprintf(out, 32, "%06lld.pack", (long long)number);
}

/* 0: the name is not a pack's. */
static int64_t number_of(const char *name)
{
    char again[32];
    long long number = strtoll(name, NULL, 10);
    if (number <= 0 || number > UINT32_MAX)
        return 0;
    pack_path(number, again);
    return strcmp(name, again) == 0 ? number : 0;
}

static int read_fully(int fd, uint64_t at, void *out, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(fd, (char *)out + done, n - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -1 : (errno = 0, -1); /* errno 0: the file ends here */
        done += (size_t)got;
    }
    return 0;
}

static int write_fully(int fd, uint64_t at, const void *from, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t put = pwrite(fd, (const char *)from + done, n - done, (off_t)(at + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        done += (size_t)put;
    }
    return 0;
}

static size_t place_of(const struct packs *p, int64_t number)
{
    size_t i = 0;
    while (i < p->n_files && p->files[i]->number != number)
        i++;
    return i;
}

static void close_at(struct packs *p, size_t i)
{
    close(p->files[i]->fd);
    free(p->files[i]);
    p->files[i] = p->files[--p->n_files];
}

/* The one that nobody has used for longest, if there are too many. */
static void close_one(struct packs *p)
{
    size_t oldest = p->n_files;
    for (size_t i = 0; i < p->n_files; i++) {
        const struct pack_file *f = p->files[i];
        if (f->refs == 0 && !f->is_retired && f->number != p->current &&
            (oldest == p->n_files || f->last_used < p->files[oldest]->last_used))
            oldest = i;
    }
    if (p->n_files > PACKS_OPEN_MAX && oldest < p->n_files)
        close_at(p, oldest);
}

/* Adds an open file to the table, with one reference. With the lock held. */
static struct pack_file *add_file(struct packs *p, int64_t number, int fd)
{
    struct pack_file *f = XNEW(struct pack_file);
    *f = (struct pack_file){.number = number, .fd = fd, .refs = 1, .last_used = ++p->clock};
    p->files = xreallocarray(p->files, p->n_files + 1, sizeof(struct pack_file *));
    p->files[p->n_files++] = f;
    close_one(p);
    return f;
}

static int acquire(struct packs *p, int64_t number, struct pack_file **out, struct fct_error *err)
{
    char name[32];

    pthread_mutex_lock(&p->lock);
    size_t i = place_of(p, number);
    struct pack_file *f = i < p->n_files ? p->files[i] : NULL;
    if (f) {
        f->refs++;
        f->last_used = ++p->clock;
    } else {
        pack_path(number, name);
        int fd = openat(p->dir_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 && errno == ENOENT) /* not "not found": what lies there is known, and damaged */
            fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "%s/%s is missing", p->dir, name);
        else if (fd < 0)
            fct_fail_errno(err, errno, "cannot open %s/%s", p->dir, name);
        else
            f = add_file(p, number, fd);
    }
    pthread_mutex_unlock(&p->lock);
    *out = f;
    return f ? 0 : -1;
}

static void release(struct packs *p, struct pack_file *f)
{
    pthread_mutex_lock(&p->lock);
    f->refs--;
    pthread_mutex_unlock(&p->lock);
}

static int fail_read(const struct packs *p, const struct pack_place *place, struct fct_error *err)
{
    if (errno)
        return fct_fail_errno(err, errno, "cannot read %s/%06lld.pack", p->dir, (long long)place->pack);
    return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "%s/%06lld.pack is damaged: it ends before offset %llu",
                    p->dir, (long long)place->pack, (unsigned long long)(place->offset + place->size));
}

/* ---- opening ---- */

/* Notes the highest pack of this profile and the highest number of all. */
static void look_at(struct packs *p, const char *name)
{
    unsigned char header[PACK_FILE_HEADER];

    int64_t number = number_of(name);
    if (number == 0)
        return;
    if (number > p->highest)
        p->highest = number;
    CLEANUP(closep) int fd = openat(p->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || number <= p->current || read_fully(fd, 0, header, sizeof(header)) < 0)
        return;
    if (is_file_header(p, number, header))
        p->current = number;
}

static int for_each_name(struct packs *p, void (*each)(struct packs *p, const char *name), struct fct_error *err)
{
    int fd = openat(p->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return fct_fail_errno(err, errno, "cannot read %s", p->dir);
    for (struct dirent *e; (e = readdir(dir));)
        each(p, e->d_name);
    closedir(dir);
    return 0;
}

static int sync_parent(const struct packs *p)
{
    CLEANUP(closep) int fd = openat(p->dir_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -1 : fsync(fd);
}

int packs_open(const char *profile_dir, const unsigned char name[PACK_NAME_SIZE], struct packs **out,
               struct fct_error *err)
{
    CLEANUP(packs_closep) struct packs *p = XNEW(struct packs);

    pthread_mutex_init(&p->lock, NULL);
    p->dir = xasprintf("%s/packs", profile_dir);
    p->dir_fd = -1;
    p->limit = PACK_LIMIT;
    memcpy(p->name, name, PACK_NAME_SIZE);
    bool is_new = mkdir(p->dir, 0700) == 0;
    if (!is_new && errno != EEXIST)
        return fct_fail_errno(err, errno, "cannot make %s", p->dir);
    p->dir_fd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (p->dir_fd < 0)
        return fct_fail_errno(err, errno, "cannot open %s", p->dir);
    if (is_new && sync_parent(p) < 0) /* its name must last as what is put into it */
        return fct_fail_errno(err, errno, "cannot sync %s", profile_dir);
    if (for_each_name(p, look_at, err) < 0)
        return -1;
    p->must_begin = true; /* until packs_recover has looked */
    *out = TAKE(p);
    return 0;
}

void packs_close(struct packs *p)
{
    if (!p)
        return;
    while (p->n_files > 0)
        close_at(p, 0);
    closep(&p->dir_fd);
    pthread_mutex_destroy(&p->lock);
    free(p->files);
    free(p->dir);
    free(p->claimed);
    free(p);
}

int64_t packs_current(struct packs *p)
{
    pthread_mutex_lock(&p->lock);
    int64_t current = p->current;
    pthread_mutex_unlock(&p->lock);
    return current;
}

void packs_reserve(struct packs *p, int64_t highest)
{
    if (highest > p->highest && highest <= UINT32_MAX)
        p->highest = highest;
}

void packs_set_limit(struct packs *p, uint64_t limit)
{
    p->limit = limit;
}

/* ---- looking through a pack ---- */

static bool record_at(int fd, uint64_t at, uint64_t file_size, struct pack_record *out)
{
    unsigned char header[PACK_RECORD_HEADER];
    return at <= file_size && file_size - at >= sizeof(header) && read_fully(fd, at, header, sizeof(header)) == 0 &&
           read_record_header(header, out) && out->body_size <= file_size - at - sizeof(header);
}

/* The first intact record at or after `at`; file_size if there is none. */
static uint64_t next_record(int fd, uint64_t at, uint64_t file_size, struct pack_record *out)
{
    CLEANUP(freep) unsigned char *block = NULL;
    unsigned char magic[4];

    if (record_at(fd, at, file_size, out))
        return at;
    put32(magic, RECORD_MAGIC);
    block = xmalloc(BLOCK);
    for (uint64_t base = at + 1; base + PACK_RECORD_HEADER <= file_size;) {
        size_t n = file_size - base < BLOCK ? (size_t)(file_size - base) : BLOCK;
        if (read_fully(fd, base, block, n) < 0)
            return file_size;
        for (unsigned char *hit = block; (hit = memmem(hit, n - (size_t)(hit - block), magic, 4)); hit++)
            if (record_at(fd, base + (uint64_t)(hit - block), file_size, out))
                return base + (uint64_t)(hit - block);
        if (base + n == file_size)
            break;
        base += n - 3; /* a magic may lie across two blocks */
    }
    return file_size;
}

static int size_of(const struct packs *p, const struct pack_file *f, uint64_t *out, struct fct_error *err)
{
    struct stat sb;
    if (fstat(f->fd, &sb) < 0)
        return fct_fail_errno(err, errno, "cannot read %s/%06lld.pack", p->dir, (long long)f->number);
    *out = (uint64_t)sb.st_size;
    return 0;
}

int packs_scan(struct packs *p, int64_t pack,
               int (*each)(void *ctx, const struct pack_place *place, const struct pack_record *r,
                           struct fct_error *err),
               void *ctx, struct fct_error *err)
{
    struct pack_file *f;
    struct pack_record r;
    uint64_t size = 0;
    int result = 0;

    if (acquire(p, pack, &f, err) < 0)
        return -1;
    if (size_of(p, f, &size, err) < 0)
        result = -1;
    for (uint64_t at = PACK_FILE_HEADER; result == 0 && (at = next_record(f->fd, at, size, &r)) < size;) {
        struct pack_place place = {pack, at, PACK_RECORD_HEADER + r.body_size};
        result = each(ctx, &place, &r, err);
        at += place.size;
    }
    release(p, f);
    return result;
}

/* Whole records behind the committed ones are kept: they are dead to this database, but it may be an older copy that
 * somebody put back. Only a torn last record is cut off. */
static int recover_file(struct packs *p, const struct pack_file *f, uint64_t at, struct fct_error *err)
{
    struct pack_record r;
    uint64_t size = 0;

    if (size_of(p, f, &size, err) < 0)
        return -1;
    if (size < at) {
        log_warn("store", "%s/%06lld.pack is shorter than it was: some messages cannot be read", p->dir,
                 (long long)p->current);
        return 0;
    }
    while (record_at(f->fd, at, size, &r))
        at += PACK_RECORD_HEADER + r.body_size;
    if (at < size) {
        if (next_record(f->fd, at, size, &r) < size)
            return 0; /* damage in the middle: go on in a new pack, touch nothing here */
        log_info("store", "%s/%06lld.pack: a record was cut off by a crash, %llu bytes dropped", p->dir,
                 (long long)p->current, (unsigned long long)(size - at));
        if (ftruncate(f->fd, (off_t)at) < 0)
            return fct_fail_errno(err, errno, "cannot write %s/%06lld.pack", p->dir, (long long)p->current);
    }
    p->end = at;
    p->must_begin = false;
    return 0;
}

int packs_recover(struct packs *p, uint64_t committed_end, struct fct_error *err)
{
    struct pack_file *f;

    if (p->current == 0)
        return 0;
    if (acquire(p, p->current, &f, err) < 0)
        return -1;
    int result = recover_file(p, f, committed_end < PACK_FILE_HEADER ? PACK_FILE_HEADER : committed_end, err);
    release(p, f);
    return result;
}

/* ---- appending ---- */

static int begin_pack(struct packs *p, struct fct_error *err)
{
    unsigned char header[PACK_FILE_HEADER];
    char name[32];

    int64_t number = p->highest + 1;
    pack_path(number, name);
    CLEANUP(closep) int fd = openat(p->dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fct_fail_errno(err, errno, "cannot make %s/%s", p->dir, name);
    write_file_header(p, number, header);
    if (write_fully(fd, 0, header, sizeof(header)) < 0) {
        int errnum = errno;
        unlinkat(p->dir_fd, name, 0);
        return fct_fail_errno(err, errnum, "cannot write %s/%s", p->dir, name);
    }
    pthread_mutex_lock(&p->lock);
    add_file(p, number, TAKE_FD(fd))->refs--;
    p->current = number;
    pthread_mutex_unlock(&p->lock);
    p->highest = number;
    p->end = PACK_FILE_HEADER;
    p->must_begin = false;
    p->is_dir_unsynced = true;
    return 0;
}

static int copy_file(int from, uint64_t from_at, uint64_t n, int to, uint64_t to_at)
{
    CLEANUP(freep) char *block = xmalloc(BLOCK);
    for (uint64_t done = 0; done < n;) {
        size_t piece = n - done < BLOCK ? (size_t)(n - done) : BLOCK;
        if (read_fully(from, from_at + done, block, piece) < 0 || write_fully(to, to_at + done, block, piece) < 0)
            return -1;
        done += piece;
    }
    return 0;
}

static int write_record(int to, uint64_t at, const unsigned char *header, struct fct_bytes body, int fd,
                        uint64_t fd_size)
{
    /* One write for header and body: for a small message the calls cost more than the bytes. */
    if (body.n <= BLOCK) {
        CLEANUP(freep) char *whole = xmalloc(PACK_RECORD_HEADER + body.n);
        memcpy(whole, header, PACK_RECORD_HEADER);
        if (body.n > 0)
            memcpy(whole + PACK_RECORD_HEADER, body.p, body.n);
        if (write_fully(to, at, whole, PACK_RECORD_HEADER + body.n) < 0)
            return -1;
    } else if (write_fully(to, at, header, PACK_RECORD_HEADER) < 0 ||
               write_fully(to, at + PACK_RECORD_HEADER, body.p, body.n) < 0) {
        return -1;
    }
    return fd < 0 ? 0 : copy_file(fd, 0, fd_size, to, at + PACK_RECORD_HEADER + body.n);
}

static int begin_record(struct packs *p, uint64_t size, struct pack_file **out, struct fct_error *err)
{
    bool is_full = p->end > PACK_FILE_HEADER && p->end + size > p->limit;
    if ((p->current == 0 || p->must_begin || is_full) && begin_pack(p, err) < 0)
        return -1;
    return acquire(p, p->current, out, err);
}

/* `wrote` tells whether the record was written whole; if not, what there is of it is taken back. */
static int end_record(struct packs *p, struct pack_file *f, bool wrote, uint64_t size, struct pack_place *out,
                      struct fct_error *err)
{
    int errnum = errno;
    if (wrote) {
        *out = (struct pack_place){p->current, p->end, size};
        p->end += size;
        if (p->unsynced_from == 0)
            p->unsynced_from = p->current;
    } else {
        if (ftruncate(f->fd, (off_t)p->end) < 0)
            p->must_begin = true;
        fct_fail_errno(err, errnum ? errnum : EIO, "cannot write %s/%06lld.pack", p->dir, (long long)p->current);
    }
    release(p, f);
    return wrote ? 0 : -1;
}

int packs_append(struct packs *p, const struct pack_record *r, struct fct_bytes body, int fd, struct pack_place *out,
                 struct fct_error *err)
{
    unsigned char header[PACK_RECORD_HEADER];
    struct pack_file *f;

    assert(body.n <= r->body_size && (fd >= 0 || body.n == r->body_size));
    write_record_header(r, header);
    if (begin_record(p, PACK_RECORD_HEADER + r->body_size, &f, err) < 0)
        return -1;
    bool wrote = write_record(f->fd, p->end, header, body, fd, r->body_size - body.n) == 0;
    return end_record(p, f, wrote, PACK_RECORD_HEADER + r->body_size, out, err);
}

/* ---- records that are written beside the writer ---- */

static bool is_claimed(struct packs *p, int64_t number)
{
    size_t i = 0;
    pthread_mutex_lock(&p->lock);
    while (i < p->n_claimed && p->claimed[i] != number)
        i++;
    bool found = i < p->n_claimed;
    pthread_mutex_unlock(&p->lock);
    return found;
}

int packs_claim(struct packs *p, uint64_t size, struct pack_place *out, struct fct_error *err)
{
    if (begin_pack(p, err) < 0)
        return -1;
    pthread_mutex_lock(&p->lock);
    p->claimed = xreallocarray(p->claimed, p->n_claimed + 1, sizeof(*p->claimed));
    p->claimed[p->n_claimed++] = p->current;
    pthread_mutex_unlock(&p->lock);
    *out = (struct pack_place){p->current, PACK_FILE_HEADER, size};
    p->must_begin = true;
    return 0;
}

int packs_fill(struct packs *p, const struct pack_place *place, const struct pack_record *r, struct fct_bytes body,
               int fd, struct fct_error *err)
{
    unsigned char header[PACK_RECORD_HEADER];
    struct pack_file *f;

    assert(place->size == PACK_RECORD_HEADER + r->body_size);
    write_record_header(r, header);
    if (acquire(p, place->pack, &f, err) < 0)
        return -1;
    bool wrote =
        write_record(f->fd, place->offset, header, body, fd, r->body_size - body.n) == 0 && fdatasync(f->fd) == 0;
    int errnum = errno;
    if (!wrote && ftruncate(f->fd, PACK_FILE_HEADER) < 0)
        log_warn("store", "%s/%06lld.pack: what was written in vain stays", p->dir, (long long)place->pack);
    release(p, f);
    return wrote ? 0
                 : fct_fail_errno(err, errnum ? errnum : EIO, "cannot write %s/%06lld.pack", p->dir,
                                  (long long)place->pack);
}

void packs_unclaim(struct packs *p, int64_t pack)
{
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < p->n_claimed; i++)
        if (p->claimed[i] == pack)
            p->claimed[i--] = p->claimed[--p->n_claimed];
    pthread_mutex_unlock(&p->lock);
}

int packs_copy(struct packs *p, const struct pack_place *from, struct pack_place *out, struct fct_error *err)
{
    struct pack_record r;
    struct pack_file *source, *f;

    if (packs_load(p, from, 0, &r, NULL, err) < 0 || acquire(p, from->pack, &source, err) < 0)
        return -1;
    if (begin_record(p, from->size, &f, err) < 0) {
        release(p, source);
        return -1;
    }
    bool wrote = copy_file(source->fd, from->offset, from->size, f->fd, p->end) == 0;
    release(p, source);
    return end_record(p, f, wrote, from->size, out, err);
}

int packs_sync(struct packs *p, struct fct_error *err)
{
    struct pack_file *f;

    if (p->is_dir_unsynced) {
        if (fsync(p->dir_fd) < 0)
            return fct_fail_errno(err, errno, "cannot sync %s", p->dir);
        p->is_dir_unsynced = false;
    }
    for (; p->unsynced_from != 0 && p->unsynced_from <= p->current; p->unsynced_from++) {
        if (is_claimed(p, p->unsynced_from)) /* whoever fills it brings it to the disk */
            continue;
        if (acquire(p, p->unsynced_from, &f, err) < 0)
            return -1;
        int rc = fdatasync(f->fd);
        int errnum = errno;
        release(p, f);
        if (rc < 0) {
            /* The kernel may have dropped the pages and will report success next time: never trust this tail again. */
            p->must_begin = true;
            p->unsynced_from = 0;
            return fct_fail_errno(err, errnum, "cannot sync %s/%06lld.pack", p->dir, (long long)p->current);
        }
    }
    p->unsynced_from = 0;
    return 0;
}

/* ---- reading ---- */

static int fail_damaged(const struct packs *p, const struct pack_place *place, struct fct_error *err)
{
    return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "%s/%06lld.pack is damaged at offset %llu", p->dir,
                    (long long)place->pack, (unsigned long long)place->offset);
}

int packs_load(struct packs *p, const struct pack_place *place, size_t max, struct pack_record *out, struct buf *body,
               struct fct_error *err)
{
    unsigned char header[PACK_RECORD_HEADER];
    struct pack_file *f;

    if (place->size < PACK_RECORD_HEADER)
        return fail_damaged(p, place, err);
    if (acquire(p, place->pack, &f, err) < 0)
        return -1;
    size_t n = place->size - PACK_RECORD_HEADER < max ? (size_t)(place->size - PACK_RECORD_HEADER) : max;
    char *start = body ? buf_reserve(body, PACK_RECORD_HEADER + n) : (char *)header;
    int result = read_fully(f->fd, place->offset, start, PACK_RECORD_HEADER + (body ? n : 0));
    if (result < 0)
        fail_read(p, place, err);
    release(p, f);
    if (result < 0)
        return -1;
    if (!read_record_header((unsigned char *)start, out) || PACK_RECORD_HEADER + out->body_size != place->size)
        return fail_damaged(p, place, err);
    if (body) {
        buf_grown(body, PACK_RECORD_HEADER + n);
        buf_consume(body, PACK_RECORD_HEADER);
    }
    return 0;
}

int packs_read(struct packs *p, const struct pack_place *place, uint64_t at, void *out, size_t n, struct fct_error *err)
{
    struct pack_file *f;

    if (at > place->size - PACK_RECORD_HEADER || n > place->size - PACK_RECORD_HEADER - at)
        return fail_damaged(p, place, err);
    if (acquire(p, place->pack, &f, err) < 0)
        return -1;
    int result = read_fully(f->fd, place->offset + PACK_RECORD_HEADER + at, out, n);
    if (result < 0)
        fail_read(p, place, err);
    release(p, f);
    return result;
}

/* ---- for compaction ---- */

struct listing {
    struct pack_info *list;
    size_t n;
};

static int by_number(const void *a, const void *b)
{
    const struct pack_info *x = a, *y = b;
    return (x->pack > y->pack) - (x->pack < y->pack);
}

int packs_list(struct packs *p, struct pack_info **out, size_t *out_n, struct fct_error *err)
{
    unsigned char header[PACK_FILE_HEADER];
    struct listing l = {0};
    struct stat sb;

    int dir_fd = openat(p->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = dir_fd < 0 ? NULL : fdopendir(dir_fd);
    if (!dir)
        return fct_fail_errno(err, errno, "cannot read %s", p->dir);
    for (struct dirent *e; (e = readdir(dir));) {
        int64_t number = number_of(e->d_name);
        if (number == 0)
            continue;
        CLEANUP(closep) int fd = openat(p->dir_fd, e->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 || fstat(fd, &sb) < 0 || read_fully(fd, 0, header, sizeof(header)) < 0 ||
            !is_file_header(p, number, header) || is_claimed(p, number))
            continue;
        l.list = xreallocarray(l.list, l.n + 1, sizeof(*l.list));
        l.list[l.n++] = (struct pack_info){number, (uint64_t)sb.st_size};
    }
    closedir(dir);
    if (l.n > 0)
        qsort(l.list, l.n, sizeof(*l.list), by_number);
    *out = l.list;
    *out_n = l.n;
    return 0;
}

int packs_retire(struct packs *p, int64_t pack, uint64_t epoch, struct fct_error *err)
{
    struct pack_file *f;
    char name[32];

    assert(pack != p->current);
    if (acquire(p, pack, &f, err) < 0)
        return -1;
    pack_path(pack, name);
    int rc = unlinkat(p->dir_fd, name, 0);
    int errnum = errno;
    pthread_mutex_lock(&p->lock);
    f->refs--;
    f->is_retired = rc == 0;
    f->epoch = epoch;
    pthread_mutex_unlock(&p->lock);
    if (rc < 0)
        return fct_fail_errno(err, errnum, "cannot remove %s/%s", p->dir, name);
    p->is_dir_unsynced = true;
    return 0;
}

void packs_forget_retired(struct packs *p, uint64_t oldest_epoch)
{
    pthread_mutex_lock(&p->lock);
    for (size_t i = p->n_files; i-- > 0;)
        if (p->files[i]->is_retired && p->files[i]->refs == 0 && p->files[i]->epoch <= oldest_epoch)
            close_at(p, i);
    pthread_mutex_unlock(&p->lock);
}
