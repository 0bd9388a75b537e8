#include "async/certificate.h"

#include "async/trust.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define NAMES_TOLD_MAX 4 /* of the names in a certificate, in an error */

/* ---- fingerprints ---- */

const char *fingerprint_format(const unsigned char sha256[FINGERPRINT_SIZE], char out[FINGERPRINT_TEXT])
{
    for (size_t i = 0; i < FINGERPRINT_SIZE; i++)
        snprintf(out + 3 * i, FINGERPRINT_TEXT - 3 * i, i + 1 < FINGERPRINT_SIZE ? "%02X:" : "%02X", sha256[i]);
    return out;
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;
    return at && *at ? (int)(at - digits) : -1;
}

bool fingerprint_parse(const char *text, unsigned char out[FINGERPRINT_SIZE])
{
    unsigned char made[FINGERPRINT_SIZE];
    size_t n = 0;
    if (strncasecmp(text, "sha256:", 7) == 0)
        text += 7;
    while (n < FINGERPRINT_SIZE) {
        int high = hex_value(text[0]), low = high < 0 ? -1 : hex_value(text[1]);
        if (low < 0)
            return false;
        made[n++] = (unsigned char)(high << 4 | low);
        text += 2;
        if (*text == ':' && n < FINGERPRINT_SIZE)
            text++;
    }
    if (*text)
        return false;
    memcpy(out, made, sizeof(made));
    return true;
}

/* ---- what a certificate says of itself ---- */

/* "CN=imap.example.org,O=Example", ASCII, cut where it is too long. */
static void tell_name(const X509_NAME *name, char *out, size_t cap)
{
    BIO *mem = BIO_new(BIO_s_mem());
    char *text = NULL;
    X509_NAME_print_ex(mem, name, 0, XN_FLAG_RFC2253);
    long n = BIO_get_mem_data(mem, &text);
    snprintf(out, cap, "%.*s", (int)n, text ? text : "");
    BIO_free(mem);
    if (!*out)
        snprintf(out, cap, "nobody");
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm tm;
    return time && ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

/* The host names that the certificate is for. */
static void tell_hosts(X509 *cert, char *out, size_t cap)
{
    size_t used = 0, told = 0;
    *out = '\0';
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && told < NAMES_TOLD_MAX; i++) {
        const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
        if (g->type != GEN_DNS)
            continue;
        int n = ASN1_STRING_length(g->d.dNSName);
        const char *text = (const char *)ASN1_STRING_get0_data(g->d.dNSName);
        for (int k = 0; k < n; k++)
            if (text[k] <= 0x20 || text[k] >= 0x7f)
                n = 0; /* no host name: not worth telling */
        if (n == 0 || used >= cap)
            continue;
        used += (size_t)snprintf(out + used, cap - used, "%s%.*s", told ? ", " : "", n > 60 ? 60 : n, text);
        told++;
    }
    GENERAL_NAMES_free(names);
}

void certificate_describe(X509 *cert, struct certificate_facts *out)
{
    unsigned n = 0;
    if (X509_digest(cert, EVP_sha256(), out->sha256, &n) != 1)
        memset(out->sha256, 0, sizeof(out->sha256));
    tell_name(X509_get_subject_name(cert), out->subject, sizeof(out->subject));
    tell_name(X509_get_issuer_name(cert), out->issuer, sizeof(out->issuer));
    tell_hosts(cert, out->hosts, sizeof(out->hosts));
    out->not_before = seconds_of(X509_get0_notBefore(cert));
    out->not_after = seconds_of(X509_get0_notAfter(cert));
}
