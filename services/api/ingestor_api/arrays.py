"""The elements of a JSON array, where only so many may be in it.

A list has to be read to its end before its length is known: of `[0,0,0,...]` five million bytes become 170 MB. A tuple
of fields with a default takes what there is, and passes over what is more without making anything of it.
"""

from functools import cache

import msgspec

_ABSENT = msgspec.Raw()


def elements_of(body: bytes, limit: int) -> list[msgspec.Raw] | None:
    """The elements as they are written; None where there are more than `limit`.

    Raises:
        MsgspecError, UnicodeDecodeError, RecursionError: it is no JSON array.
    """
    found = msgspec.structs.astuple(_decoder(limit).decode(body))
    # An element is never empty: what is, is not there.
    count = next((index for index, element in enumerate(found) if not len(element)), len(found))
    return list(found[:count]) if count <= limit else None


@cache
def _decoder(limit: int) -> msgspec.json.Decoder[msgspec.Struct]:
    fields = [(f"element_{index}", msgspec.Raw, _ABSENT) for index in range(limit + 1)]
    return msgspec.json.Decoder(msgspec.defstruct("Elements", fields, array_like=True))
