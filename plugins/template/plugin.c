/* plugin.c - the smallest source of mail: copy this folder and make it yours.
 *
 * An account "welcome://somewhere" has one mailbox with one message, whose text is the account's setting "text". What a
 * real source does is told in facteur/plugin.h, member by member, and in docs/plugin-guide.md.
 */
#include <facteur/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX 4000
#define UIDVALIDITY 1

FCT_PLUGIN_HOST;

/* State lives in a session, not in globals: there may be many accounts. */
struct session {
    char message[MESSAGE_MAX];
    size_t octets;
};

static struct fct_bytes text(const char *s)
{
    return (struct fct_bytes){s, strlen(s)};
}

static int welcome_connect(struct fct_account *acc, void **out_session, uint32_t *out_can, struct fct_error *err)
{
    const char *words = fct_host->account_get(acc, "text");
    struct session *s = calloc(1, sizeof(*s));
    if (!s)
        return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_LATER, "out of memory");
    int n = snprintf(s->message, sizeof(s->message),
                     "From: Facteur <welcome@localhost>\r\n"
                     "Subject: Welcome\r\n"
                     "Date: Thu, 1 Jan 2026 12:00:00 +0000\r\n"
                     "Message-ID: <welcome@localhost>\r\n"
                     "MIME-Version: 1.0\r\n"
                     "Content-Type: text/plain; charset=utf-8\r\n"
                     "Content-Transfer-Encoding: 8bit\r\n"
                     "\r\n"
                     "%s\r\n",
                     words ? words : "Hello.");
    if (n < 0 || (size_t)n >= sizeof(s->message)) {
        free(s);
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the text of the welcome is longer than %d bytes",
                        MESSAGE_MAX);
    }
    s->octets = (size_t)n;
    fct_log(acc, FCT_LOG_DEBUG, "the welcome has %d bytes", n);
    *out_session = s;
    *out_can = 0; /* nothing beyond the members below */
    return 0;
}

static void welcome_close(void *session, const struct fct_error *err)
{
    (void)err;
    free(session);
}

static struct fct_mailbox_status what_it_holds(void)
{
    return (struct fct_mailbox_status){
        .size = sizeof(struct fct_mailbox_status),
        .uidvalidity = UIDVALIDITY,
        .uidnext = 2,
        .messages = 1,
        .unseen = -1, /* unknown */
    };
}

static int welcome_list(void *session, const struct fct_sink *sink, struct fct_error *err)
{
    (void)session;
    struct fct_mailbox inbox = {
        .size = sizeof(inbox),
        .attrs = FCT_MB_STATUS_KNOWN | FCT_MB_NOINFERIORS,
        .role = FCT_ROLE_INBOX,
        .wire_name = text("INBOX"),
        .name = text("INBOX"),
        .status = what_it_holds(),
    };
    return sink->mailbox(sink->ctx, &inbox, err);
}

static int welcome_select(void *session, struct fct_bytes wire_name, const struct fct_known *known,
                          const struct fct_sink *sink, struct fct_mailbox_status *out, bool *out_caught_up,
                          struct fct_error *err)
{
    (void)session, (void)known, (void)sink;
    if (wire_name.n != 5 || memcmp(wire_name.p, "INBOX", 5) != 0)
        return fct_fail(err, FCT_E_NOT_FOUND, FCT_RETRY_NEVER, "there is only INBOX");
    *out = what_it_holds();
    *out_caught_up = false;
    return 0;
}

static struct fct_message the_message(const struct session *s)
{
    return (struct fct_message){
        .size = sizeof(struct fct_message),
        .uid = 1,
        .internal_date = 1767268800, /* 2026-01-01 12:00 UTC */
        .octets = s->octets,
    };
}

static int welcome_list_messages(void *session, struct fct_uid_range range, uint64_t since_modseq, bool want_details,
                                 const struct fct_sink *sink, struct fct_error *err)
{
    (void)since_modseq, (void)want_details;
    struct fct_message m = the_message(session);
    return range.first <= 1 && range.last >= 1 ? sink->flags(sink->ctx, &m, err) : 0;
}

/* A message's bytes go to the sink in pieces of any size; a source never needs to hold a whole message. */
static int deliver(struct session *s, const struct fct_sink *sink, struct fct_error *err)
{
    struct fct_message m = the_message(s);
    if (sink->message_begin(sink->ctx, s->octets, err) < 0 ||
        sink->message_data(sink->ctx, (struct fct_bytes){s->message, s->octets}, err) < 0)
        return -1;
    return sink->message_end(sink->ctx, &m, err);
}

static int welcome_fetch(void *session, const struct fct_uid_range *ranges, size_t n, const struct fct_sink *sink,
                         struct fct_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (ranges[i].first <= 1 && ranges[i].last >= 1 && deliver(session, sink, err) < 0)
            return -1;
    return 0;
}

static const struct fct_source welcome = {
    .size = sizeof(welcome),
    .scheme = "welcome",
    .connect = welcome_connect,
    .close = welcome_close,
    .list = welcome_list,
    .select = welcome_select,
    .list_messages = welcome_list_messages,
    .fetch = welcome_fetch,
};

static const struct fct_source *const sources[] = {&welcome};

static int init(const struct fct_host *host, struct fct_error *err)
{
    (void)err;
    fct_host = host;
    return 0;
}

FCT_EXPORT const struct fct_plugin fct_plugin = {
    .size = sizeof(fct_plugin),
    .abi = FCT_ABI,
    .name = "welcome",
    .version = "1.0",
    .license = "MIT",
    .about = "One message that says welcome: the template for plugins",
    .config_schema =
        "{\"type\": \"object\", \"properties\": {\"text\": {\"type\": \"string\", \"title\": \"What it says\"}}}",
    .sources = sources,
    .n_sources = 1,
    .init = init,
};
