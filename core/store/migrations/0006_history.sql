-- Where an Email was and who moved it (store/history.h). A plain arrival has no row: placement.added_at and uid tell of it, and
-- `since` once it has left. Changes of flags are no history.
CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    email_id INTEGER NOT NULL,
    event INTEGER NOT NULL,            -- enum store_history_type
    at INTEGER NOT NULL,               -- seconds
    mailbox_id INTEGER,
    uid INTEGER,                       -- what it had there, as far as known
    since INTEGER,                     -- left: when it had come there
    actor_id INTEGER                   -- NULL: the server
) STRICT;
CREATE INDEX history_by_email ON history (email_id, id);
CREATE INDEX history_destroyed ON history (at) WHERE event = 4;

-- On whose behalf. Few: programs and filters have few names.
CREATE TABLE history_actor (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,             -- enum store_actor_kind
    name TEXT NOT NULL,
    UNIQUE (kind, name)
) STRICT;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('history', 'history_by_email', '100000 3 1'),
    ('history', 'history_destroyed', '10000 1'),
    ('history_actor', 'sqlite_autoindex_history_actor_1', '20 5 1');
ANALYZE sqlite_schema;
