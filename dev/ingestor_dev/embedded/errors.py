"""What goes wrong around an embedded server."""


class EmbeddedServerError(RuntimeError):
    """An embedded server could not be obtained, started or used; the message says what to do about it."""
