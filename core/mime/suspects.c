#include "mime/suspects.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/siphash.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLOTS 64      /* messages that are being parsed at once; more are parsed without a note */
#define SUSPECTS 1000 /* the oldest make room */
#define SIGNAL_STACK (64u << 10)

enum slot_state { SLOT_FREE, SLOT_BUSY, SLOT_GUILTY };

struct suspects_slot {
    _Atomic uint32_t state; /* enum slot_state */
    int32_t thread;
    uint64_t size, hash;
};

struct suspect {
    uint64_t size, hash; /* size 0: none */
};

/* The file. In the order and size of this machine: it belongs to one profile on it, and one of another size is begun
 * anew. */
struct suspects_file {
    struct suspects_slot slots[SLOTS];
    struct suspect list[SUSPECTS];
    uint64_t next; /* place in the list */
};

static struct suspects_file *file; /* NULL: not open */
static size_t n_suspects;          /* does not change while it is open */

/* ---- the handler ---- */

static const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};

/* Async-signal-safe. With SA_RESETHAND the signal then does what it did before. */
static void accuse(int number)
{
    (void)number;
    int32_t self = (int32_t)gettid();
    struct suspects_file *f = file;
    for (size_t i = 0; f && i < SLOTS; i++)
        if (atomic_load(&f->slots[i].state) == SLOT_BUSY && f->slots[i].thread == self)
            atomic_store(&f->slots[i].state, SLOT_GUILTY);
    raise(number); /* delivered when the handler returns, with what it did before */
}

/* A sanitizer's handler, or anybody's, is left alone. */
static void install_handlers(void)
{
    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
        struct sigaction now, ours = {.sa_handler = accuse, .sa_flags = SA_ONSTACK | (int)SA_RESETHAND};
        sigemptyset(&ours.sa_mask);
        if (sigaction(fatal[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
            sigaction(fatal[i], &ours, NULL);
    }
}

static pthread_key_t stack_key;
static bool has_stack_key;

static void drop_stack(void *stack)
{
    sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
    munmap(stack, SIGNAL_STACK);
}

static void make_stack_key(void)
{
    has_stack_key = pthread_key_create(&stack_key, drop_stack) == 0;
}

/* A thread whose stack is at its end needs another one to say so. */
static void give_thread_a_stack(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    stack_t now;
    pthread_once(&once, make_stack_key);
    if (!has_stack_key || pthread_getspecific(stack_key) || sigaltstack(NULL, &now) < 0 || !(now.ss_flags & SS_DISABLE))
        return;
    void *stack = mmap(NULL, SIGNAL_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED)
        return;
    if (pthread_setspecific(stack_key, stack) != 0 ||
        sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = SIGNAL_STACK}, NULL) < 0)
        drop_stack(stack);
}

/* ---- the list ---- */

static bool is_listed(uint64_t size, uint64_t hash)
{
    for (size_t i = 0; i < SUSPECTS; i++)
        if (file->list[i].size == size && file->list[i].hash == hash)
            return true;
    return false;
}

/* Whoever was guilty when the last process ended goes on the list; all slots are free again. */
static size_t settle(void)
{
    size_t found = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        struct suspects_slot *s = &file->slots[i];
        if (atomic_load(&s->state) == SLOT_GUILTY && s->size > 0 && !is_listed(s->size, s->hash)) {
            file->list[file->next++ % SUSPECTS] = (struct suspect){s->size, s->hash};
            found++;
        }
        *s = (struct suspects_slot){0};
    }
    n_suspects = 0;
    for (size_t i = 0; i < SUSPECTS; i++)
        n_suspects += file->list[i].size > 0;
    return found;
}

/* ---- opening and closing ---- */

int suspects_open(const char *profile_dir, size_t *out_found, struct fct_error *err)
{
    CLEANUP(freep) char *path = xasprintf("%s/suspects", profile_dir);
    CLEANUP(closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return fct_fail_errno(err, errno, "cannot open %s", path);
    bool is_ours = st.st_size == (off_t)sizeof(*file);
    if (!is_ours && ftruncate(fd, 0) < 0)
        return fct_fail_errno(err, errno, "cannot empty %s", path);
    int failed =
        is_ours ? 0 : posix_fallocate(fd, 0, sizeof(*file)); /* a page without room behind it would end the program */
    if (failed)
        return fct_fail_errno(err, failed, "cannot make room for %s", path);
    void *map = mmap(NULL, sizeof(*file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return fct_fail_errno(err, errno, "cannot map %s", path);
    file = map;
    *out_found = settle();
    install_handlers();
    return 0;
}

void suspects_close(void)
{
    struct suspects_file *f = file;
    file = NULL;
    n_suspects = 0;
    if (f)
        munmap(f, sizeof(*f));
}

/* ---- messages ---- */

static uint64_t hash_of(struct fct_bytes raw)
{
    static const unsigned char key[16]; /* whoever makes two alike has one of his own shown raw */
    return siphash(key, raw.p, raw.n);
}

bool suspects_enter(struct fct_bytes raw, struct suspects_slot **out)
{
    *out = NULL;
    if (!file || raw.n == 0)
        return false;
    uint64_t hash = hash_of(raw);
    if (n_suspects > 0 && is_listed(raw.n, hash))
        return true;
    give_thread_a_stack();
    for (size_t i = 0; i < SLOTS; i++) {
        struct suspects_slot *s = &file->slots[i];
        uint32_t is_free = SLOT_FREE;
        if (!atomic_compare_exchange_strong(&s->state, &is_free, SLOT_BUSY))
            continue;
        s->thread = (int32_t)gettid();
        s->size = raw.n;
        s->hash = hash;
        *out = s;
        break;
    }
    return false;
}

void suspects_leave(struct suspects_slot *slot)
{
    if (!slot)
        return;
    slot->thread = 0;
    atomic_store(&slot->state, SLOT_FREE);
}
