-- Sessions whose stored answers are graded by a key that is not in force any more: a key that changes for many sessions
-- regrades them in short transactions afterwards (regrades.py). Until then their rows tell of the old key.
CREATE TABLE pending_regrades (
    session_id uuid        PRIMARY KEY,
    since      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX pending_regrades_since ON pending_regrades (since);
