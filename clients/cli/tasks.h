/* tasks.h - long work of facteurd, as Task/get tells of it. */
#ifndef CLI_TASKS_H
#define CLI_TASKS_H

#include "cli.h"

/* The task as it is, or as it is once it has ended or `wait_ms` have passed. A new reference; NULL after telling. */
json_t *task_get(struct cli *cli, const char *id, int wait_ms);
bool task_is_over(const json_t *task);

#endif
