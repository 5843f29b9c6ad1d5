"""The highest recommendation of the stabilisation window, as the HorizontalPodAutoscaler keeps it for scale-downs."""

Window = tuple[tuple[float, int], ...]
"""Recommendations as (time, replicas), oldest first, each higher than all that came after it."""


def remember(window: Window, time: float, replicas: int, seconds: float) -> Window:
    """The window with one more recommendation and without those older than `seconds`.

    Only recommendations that can still be the highest of some later window are kept, so that it has at most as
    many entries as there are different numbers of replicas.
    """
    kept = tuple(entry for entry in window if entry[0] >= time - seconds and entry[1] > replicas)
    return (*kept, (time, replicas))


def highest(window: Window) -> tuple[float, int]:
    """The (time, replicas) that holds a scale-down back the longest; the window must not be empty."""
    return window[0]
