/* The connection is cut at every byte of the dialogue, in both directions, with the outbox, its store and the plugin as
 * they are: the server never gets two copies, and what is told of a submission is so. */
#include "unit/store/mail_fixture.h"

#include "async/conn.h"
#include "outbox/outbox.h"
#include "plugin/plugins.h"
#include "store/submissions.h"
#include "support/script_server.h"

#include <time.h>

#define PLUGINS TEST_PLUGINS "/../../plugins"

/* ---- a server whose connections end after so many bytes ---- */

struct sink {
    const char *extensions;
    size_t sent_left, read_left; /* then it is cut */
    int taken;                   /* messages, whether the client has heard of it or not */
    struct sink *before;         /* those of the tries before, whose threads may not be through */
};

static bool say(struct script_conn *c, struct sink *k, const char *text)
{
    size_t n = strlen(text), most = n < k->sent_left ? n : k->sent_left;
    script_send_bytes(c, text, most);
    k->sent_left -= most;
    return most == n;
}

static bool hear(struct script_conn *c, struct sink *k, char *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (k->read_left == 0 || script_read(c, to + i, 1) == 0)
            return false;
        k->read_left--;
    }
    return true;
}

static bool hear_line(struct script_conn *c, struct sink *k, char line[1000])
{
    size_t n = 0;
    while (n < 999 && hear(c, k, line + n, 1)) {
        if (line[n++] == '\n') {
            line[n - 2] = '\0';
            return true;
        }
    }
    return false;
}

static bool take_data(struct script_conn *c, struct sink *k)
{
    char line[1000];
    if (!say(c, k, "354 go\r\n"))
        return false;
    do {
        if (!hear_line(c, k, line))
            return false;
    } while (strcmp(line, ".") != 0);
    k->taken++;
    return say(c, k, "250 queued\r\n");
}

static bool take_chunk(struct script_conn *c, struct sink *k, const char *command)
{
    char chunk[1000];
    size_t n = strtoul(command + 5, NULL, 10);
    if (n > sizeof(chunk) || !hear(c, k, chunk, n))
        return false;
    k->taken++;
    return say(c, k, "250 queued\r\n");
}

static void converse(struct script_conn *c, void *arg)
{
    struct sink *k = *(struct sink *volatile *)arg;
    char line[1000];
    if (!say(c, k, "220 hi\r\n"))
        return;
    while (hear_line(c, k, line)) {
        bool goes_on = strncmp(line, "EHLO", 4) == 0
                           ? say(c, k, "250-x\r\n") && say(c, k, k->extensions) && say(c, k, "250 OK\r\n")
                       : strcmp(line, "DATA") == 0     ? take_data(c, k)
                       : strncmp(line, "BDAT", 4) == 0 ? take_chunk(c, k, line)
                                                       : say(c, k, "250 ok\r\n");
        if (!goes_on || strcmp(line, "QUIT") == 0)
            return;
    }
}

/* ---- an account that sends over it ---- */

struct world {
    struct fixture f;
    int64_t account, boxes[2], email, identity;
    struct plugins *plugins;
    const struct fct_transport *transport;
    struct fct_account transport_account;
    struct script_server *server;
    const char *extensions; /* that it offers */
    struct sink *sink;      /* of the present try */
};

static const char *no_setting(struct fct_account *acc, const char *key)
{
    (void)acc, (void)key;
    return NULL;
}

static void world_done(struct world *w)
{
    script_server_stop(w->server);
    for (struct sink *k; (k = w->sink); free(k))
        w->sink = k->before;
    plugins_free(w->plugins);
    fixture_done(&w->f);
}

static struct world world_new(void)
{
    char dir[] = "/dev/shm/outbox-test-XXXXXX"; /* in memory, where there is: a thousand dialogues with an fsync each */
    struct world w = {.f = {.dir = mkdtemp(dir) ? xstrdup(dir) : fixture_new_dir()}};
    fixture_open(&w.f);
    struct fct_error err = {0};
    bool implicit;
    w.account = add_server(&w.f, (const char *const[]){"INBOX", "Drafts"}, 2, w.boxes);
    assert_good(create_letter(&w.f, w.account, &w.boxes[1], 1, FCT_FLAG_SEEN,
                              &(struct letter){.id = "out@x", .subject = "s"}, &w.email));
    w.identity = sql_number(&w.f, "SELECT id FROM identity WHERE email = 'jane@example.org'");
    if (plugins_load(PLUGINS, &w.plugins, &err) < 0)
        fail_msg("%s", err.message);
    w.transport = plugins_transport(w.plugins, "smtp", &implicit);
    assert_non_null(w.transport);
    w.transport_account = (struct fct_account){.get = no_setting, .label = "test"};
    return w;
}

static int create_submission(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_submission_create(tx, c->in, (int64_t)time(NULL), c->out, err);
}

static int64_t submit(struct world *w)
{
    char to[] = "bob@x", sender[] = "jane@example.org";
    struct store_recipient r = {.address = to};
    int64_t id = 0;
    const struct store_submission s = {.account_id = w->account,
                                       .identity_id = w->identity,
                                       .email_id = w->email,
                                       .sender = sender,
                                       .send_at = (int64_t)time(NULL),
                                       .recipients = &r,
                                       .n_recipients = 1};
    assert_good(write_call(&w->f, (struct call){.fn = create_submission, .in = &s, .out = &id}));
    return id;
}

static int load_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_submission_load(tx, c->id, c->out, err);
}

/* Its state once nothing more happens by itself: SUBMISSION_QUEUED when the first try has failed. */
static int settled_state(struct world *w, int64_t id, bool is_first)
{
    for (int i = 0; i < 20000; i++) {
        CLEANUP(store_submission_done) struct store_submission s = {0};
        assert_good(read_call(&w->f, (struct call){.fn = load_call, .id = id, .out = &s}));
        if (s.state != SUBMISSION_SENDING && (s.state != SUBMISSION_QUEUED || (is_first && s.last_error)))
            return s.state;
        wait_sleep(1, NULL);
    }
    fail_msg("it is never settled");
    return 0;
}

/* One life of the outbox, with a server that is cut there. */
static int send_over(struct world *w, int64_t id, bool is_first)
{
    w->transport_account.endpoint = (struct fct_endpoint){.size = sizeof(struct fct_endpoint),
                                                          .host = "127.0.0.1",
                                                          .port = script_server_port(w->server),
                                                          .tls = FCT_TLS_NONE,
                                                          .connect_timeout_ms = 10000,
                                                          .io_timeout_ms = 10000};
    struct outbox *ob = outbox_new(uv_default_loop(), &(struct outbox_options){.store = w->f.store,
                                                                               .account_id = w->account,
                                                                               .label = "test",
                                                                               .transport = w->transport,
                                                                               .account = &w->transport_account});
    int state = settled_state(w, id, is_first);
    outbox_stop(ob);
    outbox_free(ob);
    return state;
}

static int forget_call(struct store_tx *tx, struct call *c, struct fct_error *err)
{
    return store_submission_decide(tx, c->id, SUBMISSION_FAILED, (int64_t)time(NULL), err);
}

static struct sink *next_sink(struct world *w, size_t sent, size_t read)
{
    struct sink *k = XNEW(struct sink);
    *k = (struct sink){.extensions = w->extensions, .sent_left = sent, .read_left = read, .before = w->sink};
    return w->sink = k;
}

/* Returns whether it was sent at once: the cut is behind the end. */
static bool try_cut(struct world *w, size_t sent, size_t read)
{
    struct sink *k = next_sink(w, sent, read), *again = NULL;
    int64_t id = submit(w);
    int state = send_over(w, id, true);
    bool at_once = state == SUBMISSION_SENT;
    if (state == SUBMISSION_QUEUED) {
        assert_int_equal(k->taken, 0); /* or it would be sent twice */
        again = next_sink(w, SIZE_MAX, SIZE_MAX);
        state = send_over(w, id, false);
        assert_int_equal(state, SUBMISSION_SENT); /* or it would be lost */
    }
    int taken = k->taken + (again ? again->taken : 0);
    if (state == SUBMISSION_SENT) {
        assert_int_equal(taken, 1);
    } else {
        assert_int_equal(state, SUBMISSION_UNCERTAIN);
        assert_in_range(taken, 0, 1);
        assert_good(write_call(&w->f, (struct call){.fn = forget_call, .id = id}));
    }
    return at_once;
}

static void cut_everywhere(const char *extensions)
{
    CLEANUP(world_done) struct world w = world_new();
    w.extensions = extensions;
    w.server = script_server_start(converse, &w.sink);
    size_t sent = 0, read = 0;
    while (!try_cut(&w, sent, SIZE_MAX))
        sent++;
    while (!try_cut(&w, SIZE_MAX, read))
        read++;
    assert_in_range(sent, 40, 120);
    assert_in_range(read, 150, 500);
}

/* Wherever it is cut, nothing is lost, doubled or told wrongly. */
static void a_pipelined_dialogue_may_be_cut_anywhere(void **state)
{
    (void)state;
    cut_everywhere("250-PIPELINING\r\n");
}

static void a_dialogue_of_single_commands_may_be_cut_anywhere(void **state)
{
    (void)state;
    cut_everywhere("");
}

static void a_dialogue_with_chunks_may_be_cut_anywhere(void **state)
{
    (void)state;
    cut_everywhere("250-PIPELINING\r\n250-CHUNKING\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipelined_dialogue_may_be_cut_anywhere),
        cmocka_unit_test(a_dialogue_of_single_commands_may_be_cut_anywhere),
        cmocka_unit_test(a_dialogue_with_chunks_may_be_cut_anywhere),
    };
    mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
