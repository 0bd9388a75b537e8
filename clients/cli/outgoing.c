#include "outgoing.h"

#include "base64.h"
#include "directory.h"

#include <facteur/client.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)1024 * 1024)

void outgoing_done(struct outgoing *o)
{
    free(o->text);
    json_decref(o->to);
}

/* ---- reading ---------------------------------------------------------------------------------------------- */

static bool is_dot(const char *line, size_t n)
{
    return (n == 2 && line[0] == '.' && line[1] == '\n') || (n == 3 && memcmp(line, ".\r\n", 3) == 0);
}

static void add_char(struct outgoing *o, size_t *room, char c)
{
    if (o->n == *room) {
        *room = *room ? 2 * *room : PIECE_BYTES;
        o->text = xrealloc(o->text, *room);
    }
    o->text[o->n++] = c;
}

/* By characters: a line may be endless. */
static int read_lines(FILE *file, bool ends_at_dot, struct outgoing *o)
{
    size_t room = 0, line = 0; /* where it begins */
    int c;

    while ((c = getc_unlocked(file)) != EOF) {
        if (o->n == OUTGOING_MAX) {
            errno = EFBIG;
            return -1;
        }
        add_char(o, &room, (char)c);
        if (c != '\n')
            continue;
        if (ends_at_dot && is_dot(o->text + line, o->n - line)) {
            o->n = line;
            return 0;
        }
        line = o->n;
    }
    return ferror(file) ? -1 : 0;
}

int outgoing_read(struct cli *cli, const char *path, bool ends_at_dot, struct outgoing *o)
{
    FILE *file = path ? fopen(path, "re") : stdin;
    int failed = file ? read_lines(file, ends_at_dot, o) : -1, why = errno;

    if (file && path)
        fclose(file);
    errno = why;
    if (failed && why == EFBIG)
        cli_fail(cli, CLI_FAILED, "the message is larger than 64 MB");
    else if (failed)
        cli_fail(cli, CLI_FAILED, "cannot read %s: %m", path ? path : "standard input");
    return failed;
}

/* ---- the header ------------------------------------------------------------------------------------------- */

/* The length of the line at p, with its end. */
static size_t line_length(const char *p, const char *end)
{
    const char *lf = memchr(p, '\n', (size_t)(end - p));

    return lf ? (size_t)(lf + 1 - p) : (size_t)(end - p);
}

static bool is_empty_line(const char *p, size_t n)
{
    return n == 0 || p[0] == '\n' || (n > 1 && p[0] == '\r' && p[1] == '\n');
}

/* Where the body of a field begins; NULL: there is none. */
static const char *find_field(const struct outgoing *o, const char *field)
{
    const char *p = o->text, *end = o->text + o->n;
    size_t n = strlen(field);

    while (p && p < end) {
        size_t length = line_length(p, end);
        if (is_empty_line(p, length))
            return NULL;
        if (length > n && strncasecmp(p, field, n) == 0 && p[n] == ':')
            return p + n + 1;
        p += length;
    }
    return NULL;
}

bool outgoing_has(const struct outgoing *o, const char *field)
{
    return find_field(o, field) != NULL;
}

/* "From " in front of a message is an envelope of mbox, and no field. */
static void drop_mbox_line(struct outgoing *o)
{
    if (o->n < 5 || memcmp(o->text, "From ", 5) != 0)
        return;
    size_t length = line_length(o->text, o->text + o->n);
    o->n -= length;
    memmove(o->text, o->text + length, o->n);
}

/* Whether a line is a field, or its continuation (RFC 5322 section 2.2). */
static bool is_header_line(const char *p, size_t n)
{
    size_t name = 0;

    if (p[0] == ' ' || p[0] == '\t')
        return true;
    while (name < n && p[name] > ' ' && p[name] < 0x7f && p[name] != ':')
        name++;
    while (name > 0 && name < n && (p[name] == ' ' || p[name] == '\t')) /* section 4.5 */
        name++;
    return name > 0 && name < n && p[name] == ':';
}

/* "echo full | sendmail root": a line that is no field begins the body, as with every sendmail, and what stands in the
 * body is no recipient. */
static void end_header(struct outgoing *o)
{
    size_t at = 0;

    while (at < o->n) {
        const char *p = o->text + at;
        size_t length = line_length(p, o->text + o->n);
        if (is_empty_line(p, length))
            return;
        if (!is_header_line(p, length) || (at == 0 && (p[0] == ' ' || p[0] == '\t')))
            break;
        at += length;
    }
    o->text = xrealloc(o->text, o->n + 1);
    memmove(o->text + at + 1, o->text + at, o->n - at);
    o->text[at] = '\n';
    o->n++;
}

/* The address in "Jane <jane@example.org>" or "jane@example.org (Jane)"; freed by the caller, NULL: there is none. What
 * the field says exactly is for facteurd to find out: this only chooses the account. */
static char *address_of(const struct outgoing *o)
{
    const char *p = find_field(o, "from"), *end = o->text + o->n;
    if (!p)
        return NULL;
    size_t n = line_length(p, end);
    while (p + n < end && (p[n] == ' ' || p[n] == '\t'))
        n += line_length(p + n, end);
    const char *open = memchr(p, '<', n), *close = open ? memchr(open, '>', n - (size_t)(open - p)) : NULL;
    if (close) {
        p = open + 1;
        n = (size_t)(close - p);
    }
    while (n > 0 && strchr(" \t\r\n", *p))
        p++, n--;
    size_t length = 0;
    while (length < n && !strchr(" \t\r\n(,;", p[length]))
        length++;
    return memchr(p, '@', length) ? xasprintf("%.*s", (int)length, p) : NULL;
}

static void append(char **to, size_t *n, const char *p, size_t length)
{
    memcpy(*to + *n, p, length);
    *n += length;
}

/* CRLF at the end of each line; what stands between them stays. */
static void make_crlf(struct outgoing *o, const char *in_front)
{
    size_t front = strlen(in_front), n = 0;
    char *out = xmalloc(front + 2 * o->n + 3);

    append(&out, &n, in_front, front);
    for (const char *p = o->text, *end = o->text + o->n; p && p < end;) {
        size_t length = line_length(p, end), text = length;
        while (text > 0 && p[text - 1] == '\n')
            text--;
        if (text > 0 && p[text - 1] == '\r')
            text--;
        append(&out, &n, p, text);
        append(&out, &n, "\r\n", 2);
        p += length;
    }
    free(o->text);
    o->text = out;
    o->n = n;
}

static char *date_field(void)
{
    char text[64];
    time_t now = time(NULL);
    struct tm tm;

    localtime_r(&now, &tm);
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    long zone = tm.tm_gmtoff / 60;
    snprintf(text, sizeof(text), "%s, %d %s %d %02d:%02d:%02d %c%02ld%02ld", days[tm.tm_wday], tm.tm_mday,
             months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec, zone < 0 ? '-' : '+',
             labs(zone) / 60, labs(zone) % 60);
    return xasprintf("Date: %s\r\n", text);
}

#define RANDOM_BYTES 16
#define WORD_BYTES 45 /* of text in an encoded word, which has 75 characters at most */

static void random_hex(char out[2 * RANDOM_BYTES + 1])
{
    unsigned char random[RANDOM_BYTES] = {0};
    FILE *file = fopen("/dev/urandom", "re");

    if (!file || fread(random, 1, sizeof(random), file) != sizeof(random))
        snprintf((char *)random, sizeof(random), "%lx%x", (long)time(NULL), (unsigned)getpid());
    if (file)
        fclose(file);
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(out + 2 * i, 3, "%02x", random[i]);
}

/* Nothing in it tells of this machine (RFC 5322 section 3.6.4 wants it to be unique). */
static char *message_id_field(const char *sender)
{
    char hex[2 * RANDOM_BYTES + 1];
    const char *at = strrchr(sender, '@');

    random_hex(hex);
    return xasprintf("Message-ID: <%s@%s>\r\n", hex, at ? at + 1 : "localhost");
}

/* The next encoded word of a text (RFC 2047), cut between characters; control characters are spaces. Freed by the
 * caller.
 */
static char *encoded_word(const char **text)
{
    char part[WORD_BYTES];
    size_t n = strlen(*text) > sizeof(part) ? sizeof(part) : strlen(*text), ignored;

    while (n > 1 && ((unsigned char)(*text)[n] & 0xc0) == 0x80)
        n--;
    for (size_t i = 0; i < n; i++)
        part[i] = (unsigned char)(*text)[i] < ' ' || (*text)[i] == 0x7f ? ' ' : (*text)[i];
    *text += n;
    CLI_CLEANUP(freep) char *base64 = base64_encode(part, n, &ignored);
    return xasprintf("=?UTF-8?B?%s?=", base64);
}

/* A name as a quoted string, or in UTF-8 and base64 where it is not ASCII. */
static char *from_field(const char *name, const char *address)
{
    bool is_ascii = strlen(name) <= 200;

    if (!*name)
        return xasprintf("From: %s\r\n", address);
    for (const char *c = name; *c; c++)
        is_ascii = is_ascii && *c >= ' ' && *c < 0x7f && *c != '"' && *c != '\\';
    if (is_ascii)
        return xasprintf("From: \"%s\" <%s>\r\n", name, address);
    char *field = xstrdup("From:");
    while (*name) {
        CLI_CLEANUP(freep) char *word = encoded_word(&name);
        char *longer = xasprintf("%s %s\r\n", field, word);
        free(field);
        field = longer;
    }
    char *whole = xasprintf("%s <%s>\r\n", field, address);
    free(field);
    return whole;
}

/* ---- who sends -------------------------------------------------------------------------------------------- */

static bool is_for(const char *pattern, const char *address)
{
    const char *at = strrchr(address, '@');

    return pattern[0] == '*' ? at && strcasecmp(at, pattern + 1) == 0 : strcasecmp(pattern, address) == 0;
}

static bool can_send(const json_t *account)
{
    return *json_text(account, "transport") && json_is_true(json_object_get(account, "isEnabled"));
}

/* The first identity, of an account that can send, for this address (NULL: any with one address). Borrowed; NULL: none.
 */
static const json_t *find_identity(const json_t *accounts, const json_t *identities, const char *address)
{
    size_t i, k;
    json_t *account, *identity;

    json_array_foreach(accounts, i, account)
    {
        if (!can_send(account))
            continue;
        json_array_foreach(identities, k, identity)
        {
            const char *email = json_text(identity, "email");
            if (strcmp(json_text(identity, "accountId"), json_text(account, "id")) == 0 &&
                (address ? is_for(email, address) : email[0] != '*'))
                return identity;
        }
    }
    return NULL;
}

/* Puts in front what is missing. */
static void complete(struct outgoing *o, const json_t *identity, const char *address)
{
    CLI_CLEANUP(freep) char *from = NULL;
    CLI_CLEANUP(freep) char *date = NULL;
    CLI_CLEANUP(freep) char *id = NULL;
    CLI_CLEANUP(freep) char *receipt = NULL;

    if (!outgoing_has(o, "from"))
        from = from_field(o->name ? o->name : json_text(identity, "name"), address);
    if (!outgoing_has(o, "date"))
        date = date_field();
    if (!outgoing_has(o, "message-id"))
        id = message_id_field(address);
    if (o->wants_receipt && !outgoing_has(o, "disposition-notification-to"))
        receipt = xasprintf("Disposition-Notification-To: <%s>\r\n", address);
    CLI_CLEANUP(freep)
    char *all = xasprintf("%s%s%s%s", from ? from : "", date ? date : "", id ? id : "", receipt ? receipt : "");
    make_crlf(o, all);
}

/* ---- handing over ----------------------------------------------------------------------------------------- */

/* `data` for Blob/upload: in pieces where it is large. NULL after telling. */
static json_t *upload_data(struct cli *cli, const char *account_id, const struct outgoing *o)
{
    json_t *data = json_array();

    for (size_t at = 0; at < o->n || at == 0; at += PIECE_BYTES) {
        size_t n = o->n - at < PIECE_BYTES ? o->n - at : PIECE_BYTES, length;
        CLI_CLEANUP(freep) char *text = base64_encode(o->text + at, n, &length);
        if (o->n <= PIECE_BYTES) {
            json_array_append_new(data, json_pack("{s:s%}", "data:asBase64", text, length));
            return data;
        }
        json_auto_t *result = cli_call(cli, "Blob/upload",
                                       json_pack("{s:s, s:{s:{s:[{s:s%}]}}}", "accountId", account_id, "create",
                                                 "piece", "data", "data:asBase64", text, length));
        const char *id = json_text(json_object_get(json_object_get(result, "created"), "piece"), "id");
        if (!*id) {
            if (result)
                cli_tell_set_error("the message", json_object_get(json_object_get(result, "notCreated"), "piece"));
            json_decref(data);
            return NULL;
        }
        json_array_append_new(data, json_pack("{s:s}", "blobId", id));
    }
    return data;
}

/* NULL, for facteurd to make it, unless something is to be said that the message does not say. */
static json_t *envelope(const struct outgoing *o, const char *sender)
{
    json_t *to = json_array(), *parameters = json_null(), *address;
    size_t i;

    if (!o->to || json_array_size(o->to) == 0) {
        json_decref(to);
        return json_null();
    }
    json_array_foreach(o->to, i, address)
        json_array_append_new(to, json_pack("{s:O, s:n}", "email", address, "parameters"));
    if (o->until)
        parameters = json_pack("{s:s}", "HOLDUNTIL", o->until);
    else if (o->hold > 0)
        parameters = json_pack("{s:o}", "HOLDFOR", json_sprintf("%lld", (long long)o->hold));
    return json_pack("{s:{s:s, s:o}, s:o}", "mailFrom", "email", sender, "parameters", parameters, "rcptTo", to);
}

static enum outgoing_trouble trouble_of(const json_t *error)
{
    const char *type = json_text(error, "type");

    if (strcmp(type, "noRecipients") == 0 || strcmp(type, "invalidRecipients") == 0 ||
        strcmp(type, "tooManyRecipients") == 0)
        return OUTGOING_BAD_RECIPIENT;
    if (strcmp(type, "forbiddenFrom") == 0 || strcmp(type, "forbiddenMailFrom") == 0 ||
        strcmp(type, "forbiddenToSend") == 0)
        return OUTGOING_NO_SENDER;
    if (strcmp(type, "serverUnavailable") == 0) /* of a message of which only the header is here */
        return OUTGOING_LATER;
    return strcmp(type, "invalidEmail") == 0 || strcmp(type, "tooLarge") == 0 ? OUTGOING_BAD_MESSAGE : OUTGOING_OTHER;
}

static enum outgoing_trouble tell_refused(struct cli *cli, const json_t *error)
{
    const json_t *invalid = json_object_get(error, "invalidRecipients");
    size_t i;
    json_t *address;

    cli_tell_set_error("not sent", error);
    json_array_foreach(invalid, i, address) cli_note("'%s' is no address to send to", json_string_value(address));
    cli->status = CLI_FAILED;
    return trouble_of(error);
}

/* A draft of the account that is the message. What is there already, to the byte, is sent once more. Freed by the
 * caller; NULL after telling. */
static char *make_draft(struct cli *cli, const char *account_id, const char *drafts, const struct outgoing *o,
                        bool *out_is_new)
{
    json_t *data = upload_data(cli, account_id, o);
    if (!data)
        return NULL;
    struct facteur_step steps[] = {
        {.id = "u",
         .method = "Blob/upload",
         .params = json_pack("{s:s, s:{s:{s:o, s:s}}}", "accountId", account_id, "create", "m", "data", data, "type",
                             "message/rfc822")},
        {.id = "i",
         .method = "Email/import",
         .params = json_pack("{s:s, s:{s:{s:s, s:{s:b}, s:{s:b, s:b}}}}", "accountId", account_id, "emails", "e",
                             "blobId", "#m", "mailboxIds", drafts, 1, "keywords", "$draft", 1, "$seen", 1)},
    };
    enum facteur_outcome outcome = facteur_client_batch(cli->rpc, steps, 2);
    json_auto_t *uploaded = steps[0].result, *upload_error = steps[0].error, *imported = steps[1].result,
                *import_error = steps[1].error;
    if (outcome == FACTEUR_LOST) {
        cli_lost(cli);
        return NULL;
    }
    const char *id = json_text(json_object_get(json_object_get(imported, "created"), "e"), "id");
    const json_t *not_uploaded = json_object_get(json_object_get(uploaded, "notCreated"), "m");
    const json_t *error = not_uploaded ? not_uploaded : json_object_get(json_object_get(imported, "notCreated"), "e");
    *out_is_new = *id != '\0';
    if (!*id)
        id = json_text(error, "existingId");
    if (*id)
        return xstrdup(id);
    if (error)
        cli_tell_set_error("the message", error);
    else
        cli_tell_error(NULL, upload_error ? upload_error : import_error);
    cli->status = CLI_FAILED;
    return NULL;
}

static bool may_pass(const json_t *error)
{
    return strcmp(json_text(json_object_get(error, "data"), "retry"), "later") == 0;
}

/* The connection ended in the midst of a call: the same one, over another connection. facteurd knows it by its key and
 * does it once. */
static json_t *call_again(struct cli *cli, const char *method, json_t *params, json_t **out_error)
{
    facteur_client_close(cli->rpc);
    cli->rpc = NULL;
    cli->status = CLI_DONE;
    return cli_try(cli, method, params, out_error);
}

/* facteurd ended while it had the call. The Email is new: whatever was submitted of it is what we wanted. NULL: nothing
 * was. */
static json_t *find_submitted(struct cli *cli, const char *account_id, const char *email_id)
{
    json_auto_t *found =
        cli_call(cli, "EmailSubmission/query",
                 json_pack("{s:s, s:{s:[s]}}", "accountId", account_id, "filter", "emailIds", email_id));
    json_auto_t *got =
        found ? cli_call(cli, "EmailSubmission/get",
                         json_pack("{s:s, s:O}", "accountId", account_id, "ids", json_object_get(found, "ids")))
              : NULL;

    return json_incref(json_array_get(json_object_get(got, "list"), 0));
}

static bool is_unknown(const json_t *error)
{
    return strcmp(json_text(json_object_get(error, "data"), "type"), "outcomeUnknown") == 0;
}

/* The answer of EmailSubmission/set, or NULL after telling: then *out_trouble says why, or it is OUTGOING_FINE and *out
 * what had been submitted. A caller that is told "later" tries again, so whether it was done must be found out. */
static json_t *submit_once(struct cli *cli, const char *account_id, const char *email_id, bool is_new, json_t *params,
                           json_t **out, enum outgoing_trouble *out_trouble)
{
    char key[2 * RANDOM_BYTES + 1];
    json_auto_t *error = NULL, *owner = params;
    const char *method = "EmailSubmission/set";

    random_hex(key);
    json_object_set_new(owner, "idempotencyKey", json_string(key));
    json_t *result = cli_try(cli, method, json_incref(owner), &error);
    if (!result && !error && cli->status == CLI_NO_CORE && cli->rpc)
        result = call_again(cli, method, json_incref(owner), &error);
    if (!result && is_unknown(error) && is_new) {
        json_decref(error);
        error = NULL;
        cli->status = CLI_DONE;
        if ((*out = find_submitted(cli, account_id, email_id))) {
            *out_trouble = OUTGOING_FINE;
            return NULL;
        }
        random_hex(key);
        json_object_set_new(owner, "idempotencyKey", json_string(key));
        if (cli->status == CLI_DONE)
            result = cli_try(cli, method, json_incref(owner), &error);
    }
    if (error)
        cli_tell_error(NULL, error);
    *out_trouble = cli->status == CLI_NO_CORE ? OUTGOING_NO_CORE : may_pass(error) ? OUTGOING_LATER : OUTGOING_OTHER;
    return result;
}

static enum outgoing_trouble submit(struct cli *cli, const char *account_id, const char *identity_id,
                                    const char *email_id, bool is_new, json_t *envelope, const char *drafts,
                                    const char *sent, json_t **out)
{
    enum outgoing_trouble trouble = OUTGOING_OTHER;
    CLI_CLEANUP(freep) char *from_drafts = xasprintf("mailboxIds/%s", drafts);
    CLI_CLEANUP(freep) char *to_sent = xasprintf("mailboxIds/%s", sent);
    json_t *params = json_pack("{s:s, s:{s:{s:s, s:s, s:o}}, s:{s:{s:n, s:b, s:n}}}", "accountId", account_id, "create",
                               "k", "identityId", identity_id, "emailId", email_id, "envelope", envelope,
                               "onSuccessUpdateEmail", "#k", from_drafts, to_sent, 1, "keywords/$draft");
    json_auto_t *result = submit_once(cli, account_id, email_id, is_new, params, out, &trouble);
    if (!result)
        return trouble;
    json_t *created = json_object_get(json_object_get(result, "created"), "k");
    if (!created)
        return tell_refused(cli, json_object_get(json_object_get(result, "notCreated"), "k"));
    json_object_set_new(created, "accountId", json_string(account_id));
    *out = json_incref(created);
    return OUTGOING_FINE;
}

enum outgoing_trouble outgoing_submit_draft(struct cli *cli, const char *account_id, const char *identity_id,
                                            const char *email_id, json_t *envelope, json_t **out_submission)
{
    json_auto_t *owner = envelope;
    CLI_CLEANUP(freep) char *drafts = directory_role_mailbox(cli, account_id, "drafts", "Drafts");
    CLI_CLEANUP(freep) char *sent = drafts ? directory_role_mailbox(cli, account_id, "sent", "Sent") : NULL;
    if (!sent)
        return cli->status == CLI_NO_CORE ? OUTGOING_NO_CORE : OUTGOING_OTHER;
    return submit(cli, account_id, identity_id, email_id, true, json_incref(owner), drafts, sent, out_submission);
}

/* What could not be submitted is no draft that anybody wanted. */
static void drop_draft(struct cli *cli, const char *account_id, const char *email_id)
{
    int status = cli->status;
    json_auto_t *result = cli_call(
        cli, "Email/set", json_pack("{s:s, s:[s], s:b}", "accountId", account_id, "destroy", email_id, "undoable", 0));
    (void)result;
    cli->status = status;
}

/* Who it goes to, as the message says: with a hold the envelope must be given, and only facteurd can read the header.
 * False after telling. */
static bool add_addressees(struct cli *cli, const char *account_id, const char *email_id, struct outgoing *o)
{
    static const char *const fields[] = {"to", "cc", "bcc"};
    json_auto_t *got = cli_call(cli, "Email/get",
                                json_pack("{s:s, s:[s], s:[s, s, s]}", "accountId", account_id, "ids", email_id,
                                          "properties", "to", "cc", "bcc"));
    const json_t *email = json_array_get(json_object_get(got, "list"), 0);
    json_t *one;
    size_t i;

    if (!o->to)
        o->to = json_array();
    for (size_t f = 0; f < 3; f++)
        json_array_foreach(json_object_get(email, fields[f]), i, one)
            json_array_append(o->to, json_object_get(one, "email"));
    if (got && !email)
        cli_fail(cli, CLI_FAILED, "the message is gone");
    return email != NULL;
}

enum outgoing_trouble outgoing_submit(struct cli *cli, struct outgoing *o, json_t **out_submission)
{
    drop_mbox_line(o);
    end_header(o);
    CLI_CLEANUP(freep) char *author = address_of(o);
    const char *wanted = o->from && strchr(o->from, '@') ? o->from : author;
    json_auto_t *accounts = directory_accounts(cli);
    json_auto_t *identities = accounts ? cli_call(cli, "Identity/get", json_pack("{s:s}", "accountId", "*")) : NULL;
    if (!identities)
        return cli->status == CLI_NO_CORE ? OUTGOING_NO_CORE : OUTGOING_OTHER;
    const json_t *identity = find_identity(accounts, json_object_get(identities, "list"), wanted);
    if (!identity) {
        cli_fail(cli, CLI_FAILED,
                 wanted ? "no account sends as %s" : "no account can send: 'facteur account add ... --transport URL'",
                 wanted);
        return OUTGOING_NO_SENDER;
    }
    const char *sender = wanted ? wanted : json_text(identity, "email"), *account_id = json_text(identity, "accountId");
    complete(o, identity, sender);
    CLI_CLEANUP(freep) char *drafts = directory_role_mailbox(cli, account_id, "drafts", "Drafts");
    CLI_CLEANUP(freep) char *sent = drafts ? directory_role_mailbox(cli, account_id, "sent", "Sent") : NULL;
    bool is_new = false;
    CLI_CLEANUP(freep) char *email_id = sent ? make_draft(cli, account_id, drafts, o, &is_new) : NULL;
    if (!email_id)
        return cli->status == CLI_NO_CORE ? OUTGOING_NO_CORE : OUTGOING_OTHER;
    bool is_given = o->hold > 0 || o->until || o->from; /* what the message does not say of itself */
    enum outgoing_trouble trouble = OUTGOING_OTHER; /* without its envelope it would go out at once, and to others */
    if (!(o->to ? o->adds_to_header : is_given) || add_addressees(cli, account_id, email_id, o))
        trouble = submit(cli, account_id, json_text(identity, "id"), email_id, is_new, envelope(o, sender), drafts,
                         sent, out_submission);
    else if (cli->status == CLI_NO_CORE)
        trouble = OUTGOING_NO_CORE;
    if (trouble != OUTGOING_FINE && trouble != OUTGOING_NO_CORE && is_new)
        drop_draft(cli, account_id, email_id);
    return trouble;
}

/* ---- drafts ----------------------------------------------------------------------------------------------- */

/* Who sends the draft: the account's identity for its From. Borrowed from `identities`; NULL after telling. */
static const json_t *identity_of(struct cli *cli, const json_t *identities, const json_t *email)
{
    const char *from = json_text(json_array_get(json_object_get(email, "from"), 0), "email");
    size_t i;
    json_t *identity;

    json_array_foreach(identities, i, identity)
    {
        if (*from && is_for(json_text(identity, "email"), from))
            return identity;
    }
    cli_fail(cli, CLI_FAILED, "the account has no identity '%s'; 'facteur identity list' shows those there are", from);
    return NULL;
}

enum outgoing_trouble outgoing_send_draft(struct cli *cli, const char *account_id, const char *email_id,
                                          struct outgoing *o, json_t **out_submission)
{
    json_auto_t *got =
        cli_call(cli, "Email/get",
                 json_pack("{s:s, s:[s], s:[s]}", "accountId", account_id, "ids", email_id, "properties", "from"));
    json_auto_t *identities = got ? cli_call(cli, "Identity/get", json_pack("{s:s}", "accountId", account_id)) : NULL;
    const json_t *email = json_array_get(json_object_get(got, "list"), 0);

    if (!identities)
        return cli->status == CLI_NO_CORE ? OUTGOING_NO_CORE : OUTGOING_OTHER;
    const json_t *identity = identity_of(cli, json_object_get(identities, "list"), email);
    if (!identity)
        return OUTGOING_NO_SENDER;
    bool is_held = o->hold > 0 || o->until; /* only an envelope can say that, and then it must say to whom */
    if (is_held && !add_addressees(cli, account_id, email_id, o))
        return cli->status == CLI_NO_CORE ? OUTGOING_NO_CORE : OUTGOING_OTHER;
    const char *sender = json_text(json_array_get(json_object_get(email, "from"), 0), "email");
    return outgoing_submit_draft(cli, account_id, json_text(identity, "id"), email_id,
                                 is_held ? envelope(o, sender) : json_null(), out_submission);
}
