/* commands.h - the table of commands, and the functions behind it; each is as described in cli.h and in facteur(1). */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include <stdbool.h>

struct cli;
struct command;

/* What completes "--mailbox ", "--dir " and so on is told from `value`: MAILBOX, ACCOUNT, DIR, FILE, PATH, URL. */
struct command_option {
    char letter; /* 0: none */
    const char *name;
    const char *value; /* what it takes, for people; NULL: nothing */
    const char *about;
};

/* One command. "account" is a group: it does nothing itself, "account add" is another entry. */
struct command {
    const char *name;
    const char *args;                                   /* as in "ID... MAILBOX", a line for each form; NULL: none */
    const char *about;                                  /* one line; NULL: not in the help */
    const char *text;                                   /* some lines more */
    const struct command_option *options;               /* ends with a name of NULL; NULL: none */
    const char *examples;                               /* a line each */
    const char *status;                                 /* what its exit status means */
    int (*run)(struct cli *cli, int argc, char **argv); /* NULL: a group */
};
extern const struct command cli_commands[];              /* ends with a name of NULL */
extern const struct command_option cli_front_options[];  /* those that stand before the command; likewise */
extern const struct command_option cli_global_options[]; /* those that every command has; likewise */

/* "account" and "add" to the entry "account add"; *out_with_action says whether the second word belongs to it. NULL:
 * there is no such command. */
const struct command *command_find(const char *name, const char *action, bool *out_with_action);
/* "add" for the entry "account add" of the group "account"; NULL: it is none of the group's. */
const char *command_action(const struct command *c, const struct command *group);

/* The help of one command on stdout. */
void help_print(const struct cli *cli, const struct command *c);

int cmd_account_add(struct cli *cli, int argc, char **argv); /* cmd_account.c */
int cmd_account_set(struct cli *cli, int argc, char **argv);
int cmd_account_login(struct cli *cli, int argc, char **argv);
int cmd_account_list(struct cli *cli, int argc, char **argv);
int cmd_account_show(struct cli *cli, int argc, char **argv);
int cmd_account_dismiss(struct cli *cli, int argc, char **argv);
int cmd_account_remove(struct cli *cli, int argc, char **argv);
int cmd_account_check(struct cli *cli, int argc, char **argv);
int cmd_secrets_list(struct cli *cli, int argc, char **argv); /* cmd_secrets.c */
int cmd_secrets_default(struct cli *cli, int argc, char **argv);
int cmd_secrets_move(struct cli *cli, int argc, char **argv);
int cmd_secrets_encrypt(struct cli *cli, int argc, char **argv);
int cmd_secrets_passphrase(struct cli *cli, int argc, char **argv);
int cmd_unlock(struct cli *cli, int argc, char **argv);
int cmd_lock(struct cli *cli, int argc, char **argv);
int cmd_token_create(struct cli *cli, int argc, char **argv); /* cmd_token.c */
int cmd_bridge_pair(struct cli *cli, int argc, char **argv); /* cmd_bridge.c */
int cmd_bridge_status(struct cli *cli, int argc, char **argv);
int cmd_bridge_stop(struct cli *cli, int argc, char **argv);
int cmd_web(struct cli *cli, int argc, char **argv); /* cmd_web.c */
int cmd_token_list(struct cli *cli, int argc, char **argv);
int cmd_token_revoke(struct cli *cli, int argc, char **argv);
int cmd_token_audit(struct cli *cli, int argc, char **argv);
int cmd_account_discover(struct cli *cli, int argc, char **argv); /* cmd_discover.c */
int cmd_account_verify(struct cli *cli, int argc, char **argv);   /* cmd_audit.c */
int cmd_account_repair(struct cli *cli, int argc, char **argv);
int cmd_sync(struct cli *cli, int argc, char **argv);           /* cmd_sync.c */
int cmd_watch(struct cli *cli, int argc, char **argv);          /* cmd_watch.c */
int cmd_mailboxes(struct cli *cli, int argc, char **argv);      /* cmd_mailboxes.c */
int cmd_mailbox_create(struct cli *cli, int argc, char **argv); /* cmd_mailbox.c */
int cmd_mailbox_rename(struct cli *cli, int argc, char **argv);
int cmd_mailbox_delete(struct cli *cli, int argc, char **argv);
int cmd_mailbox_subscribe(struct cli *cli, int argc, char **argv);
int cmd_mailbox_unsubscribe(struct cli *cli, int argc, char **argv);
int cmd_mailbox_keep(struct cli *cli, int argc, char **argv);
int cmd_mailbox_color(struct cli *cli, int argc, char **argv);
int cmd_list(struct cli *cli, int argc, char **argv); /* cmd_list.c */
int cmd_drafts(struct cli *cli, int argc, char **argv);
int cmd_templates(struct cli *cli, int argc, char **argv);
int cmd_search(struct cli *cli, int argc, char **argv);
int cmd_count(struct cli *cli, int argc, char **argv);
int cmd_show(struct cli *cli, int argc, char **argv); /* cmd_show.c */
int cmd_save(struct cli *cli, int argc, char **argv); /* cmd_save.c */
int cmd_flag(struct cli *cli, int argc, char **argv); /* cmd_change.c */
int cmd_move(struct cli *cli, int argc, char **argv);
int cmd_delete(struct cli *cli, int argc, char **argv);
int cmd_history(struct cli *cli, int argc, char **argv); /* cmd_history.c */
int cmd_stats(struct cli *cli, int argc, char **argv);   /* cmd_stats.c */
int cmd_mute(struct cli *cli, int argc, char **argv); /* cmd_mute.c */
int cmd_unmute(struct cli *cli, int argc, char **argv);
int cmd_rule_list(struct cli *cli, int argc, char **argv); /* cmd_rule.c */
int cmd_rule_add(struct cli *cli, int argc, char **argv);
int cmd_rule_set(struct cli *cli, int argc, char **argv);
int cmd_rule_enable(struct cli *cli, int argc, char **argv);
int cmd_rule_disable(struct cli *cli, int argc, char **argv);
int cmd_rule_remove(struct cli *cli, int argc, char **argv);
int cmd_rule_move(struct cli *cli, int argc, char **argv);
int cmd_rule_test(struct cli *cli, int argc, char **argv); /* cmd_rule_apply.c */
int cmd_rule_apply(struct cli *cli, int argc, char **argv);
int cmd_snooze(struct cli *cli, int argc, char **argv);  /* cmd_snooze.c */
int cmd_undo(struct cli *cli, int argc, char **argv);    /* cmd_undo.c */
int cmd_compose(struct cli *cli, int argc, char **argv); /* cmd_compose.c */
int cmd_reply(struct cli *cli, int argc, char **argv);
int cmd_forward(struct cli *cli, int argc, char **argv);
int cmd_edit(struct cli *cli, int argc, char **argv);
int cmd_identity_list(struct cli *cli, int argc, char **argv); /* cmd_identity.c */
int cmd_identity_create(struct cli *cli, int argc, char **argv);
int cmd_identity_set(struct cli *cli, int argc, char **argv);
int cmd_identity_delete(struct cli *cli, int argc, char **argv);
int cmd_vacation(struct cli *cli, int argc, char **argv); /* cmd_vacation.c */
int cmd_import(struct cli *cli, int argc, char **argv); /* cmd_import.c */
int cmd_send(struct cli *cli, int argc, char **argv);   /* cmd_send.c */
int cmd_sendmail(struct cli *cli, int argc, char **argv);
int cmd_resend(struct cli *cli, int argc, char **argv); /* cmd_resend.c */
int cmd_receipt(struct cli *cli, int argc, char **argv); /* cmd_receipt.c */
int cmd_unsubscribe(struct cli *cli, int argc, char **argv); /* cmd_unsubscribe.c */
int cmd_mailto(struct cli *cli, int argc, char **argv);  /* cmd_mailto.c */
int cmd_send_to(struct cli *cli, int argc, char **argv);
int cmd_outbox(struct cli *cli, int argc, char **argv); /* cmd_outbox.c */
int cmd_outbox_cancel(struct cli *cli, int argc, char **argv);
int cmd_outbox_confirm(struct cli *cli, int argc, char **argv);
int cmd_outbox_retry(struct cli *cli, int argc, char **argv);
int cmd_outbox_sent(struct cli *cli, int argc, char **argv);
int cmd_outbox_failed(struct cli *cli, int argc, char **argv);
int cmd_mcp(struct cli *cli, int argc, char **argv);         /* cmd_mcp.c */
int cmd_rpc(struct cli *cli, int argc, char **argv);         /* cmd_rpc.c */
int cmd_plugin_list(struct cli *cli, int argc, char **argv); /* cmd_core.c */
int cmd_stop(struct cli *cli, int argc, char **argv);
int cmd_version(struct cli *cli, int argc, char **argv);
int cmd_rebuild(struct cli *cli, int argc, char **argv);  /* cmd_rebuild.c */
int cmd_doctor(struct cli *cli, int argc, char **argv);   /* cmd_doctor.c */
int cmd_complete(struct cli *cli, int argc, char **argv); /* cmd_complete.c */
int cmd_help(struct cli *cli, int argc, char **argv);     /* help.c */

#endif
