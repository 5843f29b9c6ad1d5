"""Arrival and drain rates, learned from how offsets move between two observations.

An estimate x moves to a new sample s taken over t seconds by x + (1 - 2^(-t / H)) (s - x): after H seconds half of
what was believed before is forgotten, however often or unevenly the group is observed.
"""

from dataclasses import dataclass, replace
from math import log
from zlib import crc32

from ingestor_operator.scaling.observation import GroupState, LagState, Observation, PartitionOffsets

ARRIVAL_RISES = 10.0
ARRIVAL_FALLS = 60.0
"""Seconds. A rise is believed at once, as a bell fills the topic within a minute; a fall is not, as a lull between
two questions is no reason to be short of consumers for the next."""

RECENT_HALF_LIFE = 30.0
"""Seconds. What arrived just before, for telling how fast the load rises; a bell's rise takes minutes."""

DRAIN_HALF_LIFE = 10.0
"""Seconds. Shorter still: it is what a scale-up is measured against, and the past would flatter or belittle it."""

REPLICA_HALF_LIFE = 30.0
"""Seconds. Longer than arrivals': what one consumer can do changes with its database, not with the bell."""

CONFIRMED = 0.9
"""The part of the learned rate that consumers must be seen to keep up with for it to count as confirmed: nearly all of
it, so that a rate that is too low is seldom confirmed by the very group it has sized."""

LEARN_WITHIN = 120.0
"""Seconds between two commits beyond which the time was spent on something else than consuming."""

LESSON = 8.0
"""Seconds a consumer must have been busy under watch, in one look or several in a row, before its rate is believed:
offsets move with each commit, and a shorter time would tell more of when it commits than of what it drains. Where
the group is looked at more often than that, one usual look is enough."""

NOTICED = 1.05
"""How many times as much must be expected for a rise to count as one; less is what arrivals do all the time."""

HALTED_AFTER = 30.0
"""Seconds without progress anywhere after which the whole group counts as halted, as with a database down."""

STUCK_AFTER = 60.0
"""Seconds without progress after which a partition with lag counts as stuck."""


@dataclass(frozen=True, slots=True)
class PartitionHistory:
    """What is remembered of one partition.

    `fresh_at` is when its position last moved, it was last empty or it last changed hands; `end_then` the log
    end at that time. `arrival` and `drain` are in records a second, None until two observations were made.
    """

    partition: int
    end: int
    position: int
    fresh_at: float
    end_then: int
    arrival: float | None = None
    drain: float | None = None


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates in records a second; None until learned. `time` is that of the last usable observation,
    `recent_arrival` what has arrived over the last half minute. In a lesson that is too short so far, one busy
    consumer has drained `lesson_records` in `lesson_seconds`."""

    time: float = 0.0
    topic_id: str | None = None
    assignment: int = 0
    partitions: tuple[PartitionHistory, ...] = ()
    recent_arrival: float | None = None
    per_replica: float | None = None
    learned_at: float = 0.0
    lesson_records: float = 0.0
    lesson_seconds: float = 0.0

    @property
    def arrival(self) -> float:
        """Records a second that arrive in all partitions."""
        return sum(history.arrival or 0.0 for history in self.partitions)

    def ahead(self, seconds: float) -> float:
        """How many times as much arrives in `seconds` if it goes on rising as it does now, 1 unless it is NOTICED.

        An average that follows a steady rise stays behind it by half-life / ln 2 seconds of that rise.
        """
        if self.recent_arrival is None or self.arrival <= self.recent_arrival:
            return 1.0
        rise = (self.arrival - self.recent_arrival) * log(2) / RECENT_HALF_LIFE
        ahead = 1 + rise * seconds / self.arrival
        return ahead if ahead >= NOTICED else 1.0

    @property
    def throughput(self) -> float:
        """Records a second the group drains from all partitions."""
        return sum(history.drain or 0.0 for history in self.partitions)

    @property
    def stuck(self) -> tuple[int, ...]:
        """Partitions that have waited for STUCK_AFTER with records to read and no progress."""
        return tuple(
            history.partition
            for history in self.partitions
            if history.end > history.position and self.time - history.fresh_at >= STUCK_AFTER
        )

    @property
    def halted(self) -> bool:
        """Whether records wait and none of the partitions they wait in has moved for HALTED_AFTER."""
        waiting = [history for history in self.partitions if history.end > history.position]
        return bool(waiting) and all(self.time - history.fresh_at >= HALTED_AFTER for history in waiting)


def learn(rates: Rates, observation: Observation, interval: float = LESSON) -> Rates:
    """The rates after one more observation; unchanged while the lag is not known or time stood still.

    `interval` is the usual number of seconds between two observations.

    Offsets that went back (a recreated topic, a replay) and a new topic id start the partition anew; what one
    consumer can do is kept, as it does not depend on the topic's offsets.
    """
    if observation.lag_state is not LagState.KNOWN or observation.time <= rates.time:
        return rates
    assignment = _fingerprint(observation)
    if rates.topic_id is not None and observation.topic_id not in (None, rates.topic_id):
        rates = replace(rates, partitions=())
    settled = observation.group_state is GroupState.STABLE and assignment == rates.assignment
    before = {history.partition: history for history in rates.partitions}
    partitions = tuple(
        _advance(before.get(offsets.partition), offsets, observation.time, rates.time, settled)
        for offsets in observation.partitions
    )
    learned = replace(
        rates,
        time=observation.time,
        topic_id=observation.topic_id or rates.topic_id,
        assignment=assignment,
        partitions=partitions,
        lesson_records=0.0,
        lesson_seconds=0.0,
    )
    if before:
        elapsed = observation.time - rates.time
        recent = blend(rates.recent_arrival, learned.arrival, elapsed, RECENT_HALF_LIFE)
        learned = replace(learned, recent_arrival=recent)
    known = [(before.get(offsets.partition), offsets) for offsets in observation.partitions]
    if settled and all(history is not None and not _went_back(history, offsets) for history, offsets in known):
        return _learn_per_replica(learned, rates, observation, min(LESSON, interval))
    return learned


def blend(believed: float | None, sample: float, elapsed: float, half_life: float) -> float:
    """The estimate after a sample over `elapsed` seconds; the sample itself where nothing was believed."""
    if believed is None:
        return sample
    return believed + (1 - 2 ** (-elapsed / half_life)) * (sample - believed)


def _fingerprint(observation: Observation) -> int:
    owners = sorted((member.member_id, *map(str, sorted(member.partitions))) for member in observation.members)
    return crc32(repr(owners).encode())


def _advance(
    before: PartitionHistory | None, offsets: PartitionOffsets, now: float, then: float, settled: bool
) -> PartitionHistory:
    end, position = offsets.end or 0, offsets.position
    if before is None or _went_back(before, offsets):
        return PartitionHistory(offsets.partition, end, position, fresh_at=now, end_then=end)
    elapsed = now - then
    arriving = (end - before.end) / elapsed
    half_life = ARRIVAL_RISES if arriving > (before.arrival or 0.0) else ARRIVAL_FALLS
    arrival = blend(before.arrival, arriving, elapsed, half_life)
    if not settled:
        # What another set of consumers drained says nothing about this one.
        return PartitionHistory(offsets.partition, end, position, now, end, arrival)
    drain = blend(before.drain, _drained(before, offsets) / elapsed, elapsed, DRAIN_HALF_LIFE)
    if position > before.position or position == end:
        return PartitionHistory(offsets.partition, end, position, now, end, arrival, drain)
    return replace(before, end=end, arrival=arrival, drain=drain)


def _went_back(before: PartitionHistory, offsets: PartitionOffsets) -> bool:
    return (offsets.end or 0) < before.end or offsets.position < before.position


def _learn_per_replica(learned: Rates, rates: Rates, observation: Observation, lesson: float) -> Rates:
    """What one consumer drains that was never without work.

    A consumer that waits for records teaches nothing about what it can do. One that, since its last progress,
    read only records that were already there then, and left some, never waited.
    """
    before = {history.partition: history for history in rates.partitions}
    now = {offsets.partition: offsets for offsets in observation.partitions}
    taught = [_lesson(member.partitions, before, now, learned.time) for member in observation.members]
    lessons = [one for one in taught if one is not None]
    if lessons:
        records = rates.lesson_records + sum(records for records, _ in lessons) / len(lessons)
        seconds = rates.lesson_seconds + sum(duration for _, duration in lessons) / len(lessons)
        if seconds < lesson:
            return replace(learned, lesson_records=records, lesson_seconds=seconds)
        believed = blend(rates.per_replica, records / seconds, seconds, REPLICA_HALF_LIFE)
        learned = replace(learned, per_replica=believed, learned_at=learned.time)
    return _raised_by_keeping_up(learned, len(observation.members), learned.time - rates.time)


def _drained(before: PartitionHistory, offsets: PartitionOffsets) -> int:
    # Records that retention removed unread moved the log start, not the consumer.
    return offsets.position - max(before.position, min(offsets.start or 0, offsets.position))


def _lesson(
    owned: tuple[int, ...],
    before: dict[int, PartitionHistory],
    now: dict[int, PartitionOffsets],
    time: float,
) -> tuple[int, float] | None:
    """The records one member drained and the seconds it was busy with them; None where it may have waited."""
    drained = {p: _drained(before[p], now[p]) for p in owned if p in before and p in now}
    busy = [before[p] for p, records in drained.items() if records and now[p].position < before[p].end_then]
    if not busy:
        return None
    duration = time - max(history.fresh_at for history in busy)
    return (sum(drained.values()), duration) if duration <= LEARN_WITHIN else None


def _raised_by_keeping_up(learned: Rates, members: int, elapsed: float) -> Rates:
    """Consumers that keep up drain what arrives, so each can do at least its part of that.

    Where that is nearly the learned rate, it confirms it: a group that is never short would never be busy.
    """
    waiting = sum(history.end - history.position for history in learned.partitions)
    part = learned.arrival / max(members, 1)
    if learned.per_replica is None or waiting > learned.arrival * elapsed or part < CONFIRMED * learned.per_replica:
        return learned
    raised = max(learned.per_replica, blend(learned.per_replica, part, elapsed, REPLICA_HALF_LIFE))
    return replace(learned, per_replica=raised, learned_at=learned.time)
