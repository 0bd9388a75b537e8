#include "wire/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void wire_base64_encode(struct fct_bytes data, struct wire_buffer *out)
{
    const unsigned char *d = (const unsigned char *)data.p;
    for (size_t i = 0; i < data.n; i += 3) {
        size_t left = data.n - i;
        uint32_t v = (uint32_t)d[i] << 16 | (left > 1 ? (uint32_t)d[i + 1] << 8 : 0) | (left > 2 ? d[i + 2] : 0);
        char four[4] = {alphabet[v >> 18], alphabet[v >> 12 & 63], left > 1 ? alphabet[v >> 6 & 63] : '=',
                        left > 2 ? alphabet[v & 63] : '='};
        wire_buffer_add(out, four, 4);
    }
}

bool wire_base64_decode(struct fct_bytes text, struct wire_buffer *out)
{
    size_t before = out->n, n = text.n;
    if (n % 4 != 0)
        return false;
    while (n > 0 && text.n - n < 2 && text.p[n - 1] == '=')
        n--;
    uint32_t bits = 0;
    unsigned n_bits = 0;
    for (size_t i = 0; i < n; i++) {
        const char *digit = memchr(alphabet, text.p[i], 64);
        if (!digit) {
            out->n = before;
            return false;
        }
        bits = bits << 6 | (uint32_t)(digit - alphabet);
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            wire_buffer_add_char(out, (char)(bits >> n_bits & 0xFF));
        }
    }
    return true;
}
