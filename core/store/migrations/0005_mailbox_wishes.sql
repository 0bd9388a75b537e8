-- Mailboxes both ways (docs/sync.md): what the server still has to be told about them, and what it has, where that is not what is shown.

-- full_name, delimiter: as the server lists it, in UTF-8; wire_name says the same in the server's spelling. own_role: a role that a
-- user gave or (0) took away; NULL: the server's, or what the name suggests. is_gone: the last listing lacks it, it goes at the
-- end of the pass unless it is found again. is_hidden: deleted here; the row stays until the server has deleted it.
ALTER TABLE mailbox ADD COLUMN full_name TEXT;
ALTER TABLE mailbox ADD COLUMN delimiter INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mailbox ADD COLUMN own_role INTEGER;
ALTER TABLE mailbox ADD COLUMN is_gone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mailbox ADD COLUMN is_hidden INTEGER NOT NULL DEFAULT 0;
CREATE INDEX mailbox_by_wire_name ON mailbox (account_id, wire_name) WHERE wire_name IS NOT NULL;
CREATE INDEX mailbox_by_parent ON mailbox (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX mailbox_gone ON mailbox (account_id) WHERE is_gone <> 0;
CREATE INDEX mailbox_hidden ON mailbox (account_id) WHERE is_hidden <> 0;

-- At most one row a mailbox; without one both sides agree.
CREATE TABLE mailbox_wish (
    mailbox_id INTEGER PRIMARY KEY REFERENCES mailbox (id),
    account_id INTEGER NOT NULL,
    what INTEGER NOT NULL,             -- enum store_mailbox_wish_kind, a sum
    sent INTEGER NOT NULL DEFAULT 0,   -- those of them that may be on their way
    -- RENAME: where the server has it, 0: top
    server_parent INTEGER NOT NULL DEFAULT 0,
    server_name TEXT,
    -- what CREATE or RENAME asked for, while it is on its way: the full name, and the place in the tree that it stands for
    sent_full_name TEXT,
    sent_parent INTEGER NOT NULL DEFAULT 0,
    sent_name TEXT,
    -- DELETE: what was known of its messages then
    seen_uidvalidity INTEGER NOT NULL DEFAULT 0,
    seen_uidnext INTEGER NOT NULL DEFAULT 0,
    seen_messages INTEGER NOT NULL DEFAULT 0,
    was_told INTEGER NOT NULL DEFAULT 0, -- that it was refused: a notice was given
    tries INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX mailbox_wish_by_account ON mailbox_wish (account_id);
