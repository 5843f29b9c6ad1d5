"""The operator as a process: kopf's handlers, health, metrics and leader election."""
