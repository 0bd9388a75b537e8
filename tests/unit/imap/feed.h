/* feed.h - feeds the parser from a string, in pieces as small as wanted, as a connection would. */
#ifndef TEST_IMAP_FEED_H
#define TEST_IMAP_FEED_H

#include "parser.h"

struct text_feed {
    const char *at, *end;
    size_t piece;            /* at most so many octets of a literal at once; 0: as many as asked for */
    struct wire_buffer line; /* a copy of exactly the line: reading beyond it is an error that ASan sees */
};

/* `text` ends at its NUL. The parser must be imap_parser_done, the feed text_feed_done. */
void text_feed_start(struct text_feed *f, struct imap_parser *p, const char *text);
void text_feed_start_bytes(struct text_feed *f, struct imap_parser *p, const char *text, size_t n);
void text_feed_done(struct text_feed *f);

#endif
