/* signature.h - a signature out of a file: text, or HTML that carries its pictures in itself. */
#ifndef CLI_SIGNATURE_H
#define CLI_SIGNATURE_H

#include "cli.h"

#define SIGNATURE_MAX ((size_t)512 << 10) /* bytes, pictures included: what facteurd takes */

/* The file's text. Freed by the caller; NULL after telling. */
char *signature_text(struct cli *cli, const char *path);
/* The same of HTML; a picture that it names as a file (src="logo.png"), beside it, stands in it as a data: URL. */
char *signature_html(struct cli *cli, const char *path);

#endif
