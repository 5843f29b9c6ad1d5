"""What the commands are configured with: the same variables as the services."""

from ingestor_common.settings import DatabaseSettings, KafkaSettings


class AdminSettings(KafkaSettings, DatabaseSettings):
    """Where Kafka and the database are."""
