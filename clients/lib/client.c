/* client.c - struct facteur_client: the connection of conn.c, waited for with poll(). */
#include "bytes.h"
#include "connect.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct facteur_client {
    struct facteur_conn *conn;
    json_t *notices;
    int fds[FACTEUR_FDS_MAX]; /* that came with the last answer */
    size_t n_fds;
    unsigned long last_id;
    facteur_again_fn again;
    void *again_arg;
};

static void keep_notice(void *arg, struct facteur_conn *conn, struct facteur_text method, struct facteur_text params,
                        struct facteur_text line)
{
    struct facteur_client *client = arg;
    json_t *notice = json_loadb(line.p, line.n, JSON_ALLOW_NUL, NULL);

    (void)conn, (void)method, (void)params;
    if (notice && json_array_size(client->notices) >= FACTEUR_NOTICES_MAX)
        json_array_remove(client->notices, 0);
    json_array_append_new(client->notices, notice);
}

static struct facteur_client *client_over(struct facteur_conn *conn)
{
    struct facteur_client *client = conn ? calloc(1, sizeof(*client)) : NULL;

    if (client && (client->notices = json_array())) {
        client->conn = conn;
        facteur_conn_on_notice(conn, keep_notice, client);
        return client;
    }
    if (conn)
        errno = ENOMEM;
    free(client);
    facteur_conn_free(conn);
    return NULL;
}

struct facteur_client *facteur_client_open(const char *socket_path)
{
    const struct facteur_limits limits = {.unsent = SIZE_MAX / 2}; /* whoever waits keeps one text */
    char *found = socket_path ? NULL : facteur_socket_path(NULL);

    if (!socket_path && !found)
        return NULL;
    int fd = connect_to(socket_path ? socket_path : found, false);
    int saved = errno;
    free(found);
    errno = saved;
    return fd < 0 ? NULL : client_over(facteur_conn_new(fd, &limits));
}

static void drop_fds(struct facteur_client *client)
{
    while (client->n_fds > 0)
        close(client->fds[--client->n_fds]);
}

void facteur_client_close(struct facteur_client *client)
{
    if (!client)
        return;
    facteur_conn_free(client->conn);
    drop_fds(client);
    json_decref(client->notices);
    free(client);
}

struct facteur_conn *facteur_client_conn(struct facteur_client *client)
{
    return client->conn;
}

int facteur_client_take_fd(struct facteur_client *client)
{
    if (client->n_fds == 0)
        return -1;
    int fd = client->fds[0];
    memmove(client->fds, client->fds + 1, --client->n_fds * sizeof(int));
    return fd;
}

void facteur_client_on_reset(struct facteur_client *client, facteur_again_fn fn, void *arg)
{
    client->again = fn;
    client->again_arg = arg;
}

/* ---- waiting -------------------------------------------------------------------------------------------------- */

int facteur_client_wait(struct facteur_client *client, int timeout_ms)
{
    struct pollfd p = {.fd = facteur_conn_fd(client->conn), .events = POLLIN};

    if (facteur_conn_wants_write(client->conn))
        p.events |= POLLOUT;
    int ready = facteur_conn_is_lost(client->conn, NULL) ? 1 : poll(&p, 1, timeout_ms);
    if (ready == 0 || (ready < 0 && errno == EINTR))
        return 0;
    return ready < 0 ? -1 : facteur_conn_pump(client->conn);
}

/* What became of one text. */
struct exchange {
    struct facteur_client *client;
    bool is_over, is_lost;
    json_t *answer; /* the line; NULL: it was no JSON */
};

static void take_reply(void *arg, struct facteur_conn *conn, const struct facteur_reply *reply)
{
    struct exchange *x = arg;
    int fd;

    x->is_over = true;
    x->is_lost = !reply;
    if (!reply)
        return;
    x->answer = json_loadb(reply->text.p, reply->text.n, JSON_ALLOW_NUL, NULL);
    while (x->client->n_fds < FACTEUR_FDS_MAX && (fd = facteur_conn_take_fd(conn)) >= 0)
        x->client->fds[x->client->n_fds++] = fd;
}

static bool is_unread(const struct facteur_client *client)
{
    return !facteur_conn_has_heard(client->conn) && (errno == ECONNRESET || errno == EPIPE);
}

/* False: there is none, told. */
static bool take_another(struct facteur_client *client)
{
    struct facteur_client *fresh = client->again(client->again_arg);
    if (!fresh)
        return false;
    struct facteur_conn *conn = fresh->conn;
    fresh->conn = client->conn;
    client->conn = conn;
    facteur_conn_on_notice(conn, keep_notice, client);
    facteur_client_close(fresh);
    return true;
}

static int exchange_once(struct facteur_client *client, struct facteur_text text, struct exchange *x)
{
    *x = (struct exchange){.client = client};
    if (facteur_conn_send(client->conn, text, take_reply, x) < 0)
        return -1;
    while (!x->is_over)
        if (facteur_client_wait(client, -1) < 0 && !x->is_over)
            return -1;
    if (x->is_lost) {
        facteur_conn_is_lost(client->conn, &errno);
        return -1;
    }
    if (!x->answer) {
        errno = EPROTO;
        return -1;
    }
    return 0;
}

/* Sends a text and waits for its answer: a new reference; NULL with errno. The first one of a connection once more
 * where nobody has read it. Wipes the text. */
static json_t *exchange(struct facteur_client *client, struct bytes *text)
{
    struct exchange x = {0};
    int result;

    drop_fds(client);
    for (;;) {
        result = exchange_once(client, (struct facteur_text){text->p, text->n}, &x);
        if (result == 0 || !client->again || !is_unread(client) || !take_another(client))
            break;
        client->again = NULL;
    }
    int saved = errno;
    bytes_done(text);
    errno = saved;
    return result == 0 ? x.answer : NULL;
}

/* ---- calls ---------------------------------------------------------------------------------------------------- */

static int add_call(struct bytes *text, const char *id, const char *method, json_t *params)
{
    struct bytes given = {0};
    int result = params ? bytes_add_json(&given, params) : 0;

    if (result == 0)
        result = bytes_add_request(text, id, method, (struct facteur_text){given.p, given.n});
    int saved = errno;
    bytes_done(&given);
    json_decref(params);
    errno = saved;
    return result;
}

enum facteur_outcome facteur_client_call(struct facteur_client *client, const char *method, json_t *params,
                                         json_t **out_result, json_t **out_error)
{
    struct bytes text = {0};
    char id[24];

    *out_result = *out_error = NULL;
    snprintf(id, sizeof(id), "%lu", ++client->last_id);
    if (add_call(&text, id, method, params) < 0)
        return FACTEUR_LOST;
    json_auto_t *answer = exchange(client, &text);
    if (!answer)
        return FACTEUR_LOST;
    json_t *error = json_object_get(answer, "error");
    json_t *result = json_object_get(answer, "result");
    if (error) {
        *out_error = json_incref(error);
        return FACTEUR_ERROR;
    }
    if (!result) {
        errno = EPROTO;
        return FACTEUR_LOST;
    }
    *out_result = json_incref(result);
    return FACTEUR_OK;
}

static void sort_answers(struct facteur_step *steps, size_t n, const json_t *answers)
{
    size_t i;
    json_t *answer;

    json_array_foreach(answers, i, answer)
    {
        const char *id = json_string_value(json_object_get(answer, "id"));
        for (size_t k = 0; id && k < n; k++) {
            if (strcmp(id, steps[k].id) != 0 || steps[k].result || steps[k].error)
                continue;
            steps[k].result = json_incref(json_object_get(answer, "result"));
            steps[k].error = json_incref(json_object_get(answer, "error"));
            break;
        }
    }
}

static int add_steps(struct facteur_batch *batch, struct facteur_step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        facteur_batch_add(batch, steps[i].id, steps[i].method, steps[i].params);
        steps[i].params = steps[i].result = steps[i].error = NULL;
    }
    return facteur_batch_text(batch).p ? 0 : -1;
}

static json_t *exchange_steps(struct facteur_client *client, struct facteur_step *steps, size_t n)
{
    struct facteur_batch *batch = facteur_batch_new();
    struct bytes text = {0};
    json_t *answers = NULL;

    if (batch && add_steps(batch, steps, n) == 0) {
        struct facteur_text all = facteur_batch_text(batch);
        if (bytes_add(&text, all.p, all.n) == 0)
            answers = exchange(client, &text);
    }
    int saved = errno;
    facteur_batch_free(batch);
    errno = saved;
    return answers;
}

enum facteur_outcome facteur_client_batch(struct facteur_client *client, struct facteur_step *steps, size_t n)
{
    json_auto_t *answers = exchange_steps(client, steps, n);

    if (!answers)
        return FACTEUR_LOST;
    if (json_is_array(answers))
        sort_answers(steps, n, answers);
    else
        steps[0].error = json_incref(json_object_get(answers, "error"));
    for (size_t i = 0; i < n; i++)
        if (steps[i].error)
            return FACTEUR_ERROR;
    for (size_t i = 0; i < n; i++) {
        if (!steps[i].result) {
            errno = EPROTO;
            return FACTEUR_LOST;
        }
    }
    return FACTEUR_OK;
}

/* ---- notifications -------------------------------------------------------------------------------------------- */

static json_t *first_notice(struct facteur_client *client)
{
    json_t *notice = json_incref(json_array_get(client->notices, 0));

    json_array_remove(client->notices, 0);
    return notice;
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum facteur_outcome facteur_client_notice(struct facteur_client *client, int timeout_ms, json_t **out)
{
    int64_t until = now_ms() + timeout_ms;

    *out = NULL;
    for (;;) {
        if (json_array_size(client->notices) > 0) {
            *out = first_notice(client);
            return FACTEUR_OK;
        }
        int64_t left = timeout_ms < 0 ? -1 : until - now_ms();
        struct pollfd p = {.fd = facteur_conn_fd(client->conn), .events = POLLIN};
        int ready =
            facteur_conn_is_lost(client->conn, NULL) ? 1 : poll(&p, 1, left < 0 && timeout_ms >= 0 ? 0 : (int)left);
        if (ready == 0 || (ready < 0 && errno == EINTR))
            return FACTEUR_OK;
        if (ready < 0 || (facteur_conn_pump(client->conn) < 0 && json_array_size(client->notices) == 0))
            return FACTEUR_LOST;
    }
}
