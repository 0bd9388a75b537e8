/* The two ways to a tree of parts give the same: every sample, every seed of the fuzzers, and what becomes of them when
 * bytes and lines are taken out, put in and moved (TREE_ROUNDS in the environment: how often; the default is for every
 * day; TREE_FILES: a pattern of more files, "~/Maildir/cur/@" with * for @). */
#include "mime_test.h"

#include "base/alloc.h"
#include "mime/guard.h"
#include "mime/tree.h"

#include <glob.h>
#include <stdio.h>

#define ROUNDS 12000

static const char *const messages[] = {
    "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n\r\nhello\r\n",
    "Subject: x\nContent-Type: multipart/alternative;\n boundary=\"=_a b\"\n\npreamble\n--=_a b\nContent-Type: "
    "text/plain\n\nplain\n"
    "--=_a b\nContent-Type: text/html; charset=\"iso-8859-1\"\nContent-Transfer-Encoding: "
    "quoted-printable\n\n<p>=E9</p>\n--=_a b--\nend\n",
    "From: a@b\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n"
    "Content-Type: multipart/related; boundary=\"in\"; type=\"text/html\"\r\n\r\n--in\r\nContent-Type: "
    "text/html\r\n\r\n<img src=cid:1>\r\n"
    "--in\r\nContent-Type: image/png; name=\"a.png\"\r\nContent-ID: <1>\r\nContent-Disposition: inline; "
    "filename=\"b.png\"\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\niVBORw0K\r\nGgo=\r\n\r\n--in--\r\n\r\n--outer\r\nContent-Type: "
    "application/pdf; name=c.pdf\r\n"
    "Content-Disposition: attachment;\r\n\tfilename=d.pdf; size=12\r\nContent-Language: fr, "
    "en\r\n\r\nJVBERi0=\r\n--outer\r\n"
    "Content-Type: text/plain\r\n\r\n-- \r\nsignature\r\n-- outer\r\n\r\n--outer--\r\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: "
    "in\n\nx\n--b\nContent-Disposition: attachment\n\n"
    "y\n--b\n\nno header\n--b--",
    "Content-Type: multipart/digest; boundary=b\n\n--b\nContent-Type: text/plain\n\nx\n--b--\n",
};

static void show(const struct mime_part *p, int depth)
{
    print_error("%*s%s %s %s %s cid %s id %s multi %d impl %d enc %d/%d content %zu header %zu size %d parts %zu\n",
                2 * depth, "", p->type, p->charset ? p->charset : "-", p->name ? p->name : "-",
                p->disposition ? p->disposition : "-", p->cid ? p->cid : "-", p->id ? p->id : "-", p->is_multipart,
                p->charset_implied, p->encoding, p->encoding_known, p->content.n, p->header.n, (int)p->size,
                p->n_parts);
    for (size_t i = 0; i < p->n_parts; i++)
        show(&p->parts[i], depth + 1);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_slice(struct fct_bytes a, struct fct_bytes b)
{
    return a.n == b.n && (a.n == 0 || a.p == b.p);
}

static bool same_words(char **a, char **b)
{
    if (!a || !b)
        return a == b;
    while (*a && *b && strcmp(*a, *b) == 0)
        a++, b++;
    return !*a && !*b;
}

static bool same_part(const struct mime_part *a, const struct mime_part *b)
{
    if (!same_text(a->type, b->type) || !same_text(a->charset, b->charset) || !same_text(a->name, b->name) ||
        !same_text(a->disposition, b->disposition) || !same_text(a->cid, b->cid) ||
        !same_text(a->location, b->location) || !same_text(a->id, b->id) || !same_words(a->language, b->language) ||
        a->is_multipart != b->is_multipart || a->charset_implied != b->charset_implied ||
        a->is_flowed != b->is_flowed || a->is_delsp != b->is_delsp || a->encoding_known != b->encoding_known ||
        a->encoding != b->encoding || !same_slice(a->content, b->content) || !same_slice(a->header, b->header) ||
        a->size != b->size || a->n_parts != b->n_parts)
        return false;
    for (size_t i = 0; i < a->n_parts; i++)
        if (!same_part(&a->parts[i], &b->parts[i]))
            return false;
    return true;
}

/* Returns whether the message was plain; fails when it is then another one to GMime. */
static bool check(struct fct_bytes raw)
{
    struct mime_message plain = {.raw = raw}, any = {.raw = raw};
    struct guard_repairs repairs = {.n = 0};
    bool is_plain = false;

    headers_scan(raw, &plain.headers);
    headers_scan(raw, &any.headers);
    if (!guard_check(raw, &plain.headers, &repairs) && !repairs.n && (is_plain = tree_build_plain(&plain))) {
        const char *reason = tree_build_any(&any);
        bool is_same = !reason && same_part(&plain.root, &any.root);
        if (!is_same) {
            print_error("%s, read in two ways:\n%.*s\n", reason ? reason : "a message", (int)raw.n, raw.p);
            show(&plain.root, 1);
            show(&any.root, 1);
        }
        assert_true(is_same);
        tree_done(&any.root);
    }
    tree_done(&plain.root);
    headers_done(&plain.headers);
    headers_done(&any.headers);
    return is_plain;
}

/* ---- what is read ------------------------------------------------------------------------------------------- */

struct pool {
    struct buf *v;
    size_t n;
};

static void pool_add_files(struct pool *p, const char *pattern)
{
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        CLEANUP(fclosep) FILE *f = fopen(found.gl_pathv[i], "rb");
        assert_non_null(f);
        p->v = xreallocarray(p->v, p->n + 1, sizeof(*p->v));
        struct buf *b = &p->v[p->n++];
        *b = (struct buf){0};
        for (size_t n = 1; n;) {
            n = fread(buf_reserve(b, 65536), 1, 65536, f);
            buf_grown(b, n);
        }
    }
    globfree(&found);
}

static void pool_init(struct pool *p)
{
    *p = (struct pool){.v = xcalloc(sizeof(messages) / sizeof(*messages), sizeof(*p->v))};
    for (; p->n < sizeof(messages) / sizeof(*messages); p->n++)
        buf_add_str(&p->v[p->n], messages[p->n]);
    pool_add_files(p, FIXTURES "/mime/*.eml");
    pool_add_files(p, FIXTURES "/fuzz/guard/*");
    pool_add_files(p, FIXTURES "/fuzz/summary/*");
    if (getenv("TREE_FILES"))
        pool_add_files(p, getenv("TREE_FILES"));
}

static void pool_done(struct pool *p)
{
    for (size_t i = 0; i < p->n; i++)
        buf_done(&p->v[i]);
    free(p->v);
}

static uint64_t seed = 0x9E3779B97F4A7C15u;

static size_t random_below(size_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return n ? (size_t)(seed % n) : 0;
}

/* A line, or what is left of it, from a place on. */
static struct fct_bytes line_from(const struct buf *b, size_t at)
{
    const char *nl = memchr(b->p + at, '\n', b->n - at);
    return bytes_of(b->p + at, nl ? (size_t)(nl - b->p) + 1 - at : b->n - at);
}

static void put_in(struct buf *b, size_t at, const char *p, size_t n)
{
    CLEANUP(buf_done) struct buf out = {0};
    buf_add(&out, b->p, at);
    buf_add(&out, p, n);
    buf_add(&out, b->p + at, b->n - at);
    struct buf swap = *b;
    *b = out;
    out = swap;
}

static void take_out(struct buf *b, size_t at, size_t n)
{
    memmove(b->p + at, b->p + at + n, b->n - at - n + 1);
    b->n -= n;
}

/* A place that matters, mostly: beside a line end or a delimiter. */
static size_t place_in(const struct buf *b)
{
    size_t at = random_below(b->n);
    if (random_below(3) == 0)
        return at;
    const char *nl = memchr(b->p + at, '\n', b->n - at);
    return nl ? (size_t)(nl - b->p) + random_below(2) : at;
}

static void change(struct buf *b)
{
    static const char odd[] = "-- \t\r\n\n\r;:=\"/\\()*?_%'ab<>@,\x80\xe9";
    size_t at = place_in(b);
    char c = odd[random_below(sizeof(odd) - 1)];
    if (b->n < 8)
        return;
    if (at >= b->n)
        at = b->n - 1;
    CLEANUP(freep) char *copy = NULL;
    struct fct_bytes line = line_from(b, at);
    switch (random_below(5)) {
    case 0:
        put_in(b, at, &c, 1);
        break;
    case 1:
        take_out(b, at, 1);
        break;
    case 2:
        take_out(b, at, line.n);
        break;
    case 3:
        b->p[at] = c;
        break;
    default:
        copy = xstrndup(line.p, line.n);
        put_in(b, place_in(b) % (b->n + 1), copy, strlen(copy));
    }
}

/* ---- tests -------------------------------------------------------------------------------------------------- */

static void what_most_programs_write_is_plain(void **state)
{
    (void)state;
    assert_true(check(bytes_str(messages[0])));
    assert_true(check(bytes_str(messages[1])));
    assert_true(check(bytes_str(messages[2])));
}

static void what_can_be_doubted_is_not(void **state)
{
    static const char *const doubtful[] = {
        "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/plain\n\nx\n", /* no end */
        "Content-Type: multipart/mixed; boundary=a\n\n--a \nContent-Type: text/plain\n\nx\n--a--\n",
        "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/plain\n\nx\n--ab\ny\n--a--\n",
        "Content-Type: multipart/mixed; boundary=a\nContent-Type: multipart/mixed; boundary=b\n\n--a\nX: "
        "y\n\nx\n--a--\n",
        "Content-Type: text/plain (comment); charset=utf-8\n\nx\n",
        "Content-Type: text/plain; name*=utf-8''x\n\nx\n",
        "Content-Type: text/plain; name=\"=?utf-8?q?x?=\"\n\nx\n",
        "Content-Type: text/plain; charset=a; charset=b\n\nx\n",
        "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a--\n", /* no header */
    };
    (void)state;
    assert_false(check(bytes_str(messages[3])));
    assert_false(check(bytes_str(messages[4])));
    for (size_t i = 0; i < sizeof(doubtful) / sizeof(*doubtful); i++)
        assert_false(check(bytes_str(doubtful[i])));
}

static void both_ways_lead_to_the_same_tree(void **state)
{
    const char *given = getenv("TREE_ROUNDS");
    size_t rounds = given ? strtoul(given, NULL, 10) : ROUNDS, plain = 0;
    struct pool p;
    (void)state;
    pool_init(&p);
    size_t plain_files = 0;
    for (size_t i = 0; i < p.n; i++)
        plain_files += check(buf_bytes(&p.v[i]));
    print_message("%zu of %zu files are plain\n", plain_files, p.n);
    for (size_t i = 0; i < rounds; i++) {
        CLEANUP(buf_done) struct buf b = {0};
        const struct buf *from = &p.v[random_below(3) ? random_below(4) : random_below(p.n)];
        buf_add(&b, from->p, from->n < 20000 ? from->n : 20000);
        for (size_t n = 1 + random_below(3); n > 0; n--)
            change(&b);
        plain += check(buf_bytes(&b));
    }
    pool_done(&p);
    assert_true(plain > rounds / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_most_programs_write_is_plain),
        cmocka_unit_test(what_can_be_doubted_is_not),
        cmocka_unit_test(both_ways_lead_to_the_same_tree),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
