/* patch.h - a PatchObject (RFC 8620 section 5.3) applied to an object. Threads: any. */
#ifndef API_PATCH_H
#define API_PATCH_H

#include <jansson.h>

/* `object` with the patch applied, as a new object; what was not touched is shared with it. NULL: the patch is not
 * valid, *out_error is a SetError "invalidPatch". Where a key of mailboxIds is "#k", `resolve` (may be NULL) gives what
 * it stands for, or NULL. A property set to null is absent afterwards: the caller puts its default there. */
typedef const char *(*patch_resolve_fn)(void *ctx, const char *key);
json_t *patch_apply(const json_t *object, const json_t *patch, patch_resolve_fn resolve, void *ctx, json_t **out_error);

#endif
