#include "qr.h"

#include "cli.h"

#include <qrencode.h>
#include <stdio.h>
#include <string.h>

#define QUIET 4                                 /* squares of margin on each side */
#define BLACK_ON_WHITE "\033[38;5;16;48;5;231m" /* of the 256 colours those that no theme changes */
#define PLAIN "\033[0m"
#define SQUARE_BYTES 3 /* of the longest character */

static bool is_dark(const QRcode *q, int x, int y)
{
    return x >= 0 && y >= 0 && x < q->width && y < q->width && (q->data[y * q->width + x] & 1);
}

static char *draw_line(const QRcode *q, int y, char *to)
{
    static const char *const halves[] = {" ", "\u2580", "\u2584", "\u2588"}; /* light, upper, lower, both dark */
    to = stpcpy(to, BLACK_ON_WHITE);
    for (int x = -QUIET; x < q->width + QUIET; x++)
        to = stpcpy(to, halves[is_dark(q, x, y) | is_dark(q, x, y + 1) << 1]);
    return stpcpy(to, PLAIN "\n");
}

char *qr_draw(const char *text, int columns)
{
    QRcode *q = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
    if (!q)
        return NULL;
    int width = q->width + 2 * QUIET;
    char *out = NULL;
    if (columns == 0 || width <= columns) {
        size_t line = (size_t)width * SQUARE_BYTES + sizeof(BLACK_ON_WHITE PLAIN "\n");
        char *to = out = xmalloc(line * (size_t)(width / 2 + 1) + 1);
        for (int y = -QUIET; y < q->width + QUIET; y += 2)
            to = draw_line(q, y, to);
    }
    QRcode_free(q);
    return out;
}
