-- What the server has as \Deleted keeps by what it is known when the mailbox is renumbered. Until it is found again, its
-- uid is negative (store/placements.c).
ALTER TABLE placement_deleted ADD COLUMN msgid_hash INTEGER; -- as in email, as is the next
ALTER TABLE placement_deleted ADD COLUMN sent_at INTEGER;
CREATE INDEX placement_deleted_unlinked ON placement_deleted (mailbox_id, msgid_hash) WHERE uid < 0;
