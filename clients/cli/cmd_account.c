/* cmd_account.c - account add, set, login, list, show, dismiss, remove, check. */
#include "account_settings.h"
#include "account_state.h"
#include "certificate.h"
#include "cli.h"
#include "commands.h"
#include "directory.h"
#include "discovery.h"
#include "keep.h"
#include "login.h"
#include "options.h"
#include "password.h"
#include "secrets.h"
#include "table.h"
#include "term.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ---- add -------------------------------------------------------------------------------------------------- */

struct new_account {
    const char *address, *source, *transport, *name, *user, *ca, *cert, *key;
    struct login_options login;
    json_t *provider;         /* what discovery says of it; borrowed from `found` */
    json_t *found;            /* or NULL */
    bool has_found_transport; /* by itself */
    struct secrets_choice secrets;
    bool password_stdin, sending_password, sending_password_stdin, no_check;
    json_t *settings; /* "KEY=VALUE" of --set */
    json_t *trust;    /* "HOST:PORT=FINGERPRINT" of --trust */
};

/* The key as a step of a path in a patch (RFC 6901 section 3). */
static char *patch_path(const char *key)
{
    char *path = xmalloc(strlen("settings/") + 2 * strlen(key) + 1), *end = stpcpy(path, "settings/");

    for (; *key; key++) {
        if (*key == '~' || *key == '/') {
            *end++ = '~';
            *end++ = *key == '~' ? '0' : '1';
        } else {
            *end++ = *key;
        }
    }
    *end = '\0';
    return path;
}

/* Some have words of their own. */
static json_t *setting_value(const char *key, const char *text)
{
    json_t *value = NULL;

    if (strcmp(key, "keep") == 0)
        value = keep_from_text(text);
    else if (strcmp(key, "leaveOnServer") == 0)
        value = leave_from_text(text);
    else if (strcmp(key, "tlsMinimum") == 0 && strcmp(text, "null") != 0 && text[0] != '"')
        value = json_string(text); /* "1.2" is a name, whatever it looks like */
    return value ? value : json_loads(text, JSON_DECODE_ANY, NULL);
}

/* "timeoutSeconds=20": a value that is JSON (a number, true, false) is taken as such, any other as a string. Into the
 * settings, or into a patch of the account. */
static int add_setting(struct cli *cli, json_t *to, bool is_patch, const char *text)
{
    const char *equals = strchr(text, '=');

    if (!equals || equals == text)
        return cli_usage(cli, "--set needs KEY=VALUE, not '%s'", text);
    CLI_CLEANUP(freep) char *key = xstrdup(text);
    key[equals - text] = '\0';
    json_t *value = setting_value(key, equals + 1);
    CLI_CLEANUP(freep) char *path = is_patch ? patch_path(key) : xstrdup(key);
    if (json_object_set_new(to, path, value ? value : json_string(equals + 1)) < 0)
        return cli_fail(cli, CLI_USAGE, "an argument is not UTF-8");
    return CLI_DONE;
}

/* Into the settings, or into a patch of the account: a path that holds for facteurd, which has a working directory of
 * its own. */
static int add_file(struct cli *cli, json_t *to, const char *key, const char *file)
{
    char path[PATH_MAX];

    if (!file)
        return CLI_DONE;
    if (!realpath(file, path))
        return cli_fail(cli, CLI_FAILED, "cannot read %s: %m", file);
    if (json_object_set_new(to, key, json_string(path)) < 0)
        return cli_fail(cli, CLI_USAGE, "an argument is not UTF-8");
    return CLI_DONE;
}

/* The object that Account/set creates and Account/check tries. NULL after telling. */
static json_t *account_object(struct cli *cli, const struct new_account *a)
{
    char ca_path[PATH_MAX];
    json_auto_t *settings = json_object();
    size_t i;
    json_t *setting;

    json_array_foreach(a->settings, i, setting)
    {
        if (add_setting(cli, settings, false, json_string_value(setting)) != CLI_DONE)
            return NULL;
    }
    if (a->ca) { /* facteurd has a working directory of its own */
        if (!realpath(a->ca, ca_path)) {
            cli_fail(cli, CLI_FAILED, "cannot read the certificate authority %s: %m", a->ca);
            return NULL;
        }
        json_object_set_new(settings, "caFile", json_string(ca_path));
    }
    if (json_array_size(a->trust) > 0) {
        json_auto_t *certificates = json_object();
        if (certificate_trust(cli, a->trust, certificates) != CLI_DONE)
            return NULL;
        json_object_set(settings, "certificates", certificates);
    }
    if (add_file(cli, settings, "certFile", a->cert) != CLI_DONE ||
        add_file(cli, settings, "keyFile", a->key) != CLI_DONE)
        return NULL;
    if (a->user)
        json_object_set_new(settings, "user", json_string(a->user));
    if (secrets_put(cli, &a->secrets, settings, false) != CLI_DONE)
        return NULL;
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s*, s:O}", "address", a->address, "name", a->name ? a->name : a->address, "source",
                  a->source, "transport", a->transport, "settings", settings);
    if (!object)
        cli_fail(cli, CLI_USAGE, "an argument is not UTF-8");
    return object;
}

static void print_found(const struct cli *cli, const char *name, const json_t *found)
{
    const char *server = json_text(found, "server"), *tls = json_text(found, "tls");
    CLI_CLEANUP(freep) char *clean = term_clean(server, TERM_ONE_LINE);
    CLI_CLEANUP(freep) char *host = term_clean(json_text(found, "host"), TERM_ONE_LINE);

    if (cli->json) {
        cli_print_json(found);
        return;
    }
    if (*host)
        printf("%s: signed in to %s, port %lld (TLS: %s)\n", name, host, (long long)json_number(found, "port"), tls);
    else
        printf("%s: found\n", name); /* a source without a server */
    if (*clean)
        printf("  server     %s\n", clean);
    printf("  mailboxes  %lld\n", (long long)json_number(found, "mailboxes"));
    if (json_is_integer(json_object_get(found, "inboxMessages")) && json_number(found, "inboxMessages") >= 0)
        printf("  inbox      %lld messages\n", (long long)json_number(found, "inboxMessages"));
    const json_t *transport = json_object_get(found, "transport");
    if (transport) {
        CLI_CLEANUP(freep) char *sender = term_clean(json_text(transport, "server"), TERM_ONE_LINE);
        CLI_CLEANUP(freep) char *over = term_clean(json_text(transport, "host"), TERM_ONE_LINE);
        printf("  sends      over %s, port %lld (TLS: %s): %s\n", over, (long long)json_number(transport, "port"),
               json_text(transport, "tls"), sender);
    }
    printf("  new mail   %s\n", json_is_true(json_object_get(found, "push")) ? "is told by the server at once"
                                                                             : "is asked for now and then");
}

/* A word of a command as a shell reads it; what cannot harm there stays as it is. */
static void put_word(FILE *f, const char *word)
{
    if (*word &&
        strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@%+=:,./_-") == strlen(word)) {
        fputs(word, f);
        return;
    }
    putc('\'', f);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", f);
        else
            putc(*word, f);
    }
    putc('\'', f);
}

static void put_option(FILE *f, const char *option, const char *value)
{
    if (!value)
        return;
    fprintf(f, " %s ", option);
    put_word(f, value);
}

static void put_list(FILE *f, const char *option, const json_t *list)
{
    size_t i;
    json_t *value;

    json_array_foreach(list, i, value) put_option(f, option, json_string_value(value));
}

/* The command as it was given, for a user who gives it again with more: whoever leaves --user out signs in as somebody
 * else. */
static char *add_command(const struct new_account *a)
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);

    if (!f)
        abort();
    fputs("facteur account add ", f);
    put_word(f, a->address);
    put_option(f, "--source", a->source);
    put_option(f, "--transport", a->transport);
    put_option(f, "--name", a->name);
    put_option(f, "--user", a->user);
    put_option(f, "--ca", a->ca);
    put_option(f, "--cert", a->cert);
    put_option(f, "--key", a->key);
    put_option(f, "--secrets", a->secrets.store);
    put_option(f, "--password-command", a->secrets.command);
    put_option(f, "--credential", a->secrets.credential);
    put_list(f, "--set", a->settings);
    put_list(f, "--trust", a->trust);
    if (a->password_stdin)
        fputs(" --password-stdin", f);
    if (a->sending_password)
        fputs(" --transport-password", f);
    if (a->sending_password_stdin)
        fputs(" --transport-password-stdin", f);
    fclose(f);
    return text;
}

static void tell_not_added(const struct new_account *a, const json_t *error)
{
    const char *name = a->address;
    CLI_CLEANUP(freep) char *command = add_command(a);
    const char *type = json_text(json_object_get(error, "data"), "type");
    bool is_wrong = strcmp(type, "invalidArguments") == 0 || strcmp(type, "unsupported") == 0;

    cli_tell_error(NULL, error);
    certificate_tell(error, command);
    cli_note("%s was not added%s", name, is_wrong ? "" : " (--no-check adds an account without signing in)");
}

/* Where sending was found by itself, and fails, mail can be read all the same. NULL: that fails, too. */
static json_t *try_without_transport(struct cli *cli, const struct new_account *a, const json_t *object,
                                     const json_t *why)
{
    json_auto_t *error = NULL;
    json_auto_t *rest = json_copy((json_t *)object); /* whose password is wiped with the object */

    json_object_del(rest, "transport");
    json_t *checked = cli_try(cli, "Account/check", json_pack("{s:O}", "account", rest), &error);
    if (!checked)
        return NULL;
    cli->status = CLI_DONE;
    CLI_CLEANUP(freep) char *clean = term_clean(json_text(why, "message"), TERM_ONE_LINE);
    cli_note("sending does not work yet: %s", clean);
    cli_note("facteur account set %s --transport URL says over which server", a->address);
    return checked;
}

/* Account/check of what is to be added; NULL after telling. */
static json_t *try_out(struct cli *cli, const struct new_account *a, json_t *object)
{
    json_auto_t *error = NULL;
    json_t *checked = cli_try(cli, "Account/check", json_pack("{s:O}", "account", object), &error);

    if (!checked && a->has_found_transport)
        checked = try_without_transport(cli, a, object, error);
    if (!checked && error)
        tell_not_added(a, error);
    return checked;
}

/* Says where to, before a wait that may be long. */
static void say_connecting(const struct cli *cli, const char *source)
{
    const char *host = strstr(source, "://");

    if (!cli->err_tty || !host)
        return;
    host += strlen("://");
    size_t n = strcspn(host, "/?#");
    for (const char *at; (at = memchr(host, '@', n)); host = at + 1)
        n -= (size_t)(at + 1 - host);
    const char *end = *host == '[' ? memchr(host, ']', n) : memchr(host, ':', n);
    if (end)
        n = (size_t)(end - host) + (*end == ']');
    CLI_CLEANUP(freep) char *clean = term_clean_bytes(host, n, TERM_ONE_LINE);
    if (*clean)
        fprintf(stderr, "Connecting to %s…\n", clean);
}

/* Into the object, by that name. */
static int ask_secret(struct cli *cli, const char *prompt, bool from_stdin, const char *option, json_t *object,
                      const char *name)
{
    CLI_CLEANUP(password_free) char *password = password_read(cli, from_stdin, prompt, option);

    if (!password)
        return cli->status;
    if (json_object_set_new(object, name, json_string(password)) < 0)
        return cli_fail(cli, CLI_USAGE, "the password is not UTF-8");
    return CLI_DONE;
}

static int ask_password(struct cli *cli, const char *prompt, bool from_stdin, json_t *object)
{
    return ask_secret(cli, prompt, from_stdin, "--password-stdin", object, "password");
}

/* The password of a server for sending that has another one than the source. */
static int ask_sending_password(struct cli *cli, const char *account, bool from_terminal, bool from_stdin,
                                json_t *object)
{
    CLI_CLEANUP(freep) char *prompt = xasprintf("Password of %s for sending: ", account);

    if (!from_terminal && !from_stdin)
        return CLI_DONE;
    if (from_terminal && from_stdin)
        return cli_usage(cli, "--transport-password asks, --transport-password-stdin does not: one of them is enough");
    return ask_secret(cli, prompt, from_stdin, "--transport-password-stdin", object, "transportPassword");
}

/* Nobody is asked for a password before the server has been found, and found trustworthy; nor where none is needed. */
static int settle_password(struct cli *cli, const struct new_account *a, json_t *object)
{
    CLI_CLEANUP(freep) char *prompt = xasprintf("Password of %s: ", a->address);
    json_auto_t *error = NULL;

    if (secrets_are_read_only(&a->secrets)) /* 'facteur account check' says whether it is the right one */
        return a->password_stdin ? cli_usage(cli, "--password-stdin: the password comes from elsewhere") : CLI_DONE;
    if (strcmp(json_text(json_object_get(object, "settings"), "auth"), "external") == 0)
        return CLI_DONE; /* a certificate says who it is, or nothing does */
    if (a->password_stdin || a->no_check)
        return ask_password(cli, prompt, a->password_stdin, object);
    say_connecting(cli, a->source);
    password_expect(); /* who knows the command types it at once */
    json_auto_t *checked = cli_try(cli, "Account/check", json_pack("{s:O}", "account", object), &error);
    if (!checked && strcmp(json_text(json_object_get(error, "data"), "type"), "auth") == 0)
        return ask_password(cli, prompt, false, object);
    password_expected_no_more();
    if (error)
        tell_not_added(a, error);
    return checked ? CLI_DONE : cli->status;
}

/* Sets a->source, and a->transport where it is not given, to strings that *source and *transport own. */
static int find_servers(struct cli *cli, struct new_account *a, char **source, char **transport)
{
    json_auto_t *skip = json_array();
    json_auto_t *found = discovery_ask(cli, a->address, skip, 0);
    if (!found)
        return cli->status;
    const json_t *in = json_object_get(found, "source"), *out = json_object_get(found, "transport");
    if (!json_is_object(in)) {
        discovery_tell_trouble(found);
        return cli_fail(
            cli, CLI_FAILED,
            "no server of %s was found ('facteur account discover' says where was looked): give it with --source "
            "imaps://HOST",
            a->address);
    }
    discovery_print_servers(found, stderr);
    discovery_print_needs(found, stderr);
    if (!a->user && json_is_null(json_object_get(in, "user")))
        return cli_fail(cli, CLI_FAILED, "the user name does not follow from %s: give it with --user", a->address);
    if (!discovery_agree(cli, found, !a->transport, !a->password_stdin))
        return cli->status;
    a->source = *source = discovery_url(in, a->user);
    a->found = json_incref(found);
    a->provider = json_object_get(found, "provider");
    if (!a->transport && json_is_object(out)) {
        a->transport = *transport = discovery_url(out, a->user);
        a->has_found_transport = true;
    }
    return CLI_DONE;
}

/* Creates the account; prints its id. */
static int create(struct cli *cli, const char *address, json_t *object)
{
    json_auto_t *result = cli_call(cli, "Account/set", json_pack("{s:{s:O}}", "create", "new", object));
    if (!result)
        return cli->status;
    const json_t *created = json_object_get(json_object_get(result, "created"), "new");
    if (!created) {
        cli_tell_set_error(address, json_object_get(json_object_get(result, "notCreated"), "new"));
        cli_note("%s was not added", address);
        return cli->status = CLI_FAILED;
    }
    if (cli->json)
        cli_print_json(created);
    else
        printf("%s: added as %s\n", address, json_text(created, "id"));
    return CLI_DONE;
}

/* ---- by consent ---- */

static bool takes_password(const json_t *provider)
{
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(provider, "sasl"), i, name)
    {
        if (strcmp(json_string_value(name), "PLAIN") == 0)
            return true;
    }
    return json_array_size(json_object_get(provider, "sasl")) == 0;
}

/* Whether it signs in by consent: where the user says so, where the provider takes nothing else, and where facteur is
 * known to the provider and nobody gives a password. */
static bool wants_consent(const struct new_account *a, const json_t *object)
{
    if (login_is_wanted(&a->login) || json_is_object(json_object_get(json_object_get(object, "settings"), "oauth")))
        return true;
    if (a->password_stdin || !json_is_string(json_object_get(a->provider, "oauth")))
        return false;
    return !takes_password(a->provider) || json_is_true(json_object_get(a->provider, "oauthReady"));
}

static void forget_account(struct cli *cli, const char *id)
{
    int status = cli->status;
    json_auto_t *result = cli_call(cli, "Account/set", json_pack("{s:[s]}", "destroy", id));
    (void)result;
    cli->status = status;
}

/* Stored first, since consent is an account's; taken back where the user does not give it. */
static int add_with_consent(struct cli *cli, const struct new_account *a, json_t *object)
{
    CLI_CLEANUP(login_forget_secret) char *secret = NULL;
    json_t *settings = json_object_get(object, "settings");
    json_t *oauth = login_setting(cli, &a->login, json_object_get(settings, "oauth"),
                                  json_string_value(json_object_get(a->provider, "oauth")));
    if (!oauth || json_object_set_new(settings, "oauth", oauth) < 0 || !login_read_secret(cli, &a->login, &secret))
        return cli->status;
    json_auto_t *result = cli_call(cli, "Account/set", json_pack("{s:{s:O}}", "create", "new", object));
    if (!result)
        return cli->status;
    const json_t *created = json_object_get(json_object_get(result, "created"), "new");
    if (!created) {
        cli_tell_set_error(a->address, json_object_get(json_object_get(result, "notCreated"), "new"));
        cli_note("with an id of your own: facteur account add %s --client-id ID [--client-secret-file FILE]",
                 a->address);
        return cli->status = CLI_FAILED;
    }
    const char *id = json_text(created, "id");
    if (!a->no_check && login_run(cli, id, a->address, &a->login, secret) != CLI_DONE) {
        forget_account(cli, id);
        cli_note("%s was not added", a->address);
        return cli->status;
    }
    if (!a->no_check) {
        json_auto_t *checked = cli_call(cli, "Account/check", json_pack("{s:s}", "accountId", id));
        if (!checked)
            cli_note("%s was added all the same; 'facteur account remove %s' takes it away", a->address, id);
        if (!checked)
            return cli->status;
        print_found(cli, a->address, json_object_get(checked, "result"));
    }
    if (cli->json)
        cli_print_json(created);
    else
        printf("%s: added as %s\n", a->address, id);
    if (a->no_check)
        cli_note("it signs in after consent: facteur account login %s", id);
    return CLI_DONE;
}

static int add(struct cli *cli, struct new_account *a);

int cmd_account_add(struct cli *cli, int argc, char **argv)
{
    json_auto_t *settings = json_array();
    json_auto_t *trust = json_array();
    struct new_account a = {.settings = settings, .trust = trust};
    const struct option_spec specs[] = {{"source", .text = &a.source},
                                        {"transport", .text = &a.transport},
                                        {"name", .text = &a.name},
                                        {"user", .text = &a.user},
                                        {"ca", .text = &a.ca},
                                        {"secrets", .text = &a.secrets.store},
                                        {"password-command", .text = &a.secrets.command},
                                        {"credential", .text = &a.secrets.credential},
                                        {"cert", .text = &a.cert},
                                        {"key", .text = &a.key},
                                        {"password-stdin", .flag = &a.password_stdin},
                                        {"transport-password", .flag = &a.sending_password},
                                        {"transport-password-stdin", .flag = &a.sending_password_stdin},
                                        {"no-check", .flag = &a.no_check},
                                        {"oauth", .text = &a.login.provider},
                                        {"client-id", .text = &a.login.client_id},
                                        {"client-secret-file", .text = &a.login.client_secret_file},
                                        {"device", .flag = &a.login.device},
                                        {"set", .list = settings},
                                        {"trust", .list = trust},
                                        {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "account add needs one mail address");
    if (a.password_stdin && login_is_wanted(&a.login))
        return cli_usage(cli, "an account signs in with a password or by consent (OAuth), not with both");
    if (!discovery_is_address(argv[1]))
        return cli_usage(cli, "'%s' is no mail address", argv[1]);
    a.address = argv[1];
    int status = add(cli, &a);
    json_decref(a.found);
    return status;
}

static int add(struct cli *cli, struct new_account *a)
{
    CLI_CLEANUP(freep) char *source = NULL;
    CLI_CLEANUP(freep) char *transport = NULL;
    if (!a->source && find_servers(cli, a, &source, &transport) != CLI_DONE)
        return cli->status;
    CLI_CLEANUP(password_forget) json_t *object = account_object(cli, a);
    if (!object)
        return cli->status;
    if (wants_consent(a, object))
        return add_with_consent(cli, a, object);
    if (settle_password(cli, a, object) != CLI_DONE ||
        ask_sending_password(cli, a->address, a->sending_password, a->sending_password_stdin, object) != CLI_DONE)
        return cli->status;
    if (!a->no_check) {
        json_auto_t *checked = try_out(cli, a, object);
        if (!checked)
            return cli->status;
        print_found(cli, a->address, json_object_get(checked, "result"));
    }
    return create(cli, a->address, object);
}

/* ---- set -------------------------------------------------------------------------------------------------- */

struct change {
    const char *source, *transport, *name, *user, *ca, *cert, *key;
    struct secrets_choice secrets;
    bool password, password_stdin, sending_password, sending_password_stdin, no_check;
    json_t *settings; /* "KEY=VALUE" of --set */
    json_t *trust;    /* "HOST:PORT=FINGERPRINT" of --trust */
};

static int put_text(struct cli *cli, json_t *patch, const char *path, const char *text)
{
    if (text && json_object_set_new(patch, path, json_string(text)) < 0)
        return cli_fail(cli, CLI_USAGE, "an argument is not UTF-8");
    return CLI_DONE;
}

/* What the options change, without the password. */
static int fill_patch(struct cli *cli, const struct change *c, json_t *patch)
{
    char ca_path[PATH_MAX];
    size_t i;
    json_t *setting;

    json_array_foreach(c->settings, i, setting)
    {
        if (add_setting(cli, patch, true, json_string_value(setting)) != CLI_DONE)
            return cli->status = CLI_USAGE;
    }
    if (c->ca && !realpath(c->ca, ca_path))
        return cli_fail(cli, CLI_FAILED, "cannot read the certificate authority %s: %m", c->ca);
    if (secrets_put(cli, &c->secrets, patch, true) != CLI_DONE ||
        add_file(cli, patch, "settings/certFile", c->cert) != CLI_DONE ||
        add_file(cli, patch, "settings/keyFile", c->key) != CLI_DONE)
        return cli->status;
    if (put_text(cli, patch, "settings/caFile", c->ca ? ca_path : NULL) != CLI_DONE ||
        put_text(cli, patch, "settings/user", c->user) != CLI_DONE ||
        put_text(cli, patch, "source", c->source) != CLI_DONE ||
        put_text(cli, patch, "transport", c->transport) != CLI_DONE ||
        put_text(cli, patch, "name", c->name) != CLI_DONE)
        return cli->status;
    return CLI_DONE;
}

/* To what the account trusts already. */
static int put_trust(struct cli *cli, const struct change *c, const json_t *account, json_t *patch)
{
    const json_t *now = json_object_get(json_object_get(account, "settings"), "certificates");
    json_auto_t *certificates = json_is_object(now) ? json_copy((json_t *)now) : json_object();

    if (json_array_size(c->trust) == 0)
        return CLI_DONE;
    if (certificate_trust(cli, c->trust, certificates) != CLI_DONE)
        return cli->status;
    json_object_set(patch, "settings/certificates", json_object_size(certificates) ? certificates : json_null());
    return CLI_DONE;
}

/* Account/check of the account as it would be; tells. */
static int check_change(struct cli *cli, const json_t *account, json_t *patch)
{
    const char *name = directory_account_name(account), *source = json_text(patch, "source");
    json_auto_t *error = NULL;

    say_connecting(cli, *source ? source : json_text(account, "source"));
    json_auto_t *checked = cli_try(
        cli, "Account/check", json_pack("{s:s, s:O}", "accountId", json_text(account, "id"), "account", patch), &error);
    if (checked) {
        print_found(cli, name, json_object_get(checked, "result"));
        return CLI_DONE;
    }
    if (error) {
        CLI_CLEANUP(freep) char *command = xasprintf("facteur account set %s", json_text(account, "id"));
        cli_tell_error(NULL, error);
        certificate_tell(error, command);
        cli_note("%s was not changed (--no-check changes an account without signing in)", name);
    }
    return cli->status;
}

static int change(struct cli *cli, const json_t *account, json_t *patch)
{
    const char *id = json_text(account, "id");
    json_auto_t *result = cli_call(cli, "Account/set", json_pack("{s:{s:O}}", "update", id, patch));

    if (!result)
        return cli->status;
    const json_t *error = json_object_get(json_object_get(result, "notUpdated"), id);
    if (error) {
        cli_tell_set_error(directory_account_name(account), error);
        return cli->status = CLI_FAILED;
    }
    if (cli->json) {
        json_auto_t *line = json_pack("{s:s}", "updated", id);
        cli_print_json(line);
    } else {
        printf("%s: changed\n", directory_account_name(account));
    }
    return CLI_DONE;
}

int cmd_account_set(struct cli *cli, int argc, char **argv)
{
    json_auto_t *settings = json_array();
    json_auto_t *trust = json_array();
    struct change c = {.settings = settings, .trust = trust};
    const struct option_spec specs[] = {{"source", .text = &c.source},
                                        {"transport", .text = &c.transport},
                                        {"name", .text = &c.name},
                                        {"user", .text = &c.user},
                                        {"ca", .text = &c.ca},
                                        {"secrets", .text = &c.secrets.store},
                                        {"password-command", .text = &c.secrets.command},
                                        {"credential", .text = &c.secrets.credential},
                                        {"cert", .text = &c.cert},
                                        {"key", .text = &c.key},
                                        {"password", .flag = &c.password},
                                        {"password-stdin", .flag = &c.password_stdin},
                                        {"transport-password", .flag = &c.sending_password},
                                        {"transport-password-stdin", .flag = &c.sending_password_stdin},
                                        {"no-check", .flag = &c.no_check},
                                        {"set", .list = settings},
                                        {"trust", .list = trust},
                                        {0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "account set needs one account");
    if (c.password && c.password_stdin)
        return cli_usage(cli, "--password asks for the password, --password-stdin does not: one of them is enough");
    CLI_CLEANUP(password_forget) json_t *patch = json_object();
    if (fill_patch(cli, &c, patch) != CLI_DONE)
        return cli->status;
    json_auto_t *accounts = directory_accounts(cli);
    const json_t *account = accounts ? directory_account(cli, accounts, argv[1]) : NULL;
    if (!account || put_trust(cli, &c, account, patch) != CLI_DONE)
        return cli->status;
    bool has_sending = c.sending_password || c.sending_password_stdin;
    bool only_name = c.name && json_object_size(patch) == 1 && !c.password && !c.password_stdin && !has_sending;
    if (json_is_true(json_object_get(account, "isLocal")) && !only_name)
        return cli_fail(cli, CLI_FAILED, "%s: there is no server behind it", directory_account_name(account));
    CLI_CLEANUP(freep) char *prompt = xasprintf("New password of %s: ", directory_account_name(account));
    if ((c.password || c.password_stdin || (json_object_size(patch) == 0 && !has_sending)) &&
        ask_password(cli, prompt, c.password_stdin, patch) != CLI_DONE)
        return cli->status;
    if (ask_sending_password(cli, directory_account_name(account), c.sending_password, c.sending_password_stdin,
                             patch) != CLI_DONE)
        return cli->status;
    if (!c.no_check && !only_name && check_change(cli, account, patch) != CLI_DONE)
        return cli->status;
    return change(cli, account, patch);
}

/* ---- login ------------------------------------------------------------------------------------------------ */

int cmd_account_login(struct cli *cli, int argc, char **argv)
{
    struct login_options o = {0};
    const struct option_spec specs[] = {{"oauth", .text = &o.provider},
                                        {"client-id", .text = &o.client_id},
                                        {"client-secret-file", .text = &o.client_secret_file},
                                        {"device", .flag = &o.device},
                                        {0}};
    CLI_CLEANUP(login_forget_secret) char *secret = NULL;

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc != 2)
        return cli_usage(cli, "account login needs one account");
    json_auto_t *accounts = directory_accounts(cli);
    const json_t *account = accounts ? directory_account(cli, accounts, argv[1]) : NULL;
    if (!account || !login_read_secret(cli, &o, &secret))
        return cli->status;
    if (json_is_true(json_object_get(account, "isLocal")))
        return cli_fail(cli, CLI_FAILED, "%s: there is no server behind it", directory_account_name(account));
    if (o.provider || o.client_id) {
        json_t *setting = login_setting(cli, &o, json_object_get(json_object_get(account, "settings"), "oauth"), NULL);
        json_auto_t *patch = setting ? json_pack("{s:o}", "settings/oauth", setting) : NULL;
        json_auto_t *result =
            patch ? cli_call(cli, "Account/set", json_pack("{s:{s:O}}", "update", json_text(account, "id"), patch))
                  : NULL;
        if (!result)
            return cli->status;
        const json_t *error = json_object_get(json_object_get(result, "notUpdated"), json_text(account, "id"));
        if (error) {
            cli_tell_set_error(directory_account_name(account), error);
            return cli->status = CLI_FAILED;
        }
    }
    if (login_run(cli, json_text(account, "id"), directory_account_name(account), &o, secret) != CLI_DONE)
        return cli->status;
    json_auto_t *checked = cli_call(cli, "Account/check", json_pack("{s:s}", "accountId", json_text(account, "id")));
    if (!checked)
        return cli->status;
    print_found(cli, directory_account_name(account), json_object_get(checked, "result"));
    return CLI_DONE;
}

/* ---- list, show ------------------------------------------------------------------------------------------- */

static const struct table_column columns[] = {
    {"ID", .fixed = true},
    {"NAME", .min = 10},
    {"ADDRESS", .min = 10, .drop = 1},
    {"SOURCE", .min = 10, .drop = 3},
    {"STATE", .fixed = true},
    {"LAST SYNC", .fixed = true, .drop = 2},
};

int cmd_account_list(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return cli->status;
    if (argc > 1)
        return cli_usage(cli, "account list takes no argument");
    json_auto_t *accounts = directory_accounts(cli);
    if (!accounts)
        return cli->status;
    CLI_CLEANUP(table_free) struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    size_t i;
    json_t *account;
    char date[TERM_DATE_MAX];
    json_array_foreach(accounts, i, account)
    {
        if (cli->json)
            cli_print_json(account);
        else
            table_row(t, false, json_text(account, "id"), json_text(account, "name"), json_text(account, "address"),
                      json_text(account, "source"), account_state_word(account),
                      term_date(json_text(json_object_get(account, "syncState"), "lastSyncAt"), date));
    }
    table_print(t, cli);
    return CLI_DONE;
}

/* The named account, out of a fresh listing: a new reference; NULL after telling. */
static json_t *named(struct cli *cli, int argc, char **argv)
{
    const struct option_spec specs[] = {{0}};

    if (options_parse(cli, specs, OPTIONS_PLAIN, &argc, argv) < 0)
        return NULL;
    if (argc != 2) {
        cli_usage(cli, "account %s needs one account", argv[0]);
        return NULL;
    }
    json_auto_t *accounts = directory_accounts(cli);
    return accounts ? json_incref((json_t *)directory_account(cli, accounts, argv[1])) : NULL;
}

static void print_fact(const char *name, const char *value)
{
    CLI_CLEANUP(freep) char *clean = term_clean(value, TERM_ONE_LINE);

    if (*clean)
        printf("%-11s %s\n", name, clean);
}

static void print_notices(const json_t *notices)
{
    char date[TERM_LONG_DATE_MAX];
    size_t i;
    json_t *notice;

    json_array_foreach(notices, i, notice)
    {
        CLI_CLEANUP(freep) char *text = term_clean(json_text(notice, "description"), TERM_ONE_LINE);
        CLI_CLEANUP(freep) char *server = term_clean(json_text(notice, "server"), TERM_ONE_LINE);
        printf("%-11s %s: %s%s%s\n", i == 0 ? "Notices" : "", term_long_date(json_text(notice, "at"), date), text,
               *server ? "; the server says: " : "", server);
    }
}

int cmd_account_show(struct cli *cli, int argc, char **argv)
{
    json_auto_t *account = named(cli, argc, argv);

    if (!account)
        return cli->status;
    if (cli->json) {
        cli_print_json(account);
        return CLI_DONE;
    }
    print_fact("Id", json_text(account, "id"));
    print_fact("Name", json_text(account, "name"));
    print_fact("Address", json_text(account, "address"));
    print_fact("Source", json_text(account, "source"));
    print_fact("Transport", json_text(account, "transport"));
    account_settings_print(json_object_get(account, "settings"));
    account_state_print(account);
    print_notices(json_object_get(account, "notices"));
    return CLI_DONE;
}

/* ---- dismiss ---------------------------------------------------------------------------------------------- */

static json_t *dismissal_of(const json_t *notices)
{
    json_t *patch = json_object();
    size_t i;
    json_t *notice;

    json_array_foreach(notices, i, notice)
    {
        CLI_CLEANUP(freep) char *path = xasprintf("notices/%s", json_text(notice, "id"));
        json_object_set_new(patch, path, json_null());
    }
    return patch;
}

int cmd_account_dismiss(struct cli *cli, int argc, char **argv)
{
    json_auto_t *account = named(cli, argc, argv);
    if (!account)
        return cli->status;
    const char *id = json_text(account, "id");
    json_auto_t *patch = dismissal_of(json_object_get(account, "notices"));
    json_auto_t *result = cli_call(cli, "Account/set", json_pack("{s:{s:O}}", "update", id, patch));
    if (!result)
        return cli->status;
    const json_t *error = json_object_get(json_object_get(result, "notUpdated"), id);
    if (error) {
        cli_tell_set_error(directory_account_name(account), error);
        return cli->status = CLI_FAILED;
    }
    size_t n = json_object_size(patch);
    if (cli->json) {
        json_auto_t *line = json_pack("{s:s, s:I}", "account", id, "dismissed", (json_int_t)n);
        cli_print_json(line);
    } else {
        printf("%s: %zu %s dismissed\n", directory_account_name(account), n, n == 1 ? "notice" : "notices");
    }
    return CLI_DONE;
}

/* ---- remove, check ---------------------------------------------------------------------------------------- */

int cmd_account_remove(struct cli *cli, int argc, char **argv)
{
    json_auto_t *account = named(cli, argc, argv);
    if (!account)
        return cli->status;
    const char *id = json_text(account, "id");
    json_auto_t *result = cli_call(cli, "Account/set", json_pack("{s:[s]}", "destroy", id));
    if (!result)
        return cli->status;
    const json_t *error = json_object_get(json_object_get(result, "notDestroyed"), id);
    if (error) {
        cli_tell_set_error(directory_account_name(account), error);
        return cli->status = CLI_FAILED;
    }
    if (cli->json) {
        json_auto_t *line = json_pack("{s:s}", "destroyed", id);
        cli_print_json(line);
    } else {
        printf("%s: removed from this computer; the server keeps its mail\n", directory_account_name(account));
    }
    return CLI_DONE;
}

int cmd_account_check(struct cli *cli, int argc, char **argv)
{
    json_auto_t *account = named(cli, argc, argv);
    if (!account)
        return cli->status;
    if (json_is_true(json_object_get(account, "isLocal")))
        return cli_fail(cli, CLI_FAILED, "%s: there is no server behind it", directory_account_name(account));
    json_auto_t *error = NULL;
    json_auto_t *checked =
        cli_try(cli, "Account/check", json_pack("{s:s}", "accountId", json_text(account, "id")), &error);
    if (error) {
        CLI_CLEANUP(freep) char *command = xasprintf("facteur account set %s", json_text(account, "id"));
        cli_tell_account_error(NULL, json_text(account, "id"), error);
        certificate_tell(error, command);
    }
    if (!checked)
        return cli->status;
    print_found(cli, directory_account_name(account), json_object_get(checked, "result"));
    return CLI_DONE;
}
