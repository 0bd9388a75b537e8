-- Clients that are told of changes by a push service (RFC 8620 section 7.2).

CREATE TABLE push_subscription (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token_id INTEGER NOT NULL,         -- whose it is; 0: the owner's
    accounts TEXT,                     -- of which it may hear, as "1 2 5"; NULL: all
    device_client_id TEXT NOT NULL,
    url TEXT NOT NULL,
    p256dh BLOB,                       -- the user agent's key and secret (RFC 8291), NULL: nothing is encrypted
    auth BLOB,
    types TEXT,                        -- JSON, NULL: all
    code TEXT NOT NULL,                -- the verification code
    vapid_key TEXT NOT NULL,           -- the key that push services were told with it, '': none
    state INTEGER NOT NULL,            -- enum store_push_state
    created_at INTEGER NOT NULL,       -- seconds, as all times
    expires_at INTEGER NOT NULL,
    told_modseq INTEGER NOT NULL,      -- states up to this one were pushed
    failures INTEGER NOT NULL DEFAULT 0, -- in a row
    next_try_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX push_subscription_by_token ON push_subscription (token_id);

-- What the owner has decided about it: one row, or none.
CREATE TABLE push_setting (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    private_hosts TEXT NOT NULL,       -- JSON: hosts that may be in a private network
    contact TEXT,                      -- is told to push services, NULL: nothing is
    vapid_key TEXT                     -- the public key in use, NULL: there was none yet
) STRICT;
