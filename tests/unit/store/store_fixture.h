/* store_fixture.h - an open store in a profile of its own, for unit tests (of other modules, too).
 *
 *   static void x(void **state) { CLEANUP(fixture_done) struct fixture f = fixture_new(); ... f.store ... }
 *
 * fixture_reopen closes and opens again, as a restart of the program would.
 */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include "async/wait.h"
#include "base/alloc.h"
#include "store/store.h"
#include "support/profiles.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct fixture {
    char *dir;
    struct store *store;
};

/* The call, with `err` as its last argument, succeeds; if not, the test fails with the error's message. */
#define assert_ok(call) \
    do { \
        _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wshadow\"") \
        struct fct_error assert_ok_err = {0}; \
        struct fct_error *err = &assert_ok_err; \
        (void)err; \
        if ((call) < 0) \
            fail_msg("%s: %s", #call, assert_ok_err.message); \
        _Pragma("GCC diagnostic pop") \
    } while (0)

static inline char *fixture_new_dir(void)
{
    return test_dir("store-test");
}

static inline void fixture_open(struct fixture *f)
{
    struct fct_error err = {0};
    fiber_set_loop(uv_default_loop());
    if (store_open(f->dir, &f->store, &err) < 0)
        fail_msg("store_open: %s", err.message);
}

static inline struct fixture fixture_new(void)
{
    struct fixture f = {.dir = fixture_new_dir()};
    fiber_set_loop(uv_default_loop());
    test_profile(f.dir);
    fixture_open(&f);
    return f;
}

static inline void fixture_close(struct fixture *f)
{
    store_close(TAKE(f->store));
    fiber_loop_done(uv_default_loop());
}

static inline void fixture_reopen(struct fixture *f)
{
    fixture_close(f);
    fixture_open(f);
}

static inline void fixture_done(struct fixture *f)
{
    fixture_close(f);
    nftw(f->dir, test_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(f->dir);
}

#endif
