/* frames.h - frames of HTTP/2 reach libwebsockets whole, without padding and priorities, and of streams that clients begin.
 *
 * Its parser (4.1) closes a stream that has more of a body than it expects by going to the end of the frame, also where
 * that has not come yet: it counts more bytes as read than there were, and ends the program. What is decrypted it takes
 * from SSL_read and from nowhere else, so there is one here that takes the place of OpenSSL's in this program: over a
 * connection of HTTP/2 it gives whole frames, and keeps the beginning of one until the rest is there. For every other
 * connection it is OpenSSL's. Where libwebsockets is all the same at odds with this about where a frame ends, what it
 * counts as used of a read that it kept is bounded by what there was: its lws_buflist_use_segment is replaced, too.
 * Threads: any, a connection on one at a time.
 */
#ifndef BRIDGE_FRAMES_H
#define BRIDGE_FRAMES_H

/* Before the first connection. -1: memory is gone. */
int frames_init(void);

#endif
