"""Simulated classrooms: traffic for the API, and the check that nothing of it was lost."""
