/* What the kernel says of addresses and routes, in its own bytes; and a network namespace in which they change. */
#include "async/netwatch.h"
#include "async/wait.h"
#include "base/alloc.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

/* ---- answers, written as the kernel writes them ---------------------------------------------------------------------
 */

struct answer {
    _Alignas(8) char bytes[2048];
    size_t n;
};

static void add_attribute(struct answer *a, struct nlmsghdr *m, unsigned short type, const void *bytes, size_t n)
{
    struct rtattr *at = (struct rtattr *)(a->bytes + a->n);
    at->rta_type = type;
    at->rta_len = (unsigned short)RTA_LENGTH(n);
    memcpy(RTA_DATA(at), bytes, n);
    a->n += RTA_SPACE(n);
    m->nlmsg_len += (unsigned)RTA_SPACE(n);
}

static struct nlmsghdr *add_message(struct answer *a, unsigned short type, const void *head, size_t n)
{
    struct nlmsghdr *m = (struct nlmsghdr *)(a->bytes + a->n);
    *m = (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(n), .nlmsg_type = type};
    memcpy(NLMSG_DATA(m), head, n);
    a->n += NLMSG_SPACE(n);
    return m;
}

static void add_route(struct answer *a, int family, const char *dst, int interface, unsigned flags, unsigned char table)
{
    struct rtmsg r = {
        .rtm_family = (unsigned char)family, .rtm_table = table, .rtm_type = RTN_UNICAST, .rtm_flags = flags};
    unsigned char address[16];
    struct nlmsghdr *m = add_message(a, RTM_NEWROUTE, &r, sizeof(r));
    if (dst) {
        inet_pton(family, dst, address);
        add_attribute(a, m, RTA_DST, address, family == AF_INET6 ? 16 : 4);
    }
    add_attribute(a, m, RTA_OIF, &interface, sizeof(interface));
}

static void add_address(struct answer *a, const char *address, unsigned interface)
{
    struct ifaddrmsg i = {.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = interface};
    unsigned char bytes[4];
    inet_pton(AF_INET, address, bytes);
    add_attribute(a, add_message(a, RTM_NEWADDR, &i, sizeof(i)), IFA_ADDRESS, bytes, sizeof(bytes));
}

static struct netwatch_view view_of(const struct answer *a)
{
    struct netwatch_view v = {0};
    assert_true(netwatch_take(a->bytes, a->n, &v));
    return v;
}

static void routes_that_lead_nowhere_are_no_network(void **state)
{
    (void)state;
    struct answer a = {.n = 0};
    add_route(&a, AF_INET, "127.0.0.0", 1, 0, RT_TABLE_MAIN);
    add_route(&a, AF_INET6, "fe80::", 2, 0, RT_TABLE_MAIN);
    add_route(&a, AF_INET, "169.254.0.0", 2, 0, RT_TABLE_MAIN);
    add_route(&a, AF_INET, "192.0.2.7", 2, 0, RT_TABLE_LOCAL);
    add_route(&a, AF_INET, NULL, 2, RTNH_F_LINKDOWN, RT_TABLE_MAIN);
    assert_false(view_of(&a).has_route);
    assert_int_equal(view_of(&a).fingerprint, 0);

    add_route(&a, AF_INET, NULL, 2, 0, RT_TABLE_MAIN);
    assert_true(view_of(&a).has_route);
}

static void only_what_differs_is_a_change(void **state)
{
    (void)state;
    struct answer a = {.n = 0}, b = {.n = 0}, c = {.n = 0};
    add_address(&a, "192.0.2.7", 2);
    add_route(&a, AF_INET, NULL, 2, 0, RT_TABLE_MAIN);
    add_route(&b, AF_INET, NULL, 2, 0, RT_TABLE_MAIN);
    add_address(&b, "192.0.2.7", 2);
    add_address(&b, "127.0.0.2", 1);
    add_address(&c, "192.0.2.8", 2);
    add_route(&c, AF_INET, NULL, 2, 0, RT_TABLE_MAIN);

    assert_true(view_of(&a).fingerprint ==
                view_of(&b).fingerprint); /* in another order, and with another address of its own */
    assert_true(view_of(&a).fingerprint != view_of(&c).fingerprint);
}

static void what_is_cut_off_or_torn_is_no_answer(void **state)
{
    (void)state;
    struct answer a = {.n = 0};
    add_address(&a, "192.0.2.7", 2);
    add_route(&a, AF_INET6, "2001:db8::", 2, 0, RT_TABLE_MAIN);
    for (size_t n = 0; n <= a.n; n++) {
        struct netwatch_view v = {0};
        char *exact = xmalloc(n + 1); /* so that ASan sees a read beyond it */
        memcpy(exact, a.bytes, n);
        netwatch_take(exact, n, &v);
        free(exact);
    }
    for (size_t at = 0; at < a.n; at++) {
        struct netwatch_view v = {0};
        struct answer torn = a;
        torn.bytes[at] = (char)0xff;
        netwatch_take(torn.bytes, torn.n, &v);
        torn.bytes[at] = 0;
        netwatch_take(torn.bytes, torn.n, &v);
    }
    struct nlmsghdr done = {.nlmsg_len = sizeof(done), .nlmsg_type = NLMSG_DONE};
    struct netwatch_view v = {0};
    assert_false(netwatch_take(&done, sizeof(done), &v));
    assert_false(netwatch_take(NULL, 0, &v));
}

/* ---- a network that changes
 * ------------------------------------------------------------------------------------------ */

struct told {
    int times;
    bool has_route;
};

static void on_change(void *ctx, bool has_route)
{
    struct told *t = ctx;
    t->times++;
    t->has_route = has_route;
}

static bool wait_for(const struct told *t, int times)
{
    for (int i = 0; i < 400 && t->times < times; i++)
        wait_sleep(10, NULL);
    return t->times == times;
}

/* Interfaces come up by and by, and give themselves addresses (IPv6). */
static void wait_until_calm(const struct told *t)
{
    for (int before = -1; before != t->times;) {
        before = t->times;
        wait_sleep(NETWATCH_CALM_MS + 1500, NULL);
    }
}

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? write(fd, text, strlen(text)) : -1;
    if (fd >= 0)
        close(fd);
    return n < 0 ? -1 : 0;
}

static bool enter_namespace(void)
{
    char map[64];
    unsigned uid = getuid(), gid = getgid();
    if (uid == 0)
        return unshare(CLONE_NEWNET) == 0;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return false;
    snprintf(map, sizeof(map), "0 %u 1", uid);
    write_file("/proc/self/setgroups", "deny");
    if (write_file("/proc/self/uid_map", map) < 0)
        return false;
    snprintf(map, sizeof(map), "0 %u 1", gid);
    return write_file("/proc/self/gid_map", map) == 0;
}

#define STEP(condition)      \
    do                       \
        if (!(condition))    \
            return __LINE__; \
    while (0)
#define UNABLE 77

/* In a child: the namespace is the whole process's. Returns the line that failed, 0, or UNABLE. */
static int change_the_network(void)
{
    uv_loop_t loop;
    struct netwatch *w;
    struct told told = {0};
    if (!enter_namespace() || system("ip link set lo up 2>/dev/null && ip link add d0 type dummy 2>/dev/null || "
                                     "ip link add d0 type veth peer name d1 2>/dev/null") != 0)
        return UNABLE;
    uv_loop_init(&loop);
    fiber_set_loop(&loop);
    if (netwatch_new(&loop, on_change, &told, &w, NULL) < 0)
        return UNABLE;

    STEP(wait_for(&told, 1) && !told.has_route); /* there is none at first */

    if (system("ip addr add 192.0.2.7/24 dev d0 && ip link set d0 up && { ip link set d1 up 2>/dev/null || true; } && "
               "ip route add default via 192.0.2.1") != 0)
        return UNABLE;
    wait_until_calm(&told);
    STEP(told.times >= 2 && told.times <= 5 && told.has_route);

    int before = told.times;
    /* The same address, for longer. */
    STEP(system("ip addr change 192.0.2.7/24 dev d0 valid_lft 3600 preferred_lft 1800") == 0);
    wait_sleep(1500, NULL);
    STEP(told.times == before);

    STEP(system("ip link set d0 down") == 0);
    wait_until_calm(&told);
    STEP(told.times > before && told.times <= before + 3 && !told.has_route);

    netwatch_free(w);
    fiber_loop_done(&loop);
    STEP(uv_loop_close(&loop) == 0);
    return 0;
}

static void a_change_of_the_network_is_told_once(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(change_the_network() & 0xff);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == UNABLE) {
        printf("no network namespace can be made here\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_watch_that_is_freed_at_once_leaves_nothing(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct netwatch *w = NULL;
    struct told told = {0};
    uv_loop_init(&loop);
    fiber_set_loop(&loop);
    if (netwatch_new(&loop, on_change, &told, &w, NULL) == 0) /* its first look is under way */
        netwatch_free(w);
    fiber_loop_done(&loop);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(told.times, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes_that_lead_nowhere_are_no_network),
        cmocka_unit_test(only_what_differs_is_a_change),
        cmocka_unit_test(what_is_cut_off_or_torn_is_no_answer),
        cmocka_unit_test(a_change_of_the_network_is_told_once),
        cmocka_unit_test(a_watch_that_is_freed_at_once_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
