"""The development stack: embedded Kafka and Postgres, and the classroom simulator."""
