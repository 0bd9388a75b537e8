-- Both ways (docs/sync.md): besides flags, placements that the server shall get (pending, kind 2) and messages that it shall lose.

-- A message that the server has and that is shown there no more. The bytes stay until the server has lost it, too.
CREATE TABLE departure (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL REFERENCES mailbox (id),
    uid INTEGER,                       -- NULL: it may be there, and is to be found
    email_id INTEGER NOT NULL,         -- which it was; and still is, where it has other placements
    blob_id INTEGER NOT NULL REFERENCES blob (id),
    received_at INTEGER NOT NULL,
    msgid_hash INTEGER,                -- as in email, as are the next two
    sent_at INTEGER,
    size INTEGER NOT NULL,
    flags INTEGER NOT NULL,            -- what the server has, as far as known
    keywords TEXT,
    is_sent INTEGER NOT NULL DEFAULT 0, -- MOVE or EXPUNGE may be on its way
    tries INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX departure_by_uid ON departure (mailbox_id, uid) WHERE uid IS NOT NULL;
CREATE INDEX departure_by_account ON departure (account_id, mailbox_id, uid);
CREATE INDEX departure_by_email ON departure (email_id, mailbox_id);
CREATE INDEX departure_by_blob ON departure (blob_id);
CREATE INDEX departure_unlinked ON departure (mailbox_id, msgid_hash) WHERE uid IS NULL;

-- What waits in the order in which it was wished.
CREATE INDEX pending_by_kind ON pending (account_id, kind, id);
CREATE INDEX placement_unlinked ON placement (mailbox_id, email_id) WHERE uid IS NULL;

-- The server's own id for the message: EMAILID of RFC 8474, X-GM-MSGID.
ALTER TABLE email ADD COLUMN remote_id TEXT;
CREATE INDEX email_by_remote_id ON email (remote_id) WHERE remote_id IS NOT NULL;

-- What a user should know and nobody else would tell: a change that a server refused for good (store/refusals.h).
CREATE TABLE notice (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    at INTEGER NOT NULL,               -- seconds
    type TEXT NOT NULL,
    mailbox_id INTEGER,
    email_id INTEGER,
    text TEXT NOT NULL,                -- for people
    server TEXT                        -- the server's words
) STRICT;
CREATE INDEX notice_by_account ON notice (account_id, id);
