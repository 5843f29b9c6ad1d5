"""Reports about one question."""
