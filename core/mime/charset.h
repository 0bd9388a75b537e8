/* charset.h - bytes in a charset that a message names become UTF-8.
 *
 * What mail calls a charset is often its superset: "iso-8859-1" and "us-ascii" with bytes above 0x7F are windows-1252,
 * "gb2312" is gb18030, "shift_jis" is cp932, "iso-2022-jp" has Microsoft's characters (the WHATWG Encoding standard
 * reads them so). Names go through GMime's table of aliases, conversion through iconv, and through ICU where iconv does
 * not know the charset. What a charset cannot be but is valid UTF-8 is read as that, and the problem told.
 * Threads: any.
 */
#ifndef MIME_CHARSET_H
#define MIME_CHARSET_H

#include "base/buf.h"

/* Appends `in` as UTF-8, what cannot be read as U+FFFD, NUL as U+FFFD. `charset` NULL: us-ascii. Returns whether
 * something was malformed, or the charset unknown (then the bytes are read as UTF-8 if they are that, else as
 * windows-1252). */
bool charset_add(struct buf *out, const char *charset, struct fct_bytes in);
/* Whether conversion from it is possible. */
bool charset_is_known(const char *charset);
/* Bytes without any charset (an 8-bit header): UTF-8 if they are valid as such, else windows-1252. */
void charset_add_guess(struct buf *out, struct fct_bytes in);

#endif
