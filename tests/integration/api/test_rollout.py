"""Moving a running school system over in phases."""

from uuid import uuid4

from integration.api.conftest import ApiFactory
from integration.api.sending import Sender, new_event


async def test_a_percentage_of_the_sessions_goes_through_kafka_each_with_all_its_events(
    start_api: ApiFactory, sender: Sender
) -> None:
    sender.url = start_api(KAFKA_ROLLOUT_PERCENT="50").url
    await sender.until_mode("kafka")
    sessions = [str(uuid4()) for _ in range(40)]
    modes: dict[str, set[str]] = {session: set() for session in sessions}
    for session in sessions * 2:
        modes[session].add((await sender.send(new_event(session_id=session))).mode)
    assert all(len(taken) == 1 for taken in modes.values())
    assert {mode for taken in modes.values() for mode in taken} == {"kafka", "direct"}


async def test_only_the_named_event_types_go_through_kafka_and_a_batch_of_both_is_mixed(
    start_api: ApiFactory, sender: Sender
) -> None:
    api = start_api(KAFKA_EVENT_TYPES="QUESTION_PUBLISHED")
    api.wait_path("kafka", "up")
    sender.url = api.url
    published = new_event(event_type="QUESTION_PUBLISHED")
    assert (await sender.send(published)).mode == "kafka"
    assert (await sender.send(new_event())).mode == "direct"
    status, body = await sender.send_batch([published, new_event()])
    assert (status, body["mode"], body["processed_count"]) == (201, "mixed", 2)
