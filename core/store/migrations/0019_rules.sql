-- What happens to mail that comes new into an account (store/rules.h).
CREATE TABLE rule (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    query TEXT NOT NULL,               -- in the query language; '': every message
    sort_order INTEGER NOT NULL,
    is_enabled INTEGER NOT NULL,
    is_last INTEGER NOT NULL,
    move_to INTEGER NOT NULL,          -- a mailbox, perhaps gone by now; 0: it stays
    copy_to TEXT NOT NULL,             -- mailboxes, as "1 5"
    add_keywords TEXT NOT NULL,        -- in lower case, separated by one space
    remove_keywords TEXT NOT NULL,
    problem_type TEXT,                 -- why it does nothing any more; NULL: it does
    problem TEXT,
    matched INTEGER NOT NULL DEFAULT 0, -- Emails that it handled
    matched_at INTEGER NOT NULL DEFAULT 0, -- seconds, as all times; 0: never
    created_modseq INTEGER NOT NULL,
    updated_modseq INTEGER NOT NULL
) STRICT;
CREATE INDEX rule_by_order ON rule (account_id, sort_order, id);
CREATE INDEX rule_by_change ON rule (account_id, updated_modseq);
CREATE INDEX rule_by_creation ON rule (account_id, created_modseq);

-- Mail that has come and that no rule was asked about yet.
CREATE TABLE rule_arrival (
    email_id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id)
) STRICT;
CREATE INDEX rule_arrival_by_account ON rule_arrival (account_id);
