#include "pair_page.h"

#include "app.h"
#include "bridge.h"
#include "routes.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <string.h>

/* The colours are those of the web application (clients/web/src/styles/tokens.css). */
static const char style[] =
    ":root{color-scheme:light dark;--ground:#f6f5f2;--paper:#fff;--ink:#1d1f23;--soft:#575c66;--line:#858991;"
    "--accent:#1f5f99;--on:#fff;--danger:#b3261e}"
    "@media(prefers-color-scheme:dark){:root{--ground:#17181b;--paper:#1f2125;--ink:#e6e6e3;--soft:#a9adb5;"
    "--line:#7d828b;--accent:#86bdf0;--on:#0d1f30;--danger:#ff9c93}}"
    "body{margin:0;padding:max(16px,8vh) 16px;background:var(--ground);color:var(--ink);"
    "font:1rem/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",sans-serif}"
    "main{max-inline-size:26rem;margin-inline:auto;padding:20px 24px;border-radius:10px;background:var(--paper);"
    "box-shadow:0 4px 18px rgb(0 0 0/18%);overflow-wrap:anywhere}"
    "h1{margin:0 0 12px;font-size:1.35rem;line-height:1.25}p{margin:12px 0}.soft,dt{color:var(--soft)}"
    ".wrong{color:var(--danger);font-weight:600}label{display:block}"
    "input,button,.button{box-sizing:border-box;display:block;inline-size:100%;min-block-size:44px;"
    "margin-block-start:6px;padding:8px 12px;border:1px solid "
    "var(--line);border-radius:6px;background:none;color:inherit;font:inherit}"
    "input{font-family:ui-monospace,Menlo,Consolas,monospace;letter-spacing:.06em}"
    "button,.button{border-color:transparent;background:var(--accent);color:var(--on);font-weight:600;"
    "text-align:center;text-decoration:none;cursor:pointer}.second "
    "button{background:none;border-color:var(--line);color:inherit}"
    ":focus-visible{outline:3px solid var(--accent);outline-offset:2px}dl{margin:12px 0}dd{margin:0 0 12px}"
    "code{font-family:ui-monospace,Menlo,Consolas,monospace;user-select:all}";

/* ---- words ---- */

enum language { ENGLISH, FRENCH, N_LANGUAGES };

static const char *const tags[N_LANGUAGES] = {"en", "fr"};

static const struct words {
    const char *title, *done_title, *read_here, *or_program, *code, *pair, *type_this, *server, *user, *password;
} words[N_LANGUAGES] = {
    [ENGLISH] = {.title = "Pair this device",
                 .done_title = "Paired",
                 .read_here = "Read mail in this browser",
                 .or_program = "Or, for a mail program:",
                 .code = "Code from the other screen",
                 .pair = "Pair",
                 .type_this = "Type this into your mail program, a JMAP client. The password is shown this once.",
                 .server = "Server",
                 .user = "User name",
                 .password = "Password, or token"},
    [FRENCH] = {.title = "Associer cet appareil",
                .done_title = "Appareil associé",
                .read_here = "Lire le courrier dans ce navigateur",
                .or_program = "Ou, pour un logiciel de messagerie :",
                .code = "Code affiché sur l’autre écran",
                .pair = "Associer",
                .type_this = "Saisissez ceci dans votre logiciel de messagerie, un client JMAP. Le mot de passe n’est "
                             "affiché que cette fois.",
                .server = "Serveur",
                .user = "Nom d’utilisateur",
                .password = "Mot de passe, ou jeton"},
};

static const char *const refusals[][N_LANGUAGES] = {
    [PAIR_NOT_REFUSED] = {"", ""},
    [PAIR_LIMIT] = {"There were too many wrong codes: wait a moment.", "Trop de codes erronés : patientez un moment."},
    [PAIR_NAME_TAKEN] = {"Meanwhile there is a token of that name.", "Entre-temps, un jeton de ce nom existe déjà."},
    [PAIR_NO_CODE] = {"This code is none, was used, or is too old: make another one.",
                      "Ce code n’existe pas, a déjà servi ou est trop ancien : créez-en un autre."},
    [PAIR_BUSY] = {"Others are pairing just now: wait a moment.", "D’autres appareils sont en cours d’association : "
                                                                  "patientez un moment."},
    [PAIR_MISSING] = {"The code is missing.", "Le code manque."},
};

const char *pair_refusal_text(enum pair_refusal why)
{
    return refusals[why][ENGLISH];
}

/* The weight of one range ("fr-CH;q=0.8"), in thousandths; 0: it is not wanted, or says what is no weight (RFC 9110
 * section 12.4.2: at most three digits behind the point). */
static int weight_of(const char *range, size_t n)
{
    const char *semicolon = memchr(range, ';', n), *end = range + n;
    const char *q = semicolon ? memchr(semicolon, '=', n - (size_t)(semicolon - range)) : NULL;
    if (!q)
        return 1000;
    if (++q == end || *q < '0' || *q > '1')
        return 0;
    int weight = (*q++ - '0') * 1000;
    if (q < end && *q == '.')
        q++;
    for (int each = 100; q < end && each > 0 && *q >= '0' && *q <= '9'; each /= 10)
        weight += (*q++ - '0') * each;
    return weight < 1000 ? weight : 1000;
}

static enum language language_of(const struct exchange *x)
{
    const char *p = http_header(&x->head, "accept-language");
    enum language best = ENGLISH;
    for (int most = 0; p && *p;) {
        p += strspn(p, ", \t");
        size_t n = strcspn(p, ","), tag = strcspn(p, "-;, \t");
        int weight = weight_of(p, n);
        for (int i = 0; i < N_LANGUAGES; i++)
            if (weight > most && tag == strlen(tags[i]) && strncasecmp(p, tags[i], tag) == 0) {
                best = (enum language)i;
                most = weight;
            }
        p += n;
    }
    return best;
}

/* ---- markup ---- */

static void add_escaped(struct buf *out, const char *text)
{
    for (; *text; text++)
        if (strchr("<>&\"'", *text))
            buf_addf(out, "&#%d;", *text);
        else
            buf_add_char(out, *text);
}

static void begin_page(struct buf *out, enum language l, const char *title)
{
    buf_addf(out,
             "<!doctype html>\n<html lang=\"%s\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
             "content=\"width=device-width\">\n<title>Facteur: %s</title>\n<style>%s</style>\n<main>\n<h1>%s</h1>\n",
             tags[l], title, style, title);
}

/* The styles above and no other: by their hash (Content Security Policy level 3, section 2.3.1). */
static void add_style_source(struct buf *out)
{
    unsigned char hash[EVP_MAX_MD_SIZE], text[EVP_MAX_MD_SIZE * 2];
    unsigned int n = 0;
    EVP_Digest(style, sizeof(style) - 1, hash, &n, EVP_sha256(), NULL);
    EVP_EncodeBlock(text, hash, (int)n);
    buf_addf(out, "style-src 'sha256-%s'", (const char *)text);
}

/* A page of our own may send a form here; browsers say where it comes from only if they may (Fetch, "Origin"). */
static void answer_page(struct exchange *x, int status, struct buf *body)
{
    struct buf policy = {0};
    buf_add_str(&policy, "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; ");
    add_style_source(&policy);
    exchange_header(x, "content-security-policy", buf_str(&policy));
    exchange_header(x, "referrer-policy", "same-origin");
    buf_add_str(body, "</main>\n");
    exchange_answer(x, status, "text/html; charset=utf-8", body);
    buf_done(&policy);
}

/* Into the web application, with the code where its page looks for it: behind '#', so that it is not sent again. */
static void add_link(struct buf *out, const struct words *w, const char *code)
{
    buf_add_str(out, "<p><a class=\"button\" href=\"/#pair=");
    for (const unsigned char *p = (const unsigned char *)code; *p; p++)
        if (isalnum(*p) || *p == '-')
            buf_add_char(out, (char)*p);
        else
            buf_addf(out, "%%%02X", *p);
    buf_addf(out, "\">%s</a></p>\n<p class=\"soft\">%s</p>\n", w->read_here, w->or_program);
}

void pair_page_form(struct exchange *x, int status, const char *code, enum pair_refusal why)
{
    enum language l = language_of(x);
    const struct words *w = &words[l];
    bool leads_in = why == PAIR_NOT_REFUSED && *code && app_is_there(x->bridge->app);
    struct buf body = {0};
    begin_page(&body, l, w->title);
    if (why != PAIR_NOT_REFUSED)
        buf_addf(&body, "<p class=\"wrong\" role=\"alert\">%s</p>\n", refusals[why][l]);
    if (leads_in)
        add_link(&body, w, code);
    buf_addf(&body,
             "<form method=\"post\" action=\"" ROUTE_PAIR "\"%s><p><label>%s <input name=\"code\" required "
             "maxlength=\"20\" autocomplete=\"off\" value=\"",
             leads_in ? " class=\"second\"" : "", w->code);
    add_escaped(&body, code);
    buf_addf(&body, "\"></label> <button>%s</button></p></form>\n", w->pair);
    answer_page(x, status, &body);
}

static void add_row(struct buf *out, const char *what, const char *value)
{
    buf_addf(out, "<dt>%s<dd><code>", what);
    add_escaped(out, value ? value : "");
    buf_add_str(out, "</code>\n");
}

void pair_page_done(struct exchange *x, const char *name, const char *secret)
{
    enum language l = language_of(x);
    const struct words *w = &words[l];
    struct buf body = {0};
    begin_page(&body, l, w->done_title);
    buf_addf(&body, "<p>%s</p>\n<dl>\n", w->type_this);
    add_row(&body, w->server, x->base);
    add_row(&body, w->user, name);
    add_row(&body, w->password, secret);
    buf_add_str(&body, "</dl>\n");
    answer_page(x, 200, &body);
}
