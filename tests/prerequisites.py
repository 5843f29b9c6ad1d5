"""What a test needs and the machine may not have."""

import os
from typing import NoReturn

import pytest


def missing(what: str, required_by: str) -> NoReturn:
    """Skip the test, or fail it where the variable `required_by` is 1; `what` says what is missing."""
    if os.environ.get(required_by) == "1":
        pytest.fail(f"{what} ({required_by}=1 asks for it)")
    pytest.skip(what)
