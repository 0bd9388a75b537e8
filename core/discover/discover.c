#include "discover/discover.h"

#include "base/alloc.h"
#include "base/error.h"
#include "discover/autoconfig.h"
#include "net/https.h"
#include "discover/probe.h"
#include "discover/table.h"

#include <string.h>

#define PORTS_MAX 16
#define MX_PARENTS 3 /* domains above a host that takes mail, looked for in the database */
#define STEP_LEAST_MS 50 /* with less there is no use in beginning a step; what waits may end some milliseconds early */

static const char *const step_names[] = {"table", "mx", "autoconfig", "database", "srv", "guess"};

struct discover {
    char *path;
    struct provider_table *table; /* NULL: not read yet */
    json_t *overrides;            /* owns the strings of `https` */
    struct https_options https;
    struct tls_trust *trust; /* of guesses; NULL: none was made yet */
    struct {
        uint16_t from, to;
    } ports[PORTS_MAX];
    size_t n_ports;
    size_t running;
};

/* One discovery. */
struct finding {
    struct discover *d;
    struct mail_address address;
    uint64_t deadline_ms, step_deadline_ms;
    json_t *servers;  /* all that were found */
    json_t *provider; /* or NULL */
    json_t *steps;
    char *mx; /* the first host that takes the domain's mail; NULL: not known */
};

/* What a step says of itself. */
struct outcome {
    json_t *servers;  /* may be empty */
    json_t *provider; /* or NULL */
    char *source;     /* where it looked */
    char *text;       /* what it found, for people; NULL: nothing to say */
    bool failed;      /* it could not look */
};

int discover_step_from_name(const char *name)
{
    for (int i = 0; i < DISCOVER_STEPS; i++)
        if (strcmp(step_names[i], name) == 0)
            return i;
    return -1;
}

/* ---- the object ------------------------------------------------------------------------------------------- */

static int take_overrides(struct discover *d, const char *text, struct fct_error *err)
{
    const char *from;
    json_t *to;
    d->overrides = json_loads(text, 0, NULL);
    if (!json_is_object(d->overrides))
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "the overrides of discovery are no JSON object");
    d->https.dns.server = json_string_value(json_object_get(d->overrides, "dns"));
    d->https.ca_file = json_string_value(json_object_get(d->overrides, "ca"));
    d->https.allow_private = json_is_true(json_object_get(d->overrides, "allowPrivate"));
    json_object_foreach(json_object_get(d->overrides, "ports"), from, to)
    {
        if (d->n_ports == PORTS_MAX)
            break;
        d->ports[d->n_ports].from = (uint16_t)strtoul(from, NULL, 10);
        d->ports[d->n_ports++].to = (uint16_t)json_integer_value(to);
    }
    return 0;
}

/* 0: it is not another one. */
static uint16_t other_port(const struct discover *d, uint32_t port)
{
    for (size_t i = 0; i < d->n_ports; i++)
        if (d->ports[i].from == port)
            return d->ports[i].to;
    return 0;
}

int discover_new(const char *table, const char *overrides, struct discover **out, struct fct_error *err)
{
    struct discover *d = XNEW(struct discover);
    d->path = xstrdup(table ? table : "");
    if (overrides && *overrides && take_overrides(d, overrides, err) < 0) {
        discover_free(d);
        return -1;
    }
    d->https.port = other_port(d, 443);
    *out = d;
    return 0;
}

void discover_free(struct discover *d)
{
    if (!d)
        return;
    provider_table_free(d->table);
    json_decref(d->overrides);
    tls_trust_free(d->trust);
    free(d->path);
    free(d);
}

const struct https_options *discover_https(const struct discover *d)
{
    return &d->https;
}

/* ---- the table -------------------------------------------------------------------------------------------- */

struct loading {
    const char *path;
    struct provider_table *table;
    struct fct_error err;
};

static void load_table(void *arg)
{
    struct loading *l = arg;
    provider_table_load(l->path, &l->table, &l->err);
}

/* A table that cannot be read is looked for again the next time. */
static int need_table(struct discover *d, struct fct_error *err)
{
    struct loading l = {.path = d->path};
    if (d->table)
        return 0;
    if (wait_offload(load_table, &l, err) < 0) {
        provider_table_free(l.table);
        return -1;
    }
    if (!l.table) {
        *err = l.err;
        return -1;
    }
    if (d->table) /* another fiber was faster */
        provider_table_free(l.table);
    else
        d->table = l.table;
    return 0;
}

static void take_provider(const struct finding *f, const json_t *p, struct outcome *o)
{
    json_decref(o->servers);
    o->servers = provider_servers(p, &f->address);
    o->provider = provider_about(p);
    o->text = xstrdup(json_string_value(json_object_get(p, "name")));
}

static int step_table(struct finding *f, struct outcome *o, struct fct_error *err)
{
    o->source = xstrdup("the table of providers");
    if (need_table(f->d, err) < 0)
        return -1;
    const json_t *p = provider_by_domain(f->d->table, f->address.domain);
    if (p)
        take_provider(f, p, o);
    return 0;
}

static int step_mx(struct finding *f, struct outcome *o, struct fct_error *err)
{
    CLEANUP(freep) struct dns_mx *mx = XNEW(struct dns_mx);
    o->source = xasprintf("MX of %s", f->address.domain);
    if (need_table(f->d, err) < 0 || dns_mx(&f->d->https.dns, f->address.domain, f->step_deadline_ms, mx, err) < 0)
        return -1;
    if (mx->outcome == DNS_FAILED)
        return fct_fail(err, FCT_E_DNS, FCT_RETRY_LATER, "%s", mx->failure);
    f->mx = mx->n > 0 ? xstrdup(mx->hosts[0]) : NULL;
    for (size_t i = 0; i < mx->n; i++) {
        const json_t *p = provider_by_mx(f->d->table, mx->hosts[i]);
        if (!p)
            continue;
        take_provider(f, p, o);
        free(o->text);
        o->text = xasprintf("%s is %s", mx->hosts[i], json_string_value(json_object_get(p, "name")));
        return 0;
    }
    if (mx->no_domain)
        o->text = xstrdup("there is no such domain");
    else if (mx->n > 0)
        o->text = xasprintf("%s is nobody that is known", mx->hosts[0]);
    return 0;
}

/* ---- autoconfig ------------------------------------------------------------------------------------------- */

struct parsing {
    const struct buf *body;
    const struct mail_address *address;
    struct autoconfig config;
    int result;
    struct fct_error err;
};

static void parse_config(void *arg)
{
    struct parsing *p = arg;
    p->result = autoconfig_parse(buf_bytes(p->body), p->address, &p->config, &p->err);
}

/* 1: found; 0: there is no such document, or nothing of use in it; -1. */
static int fetch_config(struct finding *f, const char *url, uint64_t deadline_ms, struct outcome *o, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf body = {0};
    CLEANUP(freep) char *from = NULL;
    if (https_get(&f->d->https, url, deadline_ms, &body, &from, err) < 0)
        return err->code == FCT_E_NOT_FOUND || (err->code == FCT_E_DNS && err->retry == FCT_RETRY_NEVER) ? 0 : -1;
    struct parsing p = {.body = &body, .address = &f->address};
    if (wait_offload(parse_config, &p, err) < 0 || p.result < 0) {
        if (p.result < 0)
            *err = p.err;
        else
            autoconfig_done(&p.config);
        return -1;
    }
    bool found = json_array_size(p.config.servers) > 0;
    free(o->source);
    o->source = TAKE(from);
    if (p.config.in_clear > 0)
        o->text = xasprintf("%zu without TLS left out", p.config.in_clear);
    if (found) {
        json_decref(o->servers);
        o->servers = json_incref(p.config.servers);
        o->provider = json_incref(p.config.provider);
    }
    autoconfig_done(&p.config);
    return found;
}

static void add_query(struct buf *url, const char *value)
{
    for (; *value; value++) {
        if ((*value >= 'a' && *value <= 'z') || (*value >= 'A' && *value <= 'Z') || (*value >= '0' && *value <= '9') ||
            strchr("-._~", *value))
            buf_add_char(url, *value);
        else
            buf_addf(url, "%%%02X", (unsigned char)*value);
    }
}

/* Both places get their part of the time; an error is told when neither has anything. */
static int step_autoconfig(struct finding *f, struct outcome *o, struct fct_error *err)
{
    CLEANUP(buf_done) struct buf url = {0};
    struct fct_error first = {0}, second = {0};
    uint64_t now = wait_now_ms(), half = now + (f->step_deadline_ms > now ? (f->step_deadline_ms - now) / 2 : 0);
    buf_addf(&url, "https://autoconfig.%s/mail/config-v1.1.xml?emailaddress=", f->address.domain);
    add_query(&url, f->address.address);
    o->source = xasprintf("https://autoconfig.%s/, https://%s/.well-known/autoconfig/", f->address.domain, f->address.domain);
    int result = fetch_config(f, buf_str(&url), half, o, &first);
    if (result > 0)
        return 0;
    if (first.code == FCT_E_CANCELLED) {
        *err = first;
        return -1;
    }
    buf_clear(&url);
    buf_addf(&url, "https://%s/.well-known/autoconfig/mail/config-v1.1.xml", f->address.domain);
    int other = fetch_config(f, buf_str(&url), f->step_deadline_ms, o, &second);
    if (other > 0 || (result == 0 && other == 0))
        return 0;
    *err = other < 0 ? second : first;
    return -1;
}

static int ask_database(struct finding *f, const char *domain, struct outcome *o, struct fct_error *err)
{
    CLEANUP(freep) char *url = xasprintf("https://autoconfig.thunderbird.net/v1.1/%s", domain);
    if (!o->source)
        o->source = xstrdup(url);
    return fetch_config(f, url, f->step_deadline_ms, o, err);
}

/* A hoster is found by its MX: of mx1.eu.hoster.example the database may know eu.hoster.example, or hoster.example. What the
 * database says has been looked at by people, so a forged MX gives the password to no host of the forger's. */
static int step_database(struct finding *f, struct outcome *o, struct fct_error *err)
{
    int result = ask_database(f, f->address.domain, o, err);
    const char *dot = f->mx && !host_is_inside(f->mx, f->address.domain) ? strchr(f->mx, '.') : NULL;
    for (int tries = 0; result == 0 && tries < MX_PARENTS && dot && strchr(dot + 1, '.'); tries++) {
        result = ask_database(f, dot + 1, o, err);
        dot = strchr(dot + 1, '.');
    }
    return result < 0 ? -1 : 0;
}

/* ---- SRV -------------------------------------------------------------------------------------------------- */

/* The best first: RFC 8314 section 3.2 wants TLS from the first byte. */
static const struct {
    const char *name, *protocol;
    uint32_t tls;
} services[] = {{"_imaps._tcp", "imap", FCT_TLS_IMPLICIT},       {"_imap._tcp", "imap", FCT_TLS_STARTTLS},
                {"_pop3s._tcp", "pop3", FCT_TLS_IMPLICIT},       {"_pop3._tcp", "pop3", FCT_TLS_STARTTLS},
                {"_submissions._tcp", "smtp", FCT_TLS_IMPLICIT}, {"_submission._tcp", "smtp", FCT_TLS_STARTTLS}};
#define N_SERVICES (sizeof(services) / sizeof(services[0]))

/* Whoever can forge an answer of DNS could name a host of their own, which then would be given the password: so a host outside of
 * the domain is for the user to judge (RFC 6186 section 6). */
static void take_targets(const struct finding *f, const struct dns_service *answers, struct outcome *o)
{
    for (size_t i = 0; i < N_SERVICES; i++) {
        for (size_t k = 0; k < answers[i].n; k++) {
            const struct dns_target *t = &answers[i].targets[k];
            const struct server_spec spec = {.protocol = services[i].protocol, .host = t->host, .port = t->port, .tls = services[i].tls,
                                             .user = f->address.address};
            if (servers_add(o->servers, &spec) && !host_is_inside(t->host, f->address.domain))
                json_object_set_new(json_array_get(o->servers, json_array_size(o->servers) - 1), "needsConfirmation", json_true());
        }
    }
}

static int step_srv(struct finding *f, struct outcome *o, struct fct_error *err)
{
    CLEANUP(freep) struct dns_service *answers = xcalloc(N_SERVICES, sizeof(*answers));
    size_t refused = 0, failed = 0;
    o->source = xasprintf("SRV of %s", f->address.domain);
    for (size_t i = 0; i < N_SERVICES; i++)
        answers[i].name = services[i].name;
    if (dns_services(&f->d->https.dns, f->address.domain, answers, N_SERVICES, f->step_deadline_ms, err) < 0)
        return -1;
    take_targets(f, answers, o);
    for (size_t i = 0; i < N_SERVICES; i++) {
        refused += answers[i].refused && answers[i].n == 0;
        failed += answers[i].outcome == DNS_FAILED;
    }
    if (failed == N_SERVICES)
        return fct_fail(err, FCT_E_DNS, FCT_RETRY_LATER, "%s", answers[0].failure);
    if (refused > 0)
        o->text = xasprintf("%zu of the services are said not to be offered", refused);
    return 0;
}

/* ---- guesses ---------------------------------------------------------------------------------------------- */

/* In the order in which they are preferred. */
static const struct {
    const char *protocol, *prefix;
    uint16_t port;
    uint32_t tls;
} guesses[] = {
    {"imap", "imap.", 993, FCT_TLS_IMPLICIT}, {"imap", "mail.", 993, FCT_TLS_IMPLICIT}, {"imap", "", 993, FCT_TLS_IMPLICIT},
    {"imap", "imap.", 143, FCT_TLS_STARTTLS}, {"imap", "mail.", 143, FCT_TLS_STARTTLS}, {"pop3", "pop.", 995, FCT_TLS_IMPLICIT},
    {"pop3", "pop3.", 995, FCT_TLS_IMPLICIT}, {"pop3", "mail.", 995, FCT_TLS_IMPLICIT}, {"smtp", "smtp.", 465, FCT_TLS_IMPLICIT},
    {"smtp", "mail.", 465, FCT_TLS_IMPLICIT}, {"smtp", "", 465, FCT_TLS_IMPLICIT},      {"smtp", "smtp.", 587, FCT_TLS_STARTTLS},
    {"smtp", "mail.", 587, FCT_TLS_STARTTLS}, {"smtp", "", 587, FCT_TLS_STARTTLS},
};
#define N_GUESSES (sizeof(guesses) / sizeof(guesses[0]))
static const char *const prefixes[] = {"imap.", "mail.", "", "pop.", "pop3.", "smtp."};
#define N_PREFIXES (sizeof(prefixes) / sizeof(prefixes[0]))

struct guessing {
    char *names[N_PREFIXES];
    struct dns_host hosts[N_PREFIXES];
    struct probe probes[N_GUESSES];
    size_t n;
};

static void guessing_free(struct guessing *g)
{
    for (size_t i = 0; i < N_PREFIXES; i++)
        free(g->names[i]);
    free(g);
}
DEFINE_FREEP(struct guessing *, guessing_free);

/* One probe for each guess whose host exists. */
static void make_probes(const struct finding *f, struct guessing *g)
{
    for (size_t i = 0; i < N_GUESSES; i++) {
        size_t h = 0;
        while (strcmp(prefixes[h], guesses[i].prefix) != 0)
            h++;
        uint16_t other = other_port(f->d, guesses[i].port);
        if (g->hosts[h].outcome == DNS_FOUND)
            g->probes[g->n++] = (struct probe){.spec = {.protocol = guesses[i].protocol, .host = g->names[h], .port = guesses[i].port,
                                                        .tls = guesses[i].tls, .user = f->address.address},
                                               .port = other ? other : guesses[i].port,
                                               .host = &g->hosts[h]};
    }
}

static int step_guess(struct finding *f, struct outcome *o, struct fct_error *err)
{
    CLEANUP(guessing_freep) struct guessing *g = XNEW(struct guessing);
    o->source = xasprintf("imap., mail., pop., smtp.%s and others, tried", f->address.domain);
    for (size_t i = 0; i < N_PREFIXES; i++)
        g->hosts[i].name = g->names[i] = xasprintf("%s%s", prefixes[i], f->address.domain);
    if ((!f->d->trust && tls_trust_new(f->d->https.ca_file, &f->d->trust, err) < 0) ||
        dns_hosts(&f->d->https.dns, g->hosts, N_PREFIXES, f->step_deadline_ms, err) < 0)
        return -1;
    make_probes(f, g);
    if (probe_all(g->probes, g->n, f->d->trust, f->step_deadline_ms, err) < 0)
        return -1;
    for (size_t i = 0; i < g->n; i++)
        if (g->probes[i].found)
            servers_add(o->servers, &g->probes[i].spec);
    o->text = g->n > 0 ? xasprintf("%zu of %zu answered", json_array_size(o->servers), g->n) : xstrdup("none of these hosts exists");
    return 0;
}

/* ---- all of them ------------------------------------------------------------------------------------------ */

typedef int (*step_fn)(struct finding *f, struct outcome *o, struct fct_error *err);
static const step_fn step_fns[] = {step_table, step_mx, step_autoconfig, step_database, step_srv, step_guess};

static bool has_source(const json_t *servers)
{
    return servers_first(servers, "imap") || servers_first(servers, "pop3");
}

/* An earlier step is trusted more: of a later one is taken what is still missing. */
static void keep_servers(struct finding *f, enum discover_step step, const json_t *found)
{
    bool had_source = has_source(f->servers), had_transport = servers_first(f->servers, "smtp") != NULL;
    size_t i;
    json_t *s;
    json_array_foreach(found, i, s)
    {
        bool is_transport = strcmp(json_string_value(json_object_get(s, "protocol")), "smtp") == 0;
        if (is_transport ? had_transport : had_source)
            continue;
        json_object_set_new(s, "from", json_string(step_names[step]));
        if (!json_object_get(s, "needsConfirmation"))
            json_object_set_new(s, "needsConfirmation", json_false());
        json_array_append(f->servers, s);
    }
}

static void tell_step(struct finding *f, enum discover_step step, const char *result, const struct outcome *o, uint64_t ms)
{
    json_t *text = o && o->text ? json_string(o->text) : NULL, *source = o && o->source ? json_string(o->source) : NULL;
    json_array_append_new(f->steps, json_pack("{s:s, s:s, s:o, s:o, s:i, s:I}", "step", step_names[step], "result", result, "source",
                                              source ? source : json_null(), "description", text ? text : json_null(), "servers",
                                              o ? (int)json_array_size(o->servers) : 0, "milliseconds", (json_int_t)ms));
}

static int run_step(struct finding *f, enum discover_step step, struct fct_error *err)
{
    struct outcome o = {.servers = json_array()};
    struct fct_error why = {0};
    uint64_t began = wait_now_ms(), end = began + DISCOVER_STEP_MS;
    int result = 0;
    f->step_deadline_ms = end < f->deadline_ms ? end : f->deadline_ms;
    if (step_fns[step](f, &o, &why) < 0) {
        o.failed = true;
        free(o.text);
        o.text = xstrdup(why.message);
        if (why.code == FCT_E_CANCELLED) {
            *err = why;
            result = -1;
        }
    }
    bool found = json_array_size(o.servers) > 0;
    keep_servers(f, step, o.servers);
    if (found && o.provider && !f->provider)
        f->provider = json_incref(o.provider);
    tell_step(f, step, o.failed ? "failed" : found ? "found" : "nothing", &o, wait_now_ms() - began);
    json_decref(o.servers);
    json_decref(o.provider);
    free(o.source);
    free(o.text);
    return result;
}

static int run_steps(struct finding *f, uint32_t skip, struct fct_error *err)
{
    for (enum discover_step step = 0; step < DISCOVER_STEPS; step++) {
        if (skip & (1u << step))
            tell_step(f, step, "skipped", NULL, 0);
        else if (has_source(f->servers) && servers_first(f->servers, "smtp"))
            tell_step(f, step, "notNeeded", NULL, 0);
        else if (wait_now_ms() + STEP_LEAST_MS > f->deadline_ms)
            tell_step(f, step, "noTime", NULL, 0);
        else if (run_step(f, step, err) < 0)
            return -1;
    }
    return 0;
}

static json_t *or_null(json_t *value)
{
    return value ? json_incref(value) : json_null();
}

static json_t *answer(const struct finding *f)
{
    json_t *source = servers_first(f->servers, "imap");
    if (!source)
        source = servers_first(f->servers, "pop3");
    return json_pack("{s:s, s:s, s:o, s:o, s:O, s:o, s:O}", "address", f->address.address, "domain", f->address.domain, "source",
                     or_null(source), "transport", or_null(servers_first(f->servers, "smtp")), "servers", f->servers, "provider",
                     or_null(f->provider), "steps", f->steps);
}

int discover_servers(struct discover *d, const struct discover_request *r, json_t **out, struct fct_error *err)
{
    struct finding f = {.d = d};
    struct fct_error why = {0};
    if (d->running >= DISCOVER_MAX)
        return fct_fail(err, FCT_E_BUSY, FCT_RETRY_LATER, "%d discoveries are running already", DISCOVER_MAX);
    if (mail_address_parse(r->address, &f.address, err) < 0)
        return -1;
    d->running++;
    f.deadline_ms = wait_now_ms() + (r->timeout_ms ? r->timeout_ms : DISCOVER_MS);
    f.servers = json_array();
    f.steps = json_array();
    int result = run_steps(&f, r->skip, &why);
    if (result == 0)
        *out = answer(&f);
    else if (err)
        *err = why;
    d->running--;
    json_decref(f.servers);
    json_decref(f.steps);
    json_decref(f.provider);
    free(f.mx);
    mail_address_done(&f.address);
    return result;
}
