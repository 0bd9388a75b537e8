/* The plugin ABI, version 1, as it was released: sizes, offsets and numbers on a 64-bit machine. A plugin that somebody
 * compiled years ago relies on every line here. A line may be added for a new member at the end of a struct, and the size
 * beside it changed; no other line may change. */
#include <facteur/plugin.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SIZE(type, n) _Static_assert(sizeof(struct type) == (n), #type " has another size")
#define AT(type, member, n) _Static_assert(offsetof(struct type, member) == (n), #type "." #member " has moved")
#define IS(name, n) _Static_assert((int)(name) == (n), #name " is another number")

_Static_assert(sizeof(void *) == 8 && sizeof(size_t) == 8, "these numbers are for 64-bit machines");
IS(FCT_ABI, 1);

SIZE(fct_bytes, 16);
AT(fct_bytes, p, 0);
AT(fct_bytes, n, 8);

SIZE(fct_error, 1032);
AT(fct_error, code, 0);
AT(fct_error, retry, 4);
AT(fct_error, retry_after_ms, 8);
AT(fct_error, user_action, 16);
AT(fct_error, reserved, 20);
AT(fct_error, message, 40);
AT(fct_error, server, 520);

SIZE(fct_flags, 24);
AT(fct_flags, bits, 0);
AT(fct_flags, keywords, 8);

SIZE(fct_mailbox_status, 96);
AT(fct_mailbox_status, size, 0);
AT(fct_mailbox_status, uidvalidity, 4);
AT(fct_mailbox_status, uidnext, 8);
AT(fct_mailbox_status, modseq, 16);
AT(fct_mailbox_status, messages, 24);
AT(fct_mailbox_status, unseen, 32);
AT(fct_mailbox_status, attrs, 40);
AT(fct_mailbox_status, mailbox_id, 48);
AT(fct_mailbox_status, octets, 64);
AT(fct_mailbox_status, reserved, 72);

SIZE(fct_mailbox, 144);
AT(fct_mailbox, size, 0);
AT(fct_mailbox, attrs, 4);
AT(fct_mailbox, role, 8);
AT(fct_mailbox, delimiter, 12);
AT(fct_mailbox, wire_name, 16);
AT(fct_mailbox, name, 32);
AT(fct_mailbox, status, 48);

SIZE(fct_message, 120);
AT(fct_message, size, 0);
AT(fct_message, uid, 8);
AT(fct_message, modseq, 16);
AT(fct_message, internal_date, 24);
AT(fct_message, octets, 32);
AT(fct_message, flags, 40);
AT(fct_message, remote_id, 64);
AT(fct_message, email_id, 80);
AT(fct_message, header, 96);
AT(fct_message, is_partial, 112);
AT(fct_message, reserved, 116);

SIZE(fct_uid_range, 16);
AT(fct_uid_range, first, 0);
AT(fct_uid_range, last, 8);

SIZE(fct_sink, 80);
AT(fct_sink, size, 0);
AT(fct_sink, ctx, 8);
AT(fct_sink, mailbox, 16);
AT(fct_sink, flags, 24);
AT(fct_sink, vanished, 32);
AT(fct_sink, exists, 40);
AT(fct_sink, message_begin, 48);
AT(fct_sink, message_data, 56);
AT(fct_sink, message_end, 64);
AT(fct_sink, status, 72);

SIZE(fct_endpoint, 32);
AT(fct_endpoint, size, 0);
AT(fct_endpoint, port, 4);
AT(fct_endpoint, tls, 8);
AT(fct_endpoint, connect_timeout_ms, 12);
AT(fct_endpoint, io_timeout_ms, 16);
AT(fct_endpoint, host, 24);

SIZE(fct_host, 232);
AT(fct_host, size, 0);
AT(fct_host, abi, 4);
AT(fct_host, fail, 8);
AT(fct_host, log, 16);
AT(fct_host, account_endpoint, 24);
AT(fct_host, account_get, 32);
AT(fct_host, account_secret, 40);
AT(fct_host, conn_open, 48);
AT(fct_host, conn_start_tls, 56);
AT(fct_host, conn_start_deflate, 64);
AT(fct_host, conn_is_tls, 72);
AT(fct_host, conn_channel_binding, 80);
AT(fct_host, conn_read_line, 88);
AT(fct_host, conn_read_some, 96);
AT(fct_host, conn_has_input, 104);
AT(fct_host, conn_wait_input, 112);
AT(fct_host, conn_write, 120);
AT(fct_host, conn_flush, 128);
AT(fct_host, conn_close, 136);
AT(fct_host, conn_traffic, 144);
AT(fct_host, sleep, 152);
AT(fct_host, now_ms, 160);
AT(fct_host, offload, 168);
AT(fct_host, hash, 176);
AT(fct_host, hmac, 184);
AT(fct_host, pbkdf2, 192);
AT(fct_host, random, 200);
AT(fct_host, error_server, 208);
AT(fct_host, wipe, 216);
AT(fct_host, account_token, 224);

SIZE(fct_known, 32);
AT(fct_known, size, 0);
AT(fct_known, uidvalidity, 4);
AT(fct_known, modseq, 8);
AT(fct_known, uidnext, 16);
AT(fct_known, read_only, 24);

SIZE(fct_session_stats, 40);
AT(fct_session_stats, size, 0);
AT(fct_session_stats, reserved, 4);
AT(fct_session_stats, round_trips, 8);
AT(fct_session_stats, bytes_in, 16);
AT(fct_session_stats, bytes_out, 24);
AT(fct_session_stats, suspect_uid, 32);

SIZE(fct_appends, 48);
AT(fct_appends, size, 0);
AT(fct_appends, ctx, 8);
AT(fct_appends, n, 16);
AT(fct_appends, message, 24);
AT(fct_appends, read, 32);
AT(fct_appends, appended, 40);

SIZE(fct_source, 200);
AT(fct_source, size, 0);
AT(fct_source, traits, 4);
AT(fct_source, scheme, 8);
AT(fct_source, default_port, 16);
AT(fct_source, tls_port, 18);
AT(fct_source, connect, 24);
AT(fct_source, close, 32);
AT(fct_source, describe, 40);
AT(fct_source, list, 48);
AT(fct_source, statuses, 56);
AT(fct_source, select, 64);
AT(fct_source, list_messages, 72);
AT(fct_source, fetch, 80);
AT(fct_source, store_flags, 88);
AT(fct_source, stats, 96);
AT(fct_source, idle, 104);
AT(fct_source, append, 112);
AT(fct_source, copy, 120);
AT(fct_source, expunge, 128);
AT(fct_source, mailbox_create, 136);
AT(fct_source, mailbox_rename, 144);
AT(fct_source, mailbox_delete, 152);
AT(fct_source, mailbox_subscribe, 160);
AT(fct_source, mailbox_wire_name, 168);
AT(fct_source, fetch_headers, 176);
AT(fct_source, append_many, 184);
AT(fct_source, quotas, 192);

SIZE(fct_quota, 56);
AT(fct_quota, size, 0);
AT(fct_quota, reserved, 4);
AT(fct_quota, root, 8);
AT(fct_quota, resource, 24);
AT(fct_quota, used, 40);
AT(fct_quota, limit, 48);

SIZE(fct_filter_message, 80);
AT(fct_filter_message, size, 0);
AT(fct_filter_message, reserved, 4);
AT(fct_filter_message, ctx, 8);
AT(fct_filter_message, account_id, 16);
AT(fct_filter_message, mailbox_name, 32);
AT(fct_filter_message, octets, 48);
AT(fct_filter_message, received_at, 56);
AT(fct_filter_message, header, 64);
AT(fct_filter_message, text, 72);

SIZE(fct_verdict, 80);
AT(fct_verdict, size, 0);
AT(fct_verdict, add, 8);
AT(fct_verdict, remove, 32);
AT(fct_verdict, move_to_role, 56);
AT(fct_verdict, spam_score, 72);

SIZE(fct_filter, 40);
AT(fct_filter, size, 0);
AT(fct_filter, reserved, 4);
AT(fct_filter, name, 8);
AT(fct_filter, open, 16);
AT(fct_filter, close, 24);
AT(fct_filter, judge, 32);

SIZE(fct_recipient, 48);
AT(fct_recipient, address, 0);
AT(fct_recipient, orcpt, 16);
AT(fct_recipient, notify, 32);
AT(fct_recipient, reserved, 36);

SIZE(fct_envelope, 64);
AT(fct_envelope, size, 0);
AT(fct_envelope, flags, 4);
AT(fct_envelope, sender, 8);
AT(fct_envelope, recipients, 24);
AT(fct_envelope, n_recipients, 32);
AT(fct_envelope, octets, 40);
AT(fct_envelope, envid, 48);

SIZE(fct_outgoing, 40);
AT(fct_outgoing, size, 0);
AT(fct_outgoing, reserved, 4);
AT(fct_outgoing, ctx, 8);
AT(fct_outgoing, recipient, 16);
AT(fct_outgoing, read, 24);
AT(fct_outgoing, commit, 32);

SIZE(fct_sent, 520);
AT(fct_sent, size, 0);
AT(fct_sent, fate, 4);
AT(fct_sent, reply, 8);

SIZE(fct_transport, 64);
AT(fct_transport, size, 0);
AT(fct_transport, reserved, 4);
AT(fct_transport, scheme, 8);
AT(fct_transport, default_port, 16);
AT(fct_transport, tls_port, 18);
AT(fct_transport, connect, 24);
AT(fct_transport, close, 32);
AT(fct_transport, describe, 40);
AT(fct_transport, send, 48);
AT(fct_transport, takes, 56);

SIZE(fct_plugin, 112);
AT(fct_plugin, size, 0);
AT(fct_plugin, abi, 4);
AT(fct_plugin, name, 8);
AT(fct_plugin, version, 16);
AT(fct_plugin, license, 24);
AT(fct_plugin, about, 32);
AT(fct_plugin, config_schema, 40);
AT(fct_plugin, sources, 48);
AT(fct_plugin, n_sources, 56);
AT(fct_plugin, filters, 64);
AT(fct_plugin, n_filters, 72);
AT(fct_plugin, init, 80);
AT(fct_plugin, done, 88);
AT(fct_plugin, transports, 96);
AT(fct_plugin, n_transports, 104);

IS(FCT_OK, 0);
IS(FCT_E_INTERNAL, 1);
IS(FCT_E_CANCELLED, 2);
IS(FCT_E_TIMEOUT, 3);
IS(FCT_E_NETWORK, 4);
IS(FCT_E_DNS, 5);
IS(FCT_E_TLS, 6);
IS(FCT_E_AUTH, 7);
IS(FCT_E_PROTOCOL, 8);
IS(FCT_E_SERVER, 9);
IS(FCT_E_LIMIT, 10);
IS(FCT_E_INVALID, 11);
IS(FCT_E_NOT_FOUND, 12);
IS(FCT_E_EXISTS, 13);
IS(FCT_E_FORBIDDEN, 14);
IS(FCT_E_STATE_MISMATCH, 15);
IS(FCT_E_CANNOT_CALCULATE, 16);
IS(FCT_E_TOO_LARGE, 17);
IS(FCT_E_OVER_QUOTA, 18);
IS(FCT_E_DISK_FULL, 19);
IS(FCT_E_IO, 20);
IS(FCT_E_CORRUPT, 21);
IS(FCT_E_UNSUPPORTED, 22);
IS(FCT_E_BUSY, 23);
IS(FCT_E_NOT_FOUND_ACCOUNT, 24);
IS(FCT_E_USER_ACTION, 25);
IS(FCT_E_ANCHOR_NOT_FOUND, 26);
IS(FCT_E_MAILBOX_HAS_CHILD, 27);
IS(FCT_E_MAILBOX_HAS_EMAIL, 28);
IS(FCT_E_BLOB_NOT_FOUND, 29);
IS(FCT_E_UNSUPPORTED_SORT, 30);
IS(FCT_E_UNSUPPORTED_FILTER, 31);
IS(FCT_E_TOO_MANY_CHANGES, 32);

IS(FCT_RETRY_NEVER, 0);
IS(FCT_RETRY_LATER, 1);
IS(FCT_RETRY_NOW, 2);

IS(FCT_CAN_NOTIFY, 1 << 12);
IS(FCT_CAN_EMAIL_IDS, 1 << 13);

IS(FCT_FLAG_SEEN, 1);
IS(FCT_FLAG_ANSWERED, 2);
IS(FCT_FLAG_FLAGGED, 4);
IS(FCT_FLAG_DRAFT, 8);
IS(FCT_FLAG_DELETED, 16);
IS(FCT_FLAG_FORWARDED, 32);
IS(FCT_FLAG_JUNK, 64);
IS(FCT_FLAG_NOTJUNK, 128);
IS(FCT_FLAG_PHISHING, 256);
IS(FCT_FLAG_MDNSENT, 512);

IS(FCT_MB_NOSELECT, 1);
IS(FCT_MB_NOINFERIORS, 2);
IS(FCT_MB_SUBSCRIBED, 4);
IS(FCT_MB_READ_ONLY, 8);
IS(FCT_MB_HAS_CHILDREN, 16);
IS(FCT_MB_NO_KEYWORDS, 32);
IS(FCT_MB_STATUS_KNOWN, 65536);

IS(FCT_ROLE_NONE, 0);
IS(FCT_ROLE_INBOX, 1);
IS(FCT_ROLE_ARCHIVE, 2);
IS(FCT_ROLE_DRAFTS, 3);
IS(FCT_ROLE_SENT, 4);
IS(FCT_ROLE_TRASH, 5);
IS(FCT_ROLE_JUNK, 6);
IS(FCT_ROLE_ALL, 7);
IS(FCT_ROLE_FLAGGED, 8);
IS(FCT_ROLE_IMPORTANT, 9);
IS(FCT_ROLE_SNOOZED, 10);

IS(FCT_TLS_NONE, 0);
IS(FCT_TLS_IMPLICIT, 1);
IS(FCT_TLS_STARTTLS, 2);

IS(FCT_LOG_ERROR, 0);
IS(FCT_LOG_WARN, 1);
IS(FCT_LOG_INFO, 2);
IS(FCT_LOG_DEBUG, 3);
IS(FCT_LOG_TRACE, 4);

IS(FCT_CAN_MAILBOXES, 1);
IS(FCT_CAN_FLAGS, 2);
IS(FCT_CAN_KEYWORDS, 4);
IS(FCT_CAN_MODSEQ, 8);
IS(FCT_CAN_VANISHED, 16);
IS(FCT_CAN_IDLE, 32);
IS(FCT_CAN_LIST_STATUS, 64);
IS(FCT_CAN_APPEND, 128);
IS(FCT_CAN_MOVE, 256);
IS(FCT_CAN_EXPUNGE, 512);
IS(FCT_CAN_COPY, 1024);
IS(FCT_CAN_MAILBOX_SET, 2048);

IS(FCT_OUTCOME_ACCEPTED, 1);
IS(FCT_OUTCOME_LATER, 2);
IS(FCT_OUTCOME_REFUSED, 3);

IS(FCT_FATE_NOT_SENT, 0);
IS(FCT_FATE_SENT, 1);
IS(FCT_FATE_UNKNOWN, 2);

IS(FCT_NOTIFY_NEVER, 1);
IS(FCT_NOTIFY_SUCCESS, 2);
IS(FCT_NOTIFY_FAILURE, 4);
IS(FCT_NOTIFY_DELAY, 8);

IS(FCT_ENVELOPE_8BIT, 1);
IS(FCT_ENVELOPE_UTF8_HEADERS, 2);
IS(FCT_ENVELOPE_RET_FULL, 4);
IS(FCT_ENVELOPE_RET_HDRS, 8);

static void version_1_is_as_it_was_released(void **state)
{
    (void)state; /* everything was checked when this was compiled */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(version_1_is_as_it_was_released)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
