/* The template for plugins, built outside of the tree with nothing but the installed header (template_outside.sh), and
 * then loaded and asked for its mail as the daemon does. The first argument is the directory with the plugin. */
#include "base/buf.h"
#include "plugin/plugins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

DEFINE_FREEP(struct plugins *, plugins_free);

static const char *plugin_dir;

/* What the sink was told. */
struct seen {
    unsigned mailboxes, listed, begun, ended;
    uint64_t uid, octets, promised;
    char text[4096];
};

static int on_mailbox(void *ctx, const struct fct_mailbox *mb, struct fct_error *err)
{
    (void)err;
    ((struct seen *)ctx)->mailboxes += mb->role == FCT_ROLE_INBOX && mb->status.messages == 1;
    return 0;
}

static int on_flags(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    (void)err;
    ((struct seen *)ctx)->listed++;
    ((struct seen *)ctx)->promised = m->octets;
    return 0;
}

static int on_begin(void *ctx, uint64_t octets, struct fct_error *err)
{
    (void)err;
    ((struct seen *)ctx)->begun++;
    ((struct seen *)ctx)->octets = octets;
    return 0;
}

static int on_data(void *ctx, struct fct_bytes part, struct fct_error *err)
{
    (void)err;
    strncat(((struct seen *)ctx)->text, part.p, part.n);
    return 0;
}

static int on_end(void *ctx, const struct fct_message *m, struct fct_error *err)
{
    (void)err;
    ((struct seen *)ctx)->ended++;
    ((struct seen *)ctx)->uid = m->uid;
    return 0;
}

static const char *setting(struct fct_account *acc, const char *key)
{
    (void)acc;
    return strcmp(key, "text") == 0 ? "Good morning." : NULL;
}

static void the_template_delivers_its_message(void **state)
{
    (void)state;
    CLEANUP(plugins_freep) struct plugins *p = NULL;
    struct fct_error err = {0};
    struct seen seen = {0};
    const struct fct_sink sink = {.size = sizeof(sink),
                                  .ctx = &seen,
                                  .mailbox = on_mailbox,
                                  .flags = on_flags,
                                  .message_begin = on_begin,
                                  .message_data = on_data,
                                  .message_end = on_end};
    struct fct_account acc = {.label = "test", .get = setting};
    void *session = NULL;
    uint32_t can;
    bool implicit, caught_up;
    struct fct_mailbox_status status;
    assert_int_equal(plugins_load(plugin_dir, &p, &err), 0);
    const struct fct_source *s = plugins_source(p, "welcome", &implicit);
    assert_non_null(s);
    assert_null(plugins_source(p, "welcomes", &implicit)); /* it has no port for TLS */

    assert_int_equal(s->connect(&acc, &session, &can, &err), 0);
    assert_int_equal(s->list(session, &sink, &err), 0);
    assert_int_equal(s->select(session, bytes_str("INBOX"), NULL, &sink, &status, &caught_up, &err), 0);
    struct fct_uid_range all = {1, UINT64_MAX};
    assert_int_equal(s->list_messages(session, all, 0, true, &sink, &err), 0);
    assert_int_equal(s->fetch(session, &all, 1, &sink, &err), 0);

    assert_int_equal(seen.mailboxes, 1);
    assert_int_equal(seen.listed, 1);
    assert_int_equal(seen.begun, 1);
    assert_int_equal(seen.ended, 1);
    assert_int_equal(seen.uid, 1);
    assert_int_equal(seen.octets, strlen(seen.text));
    assert_int_equal(seen.octets, seen.promised);
    assert_non_null(strstr(seen.text, "\r\n\r\nGood morning.\r\n"));
    assert_int_equal(s->select(session, bytes_str("Other"), NULL, &sink, &status, &caught_up, &err), -1);
    assert_int_equal(err.code, FCT_E_NOT_FOUND);
    s->close(session, NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_template_delivers_its_message)};
    if (argc < 2)
        return 2;
    plugin_dir = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
