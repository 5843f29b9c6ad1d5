"""The store: Postgres, by asyncpg. Every statement that writes events or their projections is in this package."""
