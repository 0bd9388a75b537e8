-- Messages that the server does not give: the connection breaks, or nothing comes, each time they are fetched (core/store/stubborn.h).
-- failures: in a row. tried_at: seconds.
CREATE TABLE stubborn (
    mailbox_id INTEGER NOT NULL REFERENCES mailbox (id),
    uid INTEGER NOT NULL,
    account_id INTEGER NOT NULL REFERENCES account (id),
    failures INTEGER NOT NULL,
    tried_at INTEGER NOT NULL,
    PRIMARY KEY (mailbox_id, uid)
) WITHOUT ROWID, STRICT;
CREATE INDEX stubborn_account ON stubborn (account_id);
