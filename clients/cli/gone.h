/* gone.h - waiting until a process has ended. */
#ifndef CLI_GONE_H
#define CLI_GONE_H

#include "cli.h"

#define GONE_WAIT_MS 15000

/* Returns once it has gone, with all of its threads. `name` for people. An exit status, told. */
int gone_wait(struct cli *cli, const char *name, int64_t pid);

#endif
