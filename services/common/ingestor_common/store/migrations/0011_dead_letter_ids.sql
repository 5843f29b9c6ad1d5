-- Whose record it is, so that nobody who asks is told what became of another's: NULL where it cannot be read from the
-- record, and of letters noted by releases before this one.
ALTER TABLE dead_letters
    ADD COLUMN session_id uuid,
    ADD COLUMN event_id   text;
