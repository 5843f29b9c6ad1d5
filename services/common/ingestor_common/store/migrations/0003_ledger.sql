-- The consumer's books: for each partition, where it is and what became of every offset before that.
CREATE TABLE ledger (
    consumer_group text        NOT NULL,
    topic          text        NOT NULL,
    -- A topic that is deleted and made again has another id, and so accounts of its own.
    topic_id       text        NOT NULL,
    partition      integer     NOT NULL,
    first_offset   bigint      NOT NULL,
    next_offset    bigint      NOT NULL,
    persisted      bigint      NOT NULL DEFAULT 0,
    duplicates     bigint      NOT NULL DEFAULT 0,
    dead_lettered  bigint      NOT NULL DEFAULT 0,
    gaps           bigint      NOT NULL DEFAULT 0,
    lost           bigint      NOT NULL DEFAULT 0,
    opened_at      timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer_group, topic, topic_id, partition)
) WITH (fillfactor = 50);

CREATE TABLE dead_letters (
    consumer_group text        NOT NULL,
    topic          text        NOT NULL,
    topic_id       text        NOT NULL,
    partition      integer     NOT NULL,
    "offset"       bigint      NOT NULL,
    reason         text        NOT NULL,
    error          text        NOT NULL,
    recorded_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer_group, topic, topic_id, partition, "offset")
);
