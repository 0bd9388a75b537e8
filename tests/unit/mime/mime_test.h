/* Helpers of the mime tests: values as compact JSON text, so that a test reads like the RFC's examples. */
#ifndef MIME_TEST_H
#define MIME_TEST_H

#include "base/cleanup.h"
#include "mime/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Compares and frees `v`; `want` with ' for ". */
static inline void expect_json(json_t *v, const char *want)
{
    assert_non_null(v);
    json_error_t e;
    char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(v);
    struct buf quoted = {0};
    for (const char *p = want; *p; p++)
        buf_add_char(&quoted, *p == '\'' ? '"' : *p);
    json_t *w = json_loads(buf_str(&quoted), JSON_DECODE_ANY, &e);
    assert_non_null(w);
    char *wanted = json_dumps(w, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(w);
    assert_string_equal(text, wanted);
    free(text);
    free(wanted);
    buf_done(&quoted);
}

static inline void expect_property(const char *message, const char *property, const char *want)
{
    struct mime_message *m = mime_parse(bytes_str(message));
    static const char *const id_and_type[] = {"partId", "type", NULL};
    struct mime_body_options options = {id_and_type, "M1"};
    json_t *v = NULL;
    if (strncmp(property, "header:", 7) == 0)
        assert_int_equal(mime_header_property(m, property + 7, &v, NULL), 0);
    else
        v = mime_property(m, property, &options);
    expect_json(v, want);
    mime_message_free(m);
}

/* The ids of a list of parts, joined by spaces. */
static inline void expect_ids(struct mime_message *m, const char *list, const char *want)
{
    static const char *const id[] = {"partId", NULL};
    struct mime_body_options options = {id, "M1"};
    CLEANUP(buf_done) struct buf ids = {0};
    json_t *v = mime_property(m, list, &options), *part;
    size_t i;
    json_array_foreach(v, i, part)
        buf_addf(&ids, "%s%s", i ? " " : "", json_string_value(json_object_get(part, "partId")));
    json_decref(v);
    assert_string_equal(buf_str(&ids), want);
}

static inline struct mime_summary summarize(const char *text)
{
    struct mime_summary s;
    mime_summarize(bytes_str(text), &s);
    return s;
}

#endif
