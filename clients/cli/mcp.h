/* mcp.h - `facteur mcp`: a Model Context Protocol server on standard input and output, over the socket.
 *
 * Revisions 2025-06-18, 2025-03-26 and 2024-11-05 of the specification (modelcontextprotocol.io). Messages are
 * JSON-RPC 2.0, one a line; standard output carries nothing else. The other side is a program that a language model
 * drives: its arguments are hostile input, and so is the mail that it reads. Everything has a bound; what strangers
 * wrote stands in members called `untrusted`.
 *
 *   mcp_server.c     lines, requests, life cycle
 *   mcp_core.c       calls to facteurd, cut short by notifications/cancelled
 *   mcp_tools.c      the table of tools, their call
 *   mcp_schema.c     arguments against a tool's inputSchema
 *   mcp_read.c, mcp_draft.c, mcp_change.c, mcp_resources.c, mcp_prompts.c   what the tools do, and what else there is
 *
 * A tool's function returns its result, an object (structuredContent), or NULL after mcp_fail or a call that failed.
 */
#ifndef CLI_MCP_H
#define CLI_MCP_H

#include "cli.h"

#define MCP_LINE_MAX ((size_t)1 << 20)  /* bytes of a message */
#define MCP_INPUT_MAX ((size_t)4 << 20) /* bytes that wait while something is done */
#define MCP_TEXT_MAX 50000              /* bytes of one text that is told */
#define MCP_OFFSET_MAX 1000000
#define MCP_THREAD_MAX 20 /* messages of one thread */
#define MCP_PAGE_MAX 50
#define MCP_CHANGE_MAX 100 /* messages that one call changes */

enum mcp_scope { MCP_READ = 1, MCP_TRIAGE = 2, MCP_DRAFT = 4, MCP_SEND = 8 };

struct mcp {
    struct cli *cli;
    char *token; /* NULL: none */
    bool is_signed_in;
    unsigned scopes; /* enum mcp_scope */
    int version;     /* index in the table of revisions; -1: not initialized */
    char *input;     /* what was read and not yet looked at */
    size_t n, cap, scanned;
    bool is_eof, is_skipping;
    const json_t *request_id, *progress_token; /* of what is under way; NULL: none */
    bool is_cancelled, is_waiting;             /* the latter: for facteurd */
    char *trouble;                             /* why the last thing failed, for the model */
};

/* ---- mcp_server.c ---- */

int mcp_serve(struct mcp *m);
void mcp_send(json_t *message); /* stolen */
/* Reads what is there into m->input and looks for what cannot wait: a ping, a cancellation of what is under way. */
void mcp_read_input(struct mcp *m);
/* Tells how far it is, if the client wants to know. */
void mcp_progress(struct mcp *m, double done, double total, const char *message);
/* Whether the client knows of structuredContent and titles. */
bool mcp_is_structured(const struct mcp *m);

/* ---- mcp_core.c ---- */

/* Calls a method; steals params. NULL: m->trouble says why, or m->is_cancelled. */
json_t *mcp_call(struct mcp *m, const char *method, json_t *params);
/* Connects and signs in: m->scopes. 0, or -1 with m->trouble. */
int mcp_connect(struct mcp *m);
/* Sets m->trouble; returns NULL. */
json_t *mcp_fail(struct mcp *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for a SetError; NULL there: nothing is known of it. */
json_t *mcp_fail_set(struct mcp *m, const char *what, const json_t *error);

/* ---- mcp_schema.c ---- */

/* What is wrong with the arguments, for the model, freed by the caller; NULL: nothing. Understands type, properties,
 * required, items, enum, minLength, maxLength (bytes), minimum, maximum, minItems, maxItems; other arguments than those
 * named are refused. */
char *mcp_check(const json_t *schema, const json_t *arguments);

/* ---- mcp_text.c ---- */

/* Without control characters, and without those that nobody sees and a model reads (tags, bidirectional controls). */
json_t *mcp_clean(const char *text);
/* At most `max` bytes from `offset` on, whole characters. *out_next: the offset of the rest, 0: there is none. */
json_t *mcp_slice(const char *text, size_t offset, size_t max, size_t *out_next);
/* "Jane <jane@example.org>, ..." of EmailAddress[]. */
json_t *mcp_addresses(const json_t *list);
/* EmailAddress[] of strings as people write them; NULL with m->trouble. */
json_t *mcp_parse_addresses(struct mcp *m, const json_t *words);
int64_t mcp_number(const json_t *arguments, const char *name, int64_t by_default);

/* ---- tools, resources, prompts ---- */

typedef json_t *(*mcp_tool_fn)(struct mcp *m, const json_t *arguments);
json_t *mcp_tools_list(struct mcp *m);
/* The answer to tools/call; NULL with *out_wrong (a new text): -32602. */
json_t *mcp_tools_call(struct mcp *m, const char *name, const json_t *arguments, char **out_wrong);

json_t *mcp_list_accounts(struct mcp *m, const json_t *a); /* mcp_read.c */
json_t *mcp_list_mailboxes(struct mcp *m, const json_t *a);
json_t *mcp_search(struct mcp *m, const json_t *a);
json_t *mcp_read_message(struct mcp *m, const json_t *a);
json_t *mcp_read_thread(struct mcp *m, const json_t *a);
json_t *mcp_read_attachment(struct mcp *m, const json_t *a);
json_t *mcp_sync(struct mcp *m, const json_t *a); /* mcp_change.c */
json_t *mcp_flag(struct mcp *m, const json_t *a);
json_t *mcp_move(struct mcp *m, const json_t *a);
json_t *mcp_draft(struct mcp *m, const json_t *a); /* mcp_draft.c */
json_t *mcp_reply(struct mcp *m, const json_t *a);
json_t *mcp_forward(struct mcp *m, const json_t *a);
json_t *mcp_send_draft(struct mcp *m, const json_t *a);
json_t *mcp_cancel_send(struct mcp *m, const json_t *a);
json_t *mcp_outbox(struct mcp *m, const json_t *a);

json_t *mcp_resources_list(struct mcp *m);
json_t *mcp_resource_templates(struct mcp *m);
/* NULL: m->trouble says why, *out_unknown: there is no such resource. */
json_t *mcp_resource_read(struct mcp *m, const char *uri, bool *out_unknown);
json_t *mcp_prompts_list(struct mcp *m);
json_t *mcp_prompt_get(struct mcp *m, const char *name, const json_t *arguments, char **out_wrong);

#endif
