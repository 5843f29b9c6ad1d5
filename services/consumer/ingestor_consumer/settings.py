"""What the consumer service is configured with."""

from ingestor_common.settings import DatabaseSettings, KafkaSettings, MetricsSettings


class ConsumerSettings(KafkaSettings, DatabaseSettings, MetricsSettings):
    """Where the events come from, where they go, and where the metrics are served."""
