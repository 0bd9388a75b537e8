/* The guard and what reads header fields without GMime: the first bytes of whatever comes. */
#include "mime/addresses.h"
#include "mime/fields.h"
#include "mime/forms.h"
#include "mime/guard.h"
#include "mime/mime.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void every_form(const struct mime_headers *h)
{
    for (size_t i = 0; i < h->n && i < 50; i++)
        for (int form = FORM_RAW; form <= FORM_URLS; form++) {
            struct mime_headers one = {.v = &h->v[i], .n = 1};
            char name[256];
            size_t n = h->v[i].name.n < sizeof(name) - 1 ? h->v[i].name.n : sizeof(name) - 1;
            memcpy(name, h->v[i].name.p, n);
            name[n] = '\0';
            struct header_form f = {name, (enum form)form, false};
            json_t *v = forms_json(&one, &f);
            char *text = json_dumps(v, JSON_ENCODE_ANY);
            if (!text)
                abort(); /* a value that is no valid JSON */
            free(text);
            json_decref(v);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready)
        mime_init();
    ready = true;
    struct mime_headers h = {0};
    struct fct_bytes raw = bytes_of(data, size);
    headers_scan(raw, &h);
    if (h.body > size)
        abort();
    guard_check(raw, &h, NULL);
    every_form(&h);
    headers_done(&h);
    return 0;
}
