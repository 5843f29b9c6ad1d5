"""The consumer service: moves events from Kafka into Postgres, each exactly once, and keeps books on every offset."""
