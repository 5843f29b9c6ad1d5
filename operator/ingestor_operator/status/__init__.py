"""What the operator says about a resource: conditions, numbers and decisions, as pure functions."""
