-- Emails that are out of sight until a moment (store/snoozes.h).
CREATE TABLE snooze (
    email_id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id),
    mailbox_id INTEGER NOT NULL,       -- where it waits; once it is not there any more nothing is waited for
    until INTEGER NOT NULL,            -- seconds, as all times
    to_mailbox_id INTEGER NOT NULL,    -- where it comes back; 0: the inbox
    from_mailbox_ids TEXT NOT NULL,    -- where it was taken out, as "1 5"
    snoozed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX snooze_due ON snooze (until);
