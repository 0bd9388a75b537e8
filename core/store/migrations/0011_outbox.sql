-- Who sends (identity), and what is on its way out (submission): RFC 8621 sections 6 and 7.

CREATE TABLE identity (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    reply_to TEXT,                     -- EmailAddress[] as JSON, NULL: none
    bcc TEXT,
    text_signature TEXT NOT NULL,
    html_signature TEXT NOT NULL,
    created_modseq INTEGER NOT NULL,
    updated_modseq INTEGER NOT NULL
) STRICT;
CREATE INDEX identity_by_change ON identity (account_id, updated_modseq);
CREATE INDEX identity_by_creation ON identity (account_id, created_modseq);

-- Accounts that are here already get theirs as new ones do.
INSERT INTO identity (account_id, name, email, text_signature, html_signature, created_modseq, updated_modseq)
    SELECT id, '', address, '', '', 0, 0 FROM account WHERE address <> '';

CREATE TABLE submission (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id),
    identity_id INTEGER NOT NULL,
    email_id INTEGER NOT NULL,         -- which may be gone, or called something else for some time
    thread_id INTEGER NOT NULL,
    blob_id INTEGER NOT NULL REFERENCES blob (id), -- kept until it is sent, whatever becomes of the Email
    msgid_hash INTEGER,                -- as in email
    state INTEGER NOT NULL,            -- enum store_submission_state
    sender TEXT NOT NULL,              -- '': the null path
    sender_parameters TEXT,            -- JSON object or NULL
    created_at INTEGER NOT NULL,       -- seconds, as all times
    send_at INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,  -- that failed, in a row
    last_error TEXT,                   -- as in account
    is_returned INTEGER NOT NULL DEFAULT 0, -- it failed, and its Email was moved from Sent back to Drafts
    ended_at INTEGER,                  -- when it became sent, failed or canceled
    created_modseq INTEGER NOT NULL,
    updated_modseq INTEGER NOT NULL
) STRICT;
CREATE INDEX submission_by_change ON submission (account_id, updated_modseq);
CREATE INDEX submission_by_creation ON submission (account_id, created_modseq);
CREATE INDEX submission_due ON submission (account_id, next_try_at) WHERE state <= 2;
CREATE INDEX submission_waiting ON submission (account_id, id) WHERE state <= 2;
CREATE INDEX submission_open ON submission (email_id) WHERE state <= 4;
CREATE INDEX submission_unsure ON submission (account_id, state) WHERE state IN (3, 4);
CREATE INDEX submission_by_email ON submission (email_id);
CREATE INDEX submission_by_blob ON submission (blob_id);
CREATE INDEX submission_ended ON submission (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE submission_recipient (
    submission_id INTEGER NOT NULL REFERENCES submission (id),
    seq INTEGER NOT NULL,
    address TEXT NOT NULL,
    parameters TEXT,                   -- JSON object or NULL
    state INTEGER NOT NULL,            -- enum store_recipient_state
    reply TEXT,                        -- the server's last words about them
    PRIMARY KEY (submission_id, seq)
) WITHOUT ROWID, STRICT;
