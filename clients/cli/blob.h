/* blob.h - the bytes of a blob, over a file descriptor that facteurd hands out (Blob/open), exactly as they are. */
#ifndef CLI_BLOB_H
#define CLI_BLOB_H

#include "cli.h"

/* A descriptor that stands at the first byte. The caller's; -1 after telling. */
int blob_open(struct cli *cli, const char *blob_id);
/* Copies all bytes to a descriptor. `to_name` is for the message. 0, or -1 after telling. */
int blob_copy(struct cli *cli, const char *blob_id, int to, const char *to_name);
/* The first `max` bytes at most, in memory. Freed by the caller; NULL after telling. */
char *blob_load(struct cli *cli, const char *blob_id, size_t max, size_t *out_n);

#endif
