-- Messages of which only the header is here (docs/decisions/0013-partial-messages.md): email.bits & 4, the blob is the header, email.size is
-- the server's number.
CREATE INDEX email_partial ON email (account_id, received_at, id) WHERE bits & 4;
-- When the body came because somebody asked for it (seconds); NULL: it came by itself, or is not here.
ALTER TABLE email ADD COLUMN body_at INTEGER;
-- Of a message that carries \Deleted and of which only the header is here, the server's number; NULL: the blob is the message.
ALTER TABLE placement_deleted ADD COLUMN size INTEGER;
-- The same of one that was destroyed.
ALTER TABLE undo_item ADD COLUMN size INTEGER;
-- How much of the mailbox is kept here: JSON, NULL: as the account says.
ALTER TABLE mailbox ADD COLUMN keep TEXT;
-- As in 0001: what the planner should know.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('email', 'email_partial', '100000 100000 1 1');
ANALYZE sqlite_schema;
