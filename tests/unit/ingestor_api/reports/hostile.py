"""Texts that somebody may send to see what breaks."""

HOSTILE = (
    "'; DROP TABLE sessions; --",
    "' OR '1'='1",
    "$1",
    "00000000-0000-4000-8000-000000000000'--",
    "\x00",
    "../../etc/passwd",
    "{{7*7}}",
    "1e9",
    "-1",
    "٣",
    "9" * 400,
    "💥",
)
