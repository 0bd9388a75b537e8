#include "bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct facteur_batch {
    struct bytes text; /* without its last bracket, until it is asked for */
    bool is_closed;
    int failed; /* errno */
};

struct facteur_batch *facteur_batch_new(void)
{
    return calloc(1, sizeof(struct facteur_batch));
}

void facteur_batch_free(struct facteur_batch *batch)
{
    if (!batch)
        return;
    bytes_done(&batch->text);
    free(batch);
}

static int fail(struct facteur_batch *batch, int why)
{
    if (!batch->failed)
        batch->failed = why;
    errno = batch->failed;
    return -1;
}

int facteur_batch_add_text(struct facteur_batch *batch, const char *id, const char *method, struct facteur_text params)
{
    struct bytes quoted = {0};

    if (batch->failed)
        return fail(batch, 0);
    if (params.p && memchr(params.p, '\n', params.n))
        return fail(batch, EINVAL);
    if (batch->is_closed)
        batch->text.n--;
    batch->is_closed = false;
    if (bytes_add_text(&batch->text, batch->text.n ? "," : "[") < 0 || bytes_add_quoted(&quoted, id) < 0 ||
        bytes_add(&quoted, "", 1) < 0 || bytes_add_request(&batch->text, quoted.p, method, params) < 0)
        fail(batch, errno);
    bytes_done(&quoted);
    return batch->failed ? fail(batch, 0) : 0;
}

int facteur_batch_add(struct facteur_batch *batch, const char *id, const char *method, json_t *params)
{
    struct bytes text = {0};

    if (!params || bytes_add_json(&text, params) < 0)
        fail(batch, params ? errno : EILSEQ);
    else
        facteur_batch_add_text(batch, id, method, (struct facteur_text){text.p, text.n});
    json_decref(params);
    bytes_done(&text);
    return batch->failed ? fail(batch, 0) : 0;
}

struct facteur_text facteur_batch_text(struct facteur_batch *batch)
{
    if (!batch->failed && !batch->text.n) {
        errno = EINVAL;
        return (struct facteur_text){0};
    }
    if (!batch->failed && !batch->is_closed && bytes_add_text(&batch->text, "]") < 0)
        fail(batch, errno);
    if (batch->failed) {
        errno = batch->failed;
        return (struct facteur_text){0};
    }
    batch->is_closed = true;
    return (struct facteur_text){batch->text.p, batch->text.n};
}

json_t *facteur_result_of(const char *id, const char *method, const char *path)
{
    return json_pack("{s:s, s:s, s:s}", "resultOf", id, "name", method, "path", path);
}

const struct facteur_answer *facteur_reply_find(const struct facteur_reply *reply, const char *id)
{
    for (size_t i = 0; reply && i < reply->n; i++) {
        const struct facteur_text text = reply->answers[i].id;
        json_auto_t *value = json_loadb(text.p, text.n, JSON_DECODE_ANY, NULL);
        if (json_is_string(value) && strcmp(json_string_value(value), id) == 0)
            return &reply->answers[i];
    }
    return NULL;
}
