/* The composer: whatever a client gives, what is made has the header fields that were asked for and no other, and its
 * values come back as they were.
 *
 * The input is strings with NUL between them, one for each place of an Email; or, where it is that, an Email object as
 * JSON. */
#include "mime/compose.h"
#include "mime/compose_headers.h"
#include "mime/headers.h"
#include "mime/mime.h"
#include "mime/utf8.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int some_bytes(void *ctx, const char *id, struct buf *out, struct fct_error *err)
{
    (void)ctx;
    (void)err;
    buf_add_str(out, id);
    return 0;
}

#define expect(holds) expect_at(holds, __LINE__)
static void expect_at(bool holds, int line)
{
    if (holds)
        return;
    fprintf(stderr, "line %d\n", line);
    abort();
}

/* Lines end with CRLF and nothing else does; no NUL. A message in a message may have other lines, and is 8bit: here
 * there is none. */
static void check_lines(struct fct_bytes m)
{
    for (size_t i = 0; i < m.n; i++) {
        expect(m.p[i] != '\0');
        expect(m.p[i] != '\r' || (i + 1 < m.n && m.p[i + 1] == '\n'));
        expect(m.p[i] != '\n' || (i > 0 && m.p[i - 1] == '\r'));
    }
}

static bool is_made(struct fct_bytes name)
{
    static const char *const made[] = {"Date",
                                       "Message-ID",
                                       "MIME-Version",
                                       "Content-Type",
                                       "Content-Transfer-Encoding",
                                       "Content-Disposition",
                                       "Content-ID",
                                       "Content-Language",
                                       "Content-Location"};
    for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
        if (bytes_equal_nocase(name, bytes_str(made[i])))
            return true;
    return false;
}

/* "In-Reply-To" of "inReplyTo", "X" of "header:X:asText". */
static bool is_asked_for(const char *property, struct fct_bytes name)
{
    if (strncmp(property, "header:", 7) == 0) {
        size_t n = strcspn(property + 7, ":");
        return n == name.n && strncasecmp(property + 7, name.p, n) == 0;
    }
    if (strcmp(property, "sentAt") == 0)
        return bytes_equal_nocase(name, bytes_str("Date"));
    CLEANUP(buf_done) struct buf letters = {0};
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] != '-')
            buf_add_char(&letters, name.p[i]);
    return bytes_equal_nocase(buf_bytes(&letters), bytes_str(property));
}

/* Those of the root part stand in the message's header. */
static bool any_asks_for(const json_t *object, struct fct_bytes name)
{
    const char *property;
    json_t *value;
    size_t i;
    json_t *item;
    json_object_foreach((json_t *)object, property, value)
    {
        if (is_asked_for(property, name) || (json_is_object(value) && any_asks_for(value, name)))
            return true;
        json_array_foreach(value, i, item) if (json_is_object(item) && any_asks_for(item, name)) return true;
    }
    return false;
}

static void check_fields(const json_t *email, struct fct_bytes message)
{
    struct mime_headers h = {0};
    headers_scan(message, &h);
    expect(header_lines_fit(bytes_of(message.p, h.body)));
    for (size_t i = 0; i < h.n; i++) {
        if (!is_made(h.v[i].name) && !any_asks_for(email, h.v[i].name))
            abort();
    }
    headers_done(&h);
}

/* ---- strings in their places ---- */

struct input {
    const uint8_t *p;
    size_t n;
};

/* The next string; valid UTF-8, "" at the end. Freed by the caller. */
static char *next_string(struct input *in)
{
    const uint8_t *nul = in->n ? memchr(in->p, 0, in->n) : NULL;
    size_t n = nul ? (size_t)(nul - in->p) : in->n;
    CLEANUP(buf_done) struct buf text = {0};
    utf8_add_lenient(&text, bytes_of(in->p, n), true);
    in->p += n + (nul != NULL);
    in->n -= n + (nul != NULL);
    return buf_steal(&text);
}

static json_t *email_of(struct input *in, char **out_subject, char **out_name, char **out_file)
{
    char *s[14];
    for (size_t i = 0; i < 14; i++)
        s[i] = next_string(in);
    CLEANUP(buf_done) struct buf property = {0};
    buf_addf(&property, "header:%s:asText", *s[11] ? s[11] : "X-A");
    json_t *e = json_pack("{s:s, s:[{s:s, s:s}], s:[{s:n, s:s}], s:[s], s:[s, s], s:s, s:s, s:b, s:b}", "subject", s[0],
                          "from", "name", s[1], "email", "a@example.org", "to", "name", "email", s[2], "inReplyTo",
                          s[3], "references", s[4], "r@x", "header:X-Raw", s[5], "header:X-B:asText", s[6],
                          "generateTextBody", 1, "embedImages", 1);
    json_object_set_new(e, buf_str(&property), json_string(s[12]));
    json_object_set_new(e, "header:List-Post:asURLs", json_pack("[s]", s[13]));
    json_object_set_new(e, "htmlBody", json_pack("[{s:s}]", "partId", "h"));
    json_object_set_new(e, "bodyValues", json_pack("{s:{s:s}}", "h", "value", s[7]));
    json_object_set_new(e, "attachments",
                        json_pack("[{s:s, s:s, s:s, s:s}]", "blobId", s[7], "type", "a/b", "name", s[8], "cid", s[9]));
    if (*s[10])
        json_object_set_new(json_array_get(json_object_get(e, "attachments"), 0), "type", json_string(s[10]));
    *out_subject = s[0];
    *out_name = s[1];
    *out_file = s[8];
    for (size_t i = 2; i < 14; i++)
        if (i != 8)
            free(s[i]);
    return e;
}

static void clean(char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            *s = ' ';
}

/* But for white space at the ends. */
static struct fct_bytes without_ends(const char *s)
{
    struct fct_bytes b = bytes_str(s ? s : "");
    for (; b.n && b.p[0] == ' '; b.p++)
        b.n--;
    while (b.n && b.p[b.n - 1] == ' ')
        b.n--;
    return b;
}

/* Latin letters and Chinese characters; of others NFC may make something else (RFC 8621 section 4.1.2.2). */
static bool is_composed(const char *s)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c >= 0xCC && (c < 0xE4 || c > 0xE9))
            return false;
    }
    return true;
}

static bool is_same(const json_t *got, const char *want)
{
    return !is_composed(want) || bytes_equal(without_ends(json_string_value(got)), without_ends(want));
}

static void check_values(struct fct_bytes message, char *subject, char *name, char *file)
{
    static const char *const properties[] = {"name", NULL};
    const struct mime_body_options options = {properties, "b"};
    struct mime_message *m = mime_parse(message);
    if (mime_is_degraded(m)) { /* an address may be half typed, and be eight groups in each other */
        mime_message_free(m);
        return;
    }
    json_t *got = mime_property(m, "subject", NULL), *from = mime_property(m, "from", NULL),
           *files = mime_property(m, "attachments", &options);
    clean(subject);
    clean(name);
    expect(is_same(got, subject));
    expect(json_array_size(from) == 1);
    expect(strcmp(json_string_value(json_object_get(json_array_get(from, 0), "email")), "a@example.org") == 0);
    expect(is_same(json_object_get(json_array_get(from, 0), "name"), name));
    bool has_file = without_ends(file).n == 0;
    for (size_t i = 0; i < json_array_size(files) && !has_file; i++)
        has_file = is_same(json_object_get(json_array_get(files, i), "name"), file);
    expect(has_file);
    json_decref(got);
    json_decref(from);
    json_decref(files);
    mime_message_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready)
        mime_init();
    ready = true;
    if (size > 16384)
        return 0;
    char *subject = NULL, *name = NULL, *file = NULL;
    struct input in = {data, size};
    json_t *email = json_loadb((const char *)data, size, 0, NULL);
    bool is_object = json_is_object(email);
    if (!is_object) {
        json_decref(email);
        email = email_of(&in, &subject, &name, &file);
    }
    const struct compose_options options = {.now = 1414649520, .max_bytes = 1 << 20, .blob = some_bytes};
    struct compose_problem problem = {0};
    struct fct_error err = {0};
    struct buf out = {0};
    if (mime_compose(email, &options, &out, &problem, &err) == 0) {
        check_lines(buf_bytes(&out));
        check_fields(email, buf_bytes(&out));
        if (!is_object)
            check_values(buf_bytes(&out), subject, name, file);
    } else {
        expect(err.code != 0 && out.n == 0);
    }
    compose_problem_done(&problem);
    buf_done(&out);
    json_decref(email);
    free(subject);
    free(name);
    free(file);
    return 0;
}
