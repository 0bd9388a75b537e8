#include "store_fixture.h"

#include "base/error.h"
#include "store/blobs.h"
#include "store/db.h"
#include "store/inside.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

/* ---- helpers ---- */

/* Text that compresses as mail does, different for each seed. */
static void make_text(struct buf *out, size_t n, unsigned seed)
{
    static const char *const words[] = {"Received: from ", "the ",       "meeting ", "of ",
                                        "Subject: ",       "report\r\n", "was ",     "example.org "};
    buf_addf(out, "Message-ID: <%u@example.org>\r\n", seed);
    while (out->n < n) {
        seed = seed * 1103515245u + 12345u;
        if (seed & 0x40000)
            buf_addf(out, "%x", seed >> 20);
        buf_add_str(out, words[seed >> 16 & 7]);
    }
    out->n = n;
}

struct op {
    struct blob_stage *stage;
    int64_t id, expires_at;
    int64_t now;
    int n;
    struct blob_view view;
    uint64_t offset, length;
    struct buf got;
    int fd;
    struct pack_place place;
};

static void op_done(struct op *o)
{
    blob_stage_free(o->stage);
    blob_view_done(&o->view);
    buf_done(&o->got);
}

static int do_add(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct op *o = arg;
    return store_blob_add(tx, o->stage, o->expires_at, &o->id, err);
}

static int do_add_and_fail(struct store_tx *tx, void *arg, struct fct_error *err)
{
    if (do_add(tx, arg, err) < 0)
        return -1;
    return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "no");
}

static int do_view(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct op *o = arg;
    return store_blob_view(tx, o->id, &o->view, err);
}

static int append(void *ctx, struct fct_bytes data, struct fct_error *err)
{
    (void)err;
    buf_add(ctx, data.p, data.n);
    return 0;
}

static int do_read(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct op *o = arg;
    return store_blob_read(tx, o->id, o->offset, o->length, append, &o->got, err);
}

static int do_fd(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct op *o = arg;
    return store_blob_fd(tx, o->id, &o->fd, err);
}

static int do_release(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct op *o = arg;
    return store_blob_release(tx, o->id, err);
}

static int do_expire(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct op *o = arg;
    return store_blobs_expire(tx, o->now, 100, &o->n, err);
}

static int do_refer(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct op *o = arg;
    sqlite3_stmt *q =
        store_stmt(tx, "INSERT INTO email (id, account_id, thread_id, blob_id, received_at, size, flags, bits, "
                       "created_modseq, updated_modseq) VALUES (?1, 1, 1, ?1, 0, 0, 0, 0, 0, 0)");
    sqlite3_bind_int64(q, 1, o->id);
    return store_run(tx, q, err);
}

static int do_unrefer(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct op *o = arg;
    sqlite3_stmt *q = store_stmt(tx, "DELETE FROM email WHERE blob_id = ?1");
    sqlite3_bind_int64(q, 1, o->id);
    return store_run_one(tx, q, err);
}

static int do_place(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct op *o = arg;
    sqlite3_stmt *q = store_stmt(tx, "SELECT pack, offset, stored_size FROM blob WHERE id = ?1");
    sqlite3_bind_int64(q, 1, o->id);
    if (store_step(tx, q, err) <= 0)
        return -1;
    o->place = (struct pack_place){sqlite3_column_int64(q, 0), (uint64_t)sqlite3_column_int64(q, 1),
                                   (uint64_t)sqlite3_column_int64(q, 2)};
    return 0;
}

static struct pack_place place_of(struct store *st, int64_t id)
{
    struct op o = {.id = id};
    assert_ok(store_read(st, do_place, &o, err));
    return o.place;
}

static struct blob_stage *stage(struct store *st, struct fct_bytes bytes)
{
    struct blob_stage *s = blob_stage_new(st);
    for (size_t at = 0; at < bytes.n;) { /* in uneven pieces, as from a socket */
        size_t n = bytes.n - at < 70001 ? bytes.n - at : 70001;
        assert_ok(blob_stage_add(s, bytes_of(bytes.p + at, n), err));
        at += n;
    }
    assert_ok(blob_stage_finish(s, err));
    return s;
}

static int64_t add(struct store *st, struct fct_bytes bytes, int64_t expires_at)
{
    CLEANUP(op_done) struct op o = {.stage = stage(st, bytes), .expires_at = expires_at};
    assert_ok(store_write(st, do_add, &o, err));
    return o.id;
}

static int64_t add_text(struct store *st, size_t n, unsigned seed)
{
    CLEANUP(buf_done) struct buf text = {0};
    make_text(&text, n, seed);
    return add(st, buf_bytes(&text), 0);
}

static void expect_bytes(struct store *st, int64_t id, struct fct_bytes expected)
{
    CLEANUP(op_done) struct op o = {.id = id};
    assert_ok(store_read(st, do_view, &o, err));
    assert_true(bytes_equal(o.view.bytes, expected));
}

static void expect_text(struct store *st, int64_t id, size_t n, unsigned seed)
{
    CLEANUP(buf_done) struct buf text = {0};
    make_text(&text, n, seed);
    expect_bytes(st, id, buf_bytes(&text));
}

static int code_of_view(struct store *st, int64_t id)
{
    CLEANUP(op_done) struct op o = {.id = id};
    struct fct_error err = {0};
    return store_read(st, do_view, &o, &err) < 0 ? err.code : FCT_OK;
}

/* The end of a blob to which nothing refers. */
static void drop(struct store *st, int64_t id)
{
    struct op o = {.id = id, .now = time(NULL) + BLOB_GRACE_SECONDS + 60};
    assert_ok(store_write(st, do_release, &o, err));
    assert_ok(store_write(st, do_expire, &o, err));
}

/* ---- keeping bytes ---- */

static const size_t sizes[] = {0,
                               1,
                               5000,
                               200000,
                               BLOB_SMALL_BYTES - 1,
                               BLOB_SMALL_BYTES,
                               BLOB_SMALL_BYTES + 1,
                               3 * PACK_CHUNK + (1 << 20),
                               BLOB_HEAP_BYTES,
                               BLOB_HEAP_BYTES + 1,
                               9000007};
#define N_SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void bytes_of_any_size_come_back_as_they_were(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[N_SIZES];
    (void)state;

    for (size_t i = 0; i < N_SIZES; i++)
        ids[i] = add_text(f.store, sizes[i], (unsigned)i);
    for (size_t i = 0; i < N_SIZES; i++)
        expect_text(f.store, ids[i], sizes[i], (unsigned)i);
    fixture_reopen(&f);

    for (size_t i = 0; i < N_SIZES; i++)
        expect_text(f.store, ids[i], sizes[i], (unsigned)i);
}

static void bytes_that_do_not_compress_are_kept_too(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(buf_done) struct buf noise = {0};
    unsigned x = 1;
    (void)state;
    for (size_t i = 0; i < 3000000; i++)
        buf_add_char(&noise, (char)((x = x * 1664525u + 1013904223u) >> 24));

    int64_t small = add(f.store, bytes_of(noise.p, 10000), 0), large = add(f.store, buf_bytes(&noise), 0);

    expect_bytes(f.store, small, bytes_of(noise.p, 10000));
    expect_bytes(f.store, large, buf_bytes(&noise));
    assert_true(place_of(f.store, small).size < 10000 + 200);
    assert_true(place_of(f.store, large).size < 3000000 + 2000);
}

static void any_range_of_a_blob_can_be_read(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(buf_done) struct buf text = {0};
    static const struct {
        uint64_t offset, length;
    } ranges[] = {{0, 1},
                  {0, 5000000},
                  {4999999, 1},
                  {4999999, 100},
                  {5000000, 1},
                  {9999999, 1},
                  {0, UINT64_MAX},
                  {UINT64_MAX, UINT64_MAX},
                  {PACK_CHUNK - 1, 2},
                  {PACK_CHUNK, PACK_CHUNK},
                  {1234567, 2345678},
                  {7, 0}};
    (void)state;
    make_text(&text, 5000000, 3);
    int64_t large = add(f.store, buf_bytes(&text), 0), small = add(f.store, bytes_of(text.p, 6000), 0);

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        for (int is_small = 0; is_small < 2; is_small++) {
            CLEANUP(op_done)
            struct op o = {.id = is_small ? small : large, .offset = ranges[i].offset, .length = ranges[i].length};
            uint64_t size = is_small ? 6000 : 5000000, n = 0;
            if (o.offset < size)
                n = o.length < size - o.offset ? o.length : size - o.offset;
            assert_ok(store_read(f.store, do_read, &o, err));
            assert_int_equal(o.got.n, n);
            assert_true(n == 0 || memcmp(o.got.p, text.p + o.offset, n) == 0);
        }
    }
}

static void the_same_bytes_are_kept_once(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    (void)state;
    int64_t a = add_text(f.store, 5000, 1), b = add_text(f.store, 5000, 2), c = add_text(f.store, 5000, 1);
    assert_true(a == c);
    assert_true(a != b);
    struct pack_place first = place_of(f.store, a), second = place_of(f.store, b);
    assert_true(second.offset == first.offset + first.size);
}

static void headers_and_boilerplate_shrink_even_in_the_first_message(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    static const char mail[] =
        "Return-Path: <ann@example.org>\r\nDelivered-To: bob@example.net\r\nReceived: from localhost "
        "(localhost [127.0.0.1]) by mail.example.net (Postfix) with ESMTP id 4XyZ\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: "
        "7bit\r\nFrom: Ann <ann@example.org>\r\nTo: Bob <bob@example.net>\r\nSubject: Re: lunch\r\n"
        "Message-ID: <1@example.org>\r\n\r\nNoon?\r\n";
    (void)state;
    int64_t id = add(f.store, bytes_str(mail), 0);
    assert_true(place_of(f.store, id).size - PACK_RECORD_HEADER < (sizeof(mail) - 1) * 45 / 100);
}

static void a_profile_trains_a_dictionary_of_its_own(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t early = 0;
    (void)state;
    for (unsigned i = 0; i <= DICT_SAMPLES; i++) {
        CLEANUP(buf_done) struct buf text = {0};
        make_text(&text, 1500, i);
        buf_add_str(&text,
                    "\r\n-- \r\nThe signature that only this profile's correspondent has, and always the same one\r\n");
        blob_stage_free(stage(f.store, buf_bytes(&text)));
    }
    assert_int_equal(dicts_newest(f.store->dicts), 2);
    early = add_text(f.store, 3000, 77);
    fixture_reopen(&f);

    assert_int_equal(dicts_newest(f.store->dicts), 2);
    expect_text(f.store, early, 3000, 77);
}

static void a_missing_dictionary_is_told(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    char path[300];
    struct fct_error err = {0};
    (void)state;
    for (unsigned i = 0; i <= DICT_SAMPLES; i++) {
        CLEANUP(buf_done) struct buf text = {0};
        make_text(&text, 1500, i);
        blob_stage_free(stage(f.store, buf_bytes(&text)));
    }
    assert_int_equal(dicts_newest(f.store->dicts), 2);
    int64_t id = add_text(f.store, 3000, 77);
    fixture_close(&f);
    snprintf(path, sizeof(path), "%s/packs/0002.dict", f.dir);
    assert_int_equal(truncate(path, 100), 0);
    fixture_open(&f);

    CLEANUP(op_done) struct op o = {.id = id};
    assert_int_equal(store_read(f.store, do_view, &o, &err), -1);
    assert_int_equal(err.code, FCT_E_CORRUPT);
    assert_non_null(strstr(err.message, "0002.dict"));
}

static void too_large_a_blob_is_refused(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(blob_stage_freep) struct blob_stage *s = blob_stage_new(f.store);
    struct fct_error err = {0};
    (void)state;
    /* The claim alone is refused: the slice is not read. */
    assert_int_equal(blob_stage_add(s, bytes_of("x", (size_t)BLOB_MAX_BYTES + 1), &err), -1);
    assert_int_equal(err.code, FCT_E_TOO_LARGE);
}

/* ---- life ---- */

static void a_blob_goes_with_the_last_email_that_refers_to_it(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct op o = {.id = add_text(f.store, 5000, 1)};
    (void)state;
    assert_ok(store_write(f.store, do_refer, &o, err));

    drop(f.store, o.id); /* too early: nothing happens */
    assert_int_equal(code_of_view(f.store, o.id), FCT_OK);
    assert_ok(store_write(f.store, do_unrefer, &o, err));
    assert_ok(store_write(f.store, do_release, &o, err));
    o.now = time(NULL) + BLOB_GRACE_SECONDS / 2;
    assert_ok(store_write(f.store, do_expire, &o, err));
    assert_int_equal(code_of_view(f.store, o.id), FCT_OK); /* for those who have just seen it */
    drop(f.store, o.id);

    assert_int_equal(code_of_view(f.store, o.id), FCT_E_BLOB_NOT_FOUND);
}

static void mail_that_was_an_upload_has_the_same_grace(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(buf_done) struct buf text = {0};
    (void)state;
    make_text(&text, 4000, 9);
    struct op o = {.id = add(f.store, buf_bytes(&text), 1000)}; /* its time as an upload is long over */
    assert_ok(store_write(f.store, do_refer, &o, err));
    assert_ok(store_write(f.store, do_unrefer, &o, err));

    assert_ok(store_write(f.store, do_release, &o, err));

    o.now = time(NULL) + BLOB_GRACE_SECONDS / 2;
    assert_ok(store_write(f.store, do_expire, &o, err));
    assert_int_equal(code_of_view(f.store, o.id), FCT_OK);
    o.now = time(NULL) + BLOB_GRACE_SECONDS + 60;
    assert_ok(store_write(f.store, do_expire, &o, err));
    assert_int_equal(code_of_view(f.store, o.id), FCT_E_BLOB_NOT_FOUND);
}

static void an_upload_is_kept_until_its_time_is_over(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(buf_done) struct buf text = {0};
    int64_t soon = time(NULL) + 2 * BLOB_GRACE_SECONDS;
    (void)state;
    make_text(&text, 4000, 9);
    struct op o = {.id = add(f.store, buf_bytes(&text), soon), .now = soon - 1};

    assert_ok(store_write(f.store, do_release, &o, err));
    assert_ok(store_write(f.store, do_expire, &o, err));
    assert_int_equal(o.n, 0);
    assert_int_equal(code_of_view(f.store, o.id), FCT_OK);
    o.now = soon;
    assert_ok(store_write(f.store, do_expire, &o, err));
    assert_int_equal(o.n, 1);
    assert_int_equal(code_of_view(f.store, o.id), FCT_E_BLOB_NOT_FOUND);
}

static void an_upload_that_became_mail_stays(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(buf_done) struct buf text = {0};
    (void)state;
    make_text(&text, 4000, 9);
    struct op o = {.id = add(f.store, buf_bytes(&text), 1000), .now = 2000};
    assert_ok(store_write(f.store, do_refer, &o, err));
    assert_ok(store_write(f.store, do_expire, &o, err));
    assert_int_equal(code_of_view(f.store, o.id), FCT_OK);
    assert_ok(store_write(f.store, do_unrefer, &o, err));
    drop(f.store, o.id);
    assert_int_equal(code_of_view(f.store, o.id), FCT_E_BLOB_NOT_FOUND);
}

/* ---- damage ---- */

static void flip(const struct fixture *f, const struct pack_place *place, uint64_t at)
{
    char path[300];
    unsigned char byte;
    snprintf(path, sizeof(path), "%s/packs/%06lld.pack", f->dir, (long long)place->pack);
    CLEANUP(closep) int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &byte, 1, (off_t)(place->offset + at)), 1);
    byte ^= 0x20;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)(place->offset + at)), 1);
}

/* With a bit flipped at each of some places: an error, or the right bytes (a frame has bits without a meaning), never
 * others. Returns how often it was an error. */
static unsigned flip_and_view(struct fixture *f, int64_t id, struct fct_bytes expected, uint64_t step, unsigned *out_n)
{
    struct pack_place place = place_of(f->store, id);
    unsigned errors = 0;
    *out_n = 0;
    for (uint64_t at = 0; at < place.size; at += at < 200 ? 7 : step, ++*out_n) {
        CLEANUP(op_done) struct op o = {.id = id};
        struct fct_error err = {0};
        flip(f, &place, at);
        if (store_read(f->store, do_view, &o, &err) < 0) {
            assert_int_equal(err.code, FCT_E_CORRUPT);
            errors++;
        } else {
            assert_true(bytes_equal(o.view.bytes, expected));
        }
        flip(f, &place, at);
    }
    return errors;
}

static void flipped_bits_never_give_wrong_bytes(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(buf_done) struct buf text = {0};
    unsigned n;
    (void)state;
    make_text(&text, 2000000, 2);
    int64_t small = add(f.store, bytes_of(text.p, 5000), 0), large = add(f.store, buf_bytes(&text), 0);

    assert_true(flip_and_view(&f, small, bytes_of(text.p, 5000), 7, &n) * 10 > n * 9);
    assert_true(flip_and_view(&f, large, buf_bytes(&text), 30011, &n) * 10 > n * 9);

    expect_bytes(f.store, small, bytes_of(text.p, 5000));
    expect_bytes(f.store, large, buf_bytes(&text));
}

static void damage_in_one_chunk_leaves_the_others_readable(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(op_done) struct op head = {.id = add_text(f.store, 2000000, 2), .offset = 0, .length = PACK_CHUNK};
    CLEANUP(op_done) struct op tail = {.id = head.id, .offset = 1900000, .length = 100000};
    struct pack_place place = place_of(f.store, head.id);
    (void)state;
    flip(&f, &place, place.size - 50);
    assert_ok(store_read(f.store, do_read, &head, err));
    assert_int_equal(head.got.n, PACK_CHUNK);
    assert_int_equal(store_read(f.store, do_read, &tail, NULL), -1);
}

static int do_point_elsewhere(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct op *o = arg;
    sqlite3_stmt *q = store_stmt(tx, "UPDATE blob SET pack = ?2, offset = ?3, stored_size = ?4 WHERE id = ?1");
    sqlite3_bind_int64(q, 1, o->id);
    sqlite3_bind_int64(q, 2, o->place.pack);
    sqlite3_bind_int64(q, 3, (int64_t)o->place.offset);
    sqlite3_bind_int64(q, 4, (int64_t)o->place.size);
    return store_run_one(tx, q, err);
}

static void an_intact_record_of_other_bytes_is_damage(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t mine = add_text(f.store, 5000, 1), other = add_text(f.store, 5000, 2);
    CLEANUP(op_done) struct op o = {.id = mine, .place = place_of(f.store, other), .length = 100};
    struct fct_error err = {0};
    (void)state;

    assert_ok(store_write(f.store, do_point_elsewhere, &o, err));

    assert_int_equal(code_of_view(f.store, mine), FCT_E_CORRUPT);
    assert_int_equal(store_read(f.store, do_read, &o, &err), -1);
    assert_int_equal(err.code, FCT_E_CORRUPT);
    assert_int_equal(o.got.n, 0);
}

/* ---- packs ---- */

static char *pack_name(const struct fixture *f, int number)
{
    return xasprintf("%s/packs/%06d.pack", f->dir, number);
}

static off_t file_size(const char *path)
{
    struct stat sb;
    return stat(path, &sb) < 0 ? -1 : sb.st_size;
}

static void a_failed_job_leaves_only_dead_bytes(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(buf_done) struct buf text = {0};
    (void)state;
    make_text(&text, 5000, 1);
    CLEANUP(op_done) struct op o = {.stage = stage(f.store, buf_bytes(&text))};

    assert_int_equal(store_write(f.store, do_add_and_fail, &o, NULL), -1);
    assert_int_equal(code_of_view(f.store, o.id), FCT_E_BLOB_NOT_FOUND);
    assert_ok(store_write(f.store, do_add, &o, err));
    expect_text(f.store, o.id, 5000, 1);
}

static void a_torn_record_is_cut_off_at_the_next_start(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(freep) char *path = pack_name(&f, 1);
    (void)state;
    int64_t a = add_text(f.store, 5000, 1), b = add_text(f.store, 5000, 2);
    struct pack_place first = place_of(f.store, a), last = place_of(f.store, b);
    fixture_close(&f);
    CLEANUP(buf_done) struct buf begin = {0};
    FILE *pack = fopen(path, "r+");
    fseek(pack, (long)last.offset, SEEK_SET);
    assert_int_equal(fread(buf_reserve(&begin, 500), 1, 500, pack), 500);
    fseek(pack, 0, SEEK_END);
    assert_int_equal(fwrite(begin.p, 1, 500, pack), 500); /* as if the power had failed in the middle of an append */
    fclose(pack);

    fixture_open(&f);

    assert_int_equal(file_size(path), (off_t)(last.offset + last.size));
    int64_t c = add_text(f.store, 5000, 3);
    assert_true(place_of(f.store, c).offset == last.offset + last.size);
    assert_true(first.offset == PACK_FILE_HEADER);
    expect_text(f.store, a, 5000, 1);
    expect_text(f.store, b, 5000, 2);
}

static void records_that_a_lost_database_wrote_are_never_touched(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(freep) char *db = xasprintf("%s/facteur.db", f.dir), *path = pack_name(&f, 1);
    (void)state;
    for (unsigned i = 0; i < 10; i++)
        add_text(f.store, 5000, i);
    off_t size = file_size(path);
    fixture_close(&f);
    assert_int_equal(remove(db), 0);
    fixture_open(&f);

    int64_t id = add_text(f.store, 5000, 3);
    assert_ok(store_packs_compact(f.store, 0, NULL, err));
    assert_int_equal(file_size(path), size);
    assert_int_equal(place_of(f.store, id).pack, 2);
}

static void the_number_of_a_missing_pack_is_not_given_to_another(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(freep) char *path = pack_name(&f, 1), *aside = xasprintf("%s/aside", f.dir);
    CLEANUP(op_done) struct op o = {.id = add_text(f.store, 5000, 1)};
    struct fct_error err = {0};
    (void)state;
    fixture_close(&f);
    assert_int_equal(rename(path, aside), 0);

    fixture_open(&f);

    assert_int_equal(store_read(f.store, do_view, &o, &err), -1);
    assert_int_equal(err.code, FCT_E_CORRUPT); /* the message exists: "not found" would say that it does not */
    assert_non_null(strstr(err.message, "000001.pack is missing"));
    int64_t later = add_text(f.store, 5000, 2);
    assert_int_equal(place_of(f.store, later).pack, 2);
    assert_int_equal(rename(aside, path), 0); /* somebody finds it and puts it back */
    expect_text(f.store, o.id, 5000, 1);
    expect_text(f.store, later, 5000, 2);
}

static void bytes_that_come_again_replace_those_that_were_lost(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(freep) char *path = pack_name(&f, 1);
    int64_t cut = add_text(f.store, 5000, 1), lost = add_text(f.store, 2000000, 2);
    struct pack_place place = place_of(f.store, lost);
    (void)state;
    fixture_close(&f);
    assert_int_equal(truncate(path, (off_t)place.offset + 1000), 0);
    fixture_open(&f);
    assert_int_equal(code_of_view(f.store, lost), FCT_E_CORRUPT);

    assert_int_equal(add_text(f.store, 2000000, 2), lost);

    expect_text(f.store, lost, 2000000, 2);
    expect_text(f.store, cut, 5000, 1);
    fixture_close(&f);
    assert_int_equal(unlink(path), 0);
    fixture_open(&f);
    assert_int_equal(add_text(f.store, 5000, 1), cut);
    fixture_reopen(&f);
    expect_text(f.store, cut, 5000, 1);
    expect_text(f.store, lost, 2000000, 2);
}

struct scanned {
    int n;
    uint64_t size;
};

static int count_record(void *ctx, const struct pack_place *place, const struct pack_record *r, struct fct_error *err)
{
    struct scanned *s = ctx;
    (void)place, (void)err;
    s->n++;
    s->size += r->raw_size;
    return 0;
}

static void a_pack_tells_all_about_itself_even_around_damage(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    struct scanned s = {0};
    int64_t ids[20];
    (void)state;
    for (unsigned i = 0; i < 20; i++)
        ids[i] = add_text(f.store, 2000 + i, i);
    assert_ok(packs_scan(f.store->packs, 1, count_record, &s, err));
    assert_int_equal(s.n, 20);
    assert_int_equal(s.size, 20 * 2000 + 190);
    struct pack_place third = place_of(f.store, ids[3]);
    flip(&f, &third, 10);

    s = (struct scanned){0};
    assert_ok(packs_scan(f.store->packs, 1, count_record, &s, err));
    assert_int_equal(s.n, 19);
}

static void packs_are_of_bounded_size(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    int64_t ids[30];
    (void)state;
    packs_set_limit(f.store->packs, 20000);
    for (unsigned i = 0; i < 30; i++)
        ids[i] = add_text(f.store, 6000, i);
    CLEANUP(freep) char *first = pack_name(&f, 1), *second = pack_name(&f, 2);
    assert_in_range(file_size(first), 10000, 20000);
    assert_in_range(file_size(second), 10000, 20000);
    fixture_reopen(&f);
    for (unsigned i = 0; i < 30; i++)
        expect_text(f.store, ids[i], 6000, i);
}

/* ---- large ones, written beside the writer ---- */

static int do_claim(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct op *o = arg;
    return store_blob_claim(tx, o->stage, err);
}

static void begin_large(struct fixture *f, struct op *o, unsigned seed)
{
    CLEANUP(buf_done) struct buf text = {0};
    make_text(&text, 2000000, seed);
    o->stage = blob_stage_new(f->store);
    assert_ok(blob_stage_add(o->stage, buf_bytes(&text), err));
    assert_ok(blob_stage_finish(o->stage, err));
    assert_false(blob_stage_is_large(o->stage));
    assert_ok(store_write(f->store, do_claim, o, err));
}

static void a_large_blob_has_a_pack_of_its_own(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(op_done) struct op o = {0};
    (void)state;
    int64_t before = add_text(f.store, 6000, 1);
    begin_large(&f, &o, 7);
    int64_t meanwhile = add_text(f.store, 6000, 2);
    assert_ok(blob_stage_fill(o.stage, err));

    assert_ok(store_write(f.store, do_add, &o, err));

    int64_t pack = place_of(f.store, o.id).pack;
    assert_int_not_equal(pack, place_of(f.store, before).pack);
    assert_int_not_equal(pack, place_of(f.store, meanwhile).pack);
    expect_text(f.store, o.id, 2000000, 7);
    int64_t large = o.id;
    op_done(&o);
    o = (struct op){0};
    fixture_reopen(&f);
    expect_text(f.store, large, 2000000, 7);
    expect_text(f.store, meanwhile, 6000, 2);
}

static void compaction_leaves_a_large_blob_alone_that_is_on_its_way(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    uint64_t freed = 1;
    (void)state;
    struct op o = {0}, given_up = {0};
    begin_large(&f, &o, 7);
    begin_large(&f, &given_up, 8);
    add_text(f.store, 6000, 2); /* the current pack is another one */
    assert_ok(blob_stage_fill(o.stage, err));
    assert_ok(blob_stage_fill(given_up.stage, err));
    assert_ok(store_packs_compact(f.store, 50, &freed, err));
    assert_int_equal(freed, 0);

    op_done(&given_up);
    assert_ok(store_write(f.store, do_add, &o, err));
    assert_ok(store_packs_compact(f.store, 50, &freed, err));

    assert_true(freed > 100000);
    expect_text(f.store, o.id, 2000000, 7);
    op_done(&o);
}

static void a_large_blob_that_is_here_already_is_not_kept_twice(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(op_done) struct op o = {0};
    (void)state;
    int64_t id = add_text(f.store, 2000000, 7);
    struct pack_place place = place_of(f.store, id);
    begin_large(&f, &o, 7);
    assert_ok(blob_stage_fill(o.stage, err));
    assert_ok(store_write(f.store, do_add, &o, err));
    assert_int_equal(o.id, id);
    assert_int_equal(place_of(f.store, id).pack, place.pack);
}

static void a_crash_before_a_large_blob_is_recorded_leaves_only_dead_bytes(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    (void)state;
    struct op o = {0};
    int64_t before = add_text(f.store, 6000, 1);
    begin_large(&f, &o, 7);
    op_done(&o);
    o = (struct op){0};
    fixture_reopen(&f);
    int64_t after = add_text(f.store, 6000, 2);
    expect_text(f.store, before, 6000, 1);
    expect_text(f.store, after, 6000, 2);
}

/* ---- compaction ---- */

/* Blobs over several small packs, every `keep`th of which stays. */
static void fill_and_release(struct fixture *f, int64_t *ids, unsigned n, unsigned keep)
{
    packs_set_limit(f->store->packs, 40000);
    for (unsigned i = 0; i < n; i++)
        ids[i] = add_text(f->store, 6000, i);
    for (unsigned i = 0; i < n; i++)
        if (i % keep != 0)
            drop(f->store, ids[i]);
}

static void compaction_gives_room_back_and_keeps_what_lives(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(freep) char *first = pack_name(&f, 1);
    int64_t ids[100];
    uint64_t freed = 0;
    (void)state;
    fill_and_release(&f, ids, 100, 5);

    assert_ok(store_packs_compact(f.store, 50, &freed, err));

    assert_true(freed > 50000);
    assert_int_equal(file_size(first), -1);
    for (unsigned i = 0; i < 100; i += 5)
        expect_text(f.store, ids[i], 6000, i);
    assert_ok(store_packs_compact(f.store, 50, &freed, err));
    assert_int_equal(freed, 0);
    fixture_reopen(&f);
    for (unsigned i = 0; i < 100; i += 5)
        expect_text(f.store, ids[i], 6000, i);
}

static void housekeeping_forgets_uploads_and_gives_their_room_back(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(freep) char *first = pack_name(&f, 1);
    (void)state;
    packs_set_limit(f.store->packs, 40000);
    int64_t kept = add_text(f.store, 6000, 999);
    for (unsigned i = 0; i < 60; i++) {
        CLEANUP(buf_done) struct buf text = {0};
        make_text(&text, 6000, i);
        add(f.store, buf_bytes(&text), 1000); /* long ago */
    }
    assert_true(file_size(first) > 0);

    assert_ok(store_maintain(f.store, err));

    assert_int_equal(file_size(first), -1);
    expect_text(f.store, kept, 6000, 999);
}

static void a_pack_that_is_mostly_alive_is_left_alone(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(freep) char *first = pack_name(&f, 1);
    int64_t ids[100];
    uint64_t freed = 1;
    (void)state;
    packs_set_limit(f.store->packs, 40000);
    for (unsigned i = 0; i < 100; i++)
        ids[i] = add_text(f.store, 6000, i);
    drop(f.store, ids[3]);
    assert_ok(store_packs_compact(f.store, 50, &freed, err));
    assert_int_equal(freed, 0);
    assert_true(file_size(first) > 0);
}

static void a_damaged_record_keeps_its_pack(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(freep) char *first = pack_name(&f, 1);
    int64_t ids[60];
    (void)state;
    fill_and_release(&f, ids, 60, 5);
    struct pack_place place = place_of(f.store, ids[0]);
    assert_int_equal(place.pack, 1);
    flip(&f, &place, 20);

    assert_ok(store_packs_compact(f.store, 50, NULL, err));

    assert_true(file_size(first) > 0);
    for (unsigned i = 5; i < 60; i += 5)
        expect_text(f.store, ids[i], 6000, i);
}

/* A read that began before a pack was retired still finds it. */
struct old_reader {
    struct fixture *f;
    int64_t id;
    _Atomic int stage;
    int result;
};

static int read_old_snapshot(struct store_tx *tx, void *arg, struct fct_error *err)
{
    struct old_reader *r = arg;
    struct blob_view view = {0};
    int64_t state = 0;
    if (store_oldest_state(tx, &state, err) < 0) /* the snapshot begins */
        return -1;
    r->stage = 1;
    while (r->stage != 2)
        usleep(1000);
    int result = store_blob_view(tx, r->id, &view, err);
    blob_view_done(&view);
    return result;
}

static int run_old_reader(void *arg)
{
    struct old_reader *r = arg;
    r->result = store_read(r->f->store, read_old_snapshot, r, NULL);
    return 0;
}

static void a_reader_with_an_older_view_still_reads_a_removed_pack(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(freep) char *first = pack_name(&f, 1);
    int64_t ids[60];
    (void)state;
    fill_and_release(&f, ids, 60, 5);
    fixture_reopen(&f); /* so that no descriptor is open by chance */
    struct old_reader r = {.f = &f, .id = ids[0], .result = -7};
    CLEANUP(fiber_unrefp) struct fiber *fiber = fiber_spawn(uv_default_loop(), "reader", run_old_reader, &r);
    while (r.stage != 1)
        assert_ok(wait_sleep(1, err));

    assert_ok(store_packs_compact(f.store, 50, NULL, err));
    assert_int_equal(file_size(first), -1);
    r.stage = 2;
    fiber_join(fiber);

    assert_int_equal(r.result, 0);
    expect_text(f.store, ids[0], 6000, 0);
}

/* ---- descriptors ---- */

static void a_descriptor_gives_the_bytes_and_cannot_be_written(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    static const size_t lengths[] = {0, 5000, 2000000, BLOB_HEAP_BYTES + 12345};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        CLEANUP(buf_done) struct buf text = {0};
        CLEANUP(buf_done) struct buf got = {0};
        make_text(&text, lengths[i], 5);
        struct op o = {.id = add(f.store, buf_bytes(&text), 0), .fd = -1};
        assert_ok(store_read(f.store, do_fd, &o, err));
        CLEANUP(closep) int fd = o.fd;
        ssize_t n = read(fd, buf_reserve(&got, lengths[i] + 10), lengths[i] + 10);
        assert_int_equal(n, lengths[i]);
        assert_true(n == 0 || memcmp(got.p, text.p, lengths[i]) == 0);
        assert_int_equal(write(fd, "x", 1), -1);
        char link[64];
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        if (lengths[i] <= BLOB_HEAP_BYTES) {
            CLEANUP(closep) int again = open(link, O_RDWR);
            assert_true(again < 0 || write(again, "x", 1) < 0);
        }
    }
}

static void bytes_in_memory_can_be_handed_over_too(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    char got[8] = "";
    int fd = -1;
    (void)state;
    assert_ok(store_bytes_fd(f.store, bytes_str("part"), &fd, err));
    assert_int_equal(read(fd, got, sizeof(got)), 4);
    assert_string_equal(got, "part");
    close(fd);
}

static void no_file_of_a_profile_is_readable_by_others(void **state)
{
    CLEANUP(fixture_done) struct fixture f = fixture_new();
    CLEANUP(freep)
    char *pack = pack_name(&f, 1), *packs = xasprintf("%s/packs", f.dir), *tmp = xasprintf("%s/tmp", f.dir);
    struct stat sb;
    (void)state;
    add_text(f.store, 10, 1);
    assert_int_equal(stat(pack, &sb), 0);
    assert_int_equal(sb.st_mode & 07777, 0600);
    assert_int_equal(stat(packs, &sb), 0);
    assert_int_equal(sb.st_mode & 07777, 0700);
    assert_int_equal(stat(tmp, &sb), 0);
    assert_int_equal(sb.st_mode & 07777, 0700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_of_any_size_come_back_as_they_were),
        cmocka_unit_test(bytes_that_do_not_compress_are_kept_too),
        cmocka_unit_test(any_range_of_a_blob_can_be_read),
        cmocka_unit_test(the_same_bytes_are_kept_once),
        cmocka_unit_test(headers_and_boilerplate_shrink_even_in_the_first_message),
        cmocka_unit_test(a_profile_trains_a_dictionary_of_its_own),
        cmocka_unit_test(a_missing_dictionary_is_told),
        cmocka_unit_test(too_large_a_blob_is_refused),
        cmocka_unit_test(a_blob_goes_with_the_last_email_that_refers_to_it),
        cmocka_unit_test(mail_that_was_an_upload_has_the_same_grace),
        cmocka_unit_test(an_upload_is_kept_until_its_time_is_over),
        cmocka_unit_test(an_upload_that_became_mail_stays),
        cmocka_unit_test(flipped_bits_never_give_wrong_bytes),
        cmocka_unit_test(damage_in_one_chunk_leaves_the_others_readable),
        cmocka_unit_test(an_intact_record_of_other_bytes_is_damage),
        cmocka_unit_test(a_failed_job_leaves_only_dead_bytes),
        cmocka_unit_test(a_torn_record_is_cut_off_at_the_next_start),
        cmocka_unit_test(records_that_a_lost_database_wrote_are_never_touched),
        cmocka_unit_test(the_number_of_a_missing_pack_is_not_given_to_another),
        cmocka_unit_test(bytes_that_come_again_replace_those_that_were_lost),
        cmocka_unit_test(a_pack_tells_all_about_itself_even_around_damage),
        cmocka_unit_test(packs_are_of_bounded_size),
        cmocka_unit_test(a_large_blob_has_a_pack_of_its_own),
        cmocka_unit_test(compaction_leaves_a_large_blob_alone_that_is_on_its_way),
        cmocka_unit_test(a_large_blob_that_is_here_already_is_not_kept_twice),
        cmocka_unit_test(a_crash_before_a_large_blob_is_recorded_leaves_only_dead_bytes),
        cmocka_unit_test(compaction_gives_room_back_and_keeps_what_lives),
        cmocka_unit_test(housekeeping_forgets_uploads_and_gives_their_room_back),
        cmocka_unit_test(a_pack_that_is_mostly_alive_is_left_alone),
        cmocka_unit_test(a_damaged_record_keeps_its_pack),
        cmocka_unit_test(a_reader_with_an_older_view_still_reads_a_removed_pack),
        cmocka_unit_test(a_descriptor_gives_the_bytes_and_cannot_be_written),
        cmocka_unit_test(bytes_in_memory_can_be_handed_over_too),
        cmocka_unit_test(no_file_of_a_profile_is_readable_by_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
