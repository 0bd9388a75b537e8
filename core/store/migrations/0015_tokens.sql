-- Who may come in beside the owner, and with what (store/tokens.h). Few: at most TOKENS_MAX.
CREATE TABLE token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    scopes INTEGER NOT NULL,           -- bits, enum api_scope
    is_whole INTEGER NOT NULL,         -- 1: all accounts, those to come as well
    secret BLOB,                       -- SHA-256 of it; NULL: it has a password instead
    salt BLOB, password BLOB,          -- scrypt, with the cost below
    cost_log2 INTEGER, block_size INTEGER, parallel INTEGER,
    parent_id INTEGER,                 -- the token by which it was made
    created_at INTEGER NOT NULL,       -- seconds, as all of these
    expires_at INTEGER,
    last_used_at INTEGER,
    last_used_from TEXT,
    created_modseq INTEGER NOT NULL,
    updated_modseq INTEGER NOT NULL
) STRICT;
CREATE INDEX token_by_parent ON token (parent_id) WHERE parent_id IS NOT NULL;

-- What it may see unless it is whole. The numbers of accounts are never used again, so rows of one that is gone do no harm.
CREATE TABLE token_account (
    token_id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    PRIMARY KEY (token_id, account_id)
) WITHOUT ROWID, STRICT;

-- Bytes that a token that sees some accounts only has brought in: nobody else's are shown to it by their hash alone.
CREATE TABLE token_upload (
    token_id INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (token_id, sha256)
) WITHOUT ROWID, STRICT;
CREATE INDEX token_upload_by_age ON token_upload (expires_at);

-- Passwords that were wrong, by whom they were tried for and from where (a hash of both): how long the next has to wait.
CREATE TABLE attempt (
    key BLOB PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at INTEGER NOT NULL,          -- milliseconds
    is_trusted INTEGER NOT NULL        -- 1: the right one came from there, too
) WITHOUT ROWID, STRICT;
CREATE INDEX attempt_by_age ON attempt (is_trusted DESC, last_at DESC);

-- What was changed with tokens (store/audit.h).
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    nonce INTEGER NOT NULL,            -- of the call
    token_id INTEGER NOT NULL,
    token_name TEXT NOT NULL,          -- the token may be gone by now
    method TEXT NOT NULL,
    account_id INTEGER,
    ids TEXT NOT NULL,                 -- JSON array of object ids, the first of them
    n_ids INTEGER NOT NULL,
    outcome TEXT,                      -- 'done', or the type of the error; NULL: under way when facteurd ended
    is_refused INTEGER NOT NULL,       -- 1: nothing was changed
    remote TEXT
) STRICT;
CREATE INDEX audit_by_token ON audit (token_id, is_refused, id);
