/* What the loader asks of a descriptor. */
#include "plugin/plugins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int src_connect(struct fct_account *a, void **s, uint32_t *can, struct fct_error *e)
{
    (void)a, (void)s, (void)can, (void)e;
    return 0;
}
static void src_close(void *s, const struct fct_error *e)
{
    (void)s, (void)e;
}
static int src_list(void *s, const struct fct_sink *k, struct fct_error *e)
{
    (void)s, (void)k, (void)e;
    return 0;
}
static int src_select(void *s, struct fct_bytes n, const struct fct_known *k, const struct fct_sink *i,
                      struct fct_mailbox_status *o, bool *c, struct fct_error *e)
{
    (void)s, (void)n, (void)k, (void)i, (void)o, (void)c, (void)e;
    return 0;
}
static int src_messages(void *s, struct fct_uid_range r, uint64_t m, bool d, const struct fct_sink *k,
                        struct fct_error *e)
{
    (void)s, (void)r, (void)m, (void)d, (void)k, (void)e;
    return 0;
}
static int src_fetch(void *s, const struct fct_uid_range *r, size_t n, const struct fct_sink *k, struct fct_error *e)
{
    (void)s, (void)r, (void)n, (void)k, (void)e;
    return 0;
}
static int init(const struct fct_host *h, struct fct_error *e)
{
    (void)h, (void)e;
    return 0;
}
static int judge(void *i, const struct fct_filter_message *m, struct fct_verdict *o, struct fct_error *e)
{
    (void)i, (void)m, (void)o, (void)e;
    return 0;
}
static int filter_open(void **i, struct fct_error *e)
{
    (void)i, (void)e;
    return 0;
}

static int tr_connect(struct fct_account *a, void **s, struct fct_error *e)
{
    (void)a, (void)s, (void)e;
    return 0;
}
static int tr_send(void *s, const struct fct_envelope *v, const struct fct_outgoing *o, struct fct_sent *t,
                   struct fct_error *e)
{
    (void)s, (void)v, (void)o, (void)t, (void)e;
    return 0;
}

/* A good descriptor, of which each test spoils one thing. */
struct good {
    struct fct_plugin d;
    struct fct_source source;
    struct fct_filter filter;
    struct fct_transport transport;
    const struct fct_transport *transports[1];
    const struct fct_source *sources[1];
    const struct fct_filter *filters[1];
};

static void make_good(struct good *g)
{
    memset(g, 0, sizeof(*g));
    g->source = (struct fct_source){
        .size = sizeof(g->source),
        .scheme = "nntp",
        .connect = src_connect,
        .close = src_close,
        .list = src_list,
        .select = src_select,
        .list_messages = src_messages,
        .fetch = src_fetch,
    };
    g->filter = (struct fct_filter){.size = sizeof(g->filter), .name = "learned", .judge = judge};
    g->transport = (struct fct_transport){
        .size = sizeof(g->transport),
        .scheme = "lmtp",
        .connect = tr_connect,
        .close = src_close,
        .send = tr_send,
    };
    g->transports[0] = &g->transport;
    g->sources[0] = &g->source;
    g->filters[0] = &g->filter;
    g->d = (struct fct_plugin){
        .size = sizeof(g->d),
        .abi = FCT_ABI,
        .name = "news",
        .version = "1",
        .license = "MIT",
        .about = "News as mail",
        .sources = g->sources,
        .n_sources = 1,
        .filters = g->filters,
        .n_filters = 1,
        .init = init,
        .transports = g->transports,
        .n_transports = 1,
    };
}

static const char *refusal(const struct good *g)
{
    static struct fct_error err;
    memset(&err, 0, sizeof(err));
    return plugin_check(&g->d, &err) < 0 ? err.message : NULL;
}

#define REFUSED_WITH(g, words)                                             \
    do {                                                                   \
        const char *why_ = refusal(g);                                     \
        assert_non_null(why_);                                             \
        if (!strstr(why_, words))                                          \
            fail_msg("refused with \"%s\", not with \"%s\"", why_, words); \
    } while (0)

static void a_good_descriptor_is_taken(void **state)
{
    struct good g;
    (void)state;
    make_good(&g);
    assert_null(refusal(&g));
    g.d.n_filters = 0;
    g.d.config_schema = "{\"type\": \"object\"}";
    assert_null(refusal(&g));
}

static void a_newer_abi_is_refused_naming_both_versions(void **state)
{
    struct good g;
    (void)state;
    make_good(&g);
    g.d.abi = FCT_ABI + 6;
    g.d.size = sizeof(g.d) + 64;
    REFUSED_WITH(&g, "plugin news was built for plugin ABI 7, this facteurd offers ABI 1");
}

static void a_longer_descriptor_of_the_same_abi_is_taken(void **state)
{
    struct good g;
    (void)state;
    make_good(&g);
    g.d.size += 64;
    g.source.size += 8;
    assert_null(refusal(&g));
}

static void a_descriptor_that_is_too_short_is_refused_without_being_read(void **state)
{
    struct good g;
    (void)state;
    make_good(&g);
    g.d.size = 8;
    g.d.name = (const char *)1; /* would crash */
    REFUSED_WITH(&g, "a descriptor of 8 bytes");
    g.d.size = 4;
    REFUSED_WITH(&g, "a descriptor of 4 bytes");
    make_good(&g);
    g.d.size = offsetof(struct fct_plugin, done);
    REFUSED_WITH(&g, "ABI 1 has");
}

static void an_abi_of_zero_is_refused(void **state)
{
    struct good g;
    (void)state;
    make_good(&g);
    g.d.abi = 0;
    REFUSED_WITH(&g, "set .abi = FCT_ABI");
}

static void names_must_fit_the_pattern(void **state)
{
    static const char *const bad[] = {"",        "News",  "9news", "ne ws",
                                      "../news", "news_", "-news", "abcdefghijklmnopqrstuvwxyz012345"};
    struct good g;
    (void)state;
    make_good(&g);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        g.d.name = bad[i];
        REFUSED_WITH(&g, "a plugin's name must match");
    }
    g.d.name = NULL;
    REFUSED_WITH(&g, "a plugin's name must match");
    g.d.name = "abcdefghijklmnopqrstuvwxyz01234";
    assert_null(refusal(&g));
    g.source.scheme = "im ap";
    REFUSED_WITH(&g, "scheme must match");
    make_good(&g);
    g.filter.name = "a/b";
    REFUSED_WITH(&g, "a filter's name must match");
}

static void what_a_kind_needs_must_be_there(void **state)
{
    struct good g;
    (void)state;
    make_good(&g);
    g.source.fetch = NULL;
    REFUSED_WITH(&g, "source nntp has no fetch");
    make_good(&g);
    g.source.close = NULL;
    REFUSED_WITH(&g, "source nntp has no close");
    make_good(&g);
    g.source.size = 40;
    REFUSED_WITH(&g, "a source of 40 bytes");
    make_good(&g);
    g.sources[0] = NULL;
    REFUSED_WITH(&g, "a source is NULL");
    make_good(&g);
    g.filter.judge = NULL;
    REFUSED_WITH(&g, "filter learned has no judge");
    make_good(&g);
    g.filter.open = filter_open;
    REFUSED_WITH(&g, "one of open and close");
    make_good(&g);
    g.filter.size = 0;
    REFUSED_WITH(&g, "a filter of 0 bytes");
    make_good(&g);
    g.filters[0] = NULL;
    REFUSED_WITH(&g, "a filter is NULL");
    make_good(&g);
    g.transport.send = NULL;
    REFUSED_WITH(&g, "transport lmtp has no send");
    make_good(&g);
    g.transport.size = 48;
    REFUSED_WITH(&g, "a transport of 48 bytes");
    make_good(&g);
    g.transport.scheme = "SMTP";
    REFUSED_WITH(&g, "a transport's scheme must match");
    make_good(&g);
    g.transports[0] = NULL;
    REFUSED_WITH(&g, "a transport is NULL");
    make_good(&g);
    g.d.transports = NULL;
    REFUSED_WITH(&g, "a count without its list");
}

static void a_descriptor_that_is_older_than_transports_has_none(void **state)
{
    struct good g;
    const struct fct_transport *const *list;
    (void)state;
    make_good(&g);
    assert_int_equal(plugin_transports(&g.d, &list), 1);
    assert_ptr_equal(list[0], &g.transport);
    g.d.size = offsetof(struct fct_plugin, transports);
    g.d.transports = (void *)1; /* what happens to stand behind it */
    assert_int_equal(plugin_transports(&g.d, &list), 0);
    assert_int_equal(plugin_check(&g.d, NULL), 0);
}

static void what_every_plugin_needs_must_be_there(void **state)
{
    struct good g;
    (void)state;
    make_good(&g);
    g.d.n_sources = g.d.n_filters = g.d.n_transports = 0;
    REFUSED_WITH(&g, "provides nothing");
    make_good(&g);
    g.d.init = NULL;
    REFUSED_WITH(&g, "has no init");
    make_good(&g);
    g.d.about = NULL;
    REFUSED_WITH(&g, "version, license and about");
    make_good(&g);
    g.d.sources = NULL;
    REFUSED_WITH(&g, "a count without its list");
    make_good(&g);
    g.d.n_sources = 1000;
    REFUSED_WITH(&g, "more than 64");
}

static void a_schema_must_be_a_json_object(void **state)
{
    struct good g;
    (void)state;
    make_good(&g);
    g.d.config_schema = "{\"type\": ";
    REFUSED_WITH(&g, "config_schema is no JSON object");
    g.d.config_schema = "[]";
    REFUSED_WITH(&g, "config_schema is no JSON object");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_descriptor_is_taken),
        cmocka_unit_test(a_newer_abi_is_refused_naming_both_versions),
        cmocka_unit_test(a_longer_descriptor_of_the_same_abi_is_taken),
        cmocka_unit_test(a_descriptor_that_is_too_short_is_refused_without_being_read),
        cmocka_unit_test(an_abi_of_zero_is_refused),
        cmocka_unit_test(names_must_fit_the_pattern),
        cmocka_unit_test(what_a_kind_needs_must_be_there),
        cmocka_unit_test(a_descriptor_that_is_older_than_transports_has_none),
        cmocka_unit_test(what_every_plugin_needs_must_be_there),
        cmocka_unit_test(a_schema_must_be_a_json_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
