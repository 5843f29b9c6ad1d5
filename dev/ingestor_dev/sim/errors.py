"""What ends a run: the message says what to do."""


class SimulatorError(Exception):
    """The simulator cannot go on; its text is for the person who started it."""
