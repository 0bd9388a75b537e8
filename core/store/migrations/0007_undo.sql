-- What clients did to Emails and can take back (store/undo.h): few actions, of up to 100,000 items each.
CREATE TABLE undo (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,               -- seconds; of the last call that belongs to it
    client TEXT,                       -- the program, if it is known
    group_key TEXT,                    -- of the client's choice: calls that are one action
    kinds INTEGER NOT NULL,            -- enum store_undo_kind of what was done
    what TEXT,                         -- where to, or which flags (undo_rows.h), where that is the same for all; NULL: various
    text TEXT,                         -- the sentence of one that takes one back; NULL: made of the two above
    reverts INTEGER,                   -- which one it takes back
    is_undo INTEGER NOT NULL DEFAULT 0, -- 1: it undoes; 0: it does, or does again
    undone_by INTEGER,
    n_emails INTEGER NOT NULL,
    n_items INTEGER NOT NULL,          -- that are still to be taken back
    n_left_out INTEGER NOT NULL DEFAULT 0 -- changes that were too many to be written down
) STRICT;
CREATE INDEX undo_by_group ON undo (group_key) WHERE group_key IS NOT NULL;

-- The accounts of an action, with its numbers for Undo/changes there.
CREATE TABLE undo_account (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,               -- undo.id
    created_modseq INTEGER NOT NULL,
    updated_modseq INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) WITHOUT ROWID, STRICT;
CREATE INDEX undo_account_by_undo ON undo_account (id);

-- One change of one Email, as the difference that it made. Gone when it was taken back.
CREATE TABLE undo_item (
    undo_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    email_id INTEGER NOT NULL,         -- as it is called now
    kind INTEGER NOT NULL,             -- enum undo_item_kind
    came TEXT, gone TEXT,              -- mailboxes, separated by one space; NULL: none
    add_flags INTEGER NOT NULL DEFAULT 0,
    remove_flags INTEGER NOT NULL DEFAULT 0,
    add_keywords TEXT,
    remove_keywords TEXT,
    blob_id INTEGER REFERENCES blob (id), -- of one that was destroyed: its bytes stay
    received_at INTEGER,
    PRIMARY KEY (undo_id, seq)
) WITHOUT ROWID, STRICT;
CREATE INDEX undo_item_by_email ON undo_item (email_id, undo_id);
CREATE INDEX undo_item_by_blob ON undo_item (blob_id) WHERE blob_id IS NOT NULL;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('undo_item', 'undo_item', '100000 1000 1'),
    ('undo_item', 'undo_item_by_email', '100000 2 1'),
    ('undo_item', 'undo_item_by_blob', '10000 1');
ANALYZE sqlite_schema;
