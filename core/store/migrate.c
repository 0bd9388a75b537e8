#include "base/error.h"
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define APPLICATION_ID 0x46637472 /* "Fctr" at offset 68 of the file */

static int newest_known(void)
{
    int version = 0;
    for (const struct store_migration *m = store_migrations; m->version; m++)
        version = m->version;
    return version;
}

static int fail_newer(const char *path, int64_t version, struct fct_error *err)
{
    return fct_fail(err, FCT_E_UNSUPPORTED, FCT_RETRY_NEVER,
                    "%s has schema version %lld, this facteurd knows versions up to %d: use the newer program; nothing "
                    "was changed",
                    path, (long long)version, newest_known());
}

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Offsets: https://www.sqlite.org/fileformat2.html section 1.3. The version in the file may be older than one in a WAL
 * that a crash left behind; store_schema_upgrade looks again, through SQLite. */
int store_schema_check_file(const char *path, struct fct_error *err)
{
    unsigned char header[100];

    CLEANUP(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fct_fail_errno(err, errno, "cannot open %s", path);
    ssize_t n = pread(fd, header, sizeof(header), 0);
    if (n < 0)
        return fct_fail_errno(err, errno, "cannot read %s", path);
    if (n == 0)
        return 0;
    if (n < (ssize_t)sizeof(header) || memcmp(header, "SQLite format 3", 16) != 0)
        return fct_fail(err, FCT_E_CORRUPT, FCT_RETRY_NEVER,
                        "%s is damaged: it does not begin as a database does; it was left as it is: move it aside to "
                        "begin a new one; the messages' bytes are in packs/",
                        path);
    uint32_t version = be32(header + 60), application = be32(header + 68);
    if (application != 0 && application != APPLICATION_ID)
        return fct_fail(err, FCT_E_INVALID, FCT_RETRY_NEVER, "%s is the database of another program", path);
    if (version > (uint32_t)newest_known())
        return fail_newer(path, version, err);
    return 0;
}

static int read_version(struct store_connection *c, int64_t *out, struct fct_error *err)
{
    sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v2(c->db, "PRAGMA user_version", -1, &q, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(q);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(q, 0);
    else
        store_sql_error(c->db, err, "cannot open the database");
    sqlite3_finalize(q);
    return rc == SQLITE_ROW ? 0 : -1;
}

static int apply(struct store_connection *c, const struct store_migration *m, struct fct_error *err)
{
    char version[64];

    snprintf(version, sizeof(version), "PRAGMA user_version = %d", m->version);
    if (store_connection_exec(c, m->sql, err) == 0 && store_connection_exec(c, version, err) == 0)
        return 0;
    return fct_error_prefix(err, "schema %s", m->name);
}

/* In one transaction: what an upgrade that was interrupted leaves is the schema that the older program knows. */
static int apply_newer_than(struct store_connection *c, int64_t version, struct fct_error *err)
{
    int rc = store_connection_exec(c, "BEGIN IMMEDIATE", err);
    for (const struct store_migration *m = store_migrations; rc == 0 && m->version; m++)
        if (m->version > version)
            rc = apply(c, m, err);
    if (rc == 0 && store_connection_exec(c, "COMMIT", err) == 0)
        return 0;
    sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

int store_schema_upgrade(struct store_connection *c, const char *path, bool *out_changed, struct fct_error *err)
{
    char application[128];
    int64_t version = 0;

    if (read_version(c, &version, err) < 0)
        return -1;
    if (version > newest_known())
        return fail_newer(path, version, err);
    if (version == 0) { /* auto_vacuum can only be chosen before the first page is written */
        snprintf(application, sizeof(application), "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = %d",
                 APPLICATION_ID);
        if (store_connection_exec(c, application, err) < 0)
            return -1;
    }
    if (store_connection_exec(c, "PRAGMA journal_mode = WAL", err) < 0)
        return -1;
    *out_changed = version < newest_known();
    return *out_changed ? apply_newer_than(c, version, err) : 0;
}
