"""A poll's messages become a batch that passes over nothing."""

from confluent_kafka import KafkaError, Message
from hypothesis import given
from hypothesis import strategies as st
from unit.ingestor_consumer.batches import BAD, NOW, SOURCE, event, log_end, message

from ingestor_common.records import value_of
from ingestor_consumer.batch import Batch
from ingestor_consumer.decoding import Refusal
from ingestor_consumer.reader import Reader


def _reader(**positions: int) -> Reader:
    """A reader of partitions p0, p1, ... from these offsets, under epochs 10, 11, ..."""
    reader = Reader()
    for name, offset in positions.items():
        partition = int(name[1:])
        reader.start(SOURCE, partition, 10 + partition, offset)
    return reader


def _offsets(batch: Batch | None) -> dict[int, list[int]]:
    assert batch is not None
    return {part.partition: [record.offset for record in part.records] for part in batch.parts}


def test_messages_become_parts_by_partition_with_what_is_in_them() -> None:
    messages = [message(1, 4, value_of(event(1))), message(0, 0, BAD), message(1, 5, value_of(event(2)))]
    batch, faults = _reader(p0=0, p1=4).take(messages, NOW)
    assert batch is not None
    assert faults == []
    assert batch.source == SOURCE
    bad, good = batch.parts
    assert (bad.partition, bad.epoch, bad.first, bad.next) == (0, 10, 0, 1)
    assert (good.partition, good.epoch, good.first, good.next) == (1, 11, 4, 6)
    assert isinstance(bad.records[0].content, Refusal)
    assert [record.content for record in good.records] == [event(1), event(2)]
    assert good.records[0].time == 1.0


def test_the_next_poll_goes_on_where_this_one_ended() -> None:
    reader = _reader(p0=3)
    reader.take([message(0, 3, BAD), message(0, 7, BAD)], NOW)
    assert reader.positions() == {0: 8}
    batch, _ = reader.take([message(0, 8, BAD)], NOW)
    assert batch is not None
    assert (batch.parts[0].first, batch.parts[0].next) == (8, 9)


def test_a_logs_end_behind_the_last_record_moves_the_position_there() -> None:
    batch, _ = _reader(p0=3).take([message(0, 3, BAD), log_end(0, 6)], NOW)
    assert batch is not None
    assert (batch.parts[0].first, batch.parts[0].next, len(batch.parts[0].records)) == (3, 6, 1)


def test_a_logs_end_where_we_are_is_no_batch() -> None:
    assert _reader(p0=3).take([log_end(0, 3)], NOW) == (None, [])


def test_messages_of_partitions_that_are_not_read_are_dropped() -> None:
    reader = _reader(p0=3, p1=0)
    reader.stop([0])
    batch, _ = reader.take([message(0, 3, BAD), message(1, 0, BAD), message(2, 5, BAD)], NOW)
    assert _offsets(batch) == {1: [0]}


def test_messages_from_before_the_position_are_dropped() -> None:
    batch, _ = _reader(p0=3).take([message(0, 2, BAD), message(0, 3, BAD), log_end(0, 2)], NOW)
    assert _offsets(batch) == {0: [3]}


def test_a_partition_that_comes_back_is_read_from_where_it_is_told() -> None:
    reader = _reader(p0=100)
    reader.stop([0])
    reader.start(SOURCE, 0, 77, 40)
    batch, _ = reader.take([message(0, 40, BAD)], NOW)
    assert batch is not None
    assert (batch.parts[0].epoch, batch.parts[0].first) == (77, 40)
    assert reader.epochs() == {0: 77}


def test_faults_are_told_apart_from_records() -> None:
    error = KafkaError(KafkaError._AUTO_OFFSET_RESET)
    broken = Message(topic=SOURCE.topic, partition=0, offset=9, error=error)
    batch, faults = _reader(p0=3).take([broken, message(0, 3, BAD)], NOW)
    assert _offsets(batch) == {0: [3]}
    assert [(fault.partition, fault.error.code()) for fault in faults] == [(0, KafkaError._AUTO_OFFSET_RESET)]


@given(polls=st.lists(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 4), st.booleans()), max_size=8), max_size=6))
def test_parts_of_following_polls_join_without_overlap_or_hole(polls: list[list[tuple[int, int, bool]]]) -> None:
    reader = _reader(p0=0, p1=0)
    written = {0: 0, 1: 0}
    reached = {0: 0, 1: 0}
    for poll in polls:
        messages = []
        for partition, step, is_record in poll:
            written[partition] += step
            end = written[partition]
            messages.append(message(partition, end - 1, BAD) if is_record else log_end(partition, end))
        batch, _ = reader.take(messages, NOW)
        for part in batch.parts if batch else ():
            assert part.first == reached[part.partition]
            assert all(part.first <= record.offset < part.next for record in part.records)
            reached[part.partition] = part.next
    assert reached == written
