"""Real Kafka and real Postgres as child processes of Python, for development and tests."""
