-- Events, kept once. The primary key is the event's identity; it starts with session_id so that the table can be
-- distributed by it. Partitions by month are made by the store when they are needed (partitions.py).
CREATE TABLE events (
    session_id       uuid        NOT NULL,
    event_id         text        COLLATE "C" NOT NULL,
    "timestamp"      timestamptz NOT NULL,
    event_type       text        COLLATE "C" NOT NULL,
    quiz_id          uuid        NOT NULL,
    classroom_id     uuid        NOT NULL,
    question_id      uuid,
    teacher_id       uuid,
    student_id       uuid,
    timer_sec        integer,
    answer           text,
    response_time_ms integer,
    correct_answer   text,
    received_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (session_id, event_id, "timestamp")
) PARTITION BY RANGE ("timestamp");

-- Times before any school used this: one partition, so that a stray clock cannot make thousands.
CREATE TABLE events_before_2015 PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2015-01-01 00:00:00+00');
