/* dict.h - compressing message bytes with zstd, small ones with a dictionary. Internal to core/store.
 *
 * A dictionary is what makes 5 KB of headers and boilerplate shrink. Number 1 is built in (dict_builtin.c) and serves
 * until a profile has shown DICT_SAMPLES messages; from these a thread trains one of its own, PROFILE/packs/0002.dict,
 * which is on the disk before the first record refers to it and is never changed. A record tells its dictionary's
 * number.
 *
 * Threads    any. Contexts are pooled: there are as many as threads that compress at once.
 */
#ifndef STORE_DICT_H
#define STORE_DICT_H

#include "base/buf.h"
#include "base/cleanup.h"

#include <facteur/plugin.h>

#define DICT_NONE 0u
#define DICT_BUILTIN 1u
#define DICT_SAMPLES 1000u              /* messages from which a dictionary is trained */
#define DICT_SAMPLE_BYTES (8u << 10)    /* of each, at most: the beginning, where headers are */
#define DICT_SAMPLES_BYTES (4u << 20)   /* of all */

struct dicts;

int dicts_open(const char *profile_dir, struct dicts **out, struct fct_error *err);
/* Waits for a training that runs. */
void dicts_close(struct dicts *d);
DEFINE_FREEP(struct dicts *, dicts_close);

/* Appends one frame to *out. *out_dictionary is the newest one, or DICT_NONE when it was not wanted. */
void dicts_compress(struct dicts *d, struct fct_bytes raw, bool with_dictionary, struct buf *out, uint32_t *out_dictionary);
/* One frame that must give exactly n bytes. FCT_E_CORRUPT (also when the dictionary is missing). */
int dicts_decompress(struct dicts *d, struct fct_bytes frame, uint32_t dictionary, void *out, size_t n, struct fct_error *err);
/* Shows a message for training, as long as there is need. */
void dicts_sample(struct dicts *d, struct fct_bytes raw);
/* Gives pooled contexts back to the system. */
void dicts_relax(struct dicts *d);
/* For tests: waits for a training that runs; the newest dictionary's number. */
uint32_t dicts_newest(struct dicts *d);

/* dict_builtin.c. Never to be changed: records of old profiles need it byte for byte. */
extern const char dict_builtin[];
extern const size_t dict_builtin_size;

#endif
