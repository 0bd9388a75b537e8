#include "submission.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SETTLE_POLL_MS 100

static bool is_settled(const char *state)
{
    return strcmp(state, "sent") == 0 || strcmp(state, "failed") == 0 || strcmp(state, "uncertain") == 0 ||
           strcmp(state, "canceled") == 0;
}

/* The submission as it is when nothing more happens by itself, or after so many seconds. NULL after telling. */
static json_t *wait_for(struct cli *cli, const json_t *submission, int64_t seconds)
{
    time_t until = time(NULL) + (time_t)seconds;

    for (;;) {
        json_auto_t *got = cli_call(cli, "EmailSubmission/get",
                                    json_pack("{s:s, s:[s]}", "accountId", json_text(submission, "accountId"), "ids",
                                              json_text(submission, "id")));
        json_t *now = json_array_get(json_object_get(got, "list"), 0);
        if (!now)
            return NULL;
        if (is_settled(json_text(now, "state")) || time(NULL) >= until)
            return json_incref(now);
        usleep(SETTLE_POLL_MS * 1000);
    }
}

static int print_submission(struct cli *cli, const json_t *s)
{
    const char *state = json_text(s, "state"), *why = json_text(json_object_get(s, "error"), "message");

    if (cli->json)
        cli_print_json(s);
    else
        printf("%s: %s%s%s\n", json_text(s, "id"), state, *why ? ": " : "", why);
    return strcmp(state, "failed") == 0 || strcmp(state, "uncertain") == 0 ? CLI_FAILED : CLI_DONE;
}

int submission_report(struct cli *cli, const json_t *submission, int64_t wait)
{
    if (wait <= 0)
        return print_submission(cli, submission);
    json_auto_t *settled = wait_for(cli, submission, wait);
    return settled ? print_submission(cli, settled) : cli->status;
}
