"""Identifiers that follow from the seed, so that a run can be repeated."""

from uuid import UUID, uuid5

_NAMESPACE = UUID("5f6d1c1e-6f5d-5d0b-9f5e-0b6f2a7f4c11")


def derived_id(*parts: object) -> str:
    """The UUID text that belongs to these parts; the same parts always give the same id."""
    return str(uuid5(_NAMESPACE, "/".join(map(str, parts))))
