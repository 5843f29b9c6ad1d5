"""The topic may be made after the API has started."""

from uuid import uuid4

from confluent_kafka.admin import AdminClient
from integration.api.conftest import ApiFactory
from integration.api.sending import Sender
from integration.stack import make_topic


async def test_while_the_topic_is_missing_events_go_directly_and_once_it_is_made_through_kafka(
    start_api: ApiFactory, sender: Sender, kafka_admin: AdminClient
) -> None:
    topic = f"late-{uuid4().hex[:12]}"
    sender.url = start_api(KAFKA_TOPIC=topic).url
    assert (await sender.send()).mode == "direct"
    make_topic(kafka_admin, topic, 3)
    await sender.until_mode("kafka")
    assert {sent.status for sent in sender.sent} == {201}
