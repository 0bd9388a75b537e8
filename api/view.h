/* view.h - what the core gives as JSON, as the schema has it: dates as dates, nothing as null. Threads: any. */
#ifndef API_VIEW_H
#define API_VIEW_H

#include <jansson.h>
#include <stdint.h>

/* Changes an error as error_json makes it, or an account's row keeps it, into ErrorInfo. Steals; NULL gives null. */
json_t *view_error(json_t *error);
/* Changes what task_json gives into Task. Steals; NULL stays NULL. */
json_t *view_task(json_t *task);

#endif
