/* draft.h - a message under way: the Email object that Email/set will make a draft of.
 *
 * Addresses are read by the core: what a person typed becomes the header of a message, which Email/parse takes apart.
 */
#ifndef CLI_DRAFT_H
#define CLI_DRAFT_H

#include "cli.h"

struct draft {
    char *account_id;
    json_t *email;  /* as `create` of Email/set takes it */
    char *replaces; /* the id of the draft that it is another state of; NULL: none */
    bool wants_receipt;
};
void draft_done(struct draft *d);

/* What a new message is made of. */
struct draft_wish {
    const char *account, *from; /* of that account, or the one that has an identity for this address, or else the first
                                 * that has an address; each may be NULL */
    const char *text;
    bool is_html; /* `text` is; a plain text is made of it, too */
    bool no_signature;
};
/* 0, or -1 after telling. */
int draft_new(struct cli *cli, const struct draft_wish *wish, struct draft *out);
/* The id of the account's identity for an address as it was typed ("Jane <jane@example.org>"). Freed by the caller;
 * NULL after telling. */
char *draft_identity(struct cli *cli, const char *account_id, const char *from);
/* The sender as typed, unless the draft is from that address already. 0, or -1 after telling. */
int draft_set_sender(struct cli *cli, struct draft *d, const char *from);
/* The draft that `method` (Compose/reply, /forward, /template) makes of a message; `args` is stolen. `from`: from the
 * identity for this address, NULL: as the method finds it. */
int draft_answer(struct cli *cli, const char *method, const char *email_id, const char *from, json_t *args,
                 struct draft *out);

/* Adds addresses as people write them ("Jane Doe <jane@example.org>, john@example.net"), each item of a list of
 * strings, to "to", "cc" or "bcc"; to "from", instead of what stands there. */
int draft_add_addresses(struct cli *cli, struct draft *d, const char *property, const json_t *words);
/* Its text/plain, flowed; or HTML, of which a text is made, too. */
void draft_set_text(struct draft *d, const char *text, bool is_html);
const char *draft_text(const struct draft *d);
int draft_attach(struct cli *cli, struct draft *d, const json_t *paths, bool is_inline);

/* Lets a person write it, header and text. */
int draft_edit(struct cli *cli, struct draft *d, char **out_path);
/* Stores it, instead of what it replaces. *out_created: {id, blobId, threadId, size, accountId}, a new
 * reference. */
int draft_create(struct cli *cli, const struct draft *d, json_t **out_created);
/* Lets a person write it, where there is a terminal and `may_edit`, and stores it, as draft_create. */
int draft_store(struct cli *cli, struct draft *d, bool may_edit, json_t **out_created);
/* Its id, or all of *out_created for --json. The exit status. */
int draft_print(const struct cli *cli, const json_t *created);
/* Both. */
int draft_finish(struct cli *cli, struct draft *d, bool may_edit);

#endif
