#include "async/netwatch.h"

#include "async/loop.h"
#include "base/alloc.h"
#include "base/error.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define DATAGRAMS_PER_TURN 64 /* what the kernel says is only counted: the rest in the loop's next turn */
#define DATAGRAMS_MAX 4096    /* of one answer, some hundred routes each: a computer with more than that is online */
#define ANSWER_SIZE (64u * 1024)
#define WORDS_SIZE 4096 /* one that is longer is cut, and of no scan */
#define LOOPBACK 1      /* the interface of that number, in every network namespace */

struct netwatch {
    uv_poll_t poll; /* first */
    uv_timer_t calm;
    uv_work_t work;
    struct async_loop *loop;
    int fd;
    netwatch_fn fn; /* NULL: it is being freed */
    void *ctx;
    bool is_looking, is_stirred; /* a worker looks; the kernel spoke since it began */
    bool knows;                  /* `last` is what a look found */
    struct netwatch_view last, found;
    int look_result;
    unsigned n_open; /* handles and work that must end before the memory goes */
};

/* ---- what there is ---------------------------------------------------------------------------------------------- */

static uint64_t hash(uint64_t h, const void *bytes, size_t n)
{
    for (const unsigned char *p = bytes; n > 0; n--)
        h = (h ^ *p++) * UINT64_C(1099511628211); /* FNV-1a */
    return h;
}

/* The kernel's own macros count with a length that runs below zero where the last attribute lacks its padding: as int.
 */
static uint64_t hash_attributes(uint64_t h, const struct rtattr *a, int n, const unsigned short *which, size_t n_which)
{
    for (; RTA_OK(a, n); a = RTA_NEXT(a, n))
        for (size_t i = 0; i < n_which; i++)
            if (a->rta_type == which[i])
                h = hash(hash(h, &a->rta_type, sizeof(a->rta_type)), RTA_DATA(a), RTA_PAYLOAD(a));
    return h;
}

static void take_address(const struct nlmsghdr *m, struct netwatch_view *view)
{
    static const unsigned short which[] = {IFA_ADDRESS, IFA_LOCAL};
    const struct ifaddrmsg *a = NLMSG_DATA(m);
    if (m->nlmsg_len < NLMSG_LENGTH(sizeof(*a)) || a->ifa_index == LOOPBACK || a->ifa_flags & IFA_F_TENTATIVE)
        return;
    uint64_t h = hash(UINT64_C(14695981039346656037), &a->ifa_index, sizeof(a->ifa_index));
    h = hash(h, &a->ifa_prefixlen, sizeof(a->ifa_prefixlen));
    view->fingerprint += hash_attributes(h, IFA_RTA(a), (int)IFA_PAYLOAD(m), which, 2);
}

static bool is_link_local(const struct rtmsg *r, const struct rtattr *dst)
{
    const unsigned char *p = RTA_DATA(dst);
    if (r->rtm_family == AF_INET6 && RTA_PAYLOAD(dst) == 16)
        return p[0] == 0xfe && (p[1] & 0xc0) == 0x80;                                       /* RFC 4291 section 2.4 */
    return r->rtm_family == AF_INET && RTA_PAYLOAD(dst) == 4 && p[0] == 169 && p[1] == 254; /* RFC 3927 */
}

/* Whether packets can leave by it for somewhere. */
static bool leads_away(const struct nlmsghdr *m, const struct rtmsg *r)
{
    if (r->rtm_type != RTN_UNICAST || r->rtm_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN))
        return false;
    int n = (int)RTM_PAYLOAD(m);
    for (const struct rtattr *a = RTM_RTA(r); RTA_OK(a, n); a = RTA_NEXT(a, n)) {
        if (a->rta_type == RTA_DST && is_link_local(r, a))
            return false;
        if (a->rta_type == RTA_OIF && RTA_PAYLOAD(a) == 4 && *(const int *)RTA_DATA(a) == LOOPBACK)
            return false;
    }
    return true;
}

static void take_route(const struct nlmsghdr *m, struct netwatch_view *view)
{
    static const unsigned short which[] = {RTA_DST, RTA_GATEWAY, RTA_OIF};
    const struct rtmsg *r = NLMSG_DATA(m);
    if (m->nlmsg_len < NLMSG_LENGTH(sizeof(*r)) || r->rtm_table == RT_TABLE_LOCAL || r->rtm_flags & RTM_F_CLONED ||
        !leads_away(m, r))
        return;
    view->has_route = true;
    uint64_t h = hash(UINT64_C(14695981039346656037), &r->rtm_dst_len, sizeof(r->rtm_dst_len));
    view->fingerprint += hash_attributes(h, RTM_RTA(r), (int)RTM_PAYLOAD(m), which, 3);
}

bool netwatch_take(const void *bytes, size_t n, struct netwatch_view *view)
{
    const char *at = bytes, *end = at + n;
    if (n < sizeof(struct nlmsghdr))
        return false;
    while ((size_t)(end - at) >= sizeof(struct nlmsghdr)) {
        const struct nlmsghdr *m = (const struct nlmsghdr *)at;
        if (m->nlmsg_len < sizeof(*m) || m->nlmsg_len > (size_t)(end - at))
            return false;
        if (m->nlmsg_type == NLMSG_DONE || m->nlmsg_type == NLMSG_ERROR)
            return false;
        if (m->nlmsg_type == RTM_NEWADDR)
            take_address(m, view);
        else if (m->nlmsg_type == RTM_NEWROUTE)
            take_route(m, view);
        size_t step = NLMSG_ALIGN(m->nlmsg_len);
        at = step < (size_t)(end - at) ? at + step : end;
    }
    return true;
}

static int open_netlink(unsigned groups, int flags)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

static int ask(int fd, unsigned short type, struct netwatch_view *view)
{
    struct {
        struct nlmsghdr head;
        struct rtgenmsg what;
    } question = {
        .head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)),
                 .nlmsg_type = type,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .what = {.rtgen_family = AF_UNSPEC},
    };
    CLEANUP(freep) char *answer = xmalloc(ANSWER_SIZE);
    if (send(fd, &question, question.head.nlmsg_len, 0) < 0)
        return -1;
    for (int i = 0; i < DATAGRAMS_MAX; i++) {
        ssize_t n = recv(fd, answer, ANSWER_SIZE, 0);
        if (n < 0)
            return -1;
        if (!netwatch_take(answer, (size_t)n, view))
            return 0;
    }
    return 0;
}

int netwatch_look(struct netwatch_view *out)
{
    const struct timeval patience = {.tv_sec = 1};
    struct netwatch_view view = {0};
    int fd = open_netlink(0, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    int result = ask(fd, RTM_GETADDR, &view);
    close(fd);
    /* A socket of its own for each: what is left of an answer that was too long is not the next one's. */
    if (result < 0 || (fd = open_netlink(0, 0)) < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    result = ask(fd, RTM_GETROUTE, &view);
    close(fd);
    if (result == 0)
        *out = view;
    return result;
}

/* ---- when to look ------------------------------------------------------------------------------------------------ */

static void let_go(struct netwatch *w)
{
    if (--w->n_open > 0)
        return;
    close(w->fd);
    async_loop_release(w->loop);
    free(w);
}

static void look(uv_work_t *work)
{
    struct netwatch *w = work->data;
    w->look_result = netwatch_look(&w->found);
}

static void on_calm(uv_timer_t *timer);

static void look_soon(struct netwatch *w)
{
    if (!uv_is_active((uv_handle_t *)&w->calm))
        uv_timer_start(&w->calm, on_calm, NETWATCH_CALM_MS, 0);
}

/* The first look is compared with nothing: it is only told of if there is no network. */
static void take_view(struct netwatch *w, const struct netwatch_view *found)
{
    bool differs = found->has_route != w->last.has_route || (w->knows && found->fingerprint != w->last.fingerprint);
    w->knows = true;
    w->last = *found;
    if (differs)
        w->fn(w->ctx, found->has_route);
}

static void looked(uv_work_t *work, int status)
{
    struct netwatch *w = work->data;
    w->is_looking = false;
    if (w->fn && status == 0 && w->look_result == 0)
        take_view(w, &w->found);
    if (w->fn && w->is_stirred)
        look_soon(w);
    let_go(w);
}

static void begin_look(struct netwatch *w)
{
    w->is_stirred = false;
    if (uv_queue_work(w->loop->uv, &w->work, look, looked) < 0)
        return;
    w->is_looking = true;
    w->n_open++;
}

static void on_calm(uv_timer_t *timer)
{
    struct netwatch *w = timer->data;
    if (!w->is_looking) /* else looked() sees that there is more */
        begin_look(w);
}

/* A wireless card tells of each scan by way of its interface: that changes nothing. */
static bool is_of_a_scan(const char *bytes, size_t n)
{
    const struct nlmsghdr *m = (const struct nlmsghdr *)bytes;
    const struct ifinfomsg *i = NLMSG_DATA(m);
    if (n < NLMSG_LENGTH(sizeof(*i)) || m->nlmsg_type != RTM_NEWLINK || m->nlmsg_len > n)
        return false;
    int left = (int)IFLA_PAYLOAD(m);
    for (const struct rtattr *a = IFLA_RTA(i); RTA_OK(a, left); a = RTA_NEXT(a, left))
        if (a->rta_type == IFLA_WIRELESS)
            return true;
    return false;
}

/* An overflow (ENOBUFS) is a word as well. */
static void on_words(uv_poll_t *poll, int status, int events)
{
    struct netwatch *w = (struct netwatch *)poll;
    _Alignas(8) char words[WORDS_SIZE];
    bool matters = status < 0;
    (void)events;
    for (int i = 0; status == 0 && i < DATAGRAMS_PER_TURN; i++) {
        ssize_t n = recv(w->fd, words, sizeof(words), MSG_DONTWAIT);
        if (n < 0 && errno != ENOBUFS)
            break;
        matters |= n < 0 || !is_of_a_scan(words, (size_t)n);
    }
    if (status < 0)
        uv_poll_stop(&w->poll);
    if (!matters)
        return;
    w->is_stirred = true;
    look_soon(w);
}

static void on_closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

void netwatch_free(struct netwatch *w)
{
    if (!w)
        return;
    w->fn = NULL;
    uv_close((uv_handle_t *)&w->poll, on_closed);
    uv_close((uv_handle_t *)&w->calm, on_closed);
}

int netwatch_new(struct uv_loop_s *loop, netwatch_fn fn, void *ctx, struct netwatch **out, struct fct_error *err)
{
    int fd =
        open_netlink(RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE, SOCK_NONBLOCK);
    if (fd < 0)
        return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "the kernel does not tell of the network: %s",
                        strerror(errno));
    struct netwatch *w = XNEW(struct netwatch);
    w->loop = async_loop_get(loop);
    w->fd = fd;
    w->fn = fn;
    w->ctx = ctx;
    w->last.has_route = true; /* until the first look */
    w->work.data = w->poll.data = w->calm.data = w;
    int rc = uv_poll_init(loop, &w->poll, fd);
    if (rc < 0) {
        close(fd);
        free(w);
        return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER, "the kernel's socket cannot be watched: %s",
                        uv_strerror(rc));
    }
    uv_timer_init(loop, &w->calm);
    uv_poll_start(&w->poll, UV_READABLE, on_words);
    uv_unref((uv_handle_t *)&w->poll);
    uv_unref((uv_handle_t *)&w->calm);
    w->n_open = 2;
    async_loop_hold(w->loop);
    begin_look(w);
    *out = w;
    return 0;
}
