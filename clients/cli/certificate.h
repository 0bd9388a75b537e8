/* certificate.h - a server's certificate that was not believed, and --trust HOST:PORT=FINGERPRINT. */
#ifndef CLI_CERTIFICATE_H
#define CLI_CERTIFICATE_H

#include "cli.h"

/* What there is to compare, and what to type, on standard error; nothing where the error is about no certificate.
 * `command` begins what is to be typed: "facteur account set jane". */
void certificate_tell(const json_t *error, const char *command);
/* Puts what --trust says into an object {"host:port": fingerprint}; without a fingerprint it is taken out. */
int certificate_trust(struct cli *cli, const json_t *options, json_t *certificates);

#endif
