/* cmd_import.c - messages from files into an account, the local one unless told otherwise: Blob/upload and Email/import
 * in one batch after another.
 *
 * A batch holds at most BATCH_MESSAGES messages and BATCH_BYTES of them. A message larger than that is uploaded in
 * pieces, which facteurd puts together (RFC 9404 section 4.1: `data` with a blobId).
 */
#include "base64.h"
#include "cli.h"
#include "commands.h"
#include "directory.h"
#include "mailfiles.h"
#include "options.h"
#include "progress.h"
#include "term.h"

#include <facteur/client.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#define BATCH_MESSAGES 200
#define BATCH_BYTES ((size_t)1024 * 1024)
#define PIECE_BYTES ((size_t)1024 * 1024)
#define UNTOLD_AFTER 20 /* failures that are told one by one */

struct import {
    struct cli *cli;
    char *account_id;
    json_t *mailboxes;        /* all of the account, kept up to date */
    char *target;             /* mailbox id of what is in no subfolder */
    bool into_target;         /* subfolders too */
    json_t *folders;          /* folder name to mailbox id */
    json_t *uploads, *emails; /* the batch: creation id to argument */
    json_t *paths;            /* creation id to where it came from */
    size_t batch_bytes, number;
    uint64_t imported, failed, known, bytes_done, bytes_total;
    struct progress *progress;
};

/* ---- mailboxes -------------------------------------------------------------------------------------------- */

static const json_t *child_named(const json_t *mailboxes, const char *parent_id, const char *name)
{
    size_t i;
    json_t *mailbox;

    json_array_foreach(mailboxes, i, mailbox)
    {
        if (strcmp(json_text(mailbox, "parentId"), parent_id) == 0 && strcasecmp(json_text(mailbox, "name"), name) == 0)
            return mailbox;
    }
    return NULL;
}

/* Makes one mailbox. Its id is the caller's; NULL after telling. */
static char *make_mailbox(struct import *im, const char *parent_id, const char *name)
{
    json_t *parent = *parent_id ? json_string(parent_id) : json_null();
    json_auto_t *result = cli_call(im->cli, "Mailbox/set",
                                   json_pack("{s:s, s:{s:{s:s, s:o}}}", "accountId", im->account_id, "create", "new",
                                             "name", name, "parentId", parent));
    if (!result)
        return NULL;
    const char *id = json_text(json_object_get(json_object_get(result, "created"), "new"), "id");
    if (!*id) {
        cli_tell_set_error(name, json_object_get(json_object_get(result, "notCreated"), "new"));
        im->cli->status = CLI_FAILED;
        return NULL;
    }
    json_array_append_new(im->mailboxes, json_pack("{s:s, s:s, s:s, s:s}", "id", id, "name", name, "parentId",
                                                   parent_id, "accountId", im->account_id));
    return xstrdup(id);
}

/* The mailbox "A/B", made where it is missing. Its id is the caller's; NULL after telling. */
static char *mailbox_for(struct import *im, const char *path)
{
    CLI_CLEANUP(freep) char *copy = xstrdup(path);
    char *rest = copy, *name, *id = xstrdup("");
    bool is_new = false;

    while ((name = strsep(&rest, "/"))) {
        if (!*name)
            continue;
        const json_t *mailbox = child_named(im->mailboxes, id, name);
        char *next = mailbox ? xstrdup(json_text(mailbox, "id")) : make_mailbox(im, id, name);
        is_new = !mailbox;
        free(id);
        id = next;
        if (!id)
            return NULL;
    }
    if (is_new)
        cli_note("made the mailbox '%s'", path);
    if (*id)
        return id;
    free(id);
    cli_fail(im->cli, CLI_FAILED, "'%s' is no name for a mailbox", path);
    return NULL;
}

/* Where a message of this folder goes. Borrowed; NULL after telling. */
static const char *mailbox_of(struct import *im, const char *folder)
{
    if (!folder || im->into_target)
        return im->target;
    if (!json_object_get(im->folders, folder)) {
        CLI_CLEANUP(freep) char *id = mailbox_for(im, folder);
        if (!id)
            return NULL;
        json_object_set_new(im->folders, folder, json_string(id));
    }
    return json_text(im->folders, folder);
}

/* ---- batches ---------------------------------------------------------------------------------------------- */

static void tell_failure(struct import *im, const char *key, const json_t *error)
{
    if (strcmp(json_text(error, "type"), "alreadyExists") == 0) {
        im->known++;
        return;
    }
    if (++im->failed <= UNTOLD_AFTER)
        cli_tell_set_error(json_text(im->paths, key), error);
    if (im->failed == UNTOLD_AFTER)
        cli_note("further failures are only counted");
}

static int count_results(struct import *im, const json_t *uploaded, const json_t *imported)
{
    const char *key;
    json_t *email;

    json_object_foreach(im->emails, key, email)
    {
        const json_t *upload_error = json_object_get(json_object_get(uploaded, "notCreated"), key);
        const json_t *error = json_object_get(json_object_get(imported, "notCreated"), key);
        if (json_object_get(json_object_get(imported, "created"), key))
            im->imported++;
        else
            tell_failure(im, key, upload_error ? upload_error : error);
    }
    return CLI_DONE;
}

static void show_progress(struct import *im)
{
    progress_set(im->progress, "import", "import", im->imported + im->known + im->failed, 0, im->bytes_done);
    char done[TERM_SIZE_MAX], total[TERM_SIZE_MAX];
    CLI_CLEANUP(freep)
    char *note = xasprintf("%llu messages  %s of %s", (unsigned long long)(im->imported + im->known + im->failed),
                           term_size((int64_t)im->bytes_done, done), term_size((int64_t)im->bytes_total, total));
    progress_note(im->progress, "import", note);
    progress_draw(im->progress);
}

/* Sends what has been gathered, and forgets it. */
static int flush_batch(struct import *im)
{
    int status = CLI_DONE;

    if (json_object_size(im->emails) == 0)
        return CLI_DONE;
    struct facteur_step steps[] = {
        {.id = "u",
         .method = "Blob/upload",
         .params = json_pack("{s:s, s:O}", "accountId", im->account_id, "create", im->uploads)},
        {.id = "i",
         .method = "Email/import",
         .params = json_pack("{s:s, s:O}", "accountId", im->account_id, "emails", im->emails)},
    };
    enum facteur_outcome outcome = facteur_client_batch(im->cli->rpc, steps, 2);
    json_auto_t *uploaded = steps[0].result, *upload_error = steps[0].error, *imported = steps[1].result,
                *import_error = steps[1].error;
    if (outcome == FACTEUR_LOST) {
        status = cli_lost(im->cli);
    } else if (outcome == FACTEUR_ERROR) {
        cli_tell_error(NULL, upload_error ? upload_error : import_error);
        status = im->cli->status = CLI_FAILED;
    } else {
        status = count_results(im, uploaded, imported);
    }
    json_object_clear(im->uploads);
    json_object_clear(im->emails);
    json_object_clear(im->paths);
    im->batch_bytes = 0;
    show_progress(im);
    return status;
}

static json_t *base64_data(const char *bytes, size_t n)
{
    size_t length;
    CLI_CLEANUP(freep) char *text = base64_encode(bytes, n, &length);

    return json_pack("{s:s%}", "data:asBase64", text, length);
}

/* Uploads a large message piece by piece. The `data` of the whole; NULL after telling. */
static json_t *upload_pieces(struct import *im, const struct mailfiles_message *m)
{
    json_t *data = json_array();

    for (size_t at = 0; at < m->n; at += PIECE_BYTES) {
        size_t n = m->n - at < PIECE_BYTES ? m->n - at : PIECE_BYTES;
        json_auto_t *result = cli_call(im->cli, "Blob/upload",
                                       json_pack("{s:s, s:{s:{s:[o]}}}", "accountId", im->account_id, "create", "piece",
                                                 "data", base64_data(m->bytes + at, n)));
        const char *id = json_text(json_object_get(json_object_get(result, "created"), "piece"), "id");
        if (!*id) {
            if (result)
                im->cli->status = CLI_FAILED,
                cli_tell_set_error(m->path, json_object_get(json_object_get(result, "notCreated"), "piece"));
            json_decref(data);
            return NULL;
        }
        json_array_append_new(data, json_pack("{s:s}", "blobId", id));
    }
    return data;
}

static json_t *keywords(unsigned flags)
{
    static const char *const names[] = {"$seen", "$answered", "$flagged", "$draft", "$forwarded"};
    json_t *object = json_object();

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (flags & 1u << i)
            json_object_set_new(object, names[i], json_true());
    return object;
}

static void add_to_batch(struct import *im, const struct mailfiles_message *m, const char *mailbox_id, json_t *data)
{
    char key[24], reference[32], date[32];

    snprintf(key, sizeof(key), "m%zu", ++im->number);
    snprintf(reference, sizeof(reference), "#%s", key);
    json_t *email = json_pack("{s:s, s:{s:b}, s:o}", "blobId", reference, "mailboxIds", mailbox_id, 1, "keywords",
                              keywords(m->flags));
    if (m->received_at > 0) {
        time_t when = m->received_at;
        struct tm tm;
        if (gmtime_r(&when, &tm) && strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
            json_object_set_new(email, "receivedAt", json_string(date));
    }
    json_object_set_new(im->uploads, key, json_pack("{s:o, s:s}", "data", data, "type", "message/rfc822"));
    json_object_set_new(im->emails, key, email);
    json_t *path = json_string(m->path);
    json_object_set_new(im->paths, key, path ? path : json_string("a message"));
}

static int on_message(void *arg, const struct mailfiles_message *m)
{
    struct import *im = arg;
    const char *mailbox_id = mailbox_of(im, m->folder);

    if (!mailbox_id)
        return im->cli->status;
    if (im->batch_bytes + m->n > BATCH_BYTES || json_object_size(im->emails) >= BATCH_MESSAGES) {
        int status = flush_batch(im);
        if (status != CLI_DONE)
            return status;
    }
    json_t *data;
    if (m->n > BATCH_BYTES)
        data = upload_pieces(im, m);
    else
        data = json_pack("[o]", base64_data(m->bytes, m->n));
    im->bytes_done += m->n;
    if (!data) {
        im->failed++;
        return im->cli->status == CLI_NO_CORE ? CLI_NO_CORE : CLI_DONE;
    }
    add_to_batch(im, m, mailbox_id, data);
    im->batch_bytes += m->n;
    return CLI_DONE;
}

/* ---- the command ------------------------------------------------------------------------------------------ */

/* Settles account and target. */
static int prepare(struct import *im, const char *mailbox)
{
    json_auto_t *accounts = directory_accounts(im->cli);
    json_auto_t *all = accounts ? directory_mailboxes(im->cli) : NULL;
    const json_t *account = all ? directory_local(im->cli, accounts) : NULL;
    const char *colon = mailbox ? strchr(mailbox, ':') : NULL;
    size_t i;
    json_t *m;

    if (!account)
        return im->cli->status;
    if (colon) { /* ACCOUNT:MAILBOX */
        CLI_CLEANUP(freep) char *name = xstrdup(mailbox);
        name[colon - mailbox] = '\0';
        account = directory_account(im->cli, accounts, name);
        if (!account)
            return im->cli->status;
        mailbox = colon + 1;
    }
    im->account_id = xstrdup(json_text(account, "id"));
    json_array_foreach(all, i, m) /* an id says which account, too */
    {
        if (!colon && mailbox && strcmp(json_text(m, "id"), mailbox) == 0) {
            free(im->account_id);
            im->account_id = xstrdup(json_text(m, "accountId"));
        }
    }
    json_array_foreach(all, i, m)
    {
        if (strcmp(json_text(m, "accountId"), im->account_id) != 0)
            continue;
        json_array_append(im->mailboxes, m);
        bool fits = mailbox ? strcmp(json_text(m, "id"), mailbox) == 0 || strcasecmp(json_text(m, "role"), mailbox) == 0
                            : strcmp(json_text(m, "role"), "inbox") == 0;
        if (fits && !im->target)
            im->target = xstrdup(json_text(m, "id"));
    }
    if (!im->target)
        im->target = mailbox_for(im, mailbox ? mailbox : "Inbox");
    im->into_target = mailbox != NULL;
    return im->target ? CLI_DONE : im->cli->status;
}

static void tell_totals(struct import *im, int64_t ignored)
{
    if (im->cli->json) {
        json_auto_t *line =
            json_pack("{s:I, s:I, s:I, s:I}", "imported", (json_int_t)im->imported, "failed", (json_int_t)im->failed,
                      "known", (json_int_t)im->known, "ignoredFiles", (json_int_t)ignored);
        cli_print_json(line);
        return;
    }
    printf("%llu %s imported", (unsigned long long)im->imported, im->imported == 1 ? "message" : "messages");
    if (im->known)
        printf(", %llu were there already", (unsigned long long)im->known);
    if (im->failed)
        printf(", %llu failed", (unsigned long long)im->failed);
    if (ignored)
        printf(", %lld other files left alone", (long long)ignored);
    printf("\n");
}

static void import_done(struct import *im)
{
    json_t *const objects[] = {im->mailboxes, im->folders, im->uploads, im->emails, im->paths};

    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
        json_decref(objects[i]);
    free(im->account_id);
    free(im->target);
}

int cmd_import(struct cli *cli, int argc, char **argv)
{
    const char *mailbox = NULL;
    const struct option_spec specs[] = {{"mailbox", .text = &mailbox}, {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc < 2)
        return cli_usage(cli, "import needs files or folders");
    CLI_CLEANUP(import_done)
    struct import im = {.cli = cli,
                        .mailboxes = json_array(),
                        .folders = json_object(),
                        .uploads = json_object(),
                        .emails = json_object(),
                        .paths = json_object()};
    struct mailfiles_visitor v = {.arg = &im, .message = on_message};
    for (int i = 1; i < argc; i++)
        im.bytes_total += (uint64_t)mailfiles_size(argv[i]);
    int status = prepare(&im, mailbox);
    if (status != CLI_DONE)
        return status;
    im.progress = progress_new(cli);
    bool failed = false;
    for (int i = 1; i < argc && status != CLI_NO_CORE; i++) {
        status = mailfiles_read(argv[i], &v);
        failed = failed || status != CLI_DONE;
    }
    if (status != CLI_NO_CORE)
        status = flush_batch(&im);
    progress_end(im.progress);
    im.failed += (uint64_t)v.refused;
    tell_totals(&im, v.ignored);
    if (status == CLI_NO_CORE)
        return status;
    return failed || im.failed || status != CLI_DONE ? CLI_FAILED : CLI_DONE;
}
