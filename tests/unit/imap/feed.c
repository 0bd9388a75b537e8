#include "feed.h"

#include "base/error.h"
#include "plugin/plugins.h"

#include <stdlib.h>
#include <string.h>

extern const struct fct_host *fct_host; /* the plugin's, which nobody has initialised here */

static int next_line(void *ctx, struct fct_bytes *out, struct fct_error *err)
{
    struct text_feed *f = ctx;
    const char *lf = f->at < f->end ? memchr(f->at, '\n', (size_t)(f->end - f->at)) : NULL;
    if (!lf)
        return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_NOW, "the text is over");
    size_t n = (size_t)(lf - f->at);
    if (n > 0 && lf[-1] == '\r')
        n--;
    wire_buffer_done(&f->line);
    f->line.p = malloc(n ? n : 1);
    if (!f->line.p)
        abort();
    memcpy(f->line.p, f->at, n);
    f->at = lf + 1;
    *out = (struct fct_bytes){f->line.p, n};
    return 0;
}

static int some_octets(void *ctx, size_t max, struct fct_bytes *out, struct fct_error *err)
{
    struct text_feed *f = ctx;
    size_t left = (size_t)(f->end - f->at);
    size_t n = f->piece && f->piece < max ? f->piece : max;
    n = n < left ? n : left;
    if (n == 0)
        return fct_fail(err, FCT_E_NETWORK, FCT_RETRY_NOW, "the text is over");
    *out = (struct fct_bytes){f->at, n};
    f->at += n;
    return 0;
}

void text_feed_start_bytes(struct text_feed *f, struct imap_parser *p, const char *text, size_t n)
{
    fct_host = plugin_host();
    *f = (struct text_feed){.at = text, .end = text + n};
    imap_parser_init(p, (struct imap_feed){f, next_line, some_octets});
}

void text_feed_start(struct text_feed *f, struct imap_parser *p, const char *text)
{
    text_feed_start_bytes(f, p, text, strlen(text));
}

void text_feed_done(struct text_feed *f)
{
    wire_buffer_done(&f->line);
}
