/* base64.h - RFC 4648 section 4. */
#ifndef CLI_BASE64_H
#define CLI_BASE64_H

#include <stddef.h>

/* NUL-terminated; freed by the caller. */
char *base64_encode(const char *bytes, size_t n, size_t *out_n);

#endif
