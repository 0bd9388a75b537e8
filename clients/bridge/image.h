/* image.h - what an image is by its first bytes. What a server says of it is not asked. Threads: any. */
#ifndef BRIDGE_IMAGE_H
#define BRIDGE_IMAGE_H

#include <stddef.h>

#define IMAGE_HEAD ((size_t)64) /* bytes that decide, or all where there are fewer */

/* PNG, JPEG, GIF, WebP, AVIF, BMP or ICO, which browsers show and nothing runs in; NULL: anything else, SVG among it.
 */
const char *image_type(const char *p, size_t n);

#endif
