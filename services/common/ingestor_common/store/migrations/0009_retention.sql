-- What retention has dropped: events before `mark` are gone, and none of them is stored again (retention.py). No row
-- until something is dropped; afterwards one, whose mark only grows.
CREATE TABLE retention (
    one_row   boolean     PRIMARY KEY DEFAULT true CHECK (one_row),
    mark      timestamptz NOT NULL,
    marked_at timestamptz NOT NULL DEFAULT now()
);

-- Months that an earlier release dropped, or was interrupted in dropping, are those in which sessions began and that
-- have no partition now.
INSERT INTO retention (mark)
SELECT (max(month) + interval '1 month') AT TIME ZONE 'UTC'
FROM (
    SELECT DISTINCT date_trunc('month', first_event_at AT TIME ZONE 'UTC') AS month
    FROM sessions
    WHERE first_event_at >= '2015-01-01 00:00:00+00' AND first_event_at < '2100-01-01 00:00:00+00'
) began
WHERE NOT EXISTS (
    SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'events'::regclass AND NOT i.inhdetachpending
      AND c.relname = 'events_' || to_char(month, 'YYYY_MM')
)
HAVING max(month) IS NOT NULL;

-- Times after any that this will see: one partition, so that a stray clock cannot make thousands. Attached, not created
-- as a partition, which would lock readers and writers out of `events`.
CREATE TABLE events_from_2100 (LIKE events INCLUDING ALL);
DO $$
DECLARE
    month regclass;
BEGIN
    FOR month IN
        SELECT i.inhrelid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'events'::regclass AND c.relname ~ '^events_\d{4}_\d{2}$' AND c.relname >= 'events_2100_01'
    LOOP
        EXECUTE format('ALTER TABLE events DETACH PARTITION %s', month);
        EXECUTE format('INSERT INTO events_from_2100 SELECT * FROM %s', month);
        EXECUTE format('DROP TABLE %s', month);
    END LOOP;
END $$;
ALTER TABLE events ATTACH PARTITION events_from_2100 FOR VALUES FROM ('2100-01-01 00:00:00+00') TO (MAXVALUE);
