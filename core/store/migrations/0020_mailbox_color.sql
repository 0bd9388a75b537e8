-- The colour of a mailbox, for front ends: local, no server is told of it (store/mailbox_colors.h).
ALTER TABLE mailbox ADD COLUMN color INTEGER NOT NULL DEFAULT 0; -- enum mailbox_color
