/* idna.h - host names as people write them, as the wire has them: "müller.example" is "xn--mller-kva.example".
 *
 * UTS #46, nontransitional, which maps what people type to what RFC 5891 allows. Threads: any.
 */
#ifndef TEXT_IDNA_H
#define TEXT_IDNA_H

#include <facteur/plugin.h>

#define IDNA_HOST_MAX 253 /* bytes of the ASCII form: RFC 1035 section 2.3.4 */

/* False: no host name can be made of it. */
bool idna_to_ascii(struct fct_bytes host, char out[IDNA_HOST_MAX + 1]);

#endif
