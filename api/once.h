/* once.h - a call with an idempotency key is carried out once, however often it is made.
 *
 * The answer is kept for a week (store/outcomes.h). The same call with the same key, from any client, after a restart too, gets
 * that answer; while the first is still under way, the second waits for it. A call that failed as a whole changed nothing and
 * may be made again. One that the end of the program cut short is not made again: its caller is told to look.
 *
 *   switch (once_begin(o, key, method, params, &answer)) { ... }   ONCE_GO: carry it out, then once_end
 *
 * Threads    loop thread, in a fiber. Both suspend.
 */
#ifndef API_ONCE_H
#define API_ONCE_H

#include "dispatch.h"

#include <jansson.h>

#define ONCE_KEY_MAX 255 /* characters */

struct once;
struct uv_loop_s;

/* `runner` must outlive it. */
struct once *once_new(struct uv_loop_s *loop, const struct api_runner *runner);
/* Waits until what was begun is written down. Suspends. NULL is accepted. */
void once_free(struct once *o);

enum once_outcome {
    ONCE_GO,      /* not made before: once_end must follow */
    ONCE_ANSWERED, /* *out is {result, created}: what it gave, and the creation ids */
    ONCE_REFUSED  /* *out is the error */
};
enum once_outcome once_begin(struct once *o, const char *key, const char *method, json_t *params, json_t **out);
/* Writes down what came of it: on the disk when this returns, or soon if the fiber is cancelled. `result` NULL: it failed as a
 * whole. Both are borrowed. Suspends. */
void once_end(struct once *o, const char *key, json_t *result, json_t *created);

#endif
