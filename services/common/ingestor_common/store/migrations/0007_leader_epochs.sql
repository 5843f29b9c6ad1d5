-- Which leader wrote what the consumer has read: where brokers come back without the end of a log, it says where the
-- log that was read and the log that is there divide. Each epoch with the first offset that was read of it.
CREATE TABLE ledger_epochs (
    consumer_group text    NOT NULL,
    topic          text    NOT NULL,
    topic_id       text    NOT NULL,
    partition      integer NOT NULL,
    leader_epoch   integer NOT NULL,
    first_offset   bigint  NOT NULL,
    PRIMARY KEY (consumer_group, topic, topic_id, partition, leader_epoch)
);

-- Offsets that had been read, and that the books went back over because brokers had lost them.
ALTER TABLE ledger ADD COLUMN vanished bigint NOT NULL DEFAULT 0;

-- A record set that cannot be read is one dead letter for all its offsets.
ALTER TABLE dead_letters ADD COLUMN last_offset bigint;
