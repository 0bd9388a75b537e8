/* scan.h - where the members of a JSON-RPC message stand in its text, without building anything of it.
 *
 * One pass over the bytes, no recursion, no memory: what comes may be large, and whoever hands it on need not parse it.
 * Brackets and strings must match up; what is inside of a value is not looked at any closer.
 */
#ifndef CLIENT_SCAN_H
#define CLIENT_SCAN_H

#include <facteur/client.h>

/* A message's members; .p is NULL where there is none. Of a name that stands twice, the last. */
struct scan_message {
    struct facteur_text id, method, params, result, error;
};

/* Whether the text is an object, and of what. False: it is no JSON object. */
bool scan_message(struct facteur_text text, struct scan_message *out);
/* The elements of an array, one after the other: *at begins as 0. 1: *out is the next one; 0: that was all; -1: the
 * text is no array. */
int scan_element(struct facteur_text text, size_t *at, struct facteur_text *out);
/* The first byte that is no white space; 0: there is none, or it is one. */
char scan_first(struct facteur_text text);
bool scan_is_blank(struct facteur_text text);

#endif
