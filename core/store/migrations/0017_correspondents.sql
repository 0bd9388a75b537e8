-- Whom one writes to and hears from, for completion while an address is typed (store/correspondents.h).
CREATE TABLE correspondent (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id),
    address TEXT NOT NULL,             -- in lower case
    email TEXT NOT NULL,               -- as the newest message had it
    name TEXT NOT NULL,                -- as the newest that had one; '': none had
    named_at INTEGER NOT NULL,         -- when that was; seconds, as all times
    words TEXT NOT NULL,               -- of name and address, folded, separated by one space
    n_sent INTEGER NOT NULL,           -- messages to it
    n_replies INTEGER NOT NULL,        -- from it: people who answer
    n_received INTEGER NOT NULL,       -- from it: all others
    weight REAL NOT NULL,              -- how often and how recently; of two the higher one comes first, at any time
    last_at INTEGER NOT NULL,
    UNIQUE (account_id, address)
) STRICT;
CREATE INDEX correspondent_by_weight ON correspondent (account_id, weight);

CREATE TABLE correspondent_word (
    account_id INTEGER NOT NULL,
    word TEXT NOT NULL,
    correspondent_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, word, correspondent_id)
) WITHOUT ROWID, STRICT;

-- Of the first address in From, in lower case, as email.msgid_hash is made: so that many Emails can be counted by their senders
-- without their envelopes. What counts for whom is in email.bits (8, 16, 32).
ALTER TABLE email ADD COLUMN from_hash INTEGER;

-- Accounts whose mail is being counted from the beginning, while the writer is idle, newest first: Emails of this id and above
-- have been. What is here already is the first.
CREATE TABLE correspondent_recount (
    account_id INTEGER PRIMARY KEY,
    from_id INTEGER NOT NULL
) STRICT;
INSERT INTO correspondent_recount (account_id, from_id)
    SELECT id, 9223372036854775807 FROM account a WHERE EXISTS (SELECT 1 FROM email e WHERE e.account_id = a.id);

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('correspondent', 'correspondent_by_weight', '20000 5000 1'),
    ('correspondent_word', 'correspondent_word', '100000 30000 5 1');
ANALYZE sqlite_schema;
