#include "frames.h"

#include "util.h"

#include <dlfcn.h>
#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <string.h>

#define PREFACE ((size_t)24) /* RFC 9113 section 3.4 */
#define HEADER ((size_t)9)
#define LENGTH_MAX ((size_t)16 << 10) /* SETTINGS_MAX_FRAME_SIZE, as we announce none */
#define PADDED 0x08
#define PRIORITY 0x20
#define PRIORITY_SIZE ((size_t)5)

/* The flags that a frame has by its type (RFC 9113 section 6); others are to be ignored. */
static const unsigned char flags_of[] = {[0x0] = 0x09, [0x1] = 0x2d, [0x4] = 0x01, [0x5] = 0x0c, [0x6] = 0x01, [0x9] = 0x04};

/* Beside a connection: what came of a frame that is not whole. */
struct held {
    unsigned char *p;
    size_t n;
    bool is_past_preface;
    bool is_broken; /* a frame was longer than it may be: nothing behind it is read */
};

static int held_index = -1;

static void free_held(void *parent, void *p, CRYPTO_EX_DATA *data, int index, long n, void *arg)
{
    struct held *h = p;
    (void)parent, (void)data, (void)index, (void)n, (void)arg;
    if (h)
        free_wiped(h->p, h->n);
    free(h);
}

int frames_init(void)
{
    if (held_index < 0)
        held_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, free_held);
    return held_index < 0 ? -1 : 0;
}

static bool is_http2(SSL *ssl)
{
    const unsigned char *name = NULL;
    unsigned n = 0;
    if (held_index < 0 || !SSL_is_server(ssl))
        return false;
    SSL_get0_alpn_selected(ssl, &name, &n);
    return n == 2 && memcmp(name, "h2", 2) == 0;
}

static struct held *held_of(SSL *ssl)
{
    struct held *h = SSL_get_ex_data(ssl, held_index);
    if (!h && !SSL_set_ex_data(ssl, held_index, h = XNEW(struct held))) {
        free(h);
        return NULL;
    }
    return h;
}

static void keep(struct held *h, const unsigned char *p, size_t n)
{
    free_wiped(h->p, h->n);
    h->p = n > 0 ? xmalloc(n) : NULL;
    h->n = n;
    if (n > 0)
        memcpy(h->p, p, n);
}

static size_t length_of(const unsigned char *frame)
{
    return (size_t)frame[0] << 16 | (size_t)frame[1] << 8 | frame[2];
}

/* Takes out the padding and the priority of whole frames (RFC 9113 section 5.3.2: it means nothing any more), and flags that
 * they have not: where those, or what they announce, are all that is in a frame, libwebsockets reads beyond its end. How many
 * bytes there are then; -1: more of them than frame, or a stream that no client begins (section 5.1.1), at whose frames it does so, too. */
static ssize_t tidy(unsigned char *p, size_t n)
{
    size_t to = 0;
    for (size_t at = 0; at < n;) {
        unsigned char *frame = p + at, type = frame[3];
        size_t length = length_of(frame), front = 0, padding = 0;
        unsigned char flags = frame[4] & (type < N_OF(flags_of) ? flags_of[type] : 0);
        bool is_zero = !(frame[5] & 0x7f) && !frame[6] && !frame[7] && !frame[8];
        if (!is_zero && frame[8] % 2 == 0)
            return -1;
        if (type <= 0x1 && flags & PADDED) {
            if (length == 0)
                return -1;
            front = 1;
            padding = frame[HEADER];
            flags ^= PADDED;
        }
        if (type == 0x1 && flags & PRIORITY) {
            front += PRIORITY_SIZE;
            flags ^= PRIORITY;
        }
        if (front + padding > length)
            return -1;
        size_t left = length - front - padding;
        at += HEADER + length;
        unsigned char *out = p + to;
        memmove(out, frame, HEADER);
        memmove(out + HEADER, frame + HEADER + front, left);
        out[0] = (unsigned char)(left >> 16), out[1] = (unsigned char)(left >> 8), out[2] = (unsigned char)left;
        out[4] = flags;
        to += HEADER + left;
    }
    return (ssize_t)to;
}

/* How many of the bytes are of whole frames. */
static size_t count_whole(struct held *h, const unsigned char *p, size_t n)
{
    size_t begin = h->is_past_preface ? 0 : PREFACE, at = begin;
    if (n < begin)
        return 0;
    while (n - at >= HEADER && length_of(p + at) <= LENGTH_MAX && n - at >= HEADER + length_of(p + at))
        at += HEADER + length_of(p + at);
    h->is_broken = n - at >= HEADER && length_of(p + at) > LENGTH_MAX;
    return at;
}

/* What OpenSSL's SSL_read does. */
static int read_some(SSL *ssl, void *to, size_t max)
{
    size_t n = 0;
    if (SSL_read_ex(ssl, to, max, &n) == 1)
        return (int)n;
    int error = SSL_get_error(ssl, 0);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? -1 : 0;
}

__attribute__((visibility("default"))) int SSL_read(SSL *ssl, void *to, int max)
{
    size_t room = max > 0 ? (size_t)max : 0, n, whole;
    struct held *h = is_http2(ssl) ? held_of(ssl) : NULL;
    if (!h)
        return read_some(ssl, to, room);
    if (h->is_broken) {
        int got = read_some(ssl, to, room); /* so that OpenSSL does not say that it waits for more */
        return got > 0 ? 0 : got;
    }
    if (room < h->n + PREFACE + HEADER + LENGTH_MAX)
        return 0; /* libwebsockets reads into more (front.c) */
    if ((n = h->n) > 0)
        memcpy(to, h->p, n);
    do {
        int got = read_some(ssl, (char *)to + n, room - n);
        if (got <= 0) {
            keep(h, to, n);
            return got;
        }
        n += (size_t)got;
        whole = count_whole(h, to, n);
    } while (whole == 0 && !h->is_broken);
    keep(h, (unsigned char *)to + whole, n - whole);
    if (h->is_broken && whole == 0)
        return 0;
    size_t begin = h->is_past_preface ? 0 : PREFACE;
    ssize_t left = tidy((unsigned char *)to + begin, whole - begin);
    h->is_past_preface = true;
    return left < 0 ? 0 : (int)begin + (int)left;
}

/* What libwebsockets has kept of a read, and how much of it it has used. It counts more than there is where it refuses a frame by its
 * header and takes the next one's first bytes for its body, and then an assert would end the program; the connection is at its end by then. */
__attribute__((visibility("default"))) size_t lws_buflist_use_segment(struct lws_buflist **head, size_t n)
{
    static size_t (*theirs)(struct lws_buflist **, size_t);
    size_t left = lws_buflist_next_segment_len(head, NULL);
    if (!theirs)
        *(void **)&theirs = dlsym(RTLD_NEXT, "lws_buflist_use_segment");
    return left > 0 && n > 0 ? theirs(head, n < left ? n : left) : left;
}
