/* core_internal.h - struct core, for the files of account/. */
#ifndef ACCOUNT_CORE_INTERNAL_H
#define ACCOUNT_CORE_INTERNAL_H

#include "account/account.h"
#include "account/gate.h"
#include "net/https.h"
#include "filter/filters.h"

/* The name of that secret, of a server for sending that has one of its own. */
#define TRANSPORT_PASSWORD "transportPassword"

struct core_listener {
    core_state_fn fn;
    void *ctx;
    struct core_listener *next;
};

struct core {
    struct uv_loop_s *loop;
    struct store *store;
    struct secrets *secrets;
    struct tasks *tasks;
    struct plugins *plugins;
    struct filters *filters;
    struct discover *discover;
    struct ingest_budget *budget;
    struct account **accounts;  /* those that are alive */
    size_t n_accounts;
    bool is_changing;           /* an account is being created, changed or destroyed: one at a time */
    struct wait_event changed;
    struct core_listener *listeners;
    int64_t *noisy;             /* accounts whose state changed since the last notice */
    size_t n_noisy;
    struct fiber *notices;      /* tells the listeners; NULL when there is nothing to tell */
    struct wait_event answered; /* raised when an account's `served` grows, or an account goes */
    struct sending *sending;    /* the outboxes (outboxes.c) */
    struct fiber **sync_tasks;
    size_t n_sync_tasks;
    struct gate gate;           /* accounts that connect go through it */
    bool has_network;           /* false: no route leads away from this computer */
    uint32_t answer_ms;         /* how long a server may be silent after a stir */
    uint64_t stirred_ms;        /* when something around the process changed last; 0: never */
    struct fiber *looks;        /* gives up connections that died of it; NULL: nothing to look after */
    struct netwatch *netwatch;
    struct resume_watch *resume;
    struct fiber *maintenance;  /* the store's housekeeping, once a day */
    struct fiber *vacations;    /* answers for those who are away (vacation.c) */
    struct wait_event mail_news; /* raised when mail came */
    bool has_mail_news;         /* since it last looked */
    struct fiber *rules;        /* asks rules about new mail (rules.c) */
    struct wait_event rule_news; /* raised when mail came, or mailboxes changed */
    bool has_rule_news;         /* since it last looked */
    struct rule_accounts *rule_accounts; /* whose mailboxes changed */
    struct fiber **rule_tasks;  /* rules that are applied to what is there (rule_apply.c) */
    size_t n_rule_tasks, n_rule_searches; /* those that look for what they will be about */
    struct fiber *snoozes;      /* wakes what was snoozed (snooze.c) */
    struct wait_event snooze_news; /* raised when something was snoozed */
    bool has_snooze_news;       /* since it last looked */
    struct fiber *rebuild;      /* core_rebuild's, or NULL; its task, valid until it has ended */
    int64_t rebuild_task;
    struct audit *audits;       /* verifying and repairing, one an account; those that have ended go with the next */
    json_t *oauth_table;        /* authorization servers (oauth/client.h) */
    const struct https_options *oauth_https;
    uint64_t oauth_second_ms;   /* how long a second of a device code is: 1000, but in tests */
    struct account_token *access_tokens; /* tokens.c */
    bool tokens_are_held;       /* of all accounts: none is written */
    struct authorization *authorizations; /* authorize.c: also those that are over */
    bool stopping;
};

/* authorize.c: ends those of an account (0: of all). Suspends. */
void core_stop_authorizations(struct core *core, int64_t account_id);

/* Destroys the Emails of an account that is stopped. Suspends. */
int account_destroy_mail(struct core *core, int64_t account_id, struct fct_error *err);
/* maintenance.c, rebuild_task.c. Stopping suspends. */
void core_start_maintenance(struct core *core);
void core_stop_maintenance(struct core *core);
void core_stop_rebuild(struct core *core);
/* vacation.c: answers for those who are away; core_mail_came: something was delivered. Stopping suspends. */
void core_start_vacations(struct core *core);
void core_stop_vacations(struct core *core);
void core_mail_came(struct core *core);
/* rules.c: rules and what has come. rule_apply.c ends with it. Stopping suspends. */
void core_start_rules(struct core *core);
void core_stop_rules(struct core *core);
void core_rules_hear(struct core *core, int64_t account_id, bool of_mailboxes);
void core_stop_rule_tasks(struct core *core);
struct rule_abilities;
int core_rule_abilities(struct store_tx *tx, struct core *core, int64_t account_id, struct rule_abilities *out,
                        struct fct_error *err);
/* snooze.c: wakes what was snoozed. Stopping suspends. */
void core_start_snoozes(struct core *core);
void core_stop_snoozes(struct core *core);
/* surroundings.c: what is heard of the computer and its network. Stopping suspends. */
void core_start_surroundings(struct core *core);
void core_stop_surroundings(struct core *core);
/* audit.c: ends those of an account (0: of all). Suspends. */
void core_stop_audits(struct core *core, int64_t account_id);
/* outboxes.c. Stopping suspends. */
void core_start_outbox(struct core *core, const struct store_account *row);
void core_stop_outbox(struct core *core, int64_t account_id);
void core_stop_outboxes(struct core *core);
void core_wake_outbox(struct core *core, int64_t account_id, bool mail_came);
void core_stir_outboxes(struct core *core);
/* The user has done what the account's outbox, or all of them, may have waited for. */
void core_user_acted(struct core *core, int64_t account_id);
void core_user_acted_for_all(struct core *core);
/* core.c: one change of an account, or of where secrets are, at a time. Beginning suspends; ending gives `result` back. */
int core_begin_change(struct core *core, struct fct_error *err);
int core_end_change(struct core *core, int result);
struct account *core_find_account(struct core *core, int64_t id);
/* The account's state changed: listeners hear of it soon. */
void core_notice(struct core *core, int64_t account_id);

#endif
