"""The worked examples: each report's call on the small session, with the body that the oracle computes for it.

`PYTHONPATH=tests python -m unit.ingestor_api.reports.worked_examples` writes them anew, into the package and into
docs/reports.md; tests hold both, and the product itself, to the oracle.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from oracle.reports import REPORTS
from oracle.small_session import ADA, CLASSROOM, Q1, Q2, QUIZ, SESSION, SMALL_SESSION

_ROOT: Final = Path(__file__).parents[4]
FOLDER: Final = _ROOT / "services/api/ingestor_api/reports/examples"
DOCUMENT: Final = _ROOT / "docs/reports.md"

_SESSION: Final[dict[str, str | int]] = {"session_id": SESSION}
_QUESTION: Final[dict[str, str | int]] = {"question_id": Q2}
_QUIZ: Final[dict[str, str | int]] = {"quiz_id": QUIZ}
_CLASSROOM: Final[dict[str, str | int]] = {"classroom_id": CLASSROOM}
_STUDENT: Final[dict[str, str | int]] = {"student_id": ADA, "classroom_id": CLASSROOM}

PARAMETERS: Final[dict[str, dict[str, str | int]]] = {
    "active-participants": _SESSION,
    "questions-per-minute": _SESSION,
    "completion-rate": _SESSION,
    "dropoff-analysis": _SESSION,
    "session-student-rankings": _SESSION,
    "response-rate": _SESSION | _QUESTION,
    "latency-analysis": _SESSION | _QUESTION,
    "timeout-analysis": _SESSION | {"question_id": Q1},
    "question-analysis": _QUESTION,
    "content-effectiveness": _QUIZ,
    "quiz-summary": _QUIZ,
    "quiz-questions-list": _QUIZ | {"page_size": 2},
    "quiz-sessions": _QUIZ,
    "classroom-overview": _CLASSROOM,
    "class-performance-summary": _CLASSROOM,
    "classroom-engagement": _CLASSROOM,
    "classroom-engagement-history": _CLASSROOM,
    "classroom-sessions": _CLASSROOM,
    "classroom-student-rankings": _CLASSROOM,
    "student-performance-list": _CLASSROOM,
    "student-performance": _STUDENT,
    "student-activity-summary": _STUDENT,
}

_BLOCK: Final = re.compile(r"(`GET /api/reports/([a-z-]+)\?[^`]*`\n\n```json\n)(.*?)(\n```)", re.DOTALL)


def computed(name: str) -> Any:
    """The body of the example of this report, from the oracle."""
    return REPORTS[name](SMALL_SESSION, **PARAMETERS[name])


def written(name: str) -> Any:
    """The body of the example of this report, as the package has it."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def documented() -> dict[str, Any]:
    """The bodies in docs/reports.md, by the name of their report."""
    return {match[2]: json.loads(match[3]) for match in _BLOCK.finditer(DOCUMENT.read_text(encoding="utf-8"))}


def _text(name: str) -> str:
    return json.dumps(computed(name), indent=2, ensure_ascii=False)


def _write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in PARAMETERS:
        (FOLDER / f"{name}.json").write_text(_text(name) + "\n", encoding="utf-8")
    if DOCUMENT.exists():
        old = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(_BLOCK.sub(lambda match: match[1] + _text(match[2]) + match[4], old), encoding="utf-8")


if __name__ == "__main__":
    _write()
