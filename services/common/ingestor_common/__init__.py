"""What the Analytics Ingestor's services share: the event, its record in Kafka, and the store."""
