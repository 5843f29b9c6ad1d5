"""Kubernetes quantities: the API server rewrites them, 0.5 as 500m and 1024Mi as 1Gi."""

import re
from decimal import Decimal

_QUANTITY = re.compile(r"([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?")
"""Of digits of an exponent Kubernetes takes three: a digest such as 983e295930076697 is no number."""
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {suffix: Decimal(2 ** (10 * power)) for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)}


def same_quantity(one: object, other: object) -> bool:
    """Whether both are quantities and equal."""
    first, second = quantity(one), quantity(other)
    return first is not None and first == second


def quantity(value: object) -> Decimal | None:
    """The number that a quantity means, or None where it is none.

    https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    match = _QUANTITY.fullmatch(str(value))
    if match is None:
        return None
    number, suffix, exponent = Decimal(match[1]), match[2], match[3]
    if exponent is not None:
        return number.scaleb(int(exponent))
    if suffix in _BINARY:
        return number * _BINARY[suffix]
    return number.scaleb(_DECIMAL.get(suffix, 0)) if suffix else number
