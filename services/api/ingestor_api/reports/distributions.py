"""How often each answer was given."""

from ingestor_api.reports.report import Row


def distribution(row: Row) -> dict[str, int]:
    """Of a row with the answers in `given` and how often in `times`: answers in code point order."""
    return dict(sorted(zip(row["given"] or (), row["times"] or (), strict=True)))
