#include "image.h"

#include "util.h"

#include <string.h>

static bool has(const char *p, size_t n, size_t at, const char *what, size_t what_n)
{
    return n >= at + what_n && memcmp(p + at, what, what_n) == 0;
}
#define HAS(at, what) has(p, n, at, what, sizeof(what) - 1)

/* ISO/IEC 14496-12: a box "ftyp" with a brand and those that it is compatible with. */
static bool is_avif(const char *p, size_t n)
{
    if (!HAS(0, "\0\0\0") || !HAS(4, "ftyp"))
        return false;
    size_t box = (unsigned char)p[3];
    for (size_t at = 8; at + 4 <= n && at + 4 <= box; at += at == 8 ? 8 : 4)
        if (HAS(at, "avif") || HAS(at, "avis"))
            return true;
    return false;
}

/* Two letters say little: the size of the header behind them has to be one that there is. */
static bool is_bmp(const char *p, size_t n)
{
    static const unsigned char sizes[] = {12, 40, 52, 56, 64, 108, 124};
    return HAS(0, "BM") && HAS(6, "\0\0\0\0") && HAS(15, "\0\0\0") && memchr(sizes, p[14], sizeof(sizes));
}

/* A directory of 1 to 255 pictures, whose first entry's reserved byte is zero. */
static bool is_ico(const char *p, size_t n)
{
    return HAS(0, "\0\0\1\0") && n >= 22 && p[4] != 0 && p[5] == 0 && p[9] == 0;
}

const char *image_type(const char *p, size_t n)
{
    if (HAS(0, "\x89PNG\r\n\x1a\n"))
        return "image/png";
    if (HAS(0, "\xff\xd8\xff"))
        return "image/jpeg";
    if (HAS(0, "GIF87a") || HAS(0, "GIF89a"))
        return "image/gif";
    if (HAS(0, "RIFF") && HAS(8, "WEBPVP8"))
        return "image/webp";
    if (is_avif(p, n))
        return "image/avif";
    if (is_bmp(p, n))
        return "image/bmp";
    return is_ico(p, n) ? "image/x-icon" : NULL;
}
