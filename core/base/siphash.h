/* siphash.h - SipHash-2-4: 64 bits of bytes under a secret key, so that nobody can make two texts collide on purpose.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t siphash(const unsigned char key[16], const void *data, size_t n);

#endif
