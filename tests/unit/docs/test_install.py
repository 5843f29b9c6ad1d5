"""What docs/operations/install.md has a person send is what the API takes."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from ingestor_api.auth.routes import LoginRequest, SignupRequest
from ingestor_common.events import parse

PAGE = (Path(__file__).parents[3] / "docs/operations/install.md").read_text()


def test_the_requests_by_curl_are_understood() -> None:
    signup, login, event = (json.loads(body) for body in re.findall(r"curl .*? -d '(.*?)'", PAGE, re.DOTALL))
    assert SignupRequest(**signup).role == "writer"
    assert LoginRequest(**login).email == SignupRequest(**signup).email
    assert login["password"] == signup["password"]
    assert parse(json.dumps(event).encode(), datetime.now(UTC)).event_type == event["event_type"]
