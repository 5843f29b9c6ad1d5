"""What the commands are configured with: the same variables as the services."""

from pydantic import Field

from ingestor_common.settings import DatabaseSettings, KafkaSettings


class AdminSettings(KafkaSettings, DatabaseSettings):
    """Where Kafka and the database are."""

    kafka_enabled: bool = Field(default=False, description="whether the services use Kafka: migrate tries its login")
