"""Command line for operating the Analytics Ingestor."""
