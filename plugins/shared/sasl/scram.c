#include "sasl/scram.h"

#include "wire/base64.h"

#include <stdio.h>
#include <string.h>

static struct fct_bytes of_text(const char *s)
{
    return (struct fct_bytes){s, strlen(s)};
}

static struct fct_bytes of_hash(const unsigned char *h, size_t n)
{
    return (struct fct_bytes){(const char *)h, n};
}

void scram_init(struct scram *m, const char *hash, struct fct_bytes user, struct fct_bytes password, const char *nonce,
                const struct scram_binding *binding)
{
    *m = (struct scram){.hash = hash, .password = password, .binding = *binding};
    wire_buffer_add_str(&m->nonce, nonce);
    wire_buffer_add_str(&m->first, binding->header);
    wire_buffer_add_str(&m->first, "n=");
    for (size_t i = 0; i < user.n; i++) {
        if (user.p[i] == ',')
            wire_buffer_add_str(&m->first, "=2C");
        else if (user.p[i] == '=')
            wire_buffer_add_str(&m->first, "=3D");
        else
            wire_buffer_add_char(&m->first, user.p[i]);
    }
    wire_buffer_addf(&m->first, ",r=%s", nonce);
}

void scram_done(struct scram *m)
{
    wire_buffer_done(&m->nonce);
    wire_buffer_done(&m->first);
    wire_buffer_wipe(&m->final);
    fct_host->wipe(m->server_signature, sizeof(m->server_signature));
}

/* The value of "k=value" at the front of *message, which loses it and its comma. */
static bool take_attribute(struct fct_bytes *message, char key, struct fct_bytes *out)
{
    if (message->n < 2 || message->p[0] != key || message->p[1] != '=')
        return false;
    const char *start = message->p + 2, *end = message->p + message->n;
    const char *comma = memchr(start, ',', (size_t)(end - start));
    *out = (struct fct_bytes){start, (size_t)((comma ? comma : end) - start)};
    message->p = comma ? comma + 1 : end;
    message->n = (size_t)(end - message->p);
    return true;
}

static bool parse_iterations(struct fct_bytes text, uint32_t *out)
{
    uint32_t n = 0;
    if (text.n == 0 || text.n > 9)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        n = n * 10 + (uint32_t)(text.p[i] - '0');
    }
    *out = n;
    return true;
}

/* client-final-message and the signature that the server must come up with (RFC 5802 section 3). */
static bool compute(struct scram *m, struct fct_bytes server_first, struct fct_bytes nonce, struct fct_bytes salt,
                    uint32_t iterations)
{
    SCOPED(wire_buffer_done) struct wire_buffer message = {0}, binding = {0};
    size_t n_header = strlen(m->binding.header);
    unsigned char salted[32], client_key[32], stored_key[32], signature[32], server_key[32];
    size_t n = fct_host->pbkdf2(m->hash, m->password, salt, iterations, salted);
    if (n == 0)
        return false;
    wire_buffer_add(&binding, m->binding.header, n_header);
    wire_buffer_add(&binding, m->binding.data.p, m->binding.data.n);
    wire_buffer_add_str(&m->final, "c=");
    wire_base64_encode(wire_buffer_bytes(&binding), &m->final);
    wire_buffer_addf(&m->final, ",r=%.*s", (int)nonce.n, nonce.p);
    wire_buffer_add(&message, m->first.p + n_header, m->first.n - n_header);
    wire_buffer_add_char(&message, ',');
    wire_buffer_add(&message, server_first.p, server_first.n);
    wire_buffer_add_char(&message, ',');
    wire_buffer_add(&message, m->final.p, m->final.n);

    fct_host->hmac(m->hash, of_hash(salted, n), of_text("Client Key"), client_key);
    fct_host->hash(m->hash, of_hash(client_key, n), stored_key);
    fct_host->hmac(m->hash, of_hash(stored_key, n), wire_buffer_bytes(&message), signature);
    for (size_t i = 0; i < n; i++)
        client_key[i] ^= signature[i]; /* now the proof */
    fct_host->hmac(m->hash, of_hash(salted, n), of_text("Server Key"), server_key);
    fct_host->hmac(m->hash, of_hash(server_key, n), wire_buffer_bytes(&message), m->server_signature);
    wire_buffer_add_str(&m->final, ",p=");
    wire_base64_encode(of_hash(client_key, n), &m->final);
    m->n_hash = n;

    fct_host->wipe(salted, sizeof(salted));
    fct_host->wipe(client_key, sizeof(client_key));
    fct_host->wipe(stored_key, sizeof(stored_key));
    fct_host->wipe(server_key, sizeof(server_key));
    return true;
}

int scram_answer(struct scram *m, struct fct_bytes server_first, uint32_t iterations_min, struct fct_error *err)
{
    SCOPED(wire_buffer_done) struct wire_buffer salt = {0};
    struct fct_bytes rest = server_first, nonce, salt_text, iterations_text;
    uint32_t iterations;
    if (!take_attribute(&rest, 'r', &nonce) || !take_attribute(&rest, 's', &salt_text) ||
        !take_attribute(&rest, 'i', &iterations_text) || !parse_iterations(iterations_text, &iterations) ||
        salt_text.n > SCRAM_SALT_MAX || !wire_base64_decode(salt_text, &salt) || salt.n == 0)
        return fct_fail(err, FCT_E_AUTH, FCT_RETRY_NEVER, "the server's SCRAM message is malformed");
    if (nonce.n <= m->nonce.n || nonce.n > 4096 || memcmp(nonce.p, m->nonce.p, m->nonce.n) != 0)
        return fct_fail(err, FCT_E_AUTH, FCT_RETRY_NEVER, "the server's SCRAM nonce does not continue ours");
    if (iterations < iterations_min || iterations < 1 || iterations > SCRAM_ITERATIONS_MAX)
        return fct_fail(err, FCT_E_AUTH, FCT_RETRY_NEVER,
                        "the server asks for %u SCRAM iterations; %u to %u are accepted", iterations, iterations_min,
                        SCRAM_ITERATIONS_MAX);
    if (!compute(m, server_first, nonce, wire_buffer_bytes(&salt), iterations))
        return fct_fail(err, FCT_E_INTERNAL, FCT_RETRY_NEVER, "the hash %s is missing", m->hash);
    return 0;
}

bool scram_verify(const struct scram *m, struct fct_bytes server_final)
{
    SCOPED(wire_buffer_done) struct wire_buffer theirs = {0};
    struct fct_bytes text;
    if (m->n_hash == 0 || !take_attribute(&server_final, 'v', &text) || !wire_base64_decode(text, &theirs) ||
        theirs.n != m->n_hash)
        return false;
    unsigned char difference = 0;
    for (size_t i = 0; i < m->n_hash; i++)
        difference |= (unsigned char)theirs.p[i] ^ m->server_signature[i];
    return difference == 0;
}
