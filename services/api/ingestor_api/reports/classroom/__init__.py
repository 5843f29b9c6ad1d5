"""Reports about one classroom."""
