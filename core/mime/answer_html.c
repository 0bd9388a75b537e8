/* The HTML of an answer, beside its text, and the pictures that it shows. */
#include "mime/answer.h"

#include "base/alloc.h"
#include "mime/html_quote.h"
#include "mime/limits.h"

#include <string.h>

#define QUOTE_BEGIN \
    "<blockquote type=\"cite\" style=\"margin:0 0 0 0.8ex;border-left:2px solid #cccccc;padding-left:1ex\">\n"

/* What the message says, harmless; where it has no HTML, its text. */
static void add_message(struct mime_message *m, bool is_reply, struct buf *out)
{
    CLEANUP(buf_done) struct buf body = {0};
    if (mime_html_text(m, MIME_MAX_HTML_BYTES, &body) == 0) {
        html_quote(buf_bytes(&body), out);
        return;
    }
    buf_clear(&body);
    answer_message_text(m, is_reply, &body);
    html_add_text(buf_bytes(&body), out);
}

/* Of a whole document what stands in its body: more comes below it. */
static void add_written(const char *html, struct buf *out)
{
    const char *body = strcasestr(html, "<body"), *begin = body ? strchr(body, '>') : NULL;
    const char *end = begin ? strcasestr(begin, "</body") : NULL;
    if (end)
        buf_add(out, begin + 1, (size_t)(end - begin - 1));
    else
        buf_add_str(out, html);
    if (out->n && out->p[out->n - 1] != '\n')
        buf_add_char(out, '\n');
}

void answer_html(struct mime_message *m, const struct answer_options *o, struct buf *out)
{
    CLEANUP(buf_done) struct buf head = {0};
    bool is_reply = o->kind <= ANSWER_LIST;
    if (o->html_text) {
        add_written(o->html_text, out);
    } else if (o->text && *o->text) {
        html_add_text(bytes_str(o->text), out);
        buf_add_str(out, "<br>\n");
    }
    bool has_more = !is_reply || !o->no_quote, is_above = o->signature == SIGNATURE_ABOVE || !has_more;
    if (is_above)
        answer_html_signature(o, out);
    if (!has_more)
        return;
    if (is_reply)
        answer_attribution(m, o, &head);
    else
        answer_forwarded_head(m, &head);
    buf_add_str(out, "<div>");
    html_add_text(buf_bytes(&head), out);
    buf_add_str(out, is_reply ? "</div>\n" QUOTE_BEGIN : "</div>\n<div>\n");
    add_message(m, is_reply, out);
    buf_add_str(out, is_reply ? "\n</blockquote>\n" : "\n</div>\n");
    if (!is_above)
        answer_html_signature(o, out);
}

/* ---- pictures --------------------------------------------------------------------------------------------------- */

/* The Content-IDs that src="cid:..." names: a set, a new reference. */
static json_t *cids_shown(struct fct_bytes html)
{
    static const char mark[] = " src=\"cid:";
    json_t *out = json_object();
    if (!html.n)
        return out;
    for (const char *p = html.p, *end = html.p + html.n; (p = memmem(p, (size_t)(end - p), mark, strlen(mark)));) {
        p += strlen(mark);
        const char *close = memchr(p, '"', (size_t)(end - p));
        if (!close)
            break;
        CLEANUP(freep) char *cid = xstrndup(p, (size_t)(close - p));
        json_object_set_new(out, cid, json_true());
        p = close;
    }
    return out;
}

json_t *answer_pictures(struct fct_bytes html, json_t *files, bool only_shown)
{
    json_t *shown = cids_shown(html), *out = json_array();
    for (size_t i = 0; i < json_array_size(files); i++) {
        json_t *file = json_array_get(files, i);
        const char *cid = json_string_value(json_object_get(file, "cid"));
        bool is_shown = cid && json_object_get(shown, cid);
        if (is_shown)
            json_object_set_new(file, "disposition", json_string("inline"));
        if (is_shown || !only_shown)
            json_array_append(out, file);
    }
    json_decref(shown);
    json_decref(files);
    return out;
}
