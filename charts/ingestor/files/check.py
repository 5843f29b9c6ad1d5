"""helm test: an event goes in at the API and comes out in a report. Runs in the API's image, as one of its pods."""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from uuid import uuid4

import jwt

URL = os.environ["API_URL"]
SECONDS = float(os.environ["SECONDS"])
CLAIMS = {
    "sub": str(uuid4()),
    "scopes": ["WRITE", "READ"],
    "iss": "analytics-ingestor",
    "iat": int(time.time()),
    "exp": int(time.time()) + 600,
}
TOKEN = jwt.encode(CLAIMS, os.environ["JWT_SECRET"], algorithm="HS256")


def call(path: str, body: object = None) -> dict[str, object]:
    """The answer's body; ends the test where the API refuses."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, headers)  # noqa: S310 - the API's Service
    try:
        with urllib.request.urlopen(request, timeout=15) as reply:  # noqa: S310
            answer: dict[str, object] = json.load(reply)
            return answer
    except urllib.error.HTTPError as error:
        sys.exit(f"{path} answered {error.code}: {error.read().decode()}")


session = str(uuid4())
sent = {
    "event_id": f"helm-test-{uuid4()}",
    "event_type": "QUESTION_PUBLISHED",
    "timestamp": datetime.now(UTC).isoformat(),
    "session_id": session,
    "quiz_id": str(uuid4()),
    "classroom_id": str(uuid4()),
    "question_id": str(uuid4()),
}
print("accepted:", call("/api/events", sent))
end = time.monotonic() + SECONDS
while (report := call(f"/api/reports/questions-per-minute?session_id={session}"))["total_questions"] != 1:
    if time.monotonic() > end:
        sys.exit(f"the event is not in the report after {SECONDS:g} s: {report}; does a consumer run?")
    time.sleep(0.5)
print("in the report:", report)
