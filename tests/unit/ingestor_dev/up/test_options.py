"""What can be said to `make up`."""

from pathlib import Path

import pytest

from ingestor_dev.up.options import OptionError, Options, read


def test_nothing_said_runs_everything() -> None:
    assert read({}) == Options()


def test_make_passes_empty_variables_for_those_that_nobody_set() -> None:
    assert read({"TRAFFIC": "", "RATE": "", "PORT": "", "ANSWERS": "", "KAFKA_ENABLED": ""}) == Options()


def test_everything_can_be_said(tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    answers.touch()
    said = {"TRAFFIC": "off", "RATE": "250", "PORT": "8090", "ANSWERS": str(answers), "KAFKA_ENABLED": "false"}
    assert read(said) == Options(traffic=False, rate=250.0, port=8090, answers=answers, kafka=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRAFFIC", "perhaps"),
        ("RATE", "fast"),
        ("RATE", "0"),
        ("RATE", "nan"),
        ("PORT", "http"),
        ("PORT", "70000"),
        ("ANSWERS", "/nowhere.csv"),
        ("KAFKA_ENABLED", "maybe"),
        ("POSTGRES_PORT", "-1"),
    ],
)
def test_a_value_that_means_nothing_is_named(name: str, value: str) -> None:
    with pytest.raises(OptionError, match=f"{name}={value}"):
        read({name: value})
