/* table.h - tables that fit the terminal.
 *
 *   static const struct table_column columns[] = {{"ID", .fixed = true}, {"FROM", .min = 10}, {"SIZE", .right = true}};
 *   CLI_CLEANUP(table_free) struct table *t = table_new(columns, 3);
 *   table_row(t, false, id, from, size);       texts are copied and made harmless; NULL: empty
 *   table_print(t, cli);
 *
 * A column is as wide as its widest cell. Where that is wider than the terminal, columns that are not fixed give way,
 * the widest first, down to their `min`; what does not fit ends in an ellipsis. Where that is not enough, columns go
 * whole, the one with the highest `drop` first: half a number is a wrong number.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli.h"

struct table;

struct table_column {
    const char *title;
    bool fixed;
    bool right;
    int min;
    int drop; /* 0: never */
};

struct table *table_new(const struct table_column *columns, size_t n);
void table_free(struct table **t);
/* One text (const char *) for each column. */
void table_row(struct table *t, int bold, ...);
/* An empty table prints nothing. */
void table_print(const struct table *t, const struct cli *cli);

#endif
