"""Spellings of one e-mail address, as people, keyboards and those who guess passwords write it."""

from hypothesis import strategies as st

_FULL_WIDTH = 0xFEE0
"""The distance of ASCII's characters to those of full width."""

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\u200e\u202e\ufe0f\u3164\U000e0061"
_BLANK = " \t\n\u00a0\u2003\u3000\u1680\u205f"
_OTHERS = {"i": "İıⅰ", "k": "\u212a", "s": "ſ", ".": "\u3002\uff61\uff0e", "@": "\uff20\ufe6b"}


def spellings(address: str) -> st.SearchStrategy[str]:
    """Other spellings of an address in small ASCII letters."""
    pieces = [st.builds(str.__add__, _letter(letter), st.text(_INVISIBLE, max_size=1)) for letter in address]
    blanks = st.text(_BLANK, max_size=2)
    inside = st.tuples(*pieces).map("".join)
    return st.builds(lambda before, text, after: before + text + after, blanks, inside, blanks)


def _letter(letter: str) -> st.SearchStrategy[str]:
    return st.sampled_from([letter, letter.upper(), chr(ord(letter) + _FULL_WIDTH), *_OTHERS.get(letter, "")])
