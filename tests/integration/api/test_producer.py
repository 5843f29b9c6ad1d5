"""The way into Kafka by itself, over the real broker."""

from uuid import uuid4

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from integration.api.conftest import ApiFactory
from integration.api.sending import Sender


async def test_while_the_topic_is_missing_events_go_directly_and_once_it_is_made_through_kafka(
    start_api: ApiFactory, sender: Sender, kafka_admin: AdminClient
) -> None:
    topic = f"late-{uuid4().hex[:12]}"
    sender.url = start_api(KAFKA_TOPIC=topic).url
    assert (await sender.send()).mode == "direct"
    kafka_admin.create_topics([NewTopic(topic, 3, 1)])[topic].result(30)
    await sender.until_mode("kafka")
    assert {sent.status for sent in sender.sent} == {201}
