"""Plain aligned columns: numbers to the right, words to the left."""

from collections.abc import Sequence

Cell = str | int | None


def table(titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """The rows under their titles, as wide as they need; None shows as "-"."""
    texts = [list(titles), *([_text(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in texts) for column in range(len(titles))]
    to_right = [
        all(isinstance(row[column], int) or row[column] is None for row in rows) for column in range(len(titles))
    ]
    return "\n".join(_line(line, widths, to_right) for line in texts)


def _text(cell: Cell) -> str:
    return "-" if cell is None else str(cell)


def _line(cells: Sequence[str], widths: Sequence[int], to_right: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, to_right, strict=True)
    ]
    return "  ".join(padded).rstrip()
