"""The HTTP API: takes quiz events, makes them durable in Kafka or Postgres, and answers what became of them."""
