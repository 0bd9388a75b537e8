#include "quirks.h"

#include <string.h>
#include <strings.h>

#define WAIT_MAX_MS (60LL * 60 * 1000)

static const struct imap_quirk_entry entries[] = {
    /* ---- servers that are spoken to in another way ------------------------------------------------------- */
    {
        .server = "NetEase (163.com)",
        .host = "163.com",
        .capability = "X-CM-EXT-1", /* Coremail, its software, which others use too */
        .quirks = IMAP_QUIRK_ID_FIRST,
        .symptom =
            "SELECT is answered with NO \"Unsafe Login\" unless ID came first, with a name, a version and a vendor",
        .remedy = "ID goes out after the login, also where it is not offered, and is waited for",
        .test = "a_server_that_wants_to_know_its_client_is_told",
    },
    {
        .server = "NetEase (126.com)",
        .host = "126.com",
        .quirks = IMAP_QUIRK_ID_FIRST,
        .symptom = "as 163.com",
        .remedy = "as 163.com",
        .test = "a_server_that_wants_to_know_its_client_is_told",
    },
    {
        .server = "NetEase (188.com)",
        .host = "188.com",
        .quirks = IMAP_QUIRK_ID_FIRST,
        .symptom = "as 163.com",
        .remedy = "as 163.com",
        .test = "a_server_that_wants_to_know_its_client_is_told",
    },
    {
        .server = "NetEase (yeah.net)",
        .host = "yeah.net",
        .quirks = IMAP_QUIRK_ID_FIRST,
        .symptom = "as 163.com",
        .remedy = "as 163.com",
        .test = "a_server_that_wants_to_know_its_client_is_told",
    },
    {
        .server = "iCloud",
        .host = "mail.me.com",
        .capability = "X-APPLE-REMOTE-LINKS",
        .quirks = IMAP_QUIRK_NO_QRESYNC | IMAP_QUIRK_ASK_CAPABILITIES,
        .symptom = "a proxy rewrites the capabilities that come with greeting and login; QRESYNC is offered, ENABLE is "
                   "answered without ENABLED, and VANISHED names messages that are there",
        .remedy = "capabilities are asked for after the login; QRESYNC is not used, CONDSTORE is",
        .test = "a_server_whose_qresync_is_wrong_is_used_without_it",
    },
    {
        .server = "Cyrus 3.6",
        .words = "Cyrus IMAP 3.6",
        .quirks = IMAP_QUIRK_NO_STATUS_ID,
        .symptom =
            "STATUS, and LIST with RETURN (STATUS), give memory that was freed as MAILBOXID, where other items are "
            "asked for beside it: now and then with control characters, and a mailbox is taken for another one",
        .remedy = "the id is not asked for there; SELECT tells it right",
        .test = "a_server_whose_status_gives_wrong_ids_is_not_asked_for_them",
    },
    {
        .server = "Yahoo, AOL",
        .host = "yahoo.com",
        .capability = "XYMHIGHESTMODSEQ",
        .words = "Y!IMAP",
        .quirks = IMAP_QUIRK_UNAVAILABLE_IS_ONE,
        .symptom = "a message that it cannot give fails the whole FETCH with NO [UNAVAILABLE], now and for ever",
        .remedy = "as for a NO: the range is halved until only that message is left out",
        .test = "an_unavailable_message_does_not_cost_the_others",
    },

    /* ---- what everybody is forgiven ---------------------------------------------------------------------- */
    {
        .server = "Yahoo",
        .symptom = "SELECT tells HIGHESTMODSEQ although there is no CONDSTORE, and MODSEQ in a FETCH is a syntax error",
        .remedy = "without CONDSTORE a modseq counts as none",
        .test = "modseqs_of_a_server_without_condstore_count_as_none",
    },
    {
        .server = "Gmail, Scalix and others",
        .symptom = "FETCH of a range with one broken or vanished message: NO, with or without the others before it",
        .remedy = "what did not come is asked for again in halves; what is refused alone is left out",
        .test = "a_refused_range_is_halved_until_one_message_is_left_out",
    },
    {
        .server = "many",
        .symptom = "the same as BAD",
        .remedy = "the same, but where nothing at all came the refusal is about the command, and an error",
        .test = "a_range_answered_with_bad_is_halved_too",
    },
    {
        .server = "Gmail and others",
        .symptom = "a message whose header cannot be read fails the listing of all of them",
        .remedy = "the listing is made again without details, and completes what has come",
        .test = "a_listing_that_is_refused_is_completed_without_details",
    },
    {
        .server = "Tencent (QQ)",
        .symptom = "sets whose UIDs descend (\"9,5:7\") are BAD",
        .remedy = "the ranges of every command ascend, and none touches the next",
        .test = "sets_ascend_in_whatever_order_they_are_given",
    },
    {
        .server = "Exchange",
        .symptom = "UID FETCH of a message that it cannot convert: OK, and nothing else",
        .remedy = "it is left out, and the engine asks again another day",
        .test = "an_empty_fetch_is_no_message",
    },
    {
        .server = "Exchange, hMailServer",
        .symptom = "RFC822.SIZE is not the message's size",
        .remedy = "what counts is the literal",
        .test = "a_wrong_size_is_corrected_by_the_message",
    },
    {
        .server = "Exchange",
        .symptom = "[COPYUID 14  ]: no UIDs",
        .remedy = "as if there were no UIDPLUS",
        .test = "a_copyuid_without_uids_is_ignored",
    },
    {
        .server = "Exchange and others",
        .symptom = "names of mailboxes with tabs, spaces or parentheses are not quoted",
        .remedy = "an unquoted name reaches to the end of the line, or to extended data",
        .test = "names_that_should_be_quoted_are_taken_whole",
    },
    {
        .server = "Exchange Online",
        .symptom =
            "BAD or NO \"Request is throttled. Suggested Backoff Time: 299961 milliseconds\", \"User is authenticated "
            "but not connected\", \"Server Unavailable\": a few minutes later all is well",
        .remedy = "such words mean: later, after that time",
        .test = "a_server_that_asks_for_patience_gets_it",
    },
    {
        .server = "mail.ru",
        .symptom = "LIST-STATUS without LIST-EXTENDED, whose syntax it needs (RFC 5819)",
        .remedy = "LIST as in RFC 3501",
        .test = "list_status_without_list_extended_is_not_believed",
    },
    {
        .server = "163.com",
        .symptom = "STATUS answered with an empty list, or NIL",
        .remedy = "nothing is known of the mailbox",
        .test = "nil_and_nothing_stand_for_lists",
    },
    {
        .server = "UW, Seine and others",
        .symptom = "NIL where a list is due (flags, attributes), MODSEQ or RFC822.SIZE without a number",
        .remedy = "an empty list; unknown",
        .test = "nil_and_nothing_stand_for_lists",
    },
    {
        .server = "Yahoo and others",
        .symptom = "spaces at the end of lists and lines, two in a row",
        .remedy = "spaces do not count",
        .test = "spaces_do_not_count",
    },
    {
        .server = "Courier and others",
        .symptom = "a string is a literal where others quote",
        .remedy = "any string may be either",
        .test = "any_string_may_be_a_literal",
    },
    {
        .server = "Dovecot 2.3",
        .symptom = "what NOTIFY tells of a new mailbox has its name in UTF-8, and may stand in the midst of a listing",
        .remedy = "once NOTIFY is on, a name that is no modified UTF-7 is taken for UTF-8",
        .test = "a_name_that_notify_tells_is_the_one_that_is_listed",
    },
    {
        .server = "Dovecot 2.3",
        .symptom =
            "with NOTIFY on, mailboxes whose names were exchanged are missing from the later listings of the session",
        .remedy = "NOTIFY NONE before RENAME; the next wait asks for it again",
        .test = "notify_is_off_while_a_mailbox_is_renamed",
    },
    {
        .server = "Yahoo, Exchange",
        .symptom = "INBOX is listed as Inbox, or twice",
        .remedy = "it is INBOX, once",
        .test = "inbox_is_one_however_it_is_spelt",
    },
    {
        .server = "old Courier and others",
        .symptom = "a mailbox is listed twice, once without delimiter",
        .remedy = "the entries are merged",
        .test = "inbox_is_one_however_it_is_spelt",
    },
    {
        .server = "Cyrus, Dovecot",
        .symptom = "\"* OK still here\" in the midst of an answer",
        .remedy = "nothing: it only counts as no silence",
        .test = "small_talk_in_the_midst_of_an_answer_is_passed_over",
    },
    {
        .server = "Exchange and others",
        .symptom = "BYE instead of an answer",
        .remedy = "the connection is over, the words are told, the account tries again",
        .test = "a_bye_for_an_answer_ends_the_conversation_with_its_words",
    },
    {
        .server = "many",
        .symptom = "STATUS of the selected mailbox is refused",
        .remedy = "it is left out; the others come",
        .test = "a_status_that_is_refused_is_left_out",
    },
    {
        .server = "Cyrus",
        .symptom = "VANISHED (EARLIER) names nearly all UIDs, of which most are there",
        .remedy = "what leaves fewer UIDs than EXISTS counts is not believed: the mailbox is compared as a whole",
        .test = "more_gone_than_can_be_is_not_believed",
    },
    {
        .server = "Yandex, Dovecot with a damaged cache",
        .symptom = "a literal is shorter than it was announced, and the next line stands in it",
        .remedy =
            "the conversation is over, no half message is kept, stats tells which one it was, the account tries again",
        .test = "half_a_message_is_none",
    },
    {
        .server = "Dovecot, Cyrus with a damaged mailbox, and others",
        .symptom = "the connection ends, now and for ever, where a certain message should come",
        .remedy =
            "stats tells whose turn it was; the engine fetches that one last and alone, and leaves it out in the end",
        .test = "a_connection_that_ends_before_a_message_tells_whose_turn_it_was",
    },
    {
        .server = "GMX, Exchange, Yandex",
        .symptom = "the items of FETCH come in an order of their own, some behind the message",
        .remedy = "any order will do",
        .test = "items_of_a_fetch_come_in_any_order",
    },
    {
        .server = "Zimbra, Dovecot and others",
        .symptom = "what changed meanwhile stands between the answers to FETCH, by number and without UID",
        .remedy = "messages that nobody asked for are no answer; those known by number are asked for once more",
        .test = "changes_between_the_answers_are_told_apart",
    },
    {
        .server = "Proton Mail Bridge",
        .symptom = "UIDPLUS is offered, UID EXPUNGE is answered with NO",
        .remedy = "the refusal is told, the mark \\Deleted is taken back, nothing else is expunged instead",
        .test = "a_refused_expunge_leaves_no_mark",
    },
    {
        .server = "Dovecot 2.3",
        .symptom = "UID EXPUNGE behind a STORE that was not answered yet: OK now and then, and nothing is expunged",
        .remedy = "the answer to STORE is awaited; where fewer went than were asked for, it is looked and asked once more",
        .test = "an_expunge_that_did_nothing_is_seen",
    },
    {
        .server = "old proxies",
        .symptom = "MOVE is offered and answered with BAD",
        .remedy = "COPY and UID EXPUNGE (RFC 6851 section 1) from then on",
        .test = "a_move_that_is_not_understood_is_a_copy_and_an_expunge",
    },
    {
        .server = "many",
        .symptom = "APPENDUID is not told",
        .remedy = "the UID is 0, the engine finds the message",
        .test = "an_append_without_its_uid_is_no_failure",
    },
    {
        .server = "proxies over POP3 or a web service, old Proton Mail Bridge",
        .symptom = "another UIDVALIDITY with every SELECT",
        .remedy = "it is told as it is, and nothing said under the old one counts: the engine recognises the messages",
        .test = "a_uidvalidity_that_never_stays_is_told",
    },
};

const struct imap_quirk_entry *imap_quirk_entry(size_t n)
{
    return n < sizeof(entries) / sizeof(entries[0]) ? &entries[n] : NULL;
}

static bool is_host(const char *host, const char *domain)
{
    size_t n = strlen(host), d = strlen(domain);
    return n >= d && strcasecmp(host + n - d, domain) == 0 && (n == d || host[n - d - 1] == '.');
}

uint32_t imap_quirks_of_host(const char *host)
{
    uint32_t quirks = 0;
    const struct imap_quirk_entry *e;
    for (size_t i = 0; host && (e = imap_quirk_entry(i)); i++)
        if (e->host && is_host(host, e->host))
            quirks |= e->quirks;
    return quirks;
}

static bool is_word(struct fct_bytes a, const char *b)
{
    return a.n == strlen(b) && strncasecmp(a.p, b, a.n) == 0;
}

uint32_t imap_quirks_of_capability(struct fct_bytes atom)
{
    uint32_t quirks = 0;
    const struct imap_quirk_entry *e;
    for (size_t i = 0; (e = imap_quirk_entry(i)); i++)
        if (e->capability && is_word(atom, e->capability))
            quirks |= e->quirks;
    return quirks;
}

/* Where `words` stand in the text, in whatever case; NULL: nowhere. */
static const char *find_words(struct fct_bytes text, const char *words)
{
    size_t n = strlen(words);
    for (size_t i = 0; i + n <= text.n; i++)
        if (strncasecmp(text.p + i, words, n) == 0)
            return text.p + i;
    return NULL;
}

uint32_t imap_quirks_of_words(struct fct_bytes words)
{
    uint32_t quirks = 0;
    const struct imap_quirk_entry *e;
    for (size_t i = 0; (e = imap_quirk_entry(i)); i++)
        if (e->words && find_words(words, e->words))
            quirks |= e->quirks;
    return quirks;
}

static int64_t backoff_of(struct fct_bytes words)
{
    static const char asks[] = "Backoff Time: ";
    const char *at = find_words(words, asks), *end = words.p + words.n;
    int64_t ms = 0;
    if (!at)
        return 0;
    for (at += sizeof(asks) - 1; at < end && *at >= '0' && *at <= '9' && ms < WAIT_MAX_MS; at++)
        ms = ms * 10 + (*at - '0');
    return ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS;
}

bool imap_is_for_now(struct fct_bytes words, bool signing_in, int64_t *out_wait_ms)
{
    static const char *const known[] = {"temporar",     "again later",   "try later",         "throttled",
                                        "backoff time", "not connected", "server unavailable"};
    static const char *const known_to_login[] = {"too many",
                                                 "simultaneous"}; /* connections; elsewhere: flags, names... */
    *out_wait_ms = backoff_of(words);
    for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
        if (find_words(words, known[k]))
            return true;
    for (size_t k = 0; signing_in && k < sizeof(known_to_login) / sizeof(known_to_login[0]); k++)
        if (find_words(words, known_to_login[k]))
            return true;
    return false;
}
