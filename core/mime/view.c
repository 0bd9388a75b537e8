#include "mime/view.h"

struct view_text {
    unsigned refs; /* streams that share it: a view and its substreams stay on one thread */
    struct buf head;
    struct fct_bytes body;
};

struct view_stream {
    GMimeStream parent;
    struct view_text *text;
};

struct view_stream_class {
    GMimeStreamClass parent_class;
};

static GType view_type;
static GObjectClass *parent_class;

static int64_t total(const struct view_text *t)
{
    return (int64_t)(t->head.n + t->body.n);
}

static int64_t bound_end(GMimeStream *s)
{
    int64_t end = total(((struct view_stream *)s)->text);
    return s->bound_end == -1 || s->bound_end > end ? end : s->bound_end;
}

static ssize_t view_read(GMimeStream *s, char *buf, size_t len)
{
    const struct view_text *t = ((struct view_stream *)s)->text;
    int64_t left = bound_end(s) - s->position;
    if (left <= 0)
        return 0;
    size_t n = (int64_t)len < left ? len : (size_t)left, done = 0, at = (size_t)s->position;
    if (at < t->head.n) {
        done = t->head.n - at < n ? t->head.n - at : n;
        memcpy(buf, t->head.p + at, done);
        at += done;
    }
    if (done < n)
        memcpy(buf + done, t->body.p + (at - t->head.n), n - done);
    s->position += (int64_t)n;
    return (ssize_t)n;
}

static ssize_t view_write(GMimeStream *s, const char *buf, size_t len)
{
    (void)s, (void)buf, (void)len;
    return -1;
}

static int view_nothing(GMimeStream *s)
{
    (void)s;
    return 0;
}

static gboolean view_eos(GMimeStream *s)
{
    return s->position >= bound_end(s);
}

static int view_reset(GMimeStream *s)
{
    s->position = s->bound_start;
    return 0;
}

static gint64 view_seek(GMimeStream *s, gint64 offset, GMimeSeekWhence whence)
{
    int64_t to = offset;
    if (whence == GMIME_STREAM_SEEK_CUR)
        to += s->position;
    else if (whence == GMIME_STREAM_SEEK_END)
        to += bound_end(s);
    if (to < s->bound_start || to > bound_end(s))
        return -1;
    return s->position = to;
}

static gint64 view_tell(GMimeStream *s)
{
    return s->position;
}

static gint64 view_length(GMimeStream *s)
{
    return bound_end(s) - s->bound_start;
}

static GMimeStream *stream_on(struct view_text *text, int64_t start, int64_t end)
{
    struct view_stream *s = g_object_new(view_type, NULL);
    s->text = text;
    text->refs++;
    g_mime_stream_construct(&s->parent, start, end);
    return &s->parent;
}

static GMimeStream *view_substream(GMimeStream *s, gint64 start, gint64 end)
{
    return stream_on(((struct view_stream *)s)->text, start, end);
}

static void view_finalize(GObject *o)
{
    struct view_text *t = ((struct view_stream *)o)->text;
    if (t && --t->refs == 0) {
        buf_done(&t->head);
        g_free(t);
    }
    parent_class->finalize(o);
}

static void view_class_init(gpointer class, gpointer data)
{
    (void)data;
    GMimeStreamClass *c = class;
    parent_class = g_type_class_peek_parent(class);
    G_OBJECT_CLASS(class)->finalize = view_finalize;
    c->read = view_read;
    c->write = view_write;
    c->flush = view_nothing;
    c->close = view_nothing;
    c->eos = view_eos;
    c->reset = view_reset;
    c->seek = view_seek;
    c->tell = view_tell;
    c->length = view_length;
    c->substream = view_substream;
}

void view_init(void)
{
    if (!view_type)
        view_type =
            g_type_register_static_simple(GMIME_TYPE_STREAM, "FacteurMimeView", sizeof(struct view_stream_class),
                                          view_class_init, sizeof(struct view_stream), NULL, 0);
}

GMimeStream *view_new(struct buf *head, struct fct_bytes body)
{
    struct view_text *t = g_new0(struct view_text, 1);
    t->head = *head;
    t->body = body;
    *head = (struct buf){0};
    return stream_on(t, 0, -1);
}

struct fct_bytes view_body_slice(GMimeStream *view, int64_t from, int64_t to)
{
    const struct view_text *t = ((struct view_stream *)view)->text;
    int64_t head = (int64_t)t->head.n, end = total(t);
    if (to > end || to < 0)
        to = end;
    if (from < head)
        from = head;
    if (to < from)
        to = from;
    return bytes_of(t->body.p + (from - head), (size_t)(to - from));
}
