"""The files of a broker's logs, cut and damaged while the broker is down, as power losses and disks do it."""

import os
from pathlib import Path

from ingestor_common.kafka_log.record_sets import split
from ingestor_dev.embedded.kafka import EmbeddedKafka


def cut_log(kafka: EmbeddedKafka, topic: str, partition: int, offset: int) -> int:
    """Remove all from the record set on that holds `offset`; gives the log's new end."""
    for path in sorted(_folder(kafka, topic, partition).glob("*.log"), reverse=True):
        start = int(path.stem)
        sets = split(path.read_bytes())
        kept = [each for each in sets if each.last_offset < offset]
        if start < offset or start == 0:
            os.truncate(path, sum(len(each.raw) for each in kept))
            return kept[-1].next_offset if kept else start
        for beside in path.parent.glob(f"{path.stem}.*"):
            beside.unlink()
    raise AssertionError(f"no log of {topic}-{partition} begins before {offset}")


def count_records(kafka: EmbeddedKafka, topic: str, partition: int) -> int:
    """How many records the log's files hold at this moment."""
    paths = list(_folder(kafka, topic, partition).glob("*.log"))
    return sum(max(0, each.count) for path in paths if path.exists() for each in split(path.read_bytes()))


def damage_log(kafka: EmbeddedKafka, topic: str, partition: int, offset: int) -> tuple[int, int]:
    """Turn a byte around in the record set that holds `offset`; gives the set's first and last offset."""
    [path] = _folder(kafka, topic, partition).glob("*.log")
    data = bytearray(path.read_bytes())
    at = 0
    for each in split(bytes(data)):
        if each.base_offset <= offset <= each.last_offset:
            data[at + len(each.raw) - 3] ^= 0x5A
            path.write_bytes(data)
            return each.base_offset, each.last_offset
        at += len(each.raw)
    raise AssertionError(f"no record set holds {offset}")


def _folder(kafka: EmbeddedKafka, topic: str, partition: int) -> Path:
    [found] = kafka.config.data_dir.rglob(f"{topic}-{partition}")
    return found
