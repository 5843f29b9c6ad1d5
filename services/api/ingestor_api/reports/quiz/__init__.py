"""Reports about one quiz."""
