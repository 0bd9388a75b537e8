#include "store/dict.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <zlib.h>
#define ZDICT_STATIC_LINKING_ONLY /* for the training with parameters that are known to be good */
#include <zdict.h>
#define ZSTD_STATIC_LINKING_ONLY /* for ZSTD_c_forceAttachDict, without which all would work, too */
#include <zstd.h>

#define LEVEL 3                    /* 5 makes a twentieth less of it, for 2.4 times the time */
#define DICT_CAPACITY (256u << 10) /* measured: 0.525 of raw instead of 0.541 with 64 KiB, at the same speed */
/* zstd's own search for parameters compresses the samples again and again, for eight times the time, and finds nothing
 * better: 0.356 of raw either way. */
#define SEGMENT_BYTES 1000
#define TRAINING_SPEED 5
#define DICT_FILE_MAX (1u << 20)
#define FILE_MAGIC "FCTDICT1"
#define FILE_HEADER 16 /* magic, u32 size, u32 CRC-32 of the dictionary; little-endian */
#define POOL_MAX 8

struct dictionary {
    uint32_t number;
    struct buf content;
    ZSTD_CDict *compress; /* made when first needed */
    ZSTD_DDict *decompress;
};

struct dicts {
    char *dir;
    pthread_mutex_t lock;     /* guards everything below */
    struct dictionary **list; /* ascending; an entry stays where it is */
    size_t n;
    uint32_t highest; /* number in use, by a damaged file too */
    ZSTD_CCtx *compressors[POOL_MAX];
    ZSTD_DCtx *decompressors[POOL_MAX];
    size_t n_compressors, n_decompressors;

    /* training: only in a profile without a dictionary of its own */
    struct buf samples;
    size_t *sample_sizes;
    unsigned n_samples;
    bool has_enough, is_training;
    pthread_t trainer;
};

/* ---- dictionaries ---- */

static struct dictionary *add(struct dicts *d, uint32_t number, struct buf content)
{
    struct dictionary *x = XNEW(struct dictionary);
    x->number = number;
    x->content = content;
    d->list = xreallocarray(d->list, d->n + 1, sizeof(struct dictionary *));
    size_t i = d->n++;
    for (; i > 0 && d->list[i - 1]->number > number; i--)
        d->list[i] = d->list[i - 1];
    d->list[i] = x;
    return x;
}

static void dictionary_free(struct dictionary *x)
{
    ZSTD_freeCDict(x->compress);
    ZSTD_freeDDict(x->decompress);
    buf_done(&x->content);
    free(x);
}

static void dict_name(const struct dicts *d, uint32_t number, char *out, size_t size)
{
    snprintf(out, size, "%s/%04u.dict", d->dir, (unsigned)number);
}

static void put32(char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (char)(v >> (8 * i));
}

static int save(const struct dicts *d, uint32_t number, const struct buf *content, struct fct_error *err)
{
    char path[4096], temporary[4096], header[FILE_HEADER] = FILE_MAGIC;

    put32(header + 8, (uint32_t)content->n);
    put32(header + 12, (uint32_t)crc32(0, (const Bytef *)content->p, (uInt)content->n));
    dict_name(d, number, path, sizeof(path));
    if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the profile's name is too long");
    CLEANUP(closep) int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    CLEANUP(closep) int dir_fd = open(d->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || dir_fd < 0 || write(fd, header, sizeof(header)) != (ssize_t)sizeof(header) ||
        write(fd, content->p, content->n) != (ssize_t)content->n || fsync(fd) < 0 || rename(temporary, path) < 0 ||
        fsync(dir_fd) < 0) {
        int errnum = errno;
        unlink(temporary);
        return fct_fail_errno(err, errnum, "cannot write %s", path);
    }
    return 0;
}

/* NULL when it cannot be read or is damaged: then so is what was compressed with it, and that is told where it is read.
 */
static struct dictionary *load(struct dicts *d, uint32_t number)
{
    char path[4096], header[FILE_HEADER], ours[FILE_HEADER] = FILE_MAGIC;
    struct stat sb;

    dict_name(d, number, path, sizeof(path));
    CLEANUP(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &sb) < 0 || sb.st_size <= FILE_HEADER || sb.st_size > DICT_FILE_MAX)
        return NULL;
    CLEANUP(buf_done) struct buf content = {0};
    size_t n = (size_t)sb.st_size - FILE_HEADER;
    if (read(fd, header, sizeof(header)) != (ssize_t)sizeof(header) ||
        read(fd, buf_reserve(&content, n), n) != (ssize_t)n)
        return NULL;
    buf_grown(&content, n);
    put32(ours + 8, (uint32_t)n);
    put32(ours + 12, (uint32_t)crc32(0, (const Bytef *)content.p, (uInt)n));
    if (memcmp(header, ours, sizeof(ours)) != 0)
        return NULL;
    struct buf taken = content;
    content = (struct buf){0};
    return add(d, number, taken);
}

static int load_all(struct dicts *d, struct fct_error *err)
{
    DIR *dir = opendir(d->dir);
    if (!dir)
        return fct_fail_errno(err, errno, "cannot read %s", d->dir);
    for (struct dirent *e; (e = readdir(dir));) {
        char again[32];
        unsigned long number = strtoul(e->d_name, NULL, 10);
        snprintf(again, sizeof(again), "%04lu.dict", number);
        if (number <= DICT_BUILTIN || number >= UINT32_MAX || strcmp(e->d_name, again) != 0)
            continue;
        if (number > d->highest)
            d->highest = (uint32_t)number;
        if (!load(d, (uint32_t)number))
            log_warn("store", "%s/%s is damaged", d->dir, again);
    }
    closedir(dir);
    return 0;
}

int dicts_open(const char *profile_dir, struct dicts **out, struct fct_error *err)
{
    CLEANUP(dicts_closep) struct dicts *d = XNEW(struct dicts);
    struct buf content = {0};

    pthread_mutex_init(&d->lock, NULL);
    d->dir = xasprintf("%s/packs", profile_dir);
    buf_add(&content, dict_builtin, dict_builtin_size);
    add(d, DICT_BUILTIN, content);
    d->highest = DICT_BUILTIN;
    if (load_all(d, err) < 0)
        return -1;
    *out = TAKE(d);
    return 0;
}

void dicts_relax(struct dicts *d)
{
    pthread_mutex_lock(&d->lock);
    while (d->n_compressors > 0)
        ZSTD_freeCCtx(d->compressors[--d->n_compressors]);
    while (d->n_decompressors > 0)
        ZSTD_freeDCtx(d->decompressors[--d->n_decompressors]);
    pthread_mutex_unlock(&d->lock);
}

static void wait_for_training(struct dicts *d)
{
    pthread_mutex_lock(&d->lock);
    bool must_join = d->is_training;
    d->is_training = false;
    pthread_mutex_unlock(&d->lock);
    if (must_join)
        pthread_join(d->trainer, NULL);
}

void dicts_close(struct dicts *d)
{
    if (!d)
        return;
    wait_for_training(d);
    dicts_relax(d);
    for (size_t i = 0; i < d->n; i++)
        dictionary_free(d->list[i]);
    buf_done(&d->samples);
    pthread_mutex_destroy(&d->lock);
    free(d->sample_sizes);
    free(d->list);
    free(d->dir);
    free(d);
}

uint32_t dicts_newest(struct dicts *d)
{
    wait_for_training(d);
    pthread_mutex_lock(&d->lock);
    uint32_t number = d->list[d->n - 1]->number;
    pthread_mutex_unlock(&d->lock);
    return number;
}

/* ---- training ---- */

static size_t train(const struct buf *samples, const size_t *sizes, unsigned n, struct buf *out)
{
    ZDICT_fastCover_params_t with = {
        .k = SEGMENT_BYTES, .d = 8, .f = 20, .accel = TRAINING_SPEED, .zParams.compressionLevel = LEVEL};
    size_t got =
        ZDICT_trainFromBuffer_fastCover(buf_reserve(out, DICT_CAPACITY), DICT_CAPACITY, samples->p, sizes, n, with);
    if (ZDICT_isError(got))
        return 0; /* too alike or too few: the built-in one will do */
    buf_grown(out, got);
    return got;
}

static void *trainer_main(void *arg)
{
    struct dicts *d = arg;
    CLEANUP(buf_done) struct buf samples = {0};
    CLEANUP(buf_done) struct buf content = {0};
    CLEANUP(freep) size_t *sizes = NULL;
    struct fct_error err = {0};

    pthread_setname_np(pthread_self(), "store trainer");
    pthread_mutex_lock(&d->lock);
    samples = d->samples;
    sizes = TAKE(d->sample_sizes);
    unsigned n = d->n_samples;
    d->samples = (struct buf){0};
    uint32_t number = ++d->highest;
    pthread_mutex_unlock(&d->lock);

    if (train(&samples, sizes, n, &content) == 0)
        return NULL;
    if (save(d, number, &content, &err) < 0) {
        log_warn("store", "%s", err.message);
        return NULL;
    }
    pthread_mutex_lock(&d->lock);
    add(d, number, content);
    content = (struct buf){0};
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

static void start_training(struct dicts *d)
{
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 1 << 20);
    d->is_training = pthread_create(&d->trainer, &attr, trainer_main, d) == 0;
    pthread_attr_destroy(&attr);
}

void dicts_sample(struct dicts *d, struct fct_bytes raw)
{
    size_t n = raw.n < DICT_SAMPLE_BYTES ? raw.n : DICT_SAMPLE_BYTES;

    pthread_mutex_lock(&d->lock);
    if (n > 0 && d->n == 1 && !d->has_enough) {
        if (!d->sample_sizes)
            d->sample_sizes = xcalloc(DICT_SAMPLES, sizeof(*d->sample_sizes));
        buf_add(&d->samples, raw.p, n);
        d->sample_sizes[d->n_samples++] = n;
        d->has_enough = d->n_samples == DICT_SAMPLES || d->samples.n + DICT_SAMPLE_BYTES > DICT_SAMPLES_BYTES;
        if (d->has_enough)
            start_training(d);
    }
    pthread_mutex_unlock(&d->lock);
}

/* ---- compressing ---- */

static void abort_if(size_t code)
{
    if (ZSTD_isError(code)) { /* memory, or a parameter of ours */
        log_error("store", "zstd: %s", ZSTD_getErrorName(code));
        abort();
    }
}

/* The newest dictionary, ready to compress with. */
static ZSTD_CDict *newest(struct dicts *d, uint32_t *out_number)
{
    struct dictionary *x = d->list[d->n - 1];
    if (!x->compress && !(x->compress = ZSTD_createCDict(x->content.p, x->content.n, LEVEL)))
        abort();
    *out_number = x->number;
    return x->compress;
}

static ZSTD_CCtx *take_compressor(struct dicts *d)
{
    ZSTD_CCtx *c = d->n_compressors > 0 ? d->compressors[--d->n_compressors] : ZSTD_createCCtx();
    if (!c)
        abort();
    return c;
}

static void give_compressor(struct dicts *d, ZSTD_CCtx *c)
{
    pthread_mutex_lock(&d->lock);
    if (d->n_compressors < POOL_MAX)
        d->compressors[d->n_compressors++] = TAKE(c);
    pthread_mutex_unlock(&d->lock);
    ZSTD_freeCCtx(c);
}

void dicts_compress(struct dicts *d, struct fct_bytes raw, bool with_dictionary, struct buf *out,
                    uint32_t *out_dictionary)
{
    ZSTD_CDict *dictionary = NULL;

    *out_dictionary = DICT_NONE;
    pthread_mutex_lock(&d->lock);
    if (with_dictionary)
        dictionary = newest(d, out_dictionary);
    ZSTD_CCtx *c = take_compressor(d);
    pthread_mutex_unlock(&d->lock);

    ZSTD_CCtx_reset(c, ZSTD_reset_session_and_parameters);
    abort_if(ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, LEVEL));
    abort_if(ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1));
    abort_if(ZSTD_CCtx_setParameter(c, ZSTD_c_dictIDFlag, 0));
    /* By itself zstd copies the dictionary's tables, a megabyte, for each message of 16 KB and more. */
    ZSTD_CCtx_setParameter(c, ZSTD_c_forceAttachDict, ZSTD_dictForceAttach);
    abort_if(ZSTD_CCtx_refCDict(c, dictionary));
    size_t room = ZSTD_compressBound(raw.n);
    size_t n = ZSTD_compress2(c, buf_reserve(out, room), room, raw.p, raw.n);
    abort_if(n);
    buf_grown(out, n);
    give_compressor(d, c);
}

/* ---- decompressing ---- */

static int find_for_reading(struct dicts *d, uint32_t number, ZSTD_DDict **out, struct fct_error *err)
{
    *out = NULL;
    if (number == DICT_NONE)
        return 0;
    for (size_t i = 0; i < d->n; i++) {
        struct dictionary *x = d->list[i];
        if (x->number != number)
            continue;
        if (!x->decompress && !(x->decompress = ZSTD_createDDict(x->content.p, x->content.n)))
            abort();
        *out = x->decompress;
        return 0;
    }
    return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "%s/%04u.dict is missing or damaged", d->dir,
                    (unsigned)number);
}

static ZSTD_DCtx *take_decompressor(struct dicts *d)
{
    ZSTD_DCtx *c = d->n_decompressors > 0 ? d->decompressors[--d->n_decompressors] : ZSTD_createDCtx();
    if (!c)
        abort();
    return c;
}

static void give_decompressor(struct dicts *d, ZSTD_DCtx *c)
{
    pthread_mutex_lock(&d->lock);
    if (d->n_decompressors < POOL_MAX)
        d->decompressors[d->n_decompressors++] = TAKE(c);
    pthread_mutex_unlock(&d->lock);
    ZSTD_freeDCtx(c);
}

int dicts_decompress(struct dicts *d, struct fct_bytes frame, uint32_t dictionary, void *out, size_t n,
                     struct fct_error *err)
{
    ZSTD_DDict *with = NULL;
    ZSTD_DCtx *c = NULL;

    pthread_mutex_lock(&d->lock);
    int found = find_for_reading(d, dictionary, &with, err);
    if (found == 0)
        c = take_decompressor(d);
    pthread_mutex_unlock(&d->lock);
    if (found < 0)
        return -1;

    size_t got = ZSTD_decompress_usingDDict(c, out, n, frame.p, frame.n, with);
    give_decompressor(d, c);
    if (ZSTD_isError(got))
        return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "damaged: %s", ZSTD_getErrorName(got));
    if (got != n)
        return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER, "damaged: %zu bytes instead of %zu", got, n);
    return 0;
}
