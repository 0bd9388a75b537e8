-- The first schema. Ids are integers here and opaque strings outside (store/ids.h).
--
-- email.id is near the time of arrival in units of 64 s (store/email_ids.h): received_at / 64 + 1, or the next free number
-- after it. So id > received_at / 64 always, and descending id is newest first but for bursts of equal dates: whoever wants the newest n
-- by received_at walks down the ids (of the full-text index too) and stops at the first id below the n-th date found. An id
-- is never used again (fts_dead).
--
-- modseq: one counter for the profile, so each change has a number of its own; an account's state is the
-- highest number among its changes.
--
-- REFERENCES are documentation: PRAGMA foreign_keys stays off, for its look-ups would cost more than they find.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value ANY
) WITHOUT ROWID, STRICT;

CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    address TEXT NOT NULL,             -- '' for the local account
    source_url TEXT NOT NULL,          -- 'local:' for the local account; never with a password
    transport_url TEXT NOT NULL DEFAULT '',
    settings TEXT NOT NULL DEFAULT '{}', -- JSON object: user, caFile, plugin configuration
    is_enabled INTEGER NOT NULL DEFAULT 1,
    sort_order INTEGER NOT NULL DEFAULT 0,
    -- sync state, for Account/get
    last_sync_at INTEGER,              -- seconds; when a sync last succeeded
    last_error TEXT,                   -- JSON {type, code, message, server, at}, NULL when the last try went well
    created_modseq INTEGER NOT NULL,
    updated_modseq INTEGER NOT NULL
) STRICT;

-- The state string of each type, per account.
CREATE TABLE state (
    account_id INTEGER NOT NULL,       -- 0: the accounts themselves
    type INTEGER NOT NULL,             -- enum store_type
    modseq INTEGER NOT NULL,
    swept_modseq INTEGER NOT NULL DEFAULT 0, -- the last tombstone that was swept: older states cannot be calculated from
    PRIMARY KEY (account_id, type)
) WITHOUT ROWID, STRICT;

-- What is gone, so that /changes can tell. Kept at least 30 days (swept; meta 'oldest_modseq').
CREATE TABLE tombstone (
    modseq INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    type INTEGER NOT NULL,
    object_id INTEGER NOT NULL,
    created_modseq INTEGER NOT NULL,
    destroyed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX tombstone_by_type ON tombstone (account_id, type, modseq);

CREATE TABLE mailbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id),
    parent_id INTEGER REFERENCES mailbox (id),
    name TEXT NOT NULL,                -- last level only
    role INTEGER NOT NULL DEFAULT 0,   -- enum fct_role
    sort_order INTEGER NOT NULL DEFAULT 0,
    is_subscribed INTEGER NOT NULL DEFAULT 1,
    attrs INTEGER NOT NULL DEFAULT 0,  -- enum fct_mailbox_attr
    -- counters, always right (store/counters.c)
    total_emails INTEGER NOT NULL DEFAULT 0,
    unread_emails INTEGER NOT NULL DEFAULT 0,
    total_threads INTEGER NOT NULL DEFAULT 0,
    unread_threads INTEGER NOT NULL DEFAULT 0,
    -- the server's side
    wire_name BLOB,                    -- NULL in the local account
    remote_mailbox_id TEXT,            -- RFC 8474
    uidvalidity INTEGER NOT NULL DEFAULT 0,
    uidnext INTEGER NOT NULL DEFAULT 0,
    highest_modseq INTEGER NOT NULL DEFAULT 0,
    remote_messages INTEGER NOT NULL DEFAULT -1,
    is_complete INTEGER NOT NULL DEFAULT 0, -- every message of the last status is here
    created_modseq INTEGER NOT NULL,
    updated_modseq INTEGER NOT NULL,   -- last change of any kind
    props_modseq INTEGER NOT NULL      -- last change that was not only to the counters (Mailbox/changes updatedProperties)
) STRICT;
CREATE INDEX mailbox_by_change ON mailbox (account_id, updated_modseq);
CREATE INDEX mailbox_by_creation ON mailbox (account_id, created_modseq);
CREATE UNIQUE INDEX mailbox_by_name ON mailbox (account_id, ifnull(parent_id, 0), name);
CREATE UNIQUE INDEX mailbox_by_role ON mailbox (account_id, role) WHERE role > 0;

CREATE TABLE blob (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256 BLOB NOT NULL UNIQUE,
    size INTEGER NOT NULL,             -- bytes as they came
    pack INTEGER NOT NULL,             -- packs/NNNNNN.pack
    offset INTEGER NOT NULL,
    stored_size INTEGER NOT NULL,      -- bytes in the pack, header included
    expires_at INTEGER                 -- an upload, kept until then at least; NULL: kept as long as an email refers to it
) STRICT;
CREATE INDEX blob_by_pack ON blob (pack, offset);
CREATE INDEX blob_by_expiry ON blob (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE email (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id),
    thread_id INTEGER NOT NULL REFERENCES thread (id),
    blob_id INTEGER NOT NULL REFERENCES blob (id),
    received_at INTEGER NOT NULL,      -- INTERNALDATE, seconds
    sent_at INTEGER,                   -- seconds; NULL without a usable Date
    size INTEGER NOT NULL,
    flags INTEGER NOT NULL,            -- enum fct_flag of all placements, see store/keywords.h
    bits INTEGER NOT NULL,             -- enum store_email_bit
    msgid_hash INTEGER,                -- of the Message-ID, store/threads.c
    created_modseq INTEGER NOT NULL,
    updated_modseq INTEGER NOT NULL
) STRICT;
CREATE INDEX email_by_change ON email (account_id, updated_modseq);
CREATE INDEX email_by_creation ON email (account_id, created_modseq);
CREATE INDEX email_by_thread ON email (thread_id, id);
CREATE INDEX email_by_blob ON email (blob_id);
CREATE INDEX email_by_msgid ON email (msgid_hash) WHERE msgid_hash IS NOT NULL;
CREATE INDEX email_by_account ON email (account_id, id);
-- For search (search/build.c): the few that are not plainly read, by their flags, newest first; and how far an id may be
-- beyond its received_at.
CREATE INDEX email_by_flags ON email (flags) WHERE flags <> 1;
CREATE INDEX email_displaced ON email (id - received_at / 64) WHERE id - received_at / 64 > 1;

-- The wide part, read only for what is shown.
CREATE TABLE envelope (
    email_id INTEGER PRIMARY KEY REFERENCES email (id),
    subject TEXT,                      -- NULL when the message has none
    base_subject TEXT NOT NULL,        -- folded; for sorting
    sender_json TEXT, from_json TEXT, to_json TEXT, cc_json TEXT, bcc_json TEXT, reply_to_json TEXT,
    message_id TEXT, in_reply_to TEXT, refs TEXT, -- ids separated by one space, NULL when absent
    sent_zone INTEGER NOT NULL DEFAULT 0,
    preview TEXT NOT NULL,
    list_id TEXT
) STRICT;

-- Keywords without a bit of their own.
CREATE TABLE email_keyword (
    keyword TEXT NOT NULL,
    email_id INTEGER NOT NULL,
    PRIMARY KEY (keyword, email_id)
) WITHOUT ROWID, STRICT;
CREATE INDEX email_keyword_by_email ON email_keyword (email_id);

CREATE TABLE placement (
    mailbox_id INTEGER NOT NULL REFERENCES mailbox (id),
    email_id INTEGER NOT NULL REFERENCES email (id),
    uid INTEGER,                       -- NULL: not on a server (yet)
    flags INTEGER NOT NULL,            -- what is shown: the server's, with the pending changes applied
    keywords TEXT,                     -- other keywords, sorted, separated by one space; NULL: none
    remote_id TEXT,                    -- POP3 UIDL
    added_at INTEGER NOT NULL,
    PRIMARY KEY (mailbox_id, email_id)
) WITHOUT ROWID, STRICT;
CREATE INDEX placement_by_email ON placement (email_id);
CREATE UNIQUE INDEX placement_by_uid ON placement (mailbox_id, uid) WHERE uid IS NOT NULL;

-- What carries \Deleted on the server: nothing of JMAP may show or count it (RFC 8621 section 4.1.1), so it is neither in
-- placement nor, without another place, in email. The bytes stay until the server expunges it.
CREATE TABLE placement_deleted (
    mailbox_id INTEGER NOT NULL REFERENCES mailbox (id),
    uid INTEGER NOT NULL,
    blob_id INTEGER NOT NULL REFERENCES blob (id),
    received_at INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    keywords TEXT,
    remote_id TEXT,
    PRIMARY KEY (mailbox_id, uid)
) WITHOUT ROWID, STRICT;
CREATE INDEX placement_deleted_by_blob ON placement_deleted (blob_id);

CREATE TABLE thread (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    n_emails INTEGER NOT NULL DEFAULT 0,
    n_unread INTEGER NOT NULL DEFAULT 0, -- unread Emails that are not only in the trash (store/counters.h)
    created_modseq INTEGER NOT NULL,
    updated_modseq INTEGER NOT NULL    -- Emails joined or left
) STRICT;
CREATE INDEX thread_by_change ON thread (account_id, updated_modseq);
CREATE INDEX thread_by_creation ON thread (account_id, created_modseq);

-- Every Message-ID that a thread's messages carry or name, hashed together with the base subject (RFC 8621 section 3).
CREATE TABLE thread_ref (
    account_id INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    thread_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, hash)
) WITHOUT ROWID, STRICT;
CREATE INDEX thread_ref_by_thread ON thread_ref (thread_id);

-- How many Emails of a thread are in a mailbox: for total_threads, unread_threads and collapsing.
CREATE TABLE mailbox_thread (
    mailbox_id INTEGER NOT NULL,
    thread_id INTEGER NOT NULL,
    n_emails INTEGER NOT NULL,
    n_unread INTEGER NOT NULL,         -- of these
    PRIMARY KEY (mailbox_id, thread_id)
) WITHOUT ROWID, STRICT;
CREATE INDEX mailbox_thread_by_thread ON mailbox_thread (thread_id);

-- The journal of local changes that the server has not accepted yet (DESIGN: sync).
CREATE TABLE pending (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL,
    email_id INTEGER,
    uid INTEGER,
    kind INTEGER NOT NULL,             -- enum store_pending_kind
    is_sent INTEGER NOT NULL DEFAULT 0, -- may be on its way: opposite wishes are kept, not cancelled out
    add_flags INTEGER NOT NULL DEFAULT 0,
    remove_flags INTEGER NOT NULL DEFAULT 0,
    add_keywords TEXT,
    remove_keywords TEXT,
    created_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    last_error TEXT
) STRICT;
CREATE INDEX pending_by_account ON pending (account_id, mailbox_id);
CREATE INDEX pending_by_mailbox ON pending (mailbox_id, id);
CREATE INDEX pending_by_email ON pending (email_id, mailbox_id);

-- The body comes first: a place in the first column costs no mark of its column, and most places are there.
-- Contentless: rows cannot be deleted in SQLite 3.40. The ids of destroyed Emails are remembered for good, so that none is
-- used again; a rebuild of the index sets is_swept.
CREATE VIRTUAL TABLE fts USING fts5 (
    body, subject, sender, recipient, cc, bcc, files, list,
    content = '', detail = full, tokenize = 'facteur'
);
-- Fewer and larger segments in a transaction, merged later: half the time of a first sync was merging. What is left over
-- the writer merges when it is idle (store/writer.c).
INSERT INTO fts (fts, rank) VALUES ('hashsize', 4194304);
INSERT INTO fts (fts, rank) VALUES ('automerge', 8);
CREATE TABLE fts_dead (
    email_id INTEGER PRIMARY KEY,
    is_swept INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX fts_dead_unswept ON fts_dead (email_id) WHERE is_swept = 0;

-- Runs of used Email ids, so that many messages of one second find a free id without trying each (store/email_ids.c).
CREATE TABLE id_run (
    first INTEGER PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

-- What the planner should know from the first day on: an account holds everything, a blob or a Message-ID one Email. Without
-- it SQLite may take the index on the account and walk the mailbox; measured on an empty profile it would learn nonsense, so
-- nothing else ever runs ANALYZE.
ANALYZE;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('email', 'email_by_change', '1000000 300000 1'),
    ('email', 'email_by_creation', '1000000 300000 1'),
    ('email', 'email_by_thread', '1000000 3 1'),
    ('email', 'email_by_blob', '1000000 2'),
    ('email', 'email_by_msgid', '900000 2'),
    ('email', 'email_by_account', '1000000 300000 1'),
    ('email', 'email_by_flags', '200000 10000'),
    ('email', 'email_displaced', '50000 50'),
    ('placement', 'placement', '1000000 20000 1'),
    ('placement', 'placement_by_email', '1000000 2'),
    ('placement', 'placement_by_uid', '1000000 20000 1'),
    ('thread', 'thread_by_change', '400000 100000 1'),
    ('thread', 'thread_by_creation', '400000 100000 1'),
    ('thread_ref', 'thread_ref', '1500000 500000 1'),
    ('thread_ref', 'thread_ref_by_thread', '1500000 4'),
    ('mailbox_thread', 'mailbox_thread', '500000 10000 1'),
    ('mailbox_thread', 'mailbox_thread_by_thread', '500000 2'),
    ('tombstone', 'tombstone_by_type', '100000 10000 5000 1'),
    ('mailbox', 'mailbox_by_change', '300 100 1'),
    ('mailbox', 'mailbox_by_creation', '300 100 1'),
    ('mailbox', 'mailbox_by_name', '300 100 3 1'),
    ('mailbox', 'mailbox_by_role', '20 6 1'),
    ('pending', 'pending_by_account', '1000 300 50'),
    ('pending', 'pending_by_mailbox', '1000 50 1'),
    ('pending', 'pending_by_email', '1000 2 1'),
    ('blob', 'blob_by_pack', '1000000 20000 1'),
    ('email_keyword', 'email_keyword', '100000 5000 1'),
    ('email_keyword', 'email_keyword_by_email', '100000 2');
ANALYZE sqlite_schema;
