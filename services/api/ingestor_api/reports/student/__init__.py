"""Reports about one student."""
