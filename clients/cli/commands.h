/* commands.h - the functions behind the table in commands.c; each is as described in cli.h and in facteur(1). */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

struct cli;
struct command;

/* NULL: there is no such command. */
const struct command *command_find(const char *name);

int cmd_account(struct cli *cli, int argc, char **argv);   /* cmd_account.c */
int cmd_sync(struct cli *cli, int argc, char **argv);      /* cmd_sync.c */
int cmd_watch(struct cli *cli, int argc, char **argv);     /* cmd_watch.c */
int cmd_mailboxes(struct cli *cli, int argc, char **argv); /* cmd_mailboxes.c */
int cmd_list(struct cli *cli, int argc, char **argv);      /* cmd_list.c */
int cmd_search(struct cli *cli, int argc, char **argv);
int cmd_count(struct cli *cli, int argc, char **argv);
int cmd_show(struct cli *cli, int argc, char **argv); /* cmd_show.c */
int cmd_save(struct cli *cli, int argc, char **argv); /* cmd_save.c */
int cmd_flag(struct cli *cli, int argc, char **argv); /* cmd_change.c */
int cmd_move(struct cli *cli, int argc, char **argv);
int cmd_delete(struct cli *cli, int argc, char **argv);
int cmd_import(struct cli *cli, int argc, char **argv); /* cmd_import.c */
int cmd_rpc(struct cli *cli, int argc, char **argv);    /* cmd_rpc.c */
int cmd_plugin(struct cli *cli, int argc, char **argv); /* cmd_core.c */
int cmd_stop(struct cli *cli, int argc, char **argv);
int cmd_version(struct cli *cli, int argc, char **argv);
int cmd_doctor(struct cli *cli, int argc, char **argv);   /* cmd_doctor.c */
int cmd_complete(struct cli *cli, int argc, char **argv); /* cmd_complete.c */
int cmd_help(struct cli *cli, int argc, char **argv);     /* commands.c */

#endif
