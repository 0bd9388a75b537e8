#include "app.h"

#include "bridge.h"
#include "exchange.h"
#include "transfer.h"
#include "webfiles.h"

#include <string.h>
#include <unistd.h>

#define MESSAGE_FRAME "/message-frame"
#define LINKS_FRAME "/message-frame-links"

/* Of the page: its own scripts and styles, nothing of anybody else, and no string that becomes code or markup without
 * having passed one of the two named policies of Trusted Types. */
#define PAGE_POLICY                                                                                          \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; " \
    "connect-src 'self'; frame-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "        \
    "form-action 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; "    \
    "trusted-types facteur dompurify"

/* A script that runs as a worker is under the policy that came with it, not under its page's. */
#define SCRIPT_POLICY                                                                                      \
    "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; " \
    "require-trusted-types-for 'script'; trusted-types facteur dompurify"

/* Of what a message is shown in: no script, nothing from elsewhere, whatever stands in it. `allow-same-origin` lets our
 * page put the message in, measure it and hear its keys; scripts never run there, so nothing can use it (the two
 * together would undo the sandbox). */
#define FRAME_LOADS                                                                                                   \
    "default-src 'none'; img-src 'self' data: blob:; style-src 'unsafe-inline'; font-src data:; form-action 'none'; " \
    "base-uri 'none'; frame-ancestors 'self'; "
#define FRAME_POLICY FRAME_LOADS "sandbox allow-same-origin allow-modals"

/* For WebKit, which calls none of our listeners there: a link that is pressed opens by itself, in a window that the
 * sandbox does not follow into. Still no script. */
#define LINKS_FRAME_POLICY FRAME_LOADS "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"

static const char frame_text[] = "<!doctype html><html><head></head><body></body></html>\n";
#define FRAME_ETAG "\"frame-2\"" /* another one with every change of the text or of its headers */

static const char absent_text[] =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
    "content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\n"
    "<title>Facteur</title>\n<h1>The web application is not installed here</h1>\n"
    "<p>This is facteur-bridge: it serves mail to JMAP programs, and it does. Where the application is, it is told by "
    "<code>facteur-bridge --web FOLDER</code>; its log says where it looks.</p>\n";

struct app {
    struct webfiles *files;
};

static const struct route route_page, route_file, route_frame, route_links_frame;

/* ---- its life ---- */

struct app *app_new(const char *folder)
{
    struct app *a = XNEW(struct app);
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = '\0';
    CLEANUP(freep) char *built = xasprintf("%s/../web", self);
    CLEANUP(freep) char *installed = xasprintf("%s/../share/facteur/web", self);
    const char *own[] = {built, installed};
    a->files = folder ? webfiles_new(&folder, 1) : webfiles_new(own, N_OF(own));
    if (!app_is_there(a) && folder)
        log_warning("--web %s: there is no " WEBFILES_INDEX " in it", folder);
    else if (!app_is_there(a))
        log_info("the web application is neither in %s nor in %s", built, installed);
    return a;
}

void app_free(struct app *a)
{
    if (a)
        webfiles_free(a->files);
    free(a);
}

void app_reload(struct app *a)
{
    if (a)
        webfiles_list(a->files);
}

bool app_is_there(struct app *a)
{
    if (a)
        webfiles_look(a->files);
    return a && webfiles_find(a->files, WEBFILES_INDEX);
}

/* ---- paths ---- */

static bool is_page(const char *path)
{
    static const char *const pages[] = {"/mail", "/compose", "/settings", "/setup", "/statistics"};
    for (size_t i = 0; i < N_OF(pages); i++) {
        size_t n = strlen(pages[i]);
        if (strncmp(path, pages[i], n) == 0 && (path[n] == '\0' || path[n] == '/'))
            return true;
    }
    return strcmp(path, "/") == 0 || strcmp(path, "/" WEBFILES_INDEX) == 0;
}

const struct route *app_find(struct app *a, const char *path)
{
    if (!a || path[0] != '/')
        return NULL;
    if (strcmp(path, MESSAGE_FRAME) == 0)
        return &route_frame;
    if (strcmp(path, LINKS_FRAME) == 0)
        return &route_links_frame;
    if (is_page(path))
        return &route_page;
    return webfiles_find(a->files, path + 1) ? &route_file : NULL;
}

/* ---- answering ---- */

static bool is_known(const struct exchange *x, const char *etag)
{
    return etag_is_among(http_header(&x->head, "if-none-match"), etag);
}

/* RFC 9110 section 15.4.5: with the headers that a 200 would have had, and no body. */
static void answer_unchanged(struct exchange *x)
{
    struct buf none = {0};
    exchange_answer(x, 304, NULL, &none);
}

static void answer_with(struct exchange *x, const struct webfile *f, struct webfile_open *o)
{
    exchange_header(x, "etag", o->etag);
    exchange_header(x, "cache-control", f->is_lasting ? "public, max-age=31536000, immutable" : "no-cache");
    exchange_header(x, "cross-origin-resource-policy", "same-origin");
    if (f->is_script)
        exchange_header(x, "content-security-policy", SCRIPT_POLICY);
    if (is_known(x, o->etag)) {
        close(o->fd);
        answer_unchanged(x);
        return;
    }
    if (o->is_zip)
        exchange_header(x, "content-encoding", "gzip");
    exchange_answer_file(x, 200, f->type, o->fd, 0, o->size);
}

/* False: it is not there any more. */
static bool answer_file(struct exchange *x, const char *path)
{
    const struct webfiles *files = x->bridge->app->files;
    const struct webfile *f = webfiles_find(files, path);
    struct webfile_open o;
    if (!f || webfiles_open(files, f, http_header_has(&x->head, "accept-encoding", "gzip"), &o) < 0)
        return false;
    answer_with(x, f, &o);
    return true;
}

static void end_file(struct exchange *x)
{
    if (!answer_file(x, x->head.path + 1))
        exchange_answer_text(x, 404, "there is nothing here");
}

static void answer_absent(struct exchange *x)
{
    struct buf body = {0};
    buf_add_str(&body, absent_text);
    exchange_answer(x, 404, "text/html; charset=utf-8", &body);
}

/* A page that is opened is where an update of the application begins: the files are looked at, too. */
static void end_page(struct exchange *x)
{
    if (!app_is_there(x->bridge->app)) {
        answer_absent(x);
        return;
    }
    exchange_header(x, "content-security-policy", PAGE_POLICY);
    exchange_header(x, "x-dns-prefetch-control", "off"); /* the links of plain text stand in it */
    exchange_header(x, "cross-origin-opener-policy", "same-origin");
    if (!answer_file(x, WEBFILES_INDEX))
        answer_absent(x);
}

static void answer_frame(struct exchange *x, const char *policy)
{
    struct buf body = {0};
    exchange_header(x, "content-security-policy", policy);
    exchange_header(x, "x-dns-prefetch-control", "off");
    exchange_header(x, "cross-origin-resource-policy", "same-origin");
    exchange_header(x, "etag", FRAME_ETAG);
    exchange_header(x, "cache-control", "max-age=3600"); /* each message that is opened would ask for it */
    if (is_known(x, FRAME_ETAG)) {
        answer_unchanged(x);
        return;
    }
    buf_add_str(&body, frame_text);
    exchange_answer(x, 200, "text/html; charset=utf-8", &body);
}

static void end_frame(struct exchange *x)
{
    answer_frame(x, FRAME_POLICY);
}

static void end_links_frame(struct exchange *x)
{
    answer_frame(x, LINKS_FRAME_POLICY);
}

#define METHODS (1u << HTTP_GET | 1u << HTTP_HEAD)
static const struct route route_page = {.path = "/", .methods = METHODS, .is_public = true, .end = end_page};
static const struct route route_file = {.path = "/", .methods = METHODS, .is_public = true, .end = end_file};
static const struct route route_frame = {
    .path = MESSAGE_FRAME, .methods = METHODS, .is_public = true, .end = end_frame};
static const struct route route_links_frame = {
    .path = LINKS_FRAME, .methods = METHODS, .is_public = true, .end = end_links_frame};
