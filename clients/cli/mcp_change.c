/* mcp_change.c - tools that change the mail that is there: marks, mailboxes; and that fetch what is new. */
#include "directory.h"
#include "mcp.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SYNC_SECONDS 120
#define SYNC_STEP_MS 500

/* ---- one change of many messages ---- */

struct change {
    json_t *updates; /* account id to {Email id: PatchObject} */
    json_t *changed, *failed;
};

static void change_done(struct change *c)
{
    json_decref(c->updates);
    json_decref(c->changed);
    json_decref(c->failed);
}

static void note_failed(struct change *c, const char *id, const char *why)
{
    json_array_append_new(c->failed, json_pack("{s:s, s:s}", "id", id, "why", why));
}

/* The messages by account; those that there are not have failed. */
static json_t *load(struct mcp *m, struct change *c, const json_t *ids)
{
    json_auto_t *got =
        mcp_call(m, "Email/get",
                 json_pack("{s:s, s:O, s:[s,s]}", "accountId", "*", "ids", ids, "properties", "id", "accountId"));
    size_t i;
    json_t *one;

    if (!got)
        return NULL;
    *c = (struct change){json_object(), json_array(), json_array()};
    json_array_foreach(json_object_get(got, "notFound"), i, one)
        note_failed(c, json_string_value(one), "there is no message with that id");
    return json_incref(json_object_get(got, "list"));
}

static void add(struct change *c, const json_t *email, json_t *patch)
{
    const char *account = json_text(email, "accountId");

    if (!json_object_get(c->updates, account))
        json_object_set_new(c->updates, account, json_object());
    json_object_set_new(json_object_get(c->updates, account), json_text(email, "id"), patch);
}

static bool carry_out_one(struct mcp *m, struct change *c, const char *account, json_t *updates)
{
    json_auto_t *result = mcp_call(m, "Email/set", json_pack("{s:s, s:O}", "accountId", account, "update", updates));
    const char *id;
    json_t *one;

    json_object_foreach(json_object_get(result, "updated"), id, one) json_array_append_new(c->changed, json_string(id));
    json_object_foreach(json_object_get(result, "notUpdated"), id, one)
        note_failed(c, id, *json_text(one, "description") ? json_text(one, "description") : json_text(one, "type"));
    return result != NULL;
}

static json_t *carry_out(struct mcp *m, struct change *c)
{
    const char *account;
    json_t *updates;

    json_object_foreach(c->updates, account, updates)
    {
        if (!carry_out_one(m, c, account, updates))
            return NULL;
    }
    return json_pack("{s:O, s:O}", "changed", c->changed, "failed", c->failed);
}

json_t *mcp_flag(struct mcp *m, const json_t *a)
{
    CLI_CLEANUP(change_done) struct change c = {0};
    const json_t *read = json_object_get(a, "read"), *flagged = json_object_get(a, "flagged");
    size_t i;
    json_t *one;

    if (!read && !flagged)
        return mcp_fail(m, "Say what to change: read, flagged, or both.");
    json_auto_t *emails = load(m, &c, json_object_get(a, "ids"));
    if (!emails)
        return NULL;
    json_array_foreach(emails, i, one)
    {
        json_t *patch = json_object();
        if (read)
            json_object_set_new(patch, "keywords/$seen", json_is_true(read) ? json_true() : json_null());
        if (flagged)
            json_object_set_new(patch, "keywords/$flagged", json_is_true(flagged) ? json_true() : json_null());
        add(&c, one, patch);
    }
    return carry_out(m, &c);
}

/* The mailbox of that account which the word means. Borrowed; NULL: none. */
static const json_t *find_mailbox(const json_t *all, const char *account, const char *word)
{
    size_t i;
    json_t *one;

    json_array_foreach(all, i, one)
    {
        CLI_CLEANUP(freep) char *path = directory_path(all, one);
        if (strcmp(json_text(one, "accountId"), account) == 0 &&
            (strcmp(json_text(one, "id"), word) == 0 || strcasecmp(json_text(one, "role"), word) == 0 ||
             strcasecmp(path, word) == 0))
            return one;
    }
    return NULL;
}

json_t *mcp_move(struct mcp *m, const json_t *a)
{
    CLI_CLEANUP(change_done) struct change c = {0};
    json_auto_t *mailboxes = mcp_call(m, "Mailbox/get",
                                      json_pack("{s:s, s:[s,s,s,s,s]}", "accountId", "*", "properties", "id",
                                                "accountId", "name", "role", "parentId"));
    json_auto_t *emails = mailboxes ? load(m, &c, json_object_get(a, "ids")) : NULL;
    size_t i;
    json_t *one;

    if (!emails)
        return NULL;
    json_array_foreach(emails, i, one)
    {
        const json_t *to =
            find_mailbox(json_object_get(mailboxes, "list"), json_text(one, "accountId"), json_text(a, "mailbox"));
        if (to)
            add(&c, one, json_pack("{s:{s:b}}", "mailboxIds", json_text(to, "id"), 1));
        else
            note_failed(&c, json_text(one, "id"),
                        "its account has no such mailbox; list_mailboxes tells those there are");
    }
    return carry_out(m, &c);
}

/* ---- new mail ---- */

static json_t *outcome(const json_t *task, bool is_finished)
{
    json_t *accounts = json_array(), *one;
    json_int_t n = 0;
    size_t i;

    json_array_foreach(json_object_get(json_object_get(task, "result"), "accounts"), i, one)
    {
        n += (json_int_t)json_number(one, "newMessages");
        json_array_append_new(accounts, json_pack("{s:O?, s:b, s:o}", "accountId", json_object_get(one, "accountId"),
                                                  "ok", json_is_true(json_object_get(one, "ok")), "error",
                                                  mcp_clean(json_text(json_object_get(one, "error"), "message"))));
    }
    return json_pack("{s:I, s:b, s:o}", "newMessages", n, "finished", is_finished, "accounts", accounts);
}

json_t *mcp_sync(struct mcp *m, const json_t *a)
{
    (void)a;
    json_auto_t *begun = mcp_call(m, "Account/sync", json_object());
    const json_t *id = json_object_get(begun, "taskId");

    if (!begun)
        return NULL;
    for (int i = 0; i < SYNC_SECONDS * 1000 / SYNC_STEP_MS; i++) {
        json_auto_t *got = mcp_call(m, "Task/get", json_pack("{s:[O], s:i}", "ids", id, "waitMs", SYNC_STEP_MS));
        const json_t *task = json_array_get(json_object_get(got, "list"), 0);
        if (!got)
            return NULL;
        if (!task || strcmp(json_text(task, "state"), "running") != 0)
            return outcome(task, true);
        mcp_progress(m, (double)i + 1, 0, "the servers are asked");
    }
    return outcome(NULL, false);
}
