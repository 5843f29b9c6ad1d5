"""Reports about one session."""
