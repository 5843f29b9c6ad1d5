"""How large one answer may be. Rows and texts are bounded too, but ten thousand texts of 4 KB are 40 MB."""

import math
from typing import Final

from ingestor_api.errors import Problem, field_problem

_MIB: Final = 1024 * 1024
MAX_ANSWER_BYTES: Final = 8 * _MIB
"""As many as can be read at once wait to be sent without one being reset. See reader.CONNECTIONS and unsent.py."""


def too_large(field: str, of: str, size: int, advice: str) -> Problem:
    """400 for an answer, to a query or report that is all right but for what `field` asks for, of `size` bytes."""
    # Rounded up: a byte too many is not said to be as much as is allowed.
    shown = math.ceil(10 * size / _MIB) / 10
    return field_problem(
        field, f"{of} would be {shown} MiB, and an answer is at most {MAX_ANSWER_BYTES // _MIB} MiB; {advice}"
    )
