/* qr.h - a QR code (ISO/IEC 18004) on a terminal: two of its squares a character, by half blocks.
 *
 * Black and white are asked for by number, so that it is the same on a dark terminal and on a light one, and the margin
 * of four squares that the standard wants is part of it.
 */
#ifndef CLI_QR_H
#define CLI_QR_H

/* `text` as lines of which each ends with '\n'; NULL: it is too long, or `columns` (0: any number) are too few. Freed
 * by the caller. */
char *qr_draw(const char *text, int columns);

#endif
