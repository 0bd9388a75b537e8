#include "table.h"

#include "term.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define GAP 2
#define COLUMNS_MAX 12
#define SHRUNK_MIN 4
#define DROPPED (-1) /* the width of a column that is not shown */

struct table {
    const struct table_column *columns;
    size_t n_columns;
    char **cells; /* row after row */
    bool *bold;
    size_t n_rows, cap;
};

struct table *table_new(const struct table_column *columns, size_t n)
{
    struct table *t = xmalloc(sizeof(*t));

    *t = (struct table){.columns = columns, .n_columns = n < COLUMNS_MAX ? n : COLUMNS_MAX};
    return t;
}

void table_free(struct table **t)
{
    if (!*t)
        return;
    for (size_t i = 0; i < (*t)->n_rows * (*t)->n_columns; i++)
        free((*t)->cells[i]);
    free((*t)->cells);
    free((*t)->bold);
    free(*t);
}

void table_row(struct table *t, int bold, ...)
{
    va_list ap;

    if (t->n_rows == t->cap) {
        t->cap = t->cap * 2 + 32;
        t->cells = xrealloc(t->cells, t->cap * t->n_columns * sizeof(char *));
        t->bold = xrealloc(t->bold, t->cap * sizeof(bool));
    }
    va_start(ap, bold);
    for (size_t i = 0; i < t->n_columns; i++) {
        const char *text = va_arg(ap, const char *);
        t->cells[t->n_rows * t->n_columns + i] = term_clean(text ? text : "", TERM_ONE_LINE);
    }
    va_end(ap);
    t->bold[t->n_rows++] = bold;
}

static int narrowest(const struct table_column *c, int width)
{
    int min = c->min > SHRUNK_MIN ? c->min : SHRUNK_MIN;

    return c->fixed || width < min ? width : min;
}

/* Of the whole row, gaps included; with `shrunk` as narrow as it gets. */
static int row_width(const struct table *t, const int widths[COLUMNS_MAX], bool shrunk)
{
    int total = -GAP;

    for (size_t i = 0; i < t->n_columns; i++)
        if (widths[i] != DROPPED)
            total += GAP + (shrunk ? narrowest(&t->columns[i], widths[i]) : widths[i]);
    return total;
}

/* Leaves columns out until the rest can be made to fit. */
static void drop(const struct table *t, int limit, int widths[COLUMNS_MAX])
{
    while (row_width(t, widths, true) > limit) {
        size_t least = COLUMNS_MAX;
        for (size_t i = 0; i < t->n_columns; i++)
            if (t->columns[i].drop && widths[i] != DROPPED &&
                (least == COLUMNS_MAX || t->columns[i].drop > t->columns[least].drop))
                least = i;
        if (least == COLUMNS_MAX)
            return;
        widths[least] = DROPPED;
    }
}

/* Takes from the widest column that may give way, until the row fits or none can. */
static void shrink(const struct table *t, int widths[COLUMNS_MAX], int excess)
{
    while (excess > 0) {
        size_t widest = COLUMNS_MAX;
        for (size_t i = 0; i < t->n_columns; i++) {
            if (widths[i] > narrowest(&t->columns[i], widths[i]) &&
                (widest == COLUMNS_MAX || widths[i] > widths[widest]))
                widest = i;
        }
        if (widest == COLUMNS_MAX)
            return;
        widths[widest]--;
        excess--;
    }
}

static void layout(const struct table *t, int limit, int widths[COLUMNS_MAX])
{
    for (size_t i = 0; i < t->n_columns; i++) {
        widths[i] = term_width(t->columns[i].title);
        for (size_t row = 0; row < t->n_rows; row++) {
            int width = term_width(t->cells[row * t->n_columns + i]);
            if (width > widths[i])
                widths[i] = width;
        }
    }
    if (limit <= 0)
        return;
    drop(t, limit, widths);
    shrink(t, widths, row_width(t, widths, false) - limit);
}

/* Prints a cell in its width, and returns how many columns are left in the line. */
static void print_cell(const char *text, int width, bool right, bool last)
{
    int used;
    size_t n = term_fit(text, width, &used);
    bool cut = text[n] != '\0';

    if (cut)
        n = term_fit(text, width - 1, &used);
    int pad = width - used - (cut ? 1 : 0);
    printf("%*s%.*s%s", right ? pad : 0, "", (int)n, text, cut ? "…" : "");
    if (!right && !last)
        printf("%*s", pad, "");
}

static void print_row(const struct table *t, char *const *cells, const int widths[COLUMNS_MAX], int limit)
{
    int left = limit > 0 ? limit : 1 << 20, gap = 0;
    size_t last = t->n_columns - 1;

    while (last > 0 && widths[last] == DROPPED)
        last--;
    for (size_t i = 0; i < t->n_columns; i++) {
        int width = widths[i];
        if (width == DROPPED)
            continue;
        if (gap >= left) /* a very narrow terminal: the last columns are not there */
            break;
        if (width > left - gap)
            width = left - gap;
        printf("%*s", gap, "");
        print_cell(cells ? cells[i] : t->columns[i].title, width, t->columns[i].right, i == last);
        left -= gap + width;
        gap = GAP;
    }
}

void table_print(const struct table *t, const struct cli *cli)
{
    int widths[COLUMNS_MAX];

    if (t->n_rows == 0)
        return;
    layout(t, cli->width, widths);
    printf("%s", term_dim(cli));
    print_row(t, NULL, widths, cli->width);
    printf("%s\n", term_plain(cli));
    for (size_t row = 0; row < t->n_rows; row++) {
        printf("%s", t->bold[row] ? term_bold(cli) : "");
        print_row(t, t->cells + row * t->n_columns, widths, cli->width);
        printf("%s\n", t->bold[row] ? term_plain(cli) : "");
    }
}
