"""What the probes answer."""

import time

from ingestor_operator.run.health import Health


def test_it_is_live_until_the_watch_is_behind_for_too_long() -> None:
    health = Health(watch_timeout=60)
    health.watch.listed({"a": "1"}, time.monotonic() - 50)
    assert health.live() == (200, "ok")
    late = Health(watch_timeout=60)
    late.watch.listed({"a": "1"}, time.monotonic() - 70)
    status, text = late.live()
    assert status == 503
    assert "missed changes for 70 seconds" in text


def test_it_is_ready_once_it_waits_for_nothing() -> None:
    health = Health(watch_timeout=60)
    assert health.ready() == (503, "waiting for the Kubernetes API")
    health.waiting_for = None
    assert health.ready() == (200, "ok")
