"""The probe fails when a part of the service makes no progress, and not when it waits for work."""

from ingestor_consumer.progress import STUCK_SECONDS, Progress


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_part_that_goes_on_is_not_stuck() -> None:
    clock = _Clock()
    progress = Progress(clock)
    for _ in range(10):
        progress.beat("the store")
        clock.now += STUCK_SECONDS
        assert progress.stuck() is None


def test_a_part_without_progress_is_named() -> None:
    clock = _Clock()
    progress = Progress(clock)
    progress.beat("the store")
    progress.beat("the loop")
    clock.now = STUCK_SECONDS + 1
    progress.beat("the loop")
    assert progress.stuck() == "no progress of the store for 91 s"


def test_a_part_that_waits_for_work_is_not_stuck() -> None:
    clock = _Clock()
    progress = Progress(clock)
    progress.beat("the store")
    progress.idle("the store")
    clock.now = 10 * STUCK_SECONDS
    assert progress.stuck() is None
