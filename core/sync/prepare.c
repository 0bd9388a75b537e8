#include "sync/prepare.h"

#include "text/tokens.h"

static void fold(struct buf *text)
{
    struct buf tokens = {0};
    tokens_join(buf_bytes(text), &tokens);
    buf_done(text);
    *text = tokens;
}

int message_prepare(struct store *st, struct fct_bytes raw, struct prepared_message *out, struct fct_error *err)
{
    CLEANUP(blob_stage_freep) struct blob_stage *blob = blob_stage_new(st);
    if (blob_stage_add(blob, raw, err) < 0 || blob_stage_finish(blob, err) < 0)
        return -1;

    *out = (struct prepared_message){.blob = TAKE(blob)};
    struct mime_summary *s = &out->summary;
    mime_summarize(raw, s);
    fold(&s->fts_from);
    fold(&s->fts_to);
    fold(&s->fts_cc);
    fold(&s->fts_bcc);
    fold(&s->fts_subject);
    fold(&s->fts_body);
    fold(&s->fts_files);
    return 0;
}

void prepared_message_done(struct prepared_message *p)
{
    if (!p->blob)
        return;
    blob_stage_free(p->blob);
    mime_summary_done(&p->summary);
    *p = (struct prepared_message){0};
}
