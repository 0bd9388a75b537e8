-- Accounts whose mail is only picked up at the server (POP3): store/maildrop.h.
ALTER TABLE account ADD COLUMN is_maildrop INTEGER NOT NULL DEFAULT 0;

-- What was found there at the last look that was completed.
CREATE TABLE maildrop (
    account_id INTEGER PRIMARY KEY REFERENCES account (id),
    pass INTEGER NOT NULL DEFAULT 0,      -- looks so far
    messages INTEGER NOT NULL DEFAULT -1, -- as the server counted them; -1: it was not settled
    octets INTEGER NOT NULL DEFAULT 0,
    listed_at INTEGER NOT NULL DEFAULT 0, -- seconds; 0: whatever the server counts, it is listed again
    due_at INTEGER NOT NULL DEFAULT 0,    -- when something is to be deleted there next; 0: nothing is
    email_modseq INTEGER NOT NULL DEFAULT 0 -- of the account's Emails, when it was last looked what was deleted here
) STRICT;

-- The ledger: what is known of each message that was seen there. Kept for some months after it was seen last.
CREATE TABLE maildrop_message (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id),
    uidl TEXT,                         -- NULL: the server gives none that can be used
    state INTEGER NOT NULL,            -- enum maildrop_state
    content BLOB,                      -- digests of what came (store/maildrop_digest.h); NULL: nothing came
    header BLOB,
    blob_id INTEGER REFERENCES blob (id), -- the bytes, as long as an Email has them
    size INTEGER NOT NULL,             -- bytes that came
    listed_size INTEGER NOT NULL,      -- as the server said
    is_sure INTEGER NOT NULL,          -- 0: recognised by its header only
    first_seen_at INTEGER NOT NULL,    -- seconds, here and below
    fetched_at INTEGER,
    missing_since INTEGER,             -- not listed any more, and we have not deleted it
    deleted_at INTEGER,                -- there, by us
    tries INTEGER NOT NULL DEFAULT 0,  -- how often the server has failed to give it
    tried_at INTEGER,
    pass INTEGER NOT NULL,             -- when it was found by its content last, and its number then
    number INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX maildrop_message_by_uidl ON maildrop_message (account_id, uidl) WHERE uidl IS NOT NULL;
CREATE INDEX maildrop_message_by_content ON maildrop_message (account_id, content);
CREATE INDEX maildrop_message_by_header ON maildrop_message (account_id, header);
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('maildrop_message', 'maildrop_message_by_uidl', '100000 50000 1'),
    ('maildrop_message', 'maildrop_message_by_content', '100000 50000 1'),
    ('maildrop_message', 'maildrop_message_by_header', '100000 50000 1');
ANALYZE sqlite_schema;
