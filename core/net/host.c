#include "net/host.h"

#include "text/idna.h"

#include <ctype.h>
#include <string.h>

#define LABEL_MAX 63

bool host_is_name(const char *host)
{
    size_t n = strlen(host), label = 0;
    bool has_letter = false;
    if (n == 0 || n > IDNA_HOST_MAX)
        return false;
    for (const char *c = host; *c; c++) {
        if (*c == '.' ? label == 0 : !isalnum((unsigned char)*c) && *c != '-' && *c != '_')
            return false;
        label = *c == '.' ? 0 : label + 1;
        if (label > LABEL_MAX)
            return false;
        has_letter = has_letter || isalpha((unsigned char)*c);
    }
    return label > 0 && has_letter;
}
