/* commands.c - the table of commands: what each is called, how it is used, what its help says. help.c prints it, the
 * shells' completion is made of it (cmd_complete.c), and no option is understood that does not stand here (options.c).
 * A test holds the manual page against it. */
#include "commands.h"

#include "cli.h"

#include <string.h>

/* ---- options ---------------------------------------------------------------------------------------------- */

const struct command_option cli_front_options[] = {
    {0, "profile", "DIR", "the profile: database, messages, socket, logs"},
    {0, "socket", "PATH", "the socket, if it is not PROFILE/rpc.sock"},
    {'V', "version", NULL, "as the command of that name"},
    {0},
};

const struct command_option cli_global_options[] = {
    {0, "json", NULL, "one JSON value, or one JSON object a line, on standard output"},
    {0, "no-start", NULL, "do not start facteurd where none runs"},
    {'h', "help", NULL, "how the command is used"},
    {0},
};

#define LOGIN_OPTIONS                                                                                     \
    {0, "oauth", "PROVIDER", "sign in by consent (OAuth 2.0): google, microsoft, yahoo, aol, yandex..."}, \
        {0, "client-id", "ID", "the id that the provider knows this program by"},                         \
        {0, "client-secret-file", "FILE", "where the secret of that id stands, if it has one"},           \
    {                                                                                                     \
        0, "device", NULL, "consent by a code that is typed in a browser elsewhere"                       \
    }

static const struct command_option add_options[] = {
    {0, "source", "URL", "where mail comes from; found out if not given"},
    {0, "transport", "URL", "how mail is sent"},
    {0, "name", "N", "what the account is called; the address if not given"},
    {0, "user", "U", "who signs in; the user of the URL, or the address, if not given"},
    {0, "password-stdin", NULL, "the password is the first line of standard input"},
    {0, "secrets", "STORE", "where the password is: file, encrypted, keyring, command or credential"},
    {0, "password-command", "CMD", "its first line is the password; %a is the address ('pass mail/%a')"},
    {0, "credential", "NAME", "systemd hands the password over under this name"},
    {0, "transport-password", NULL, "ask for the password of a server for sending that has its own"},
    {0, "transport-password-stdin", NULL, "that one is the next line of standard input"},
    {0, "ca", "FILE", "certificate authorities to trust beside the system's, in PEM"},
    {0, "trust", "HOST:PORT=FINGERPRINT", "believe this certificate there, and no other; may be repeated"},
    {0, "cert", "FILE", "a client certificate to sign in with, in PEM"},
    {0, "key", "FILE", "its key, where it is not in the same file"},
    {0, "set", "KEY=VALUE", "another setting of the source; may be given more than once"},
    LOGIN_OPTIONS,
    {0, "no-check", NULL, "add it without signing in first"},
    {0},
};

static const struct command_option token_create_options[] = {
    {0, "scope", "SCOPE", "what it may: read, triage, draft, send or admin; may be repeated"},
    {0, "account", "ACCOUNT", "what it sees: this account, and no other; may be repeated"},
    {0, "expires", "WHEN", "how long: 12h, 30d, 4w, 1y, or until a date like 2030-12-31"},
    {0, "password", NULL, "ask for a password, which with the name takes the place of a secret"},
    {0, "password-stdin", NULL, "that password is the first line of standard input"},
    {0},
};

static const struct command_option bridge_pair_options[] = {
    {0, "scope", "SCOPE", "what it may: read, triage, draft, send (these, if none is given) or admin"},
    {0, "account", "ACCOUNT", "what it sees: this account, and no other; may be repeated"},
    {0, "expires", "WHEN", "how long: 12h, 30d, 4w, 1y, or until a date like 2030-12-31"},
    {0, "url", "SITE", "where the device finds the bridge, if that is not what the bridge says"},
    {0, "no-qr", NULL, "the address alone, no picture of it"},
    {0},
};

static const struct command_option web_options[] = {
    {0, "print", NULL, "print the address instead of opening it"},
    {0, "listen", "ADDR:PORT", "where a bridge that has to be started listens (127.0.0.1:8765)"},
    {0},
};

static const struct command_option token_audit_options[] = {
    {0, "account", "ACCOUNT", "what was changed in this account"},
    {'n', "count", "N", "at most so many, the newest (50)"},
    {0},
};

static const struct command_option login_options[] = {LOGIN_OPTIONS, {0}};

static const struct command_option discover_options[] = {
    {0, "skip", "STEP", "leave out table, mx, autoconfig, database, srv or guess; may be repeated"},
    {0, "timeout", "N", "at most so many seconds (30)"},
    {0},
};

static const struct command_option set_options[] = {
    {0, "password", NULL, "ask for a new password; so it does without any other option"},
    {0, "password-stdin", NULL, "the new password is the first line of standard input"},
    {0, "transport-password", NULL, "ask for the password of a server for sending that has its own"},
    {0, "transport-password-stdin", NULL, "that one is the next line of standard input"},
    {0, "source", "URL", "where mail comes from"},
    {0, "transport", "URL", "how mail is sent; '' for not at all"},
    {0, "name", "N", "what the account is called"},
    {0, "user", "U", "who signs in"},
    {0, "secrets", "STORE", "where the password is: file, encrypted, keyring, command or credential"},
    {0, "password-command", "CMD", "its first line is the password; %a is the address ('pass mail/%a')"},
    {0, "credential", "NAME", "systemd hands the password over under this name"},
    {0, "ca", "FILE", "certificate authorities to trust beside the system's, in PEM"},
    {0, "trust", "HOST:PORT=FINGERPRINT", "believe this certificate there, and no other; may be repeated"},
    {0, "cert", "FILE", "a client certificate to sign in with, in PEM"},
    {0, "key", "FILE", "its key, where it is not in the same file"},
    {0, "set", "KEY=VALUE", "another setting of the source; null removes it; may be repeated"},
    {0, "no-check", NULL, "change it without signing in first"},
    {0},
};

static const struct command_option move_options[] = {
    {0, "password-command", "CMD", "with the store 'command': which"},
    {0, "credential", "NAME", "with the store 'credential': its name; the address if not given"},
    {0},
};

static const struct command_option passphrase_options[] = {
    {0, "passphrase-stdin", NULL, "read what would be asked for from standard input, a line each"},
    {0},
};

static const struct command_option audit_options[] = {
    {0, "bytes", NULL, "read and hash the bytes of every message, too"},
    {0},
};

#define PAGE_OPTIONS                                                                                       \
    {'n', "count", "N", "at most so many messages (50)"}, {0, "skip", "N", "leave out the first so many"}, \
    {                                                                                                      \
        0, "threads", NULL, "one message of each thread"                                                   \
    }

static const struct command_option list_options[] = {
    {'m', "mailbox", "MAILBOX", "which mailbox (inbox)"}, PAGE_OPTIONS, {0}};

static const struct command_option search_options[] = {PAGE_OPTIONS, {0}};

#define RULE_ACTION_OPTIONS                                                                              \
    {0, "move", "MAILBOX", "it leaves the inbox for that mailbox"},                                        \
        {0, "copy", "MAILBOX", "it is in that mailbox, too; may be given more than once"},               \
        {0, "flag", "FLAG", "+seen, -flagged...: set, or taken away; likewise"},            \
    {                                                                                                    \
        0, "last", NULL, "rules after it do not see what it matched"                                     \
    }

static const struct command_option rule_list_options[] = {
    {0, "account", "ACCOUNT", "those of that account"},
    {0},
};

static const struct command_option rule_add_options[] = {
    RULE_ACTION_OPTIONS,
    {0, "account", "ACCOUNT", "whose mail; needed where several accounts have a server"},
    {0},
};

static const struct command_option rule_set_options[] = {
    {0, "name", "NAME", "what it is called"},
    {0, "query", "QUERY", "which mail"},
    RULE_ACTION_OPTIONS,
    {0, "not-last", NULL, "rules after it see it, too"},
    {0},
};

static const struct command_option rule_test_options[] = {
    {'n', "count", "N", "at most so many (50)"},
    {0, "account", "ACCOUNT", "whose mail, for a query"},
    {0},
};

static const struct command_option rule_apply_options[] = {
    {0, "in", "MAILBOX", "to what is there, and not to the inbox"},
    {0, "all", NULL, "to all mail of the account"},
    {0},
};

static const struct command_option snooze_options[] = {
    {0, "cancel", NULL, "back where they were, now"},
    {0},
};

static const struct command_option stats_options[] = {
    {0, "by", "UNIT", "lines are of a day, week, month or year (day)"},
    {'n', "count", "N", "so many of them, the newest (30)"},
    {0, "senders", "N", "so many senders (10)"},
    {0},
};

static const struct command_option show_options[] = {
    {0, "raw", NULL, "the message byte for byte"},
    {0, "headers", NULL, "all header fields"},
    {0, "text", NULL, "its text; HTML becomes text"},
    {0, "html", NULL, "its HTML"},
    {0, "part", "N", "one part, decoded; 'facteur show ID' names the parts"},
    {0},
};

static const struct command_option save_options[] = {
    {'d', "dir", "DIR", "the folder to write into, made if it is missing (.)"},
    {0, "part", "N", "this part only; 'facteur show ID' names the parts"},
    {0},
};

static const struct command_option delete_options[] = {
    {0, "forever", NULL, "destroy them, wherever they are"},
    {0},
};

static const struct command_option vacation_options[] = {
    {0, "from", "TIME", "mail is answered from then on, like 2030-01-31 or 2030-01-31T09:30"},
    {0, "until", "TIME", "and not any more from then on"},
    {'s', "subject", "TEXT", "of the answer; that of the message, behind Auto:, if not given"},
    {0, "text", "FILE", "what is answered"},
    {0, "html", "FILE", "the same in HTML"},
    {0, "days", "N", "a sender is answered once in so many days (7)"},
    {0},
};

static const struct command_option undo_options[] = {
    {0, "list", NULL, "what was done, newest first, and whether it was taken back"},
    {0},
};

#define COPY_OPTIONS                                                                            \
    {'c', "cc", "ADDRESS", "who gets a copy; may be given more than once"},                     \
        {'b', "bcc", "ADDRESS", "who gets a copy without the others knowing; may be repeated"}, \
        {'a', "attach", "FILE", "a file that goes with it; may be given more than once"},       \
        {0, "receipt", NULL, "ask who reads it to say so"},                                     \
    {                                                                                           \
        0, "no-edit", NULL, "do not open the editor on a terminal"                              \
    }

static const struct command_option compose_options[] = {
    {'f', "from", "ADDRESS", "who writes; the first identity of the account if not given"},
    {'t', "to", "ADDRESS", "who gets it; may be given more than once"},
    {'s', "subject", "TEXT", "what it is about"},
    COPY_OPTIONS,
    {0, "html", NULL, "the text on standard input is HTML; a plain text is made of it, too"},
    {0, "inline", "FILE", "a picture that the HTML shows as \"cid:NAME\", NAME being the file's"},
    {0, "account", "ACCOUNT", "whose draft it is; that of --from, or the first, if not given"},
    {0, "no-signature", NULL, "without the signature of the identity"},
    {0, "template", "ID", "make it of this message, and fill in its placeholders"},
    {0, "set", "NAME=VALUE", "what stands for {{NAME}} in it; may be given more than once"},
    {0, "save-template", NULL, "keep it as a template: 'facteur templates' lists it"},
    {0},
};

static const struct command_option reply_options[] = {
    {0, "all", NULL, "to everybody that the message went to"},
    {0, "list", NULL, "to the mailing list that the message came over"},
    {0, "no-quote", NULL, "without the text of the message"},
    {'f', "from", "ADDRESS", "the identity that writes; that which the message came to if not given"},
    {0, "no-signature", NULL, "without its signature"},
    {0, "html", NULL, "an HTML answer; what is on standard input is HTML, too"},
    {0, "inline", "FILE", "a picture that the HTML shows as \"cid:NAME\", NAME being the file's"},
    COPY_OPTIONS,
    {0},
};

static const struct command_option forward_options[] = {
    {'t', "to", "ADDRESS", "who gets it; may be given more than once"},
    {'f', "from", "ADDRESS", "the identity that writes; that which the message came to if not given"},
    {0, "no-signature", NULL, "without its signature"},
    {0, "html", NULL, "an HTML answer; what is on standard input is HTML, too"},
    {0, "inline", "FILE", "a picture that the HTML shows as \"cid:NAME\", NAME being the file's"},
    COPY_OPTIONS,
    {0, "as-attachment", NULL, "the whole message as a file, not its text and files"},
    {0},
};

static const struct command_option edit_options[] = {
    {'t', "to", "ADDRESS", "who gets it, too; may be given more than once"},
    {'s', "subject", "TEXT", "what it is about, instead"},
    COPY_OPTIONS,
    {0},
};

#define IDENTITY_OPTIONS                                                                          \
    {0, "name", "NAME", "what stands beside the address"},                                        \
        {0, "reply-to", "ADDRESS", "where answers go; may be repeated; '' for none"},             \
        {'b', "bcc", "ADDRESS", "who gets a copy of all that it writes; '' for none"},            \
        {0, "signature", "FILE", "a text that stands below what it writes; '' for none"},         \
    {                                                                                             \
        0, "html-signature", "FILE", "the same for HTML, with the pictures it names; '' for none" \
    }

static const struct command_option identity_create_options[] = {
    {0, "account", "ACCOUNT", "which sends; the one with an address of that domain if not given"},
    IDENTITY_OPTIONS,
    {0},
};

static const struct command_option identity_set_options[] = {
    IDENTITY_OPTIONS,
    {0},
};

static const struct command_option import_options[] = {
    {'m', "mailbox", "MAILBOX", "where everything goes, made if it is missing"},
    {0},
};

static const struct command_option send_options[] = {
    {'f', "from", "ADDRESS", "who sends, and so over which account"},
    {'t', "to", "ADDRESS", "who gets it; of a FILE or --raw: instead of those in To, Cc and Bcc"},
    {'c', "cc", "ADDRESS", "who gets a copy; may be given more than once"},
    {'b', "bcc", "ADDRESS", "who gets a copy without the others knowing; may be repeated"},
    {'s', "subject", "TEXT", "what it is about"},
    {'a', "attach", "FILE", "a file that goes with it; may be given more than once"},
    {0, "html", NULL, "the text on standard input is HTML; a plain text is made of it, too"},
    {0, "inline", "FILE", "a picture that the HTML shows as \"cid:NAME\", NAME being the file's"},
    {0, "account", "ACCOUNT", "which sends; that of --from, or the first, if not given"},
    {0, "no-signature", NULL, "without the signature of the identity"},
    {0, "raw", NULL, "a whole message, with its header, is on standard input"},
    {0, "hold", "SECONDS", "hold it so long, in which it can be taken back"},
    {0, "at", "TIME", "send it at a time like 2030-01-31T09:30, a year from now at most"},
    {0, "wait", "SECONDS", "wait until it has gone out, at most so long"},
    {0, "receipt", NULL, "ask who reads it to say so"},
    {0},
};

static const struct command_option mailto_options[] = {
    {0, "account", "ACCOUNT", "whose draft it is; the first, if not given"},
    {0, "no-edit", NULL, "do not open the editor on a terminal"},
    {0},
};

static const struct command_option send_to_options[] = {
    {'t', "to", "ADDRESS", "who gets them; may be given more than once"},
    {0, "account", "ACCOUNT", "whose draft it is; the first, if not given"},
    {0, "no-edit", NULL, "do not open the editor on a terminal"},
    {0, "install", NULL, "put it into the menus of the file managers that are here"},
    {0},
};

static const struct command_option receipt_options[] = {
    {'f', "from", "ADDRESS", "the identity that says so; the account's first, if not given"},
    {0},
};

static const struct command_option unsubscribe_options[] = {
    {0, "dry-run", NULL, "only say how one would; nothing is sent"},
    {0},
};

static const struct command_option resend_options[] = {
    {'f', "from", "ADDRESS", "the identity that sends it on; the first of the account if not given"},
    {'c', "cc", "ADDRESS", "who gets it, too; may be given more than once"},
    {'b', "bcc", "ADDRESS", "who gets it without the others knowing; may be repeated"},
    {0, "hold", "SECONDS", "hold it so long, in which it can be taken back"},
    {0, "wait", "SECONDS", "wait until it has gone out, at most so long"},
    {0},
};

static const struct command_option mcp_options[] = {
    {0, "token-file", "FILE", "its first line is the token to sign in with ('facteur token create')"},
    {0},
};

static const struct command_option outbox_options[] = {
    {'n', "count", "N", "at most so many (50)"},
    {0, "waiting", NULL, "only those that are not sent, and not canceled"},
    {0},
};

static const struct command_option mailbox_create_options[] = {
    {0, "role", "ROLE", "archive, drafts, sent, trash, junk"},
    {0, "unsubscribed", NULL, "without a subscription"},
    {0},
};

static const struct command_option mailbox_delete_options[] = {
    {0, "with-messages", NULL, "also when messages are in it"},
    {0, "force", NULL, "also one with a role (trash, sent, drafts, junk, archive)"},
    {0},
};

/* ---- the commands ----------------------------------------------------------------------------------------- */

const struct command cli_commands[] = {
    {.name = "account",
     .args = "add | discover | set | login | list | show | dismiss | remove | check | ...",
     .about = "accounts: add, discover, set, login, list, show, dismiss, remove, check, verify, repair",
     .text = "The accounts of this profile. 'facteur help account add' and so on say more."},
    {.name = "account add",
     .args = "ADDRESS [--source URL] [OPTION...]",
     .about = "adds an account",
     .text = "Finds out the servers ('facteur help account discover'), asks for the password, signs in,\n"
             "says what it found and adds the account. Where that fails nothing is added. With --source\n"
             "nothing is looked for. The URL is\n"
             "SCHEME://[USER@]HOST[:PORT][?tls=starttls|none]: imaps (TLS from the first byte),\n"
             "imap (STARTTLS; in clear with ?tls=none), or what else 'facteur plugin list' shows.\n"
             "An IPv6 address stands in brackets; an '@' in USER may stand as it is.",
     .options = add_options,
     .examples = "facteur account add jane@example.org\n"
                 "facteur account add jane@example.org --source imaps://imap.example.org\n"
                 "pass mail/jane | facteur account add jane@example.org --password-stdin \\\n"
                 "    --source 'imap://jane@[fd00::5]:1143?tls=starttls' --ca home-ca.pem",
     .status = "0 added, 1 not added (sign-in refused, server unreachable), 2 wrong usage",
     .run = cmd_account_add},
    {.name = "account discover",
     .args = "ADDRESS [OPTION...]",
     .about = "finds out the servers of a mail address; adds nothing",
     .text = "Looks, in this order: in the table of providers, by domain (table) and by MX (mx); at the\n"
             "provider's own host (autoconfig); in Mozilla's database; in SRV records (srv); at hosts with\n"
             "the usual names (guess). No password is asked for or sent. Says what the provider wants of\n"
             "its users, such as an app password, and on which page it tells how.",
     .options = discover_options,
     .examples = "facteur account discover jane@example.org\n"
                 "facteur account discover jane@example.org --skip database --skip guess\n"
                 "facteur --json account discover jane@example.org | jq -r .source.url",
     .status = "0 found, 1 not found",
     .run = cmd_account_discover},
    {.name = "account set",
     .args = "ACCOUNT [OPTION...]",
     .about = "changes an account: password, server, name, settings",
     .text = "Without an option it asks for a new password. Signs in with what is new and says what the\n"
             "server has; where that fails nothing is changed. Mail that is here stays.",
     .options = set_options,
     .examples = "facteur account set jane@example.org\n"
                 "pass mail/jane | facteur account set jane --password-stdin\n"
                 "facteur account set jane --source imaps://imap2.example.org --set timeoutSeconds=20\n"
                 "facteur account set jane --set keep=30d,1M",
     .status = "0 changed, 1 not changed (sign-in refused, server unreachable), 2 wrong usage",
     .run = cmd_account_set},
    {.name = "account login",
     .args = "ACCOUNT [OPTION...]",
     .about = "asks the provider for consent (OAuth 2.0), or renews one that is over",
     .text = "Opens a browser ($BROWSER, or the desktop's), in which you sign in to the provider and\n"
             "consent; with --device it says a code, to be typed in a browser anywhere. With --oauth or\n"
             "--client-id an account that had a password signs in by consent from then on.",
     .options = login_options,
     .examples = "facteur account login jane@example.org\n"
                 "facteur account login jane --device\n"
                 "facteur account login jane --oauth google --client-id ID --client-secret-file secret",
     .status = "0 consented and signed in, 1 not, 2 wrong usage",
     .run = cmd_account_login},
    {.name = "account list",
     .about = "the accounts and how they are",
     .text = "An ACCOUNT is named by its id, address, name, or the beginning of one of the latter.",
     .examples = "facteur account list\nfacteur --json account list | jq -r .address",
     .status = "0 listed",
     .run = cmd_account_list},
    {.name = "account show",
     .args = "ACCOUNT",
     .about = "one account: servers, settings, state, trouble",
     .text = "Settings, when it last synchronised, what is wrong with it, what waits for its server, and notices:\n"
             "what its server refused for good.",
     .examples = "facteur account show jane@example.org",
     .status = "0 shown, 1 there is no such account",
     .run = cmd_account_show},
    {.name = "account dismiss",
     .args = "ACCOUNT",
     .about = "takes the notices of an account away",
     .text = "They are those that 'account show' prints.",
     .examples = "facteur account dismiss jane@example.org",
     .status = "0 done, also when there are none; 1 there is no such account",
     .run = cmd_account_dismiss},
    {.name = "account remove",
     .args = "ACCOUNT",
     .about = "removes an account and its mail from this computer",
     .text = "Nothing changes on the server. Mail that other accounts hold as well stays there.",
     .examples = "facteur account remove jane@example.org",
     .status = "0 removed, 1 there is no such account, or it is the one on this computer",
     .run = cmd_account_remove},
    {.name = "account check",
     .args = "ACCOUNT",
     .about = "signs in to the server of an account and says what it found",
     .text = "Tries host, certificate, password; says what is wrong, or what the server can do.",
     .examples = "facteur account check jane",
     .status = "0 signed in, 1 it failed",
     .run = cmd_account_check},
    {.name = "account verify",
     .args = "[ACCOUNT...] [--bytes]",
     .about = "compares store and server completely; changes nothing",
     .text = "Mailboxes, every message with its flags, and the store with itself. Local changes that the\n"
             "server has not got yet are no differences. Without ACCOUNT: each that has a server, one after\n"
             "the other, and this computer. Ctrl-C ends the command; facteurd goes on.",
     .options = audit_options,
     .examples = "facteur account verify jane\nfacteur account verify\nfacteur --json account verify jane | jq "
                 "'.differences[].description'",
     .status = "0 nothing differs, 1 something does, or it could not be compared",
     .run = cmd_account_verify},
    {.name = "account repair",
     .args = "ACCOUNT [--bytes]",
     .about = "mends what account verify finds",
     .text = "What the server has comes here, what it has not goes unless it waits to be sent, flags become\n"
             "the server's with the changes that wait on top, damaged bytes are fetched again; then it\n"
             "compares once more. Nothing changes on the server but what was waiting for it.",
     .options = audit_options,
     .examples = "facteur account repair jane",
     .status = "0 nothing differs any more, 1 something does, or it failed",
     .run = cmd_account_repair},
    {.name = "secrets",
     .args = "list | default | move | encrypt | passphrase ...",
     .about = "where passwords are kept: list, default, move, encrypt, passphrase",
     .text = "file: a file that you alone can read. encrypted: a file that a passphrase opens ('unlock').\n"
             "keyring: the desktop's. command: what a program prints (pass, secret-tool, op...).\n"
             "credential: what systemd hands over. Of the last two nothing is stored here."},
    {.name = "secrets list",
     .about = "the stores, which account uses which, and what is wrong with them",
     .text = "No password is shown.",
     .examples = "facteur secrets list\nfacteur --json secrets list | jq '.accounts[]'",
     .status = "0 listed",
     .run = cmd_secrets_list},
    {.name = "secrets default",
     .args = "STORE",
     .about = "where passwords of new accounts go",
     .text = "STORE is file, encrypted or keyring. Accounts that are there stay where they are.",
     .examples = "facteur secrets default keyring",
     .status = "0 done, 1 that store cannot be used now",
     .run = cmd_secrets_default},
    {.name = "secrets move",
     .args = "STORE [ACCOUNT...] [OPTION...]",
     .about = "moves passwords and tokens from one store to another",
     .text = "Of all accounts unless some are named. A password is removed where it was after it was\n"
             "written in the new place and read there again.",
     .options = move_options,
     .examples = "facteur secrets move keyring\n"
                 "facteur secrets move command jane --password-command 'pass show mail/%a'",
     .status = "0 all are there, 1 one is where it was",
     .run = cmd_secrets_move},
    {.name = "secrets encrypt",
     .args = "[--passphrase-stdin]",
     .about = "begins the encrypted file: asks for its passphrase",
     .text = "Nothing is moved yet. After a start of facteurd 'facteur unlock' opens it; or systemd does,\n"
             "with a credential facteur-passphrase.",
     .options = passphrase_options,
     .examples = "facteur secrets encrypt && facteur secrets move encrypted",
     .status = "0 it is there and open, 1 it is not",
     .run = cmd_secrets_encrypt},
    {.name = "secrets passphrase",
     .args = "[--passphrase-stdin]",
     .about = "changes the passphrase of the encrypted file",
     .text = "Asks for the old one and for the new one.",
     .options = passphrase_options,
     .examples = "facteur secrets passphrase",
     .status = "0 changed, 1 not",
     .run = cmd_secrets_passphrase},
    {.name = "token",
     .args = "create | list | revoke | audit ...",
     .about = "who may come in beside you, by facteur-bridge or otherwise: create, list, revoke, audit",
     .text = "A token is for one device or program. It sees the accounts that it was made for and may what\n"
             "its scopes say: read (always), triage (flags, moving, deleting), draft (writing, importing),\n"
             "send, admin (accounts, identities, passwords, tokens)."},
    {.name = "token create",
     .args = "NAME [OPTION...]",
     .about = "makes a token and prints its secret, this once",
     .text = "Of all accounts unless some are named; for reading unless a scope is given. Where only a name\n"
             "and a password can be typed: the name, and the secret or the password.",
     .options = token_create_options,
     .examples = "facteur token create phone --scope triage --scope draft --scope send --expires 1y\n"
                 "facteur token create script --account jane",
     .status = "0 made, 1 refused",
     .run = cmd_token_create},
    {.name = "token list",
     .about = "the tokens: what each may, until when, when and from where it was used last",
     .text = "No secret is shown; none is kept.",
     .examples = "facteur token list",
     .status = "0 listed",
     .run = cmd_token_list},
    {.name = "token revoke",
     .args = "TOKEN...",
     .about = "ends tokens, by name or id, and what they do just now",
     .text = "Their connections are closed, and nothing that came by them is under way when this ends.\n"
             "Tokens that were made by them go, too.",
     .examples = "facteur token revoke phone",
     .status = "0 revoked, 1 one was not, or there is no such token",
     .run = cmd_token_revoke},
    {.name = "token audit",
     .args = "[TOKEN] [OPTION...]",
     .about = "what was changed with tokens, newest first",
     .text = "One that was revoked is named by its id.",
     .options = token_audit_options,
     .examples = "facteur token audit\nfacteur --json token audit phone -n 1000",
     .status = "0 listed",
     .run = cmd_token_audit},
    {.name = "bridge",
     .args = "pair | status | stop ...",
     .about = "the mail of this computer on a phone, by facteur-bridge: pair, status, stop",
     .text = "facteur-bridge serves the profile to JMAP programs over HTTP. 'man facteur-bridge' says how to\n"
             "run it; 'facteur token' says who may come in."},
    {.name = "bridge pair",
     .args = "[NAME] [OPTION...]",
     .about = "lets a phone in: shows a QR code that it scans",
     .text = "The code is good once, for five minutes; the device gets a token of its own with this name\n"
             "(phone). Below it stands the address that it says, which may be opened there as well. On a\n"
             "terminal the command waits until the device has come; elsewhere it prints the address alone.\n"
             "With --json: url, bridge, code, expiresAt and token.",
     .options = bridge_pair_options,
     .examples = "facteur bridge pair\nfacteur bridge pair tablet --account jane --scope triage --expires 1y",
     .status = "0 paired, or shown; 1 no bridge runs, it was refused, or nobody came",
     .run = cmd_bridge_pair},
    {.name = "bridge status",
     .about = "where the bridge is reached, whether with TLS, and who is there",
     .text = "OPEN counts the requests, WebSockets and event streams of a token. Those that came within a\n"
             "minute are shown, too. With --json: all that the bridge says of itself.",
     .examples = "facteur bridge status\nfacteur --json bridge status | jq -r .url",
     .status = "0 told, 1 none runs",
     .run = cmd_bridge_status},
    {.name = "bridge stop",
     .about = "ends the bridge; facteurd goes on",
     .text = "Browsers and phones come back by themselves when one is started again.",
     .examples = "facteur bridge stop",
     .status = "0 it has ended, or none ran; 1 it does not end",
     .run = cmd_bridge_stop},
    {.name = "web",
     .args = "[OPTION...]",
     .about = "opens the web application in the browser, signed in",
     .text = "Starts facteurd and facteur-bridge where none runs for the profile; both stay. The browser gets\n"
             "a token of its own ('browser', see 'facteur token') by a code that is good once, for five\n"
             "minutes, and keeps it: a later 'facteur web' only opens it. Where there is no browser, as over\n"
             "ssh, and with --print, the address is printed.\n"
             "With --json: url, bridge, code, expiresAt, isStarted (a bridge was) and isOpen (in a browser).",
     .options = web_options,
     .examples = "facteur web\nfacteur web --print",
     .status = "0 opened, or printed; 1 there is no bridge, or it does not serve the application",
     .run = cmd_web},
    {.name = "unlock",
     .args = "[--passphrase-stdin]",
     .about = "opens the encrypted file of passwords until facteurd ends",
     .text = "Accounts that waited for it try at once. See 'facteur help secrets'.",
     .options = passphrase_options,
     .examples = "facteur unlock\npass facteur | facteur unlock --passphrase-stdin",
     .status = "0 open, 1 the passphrase is wrong, or there is no such file",
     .run = cmd_unlock},
    {.name = "lock",
     .about = "closes the encrypted file of passwords",
     .text = "Connections that are there stay.",
     .examples = "facteur lock",
     .status = "0 closed",
     .run = cmd_lock},
    {.name = "sync",
     .args = "[ACCOUNT...]",
     .about = "synchronises now and waits, with progress",
     .text = "All accounts unless some are named. Progress goes to standard error, one line for each\n"
             "account to standard output. Ctrl-C ends the command; facteurd goes on.",
     .examples = "facteur sync\nfacteur sync jane work",
     .status = "0 all went well, 1 one account failed at least",
     .run = cmd_sync},
    {.name = "watch",
     .args = "[ACCOUNT...]",
     .about = "prints changes as they happen, until interrupted",
     .text = "A line for each message that is new, changed or gone, whoever caused it; an account that\n"
             "gets into trouble, or out of it, is told on standard error.",
     .examples = "facteur watch\nfacteur --json watch | jq -r 'select(.event == \"new\").email.subject'",
     .status = "0 interrupted by Ctrl-C or SIGTERM, 3 facteurd has gone",
     .run = cmd_watch},
    {.name = "mailboxes",
     .args = "[ACCOUNT]",
     .about = "names, roles, totals, unread",
     .text = "The mailboxes of all accounts, or of one.",
     .examples = "facteur mailboxes\nfacteur --json mailboxes | jq -r 'select(.unreadEmails > 0).path'",
     .status = "0 listed, 1 there is no such account",
     .run = cmd_mailboxes},
    {.name = "mailbox",
     .args = "create | rename | delete | subscribe | unsubscribe | keep | color ...",
     .about = "mailboxes: create, rename, delete, subscribe, keep, color",
     .text = "What is done in an account with a server is shown at once and told to the server as soon\n"
             "as it can be reached. What it refuses for good is undone, with a notice ('account show')."},
    {.name = "mailbox create",
     .args = "[ACCOUNT:]PATH [--role ROLE] [--unsubscribed]",
     .about = "makes a mailbox",
     .text = "PATH is its name, or Work/Clients for the mailbox Clients below Work, which is there\n"
             "already. Without ACCOUNT it is made in the only account that has a server, or else on this\n"
             "computer.",
     .options = mailbox_create_options,
     .examples = "facteur mailbox create Receipts\nfacteur mailbox create jane:Work/Clients",
     .status = "0 made, 1 not made (the name is taken, or cannot be)",
     .run = cmd_mailbox_create},
    {.name = "mailbox rename",
     .args = "MAILBOX PATH",
     .about = "gives a mailbox another name, another place, or both",
     .text = "PATH is the whole new one: 'rename Work/Old Work/New' stays below Work, 'rename Work/Old New'\n"
             "moves it to the top. What is below it comes along.",
     .examples =
         "facteur mailbox rename Work/Clients Work/Customers\nfacteur mailbox rename Customers Archive/Customers",
     .status = "0 renamed, 1 not renamed (there is no such mailbox, or the name is taken)",
     .run = cmd_mailbox_rename},
    {.name = "mailbox delete",
     .args = "MAILBOX [--with-messages] [--force]",
     .about = "deletes a mailbox that has none below it",
     .text = "With --with-messages its messages are destroyed that are in no other mailbox. Where\n"
             "messages have come to it on the server that nobody has seen, it comes back.",
     .options = mailbox_delete_options,
     .examples = "facteur mailbox delete Work/Old\nfacteur mailbox delete Lists/noise --with-messages",
     .status = "0 deleted, 1 not deleted (it holds messages, or mailboxes, or has a role)",
     .run = cmd_mailbox_delete},
    {.name = "mailbox subscribe",
     .args = "MAILBOX",
     .about = "subscribes to a mailbox",
     .text = "Other mail programs may show only mailboxes that are subscribed.",
     .examples = "facteur mailbox subscribe Lists/news",
     .status = "0 done, 1 there is no such mailbox",
     .run = cmd_mailbox_subscribe},
    {.name = "mailbox unsubscribe",
     .args = "MAILBOX",
     .about = "ends the subscription of a mailbox",
     .text = "Nothing else changes.",
     .examples = "facteur mailbox unsubscribe Lists/news",
     .status = "0 done, 1 there is no such mailbox",
     .run = cmd_mailbox_unsubscribe},
    {.name = "mailbox keep",
     .args = "MAILBOX [POLICY]",
     .about = "how much of a mailbox's mail is kept on this computer",
     .text = "POLICY is all, none (headers only) or the last days (30d), perhaps with a limit beyond which a\n"
             "message is not kept whole (all,1M), or account: as the account says ('account set --set\n"
             "keep=...'). What is not kept comes when it is shown. Without POLICY it is told.",
     .examples = "facteur mailbox keep Lists/noise none\nfacteur mailbox keep Archive 365d,1M\nfacteur mailbox keep "
                 "Archive account",
     .status = "0 done, 1 there is no such mailbox, or it has no server, 2 that is no policy",
     .run = cmd_mailbox_keep},
    {.name = "mailbox color",
     .args = "MAILBOX [COLOR|none]",
     .about = "the colour in which front ends show a mailbox",
     .text = "COLOR is red, orange, yellow, green, teal, blue, violet, pink, brown or grey; each front end\n"
             "has a shade of its own for it. It is kept on this computer only. Without COLOR it is told.",
     .examples = "facteur mailbox color Work/Clients teal\nfacteur mailbox color Work/Clients none",
     .status = "0 done, 1 there is no such mailbox, 2 that is no colour",
     .run = cmd_mailbox_color},
    {.name = "list",
     .args = "[-m MAILBOX] [-n N] [--skip N] [--threads]",
     .about = "a mailbox, newest first (the inbox)",
     .text = "The inboxes of all accounts, or MAILBOX: a role (inbox, archive, drafts, sent, trash,\n"
             "junk), a name, a path such as Work/Clients, an id, or ACCOUNT:MAILBOX.\n"
             "Marks: N unread, * flagged, r answered, @ has attachments.",
     .options = list_options,
     .examples = "facteur list -n 20\nfacteur list -m work:archive --threads",
     .status = "0 listed, also when it is empty; 1 there is no such mailbox",
     .run = cmd_list},
    {.name = "search",
     .args = "QUERY... [-n N] [--skip N] [--threads]",
     .about = "what matches, newest first",
     .text = "Words, \"phrases\", word*, from: to: cc: bcc: subject: body: filename: list: id:, in:MAILBOX\n"
             "or in:ACCOUNT:NAME, account:, is:unread|read|flagged|answered|draft|muted|spam, keyword:,\n"
             "has:attachment, before: after: on: (2025-03-17, yesterday, 7d), larger: smaller: (5M),\n"
             "OR, NOT or -, parentheses.\n"
             "Several arguments are joined by spaces; quotes for the query need quotes for the shell.",
     .options = search_options,
     .examples = "facteur search from:anna has:attachment after:30d\n"
                 "facteur search 'subject:\"last chance\" -in:trash' -n 10",
     .status = "0 also when nothing matches; 1 the query is malformed",
     .run = cmd_search},
    {.name = "count",
     .args = "QUERY...",
     .about = "how many match",
     .text = "The query is that of search; '' counts everything.",
     .examples = "facteur count is:unread in:inbox\nfacteur count ''",
     .status = "0 counted, also when it is 0; 1 the query is malformed",
     .run = cmd_count},
    {.name = "stats",
     .args = "[QUERY...] [--by UNIT] [-n N] [--senders N]",
     .about = "mail counted by days, hours, senders and mailboxes",
     .text = "Everything, or what the query (that of search) finds. Bars: # received, = sent, ! spam. Then\n"
             "what comes at which hour of which day of the week, who writes most, and how large mailboxes\n"
             "are. Days are those of this computer's time zone.",
     .options = stats_options,
     .examples = "facteur stats --by month\nfacteur stats from:anna --by year\n"
                 "facteur --json stats | jq '.units[] | [.start, .counts.received]'",
     .status = "0 counted, also when nothing matches; 1 the query is malformed",
     .run = cmd_stats},
    {.name = "show",
     .args = "ID [--raw | --headers | --text | --html | --part N]",
     .about = "a message",
     .text = "The fields that matter, its parts, its text. On a terminal, control characters of\n"
             "strangers are shown as U+FFFD; into a file or a pipe everything goes as it is.",
     .options = show_options,
     .examples = "facteur show e1u9h3k0\nfacteur show e1u9h3k0 --raw > message.eml",
     .status = "0 shown, 1 there is no such message or part",
     .run = cmd_show},
    {.name = "save",
     .args = "ID [-d DIR] [--part N]",
     .about = "writes the attachments of a message into files",
     .text = "Prints the names of the files. An existing file is never written over; names given by\n"
             "strangers are made harmless.",
     .options = save_options,
     .examples = "facteur save e1u9h3k0 -d ~/Downloads\nfacteur save e1u9h3k0 --part 2",
     .status = "0 saved, also when there are no attachments; 1 it failed",
     .run = cmd_save},
    {.name = "history",
     .args = "ID...",
     .about = "where a message came from, when, and who moved it",
     .text = "Arrivals, moves, copies and removals, with the UID on the server; changes of flags are not\n"
             "told. A message that was destroyed is remembered for 30 days. An ID of '-' reads ids from\n"
             "standard input, as with flag.",
     .examples = "facteur history e1u9h3k0\nfacteur --json history e1u9h3k0 | jq '.events[].actor'",
     .status = "0 told, 1 one of them is neither there nor remembered",
     .run = cmd_history},
    {.name = "flag",
     .args = "ID... +FLAG... -FLAG...",
     .about = "sets and clears flags",
     .text = "Flags: seen, flagged, answered, draft, forwarded, junk, notjunk, phishing, or any keyword.\n"
             "An ID of '-' reads ids from standard input, one a line, or the output of --json list and\n"
             "--json search.",
     .examples = "facteur flag e1u9h3k0 +flagged -seen\nfacteur --json search list:bread | facteur flag - +seen",
     .status = "0 all were changed, 1 one was not at least",
     .run = cmd_flag},
    {.name = "move",
     .args = "ID... MAILBOX",
     .about = "moves messages to a mailbox",
     .text = "The mailbox is one of the account that a message is in. An ID of '-' reads ids from\n"
             "standard input, as with flag. In an account with a server it shows at once, and the server is\n"
             "told when it can be reached.",
     .examples = "facteur move e1u9h3k0 archive\nfacteur --json search before:2020 | facteur move - archive",
     .status = "0 all were moved, 1 one was not at least",
     .run = cmd_move},
    {.name = "snooze",
     .args = "ID... WHEN | ID... --cancel",
     .about = "out of the inbox until a moment, then back on top, unread",
     .text = "WHEN: 90min, 3h, 2d, 1w; 18:00; tomorrow, monday... (at 8:00); 2030-12-31T08:00. Meanwhile\n"
             "they are in the mailbox Snoozed. facteurd brings them back, whether a front end runs or not.\n"
             "Whoever moves one out of that mailbox has ended it. An ID of '-' reads ids from standard\n"
             "input, as with flag.",
     .options = snooze_options,
     .examples = "facteur snooze e1u9h3k0 tomorrow\nfacteur list -m snoozed\nfacteur snooze e1u9h3k0 --cancel",
     .status = "0 all of them, 1 one was not at least",
     .run = cmd_snooze},
    {.name = "mute",
     .args = "ID...",
     .about = "nothing more is wanted of these conversations",
     .text = "They go from the inbox into the archive. What comes new in one is read at once and goes there,\n"
             "too, whether a front end runs or not. 'is:muted' finds them; 'facteur undo' takes it back. An ID\n"
             "of '-' reads ids from standard input, as with flag.",
     .examples = "facteur mute e1u9h3k0\nfacteur search is:muted",
     .status = "0 all of them, 1 one was not at least",
     .run = cmd_mute},
    {.name = "unmute",
     .args = "ID...",
     .about = "takes that back, for the whole conversation",
     .text = "What was put away stays there. An ID of '-' reads ids from standard input, as with flag.",
     .examples = "facteur unmute e1u9h3k0\nfacteur --json search is:muted | facteur unmute -",
     .status = "0 all of them, 1 one was not at least",
     .run = cmd_unmute},
    {.name = "delete",
     .args = "ID... [--forever]",
     .about = "moves messages to the trash; what is there already is destroyed",
     .text = "An ID of '-' reads ids from standard input, as with flag. In an account with a server it\n"
             "shows at once, and the server is told when it can be reached.",
     .options = delete_options,
     .examples = "facteur delete e1u9h3k0\nfacteur --json list -m trash -n 1000 | facteur delete -",
     .status = "0 all were deleted, 1 one was not at least",
     .run = cmd_delete},
    {.name = "undo",
     .args = "[ID]\n--list",
     .about = "takes back what was done to messages: flag, move, delete",
     .text = "The last command that is not taken back yet, whichever program gave it, or the action with\n"
             "that ID. Given again it goes further back. What somebody changed since stays as it is, and is\n"
             "told. What was deleted for good comes back under a new id, on the server, too. The last 100\n"
             "actions of the last 7 days are kept. An undo has an ID, too: taking it back does it again.",
     .options = undo_options,
     .examples = "facteur delete e1u9h3k0 && facteur undo\nfacteur undo --list\nfacteur undo z3",
     .status = "0 all of it was taken back, 1 something was not, or there is nothing to take back",
     .run = cmd_undo},
    {.name = "drafts",
     .args = "[-n N] [--skip N] [--threads]",
     .about = "the drafts, newest first",
     .text = "Of all accounts, without those that are kept as 'templates'. 'edit' writes on at one.",
     .options = search_options,
     .examples = "facteur drafts\nfacteur edit $(facteur --json drafts -n 1 | jq -r .id)",
     .status = "0 listed, also when there are none",
     .run = cmd_drafts},
    {.name = "templates",
     .args = "[-n N] [--skip N] [--threads]",
     .about = "the templates, newest first",
     .text = "Drafts that are kept for it ('compose --save-template'). 'compose --template' writes by one.",
     .options = search_options,
     .examples = "facteur templates\nfacteur compose --template e1u9h3k0 -t jane@example.org --set amount=5",
     .status = "0 listed, also when there are none",
     .run = cmd_templates},
    {.name = "compose",
     .args = "[-t ADDRESS]... [-s TEXT] [-a FILE]... [OPTION...]",
     .about = "a draft of a new message",
     .text = "On a terminal the editor ($VISUAL, $EDITOR) opens with header and text; else the text is\n"
             "what comes on standard input. Prints the id of the draft, which stands in the drafts of\n"
             "the account. An ADDRESS is jane@example.org or 'Jane Doe <jane@example.org>', or several.",
     .options = compose_options,
     .examples = "facteur compose -t jane@example.org -s Lunch\n"
                 "facteur compose -t jane@example.org -s Report -a report.pdf -a data.csv < text\n"
                 "facteur compose -t jane@example.org -s News --html --inline logo.png < news.html",
     .status = "0 made, 1 not made (no such account, a file cannot be read, the editor failed)",
     .run = cmd_compose},
    {.name = "reply",
     .args = "ID [--all | --list] [--html] [-a FILE]... [OPTION...]",
     .about = "a draft of a reply: to the author, --all, --list",
     .text = "Quotes the message, sets recipients, subject and thread; your own addresses are left out.\n"
             "On a terminal the editor opens; else the text on standard input stands above the quote.\n"
             "Prints the id of the draft.",
     .options = reply_options,
     .examples = "facteur reply e1u9h3k0 --all\necho 'Yes, gladly.' | facteur reply e1u9h3k0",
     .status = "0 made, 1 not made (no such message, no list, the editor failed)",
     .run = cmd_reply},
    {.name = "forward",
     .args = "ID [-t ADDRESS]... [--as-attachment | --html] [OPTION...]",
     .about = "a draft that forwards a message",
     .text = "With its text and its files, or all of it as one file. On a terminal the editor opens;\n"
             "else the text on standard input stands above it. Prints the id of the draft.",
     .options = forward_options,
     .examples =
         "facteur forward e1u9h3k0 -t jane@example.org\necho FYI | facteur forward e1u9h3k0 -t jane@example.org",
     .status = "0 made, 1 not made (no such message, the editor failed)",
     .run = cmd_forward},
    {.name = "edit",
     .args = "ID [-t ADDRESS]... [-s TEXT] [-a FILE]... [OPTION...]",
     .about = "writes on at a draft; of another message makes a new draft",
     .text = "On a terminal the editor opens; else what comes on standard input, if anything does, is the\n"
             "new text. The draft gets a new id, which is printed, and the old one goes. Any other message\n"
             "stays, and serves as a template: the same people, subject, text and files.",
     .options = edit_options,
     .examples = "facteur edit e1u9h3k0\nfacteur edit e1u9h3k0 --attach report.pdf --no-edit",
     .status = "0 made, 1 not made (no such message, the editor failed): the old draft is still there",
     .run = cmd_edit},
    {.name = "identity",
     .args = "list | create | set | delete",
     .about = "addresses to send from, with names and signatures: list, create, set, delete",
     .text = "Each account has one from the beginning. A message is from the first of its account, a reply\n"
             "from the one whose address was written to; --from of compose, reply and forward says another."},
    {.name = "identity list",
     .about = "the identities of all accounts",
     .text = "An IDENTITY is named by its id or its address.",
     .examples = "facteur identity list\nfacteur --json identity list | jq -r .email",
     .status = "0 listed",
     .run = cmd_identity_list},
    {.name = "identity create",
     .args = "ADDRESS [OPTION...]",
     .about = "one more address that an account sends from",
     .text = "'*@example.org' is every address there. The signature stands below what is written, behind\n"
             "a line \"-- \". Pictures of an HTML signature (<img src=\"logo.png\">, beside the file) go\n"
             "along with each message.",
     .options = identity_create_options,
     .examples = "facteur identity create sales@example.org --name 'Jane, Sales' --signature ~/sales.txt\n"
                 "facteur identity create jane@home.example --account jane --html-signature card.html",
     .status = "0 created, 1 not created",
     .run = cmd_identity_create},
    {.name = "identity set",
     .args = "IDENTITY [OPTION...]",
     .about = "changes an identity: name, signature, reply-to, bcc",
     .text = "IDENTITY is an id or an address. What is not named stays as it is.",
     .options = identity_set_options,
     .examples = "facteur identity set jane@example.org --name 'Jane Doe' --signature ~/.signature\n"
                 "facteur identity set n2 --signature '' --html-signature card.html",
     .status = "0 changed, 1 not changed",
     .run = cmd_identity_set},
    {.name = "identity delete",
     .args = "IDENTITY",
     .about = "removes an identity",
     .text = "What it wrote stays.",
     .examples = "facteur identity delete sales@example.org",
     .status = "0 removed, 1 not removed",
     .run = cmd_identity_delete},
    {.name = "vacation",
     .args = "[ACCOUNT] [on | off] [OPTION...]",
     .about = "answers new mail while you are away",
     .text = "facteurd answers by itself while it is on: not lists, programs or yourself, only mail that names\n"
             "an address of yours in To, Cc or Bcc, and each sender once in 7 days. With an account alone it\n"
             "is shown, without one all are listed. An empty value takes what was said away.",
     .options = vacation_options,
     .examples = "facteur vacation jane on --text away.txt --until 2030-02-15\n"
                 "facteur vacation jane off\n"
                 "facteur --json vacation | jq -r 'select(.isEnabled).accountId'",
     .status = "0 shown or changed, 1 not changed",
     .run = cmd_vacation},
    {.name = "rule",
     .args = "list | add | set | enable | disable | remove | move | test | apply ...",
     .about = "what happens to mail that comes new: which mail, and what is done with it",
     .text = "facteurd asks its rules about each message that comes new into an inbox, once, whether a front\n"
             "end runs or not. What was there before is left alone ('rule apply' is for that). A rule is named by\n"
             "its id, its name, or the beginning of its name."},
    {.name = "rule list",
     .args = "[--account ACCOUNT]",
     .about = "the rules, in the order in which they are asked",
     .text = "With what each does, how many messages it handled, and why it can do nothing, where that is so.",
     .options = rule_list_options,
     .examples = "facteur rule list\nfacteur --json rule list | jq -r 'select(.problem).name'",
     .status = "0 listed",
     .run = cmd_rule_list},
    {.name = "rule add",
     .args = "NAME QUERY [OPTION...]",
     .about = "makes a rule, and prints its id; it is asked last",
     .text = "QUERY is what 'facteur search' takes; '' is every message. It must do something: --move,\n"
             "--copy or --flag. The first of several rules that moves a message counts.",
     .options = rule_add_options,
     .examples = "facteur rule add News from:news@example.org --move Lists --flag +seen\n"
                 "facteur rule add Boss from:boss@example.org --flag +flagged --last",
     .status = "0 made, 1 refused",
     .run = cmd_rule_add},
    {.name = "rule set",
     .args = "RULE [OPTION...]",
     .about = "changes a rule",
     .text = "What is not named stays as it is. --copy and --flag replace all that there were; an empty value\n"
             "takes them away, and --move ''.",
     .options = rule_set_options,
     .examples = "facteur rule set News --query 'from:news@example.org OR list:news' --move Reading",
     .status = "0 changed, 1 not changed",
     .run = cmd_rule_set},
    {.name = "rule enable",
     .args = "RULE...",
     .about = "switches rules on",
     .text = "They are asked about mail that comes from then on.",
     .examples = "facteur rule enable News",
     .status = "0 all of them, 1 one was not at least",
     .run = cmd_rule_enable},
    {.name = "rule disable",
     .args = "RULE...",
     .about = "switches rules off, and keeps them",
     .text = "'rule test' and 'rule apply' go on to work with them.",
     .examples = "facteur rule disable News",
     .status = "0 all of them, 1 one was not at least",
     .run = cmd_rule_disable},
    {.name = "rule remove",
     .args = "RULE...",
     .about = "removes rules",
     .text = "What they did stays done.",
     .examples = "facteur rule remove News",
     .status = "0 all of them, 1 one was not at least",
     .run = cmd_rule_remove},
    {.name = "rule move",
     .args = "RULE first | last | before RULE | after RULE",
     .about = "asks a rule earlier or later",
     .text = "Among the rules of its account.",
     .examples = "facteur rule move Boss first\nfacteur rule move News after Boss",
     .status = "0 moved, 1 not",
     .run = cmd_rule_move},
    {.name = "rule test",
     .args = "RULE | QUERY [-n N]",
     .about = "what it would match of the mail that is there",
     .text = "Nothing is changed. What is no rule's name or id is a query, as with search.",
     .options = rule_test_options,
     .examples = "facteur rule test News\nfacteur rule test 'list:news -from:boss@example.org'",
     .status = "0 also when nothing matches, 1 the query is malformed",
     .run = cmd_rule_test},
    {.name = "rule apply",
     .args = "RULE... [--in MAILBOX | --all]",
     .about = "does what rules say to mail that is there already",
     .text = "To what is in the inbox, unless something else is named. All of it is one action for 'facteur\n"
             "undo'. Rules that are switched off are applied, too.",
     .options = rule_apply_options,
     .examples = "facteur rule apply News\nfacteur rule apply News Boss --in Archive\nfacteur undo",
     .status = "0 applied, 1 not, or not all",
     .run = cmd_rule_apply},
    {.name = "import",
     .args = "PATH... [-m MAILBOX]",
     .about = "mbox, Maildir, .eml, folders of them, '-' for stdin",
     .text = "Copies messages into the account \"On this computer\", or where MAILBOX is: one of an\n"
             "account with a server is ACCOUNT:NAME, or its id. Flags and dates of arrival come along,\n"
             "folders of a Maildir++ become mailboxes. What is there already is not doubled, so\n"
             "an import that was interrupted may simply be repeated.",
     .options = import_options,
     .examples = "facteur import ~/Maildir old-mail.mbox\nzcat archive.mbox.gz | facteur import - -m Archive/2019",
     .status = "0 all is there, 1 a file or a message was refused (the others are there)",
     .run = cmd_import},
    {.name = "send",
     .args = "-t ADDRESS... [-s TEXT] [-a FILE]... [OPTION...]\nID | FILE | --raw [OPTION...]",
     .about = "sends a message: a new one, a draft, or one that is written",
     .text = "The text is what comes on standard input; on a terminal the editor opens. Or it sends the\n"
             "draft with that ID; or a whole message, with its header, over the account of its From: then\n"
             "From, Date and Message-ID are made where they are missing. Bcc is left away from what goes\n"
             "out. When the command ends the message is safe on the disk, and goes out by itself, now or\n"
             "when there is a network; 'facteur outbox' shows how far it is. A copy stands in the mailbox\n"
             "Sent.",
     .options = send_options,
     .examples = "echo Yes | facteur send -t jane@example.org -s Lunch -a menu.pdf\n"
                 "facteur send e1u9h3k0\nfacteur send letter.eml --wait 30\ngit format-patch -1 --stdout | facteur "
                 "send --raw -t list@example.org\n"
                 "facteur send letter.eml --hold 10",
     .status = "0 it is in the outbox (with --wait: sent, or still on its way), 1 it was refused",
     .run = cmd_send},
    {.name = "resend",
     .args = "ID ADDRESS... [OPTION...]",
     .about = "sends a message on as it is",
     .text = "Not a byte of it is changed; fields in front of it (Resent-From, Resent-To...) say who sent it\n"
             "on, when, and to whom. Answers go to its author. 'forward' writes a message of your own.",
     .options = resend_options,
     .examples = "facteur resend e1u9h3k0 jane@example.org\n"
                 "facteur resend e1u9h3k0 'Jane <jane@example.org>' --wait 30",
     .status = "0 it is in the outbox (with --wait: sent, or still on its way), 1 it was refused",
     .run = cmd_resend},
    {.name = "sendmail",
     .args = "[-t] [-i] [-f ADDRESS] [-F NAME] [RECIPIENT...]",
     .about = "sends, as sendmail does: for git, cron, mutt",
     .text = "The message is on standard input. -t: the recipients are those of To, Cc and Bcc,\n"
             "beside those that are named. -i or -oi: a line with one dot does not end it. -f: who\n"
             "sends. -F: the name in a From that is made. -bm is understood; other options of\n"
             "sendmail(8) are taken and mean nothing here. A link named sendmail does the same.",
     .examples = "facteur sendmail -t -oi < letter.eml\n"
                 "git config sendemail.sendmailCmd 'facteur sendmail'\nset sendmail='facteur sendmail -oi' # muttrc",
     .status = "0 it is in the outbox; else as sysexits.h has it: 64 usage, 65 malformed,\n"
               "67 a recipient is no address, 69 facteurd refused, 74 it cannot be read, 75 facteurd\n"
               "does not run, 77 no account sends as that",
     .run = cmd_sendmail},
    {.name = "outbox",
     .args = "[-n N] [--waiting]\ncancel | retry | sent | failed ID...",
     .about = "what is on its way out; cancel, retry, sent, failed",
     .text = "Messages that are to be sent, or were in the last 30 days, newest first. held: until its\n"
             "time; queued: it goes out as soon as it can; sending; sent; failed; canceled; uncertain:\n"
             "the connection ended before the server said whether it took the message: look whether\n"
             "it arrived, and say so ('outbox sent', 'outbox retry'). It is not sent again by itself.",
     .options = outbox_options,
     .examples = "facteur outbox\nfacteur --json outbox | jq -r .state\nfacteur outbox cancel s5",
     .status = "0 listed",
     .run = cmd_outbox},
    {.name = "receipt",
     .args = "ID [-f ADDRESS]",
     .about = "tells those who asked for it that you have read a message",
     .text = "Nothing of the kind is ever sent by itself. Once for each message, which is marked ($mdnsent).",
     .options = receipt_options,
     .examples = "facteur receipt e1u9h3k0",
     .status = "0 it is on its way, 1 nobody asks for one, or one was sent",
     .run = cmd_receipt},
    {.name = "unsubscribe",
     .args = "ID [--dry-run]",
     .about = "leaves the mailing list that a message came by",
     .text = "With one request to where its sender says (RFC 8058), without cookies, if the sender has\n"
             "signed the offer. Otherwise it says how it is done by hand: that is yours to do.",
     .options = unsubscribe_options,
     .examples = "facteur unsubscribe e1u9h3k0 --dry-run\nfacteur unsubscribe e1u9h3k0",
     .status = "0 the list is left (with --dry-run: it could be), 1 it is not",
     .run = cmd_unsubscribe},
    {.name = "mailto",
     .args = "URL",
     .about = "a draft of what a mailto: link asks for (RFC 6068)",
     .text = "On a terminal the editor opens; else it is stored. Recipients, subject, text and the message\n"
             "that it answers are taken; a link attaches no file and sends nothing. A desktop entry is\n"
             "installed with facteur: 'xdg-mime default facteur-mailto.desktop x-scheme-handler/mailto'.",
     .options = mailto_options,
     .examples = "facteur mailto 'mailto:jane@example.org?subject=Lunch'",
     .status = "0 made, 1 not made (a link that is refused, the editor failed)",
     .run = cmd_mailto},
    {.name = "send-to",
     .args = "FILE...\n--install",
     .about = "a draft with files, for file managers",
     .text = "On a terminal the editor opens; else it is stored. --install writes a script or a desktop\n"
             "entry for each of Nautilus, Nemo, Caja, Thunar and Dolphin that is here.",
     .options = send_to_options,
     .examples = "facteur send-to report.pdf\nfacteur send-to --install",
     .status = "0 made, 1 not made (a file cannot be read, the editor failed)",
     .run = cmd_send_to},
    {.name = "outbox cancel",
     .args = "ID...",
     .about = "takes messages back that have not gone out",
     .text = "They are drafts again.",
     .examples = "facteur outbox cancel s5",
     .status = "0 all were taken back, 1 for one it was too late",
     .run = cmd_outbox_cancel},
    {.name = "outbox confirm",
     .args = "ID...",
     .about = "sends messages that a program may only ask for",
     .text = "'facteur outbox' says which wait for this; 'facteur show EMAIL' shows one before it goes.",
     .examples = "facteur outbox confirm s5",
     .status = "0 all are on their way, 1 one is over already",
     .run = cmd_outbox_confirm},
    {.name = "outbox retry",
     .args = "ID...",
     .about = "sends messages now, or once more",
     .text = "Those that wait are tried now; those that failed or are uncertain are sent again.",
     .examples = "facteur outbox retry s5",
     .status = "0 they are in the queue, 1 one could not be",
     .run = cmd_outbox_retry},
    {.name = "outbox sent",
     .args = "ID...",
     .about = "says that uncertain messages have arrived",
     .text = "A copy is put into Sent then.",
     .examples = "facteur outbox sent s5",
     .status = "0 noted, 1 one is not uncertain",
     .run = cmd_outbox_sent},
    {.name = "outbox failed",
     .args = "ID...",
     .about = "says that uncertain messages have not arrived",
     .text = "They are not sent again.",
     .examples = "facteur outbox failed s5",
     .status = "0 noted, 1 one is not uncertain",
     .run = cmd_outbox_failed},
    {.name = "rpc",
     .args = "METHOD [PARAMS]\n-",
     .about = "any method; '-' reads requests from stdin, one a line",
     .text = "Calls a method with a JSON object and prints its result; an error goes to standard error\n"
             "as JSON. 'rpc -' sends lines as they are and prints every answer and notification until\n"
             "all are answered. 'facteur rpc rpc.discover' describes every method.",
     .examples = "facteur rpc Mailbox/get '{\"accountId\": \"*\"}'\n"
                 "echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Core/status\",\"params\":{}}' | facteur rpc -",
     .status = "0 there was a result, with '-' an answer for every request; 1 an error",
     .run = cmd_rpc},
    {.name = "mcp",
     .about = "a server for programs that act for people (Model Context Protocol)",
     .text = "Speaks on standard input and output with an assistant that a language model drives. It can\n"
             "search and read mail, and write drafts. What it wants sent is held until 'facteur outbox\n"
             "confirm'. A token decides otherwise, by its scopes: more ('triage' marks and moves, 'send'\n"
             "sends) or less. Without --token-file the token is in FACTEUR_TOKEN; without that, there is none.",
     .options = mcp_options,
     .examples = "facteur mcp\nfacteur mcp --token-file ~/.config/facteur/assistant.token",
     .status = "0 the other side has ended it, 1 the token was refused, 3 facteurd does not run",
     .run = cmd_mcp},
    {.name = "plugin",
     .args = "list",
     .about = "the plugins that were found",
     .text = "'facteur help plugin list' says more."},
    {.name = "plugin list",
     .about = "the plugins that were found",
     .text = "What each is for, the URL schemes that it serves, and why one was refused.",
     .examples = "facteur plugin list\nfacteur --json plugin list | jq .configSchema",
     .status = "0 listed",
     .run = cmd_plugin_list},
    {.name = "doctor",
     .about = "what is wrong with this installation, this profile, these accounts",
     .text = "Looks at programs, profile, disk, facteurd, plugins and accounts; says what to do.",
     .examples = "facteur doctor\nfacteur --json doctor | jq -r 'select(.verdict == \"problem\").text'",
     .status = "0 nothing is wrong, 1 there is a problem",
     .run = cmd_doctor},
    {.name = "rebuild",
     .about = "makes the index and what else follows from the messages again",
     .text = "Reads every message that is kept here, fills a new index and puts it in the place of\n"
             "the old one; puts envelopes, threads and counters right where they differ from what the\n"
             "messages say. Everything can be used meanwhile. Ctrl-C ends the command; facteurd goes on.\n"
             "It does so by itself when a quarter of the index is about mail that is gone.",
     .examples = "facteur rebuild",
     .status = "0 done, 1 it failed (the index is as it was)",
     .run = cmd_rebuild},
    {.name = "stop",
     .about = "ends facteurd",
     .text = "Waits until it has gone. The next command starts one again.",
     .examples = "facteur stop",
     .status = "0 none runs any more, 1 it does not end",
     .run = cmd_stop},
    {.name = "help",
     .args = "[COMMAND]",
     .about = "this, or how one command is used",
     .text = "The same as 'facteur COMMAND --help'.",
     .examples = "facteur help account add",
     .status = "0 told, 2 there is no such command",
     .run = cmd_help},
    {.name = "version",
     .about = "the version of this program and of facteurd",
     .text = "That of facteurd only where one runs; none is started.",
     .examples = "facteur version",
     .status = "0 told",
     .run = cmd_version},
    {.name = "complete", .run = cmd_complete}, /* for the shells' completion: not in the help */
    {0},
};

const struct command *command_find(const char *name, const char *action, bool *out_with_action)
{
    const struct command *found = NULL;
    size_t n = strlen(name);

    *out_with_action = false;
    for (const struct command *c = cli_commands; c->name; c++) {
        if (strcmp(c->name, name) == 0)
            found = c;
        if (action && strncmp(c->name, name, n) == 0 && c->name[n] == ' ' && strcmp(c->name + n + 1, action) == 0) {
            *out_with_action = true;
            return c;
        }
    }
    return found;
}

const char *command_action(const struct command *c, const struct command *group)
{
    size_t n = strlen(group->name);

    return strncmp(c->name, group->name, n) == 0 && c->name[n] == ' ' ? c->name + n + 1 : NULL;
}
