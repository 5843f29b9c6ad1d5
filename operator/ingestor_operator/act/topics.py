"""Topic actions on the real Kafka."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

import msgspec
import structlog
from confluent_kafka import KafkaError, KafkaException

from ingestor_common.counted_nouns import counted_noun
from ingestor_operator.act.outcome import MadeTopic, Outcome
from ingestor_operator.kafka.admin import Admin
from ingestor_operator.kafka.diagnosis import words
from ingestor_operator.kafka.marks import OwnerMark
from ingestor_operator.plan.ownership import MarkTopic
from ingestor_operator.plan.problem import Problem
from ingestor_operator.plan.topics import CreateTopic, RaisePartitions, SetConfig, TopicAction, WantedTopic

log = structlog.get_logger(__name__)

_KNOWN_WITHIN = 3.0
"""Seconds for which the brokers may not know a topic that the controller has made."""
_PAUSE = 0.1
_UNANSWERED = (KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError.REQUEST_TIMED_OUT)


async def act_on_topics(admin: Admin, actions: Iterable[TopicAction], owner: OwnerMark) -> Outcome:
    """Take the actions one by one, up to a topic that somebody else has taken; a topic that is made gets the owner's
    mark.
    """
    outcome = Outcome()
    for action in actions:
        outcome += await _act(admin, action, owner)
        if outcome.outrun:
            break
    return outcome


async def mark_topics(admin: Admin, marks: Iterable[MarkTopic]) -> Outcome:
    """Write owner marks, up to a topic that somebody else has marked."""
    outcome = Outcome()
    for planned in marks:
        if await _is_outrun(admin, planned.topic, planned.mark, planned.before):
            return outcome + Outcome(outrun=True)
        if await _mark_quietly(admin, planned.topic, planned.mark) and not planned.renews:
            outcome += _done("TopicMarked", _marked(planned))
    return outcome


async def _act(admin: Admin, action: TopicAction, owner: OwnerMark) -> Outcome:
    try:
        match action:
            case CreateTopic(topic):
                return await _create(admin, topic, owner)
            case RaisePartitions(name, present, total):
                await admin.set_partitions(name, total)
                return _done(
                    "PartitionsRaised", f"Topic {name} has {counted_noun(total, 'partition')} now, {present} before."
                )
            case SetConfig(name, changes):
                await admin.set_config(name, changes)
                settings = ", ".join(f"{key}={value}" for key, value in sorted(changes.items()))
                return _done("TopicConfigured", f"Set {settings} on topic {name}.")
    except KafkaException as error:
        message = f"Kafka refused to {action}: {words(error)}."
        return Outcome(topic_failures=(Problem("KafkaRefused", message),))


async def _create(admin: Admin, topic: WantedTopic, owner: OwnerMark) -> Outcome:
    try:
        made = await admin.create_topic(topic.name, topic.partitions, topic.replication_factor, topic.config)
    except KafkaException as error:
        if error.args[0].code() not in _UNANSWERED:
            raise
        # It was missing a moment ago: if it is there at the next look, it is most likely from this.
        message = f"Kafka did not answer to create topic {topic.name}: {words(error)}."
        return Outcome(topic_failures=(Problem("KafkaRefused", message),), made=(MadeTopic(topic.name, None, 0),))
    if not made:
        return Outcome(outrun=True)
    topic_id = await _id_of(admin, topic.name)
    if topic_id:
        mark = msgspec.structs.replace(owner, topic=topic_id, made=True)
        if await _is_outrun(admin, topic.name, mark, None):
            return Outcome(outrun=True)
        await _mark_quietly(admin, topic.name, mark)
    done = _done("TopicCreated", f"Created topic {topic.name} with {counted_noun(topic.partitions, 'partition')}.")
    return done + Outcome(made=(MadeTopic(topic.name, topic_id, topic.partitions),))


async def _id_of(admin: Admin, name: str) -> str | None:
    """The new topic's id, as soon as the brokers know it; None where that takes longer than it should."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_KNOWN_WITHIN):
            while True:
                with suppress(KafkaException):
                    if found := (await admin.topics([name])).get(name):
                        return found.id
                await asyncio.sleep(_PAUSE)
    return None


async def _is_outrun(admin: Admin, topic: str, mark: OwnerMark, before: OwnerMark | None) -> bool:
    """Whether somebody else has marked the topic since it was looked at.

    Asked directly before a mark is written: of two that write at once the last one stands.
    """
    try:
        found = await admin.mark(topic, mark.topic)
    except KafkaException:
        return False
    return found is not None and not found.released and found.uid not in {mark.uid, before.uid if before else None}


async def _mark_quietly(admin: Admin, topic: str, mark: OwnerMark) -> bool:
    """Write the mark; whether it is there now. One that fails is planned again, or told of, by the next look."""
    try:
        await admin.set_mark(topic, mark)
    except KafkaException as error:
        log.warning("owner mark not written", topic=topic, error=words(error))
        return False
    return admin.unmarkable is None


def _marked(planned: MarkTopic) -> str:
    before = f", instead of {planned.before.owner}'s" if planned.before else ""
    return f"Topic {planned.topic} is marked in Kafka as this resource's own{before}."


def _done(reason: str, message: str) -> Outcome:
    return Outcome(done=(Problem(reason, message),))
