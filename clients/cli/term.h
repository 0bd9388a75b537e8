/* term.h - text on a terminal: its width, its colours, and making text from mails harmless.
 *
 * What a stranger wrote may hold escape sequences, which command a terminal, and bidirectional controls, which make
 * text look like other text. Neither reaches a screen: both become U+FFFD.
 */
#ifndef CLI_TERM_H
#define CLI_TERM_H

#include "cli.h"

/* Looks at stdout, stderr, COLUMNS, NO_COLOR and TERM. */
void term_setup(struct cli *cli);

enum term_clean {
    TERM_ONE_LINE,  /* line ends, tabs and runs of spaces become one space: for table cells */
    TERM_KEEP_LINES /* '\n' and '\t' stay, CR LF becomes '\n' */
};
/* A harmless copy, valid UTF-8. Freed by the caller. */
char *term_clean(const char *text, enum term_clean how);
char *term_clean_bytes(const char *text, size_t n, enum term_clean how);

/* Columns that valid UTF-8 takes. */
int term_width(const char *text);
/* Bytes of `text` that fit into `columns`; *out_columns is what they take. */
size_t term_fit(const char *text, int columns, int *out_columns);

/* SGR sequences, "" without colours. */
const char *term_bold(const struct cli *cli);
const char *term_dim(const struct cli *cli);
const char *term_red(const struct cli *cli);
const char *term_green(const struct cli *cli);
const char *term_plain(const struct cli *cli);

/* "4.2 MB"; the buffer is the caller's. */
#define TERM_SIZE_MAX 16
const char *term_size(int64_t bytes, char out[TERM_SIZE_MAX]);
/* A date as lists show it: time today, day this year, else the date. `utc`: "2025-03-17T17:39:00Z". */
#define TERM_DATE_MAX 24
const char *term_date(const char *utc, char out[TERM_DATE_MAX]);
/* The same moment in full, in the local zone: "Mon, 17 Mar 2025 18:39". */
#define TERM_LONG_DATE_MAX 48
const char *term_long_date(const char *utc, char out[TERM_LONG_DATE_MAX]);
/* How far it is from `now` (seconds since 1970), within a day: "in 12 s", "3 min ago", "now"; "" beyond. */
#define TERM_DISTANCE_MAX 24
const char *term_distance(const char *utc, int64_t now, char out[TERM_DISTANCE_MAX]);

#endif
