/* forms.h - header properties: "header:Name[:asForm][:all]" (RFC 8621 sections 4.1.2 and 4.1.3). */
#ifndef MIME_FORMS_H
#define MIME_FORMS_H

#include "mime/headers.h"

#include <jansson.h>

enum form { FORM_RAW, FORM_TEXT, FORM_ADDRESSES, FORM_GROUPED_ADDRESSES, FORM_MESSAGE_IDS, FORM_DATE, FORM_URLS };

struct header_form {
    char *name;
    enum form form;
    bool all;
};

/* `property` without "header:". FCT_E_INVALID when malformed, or when the form is not allowed for that header. */
int header_form_parse(const char *property, struct header_form *out, struct fct_error *err);
void header_form_done(struct header_form *f);

/* The property's value. New reference. */
json_t *forms_json(const struct mime_headers *h, const struct header_form *f);
/* EmailHeader[]: every field in raw form. New reference. */
json_t *forms_headers_json(const struct mime_headers *h);

#endif
