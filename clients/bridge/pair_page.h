/* pair_page.h - the pages of pairing: what a person sees who has scanned the code, in a language of theirs (RFC 9110
 * section 12.5.4), with styles of their own and nothing else that the page may load or run.
 *
 * Threads: the loop's.
 */
#ifndef BRIDGE_PAIR_PAGE_H
#define BRIDGE_PAIR_PAGE_H

#include "exchange.h"

/* Why a code was not exchanged. */
enum pair_refusal { PAIR_NOT_REFUSED, PAIR_LIMIT, PAIR_NAME_TAKEN, PAIR_NO_CODE, PAIR_BUSY, PAIR_MISSING };

/* In English: what programs are told. */
const char *pair_refusal_text(enum pair_refusal why);
/* The form, with `code` in it; what refused one before stands above it. */
void pair_page_form(struct exchange *x, int status, const char *code, enum pair_refusal why);
/* What is to be typed into a mail program. */
void pair_page_done(struct exchange *x, const char *name, const char *secret);

#endif
