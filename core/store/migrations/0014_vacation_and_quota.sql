-- Answers while somebody is away (RFC 8621 section 8), and what servers say of room (RFC 9425).

CREATE TABLE vacation (
    account_id INTEGER PRIMARY KEY REFERENCES account (id),
    is_enabled INTEGER NOT NULL,
    from_date INTEGER,                 -- seconds, as all times; NULL: no bound
    to_date INTEGER,
    subject TEXT,                      -- NULL: made of the message that is answered
    text_body TEXT,
    html_body TEXT,
    days INTEGER NOT NULL,             -- how long a sender who was answered is left alone
    enabled_at INTEGER                 -- what came before is old mail; NULL: it is not enabled
) STRICT;

-- Mail that has come while it was on and that nobody has looked at yet.
CREATE TABLE vacation_arrival (
    email_id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id)
) STRICT;
CREATE INDEX vacation_arrival_by_account ON vacation_arrival (account_id);

-- Who was answered, and when the last time.
CREATE TABLE vacation_answered (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id),
    address TEXT NOT NULL,             -- in lower case
    answered_at INTEGER NOT NULL,
    UNIQUE (account_id, address)
) STRICT;
CREATE INDEX vacation_answered_by_time ON vacation_answered (answered_at);

CREATE TABLE quota (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id),
    root TEXT NOT NULL,                -- the server's quota root, '' often
    resource TEXT NOT NULL,            -- 'STORAGE' (in octets here), 'MESSAGE', 'MAILBOX'
    used INTEGER NOT NULL,
    hard_limit INTEGER NOT NULL,
    created_modseq INTEGER NOT NULL,
    updated_modseq INTEGER NOT NULL,
    props_modseq INTEGER NOT NULL,     -- of the last change of anything but used
    UNIQUE (account_id, root, resource)
) STRICT;
CREATE INDEX quota_by_change ON quota (account_id, updated_modseq);
CREATE INDEX quota_by_creation ON quota (account_id, created_modseq);
