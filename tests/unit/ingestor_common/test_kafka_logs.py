"""What librdkafka repeats many times a second is said once in a while."""

import logging

from ingestor_common.kafka_logs import Repetitions


def _line(text: str) -> logging.LogRecord:
    return logging.LogRecord("kafka", logging.ERROR, __file__, 1, text, None, None)


def test_a_line_that_differs_only_in_its_timing_is_said_once_in_30_s() -> None:
    now = [0.0]
    said = Repetitions(lambda: now[0])
    assert said.filter(_line("connect failed (after 1ms in state CONNECT)"))
    assert not said.filter(_line("connect failed (after 2ms in state CONNECT)"))
    assert said.filter(_line("topic gone (after 2ms)"))
    now[0] = 30.0
    assert said.filter(_line("connect failed (after 0ms in state CONNECT)"))
