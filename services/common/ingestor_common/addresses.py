"""The e-mail address of an account, and the one form by which addresses are compared.

Sign-up, login, the throttle, `ingestor-admin` and the database's unique index all go by `fold`: two spellings are one
account everywhere, or two everywhere. See docs/adr/0054-accounts.md.
"""

import re
import unicodedata
from typing import Final

LONGEST: Final = 254

_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+")
_INTERNET: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# What the Unicode standard calls default ignorable and does not count among the format characters.
_FILLERS: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_IDEOGRAPHIC_STOP: Final = "\u3002"
_DOT_ABOVE: Final = "\u0307"
_FORMAT: Final = "Cf"
_MOST_STEPS: Final = 8
"""One step does for nearly every text; some combinations of marks take a second one."""


def parse(text: str) -> str:
    """The address as it is kept and shown: in its usual characters, without blanks around it or what cannot be seen.

    Raises ValueError where it is no e-mail address.
    """
    return _parse(text, _ADDRESS)


def parse_internet(text: str) -> str:
    """`parse` for strangers, whose domains have a dot; those of a network of one's own need not."""
    return _parse(text, _INTERNET)


def fold(text: str) -> str:
    """What all spellings of an address have in common. Folding it again changes nothing.

    By Unicode's compatibility forms (NFKC), and without regard to case: whatever some system's mapping of case takes
    for the same letter is one here, so that i, I, İ and ı are. Text that is no address is folded as well.
    """
    for _ in range(_MOST_STEPS):
        folded = _fold_once(text)
        if folded == text:
            break
        text = folded
    return text


def _parse(text: str, pattern: re.Pattern[str]) -> str:
    folded = fold(text)
    shown = _clean(text)
    if not (pattern.fullmatch(folded) and folded.isprintable() and max(len(folded), len(shown)) <= LONGEST):
        raise ValueError("must be an e-mail address, such as ada@school.example")
    return shown


def _fold_once(text: str) -> str:
    # By way of the capitals: small letters that share one (ı and i, ſ and s) become the same.
    letters = _clean(text).upper().casefold().replace(f"i{_DOT_ABOVE}", "i")
    # A domain may be written with the dot of the root behind it.
    return letters.rstrip(".")


def _clean(text: str) -> str:
    usual = _FILLERS.sub("", unicodedata.normalize("NFKC", text)).replace(_IDEOGRAPHIC_STOP, ".")
    return "".join(letter for letter in usual if unicodedata.category(letter) != _FORMAT).strip()
