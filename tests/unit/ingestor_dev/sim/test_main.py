from pathlib import Path

import pytest
from click.testing import CliRunner

from ingestor_dev.sim.main import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--speed", "fast"], "give a factor above 0 such as 1 or 60, or max"),
        (["--speed", "-1"], "give a factor above 0"),
        (["--speed", "nan"], "give a factor above 0"),
        (["--start", "2026-09-01T08:00:00"], "give one such as 2026-09-01T08:00:00Z"),
        (["--start", "yesterday"], "give one such as 2026-09-01T08:00:00Z"),
        (["--batch", "1001"], "--batch"),
        (["--rate", "0"], "--rate"),
        (["--url", "127.0.0.1:8080"], "give one such as http://127.0.0.1:8080"),
        (["--url", "http://127.0.0.1:port"], "give one such as http://127.0.0.1:8080"),
        (["--answers", "/nowhere.csv"], "cannot read /nowhere.csv"),
        (["verify", "--truth", "/nowhere.jsonl"], "--database-url"),
        (
            ["verify", "--truth", "/nowhere.jsonl", "--database-url", "postgresql://127.0.0.1:1/none"],
            "cannot reach the database",
        ),
    ],
)
def test_a_wrong_option_is_answered_with_what_to_give(arguments: list[str], said: str) -> None:
    result = CliRunner(env={"DATABASE_URL": ""}).invoke(main, arguments)
    assert result.exit_code != 0
    assert said in result.output


def test_an_answers_file_that_is_wrong_is_named_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("student,position,question,correct\n1,0,51,maybe\n")
    result = CliRunner().invoke(main, ["--answers", str(path)])
    assert result.exit_code == 1
    assert "line 2: correct must be 0 or 1, not 'maybe'" in result.output
