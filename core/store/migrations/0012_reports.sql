-- Submissions that are reserved many at a time, and what is heard of a message after a server took it (RFC 3464, RFC 8098).

ALTER TABLE submission ADD COLUMN reserved_by INTEGER; -- whose marks tell how far it came (outbox/marks.h), NULL: state tells
ALTER TABLE submission ADD COLUMN envid TEXT;          -- what we called the transaction (RFC 3461 section 4.4), NULL: nothing
CREATE INDEX submission_by_msgid ON submission (msgid_hash);
CREATE INDEX submission_by_envid ON submission (envid) WHERE envid IS NOT NULL;

ALTER TABLE submission_recipient ADD COLUMN delivered INTEGER NOT NULL DEFAULT 0; -- enum store_delivered
ALTER TABLE submission_recipient ADD COLUMN displayed INTEGER NOT NULL DEFAULT 0; -- 1: a receipt said so

-- Messages that spoke of a submission.
CREATE TABLE submission_report (
    submission_id INTEGER NOT NULL REFERENCES submission (id),
    blob_id INTEGER NOT NULL REFERENCES blob (id),
    kind INTEGER NOT NULL,             -- enum store_report_kind
    PRIMARY KEY (submission_id, blob_id)
) WITHOUT ROWID, STRICT;
CREATE INDEX submission_report_by_blob ON submission_report (blob_id);
