-- `address` is the e-mail address as addresses.py folds it: the one by which accounts are found and told apart. NULL
-- until the row was folded (users.fold_addresses), which releases before this one leave to us. Compared by bytes: what
-- letters have in common is decided in one place.
ALTER TABLE users
    ADD COLUMN address          text COLLATE "C",
    ADD COLUMN disabled_at      timestamptz,
    -- Tokens carry the generation that they were issued under; those of an earlier one are not taken any more.
    ADD COLUMN token_generation integer NOT NULL DEFAULT 0,
    ADD COLUMN changed_at       timestamptz;
CREATE UNIQUE INDEX users_address ON users (address);
CREATE INDEX users_not_folded ON users (created_at) WHERE address IS NULL;
-- What every API process reads again and again.
CREATE INDEX users_changed ON users (changed_at) WHERE changed_at IS NOT NULL;
