#include "text/idna.h"

#include <pthread.h>
#include <unicode/uidna.h>

static UIDNA *rules; /* read only once it is there: ICU says that it may be shared */

static void open_rules(void)
{
    UErrorCode error = U_ZERO_ERROR;
    rules = uidna_openUTS46(
        UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII, &error);
}

bool idna_to_ascii(struct fct_bytes host, char out[IDNA_HOST_MAX + 1])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode error = U_ZERO_ERROR;

    pthread_once(&once, open_rules);
    if (!rules || host.n > 4 * IDNA_HOST_MAX)
        return false;
    int32_t n = uidna_nameToASCII_UTF8(rules, host.p, (int32_t)host.n, out, IDNA_HOST_MAX + 1, &info, &error);
    if (U_FAILURE(error) || info.errors != 0 || n <= 0 || n > IDNA_HOST_MAX)
        return false;
    out[n] = '\0';
    return true;
}
