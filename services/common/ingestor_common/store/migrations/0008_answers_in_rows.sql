-- What grows with what is sent is counted in rows, so that the next answer costs the same whatever came before it: until
-- now each answer rewrote a value that held all earlier ones. See docs/adr/0044-bounded-storing.md.
--
-- All that is altered is locked before anything is done, in the order of those who regrade: a weaker lock, raised at the
-- end, met writers halfway, and it was always the migration that a deadlock ended. Writers of the release before this one
-- are then told that the columns are gone (42703), which is waited out: none counts where nobody looks any more.
LOCK TABLE pending_regrades, session_questions, session_students IN ACCESS EXCLUSIVE MODE;

-- How often an answer was given to a question of a session; skips are not in it. The key holds the text's SHA-256, since
-- a text of 4 KB is more than an index takes.
CREATE TABLE answer_counts (
    session_id  uuid   NOT NULL,
    question_id uuid   NOT NULL,
    answer_hash bytea  NOT NULL,
    answer      text   NOT NULL,
    answers     bigint NOT NULL,
    PRIMARY KEY (session_id, question_id, answer_hash)
) WITH (fillfactor = 70);
INSERT INTO answer_counts (session_id, question_id, answer_hash, answer, answers)
SELECT session_id, question_id, sha256(convert_to(d.key, 'UTF8')), d.key, d.value::bigint
FROM session_questions CROSS JOIN LATERAL jsonb_each_text(distribution) d
ORDER BY session_id, question_id;

-- The questions that each student answered (not skipped) in a session.
CREATE TABLE answered_questions (
    session_id  uuid NOT NULL,
    student_id  uuid NOT NULL,
    question_id uuid NOT NULL,
    PRIMARY KEY (session_id, student_id, question_id)
);
INSERT INTO answered_questions (session_id, student_id, question_id)
SELECT session_id, student_id, unnest(answered) FROM session_students ORDER BY session_id, student_id;

ALTER TABLE session_students ADD COLUMN questions_answered bigint NOT NULL DEFAULT 0;
UPDATE session_students SET questions_answered = cardinality(answered) WHERE answered <> '{}';

-- A large session is regraded some time after it was noted, not at once and then again and again (regrades.py).
ALTER TABLE pending_regrades RENAME COLUMN since TO due;
ALTER INDEX pending_regrades_since RENAME TO pending_regrades_due;

-- A response time that is derived is now unknown where it is longer than a day. Only in these sessions can there be any.
INSERT INTO pending_regrades (session_id)
SELECT session_id FROM sessions
WHERE isfinite(first_event_at) AND isfinite(last_event_at) AND last_event_at - first_event_at > interval '24 hours'
ORDER BY session_id
ON CONFLICT (session_id) DO NOTHING;

ALTER TABLE session_questions DROP COLUMN distribution;
ALTER TABLE session_students DROP COLUMN answered;
