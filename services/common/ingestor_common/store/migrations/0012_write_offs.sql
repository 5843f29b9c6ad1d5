-- Of the records that retention removed before they were read, those that a person has written off: the books balance
-- again, and the next loss shows.
ALTER TABLE ledger ADD COLUMN written_off bigint NOT NULL DEFAULT 0;
