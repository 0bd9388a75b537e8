#include "routes.h"

#include "app.h"
#include "bridge.h"

#include <string.h>

static const struct route *const routes[] = {&route_well_known,  &route_session,    &route_api,       &route_upload,
                                             &route_download,    &route_events,     &route_websocket, &route_pair,
                                             &route_proxy_links, &route_proxy_image};

const struct route *routes_find(const struct bridge *b, const char *path)
{
    for (size_t i = 0; i < N_OF(routes); i++) {
        size_t n = strlen(routes[i]->path);
        bool is_folder = routes[i]->path[n - 1] == '/';
        if (is_folder ? strncmp(path, routes[i]->path, n) == 0 : strcmp(path, routes[i]->path) == 0)
            return routes[i];
    }
    return app_find(b->app, path);
}

void routes_too_large(const struct exchange *x, struct jmap_problem *out)
{
    bool is_upload = x->route == &route_upload;
    if (x->route == &route_pair) {
        jmap_problem_set(out, 413, "about:blank", NULL, "the body is larger than a code");
        return;
    }
    jmap_problem_set(out, is_upload ? 413 : 400, "limit", is_upload ? "maxSizeUpload" : "maxSizeRequest",
                     "the body is larger than %llu bytes", (unsigned long long)x->route->max_body);
}
