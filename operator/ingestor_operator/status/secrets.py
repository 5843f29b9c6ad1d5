"""Secrets in sentences."""

from collections.abc import Sequence


def have_changed(names: Sequence[str]) -> str:
    """The beginning of a sentence: which Secrets have changed."""
    return f"Secret {names[0]} has changed" if len(names) == 1 else f"Secrets {', '.join(names)} have changed"
