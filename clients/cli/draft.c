#include "draft.h"

#include "attach.h"
#include "directory.h"
#include "editor.h"
#include "emails.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *field, *property;
} fields[] = {{"From", "from"}, {"To", "to"}, {"Cc", "cc"}, {"Bcc", "bcc"}};
#define N_FIELDS (sizeof(fields) / sizeof(*fields))

void draft_done(struct draft *d)
{
    free(d->account_id);
    json_decref(d->email);
    free(d->replaces);
    *d = (struct draft){0};
}

/* ---- where it begins -------------------------------------------------------------------------------------- */

static bool is_end(char c)
{
    return !c || strchr(" \t<>,;", c);
}

/* Whether the address stands in what was typed: "Jane <jane@example.org>". */
static bool names_address(const char *typed, const char *address)
{
    size_t n = strlen(address);

    for (const char *p = typed; n && (p = strcasestr(p, address)); p++)
        if ((p == typed || is_end(p[-1])) && is_end(p[n]))
            return true;
    return false;
}

/* Whether an identity's address, or "*@example.org", is the one that was typed. */
static bool is_identity_for(const json_t *identity, const char *typed)
{
    const char *email = json_text(identity, "email");
    const char *found = email[0] == '*' ? strcasestr(typed, email + 1) : NULL;

    return email[0] == '*' ? found && is_end(found[strlen(email + 1)]) : names_address(typed, email);
}

/* Those of an account, or with "*" of all. A new reference; NULL after telling. */
static json_t *load_identities(struct cli *cli, const char *account_id)
{
    json_auto_t *got = cli_call(cli, "Identity/get", json_pack("{s:s}", "accountId", account_id));

    return json_incref(json_object_get(got, "list"));
}

static const json_t *find_identity(const json_t *identities, const char *from)
{
    size_t i;
    json_t *identity;

    json_array_foreach(identities, i, identity)
    {
        if (is_identity_for(identity, from))
            return identity;
    }
    return NULL;
}

char *draft_identity(struct cli *cli, const char *account_id, const char *from)
{
    json_auto_t *identities = load_identities(cli, account_id);
    const json_t *found = find_identity(identities, from);

    if (identities && !found)
        cli_fail(cli, CLI_FAILED, "the account has no identity '%s'; 'facteur identity list' shows those there are",
                 from);
    return found ? xstrdup(json_text(found, "id")) : NULL;
}

static const json_t *sending_account(struct cli *cli, const json_t *accounts, const char *word, const json_t *identity)
{
    size_t i;
    json_t *account;

    if (word)
        return directory_account(cli, accounts, word);
    if (identity)
        return directory_by_id(accounts, json_text(identity, "accountId"));
    json_array_foreach(accounts, i, account)
    {
        if (*json_text(account, "address") && !json_is_true(json_object_get(account, "isLocal")))
            return account;
    }
    return directory_local(cli, accounts);
}

/* The mailbox is the account's drafts. */
static int check_mailbox(struct cli *cli, struct draft *d)
{
    if (json_object_get(d->email, "mailboxIds"))
        return 0;
    CLI_CLEANUP(freep) char *mailbox = directory_role_mailbox(cli, d->account_id, "drafts", "Drafts");
    if (mailbox)
        json_object_set_new(d->email, "mailboxIds", json_pack("{s:b}", mailbox, 1));
    return mailbox ? 0 : -1;
}

int draft_new(struct cli *cli, const struct draft_wish *wish, struct draft *out)
{
    json_auto_t *accounts = directory_accounts(cli);
    json_auto_t *identities = accounts ? load_identities(cli, "*") : NULL;
    const json_t *any = identities && wish->from ? find_identity(identities, wish->from) : NULL;
    const json_t *account = identities ? sending_account(cli, accounts, wish->account, any) : NULL;

    if (!account)
        return -1;
    const char *account_id = json_text(account, "id");
    json_auto_t *own = wish->account && wish->from ? load_identities(cli, account_id) : json_incref(identities);
    const json_t *identity = own && wish->from ? find_identity(own, wish->from) : NULL;
    json_auto_t *made =
        cli_call(cli, "Compose/new",
                 json_pack("{s:s, s:s?, s:s?, s:s}", "accountId", account_id, "identityId",
                           identity ? json_text(identity, "id") : NULL, "signature", wish->no_signature ? "none" : NULL,
                           wish->is_html ? "htmlText" : "text", wish->text));
    if (!own || !made)
        return -1;
    out->account_id = xstrdup(account_id);
    out->email = json_deep_copy(json_object_get(json_object_get(made, "create"), "draft"));
    return check_mailbox(cli, out);
}

int draft_set_sender(struct cli *cli, struct draft *d, const char *from)
{
    const json_t *now = json_array_get(json_object_get(d->email, "from"), 0);

    if (strcasecmp(json_text(now, "email"), from) == 0)
        return 0; /* with the name of the identity */
    json_auto_t *typed = json_pack("[s]", from);
    return draft_add_addresses(cli, d, "from", typed);
}

/* Placeholders of a template that stay as they are. */
static void tell_missing(const json_t *names)
{
    size_t i;
    json_t *name;

    json_array_foreach(names, i, name)
        cli_note("{{%s}} has no value; --set %s=... gives one", json_string_value(name), json_string_value(name));
}

int draft_answer(struct cli *cli, const char *method, const char *email_id, const char *from, json_t *args,
                 struct draft *out)
{
    char *ids[] = {(char *)email_id};
    json_auto_t *params = args;
    json_auto_t *list = emails_load(cli, ids, 1, json_pack("[s,s,s]", "id", "accountId", "keywords"));

    if (!list)
        return -1;
    const char *account_id = json_text(json_array_get(list, 0), "accountId");
    if (from) {
        CLI_CLEANUP(freep) char *identity = draft_identity(cli, account_id, from);
        if (!identity)
            return -1;
        json_object_set_new(params, "identityId", json_string(identity));
    }
    if (strcmp(method, "Compose/template") == 0 && !json_object_get(params, "values") &&
        email_has(json_array_get(list, 0), "$draft"))
        out->replaces = xstrdup(email_id);
    bool is_kept = out->replaces && email_has(json_array_get(list, 0), "$template");
    json_object_set_new(params, "accountId", json_string(account_id));
    json_object_set_new(params, "emailId", json_string(email_id));
    json_auto_t *made = cli_call(cli, method, json_incref(params));
    if (!made)
        return -1;
    out->account_id = xstrdup(account_id);
    out->email = json_deep_copy(json_object_get(json_object_get(made, "create"), "draft"));
    if (is_kept)
        json_object_set_new(json_object_get(out->email, "keywords"), "$template", json_true());
    tell_missing(json_object_get(made, "missing"));
    return check_mailbox(cli, out);
}

/* ---- addresses -------------------------------------------------------------------------------------------- */

/* {from, to, cc, bcc, subject} of header lines. A new reference; NULL after telling. */
static json_t *parse_header(struct cli *cli, const char *account_id, const char *header)
{
    CLI_CLEANUP(freep)
    char *blob = attach_bytes(cli, account_id, "the header", "message/rfc822", header, strlen(header));
    if (!blob)
        return NULL;
    json_auto_t *answer = cli_call(cli, "Email/parse",
                                   json_pack("{s:s, s:[s], s:[s,s,s,s,s]}", "accountId", account_id, "blobIds", blob,
                                             "properties", "from", "to", "cc", "bcc", "subject"));
    json_t *email = json_object_get(json_object_get(answer, "parsed"), blob);
    if (answer && !email)
        cli_fail(cli, CLI_FAILED, "the message must begin with header lines like 'To: jane@example.org'");
    return json_incref(email);
}

/* Whether each has an '@' with something on both sides; tells if not. */
static bool are_addresses(struct cli *cli, const json_t *list)
{
    size_t i;
    json_t *address;

    json_array_foreach(list, i, address)
    {
        const char *at = strchr(json_text(address, "email"), '@');
        if (!at || at == json_text(address, "email") || !at[1]) {
            cli_fail(cli, CLI_FAILED, "'%s' is no address", json_text(address, "email"));
            return false;
        }
    }
    return true;
}

int draft_add_addresses(struct cli *cli, struct draft *d, const char *property, const json_t *words)
{
    size_t i;
    json_t *word;

    if (json_array_size(words) == 0)
        return 0;
    json_t *all = json_object_get(d->email, property);
    if (!all || strcmp(property, "from") == 0) {
        json_object_set_new(d->email, property, json_array());
        all = json_object_get(d->email, property);
    }
    json_array_foreach(words, i, word)
    {
        const char *text = json_string_value(word);
        if (strpbrk(text, "\r\n"))
            return cli_fail(cli, CLI_USAGE, "an address must be one line"), -1;
        CLI_CLEANUP(freep) char *header = xasprintf("To: %s\r\n\r\n", text);
        json_auto_t *parsed = parse_header(cli, d->account_id, header);
        const json_t *list = json_object_get(parsed, "to");
        if (!parsed || !are_addresses(cli, list))
            return -1;
        if (json_array_size(list) == 0)
            return cli_fail(cli, CLI_FAILED, "'%s' is no address", text), -1;
        json_array_extend(all, (json_t *)list);
    }
    return 0;
}

/* ---- text and files --------------------------------------------------------------------------------------- */

void draft_set_text(struct draft *d, const char *text, bool is_html)
{
    json_object_set_new(d->email, "bodyValues", json_pack("{s:{s:s}}", "text", "value", text));
    if (is_html) {
        json_object_set_new(d->email, "htmlBody", json_pack("[{s:s, s:s}]", "partId", "text", "type", "text/html"));
        json_object_set_new(d->email, "generateTextBody", json_true());
    } else {
        json_object_set_new(d->email, "textBody",
                            json_pack("[{s:s, s:s, s:s}]", "partId", "text", "type", "text/plain", "format", "flowed"));
    }
}

const char *draft_text(const struct draft *d)
{
    return json_text(json_object_get(json_object_get(d->email, "bodyValues"), "text"), "value");
}

int draft_attach(struct cli *cli, struct draft *d, const json_t *paths, bool is_inline)
{
    size_t i;
    json_t *path;

    json_array_foreach(paths, i, path)
    {
        json_t *part =
            attach_file(cli, d->account_id, json_string_value(path), is_inline ? ATTACH_INLINE : ATTACH_FILE);
        if (!part)
            return -1;
        if (!json_object_get(d->email, "attachments"))
            json_object_set_new(d->email, "attachments", json_array());
        json_array_append_new(json_object_get(d->email, "attachments"), part);
    }
    return 0;
}

/* ---- written by a person ---------------------------------------------------------------------------------- */

static void print_address(FILE *out, const json_t *address)
{
    const char *name = json_text(address, "name");

    if (!*name) {
        fputs(json_text(address, "email"), out);
        return;
    }
    fputc('"', out);
    for (const char *c = name; *c; c++) {
        if (*c == '"' || *c == '\\')
            fputc('\\', out);
        fputc((unsigned char)*c < 0x20 ? ' ' : *c, out);
    }
    fprintf(out, "\" <%s>", json_text(address, "email"));
}

/* Header lines, an empty one, the text. Freed by the caller. */
static char *written(const struct draft *d)
{
    char *text = NULL;
    size_t n = 0, k;
    FILE *out = open_memstream(&text, &n);
    json_t *address;

    if (!out)
        abort();
    for (size_t i = 0; i < N_FIELDS; i++) {
        fprintf(out, "%s: ", fields[i].field);
        json_array_foreach(json_object_get(d->email, fields[i].property), k, address)
        {
            if (k)
                fputs(", ", out);
            print_address(out, address);
        }
        fputc('\n', out);
    }
    fprintf(out, "Subject: %s\n\n%s", json_text(d->email, "subject"), draft_text(d));
    fclose(out);
    return text;
}

/* Behind the empty line that ends the header. */
static char *body_of(char *text)
{
    for (char *line = text, *nl; (nl = strchr(line, '\n')); line = nl + 1)
        if (nl == line || (nl == line + 1 && *line == '\r')) {
            *line = '\0'; /* the header ends here */
            return nl + 1;
        }
    return text + strlen(text);
}

static int take_header(struct cli *cli, struct draft *d, const char *header)
{
    json_auto_t *parsed = parse_header(cli, d->account_id, header);

    for (size_t i = 0; parsed && i < N_FIELDS; i++) {
        json_t *list = json_object_get(parsed, fields[i].property);
        if (!are_addresses(cli, list))
            return -1;
        json_object_set(d->email, fields[i].property, list);
    }
    if (parsed)
        json_object_set(d->email, "subject", json_object_get(parsed, "subject"));
    return parsed ? 0 : -1;
}

static int take_text(struct cli *cli, struct draft *d, const char *body)
{
    json_auto_t *value = json_string(body);

    if (!value)
        return cli_fail(cli, CLI_FAILED, "the text is no UTF-8"), -1;
    draft_set_text(d, body, false);
    return 0;
}

int draft_edit(struct cli *cli, struct draft *d, char **out_path)
{
    CLI_CLEANUP(freep) char *before = written(d), *text = NULL;

    if (editor_edit(cli, before, &text, out_path) < 0)
        return -1;
    char *body = body_of(text);
    if (take_header(cli, d, text) == 0 && take_text(cli, d, body) == 0)
        return 0;
    editor_done(*out_path, true);
    *out_path = NULL;
    return -1;
}

/* ---- stored ----------------------------------------------------------------------------------------------- */

/* RFC 8098 section 2.1: to whoever writes it. */
static void ask_for_receipt(const struct draft *d)
{
    static const char property[] = "header:Disposition-Notification-To:asAddresses";

    if (d->wants_receipt && json_array_size(json_object_get(d->email, "from")) > 0)
        json_object_set(d->email, property, json_object_get(d->email, "from"));
}

int draft_create(struct cli *cli, const struct draft *d, json_t **out_created)
{
    ask_for_receipt(d);
    if (d->replaces)
        json_object_set_new(d->email, "replaces", json_string(d->replaces));
    json_auto_t *result = cli_call(
        cli, "Email/set", json_pack("{s:s, s:{s:O}}", "accountId", d->account_id, "create", "draft", d->email));
    json_t *created = json_object_get(json_object_get(result, "created"), "draft");

    if (!result)
        return -1;
    if (!created) {
        cli_tell_set_error("the draft", json_object_get(json_object_get(result, "notCreated"), "draft"));
        cli->status = CLI_FAILED;
        return -1;
    }
    json_object_set_new(created, "accountId", json_string(d->account_id));
    *out_created = json_incref(created);
    return 0;
}

int draft_store(struct cli *cli, struct draft *d, bool may_edit, json_t **out_created)
{
    char *path = NULL;

    if (editor_can() && may_edit && draft_edit(cli, d, &path) < 0)
        return -1;
    int result = draft_create(cli, d, out_created);
    editor_done(path, result < 0);
    return result;
}

int draft_print(const struct cli *cli, const json_t *created)
{
    if (cli->json)
        cli_print_json(created);
    else
        printf("%s\n", json_text(created, "id"));
    return CLI_DONE;
}

int draft_finish(struct cli *cli, struct draft *d, bool may_edit)
{
    json_auto_t *created = NULL;

    return draft_store(cli, d, may_edit, &created) < 0 ? cli->status : draft_print(cli, created);
}
