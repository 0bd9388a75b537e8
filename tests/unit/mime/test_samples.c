/* Whole messages of tests/fixtures/mime: NAME.eml is read and compared with NAME.json. With UPDATE=1 in the environment
 * the .json files are written anew, to be read before they are committed. */
#include "mime_test.h"

#include <glob.h>

static json_t *ids(struct mime_message *m, const char *list)
{
    static const char *const properties[] = {"partId", "type", "name", NULL};
    struct mime_body_options options = {properties, NULL};
    json_t *out = json_array(), *parts = mime_property(m, list, &options), *p;
    size_t i;
    json_array_foreach(parts, i, p)
    {
        const char *name = json_string_value(json_object_get(p, "name"));
        json_array_append_new(out, json_sprintf("%s %s%s%s", json_string_value(json_object_get(p, "partId")),
                                                json_string_value(json_object_get(p, "type")), name ? " " : "",
                                                name ? name : ""));
    }
    json_decref(parts);
    return out;
}

static json_t *describe(struct fct_bytes raw)
{
    static const char *const properties[] = {"subject",    "from",          "replyTo",   "to",
                                             "cc",         "sentAt",        "messageId", "inReplyTo",
                                             "references", "hasAttachment", "preview"};
    static const char *const lists[] = {"textBody", "htmlBody", "attachments"};
    json_t *out = json_object();
    struct mime_message *m = mime_parse(raw);
    struct buf text = {0};
    struct mime_summary s;
    for (size_t i = 0; i < sizeof(properties) / sizeof(*properties); i++)
        json_object_set_new(out, properties[i], mime_property(m, properties[i], NULL));
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        json_object_set_new(out, lists[i], ids(m, lists[i]));
    mime_readable_text(m, 0, &text);
    json_object_set_new(out, "readable", json_string(buf_str(&text)));
    mime_summarize(raw, &s);
    json_object_set_new(out, "baseSubject", json_string(s.base_subject));
    json_object_set_new(out, "index", json_string(buf_str(&s.fts_body)));
    json_object_set_new(out, "files", json_string(buf_str(&s.fts_files)));
    /* The summary and the properties are two ways to the same. */
    assert_string_equal(s.preview, json_string_value(json_object_get(out, "preview")));
    assert_int_equal(s.has_attachment, json_is_true(json_object_get(out, "hasAttachment")));
    mime_summary_done(&s);
    buf_done(&text);
    mime_message_free(m);
    return out;
}

static void read_file(const char *path, struct buf *out)
{
    CLEANUP(fclosep) FILE *f = fopen(path, "rb");
    assert_non_null(f);
    for (size_t n = 1; n;) {
        n = fread(buf_reserve(out, 65536), 1, 65536, f);
        buf_grown(out, n);
    }
}

static void samples_read_as_recorded(void **state)
{
    (void)state;
    glob_t found;
    assert_int_equal(glob(FIXTURES "/mime/*.eml", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 7);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        CLEANUP(buf_done) struct buf raw = {0};
        CLEANUP(buf_done) struct buf path = {0};
        CLEANUP(freep) char *got = NULL, *want = NULL;
        read_file(found.gl_pathv[i], &raw);
        buf_add(&path, found.gl_pathv[i], strlen(found.gl_pathv[i]) - strlen("eml"));
        buf_add_str(&path, "json");
        json_t *v = describe(buf_bytes(&raw));
        if (getenv("UPDATE"))
            json_dump_file(v, buf_str(&path), JSON_INDENT(1) | JSON_SORT_KEYS);
        json_t *recorded = json_load_file(buf_str(&path), 0, NULL);
        assert_non_null(recorded);
        got = json_dumps(v, JSON_SORT_KEYS | JSON_INDENT(1));
        want = json_dumps(recorded, JSON_SORT_KEYS | JSON_INDENT(1));
        assert_string_equal(got, want);
        json_decref(v);
        json_decref(recorded);
    }
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(samples_read_as_recorded)};
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
