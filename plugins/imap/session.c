/* session.c - connecting, TLS, signing in, switching extensions on; and what is told about a session. */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define GOODBYE_MS 1500

/* ---- the parser's feed ---------------------------------------------------------------------------------- */

static int feed_line(void *ctx, struct fct_bytes *out, struct fct_error *err)
{
    struct imap_session *s = ctx;
    uint64_t before = fct_host->now_ms();
    if (fct_host->conn_read_line(s->conn, s->signed_in ? IMAP_LINE_MAX_SIGNED_IN : IMAP_LINE_MAX, out, err) < 0)
        return -1;
    return imap_count_input(s, out->n, fct_host->now_ms() - before, true, err);
}

static int feed_octets(void *ctx, size_t max, struct fct_bytes *out, struct fct_error *err)
{
    struct imap_session *s = ctx;
    uint64_t before = fct_host->now_ms();
    if (fct_host->conn_read_some(s->conn, max, out, err) < 0)
        return -1;
    return imap_count_input(s, out->n, fct_host->now_ms() - before, false, err);
}

/* ---- life ----------------------------------------------------------------------------------------------- */

static struct imap_session *session_new(struct fct_account *acc)
{
    struct imap_session *s = wire_alloc(sizeof(*s));
    s->acc = acc;
    fct_host->account_endpoint(acc, &s->ep);
    if (s->ep.port == 0)
        s->ep.port = s->ep.tls == FCT_TLS_IMPLICIT ? 993 : 143;
    s->quirks = imap_quirks_of_host(s->ep.host);
    imap_parser_init(&s->in, (struct imap_feed){s, feed_line, feed_octets});
    return s;
}

static void session_free(struct imap_session *s)
{
    if (!s)
        return;
    fct_host->conn_close(s->conn);
    imap_parser_done(&s->in);
    wire_buffer_wipe(&s->out);
    wire_buffer_done(&s->continuation);
    wire_buffer_done(&s->bye);
    wire_buffer_done(&s->server_name);
    wire_buffer_done(&s->sayable);
    for (int kind = 0; kind < 3; kind++)
        wire_buffer_done(&s->prefixes[kind]);
    wire_buffer_done(&s->permanent.flags.keywords);
    wire_buffer_done(&s->mailbox_id);
    wire_buffer_done(&s->selected_name);
    imap_fetch_done(&s->fetch);
    free(s);
}

static void session_freep(struct imap_session **s)
{
    session_free(*s);
}

void imap_close(void *session, const struct fct_error *err)
{
    struct imap_session *s = session;
    if (!s)
        return;
    if (!err && !s->broken && s->signed_in) {
        static const char bye[] = "Z LOGOUT\r\n"; /* nobody waits for its answer, so it needs no tag of ours */
        if (fct_host->conn_write(s->conn, (struct fct_bytes){bye, sizeof(bye) - 1}, NULL) == 0 &&
            fct_host->conn_flush(s->conn, NULL) == 0)
            fct_host->conn_wait_input(s->conn, GOODBYE_MS, NULL);
    }
    session_free(s);
}

/* ---- connecting ----------------------------------------------------------------------------------------- */

static int ask_capabilities(struct imap_session *s, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    if (s->caps_known)
        return 0;
    imap_put(s, &c, "CAPABILITY");
    if (imap_run(s, &c, err) < 0)
        return -1;
    if (!s->caps_known)
        return fct_fail(err, FCT_E_PROTOCOL, FCT_RETRY_LATER, "%s: the server does not say what it can", s->ep.host);
    return 0;
}

static int start_tls(struct imap_session *s, struct fct_error *err)
{
    SCOPED(imap_command_done) struct imap_command c = {0};
    imap_put(s, &c, "STARTTLS");
    if (imap_send(s, &c, err) < 0 || imap_wait_answer(s, &c, err) < 0)
        return -1;
    if (c.condition != IMAP_OK) {
        fct_fail(err, FCT_E_TLS, FCT_RETRY_NEVER, "%s: the server refuses STARTTLS; nothing was sent in clear",
                 s->ep.host);
        fct_host->error_server(err, wire_buffer_bytes(&c.text));
        return -1;
    }
    /* Bytes that came with the answer are somebody else's: conn_start_tls refuses them (RFC 9051 section 11.1). */
    if (fct_host->conn_start_tls(s->conn, err) < 0)
        return -1;
    s->caps = s->enabled = 0; /* what was said before TLS may be forged */
    s->caps_known = s->said_bye = false;
    s->server_name.n = s->bye.n = 0;
    for (int kind = 0; kind < 3; kind++)
        s->prefixes[kind].n = 0;
    return 0;
}

/* Opens the connection and brings it to where credentials may be sent. */
static int greet(struct imap_session *s, struct fct_error *err)
{
    if (fct_host->conn_open(s->acc, &s->ep, &s->conn, err) < 0 || imap_read_greeting(s, err) < 0)
        return -1;
    if (s->ep.tls == FCT_TLS_STARTTLS) {
        if (s->preauth) /* STARTTLS is not possible any more: somebody wants to talk us out of it (RFC 9051
                           section 11.1) */
            return fct_fail(err, FCT_E_TLS, FCT_RETRY_NEVER, "%s: the server signs us in before TLS; refused",
                            s->ep.host);
        /* The capabilities need not be asked for: a server without STARTTLS refuses the command. */
        if (s->caps_known && !imap_has(s, IMAP_CAP_STARTTLS))
            return fct_fail(err, FCT_E_TLS, FCT_RETRY_NEVER,
                            "%s: the server does not offer STARTTLS; nothing was sent in clear", s->ep.host);
        if (start_tls(s, err) < 0)
            return -1;
    }
    return ask_capabilities(s, err);
}

/* ---- after the login ------------------------------------------------------------------------------------ */

/* On the machine itself compression costs time and wins nothing. */
static bool is_loopback(const char *host)
{
    return strcasecmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

static bool wants_compression(const struct imap_session *s)
{
    const char *when = fct_host->account_get(s->acc, "compress");
    if (!imap_has(s, IMAP_CAP_COMPRESS) || (when && strcasecmp(when, "never") == 0))
        return false;
    return (when && strcasecmp(when, "always") == 0) || !is_loopback(s->ep.host);
}

static bool put_enable(struct imap_session *s, struct imap_command *c)
{
    uint32_t wanted = s->caps & (IMAP_CAP_QRESYNC | IMAP_CAP_CONDSTORE | IMAP_CAP_UTF8_ACCEPT);
    if (s->quirks & IMAP_QUIRK_NO_QRESYNC)
        wanted &= ~(uint32_t)IMAP_CAP_QRESYNC;
    if (!imap_has(s, IMAP_CAP_ENABLE) || wanted == 0)
        return false;
    imap_put(s, c, "ENABLE");
    if (wanted & IMAP_CAP_QRESYNC)
        imap_put_text(s, " QRESYNC");
    else if (wanted & IMAP_CAP_CONDSTORE)
        imap_put_text(s, " CONDSTORE");
    if (wanted & IMAP_CAP_UTF8_ACCEPT)
        imap_put_text(s, " UTF8=ACCEPT");
    return true;
}

/* A server of IMAP4rev2 alone has no names in modified UTF-7; one of both has them until it is asked for rev2 (RFC 9051
 * appendix A). */
static bool speaks_utf8(const struct imap_session *s)
{
    return imap_has(s, IMAP_CAP_REV2) && !imap_has(s, IMAP_CAP_REV1);
}

/* Everything that is asked once goes out together and costs one round trip. COMPRESS is the last: nothing may follow it
 * until it is answered (RFC 4978 section 3). */
static int set_up(struct imap_session *s, struct fct_error *err)
{
    struct imap_command id = {0}, enable = {0}, namespace = {0}, compress = {0};
    bool id_first = s->quirks & IMAP_QUIRK_ID_FIRST;
    bool has_id = imap_has(s, IMAP_CAP_ID) || id_first, has_namespace = imap_has(s, IMAP_CAP_NAMESPACE);
    bool has_enable = false, has_compress = wants_compression(s);
    int rc = 0;
    if (speaks_utf8(s))
        s->enabled |= IMAP_CAP_UTF8_ACCEPT;
    if (has_id) {
        imap_put(s, &id, "ID");
        imap_put_text(s, " (\"name\" \"Facteur\" \"version\" \"%d\"%s)", FCT_ABI,
                      id_first ? " \"vendor\" \"Facteur\"" : "");
        rc = imap_send(s, &id, err);
    }
    if (rc == 0 && (has_enable = put_enable(s, &enable)))
        rc = imap_send(s, &enable, err);
    if (rc == 0 && has_namespace) {
        imap_put(s, &namespace, "NAMESPACE");
        rc = imap_send(s, &namespace, err);
    }
    if (rc == 0 && has_compress) {
        imap_put(s, &compress, "COMPRESS");
        imap_put_text(s, " DEFLATE");
        rc = imap_send(s, &compress, err);
    }
    /* A refusal of any of them is no reason not to read mail. */
    if (rc == 0 && has_id)
        rc = imap_wait_answer(s, &id, err);
    if (rc == 0 && has_enable)
        rc = imap_wait_answer(s, &enable, err);
    if (rc == 0 && has_namespace)
        rc = imap_wait_answer(s, &namespace, err);
    if (rc == 0 && has_compress)
        rc = imap_wait_answer(s, &compress, err);
    if (rc == 0 && compress.condition == IMAP_OK) {
        s->compressed = true;
        rc = fct_host->conn_start_deflate(s->conn, err);
    }
    imap_command_done(&id);
    imap_command_done(&enable);
    imap_command_done(&namespace);
    imap_command_done(&compress);
    return rc;
}

/* Extensions count only as far as ENABLE took them. */
static uint32_t what_it_can(const struct imap_session *s)
{
    uint32_t can =
        FCT_CAN_MAILBOXES | FCT_CAN_FLAGS | FCT_CAN_KEYWORDS | FCT_CAN_APPEND | FCT_CAN_COPY | FCT_CAN_MAILBOX_SET;
    if (s->enabled & IMAP_CAP_CONDSTORE || imap_has(s, IMAP_CAP_CONDSTORE))
        can |= FCT_CAN_MODSEQ;
    if (s->enabled & IMAP_CAP_QRESYNC)
        can |= FCT_CAN_VANISHED;
    if (imap_has(s, IMAP_CAP_IDLE))
        can |= FCT_CAN_IDLE;
    if (imap_has(s, IMAP_CAP_LIST_STATUS | IMAP_CAP_LIST_EXTENDED))
        can |= FCT_CAN_LIST_STATUS;
    if (imap_has(s, IMAP_CAP_NOTIFY))
        can |= FCT_CAN_NOTIFY;
    if (imap_has(s, IMAP_CAP_OBJECTID) || imap_has(s, IMAP_CAP_GMAIL))
        can |= FCT_CAN_EMAIL_IDS;
    if (imap_has(s, IMAP_CAP_MOVE))
        can |= FCT_CAN_MOVE;
    if (imap_has(s, IMAP_CAP_UIDPLUS))
        can |= FCT_CAN_EXPUNGE;
    return can;
}

static int sign_in(struct imap_session *s, struct fct_error *err)
{
    if (greet(s, err) < 0)
        return -1;
    if (!s->preauth) {
        s->caps_known = false; /* they may change with the login; many servers give the new ones with its answer */
        if (imap_authenticate(s, err) < 0)
            return -1;
    }
    s->signed_in = true;
    if (s->quirks & IMAP_QUIRK_ASK_CAPABILITIES)
        s->caps_known = false;
    return ask_capabilities(s, err) < 0 ? -1 : set_up(s, err);
}

int imap_connect(struct fct_account *acc, void **out_session, uint32_t *out_can, struct fct_error *err)
{
    SCOPED(session_freep) struct imap_session *s = session_new(acc);
    if (sign_in(s, err) < 0)
        return -1;
    *out_can = what_it_can(s);
    s->offered_move = imap_has(s, IMAP_CAP_MOVE);
    *out_session = s;
    s = NULL;
    return 0;
}

/* ---- what is told about it ------------------------------------------------------------------------------ */

int imap_describe(void *session, char *buf, size_t cap, struct fct_error *err)
{
    static const struct {
        uint32_t cap;
        const char *name;
    } known[] = {{IMAP_CAP_REV2, "IMAP4rev2"},
                 {IMAP_CAP_REV1, "IMAP4rev1"},
                 {IMAP_CAP_QRESYNC, "QRESYNC"},
                 {IMAP_CAP_CONDSTORE, "CONDSTORE"},
                 {IMAP_CAP_IDLE, "IDLE"},
                 {IMAP_CAP_NOTIFY, "NOTIFY"},
                 {IMAP_CAP_LIST_STATUS, "LIST-STATUS"},
                 {IMAP_CAP_SPECIAL_USE, "SPECIAL-USE"},
                 {IMAP_CAP_NAMESPACE, "NAMESPACE"},
                 {IMAP_CAP_UIDPLUS, "UIDPLUS"},
                 {IMAP_CAP_MOVE, "MOVE"},
                 {IMAP_CAP_OBJECTID, "OBJECTID"},
                 {IMAP_CAP_GMAIL, "X-GM-EXT-1"},
                 {IMAP_CAP_UTF8_ACCEPT, "UTF8=ACCEPT"}};
    struct imap_session *s = session;
    SCOPED(wire_buffer_done) struct wire_buffer text = {0};
    (void)err;
    wire_buffer_add_str(&text, s->server_name.n > 0 ? wire_buffer_str(&s->server_name) : "IMAP server");
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (imap_has(s, known[i].cap))
            wire_buffer_addf(&text, ", %s", known[i].name);
    wire_buffer_add_str(&text, fct_host->conn_is_tls(s->conn) ? ", TLS" : ", not encrypted");
    if (s->compressed)
        wire_buffer_add_str(&text, ", compressed");
    snprintf(buf, cap, "%s", wire_buffer_str(&text));
    return 0;
}

void imap_stats(void *session, struct fct_session_stats *out)
{
    struct imap_session *s = session;
    out->round_trips = s->round_trips;
    if (out->size >= offsetof(struct fct_session_stats, suspect_uid) + sizeof(out->suspect_uid))
        out->suspect_uid = s->broken ? s->coming_uid : 0;
    fct_host->conn_traffic(s->conn, &out->bytes_in, &out->bytes_out);
}
