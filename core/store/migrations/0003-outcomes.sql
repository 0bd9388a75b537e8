-- Calls that were given an idempotency key, and what came of them (store/outcomes.h).
CREATE TABLE outcome (
    key TEXT PRIMARY KEY,
    call BLOB NOT NULL,                -- SHA-256 of the method and its arguments
    answer TEXT,                       -- NULL: under way, or facteurd ended meanwhile
    at INTEGER NOT NULL                -- seconds
) STRICT;
CREATE INDEX outcome_by_age ON outcome (at);
