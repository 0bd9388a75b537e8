-- While the index is rebuilt (store/rebuild.h) the dead rows that the old one still has, and the new one will not have, are
-- is_swept = 2: search must go on leaving them out until the new one takes its place, and only then do they become 1.
DROP INDEX fts_dead_unswept;
-- (SQLite uses it where a statement says "is_swept <> 1" in so many words.)
CREATE INDEX fts_dead_unswept ON fts_dead (is_swept) WHERE is_swept <> 1;
