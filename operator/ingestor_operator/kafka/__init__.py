"""The thin edge to Kafka: what is there, and the few things the operator changes there."""
