/* What happens around the process: the computer slept, or its network is another one. Accounts that wait try at once; those that
 * are connected have their server say something, and connections on which nothing comes in time are given up.
 */
#include "account/core_internal.h"
#include "async/netwatch.h"
#include "async/resume.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"

#define ANSWER_MS 10000 /* how long a server may be silent then, measured from the question */
#define SLACK_MS 100    /* between the event and the question */
#define LOOKS 31u       /* one a tenth of that time: who was busy, or waited for a server to begin with IDLE, asks later */

/* What is read in the first moment may have lain in the kernel since before: it says nothing of whether the connection lives. */
static void give_up_silent(struct core *core)
{
    for (size_t i = 0; i < core->n_accounts; i++)
        account_give_up_silent(core->accounts[i], core->stirred_ms + SLACK_MS, core->answer_ms - SLACK_MS);
}

/* The first look is when those who asked at once have had their time. */
static int look_after(void *arg)
{
    struct core *core = arg;
    uint64_t began = 0;
    unsigned looks = 0;
    int cancelled = 0;
    while (cancelled == 0 && looks < LOOKS) {
        if (core->stirred_ms != began) { /* also once more, meanwhile: then everybody was asked anew */
            began = core->stirred_ms;
            looks = 0;
        }
        uint64_t now = wait_now_ms(), due = began + core->answer_ms + (uint64_t)looks * core->answer_ms / 10;
        if (now < due) {
            cancelled = wait_sleep(due - now, NULL);
            continue;
        }
        give_up_silent(core);
        looks++;
    }
    fiber_unref(TAKE(core->looks));
    return 0;
}

void core_stirred(struct core *core, enum core_stir what)
{
    core->stirred_ms = wait_now_ms();
    for (size_t i = 0; i < core->n_accounts; i++)
        account_stir(core->accounts[i], what);
    core_stir_outboxes(core);
    if (!core->looks && !core->stopping)
        core->looks = fiber_spawn(core->loop, "look after connections", look_after, core);
}

void core_network_changed(struct core *core, bool has_network)
{
    log_info("network", has_network ? "the network of this computer has changed" : "this computer has no network");
    core->has_network = has_network;
    core_stirred(core, CORE_NETWORK_CHANGED);
}

static void on_network(void *ctx, bool has_route)
{
    core_network_changed(ctx, has_route);
}

static void on_resume(void *ctx, uint64_t slept_ms)
{
    log_info("network", "this computer has slept for %llu s", (unsigned long long)slept_ms / 1000);
    core_stirred(ctx, CORE_RESUMED);
}

/* Without them everything works, only later. */
void core_start_surroundings(struct core *core)
{
    struct fct_error err = {0};
    core->has_network = true;
    core->answer_ms = ANSWER_MS;
    if (netwatch_new(core->loop, on_network, core, &core->netwatch, &err) < 0)
        log_info("network", "changes are not heard of: %s", err.message);
    if (resume_watch_new(core->loop, on_resume, core, &core->resume, &err) < 0)
        log_info("network", "that the computer slept is not heard of: %s", err.message);
}

void core_stop_surroundings(struct core *core)
{
    netwatch_free(TAKE(core->netwatch));
    resume_watch_free(TAKE(core->resume));
    if (core->looks) {
        CLEANUP(fiber_unrefp) struct fiber *f = fiber_ref(core->looks);
        fiber_cancel(f);
        fiber_join(f);
    }
}
